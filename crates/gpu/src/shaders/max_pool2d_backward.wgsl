// The gradient with respect to the input: each cell sums the upstream gradients of the windows whose maximum it was.
//
// With `relu`, the gradient with respect to what a rectifier before the pooling read: a maximum of zero lets nothing through.

override relu: bool;

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
// Only read with `relu`.
@group(0) @binding(3) var<storage, read> y: array<f32>;

@compute @workgroup_size(256)
fn max_pool2d_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * height * width {
        return;
    }
    let cell = place(i, height, width);
    let plane = cell[0] * out_height * out_width;
    let p = row_readers(cell[1]);
    let q = column_readers(cell[2]);
    var sum = 0.0;
    for (var row = p[0]; row < p[1]; row++) {
        for (var column = q[0]; column < q[1]; column++) {
            let window = plane + row * out_width + column;
            if argmax[window] == cell[1] * width + cell[2] && (!relu || y[window] > 0) {
                sum += grad_y[window];
            }
        }
    }
    grad_x[i] = sum;
}
