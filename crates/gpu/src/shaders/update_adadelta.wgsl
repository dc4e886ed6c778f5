// s ← ρ · s + (1 − ρ) · g², Δ = √(u + ε) / √(s + ε) · g, u ← ρ · u + (1 − ρ) · Δ², w ← w − lr · Δ (Zeiler 2012)

override len: u32;
override rho: f32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> square: array<f32>;
@group(0) @binding(2) var<storage, read_write> steps: array<f32>;
@group(0) @binding(3) var<storage, read> grad: array<f32>;
@group(0) @binding(4) var<storage, read> scale: f32;
@group(0) @binding(5) var<storage, read> settings: array<Settings>;
@group(0) @binding(6) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn update_adadelta(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < len {
        let g = gradient(i);
        let s = rho * square[i] + (1 - rho) * g * g;
        let u = steps[i];
        let moved = sqrt(u + epsilon) / sqrt(s + epsilon) * g;
        square[i] = s;
        steps[i] = rho * u + (1 - rho) * moved * moved;
        w[i] -= settings[progress].rate * moved;
    }
}
