// What a row of logits needs: its largest value, and the sum of the exponentials after that is subtracted, which changes no
// probability but keeps exp from overflowing.

override n_rows: u32;
override n_classes: u32;

fn largest_of_row(first: u32) -> f32 {
    var largest = z[first];
    for (var i = 1u; i < n_classes; i++) {
        largest = max(largest, z[first + i]);
    }
    return largest;
}

// Writes a row's probabilities; returns the sum that they were divided by.
fn write_row(first: u32, largest: f32) -> f32 {
    var total = 0.0;
    for (var i = 0u; i < n_classes; i++) {
        let e = exp(z[first + i] - largest);
        p[first + i] = e;
        total += e;
    }
    for (var i = 0u; i < n_classes; i++) {
        p[first + i] /= total;
    }
    return total;
}
