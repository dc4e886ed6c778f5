//! The page and its training worker.
//!
//! [`state`] is what a link carries, [`run_model`] is what the page knows of the run, [`lifeline`] and [`recovery`] are
//! what it knows of its worker, which it asks through a [`client`], [`drawing`] is what stands on a pad. All are plain data without a browser. `views` draw
//! them, and `platform` alone touches the browser.

pub mod bench;
pub mod client;
pub mod curve;
pub mod drawing;
pub mod lifeline;
pub mod recovery;
pub mod run_model;
pub mod state;

mod app;
mod context;
mod platform;
mod views;

use receptive_lessons::words;

/// Shows the page.
pub fn start_page() {
    console_error_panic_hook::set_once();
    platform::dom::set_language(speak());
    platform::dom::clear_start_screen();
    platform::dom::mount::<app::App>();
}

/// Speaks the first of the reader's languages that there are texts in. Returns which.
pub fn speak() -> &'static str {
    let known = platform::dom::languages().into_iter().find_map(|wanted| {
        let base = wanted.split('-').next().unwrap_or_default().to_ascii_lowercase();
        words::languages().find(|known| *known == base)
    });
    let language = known.unwrap_or("en");
    words::speak(language);
    language
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
