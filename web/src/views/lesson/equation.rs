//! The products of one output cell, and their sum.

use super::Pointed;
use receptive_lessons::conv2d::{Moment, Term};
use receptive_lessons::{factor, number, text};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct EquationProps {
    pub(super) moment: Rc<Moment>,
    pub(super) pointed: Pointed,
    pub(super) on_point: Callback<Pointed>,
    /// Whether the products appear one after the other.
    pub(super) is_staged: bool,
    /// One product at a time.
    pub(super) by_term: bool,
    pub(super) is_toy: bool,
}

#[component]
pub(super) fn Equation(props: &EquationProps) -> Html {
    let moment = &props.moment;
    let n = moment.terms.len();
    let has_bias = moment.bias != 0.0;
    let product = |(i, term): (usize, &Term)| {
        let is_lit = match props.pointed {
            Pointed::Kernel(tap) => tap == term.kernel_cell,
            Pointed::Input(cell) => cell == term.input_cell,
            _ => false,
        };
        let is_current = props.by_term && !moment.is_complete() && i + 1 == moment.n_shown;
        let class = classes!(
            "product",
            if term.product == 0.0 { "nothing" } else { "something" },
            is_lit.then_some("lit"),
            is_current.then_some("current"),
        );
        let on = props.on_point.reform(move |_: PointerEvent| Pointed::Kernel(i));
        let off = props.on_point.reform(|_: PointerEvent| Pointed::Nothing);
        let joint = if i > 0 || has_bias { " + " } else { "" };
        let is_waiting = i >= moment.n_shown;
        let is_hidden = is_waiting.then_some("true");
        html! {
            <span class={classes!("term", is_waiting.then_some("waiting"))} aria-hidden={is_hidden} style={format!("--i:{i}")} key={i}>
                {joint}<span {class} data-term={i.to_string()} onpointerenter={on} onpointerleave={off}>{ text::product(term) }</span>
            </span>
        }
    };
    let bias = has_bias.then(
        || html! { <span class="term" title="bias"><span class="product bias">{ factor(moment.bias) }</span></span> },
    );
    let sum = if moment.is_complete() {
        html! { <span class="term sum" style={format!("--i:{n}")}>{" = "}<b id="lesson-sum">{number(moment.sum)}</b></span> }
    } else {
        html! { <span class="term sum so-far">{" so far "}<b id="lesson-sum">{number(moment.sum)}</b></span> }
    };
    let class = classes!(
        "equation",
        props.is_staged.then_some("staged"),
        (n > 12).then_some("long"),
        (!props.is_toy).then_some("wide")
    );
    // A new key for each cell starts the animation again.
    html! {
        <div {class} id="lesson-equation" key={moment.cell}>
            { for bias }{ for moment.terms.iter().enumerate().map(product) }{ sum }
        </div>
    }
}
