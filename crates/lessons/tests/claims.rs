//! Claims of the texts about numbers (most, largest, none, only, the first), worked out again by plain loops.

use receptive_core::Rng;
use receptive_lessons::NumberKind;
use receptive_lessons::chapters::features;
use receptive_lessons::scene::{Item, Scene};
use receptive_lessons::settings::{Kind, Settings};
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Chapter, Matrix, Watch, number, place, read, say, words, worked};
use receptive_nn::{Inspection, Ledger, Origin, Parameters, Preset};
use std::rc::Rc;

fn chapter(key: &str) -> &'static Chapter {
    Chapter::find(key).unwrap_or_else(|| panic!("no chapter {key}"))
}

fn settings(chapter: &Chapter, query: &str) -> Settings {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(chapter.settings(), |settings, (key, value)| settings.with(key, value))
}

/// A digit with something random in it, and an untrained network that has seen it.
fn world(preset: Preset, seed: u32) -> World {
    let mut rng = Rng::new(seed.into());
    let ink =
        |i: usize| if (4..24).contains(&(i / 28)) && (4..24).contains(&(i % 28)) { rng.range(0.0, 1.0) } else { 0.0 };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let spec = preset.spec();
    let parameters = Parameters::init(&spec, seed.into()).unwrap();
    let values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "noise".into(), class: None };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        picture: None,
        step: None,
    }
}

/// Returns the text of a step for a learner who looks at these settings one after the other, at some moments of each.
fn found(chapter: &Chapter, step: &str, queries: &[&str], n_moments: usize, world: &World) -> Option<String> {
    let mut watch = Watch::default();
    for query in queries {
        let settings = settings(chapter, query);
        let trace = (chapter.trace)(&settings, world).ok()?;
        (0..n_moments.min(trace.n_moments()))
            .for_each(|moment| watch.saw(&settings, moment, &trace.scene(moment), None));
    }
    let step = chapter.steps.iter().find(|found| found.key == step).unwrap_or_else(|| panic!("no step {step}"));
    (step.notice)(&watch)
}

fn scene(chapter: &Chapter, query: &str, moment: usize, world: &World) -> Scene {
    let Ok(trace) = (chapter.trace)(&settings(chapter, query), world) else { panic!("{}: {query}", chapter.key) };
    trace.scene(moment)
}

/// The numbers in a text, in order.
fn numbers_in(text: &str) -> Vec<f64> {
    let is_part = |c: char| c.is_ascii_digit() || ",.−".contains(c);
    let parts = text.split(|c: char| !is_part(c)).map(|part| part.trim_end_matches(['.', ',']));
    parts.filter_map(|part| read(&part.replace(',', ""), NumberKind::Any).ok()).collect()
}

#[test]
fn the_pooled_cell_that_differs_most_is_the_one_with_the_largest_difference() {
    let pooling = chapter("pooling");
    let mut rng = Rng::new(1);
    let example = "input=7,255,3,21;12,235,6,90;123,0,4,8;97,62,2,1".to_string();
    let drawn = (0..100).map(|_| {
        let cells: Vec<_> = (0..36).map(|_| rng.below(256).to_string()).collect();
        format!("input={}", cells.chunks(6).map(|row| row.join(",")).collect::<Vec<_>>().join(";"))
    });
    for input in drawn.chain([example]) {
        let input = format!("picture=own&{input}");
        let map = scene(pooling, &input, 0, &World::default()).grid("input").unwrap().values();
        let columns = map.len().isqrt();
        let windows = (0..columns / 2).flat_map(|p| (0..columns / 2).map(move |q| [p, q]));
        let mut best = ([0, 0], 0.0f32, 0.0f32);
        for [p, q] in windows {
            let cells = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[r, s]| map[(2 * p + r) * columns + 2 * q + s]);
            let (most, mean) = (cells.into_iter().fold(f32::MIN, f32::max), cells.iter().sum::<f32>() / 4.0);
            if most - mean > best.1 - best.2 {
                best = ([p, q], most, mean);
            }
        }
        let said = found(pooling, "mean", &[&input, &format!("{input}&kind=avg")], 1, &World::default()).unwrap();
        for part in [place(best.0), number(best.1), number(best.2)] {
            assert!(said.contains(&part), "{input}: {said}, not {best:?}");
        }
    }
}

#[test]
fn the_numbers_passed_on_are_no_more_than_the_text_says() {
    let pooling = chapter("pooling");
    for (window, stride) in (1..=3).flat_map(|window| (1..=3).map(move |stride| (window, stride))) {
        let query = format!("window={window}&stride={stride}");
        let scene = scene(pooling, &query, 0, &World::default());
        let (map, pooled) = (scene.grid("input").unwrap(), scene.grid("output").unwrap());
        let (x, columns) = (map.values(), map.columns);
        let mut winners: Vec<_> = (0..pooled.cells.len())
            .map(|cell| {
                let [p, q] = pooled.place(cell);
                let cells =
                    (0..window).flat_map(|r| (0..window).map(move |s| (p * stride + r) * columns + q * stride + s));
                cells.reduce(|best, cell| if x[cell] > x[best] { cell } else { best }).unwrap()
            })
            .collect();
        winners.sort_unstable();
        winners.dedup();
        let Some(said) = found(pooling, "largest", &[&query], 3, &World::default()) else { continue };
        let most = numbers_in(&said).into_iter().fold(f64::MAX, f64::min);
        assert!(winners.len() as f64 <= most, "{query}: {said}, but {} go on", winners.len());
    }
}

#[test]
fn the_share_that_adds_most_is_the_largest_of_the_bars() {
    let volumes = chapter("volumes");
    for (seed, preset) in [(1, Preset::Small), (2, Preset::Lenet5), (3, Preset::Small)] {
        let world = world(preset, seed);
        for (k, moment) in (1..4).flat_map(|k| [0, 5, 11, 40].map(move |moment| (k, moment))) {
            let scene = scene(volumes, &format!("on=digit&k={k}"), moment, &world);
            let bars =
                scene.items().into_iter().find_map(|item| if let Item::Bars(bars) = item { Some(bars) } else { None });
            let n_shown = (1..9).filter(|i| scene.grid(&format!("channel-{i}")).is_some()).count();
            let shown = &bars.unwrap().bars[..n_shown];
            let best = shown.iter().max_by(|a, b| a.amount.abs().total_cmp(&b.amount.abs())).unwrap();
            let claim = say!("volumes.largest", name = best.label, share = number(best.amount));
            assert!(best.amount == 0.0 || scene.caption.contains(&claim), "{}, not {claim}", scene.caption);
        }
    }
}

#[test]
fn the_map_that_counts_most_has_the_largest_sum() {
    let flatten = chapter("flatten");
    let world = world(Preset::Small, 4);
    let network = world.network.clone().unwrap();
    let layers = &network.values.layers;
    let at = layers.iter().position(|layer| layer.weights_shape[2..] == [1, 1] && !layer.weights.is_empty()).unwrap();
    let (dense, x) = (&layers[at], &layers[at - 1].output);
    let maps = layers[..at].iter().rfind(|layer| layer.shape[1] > 1).unwrap();
    let map_len = maps.shape[1] * maps.shape[2];
    for unit in 0..dense.shape[0] {
        let products: Vec<_> = x.iter().zip(&dense.weights[unit * x.len()..]).map(|(x, w)| x * w).collect();
        let sums: Vec<f32> = products.chunks(map_len).map(|map| map.iter().sum()).collect();
        let best = (0..sums.len()).max_by(|&a, &b| sums[a].abs().total_cmp(&sums[b].abs())).unwrap();
        let most = (0..products.len()).max_by(|&a, &b| products[a].abs().total_cmp(&products[b].abs())).unwrap();
        let scene = scene(flatten, "on=digit", unit, &world);
        assert!(scene.caption.contains(&format!("map {} counts most", best + 1)), "{unit}: {}", scene.caption);
        let index = scene.formulas.iter().find(|formula| formula.name == "index").unwrap().plain();
        assert!(index.ends_with(&format!("= {most}")), "{unit}: {index}, not {most}");
    }
    let outputs = &dense.output;
    let best = (0..outputs.len()).max_by(|&a, &b| outputs[a].total_cmp(&outputs[b])).unwrap();
    let said = found(flatten, "digit", &["on=digit"], 3, &world).unwrap();
    assert!(said.contains(&format!("Unit {} of", best + 1)) && said.contains(&number(outputs[best])), "{said}");
}

#[test]
fn a_kernels_largest_value_is_where_the_text_says() {
    let chapter = chapter("features");
    let queries: Vec<_> =
        ["outline", "vertical", "sobel-y", "sharpen", "box"].map(|kernel| format!("on=photo&kernel={kernel}")).into();
    for last in 2..queries.len() {
        let looked: Vec<_> = queries[..=last].iter().map(String::as_str).collect();
        let said = found(chapter, "gallery", &looked, 1, &World::default()).unwrap();
        let scene = scene(chapter, looked[last], 0, &World::default());
        let map = scene.grid("output").unwrap();
        let values = map.values();
        let most = values.iter().copied().fold(f32::MIN, f32::max);
        let at = values.iter().position(|value| *value == most).unwrap();
        assert!(said.contains(&number(most)) && said.contains(&place(map.place(at))), "{said}");
    }
}

/// The likeness of a window and a kernel, as pairs of pixel and weight.
type Likeness = fn(&[(f32, f32)]) -> f32;

#[test]
fn the_examples_of_features_are_as_their_stories_say() {
    let grids = |key: &str| {
        let example = features::examples::ALL.iter().find(|example| example.key == key).unwrap();
        (example.picture(), example.kernel())
    };
    let windows = |picture: &Matrix, kernel: &Matrix| {
        let (picture, kernel) = (picture.clone(), kernel.clone());
        let places = (0..=picture.rows - kernel.rows)
            .flat_map(|p| (0..=picture.columns - kernel.columns).map(move |q| [p, q]))
            .collect::<Vec<_>>();
        let window = move |[p, q]: [usize; 2]| {
            (0..kernel.rows * kernel.columns)
                .map(|tap| (picture.at(p + tap / kernel.columns, q + tap % kernel.columns), kernel.values[tap]))
                .collect::<Vec<_>>()
        };
        places.into_iter().map(window).collect::<Vec<_>>()
    };
    // In each window of the wide kernel exactly one bright column lies under a +1.
    let (picture, kernel) = grids("wide");
    for window in windows(&picture, &kernel) {
        let n_under = (0..5).filter(|&q| (0..5).all(|r| window[r * 5 + q] == (1.0, 1.0))).count();
        let n_against = window.iter().filter(|(x, w)| *x > 0.0 && *w < 0.0).count();
        assert_eq!((n_under, n_against), (1, 0));
    }
    let bright = |key: &str| {
        let (picture, kernel) = grids(key);
        let bright: Vec<_> = picture.values.iter().zip(&kernel.values).filter(|(x, _)| **x > 0.0).collect();
        (picture.values.iter().sum::<f32>(), bright.len(), bright.iter().filter(|(_, w)| **w > 0.0).count())
    };
    let (hook, diagonal) = (bright("hook"), bright("diagonal"));
    assert!(2 * hook.2 > hook.1 && 2 * diagonal.2 < diagonal.1 && hook.0 == diagonal.0, "{hook:?} {diagonal:?}");
    // The largest sum of the photo is not at the place that is most like the kernel.
    let (picture, kernel) = grids("photo-8");
    assert!(kernel.values.iter().all(|w| *w >= 0.0));
    let windows = windows(&picture, &kernel);
    let dot: Likeness = |window| window.iter().map(|(x, w)| x * w).sum();
    let likeness: Likeness = |window| {
        let products: f32 = window.iter().map(|(x, w)| x * w).sum();
        products / window.iter().map(|(x, _)| x * x).sum::<f32>().sqrt()
    };
    let best = |of: Likeness| (0..windows.len()).max_by(|&a, &b| of(&windows[a]).total_cmp(&of(&windows[b]))).unwrap();
    assert_ne!(best(dot), best(likeness));
    // A typed number ends the story: it need not hold any more.
    let chapter = chapter("features");
    let typed = format!("example=wide&input-wide={}", Matrix::zeros(6, 6));
    let story = say!("features.story.wide");
    assert!(format!("{:?}", scene(chapter, "example=wide", 0, &World::default())).contains(&story));
    assert!(!format!("{:?}", scene(chapter, &typed, 0, &World::default())).contains(&story));
}

#[test]
fn a_blind_kernel_is_blind_for_the_reason_given() {
    let chapter = chapter("features");
    assert!(found(chapter, "blind", &["kernel=horizontal"], 1, &World::default()).is_some());
    // Silent too, but the picture does change downwards: the kernel's own sides are equal.
    let stripes = "input-edge=1,1,1,1,1;0,0,0,0,0;1,1,1,1,1;0,0,0,0,0;1,1,1,1,1&kernel=vertical";
    assert_eq!(found(chapter, "blind", &[stripes], 1, &World::default()), None);
    // Flat windows give 0 only where the weights cancel.
    assert!(found(chapter, "boundary", &[""], 3, &World::default()).is_some());
    assert_eq!(found(chapter, "boundary", &["kernel=box"], 3, &World::default()), None);
}

#[test]
fn the_layers_named_for_parameters_and_work_have_the_most() {
    let building = chapter("building");
    for start in ["slides", "small", "lenet5", "linear", "mlp", "exercise-valid", "exercise-same"] {
        let said = found(building, "walk", &[&format!("start={start}")], 4, &World::default());
        let Some(spec) = Preset::from_key(start).map(Preset::spec) else { continue };
        let ledger = Ledger::new(&spec).unwrap();
        let Some(said) = said else { continue };
        let most = ledger.rows.iter().map(|row| row.n_params).max().unwrap();
        let busiest = ledger.rows.iter().map(|row| row.n_macs).max().unwrap();
        let label = |at: usize| format!("{}. {}", at + 1, receptive_lessons::words::layer(&spec.layers[at]));
        let heavy = ledger.rows.iter().position(|row| row.n_params == most).unwrap();
        let busy = ledger.rows.iter().position(|row| row.n_macs == busiest).unwrap();
        assert!(said.starts_with(&label(heavy)) && said.contains(&label(busy)), "{start}: {said}");
    }
}

#[test]
fn a_reason_is_given_only_where_it_is_the_reason() {
    let building = chapter("building");
    let pool = |before: &str, after: &str| {
        let [before, after] = [before, after].map(|layers| format!("layers={layers}"));
        found(building, "pool", &[&before, &after], 1, &World::default())
    };
    assert!(pool("28x28x1:c4x3,r,m2,f,d10", "28x28x1:c4x3,r,f,d10").is_some());
    // Nothing that reads a row: no parameters change.
    assert_eq!(pool("28x28x1:c4x3,r,m2", "28x28x1:c4x3,r"), None);
    let pad = |before: &str, after: &str| {
        let [before, after] = [before, after].map(|layers| format!("layers={layers}"));
        found(building, "pad", &[&before, &after], 1, &World::default())
    };
    assert!(pad("28x28x1:c4x3,f,d10", "28x28x1:c4x3p1,f,d10").is_some());
    // 26 and 27 rows are both pooled to 13.
    assert_eq!(pad("28x28x1:c4x4,m2,f,d10", "28x28x1:c4x4,m2,f,d10"), None);
    // In every exercise of the chapter on counts, the layer with most parameters is the first dense one.
    let counts = chapter("counts");
    for query in ["", "&pad=same"] {
        let query = format!("show=exercise{query}");
        let said = found(counts, "where", &[&query], 99, &World::default()).unwrap();
        let layers = scene(counts, &query, 99, &World::default());
        let table =
            layers.items().into_iter().find_map(|item| if let Item::Table(table) = item { Some(table) } else { None });
        let table = table.unwrap();
        let names: Vec<_> = table.rows.iter().map(|row| row[0].clone()).collect();
        let first = names.iter().find(|name| name.starts_with("linear"));
        let most =
            table.rows[..names.len() - 1].iter().max_by_key(|row| numbers_in(&row[2]).last().map_or(0, |n| *n as u64));
        assert_eq!(most.map(|row| &row[0]), first, "{said}");
        assert!(said.starts_with("linear 1:"), "{said}");
    }
}

#[test]
fn ratios_are_never_once_as_many_and_name_the_larger_side() {
    let chapter = chapter("counts");
    let mut n_near = 0;
    for kernels in 1..=64 {
        for image in ["28x28", "28x28x3", "12x12x3", "32x32x3"] {
            for units in [10, 50, 100, 200] {
                let query = format!("image={image}&kernels={kernels}&units={units}");
                let Ok(trace) = (chapter.trace)(&settings(chapter, &query), &World::default()) else { continue };
                let caption = trace.scene(0).caption;
                n_near += usize::from(caption.contains("nearly"));
                assert!(!caption.contains(" 1 times"), "{query}: {caption}");
            }
        }
    }
    assert!(n_near > 0, "no two are nearly alike");
    let costs = scene(chapter, "image=300x300x3&units=200&kernels=200", 0, &World::default()).caption;
    let numbers = numbers_in(&costs);
    // The teaser mentions this comparison.
    assert!((9_500.0..10_500.0).contains(&numbers[0]) && (8.5..9.5).contains(&numbers[1]), "{costs}");
    let teaser = words::find("counts.teaser").unwrap();
    assert!(teaser.starts_with("On a picture of 300×300, ten thousand times fewer weights and nine times more work"));
}

#[test]
fn the_share_of_a_stride_is_computed() {
    let chapter = chapter("stride");
    for n in [5, 7, 9, 11] {
        let [one, two] = [1, 2].map(|stride| format!("n={n}&stride={stride}"));
        let Some(said) = found(chapter, "fewer", &[&one, &two], 1, &World::default()) else { continue };
        let out = |query: &str| scene(chapter, query, 0, &World::default()).grid("output").unwrap().cells.len() as f64;
        let share = (100.0 * out(&two) / out(&one)).round();
        assert!(said.contains(&format!("{share} %")), "{n}: {said}");
    }
}

#[test]
fn the_border_does_nothing_only_where_the_rim_is_empty() {
    let padding = chapter("padding");
    let borders = ["on=digit&mode=same", "on=digit&mode=same&border=replicate"];
    assert!(found(padding, "digit", &borders, 1, &world(Preset::Small, 5)).is_some());
    // A kernel of zeros makes the same of every border; that says nothing about the rim.
    let zeros = borders.map(|query| format!("{query}&kernel=own&weights=0,0,0;0,0,0;0,0,0"));
    assert_eq!(found(padding, "digit", &zeros.each_ref().map(String::as_str), 1, &world(Preset::Small, 5)), None);
}

#[test]
fn the_class_named_as_most_probable_is() {
    let softmax = chapter("softmax");
    for seed in 0..5 {
        let world = world(Preset::Small, seed);
        let p = world.network.clone().unwrap().values.probabilities.clone();
        let best = (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap();
        let said = found(softmax, "digit", &["on=digit"], 2, &world).unwrap();
        assert!(said.starts_with(&format!("Digit {best} has {}", number(p[best]))), "{said}");
    }
    // A scale never turns the order round, and a steeper one raises the largest.
    let bounds = softmax.params.iter().find_map(|param| match (param.key, param.kind) {
        ("scale" | "t", Kind::Real { low, .. }) => Some(low),
        _ => None,
    });
    assert!(bounds.is_some_and(|low| low > 0.0));
}

#[test]
fn flat_functions_have_the_ratio_of_slopes_that_is_stated() {
    let activation = chapter("activation");
    for (f, x) in ["sigmoid", "tanh"].into_iter().flat_map(|f| [-6.0, -4.0, 4.0, 5.5, 6.0].map(move |x: f64| (f, x))) {
        let said = found(activation, "flat", &[&format!("show=curve&f={f}&x={x}")], 1, &World::default()).unwrap();
        let slope = |x: f64| {
            let s = 1.0 / (1.0 + (-x).exp());
            if f == "sigmoid" { s * (1.0 - s) } else { 1.0 - x.tanh().powi(2) }
        };
        let ratio = (slope(0.0) / slope(x)).round();
        let stated = numbers_in(&said);
        assert!(stated.iter().any(|number| (number - ratio).abs() <= ratio * 2e-3), "{f} {x}: {said}, not {ratio}");
    }
}

#[test]
fn the_wrong_maximum_of_the_slide_stands_nowhere_in_the_picture() {
    let slip = worked::find("maxpool-4x4").unwrap();
    let scene = scene(chapter("slips"), "slip=maxpool-4x4&shown=told", 0, &World::default());
    let printed = scene.grid("printed").unwrap();
    let input = scene.grid("input").unwrap().values();
    assert!(!printed.marked.is_empty(), "{}", slip.id);
    assert!(printed.marked.iter().all(|&cell| !input.contains(&printed.cells[cell].value)));
}
