//! Class probabilities as bars.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct ProbabilitiesProps {
    /// One per class; none before there is an answer.
    pub(crate) values: Option<std::rc::Rc<[f32]>>,
    #[prop_or_default]
    pub(crate) id: Option<AttrValue>,
}

/// The class with the largest probability.
pub(crate) fn top(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

#[component]
pub(crate) fn Probabilities(props: &ProbabilitiesProps) -> Html {
    let best = props.values.as_deref().map(top);
    let row = |class: usize| {
        let value = props.values.as_ref().map(|values| values[class]);
        let percent = value.map(|value| 100.0 * value);
        let width = format!("width:{:.1}%", percent.unwrap_or(0.0));
        let text = percent.map_or("–".to_string(), |percent| format!("{percent:.1} %"));
        html! {
            <div class={classes!("bar", (best == Some(class)).then_some("best"))} role="listitem">
                <b>{class}</b><span class="track">{ for value.map(|_| html! { <i style={width}></i> }) }</span><span class="percent">{text}</span>
            </div>
        }
    };
    html! { <div class="probabilities" id={props.id.clone()} role="list" aria-label="Probability of each digit">{ for (0..10).map(row) }</div> }
}
