// The gradient with respect to the input, of windows that do not overlap: each sends its upstream gradient to the cell that
// was its maximum, and zero to all others up to the windows next to it.
//
// With `relu`, the gradient with respect to what a rectifier before the pooling read: a maximum of zero lets nothing through.

override relu: bool;

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
// Only read with `relu`.
@group(0) @binding(3) var<storage, read> y: array<f32>;

// The first of the cells that window `out` of `n` answers for on an axis.
fn border(out: u32, n: u32, stride: u32, padding: u32, input: u32) -> u32 {
    let start = min(max(out * stride, padding) - padding, input);
    return select(select(start, input, out == n), 0u, out == 0);
}

@compute @workgroup_size(256)
fn max_pool2d_backward_apart(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * out_height * out_width {
        return;
    }
    let window = place(i, out_height, out_width);
    let plane = window[0] * height * width;
    let best = argmax[i];
    var gradient = grad_y[i];
    if relu {
        gradient = select(0.0, gradient, y[i] > 0);
    }
    let end_row = border(window[1] + 1, out_height, stride_rows, padding_rows, height);
    let first_column = border(window[2], out_width, stride_columns, padding_columns, width);
    let end_column = border(window[2] + 1, out_width, stride_columns, padding_columns, width);
    for (var row = border(window[1], out_height, stride_rows, padding_rows, height); row < end_row; row++) {
        for (var column = first_column; column < end_column; column++) {
            let cell = row * width + column;
            grad_x[plane + cell] = select(0.0, gradient, cell == best);
        }
    }
}
