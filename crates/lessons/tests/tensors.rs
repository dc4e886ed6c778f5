//! The tensors that a chapter asks for are those that it shows: from them alone its stage comes out as from the whole
//! network.

use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Chapter, Matrix, chapters};
use receptive_nn::{Inspection, Inspector, Origin, Parameters, Preset};
use std::rc::Rc;

/// Every combination of a chapter's choices, other settings as they are at the start.
fn choices(chapter: &Chapter) -> Vec<Settings> {
    let mut all = vec![chapter.settings()];
    for param in chapter.params {
        if let Kind::Choice(options) = param.kind {
            let with = |settings: &Settings| {
                let settings = settings.clone();
                options.iter().map(move |option| {
                    let mut settings = settings.clone();
                    settings.set(param.key, Value::Choice(option));
                    settings
                })
            };
            all = all.iter().flat_map(with).collect();
        }
    }
    all
}

#[test]
fn a_chapter_shows_the_same_with_only_the_tensors_that_it_asks_for() {
    let image = Matrix::new(28, 28, (0..784).map(|i| (i % 11) as f32 / 11.0).collect::<Vec<_>>());
    let digit = Some(Rc::new(Digit { image: image.clone(), name: "a digit".into(), class: Some(3) }));
    let picture = Some(Rc::new(image.clone()));
    let mut n_stages = 0;
    for preset in Preset::ALL {
        let spec = preset.spec();
        let parameters = Parameters::init(&spec, 5).expect("a network");
        let mut inspector = Inspector::new(&spec).expect("a network");
        inspector.run(&parameters, &image.values);
        let world = |names: &[String]| {
            let tensor = |name: &str| {
                let (_, values) = inspector.tensor(&parameters, name)?;
                names.iter().any(|asked| asked == name).then(|| values.to_vec())
            };
            let values = Inspection::of(&spec, tensor).expect("a network");
            let network = Network { spec: spec.clone(), origin: Origin::Run { iteration: 0 }, values };
            World { digit: digit.clone(), network: Some(Rc::new(network)), picture: picture.clone() }
        };
        let whole = world(&Inspection::names(&spec).expect("a network"));
        for chapter in chapters::ALL {
            for settings in choices(chapter) {
                let Some(tensors) = (chapter.needs)(&settings).network else { continue };
                let names = tensors.names(&spec);
                for name in &names {
                    assert!(inspector.tensor(&parameters, name).is_some(), "{}: {name}", chapter.key);
                }
                let [part, whole] = [&world(&names), &whole].map(|world| (chapter.trace)(&settings, world));
                match (part, whole) {
                    (Ok(part), Ok(whole)) => {
                        n_stages += 1;
                        let moments = [0, whole.first_moment(), whole.n_moments() / 2, whole.n_moments() - 1];
                        for moment in moments {
                            assert!(part.scene(moment) == whole.scene(moment), "{}: {settings:?}", chapter.key);
                        }
                    }
                    (part, whole) => assert_eq!(part.err(), whole.err(), "{}: {settings:?}", chapter.key),
                }
            }
        }
    }
    assert!(n_stages > 30, "{n_stages} stages");
}
