//! Class probabilities as bars.

use receptive_data::digits;
use receptive_lessons::{decimals, say};
use yew::prelude::*;

/// The class with the largest probability.
pub(crate) fn top(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// The name of a class in a sentence: "a 7" of digits, others as they are called.
pub(crate) fn class_name(classes: &[String], class: usize) -> String {
    if classes == digits::schema().classes {
        return say!(format!("ui.a-digit.{class}"));
    }
    classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// True if the classes have names that are longer than a number.
pub(crate) fn is_named(classes: &[String]) -> bool {
    classes.iter().any(|class| class.len() > 2)
}

/// A bar for each class; there are no values before there is an answer.
pub(crate) fn probabilities(values: Option<&[f32]>, classes: &[String]) -> Html {
    let best = values.map(top);
    let row = |(class, name): (usize, &String)| {
        let value = values.and_then(|values| values.get(class).copied());
        let percent = value.map(|value| 100.0 * value);
        let width = format!("width:{:.1}%", percent.unwrap_or(0.0));
        let text = percent.map_or("–".to_string(), |percent| format!("{} %", decimals(percent.into(), 1)));
        html! {
            <div class={classes!("bar", (best == Some(class)).then_some("best"))} role="listitem">
                <b>{name}</b><span class="track">{ for value.map(|_| html! { <i ~style={width}></i> }) }</span><span class="percent">{text}</span>
            </div>
        }
    };
    html! { <div class={classes!("probabilities", is_named(classes).then_some("named"))} id="probabilities" role="list" aria-label={if classes == digits::schema().classes { say!("ui.probabilities") } else { say!("ui.probabilities-classes") }}>{ for classes.iter().enumerate().map(row) }</div> }
}
