// The sum of each window. Padding counts as zeros.

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

@compute @workgroup_size(256)
fn sum_pool2d_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * out_height * out_width {
        return;
    }
    let window = place(i, out_height, out_width);
    let plane = window[0] * height * width;
    let rows = rows(window[1]);
    let columns = columns(window[2]);
    var sum = 0.0;
    for (var row = rows[0]; row < rows[1]; row++) {
        for (var column = columns[0]; column < columns[1]; column++) {
            sum += x[plane + row * width + column];
        }
    }
    y[i] = sum;
}
