//! The ways between the levels: how one slides into another, and where the learner is.

use super::levels::Level;
use crate::platform::dom;
use crate::platform::media::prefers_stillness;
use crate::state::Look;
use receptive_lessons::words::layer_name;
use receptive_lessons::{place, say};
use yew::prelude::*;

/// Half of a move from one level to another, in milliseconds: the old one goes, then the new one comes.
const HALF_MILLIS: i32 = 150;

/// The level that is shown, which follows the one that is wanted by half of a move, and the class of its move.
#[hook]
pub(super) fn use_move(wanted: &Look) -> (Look, &'static str) {
    let shown = use_state_eq(|| wanted.clone());
    let class = use_state_eq(|| "");
    let last = use_mut_ref(u32::default);
    {
        let (shown, class) = (shown.clone(), class.clone());
        use_effect_with(wanted.clone(), move |wanted| {
            *last.borrow_mut() += 1;
            let (number, wanted) = (*last.borrow(), wanted.clone());
            let by = wanted.depth().cmp(&shown.depth());
            if by.is_eq() || prefers_stillness() {
                class.set("");
                shown.set(wanted);
                return;
            }
            class.set(if by.is_gt() { "leave-in" } else { "leave-out" });
            dom::after_millis(HALF_MILLIS, move || {
                if *last.borrow() == number {
                    shown.set(wanted);
                    class.set(if by.is_gt() { "enter-in" } else { "enter-out" });
                }
            });
        });
    }
    ((*shown).clone(), *class)
}

/// The way to the level, each part of it a button.
pub(super) fn crumbs(look: &Look, level: &Level) -> Html {
    let mut levels: Vec<Look> = std::iter::successors(Some(look.clone()), Look::up).collect();
    levels.reverse();
    let crumb = |part: Look| {
        let text = match &part {
            Look::Network => say!("zoom.network"),
            Look::Layer(name) if name == Look::INPUT => say!("lab.view.input"),
            Look::Layer(name) => layer_name(name),
            Look::Cell(name, cell) => cell_title(*cell, level.shape(name)),
        };
        let current = (part == *look).then_some("location");
        let key = part.text();
        let onclick = level.on_look.reform(move |_: MouseEvent| part.clone());
        html! { <li {key}><button type="button" class="crumb" aria-current={current} {onclick}>{text}</button></li> }
    };
    html! { <nav class="crumbs" aria-label={say!("zoom.way")}><ol>{ for levels.into_iter().map(crumb) }</ol></nav> }
}

/// The place of a cell in its layer, in words.
fn cell_title(cell: usize, [channels, rows, columns]: [usize; 3]) -> String {
    let at = place([cell / columns % rows, cell % columns]);
    match rows * columns {
        1 => say!("zoom.unit", unit = cell + 1),
        _ if channels == 1 => at,
        len => say!("zoom.cell", map = cell / len + 1, place = at),
    }
}
