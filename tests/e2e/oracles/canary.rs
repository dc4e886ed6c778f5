//! Screens with one wrong number, which an oracle must not believe.

use super::shown::number_ranges;
use receptive_core::Rng;
use receptive_e2e::screen::Screen;

/// A wrong screen, and what is wrong on it: one of these, and which.
pub(super) type Canary = (String, Screen);

/// The sorts of canaries that every chapter has.
pub(super) const SORTS: [&str; 5] = ["the grid", "the sum", "the term", "the caption", "the formula"];

/// The text with its last number wrong by three units of its last digit; nothing without a number.
fn wrong(text: &str) -> Option<String> {
    let end = number_ranges(text).last()?.end;
    let digit = text[..end].chars().next_back()?.to_digit(10)?;
    let digit = if digit + 3 < 10 { digit + 3 } else { digit - 3 };
    Some(format!("{}{digit}{}", &text[..end - 1], &text[end..]))
}

fn spoil(text: &mut String) -> bool {
    wrong(text).is_some_and(|wrong| {
        *text = wrong;
        true
    })
}

/// Copies of a screen: wrong in one cell of each grid whose numbers are `made` from others, in the sum, in a term, in
/// the caption, in each formula, in each row of each table.
pub(super) fn all(screen: &Screen, made: impl Fn(&str) -> bool, rng: &mut Rng) -> Vec<Canary> {
    let mut canaries = vec![];
    let mut add = |what: String, change: &mut dyn FnMut(&mut Screen) -> bool| {
        let mut copy = screen.clone();
        if change(&mut copy) {
            canaries.push((what, copy));
        }
    };
    let mut pick = |n: usize| rng.below(n.max(1) as u32) as usize;
    for (name, grid) in screen.grids.iter().filter(|(name, _)| made(name)) {
        // A cell of a mixed colour says its number only to a screen reader.
        let n_known = grid.texts.iter().filter(|text| !text.is_empty()).count();
        let cell = pick(if n_known > 0 { n_known } else { grid.texts.len() });
        add(format!("the grid {name}, cell {cell}"), &mut |screen| {
            let grid = screen.grids.get_mut(name).unwrap_or_else(|| unreachable!("a copy has the same grids"));
            spoil(if n_known > 0 { &mut grid.texts[cell] } else { &mut grid.labels[cell] })
        });
    }
    add("the sum".into(), &mut |screen| spoil(&mut screen.result));
    let term = pick(screen.terms.len());
    add(format!("the term {term}"), &mut |screen| screen.terms.get_mut(term).is_some_and(spoil));
    add("the caption".into(), &mut |screen| spoil(&mut screen.caption));
    for name in screen.formulas.keys() {
        add(format!("the formula {name}"), &mut |screen| screen.formulas.get_mut(name).is_some_and(spoil));
    }
    for (name, rows) in &screen.tables {
        for (row, cells) in rows.iter().enumerate() {
            // The first cell is the row's name.
            let column = 1 + pick(cells.len() - 1);
            add(format!("the table {name}, row {row}"), &mut |screen| {
                let rows = screen.tables.get_mut(name);
                rows.is_some_and(|rows| spoil(&mut rows[row][column]))
            });
        }
    }
    canaries
}
