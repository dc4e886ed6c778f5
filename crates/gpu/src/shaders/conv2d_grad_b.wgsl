// The gradient with respect to the biases: grad_b[k] = Σ grad_y[n,k,p,q] over images and positions.
//
// A workgroup per kernel: its invocations take turns at the values, then add up in pairs, halves with halves.

override images: u32;
override kernels: u32;
override positions: u32;
// A power of two.
override invocations: u32;

@group(0) @binding(0) var<storage, read_write> grad_b: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;

var<workgroup> sums: array<f32, invocations>;

@compute @workgroup_size(invocations)
fn conv2d_grad_b(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    var sum = 0.0;
    for (var n = 0u; n < images; n++) {
        let map = (n * kernels + workgroup.x) * positions;
        // Short sums of short sums lose less to rounding than a long one.
        var of_map = 0.0;
        for (var i = local.x; i < positions; i += invocations) {
            of_map += grad_y[map + i];
        }
        sum += of_map;
    }
    sums[local.x] = sum;
    for (var half = invocations / 2; half > 0; half /= 2) {
        workgroupBarrier();
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
    }
    if local.x == 0 {
        grad_b[workgroup.x] = sums[0];
    }
}
