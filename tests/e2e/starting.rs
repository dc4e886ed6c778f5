//! A page that cannot start says why, and what to do, within seconds; the shipped folder is whole and names its files by
//! their content.

use crate::Test;
use crate::need::Need;
use receptive_e2e::browser::Browser;
use receptive_e2e::page::Page;
use receptive_e2e::site::{Fault, Host, dist, requests, serve, serve_as};
use std::collections::BTreeSet;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

pub(crate) const TESTS: &[Test] = &[
    (
        "the shipped folder can be put on any host: named by content, no part of a builder left in it",
        Need::Nothing,
        folder,
    ),
    ("a page that its host hinders says how", Need::Nothing, hosts),
    ("a host that sends its front page for a file that comes later is named", Need::Nothing, fallbacks),
    ("a page that its browser hinders says how", Need::Nothing, browsers),
    ("a page that is slow to come says what it waits for", Need::Nothing, slow),
    ("a page that is slow to come says how much is fetched for it", Need::Nothing, weights),
    (
        "two folders down and under its own strict policy the shipped folder is whole, and nothing is forbidden",
        Need::Nothing,
        policy,
    ),
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
        // Pages of others name the one, and browsers ask for the other again and again.
        let is_fixed = ["embed.js", "offline.js"].contains(&&name[..]);
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
        for stranger in ["WebSocket", "TRUNK", "data-trunk", "<style", " style=", "<script>"] {
            assert!(!text.contains(stranger), "{page} holds {stranger}");
        }
    }
}

fn hosts() {
    let browser = Browser::start(1280, 900);
    let nosniff = "X-Content-Type-Options: nosniff\r\n";
    let cases: [(&str, Host, &[&str]); 11] = [
        (
            "scripts as text",
            Host { faults: &[("front-", Fault::Type("text/plain"))], ..Host::default() },
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
            &["inline", "is missing"],
        ),
        (
            "a front page for every script",
            Host { faults: &[("front-", Fault::FrontPage)], ..Host::default() },
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
            Host { head: "Content-Security-Policy: connect-src 'none'\r\n", ..Host::default() },
            &["policy forbids a part of this page", "connect-src"],
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
    for (what, host) in [
        (
            "a policy without scripts",
            Host { head: "Content-Security-Policy: script-src 'none'\r\n", ..Host::default() },
        ),
        (
            "scripts as text, and no guessing",
            Host { head: nosniff, faults: &[("start-", Fault::Type("text/plain"))], ..Host::default() },
        ),
        ("no first script", Host { faults: &[("start-", Fault::Missing)], ..Host::default() }),
        ("a front page for the first script", Host { faults: &[("start-", Fault::FrontPage)], ..Host::default() }),
    ] {
        let begun = Instant::now();
        browser.open(&serve_as(dist(), host));
        let is_seen =
            || browser.run("return getComputedStyle(document.querySelector('.late')).visibility === 'visible'") == true;
        while !is_seen() {
            assert!(begun.elapsed() < PATIENCE, "{what}: nothing is said where no script runs");
            sleep(Duration::from_millis(100));
        }
        let text = browser.run("return document.querySelector('.late').textContent");
        assert!(text.as_str().is_some_and(|text| text.contains("None of the page’s scripts runs")), "{what}: {text}");
    }
}

/// What comes after the page has started.
fn fallbacks() {
    let browser = Browser::start(1280, 900);
    for (file, place, ending) in [
        ("texts-", "", ".json"),
        ("worker_loader", "/lab?data=digits", ".js"),
        ("worker_bg", "/lab?data=digits", ".wasm"),
        ("chapters-en", "/lesson/pooling", ".json"),
        ("chapters_bg", "/lesson/pooling", ".wasm"),
        ("part-", "/lesson/pooling", ".wasm"),
        ("words-", "/lesson/pooling", ".json"),
    ] {
        let faults: &'static [_] = Box::leak(Box::new([(file, Fault::FrontPage)]));
        browser.open(&format!("{}#{place}", serve_as(dist(), Host { faults, ..Host::default() })));
        let begun = Instant::now();
        loop {
            let text =
                browser.run("return [...document.querySelectorAll('.failure')].map(one => one.textContent).join()");
            let text = text.as_str().unwrap_or_default();
            if text.contains("a web page in place of") && text.contains(file) && text.contains(ending) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "{file}: “{text}” does not say what the host sends");
            sleep(Duration::from_millis(100));
        }
    }
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

/// What a page says of its weight, in MB, that waits for a file.
fn said_weight(browser: &Browser, file: &'static str, address: &str) -> f64 {
    let faults: &'static [_] = Box::leak(Box::new([(file, Fault::Never)]));
    let origin = serve_as(dist(), Host { faults, ..Host::default() });
    browser.open(&format!("{origin}bench.html"));
    let frame = format!("Object.assign(document.createElement('iframe'), {{ src: '/{address}' }})");
    browser.run(&format!("document.body.append({frame})"));
    let text = said(browser, "frames[0]?.");
    let number = text.split_once("weighs about ").and_then(|(_, rest)| rest.split_once(" MB"));
    number.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("{address}: “{text}” has no number"))
}

/// What is fetched until something of this selector is there, in MB as gzip packs it: neither the workers, nor data,
/// nor what one chapter has of its own.
fn fetched_weight(browser: &Browser, address: &str, selector: &str) -> f64 {
    let origin = serve();
    browser.open(&format!("{origin}{address}"));
    let begun = Instant::now();
    while browser.run(&format!("return document.querySelector({selector:?}) === null")) == true {
        assert!(begun.elapsed() < Duration::from_secs(40), "{address}: no {selector}");
        sleep(Duration::from_millis(100));
    }
    let is_counted = |name: &&str| {
        let others = ["worker", "mnist/", "part-", "words-", "icon", "receptive-"];
        !others.iter().any(|other| name.starts_with(other))
    };
    let asked: BTreeSet<String> = requests(&origin).into_iter().collect();
    let names = asked.iter().map(|path| if path == "/" { "index.html" } else { path.trim_start_matches('/') });
    let bytes = |name: &str| {
        let packed = fs::metadata(dist().join(format!("{name}.gz")));
        packed.or_else(|_| fs::metadata(dist().join(name))).expect("a file of the page").len()
    };
    names.filter(is_counted).map(bytes).sum::<u64>() as f64 / 1e6
}

fn weights() {
    let browser = Browser::start(1280, 900);
    // Where data is dear nothing is fetched ahead.
    browser.before_pages("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })");
    for (file, address, selector) in [
        ("front_bg-", "", "#teach"),
        ("frame_bg-", "?embed=stage#/lesson/padding", "#stage"),
        ("app_bg-", "#/work", ".work-page"),
        ("app_bg-", "#/lesson/padding", "#stage"),
    ] {
        let (said, fetched) = (said_weight(&browser, file, address), fetched_weight(&browser, address, selector));
        println!("/{address}: said {said} MB, fetched {fetched:.3} MB");
        // It is said with two digits.
        assert!((said - fetched).abs() <= 0.05 * fetched, "/{address}: said {said} MB, fetched {fetched} MB");
    }
}

/// The policy that a page itself asks for.
fn own_policy(page: &str) -> String {
    let html = fs::read_to_string(dist().join(page)).expect("a page");
    let policy =
        html.split_once("http-equiv=\"Content-Security-Policy\" content=\"").and_then(|(_, rest)| rest.split_once('"'));
    policy.expect("a policy in the page").0.to_string()
}

/// Notes what a policy forbids, in every page.
const NOTE_VIOLATIONS: &str = "window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`), true);";

/// The folder two folders down, on a host that sends the strict policy with every file.
fn policy() {
    let policy = own_policy("index.html");
    assert_eq!(own_policy("bench.html"), policy);
    for strict in ["default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"] {
        assert!(policy.split("; ").any(|directive| directive == strict), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("style-src"), "{policy}");
    let headers = fs::read_to_string(dist().join("_headers")).expect("headers for hosts");
    assert!(headers.contains(&format!("Content-Security-Policy: {policy}\n")), "{headers}");
    let root = env::temp_dir().join(format!("receptive-below-{}", std::process::id()));
    fs::create_dir_all(root.join("a")).expect("a folder");
    std::os::unix::fs::symlink(dist().canonicalize().expect("the page"), root.join("a/b")).expect("the page below");
    let head = Box::leak(format!("Content-Security-Policy: {policy}\r\n").into_boxed_str());
    let origin = serve_as(root.clone(), Host { head, ..Host::default() });
    let browser = Browser::start(1280, 900);
    browser.before_pages(NOTE_VIOLATIONS);
    let page = Page::open_at(browser, format!("{origin}a/b/"), "");
    let check = |place: &str| {
        let violations = page.browser.run("return window.violations");
        assert_eq!(violations, serde_json::json!([]), "{place}");
    };
    page.wait_for("#teach", 30);
    page.browser.click("#teach");
    page.wait("training", 60, |page| {
        page.has("#front-seen") && !["", "0"].contains(&page.text("#front-seen").as_str())
    });
    check("the first page");
    for chapter in receptive_lessons::chapters::ALL {
        page.go(&format!("/lesson/{}?data=digits", chapter.key));
        page.wait_for("#stage", 30);
        check(chapter.key);
    }
    page.go("/draw?data=digits");
    page.wait_for("#pad", 30);
    check("draw");
    page.go("/lab?data=digits&ntrain=640&epochs=1");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    check("the Lab");
    // Yew's styles are there, and not by the attribute that the policy forbids.
    assert!(page.browser.run("return document.querySelector('.progress i').style.width") == "100%");
    page.check_silence();
    let asked = requests(&origin);
    for path in &asked {
        let file = path.strip_prefix("/a/b/").unwrap_or_else(|| panic!("{path} lies outside of the folder"));
        let file = if file.is_empty() { "index.html" } else { file };
        assert!(dist().join(file).is_file(), "{file} is missing");
    }
    assert!(asked.iter().any(|path| path.contains("worker_bg")) && asked.len() > 60, "{} files", asked.len());
    fs::remove_dir_all(root).expect("the folder is gone");
    // A host that forbids more is noticed by this test.
    page.browser
        .run("const style = document.createElement('style'); style.textContent = 'p {}'; document.head.append(style)");
    page.wait("a violation", 5, |page| page.browser.run("return violations.length > 0") == true);
}
