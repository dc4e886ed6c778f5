//! Every step of every chapter's guide, done as a learner would: in order, in reverse, and from settings drawn at random.
//! What a step needs is set on request; that does no step, and what follows does that step and no other.

use receptive_core::Rng;
use receptive_lessons::desk::{Answer, Desk, Opened, Question};
use receptive_lessons::guide::Guidance;
use receptive_lessons::scene::{Grid, Scene, Spot};
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Chapter, Matrix, chapters};
use receptive_nn::{Inspection, Origin, Parameters, Preset};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// A digit of strokes that are grey at their edges, and an untrained network that has seen it.
fn world() -> World {
    let ink = |i: usize| match [i / 28, i % 28] {
        [8..20, 12..15] => 0.9,
        [8..20, 11 | 15] => 0.4,
        _ => 0.0,
    };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let spec = Preset::Small.spec();
    let parameters = Parameters::init(&spec, 7).unwrap();
    let values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "a one".into(), class: Some(1) };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        picture: None,
    }
}

/// Someone at a chapter's page, and what the page asks the desk.
struct Learner {
    desk: Desk,
    chapter: &'static Chapter,
    settings: Settings,
    stage: Opened,
    /// Settings of the stage: the last that can be.
    shown: Settings,
    moment: usize,
    scene: Scene,
    guidance: Guidance,
}

impl Learner {
    /// Opens a chapter by a link; nothing when there is no such stage.
    fn at(chapter: &'static Chapter, world: &World, settings: &Settings) -> Option<Self> {
        let mut desk = Desk::default();
        desk.answer(Question::World(world.clone()));
        let stage = open(&mut desk, chapter, settings)?;
        desk.answer(Question::Begin { chapter: chapter.position(), done: vec![] });
        let (settings, shown) = (settings.clone(), settings.clone());
        let (scene, guidance) = (Scene::default(), Guidance::default());
        let mut learner = Self { desk, chapter, settings, stage, shown, moment: 0, scene, guidance };
        learner.look(None);
        Some(learner)
    }

    fn look(&mut self, pointed: Option<Spot>) {
        let n = self.stage.n_moments;
        self.moment = self.settings.at.unwrap_or(self.stage.first_moment).min(n - 1);
        let Answer::Scene(scene) = self.desk.answer(Question::Scene(self.stage.stage, self.moment)) else { panic!() };
        self.scene = scene;
        let Answer::Guidance(guidance) = self.desk.answer(Question::Saw(self.stage.stage, self.moment, pointed)) else {
            panic!()
        };
        self.guidance = guidance;
    }

    fn change(&mut self, settings: Settings) {
        self.settings = settings;
        if let Some(stage) = open(&mut self.desk, self.chapter, &self.settings) {
            self.desk.answer(Question::Close(self.stage.stage));
            (self.stage, self.shown) = (stage, self.settings.clone());
            self.look(None);
        }
    }

    /// Turns a control; with several values to the first that it does not have.
    fn set(&mut self, key: &str, values: &str) {
        let mut settings = self.settings.clone();
        settings.at = None;
        let other = values.split('|').map(|value| settings.clone().with(key, value)).find(|other| *other != settings);
        self.change(other.unwrap_or(settings));
    }

    /// Types a number over one in a grid on the stage.
    fn type_in(&mut self, grid: &str, cell: usize, value: f32) {
        let grid = self.grid(grid);
        let edit = grid.edit.clone().unwrap_or_else(|| panic!("nothing can be typed into {}", grid.name));
        let source = grid.cells[cell].source.unwrap();
        let mut settings = self.settings.clone();
        settings.set(edit.key, Value::Numbers(edit.matrix.with(source, value)));
        edit.also.iter().for_each(|(key, choice)| settings.set(key, Value::Choice(choice)));
        self.change(settings);
    }

    fn grid(&self, name: &str) -> &Grid {
        self.scene.grid(name).unwrap_or_else(|| panic!("{}: no {name} at {:?}", self.chapter.key, self.shown.pairs()))
    }

    fn point(&mut self, grid: &'static str, cell: usize) {
        self.look(Some(Spot::new(grid, cell)));
    }

    /// Points at the first cell whose value is like this.
    fn point_where(&mut self, grid: &'static str, is_wanted: fn(f32) -> bool) {
        let cell =
            self.grid(grid).values().into_iter().position(is_wanted).unwrap_or_else(|| panic!("{grid}: no cell"));
        self.point(grid, cell);
    }

    fn go(&mut self, moment: usize) {
        self.settings.at = Some(moment);
        self.look(None);
    }

    /// Presses → so many times, from further back where the time line ends too soon.
    fn step(&mut self, n: usize) {
        if self.moment + n >= self.stage.n_moments {
            self.go(self.stage.n_moments - 1 - n);
        }
        (0..n).for_each(|_| self.go(self.moment + 1));
    }

    fn middle(&self, grid: &str) -> usize {
        let grid = self.grid(grid);
        grid.rows() / 2 * grid.columns + grid.columns / 2
    }

    /// Turns to a step, and has the stage set up if that is offered.
    fn begin(&mut self, step: usize) {
        let Answer::Guidance(guidance) = self.desk.answer(Question::TurnTo(step)) else { panic!() };
        self.guidance = guidance;
        if let Some(needs) = self.guidance.steps[step].needs.clone() {
            assert!(!needs.contains('⟦') && !needs.is_empty(), "{needs}");
            self.set_up(step);
        }
    }

    fn set_up(&mut self, step: usize) {
        let Answer::Settings(pairs) = self.desk.answer(Question::SetUp(step)) else { panic!("nothing is set up") };
        let mut settings = self.chapter.settings();
        pairs.iter().for_each(|(key, text)| assert_eq!(settings.read(key, text), Ok(true)));
        self.change(settings);
        assert_eq!(self.shown, self.settings, "{}: what was set up cannot be", self.chapter.key);
    }

    fn done(&self) -> Vec<bool> {
        self.guidance.steps.iter().map(|step| step.is_done).collect()
    }
}

fn open(desk: &mut Desk, chapter: &Chapter, settings: &Settings) -> Option<Opened> {
    let settings = settings.pairs().into_iter().map(|(key, text)| (key.to_string(), text)).collect();
    match desk.answer(Question::Open { chapter: chapter.position(), settings }) {
        Answer::Opened(Ok(opened)) => Some(opened),
        _ => None,
    }
}

type Deed = fn(&mut Learner);
/// A step, and what does it.
type Ways = (&'static str, &'static [Deed]);

/// What does each step, and other ways of doing it.
#[rustfmt::skip]
const DEEDS: &[(&str, &[Ways])] = &[
    ("images", &[
        ("point", &[|l| { l.point_where("input", |x| x < 40.0); l.point_where("input", |x| x > 220.0) },
            |l| { l.point_where("picture", |x| x > 220.0); l.point_where("input", |x| x < 40.0) }]),
        ("paint", &[|l| l.type_in("input", 9, if l.grid("input").cells[9].value == 3.0 { 4.0 } else { 3.0 })]),
        ("levels", &[|l| { l.set("levels", "30"); l.set("levels", "6") }]),
        ("yellow", &[|l| { l.type_in("red", 0, 255.0); l.type_in("blue", 0, 0.0); l.type_in("green", 0, 240.0) }]),
        ("digit", &[|l| l.point_where("crop", |x| x > 0.0 && x < 255.0)]),
    ]),
    ("convolution", &[
        ("weights", &[|l| { let n = if l.settings.choice("by") == "term" { 20 } else { 2 }; l.step(n) }]),
        ("feeding", &[|l| { let pad = l.settings.count("pad"); let columns = l.grid("input").columns;
                l.point("input", pad * columns + pad); l.point("input", l.middle("input")) },
            |l| { let pad = l.settings.count("pad"); let columns = l.grid("input").columns;
                l.point("input", l.middle("input")); l.point("input", (pad + 1) * columns - pad - 1) }]),
        ("change", &[|l| l.set("kernel", "vertical|horizontal"),
            |l| { let typed = if l.scene.grid("typed").is_some() { "typed" } else { "kernel" }; l.type_in(typed, 4, 7.0) }]),
        ("stride", &[|l| { l.set("stride", "2"); l.set("stride", "3") }, |l| l.set("stride", "3")]),
        ("same", &[|l| for pad in ["0", "1", "2", "3"] { l.set("pad", pad) }]),
        ("turn", &[|l| l.set("flip", "turn")]),
    ]),
    ("features", &[
        ("boundary", &[|l| l.step(4)]),
        ("blind", &[|l| l.set("kernel", "horizontal"), |l| l.set("kernel", "sobel-y")]),
        ("match", &[|l| { let cell = l.grid("output").values().iter().position(|x| *x == 1.0).unwrap(); l.go(cell) },
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
        ("plane", &[|l| { let plane = ["plane-1", "plane-2", "plane-3"].into_iter().find(|plane| l.scene.grid(plane).is_some());
            l.type_in(plane.unwrap(), 0, 9.0) }]),
        ("kernels", &[|l| { let n = l.settings.count("kernels") + 1; l.set("kernels", &n.to_string()) }]),
        ("pointwise", &[|l| l.set("f", "1")]),
        ("depthwise", &[|l| { let n = l.settings.count("channels").to_string(); l.set("groups", "depthwise"); l.set("kernels", &n) },
            |l| { let n = l.settings.count("channels").to_string(); l.set("kernels", &n); l.set("groups", "depthwise") }]),
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
            let window = l.settings.count("window"); let of = |i: usize| values[i / window * columns + i % window];
            let least = (0..window * window).min_by(|a, b| of(*a).total_cmp(&of(*b))).unwrap();
            l.type_in("input", least / window * columns + least % window, of(least) - 5.0) }]),
        ("mean", &[|l| l.set("kind", "avg")]),
        ("edge", &[|l| l.set("fit", "ceil"), |l| { l.set("fit", "ceil"); l.set("fit", "floor") }]),
        ("shift", &[|l| l.set("shift", "1")]),
        ("global", &[|l| l.set("kind", "global")]),
    ]),
    ("kernel-size", &[
        ("grow", &[|l| { let f = l.settings.count("f") + 1; l.set("f", &f.to_string()) }]),
        ("one", &[|l| { l.set("f", "2"); l.set("f", "1") }, |l| l.set("f", "1")]),
        ("even", &[|l| { l.set("f", "4"); l.set("pad", "same") }, |l| { l.set("pad", "same"); l.set("f", "2") }]),
        ("stack", &[|l| l.set("stack", "two"), |l| l.set("stack", "three"),
            |l| { l.set("f", "3"); l.set("pad", "same"); l.set("stack", "two"); let middle = l.stage.n_moments / 2; l.go(middle); l.go(middle + 3) }]),
        ("digit", &[|l| { l.set("on", "digit"); l.set("f", "5") }, |l| { l.set("f", "6"); l.set("on", "digit") }]),
    ]),
    ("flatten", &[
        ("next-map", &[|l| { let map = l.grid("map-1").cells.len(); l.step(map) }]),
        ("index", &[|l| l.point("map-2", 1)]),
        ("unit", &[|l| l.set("unit", "2|1")]),
        ("number", &[|l| l.type_in("map-1", 0, 9.0)]),
        ("smaller", &[|l| { let key = if l.settings.count("rows") > 2 { "rows" } else { "columns" }; l.set(key, "2") }]),
        ("digit", &[|l| { l.go(1); l.go(2); l.go(3) }]),
    ]),
    ("softmax", &[
        ("share", &[|l| { let n = l.stage.n_moments - 1; l.step(n) }]),
        ("shift", &[|l| l.set("shift", "7|8")]),
        ("scale", &[|l| l.set("scale", "2|1"), |l| { l.set("show", "temperature"); l.set("t", "0.5|2") }]),
        ("overflow", &[|l| { l.type_in("logits", 0, 100.0); l.set("form", "naive") },
            |l| { l.set("form", "naive"); l.type_in("logits", 0, 100.0) }]),
        ("target", &[|l| l.set("target", "1|0")]),
        ("digit", &[|l| l.step(1)]),
    ]),
    ("building", &[
        ("walk", &[|l| l.step(3)]),
        ("pool", &[|l| { let spec = spec(l);
            let without = (0..spec.layers.len()).filter(|&at| matches!(spec.layers[at], Layer::MaxPool2d(_) | Layer::AvgPool2d(_)))
                .map(|at| building::edits::remove(&spec, at)).find(|new| Ledger::new(new).is_ok()).unwrap();
            put(l, &without) }]),
        ("pad", &[|l| { let spec = spec(l); let n_params = |spec: &Spec| Ledger::new(spec).map(|ledger| ledger.n_params());
            let wider = (0..spec.layers.len()).filter_map(|at| { let mut spec = spec.clone();
                let Layer::Conv2d { params, .. } = &mut spec.layers[at] else { return None };
                params.padding = [params.padding[0] + 1; 2]; Some(spec) });
            put(l, &wider.into_iter().find(|wider| n_params(wider).is_ok() && n_params(wider) != n_params(&spec)).unwrap()) }]),
        ("mend", &[|l| { let spec = spec(l); put(l, &Spec { layers: vec![], ..spec.clone() }); put(l, &spec) }]),
        ("lean", &[|l| put(l, &Spec::read("28x28x1:c4x3,r,m2,f,d10").unwrap())]),
    ]),
    ("counts", &[
        ("grow", &[|l| l.set("image", "300x300x3")]),
        ("work", &[|l| for n in 1..=240 { l.set("kernels", &n.to_string()); if l.guidance.steps[1].is_done { break } }]),
        ("shared", &[|l| l.point("kernel", 0)]),
        ("sparse", &[|l| l.set("size", "5")]),
        ("where", &[|l| { let n = l.stage.n_moments - 1; l.step(n) }]),
    ]),
    ("slips", &[
        ("find", &[|l| { l.point("printed", 0); l.point("printed", 1); l.set("shown", "told") }]),
        ("shifted", &[|l| { l.set("shown", "told"); l.step(2) }]),
        ("rounded", &[|l| l.set("shown", "told")]),
        ("base", &[|l| l.set("shown", "told")]),
    ]),
];

/// Steps on whose way another is done in truth: a kernel is added so that each channel has its own; a kernel grows.
const ALSO: &[(&str, &str, &str)] = &[("volumes", "depthwise", "kernels"), ("kernel-size", "digit", "grow")];

use chapters::building;
use receptive_nn::{Layer, Ledger, Spec};

fn spec(learner: &Learner) -> Spec {
    building::network(&learner.settings).0
}

fn put(learner: &mut Learner, spec: &Spec) {
    let mut settings = learner.settings.clone();
    building::put(&mut settings, spec);
    learner.change(settings);
}

fn deeds(chapter: &Chapter) -> &'static [Ways] {
    DEEDS.iter().find(|(key, _)| *key == chapter.key).unwrap_or_else(|| panic!("no deeds for {}", chapter.key)).1
}

/// Does a step, and sees that it does that step, and no other.
fn walk(learner: &mut Learner, step: usize, deed: Deed) {
    let what = format!("{} {}", learner.chapter.key, learner.chapter.steps[step].key);
    let was = learner.done();
    let from = learner.settings.pairs();
    learner.begin(step);
    assert_eq!(learner.done(), was, "{what}: setting up is no doing, from {from:?}");
    let begun = learner.settings.pairs();
    if !was[step] {
        assert_eq!(learner.guidance.steps[step].needs, None, "{what}: it needs more, from {from:?} at {begun:?}");
    }
    deed(learner);
    let mut wanted = was;
    wanted[step] = true;
    for (chapter, step, also) in ALSO
        .iter()
        .filter(|(chapter, key, _)| (*chapter, *key) == (learner.chapter.key, learner.chapter.steps[step].key))
    {
        let also = learner
            .chapter
            .steps
            .iter()
            .position(|step| step.key == *also)
            .unwrap_or_else(|| panic!("{chapter} {step}"));
        wanted[also] |= learner.done()[also];
    }
    let is_done = learner.done();
    assert!(
        is_done[step],
        "{what} is not done, from {from:?}, begun at {begun:?}, ended at {:?}",
        learner.settings.pairs()
    );
    assert_eq!(is_done, wanted, "{what}: another step is done too, from {from:?}");
    let answer = learner.guidance.steps[step].answer.clone().unwrap_or_default();
    assert!(!answer.is_empty() && !answer.contains(['⟦', '{']), "{what}: “{answer}”");
}

#[test]
fn every_step_has_a_deed() {
    for chapter in chapters::ALL {
        let keys: Vec<_> = deeds(chapter).iter().map(|(key, _)| *key).collect();
        assert!(chapter.steps.iter().map(|step| step.key).eq(keys), "{}", chapter.key);
    }
}

/// Walks through every chapter, and tells of all that fail.
fn in_every_chapter(walk: impl Fn(&'static Chapter)) {
    let is_lost = |chapter: &&'static Chapter| catch_unwind(AssertUnwindSafe(|| walk(chapter))).is_err();
    let lost: Vec<_> = chapters::ALL.iter().copied().filter(is_lost).map(|chapter| chapter.key).collect();
    assert_eq!(lost, [""; 0]);
}

#[test]
fn every_step_can_be_done_in_order() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        for (step, (_, deeds)) in deeds(chapter).iter().enumerate() {
            // The guide leads from one to the next.
            assert_eq!(learner.guidance.now, Some(step), "{}", chapter.key);
            walk(&mut learner, step, deeds[0]);
        }
        assert_eq!(learner.guidance.now, None);
    });
}

#[test]
fn every_step_can_be_done_in_reverse() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        for (step, (_, deeds)) in deeds(chapter).iter().enumerate().rev() {
            walk(&mut learner, step, deeds[deeds.len() - 1]);
        }
    });
}

#[test]
fn every_step_can_be_done_from_anywhere_in_any_way() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut rng = Rng::new(12);
        let mut n_walked = 0;
        while n_walked < 24 {
            let Some(mut learner) = Learner::at(chapter, &world, &random_settings(chapter, &mut rng)) else { continue };
            n_walked += 1;
            // What was done before, and where, is anybody's guess.
            let mut order: Vec<_> = (0..chapter.steps.len()).collect();
            rng.shuffle(&mut order);
            for (i, step) in order.into_iter().enumerate() {
                if i % 2 == 1 {
                    wander(&mut learner, &mut rng);
                }
                let ways = deeds(chapter)[step].1;
                if learner.done()[step] {
                    continue;
                }
                walk(&mut learner, step, ways[rng.below(ways.len() as u32) as usize]);
            }
        }
    });
}

/// Turns a control at random and goes to a moment at random.
fn wander(learner: &mut Learner, rng: &mut Rng) {
    let other = random_settings(learner.chapter, rng);
    let params: Vec<_> = learner.chapter.params.iter().filter(|param| (param.shown)(&learner.settings)).collect();
    let param = params[rng.below(params.len() as u32) as usize];
    let text = other.pairs().into_iter().find(|(key, _)| *key == param.key).map(|(_, text)| text);
    let kept = learner.settings.clone();
    text.iter().for_each(|text| learner.set(param.key, text));
    if learner.shown.pairs() != learner.settings.pairs() {
        // What cannot be is taken back.
        learner.change(kept);
    }
    learner.go(rng.below(learner.stage.n_moments as u32) as usize);
}

fn random_settings(chapter: &Chapter, rng: &mut Rng) -> Settings {
    let mut settings = chapter.settings();
    for param in chapter.params {
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(low + rng.below((high - low + 1) as u32) as usize),
            Kind::Real { low, high, step, .. } => Value::Real((rng.range(low, high) / step).round() * step),
            Kind::Choice(options) => Value::Choice(options[rng.below(options.len() as u32) as usize]),
            Kind::Numbers | Kind::Text => continue,
        };
        settings.set(param.key, value);
    }
    settings
}

#[test]
fn a_stage_that_was_opened_or_set_up_as_a_step_asks_does_not_do_it() {
    let world = world();
    for (chapter, link) in [
        ("kernel-size", "f=1"),
        ("padding", "mode=same&border=replicate"),
        ("images", "levels=4"),
        ("pooling", "kind=global"),
        ("slips", "slip=cross-entropy-3&shown=told"),
        ("stride", "stride=3"),
    ] {
        let chapter = Chapter::find(chapter).unwrap();
        let settings = link.split('&').fold(chapter.settings(), |settings, pair| {
            let (key, value) = pair.split_once('=').unwrap();
            settings.with(key, value)
        });
        let opened = Learner::at(chapter, &world, &settings).unwrap();
        assert!(opened.done().iter().all(|done| !done), "{link}: {:?}", opened.done());
        assert!(opened.guidance.steps.iter().any(|step| step.needs.is_some()), "{link}");
        // The same by a link while the chapter is open, when it is more than one turn at a control.
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        learner.change(settings.clone());
        let is_leap = settings.pairs().len() > 1;
        assert_eq!(learner.done().iter().any(|done| *done), !is_leap, "{link}: {:?}", learner.done());
    }
}

#[test]
fn answers_follow_what_the_learner_does_and_ticks_stay() {
    let world = world();
    let answer = |learner: &Learner, step: usize| learner.guidance.steps[step].answer.clone().unwrap_or_default();
    let mut learner =
        Learner::at(Chapter::find("images").unwrap(), &world, &chapters::images::CHAPTER.settings()).unwrap();
    for cell in 8..14 {
        learner.type_in("input", cell, 7.0);
    }
    assert!(answer(&learner, 1).contains("6 of 64"), "{}", answer(&learner, 1));
    for levels in ["8", "6", "3"] {
        learner.set("levels", levels);
        assert!(answer(&learner, 2).starts_with(levels), "{}", answer(&learner, 2));
    }
    learner.set("levels", "200");
    assert!(learner.done()[2] && answer(&learner, 2).starts_with('3'));
    let mut learner =
        Learner::at(Chapter::find("counts").unwrap(), &world, &chapters::counts::CHAPTER.settings()).unwrap();
    for kernels in ["27", "26", "25"] {
        learner.set("kernels", kernels);
    }
    let told = answer(&learner, 1);
    assert!(told.is_empty() || told.contains("25 kernels"), "{told}");
}

#[test]
fn what_a_change_did_is_marked_on_the_whole_map_until_the_time_line_moves() {
    let world = world();
    let chapter = &chapters::padding::CHAPTER;
    let mut learner = Learner::at(chapter, &world, &chapter.settings().with("mode", "same")).unwrap();
    assert_eq!(learner.grid("output").n_known, Some(1));
    learner.set("border", "replicate");
    let marked = learner.grid("output").clone();
    let value = |border: &str| {
        let settings = chapter.settings().with("mode", "same").with("border", border);
        let trace = (chapter.trace)(&settings, &world).unwrap();
        trace.scene(0).grid("output").unwrap().values()
    };
    let (old, new) = (value("zeros"), value("replicate"));
    let differing: Vec<_> = (0..old.len()).filter(|&i| old[i] != new[i]).collect();
    assert!(!differing.is_empty() && differing.len() < old.len());
    assert_eq!((marked.n_known, &marked.changed), (None, &differing));
    assert!(marked.detail.contains(&differing.len().to_string()), "{}", marked.detail);
    // The words of a marked cell are not those of one that is still unknown.
    let Answer::Told(told) = learner.desk.answer(Question::Tell(learner.stage.stage, 0, Spot::new("output", 24)))
    else {
        panic!()
    };
    assert!(told.contains('='), "{told}");
    learner.go(1);
    assert_eq!((learner.grid("output").n_known, learner.grid("output").changed.len()), (Some(2), 0));
    // A link to another place is no change of a border.
    learner.change(chapter.settings().with("f", "5"));
    assert!(learner.grid("output").changed.is_empty());
}

#[test]
fn steps_done_at_another_time_stay_done_without_an_answer() {
    let chapter = &chapters::padding::CHAPTER;
    let mut desk = Desk::default();
    let done = vec!["same".to_string(), "gone".to_string()];
    let Answer::Plan(plan) = desk.answer(Question::Begin { chapter: chapter.position(), done }) else { panic!() };
    assert_eq!(plan.guide.now, Some(0));
    let steps: Vec<_> = plan.guide.steps.iter().filter(|step| step.is_done).collect();
    assert!(steps.len() == 1 && steps[0].key == "same" && steps[0].answer.is_none());
}
