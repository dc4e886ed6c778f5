//! The products of one output cell, and their sum.

use super::Pointed;
use receptive_lessons::conv2d::{Moment, Term};
use receptive_lessons::number;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct EquationProps {
    pub(super) moment: Rc<Moment>,
    pub(super) pointed: Pointed,
    pub(super) on_point: Callback<Pointed>,
    /// Whether the products appear one after the other.
    pub(super) is_staged: bool,
}

/// A number that may stand behind an operator.
fn bracketed(value: f32) -> String {
    let text = number(value);
    if text.starts_with('−') { format!("({text})") } else { text }
}

#[component]
pub(super) fn Equation(props: &EquationProps) -> Html {
    let moment = &props.moment;
    let n = moment.terms.len();
    let product = |(i, term): (usize, &Term)| {
        let is_lit = match props.pointed {
            Pointed::Kernel(tap) => tap == term.kernel_cell,
            Pointed::Input(cell) => cell == term.input_cell,
            _ => false,
        };
        let class = classes!(
            "product",
            if term.product == 0.0 { "nothing" } else { "something" },
            is_lit.then_some("lit"),
            (i >= moment.n_shown).then_some("waiting")
        );
        let on = props.on_point.reform(move |_: PointerEvent| Pointed::Kernel(i));
        let off = props.on_point.reform(|_: PointerEvent| Pointed::Nothing);
        let text = format!("{}·{}", bracketed(term.x), bracketed(term.w));
        html! {
            <span class="term" style={format!("--i:{i}")} key={i}>
                { if i > 0 { " + " } else { "" } }<span {class} onpointerenter={on} onpointerleave={off}>{text}</span>
            </span>
        }
    };
    let bias = (moment.bias != 0.0)
        .then(|| html! { <span class="term bias">{format!(" + {}", bracketed(moment.bias))}</span> });
    let sum = if moment.is_complete() {
        html! { <span class="term sum" style={format!("--i:{n}")}>{" = "}<b id="lesson-sum">{number(moment.sum)}</b></span> }
    } else {
        html! { <span class="term so-far">{" so far "}<b id="lesson-sum">{number(moment.sum)}</b></span> }
    };
    // A new key for each cell starts the animation again.
    html! {
        <div class={classes!("equation", props.is_staged.then_some("staged"), (n > 12).then_some("long"))} id="lesson-equation" key={moment.cell}>
            { for moment.terms.iter().enumerate().map(product) }{ for bias }{ sum }
        </div>
    }
}
