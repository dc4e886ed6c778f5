//! The world that a page with certain settings stands in, computed here without any browser.

use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Matrix, say};
use receptive_nn::{Inspection, Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Command, DatasetKind, Event, Query, RequestId, RunConfig, RunId, Split, Tensors, Weights,
};
use std::rc::Rc;

/// Returns the world that `data=digits&net=<preset>&seed=<seed>&digit=<digit>` gives the chapters.
///
/// # Panics
/// When the engine does not answer.
pub fn world(preset: Preset, seed: u32, digit: u32) -> World {
    let mut session = Session::new();
    session.handle(Command::Open(
        RunId(1),
        RunConfig {
            dataset: DatasetKind::BuiltIn,
            spec: preset.spec(),
            optimiser: Optimiser::ADAM,
            learning_rate: 0.002,
            schedule: Schedule::Constant,
            batch: 32,
            epochs: 1,
            seed: seed.into(),
            n_training: None,
            n_validation: 2000,
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
    let class = image.label;
    let pixels: Vec<_> = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let image = Matrix::new(28, 28, pixels.clone());
    // For the small network trained weights come with the page; the others show those that their run begins with.
    let weights = if preset == Preset::Small { Weights::Shipped } else { Weights::Run(RunId(1)) };
    let names = Inspection::names(&preset.spec()).expect("a network");
    session.handle(Command::Ask(RequestId(2), Query::Tensors { weights, pixels, names }));
    let Some(Answer::Tensors(Tensors { spec, origin, tensors })) = session.drain().iter().rev().find_map(answered)
    else {
        panic!("the network was not looked into")
    };
    let tensor = |name: &str| tensors.iter().find(|tensor| tensor.name == name);
    let values = Inspection::of(&spec, |name| tensor(name).map(|tensor| tensor.values.clone())).expect("a network");
    let name = say!("ui.digit-built-in", n = digit, digit = say!(format!("ui.a-digit.{class}")));
    World {
        digit: Some(Rc::new(Digit { image, name, class: Some(class) })),
        network: Some(Rc::new(Network { spec, origin, values })),
        picture: None,
    }
}
