//! The actions that do each step of the guide, and other ways of doing it.

use super::learner::Learner;
use receptive_lessons::Chapter;
use receptive_lessons::chapters::building;
use receptive_lessons::keys;
use receptive_lessons::scene::Grid;
use receptive_lessons::settings::Settings;
use receptive_nn::{Layer, Ledger, Spec};

/// A learner's actions on a chapter's stage, and the parts of it that the learner sees.
pub(crate) trait Hand {
    /// The learner who sees it.
    fn learner(&self) -> &Learner;

    /// Turns a control; with several values to the first that it does not have.
    fn set(&mut self, key: &str, values: &str);

    /// Types a number over one in a grid on the stage.
    fn type_in(&mut self, grid: &str, cell: usize, value: f32);

    /// Points at a cell.
    fn point(&mut self, grid: &'static str, cell: usize);

    /// Moves the time line.
    fn go(&mut self, moment: usize);

    /// Presses → so many times, from further back where the time line ends too soon.
    fn step(&mut self, n: usize);

    /// Builds a network.
    fn put(&mut self, spec: &Spec);

    fn settings(&self) -> &Settings {
        &self.learner().settings
    }

    fn n_moments(&self) -> usize {
        self.learner().stage.n_moments
    }

    fn is_done(&self, step: usize) -> bool {
        self.learner().guidance.steps[step].is_done
    }

    /// True if a grid is on the stage.
    fn has(&self, grid: &str) -> bool {
        self.learner().scene.grid(grid).is_some()
    }

    fn grid(&self, name: &str) -> &Grid {
        self.learner().grid(name)
    }

    /// The first cell whose value is like this.
    fn cell_where(&self, grid: &str, is_wanted: fn(f32) -> bool) -> usize {
        self.grid(grid).values().into_iter().position(is_wanted).unwrap_or_else(|| panic!("{grid}: no cell"))
    }

    fn point_where(&mut self, grid: &'static str, is_wanted: fn(f32) -> bool) {
        self.point(grid, self.cell_where(grid, is_wanted));
    }

    fn middle(&self, grid: &str) -> usize {
        let grid = self.grid(grid);
        grid.rows() / 2 * grid.columns + grid.columns / 2
    }

    /// The network that is built.
    fn spec(&self) -> Spec {
        building::network(self.settings()).0
    }
}

pub(crate) type Action = fn(&mut dyn Hand);
/// A step, and what does it.
pub(crate) type Ways = (&'static str, &'static [Action]);

/// The actions that do each step, and other ways of doing it.
#[rustfmt::skip]
pub(crate) const ACTIONS: &[(&str, &[Ways])] = &[
    ("images", &[
        ("point", &[|l| { l.point_where("input", |x| x < 40.0); l.point_where("input", |x| x > 220.0) },
            |l| { l.point_where("picture", |x| x > 220.0); l.point_where("input", |x| x < 40.0) }]),
        ("paint", &[|l| l.type_in("input", 9, if l.grid("input").cells[9].value == 3.0 { 4.0 } else { 3.0 })]),
        ("levels", &[|l| { l.set("levels", "30"); l.set("levels", "6") }]),
        ("yellow", &[|l| { l.type_in("red", 0, 255.0); l.type_in("blue", 0, 0.0); l.type_in("green", 0, 240.0) }]),
        ("digit", &[|l| l.point_where("crop", |x| x > 0.0 && x < 255.0)]),
    ]),
    ("convolution", &[
        ("weights", &[|l| { let n = if l.settings().choice(keys::BY) == "term" { 20 } else { 2 }; l.step(n) }]),
        ("feeding", &[|l| { let pad = l.settings().count(keys::PAD); let columns = l.grid("input").columns;
                l.point("input", pad * columns + pad); l.point("input", l.middle("input")) },
            |l| { let pad = l.settings().count(keys::PAD); let columns = l.grid("input").columns;
                l.point("input", l.middle("input")); l.point("input", (pad + 1) * columns - pad - 1) }]),
        ("change", &[|l| l.set("kernel", "vertical|horizontal"),
            |l| { let typed = if l.has("typed") { "typed" } else { "kernel" }; l.type_in(typed, 4, 7.0) }]),
        ("stride", &[|l| { l.set("stride", "2"); l.set("stride", "3") }, |l| l.set("stride", "3")]),
        ("same", &[|l| for pad in ["0", "1", "2", "3"] { l.set("pad", pad) }]),
        ("turn", &[|l| l.set("flip", "turn")]),
    ]),
    ("features", &[
        ("boundary", &[|l| l.step(4)]),
        ("blind", &[|l| l.set("kernel", "horizontal"), |l| l.set("kernel", "sobel-y")]),
        ("match", &[|l| { let cell = l.cell_where("output", |x| x == 1.0); l.go(cell) },
            |l| l.point_where("output", |x| x == 1.0)]),
        ("hook", &[|l| { l.set("example", "hook"); l.set("example", "diagonal") },
            |l| { l.set("example", "diagonal"); l.set("example", "hook") }]),
        ("gallery", &[|l| for kernel in ["outline", "box", "horizontal"] { l.set("kernel", kernel) }]),
    ]),
    ("padding", &[
        ("corner", &[|l| { l.point("reads", 0); l.point("reads", l.middle("reads")) },
            |l| { l.point("reads", l.middle("reads")); l.point("reads", l.grid("reads").cells.len() - 1) }]),
        ("same", &[|l| l.set("mode", "same")]),
        ("border", &[|l| l.set("border", "replicate|zeros")]),
        ("fair", &[|l| l.set("border", "replicate")]),
        ("lopsided", &[|l| l.set("f", "4"), |l| l.set("f", "2")]),
        ("digit", &[|l| l.set("border", "replicate|zeros"), |l| l.set("border", "reflect|zeros")]),
    ]),
    ("stride", &[
        ("floor", &[|l| l.set("stride", "3")]),
        ("fit", &[|l| for pad in ["0", "1", "2", "3"] { l.set("pad", pad) }]),
        ("fewer", &[|l| { l.set("stride", "1"); l.set("stride", "2") }]),
        ("holes", &[|l| l.set("dilation", "2")]),
        ("grow", &[|l| { l.set("layers", "2"); l.set("layers", "3") }, |l| l.set("layers", "3")]),
        ("whole", &[|l| for layers in ["1", "2", "3", "4"] { l.set("layers", layers) }]),
    ]),
    ("volumes", &[
        ("sum", &[|l| l.step(2)]),
        ("plane", &[|l| { let plane = ["plane-1", "plane-2", "plane-3"].into_iter().find(|plane| l.has(plane));
            l.type_in(plane.unwrap(), 0, 9.0) }]),
        ("kernels", &[|l| { let n = l.settings().count(keys::KERNELS) + 1; l.set("kernels", &n.to_string()) }]),
        ("pointwise", &[|l| l.set("f", "1")]),
        ("depthwise", &[|l| { let n = l.settings().count(keys::CHANNELS).to_string(); l.set("groups", "depthwise"); l.set("kernels", &n) },
            |l| { let n = l.settings().count(keys::CHANNELS).to_string(); l.set("kernels", &n); l.set("groups", "depthwise") }]),
        ("network", &[|l| l.step(1)]),
    ]),
    ("activation", &[
        ("cut", &[|l| { l.point_where("input", |x| x < 0.0); l.point_where("input", |x| x > 0.0) }]),
        ("live", &[|l| l.set("on", "digit")]),
        ("flat", &[|l| { l.set("f", "sigmoid"); l.set("x", "4.5") }, |l| { l.set("x", "-5"); l.set("f", "tanh") }]),
        ("alive", &[|l| { l.set("x", "-1"); l.set("f", "leaky") }, |l| { l.set("f", "elu"); l.set("x", "-0.5|-0.7") }]),
        ("collapse", &[|l| l.type_in("vector", 0, 8.0), |l| l.type_in("second", 1, 8.0)]),
        ("between", &[|l| l.set("between", "relu")]),
    ]),
    ("pooling", &[
        ("largest", &[|l| l.step(2)]),
        ("blind", &[|l| { let grid = l.grid("input"); let (values, columns) = (grid.values(), grid.columns);
            // The least of a window of four, made less.
            let window = l.settings().count(keys::WINDOW); let of = |i: usize| values[i / window * columns + i % window];
            let least = (0..window * window).min_by(|a, b| of(*a).total_cmp(&of(*b))).unwrap();
            l.type_in("input", least / window * columns + least % window, of(least) - 5.0) }]),
        ("mean", &[|l| l.set("kind", "avg")]),
        ("edge", &[|l| l.set("fit", "ceil"), |l| { l.set("fit", "ceil"); l.set("fit", "floor") }]),
        ("shift", &[|l| l.set("shift", "1")]),
        ("global", &[|l| l.set("kind", "global")]),
    ]),
    ("kernel-size", &[
        ("grow", &[|l| { let f = l.settings().count(keys::F) + 1; l.set("f", &f.to_string()) }]),
        ("one", &[|l| { l.set("f", "2"); l.set("f", "1") }, |l| l.set("f", "1")]),
        ("even", &[|l| { l.set("f", "4"); l.set("pad", "same") }, |l| { l.set("pad", "same"); l.set("f", "2") }]),
        ("stack", &[|l| l.set("stack", "two"), |l| l.set("stack", "three"),
            |l| { l.set("f", "3"); l.set("pad", "same"); l.set("stack", "two"); let middle = l.n_moments() / 2; l.go(middle); l.go(middle + 3) }]),
        ("digit", &[|l| { l.set("on", "digit"); l.set("f", "5") }, |l| { l.set("f", "6"); l.set("on", "digit") }]),
    ]),
    ("flatten", &[
        ("next-map", &[|l| { let map = l.grid("map-1").cells.len(); l.step(map) }]),
        ("index", &[|l| l.point("map-2", 1)]),
        ("unit", &[|l| l.set("unit", "2|1")]),
        ("number", &[|l| l.type_in("map-1", 0, 9.0)]),
        ("smaller", &[|l| { let key = if l.settings().count(keys::ROWS) > 2 { "rows" } else { "columns" }; l.set(key, "2") }]),
        ("digit", &[|l| { l.go(1); l.go(2); l.go(3) }]),
    ]),
    ("softmax", &[
        ("share", &[|l| { let n = l.n_moments() - 1; l.step(n) }]),
        ("shift", &[|l| l.set("shift", "7|8")]),
        ("scale", &[|l| l.set("scale", "2|1"), |l| { l.set("show", "temperature"); l.set("t", "0.5|2") }]),
        ("overflow", &[|l| { l.type_in("logits", 0, 100.0); l.set("form", "naive") },
            |l| { l.set("form", "naive"); l.type_in("logits", 0, 100.0) }]),
        ("target", &[|l| l.set("target", "1|0")]),
        ("digit", &[|l| l.step(1)]),
    ]),
    ("building", &[
        ("walk", &[|l| l.step(3)]),
        ("pool", &[|l| { let spec = l.spec();
            let without = (0..spec.layers.len()).filter(|&at| matches!(spec.layers[at], Layer::MaxPool2d(_) | Layer::AvgPool2d(_)))
                .map(|at| building::edits::remove(&spec, at)).find(|new| Ledger::new(new).is_ok()).unwrap();
            l.put(&without) }]),
        ("pad", &[|l| { let spec = l.spec(); let n_params = |spec: &Spec| Ledger::new(spec).map(|ledger| ledger.n_params());
            let wider = (0..spec.layers.len()).filter_map(|at| { let mut spec = spec.clone();
                let Layer::Conv2d { params, .. } = &mut spec.layers[at] else { return None };
                params.padding = [params.padding[0] + 1; 2]; Some(spec) });
            l.put(&wider.into_iter().find(|wider| n_params(wider).is_ok() && n_params(wider) != n_params(&spec)).unwrap()) }]),
        ("mend", &[|l| { let spec = l.spec(); let broken = (0..spec.layers.len()).map(|at| building::edits::remove(&spec, at)).find(|new| Ledger::new(new).is_err()).unwrap();
            l.put(&broken); l.put(&spec) }]),
        ("lean", &[|l| { let lean = || Spec::read("28x28x1:c4x3,r,m2,f,d10").unwrap(); l.put(&leaner(&l.spec()).unwrap_or_else(lean)) },
            |l| l.put(&Spec::read("28x28x1:c4x3,r,m2,f,d10").unwrap())]),
    ]),
    ("counts", &[
        ("grow", &[|l| l.set("image", "300x300x3")]),
        ("work", &[|l| for n in 1..=240 { l.set("kernels", &n.to_string()); if l.is_done(1) { break } }]),
        ("shared", &[|l| l.point("kernel", 0)]),
        ("sparse", &[|l| l.set("size", "5")]),
        ("where", &[|l| { let n = l.n_moments() - 1; l.step(n) }]),
    ]),
    ("backprop", &[
        ("forward", &[|l| l.step(3)]),
        ("path", &[|l| l.point("network", 3), |l| l.point("network", 5)]),
        ("try", &[|l| l.set("step", "1e-1"), |l| l.set("step", "1")]),
        ("weight", &[|l| l.set("edge", "7|8")]),
        ("function", &[|l| l.set("f", "sigmoid")]),
        ("rate", &[|l| l.set("rate", "2")]),
    ]),
    ("backprop-cnn", &[
        ("error", &[|l| l.step(2)]),
        ("gate", &[|l| { l.go(1); l.go(2) }, |l| l.go(5)]),
        ("route", &[|l| l.set("kind", "avg")]),
        ("window", &[|l| l.step(2)]),
        ("corner", &[|l| { l.point("gradient", 0); l.point("gradient", 5) }, |l| { l.point("gradient", 10); l.point("gradient", 15) }]),
        ("deep", &[|l| { let n = l.settings().count(keys::LAYERS) + 1; l.set("layers", &n.to_string()) }]),
    ]),
    ("training", &[
        ("parts", &[|l| l.step(3)]),
        ("repeat", &[|l| { let n = l.n_moments(); l.go(n - 1) }]),
        ("rate", &[|l| l.set("rate", "3")]),
        ("start", &[|l| l.set("start", "2|3")]),
    ]),
    ("descent", &[
        ("small", &[|l| l.set("rate", "0.01")]),
        ("away", &[|l| l.set("rate", "1.2")]),
        ("valley", &[|l| l.set("w", "-1.5")]),
        ("saddle", &[|l| l.set("y", "0.1")]),
        ("noise", &[|l| l.set("examples", "one"), |l| l.set("examples", "few")]),
    ]),
    ("optimisers", &[
        ("memory", &[|l| l.step(3)]),
        ("rule", &[|l| l.set("rule", "adam")]),
        ("race", &[|l| { let n = l.n_moments(); l.go(n - 1) }]),
        ("away", &[|l| l.set("times", "3|4")]),
        ("surface", &[|l| l.set("surface", "valley"), |l| l.set("surface", "saddle")]),
    ]),
    ("schedules", &[
        ("noise", &[|l| { let n = l.n_moments(); l.go(n - 1) }]),
        ("fall", &[|l| l.set("course", "linear"), |l| l.set("course", "cosine"), |l| l.set("course", "step")]),
        ("warm", &[|l| l.set("rise", "12"), |l| { l.set("rise", "4"); l.set("rise", "20") }]),
        ("plateau", &[|l| for moment in 1..=60 { l.go(moment) }]),
        ("cycle", &[|l| { l.go(10); l.go(18) }]),
        ("lab", &[|l| { l.go(1); l.go(30); l.go(60) }]),
    ]),
    ("one-step", &[
        ("forward", &[|l| { l.go(3); l.go(4) }]),
        ("back", &[|l| { l.go(5); l.go(9) }]),
        ("again", &[|l| { l.go(10); l.go(11) }]),
        ("rate", &[|l| l.set("rate", "0.05")]),
    ]),
    ("slips", &[
        ("find", &[|l| { l.point("printed", 0); l.point("printed", 1); l.set("shown", "told") }]),
        ("shifted", &[|l| { l.set("shown", "told"); l.step(2) }]),
        ("rounded", &[|l| l.set("shown", "told")]),
        ("base", &[|l| l.set("shown", "told")]),
    ]),
    ("loss", &[
        ("walk", &[|l| { let n = l.n_moments() - 1; l.step(n) }]),
        ("other", &[|l| l.set("criterion", "squared|hinge")]),
        ("batch", &[|l| { let n = l.n_moments() - 1; l.step(n) }]),
        ("unsure", &[|l| l.set("p", "0.05|0.06")]),
        ("flat", &[|l| { let p = l.settings().real(keys::P); l.set("p", if p > 0.5 { "0.7|0.8" } else { "0.3|0.4" }) }]),
        ("digit", &[|l| l.step(1)]),
    ]),
];

/// The same network with few units in a dense layer before the last, if that is lean and still convolves.
fn leaner(spec: &Spec) -> Option<Spec> {
    let convolves = spec.input == [1, 28, 28] && spec.layers.iter().any(|layer| matches!(layer, Layer::Conv2d { .. }));
    let mut with_few = (0..spec.layers.len().saturating_sub(1)).map(|at| building::edits::set(spec, at, "units", 8));
    with_few.find(|new| convolves && new != spec && Ledger::new(new).is_ok_and(|ledger| ledger.n_params() < 50_000))
}

pub(crate) fn actions(chapter: &Chapter) -> &'static [Ways] {
    ACTIONS.iter().find(|(key, _)| *key == chapter.key).unwrap_or_else(|| panic!("no actions for {}", chapter.key)).1
}
