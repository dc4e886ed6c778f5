//! Text files: chosen or dropped ones, those beside the page, and those that are saved. None is read further than a limit.

use super::dom::{self, document, window};
use super::exchange;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, File, ReadableStreamDefaultReader, RequestCache, RequestInit, RequestRedirect, Response, Url,
};

/// A host that has not sent a file after so long will not, in milliseconds.
const PATIENCE_MILLIS: i32 = 20_000;

/// The reason that a text file could not be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NoText {
    /// It is longer than the limit.
    Large,
    /// It is not text in UTF-8.
    Other,
    /// The browser cannot read it.
    Unreadable,
    /// The host does not answer, or sends the reader elsewhere.
    NoAnswer,
    /// The host has no such file: it answers with this status.
    Missing(u16),
    /// It lies on another host.
    Foreign,
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// When it is longer, is no text, or cannot be read.
pub(crate) async fn read(file: &File, most: usize) -> Result<String, NoText> {
    if file.size() > most as f64 {
        return Err(NoText::Large);
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| NoText::Unreadable)?;
    String::from_utf8(Uint8Array::new(&buffer).to_vec()).map_err(|_| NoText::Other)
}

/// Fetches a file of at most so many bytes from this page's own host, by its address from the page.
///
/// # Errors
/// When there is none, or it is longer or no text.
pub(crate) async fn fetch(address: &str, most: usize) -> Result<String, NoText> {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let url = Url::new_with_base(address, &base).map_err(|_| NoText::Foreign)?;
    if Some(url.origin()) != window().location().origin().ok() {
        return Err(NoText::Foreign);
    }
    let options = RequestInit::new();
    options.set_redirect(RequestRedirect::Error);
    options.set_cache(RequestCache::NoCache);
    let patience = AbortController::new().map_err(|_| NoText::NoAnswer)?;
    options.set_signal(Some(&patience.signal()));
    dom::after_millis(PATIENCE_MILLIS, move || patience.abort());
    let answer = JsFuture::from(window().fetch_with_str_and_init(&url.href(), &options));
    let answer: Response = answer.await.map_err(|_| NoText::NoAnswer)?.unchecked_into();
    if !answer.ok() {
        return Err(NoText::Missing(answer.status()));
    }
    let body = answer.body().ok_or(NoText::NoAnswer)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| NoText::NoAnswer)?;
        let value = Reflect::get(&piece, &"value".into()).unwrap_or(JsValue::UNDEFINED);
        let Some(piece) = value.dyn_ref::<Uint8Array>() else { break };
        if bytes.len() + piece.length() as usize > most {
            // The rest is not wanted; how that ends does not matter.
            drop(reader.cancel());
            return Err(NoText::Large);
        }
        bytes.extend(piece.to_vec());
    }
    String::from_utf8(bytes).map_err(|_| NoText::Other)
}

/// Lets the browser save a text as a file of this name. False when it does not.
pub(crate) fn save(name: &str, text: &str) -> bool {
    exchange::save(name, &Array::of1(&Uint8Array::from(text.as_bytes())))
}
