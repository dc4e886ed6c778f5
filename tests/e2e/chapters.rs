//! Every chapter's screen against its trace, and its trace's numbers, as the screen shows them, against the engine.

use crate::Test;
use crate::need::Need;
use receptive_core::Rng;
use receptive_e2e::live;
use receptive_e2e::page::Page;
use receptive_e2e::screen::Screen;
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::World;
use receptive_lessons::{Chapter, Trace, chapters};
use receptive_nn::Preset;
use std::thread;
use std::time::Duration;

pub(crate) const TESTS: &[Test] = &[
    ("every number of every chapter is its trace's, at settings drawn at random", Need::Nothing, random_settings),
    ("every chapter shows a digit and the network in the Lab as they are", Need::Nothing, live_numbers),
];

/// The page's settings for live chapters.
const SEED: u32 = 5;
const DIGIT: u32 = 3;

/// Settings drawn at random, each of them legal by itself.
pub(crate) fn random(chapter: &Chapter, rng: &mut Rng, is_live: bool) -> Settings {
    let mut settings = chapter.settings();
    for param in chapter.params {
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(low + rng.below((high - low + 1) as u32) as usize),
            Kind::Real { low, high, .. } => Value::Real((rng.range(low, high) * 20.0).round() / 20.0),
            Kind::Choice(options) => Value::Choice(options[rng.below(options.len() as u32) as usize]),
            Kind::Numbers | Kind::Text => continue,
        };
        settings.set(param.key, value);
    }
    if chapter.params.iter().any(|param| param.key == "on") {
        settings.set("on", Value::Choice(if is_live { "digit" } else { "small" }));
    }
    settings
}

/// Goes to a chapter in these settings without loading the page anew.
pub(crate) fn show(page: &Page, chapter: &Chapter, settings: &Settings) {
    let pairs: Vec<_> = settings.pairs().into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let live = format!("data=digits&net=small&seed={SEED}&digit={DIGIT}");
    let address = format!("/lesson/{}?{}", chapter.key, [pairs.join("&"), live].join("&").trim_start_matches('&'));
    page.set_address(&address);
}

/// Compares the screen with a trace, as soon as the page has come to it.
///
/// # Panics
/// When it does not.
fn check(page: &Page, chapter: &Chapter, settings: &Settings, trace: &dyn Trace) {
    let moment = settings.at.unwrap_or_else(|| trace.first_moment()).min(trace.n_moments() - 1);
    let wanted = trace.scene(moment).caption;
    let there = format!("[data-chapter=\"{}\"]", chapter.key);
    page.wait(&format!("{} {:?}: {wanted}", chapter.key, settings.pairs()), 30, |page| {
        page.has(&there) && page.text("#lesson-caption") == wanted
    });
    // What is computed elsewhere may arrive a little later than a caption that needs none of it.
    let mut difference = None;
    for _ in 0..30 {
        let seen = Screen::read(page);
        difference = seen.difference(&Screen::of(trace, moment, &seen));
        if difference.is_none() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{} {:?}: {}", chapter.key, settings.pairs(), difference.unwrap_or_default());
}

fn compare(is_live: bool, n_rounds: usize) {
    let world = |is_next| if is_live { live::world(Preset::Small, SEED, DIGIT, is_next) } else { World::default() };
    let worlds = [false, true].map(world);
    let page = Page::open(&format!("/?data=digits&net=small&seed={SEED}"));
    let mut rng = Rng::new(2026);
    for chapter in chapters::ALL {
        let mut n_compared = 0;
        for round in 0..4 * n_rounds {
            let mut settings = random(chapter, &mut rng, is_live);
            if round == 0 && !is_live {
                settings = chapter.settings();
            }
            let world = &worlds[usize::from((chapter.needs)(&settings).is_next_class)];
            let Ok(trace) = (chapter.trace)(&settings, world) else { continue };
            if round % 2 == 1 && trace.n_moments() > 1 {
                settings.at = Some(rng.below(trace.n_moments() as u32) as usize);
            }
            show(&page, chapter, &settings);
            check(&page, chapter, &settings, &*trace);
            n_compared += 1;
            if n_compared == n_rounds {
                break;
            }
        }
        assert!(n_compared > 0, "{}: nothing to compare", chapter.key);
    }
    page.check_silence();
}

fn random_settings() {
    compare(false, 6);
}

fn live_numbers() {
    compare(true, 3);
}
