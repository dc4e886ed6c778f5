// Each image's loss: the mean over the classes of what each adds.

@group(0) @binding(0) var<storage, read_write> losses: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn loss_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let row = at.y * n_groups.x * 256 + at.x;
    if row >= n_rows {
        return;
    }
    var total = 0.0;
    for (var i = 0u; i < n_classes; i++) {
        total += part(row * n_classes, targets[row], i);
    }
    losses[row] = total / f32(n_classes);
}
