//! Texts are fetched: a language is some more files beside the page, and a page whose texts do not come says so
//! and works.

use crate::Test;
use crate::need::Need;
use receptive_e2e::browser::Browser;
use receptive_e2e::page::Page;
use receptive_e2e::site::{Fault, Host, dist};
use receptive_lessons::chapters;
use receptive_lessons::words::fill::{Piece, pieces};
use receptive_lessons::words::find;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

pub(crate) const TESTS: &[Test] = &[
    ("a language is some more files, and every word on the screen comes from them", Need::Nothing, another),
    ("texts of the reader's language that do not come leave the page in English", Need::Nothing, missing),
    ("texts that do not come at all leave a page that says so and works", Need::Nothing, none),
];

/// A reader of Polish, whose numbers have more plurals than those of English.
const POLISH: &str = "Object.defineProperty(navigator, 'languages', { get: () => ['pl-PL', 'en'] })";

/// A built page with a second language beside it, which goes when this is dropped.
struct Polish(PathBuf);

impl Polish {
    /// Makes a language in which every letter is a wide one, and numbers have the plurals of Polish.
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("receptive-{name}-{}", process::id()));
        copy(&dist(), &folder);
        let page = folder.join("index.html");
        let html = fs::read_to_string(&page).expect("the page");
        let (_, files) = html.split_once(" en=").expect("the names of the texts");
        let (files, _) = files.split_once('"').expect("their end");
        for name in files.split(',').filter_map(|file| file.strip_prefix("./")) {
            let text = fs::read_to_string(folder.join(name)).expect("texts");
            let mut file: Value = serde_json::from_str(&text).expect("an object");
            for text in file["texts"].as_object_mut().expect("texts by their keys").values_mut() {
                *text = polish(text.as_str().expect("a text")).into();
            }
            fs::write(folder.join(name.replace("-en-", "-pl-")), file.to_string()).expect("a file more");
        }
        let polish = files.replace("-en-", "-pl-");
        fs::write(&page, html.replace(files, &format!("{files} pl={polish}"))).expect("the page");
        Self(folder)
    }

    /// Opens it for a reader of Polish.
    fn open(&self, host: Host, link: &str) -> Page {
        let browser = Browser::start(1280, 900);
        browser.before_pages(POLISH);
        Page::open_in(browser, self.0.clone(), host, link)
    }
}

impl Drop for Polish {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the built page").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// A text with wide letters, and with a form for few things where there is one for many.
fn polish(text: &str) -> String {
    let mut polish = String::new();
    pieces(text, |piece| match piece {
        Piece::Plain(text) => polish += &wide(text),
        Piece::Value(_, name) => polish += &format!("{{{name}}}"),
        Piece::Forms(name, forms) => {
            let (one, other) = forms.split_once('|').unwrap_or((forms, forms));
            let [one, other] = [one, other].map(wide);
            polish += &format!("{{{name}|one:{one}|few:{other}ｙ|other:{other}}}");
        }
    });
    polish
}

/// Every word of the page that is not written in wide letters, seen or spoken.
fn foreign(page: &Page) -> BTreeSet<String> {
    let script = "const words = new Set();
        const note = (text) => { for (const word of text?.match(/[A-Za-z]{2,}/g) ?? []) words.add(word); };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('script, style')) note(walker.currentNode.data);
        for (const element of document.body.querySelectorAll('*')) {
            for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext']) note(element.getAttribute(name));
        }
        return [...words]";
    let words = page.browser.run(script);
    words.as_array().into_iter().flatten().filter_map(|word| Some(word.as_str()?.to_string())).collect()
}

/// The letters of a text, wide.
fn wide(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphabetic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c })
        .collect()
}

/// Words that no text holds: the page's own name, and what mathematics and units write.
const NAMES: &[&str] = &["Receptive", "max", "cos", "ln", "KB", "ReLU"];

fn another() {
    let polish = Polish::new("polish");
    let page = polish.open(Host::default(), "/?data=digits");
    assert_eq!(page.browser.run("return document.documentElement.lang"), "pl");
    assert_eq!(page.text("nav a"), wide("Contents"));
    let mut found = BTreeSet::new();
    let places = chapters::ALL.iter().map(|chapter| (format!("/lesson/{}", chapter.key), ""));
    let levels =
        ["", "look=conv-2", "look=conv-2.100", "look=conv-2.100&dir=backward"].map(|look| ("/lab".into(), look));
    for (path, look) in [("/".into(), ""), ("/draw".into(), "")].into_iter().chain(levels).chain(places) {
        page.turn(&path, look);
        let words = foreign(&page).into_iter().filter(|word| !NAMES.contains(&word.as_str()));
        found.extend(words.map(|word| format!("{path} {look}: {word}")));
    }
    assert!(found.is_empty(), "{found:#?}");
    // Numbers are written as in Polish: a space sets thousands apart, a comma the decimals.
    page.turn("/lab", "");
    let account = page.browser.run("return document.querySelector('.layers').textContent");
    let account = account.as_str().unwrap_or_default();
    assert!(account.contains("28·28·8 · 5·5·1 = 156\u{a0}800") && !account.contains("156,800"), "{account}");
    page.turn("/lesson/softmax", "");
    let shown = page.browser.run("return document.querySelector('main').innerText");
    let shown = shown.as_str().unwrap_or_default();
    assert!(shown.contains("0,659") && !shown.contains("0.659"), "{shown}");
    page.check_silence();
}

/// The reader's own language is missing, or is not whole: English is fetched, and a line says why.
fn missing() {
    let polish = Polish::new("no-polish");
    let faults: [(&str, Fault, &str); 6] = [
        ("texts-pl-", Fault::Missing, "is missing on the host"),
        ("texts-pl-", Fault::Cut, "could not be read"),
        ("texts-pl-", Fault::Changed("\"version\":\"", "\"version\":\"0"), "is of another version"),
        ("more-pl-", Fault::Missing, "is missing on the host"),
        ("chapters-pl-", Fault::FrontPage, "sends a web page in place of"),
        ("words-padding-pl-", Fault::Cut, "could not be read"),
    ];
    for (file, fault, why) in faults {
        let page =
            polish.open(Host { faults: vec![(file, fault)].leak(), ..Host::default() }, "/lesson/padding?data=digits");
        page.wait_for(".failure", 5);
        let said = page.text(".failure");
        assert!(said.contains(why) && said.contains(file) && said.contains("English stands"), "{said}");
        for (part, shown, text) in [
            ("texts-", "nav a", "Contents"),
            ("chapters-", "#exercises-title", find("common.exercises-title").expect("a text")),
            ("words-", ".intro .lead", find("padding.lead").expect("a text")),
        ] {
            assert_eq!(page.text(shown), if file.starts_with(part) { text.into() } else { wide(text) });
        }
    }
}

/// No language can be had: the page trains and steps all the same, under short names.
fn none() {
    let faults: &[(&str, Fault)] = &[("texts-en-", Fault::Missing), ("chapters-en-", Fault::Cut)];
    let page = Page::open_on(Host { faults, ..Host::default() }, "/lab?data=digits");
    let complains = |files: &[&str]| {
        page.wait(&format!("complaints about {files:?}"), 10, |page| page.texts(".failure").len() == files.len());
        for (said, file) in page.texts(".failure").iter().zip(files) {
            assert!(
                said.contains(file) && said.contains("whole folder") && said.contains("short names stand"),
                "{said}"
            );
        }
    };
    complains(&["texts-en-"]);
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a step", 30, |page| page.text("#iteration") == "1");
    assert_eq!(page.text("nav a"), "contents");
    // The chapters' texts are fetched with the first chapter.
    page.turn("/lesson/convolution", "");
    complains(&["texts-en-", "chapters-en-"]);
    let before = page.text("#lesson-sum");
    page.browser.run("document.querySelector('#stage').focus()");
    page.browser.press("\u{e014}");
    page.wait("another sum", 5, |page| page.text("#lesson-sum") != before);
    let caption = page.text("#lesson-caption");
    assert!(caption.starts_with("plane sum common place 1"), "{caption}");
}
