//! The chapter on volumes against sums written out here.

use receptive_core::Rng;
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Chapter, Matrix, Trace, Watch, number};
use receptive_nn::{Inspection, Layer, Origin, Parameters, Preset, Spec};
use std::rc::Rc;

fn chapter() -> &'static Chapter {
    Chapter::find("volumes").unwrap()
}

fn traced(query: &str, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let settings = pairs.fold(chapter().settings(), |settings, (key, value)| settings.with(key, value));
    (chapter().trace)(&settings, world)
}

fn small(query: &str) -> Box<dyn Trace> {
    traced(query, &World::default()).unwrap_or_else(|why| panic!("{query}: {why:?}"))
}

fn world(spec: Spec) -> World {
    let image = Matrix::new(28, 28, (0..784).map(|i| ((i * 5 + i / 28) % 9) as f32 / 9.0).collect::<Vec<_>>());
    let mut parameters = Parameters::init(&spec, 5).unwrap();
    for name in spec.names() {
        let biases = parameters.values_mut(&format!("{name}.bias")).into_iter().flatten();
        biases.enumerate().for_each(|(i, bias)| *bias = i as f32 / 10.0 - 0.3);
    }
    let values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "stripes".into(), class: None };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 3 }, values })),
        picture: None,
        step: None,
    }
}

fn values(scene: &Scene, name: &str) -> Vec<f32> {
    scene.grid(name).unwrap_or_else(|| panic!("no grid {name}")).values()
}

/// One padded channel under one plane, by the definition, in f64.
fn slide(scene: &Scene, i: usize) -> Vec<f64> {
    let (input, plane) = (scene.grid(&format!("channel-{i}")).unwrap(), scene.grid(&format!("plane-{i}")).unwrap());
    let (x, w) = (input.values(), plane.values());
    let (n_rows, n_columns) = (input.rows() - plane.rows() + 1, input.columns - plane.columns + 1);
    let mut sums = vec![];
    for (p, q) in (0..n_rows).flat_map(|p| (0..n_columns).map(move |q| (p, q))) {
        let mut sum = 0.0;
        for (r, s) in (0..plane.rows()).flat_map(|r| (0..plane.columns).map(move |s| (r, s))) {
            sum += f64::from(x[(p + r) * input.columns + q + s]) * f64::from(w[r * plane.columns + s]);
        }
        sums.push(sum);
    }
    sums
}

#[test]
fn the_first_cell_is_the_one_computed_by_hand() {
    // Red: 9 − 3 = 6. Green: 0 − 7. Blue: −1·1 + 2·0. Bias 1. Together −1.
    let scene = small("").scene(0);
    assert_eq!((1..4).map(|i| values(&scene, &format!("share-{i}"))[0]).collect::<Vec<_>>(), [6.0, -7.0, -1.0]);
    let equation = scene.equation.unwrap();
    let terms: Vec<_> = equation.terms.iter().map(|term| term.text.as_str()).collect();
    assert_eq!((terms, equation.result.as_str()), (vec!["6", "(−7)", "(−1)", "1"], "−1"));
}

#[test]
fn maps_are_the_sums_of_all_channels_in_all_settings() {
    let mut rng = Rng::new(3);
    let mut n_drawn = 0;
    for _ in 0..300 {
        let mut pick = |low: u32, n: u32| low + rng.below(n);
        let (channels, kernels) = (pick(1, 4), pick(1, 4));
        let groups = ["together", "halves", "depthwise"][pick(0, 3) as usize];
        let (k, f, pad) = (pick(1, 4), pick(1, 3), pick(0, 2));
        let query = format!("channels={channels}&kernels={kernels}&k={k}&f={f}&pad={pad}&groups={groups}");
        let n_groups = match groups {
            "together" => 1,
            "halves" => 2,
            _ => channels,
        };
        let fits = channels % n_groups == 0 && kernels % n_groups == 0;
        let trace = match traced(&query, &World::default()) {
            Ok(trace) => trace,
            Err(why) => {
                assert!(!fits && matches!(why, Unavailable::Refused(_)), "{query}: {why:?}");
                continue;
            }
        };
        assert!(fits, "{query}");
        n_drawn += 1;
        let scene = trace.scene(usize::MAX);
        let side = 5 + 2 * pad - f + 1;
        let mut sums = vec![f64::from(values(&scene, "bias")[0]); (side * side) as usize];
        let read: Vec<_> = (1..=channels as usize).filter(|i| scene.grid(&format!("plane-{i}")).is_some()).collect();
        assert_eq!(read.len(), (channels / n_groups) as usize, "{query}");
        for i in read {
            let share = slide(&scene, i);
            let shown: Vec<_> = values(&scene, &format!("share-{i}")).into_iter().map(f64::from).collect();
            assert_eq!(shown, share, "{query}");
            sums.iter_mut().zip(share).for_each(|(sum, share)| *sum += share);
        }
        let map: Vec<_> = values(&scene, "output").into_iter().map(f64::from).collect();
        assert_eq!(map, sums, "{query}");
        let n_others = (1..4).filter(|i| scene.grid(&format!("other-{i}")).is_some()).count();
        assert_eq!(n_others, kernels as usize - 1, "{query}");
    }
    assert!(n_drawn > 100);
}

#[test]
fn spots_are_linked_in_all_directions() {
    let trace = small("channels=4&kernels=2&groups=halves&pad=1&k=2");
    let scene = trace.scene(7);
    let names = ["channel-3", "channel-4", "share-3", "share-4", "output", "other-1", "channel-1"];
    let links = |grid: &'static str, cell| trace.linked(7, Spot::new(grid, cell));
    for name in names {
        for cell in 0..values(&scene, name).len() {
            for other in links(name, cell) {
                let is_map = ["output", "share-3", "share-4", "other-1"].contains(&other.grid);
                if is_map && name.starts_with("channel") {
                    let back = links(other.grid, other.cell);
                    assert!(back.contains(&Spot::new(name, cell)), "{name} {cell} {other:?}");
                }
            }
        }
    }
    // The second kernel reads the second half; the first reads the first.
    assert!(links("channel-1", 8).iter().all(|spot| spot.grid == "other-1"));
    assert_eq!(links("channel-3", 8).iter().filter(|spot| spot.grid == "output").count(), 4);
}

#[test]
fn typed_numbers_are_used_and_survive_a_change_of_size() {
    let query = "channels=1&kernels=1&f=2&channel1=1,2;3,4&kernel1=1,10,9;100,1000,9&biases=0.5,0,0,0";
    assert_eq!(values(&small(query).scene(0), "output"), [4321.5]);
    assert_eq!(values(&small(&query.replace("f=2", "f=1")).scene(9), "output"), [1.5, 2.5, 3.5, 4.5]);
    let scene = small(query).scene(0);
    let plane = scene.grid("plane-1").unwrap();
    let (edit, sources) = (plane.edit.clone().unwrap(), plane.cells.iter().map(|cell| cell.source.unwrap()));
    let stored: Vec<_> = sources.map(|source| edit.matrix.values[source]).collect();
    assert_eq!((edit.key, stored), ("kernel1", vec![1.0, 10.0, 100.0, 1000.0]));
    let unequal = traced("channels=2&channel1=1,2;3,4", &World::default());
    assert!(matches!(unequal, Err(Unavailable::Refused(text)) if text.contains("2×2") && text.contains("5×5")));
}

#[test]
fn a_network_is_explained_with_its_own_numbers() {
    for preset in [Preset::Small, Preset::Slides, Preset::Lenet5] {
        let world = world(preset.spec());
        let network = world.network.clone().unwrap();
        let is_conv = |layer: &&Layer| matches!(layer, Layer::Conv2d { .. });
        assert_eq!(network.spec.layers.iter().filter(is_conv).count(), 2);
        let i = network.spec.layers.iter().rposition(|layer| is_conv(&layer)).unwrap();
        let layer = &network.values.layers[i];
        let [_, rows, columns] = layer.shape;
        for (k, from) in [(1, 1), (4, 3), (64, 57)] {
            let trace = traced(&format!("on=digit&net-kernel={k}&from={from}"), &world).unwrap();
            assert_eq!(trace.n_moments(), rows * columns);
            let k = (k - 1).min(layer.shape[0] - 1);
            let cell = rows * columns / 2;
            let scene = trace.scene(cell);
            assert_eq!(values(&scene, "output"), layer.output[k * rows * columns..][..rows * columns]);
            let own = layer.output[k * rows * columns + cell];
            assert_eq!(scene.equation.unwrap().result, number(own));
            let Some(Item::Bars(bars)) = scene.board.iter().flatten().find(|item| matches!(item, Item::Bars(_))) else {
                panic!("no bars")
            };
            let (sum, parts) = bars.bars.split_last().unwrap();
            let added: f32 = parts.iter().map(|bar| bar.amount).sum();
            assert!(sum.is_marked && (added - own).abs() < 1e-4 && sum.amount == own, "{preset:?}: {added} {own}");
            let n_shown = layer.weights_shape[1].min(8);
            assert_eq!(parts.len(), n_shown + 1 + usize::from(layer.weights_shape[1] > 8));
        }
    }
}

#[test]
fn networks_without_a_second_convolution_are_no_trouble() {
    for preset in [Preset::Linear, Preset::Mlp] {
        assert!(matches!(traced("on=digit", &world(preset.spec())), Err(Unavailable::Refused(_))));
    }
    assert!(matches!(traced("on=digit", &World::default()), Err(Unavailable::Digit)));
    let mut spec = Preset::Small.spec();
    spec.layers.drain(3..6);
    let world = world(spec);
    let scene = traced("on=digit&from=9", &world).unwrap().scene(100);
    assert!(scene.grid("channel-2").is_none());
    assert_eq!(values(&scene, "output"), world.network().unwrap().values.layers[0].output[..784]);
}

/// Returns the texts of the steps after stages were looked at in turn: settings and moments.
fn noticed(world: &World, looks: &[(&str, &[usize])]) -> Vec<Option<String>> {
    let mut watch = Watch::default();
    for (query, moments) in looks {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let settings = pairs.fold(chapter().settings(), |settings, (key, value)| settings.with(key, value));
        let trace = (chapter().trace)(&settings, world).unwrap_or_else(|why| panic!("{query}: {why:?}"));
        for &moment in *moments {
            watch.saw(&settings, moment, &trace.scene(moment), None);
        }
    }
    chapter().steps.iter().map(|step| (step.notice)(&watch)).collect()
}

fn said(noticed: &[Option<String>], step: &str, words: &[&str]) {
    let i = chapter().steps.iter().position(|known| known.key == step).unwrap();
    let text = noticed[i].clone().unwrap_or_else(|| panic!("{step} was not noticed"));
    assert!(!text.contains('⟦') && words.iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn steps_are_noticed_and_answered_with_numbers() {
    let none = World::default();
    said(&noticed(&none, &[("", &[0, 1, 2])]), "sum", &["3 shares of 9 products", "27 products"]);
    let changed = "kernel1=1,0,-1;1,0,-1;1,0,-1;1,1,1;0,5,0;-1,-1,-1;-1,0,0;0,2,0;0,0,0;0,0,0;0,0,0;0,0,0";
    said(&noticed(&none, &[("", &[0]), (changed, &[0])]), "plane", &["share of green", "7 of 9"]);
    said(&noticed(&none, &[("", &[0]), ("kernels=3", &[0])]), "kernels", &["3 channels", "from 56 to 84"]);
    let both = noticed(&none, &[("", &[0]), ("groups=depthwise&kernels=3", &[0])]);
    let kernels = Chapter::find("volumes").unwrap().steps.iter().position(|step| step.key == "kernels").unwrap();
    assert_eq!(both[kernels], None, "the parameters fell, though a kernel was added");
    said(&noticed(&none, &[("f=1", &[0])]), "pointwise", &["5×5", "3 numbers", "8 parameters"]);
    said(&noticed(&none, &[("groups=depthwise&kernels=3", &[0])]), "depthwise", &["243", "729"]);
    said(&noticed(&world(Preset::Small.spec()), &[("on=digit", &[0, 1])]), "network", &["of 9 terms"]);
    let nothing = noticed(&none, &[("", &[0]), ("pad=1", &[0])]);
    assert!(nothing.iter().all(Option::is_none), "{nothing:?}");
}
