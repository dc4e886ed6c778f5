//! The networks that come with the page: there before any run, and told apart from one.

use receptive_core::Rng;
use receptive_data::{digits, doodles};
use receptive_nn::{Inspection, Origin, Preset};
use receptive_train::protocol::{Likeness, Prediction, Weights};
use receptive_train::{Session, detector, reader};

use crate::drive::*;

fn predict(session: &mut Session, weights: Weights, pixels: Vec<f32>) -> (Vec<f32>, Origin, Option<Likeness>) {
    let Prediction { probabilities, origin, likeness } = predicted(session, weights, pixels);
    (probabilities, origin, likeness)
}

/// A digit of the built-in hand, drawn on the pad.
fn digit(class: u8, stream: u64) -> Vec<f32> {
    let mut rng = Rng::stream(77, stream);
    let strokes = digits::write(class, &mut rng);
    doodles::on_sheet(&strokes, &mut rng)
}

#[test]
fn it_is_the_small_network_and_weighs_what_it_may() {
    let bytes = [reader(), detector()].map(|checkpoint| checkpoint.to_compact().expect("its own values").len());
    assert!(bytes.iter().sum::<usize>() <= 25_000, "{bytes:?} bytes");
    assert_eq!((reader().spec, reader().values.len()), (Preset::Small.spec(), 11_274));
    assert!(reader().record.accuracy() > 0.985, "{:?}", reader().record);
}

#[test]
fn digits_are_read_before_any_run_is_open() {
    let mut session = session();
    let mut n_right = 0;
    for i in 0..100 {
        let (probabilities, origin, likeness) = predict(&mut session, Weights::Shipped, digit(i as u8 % 10, i));
        assert_eq!(origin, Origin::Shipped(reader().record));
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let best = (0..10).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
        n_right += usize::from(best == Some(i as usize % 10) && likeness.is_some_and(|found| found.is_digit()));
    }
    assert!(n_right > 85, "{n_right} of 100 digits are read, and found to be digits");
}

#[test]
fn several_images_are_read_as_they_are_one_by_one() {
    let mut session = session();
    let images: Vec<_> = (0..7).map(|i| digit(i, 200 + u64::from(i))).collect();
    let together = predict(&mut session, Weights::Shipped, images.concat());
    let apart: Vec<f32> =
        images.iter().flat_map(|image| predict(&mut session, Weights::Shipped, image.clone()).0).collect();
    assert_eq!((together.0, together.2), (apart, None), "how far they look like digits is said of one alone");
}

#[test]
fn an_inspection_shows_the_shipped_weights_or_those_of_the_run() {
    let mut session = opened(small_config());
    let pixels = digit(3, 9);
    let mut inspect = |weights| inspected(&mut session, &Preset::Small.spec(), weights, pixels.clone());
    let made =
        Inspection::new(&reader().spec, &reader().parameters().expect("its own values"), &pixels).expect("a network");
    assert_eq!(inspect(Weights::Shipped), (made.clone(), Origin::Shipped(reader().record)));
    let (values, origin) = inspect(Weights::Run(RUN));
    assert_eq!(origin, Origin::Run { iteration: 0 });
    assert_ne!(values, made, "a run begins with fresh weights");
}

#[test]
fn what_is_no_digit_is_found_to_be_none_whichever_network_reads_it() {
    let mut session = opened(small_config());
    for weights in [Weights::Shipped, Weights::Run(RUN)] {
        let kinds = [doodles::Kind::Dot, doodles::Kind::Dash, doodles::Kind::Scribble, doodles::Kind::Spiral];
        for kind in kinds {
            let found = (0..50).filter(|&i| {
                let drawn = doodles::draw(kind, &mut Rng::stream(78, i));
                predict(&mut session, weights, drawn).2.is_some_and(|found| !found.is_digit())
            });
            let n = found.count();
            assert!(n >= 40, "{n} of 50 of {kind:?} are found to be no digit");
        }
    }
}
