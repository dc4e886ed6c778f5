// The gradient with respect to the biases: grad_b[k] = Σ grad_y[n,k,p,q] over images and positions.
//
// A workgroup per kernel: each invocation sums every 256th value, then they add up in pairs, halves with halves.

override images: u32;
override kernels: u32;
override positions: u32;

@group(0) @binding(0) var<storage, read_write> grad_b: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn conv2d_grad_b(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let kernel = workgroup.x;
    var sum = 0.0;
    for (var i = local.x; i < images * positions; i += 256) {
        sum += grad_y[(i / positions * kernels + kernel) * positions + i % positions];
    }
    sums[local.x] = sum;
    for (var half = 128u; half > 0; half /= 2) {
        workgroupBarrier();
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
    }
    if local.x == 0 {
        grad_b[kernel] = sums[0];
    }
}
