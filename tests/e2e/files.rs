//! The learner's own files through the real controls, and MNIST's files when some of them do not come.

use crate::Test;
use crate::need::Need;
use receptive_data::{digits, idx};
use receptive_e2e::page::Page;
use receptive_tests::gzip;
use std::path::Path;

pub(crate) const TESTS: &[Test] = &[
    ("own files are read, shown, turned by a switch, and trained on", Need::Nothing, own),
    (
        "files that cannot be used are refused beside their control, and the data before them trains",
        Need::Nothing,
        refused,
    ),
    ("chunks of MNIST that fail are tried again, and training goes through them", Need::Mnist, retried),
    (
        "without MNIST the built-in digits stand in, the link stays, and MNIST is used when it comes",
        Need::Mnist,
        stood_in,
    ),
    ("labels of two chunks exchanged are noticed, and the other chunks are used", Need::Mnist, exchanged),
];

/// Chooses files as a person does.
fn choose(page: &Page, images: &Path, labels: &Path) {
    if !page.has(".own[open]") {
        page.browser.click(".own summary");
    }
    page.browser.keys("#own-images", &images.display().to_string());
    page.browser.keys("#own-labels", &labels.display().to_string());
    page.browser.click("#own-open");
}

/// Train works: a step is done, and the run is reset.
fn check_trains(page: &Page) {
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a step", 30, |page| page.text("#iteration") == "1" && page.text("#state") == "paused");
    page.browser.click("#reset");
    page.wait("the reset", 20, |page| page.text("#state") == "ready");
}

fn own() {
    let page = Page::open("/lab?data=digits&batch=16&seed=1");
    let (images, labels) = idx::write_pair(&digits::generate(8, 0, 600));
    let two_members = [gzip::pack(&images[..1000]), gzip::pack(&images[1000..])].concat();
    let images = page.browser.file("emnist-images.gz", &two_members);
    let labels = page.browser.file("labels", &labels);
    // The wrong way round, which the page puts right.
    choose(&page, &labels, &images);
    page.wait("the files", 20, |page| page.text("#dataset") == "your files, 500 + 100 images");
    assert_eq!(page.texts("#data"), ["own"]);
    let found = page.text("#own-found");
    assert!(found.contains("600 images") && found.contains("the other way round"), "{found}");
    assert_eq!(page.texts(".found-samples figure").len(), 10);
    // Of the first digit, how much ink lies in each row.
    let rows = |page: &Page| {
        page.browser.run(
            "const canvas = document.querySelector('.found-samples canvas');
             const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
             const sums = Array(data.length / 4 / width).fill(0);
             for (let i = 0; i < data.length; i += 4) sums[Math.floor(i / 4 / width)] += data[i];
             return sums.join()",
        )
    };
    let turned = rows(&page);
    assert_eq!(page.browser.run("return document.querySelector('#own-turned').checked"), true, "by their name");
    page.browser.click("#own-turned");
    page.wait("the digits upright", 10, |page| rows(page) != turned);
    check_trains(&page);
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    assert!(page.text(".verdict").contains("100 test images"), "{}", page.text(".verdict"));
    page.check_silence();
}

fn refused() {
    let page = Page::open("/lab?data=digits&ntrain=2000&nval=250&seed=1");
    page.wait_until_ready();
    let data = page.text("#dataset");
    let (images, labels) = idx::write_pair(&digits::generate(8, 0, 60));
    let letters: Vec<u8> = labels.iter().take(8).copied().chain((0..60).map(|i| 1 + i % 26)).collect();
    let (good_images, good_labels) = (page.browser.file("images", &images), page.browser.file("labels", &labels));
    for (name, content, is_labels, why) in [
        ("archive.zip", b"PK\x03\x04 and more".to_vec(), false, "a ZIP archive; take the files out of it first"),
        ("header", images[..16].to_vec(), false, "a header alone"),
        ("empty", vec![], false, "is empty"),
        ("letters", letters, true, "go from 1 to 26: these are letters"),
    ] {
        let file = page.browser.file(name, &content);
        let (images, labels) = if is_labels { (&good_images, &file) } else { (&file, &good_labels) };
        choose(&page, images, labels);
        page.wait(why, 10, |page| page.text(".own #own-refused").contains(why));
        assert!(page.text("#own-refused").ends_with("The data chosen before stays."));
        assert_eq!((page.texts("#data"), page.text("#dataset")), (vec!["digits".into()], data.clone()), "{name}");
        check_trains(&page);
    }
    choose(&page, &good_images, &good_labels);
    page.wait("the files", 20, |page| page.text("#dataset") == "your files, 50 + 10 images");
    assert!(!page.has("#own-refused"));
    page.check_silence();
}

/// Runs in the worker before its own script: some files fail twice.
const FAIL_TWICE: &str = "const fetched = self.fetch.bind(self), n = {};
    self.fetch = (url, ...rest) => {
        const name = String(url);
        n[name] = (n[name] ?? 0) + 1;
        if (n[name] > 2) return fetched(url, ...rest);
        if (name.includes('train-01-images')) return Promise.reject(new TypeError('no network'));
        if (name.includes('test-00-labels')) return Promise.resolve(new Response('', { status: 503 }));
        if (name.includes('train-00-images')) return fetched(url, ...rest).then(answer => answer.arrayBuffer()).then(bytes => new Response(bytes.slice(0, 5000)));
        return fetched(url, ...rest);
    };";

fn retried() {
    let page = Page::open_with("/lab?ntrain=12000&nval=0&seed=1", "", FAIL_TWICE);
    page.wait_until_ready();
    page.browser.click("#train");
    // The second chunk's images are among the steps after 6,000 images.
    page.wait("steps of the second chunk", 120, |page| page.number("#iteration") > 200.0);
    assert!(page.text("#dataset").starts_with("MNIST, 60,000 + 10,000"), "{}", page.text("#dataset"));
    assert!(!page.has("#data-problem"), "{}", page.text("#data-problem"));
    page.check_silence();
}

/// Runs in the worker before its own script: there is no MNIST until a test says so.
const NO_NETWORK: &str = "const fetched = self.fetch.bind(self);
    let isBack = false;
    if (self.name !== 'replica') new BroadcastChannel('test').onmessage = () => isBack = true;
    self.fetch = (url, ...rest) => isBack || !String(url).includes('mnist/') ? fetched(url, ...rest) : Promise.reject(new TypeError('no network'));";

fn stood_in() {
    let page = Page::open_with("/lab?ntrain=3200&nval=0&seed=1", "", NO_NETWORK);
    page.wait_for("#data-problem", 30);
    let text = page.text("#data-problem");
    assert!(text.contains("MNIST is not here") && text.contains("manifest.txt could not be fetched"), "{text}");
    page.wait("the built-in digits", 20, |page| page.text("#dataset").starts_with("built-in digits"));
    assert_eq!(page.texts("#data"), ["mnist"], "what was chosen stays chosen");
    let hash = page.browser.run("return location.hash");
    assert!(hash.as_str().is_some_and(|hash| !hash.contains("data=")), "{hash}");
    check_trains(&page);
    page.browser.run("new BroadcastChannel('test').postMessage('')");
    page.browser.click("#fetch-again");
    page.wait("MNIST", 30, |page| page.text("#dataset").starts_with("MNIST, 60,000 + 10,000"));
    page.wait("the sentence gone", 10, |page| !page.has("#data-problem"));
    page.check_silence();
}

/// Runs in the worker before its own script: two label files are in each other's place.
const EXCHANGED: &str = "const fetched = self.fetch.bind(self);
    const other = { 'train-01-labels': 'train-02-labels', 'train-02-labels': 'train-01-labels' };
    self.fetch = (url, ...rest) => fetched(String(url).replace(/train-0[12]-labels/, name => other[name]), ...rest);";

fn exchanged() {
    let page = Page::open_with("/lab?nval=0&seed=1", "", EXCHANGED);
    page.wait_for("#data-problem", 60);
    let text = page.text("#data-problem");
    assert!(text.contains("Not all of MNIST is here") && text.contains("is not the file that the list"), "{text}");
    page.wait("the rest", 20, |page| page.text("#dataset").starts_with("MNIST, 48,000 + 10,000"));
    check_trains(&page);
    page.check_silence();
}
