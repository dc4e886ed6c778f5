//! The chapters' words, in English. Numbers are handed in, never written here.

/// Title of the lesson on convolution.
pub const CONV2D_TITLE: &str = "Convolution: one small window, used everywhere";

/// What the lesson on convolution is about.
pub const CONV2D_LEAD: &str = "A kernel is a small grid of weights. It is laid on the input, every weight is multiplied \
    with the number under it, and the products are added up: that is one number of the output. Then the window \
    moves on, with the same weights.";

/// What to look at, in order.
pub const CONV2D_STEPS: [&str; 4] = [
    "Press play and follow one window: products first, then their sum. Which weights never change?",
    "Put the pointer on a corner of the input, then on its middle. How many outputs does each feed?",
    "Type over a weight, or choose another kernel. Which outputs change, and which stay?",
    "Raise the stride to 2 and then to 3. Which rows and columns of the input are never read?",
];

/// What to notice at a moment of the convolution.
pub fn conv2d_caption([row, column]: [usize; 2], n_padding: usize, n_shown: usize, n_terms: usize) -> String {
    let place = format!("Output row {}, column {}", row + 1, column + 1);
    let padding = match n_padding {
        0 => String::new(),
        1 => "; one of the cells it reads is padding".into(),
        n => format!("; {n} of the cells it reads are padding"),
    };
    if n_shown == n_terms {
        format!("{place}: {n_terms} products, one sum{padding}.")
    } else {
        format!("{place}: {n_shown} of {n_terms} products so far{padding}.")
    }
}
