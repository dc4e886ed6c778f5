// y[n,c,i] = (x[n,c,i] − mean[c]) / √(variance[c] + epsilon)

override len: u32;
override channels: u32;
// Values of a plane.
override positions: u32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;

@compute @workgroup_size(256)
fn batch_norm_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let channel = i / positions % channels;
        y[i] = (x[i] - mean[channel]) / sqrt(variance[channel] + epsilon);
    }
}
