//! The scale of one picture's colours: its largest absolute value has the deepest.

use super::paint::Tint;
use crate::views::asking::Same;
use js_sys::Float32Array;
use receptive_lessons::four_digits;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct ScaleProps {
    pub(super) values: Option<Same<Float32Array>>,
    pub(super) tint: Tint,
}

#[component]
pub(super) fn Scale(props: &ScaleProps) -> Html {
    let most = use_memo(props.values.clone(), |values| {
        let values = values.as_ref().map_or_else(Vec::new, |Same(values)| values.to_vec());
        let finite = values.into_iter().filter(|value| value.is_finite());
        finite.fold((0.0, false), |(most, has_minus): (f32, bool), value| {
            (most.max(value.abs()), has_minus || value < 0.0)
        })
    });
    let (most, has_minus) = *most;
    if most == 0.0 {
        return html! {};
    }
    let class = match (props.tint, has_minus) {
        (Tint::Input, _) => "input",
        (Tint::Value, false) => "values up",
        (Tint::Value, true) => "values",
        (Tint::Gradient, _) => "gradients",
        (Tint::Weight, _) => "weights",
    };
    let low = if class.ends_with("up") || class == "input" { 0.0 } else { -most };
    html! { <span class="network-legend">{four_digits(low)}<i {class} aria-hidden="true"></i>{four_digits(most)}</span> }
}
