// v ← momentum · v + g, w ← w − lr · (g + momentum · v) (Nesterov 1983, in PyTorch's form)

override len: u32;
override momentum: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(2) var<storage, read> grad: array<f32>;
@group(0) @binding(3) var<storage, read> scale: f32;
@group(0) @binding(4) var<storage, read> settings: array<Settings>;
@group(0) @binding(5) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn update_nesterov(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let g = gradient(i);
        let v = momentum * velocity[i] + g;
        velocity[i] = v;
        w[i] -= settings[progress].rate * (g + momentum * v);
    }
}
