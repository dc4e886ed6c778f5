// A batch out of the dataset: the images that the host picked for this step, bytes to numbers between 0 and 1, and their
// classes.

override batch: u32;
override image_len: u32;

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> targets: array<u32>;
// Four bytes in each word; every image starts with a new word.
@group(0) @binding(2) var<storage, read> pixels: array<u32>;
@group(0) @binding(3) var<storage, read> classes: array<u32>;
// For every step of a submission, the images of its batch.
@group(0) @binding(4) var<storage, read> picks: array<u32>;
// Steps of this submission that are done.
@group(0) @binding(5) var<storage, read> progress: u32;

@compute @workgroup_size(256)
fn gather_batch(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let i = at.y * n_groups.x * 256 + at.x;
    if i >= batch * image_len {
        return;
    }
    let n = i / image_len;
    let pixel = i % image_len;
    let image = picks[progress * batch + n];
    let words = (image_len + 3) / 4;
    let word = pixels[image * words + pixel / 4];
    x[i] = f32((word >> (pixel % 4 * 8)) & 255) / 255;
    if pixel == 0 {
        targets[n] = classes[image];
    }
}
