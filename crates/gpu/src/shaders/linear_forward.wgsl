// The outputs of fully connected units: y[n,o] = b[o] + Σ w[o,i] · x[n,i].
//
// As a matrix product: x (images × inputs) times w turned round (inputs × outputs). Few results with long sums: the inputs
// are cut into parts, summed side by side, the bias with the first; sum_parts adds them up in their order.
// With `relu`, which there must be no parts for, negative outputs become zero.

override images: u32;
override inputs: u32;
override outputs: u32;
override inputs_per_part: u32;
override relu: bool;

@group(0) @binding(0) var<storage, read_write> y_parts: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;

const left_lies_along_depth = true;
override n_rows: u32 = images;
override n_columns: u32 = outputs;

var<private> part: u32;

fn depth_at(i: u32) -> Depth {
    return Depth(i, Place(i, 0, 0));
}

fn column_at(output: u32) -> Place {
    return Place(output * inputs, 0, 0);
}

fn left(image: u32, i: u32) -> f32 {
    return x[image * inputs + i];
}

fn right(d: u32, output: Place) -> f32 {
    return w[output.at + depths[d].right.at];
}

fn result_at(output: u32) -> u32 {
    return output;
}

fn store(output: u32, image: u32, sum: f32) {
    var value = sum;
    if part == 0 {
        value += b[output];
    }
    y_parts[(part * images + image) * outputs + output] = select(value, 0.0, relu && value < 0.0);
}

@compute @workgroup_size(tile_columns, tile_rows)
fn linear_forward(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    part = tile.z;
    // Not from `part`: a barrier needs bounds that are plainly the same for all.
    let first = tile.z * inputs_per_part;
    product(tile.xy, local.xy, first, min(first + inputs_per_part, inputs));
}
