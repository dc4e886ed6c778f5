//! The bench page, driven from outside as any comparison of libraries would drive it.

use crate::page::Page;
use serde_json::{Map, Value, json};

/// Longer than any measurement takes on a busy machine, in seconds.
const PATIENCE: u64 = 400;

/// The bench page in a browser of its own.
pub struct BenchPage {
    /// The page.
    pub page: Page,
}

impl BenchPage {
    /// Opens the page and waits until it can measure.
    pub fn open() -> Self {
        Self::when_ready(Page::open_file("bench.html"))
    }

    /// The same in a browser with a software GPU, to measure on that.
    pub fn open_on_gpu() -> Self {
        Self::when_ready(Page::open_file_with_gpu("bench.html?engine=gpu"))
    }

    fn when_ready(page: Page) -> Self {
        page.wait("the bench page", 30, |page| page.browser.run("return typeof window.bench") == "function");
        Self { page }
    }

    /// Measures, and returns the figures by their names. A speed is measured for so many milliseconds.
    ///
    /// # Errors
    /// The page's message when it cannot measure.
    pub fn measure(&self, workload: &str, mode: &str, workers: u32, millis: u32) -> Result<Map<String, Value>, String> {
        let question = json!({ "workload": workload, "mode": mode, "workers": workers, "forMs": millis });
        self.page.browser.run(&format!(
            "window.outcome = null;
             window.bench({question}).then(figures => window.outcome = {{ figures }},
                                           error => window.outcome = {{ problem: String(error.message ?? error) }})"
        ));
        let what = format!("{workload} {mode} with {workers} workers");
        self.page.wait(&what, PATIENCE, |page| !page.browser.run("return window.outcome").is_null());
        let outcome = self.page.browser.run("return window.outcome");
        match &outcome["figures"] {
            Value::Object(figures) => Ok(figures.clone()),
            _ => Err(format!("{what}: {}", outcome["problem"])),
        }
    }
}
