//! The tensors that a chapter asks for are those that it shows: from them alone its stage comes out as from the whole
//! network.

use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Chapter, Matrix, chapters};
use receptive_nn::{GradientInspector, Head, Inspection, Inspector, Origin, Parameters, Preset};
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

/// The most values of a network that cross for an update of any stage: maps and kernels of the slides network's second
/// convolution. The network itself has 1.2 million.
const MOST_VALUES: usize = 42_000;

fn n_values(world: &World) -> usize {
    let layers = world.network.iter().flat_map(|network| &network.values.layers);
    layers.map(|layer| layer.output.len() + layer.weights.len() + layer.biases.len()).sum()
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
        let head = Head::CrossEntropy;
        let mut gradients =
            [GradientInspector::new(&spec, head), GradientInspector::of_parameters(&spec, head)].map(Result::unwrap);
        gradients.iter_mut().for_each(|gradients| gradients.run(&parameters, &image.values, 3));
        let world = |names: &[String]| {
            let parts = names.iter().map(|name| {
                let (is_norm, of) = match name.strip_prefix("norm ") {
                    Some(of) => (true, of),
                    None => (false, name.as_str()),
                };
                if let Some(of) = of.strip_prefix("grad ") {
                    let (of, (_, values)) = gradients
                        [usize::from(of.split('[').next().is_some_and(|whole| whole.contains('.')))]
                    .part(of)
                    .expect(name);
                    if is_norm {
                        let square: f32 = values.iter().map(|value| value * value).sum();
                        return (format!("norm grad {of}"), vec![square.sqrt()]);
                    }
                    return (format!("grad {of}"), values.to_vec());
                }
                let (name, (_, values)) = inspector.part(&parameters, name).expect(name);
                (name, values.to_vec())
            });
            let values = Inspection::of_parts(&spec, parts).expect("a network");
            let network = Network { spec: spec.clone(), origin: Origin::Run { iteration: 0 }, values };
            World {
                digit: digit.clone(),
                network: Some(Rc::new(network)),
                picture: picture.clone(),
                ..World::default()
            }
        };
        let all = Inspection::names(&spec).expect("a network");
        let outputs = spec.outputs().expect("a network").into_iter().filter(|output| output.computes);
        let learnt = all.iter().filter(|name| name.contains('.')).cloned();
        let outputs: Vec<_> = outputs.map(|output| output.name).collect();
        let norms = outputs.iter().map(|name| format!("norm grad {name}")).collect();
        let of = outputs.iter().cloned().chain(learnt).chain(["input".into()]);
        let back = of.map(|name| format!("grad {name}")).collect();
        let whole = world(&[all, back, norms].concat());
        for chapter in chapters::ALL {
            for settings in choices(chapter) {
                let Some(tensors) = (chapter.needs)(&settings).network else { continue };
                let part = |settings: &Settings| {
                    let world = world(&tensors.names(settings, &spec));
                    let n_values = n_values(&world);
                    assert!(n_values <= MOST_VALUES, "{}: {n_values} values cross, {settings:?}", chapter.key);
                    (chapter.trace)(settings, &world)
                };
                match (part(&settings), (chapter.trace)(&settings, &whole)) {
                    (Ok(first), Ok(whole)) => {
                        n_stages += 1;
                        let begin = whole.first_moment();
                        assert_eq!((first.first_moment(), first.n_moments()), (begin, whole.n_moments()));
                        assert!(first.scene(begin) == whole.scene(begin), "{}: {settings:?}", chapter.key);
                        for moment in [0, whole.n_moments() / 2, whole.n_moments() - 1] {
                            let mut settings = settings.clone();
                            settings.at = Some(moment);
                            let Ok(part) = part(&settings) else { panic!("{}: {settings:?}", chapter.key) };
                            assert!(part.has(moment), "{}: {settings:?}", chapter.key);
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
