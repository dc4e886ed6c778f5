//! A scene's numbers as cells of grids.

use crate::views::grid::CellView;
use receptive_lessons::scene::{Cell, Grid, Role};
use std::rc::Rc;

/// The cells of a grid small enough for numbers. `describe` returns a cell's text for screen readers.
pub(super) fn faces(grid: &Grid, lit: &[usize], describe: impl Fn(usize) -> String) -> Rc<Vec<CellView>> {
    let scale = scale(grid);
    let n_known = grid.n_known.unwrap_or(grid.cells.len());
    let texts = grid.texts();
    let face = |(i, (cell, text)): (usize, (&Cell, String))| {
        let mut class = if i < n_known { class_of(cell, scale).to_string() } else { "unknown".into() };
        let marks = [
            (cell.is_unread, " unread"),
            (grid.now == Some(i), " now"),
            (grid.marked.contains(&i), " marked"),
            (grid.changed.iter().flatten().any(|cell| *cell == i), " changed"),
            (lit.contains(&i), " lit"),
        ];
        marks.iter().filter(|(is_so, _)| *is_so).for_each(|(_, mark)| class.push_str(mark));
        let note = grid.notes.iter().find(|(at, _)| *at == i).map(|(_, note)| note.clone());
        let is_colour = matches!(cell.role, Role::Colour(_));
        CellView {
            text: if i < n_known && !is_colour { text.into() } else { "".into() },
            class: class.into(),
            strength: strength(cell, scale),
            colour: match cell.role {
                Role::Colour(colour) => Some(colour),
                Role::Light if i < n_known => Some([(255.0 * (cell.value / scale).clamp(0.0, 1.0)) as u8; 3]),
                _ => None,
            },
            note: note.unwrap_or_default().into(),
            spoken: describe(i).into(),
            is_fixed: cell.source.is_none(),
        }
    };
    Rc::new(grid.cells.iter().zip(texts).enumerate().map(face).collect())
}

/// Returns the depth of a cell's colour, 0 to 1. A picture has nothing darker than paper; weights and maps have two
/// signs.
pub(crate) fn strength(cell: &Cell, scale: f32) -> f32 {
    let amount = if cell.role == Role::Input { cell.value.max(0.0) } else { cell.value.abs() };
    (amount / scale).min(1.0)
}

/// Returns the value of a grid's deepest colour.
pub(super) fn scale(grid: &Grid) -> f32 {
    let largest =
        || grid.cells.iter().map(|cell| cell.value.abs()).filter(|value| value.is_finite()).fold(0.0, f32::max);
    grid.scale.unwrap_or_else(largest).max(f32::MIN_POSITIVE)
}

fn class_of(cell: &Cell, scale: f32) -> &'static str {
    let signed = |plus, minus| {
        if cell.value > 0.0 {
            plus
        } else if cell.value < 0.0 {
            minus
        } else {
            "zero"
        }
    };
    match cell.role {
        Role::Input => "input",
        // The grey on which black is read as well as white.
        Role::Light if cell.value / scale > 0.46 => "light",
        Role::Light => "light deep",
        Role::Padding => "padding",
        Role::Weight => signed("plus", "minus"),
        Role::Activation => signed("act", "minus"),
        Role::Gradient => signed("rise", "fall"),
        Role::Count => "count",
        Role::Red => "red",
        Role::Green => "green",
        Role::Blue => "blue",
        Role::Colour(_) => "colour",
    }
}
