//! The chapters, loaded by the page when someone opens one.

use js_sys::Float32Array;
use receptive_lessons::host::Host;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

fn main() {
    console_error_panic_hook::set_once();
}

/// The build that page and chapters must share.
#[wasm_bindgen]
pub fn build() -> String {
    receptive_web::BUILD.into()
}

/// Speaks these texts from now on: the page's and the chapters'.
#[wasm_bindgen]
pub fn learn(page: String, chapters: String) {
    receptive_web::speak(page, chapters);
}

/// Answers a question about a chapter; see `receptive_lessons::host`.
#[wasm_bindgen]
pub fn answer(question: &[u8]) -> Vec<u8> {
    HOST.with_borrow_mut(|host| host.answer_bytes(question))
}

/// Replaces the live values: the world and the names of the network's tensors, whose values are in the buffers.
#[wasm_bindgen]
pub fn set_world(world: &[u8], buffers: Vec<Float32Array>) {
    let values = buffers.iter().map(Float32Array::to_vec).collect();
    HOST.with_borrow_mut(|host| host.set_world_bytes(world, values));
}
