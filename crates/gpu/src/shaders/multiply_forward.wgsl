// y = a · b, cell by cell.

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

@compute @workgroup_size(256)
fn multiply_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < images * channels * height * width {
        let place = place_in(i, channels, height, width);
        y[i] = a[source(place, a_channels, a_height, a_width)] * b[source(place, b_channels, b_height, b_width)];
    }
}
