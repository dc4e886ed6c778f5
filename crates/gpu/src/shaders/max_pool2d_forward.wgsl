// The largest value of each window, and where it was in its plane: row · width + column. The first of equal values wins; a
// NaN wins over everything, so that it is not hidden.

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> argmax: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

// By its bits: a compiler may take it for granted that no value is NaN.
fn is_nan(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(256)
fn max_pool2d_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= planes * out_height * out_width {
        return;
    }
    let window = place(i, out_height, out_width);
    let plane = window[0] * height * width;
    let rows = rows(window[1]);
    let columns = columns(window[2]);
    var best = rows[0] * width + columns[0];
    var largest = x[plane + best];
    for (var row = rows[0]; row < rows[1]; row++) {
        for (var column = columns[0]; column < columns[1]; column++) {
            let value = x[plane + row * width + column];
            let wins = ((value > largest) & !is_nan(largest)) | is_nan(value);
            best = select(best, row * width + column, wins);
            largest = select(largest, value, wins);
        }
    }
    y[i] = largest;
    argmax[i] = best;
}
