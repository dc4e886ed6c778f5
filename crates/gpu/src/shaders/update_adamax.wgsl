// Adam over the largest gradient that is remembered (Kingma & Ba 2015, algorithm 2)

override len: u32;
override beta1: f32;
override beta2: f32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> largest: array<f32>;
@group(0) @binding(3) var<storage, read> grad: array<f32>;
@group(0) @binding(4) var<storage, read> scale: f32;
@group(0) @binding(5) var<storage, read> settings: array<Settings>;
@group(0) @binding(6) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn update_adamax(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let g = gradient(i);
        let m = beta1 * mean[i] + (1 - beta1) * g;
        let u = max(beta2 * largest[i], abs(g) + epsilon);
        mean[i] = m;
        largest[i] = u;
        w[i] -= settings[progress].rate * m / u;
    }
}
