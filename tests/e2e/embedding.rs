//! Figures in somebody else's page: from another origin, by the element and by an iframe alone.

use crate::Test;
use crate::need::Need;
use receptive_e2e::browser::{Browser, NOTE_ERRORS};
use receptive_e2e::page::Page;
use receptive_e2e::site::{self, Host};
use receptive_lessons::Chapter;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, thread};

pub(crate) const TESTS: &[Test] = &[
    ("three figures stand in a page of another origin, with locks, events and commands", Need::Nothing, three),
    ("of twenty figures those out of sight are not loaded, and sleep when they were", Need::Nothing, twenty),
    ("Tab goes into a figure, through it and out of it, and nothing else takes the focus", Need::Nothing, keyboard),
    ("of two figures on a page one trains at a time", Need::Nothing, training),
    ("a figure in a frame that is kept apart works and says that nothing is kept", Need::Nothing, apart),
    ("no message harms a figure: malformed, of others, or ten thousand at once", Need::Nothing, hostile),
    (
        "the examples of the documentation hold figures: the page with scripts, and the iframe alone",
        Need::Nothing,
        examples,
    ),
    ("the panel for teachers gives what holds the controls that it says", Need::Nothing, panel),
    ("every figure is as high as it needs and no wider than its frame, in light and dark", Need::Nothing, sizes),
];

/// Where documents say that Receptive is.
const SOMEWHERE: &str = "https://example.org/receptive/";
/// Notes every event of every figure on the page.
const NOTE: &str = "<script>
    window.noted = []; window.began = history.length;
    for (const type of ['ready', 'size', 'state', 'step', 'guide', 'answer', 'progress', 'finished', 'refused'])
        addEventListener('receptive-' + type, ({ target, detail }) => noted.push({ id: target.id, type, ...detail }));
</script>";

/// A page of somebody else's, and the origin of the figures in it.
pub(crate) struct Course {
    page: Page,
    figures: String,
    folder: PathBuf,
}

impl Course {
    /// Opens a page with this in its body. Receptive's files come from a host of this kind.
    fn open(body: &str, host: Host) -> Self {
        Self::open_in(Browser::start(1000, 900), body, host)
    }

    /// The same in a browser that is running.
    pub(crate) fn open_in(browser: Browser, body: &str, host: Host) -> Self {
        let body =
            format!("<script src='{SOMEWHERE}embed.js' defer></script>{NOTE}<main><h1>A course</h1></main>{body}");
        Self::open_page_in(browser, &body, host)
    }

    /// Opens a whole page.
    fn open_page(html: &str, host: Host) -> Self {
        Self::open_page_in(Browser::start(1000, 900), html, host)
    }

    fn open_page_in(browser: Browser, html: &str, host: Host) -> Self {
        static N_OPENED: AtomicU32 = AtomicU32::new(0);
        let figures = site::serve_as(site::dist(), host);
        let n = N_OPENED.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("receptive-course-{}-{n}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the page");
        let html = html.replace(SOMEWHERE, &figures);
        fs::write(
            folder.join("index.html"),
            format!(
                "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><script>{NOTE_ERRORS}</script>{html}"
            ),
        )
        .expect("the page");
        let page = Page::open_in(browser, folder.clone(), Host::default(), "");
        Self { page, figures, folder }
    }

    /// The events of a figure of one type.
    fn events(&self, id: &str, kind: &str) -> Vec<Value> {
        let script = format!("return noted.filter(note => note.id === {id:?} && note.type === {kind:?})");
        self.page.browser.run(&script).as_array().cloned().unwrap_or_default()
    }

    /// Waits for an event of a figure that is as it should be.
    pub(crate) fn wait_for(&self, id: &str, kind: &str, seconds: u64, is_it: impl Fn(&Value) -> bool) {
        let what = format!("{kind} of {id}");
        self.page.wait(&what, seconds, |_| self.events(id, kind).iter().any(&is_it));
    }

    /// Brings a figure into sight and waits until it is there.
    pub(crate) fn show(&self, id: &str) {
        self.page.browser.run(&format!("document.getElementById({id:?}).scrollIntoView({{ block: 'center' }})"));
        self.wait_for(id, "ready", 40, |_| true);
    }

    /// Does something inside a figure.
    pub(crate) fn inside<T>(&self, id: &str, act: impl FnOnce(&Page) -> T) -> T {
        let frame = format!("document.getElementById({id:?})");
        let frame = format!("const found = {frame}; return found.shadowRoot?.querySelector('iframe') ?? found");
        self.page.browser.enter(&frame);
        let done = act(&self.page);
        self.page.browser.leave();
        done
    }

    /// Calls a figure's method.
    pub(crate) fn call(&self, id: &str, call: &str) {
        self.page.browser.run(&format!("document.getElementById({id:?}).{call}"));
    }

    /// How often the figures' page was opened.
    fn n_loaded(&self) -> usize {
        site::requests(&self.figures).iter().filter(|path| *path == "/").count()
    }

    /// Checks what holds on every page that holds figures: a silent console, and a history that has not grown.
    pub(crate) fn check(self) {
        assert_eq!(self.page.browser.run("return history.length - window.began"), 0, "the history has grown");
        let errors = self.page.browser.console_errors();
        assert!(errors.is_empty(), "errors in the console: {errors:?}");
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn three() {
    let gap = "<p style='height: 1500px'>text</p>";
    let course = Course::open(
        &format!(
            "<receptive-figure id=stage chapter=convolution part='stage,exercises' state='stride=1&ex=1' lock='kernel,stride' hide=flip>
            <a href='{SOMEWHERE}'>a link</a></receptive-figure>{gap}
            <receptive-figure id=steps chapter=pooling part=guide lang=en theme=dark></receptive-figure>{gap}
            <receptive-figure id=lab part='curves,matrix' state='data=digits&ntrain=640&seed=7&workers=1' lock='lr'></receptive-figure>"
        ),
        Host::default(),
    );
    course.show("stage");
    assert_eq!(course.events("stage", "ready")[0]["place"], "/lesson/convolution");
    assert_eq!(course.events("stage", "ready")[0]["keeps"], true);
    course.inside("stage", |page| {
        page.wait_for("#stage", 30);
        for nothing in [".top", ".intro", "#theme", ".skip", "[id^=set-flip]"] {
            assert!(!page.has(nothing), "{nothing} in a figure");
        }
        page.wait_for("#set-stride", 10);
        assert!(page.has("fieldset:disabled #set-stride") && page.has("fieldset:disabled #set-kernel"));
        assert!(page.has("#set-pad") && !page.has("fieldset:disabled #set-pad"));
        assert!(page.text("fieldset.locked > small").contains("set by your teacher"));
    });
    // Commands.
    course.call("stage", "step(3)");
    course.wait_for("stage", "step", 10, |event| event["step"] == 3 && event["steps"].as_u64() > Some(4));
    course.inside("stage", |page| {
        page.wait("the step", 5, |page| page.browser.run("return location.hash.includes('at=3')") == true);
    });
    course.call("stage", "set('pad=2&stride=2')");
    course.wait_for("stage", "state", 10, |event| {
        let state = event["state"].as_str().unwrap_or_default();
        state.contains("pad=2") && state.contains("stride=2") && !state.contains("at=")
    });
    course.call("stage", "step(4000)");
    course.wait_for("stage", "refused", 10, |event| event["why"][0].as_str().is_some_and(|why| why.contains("steps")));
    course.call("stage", "set('pad=hundred')");
    course
        .wait_for("stage", "refused", 10, |event| event["why"][0].as_str().is_some_and(|why| why.contains("hundred")));
    course.call("stage", "reset()");
    course
        .page
        .wait("as it was", 10, |_| course.events("stage", "state").last().is_some_and(|last| last["state"] == ""));
    // An answer, wrong and then right.
    let task =
        Chapter::find("convolution").and_then(|chapter| chapter.exercises.iter().find(|one| one.key == "out-size"));
    let right = task.expect("an exercise").task(1).answer.text();
    course.inside("stage", |page| {
        for typed in ["31×31", &right] {
            page.browser.type_into("#exercise-out-size-answer", typed);
            page.browser.click("#exercise-out-size .go");
            page.wait_for("#exercise-out-size-verdict", 5);
        }
    });
    course.wait_for("stage", "answer", 5, |event| event["attempts"] == 1 && event["right"] == false);
    course.wait_for("stage", "answer", 5, |event| {
        event["attempts"] == 2 && event["right"] == true && event["exercise"] == "out-size"
    });
    // The guide, in the host's colours, and the run.
    assert!(course.events("steps", "ready").is_empty(), "it is far away");
    course.show("steps");
    course.inside("steps", |page| {
        page.wait_for(".guide-card", 30);
        assert_eq!(page.browser.run("return getComputedStyle(document.body).backgroundColor"), "rgb(22, 22, 26)");
        assert!(!page.has(".exercises"));
    });
    assert!(!site::requests(&course.figures).iter().any(|path| path.contains("worker_loader")), "a worker for a toy");
    course.show("lab");
    course.inside("lab", |page| {
        page.wait_until_ready();
        page.browser.click("#train");
    });
    course.wait_for("lab", "progress", 60, |event| event["training"] == true && event["iteration"].as_u64() > Some(0));
    course.wait_for("lab", "finished", 90, |event| event["correct"].as_u64() > Some(0));
    course.inside("lab", |page| page.wait_for(".confusion", 10));
    course.check();
}

/// The most that a chapter's figure may fetch on a page of somebody else's, compressed by brotli.
const TOY_BYTES: u64 = 600_000;

fn twenty() {
    let figure = |i: usize| format!("<receptive-figure id=f{i} chapter=convolution></receptive-figure><p>{i}</p>");
    let course = Course::open(&(0..20).map(figure).collect::<String>(), Host::default());
    course.show("f0");
    thread::sleep(Duration::from_secs(2));
    let n_first = course.n_loaded();
    assert!((1..=6).contains(&n_first), "{n_first} of 20 figures are loaded at first");
    course.inside("f0", |page| {
        page.wait_for(".transport .go", 30);
        page.browser.click(".transport .go");
    });
    course.wait_for("f0", "step", 10, |event| event["step"].as_u64() > Some(0));
    course.show("f19");
    thread::sleep(Duration::from_millis(500));
    let n_steps = course.events("f0", "step").len();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(course.events("f0", "step").len(), n_steps, "a figure plays that nobody sees");
    assert!(course.n_loaded() < 20, "{} figures are loaded", course.n_loaded());
    // A figure of a chapter needs neither the worker nor what the page around it has, and hosts its lesson itself.
    let files: BTreeSet<_> = site::requests(&course.figures).into_iter().filter(|path| path != "/").collect();
    for other in ["worker", "app", "front", "bench", "chapters_bg"] {
        assert!(!files.iter().any(|path| path.starts_with(&format!("/{other}"))), "{other}: {files:?}");
    }
    assert_eq!(files.iter().filter(|path| path.starts_with("/part-frame-convolution-")).count(), 1, "{files:?}");
    let n_bytes = |ending: &str| -> u64 {
        let paths = files.iter().map(|path| site::dist().join(&path[1..])).chain([site::dist().join("index.html")]);
        let packed =
            |path: PathBuf| fs::metadata(format!("{}{ending}", path.display())).or_else(|_| fs::metadata(path));
        paths.filter_map(|path| Some(packed(path).ok()?.len())).sum()
    };
    println!("a toy figure fetches {} bytes by gzip, {} by brotli", n_bytes(".gz"), n_bytes(".br"));
    assert!(n_bytes(".br") <= TOY_BYTES);
    course.check();
}

fn keyboard() {
    let course = Course::open(
        "<button id=before>before</button><receptive-figure id=stage chapter=pooling></receptive-figure><button id=after>after</button>",
        Host::default(),
    );
    course.show("stage");
    course.inside("stage", |page| page.wait_for("#stage", 30));
    let focused = || course.page.browser.run("return document.activeElement.id");
    assert_eq!(focused(), "", "a figure takes the focus by itself");
    course.page.browser.run("document.querySelector('#before').focus()");
    let mut n_inside = 0;
    for _ in 0..150 {
        course.page.browser.press("\u{e004}");
        if focused() == "after" {
            break;
        }
        assert_eq!(focused(), "stage", "the focus goes elsewhere");
        n_inside += 1;
    }
    assert_eq!(focused(), "after", "no way out of a figure");
    assert!(n_inside > 4, "{n_inside} stops in a figure");
    course.check();
}

fn training() {
    let figure = |id: &str| {
        format!(
            "<receptive-figure id={id} part=settings state='data=digits&epochs=50&workers=1&seed=1'></receptive-figure>"
        )
    };
    let course = Course::open(&format!("{}{}", figure("one"), figure("other")), Host::default());
    for id in ["one", "other"] {
        course.show(id);
        course.inside(id, |page| {
            page.wait_until_ready();
            page.browser.click("#train");
        });
        course.wait_for(id, "progress", 60, |event| event["training"] == true);
    }
    course
        .page
        .wait("a pause", 20, |_| course.events("one", "progress").last().is_some_and(|last| last["training"] == false));
    assert!(course.events("other", "progress").last().is_some_and(|last| last["training"] == true));
    course.check();
}

fn apart() {
    let host = Host { head: "Access-Control-Allow-Origin: *\r\n", ..Host::default() };
    let course = Course::open(
        "<receptive-figure id=stage chapter=pooling sandbox=allow-scripts></receptive-figure>
        <receptive-figure id=lab part=curves state='data=digits&ntrain=640&workers=1' sandbox=allow-scripts></receptive-figure>",
        host,
    );
    course.show("stage");
    assert_eq!(course.events("stage", "ready")[0]["keeps"], false);
    course.inside("stage", |page| {
        page.wait_for("#stage", 30);
        assert!(page.text("#keeps-nothing").contains("Nothing"), "{}", page.text("#keeps-nothing"));
    });
    course.call("stage", "step(1)");
    course.wait_for("stage", "step", 10, |event| event["step"] == 1);
    course.show("lab");
    course.inside("lab", |page| {
        page.wait_until_ready();
        page.browser.click("#train");
    });
    course.wait_for("lab", "finished", 90, |event| event["correct"].as_u64() > Some(0));
    course.check();
}

fn hostile() {
    let course = Course::open(
        "<receptive-figure id=stage chapter=convolution state='stride=1'></receptive-figure><iframe id=other srcdoc='other'></iframe>",
        Host::default(),
    );
    course.show("stage");
    course.inside("stage", |page| page.wait_for("#stage", 30));
    let to_frame =
        "const frame = document.querySelector('receptive-figure').shadowRoot.querySelector('iframe').contentWindow;
        const post = (message) => frame.postMessage(message, '*');";
    // Somebody else's window speaks.
    course.page.browser.run(
        "const frame = document.querySelector('receptive-figure').shadowRoot.querySelector('iframe').contentWindow;
        const script = document.querySelector('#other').contentDocument.createElement('script');
        window.target = frame;
        script.textContent = `parent.target.postMessage({ receptive: 1, type: 'set', state: 'pad=3' }, '*')`;
        document.querySelector('#other').contentDocument.body.append(script);",
    );
    course.page.browser.run(&format!(
        "{to_frame}
        const loop = {{ receptive: 1, type: 'set' }}; loop.state = loop;
        for (const message of [null, 1, 'set', [], {{}}, {{ receptive: 2, type: 'reset' }}, {{ receptive: 1 }}, {{ receptive: 1, type: 'no' }},
            {{ receptive: 1, type: 'set', state: 7 }}, loop, {{ receptive: 1, type: 'set', state: 'x'.repeat(1e6) }},
            {{ receptive: 1, type: 'step', step: -1 }}, {{ receptive: 1, type: {{}} }}, new ArrayBuffer(8), new Map([['receptive', 1]])]) post(message);"
    ));
    course.wait_for("stage", "refused", 10, |_| true);
    course.page.browser.run(&format!(
        "{to_frame} for (let i = 0; i < 10000; i++) post({{ receptive: 1, type: i % 2 ? 'set' : 'theme', state: 'pad=' + i % 3, theme: 'dark' }});
        post({{ receptive: 1, type: 'set', state: 'pad=2&stride=2' }});"
    ));
    course.wait_for("stage", "state", 20, |event| event["state"] == "pad=2&stride=2");
    let states: Vec<_> = course.events("stage", "state");
    assert!(states.len() < 200, "{} events of ten thousand commands", states.len());
    assert!(
        states.iter().all(|event| !event["state"].as_str().is_some_and(|state| state.contains("pad=3"))),
        "{states:?}"
    );
    course.page.wait("the last state stays", 5, |_| course.events("stage", "state").last() == states.last());
    // Somebody else's figure is none of this element's.
    course.page.browser.run("postMessage({ receptive: 1, type: 'finished', images: 1, correct: 1 }, '*')");
    thread::sleep(Duration::from_millis(300));
    assert!(course.events("stage", "finished").is_empty());
    course.check();
}

/// The examples as they stand, but for where Receptive is.
fn examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("an example");
    let named = read("plain.html").replacen("<receptive-figure ", "<receptive-figure id=first ", 1);
    let plain = Course::open_page(&format!("{NOTE}<main>{named}</main>"), Host::default());
    // The page holds more than one, and any may be there first.
    let place = "return noted.find(note => note.id === 'first' && note.type === 'ready')?.place";
    plain.page.wait("the first figure", 40, |page| page.browser.run(place) == "/lesson/convolution");
    let heights = "const frame = document.querySelector('receptive-figure').shadowRoot.querySelector('iframe');
        return [frame.clientHeight, noted.filter(note => note.id === 'first' && note.type === 'size').at(-1)?.height]";
    plain.page.wait("its height", 20, |page| {
        let heights = page.browser.run(heights);
        heights[0] == heights[1] && heights[0].as_u64() > Some(300)
    });
    plain.check();

    let alone = format!("{NOTE}<main><h1>A page without scripts</h1>{}</main>", read("iframe.html"));
    let alone = Course::open_page(&alone.replace("<iframe ", "<iframe id=alone "), Host::default());
    alone.inside("alone", |page| {
        page.wait_for("#stage", 40);
        page.wait_for("fieldset:disabled #set-kernel", 10);
        assert!(!page.has(".top") && page.browser.run("return document.documentElement.dataset.theme") == "light");
    });
    alone.check();
}

fn panel() {
    let page = Page::open("/lesson/stride?pad=1");
    page.wait_for("#put-in-page summary", 30);
    page.browser.click("#put-in-page summary");
    let choose = |key: &str, hold: &str| {
        let script = format!(
            "const list = document.querySelector('#hold-{key}'); list.value = '{hold}'; list.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        );
        page.browser.run(&script);
    };
    choose("stride", "lock");
    page.wait("a lock", 5, |page| page.texts("#paste-link")[0].contains("?lock=stride#/lesson/stride?pad=1"));
    choose("at", "hide");
    page.browser.click("#part-guide");
    page.wait("all of it", 5, |page| {
        page.texts("#paste-iframe")[0].contains("?embed=stage,guide&amp;lock=stride&amp;hide=at#/lesson/stride?pad=1")
            && page.texts("#paste-element")[0]
                .contains("part=\"stage,guide\" state=\"pad=1\" lock=\"stride\" hide=\"at\"")
    });
    let link = page.browser.run("return document.querySelector('#paste-link').value");
    page.browser.open("about:blank");
    page.browser.open(link.as_str().expect("a link"));
    page.wait_for("fieldset:disabled #set-stride", 30);
    assert!(page.has(".top") && page.has("#stage") && !page.has(".transport"));
    page.check_silence();
}

fn sizes() {
    let course = Course::open(
        "<style>body { margin: 8px } receptive-figure { margin: 0 }</style><receptive-figure id=f chapter=convolution></receptive-figure>",
        Host::default(),
    );
    for chapter in receptive_lessons::chapters::ALL {
        for (width, height) in [(390, 844), (1240, 900)] {
            course.page.browser.resize(width, height);
            course.page.browser.run(&format!(
                "noted.length = 0; document.querySelector('receptive-figure').remove();
                document.body.insertAdjacentHTML('beforeend', '<receptive-figure id=f chapter={} part=guide state=\"data=digits\"></receptive-figure>')",
                chapter.key
            ));
            course.show("f");
            let over = course.inside("f", |page| {
                page.wait_for("#stage", 30);
                thread::sleep(Duration::from_millis(700));
                page.browser.run("const root = document.documentElement; return [root.scrollWidth - root.clientWidth, Math.ceil(document.body.getBoundingClientRect().height) - innerHeight]")
            });
            assert_eq!(over, serde_json::json!([0, 0]), "{} at {width} px sticks out", chapter.key);
            let n = course.events("f", "size").len();
            assert!(n < 12, "{} at {width} px swings: {n} heights", chapter.key);
        }
    }
    course.check();
}
