//! The address bar, the entries of the browser's history, and how far the page is scrolled.

use super::dom::window;
use wasm_bindgen::JsValue;
use web_sys::ScrollRestoration;

/// The part of the address after `#`.
pub(crate) fn address() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_string()
}

/// The part of the address between `?` and `#`.
pub(crate) fn query() -> String {
    let search = window().location().search().unwrap_or_default();
    search.strip_prefix('?').unwrap_or(&search).to_string()
}

/// The folder that the page lies in, with a `/` at its end.
pub(crate) fn home() -> String {
    let href = window().location().href().unwrap_or_default();
    let page = href.split(['?', '#']).next().unwrap_or_default();
    page.rsplit_once('/').map_or_else(String::new, |(folder, _)| format!("{folder}/"))
}

/// The whole address of a place in the page, with another query before the `#`: `?lock=pad`, or none.
pub(crate) fn link_with(query: &str, address: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    format!("{}{query}#{address}", href.split(['?', '#']).next().unwrap_or_default())
}

/// The whole address of a place in the page, for sharing.
pub(crate) fn link_to(address: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    format!("{}#{address}", href.split('#').next().unwrap_or_default())
}

/// The number that [`write`] gave to the history's present entry.
pub(crate) fn entry() -> Option<usize> {
    Some(window().history().ok()?.state().ok()?.as_f64()? as usize)
}

/// Puts an address into the address bar and a number on its entry of the history: a new one, or the present one. False
/// when the browser refuses: Safari throws after too many changes in a short time, Chromium does nothing.
pub(crate) fn write(address: &str, entry: usize, is_new: bool) -> bool {
    let Ok(history) = window().history() else { return false };
    let (url, state) = (format!("#{address}"), JsValue::from(entry as f64));
    let written = if is_new {
        history.push_state_with_url(&state, "", Some(&url))
    } else {
        history.replace_state_with_url(&state, "", Some(&url))
    };
    written.is_ok() && self::address() == address
}

/// Goes so many entries back; the browser tells when it is there.
pub(crate) fn go_back(n: usize) {
    if let Ok(history) = window().history() {
        let _ = history.go_with_delta(-(n as i32));
    }
}

/// True if another page shows this one in a frame. What is pushed there fills that page's history.
pub(crate) fn is_framed() -> bool {
    let top = window().top().ok().flatten();
    top.is_none_or(|top| JsValue::from(top) != JsValue::from(window().self_()))
}

/// Leaves it to the page where an entry of the history was scrolled to: the browser looks before the view is drawn.
pub(crate) fn restore_scroll_by_hand() {
    if let Ok(history) = window().history() {
        // A browser that does not know this scrolls by itself, as well as it can.
        let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
    }
}

/// The distance that the page is scrolled down, in CSS pixels.
pub(crate) fn scroll_y() -> f64 {
    window().scroll_y().unwrap_or(0.0)
}

/// Scrolls down to here, or as far as the page goes.
pub(crate) fn scroll_to(y: f64) {
    window().scroll_to_with_x_and_y(0.0, y);
}
