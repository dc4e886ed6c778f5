//! The first page: what there is.

use crate::context::{AppContext, use_app};
use crate::platform::dom;
use crate::state::Route;
use receptive_lessons::{chapters, say};
use yew::prelude::*;

#[component]
pub(crate) fn Contents() -> Html {
    let app = use_app();
    let chapters = chapters::OUTLINES.iter().enumerate().map(|(i, chapter)| {
        let route = Route::Chapter(i);
        let onclick = going(&app, route);
        html! {
            <li key={chapter.key}>
                <a href={format!("#{}", route.path())} {onclick}>
                    <i aria-hidden="true">{i + 1}</i>
                    <span><b>{chapter.text("short")}</b><small>{chapter.text("teaser")}</small></span>
                </a>
            </li>
        }
    });
    let card = |route: Route, key: &str| {
        html! {
            <a class="card" href={format!("#{}", route.path())} onclick={going(&app, route)}>
                <span class="kind">{say!(format!("ui.{key}"))}</span>
                <h2>{say!(format!("ui.{key}-title"))}</h2>
                <p>{say!(format!("ui.{key}-text"))}</p>
            </a>
        }
    };
    html! {
        <div class="contents">
            <h1>{say!("ui.headline")}</h1>
            <p class="lead">{say!("ui.promise")}</p>
            <h2 class="walk-title">{say!("ui.walk")}</h2>
            <ol class="walk">{ for chapters }</ol>
            <div class="cards">{ card(Route::Lab, "lab") }{ card(Route::Draw, "draw") }</div>
        </div>
    }
}

/// Goes to a place; a click with a key held is the browser's own.
fn going(app: &AppContext, route: Route) -> Callback<MouseEvent> {
    let go = app.changing(move |state, ()| state.route = route);
    Callback::from(move |event: MouseEvent| {
        if !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            go.emit(());
            dom::focus("main");
        }
    })
}
