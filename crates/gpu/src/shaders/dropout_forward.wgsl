// Values times 0 or a factor, at random: y[i] = x[i] · factor. The gradient goes the same way.

override len: u32;
// Random numbers below this one drop a value.
override threshold: u32;
// The factor of the values that stay.
override scale: f32;
// The number of the layer among those of its network that drop.
override layer: u32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> settings: array<Settings>;
@group(0) @binding(3) var<storage, read> progress: u32;

// Three numbers to a random one: the first component of PCG3D (Jarzynski & Olano 2020).
fn hash(numbers: vec3<u32>) -> u32 {
    var v = numbers * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    return v.x + v.y * v.z;
}

@compute @workgroup_size(256)
fn dropout_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let stays = hash(vec3<u32>(settings[progress].key, layer, i)) >= threshold;
        y[i] = x[i] * select(0.0, scale, stays);
    }
}
