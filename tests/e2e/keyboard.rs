//! Every chapter with the keyboard alone.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::exercise::{Answer, Task};
use receptive_lessons::scene::Item;
use receptive_lessons::world::World;
use receptive_lessons::{Chapter, chapters};
use std::rc::Rc;
use std::time::Duration;

pub(crate) const TESTS: &[Test] = &[
    ("the tab key goes through every chapter in order, without a trap, and shows where it is", Need::Nothing, tabbing),
    ("a choice, a list and a slider of every chapter are changed by keys", Need::Nothing, controls),
    ("every chapter's time line and grids are walked by keys", Need::Nothing, walking),
    ("every chapter's cells take typing, and Escape takes it back", Need::Nothing, typing),
    ("every exercise is answered by keys", Need::Nothing, answering),
];

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const END: &str = "\u{e010}";
const HOME: &str = "\u{e011}";
const LEFT: &str = "\u{e012}";
const UP: &str = "\u{e013}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

/// The stops of the tab key, in the order in which the page is read: of radio buttons, one of each group.
const STOPS: &str = r"
const place = part => document.querySelector(part)?.getBoundingClientRect();
const isUnder = place('.prose')?.top >= place('.stage')?.bottom;
const late = e => isUnder && e.closest('.prose') ? 1 : 0;
const radio = e => document.querySelector(`[name='${e.name}']:checked`) ?? document.querySelector(`[name='${e.name}']`);
const stops = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
  .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility() && (e.type !== 'radio' || e === radio(e)))
  .sort((a, b) => late(a) - late(b));";

/// Notes at each press of the tab key what it leaves: by then it is drawn and scrolled to.
const NOTE: &str = r"
window.noted = [];
window.noting ??= addEventListener('keydown', () => {
  const e = document.activeElement;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  window.noted.push({ e, isOutlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    under: box.height > innerHeight / 2 || e.contains(top) || top?.contains(e) ? '' : called(top) });
}, true) ?? true;
window.called = e => e ? e.id || e.getAttribute('aria-label') || `${e.className} ${e.textContent.slice(0, 30)}` : 'the edge';";

/// The faults in what was noted, in words.
const JUDGE: &str = r"
const wrong = [];
const order = window.noted.map(noted => window.wanted.indexOf(noted.e));
window.noted.forEach(({ e, isOutlined, under }, i) => {
  if (order[i] < 0) wrong.push(`${called(e)}: a stop that nothing says`);
  if (i > 0 && order[i] <= order[i - 1]) wrong.push(`${called(e)}: out of order`);
  if (!isOutlined) wrong.push(`${called(e)}: the focus is not seen`);
  if (under) wrong.push(`${called(e)}: lies under ${under}`);
});
window.wanted.filter((_, i) => !order.includes(i)).forEach(e => wrong.push(`${called(e)}: never reached`));
const parts = ['.top nav', '.exercises', '.next', '.neighbours', '.choices', '#stage', '.board', '.transport'];
parts.filter(part => document.querySelector(part) && !window.noted.some(noted => noted.e.closest(part)))
  .forEach(part => wrong.push(`${part}: passed over`));
return wrong;";

/// A desktop, and the same at 200 % zoom.
const SIZES: [(u32, u32); 2] = [(1280, 900), (640, 450)];

fn tabbing() {
    let page = Page::open("/lab?data=digits");
    let mut wrong = vec![];
    for (width, height) in SIZES {
        page.browser.resize(width, height);
        for chapter in chapters::ALL {
            page.turn(&format!("/lesson/{}", chapter.key), "");
            let n = page.browser.run(&format!(
                "{STOPS}{NOTE} window.wanted = stops; window.wanted[0].focus(); return window.wanted.length"
            ));
            page.browser.press(&TAB.repeat(n.as_u64().unwrap_or_default() as usize));
            let found = page.browser.run(JUDGE).as_array().cloned().unwrap_or_default();
            wrong.extend(found.iter().map(|found| format!("{} at {width} px: {found}", chapter.key)));
        }
        page.turn("/lab", "");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.check_silence();
}

/// The time after which what the guide finds has come, which is a moment after what changed on the stage.
const FOUND: Duration = Duration::from_millis(400);

/// Goes on with the tab key until the focus is on the next thing of a selector.
fn tab_to(page: &Page, selector: &str) {
    page.browser.run("window.tabbedFrom = document.activeElement");
    let mut is_there = tabs_to(page, selector);
    if !is_there {
        // Something has come in between meanwhile.
        std::thread::sleep(FOUND);
        page.browser.run("window.tabbedFrom.focus()");
        is_there = tabs_to(page, selector);
    }
    assert!(is_there, "the tab key does not come to {selector}");
}

/// Presses the tab key as often as there are stops up to the next thing of a selector. Returns true if it has the focus then.
fn tabs_to(page: &Page, selector: &str) -> bool {
    let n = page.browser.run(&format!(
        "{STOPS} const here = document.activeElement, isAfter = e => here !== e && here.compareDocumentPosition(e) & 4;
         return stops.filter(isAfter).findIndex(e => e.matches({selector:?})) + 1"
    ));
    page.browser.press(&TAB.repeat(n.as_u64().unwrap_or_default() as usize));
    n != 0 && focused(page, &format!("e.matches({selector:?})")) == "true"
}

/// Goes to a chapter, with the focus before all that is in it.
fn go(page: &Page, chapter: &Chapter, query: &str) {
    page.turn(&format!("/lesson/{}", chapter.key), query);
    page.browser.run("document.querySelector('main').focus()");
}

/// Returns the value that is read from the focused element, which is called `e`.
fn focused(page: &Page, what: &str) -> String {
    let read = page.browser.run(&format!("const e = document.activeElement; return String({what})"));
    read.as_str().unwrap_or_default().to_string()
}

/// Waits until this is read.
fn comes_to(page: &Page, what: &str, read: &str, wanted: &str) {
    page.wait(&format!("{what} {wanted}"), 5, |page| focused(page, read) == wanted);
}

fn controls() {
    let page = Page::open("/lesson/images?data=digits");
    page.browser.press(TAB);
    assert_eq!(focused(&page, "e.className"), "skip");
    page.browser.press(ENTER);
    assert_eq!(focused(&page, "e.id"), "main");
    // A worker that is up brings digits at once, and with them buttons to choose among them.
    page.turn("/lab", "");
    page.wait_until_ready();
    page.turn("/", "");
    let mut lost = vec![];
    for chapter in chapters::ALL {
        go(&page, chapter, "");
        for (selector, key) in
            [(".choices .seg button:not(.on)", " "), (".choices select", DOWN), (".choices .slider input", RIGHT)]
        {
            // What is folded is opened: the tab key passes by what is not seen.
            page.browser.run("document.querySelectorAll('.choices details').forEach(folded => folded.open = true)");
            if page.has(selector) {
                page.browser.run("document.querySelector('main').focus()");
                tab_to(&page, selector);
                let read = "e.matches('button') ? e.ariaPressed : e.value";
                let (id, before) = (focused(&page, "e.id"), focused(&page, read));
                let key = if focused(&page, "e.type === 'range' && e.value === e.max") == "true" { LEFT } else { key };
                page.browser.press(key);
                page.wait(&id, 5, |page| focused(page, read) != before);
                if focused(&page, "e.id") != id {
                    lost.push(format!("{} {id}", chapter.key));
                }
            }
        }
    }
    assert!(lost.is_empty(), "the focus is lost: {lost:?}");
    page.check_silence();
}

fn walking() {
    let page = Page::open("/lab?data=digits");
    for chapter in chapters::ALL {
        // Large grids walk alike; one chapter with them is enough.
        let queries: &[&str] = if chapter.key == "convolution" { &["", "on=digit"] } else { &[""] };
        for query in queries {
            go(&page, chapter, query);
            tab_to(&page, "#stage");
            if page.has(".transport") {
                move_in_time(&page, chapter);
            }
            let grids = "return [...document.querySelectorAll('.board :is(.grid, .pixels-plane)')].map(e => e.id)";
            for grid in page.browser.run(grids).as_array().into_iter().flatten().filter_map(|id| id.as_str()) {
                walk(&page, grid);
            }
        }
    }
    page.check_silence();
}

fn move_in_time(page: &Page, chapter: &Chapter) {
    let read = "document.querySelector('#scrub').value";
    let last = focused(page, "document.querySelector('#scrub').max");
    let before_last = (last.parse::<usize>().unwrap_or_default() - 1).to_string();
    for (key, place) in [(END, &*last), (LEFT, &*before_last), (HOME, "0"), (RIGHT, "1"), (LEFT, "0")] {
        page.browser.press(key);
        comes_to(page, &format!("{}: the time line", chapter.key), read, place);
    }
    let label = "document.querySelector('#play').ariaLabel";
    for (key, says) in [(" ", "Pause"), (" ", "Play"), (" ", "Pause"), (RIGHT, "Play")] {
        page.browser.press(key);
        comes_to(page, &format!("{}: playing", chapter.key), label, says);
    }
}

/// Walks a grid, and looks where the walk ends.
fn walk(page: &Page, grid: &str) {
    tab_to(page, &format!("#{grid} *"));
    let size = page.browser.run(&format!(
        "const grid = document.getElementById({grid:?}), rows = grid.querySelectorAll('.grid-row');
         return [+grid.ariaRowCount || rows.length, +grid.ariaColCount || rows[0].children.length]"
    ));
    let [rows, columns] = [0, 1].map(|i| size[i].as_u64().unwrap_or_default() as usize);
    let cell = format!("e.closest('#{grid} [data-cell]')?.dataset.cell");
    let start: usize = focused(page, &cell).parse().expect("a cell with the focus");
    let (mut row, mut column) = (start / columns, start % columns);
    let keys = [RIGHT, RIGHT, DOWN, DOWN, LEFT, UP];
    for key in keys {
        match key {
            RIGHT => column = (column + 1).min(columns - 1),
            DOWN => row = (row + 1).min(rows - 1),
            LEFT => column = column.saturating_sub(1),
            _ => row = row.saturating_sub(1),
        }
    }
    page.browser.press(&keys.concat());
    let end = (row * columns + column).to_string();
    comes_to(page, &format!("{grid}, {rows} by {columns}, from {start}"), &cell, &end);
    let state = focused(
        page,
        &format!(
            "[document.querySelectorAll('#{grid} [tabindex=\"0\"]').length, !!document.querySelector('#lesson-caption').textContent]"
        ),
    );
    assert_eq!(state, "1,true", "{grid}: cells that the tab key reaches, and whether the cell is described");
}

/// The sum of the other cells of the grid in which the cell `e` stands.
const OTHERS: &str = "String([...e.closest('.grid').querySelectorAll('input')].filter(i => i !== e).reduce((sum, i) => sum + Number(i.value), 0))";

/// What a cell says, as a number; a cell that says no number is none.
fn number_of(text: &str) -> f32 {
    text.replace('−', "-").parse().unwrap_or(f32::NAN)
}

fn typing() {
    let page = Page::open("/lab?data=digits");
    let mut wrong = vec![];
    for chapter in chapters::ALL {
        go(&page, chapter, "");
        if !page.has(".board .grid input[tabindex='0']") {
            continue;
        }
        tab_to(&page, ".board .grid input");
        let before = focused(&page, "e.value");
        let other = if before == "3" { "2" } else { "3" };
        let rest: f32 = number_of(&focused(&page, OTHERS));
        page.browser.press(other);
        assert_eq!(focused(&page, "e.value"), other, "{}: what is typed replaces what stood there", chapter.key);
        page.browser.press(ESCAPE);
        comes_to(&page, &format!("{}: Escape", chapter.key), "e.value", &before);
        page.browser.press(&[other, ENTER].concat());
        page.wait("the new number", 5, |page| focused(page, "e.value") != before);
        // Numbers that stand for probabilities are divided by their sum.
        let now = focused(&page, "e.value");
        let wanted: f32 = number_of(other);
        let wanted = if chapter.key == "loss" { wanted / (wanted + rest) } else { wanted };
        let is_there = (number_of(&now) - wanted).abs() <= 0.0006;
        if !is_there || page.has("#lesson-problem") {
            wrong.push(format!("{}: {before}, Escape, {other}, Enter: {now}", chapter.key));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    page.check_silence();
}

fn answering() {
    let page = Page::open("/lab?data=digits");
    for chapter in chapters::ALL {
        go(&page, chapter, "");
        let exercises = chapter.exercises.iter().map(|exercise| (exercise.key, Rc::new(exercise.task(1))));
        let trace = (chapter.trace)(&chapter.settings(), &World::default()).expect("a stage");
        let scene = trace.scene(trace.first_moment());
        let asked = scene.items().into_iter().filter_map(|item| match item {
            Item::Ask(name, task) => Some((*name, task.clone())),
            _ => None,
        });
        // In the order of the page: the stage comes before the exercises.
        for (name, task) in asked.chain(exercises) {
            answer(&page, name, &task);
            let verdict = format!("#exercise-{name}-verdict");
            page.wait(&verdict, 5, |page| page.has(&verdict));
            assert!(page.has(&format!("{verdict}.right")), "{} {name}: {}", chapter.key, page.text(&verdict));
        }
    }
    page.check_silence();
}

/// Gives the right answer.
fn answer(page: &Page, name: &str, task: &Task) {
    let form = format!("#exercise-{name}");
    match &task.answer {
        Answer::Number { value, decimals } => {
            tab_to(page, &format!("{form} input"));
            page.browser.press(&format!("{value:.decimals$}{ENTER}"));
        }
        Answer::Size(_) => {
            tab_to(page, &format!("{form} input"));
            page.browser.press(&format!("{}{ENTER}", task.answer.text()));
        }
        Answer::Choice { right, .. } => {
            tab_to(page, &format!("{form} input"));
            page.browser.press(&if *right == 0 { " ".into() } else { DOWN.repeat(*right) });
            page.browser.press(ENTER);
        }
        Answer::Cells(cells) => {
            let columns = task.grids[0].columns;
            tab_to(page, &format!("{form} .cell *"));
            let mut here = 0;
            for &cell in cells {
                let across = (cell % columns) as i64 - (here % columns) as i64;
                let sideways = if across < 0 { LEFT } else { RIGHT }.repeat(across.unsigned_abs() as usize);
                page.browser.press(&(DOWN.repeat(cell / columns - here / columns) + &sideways + ENTER));
                here = cell;
            }
            tab_to(page, &format!("{form} .go"));
            page.browser.press(" ");
        }
    }
}
