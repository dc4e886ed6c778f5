// A border around every plane.

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

@compute @workgroup_size(256)
fn pad2d_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * out_height * out_width {
        return;
    }
    let row = source(i / out_width % out_height, above, height);
    let column = source(i % out_width, before, width);
    var value = 0.0;
    if row < height && column < width {
        value = x[(i / (out_height * out_width) * height + row) * width + column];
    }
    y[i] = value;
}
