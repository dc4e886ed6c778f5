//! The browser's storage for this page: for good, and for as long as a tab is open.

use super::dom::window;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// True if there is a storage: a frame that is kept from its own origin has none.
pub(crate) fn is_there() -> bool {
    storage().is_some()
}

/// Returns the text stored under a name. Nothing where there is no storage.
pub(crate) fn stored(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

/// Stores a text under a name. False when it cannot be kept: there is no storage, or no room in it.
pub(crate) fn store(name: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(name, text).is_ok())
}

/// Returns the text that the tab keeps under a name.
pub(crate) fn of_tab(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(name).ok()?
}

/// Keeps a text under a name until the tab is closed, where that can be done.
pub(crate) fn keep_in_tab(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // What cannot be kept is forgotten by a reload.
        let _ = storage.set_item(name, text);
    }
}
