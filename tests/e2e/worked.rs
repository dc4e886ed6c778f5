//! The decks' worked examples, opened in the page by their links.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_e2e::screen::{Screen, number};
use receptive_lessons::worked::{ALL, Worked};

pub(crate) const TESTS: &[Test] = &[
    ("every worked example of the decks opens by its link and shows what is right", Need::Nothing, all),
    ("a worked example opens from its chapter's list", Need::Nothing, by_click),
];

/// Goes to an example without loading the page anew, and to the end of its time line, where everything is known.
fn open(page: &Page, worked: &Worked, link: &str) -> Screen {
    page.turn("/", "");
    let sign = if link.contains('?') { '&' } else { '?' };
    page.set_address(&format!("/lesson/{link}{sign}at=1000000&data=digits"));
    page.wait_for(&format!("[data-chapter=\"{}\"] .board", worked.chapter), 10);
    assert!(!page.has("#lesson-problem"), "{}: {}", worked.id, page.text("#lesson-problem"));
    assert!(!page.has(".notice"), "{}: {}", worked.id, page.text(".notice"));
    Screen::read(page)
}

/// The grid that holds the example's result, where it is a grid or a row.
fn result_grid(worked: &Worked) -> Option<&'static str> {
    match worked.kind {
        "statement" | "count" | "output-size" | "mean-at" | "cross-entropy" => None,
        "softmax" => Some("probabilities"),
        _ => Some("output"),
    }
}

/// All numbers in a text, those between letters too.
fn numbers_in(text: &str) -> Vec<f64> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '−')));
    parts.filter_map(|part| number(part.trim_end_matches([',', '.']))).collect()
}

/// True if a number on the screen is this one as the deck writes it: rounded or cut after as many decimals.
fn is_as_written(worked: &Worked, shown: f64, correct: f64) -> bool {
    let Some(decimals) = worked.decimals() else { return (shown - correct).abs() < 1e-9 };
    let scale = 10f64.powi(decimals as i32);
    let (rounded, cut) = ((shown * scale).round() / scale, (shown * scale).trunc() / scale);
    (rounded - correct).abs() < 1e-9 || (worked.kind == "conv2d-mean" && (cut - correct).abs() < 1e-9)
}

/// Every number on the stage.
fn all_numbers(screen: &Screen) -> Vec<f64> {
    let grids = screen.grids.values().flat_map(|grid| grid.texts.iter());
    let tables = screen.tables.values().flatten().flatten();
    let formulas = screen.formulas.values();
    grids
        .chain(tables)
        .chain(formulas)
        .chain([&screen.result, &screen.caption])
        .flat_map(|text| numbers_in(text))
        .collect()
}

/// True if the screen shows the right result.
fn is_shown(worked: &Worked, screen: &Screen) -> bool {
    let wanted = worked.correct_values();
    let is_one_of = |shown: &[f64], correct: f64| shown.iter().any(|shown| is_as_written(worked, *shown, correct));
    match (worked.kind, result_grid(worked)) {
        (_, Some(grid)) => {
            let shown = screen.numbers(grid);
            let mut pairs = shown.iter().zip(&wanted);
            shown.len() == wanted.len() && pairs.all(|(shown, correct)| is_as_written(worked, *shown, *correct))
        }
        ("statement", _) => true,
        ("cross-entropy", _) => {
            numbers_in(&screen.formulas["loss"]).last().is_some_and(|loss| is_as_written(worked, *loss, wanted[0]))
        }
        // The ledger says 26×26×32, and leaves the product to the reader.
        _ if worked.id == "hidden-units" => screen.tables["ledger"].iter().flatten().any(|text| text == "26×26×32"),
        _ => is_one_of(&all_numbers(screen), wanted[0]),
    }
}

/// The same screen with another number at the end of the example's result.
fn wrong(screen: &Screen, grid: &str) -> Screen {
    let mut wrong = screen.clone();
    let texts = &mut wrong.grids.get_mut(grid).expect("the grid was read").texts;
    let last = screen.numbers(grid).last().copied().unwrap_or_default();
    *texts.last_mut().expect("a number") = (last + 1.0).to_string();
    wrong
}

fn all() {
    let page = Page::open("/?data=digits");
    page.browser.run("window.isStillHere = true");
    let mut n_grids = 0;
    for worked in ALL {
        let Some(link) = worked.link() else { continue };
        let screen = open(&page, worked, &link);
        assert!(is_shown(worked, &screen), "{}: not {:?} but {screen:?}", worked.id, worked.correct_values());
        if worked.kind == "statement" {
            assert!(page.text(".stage").contains(&worked.printed_text().unwrap_or_default()), "{}", worked.id);
        }
        if let Some(grid) = result_grid(worked) {
            assert!(!is_shown(worked, &wrong(&screen, grid)), "{}: a wrong number is taken for right", worked.id);
            n_grids += 1;
        }
    }
    assert!(n_grids >= 20, "only {n_grids} grids");
    assert_eq!(page.browser.run("return window.isStillHere"), true);
    page.check_silence();
}

fn by_click() {
    let worked = ALL.iter().find(|worked| worked.id == "letter-x-maxpool-ceil").expect("an example");
    let page = Page::open("/lesson/pooling?data=digits");
    page.wait_for(".prose .worked summary", 10);
    page.browser.click(".prose .worked summary");
    page.wait("the list", 5, |page| page.has(".prose .worked[open]"));
    page.browser.click(&format!("#worked-{}", worked.id));
    page.wait("the example in the address", 5, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("fit=ceil"))
    });
    // To the end of the time line, where everything is known.
    page.browser.keys("#stage", "\u{e010}");
    page.wait("the last number", 5, |page| {
        Screen::read(page).grids["output"].texts.iter().all(|text| !text.is_empty())
    });
    assert!(is_shown(worked, &Screen::read(&page)), "{:?}", Screen::read(&page).grids);
    page.check_silence();
}
