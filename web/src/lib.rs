//! The page and its training worker.
//!
//! [`state`] is what a link carries, [`run_model`] is what the page knows of the run, [`lifeline`] and [`recovery`] are
//! what it knows of its worker, which it asks through a [`client`], [`drawing`] is what stands on a pad, [`embed`] is what a figure and the page that it
//! stands in say to one another. All are plain data without a browser. `views` draw them, and `platform` alone touches the
//! browser.

pub mod bench;
pub mod client;
pub mod compare;
pub mod curve;
pub mod drawing;
pub mod embed;
pub mod faults;
pub mod handed;
pub mod lesson_file;
pub mod lifeline;
pub mod loss_surface;
pub mod recovery;
pub mod run_model;
pub mod state;
pub mod weights_file;

mod app;
mod context;
mod platform;
mod surroundings;
mod views;

use receptive_lessons::words::{self, Part, Texts};
use std::rc::Rc;

/// Shows the first page, and leaves the page to [`start_app`] when the learner goes elsewhere.
pub fn start_front() {
    if let Some(app) = start_page::<app::FirstPage>(None) {
        platform::handover::offer_page(app);
    }
}

/// Shows a chapter's figure in a frame of another page, and leaves the frame to [`start_app`] for anything else.
pub fn start_frame() {
    if let Some(app) = start_page::<app::FramedChapter>(None) {
        platform::handover::offer_page(app);
    }
}

/// Shows the page, all of it; goes on with what a part's module hands over, if one was there before.
pub fn start_app() {
    let parcel = platform::handover::take_page();
    let is_handed = parcel.is_some();
    start_page::<app::WholeApp>(parcel);
    if is_handed {
        platform::dom::next_frame(platform::dom::focus_heading);
    }
}

/// Shows the page with the views of a module.
fn start_page<M: app::Module>(parcel: Option<platform::handover::Parcel>) -> Option<yew::AppHandle<app::App<M>>> {
    console_error_panic_hook::set_once();
    let texts = platform::texts::of_page();
    if !texts.language.is_empty() {
        platform::dom::set_language(texts.language);
    }
    words::learn(Part::Page, texts);
    platform::dom::clear_start_screen();
    platform::dom::mount::<app::App<M>>(app::AppProps {
        parcel: parcel.map(|parcel| views::asking::Same(Rc::new(parcel))),
    })
}

/// Lets a module speak a part of the texts that the page fetched.
pub fn speak(part: Part, texts: String) {
    words::learn(part, Texts::new(texts, platform::intl::INTL));
}

/// Runs the training worker until the page goes away.
pub fn start_worker() {
    console_error_panic_hook::set_once();
    platform::worker_loop::start();
}

/// Runs the GPU's worker until the training worker ends it.
pub fn start_gpu() {
    console_error_panic_hook::set_once();
    platform::gpu_loop::start();
}

/// The build that page, worker and chapters must share.
pub const BUILD: &str = env!("RECEPTIVE_BUILD");
