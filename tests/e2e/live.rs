//! The world that a page with certain settings stands in, computed here without any browser.

use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Matrix, say};
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{Command, DatasetKind, Event, RunConfig, Split, Weights};
use std::rc::Rc;

/// Returns the world that `data=digits&net=<preset>&seed=<seed>&digit=<digit>` gives the chapters.
///
/// # Panics
/// When the engine does not answer.
pub fn world(preset: Preset, seed: u32, digit: u32) -> World {
    let mut session = Session::new();
    session.handle(Command::Open(RunConfig {
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
    }));
    session.handle(Command::ReadImage { request: 1, dataset: DatasetKind::BuiltIn, split: Split::Test, index: digit });
    let mut events = vec![];
    // The page's digits are drawn in slices of time, as it can spare it.
    while !events.iter().any(|event| matches!(event, Event::Image { .. })) {
        session.tick(0.0);
        events.extend(session.drain());
    }
    let image = events.iter().find_map(|event| match event {
        Event::Image { pixels, label, .. } => Some((pixels, *label)),
        _ => None,
    });
    let (pixels, class) = image.expect("the digit was read");
    let image = Matrix::new(28, 28, pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect::<Vec<_>>());
    // For the small network trained weights come with the page; the others show those that their run begins with.
    let weights = if preset == Preset::Small { Weights::Shipped } else { Weights::Run };
    session.handle(Command::Inspect { request: 2, weights, pixels: image.values.clone() });
    let network = session.drain().into_iter().find_map(|event| match event {
        Event::Inspected { spec, values, origin, .. } => Some(Network { spec, origin, values }),
        _ => None,
    });
    let name = say!("ui.digit-built-in", n = digit, digit = say!(format!("ui.a-digit.{class}")));
    World {
        digit: Some(Rc::new(Digit { image, name, class: Some(class) })),
        network: Some(Rc::new(network.expect("the network was inspected"))),
        picture: None,
    }
}
