// s ← s + g², w ← w − lr · g / (√s + ε) (Duchi et al. 2011)

override len: u32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read> scale: f32;
@group(0) @binding(4) var<storage, read> settings: array<Settings>;
@group(0) @binding(5) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn update_adagrad(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let g = gradient(i);
        let s = total[i] + g * g;
        total[i] = s;
        w[i] -= settings[progress].rate * g / (sqrt(s) + epsilon);
    }
}
