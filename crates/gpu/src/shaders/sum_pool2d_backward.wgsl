// The gradient with respect to the input: each cell gathers those of the windows that it lies in.

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;

@compute @workgroup_size(256)
fn sum_pool2d_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
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
            sum += grad_y[plane + row * out_width + column];
        }
    }
    grad_x[i] = sum;
}
