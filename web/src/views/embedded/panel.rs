//! For teachers: the place that is open, as something to paste into a page of theirs.

use super::choices::{Holds, Parts};
use super::take_away::{LinkCode, Pictures};
use crate::context::use_app;
use crate::lesson_file::Figure;
use crate::platform::{dom, history};
use crate::run_model::RunAction;
use crate::state::{FigurePart, Hold, Route, Snippet, controls};
use crate::views::course::AddToLesson;
use receptive_lessons::{chapters, say};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The panel, folded away until someone wants it.
#[component]
pub(crate) fn SharePanel() -> Html {
    let is_open = use_state_eq(bool::default);
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            is_open.set(!*is_open);
        })
    };
    html! {
        <details class="share-panel" id="put-in-page" open={*is_open}>
            <summary {onclick}>{say!("ui.figure.share")}</summary>
            if *is_open { <Inside /> }
        </details>
    }
}

#[component]
fn Inside() -> Html {
    let app = use_app();
    let holds = use_state_eq(BTreeMap::<&'static str, Hold>::default);
    let chosen = use_state_eq(|| usual(app.state.route));
    let parts: Vec<_> = FigurePart::of(app.state.route).iter().copied().filter(|part| chosen.contains(part)).collect();
    let keys = controls(&app.state);
    let held: Vec<_> = keys.iter().filter_map(|key| Some((*key, *holds.get(key)?))).collect();
    let (home, title) = (history::home(), title(app.state.route));
    let snippet = Snippet { home: &home, state: &app.state, parts: &parts, holds: &held, title: &title };
    let on_parts = {
        let chosen = chosen.clone();
        Callback::from(move |parts| chosen.set(parts))
    };
    let on_holds = {
        let holds = holds.clone();
        Callback::from(move |next| holds.set(next))
    };
    let figure = Figure::of(&app.state, &parts, &held);
    let route = app.state.route;
    html! {
        <div class="share-inside">
            <p class="hint">{say!("ui.figure.share-about")}</p>
            if FigurePart::of(app.state.route).len() > 1 {
                <Parts {route} chosen={(*chosen).clone()} on_change={on_parts} />
            }
            <Holds {route} {keys} holds={(*holds).clone()} on_change={on_holds} />
            <AddToLesson {figure} />
            <Text id="paste-element" name={say!("ui.figure.element")} text={snippet.element()} />
            <Text id="paste-iframe" name={say!("ui.figure.iframe")} text={snippet.iframe()} />
            <Text id="paste-link" name={say!("ui.figure.link")} text={snippet.link()} />
            <LinkCode link={snippet.link()} />
            <Pictures />
        </div>
    }
}

/// The parts that are chosen at first: as an address without names has them.
fn usual(route: Route) -> Vec<FigurePart> {
    match route {
        Route::Lab => vec![FigurePart::Network, FigurePart::Curves],
        route => FigurePart::of(route).iter().take(1).copied().collect(),
    }
}

fn title(route: Route) -> String {
    match route {
        Route::Chapter(i) => chapters::OUTLINES[i].text("title"),
        Route::Lab => say!("lab.title"),
        Route::Draw | Route::Contents | Route::Work | Route::Course => say!("ui.draw-page.title"),
    }
}

#[derive(PartialEq, Properties)]
struct TextProps {
    id: &'static str,
    name: String,
    text: String,
}

/// A text to be copied.
#[component]
fn Text(props: &TextProps) -> Html {
    let app = use_app();
    let text: Rc<str> = props.text.as_str().into();
    let onclick = {
        let (run, text) = (app.run.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            let (run, text) = (run.clone(), text.clone());
            spawn_local(async move {
                let key = if dom::copy(&text).await { say!("ui.figure.copied") } else { say!("ui.figure.not-copied") };
                run.dispatch(RunAction::Notify(key));
            });
        })
    };
    let n_rows = props.text.lines().count() + props.text.len() / 90;
    html! {
        <div class="paste">
            <label for={props.id}>{&props.name}</label>
            <button type="button" {onclick} aria-label={format!("{}: {}", say!("ui.figure.copy"), props.name)}>{say!("ui.figure.copy")}</button>
            <textarea id={props.id} readonly={true} rows={n_rows.min(8).to_string()} spellcheck="false" value={props.text.clone()} />
        </div>
    }
}
