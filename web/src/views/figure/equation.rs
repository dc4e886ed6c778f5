//! The arithmetic behind the cell in focus.

use receptive_lessons::say;
use receptive_lessons::scene::{Equation, Spot};
use yew::prelude::*;

/// A text whose parts between `^{` and `}` are raised.
fn raised(text: &str) -> Html {
    let (first, rest) = text.split_once("^{").unwrap_or((text, ""));
    let parts = rest.split("^{").filter(|part| !part.is_empty()).map(|part| {
        let (power, behind) = part.split_once('}').unwrap_or((part, ""));
        html! { <><sup>{power}</sup>{behind}</> }
    });
    html! { <>{first}{ for parts }</> }
}

/// An equation; its terms answer to the pointer as cells do.
pub(crate) fn equation(data: &Equation, lit: &[Spot], on_point: &Callback<Option<Spot>>) -> Html {
    let n_shown = data.n_shown.unwrap_or(data.terms.len());
    let terms = data.terms.iter().enumerate().map(|(i, term)| {
        let is_lit = term.spot.is_some_and(|spot| lit.contains(&spot));
        let is_current = data.is_stepping && data.n_shown.is_some() && i + 1 == n_shown;
        let class = classes!(
            "product",
            if term.is_nothing { "nothing" } else { "something" },
            is_lit.then_some("lit"),
            is_current.then_some("current")
        );
        let spot = term.spot;
        let on = on_point.reform(move |_: PointerEvent| spot);
        let off = on_point.reform(|_: PointerEvent| None);
        let joint = if i > 0 { data.joint } else { "" };
        let is_waiting = i >= n_shown;
        html! {
            <span class={classes!("term", is_waiting.then_some("waiting"))} aria-hidden={is_waiting.then_some("true")} key={i}>
                {joint}<span {class} data-term={i.to_string()} onpointerenter={on} onpointerleave={off}>{ raised(&term.text) }</span>
            </span>
        }
    });
    let is_done = data.n_shown.is_none();
    let equals = match (is_done, data.is_rounded) {
        (true, false) => say!("common.equals"),
        (true, true) => say!("common.about-equals"),
        (false, false) => say!("common.so-far"),
        (false, true) => format!("{} {}", say!("common.so-far"), say!("common.about-equals")),
    };
    let rounded = data.is_rounded.then(|| html! { <small class="rounded">{say!("common.rounded")}</small> });
    html! {
        <div class={classes!("equation", (data.terms.len() > 12).then_some("long"))} id="lesson-equation">
            <span class="term">{ raised(&data.open) }</span>
            { for terms }
            <span class="term">{&data.close}</span>
            <span class={classes!("term", "sum", (!is_done).then_some("so-far"))}>{format!(" {equals} ")}<b id="lesson-sum">{&data.result}</b></span>
            { rounded.unwrap_or_default() }
        </div>
    }
}
