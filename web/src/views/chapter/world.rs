//! The data that a stage works on: the digit of all chapters, the network, the learner's own picture.

use crate::context::AppContext;
use crate::platform::dom;
use crate::run_model::FoundImage;
use crate::views::sentence;
use receptive_data::digits::{COLUMNS, ROWS};
use receptive_lessons::world::{Digit, World};
use receptive_lessons::{Matrix, Needs, say};
use receptive_train::protocol::{Command, DatasetKind, Split, Weights};
use std::rc::Rc;
use yew::prelude::*;

/// Requests for the digit are numbered from here, by the digit's position.
const DIGIT: u32 = 1 << 29;
/// Requests to look into the network are numbered from here.
const NETWORK: u32 = 1 << 28;
/// While the network trains, it is looked into this often, in milliseconds.
const BETWEEN_LOOKS: i32 = 400;

/// Something large that is compared by being the very same.
#[derive(Debug)]
pub(super) struct Same<T>(pub(super) Rc<T>);

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The world, as far as it is needed and has arrived; and why some of it never will.
#[hook]
pub(super) fn use_world(app: &AppContext, needs: Needs) -> (Rc<World>, Option<String>) {
    let digit = use_digit(app, needs.digit || needs.network);
    use_inspection(app, digit.as_ref().filter(|_| needs.network).cloned());
    let network = app.run.inspected.as_ref().filter(|_| needs.network).map(|found| Same(found.network.clone()));
    let picture = (*app.picture).clone().map(Same);
    let world = use_memo((digit.map(Same), network, picture), |(digit, network, picture)| World {
        digit: digit.clone().map(|digit| digit.0),
        network: network.clone().map(|network| network.0),
        picture: picture.clone().map(|picture| picture.0),
    });
    let is_ours = |request: u32| {
        (request == DIGIT + app.state.digit && needs.digit) || ((NETWORK..DIGIT).contains(&request) && needs.network)
    };
    let refused = app.run.refused.as_ref().filter(|(request, _)| is_ours(*request)).map(|(_, text)| sentence(text));
    (world, refused)
}

/// The digit, drawn by the learner or fetched through the worker.
#[hook]
fn use_digit(app: &AppContext, is_needed: bool) -> Option<Rc<Digit>> {
    let kept = use_state_eq(Option::<FoundImage>::default);
    let drawn = (*app.drawn).clone();
    let is_wanted = is_needed && drawn.is_none() && app.run.is_ready;
    let send = app.send.clone();
    // Where MNIST cannot be had, another digit stands in, until it comes.
    let is_stood_in = app.run.data_problem.is_some();
    let asked = (app.digits(), app.state.digit, is_wanted, is_stood_in);
    use_effect_with(asked, move |&(dataset, index, is_wanted, _)| {
        if is_wanted {
            send.emit(Command::ReadImage { request: DIGIT + index, dataset, split: Split::Test, index });
        }
    });
    let kept_now = kept.clone();
    use_effect_with(app.run.image.clone(), move |image| {
        if let Some(image) = image.as_ref().filter(|image| (DIGIT..2 * DIGIT).contains(&image.request)) {
            kept_now.set(Some(image.clone()));
        }
    });
    (*use_memo((drawn, (*kept).clone()), |(drawn, found)| {
        let digit = match (drawn, found) {
            (Some(pixels), _) => {
                Digit { image: Matrix::new(ROWS, COLUMNS, pixels.to_vec()), name: say!("ui.digit-drawn"), class: None }
            }
            (None, Some(found)) => {
                let pixels: Vec<_> = found.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
                Digit {
                    image: Matrix::new(found.shape.h, found.shape.w, pixels),
                    name: name(found),
                    class: Some(found.label),
                }
            }
            (None, None) => return None,
        };
        Some(Rc::new(digit))
    }))
    .clone()
}

fn name(image: &FoundImage) -> String {
    let key = match image.dataset {
        DatasetKind::Mnist => "ui.digit-mnist",
        DatasetKind::BuiltIn => "ui.digit-built-in",
        DatasetKind::Own => "ui.digit-own",
    };
    say!(key, n = image.request - DIGIT, digit = say!(format!("ui.a-digit.{}", image.label)))
}

/// Looks into the network with a digit, again whenever either has changed: one request at a time, and not too often.
#[hook]
fn use_inspection(app: &AppContext, digit: Option<Rc<Digit>>) {
    struct Asking {
        last: u32,
        is_waiting: bool,
        asked: Option<(Rc<Digit>, Weights, u32)>,
    }
    let asking = use_mut_ref(|| Asking { last: NETWORK, is_waiting: false, asked: None });
    let rested = use_state_eq(u32::default);
    let send = app.send.clone();
    let run = &app.run;
    // What came with the page is there before any run, and no step changes it.
    let weights = app.lesson_weights();
    let (can_answer, iteration) = match weights {
        Weights::Shipped => (true, 0),
        Weights::Run => (run.is_open, run.iteration),
    };
    let answered = run.inspected.as_ref().map(|found| found.request);
    let refused = run.refused.as_ref().map(|refused| refused.0);
    let next_rest = {
        let rested = rested.clone();
        move |request| dom::after_millis(BETWEEN_LOOKS, move || rested.set(request))
    };
    use_effect_with(
        (digit, answered, refused, weights, iteration, can_answer, *rested),
        move |(digit, _, _, weights, iteration, can_answer, rested)| {
            let mut asking = asking.borrow_mut();
            let is_answered = [answered, refused].contains(&Some(asking.last));
            if asking.is_waiting && is_answered && *rested == asking.last {
                asking.is_waiting = false;
            }
            let Some(digit) = digit.as_ref().filter(|_| *can_answer && !asking.is_waiting) else { return };
            let is_asked = asking
                .asked
                .as_ref()
                .is_some_and(|(asked, by, at)| Rc::ptr_eq(asked, digit) && (by, at) == (weights, iteration));
            if !is_asked {
                asking.last = NETWORK + (asking.last + 1 - NETWORK) % (DIGIT - NETWORK);
                asking.is_waiting = true;
                asking.asked = Some((digit.clone(), *weights, *iteration));
                let pixels = digit.image.values.clone();
                send.emit(Command::Inspect { request: asking.last, weights: *weights, pixels });
                next_rest(asking.last);
            }
        },
    );
}
