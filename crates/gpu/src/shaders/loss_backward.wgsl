// The gradient of the batch's mean loss with respect to the scores.

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn loss_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= n_rows * n_classes {
        return;
    }
    let row = i / n_classes;
    grad_x[i] = slope(row * n_classes, targets[row], i % n_classes) / f32(n_rows * n_classes);
}
