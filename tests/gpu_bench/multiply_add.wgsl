// Chains of multiply-adds in registers, sixteen side by side in each invocation, and next to no memory: what the adapter
// can do at most.

override rounds: u32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn multiply_add(@builtin(global_invocation_id) at: vec3<u32>) {
    let factor = vec4(0.999 + f32(at.x) * 1e-12);
    var a = vec4(1.0);
    var b = vec4(2.0);
    var c = vec4(3.0);
    var d = vec4(4.0);
    for (var i = 0u; i < rounds; i++) {
        a = a * factor + factor;
        b = b * factor + factor;
        c = c * factor + factor;
        d = d * factor + factor;
    }
    let sum = a + b + c + d;
    y[at.x] = sum.x + sum.y + sum.z + sum.w;
}
