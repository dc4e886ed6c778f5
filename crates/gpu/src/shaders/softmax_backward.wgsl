// The gradient with respect to the logits: grad_z[i] = p[i] · (grad_p[i] − Σ grad_p[j] · p[j]), row by row.

override n_rows: u32;
override n_classes: u32;

@group(0) @binding(0) var<storage, read_write> grad_z: array<f32>;
@group(0) @binding(1) var<storage, read> grad_p: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;

@compute @workgroup_size(256)
fn softmax_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let row = at.y * n_groups.x * 256 + at.x;
    if row >= n_rows {
        return;
    }
    let first = row * n_classes;
    var mean = 0.0;
    for (var i = first; i < first + n_classes; i++) {
        mean += grad_p[i] * p[i];
    }
    for (var i = first; i < first + n_classes; i++) {
        grad_z[i] = p[i] * (grad_p[i] - mean);
    }
}
