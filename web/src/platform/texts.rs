//! The texts of the reader's language, which the page's own script fetches (`web/start.js`).

use super::intl::INTL;
use receptive_lessons::chapters;
use receptive_lessons::words::{Part, Texts};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_namespace = receptive)]
extern "C" {
    async fn texts(part: &str) -> JsValue;

    #[wasm_bindgen(js_name = pageTexts)]
    fn page_texts() -> String;
}

/// Returns the page's own texts, which are there before its module starts.
pub(crate) fn of_page() -> Texts {
    Texts::new(page_texts(), INTL)
}

/// Returns a part of the texts; none where they could not be had, which the script says.
pub(crate) async fn fetched(part: Part) -> Texts {
    let file = match part {
        Part::Page => "page".into(),
        Part::Chapters => "chapters".into(),
        Part::Chapter(i) => format!("words-{}", chapters::OUTLINES[i].key),
    };
    Texts::new(texts(&file).await.as_string().unwrap_or_default(), INTL)
}
