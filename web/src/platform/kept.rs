//! The names under which the runs of this page are kept in the browser's storage.

use super::store;
use receptive_train::protocol::RunId;
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static KEYS: RefCell<BTreeMap<RunId, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Returns the key of a run. One that has none gets its own.
pub(crate) fn key_of(run: RunId) -> String {
    KEYS.with_borrow_mut(|keys| keys.entry(run).or_insert_with(store::fresh_key).clone())
}

/// Notes that a run goes on with the one that is kept under a key.
pub(crate) fn set_key(run: RunId, key: String) {
    KEYS.with_borrow_mut(|keys| keys.insert(run, key));
}

/// Forgets the key of a run: it could not go on, and what is kept is not to be written over.
pub(crate) fn forget_key(run: RunId) {
    KEYS.with_borrow_mut(|keys| keys.remove(&run));
}
