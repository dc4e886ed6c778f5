//! The data that a stage works on: the digit of all chapters, the network, the learner's own picture.

use super::controls::Remark;
use crate::faults;
use crate::platform::lesson_host::LiveWorld;
use crate::platform::worker_bridge::Reply;
use crate::surroundings::{NetworkSource, Surroundings};
use crate::views::asking::{Asked, Same, pause, use_answer, use_live_answer};
use crate::views::sentence;
use js_sys::Float32Array;
use receptive_core::ops::MOST_MOMENTS;
use receptive_data::digits::{COLUMNS, ROWS};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, WeightStep, World};
use receptive_lessons::{Matrix, Needs, say};
use receptive_nn::{Head, Inspection};
use receptive_train::protocol::{
    Answer, Backward, DatasetKind, FoundImage, OpenedStep, Query, Refusal, Split, Weights,
};
use std::rc::Rc;
use yew::prelude::*;

/// While the network trains, it is looked into this often, in milliseconds.
const BETWEEN_LOOKS: i32 = 400;

/// The world, as far as it is needed and has arrived; and why some of it does not come.
#[hook]
pub(super) fn use_world(around: &Surroundings, needs: Needs, settings: &Settings) -> (Rc<LiveWorld>, Option<Remark>) {
    let (digit, refused_digit) = use_digit(around, needs.digit || needs.network.is_some());
    let (network, refused_network) = use_network(around, digit.as_ref(), needs, settings);
    let (step, refused_step) = use_step(around, needs, settings);
    let picture = (*around.picture).clone().map(Same);
    let course = around.course.clone().filter(|_| needs.course);
    let inputs = (digit.map(Same), network, picture, step, course);
    let world = use_memo(inputs, |(digit, network, picture, step, course)| {
        let world = World {
            digit: digit.clone().map(|digit| digit.0),
            network: network.as_ref().map(|found| found.0.network.clone()),
            picture: picture.clone().map(|picture| picture.0),
            step: step.clone().map(|step| step.0),
            course: course.clone(),
        };
        let (tensors, buffers) =
            network.as_ref().map_or_else(Default::default, |found| (found.0.tensors.clone(), found.0.buffers.clone()));
        LiveWorld { world, tensors, buffers }
    });
    let refused = refused_digit.or(refused_network).map(|why| Remark::Problem(refusal(&why)));
    (world, refused.or(refused_step))
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
    let NetworkSource { spec, weights, is_training, .. } = &around.network;
    let names = needs.network.zip(spec.as_ref()).map(|(tensors, spec)| tensors.names(settings, spec));
    let asked = names.zip(digit).zip(*weights).map(|((names, digit), (weights, n_steps))| {
        let pixels = digit.image.values.to_vec();
        if names.iter().all(|name| !name.starts_with("grad ") && !name.starts_with("norm grad ")) {
            return (n_steps, Query::Tensors { weights, pixels, names });
        }
        let n_classes = spec.as_ref().map_or(1, |spec| spec.n_classes());
        let of = Backward { head: Head::CrossEntropy, class: digit.counts_as(needs.is_next_class, n_classes) };
        (n_steps, Query::Gradients { weights, pixels, of, names })
    });
    let (version, question) = asked.unzip();
    let asked =
        use_live_answer(&around.client, question, version.unwrap_or_default(), pause(*is_training, BETWEEN_LOOKS));
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

/// What the last step of the network in the Lab did to the weight that is needed, again after each step; or why there is none.
#[hook]
fn use_step(around: &Surroundings, needs: Needs, settings: &Settings) -> (Option<Same<WeightStep>>, Option<Remark>) {
    // The rule says how many moments there are to ask for.
    let n_moments = use_state_eq(usize::default);
    let NetworkSource { spec, weights, is_training, .. } = &around.network;
    let weight = needs.step.zip(spec.as_ref()).and_then(|(weight, spec)| (weight.0)(settings, spec));
    let asked = weight.zip(*weights).and_then(|((tensor, [row, place]), (weights, n_steps))| {
        let Weights::Run(run) = weights else { return None };
        let rows = format!("{tensor}[{row}..{}]", row + 1);
        let moments = (1..=*n_moments).flat_map(|i| ["", "before "].map(|side| format!("{side}moment {i} ")));
        let numbers = ["", "before ", "grad "].map(String::from).into_iter().chain(moments);
        let names = numbers.map(|what| format!("{what}{rows}")).collect();
        Some(((tensor, place, n_steps), Query::Step { run, names, example: None }))
    });
    let is_of_run = asked.is_some();
    let (about, question) = asked.unzip();
    let version = about.as_ref().map(|(_, _, n_steps)| *n_steps).unwrap_or_default();
    let asked = use_live_answer(&around.client, question, version, pause(*is_training, BETWEEN_LOOKS));
    let found = asked.as_deref().and_then(|asked| match &asked.reply {
        Ok(Reply { answer: Answer::Step(step), buffers }) => Some((step, buffers)),
        _ => None,
    });
    let n_found = found.map(|(step, _)| step.optimiser.n_moments());
    use_effect_with(n_found, move |n_found| n_found.iter().for_each(|n| n_moments.set(*n)));
    let step =
        about.zip(found).and_then(|((tensor, place, _), (step, buffers))| weight_step(&tensor, place, step, buffers));
    let step = use_memo(step, |step| step.clone().map(|step| Same(Rc::new(step))));
    let refused = asked.as_deref().and_then(|asked| asked.reply.as_ref().err());
    let refused = match refused {
        _ if needs.step.is_none() => None,
        _ if !is_of_run && weights.is_some() => Some(Remark::NoStep),
        Some(Refusal::NoStep) => Some(Remark::NoStep),
        why => why.map(|why| Remark::Problem(refusal(why))),
    };
    ((*step).clone().filter(|_| refused.is_none() && needs.step.is_some()), refused)
}

/// The numbers of a weight, by its place in its row, out of a step; nothing while some are on their way.
fn weight_step(tensor: &str, place: usize, step: &OpenedStep, buffers: &[Float32Array]) -> Option<WeightStep> {
    let find = |what: &str| {
        let start = format!("{what}{tensor}[");
        step.tensors.tensors.iter().zip(buffers).find(|(tensor, _)| tensor.name.starts_with(&start))
    };
    let (shown, values) = find("")?;
    let row = shown.name.split_once('[')?.1.split("..").next()?.parse().ok()?;
    let place = place.min((values.length() as usize).checked_sub(1)?);
    let number = |what: &str| find(what).map(|(_, values)| values.get_index(place as u32));
    let mut memory = [[0.0; MOST_MOMENTS]; 2];
    for (side, moments) in ["before ", ""].into_iter().zip(&mut memory) {
        for (i, moment) in moments.iter_mut().enumerate().take(step.optimiser.n_moments()) {
            *moment = number(&format!("{side}moment {} ", i + 1))?;
        }
    }
    Some(WeightStep {
        tensor: tensor.into(),
        at: [row, place],
        iteration: step.record.iteration,
        learning_rate: step.learning_rate,
        gradient_scale: step.gradient_scale,
        optimiser: step.optimiser,
        weight: [number("before ")?, number("")?],
        gradient: number("grad ")?,
        memory,
    })
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
