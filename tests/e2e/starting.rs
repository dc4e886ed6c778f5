//! A page that cannot start says why, and what to do, within seconds; the shipped folder is whole and names its files by
//! their content.

use crate::Test;
use crate::need::Need;
use receptive_e2e::browser::Browser;
use receptive_e2e::page::Page;
use receptive_e2e::site::{Fault, Host, dist, serve, serve_as};
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] = &[
    (
        "the shipped folder can be put on any host: named by content, no part of a builder left in it",
        Need::Nothing,
        folder,
    ),
    ("a page that its host hinders says how", Need::Nothing, hosts),
    ("a page that its browser hinders says how", Need::Nothing, browsers),
    ("a page that is slow to come says what it waits for", Need::Nothing, slow),
    ("a strict content policy that allows what the page needs hinders nothing", Need::Nothing, policy),
];

/// The time that a page may keep its reason to itself.
const PATIENCE: Duration = Duration::from_secs(9);

/// Returns the page's message instead of starting, once it is another than at first.
fn said(browser: &Browser, frame: &str) -> String {
    let begun = Instant::now();
    loop {
        let text = browser.run(&format!("return {frame}document?.querySelector('#starting')?.textContent ?? ''"));
        let text = text.as_str().unwrap_or_default().trim().to_string();
        if !text.is_empty() && !text.contains("One moment") || begun.elapsed() > PATIENCE {
            return text;
        }
        sleep(Duration::from_millis(60));
    }
}

fn folder() {
    let mut n_named = 0;
    for file in fs::read_dir(dist()).expect("the shipped folder").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        // Pages of others name it.
        let is_fixed = name == "embed.js";
        if !is_fixed
            && ["js", "css", "wasm"]
                .iter()
                .any(|ending| Path::new(&name).extension().is_some_and(|found| found == *ending))
        {
            let hash = name.rsplit_once('.').and_then(|(stem, _)| stem.rsplit_once('-')).map_or("", |(_, hash)| hash);
            assert!(
                hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit()),
                "{name} does not name its content"
            );
            n_named += 1;
        }
        let bytes = fs::read(file.path()).unwrap_or_default();
        let is_home = bytes.windows(13).any(|bytes| bytes == b"/registry/src");
        assert!(!is_home, "{name} names a folder of whoever built it");
    }
    assert!(n_named > 10, "only {n_named} files");
    for page in ["index.html", "bench.html"] {
        let text = fs::read_to_string(dist().join(page)).expect("a page");
        for stranger in ["WebSocket", "TRUNK", "data-trunk"] {
            assert!(!text.contains(stranger), "{page} holds {stranger}");
        }
    }
}

fn hosts() {
    let browser = Browser::start(1280, 900);
    let nosniff = "X-Content-Type-Options: nosniff\r\n";
    let cases: [(&str, Host, &[&str]); 14] = [
        (
            "scripts as text",
            Host { faults: &[("front-", Fault::Type("text/plain"))], ..Host::default() },
            &["front-", "as text/plain"],
        ),
        (
            "scripts as text, and no guessing",
            Host {
                head: nosniff,
                faults: &[("front", Fault::Type("text/plain")), ("start", Fault::Type("text/plain"))],
                ..Host::default()
            },
            &["front-", "as text/plain"],
        ),
        (
            "no script",
            Host { faults: &[("front-", Fault::Missing)], ..Host::default() },
            &["front-", ".js is missing", "404"],
        ),
        (
            "no module",
            Host { faults: &[("front_bg-", Fault::Missing)], ..Host::default() },
            &["front_bg-", ".wasm is missing"],
        ),
        (
            "no part of a script",
            Host { faults: &[("snippets/", Fault::Missing)], ..Host::default() },
            &["inline0-", "is missing"],
        ),
        (
            "no first script either",
            Host { faults: &[("front-", Fault::Missing), ("begin-", Fault::Missing)], ..Host::default() },
            &["front-", "is missing"],
        ),
        (
            "a front page for every script",
            Host { faults: &[("front-", Fault::FrontPage)], ..Host::default() },
            &["a web page in place of", ".js"],
        ),
        (
            "a front page for everything",
            Host { faults: &[("front", Fault::FrontPage), ("begin", Fault::FrontPage)], ..Host::default() },
            &["a web page in place of", ".js"],
        ),
        (
            "a front page for the module",
            Host { faults: &[("front_bg-", Fault::FrontPage)], ..Host::default() },
            &["a web page in place of", ".wasm"],
        ),
        (
            "an old page",
            Host { faults: &[("index.html", Fault::OldAtFirst)], ..Host::default() },
            &["old copy", "Reload"],
        ),
        (
            "no answer",
            Host { faults: &[("front_bg-", Fault::HangsUp)], ..Host::default() },
            &["does not answer", ".wasm"],
        ),
        (
            "a strict policy",
            Host { head: "Content-Security-Policy: default-src 'self'\r\n", ..Host::default() },
            &["policy forbids WebAssembly", "'wasm-unsafe-eval'"],
        ),
        (
            "a policy without files",
            Host {
                head: "Content-Security-Policy: script-src 'unsafe-inline' 'wasm-unsafe-eval'\r\n",
                ..Host::default()
            },
            &["policy forbids a part of this page", "script-src"],
        ),
        (
            "a frame of an origin of its own",
            Host { head: "Content-Security-Policy: sandbox allow-scripts\r\n", ..Host::default() },
            &["allow-same-origin"],
        ),
    ];
    for (what, host, words) in cases {
        browser.open(&serve_as(dist(), host));
        let text = said(&browser, "");
        for word in words {
            assert!(text.contains(word), "{what}: “{text}” does not say “{word}”");
        }
        println!("{what}: {text}");
    }
    // Where no script runs at all, the page itself says so, after a while.
    let begun = Instant::now();
    browser.open(&serve_as(dist(), Host { head: "Content-Security-Policy: script-src 'none'\r\n", ..Host::default() }));
    let is_seen =
        || browser.run("return getComputedStyle(document.querySelector('.late')).visibility === 'visible'") == true;
    while !is_seen() {
        assert!(begun.elapsed() < PATIENCE, "nothing is said where no script runs");
        sleep(Duration::from_millis(100));
    }
    let text = browser.run("return document.querySelector('.late').textContent");
    assert!(text.as_str().is_some_and(|text| text.contains("None of the page’s scripts runs")), "{text}");
}

fn browsers() {
    let browser = Browser::start(1280, 900);
    browser.open(&format!("file://{}", dist().join("index.html").canonicalize().expect("a path").display()));
    let text = said(&browser, "");
    assert!(text.contains("opened as a file") && text.contains("http.server"), "{text}");
    for (script, word) in [
        ("WebAssembly.validate = () => false", "no WebAssembly SIMD"),
        ("delete window.WebAssembly", "no WebAssembly,"),
    ] {
        let browser = Browser::start(1280, 900);
        browser.before_pages(script);
        browser.open(&serve());
        assert!(said(&browser, "").contains(word), "{word}: {}", said(&browser, ""));
        // The first reason stays.
        browser.run("dispatchEvent(new ErrorEvent('error', { message: 'another' }))");
        assert!(said(&browser, "").contains(word), "{word}: {}", said(&browser, ""));
    }
}

fn slow() {
    let browser = Browser::start(1280, 900);
    let origin = serve_as(dist(), Host { faults: &[("front_bg-", Fault::Never)], ..Host::default() });
    // Inside a frame: this page is loaded, and can be asked.
    browser.open(&format!("{origin}bench.html"));
    browser.run("document.body.append(Object.assign(document.createElement('iframe'), { src: '/' }))");
    let text = said(&browser, "frames[0]?.");
    assert!(text.contains("Still loading front_bg-"), "{text}");
}

fn policy() {
    let head = "Content-Security-Policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:\r\n";
    let page = Page::open_on(Host { head, ..Host::default() }, "/lesson/convolution?data=digits");
    page.wait_for("#lesson-output", 20);
    page.go("/lab?data=digits");
    page.wait_until_ready();
    let script =
        fs::read_to_string("../../web/start.js").or_else(|_| fs::read_to_string("web/start.js")).expect("the script");
    let policy = head.trim().strip_prefix("Content-Security-Policy: ").unwrap_or_default();
    assert!(script.contains(policy), "the page recommends the policy that is tested here");
}
