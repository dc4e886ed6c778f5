//! The learner's own files through the real controls, and MNIST's files when some of them do not come.

use crate::Test;
use crate::need::Need;
use receptive_data::{ImageShape, Images, digits, idx};
use receptive_e2e::page::Page;
use receptive_tests::{cifar, gzip};
use std::path::Path;

pub(crate) const TESTS: &[Test] = &[
    ("own files are read, shown, turned by a switch, and trained on", Need::Nothing, own),
    (
        "files that cannot be used are refused beside their control, and the data before them trains",
        Need::Nothing,
        refused,
    ),
    (
        "batches of CIFAR-10 are opened, shown in colour, and trained on by a network that is fitted to them",
        Need::Nothing,
        colours,
    ),
    ("batches of CIFAR-10 that cannot be used are refused with their names", Need::Nothing, damaged_batches),
    ("images of another size with letters for classes are dropped, trained on and named", Need::Nothing, letters),
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
    // The bar at the top covers what was scrolled to by walking back up.
    page.browser.run("scrollTo(0, 0)");
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
    let (_, few_labels) = idx::write_pair(&digits::generate(8, 0, 59));
    let (good_images, good_labels) = (page.browser.file("images", &images), page.browser.file("labels", &labels));
    for (name, content, is_labels, why) in [
        ("archive.zip", b"PK\x03\x04 and more".to_vec(), false, "a ZIP archive; take the files out of it first"),
        ("header", images[..16].to_vec(), false, "a header alone"),
        ("empty", vec![], false, "is empty"),
        ("few labels", few_labels, true, "60 images but 59 labels"),
        ("data_batch_1.bin", cifar::batch(1, 2)[..5000].to_vec(), false, "5000 bytes, which is 1 records"),
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

/// Chooses several files at once as a person does.
fn choose_all(page: &Page, files: &[&Path]) {
    if !page.has(".own[open]") {
        page.browser.click(".own summary");
    }
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    page.browser.keys("#own-files", &names.join("\n"));
}

/// Red, green and blue of the canvases in an element, the mean of each.
fn mean_colours(page: &Page, within: &str) -> Vec<[f64; 3]> {
    let means = page.browser.run(&format!(
        "return [...document.querySelectorAll('{within} canvas')].map(canvas => {{
            const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const sums = [0, 0, 0];
            for (let i = 0; i < data.length; i++) if (i % 4 < 3) sums[i % 4] += data[i];
            return [canvas.width, canvas.height, ...sums.map(sum => 4 * sum / data.length)].join(' ');
        }}).join(';')"
    ));
    let means = means.as_str().expect("a text").to_string();
    let numbers = |text: &str| text.split(' ').map(|n| n.parse().expect("a number")).collect::<Vec<f64>>();
    let canvases = means.split(';').map(numbers);
    canvases
        .map(|numbers| {
            assert_eq!(numbers[..2], [32.0, 32.0], "in its own size");
            [numbers[2], numbers[3], numbers[4]]
        })
        .collect()
}

fn colours() {
    let page = Page::open("/lab?data=digits&net=linear&batch=16&nval=50&lr=0.01&seed=1");
    let (training, test) = (cifar::batch(1, 400), cifar::batch(2, 60));
    let training_file = page.browser.file("data_batch_1.bin", &training);
    let test_file = page.browser.file("test_batch.bin.gz", &gzip::pack(&test));
    choose_all(&page, &[&test_file, &training_file]);
    page.wait("the files", 20, |page| page.text(".own").contains("2 batches of CIFAR-10"));
    let found = page.text("#own-found");
    for said in ["460 images", "32×32×3", "10 classes", "test batch"] {
        assert!(found.contains(said), "{said:?} is not in {found:?}");
    }
    let classes = page.texts(".found-samples figcaption b");
    assert_eq!((classes.len(), classes[0].as_str(), classes[9].as_str()), (10, "airplane", "truck"));
    // The first image of each class has its colours: each bit of the class lights one of them.
    for (class, mean) in mean_colours(&page, ".found-samples").into_iter().enumerate() {
        let first = training.chunks(3073).find(|record| usize::from(record[0]) == class).expect("every class is there");
        for (channel, got) in mean.into_iter().enumerate() {
            let bytes = &first[1 + channel * 1024..][..1024];
            let want = bytes.iter().map(|&byte| f64::from(byte)).sum::<f64>() / 1024.0;
            assert!((got - want).abs() < 1.0, "class {class}, channel {channel}: {got}, not {want}");
        }
    }
    // The network reads digits: both are named, and a click mends it.
    page.wait("the misfit", 10, |page| page.text(".settings .error").contains("32×32 in 3 channels"));
    assert!(page.text(".settings .error").contains("28×28 in 1 channel"), "{}", page.text(".settings .error"));
    page.browser.click("#fit");
    page.wait("the data", 20, |page| page.text("#dataset") == "your files, 400 + 60 images");
    assert!(!page.has(".settings .error"));
    page.wait("the address", 10, |page| page.browser.run("return location.hash").to_string().contains("net=32x32x3"));
    check_trains(&page);
    // A drawing is no colour image, and the page says so.
    assert!(page.text(".draw #unread").contains("32×32×3"), "{}", page.text(".draw"));
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    assert!(page.text(".verdict").contains("60 test images"), "{}", page.text(".verdict"));
    let accuracy: f64 = page.text("#test-accuracy").trim_end_matches(" %").parse().expect("a number");
    assert!(accuracy > 50.0, "{accuracy} %");
    let heads = page.texts(".confusion thead th");
    assert_eq!((heads.len(), heads[3].as_str()), (10, "cat"));
    for (mean, record) in mean_colours(&page, "#samples").into_iter().zip(test.chunks(3073)) {
        let want = record[1..1025].iter().map(|&byte| f64::from(byte)).sum::<f64>() / 1024.0;
        assert!((mean[0] - want).abs() < 1.0, "red: {}, not {want}", mean[0]);
    }
    page.check_silence();
}

fn damaged_batches() {
    let page = Page::open("/lab?data=digits&ntrain=2000&nval=250&seed=1");
    page.wait_until_ready();
    let data = page.text("#dataset");
    let mut labelled = cifar::batch(3, 3);
    labelled[3073] = 77;
    let hundred = [&[3, 9][..], &[7; 3072]].concat();
    let good = page.browser.file("data_batch_2.bin", &cifar::batch(2, 2));
    for (name, content, why) in [
        (
            "data_batch_1.bin",
            cifar::batch(1, 2)[..6000].to_vec(),
            "“data_batch_1.bin”: a CIFAR-10 batch is a row of records",
        ),
        ("data_batch_3.bin", labelled, "“data_batch_3.bin”: record 1 begins with 77"),
        ("train.bin", hundred, "“train.bin”: this is a file of CIFAR-100"),
        ("data_batch_4", b"\x80\x02}q\x01(U\x0bbatch_label".to_vec(), "a Python pickle; get the binary version"),
        ("data_batch_5.bin", vec![], "“data_batch_5.bin”: the file is empty"),
        ("copy_batch.bin", cifar::batch(2, 2), "are the same; choose every batch once"),
    ] {
        let file = page.browser.file(name, &content);
        choose_all(&page, &[&good, &file]);
        page.wait(why, 10, |page| page.text(".own #own-refused").contains(why));
        assert_eq!((page.texts("#data"), page.text("#dataset")), (vec!["digits".into()], data.clone()), "{name}");
    }
    check_trains(&page);
    page.check_silence();
}

fn letters() {
    let page = Page::open("/lab?data=digits&net=linear&batch=16&nval=0&lr=0.01&seed=1");
    // Each letter is a bright row of its own.
    let pixels = |i: usize| (0..26 * 9).map(move |at| if at / 9 == i % 26 { 255 } else { 0 });
    let shape = ImageShape { c: 1, h: 26, w: 9 };
    let labels = (0..624).map(|i| 1 + (i % 26) as u8).collect();
    let images = Images::new(shape, &(0..624).flat_map(pixels).collect::<Vec<u8>>(), labels).expect("whole images");
    let (images, labels) = idx::write_pair(&images);
    let (images, labels) = (page.browser.file("the-images", &images), page.browser.file("the-labels", &labels));
    choose_all(&page, &[&labels, &images]);
    page.wait("the misfit", 20, |page| page.text(".settings .error").contains("26×9 in 1 channel"));
    assert!(page.text("#own-found").contains("26 classes"), "{}", page.text("#own-found"));
    assert!(!page.text("#own-found").contains("the other way round"), "whichever comes first");
    page.browser.click("#fit");
    page.wait("the data", 20, |page| page.text("#dataset") == "your files, 520 + 104 images");
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    let heads = page.texts(".confusion thead th");
    assert_eq!((heads.len(), heads[25].as_str()), (26, "Z"));
    // The images of a cell of the matrix.
    page.browser.click(".confusion .right button");
    page.wait_for("#gallery .wall figure", 20);
    // Lessons show a digit through the network that comes with the page, and say why.
    let there = page.browser.run("return location.hash.replace(/^#.lab/, '#/lesson/softmax') + '&on=digit'");
    page.browser.run(&format!("location.hash = {there}"));
    page.wait_for("#weights-run", 30);
    assert_eq!(page.browser.run("return document.querySelector('#weights-run').disabled"), true);
    assert!(page.text("#weights-about").contains("reads other images than digits"), "{}", page.text("#weights-about"));
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
