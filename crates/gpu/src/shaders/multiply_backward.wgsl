// The gradient with respect to a: upstream gradients of the products that a cell is in, each times what it met there.

@group(0) @binding(0) var<storage, read_write> grad_a: array<f32>;
@group(0) @binding(1) var<storage, read> grad_y: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;

@compute @workgroup_size(256)
fn multiply_backward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= images * a_channels * a_height * a_width {
        return;
    }
    let own = place_in(i, a_channels, a_height, a_width);
    var sum = 0.0;
    for (var c = own[1]; c < own[1] + repeats(channels, a_channels); c++) {
        for (var h = own[2]; h < own[2] + repeats(height, a_height); h++) {
            for (var w = own[3]; w < own[3] + repeats(width, a_width); w++) {
                let cell = ((own[0] * channels + c) * height + h) * width + w;
                sum += grad_y[cell] * b[source(vec4(own[0], c, h, w), b_channels, b_height, b_width)];
            }
        }
    }
    grad_a[i] = sum;
}
