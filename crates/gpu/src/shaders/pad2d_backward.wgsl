// The gradient with respect to the input: a cell gathers those of all its copies, row by row of the padded plane.

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;

@compute @workgroup_size(256)
fn pad2d_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * height * width {
        return;
    }
    let plane = i / (height * width) * out_height;
    var sum = 0.0;
    for (var row = 0u; row < out_height; row++) {
        if source(row, above, height) != i / width % height {
            continue;
        }
        for (var column = 0u; column < out_width; column++) {
            if source(column, before, width) == i % width {
                sum += grad_y[(plane + row) * out_width + column];
            }
        }
    }
    grad_x[i] = sum;
}
