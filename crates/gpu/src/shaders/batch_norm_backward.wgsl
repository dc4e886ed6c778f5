// The gradient with respect to the input, through mean and variance as well:
// grad_x = (grad_y − mean(grad_y) − y · mean(grad_y · y)) / √(variance + epsilon), each mean over the channel.
//
// A workgroup per channel: its invocations take turns at the values, then add up in pairs, halves with halves.

override images: u32;
override channels: u32;
// Values of a plane.
override positions: u32;
override epsilon: f32;
// A power of two.
override invocations: u32;

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> variance: array<f32>;

var<workgroup> sums: array<vec2<f32>, invocations>;

@compute @workgroup_size(invocations)
fn batch_norm_backward(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    var sum = vec2<f32>();
    for (var n = 0u; n < images; n++) {
        let plane = (n * channels + workgroup.x) * positions;
        var of_plane = vec2<f32>();
        for (var i = local.x; i < positions; i += invocations) {
            let grad = grad_y[plane + i];
            of_plane += vec2<f32>(grad, grad * y[plane + i]);
        }
        sum += of_plane;
    }
    sums[local.x] = sum;
    for (var half = invocations / 2; half > 0; half /= 2) {
        workgroupBarrier();
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
    }
    workgroupBarrier();
    let means = sums[0] / f32(images * positions);
    let scale = 1.0 / sqrt(variance[workgroup.x] + epsilon);
    for (var n = 0u; n < images; n++) {
        let plane = (n * channels + workgroup.x) * positions;
        for (var i = local.x; i < positions; i += invocations) {
            grad_x[plane + i] = (grad_y[plane + i] - means.x - y[plane + i] * means.y) * scale;
        }
    }
}
