//! Links, pages, sizes.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::chapters;

pub(crate) const TESTS: &[Test] = &[
    ("the first view comes up without a dataset, and every page by its link", Need::Nothing, pages),
    ("a copied link opens the same state", Need::Nothing, copied),
    ("a hostile link opens the page with a sentence and the default", Need::Nothing, hostile),
    ("no page scrolls sideways, on a desktop or on a phone", Need::Nothing, sideways),
];

/// Every place of the page.
fn paths() -> Vec<String> {
    let chapters = chapters::ALL.iter().map(|chapter| format!("/lesson/{}", chapter.key));
    ["/", "/lab", "/draw"].map(String::from).into_iter().chain(chapters).collect()
}

fn pages() {
    let page = Page::open("/?data=digits");
    let requests = page.texts("main h1");
    assert_eq!(requests.len(), 1);
    for path in paths() {
        page.go(&format!("{path}?data=digits"));
        assert!(page.has("nav a[aria-current]"), "{path}");
        page.check_silence();
    }
}

fn copied() {
    let page = Page::open("/lab?data=digits");
    page.wait_until_ready();
    page.browser.click("#more-settings");
    page.browser.type_into("#batch", "16\u{e007}");
    page.browser.run("const net = document.querySelector('#net'); net.value = 'mlp'; net.dispatchEvent(new Event('change', { bubbles: true }))");
    page.wait("the address", 5, |page| {
        page.browser
            .run("return location.hash")
            .as_str()
            .is_some_and(|hash| hash.contains("net=mlp") && hash.contains("batch=16"))
    });
    let hash = page.browser.run("return location.hash");
    page.go(hash.as_str().unwrap_or_default().trim_start_matches('#'));
    page.wait_until_ready();
    assert_eq!((page.texts("#batch"), page.texts("#net")), (vec!["16".into()], vec!["mlp".into()]));
    page.check_silence();
}

fn hostile() {
    let page = Page::open("/lab?data=digits&lr=NaN&net=zzz&x=1");
    page.wait_until_ready();
    page.wait("three notices", 5, |page| page.texts(".notice").len() == 3);
    assert_eq!((page.texts("#lr"), page.texts("#net")), (vec!["0.002".into()], vec!["small".into()]));
    page.go(&format!("/lab?{}", "junk".repeat(5000)));
    page.wait("a notice", 5, |page| page.text(".notice").contains("too long"));
    page.go("/nowhere?data=digits");
    page.wait("a notice", 5, |page| page.text(".notice").contains("no page"));
    page.check_silence();
}

fn sideways() {
    let page = Page::open("/?data=digits");
    for (width, height) in [(390, 844), (1280, 900)] {
        page.browser.resize(width, height);
        for path in paths() {
            page.go(&format!("{path}?data=digits"));
            let over = page.browser.run("return document.documentElement.scrollWidth - innerWidth");
            assert!(over.as_i64().is_some_and(|pixels| pixels <= 0), "{path} at {width} px scrolls by {over} px");
        }
    }
    page.check_silence();
}
