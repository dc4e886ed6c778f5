//! What a teacher chooses of a figure: its parts, and what becomes of its controls.

use crate::state::{FigurePart, Hold, Route};
use receptive_lessons::{chapters, say};
use std::collections::BTreeMap;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Choices of what becomes of a control, by their keys in the texts.
const HOLDS: [(Hold, &str); 3] = [(Hold::Free, "free"), (Hold::Locked, "lock"), (Hold::Hidden, "hide")];

#[derive(PartialEq, Properties)]
pub(crate) struct PartsProps {
    pub(crate) route: Route,
    pub(crate) chosen: Vec<FigurePart>,
    pub(crate) on_change: Callback<Vec<FigurePart>>,
}

/// The parts that are shown; never none.
#[component]
pub(crate) fn Parts(props: &PartsProps) -> Html {
    let PartsProps { route, chosen, on_change } = props;
    let part = |part: &FigurePart| {
        let (part, is_on) = (*part, chosen.contains(part));
        let onchange = {
            let (chosen, on_change) = (chosen.clone(), on_change.clone());
            Callback::from(move |event: Event| {
                let mut next = chosen.clone();
                next.retain(|other| *other != part);
                if event.target_unchecked_into::<HtmlInputElement>().checked() {
                    next.push(part);
                }
                // A figure without any part would show the usual ones.
                if !next.is_empty() {
                    on_change.emit(next);
                }
            })
        };
        html! { <label class="switch" key={part.key()}><input type="checkbox" id={format!("part-{}", part.key())} checked={is_on} {onchange} disabled={is_on && chosen.len() == 1} />{say!(format!("ui.figure.part.{}", part.key()))}</label> }
    };
    html! { <fieldset><legend>{say!("ui.figure.parts")}</legend>{ for FigurePart::of(*route).iter().map(part) }</fieldset> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct HoldsProps {
    pub(crate) route: Route,
    /// The controls that can be held.
    pub(crate) keys: Vec<&'static str>,
    pub(crate) holds: BTreeMap<&'static str, Hold>,
    pub(crate) on_change: Callback<BTreeMap<&'static str, Hold>>,
}

/// What becomes of each control.
#[component]
pub(crate) fn Holds(props: &HoldsProps) -> Html {
    let control = |key: &&'static str| {
        let key = *key;
        let now = props.holds.get(key).copied().unwrap_or_default();
        let onchange = {
            let (holds, on_change) = (props.holds.clone(), props.on_change.clone());
            Callback::from(move |event: Event| {
                let value = event.target_unchecked_into::<HtmlSelectElement>().value();
                let hold = HOLDS.into_iter().find(|(_, name)| *name == value).map_or(Hold::Free, |(hold, _)| hold);
                let mut next = holds.clone();
                next.insert(key, hold);
                on_change.emit(next);
            })
        };
        let options = HOLDS.map(|(hold, name)| {
            html! { <option value={name} selected={hold == now}>{say!(format!("ui.figure.{name}"))}</option> }
        });
        html! { <label class="field" key={key}><span>{name(props.route, key)}</span><select id={format!("hold-{key}")} {onchange}>{ for options }</select></label> }
    };
    html! { <fieldset class="holds"><legend>{say!("ui.figure.controls")}</legend>{ for props.keys.iter().map(control) }</fieldset> }
}

/// The name of a control.
fn name(route: Route, key: &str) -> String {
    match (route, key) {
        (_, "digit") => say!("ui.figure.digit"),
        (_, "netfrom") => say!("ui.weights.title"),
        (_, "at") => say!("ui.figure.time-line"),
        (_, "ex") => say!("ui.figure.numbers"),
        (_, "raw") => say!("ui.draw-page.prepare"),
        (Route::Chapter(i), key) => chapters::OUTLINES[i].param_text(key),
        (_, key) => say!(format!("lab.field.{key}")),
    }
}
