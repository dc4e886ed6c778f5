//! The data that a stage works on: the digit of all chapters, the network, the learner's own picture.

use crate::faults;
use crate::platform::lesson_host::LiveWorld;
use crate::platform::worker_bridge::Reply;
use crate::surroundings::{NetworkSource, Surroundings};
use crate::views::asking::{Asked, Same, use_answer, use_live_answer};
use crate::views::sentence;
use js_sys::Float32Array;
use receptive_data::digits::{COLUMNS, ROWS};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Matrix, Needs, say};
use receptive_nn::{Head, Inspection};
use receptive_train::protocol::{Answer, Backward, DatasetKind, FoundImage, Query, Refusal, Split};
use std::rc::Rc;
use yew::prelude::*;

/// While the network trains, it is looked into this often, in milliseconds.
const BETWEEN_LOOKS: i32 = 400;

/// The world, as far as it is needed and has arrived; and why some of it never will.
#[hook]
pub(super) fn use_world(around: &Surroundings, needs: Needs, settings: &Settings) -> (Rc<LiveWorld>, Option<String>) {
    let (digit, refused_digit) = use_digit(around, needs.digit || needs.network.is_some());
    let (network, refused_network) = use_network(around, digit.as_ref(), needs, settings);
    let picture = (*around.picture).clone().map(Same);
    let course = around.course.clone().filter(|_| needs.course);
    let world = use_memo((digit.map(Same), network, picture, course), |(digit, network, picture, course)| {
        let world = World {
            digit: digit.clone().map(|digit| digit.0),
            network: network.as_ref().map(|found| found.0.network.clone()),
            picture: picture.clone().map(|picture| picture.0),
            course: course.clone(),
        };
        let (tensors, buffers) =
            network.as_ref().map_or_else(Default::default, |found| (found.0.tensors.clone(), found.0.buffers.clone()));
        LiveWorld { world, tensors, buffers }
    });
    (world, refused_digit.or(refused_network).map(|why| refusal(&why)))
}

/// The digit, drawn by the learner or fetched through the worker; or why there is none.
#[hook]
pub(crate) fn use_digit(around: &Surroundings, is_needed: bool) -> (Option<Rc<Digit>>, Option<Refusal>) {
    let source = &around.digit;
    let (drawn, dataset, index) = ((*source.drawn).clone(), source.dataset, source.index);
    let is_wanted = is_needed && drawn.is_none();
    let question = is_wanted.then_some(Query::ReadImage { dataset, split: Split::Test, index });
    // Where MNIST cannot be had, another digit stands in, until it comes.
    let asked = use_answer(&around.client, question.clone(), u32::from(source.is_stood_in));
    let (mut refused, mut found) = (None, None);
    match asked.as_deref() {
        Some(Asked { question: asked, reply: Err(why) }) if Some(asked) == question.as_ref() => {
            refused = Some(why.clone());
        }
        Some(Asked {
            question: Query::ReadImage { index, .. },
            reply: Ok(Reply { answer: Answer::Image(image), .. }),
        }) => found = Some((*index, image.clone())),
        _ => {}
    }
    // A digit stays until the next one has come.
    if found.is_some() {
        source.last.borrow_mut().clone_from(&found);
    }
    let shown = source.last.borrow().clone();
    let digit = use_memo((drawn, shown), |(drawn, found)| {
        let digit = match (drawn, found) {
            (Some(pixels), _) => {
                Digit { image: Matrix::new(ROWS, COLUMNS, pixels.to_vec()), name: say!("ui.digit-drawn"), class: None }
            }
            (None, Some((index, found))) => {
                let pixels: Vec<_> = found.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
                let image = Matrix::new(found.shape.h, found.shape.w, pixels);
                Digit { image, name: name(*index, found), class: Some(found.label) }
            }
            (None, None) => return None,
        };
        Some(Rc::new(digit))
    });
    ((*digit).clone(), refused)
}

/// A network, with its tensors as the worker handed them over.
struct LiveNetwork {
    network: Rc<Network>,
    tensors: Vec<String>,
    buffers: Vec<Float32Array>,
}

/// The network with the tensors that are needed of it for a digit, again whenever any of these changes; or why there is
/// none.
#[hook]
fn use_network(
    around: &Surroundings,
    digit: Option<&Rc<Digit>>,
    needs: Needs,
    settings: &Settings,
) -> (Option<Same<LiveNetwork>>, Option<Refusal>) {
    let NetworkSource { spec, weights, .. } = &around.network;
    let names = needs.network.zip(spec.as_ref()).map(|(tensors, spec)| tensors.names(settings, spec));
    let asked = names.zip(digit).zip(*weights).map(|((names, digit), (weights, n_steps))| {
        let pixels = digit.image.values.to_vec();
        if names.iter().all(|name| !name.starts_with("grad ")) {
            return (n_steps, Query::Tensors { weights, pixels, names });
        }
        let of = Backward { head: Head::CrossEntropy, class: digit.class.unwrap_or(0) };
        (n_steps, Query::Gradients { weights, pixels, of, names })
    });
    let (version, question) = asked.unzip();
    let asked = use_live_answer(&around.client, question, version.unwrap_or_default(), BETWEEN_LOOKS);
    let refused = asked.as_ref().and_then(|asked| asked.reply.as_ref().err().cloned());
    let network = use_memo(asked, |asked| {
        let Some(Asked { reply: Ok(Reply { answer: Answer::Tensors(found), buffers }), .. }) = asked.as_deref() else {
            return None;
        };
        let tensors = found.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        let network = Network { spec: found.spec.clone(), origin: found.origin, values: Inspection::default() };
        Some(Same(Rc::new(LiveNetwork { network: Rc::new(network), tensors, buffers: buffers.clone() })))
    });
    ((*network).clone().filter(|_| needs.network.is_some()), refused)
}

fn name(index: u32, image: &FoundImage) -> String {
    let key = match image.dataset {
        DatasetKind::Mnist => "ui.digit-mnist",
        DatasetKind::BuiltIn => "ui.digit-built-in",
        DatasetKind::Own => "ui.digit-own",
    };
    say!(key, n = index, digit = say!(format!("ui.a-digit.{}", image.label)))
}

/// The reason that something cannot be had, in words.
pub(crate) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::NoImage { n_images: 0, .. } => say!("ui.refused.empty"),
        Refusal::NoImage { index, n_images } => say!("ui.refused.no-image", index = index, last = n_images - 1),
        Refusal::Data(error) => sentence(&faults::data_error(error)),
        Refusal::Diverged => say!("ui.refused.diverged"),
        Refusal::Awaited => say!("ui.refused.awaited"),
        Refusal::NoStep => say!("ui.refused.no-step"),
        Refusal::StepOnGpu => say!("ui.refused.step-on-gpu"),
        Refusal::Memory { megabytes } => say!("ui.refused.memory", megabytes = megabytes),
        _ => say!("ui.refused.other"),
    }
}
