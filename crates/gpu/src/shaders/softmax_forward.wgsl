// Probabilities of each row of logits: p[i] = exp(z[i]) / Σ exp(z[j]).

@group(0) @binding(0) var<storage, read_write> p: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;

@compute @workgroup_size(256)
fn softmax_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let row = at.y * n_groups.x * 256 + at.x;
    if row < n_rows {
        _ = write_row(row * n_classes, largest_of_row(row * n_classes));
    }
}
