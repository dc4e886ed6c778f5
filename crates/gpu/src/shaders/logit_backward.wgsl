// The gradient of the picked logits: 1 for the class of each row, 0 for the others.

override n_rows: u32;
override n_classes: u32;

@group(0) @binding(0) var<storage, read_write> grad_z: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn logit_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < n_rows * n_classes {
        grad_z[i] = select(0.0, 1.0, i % n_classes == targets[i / n_classes]);
    }
}
