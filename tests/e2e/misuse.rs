//! Mistakes that people make: the message for each stands beside its control, the value before it stays, and the
//! console is silent.

use crate::Test;
use crate::need::Need;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use receptive_e2e::page::Page;
use receptive_e2e::screen::Screen;
use receptive_lessons::Chapter;
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Unavailable, World};
use std::fs::File;
use std::io::Write;
use std::path::Path;

pub(crate) const TESTS: &[Test] = &[
    ("what is no number in a cell gets a message, and the number before it stays", Need::Nothing, numbers),
    ("a kernel larger than the padded input gets a message, and the last stage that fits stays", Need::Nothing, kernel),
    ("a link that asks for what cannot be opens the chapter's beginning with a sentence", Need::Nothing, links),
    ("a file that is no picture gets a message, and the picture before it stays", Need::Nothing, uploads),
    ("a picture of 100 megapixels is shown small", Need::Nothing, large_picture),
    ("a camera that is refused gets a message", Need::Nothing, camera),
];

const ENTER: &str = "\u{e007}";
const DELETE: &str = "\u{e017}";
const END: &str = "\u{e010}";
const RIGHT: &str = "\u{e014}";
const PROBLEM: &str = ".choices #lesson-problem";

fn numbers() {
    let page = Page::open("/lesson/convolution?data=digits");
    for cell in ["#lesson-kernel-0", "#lesson-input-7"] {
        let before = Screen::read(&page);
        for (typed, message) in
            [("abc", "“abc”"), (DELETE, "empty cell"), ("1e400", "“1e400”"), ("1e39", "“1e39”"), ("∞", "“∞”")]
        {
            page.browser.type_into(cell, &format!("{typed}{ENTER}"));
            page.wait(message, 5, |page| page.text(PROBLEM).contains(message));
            assert_eq!(before.difference(&without_note(&page, &before)), None, "{cell}: {typed}");
        }
        page.browser.type_into(cell, &format!("-0,5{ENTER}"));
        page.wait("the sentence gone", 5, |page| !page.has(PROBLEM));
        assert_eq!(page.texts(cell), ["−0.5"]);
    }
    page.check_silence();
}

/// The stage without what is said of the cell that has the focus.
fn without_note(page: &Page, before: &Screen) -> Screen {
    Screen { caption: before.caption.clone(), ..Screen::read(page) }
}

fn kernel() {
    let page = Page::open("/lesson/convolution?data=digits");
    let before = Screen::read(&page);
    page.browser.click("#more");
    page.browser.keys("#set-dilation", END);
    page.wait_for(PROBLEM, 5);
    let message = page.text(PROBLEM);
    assert!(message.contains("does not fit a 5×5 input") && message.contains("is still shown"), "{message}");
    assert_eq!(before.difference(&Screen::read(&page)), None);
    page.browser.keys("#set-pad", RIGHT);
    page.wait("room for the kernel", 5, |page| !page.has(PROBLEM));
    assert_eq!(Screen::read(&page).grids["output"].texts.len(), 1);
    page.check_silence();
}

/// The settings of a link, as far as they can be read.
fn read(link: &str) -> (&'static Chapter, Settings) {
    let (key, query) = link.split_once('?').expect("a query");
    let chapter = Chapter::find(key).expect("a chapter");
    let mut settings = chapter.settings();
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').expect("a pair");
        assert_eq!(settings.read(key, value), Ok(true), "{link}");
    }
    (chapter, settings)
}

fn links() {
    let page = Page::open("/lesson/convolution?stride=0&data=digits");
    page.wait("a notice", 5, |page| page.text(".notice").contains("stride = “0”"));
    let plain = |key| {
        let chapter = Chapter::find(key).expect("a chapter");
        let trace = (chapter.trace)(&chapter.settings(), &World::default()).expect("a stage");
        Screen::of(&*trace, trace.first_moment(), &Screen::default())
    };
    assert_eq!(Screen::read(&page).difference(&plain("convolution")), None);
    for link in [
        "convolution?dilation=3",
        "pooling?picture=own&input=1,2;3,4&window=4",
        "softmax?logits=1,2;3,4",
        "kernel-size?kernel=edge&f=1",
        "counts?show=sharing&pad=same&f=2",
    ] {
        let (chapter, settings) = read(link);
        let refused = (chapter.trace)(&settings, &World::default()).err();
        let Some(Unavailable::Refused(why)) = refused else { panic!("{link} can be") };
        page.go(&format!("/lesson/{link}&data=digits"));
        page.wait(link, 5, |page| page.text(PROBLEM).contains(&why));
        assert_eq!(Screen::read(&page).difference(&plain(chapter.key)), None, "{link}");
    }
    page.check_silence();
}

/// A black picture with a white left half, one bit to a pixel.
fn png(width: u32, height: u32) -> Vec<u8> {
    let row_bytes = width.div_ceil(8) as usize;
    let row: Vec<u8> = (0..=row_bytes).map(|i| if (1..=row_bytes / 2).contains(&i) { 255 } else { 0 }).collect();
    let mut pixels = ZlibEncoder::new(vec![], Compression::fast());
    for _ in 0..height {
        pixels.write_all(&row).expect("memory takes it");
    }
    let [size, grey] = [[width.to_be_bytes(), height.to_be_bytes()].concat(), vec![1, 0, 0, 0, 0]];
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in
        [("IHDR", [size, grey].concat()), ("IDAT", pixels.finish().expect("memory takes it")), ("IEND", vec![])]
    {
        png.extend((data.len() as u32).to_be_bytes());
        let chunk = [kind.as_bytes(), &data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        png.extend(chunk);
        png.extend(sum.sum().to_be_bytes());
    }
    png
}

/// The chapter that takes pictures, with a small one on its stage.
fn with_picture() -> Page {
    let page = Page::open("/lesson/features?on=own&data=digits");
    upload(&page, &page.browser.file("small.png", &png(16, 8)));
    page.wait_for("#lesson-input", 10);
    page
}

fn upload(page: &Page, path: &Path) {
    page.browser.keys("#picture-file", &path.display().to_string());
}

fn uploads() {
    let page = with_picture();
    let before = Screen::read(&page);
    let mut broken = png(16, 8);
    broken.truncate(50);
    let large = page.browser.file("large.png", b"");
    File::options().write(true).open(&large).and_then(|file| file.set_len(41_000_000)).expect("a large file");
    for (path, message) in [
        (page.browser.file("notes.txt", b"not a picture"), "“notes.txt” could not be read"),
        (page.browser.file("notes.png", b"not a picture"), "“notes.png” could not be read"),
        (page.browser.file("broken.png", &broken), "“broken.png” could not be read"),
        (page.browser.file("empty.png", b""), "“empty.png” could not be read"),
        (large, "“large.png” is too large"),
    ] {
        upload(&page, &path);
        page.wait(message, 10, |page| page.text(".picture-choice #picture-problem").contains(message));
        assert_eq!(before.difference(&Screen::read(&page)), None, "{message}");
    }
    upload(&page, &page.browser.file("small.png", &png(16, 8)));
    page.wait("the sentence gone", 10, |page| !page.has("#picture-problem"));
    page.check_silence();
}

fn large_picture() {
    let page = with_picture();
    page.note_long_tasks();
    upload(&page, &page.browser.file("huge.png", &png(10_000, 10_000)));
    // The small one is half as high as it is wide.
    page.wait("the picture", 60, |page| Screen::read(page).planes["input"].size == [64, 64]);
    println!("a picture of 100 megapixels: tasks of the main thread over 50 ms: {:?}", page.long_tasks());
    assert!(!page.has("#picture-problem"));
    page.check_silence();
}

fn camera() {
    let page = with_picture();
    let before = Screen::read(&page);
    page.browser.click("#picture-camera");
    page.wait("a sentence", 20, |page| {
        page.text(".picture-choice #picture-problem").contains("camera was not allowed")
    });
    assert_eq!(before.difference(&Screen::read(&page)), None);
    page.check_silence();
}
