//! The modules that the page comes in: one of the first page alone, one of a chapter's figure in a frame, and one of the
//! whole app.

use crate::context::AppContext;
use crate::platform::handover;
use crate::state::Route;
use crate::views::chapter::ChapterPage;
use crate::views::contents::Contents;
use crate::views::course::Course;
use crate::views::draw::{DrawPad, draw_page};
use crate::views::embedded::{Embedded, FigureViews, SharePanel};
use crate::views::figure::Look;
use crate::views::lab::{self, lab};
use crate::views::work::Work;
use receptive_lessons::say;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// A module, by the views that it has.
pub(crate) trait Module: 'static {
    /// True if it has figures for frames of other pages.
    const HAS_FIGURES: bool;
    /// True if it has places of the page itself.
    const HAS_PAGE: bool;
    /// True if it has all of them, and so takes over from the others.
    const IS_WHOLE: bool = Self::HAS_FIGURES && Self::HAS_PAGE;

    /// The view of the place that the learner is at, with the seed of the run that is open.
    fn view(app: &AppContext, seed: u32) -> Html;
}

/// The first page alone.
pub(crate) struct FirstPage;

impl Module for FirstPage {
    const HAS_FIGURES: bool = false;
    const HAS_PAGE: bool = true;

    fn view(app: &AppContext, _: u32) -> Html {
        match app.state.route {
            Route::Contents => html! { <Contents /> },
            _ => html! { <Elsewhere /> },
        }
    }
}

/// A chapter's figure in a frame.
pub(crate) struct FramedChapter;

impl Module for FramedChapter {
    const HAS_FIGURES: bool = true;
    const HAS_PAGE: bool = false;

    fn view(app: &AppContext, seed: u32) -> Html {
        match (app.state.route, &app.frame.parts) {
            (Route::Chapter(_), Some(_)) => html! { <Embedded<Self> {seed} /> },
            _ => html! { <Elsewhere /> },
        }
    }
}

impl FigureViews for FramedChapter {
    fn figure(app: &AppContext, _: u32, on_look: Callback<Look>) -> Html {
        match app.state.route {
            Route::Chapter(i) => html! { <ChapterPage {i} frame={app.frame.clone()} {on_look} /> },
            _ => html! {},
        }
    }
}

/// The whole app.
pub(crate) struct WholeApp;

impl Module for WholeApp {
    const HAS_FIGURES: bool = true;
    const HAS_PAGE: bool = true;

    fn view(app: &AppContext, seed: u32) -> Html {
        if app.frame.parts.is_some() {
            return html! { <Embedded<Self> {seed} /> };
        }
        match app.state.route {
            Route::Contents => html! { <Contents /> },
            Route::Chapter(i) => {
                html! { <ChapterPage {i} key={i} frame={app.frame.clone()}><SharePanel /></ChapterPage> }
            }
            Route::Lab => lab(app, seed),
            Route::Draw => draw_page(),
            Route::Work => html! { <Work /> },
            Route::Course => html! { <Course /> },
        }
    }
}

impl FigureViews for WholeApp {
    fn figure(app: &AppContext, seed: u32, on_look: Callback<Look>) -> Html {
        match app.state.route {
            Route::Chapter(_) => FramedChapter::figure(app, seed, on_look),
            Route::Lab => lab::parts(app, seed, app.frame.parts.as_deref().unwrap_or_default()),
            Route::Draw => html! { <DrawPad is_large={true} /> },
            Route::Contents | Route::Work | Route::Course => {
                html! { <p class="starting" role="alert">{say!("ui.figure.none")}</p> }
            }
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
