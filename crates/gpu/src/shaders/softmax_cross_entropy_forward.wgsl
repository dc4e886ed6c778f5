// Each image's loss in nats, −ln p[target], and its probabilities. The loss is ln Σ exp(z[j] − max) − (z[target] − max),
// never the logarithm of a probability that may have rounded to zero.

@group(0) @binding(0) var<storage, read_write> losses: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read> z: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<u32>;

@compute @workgroup_size(256)
fn softmax_cross_entropy_forward(
    @builtin(global_invocation_id) at: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
) {
    let row = at.y * n_groups.x * 256 + at.x;
    if row >= n_rows {
        return;
    }
    let first = row * n_classes;
    let largest = largest_of_row(first);
    let total = write_row(first, largest);
    losses[row] = log(total) - (z[first + targets[row]] - largest);
}
