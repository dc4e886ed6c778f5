//! Typing into cells.

use crate::context::Change;
use crate::state::{AppState, Grid};
use receptive_lessons::conv2d::{ConvTrace, Matrix};
use receptive_lessons::text;
use std::rc::Rc;
use yew::prelude::*;

type Problem = UseStateHandle<Option<String>>;

/// What typing into the padded input does.
pub(super) fn input(change: &Callback<Change>, problem: &Problem, trace: &Rc<ConvTrace>) -> Callback<(usize, String)> {
    let at = {
        let trace = trace.clone();
        move |cell| trace.input_at(cell)
    };
    editing(change, problem, trace.input().clone(), at, |state, grid| state.lesson.input = Some(grid))
}

/// What typing into the kernel does: it becomes the learner's own.
pub(super) fn kernel(change: &Callback<Change>, problem: &Problem, trace: &Rc<ConvTrace>) -> Callback<(usize, String)> {
    let columns = trace.kernel().columns;
    let at = move |cell| Some([cell / columns, cell % columns]);
    editing(change, problem, trace.kernel().clone(), at, |state, grid| {
        (state.lesson.kernel, state.lesson.network_kernel) = (Some(grid), None);
    })
}

/// A number goes into the grid, anything else is answered with a sentence.
fn editing(
    change: &Callback<Change>,
    problem: &Problem,
    matrix: Matrix,
    at: impl Fn(usize) -> Option<[usize; 2]> + 'static,
    put: fn(&mut AppState, Grid),
) -> Callback<(usize, String)> {
    let (change, problem) = (change.clone(), problem.clone());
    Callback::from(move |(cell, typed): (usize, String)| {
        let grid = Grid::new(matrix.rows, matrix.columns, matrix.values.clone());
        match (Grid::read_cell(&typed), grid, at(cell)) {
            (Ok(value), Some(grid), Some([row, column])) => {
                problem.set(None);
                change.emit(Box::new(move |state| put(state, grid.with(row, column, value))));
            }
            (Err(error), ..) => problem.set(Some(text::left_aside(&typed, &error.to_string()))),
            _ => {}
        }
    })
}
