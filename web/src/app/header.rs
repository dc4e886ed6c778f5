//! The bar above every page, and the notices.

use crate::context::{AppContext, use_app, use_memory};
use crate::platform::{dom, history, storage, theme};
use crate::run_model::RunAction;
use crate::state::{AppState, Route, to_address};
use receptive_lessons::{Outline, chapters, say};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

#[component]
pub(super) fn Header() -> Html {
    let (app, memory) = (use_app(), use_memory());
    let theme = use_state(|| storage::stored("receptive.theme"));
    let link = |route: Route, is_current: bool, text: &str| {
        let onclick = app.going(move |state| state.go(route));
        let current = is_current.then_some("page");
        let href = format!("#{}", to_address(&AppState { route, ..app.state.clone() }));
        html! { <a {href} {onclick} aria-current={current}>{text.to_string()}</a> }
    };
    let here = app.state.route;
    let place = match here {
        Route::Chapter(i) => chapters::OUTLINES.get(i).map(|chapter| (i, chapter.text("short"))),
        _ => None,
    };
    let place = place.map(|(i, title)| {
        html! { <span class="whereabouts">{say!("ui.place", n = i + 1, of = chapters::OUTLINES.len(), title = title)}</span> }
    });
    let last = memory.progress.last().and_then(Outline::find).map_or(0, Outline::position);
    let chapter = if let Route::Chapter(_) = here { here } else { Route::Chapter(last) };
    let share = {
        // The address bar may be a little behind.
        let (run, address) = (app.run.clone(), to_address(&app.state));
        Callback::from(move |_| {
            let (run, link) = (run.clone(), history::link_to(&address));
            spawn_local(async move {
                run.dispatch(RunAction::Notify(if dom::copy(&link).await {
                    say!("ui.shared")
                } else {
                    say!("ui.not-shared", link = link)
                }));
            });
        })
    };
    let (shown, next) = match theme.as_deref() {
        Some("light") => (say!("ui.light"), Some("dark")),
        Some("dark") => (say!("ui.dark"), None),
        _ => (say!("ui.auto"), Some("light")),
    };
    let turn = {
        let theme = theme.clone();
        Callback::from(move |_| {
            theme::choose(next);
            storage::store("receptive.theme", next.unwrap_or("auto"));
            theme.set(next.map(str::to_string));
        })
    };
    html! {
        <header class="top">
            <b class="name">{"Receptive"}</b>
            { place.unwrap_or_default() }
            <nav aria-label={say!("ui.pages")}>
                { link(Route::Contents, here == Route::Contents, &say!("ui.contents")) }
                { link(chapter, here == chapter, &say!("ui.lessons")) }
                { link(Route::Lab, here == Route::Lab, &say!("ui.lab")) }
                { link(Route::Draw, here == Route::Draw, &say!("ui.draw")) }
                { link(Route::Work, here == Route::Work, &say!("ui.work")) }
            </nav>
            <span class="tools">
                <button class="quiet" id="share" onclick={share}>{say!("ui.share")}</button>
                <button class="quiet" id="theme" onclick={turn} aria-label={say!("ui.colours", now = shown)}>{shown}</button>
            </span>
        </header>
    }
}

/// The notices, each with a button that dismisses it.
pub(super) fn notices(app: &AppContext) -> Html {
    let notices = app.run.notices.iter().map(|notice| {
        let (run, id) = (app.run.clone(), notice.id);
        let dismiss = Callback::from(move |_| run.dispatch(RunAction::Dismiss(id)));
        html! {
            <div class="notice" key={id}>
                <p>{&notice.text}</p>
                <button class="quiet" onclick={dismiss} aria-label={say!("ui.dismiss")}>{"✕"}</button>
            </div>
        }
    });
    html! { <div id="notices" role="status" aria-live="polite">{ for notices }</div> }
}
