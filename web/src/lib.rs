//! The page and its training worker.
//!
//! [`state`] is what a link carries, [`run_model`] is what the page knows of the run, [`lifeline`] and [`recovery`] are
//! what it knows of its worker, which it asks through a [`client`], [`drawing`] is what stands on a pad. All are plain data without a browser. `views` draw
//! them, and `platform` alone touches the browser.

pub mod bench;
pub mod client;
pub mod curve;
pub mod drawing;
pub mod faults;
pub mod lifeline;
pub mod recovery;
pub mod run_model;
pub mod state;

mod app;
mod context;
mod platform;
mod surroundings;
mod views;

use receptive_lessons::words::{self, Part, Texts};

/// Shows the page.
pub fn start_page() {
    console_error_panic_hook::set_once();
    let texts = platform::texts::of_page();
    if !texts.language.is_empty() {
        platform::dom::set_language(texts.language);
    }
    words::learn(Part::Page, texts);
    platform::dom::clear_start_screen();
    platform::dom::mount::<app::App>();
}

/// Lets a module speak the texts that the page fetched: its own and the chapters'.
pub fn speak(page: String, chapters: String) {
    for (part, texts) in [(Part::Page, page), (Part::Chapters, chapters)] {
        words::learn(part, Texts::new(texts, platform::intl::INTL));
    }
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
