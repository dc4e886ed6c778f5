//! The arithmetic behind the cell in focus.

use receptive_lessons::say;
use receptive_lessons::scene::{Equation as Data, Spot};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct EquationProps {
    pub(super) data: Data,
    /// What is pointed at, and what belongs to it.
    pub(super) lit: Vec<Spot>,
    pub(super) on_point: Callback<Option<Spot>>,
}

#[component]
pub(super) fn Equation(props: &EquationProps) -> Html {
    let data = &props.data;
    let n_shown = data.n_shown.unwrap_or(data.terms.len());
    let terms = data.terms.iter().enumerate().map(|(i, term)| {
        let is_lit = term.spot.is_some_and(|spot| props.lit.contains(&spot));
        let is_current = data.is_stepping && data.n_shown.is_some() && i + 1 == n_shown;
        let class = classes!(
            "product",
            if term.is_nothing { "nothing" } else { "something" },
            is_lit.then_some("lit"),
            is_current.then_some("current")
        );
        let spot = term.spot;
        let on = props.on_point.reform(move |_: PointerEvent| spot);
        let off = props.on_point.reform(|_: PointerEvent| None);
        let joint = if i > 0 { data.joint } else { "" };
        let is_waiting = i >= n_shown;
        html! {
            <span class={classes!("term", is_waiting.then_some("waiting"))} aria-hidden={is_waiting.then_some("true")} key={i}>
                {joint}<span {class} data-term={i.to_string()} onpointerenter={on} onpointerleave={off}>{&term.text}</span>
            </span>
        }
    });
    let is_done = data.n_shown.is_none();
    let equals = if is_done { format!(" {} ", say!("ui.equals")) } else { format!(" {} ", say!("ui.so-far")) };
    html! {
        <div class={classes!("equation", (data.terms.len() > 12).then_some("long"))} id="lesson-equation">
            <span class="term">{&data.open}</span>
            { for terms }
            <span class="term">{&data.close}</span>
            <span class={classes!("term", "sum", (!is_done).then_some("so-far"))}>{equals}<b id="lesson-sum">{&data.result}</b></span>
        </div>
    }
}
