//! What every view can reach.

use crate::platform::desk::Desk;
use crate::platform::theme::{Palette, Watch};
use crate::run_model::RunModel;
use crate::state::{AppState, LabState};
use receptive_lessons::Matrix;
use receptive_train::protocol::Command;
use std::rc::Rc;
use web_sys::File;
use yew::prelude::*;

/// A change of state: a function from what was to what is.
pub(crate) type Change = Box<dyn FnOnce(&mut AppState)>;

/// The state, the run, and the ways to change them.
#[derive(Clone, PartialEq)]
pub(crate) struct AppContext {
    pub(crate) state: AppState,
    pub(crate) run: UseReducerHandle<RunModel>,
    /// Changes the state, and the address with it.
    pub(crate) change: Callback<Change>,
    /// Asks the worker.
    pub(crate) send: Callback<Command>,
    /// Hands the worker the learner's own files: images and labels.
    pub(crate) open_files: Callback<(File, File)>,
    /// Where questions about chapters are answered, once it is loaded.
    pub(crate) desk: Option<Desk>,
    /// A digit that the learner drew for the chapters, 28×28, 0 to 1.
    pub(crate) drawn: UseStateHandle<Option<Rc<[f32]>>>,
    /// The learner's own picture, grey, 0 to 1. It never leaves the page.
    pub(crate) picture: UseStateHandle<Option<Rc<Matrix>>>,
    /// Opens a fresh run with these settings.
    pub(crate) open: Callback<LabState>,
}

impl AppContext {
    /// A callback that changes the state with what it is given.
    pub(crate) fn changing<T: 'static>(&self, change: impl Fn(&mut AppState, T) + Clone + 'static) -> Callback<T> {
        let emit = self.change.clone();
        Callback::from(move |value: T| {
            let change = change.clone();
            emit.emit(Box::new(move |state| change(state, value)));
        })
    }
}

/// The context that the app provides around every view.
#[hook]
pub(crate) fn use_app() -> AppContext {
    use_context::<AppContext>().expect("the app wraps every view in its context")
}

/// Reads the page's colours, and again whenever the learner or the system changes them. The app provides them to all
/// canvases.
#[hook]
pub(crate) fn use_current_palette() -> Palette {
    let palette = use_state_eq(Palette::now);
    let set = palette.setter();
    use_effect_with((), move |()| {
        let watch = Watch::new(move || set.set(Palette::now()));
        move || drop(watch)
    });
    *palette
}

/// The page's colours as they are now: whoever draws with them draws again when they change.
#[hook]
pub(crate) fn use_palette() -> Palette {
    use_context::<Palette>().unwrap_or_default()
}
