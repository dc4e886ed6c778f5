//! The choice of the network on the stage, and the facts about its weights.

use crate::state::WeightsFrom;
use receptive_lessons::say;
use receptive_lessons::world::provenance;
use receptive_nn::Origin;
use yew::prelude::*;

/// The choice of the network, with the one that is asked, and where its weights come from, once they are there; where
/// there is little room, `is_brief`, in one short sentence. `is_lab_other` where the Lab's network reads no digits, on which
/// lessons work, and cannot be chosen.
pub(crate) fn weights_choice(
    set: &Callback<WeightsFrom>,
    is_lab_other: bool,
    shown: WeightsFrom,
    origin: Option<Origin>,
    is_brief: bool,
) -> Html {
    let button = |weights: WeightsFrom, id: &'static str, text: String| {
        let (is_on, set) = (shown == weights, set.clone());
        let onclick = Callback::from(move |_: MouseEvent| set.emit(weights));
        html! {
            <button type="button" {id} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}
                disabled={is_lab_other && weights == WeightsFrom::Lab}>{text}</button>
        }
    };
    let other = is_lab_other.then(|| say!("ui.weights.other"));
    let origin = origin.map(|origin| provenance(origin, is_brief));
    let about = [origin, other].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let title = say!("ui.weights.title");
    html! {
        <div class="weights">
            <span class="seg-choice">
                <span class="seg-name" aria-hidden="true">{title.clone()}</span>
                <span class="seg" role="group" aria-label={title}>
                    { button(WeightsFrom::Page, "weights-shipped", say!("ui.weights.choose-shipped")) }
                    { button(WeightsFrom::Lab, "weights-run", say!("ui.weights.choose-run")) }
                </span>
            </span>
            <p class="hint" id="weights-about" role="status">{about}</p>
        </div>
    }
}
