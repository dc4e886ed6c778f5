// w ← (1 − momentum) · w + momentum · factor · found

override len: u32;
override momentum: f32;
override factor: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read> found: array<f32>;

@compute @workgroup_size(256)
fn update_average(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        w[i] = (1.0 - momentum) * w[i] + momentum * factor * found[i];
    }
}
