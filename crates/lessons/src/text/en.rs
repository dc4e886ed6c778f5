//! English.

use crate::conv2d::{ConvTrace, Moment, Term};
use crate::number::{factor, number, positions};

/// Title of the lesson on convolution.
pub const CONV2D_TITLE: &str = "Convolution: one small window, used everywhere";

/// What the lesson on convolution is about.
pub const CONV2D_LEAD: &str = "A kernel is a small grid of weights. It is laid on the input, every weight is multiplied \
    with the number under it, and the products are added up: that is one number of the feature map. Then the window \
    moves on, with the same weights.";

/// What to look at, in order.
pub const CONV2D_STEPS: [&str; 5] = [
    "Step through three windows with →. The numbers under the frame change. What stays the same?",
    "Point at a corner of the input, then at its middle. How many outputs does each feed?",
    "Change one weight, or choose another kernel. How much of the feature map changes?",
    "Raise the stride to 3. Which rows and columns does the window never reach?",
    "Stride 1 again: which padding makes the feature map as large as the input?",
];

/// Said after a step of the guide that was done.
pub const STEP_DONE: &str = " Done.";

/// What the colours mean: input, padding, positive and negative weights, outputs.
pub const CONV2D_COLOURS: [&str; 5] = [
    "input: stronger is larger",
    "padding: zeros around the input",
    "a positive weight",
    "a negative weight or output",
    "a positive output: stronger is larger",
];

/// Added when a setting cannot be.
pub const LAST_GOOD_STAYS: &str = "The last setting that fits stays on the stage.";

/// What is said of a kernel that was typed.
pub const OWN_KERNEL: &str = "Your own kernel. The link in the address bar carries it.";

/// Said while a digit is fetched.
pub const DIGIT_WAITS: &str = "The digit is on its way …";

/// Said while the network's kernels are fetched.
pub const KERNELS_WAIT: &str = "The network’s kernels are on their way …";

/// Which digit of MNIST is on the stage.
pub fn mnist_digit(index: u32, class: u8) -> String {
    format!("MNIST test image {index}: a {class}")
}

/// Which of the page's own digits is on the stage.
pub fn built_in_digit(index: u32, class: u8) -> String {
    format!("built-in test digit {index}: a {class}")
}

/// Which of the learner's digits is on the stage.
pub fn own_digit(index: u32, class: u8) -> String {
    format!("your test image {index}: a {class}")
}

/// Found by stepping: what stays the same.
pub fn conv2d_found_weights(n_terms: usize, n_cells: usize) -> String {
    format!("The {n_terms} weights: the same ones serve all {n_cells} outputs.")
}

/// Found by pointing: how many outputs a corner and the middle feed.
pub fn conv2d_found_feeding(corner: usize, middle: usize) -> String {
    format!("The corner feeds {corner}, the middle {middle}.")
}

/// Found by changing the kernel: how many outputs are others now.
pub fn conv2d_found_changes(n_changed: usize, n_cells: usize) -> String {
    if n_changed == n_cells {
        format!("All {n_cells} outputs: each of them uses every weight.")
    } else {
        format!("{n_changed} of {n_cells} outputs. Each uses every weight, but a weight laid on a zero adds nothing.")
    }
}

/// Found by striding: how much of the input is never read.
pub fn conv2d_found_unread(stride: usize, n_rows: usize, n_columns: usize) -> String {
    let parts = [plural(n_rows, "row"), plural(n_columns, "column")];
    let parts: Vec<_> = parts.iter().filter(|part| !part.starts_with("0 ")).map(String::as_str).collect();
    let verb = if n_rows + n_columns == 1 { "is" } else { "are" };
    format!("At stride {stride}, {} of the input {verb} never read. They are greyed.", parts.join(" and "))
}

/// Found by padding: the size is kept.
pub fn conv2d_found_same(
    padding: usize,
    [kernel_rows, kernel_columns]: [usize; 2],
    [rows, columns]: [usize; 2],
) -> String {
    format!("Padding {padding}: with a {kernel_rows}×{kernel_columns} kernel, {rows}×{columns} stays {rows}×{columns}.")
}

/// What to notice at a moment of the convolution.
pub fn conv2d_caption(moment: &Moment) -> String {
    let [row, column] = moment.at.map(|at| at + 1);
    let n = moment.terms.len();
    if !moment.is_complete() {
        let Some(term) = moment.n_shown.checked_sub(1).and_then(|last| moment.terms.get(last)) else {
            return format!("The window for row {row}, column {column} of the feature map.");
        };
        let whose = if term.is_padding { "padding" } else { "input" };
        let product = number(term.product);
        return format!(
            "Product {} of {n}: {whose} {} times weight {} is {product}.",
            moment.n_shown,
            number(term.x),
            number(term.w)
        );
    }
    let n_nonzero = moment.terms.iter().filter(|term| term.product != 0.0).count();
    let n_padding = moment.terms.iter().filter(|term| term.is_padding).count();
    let padding = match n_padding {
        0 => String::new(),
        1 => " One cell lies in the padding and adds nothing.".into(),
        n => format!(" {n} cells lie in the padding and add nothing."),
    };
    let products = plural(n, "product");
    let products = match n_nonzero {
        0 => format!("{products}, all zero,"),
        n_nonzero if n_nonzero == n => products,
        n_nonzero => format!("{products} ({n_nonzero} not zero)"),
    };
    let bias = if moment.bias == 0.0 { "" } else { " and the bias" };
    format!("Row {row}, column {column}: {products}{bias} add up to {}.{padding}", number(moment.sum))
}

/// Size of the input, and what is never read of it.
pub fn conv2d_input_caption(trace: &ConvTrace) -> (String, Option<String>) {
    let input = trace.input();
    let [rows, columns] = trace.padded_size();
    let padded = if [rows, columns] == [input.rows, input.columns] {
        String::new()
    } else {
        format!(", padded to {rows}×{columns}")
    };
    let [unread_rows, unread_columns] = trace.never_read();
    let part = |name: &str, at: &[usize]| match at.len() {
        0 => None,
        1 => Some(format!("{name} {}", positions(at))),
        _ => Some(format!("{name}s {}", positions(at))),
    };
    let parts: Vec<_> = [part("row", &unread_rows), part("column", &unread_columns)].into_iter().flatten().collect();
    let unread = (!parts.is_empty()).then(|| format!("never read: {}", parts.join(" and ")));
    (format!("{}×{}{padded}", input.rows, input.columns), unread)
}

/// One product, as it stands in the equation.
pub fn product(term: &Term) -> String {
    format!("{}·{}", number(term.x), factor(term.w))
}

/// The equation behind an output cell, as a screen reader says it.
pub fn conv2d_spoken(moment: &Moment) -> String {
    let products: Vec<_> =
        moment.terms.iter().map(|term| format!("{} times {}", number(term.x), number(term.w))).collect();
    let bias = if moment.bias == 0.0 { String::new() } else { format!("bias {} plus ", number(moment.bias)) };
    format!("{}: {bias}{} is {}", place(moment.at), products.join(" plus "), number(moment.sum))
}

/// What to know of an input cell that the learner points at.
pub fn conv2d_pointed_input(trace: &ConvTrace, padded_cell: usize) -> String {
    let n_fed = trace.outputs_fed_by(padded_cell).len();
    let feeds = match n_fed {
        0 => "No window reads it.".into(),
        n => format!("It feeds {}.", plural(n, "output")),
    };
    match trace.input_at(padded_cell) {
        Some(at) => {
            let value = trace.input().values[at[0] * trace.input().columns + at[1]];
            format!("Input, {}: {}. {feeds}", place(at), number(value))
        }
        None => format!("Padding: a zero around the input. {feeds}"),
    }
}

/// What to know of a weight that the learner points at.
pub fn conv2d_pointed_weight(moment: &Moment, kernel_columns: usize, kernel_cell: usize) -> String {
    let at = place([kernel_cell / kernel_columns, kernel_cell % kernel_columns]);
    let Some(term) = moment.terms.get(kernel_cell) else { return String::new() };
    format!("Weight, {at}: {}. It lies on {} now: {}.", number(term.w), number(term.x), number(term.product))
}

/// What to know of an output cell that the learner points at.
pub fn conv2d_pointed_output(trace: &ConvTrace, moment: &Moment, cell: usize) -> String {
    let at = place(trace.output_at(cell));
    if cell == moment.cell {
        moment.caption.clone()
    } else if cell < moment.cell {
        format!("Feature map, {at}: {}. A click goes back there.", number(trace.output()[cell]))
    } else {
        format!("Feature map, {at}: not computed yet. A click goes there.")
    }
}

/// What typing something that is not a number is answered with.
pub fn left_aside(text: &str, reason: &str) -> String {
    let what = if text.trim().is_empty() { "An empty cell".into() } else { format!("“{}”", text.trim()) };
    format!("{what} was left aside. {reason} The number before it stays.")
}

/// An output cell that the time line has not reached.
pub fn conv2d_unknown(at: [usize; 2]) -> String {
    format!("{}: not computed yet", place(at))
}

/// Where a cell is.
pub fn place([row, column]: [usize; 2]) -> String {
    format!("row {}, column {}", row + 1, column + 1)
}

/// Where a kernel of the network comes from, and the padding that the network itself uses with it.
pub fn network_kernel(k: u32, n_steps: u32, padding: u32) -> String {
    let training = match n_steps {
        0 => "untrained, its weights drawn at random".into(),
        n => format!("after {} of training", plural(n as usize, "step")),
    };
    format!("Kernel {} of the Lab’s network, {training}. There the padding is {padding}.", k + 1)
}

fn plural(n: usize, name: &str) -> String {
    if n == 1 { format!("1 {name}") } else { format!("{n} {name}s") }
}
