//! Narrow screens: a phone, and a desktop at 200 % zoom.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::settings::Kind;
use receptive_lessons::{Chapter, chapters};

pub(crate) const TESTS: &[Test] =
    &[("no chapter scrolls sideways in any of its modes, on a phone or at 200 % zoom", Need::Nothing, sideways)];

/// By how many pixels the page is wider than the screen, and what sticks out. A phone widens its window for what does
/// not fit, so the width of the window would say nothing.
const OVER: &str = r"
const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
const scrolls = e => e && e !== document.body && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
const right = e => { const box = e.getBoundingClientRect(); return Math.max(box.right, box.left + e.scrollWidth) };
const out = [...document.querySelectorAll('main :not(.spoken)')].filter(e => right(e) > root.clientWidth + 1 && !scrolls(e.parentElement));
return over > 0 ? `${over} px: ${out.sort((a, b) => right(b) - right(a)).slice(0, 3).map(e => e.id || e.getAttribute('class') || e.localName).join(', ')}` : '';";

pub(crate) fn over(page: &Page) -> String {
    page.browser.run(OVER).as_str().unwrap_or_default().to_string()
}

fn sideways() {
    let page = Page::open("/lab?data=digits");
    let mut wide = vec![];
    for (width, height) in [(390, 844), (640, 450)] {
        page.browser.resize(width, height);
        for chapter in chapters::ALL {
            for mode in modes(chapter) {
                page.turn(&format!("/lesson/{}", chapter.key), &mode);
                let over = over(&page);
                if !over.is_empty() {
                    wide.push(format!("{}?{mode} at {width} px scrolls by {over}", chapter.key));
                }
            }
        }
        page.turn("/lab", "");
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
    page.browser
        .run("const wide = Object.assign(document.createElement('p'), { textContent: 'wide' }); wide.style.width = '700px'; document.querySelector('main').append(wide)");
    assert!(over(&page).ends_with(": p"), "{}", over(&page));
    page.check_silence();
}

/// Returns the modes and the data of a chapter, as settings.
fn modes(chapter: &Chapter) -> Vec<String> {
    let modes =
        chapter.params.iter().filter(|param| ["show", "on"].contains(&param.key)).flat_map(|param| match param.kind {
            Kind::Choice(options) => options.iter().map(|option| format!("{}={option}", param.key)).collect(),
            _ => vec![],
        });
    let modes: Vec<_> = modes.collect();
    if modes.is_empty() { vec![String::new()] } else { modes }
}
