//! A trace's numbers as cells of grids.

use super::Pointed;
use crate::views::grid::CellView;
use receptive_lessons::conv2d::{ConvTrace, InputCell, Moment, Term};
use receptive_lessons::{cell_numbers, number, text};
use std::rc::Rc;
use yew::AttrValue;

/// What stays the same on all moments of a trace.
#[derive(PartialEq)]
pub(super) struct Faces {
    input: Rc<Vec<CellView>>,
    /// What the window writes beside the input cells that it reads.
    notes: Vec<AttrValue>,
    /// Weights as a screen reader says them beside an input cell.
    times: Vec<String>,
    /// Every output as it looks once it is known.
    output: Vec<CellView>,
    /// Every output as it is announced before it is known.
    unknown: Vec<AttrValue>,
}

impl Faces {
    /// `is_toy`: cells are large enough for numbers.
    pub(super) fn new(trace: &ConvTrace, is_toy: bool) -> Self {
        let weights = &trace.kernel().values;
        let texts = |values: &[f32]| if is_toy { cell_numbers(values.iter().copied()) } else { vec![] };
        let scale = largest(trace.output());
        let out_texts = texts(trace.output());
        let output = |(i, &value): (usize, &f32)| CellView {
            text: out_texts.get(i).cloned().unwrap_or_default().into(),
            class: (if value > 0.0 { "act" } else { sign(value) }).into(),
            strength: value.abs() / scale,
            note: AttrValue::default(),
            spoken: if is_toy {
                trace.spoken(i).into()
            } else {
                format!("{}: {}", text::place(trace.output_at(i)), number(value)).into()
            },
            is_fixed: true,
        };
        Self {
            input: Rc::new(input_faces(trace, is_toy)),
            notes: texts(weights).into_iter().map(|text| format!("×{text}").into()).collect(),
            times: weights.iter().map(|&weight| format!(", times {}", number(weight))).collect(),
            output: trace.output().iter().enumerate().map(output).collect(),
            unknown: (0..trace.n_cells()).map(|i| text::conv2d_unknown(trace.output_at(i)).into()).collect(),
        }
    }
}

fn input_faces(trace: &ConvTrace, is_toy: bool) -> Vec<CellView> {
    let scale = largest(&trace.input().values);
    let cells = trace.padded_input();
    let texts = if is_toy { cell_numbers(cells.iter().map(|cell| cell.value)) } else { vec![] };
    let face = |(i, cell): (usize, &InputCell)| {
        let unread = if cell.is_read { "" } else { ", never read" };
        let class = match (cell.at, cell.is_read) {
            (Some(_), true) => "input",
            (Some(_), false) => "input unread",
            (None, true) => "padding",
            (None, false) => "padding unread",
        };
        let spoken = match cell.at {
            Some(at) => format!("{}: {}{unread}", text::place(at), number(cell.value)),
            None => format!("padding, {}{unread}", number(cell.value)),
        };
        CellView {
            text: texts.get(i).cloned().unwrap_or_default().into(),
            class: class.into(),
            strength: cell.value.abs() / scale,
            note: AttrValue::default(),
            spoken: spoken.into(),
            is_fixed: cell.at.is_none(),
        }
    };
    cells.iter().enumerate().map(face).collect()
}

fn largest(values: &[f32]) -> f32 {
    values.iter().map(|value| value.abs()).fold(f32::MIN_POSITIVE, f32::max)
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

fn mark(cell: &mut CellView, class: &str) {
    cell.class = format!("{} {class}", cell.class).into();
}

/// A moment of a trace, and how the learner looks at it.
pub(super) struct Look<'a> {
    pub(super) trace: &'a ConvTrace,
    pub(super) faces: &'a Faces,
    pub(super) moment: &'a Moment,
    pub(super) pointed: Pointed,
    pub(super) is_toy: bool,
    pub(super) by_term: bool,
}

impl Look<'_> {
    /// The product that the last step put on the table, when steps are products.
    fn current(&self) -> Option<&Term> {
        let last = self.moment.n_shown.checked_sub(1).filter(|_| self.by_term && !self.moment.is_complete())?;
        self.moment.terms.get(last)
    }

    /// The padded input.
    pub(super) fn input(&self) -> Rc<Vec<CellView>> {
        let mut marked: Vec<usize> = match self.pointed {
            Pointed::Output(cell) if cell < self.trace.n_cells() => self.trace.inputs_read_by(cell),
            Pointed::Kernel(tap) => self.moment.terms.get(tap).map(|term| term.input_cell).into_iter().collect(),
            Pointed::Input(cell) => vec![cell],
            _ => vec![],
        };
        marked.extend(self.current().map(|term| term.input_cell));
        if marked.is_empty() && !self.is_toy {
            return self.faces.input.clone();
        }
        let mut cells = (*self.faces.input).clone();
        if self.is_toy {
            for term in &self.moment.terms {
                let cell = &mut cells[term.input_cell];
                cell.note = self.faces.notes[term.kernel_cell].clone();
                cell.spoken = format!("{}{}", cell.spoken, self.faces.times[term.kernel_cell]).into();
            }
        }
        for i in marked {
            cells.get_mut(i).into_iter().for_each(|cell| mark(cell, "lit"));
        }
        Rc::new(cells)
    }

    /// Whether a tap of the window is pointed at, in whichever grid, or was the last to be multiplied.
    fn is_tap_lit(&self, tap: usize) -> bool {
        let is_pointed = match self.pointed {
            Pointed::Kernel(pointed) => pointed == tap,
            Pointed::Input(cell) => self.moment.terms.get(tap).is_some_and(|term| term.input_cell == cell),
            _ => false,
        };
        is_pointed || self.current().is_some_and(|term| term.kernel_cell == tap)
    }

    /// The numbers under the window.
    pub(super) fn window(&self) -> Rc<Vec<CellView>> {
        let scale = largest(&self.trace.input().values);
        let texts = cell_numbers(self.moment.terms.iter().map(|term| term.x));
        let view = |((i, term), text): ((usize, &Term), String)| {
            let mut cell = CellView {
                text: text.into(),
                class: (if term.is_padding { "padding" } else { "input" }).into(),
                strength: term.x.abs() / scale,
                note: AttrValue::default(),
                spoken: format!("{}{}", number(term.x), self.faces.times[i]).into(),
                is_fixed: true,
            };
            if self.is_tap_lit(i) {
                mark(&mut cell, "lit");
            }
            cell
        };
        Rc::new(self.moment.terms.iter().enumerate().zip(texts).map(view).collect())
    }

    /// The kernel.
    pub(super) fn kernel(&self) -> Rc<Vec<CellView>> {
        let kernel = self.trace.kernel();
        let scale = largest(&kernel.values);
        let texts = cell_numbers(kernel.values.iter().copied());
        let view = |((i, &weight), text): ((usize, &f32), String)| {
            let at = [i / kernel.columns, i % kernel.columns];
            let mut cell = CellView {
                text: text.into(),
                class: sign(weight).into(),
                strength: weight.abs() / scale,
                note: AttrValue::default(),
                spoken: format!("weight, {}: {}", text::place(at), number(weight)).into(),
                is_fixed: false,
            };
            if self.is_tap_lit(i) {
                mark(&mut cell, "lit");
            }
            cell
        };
        Rc::new(kernel.values.iter().enumerate().zip(texts).map(view).collect())
    }

    /// The output, as far as the time line has come.
    pub(super) fn output(&self) -> Rc<Vec<CellView>> {
        let n_known = self.moment.cell + usize::from(self.moment.is_complete());
        let unknown = self.faces.unknown[n_known..].iter().map(|spoken| CellView {
            class: "unknown".into(),
            spoken: spoken.clone(),
            is_fixed: true,
            ..CellView::default()
        });
        let mut cells: Vec<_> = self.faces.output[..n_known].iter().cloned().chain(unknown).collect();
        mark(&mut cells[self.moment.cell], "now");
        let fed = match self.pointed {
            Pointed::Input(cell) => self.trace.outputs_fed_by(cell),
            Pointed::Output(cell) => vec![cell],
            _ => vec![],
        };
        for i in fed {
            cells.get_mut(i).into_iter().for_each(|cell| mark(cell, "lit"));
        }
        Rc::new(cells)
    }
}
