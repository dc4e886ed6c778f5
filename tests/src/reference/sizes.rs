//! Output sizes, counted by sliding the window instead of by a formula.

/// Positions of a window that lies wholly inside the padded axis.
pub fn positions(input: usize, window: usize, stride: usize, padding: usize, dilation: usize) -> usize {
    let reach = (window - 1) * dilation;
    (0..).step_by(stride).take_while(|start| start + reach < input + 2 * padding).count()
}

/// Cells of an axis with its border.
pub fn bordered(input: usize, before: usize, after: usize) -> usize {
    (0..before).chain(0..input).chain(0..after).count()
}

/// Positions of a pooling window with `ceil`: the last one may hang over the end, by less than a stride,
/// as long as it starts inside the input or in the padding before it.
pub fn ceil_positions(input: usize, window: usize, stride: usize, padding: usize) -> usize {
    (0..)
        .step_by(stride)
        .take_while(|start| start + window < input + 2 * padding + stride && *start < input + padding)
        .count()
}
