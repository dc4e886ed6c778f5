//! Checks with axe-core for people who cannot see the page, or not well: it finds nothing wrong.

use crate::Test;
use crate::narrow::over;
use crate::need::{self, Need};
use receptive_e2e::page::Page;
use receptive_lessons::chapters;
use receptive_lessons::settings::Kind;
use std::fs;

pub(crate) const TESTS: &[Test] = &[
    ("axe finds nothing wrong on any page, wide or narrow, light or dark", Need::Axe, every_page),
    ("axe finds what is wrong on a spoilt page", Need::Axe, spoilt_page),
];

/// Violations in words, one for each element.
const CHECK: &str = r"
const { violations } = await axe.run(document, options);
return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target}: ${n.failureSummary.replace(/\s+/g, ' ')}`));";

/// Dark colours change nothing but contrast.
pub(crate) const COLOURS: [(&str, &str); 2] = [
    ("light", "{ resultTypes: ['violations'] }"),
    ("dark", "{ resultTypes: ['violations'], runOnly: 'color-contrast' }"),
];

pub(crate) fn open(link: &str) -> Page {
    let page = Page::open(link);
    bring_axe(&page);
    page
}

/// Puts axe into a page.
pub(crate) fn bring_axe(page: &Page) {
    let script = need::axe().and_then(|path| fs::read_to_string(path).ok()).expect("axe can be read");
    page.browser.run(&script);
}

pub(crate) fn check(page: &Page, options: &str) -> Vec<String> {
    let wrong = page.browser.run(&format!("const options = {options};{CHECK}"));
    wrong.as_array().expect("a list").iter().filter_map(|text| text.as_str().map(String::from)).collect()
}

/// What axe finds wrong with a page, wide or narrow, light or dark, and what of it is wider than the window.
pub(crate) fn check_everywhere(page: &Page) -> Vec<String> {
    let mut found = vec![];
    for (width, height) in [(1280, 900), (390, 844)] {
        page.browser.resize(width, height);
        for (colours, options) in COLOURS {
            page.browser.prefer(&[("prefers-color-scheme", colours), ("prefers-reduced-motion", "reduce")]);
            found.extend(check(page, options).iter().map(|wrong| format!("{width} px, {colours}: {wrong}")));
        }
        found.extend(Some(over(page)).filter(|over| !over.is_empty()));
    }
    found
}

/// Every page, and every chapter in one more state, as path and query.
fn states() -> Vec<(String, String)> {
    let others = ["/", "/draw", "/lab"].map(|path| (path.to_string(), String::new()));
    let chapters = chapters::ALL.iter().flat_map(|chapter| {
        let choice = chapter.params.iter().find_map(|param| match param.kind {
            Kind::Choice(options) => Some(format!("{}={}", param.key, options[1])),
            _ => None,
        });
        let queries = [String::new(), format!("{}&at=3", choice.unwrap_or_default())];
        queries.map(|query| (format!("/lesson/{}", chapter.key), query))
    });
    others.into_iter().chain(chapters).collect()
}

fn every_page() {
    let page = open("/lab?data=digits");
    let mut found = vec![];
    for (path, query) in states() {
        page.turn(&path, &query);
        // In dark colours a phone shows nothing that a desktop does not; and in another state there is another stage, but
        // the same around it.
        let looks = [(1280, 900, &COLOURS[..]), (390, 844, &COLOURS[..1])];
        let looks = if query.is_empty() { &looks[..] } else { &[(1280, 900, &COLOURS[..1])] };
        for &(width, height, colours) in looks {
            page.browser.resize(width, height);
            for &(colours, options) in colours {
                // No colour is on its way to another while it is measured.
                page.browser.prefer(&[("prefers-color-scheme", colours), ("prefers-reduced-motion", "reduce")]);
                let wrong = check(&page, options);
                found.extend(wrong.iter().map(|wrong| format!("{path}?{query}, {width} px, {colours}: {wrong}")));
            }
        }
    }
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    page.check_silence();
}

fn spoilt_page() {
    let page = open("/?data=digits");
    page.browser.run("const faint = Object.assign(document.createElement('p'), { textContent: 'faint' }); faint.style.color = '#999'; document.querySelector('main h1').after(document.createElement('button'), faint)");
    for (_, options) in COLOURS {
        let wrong = check(&page, options);
        assert!(wrong.iter().any(|wrong| wrong.starts_with("color-contrast: .contents > p")), "{wrong:?}");
        assert_eq!(wrong.iter().any(|wrong| wrong.starts_with("button-name")), !options.contains("runOnly"));
    }
}
