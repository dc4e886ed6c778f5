// Adds up what several workgroups summed side by side, part after part: sum[i] = Σ parts[part, i]. With `relu`, negative
// sums become zero.

override parts: u32;
override len: u32;
override relu: bool;

@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
@group(0) @binding(1) var<storage, read> of_parts: array<f32>;

@compute @workgroup_size(256)
fn sum_parts(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= len {
        return;
    }
    var total = 0.0;
    for (var part = 0u; part < parts; part++) {
        total += of_parts[part * len + i];
    }
    sum[i] = select(total, 0.0, relu && total < 0.0);
}
