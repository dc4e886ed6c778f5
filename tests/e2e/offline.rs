//! The page without a network: after the first visit it works as it was kept, and a newer version is announced, not forced.

use crate::Test;
use crate::need::Need;
use receptive_e2e::browser::Browser;
use receptive_e2e::page::Page;
use receptive_e2e::site::{Host, dist, serve, serve_as};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, thread};

pub(crate) const TESTS: &[Test] = &[
    ("after one visit the page, a chapter and the Lab on MNIST work without a network", Need::Mnist, without_network),
    (
        "a newer version is announced, waits for a click in mid-run, and takes the place of the old",
        Need::Nothing,
        newer,
    ),
    ("a figure in another page has nothing kept", Need::Nothing, figure),
];

/// Opens a page in a browser that may keep it.
fn open(folder: PathBuf, link: &str) -> Page {
    Page::open_in(Browser::start_keeping(1280, 900), folder, Host::default(), link)
}

/// Waits until the page is kept, and comes from there.
fn wait_until_kept(page: &Page) {
    page.wait("the page to be kept", 60, |page| {
        page.browser.run("return navigator.serviceWorker.controller?.state === 'activated'") == true
    });
}

/// Trains on MNIST and reads the test images.
fn train(page: &Page) {
    page.wait_until_ready();
    assert!(page.text("#dataset").starts_with("MNIST"), "{}", page.text("#dataset"));
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    assert!(page.text(".verdict").contains("10,000 test images"), "{}", page.text(".verdict"));
}

fn without_network() {
    // MNIST comes before anything is kept, or while it is: no second visit is needed.
    let page = open(dist(), "/lab?ntrain=6000&nval=1000&seed=7");
    train(&page);
    wait_until_kept(&page);
    let script = "return (async () => {
        const names = await caches.keys();
        const kept = await (await caches.open(names.find((name) => name.endsWith('mnist')))).keys();
        return kept.filter(({ url }) => url.includes('train-00') || url.includes('test-01')).length;
    })()";
    page.wait("MNIST to be kept", 60, |page| page.browser.run(script) == 4);
    page.stop_host();
    let n_asked = page.requests().len();
    page.go("");
    page.wait_for("#teach", 30);
    page.go("/lesson/softmax");
    page.wait_for("#stage", 30);
    page.go("/lab?ntrain=6000&nval=1000&seed=8");
    train(&page);
    page.go("/draw");
    page.wait_for("#pad", 30);
    let errors = page.browser.console_errors();
    // The list of chunks and the service worker are asked for, in vain.
    let others: Vec<_> =
        errors.iter().filter(|error| !error.contains("manifest.txt") && !error.contains("offline.js")).collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(page.requests().len(), n_asked, "the host answers no more");
}

/// A copy of the built page that can become another version.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("the page").flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).expect("a file");
        }
    }
}

/// Changes a file in a folder.
fn change(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{name} does not hold {from}");
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

fn newer() {
    let folder = env::temp_dir().join(format!("receptive-newer-{}", std::process::id()));
    copy(&dist(), &folder);
    let page = open(folder.clone(), "/lab?data=digits&ntrain=2000&epochs=500&workers=1");
    wait_until_kept(&page);
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("training", 60, |page| page.number("#iteration") > 0.0);
    assert!(!page.has(".news"), "the first version replaces nothing");
    change(&folder, "index.html", "name=\"description\" content=\"", "name=\"description\" content=\"Newer: ");
    change(&folder, "offline.js", "\"version\":\"", "\"version\":\"newer");
    page.browser.run("navigator.serviceWorker.ready.then((kept) => kept.update())");
    page.wait("the line", 60, |page| page.text(".news").contains("newer version"));
    // The run goes on, with the version that it began with.
    let iteration = page.number("#iteration");
    page.wait("more steps", 30, |page| page.number("#iteration") > iteration);
    let is_newer = || {
        page.browser.run("return document.querySelector('meta[name=description]').content.startsWith('Newer')") == true
    };
    assert!(!is_newer());
    let n_versions = || {
        page.browser.run("return caches.keys().then((names) => names.filter((name) => !name.endsWith('mnist')).length)")
    };
    assert_eq!(n_versions(), 2);
    page.browser.click("#load-newer");
    page.wait("the newer version", 60, |_| is_newer());
    page.wait_until_ready();
    page.wait("the old version to be forgotten", 20, |_| n_versions() == 1);
    assert!(!page.has(".news"));
    page.check_silence();
    fs::remove_dir_all(folder).expect("the folder is gone");
}

fn figure() {
    let figures = serve();
    let folder = env::temp_dir().join(format!("receptive-host-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let html = format!(
        "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><h1>A course</h1><iframe id=f width=900 height=700 src='{figures}?embed=stage#/lesson/pooling'></iframe>"
    );
    fs::write(folder.join("index.html"), html).expect("a page");
    let browser = Browser::start_keeping(1280, 900);
    browser.open(&serve_as(folder.clone(), Host::default()));
    browser.enter("return document.querySelector('#f')");
    let n_kept = "return navigator.serviceWorker.getRegistrations().then((all) => all.length)";
    for _ in 0..100 {
        if browser.run("return !!document.querySelector('#stage')") == true {
            break;
        }
        thread::sleep(Duration::from_millis(200));
    }
    assert!(browser.run("return !!document.querySelector('#stage')") == true, "the figure");
    thread::sleep(Duration::from_secs(8));
    assert_eq!(browser.run(n_kept), 0, "a figure has itself kept");
    // The whole page does, in that time.
    let page = Page::open_at(browser, figures, "/lesson/pooling");
    thread::sleep(Duration::from_secs(8));
    assert_eq!(page.browser.run(n_kept), 1);
    fs::remove_dir_all(folder).expect("the folder is gone");
}
