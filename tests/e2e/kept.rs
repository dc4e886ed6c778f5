//! What a learner trains is kept in the browser, found again, and taken elsewhere; and where nothing is kept, the page says
//! so and works.

use crate::Test;
use crate::need::Need;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use receptive_e2e::page::{NO_STORAGE, Page};
use receptive_train::KeptRun;
use serde_json::Value;
use std::cell::RefCell;

pub(crate) const TESTS: &[Test] = &[
    ("a tab that was killed in mid-epoch is found again, and the run goes on to the same bits", Need::Nothing, killed),
    ("runs are listed, named, exported, deleted with a question and imported again", Need::Nothing, taken_elsewhere),
    ("a damaged file is refused in a sentence and changes nothing", Need::Nothing, damaged),
    (
        "where the browser refuses its storage, training works and a sentence says that nothing is kept",
        Need::Nothing,
        refused,
    ),
    ("where the storage is full or cleared in mid-run, training goes on", Need::Nothing, full),
    ("a figure on somebody's page keeps no run", Need::Nothing, figure),
    ("a run belongs to one tab, and another can take it over", Need::Nothing, tabs),
    ("a drawing is on the pad again after a reload", Need::Nothing, drawing),
];

/// Sixteen steps an epoch, weights kept every second or so.
const RUN: &str = "/lab?data=digits&ntrain=512&nval=64&epochs=120&seed=5&workers=1&engine=cpu";

/// Runs before the page's own script: the tab gets no chance to keep anything at its end.
const KILLED: &str = "for (const kind of ['pagehide', 'visibilitychange'])
        for (const target of [window, document]) target.addEventListener(kind, event => event.stopImmediatePropagation(), true);";

/// Runs before the page's own script: a file that the page saves is kept as `saved`.
const SAVING: &str = "URL.createObjectURL = blob => { window.saved = blob; return 'about:blank#saved'; };
    HTMLAnchorElement.prototype.click = function () {};";

/// Returns the runs that the browser keeps: the key of each, and its bytes.
pub(crate) fn kept(page: &Page) -> Vec<(String, Vec<u8>)> {
    let script = "return (async () => {
        const names = (await indexedDB.databases()).map(found => found.name);
        if (!names.includes('receptive')) return [];
        const ask = request => new Promise((done, fail) => {
            request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error);
        });
        const database = await ask(indexedDB.open('receptive'));
        const states = database.transaction('states').objectStore('states');
        const [keys, values] = await Promise.all([ask(states.getAllKeys()), ask(states.getAll())]);
        database.close();
        const text = bytes => { let all = ''; for (let i = 0; i < bytes.length; i += 8192)
            all += String.fromCharCode(...bytes.subarray(i, i + 8192)); return btoa(all); };
        return keys.map((key, i) => [key, text(values[i])]);
    })()";
    let found: Vec<(String, String)> = serde_json::from_value(page.browser.run(script)).expect("runs");
    found.into_iter().map(|(key, text)| (key, STANDARD.decode(text).expect("base64"))).collect()
}

/// The bytes of the file that the page saved last.
fn saved(page: &Page) -> Vec<u8> {
    page.wait("a saved file", 20, |page| page.browser.run("return !!window.saved") == true);
    let script = "return (async () => {
        const bytes = new Uint8Array(await window.saved.arrayBuffer()); let all = '';
        for (let i = 0; i < bytes.length; i += 8192) all += String.fromCharCode(...bytes.subarray(i, i + 8192));
        return btoa(all);
    })()";
    let text = page.browser.run(script).as_str().unwrap_or_default().to_string();
    page.browser.run("delete window.saved");
    STANDARD.decode(text).expect("base64")
}

/// Gives the page a file of these bytes.
fn bring(page: &Page, bytes: &[u8]) {
    let text = STANDARD.encode(bytes);
    page.browser.run(&format!(
        "const bytes = Uint8Array.from(atob('{text}'), c => c.charCodeAt(0));
        const list = new DataTransfer(); list.items.add(new File([bytes], 'work.receptive'));
        const input = document.querySelector('#import'); input.files = list.files;
        input.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    ));
}

/// Reads a run that is kept.
pub(crate) fn read(bytes: &[u8]) -> KeptRun {
    KeptRun::read(bytes).expect("a kept run")
}

/// Waits for the end of a run, and returns what is kept then.
fn finished(page: &Page, key: &str) -> KeptRun {
    page.wait_for("#test-accuracy", 180);
    let last = RefCell::new(None);
    page.wait("the end to be kept", 20, |page| {
        let all = kept(page);
        let run = all.iter().find(|(known, _)| key.is_empty() || known == key).map(|(_, bytes)| read(bytes));
        let is_over = run.as_ref().is_some_and(|run| run.facts().test.is_some());
        last.replace(run);
        is_over
    });
    last.into_inner().expect("a run")
}

fn killed() {
    let page = Page::open_with(RUN, KILLED, "");
    page.wait_until_ready();
    assert!(!page.has("#offer"), "nothing is kept yet");
    page.browser.click("#train");
    page.wait("weights that are kept", 60, |page| {
        kept(page).iter().any(|(_, bytes)| read(bytes).facts().iteration > 100)
    });
    page.browser.open("about:blank");
    // What the page finds when it is opened again, with other settings in its link: they win, and the offer is a line.
    page.go("/lab?data=digits&net=linear&seed=9&ntrain=512&nval=64&workers=1&engine=cpu");
    page.wait_until_ready();
    page.wait_for("#offer", 10);
    assert!(page.browser.run("return location.hash.includes('net=linear')") == true);
    let before = kept(&page);
    assert_eq!(before.len(), 1, "one run");
    let (key, stood) = (before[0].0.clone(), read(&before[0].1));
    let facts = stood.facts();
    let offer = page.text("#offer").replace(',', "");
    assert!(offer.contains(&format!("step {} of {}", facts.iteration, facts.n_steps)), "{offer}");
    assert!(facts.iteration % 16 != 0 || facts.iteration < facts.n_steps, "{facts:?}");
    page.browser.run("window.since = performance.now()");
    page.browser.click("#offer-go-on");
    page.wait("the run", 10, |page| page.text("#state") == "paused" && page.has("#train:not([disabled])"));
    assert_eq!(page.number("#iteration"), f64::from(facts.iteration));
    assert!(!page.has("#offer"));
    page.wait("its settings", 5, |page| page.browser.run("return location.hash.includes('seed=5')") == true);
    assert!(page.browser.run("return location.hash.includes('net=linear')") != true);
    // It is kept under its own key, the same weights, optimiser's memory and place.
    page.wait("the same bits", 10, |page| {
        let now = kept(page);
        now.len() == 1 && now[0].0 == key && read(&now[0].1).checkpoint() == stood.checkpoint()
    });
    page.browser.click("#train");
    let end = finished(&page, &key);
    page.check_silence();
    // As if nothing had happened.
    let other = Page::open(RUN);
    other.wait_until_ready();
    other.browser.click("#train");
    assert!(finished(&other, "").checkpoint() == end.checkpoint(), "other weights than those of a run without a break");
}

/// A run that is over soon.
const SHORT: &str = "/lab?data=digits&ntrain=512&nval=64&epochs=2&net=linear&workers=1&engine=cpu";

/// Trains a short run to its end, and goes to the list that it is kept in.
fn at_kept_run() -> Page {
    let page = Page::open_with(SHORT, SAVING, "");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 60);
    page.wait("a run that is kept", 20, |page| kept(page).iter().any(|(_, bytes)| read(bytes).facts().test.is_some()));
    page.browser.run("location.hash = '/work'");
    page.wait_for("#kept-runs li", 10);
    page
}

fn taken_elsewhere() {
    let page = at_kept_run();
    let facts = page.text("#kept-runs .facts");
    assert!(facts.contains("tested after step 32") && facts.contains("Adam"), "{facts}");
    page.browser.type_into(".run-name", "My first run\u{e007}");
    page.browser.run("document.querySelector('.run-name').blur()");
    page.wait("the name", 5, |page| page.has("[aria-label='Open in the Lab: My first run']"));
    // The weights as other programs read them.
    page.browser.click(".take-weights");
    let weights = saved(&page);
    let n_header = u64::from_le_bytes(weights[..8].try_into().expect("eight bytes")) as usize;
    let header: Value = serde_json::from_slice(&weights[8..8 + n_header]).expect("a header");
    assert_eq!(header["linear1.weight"]["shape"], serde_json::json!([10, 784]));
    assert_eq!(header["linear1.bias"]["dtype"], "F32");
    let before = kept(&page);
    let want = read(&before[0].1).checkpoint().parameters().expect("parameters");
    let [start, end] =
        [0usize, 1].map(|i| header["linear1.weight"]["data_offsets"][i].as_u64().expect("a place") as usize);
    let values: Vec<u8> = want.tensors()[0].values.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(weights[8 + n_header..][start..end], values);
    // Everything as a file; deleted after a question; and there again.
    page.browser.click("#export");
    let file = saved(&page);
    page.browser.click(".delete");
    page.wait_for(".delete-no", 5);
    page.browser.click(".delete-no");
    page.wait_for(".delete", 5);
    assert_eq!(kept(&page).len(), 1);
    page.browser.click(".delete");
    page.wait_for(".delete-yes", 5);
    page.browser.click(".delete-yes");
    page.wait_for("#work-none", 10);
    assert!(kept(&page).is_empty());
    bring(&page, &file);
    page.wait("the import", 10, |page| page.text("#work-said") == "Imported 1 run.");
    page.wait_for("[aria-label='Open in the Lab: My first run']", 5);
    assert!(kept(&page) == before, "other bytes than those that were exported");
    bring(&page, &file);
    page.wait("the second import", 10, |page| page.text("#work-said").contains("1 was here already"));
    page.browser.click(".open-run");
    page.wait("the run in the Lab", 10, |page| page.text("#state") == "finished" && page.number("#iteration") == 32.0);
    page.wait_for(".confusion", 10);
    page.check_silence();
}

fn damaged() {
    let page = at_kept_run();
    page.browser.click("#export");
    let file = saved(&page);
    let before = kept(&page);
    let mut flipped = file.clone();
    flipped[file.len() / 2] ^= 4;
    let longer = [&file[..], b"more"].concat();
    let mut other = file.clone();
    other[7] = b'9';
    for (bytes, why) in [
        (&file[..file.len() - 1], "damaged"),
        (&file[..30], "damaged"),
        (&flipped[..], "damaged"),
        (&longer[..], "damaged"),
        (&b"PK\x03\x04 something else altogether"[..], "does not hold"),
        (&b""[..], "does not hold"),
        (&other[..], "another version"),
    ] {
        bring(&page, bytes);
        page.wait(why, 10, |page| page.text("#work-said").contains(why) && page.has("#work-said.error"));
        bring(&page, &file);
        page.wait("a whole file", 10, |page| page.text("#work-said").contains("here already"));
        assert!(kept(&page) == before);
    }
    page.check_silence();
}

fn refused() {
    let page = Page::open_with(SHORT, NO_STORAGE, NO_STORAGE);
    page.wait_until_ready();
    page.wait("the sentence", 10, |page| page.text("#not-kept").contains("keeps nothing"));
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 60);
    page.browser.run("location.hash = '/work'");
    page.wait_for("#work-refused", 10);
    page.check_silence();
}

/// Runs before the worker's own script: there is no room.
const FULL: &str = "IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') };";

fn full() {
    let page = Page::open_with(SHORT, "", FULL);
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 60);
    page.wait("the sentence", 10, |page| page.text("#not-kept").contains("no room left"));
    page.check_silence();
    // Everything is deleted while it trains: it is kept again from the next time on.
    let page = Page::open(RUN);
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("weights that are kept", 60, |page| !kept(page).is_empty());
    let gone = page.browser.run(
        "return new Promise(done => { const request = indexedDB.deleteDatabase('receptive');
        request.onsuccess = () => done(true); request.onerror = () => done(false); })",
    );
    assert_eq!(gone, true);
    page.wait("weights that are kept again", 60, |page| !kept(page).is_empty());
    assert!(!page.has("#not-kept"));
    page.check_silence();
}

fn figure() {
    let page =
        Page::open_file("index.html?embed=settings#/lab?data=digits&ntrain=512&nval=64&epochs=2&net=linear&workers=1");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("the end", 60, |page| page.text("#state") == "finished");
    assert!(kept(&page).is_empty());
    assert_eq!(page.browser.run("return indexedDB.databases().then(found => found.length)"), 0);
    assert!(!page.has("#offer"));
    page.check_silence();
}

/// Two windows of one browser that show the page.
fn tabs() {
    let page = Page::around(&format!(
        "<iframe id='one' width=1000 height=700 src='index.html#{RUN}'></iframe>
        <iframe id='two' width=1000 height=700></iframe>"
    ));
    let inside = |tab: &str, script: &str| -> Value {
        page.browser.run(&format!("const inside = document.getElementById('{tab}').contentWindow.document; {script}"))
    };
    let text = |tab: &str, selector: &str| {
        let found = inside(tab, &format!("return inside.querySelector('{selector}')?.textContent ?? ''"));
        found.as_str().unwrap_or_default().to_string()
    };
    let click = |tab: &str, selector: &str| inside(tab, &format!("inside.querySelector('{selector}').click()"));
    let is_ready = |tab: &str| inside(tab, "return !!inside.querySelector('#train:not([disabled])')") == true;
    page.wait("the first tab", 30, |_| is_ready("one"));
    click("one", "#train");
    page.wait("weights that are kept", 60, |page| !kept(page).is_empty());
    page.browser.run(
        "document.getElementById('two').src = 'index.html#/lab?data=digits&net=linear&seed=9&workers=1&engine=cpu'",
    );
    page.wait("the offer", 30, |_| text("two", "#offer").contains("open in another tab"));
    assert_eq!(text("two", "#offer-go-on"), "Take over");
    click("two", "#offer-go-on");
    page.wait("the run in the second tab", 20, |_| text("two", "#state") == "paused" && is_ready("two"));
    page.wait("the pause in the first", 10, |_| text("one", "#state") == "paused");
    assert!(text("one", "#notices").contains("Another tab has taken this run over"), "{}", text("one", "#notices"));
    page.wait("a run of its own for each", 10, |page| kept(page).len() == 2);
    click("one", "#train");
    click("two", "#train");
    for tab in ["one", "two"] {
        page.wait("both go on", 20, |_| text(tab, "#state") == "training");
    }
    page.check_silence();
}

fn drawing() {
    let page = Page::open("/draw");
    page.wait_for("#pad", 20);
    page.browser.drag("#pad", &[(-40, -60), (0, 40), (30, 60)]);
    page.wait_for("#undo:not([disabled])", 5);
    let is_drawn = "return localStorage['receptive.drawing'] ?? ''";
    page.browser.run("location.reload()");
    page.wait_for("#undo:not([disabled])", 20);
    let text = page.browser.run(is_drawn);
    assert_eq!(text.as_str().map(|text| text.lines().count()), Some(2), "{text}");
    page.browser.click("#undo");
    page.browser.run("location.reload()");
    page.wait_for("#pad", 20);
    assert!(!page.has("#undo:not([disabled])"));
    page.check_silence();
}
