//! The outputs on a chapter's screen, computed from the inputs on the same screen.
//!
//! An oracle reads pictures, kernels and biases as the page shows them, takes the settings of the link, does the sums
//! with arithmetic of its own, and compares. No trace has a part in the numbers: it only says which settings can be
//! shown, and how long the time line is. Each oracle must also reject copies of its screens with one wrong number.

mod arithmetic;
mod canary;
mod convolution;
mod draw;
mod features;
mod images;
mod kernel_size;
mod padding;
mod shown;
mod sliding;
mod stride;
mod volumes;

use crate::Test;
use crate::chapters::{random, show};
use crate::need::Need;
use receptive_core::Rng;
use receptive_e2e::page::Page;
use receptive_e2e::screen::Screen;
use receptive_lessons::Chapter;
use receptive_lessons::scene::Item;
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] = &[(
    "sums done elsewhere agree with the screens from images to stride, and with no wrong one",
    Need::Nothing,
    numbers,
)];

/// Settings drawn for each chapter beside those at its start.
const N_DRAWN: usize = 10;
/// Cells that still hold numbers on the page.
const MAX_NUMBERS: usize = 200;
/// The time that the page may take to come to a screen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Knows a chapter's numbers.
struct Oracle {
    /// The chapter.
    key: &'static str,
    /// Types numbers of which three decimals hide nothing.
    typed: fn(&mut Settings, &mut Rng),
    /// True if a grid's numbers are made from others of the screen.
    made: fn(&str, &Settings) -> bool,
    /// Says what is wrong with a screen.
    check: fn(&Screen, &Settings) -> Result<(), String>,
}

const ORACLES: &[Oracle] = &[
    images::ORACLE,
    convolution::ORACLE,
    features::ORACLE,
    volumes::ORACLE,
    kernel_size::ORACLE,
    padding::ORACLE,
    stride::ORACLE,
];

/// Returns the last moment of the time line; `None` for settings that the chapter refuses, or with a grid too large for
/// numbers.
fn last_moment(chapter: &Chapter, settings: &Settings) -> Option<usize> {
    let trace = (chapter.trace)(settings, &World::default()).ok()?;
    let is_large = |item: &&Item| matches!(item, Item::Grid(grid) if grid.cells.len() > MAX_NUMBERS);
    let last = trace.n_moments() - 1;
    trace.scene(last).items().iter().all(|item| !is_large(item)).then_some(last)
}

/// A chapter's settings at its start, there also at the end of the time line, and at random, where all is computed.
fn cases(oracle: &Oracle, chapter: &Chapter, rng: &mut Rng) -> Vec<Settings> {
    let [start, mut end] = [chapter.settings(), chapter.settings()];
    end.at = last_moment(chapter, &end);
    let mut cases = vec![start, end];
    while cases.len() < 2 + N_DRAWN {
        let mut settings = random(chapter, rng, false);
        (oracle.typed)(&mut settings, rng);
        settings.at = last_moment(chapter, &settings);
        cases.extend(settings.at.is_some().then_some(settings));
    }
    cases
}

/// The screen of these settings, as soon as the oracle agrees with it.
///
/// # Panics
/// When it never does.
fn agreed(page: &Page, oracle: &Oracle, chapter: &Chapter, settings: &Settings) -> Screen {
    show(page, chapter, settings);
    // Once it has drawn, the page writes the address in its own words, without the network that is there anyway. Were
    // the next address set before that, it would be written over.
    page.wait(chapter.key, 10, |page| !page.browser.run("return location.hash").to_string().contains("net=small"));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let screen = Screen::read(page);
        let Err(difference) = (oracle.check)(&screen, settings) else { return screen };
        assert!(Instant::now() < deadline, "{} {:?}: {difference}", chapter.key, settings.pairs());
        thread::sleep(Duration::from_millis(60));
    }
}

/// Spoils a screen in every way, and returns what was spoiled.
///
/// # Panics
/// When the oracle believes one of them.
fn rejected(oracle: &Oracle, screen: &Screen, settings: &Settings, rng: &mut Rng) -> Vec<String> {
    let canaries = canary::all(screen, |name| (oracle.made)(name, settings), rng);
    for (what, wrong) in &canaries {
        let is_rejected = (oracle.check)(wrong, settings).is_err();
        assert!(is_rejected, "{} {:?}: {what} is wrong, and believed", oracle.key, settings.pairs());
    }
    canaries.into_iter().map(|(what, _)| what).collect()
}

fn numbers() {
    let page = Page::open("/?data=digits&net=small&seed=5");
    let mut rng = Rng::new(7);
    for oracle in ORACLES {
        let chapter = Chapter::find(oracle.key).unwrap_or_else(|| panic!("no chapter {}", oracle.key));
        let (mut n_screens, mut spoiled) = (0, vec![]);
        for settings in cases(oracle, chapter, &mut rng) {
            let screen = agreed(&page, oracle, chapter, &settings);
            spoiled.extend(rejected(oracle, &screen, &settings, &mut rng));
            n_screens += 1;
        }
        let has_all = canary::SORTS.iter().all(|sort| spoiled.iter().any(|what| what.starts_with(sort)));
        assert!(has_all, "{}: spoiled were only {spoiled:?}", oracle.key);
        println!("{}: {n_screens} screens agree, {} wrong ones do not", oracle.key, spoiled.len());
    }
    page.check_silence();
}
