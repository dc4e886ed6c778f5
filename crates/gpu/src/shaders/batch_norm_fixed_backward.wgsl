// The gradient with respect to the input, where mean and variance are constants:
// grad_x[n,c,i] = grad_y[n,c,i] / √(variance[c] + epsilon)

override len: u32;
override channels: u32;
// Values of a plane.
override positions: u32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;

@compute @workgroup_size(256)
fn batch_norm_fixed_backward(
    @builtin(global_invocation_id) at: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        grad_x[i] = grad_y[i] / sqrt(variance[i / positions % channels] + epsilon);
    }
}
