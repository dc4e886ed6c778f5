// The gradient with respect to the biases: grad_b[o] = Σ grad_y[n,o] over the batch.

override images: u32;
override outputs: u32;

@group(0) @binding(0) var<storage, read_write> grad_b: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;

@compute @workgroup_size(256)
fn linear_grad_b(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let output = at.y * n_groups.x * 256 + at.x;
    if output >= outputs {
        return;
    }
    var sum = 0.0;
    for (var image = 0u; image < images; image++) {
        sum += grad_y[image * outputs + output];
    }
    grad_b[output] = sum;
}
