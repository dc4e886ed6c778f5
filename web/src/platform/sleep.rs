//! A figure's sleep: while nobody can see it, what its worker says is held back, and with it everything that would be drawn.

use crate::run_model::RunAction;
use std::cell::RefCell;

thread_local! {
    /// What is held back; nothing while the page is awake.
    static HELD: RefCell<Option<Vec<RunAction>>> = RefCell::default();
}

/// Falls asleep, or wakes up. Returns what was held back until now.
pub(crate) fn set_asleep(is_asleep: bool) -> Vec<RunAction> {
    HELD.replace(is_asleep.then(Vec::new)).unwrap_or_default()
}

/// Returns an action, unless the page is asleep: then it is held back.
pub(crate) fn pass(action: RunAction) -> Option<RunAction> {
    HELD.with_borrow_mut(|held| match held {
        Some(held) => {
            held.push(action);
            None
        }
        None => Some(action),
    })
}
