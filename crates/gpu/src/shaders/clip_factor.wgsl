// The factor that brings a step's gradients to a norm of at most `most`, as PyTorch's clip_grad_norm_ has it.

override n_tensors: u32;
override most: f32;

@group(0) @binding(0) var<storage, read_write> scale: f32;
@group(0) @binding(1) var<storage, read> squares: array<f32>;

@compute @workgroup_size(1)
fn clip_factor() {
    var sum = 0.0;
    for (var i = 0u; i < n_tensors; i++) {
        sum += squares[i];
    }
    scale = min(1, most / (sqrt(sum) + 1e-6));
}
