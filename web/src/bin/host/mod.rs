//! The lesson host as a module gives it to the page's scripts: the chapters' module, and that of a chapter's figure,
//! which hosts its lesson itself.

use js_sys::Float32Array;
use receptive_lessons::host::Host;
use receptive_lessons::words::Part;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

/// The build that the page and its lesson host must share.
#[wasm_bindgen]
pub fn build() -> String {
    receptive_web::BUILD.into()
}

/// Speaks these texts from now on: the page's, and those that all chapters share.
#[wasm_bindgen]
pub fn learn(page: String, chapters: String) {
    receptive_web::speak(Part::Page, page);
    receptive_web::speak(Part::Chapters, chapters);
}

/// Speaks the texts of a chapter, by its position.
#[wasm_bindgen]
pub fn learn_chapter(chapter: usize, texts: String) {
    receptive_web::speak(Part::Chapter(chapter), texts);
}

/// Answers a question about a chapter, with the values of tensors beside it; see `receptive_lessons::host`.
#[wasm_bindgen]
pub fn answer(question: &[u8], values: Vec<Float32Array>) -> Vec<u8> {
    let values = values.iter().map(Float32Array::to_vec).collect();
    HOST.with_borrow_mut(|host| host.answer(question, values))
}
