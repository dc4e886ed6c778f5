//! The legend of the colours on the stage: a line for each kind of number on it, and none for others.

use super::faces::scale;
use receptive_lessons::scene::{Cell, Grid, Item, Role};
use receptive_lessons::{number, say};
use yew::prelude::*;

/// The legend of the grids on a board.
pub(super) fn legend(rows: &[Vec<Item>]) -> Html {
    let mut grids = vec![];
    rows.iter().for_each(|row| collect(row, &mut grids));
    let cells = || grids.iter().flat_map(|grid| grid.cells.iter());
    let has = |is_it: fn(&Cell) -> bool| cells().any(is_it);
    // Ends of a scale that all grids of one kind share; grids of different scales have "less" and "more" of their own.
    let most = |role: Role| {
        let mut scales =
            grids.iter().filter(|grid| grid.cells.iter().any(|cell| cell.role == role)).map(|grid| scale(grid));
        let first = scales.next()?;
        Some(if scales.all(|scale| scale == first) { number(first) } else { say!("common.legend-most") })
    };
    let line = |class: &'static str, name: &str, low: String, high: String| {
        html! { <li key={class}>{say!(format!("common.legend-{name}"))}{" "}<span class="ends">{low}<i class={classes!("swatch", class)} aria-hidden="true"></i>{high}</span></li> }
    };
    let one = |class: &'static str| {
        html! { <li key={class}><i class={classes!("swatch", "cell", class)} aria-hidden="true"></i>{say!(format!("common.legend-{class}"))}</li> }
    };
    let signed = |role: Role| cells().any(|cell| cell.role == role && cell.value < 0.0);
    let zero = || number(0.0);
    let mut lines = vec![];
    lines.extend(most(Role::Input).map(|most| line("ink", "input", zero(), most)));
    lines.extend(most(Role::Light).map(|most| line("lit-up", "light", zero(), most)));
    lines.extend(most(Role::Weight).map(|_| line("weights", "weight", "−".into(), "+".into())));
    lines.extend(most(Role::Activation).map(|most| {
        if signed(Role::Activation) {
            line("values", "value", "−".into(), "+".into())
        } else {
            line("amounts", "value", zero(), most)
        }
    }));
    lines.extend(most(Role::Gradient).map(|_| line("gradients", "gradient", "−".into(), "+".into())));
    lines.extend(most(Role::Count).map(|most| line("counts", "count", zero(), most)));
    lines.extend(has(|cell| cell.role == Role::Padding).then(|| one("padding")));
    lines.extend(has(|cell| cell.is_unread).then(|| one("unread")));
    if lines.is_empty() {
        return html! {};
    }
    html! { <ul class="colours" aria-label={say!("common.legend-title")}>{ for lines }</ul> }
}

/// All grids, those inside columns too.
fn collect<'a>(items: &'a [Item], grids: &mut Vec<&'a Grid>) {
    for item in items {
        match item {
            Item::Grid(grid) => grids.push(grid),
            Item::Column(inside) => collect(inside, grids),
            _ => {}
        }
    }
}
