//! A trace's numbers as cells of grids.

use super::Pointed;
use crate::views::grid::CellView;
use receptive_lessons::conv2d::{ConvTrace, InputCell, Moment};
use receptive_lessons::number;

fn place(cell: usize, columns: usize) -> String {
    format!("row {}, column {}", cell / columns + 1, cell % columns + 1)
}

/// The padded input.
pub(super) fn input(
    trace: &ConvTrace,
    moment: &Moment,
    cells: &[InputCell],
    pointed: Pointed,
    with_text: bool,
) -> Vec<CellView> {
    let columns = trace.padded_size()[1];
    let largest = cells.iter().map(|cell| cell.value.abs()).fold(1e-6, f32::max);
    let lit = match pointed {
        Pointed::Output(cell) => trace.inputs_read_by(cell),
        Pointed::Kernel(tap) => {
            moment.terms.iter().filter(|term| term.kernel_cell == tap).map(|term| term.input_cell).collect()
        }
        Pointed::Input(cell) => vec![cell],
        Pointed::Nothing => vec![],
    };
    cells
        .iter()
        .enumerate()
        .map(|(i, cell)| {
            let mut class = String::from(if cell.at.is_some() { "input" } else { "padding" });
            let strength = cell.value.abs() / largest;
            for (is_on, name) in [
                (strength > 0.5, "strong"),
                (!cell.is_read, "unread"),
                (cell.kernel_cell.is_some(), "read"),
                (lit.contains(&i), "lit"),
            ] {
                if is_on {
                    class.push(' ');
                    class.push_str(name);
                }
            }
            let weight = cell.kernel_cell.map(|tap| number(trace.kernel().values[tap]));
            let what = if cell.at.is_some() { "" } else { "padding, " };
            let unread = if cell.is_read { "" } else { ", never read" };
            let times = weight.as_ref().map_or(String::new(), |weight| format!(", times {weight}"));
            CellView {
                text: if with_text { number(cell.value) } else { String::new() },
                class,
                strength,
                note: weight.filter(|_| with_text).map_or(String::new(), |weight| format!("×{weight}")),
                spoken: format!("{}: {what}{}{times}{unread}", place(i, columns), number(cell.value)),
            }
        })
        .collect()
}

/// The kernel. Where the input is too small to be read, the weights carry the numbers under them.
pub(super) fn kernel(trace: &ConvTrace, moment: &Moment, pointed: Pointed, with_inputs: bool) -> Vec<CellView> {
    let kernel = trace.kernel();
    let largest = kernel.values.iter().map(|weight| weight.abs()).fold(1e-6, f32::max);
    kernel
        .values
        .iter()
        .enumerate()
        .map(|(i, &weight)| {
            let sign = if weight > 0.0 {
                "plus"
            } else if weight < 0.0 {
                "minus"
            } else {
                "zero"
            };
            let is_lit = match pointed {
                Pointed::Kernel(tap) => tap == i,
                Pointed::Input(cell) => moment.terms[i].input_cell == cell,
                _ => false,
            };
            let lit = if is_lit { " lit" } else { "" };
            let waiting = if i < moment.n_shown { "" } else { " waiting" };
            CellView {
                text: number(weight),
                class: format!("{sign}{lit}{waiting}"),
                strength: weight.abs() / largest,
                note: if with_inputs { format!("×{}", number(moment.terms[i].x)) } else { String::new() },
                spoken: format!("weight {}: {}", place(i, kernel.columns), number(weight)),
            }
        })
        .collect()
}

/// The output, as far as the time line has come.
pub(super) fn output(trace: &ConvTrace, moment: &Moment, pointed: Pointed, with_text: bool) -> Vec<CellView> {
    let columns = trace.output_size()[1];
    let largest = trace.output().iter().copied().fold(1e-6, f32::max);
    let fed = match pointed {
        Pointed::Input(cell) => trace.outputs_fed_by(cell),
        Pointed::Output(cell) => vec![cell],
        _ => vec![],
    };
    trace
        .output()
        .iter()
        .enumerate()
        .map(|(i, &value)| {
            let is_known = i < moment.cell || (i == moment.cell && moment.is_complete());
            let strength = (value / largest).clamp(0.0, 1.0);
            let mut class = String::from(match (is_known, value) {
                (false, _) => "unknown",
                (true, value) if value < 0.0 => "minus",
                (true, value) if value > 0.0 => "act",
                _ => "zero",
            });
            for (is_on, name) in
                [(is_known && strength > 0.55, "strong"), (fed.contains(&i), "lit"), (i == moment.cell, "now")]
            {
                if is_on {
                    class.push(' ');
                    class.push_str(name);
                }
            }
            let spoken = if !is_known {
                format!("{}: not computed yet", place(i, columns))
            } else if with_text {
                trace.spoken(i)
            } else {
                format!("{}: {}", place(i, columns), number(value))
            };
            CellView {
                text: if is_known && with_text { number(value) } else { String::new() },
                class,
                strength,
                note: String::new(),
                spoken,
            }
        })
        .collect()
}
