//! A learner at the page, who works its controls as a person does and notes what is not in sight.

mod answers;
mod scripts;

use super::actions::{Action, Hand};
use super::learner::Learner;
use receptive_e2e::page::Page;
use receptive_lessons::Chapter;
use receptive_lessons::chapters::building::edits;
use receptive_lessons::settings::{Kind, Param};
use receptive_lessons::world::World;
use receptive_nn::Spec;
use scripts::{REACH, SIGHT, STAGE};
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";

/// The time that the page may take to do what it is asked.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time after which a thing that has not moved stays in its place.
const REST: Duration = Duration::from_secs(2);

/// A learner at a chapter's page.
pub(super) struct Visitor<'a> {
    page: &'a Page,
    /// The same learner at a lesson host without a page, which knows what is on the stage.
    learner: Learner,
    has_touch: bool,
    /// The step or exercise at hand.
    what: String,
    /// The things that had to be scrolled to for it.
    scrolled_to: Vec<String>,
    /// The thing that was pressed or pointed at last.
    touched: String,
    /// The network before the last change.
    before: Option<Spec>,
    /// The faults that were found.
    pub(super) failures: Vec<String>,
}

impl<'a> Visitor<'a> {
    /// Starts with a chapter's page that has just been opened.
    pub(super) fn new(page: &'a Page, chapter: &'static Chapter, world: &World, has_touch: bool) -> Self {
        let learner = Learner::at(chapter, world, &chapter.settings()).expect("a chapter's beginning can be shown");
        let (scrolled_to, failures) = (vec![], vec![]);
        Self {
            page,
            learner,
            has_touch,
            what: String::new(),
            scrolled_to,
            touched: String::new(),
            before: None,
            failures,
        }
    }

    fn begin(&mut self, what: &str) {
        self.what = format!("{} {what}", self.learner.chapter.key);
        self.scrolled_to.clear();
        self.touched.clear();
    }

    fn fail(&mut self, why: &str) {
        let scrolled = match &self.scrolled_to[..] {
            [] => String::new(),
            scrolled => format!(" (scrolled to {})", scrolled.join(", ")),
        };
        self.failures.push(format!("{}: {why}{scrolled}", self.what));
    }

    fn run(&self, script: &str) -> Value {
        self.page.browser.run(script)
    }

    /// Waits until a condition holds; false when it does not.
    fn comes(&self, holds: impl Fn(&Page) -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if holds(self.page) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits until the page has drawn what it was asked, and what that needs is there.
    fn settle(&mut self) {
        self.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))");
        if !self.comes(|page| !page.has("#lesson-waiting")) {
            self.fail("the page waits for ever");
        }
    }

    /// Does a step of the guide.
    pub(super) fn walk(&mut self, step: usize, action: Action) {
        let asked = self.learner.chapter.steps[step];
        self.begin(asked.key);
        let button = format!(".guide-head li:nth-child({}) button", step + 1);
        self.press(&button);
        self.settle();
        if self.page.has("#set-up") {
            self.press("#set-up");
            self.settle();
        }
        self.learner.begin(step);
        action(self);
        if !self.comes(|_| self.ticked() == self.learner.done()) || !self.is_done(step) {
            let said = [self.page.text("#lesson-problem"), self.page.text("#lesson-caption")].join(" ");
            let (ticked, done) = (self.ticked(), self.learner.done());
            self.fail(&format!("ticked are {ticked:?} of {done:?}; the stage says “{}”", said.trim()));
            self.show();
            return;
        }
        if let Some(unseen) = self.unseen("#step-found") {
            self.fail(&format!("the answer {unseen}"));
        }
        if self.has_touch {
            self.look_at_stage(asked.compares);
        }
    }

    /// Returns, for each step, true if it is ticked.
    fn ticked(&self) -> Vec<bool> {
        let read = self.run("return [...document.querySelectorAll('.guide-head button')].map(e => e.matches('.done'))");
        read.as_array().into_iter().flatten().map(|is_ticked| is_ticked == true).collect()
    }

    /// Sees on the stage what was touched, or what that did: to the grids that the step compares, to the place of the
    /// time line, or to any figure.
    fn look_at_stage(&mut self, compared: &[&str]) {
        let result = match (compared, &*self.touched) {
            ([], "#forward" | "#scrub") => ":is(.window, .pane, .now)".into(),
            ([], _) => ":is(figure, .builder-layers)".into(),
            (compared, _) => {
                let names: Vec<_> = compared.iter().map(|name| format!("#lesson-{name}")).collect();
                format!(":is({})", names.join(", "))
            }
        };
        let script = format!(
            "const things = [...document.querySelectorAll(`.stage-focus :is({}), .stage-focus {result}`)];{STAGE}",
            self.touched
        );
        if let Some(unseen) = self.at_rest(&script) {
            self.fail(&format!("the stage is out of sight: {unseen}"));
        }
    }

    /// Returns the fault in the sight of something after a while, in words.
    fn unseen(&self, selector: &str) -> Option<String> {
        let script = format!("{SIGHT} return sight(document.querySelector({selector:?}))");
        self.at_rest(&script)
    }

    /// Returns the fault that a script finds once the page is at rest; `None` as soon as there is none.
    fn at_rest(&self, script: &str) -> Option<String> {
        let (mut last, mut since) = (Value::Null, Instant::now());
        while last != "" && since.elapsed() < REST {
            let now = self.run(script);
            if now != last {
                (last, since) = (now, Instant::now());
            }
            thread::sleep(Duration::from_millis(30));
        }
        last.as_str().filter(|wrong| !wrong.is_empty()).map(Into::into)
    }

    /// Brings the page to what the learner has, by the address.
    fn show(&self) {
        let pairs = self.learner.settings.pairs();
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        self.page.set_address(&format!("/lesson/{}?{}&data=digits", self.learner.chapter.key, pairs.join("&")));
    }

    /// A place inside an element, by the share of its width and height, scrolled to where it must be.
    fn reach(&mut self, selector: &str, [across, down]: [f64; 2]) -> Option<[i64; 2]> {
        let script =
            format!("const e = document.querySelector({selector:?}), across = {across}, down = {down};{REACH}");
        let found = self.run(&script);
        self.touched = selector.into();
        let [Some(x), Some(y)] = [0, 1].map(|i| found[i].as_i64()) else {
            self.fail(&format!("{selector} cannot be reached"));
            return None;
        };
        if found[2] == true {
            self.scrolled_to.push(selector.into());
        }
        Some([x, y])
    }

    /// Presses something, or taps it.
    fn press(&mut self, selector: &str) {
        self.press_in(selector, [0.5; 2]);
    }

    fn press_in(&mut self, selector: &str, share: [f64; 2]) {
        match self.reach(selector, share) {
            Some(place) if self.has_touch => self.page.browser.tap(place),
            Some(place) => self.page.browser.press_at(place),
            None => return,
        }
        match self.run("return window.hit ?? 'nothing'").as_str() {
            Some("") => {}
            hit => self.fail(&format!("what is meant for {selector} is a click on {}", hit.unwrap_or_default())),
        }
    }

    /// Types over what a field holds, and ends with these keys.
    fn fill(&mut self, selector: &str, text: &str, end: &str) {
        self.press(selector);
        self.run("document.activeElement.select?.()");
        self.page.browser.press(&format!("{text}{end}"));
    }

    fn is_visible(&self, selector: &str) -> bool {
        self.run(&format!("return document.querySelector({selector:?})?.checkVisibility() ?? false")) == true
    }

    /// Turns a control of the page.
    fn turn(&mut self, param: &Param, value: &str) {
        let control = match param.kind {
            Kind::Choice(_) if !self.page.has(&format!("select#set-{}", param.key)) => {
                format!("#set-{}-{value}", param.key)
            }
            _ => format!("#set-{}", param.key),
        };
        if !self.is_visible(&control) {
            self.press("#more");
            self.settle();
        }
        let number: f32 = value.parse().unwrap_or_default();
        let place = match param.kind {
            Kind::Count { low, .. } if param.doubles => (number / low as f32).log2(),
            _ => number,
        };
        match param.kind {
            Kind::Choice(_) if control.ends_with(value) => self.press(&control),
            Kind::Choice(_) => {
                if self.reach(&control, [0.5; 2]).is_some() {
                    self.run(&format!(
                        "const list = document.querySelector({control:?});
                         list.focus({{ preventScroll: true }});
                         list.value = {value:?};
                         list.dispatchEvent(new Event('change', {{ bubbles: true }}))"
                    ));
                }
            }
            _ => {
                if self.reach(&control, [0.5; 2]).is_some() && !self.slide(&control, place) {
                    self.fill(&format!("#number-{}", param.key), value, ENTER);
                }
            }
        }
    }

    /// Draws a slider to a place; false when it has no such place.
    fn slide(&self, slider: &str, place: f32) -> bool {
        let script = format!(
            "const slider = document.querySelector({slider:?}), before = slider.value;
             slider.value = {place};
             if (Math.abs(slider.value - {place}) > 1e-4) {{ slider.value = before; return false }}
             slider.focus({{ preventScroll: true }});
             slider.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));
             return true"
        );
        self.run(&script) == true
    }

    /// A cell on the stage: the element, and where in it.
    fn cell(&self, grid: &str, cell: usize) -> (String, [f64; 2]) {
        let data = self.learner.grid(grid);
        if data.has_numbers() {
            return (format!("#lesson-{grid}-{cell}"), [0.5; 2]);
        }
        let [row, column] = data.place(cell);
        let share = |at: usize, n: usize| (at as f64 + 0.5) / n as f64;
        (format!("#lesson-{grid}"), [share(column, data.columns), share(row, data.rows())])
    }

    /// Returns the moment of the time line, and its last one.
    fn time_line(&self) -> [usize; 2] {
        let read =
            self.run("const line = document.querySelector('#scrub'); return line ? [+line.value, +line.max] : [0, 0]");
        [0, 1].map(|i| read[i].as_u64().unwrap_or_default() as usize)
    }
}

impl Hand for Visitor<'_> {
    fn learner(&self) -> &Learner {
        &self.learner
    }

    fn set(&mut self, key: &str, values: &str) {
        let param = self.learner.chapter.params.iter().find(|param| param.key == key).expect("a setting");
        if let Some(value) = self.learner.other(key, values) {
            self.turn(param, value);
            self.settle();
        }
        self.learner.set(key, values);
    }

    fn type_in(&mut self, grid: &str, cell: usize, value: f32) {
        let (place, _) = self.cell(grid, cell);
        self.fill(&place, &value.to_string(), ENTER);
        self.settle();
        self.learner.type_in(grid, cell, value);
    }

    fn point(&mut self, grid: &'static str, cell: usize) {
        let (element, share) = self.cell(grid, cell);
        if self.has_touch {
            self.press_in(&element, share);
        } else if let Some(place) = self.reach(&element, share) {
            self.page.browser.hover(place);
        }
        self.settle();
        self.learner.point(grid, cell);
    }

    fn go(&mut self, moment: usize) {
        if self.reach("#scrub", [0.5; 2]).is_some() {
            self.slide("#scrub", moment as f32);
            self.settle();
        }
        self.learner.go(moment);
    }

    fn step(&mut self, n: usize) {
        let [at, last] = self.time_line();
        if at + n > last {
            self.go(last - n);
        } else {
            self.learner.go(at);
        }
        for _ in 0..n {
            let next = self.learner.moment + 1;
            if self.has_touch {
                self.press("#forward");
            } else {
                self.page.browser.press(RIGHT);
            }
            self.settle();
            if !self.comes(|_| self.time_line()[0] == next) {
                self.fail(&format!("a step does not come to {next}"));
            }
            self.learner.go(next);
        }
    }

    fn put(&mut self, spec: &Spec) {
        let old = self.spec();
        let n = old.layers.len();
        let fields =
            (0..n).flat_map(|at| spec.layers.get(at).into_iter().flat_map(edits::fields).map(move |field| (at, field)));
        let mut fields = fields.filter(|(at, field)| edits::set(&old, *at, field.key, field.value) == *spec);
        let layer = |at: usize| format!(".builder-layers li:nth-child({})", at + 1);
        let mut is_done = true;
        if self.before.as_ref() == Some(spec) {
            self.press("#builder-undo");
        } else if let Some(at) = (0..n).find(|at| edits::remove(&old, *at) == *spec) {
            self.press(&format!("{} .layer-tools :last-child", layer(at)));
        } else if let Some((at, field)) = fields.next() {
            self.press(&format!("{} .layer-name", layer(at)));
            self.settle();
            self.fill(&format!("#layer-{at}-{}", field.key), &field.value.to_string(), ENTER);
        } else {
            is_done = false;
        }
        self.learner.put(spec);
        if !is_done {
            self.show();
        }
        self.settle();
        self.before = Some(old);
    }
}
