// Adam that looks ahead along its mean (Dozat 2016)

override len: u32;
override beta1: f32;
override beta2: f32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> square: array<f32>;
@group(0) @binding(3) var<storage, read> grad: array<f32>;
@group(0) @binding(4) var<storage, read> scale: f32;
@group(0) @binding(5) var<storage, read> settings: array<Settings>;
@group(0) @binding(6) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn update_nadam(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let g = gradient(i);
        let now = settings[progress];
        let m = beta1 * mean[i] + (1 - beta1) * g;
        let v = beta2 * square[i] + (1 - beta2) * g * g;
        mean[i] = m;
        square[i] = v;
        w[i] -= (now.rate * g + now.mean_rate * m) / (sqrt(v) / now.root + epsilon);
    }
}
