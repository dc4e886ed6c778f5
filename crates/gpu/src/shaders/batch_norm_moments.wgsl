// The mean and the variance of each channel: mean[c] = Σ x[n,c,i] / values, variance[c] = Σ (x[n,c,i] − mean[c])² / values.
//
// A workgroup per channel: its invocations take turns at the values, then add up in pairs, halves with halves.

override images: u32;
override channels: u32;
// Values of a plane.
override positions: u32;
// A power of two.
override invocations: u32;

@group(0) @binding(0) var<storage, read_write> mean: array<f32>;
@group(0) @binding(1) var<storage, read_write> variance: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

var<workgroup> sums: array<f32, invocations>;

// What every invocation has, added up and divided by the number of values.
fn mean_of(own: f32, place: u32) -> f32 {
    sums[place] = own;
    for (var half = invocations / 2; half > 0; half /= 2) {
        workgroupBarrier();
        if place < half {
            sums[place] += sums[place + half];
        }
    }
    workgroupBarrier();
    let sum = sums[0];
    workgroupBarrier();
    return sum / f32(images * positions);
}

@compute @workgroup_size(invocations)
fn batch_norm_moments(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    var sum = 0.0;
    for (var n = 0u; n < images; n++) {
        let plane = (n * channels + workgroup.x) * positions;
        var of_plane = 0.0;
        for (var i = local.x; i < positions; i += invocations) {
            of_plane += x[plane + i];
        }
        sum += of_plane;
    }
    let centre = mean_of(sum, local.x);
    var squares = 0.0;
    for (var n = 0u; n < images; n++) {
        let plane = (n * channels + workgroup.x) * positions;
        var of_plane = 0.0;
        for (var i = local.x; i < positions; i += invocations) {
            let distance = x[plane + i] - centre;
            of_plane += distance * distance;
        }
        squares += of_plane;
    }
    let spread = mean_of(squares, local.x);
    if local.x == 0 {
        mean[workgroup.x] = centre;
        variance[workgroup.x] = spread;
    }
}
