//! The world that a page with certain settings stands in, computed here without any browser.

use receptive_lessons::world::{Digit, LabCourse, Network, World};
use receptive_lessons::{Matrix, say};
use receptive_nn::{Head, Inspection, Optimiser, Preset, Quantity, Schedule, Spec};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Backward, Command, DatasetKind, Event, FoundImage, Query, RequestId, RunCommand, RunConfig, RunId, Split,
    Tensors, Weights,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Returns the world that `data=digits&net=<preset>&seed=<seed>&digit=<digit>` gives the chapters; with `is_next_class` the
/// gradients are those of the digit as one of the next class.
///
/// # Panics
/// When the engine does not answer.
pub fn world(preset: Preset, seed: u32, digit: u32, is_next_class: bool) -> World {
    world_and_tensors(preset, seed, digit, is_next_class).0
}

/// Returns the same, with the names and the values of the tensors in it.
///
/// # Panics
/// When the engine does not answer.
pub fn world_and_tensors(
    preset: Preset,
    seed: u32,
    digit: u32,
    is_next_class: bool,
) -> (World, Vec<(String, Vec<f32>)>) {
    let (mut session, image) = opened(preset.spec(), seed, digit);
    let class = image.label;
    let pixels: Vec<_> = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let image = Matrix::new(28, 28, pixels.clone());
    // For the small network trained weights come with the page; the others show those that their run begins with.
    let weights = if preset == Preset::Small { Weights::Shipped } else { Weights::Run(RunId(1)) };
    let mut names = Inspection::names(&preset.spec()).expect("a network");
    let outputs = preset.spec().outputs().expect("a network").into_iter().filter(|output| output.computes);
    let learnt: Vec<_> = names.iter().filter(|name| name.contains('.')).cloned().collect();
    let outputs: Vec<_> = outputs.map(|output| output.name).collect();
    names.extend(outputs.iter().map(|name| format!("norm grad {name}")));
    let of = outputs.into_iter().chain(learnt).chain(["input".into()]);
    names.extend(of.map(|name| format!("grad {name}")));
    let digit_shown = Digit { image, name: String::new(), class: Some(class) };
    let of =
        Backward { head: Head::CrossEntropy, class: digit_shown.counts_as(is_next_class, preset.spec().n_classes()) };
    let Tensors { spec, origin, tensors } = asked(&mut session, Query::Gradients { weights, pixels, of, names });
    let tensors: Vec<_> = tensors.into_iter().map(|tensor| (tensor.name, tensor.values)).collect();
    let values = Inspection::of_parts(&spec, tensors.clone()).expect("a network");
    let name = say!("ui.digit-built-in", n = digit, digit = say!(format!("ui.a-digit.{class}")));
    let world = World {
        digit: Some(Rc::new(Digit { name, ..digit_shown })),
        network: Some(Rc::new(Network { spec, origin, values })),
        course: Some(Rc::new(LabCourse {
            schedule: Schedule::CONSTANT,
            rate: 0.002,
            n_steps: 625,
            iteration: 0,
            measured: vec![],
        })),
        ..World::default()
    };
    (world, tensors)
}

/// Returns what the first step of the run that `data=digits&net=<spec>&seed=<seed>` opens adds to each tensor of parameters,
/// by name.
///
/// # Panics
/// When the engine does not answer.
pub fn updates(spec: &Spec, seed: u32) -> Vec<(String, Vec<f32>)> {
    let (mut session, _) = opened(spec.clone(), seed, 0);
    let run = RunId(1);
    let lines = match answered(&mut session, Query::StepLines { run }) {
        Answer::StepLines(lines) => lines,
        other => panic!("no list of the step: {other:?}"),
    };
    let updated = lines.into_iter().filter(|line| line.quantity == Quantity::Update);
    let tensors: Vec<String> = updated.map(|line| line.written[0].clone()).collect();
    session.handle(Command::Run(run, RunCommand::Step));
    while session.tick(0.0) {}
    let names = tensors.iter().map(|tensor| format!("update {tensor}")).collect();
    let found = match answered(&mut session, Query::Step { run, names, example: None }) {
        Answer::Step(step) => step.tensors.tensors,
        other => panic!("no step: {other:?}"),
    };
    tensors.into_iter().zip(found.into_iter().map(|tensor| tensor.values)).collect()
}

/// Returns the values of every layer, and the gradients of the loss with respect to them and to the image, that
/// `data=digits&net=<spec>&seed=<seed>&digit=<digit>` gives a fresh run, by the names of layers.
///
/// # Panics
/// When the engine does not answer.
pub fn layers(spec: &Spec, seed: u32, digit: u32) -> [BTreeMap<String, Vec<f32>>; 2] {
    let (mut session, image) = opened(spec.clone(), seed, digit);
    let pixels: Vec<_> = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let outputs = spec.outputs().expect("a network").into_iter().filter(|output| output.computes);
    let mut names: Vec<_> = outputs.map(|output| output.name).collect();
    let weights = Weights::Run(RunId(1));
    let forward = Query::Tensors { weights, pixels: pixels.clone(), names: names.clone() };
    let forward = asked(&mut session, forward);
    names.push("input".into());
    names.iter_mut().for_each(|name| name.insert_str(0, "grad "));
    let of = Backward { head: Head::CrossEntropy, class: image.label };
    let backward = asked(&mut session, Query::Gradients { weights, pixels: pixels.clone(), of, names });
    let named = |found: Tensors| {
        let values = found.tensors.into_iter().map(|tensor| (tensor.name.replacen("grad ", "", 1), tensor.values));
        values.collect()
    };
    let mut forward: BTreeMap<_, _> = named(forward);
    forward.insert("input".into(), pixels);
    [forward, named(backward)]
}

/// Returns the parameters of these names of a fresh run of `net=<spec>&seed=<seed>`.
///
/// # Panics
/// When the engine does not answer.
pub fn parameters(spec: &Spec, seed: u32, names: &[&str]) -> Vec<Vec<f32>> {
    let (mut session, image) = opened(spec.clone(), seed, 0);
    let pixels = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let names = names.iter().map(ToString::to_string).collect();
    let found = asked(&mut session, Query::Tensors { weights: Weights::Run(RunId(1)), pixels, names });
    found.tensors.into_iter().map(|tensor| tensor.values).collect()
}

/// A session with a run that is open, and a built-in test digit.
fn opened(spec: Spec, seed: u32, digit: u32) -> (Session, FoundImage) {
    let mut session = Session::new();
    session.handle(Command::Open(
        RunId(1),
        RunConfig {
            dataset: DatasetKind::BuiltIn,
            spec,
            optimiser: Optimiser::ADAM,
            loss: Head::CrossEntropy,
            learning_rate: 0.002,
            schedule: Schedule::CONSTANT,
            batch: 32,
            epochs: 1,
            seed: seed.into(),
            n_training: None,
            n_validation: 2000,
            validate_every: None,
        },
    ));
    session.handle(Command::Ask(
        RequestId(1),
        Query::ReadImage { dataset: DatasetKind::BuiltIn, split: Split::Test, index: digit },
    ));
    let mut events = vec![];
    let answered = |event: &Event| if let Event::Answered(_, answer) = event { answer.clone().ok() } else { None };
    // The page's digits are drawn in slices of time, as it can spare it.
    let image = loop {
        if let Some(Answer::Image(image)) = events.iter().find_map(answered) {
            break image;
        }
        session.tick(0.0);
        events.extend(session.drain());
    };
    (session, image)
}

/// The tensors that a session answers with.
fn asked(session: &mut Session, query: Query) -> Tensors {
    match answered(session, query) {
        Answer::Tensors(found) => found,
        other => panic!("the network was not looked into: {other:?}"),
    }
}

/// The session's answer.
fn answered(session: &mut Session, query: Query) -> Answer {
    session.handle(Command::Ask(RequestId(2), query));
    let answered = |event: &Event| if let Event::Answered(_, answer) = event { answer.clone().ok() } else { None };
    session.drain().iter().rev().find_map(answered).expect("an answer")
}
