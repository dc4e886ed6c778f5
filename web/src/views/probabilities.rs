//! Class probabilities as bars.

use receptive_lessons::say;
use yew::prelude::*;

/// The class with the largest probability.
pub(crate) fn top(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// A bar for each class; there are no values before there is an answer.
pub(crate) fn probabilities(values: Option<&[f32]>) -> Html {
    let best = values.map(top);
    let row = |class: usize| {
        let value = values.map(|values| values[class]);
        let percent = value.map(|value| 100.0 * value);
        let width = format!("width:{:.1}%", percent.unwrap_or(0.0));
        let text = percent.map_or("–".to_string(), |percent| format!("{percent:.1} %"));
        html! {
            <div class={classes!("bar", (best == Some(class)).then_some("best"))} role="listitem">
                <b>{class}</b><span class="track">{ for value.map(|_| html! { <i style={width}></i> }) }</span><span class="percent">{text}</span>
            </div>
        }
    };
    html! { <div class="probabilities" id="probabilities" role="list" aria-label={say!("ui.probabilities")}>{ for (0..10).map(row) }</div> }
}
