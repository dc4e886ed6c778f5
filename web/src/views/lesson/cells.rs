//! A trace's numbers as cells of grids.

use super::Pointed;
use crate::views::grid::CellView;
use receptive_lessons::conv2d::{ConvTrace, Moment, Term};
use receptive_lessons::{cell_numbers, number, text};

/// A moment of a trace, and how the learner looks at it.
pub(super) struct Look<'a> {
    pub(super) trace: &'a ConvTrace,
    pub(super) moment: &'a Moment,
    pub(super) pointed: Pointed,
    /// Large enough for numbers.
    pub(super) is_toy: bool,
    pub(super) by_term: bool,
}

/// The classes whose conditions hold.
fn classes<const N: usize>(base: &str, rest: [(bool, &str); N]) -> String {
    let mut class = String::from(base);
    for (_, name) in rest.iter().filter(|(is_on, _)| *is_on) {
        class.push(' ');
        class.push_str(name);
    }
    class
}

fn largest(values: impl Iterator<Item = f32>) -> f32 {
    values.map(f32::abs).fold(f32::MIN_POSITIVE, f32::max)
}

fn sign(value: f32) -> &'static str {
    if value > 0.0 {
        "plus"
    } else if value < 0.0 {
        "minus"
    } else {
        "zero"
    }
}

impl Look<'_> {
    /// The product that the last step put on the table, when steps are products.
    fn current(&self) -> Option<&Term> {
        let last = self.moment.n_shown.checked_sub(1).filter(|_| self.by_term && !self.moment.is_complete())?;
        self.moment.terms.get(last)
    }

    /// Texts where there is room for them.
    fn if_toy(&self, texts: impl FnOnce() -> Vec<String>) -> Vec<String> {
        if self.is_toy { texts() } else { Vec::new() }
    }

    /// The padded input.
    pub(super) fn input(&self) -> Vec<CellView> {
        let trace = self.trace;
        let columns = trace.padded_size()[1];
        let scale = largest(trace.input().values.iter().copied());
        let lit = match self.pointed {
            Pointed::Output(cell) if cell < trace.n_cells() => trace.inputs_read_by(cell),
            Pointed::Kernel(tap) => self.moment.terms.get(tap).map(|term| term.input_cell).into_iter().collect(),
            Pointed::Input(cell) => vec![cell],
            _ => vec![],
        };
        let current = self.current().map(|term| term.input_cell);
        let cells = trace.input_cells(self.moment);
        let texts = self.if_toy(|| cell_numbers(cells.iter().map(|cell| cell.value)));
        let weights = self.if_toy(|| cell_numbers(trace.kernel().values.iter().copied()));
        let view = |(i, cell): (usize, &receptive_lessons::conv2d::InputCell)| {
            let is_padding = cell.at.is_none();
            let class = classes(
                if is_padding { "padding" } else { "input" },
                [
                    (!cell.is_read, "unread"),
                    (cell.value < 0.0, "below"),
                    (lit.contains(&i), "lit"),
                    (current == Some(i), "current"),
                ],
            );
            let weight = cell.kernel_cell.map(|tap| number(trace.kernel().values[tap]));
            let what = if is_padding { "padding, " } else { "" };
            let unread = if cell.is_read { "" } else { ", never read" };
            let times = weight.as_ref().map_or(String::new(), |weight| format!(", times {weight}"));
            let at = cell.at.unwrap_or([i / columns, i % columns]);
            let place = if is_padding { String::new() } else { format!("{}: ", text::place(at)) };
            CellView {
                text: texts.get(i).cloned().unwrap_or_default(),
                class,
                strength: cell.value.abs() / scale,
                note: cell
                    .kernel_cell
                    .and_then(|tap| weights.get(tap))
                    .map_or(String::new(), |weight| format!("×{weight}")),
                spoken: format!("{place}{what}{}{times}{unread}", number(cell.value)),
                is_fixed: is_padding,
            }
        };
        cells.iter().enumerate().map(view).collect()
    }

    /// Whether the learner points at a tap of the window, in whichever grid.
    fn is_tap_lit(&self, tap: usize) -> bool {
        match self.pointed {
            Pointed::Kernel(pointed) => pointed == tap,
            Pointed::Input(cell) => self.moment.terms.get(tap).is_some_and(|term| term.input_cell == cell),
            _ => false,
        }
    }

    /// The numbers under the window.
    pub(super) fn window(&self) -> Vec<CellView> {
        let scale = largest(self.trace.input().values.iter().copied());
        let current = self.current().map(|term| term.kernel_cell);
        let texts = cell_numbers(self.moment.terms.iter().map(|term| term.x));
        let view = |(i, term): (usize, &Term)| CellView {
            text: texts[i].clone(),
            class: classes(
                if term.is_padding { "padding" } else { "input" },
                [(self.is_tap_lit(i), "lit"), (current == Some(i), "current")],
            ),
            strength: term.x.abs() / scale,
            note: String::new(),
            spoken: format!("{}, times {}", number(term.x), number(term.w)),
            is_fixed: true,
        };
        self.moment.terms.iter().enumerate().map(view).collect()
    }

    /// The kernel.
    pub(super) fn kernel(&self) -> Vec<CellView> {
        let kernel = self.trace.kernel();
        let scale = largest(kernel.values.iter().copied());
        let current = self.current().map(|term| term.kernel_cell);
        let texts = cell_numbers(kernel.values.iter().copied());
        let view = |(i, &weight): (usize, &f32)| CellView {
            text: texts[i].clone(),
            class: classes(sign(weight), [(self.is_tap_lit(i), "lit"), (current == Some(i), "current")]),
            strength: weight.abs() / scale,
            note: String::new(),
            spoken: format!("weight, {}: {}", text::place([i / kernel.columns, i % kernel.columns]), number(weight)),
            is_fixed: false,
        };
        kernel.values.iter().enumerate().map(view).collect()
    }

    /// The output, as far as the time line has come.
    pub(super) fn output(&self) -> Vec<CellView> {
        let (trace, moment) = (self.trace, self.moment);
        let scale = largest(trace.output().iter().copied());
        let texts = self.if_toy(|| cell_numbers(trace.output().iter().copied()));
        let fed = match self.pointed {
            Pointed::Input(cell) => trace.outputs_fed_by(cell),
            Pointed::Output(cell) => vec![cell],
            _ => vec![],
        };
        let view = |(i, &value): (usize, &f32)| {
            let is_known = i < moment.cell || (i == moment.cell && moment.is_complete());
            let kind = if !is_known {
                "unknown"
            } else if value > 0.0 {
                "act"
            } else {
                sign(value)
            };
            let spoken = if !is_known {
                format!("{}: not computed yet", text::place(trace.output_at(i)))
            } else if self.is_toy {
                trace.spoken(i)
            } else {
                format!("{}: {}", text::place(trace.output_at(i)), number(value))
            };
            CellView {
                text: texts.get(i).filter(|_| is_known).cloned().unwrap_or_default(),
                class: classes(kind, [(fed.contains(&i), "lit"), (i == moment.cell, "now")]),
                strength: if is_known { value.abs() / scale } else { 0.0 },
                note: String::new(),
                spoken,
                is_fixed: true,
            }
        };
        trace.output().iter().enumerate().map(view).collect()
    }
}
