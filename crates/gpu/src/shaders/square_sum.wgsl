// The sum of squares of one gradient.
//
// One workgroup: each invocation goes through every 256th value, then they add up in pairs, halves with halves.

override len: u32;
// The place of the sum.
override place: u32;

@group(0) @binding(0) var<storage, read_write> squares: array<f32>;
@group(0) @binding(1) var<storage, read> grad: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn square_sum(@builtin(local_invocation_id) local: vec3<u32>) {
    var sum = 0.0;
    for (var i = local.x; i < len; i += 256) {
        sum += grad[i] * grad[i];
    }
    sums[local.x] = sum;
    for (var half = 128u; half > 0; half /= 2) {
        workgroupBarrier();
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
    }
    if local.x == 0 {
        squares[place] = sums[0];
    }
}
