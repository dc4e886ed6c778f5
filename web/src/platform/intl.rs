//! The ways of languages with numbers, as the browser's `Intl` knows them (`web/start.js`).

use receptive_lessons::words::Locale;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_namespace = receptive)]
extern "C" {
    fn plural(language: &str, number: &str) -> String;
    fn grouped(language: &str, digits: &str) -> String;
    #[wasm_bindgen(js_name = decimalSign)]
    fn decimal_sign(language: &str) -> String;
}

/// The browser's knowledge.
pub(crate) const INTL: Locale = Locale { plural, grouped, decimal_sign };
