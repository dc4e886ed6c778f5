//! Which network is on the stage, and what is to be known of its weights.

use crate::context::use_app;
use receptive_lessons::say;
use receptive_lessons::world::provenance;
use receptive_nn::Origin;
use receptive_train::protocol::Weights;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct WeightsChoiceProps {
    /// The network that is asked.
    pub(crate) shown: Weights,
    /// Where the weights come from that are on the stage, once they are there.
    pub(crate) origin: Option<Origin>,
    /// Whether there is room for one short sentence only.
    #[prop_or_default]
    pub(crate) is_brief: bool,
}

#[component]
pub(crate) fn WeightsChoice(props: &WeightsChoiceProps) -> Html {
    let app = use_app();
    let set = app.changing(|state, weights| state.weights = Some(weights));
    let button = |weights: Weights, id: &'static str, text: String| {
        let (is_on, set) = (props.shown == weights, set.clone());
        let onclick = Callback::from(move |_: MouseEvent| set.emit(weights));
        html! {
            <button type="button" {id} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{text}</button>
        }
    };
    let title = say!("ui.weights.title");
    html! {
        <div class="weights">
            <span class="seg-choice">
                <span class="seg-name" aria-hidden="true">{title.clone()}</span>
                <span class="seg" role="group" aria-label={title}>
                    { button(Weights::Shipped, "weights-shipped", say!("ui.weights.choose-shipped")) }
                    { button(Weights::Run, "weights-run", say!("ui.weights.choose-run")) }
                </span>
            </span>
            <p class="hint" id="weights-about" role="status">{ props.origin.map(|origin| provenance(origin, props.is_brief)).unwrap_or_default() }</p>
        </div>
    }
}
