//! The surroundings of a figure: whom it asks, and what it shares with the other figures of its page.
//!
//! No address, no header and no record of a learner is among them, so a page of its own can hold a figure as well as the
//! app does.

use crate::context::SharedDrawing;
use crate::platform::lesson_host::LessonHost;
use crate::platform::worker_bridge::WorkerClient;
use crate::state::WeightsFrom;
use receptive_lessons::world::LabCourse;
use receptive_lessons::{Matrix, Outline, say};
use receptive_nn::{Schedule, Spec};
use receptive_train::protocol::{DatasetKind, FoundImage, Weights};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Everything that a figure has from around it.
#[derive(Clone, PartialEq)]
pub(crate) struct Surroundings {
    pub(crate) actions: Actions,
    /// The lesson host, once it is loaded.
    pub(crate) host: Option<LessonHost>,
    /// Asks the training worker.
    pub(crate) client: WorkerClient,
    pub(crate) digit: DigitSource,
    pub(crate) network: NetworkSource,
    /// The course of the learning rate in the Lab, once its run is open.
    pub(crate) course: Option<Rc<LabCourse>>,
    /// The learner's own picture, grey, 0 to 1. It never leaves the page.
    pub(crate) picture: UseStateHandle<Option<Rc<Matrix>>>,
}

/// The effects that a figure has around it.
#[derive(Clone, PartialEq)]
pub(crate) struct Actions {
    /// Starts a part that a figure has come to need, unless it runs already.
    pub(crate) start: Callback<Part>,
    /// Tells the learner something in passing.
    pub(crate) notify: Callback<String>,
    /// Leafs forward by so many digits.
    pub(crate) turn: Callback<i64>,
    /// Chooses where the network comes from.
    pub(crate) choose: Callback<WeightsFrom>,
    /// Takes one training step in the Lab, and chooses its network.
    pub(crate) step: Callback<MouseEvent>,
    /// Takes a course of the learning rate, its lowest rate a share of the rate, to the Lab, and goes there.
    pub(crate) take: Callback<Schedule>,
}

/// A part of the program that is fetched and started when it is first needed, never before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The module that knows the chapters.
    Chapters,
    /// The training worker.
    Worker,
}

/// The digit that all figures work on.
#[derive(Clone, PartialEq)]
pub(crate) struct DigitSource {
    /// The dataset whose test images are leafed through.
    pub(crate) dataset: DatasetKind,
    /// Position of the digit.
    pub(crate) index: u32,
    /// True while the dataset cannot be had, and another digit stands in.
    pub(crate) is_stood_in: bool,
    /// A digit that the learner drew in its place, 28×28, 0 to 1.
    pub(crate) drawn: UseStateHandle<Option<Rc<[f32]>>>,
    /// The digit as it was fetched last, with its position: it stays, in every figure, until the next has come.
    pub(crate) last: Rc<RefCell<Option<(u32, FoundImage)>>>,
    /// The drawing on the pad.
    pub(crate) pad: SharedDrawing,
}

/// The network that figures look into.
#[derive(Clone, PartialEq)]
pub(crate) struct NetworkSource {
    /// Where it comes from.
    pub(crate) from: WeightsFrom,
    /// Its layers, once they are known.
    pub(crate) spec: Option<Spec>,
    /// The network as the worker knows it, once it is there, with the steps behind it.
    pub(crate) weights: Option<(Weights, u32)>,
    /// True while the Lab's network learns.
    pub(crate) is_training: bool,
    /// True if the Lab's network reads no digits, and cannot be chosen.
    pub(crate) is_lab_other: bool,
}

/// Returns the surroundings that a page provides around its figures.
#[hook]
pub(crate) fn use_surroundings() -> Surroundings {
    use_context::<Surroundings>().expect("a page provides its figures with surroundings")
}

/// Returns the surroundings for a chapter: its part is loaded, and until it is there so is no host.
#[hook]
pub(crate) fn use_surroundings_of(chapter: &'static Outline) -> Surroundings {
    let around = use_surroundings();
    let update = use_force_update();
    let notify = around.actions.notify.clone();
    use_effect_with(chapter.position(), move |_| {
        spawn_local(async move {
            match LessonHost::load_chapter(chapter).await {
                Ok(()) => update.force_update(),
                Err(_) => notify.emit(say!("ui.no-chapters")),
            }
        });
    });
    Surroundings { host: around.host.clone().filter(|host| host.has_chapter(chapter)), ..around }
}
