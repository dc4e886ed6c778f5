// What a step found: the mean of its losses, and how many images got the highest probability for their true class. Then
// the step counts as done.
//
// One workgroup: each invocation goes through every 256th image, then they add up in pairs, halves with halves.

override n_rows: u32;
override n_classes: u32;

// One for every step of a submission: mean loss in nats, images classified rightly.
@group(0) @binding(0) var<storage, read_write> results: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> progress: u32;
@group(0) @binding(2) var<storage, read> losses: array<f32>;
@group(0) @binding(3) var<storage, read> p: array<f32>;
@group(0) @binding(4) var<storage, read> targets: array<u32>;

var<workgroup> sums: array<vec2<f32>, 256>;

@compute @workgroup_size(256)
fn tally(@builtin(local_invocation_id) local: vec3<u32>) {
    var sum = vec2<f32>();
    for (var row = local.x; row < n_rows; row += 256) {
        // The first of equal probabilities counts.
        var best = 0u;
        for (var i = 1u; i < n_classes; i++) {
            if p[row * n_classes + i] > p[row * n_classes + best] {
                best = i;
            }
        }
        sum += vec2(losses[row], select(0.0, 1.0, best == targets[row]));
    }
    sums[local.x] = sum;
    for (var half = 128u; half > 0; half /= 2) {
        workgroupBarrier();
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
    }
    if local.x == 0 {
        results[progress] = vec2(sums[0].x / f32(n_rows), sums[0].y);
        progress += 1;
    }
}
