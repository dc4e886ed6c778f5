// The gradient of the batch's mean loss with respect to the logits: (p − onehot(target)) / n.

override n_rows: u32;
override n_classes: u32;

@group(0) @binding(0) var<storage, read_write> grad_z: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn softmax_cross_entropy_backward(
    @builtin(global_invocation_id) at: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= n_rows * n_classes {
        return;
    }
    let wanted = select(0.0, 1.0, i % n_classes == targets[i / n_classes]);
    grad_z[i] = (p[i] - wanted) / f32(n_rows);
}
