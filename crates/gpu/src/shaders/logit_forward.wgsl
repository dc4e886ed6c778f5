// The logit of the class of each row.

override n_rows: u32;
override n_classes: u32;

@group(0) @binding(0) var<storage, read_write> picked: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn logit_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < n_rows {
        picked[i] = z[i * n_classes + targets[i]];
    }
}
