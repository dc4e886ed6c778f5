//! The modules that the page comes in: one of the first page alone, and one of the whole app.

use crate::context::AppContext;
use crate::platform::handover;
use crate::state::Route;
use crate::views::{
    chapter::ChapterPage, contents::Contents, course::Course, draw::draw_page, embedded::Embedded, lab::lab, work::Work,
};
use receptive_lessons::say;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// A module, by the views that it has.
pub(crate) trait Module: 'static {
    /// True if it has all of them.
    const IS_WHOLE: bool;

    /// The view of the place that the learner is at, with the seed of the run that is open.
    fn view(app: &AppContext, seed: u32) -> Html;
}

/// The first page alone.
pub(crate) struct FirstPage;

impl Module for FirstPage {
    const IS_WHOLE: bool = false;

    fn view(app: &AppContext, _: u32) -> Html {
        match app.state.route {
            Route::Contents => html! { <Contents /> },
            _ => html! { <Elsewhere /> },
        }
    }
}

/// The whole app.
pub(crate) struct WholeApp;

impl Module for WholeApp {
    const IS_WHOLE: bool = true;

    fn view(app: &AppContext, seed: u32) -> Html {
        if app.frame.parts.is_some() {
            return html! { <Embedded {seed} /> };
        }
        match app.state.route {
            Route::Contents => html! { <Contents /> },
            Route::Chapter(i) => html! { <ChapterPage {i} key={i} frame={app.frame.clone()} /> },
            Route::Lab => lab(app, seed),
            Route::Draw => draw_page(),
            Route::Work => html! { <Work /> },
            Route::Course => html! { <Course /> },
        }
    }
}

/// A place that only the whole app has, which takes over here.
#[component]
fn Elsewhere() -> Html {
    let failure = use_state(Option::<String>::default);
    {
        let failure = failure.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                if let Err(why) = handover::go_on().await {
                    failure.set(Some(why));
                }
            });
        });
    }
    match &*failure {
        Some(why) => html! { <p class="failure" role="alert">{why}</p> },
        None => html! { <p class="starting" role="status">{say!("ui.opening")}</p> },
    }
}
