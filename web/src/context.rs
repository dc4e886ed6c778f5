//! The context that every view can reach.

use crate::app::KeptUnder;
use crate::drawing::Drawing;
use crate::platform::theme::{Palette, Watch};
use crate::platform::worker_bridge::WorkerClient;
use crate::run_model::RunModel;
use crate::state::{AppState, Frame, LabState, LearnerAction, Locks, Progress, WeightsFrom};
use receptive_data::{Schema, digits};
use receptive_train::protocol::{Command, DatasetKind, RunCommand, Weights};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::File;
use yew::prelude::*;

/// A change of state: a function from what was to what is.
pub(crate) type Change = Box<dyn FnOnce(&mut AppState)>;

/// A drawing that outlives the pad it is on.
#[derive(Clone, Default)]
pub(crate) struct SharedDrawing(pub(crate) Rc<RefCell<Drawing>>);

impl PartialEq for SharedDrawing {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The state, the run, and the ways to change them.
#[derive(Clone)]
pub(crate) struct AppContext {
    pub(crate) state: AppState,
    pub(crate) run: UseReducerHandle<RunModel>,
    /// Changes the state, and the address with it.
    pub(crate) change: Callback<Change>,
    /// Sends the worker a command.
    pub(crate) send: Callback<Command>,
    /// Asks the worker.
    pub(crate) client: WorkerClient,
    /// Hands the worker the learner's own files: images and labels, or batches of CIFAR-10.
    pub(crate) open_files: Callback<Vec<File>>,
    /// A digit that the learner drew for the chapters, 28×28, 0 to 1.
    pub(crate) drawn: UseStateHandle<Option<Rc<[f32]>>>,
    /// The drawing on the pad of the Lab and of Draw.
    pub(crate) pad: SharedDrawing,
    /// Opens a fresh run with these settings.
    pub(crate) open: Callback<LabState>,
    /// Goes on with a run that is kept in the browser's storage.
    pub(crate) go_on: Callback<KeptUnder>,
    /// What the query before the `#` asks for: a figure, locks.
    pub(crate) frame: Rc<Frame>,
}

impl PartialEq for AppContext {
    /// The app is drawn again only when something of this has changed: to look for what would find it every time.
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl AppContext {
    /// The schema of the data that the Lab has chosen. Nothing as long as that is not known.
    pub(crate) fn schema(&self) -> Option<Schema> {
        match self.state.lab.dataset {
            DatasetKind::Own => self.run.files.open.as_ref().map(|report| report.schema.clone()),
            DatasetKind::Mnist | DatasetKind::BuiltIn => Some(digits::schema()),
        }
    }

    /// The dataset that digits come from: the Lab's, unless that holds something else.
    pub(crate) fn digits(&self) -> DatasetKind {
        let is_other = self.schema().is_some_and(|schema| schema != digits::schema());
        if is_other { DatasetKind::BuiltIn } else { self.state.lab.dataset }
    }

    /// A network as the worker knows it, with the steps behind it; nothing while it is not there. What came with the
    /// page is there before any run, and no step changes it.
    pub(crate) fn weights(&self, from: WeightsFrom) -> Option<(Weights, u32)> {
        match from {
            WeightsFrom::Page => Some((Weights::Shipped, 0)),
            WeightsFrom::Lab => self.run.has_opened().then(|| (Weights::Run(self.run.id), self.run.iteration)),
        }
    }

    /// A callback that sends the worker a command about the run.
    pub(crate) fn commanding(&self, command: RunCommand) -> Callback<MouseEvent> {
        let (send, run) = (self.send.clone(), self.run.id);
        Callback::from(move |_| send.emit(Command::Run(run, command)))
    }

    /// A callback that changes the state with what it is given.
    pub(crate) fn changing<T: 'static>(&self, change: impl Fn(&mut AppState, T) + Clone + 'static) -> Callback<T> {
        let emit = self.change.clone();
        Callback::from(move |value: T| {
            let change = change.clone();
            emit.emit(Box::new(move |state| change(state, value)));
        })
    }

    /// A click on a link that goes to another place in the page.
    pub(crate) fn going(&self, go: impl Fn(&mut AppState) + Clone + 'static) -> Callback<MouseEvent> {
        let go = self.changing(move |state, ()| go(state));
        Callback::from(move |event: MouseEvent| {
            // A click with a key held is the browser's own.
            if event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
                return;
            }
            event.prevent_default();
            // The second of a double click was meant for the place that it left.
            if event.detail() < 2 {
                go.emit(());
            }
        })
    }
}

/// The context that the app provides around every view.
#[hook]
pub(crate) fn use_app() -> AppContext {
    use_context::<AppContext>().expect("the app wraps every view in its context")
}

/// The learner's progress so far, and a way to record more. By default nothing is kept.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Memory {
    pub(crate) progress: Rc<Progress>,
    /// The chapter that is open, by its key; empty elsewhere.
    pub(crate) chapter: &'static str,
    pub(crate) record: Callback<LearnerAction>,
}

/// Returns the learner's progress. Apart from the rest, so that the views that show it are drawn again only when it
/// changes.
#[hook]
pub(crate) fn use_memory() -> Memory {
    use_context::<Memory>().unwrap_or_default()
}

/// Returns the controls that whoever made the address has locked or hidden.
#[hook]
pub(crate) fn use_locks() -> Rc<Locks> {
    use_context::<Rc<Locks>>().unwrap_or_default()
}

/// True while someone can see the page, as far as a page around it says.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Awake(pub(crate) bool);

/// Returns true while someone can see the page: what nobody sees does not ask, play or draw.
#[hook]
pub(crate) fn use_is_awake() -> bool {
    use_context::<Awake>().is_none_or(|awake| awake.0)
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
