//! The outputs on the screen, computed again from the inputs on the screen.
//!
//! An oracle sees the screen and the settings, and does its arithmetic by plain loops: the lessons' traces have no
//! say in it. And it proves that it can fail: with any one of its numbers changed, a screen must be refused.

mod activation;
mod backprop;
mod backprop_cnn;
mod building;
mod counts;
mod descent;
mod flatten;
mod loss;
mod one_step;
mod optimisers;
mod pooling;
mod reading;
mod schedules;
mod slips;
mod softmax;
mod training;

use crate::need::Need;
use crate::{Test, chapters};
use reading::{nudged, result_of};
use receptive_core::Rng;
use receptive_e2e::page::Page;
use receptive_e2e::screen::Screen;
use receptive_lessons::Chapter;
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;

pub(crate) const TESTS: &[Test] = &[(
    "what maps, rows, probabilities and ledgers show follows from what goes in, and one wrong number is noticed",
    Need::Nothing,
    follows,
)];

const ORACLES: &[Oracle] = &[
    activation::ORACLE,
    pooling::ORACLE,
    flatten::ORACLE,
    softmax::ORACLE,
    building::ORACLE,
    counts::ORACLE,
    slips::ORACLE,
    loss::ORACLE,
    training::ORACLE,
    backprop::ORACLE,
    backprop_cnn::ORACLE,
    descent::ORACLE,
    optimisers::ORACLE,
    one_step::ORACLE,
    schedules::ORACLE,
];

/// Knows the numbers that a chapter's screen has to show.
struct Oracle {
    chapter: &'static str,
    /// The number of times that settings are drawn at random, after those at the start.
    n_rounds: usize,
    /// Draws more than sliders and choices: typed numbers, and settings that must not be left to chance.
    vary: fn(&mut Settings, &mut Rng, usize),
    /// Says which number is not what it must be.
    check: fn(&Screen, &Settings) -> Result<(), String>,
    /// Grids, tables, bars and formulas whose every number is computed; "equation" is the equation's result.
    outputs: fn(&Settings) -> &'static [&'static str],
}

fn follows() {
    let page = Page::open("/?data=digits");
    let mut rng = Rng::new(7);
    for oracle in ORACLES {
        let chapter = Chapter::find(oracle.chapter).expect("the chapter is there");
        let start = chapter.settings();
        let drawn = (0..oracle.n_rounds).map(|round| legal(oracle, chapter, &mut rng, round));
        for mut settings in std::iter::once(start).chain(drawn) {
            // The page stops at the last moment, where everything is known.
            settings.at = Some(1_000_000);
            let screen = visit(&page, chapter, &settings);
            let message = |why: String| format!("{} {:?}: {why}", chapter.key, settings.pairs());
            (oracle.check)(&screen, &settings).unwrap_or_else(|why| panic!("{}", message(why)));
            refuses_wrong(oracle, &screen, &settings).unwrap_or_else(|why| panic!("{}", message(why)));
        }
    }
    page.check_silence();
}

/// Settings at random that the chapter can show without digit or network.
fn legal(oracle: &Oracle, chapter: &Chapter, rng: &mut Rng, round: usize) -> Settings {
    let can_be = |settings: &Settings| (chapter.trace)(settings, &World::default()).is_ok();
    let mut draw = || {
        let mut settings = chapters::random(chapter, rng, false);
        (oracle.vary)(&mut settings, rng, round);
        settings
    };
    (0..100).map(|_| draw()).find(can_be).unwrap_or_else(|| panic!("{}: nothing can be shown", chapter.key))
}

/// Goes to a chapter in these settings, by way of another page: what is read is not left over from before.
fn visit(page: &Page, chapter: &Chapter, settings: &Settings) -> Screen {
    page.turn("/", "");
    let pairs: Vec<_> = settings.pairs().into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let address = format!("/lesson/{}?{}&data=digits", chapter.key, pairs.join("&"));
    page.set_address(&address);
    page.wait_for(&format!("[data-chapter=\"{}\"] .board", chapter.key), 10);
    assert!(!page.has("#lesson-problem"), "{} {pairs:?}: {}", chapter.key, page.text("#lesson-problem"));
    Screen::read(page)
}

/// Changes each of the numbers that come out, one at a time.
fn refuses_wrong(oracle: &Oracle, screen: &Screen, settings: &Settings) -> Result<(), String> {
    let names = (oracle.outputs)(settings);
    let wrong: Vec<_> = names.iter().flat_map(|name| wrong_screens(screen, name)).collect();
    if wrong.is_empty() && !names.is_empty() {
        return Err("no number comes out".into());
    }
    let is_missed = |(_, screen): &&(String, Screen)| (oracle.check)(screen, settings).is_ok();
    match wrong.iter().find(is_missed) {
        Some((what, _)) => Err(format!("nobody notices {what}")),
        None => Ok(()),
    }
}

/// Copies of a screen with one number of a thing changed, and what was changed.
fn wrong_screens(screen: &Screen, name: &str) -> Vec<(String, Screen)> {
    let mut wrong = vec![];
    let mut try_at = |text: &str, put: &dyn Fn(&mut Screen, String)| {
        if let Some(other) = nudged(text) {
            let mut copy = screen.clone();
            put(&mut copy, other.clone());
            wrong.push((format!("“{other}” for “{text}” in {name}"), copy));
        }
    };
    for (i, text) in screen.grids.get(name).iter().flat_map(|grid| grid.texts.iter().enumerate()) {
        try_at(text, &|copy, other| copy.grids.get_mut(name).expect("a copy").texts[i] = other);
    }
    for (i, row) in screen.tables.get(name).iter().flat_map(|rows| rows.iter().enumerate()) {
        // The first column names the rows; a sentence is no number.
        for (j, text) in row.iter().enumerate().skip(1).filter(|(_, text)| !text.ends_with('.')) {
            try_at(text, &|copy, other| copy.tables.get_mut(name).expect("a copy")[i][j] = other);
        }
    }
    for (i, [_, text]) in screen.bars.get(name).iter().flat_map(|bars| bars.iter().enumerate()) {
        try_at(text, &|copy, other| copy.bars.get_mut(name).expect("a copy")[i][1] = other);
    }
    if let Some(result) = screen.formulas.get(name).and_then(|text| result_of(text)) {
        try_at(&result, &|copy, other| *copy.formulas.get_mut(name).expect("a copy") = format!("= {other}"));
    }
    if name == "equation" {
        try_at(&screen.result, &|copy, other| copy.result = other);
    }
    wrong
}
