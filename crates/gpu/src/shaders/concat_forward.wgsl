// A part of every image, put in its place in the whole.

override images: u32;
// Values of an image before the part, in it, and in the whole.
override offset: u32;
override part: u32;
override whole: u32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

@compute @workgroup_size(256)
fn concat_forward(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i < images * part {
        y[i / part * whole + offset + i % part] = x[i];
    }
}
