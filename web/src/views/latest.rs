//! Values that keys change faster than they are drawn.

use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// The latest of a value: what was drawn, or what a handler has set since.
#[derive(Clone)]
pub(crate) struct Latest<T>(Rc<Cell<T>>);

impl<T: Copy> Latest<T> {
    pub(crate) fn get(&self) -> T {
        self.0.get()
    }

    pub(crate) fn set(&self, value: T) {
        self.0.set(value);
    }
}

/// Keeps the latest of a value that is drawn now: a handler that runs twice before the next drawing goes on, the second
/// time, from where the first has come.
#[hook]
pub(crate) fn use_latest<T: Copy + 'static>(drawn: T) -> Latest<T> {
    let latest = use_memo((), |()| Cell::new(drawn));
    latest.set(drawn);
    Latest(latest)
}
