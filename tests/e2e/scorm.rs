//! Packages for learning platforms: one by SCORM 1.2 in a player that is not ours, one by xAPI before a place for
//! statements.

use crate::Test;
use crate::access::{bring_axe, check_everywhere};
use crate::lrs::Lrs;
use crate::need::{Need, player};
use receptive_e2e::browser::Browser;
use receptive_e2e::page::Page;
use receptive_e2e::site::Host;
use receptive_lessons::Chapter;
use receptive_lessons::exercise::Answer;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use zip::ZipArchive;

pub(crate) const TESTS: &[Test] = &[
    (
        "a player for SCORM 1.2 gets a chapter's score and completion, and goes on where it was left",
        Need::Player,
        scorm,
    ),
    ("the manifest of a package names every file in it, and nothing that is not", Need::Nothing, manifest),
    ("what a platform refuses is said, and without one a package works and says so", Need::Player, refusals),
    ("xAPI statements of answers, score and completion come to the place that the address names", Need::Nothing, xapi),
    ("axe finds nothing wrong with a package's page, and a phone shows it whole", Need::Axe, accessible),
];

/// A folder that a platform serves, with an unpacked package in it.
struct Platform {
    folder: PathBuf,
}

impl Platform {
    /// Packs chapters by the project's own command, and unpacks them into `package`, as a platform does.
    fn new(words: &[&str]) -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("receptive-platform-{}-{n}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let archive = folder.join("package.zip");
        let mut xtask = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        xtask.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).args(["xtask", "package"]).args(words);
        let done = xtask.arg("--to").arg(&archive).output().expect("cargo");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut archive = ZipArchive::new(File::open(archive).expect("the package")).expect("a zip");
        archive.extract(folder.join("package")).expect("its files");
        Self { folder }
    }

    /// Adds a page.
    fn lay(&self, name: &str, html: &str) {
        let html = format!("<!doctype html><meta charset=utf-8><link rel=icon href='data:,'>{html}");
        fs::write(self.folder.join(name), html).expect("a page");
    }

    /// Opens its first page.
    fn open(&self) -> Page {
        Page::open_in(Browser::start(1240, 900), self.folder.clone(), Host::default(), "")
    }

    /// Opens its first page, which holds a player's script and, two frames deep, a chapter.
    fn play(&self, chapter: &str, script: &str) -> Page {
        fs::copy(player().expect("a player"), self.folder.join("player.js")).expect("its script");
        self.lay(
            "index.html",
            &format!(
                "<main><h1>A platform</h1></main><script src=player.js></script><script>
                window.API = new Scorm12API({{ logLevel: 4 }}); {script}</script>
                <iframe id=frame src=frame.html width=1200 height=800></iframe>"
            ),
        );
        let sco = format!("<iframe id=sco src='package/index.html?chapter={chapter}' width=1180 height=780></iframe>");
        self.lay("frame.html", &sco);
        self.open()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Goes into the page of a chapter.
fn enter_chapter(page: &Page) {
    page.wait("the frames", 20, |page| {
        page.browser.run("return !!document.querySelector('#frame').contentDocument?.querySelector('#sco')") == true
    });
    page.browser.enter("return document.querySelector('#frame')");
    page.browser.enter("return document.querySelector('#sco')");
}

/// Goes from the page of a chapter into its figure, and waits until it asks.
fn enter_figure(page: &Page) {
    page.wait("a figure", 20, |page| {
        page.browser.run("return !!document.querySelector('receptive-figure')?.shadowRoot?.querySelector('iframe')")
            == true
    });
    page.browser.enter("return document.querySelector('receptive-figure').shadowRoot.querySelector('iframe')");
    page.wait_for(".exercises form .go", 40);
}

/// Answers an exercise in the figure that the browser is in: right, or wrong.
fn answer(page: &Page, chapter: &str, exercise: &str, is_right: bool) {
    let found = Chapter::find(chapter).and_then(|chapter| chapter.exercises.iter().find(|found| found.key == exercise));
    let task = found.expect("an exercise").task(1);
    let form = format!("#exercise-{exercise}");
    // The page around the figure scrolls inside itself, where chromedriver does not look.
    page.browser.run(&format!("document.querySelector('{form}').scrollIntoView({{ block: 'center' }})"));
    let press = |selector: &str| page.browser.run(&format!("document.querySelector('{form} {selector}').click()"));
    match &task.answer {
        Answer::Number { value, decimals } => {
            let value = if is_right { *value } else { value + 117.0 };
            page.browser.type_into(&format!("{form}-answer"), &format!("{value:.decimals$}"));
        }
        Answer::Size([rows, columns]) => {
            let more = if is_right { 0 } else { 7 };
            page.browser.type_into(&format!("{form}-answer"), &format!("{}x{}", rows + more, columns + more));
        }
        Answer::Choice { right, options } => {
            let option = if is_right { *right } else { (right + 1) % options.len() };
            press(&format!(".option:nth-child({})", option + 1));
        }
        Answer::Cells(_) => panic!("cells are not asked for in the chapters of these tests"),
    }
    press(".go");
    let class = if is_right { "right" } else { "wrong" };
    page.wait_for(&format!("{form}-verdict.{class}"), 5);
}

/// The exercises of a chapter that count, and those that do not.
fn exercises(chapter: &str) -> [Vec<&'static str>; 2] {
    let all = Chapter::find(chapter).expect("a chapter").exercises;
    [false, true].map(|more| all.iter().filter(|one| one.is_more == more).map(|one| one.key).collect())
}

/// What the player of a page knows.
fn known(page: &Page) -> Value {
    page.browser.run(
        "const { core, suspend_data } = window.API.renderCMIToJSONObject().cmi;
        return { status: core.lesson_status, score: core.score, time: core.session_time, exit: core.exit, kept: suspend_data,
            isOver: window.API.isTerminated() }",
    )
}

/// Waits until the player knows a status and a score.
fn knows(page: &Page, status: &str, raw: &str) {
    page.browser.leave();
    page.wait(&format!("{status} with {raw}"), 10, |page| {
        let known = known(page);
        known["status"] == status && known["score"]["raw"] == raw
    });
}

fn scorm() {
    let platform = Platform::new(&["scorm", "padding", "features"]);
    let [counting, more] = exercises("padding");
    assert!(counting.len() == 3 && more.len() == 1, "{counting:?} {more:?}");
    // What a platform does between two visits: it keeps what it was told.
    let start = Instant::now();
    let page = platform.play(
        "padding",
        "const kept = localStorage.getItem('kept'); if (kept) API.loadFromJSON(JSON.parse(kept));
        API.on('LMSFinish', () => localStorage.setItem('kept', JSON.stringify({ suspend_data: API.cmi.suspend_data,
            core: { lesson_status: API.cmi.core.lesson_status, score: { raw: API.cmi.core.score.raw } } })));",
    );
    enter_chapter(&page);
    page.wait("the platform", 20, |page| page.text("#reports").contains("Your learning platform has it"));
    let begun = Instant::now();
    assert!(page.text("#title").starts_with("Padding"), "{}", page.text("#title"));
    assert!(page.text("#standing").contains("0 of 3, still open: 1, 2, and 4"), "{}", page.text("#standing"));
    knows(&page, "incomplete", "");
    enter_chapter(&page);
    enter_figure(&page);
    answer(&page, "padding", counting[0], false);
    answer(&page, "padding", more[0], true);
    knows(&page, "incomplete", "0");
    enter_chapter(&page);
    enter_figure(&page);
    answer(&page, "padding", counting[0], true);
    knows(&page, "incomplete", "33");
    assert_eq!(known(&page)["score"], json!({ "raw": "33", "min": "0", "max": "100" }));
    assert_eq!(known(&page)["isOver"], false);
    // The learner leaves. The package has counted from before its first word to now, in hundredths of a second.
    let at_least = begun.elapsed().as_secs_f32() - 0.01;
    page.browser.run("document.querySelector('#frame').contentDocument.querySelector('#sco').src = 'about:blank'");
    page.wait("the end", 10, |page| known(page)["isOver"] == true);
    let visit = at_least..start.elapsed().as_secs_f32();
    let left = known(&page);
    // The player writes the time that it has read as shortly as may be.
    let parts: Option<Vec<f32>> =
        left["time"].as_str().and_then(|time| time.split(':').map(|part| part.parse().ok()).collect());
    let seconds = parts.map(|parts| parts.iter().fold(0.0, |seconds, part| 60.0 * seconds + part));
    assert!(left["exit"] == "suspend", "{left}");
    assert!(seconds.is_some_and(|seconds| visit.contains(&seconds)), "{left}: not within {visit:?} s");
    assert!(left["kept"].as_str().is_some_and(|kept| kept.contains(counting[0]) && kept.len() < 4096), "{left}");
    page.check_silence();

    // And comes back.
    page.go("");
    enter_chapter(&page);
    page.wait("what was kept", 20, |page| page.text("#standing").contains("1 of 3, still open: 2 and 4"));
    enter_figure(&page);
    answer(&page, "padding", counting[1], true);
    knows(&page, "incomplete", "67");
    enter_chapter(&page);
    enter_figure(&page);
    answer(&page, "padding", counting[2], true);
    knows(&page, "passed", "100");
    enter_chapter(&page);
    assert!(page.text("#standing").contains("3 of 3, the chapter is done"), "{}", page.text("#standing"));
    page.browser.leave();
    // What was passed stays so.
    page.go("");
    enter_chapter(&page);
    enter_figure(&page);
    answer(&page, "padding", counting[0], false);
    knows(&page, "passed", "100");
    page.check_silence();
    assert!(!page.requests().iter().any(|path| path.ends_with('/') && path != "/"), "a folder is asked for");
}

fn manifest() {
    let platform = Platform::new(&["scorm", "--title", "Layers & <kernels>"]);
    platform.lay("index.html", "<main><h1>A platform</h1></main>");
    let page = platform.open();
    let read = page.browser.run(
        "return (async () => {
            const xml = new DOMParser().parseFromString(await (await fetch('package/imsmanifest.xml')).text(), 'text/xml');
            const all = (selector, attribute) => [...xml.querySelectorAll(selector)].map(e => e.getAttribute(attribute));
            return { broken: xml.querySelector('parsererror')?.textContent ?? null,
                version: xml.querySelector('metadata > schemaversion').textContent,
                title: xml.querySelector('organization > title').textContent,
                titles: [...xml.querySelectorAll('item > title')].map(e => e.textContent),
                ids: all('[identifier]', 'identifier'), refs: all('[identifierref]', 'identifierref'),
                first: all('organizations', 'default'),
                files: all('file', 'href'), launched: all('resource', 'href').filter(href => href !== null) };
        })()",
    );
    assert_eq!(
        (&read["broken"], &read["version"], &read["title"]),
        (&Value::Null, &json!("1.2"), &json!("Layers & <kernels>"))
    );
    let list = |name: &str| -> Vec<String> { serde_json::from_value(read[name].clone()).expect("texts") };
    let chapters = receptive_lessons::chapters::ALL;
    assert_eq!(list("titles"), chapters.map(|chapter| chapter.text("title")));
    assert_eq!(list("launched"), chapters.map(|chapter| format!("index.html?chapter={}", chapter.key)));
    let ids: BTreeSet<_> = list("ids").into_iter().collect();
    assert_eq!(ids.len(), list("ids").len(), "no name stands for two things");
    assert!(list("refs").iter().chain(&list("first")).all(|name| ids.contains(name)));
    let named: BTreeSet<_> = list("files").into_iter().collect();
    let mut there = BTreeSet::new();
    let mut folders = vec![platform.folder.join("package")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let name = path.strip_prefix(platform.folder.join("package")).expect("it is inside");
                there.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    assert!(there.remove("imsmanifest.xml"));
    assert_eq!(named, there);
    // What a platform keeps of a chapter is short enough for it, and every chapter can be passed.
    for chapter in chapters {
        let [counting, _] = exercises(chapter.key);
        let names = chapter.exercises.iter().map(|one| one.key).chain(chapter.steps.iter().map(|step| step.key));
        let n: usize = names.map(|name| chapter.key.len() + name.len() + 4).sum();
        assert!(!counting.is_empty() && n < 4000, "{}: {n}", chapter.key);
    }
}

fn refusals() {
    let platform = Platform::new(&["scorm", "features"]);
    let page = platform.play(
        "features",
        "const set = API.LMSSetValue;
        API.LMSSetValue = (name, value) => window.refuses && name === 'cmi.core.score.raw' ? 'false' : set.call(API, name, value);
        API.LMSGetLastError = () => window.refuses ? '405' : '0';",
    );
    enter_chapter(&page);
    page.wait("the platform", 20, |page| page.text("#reports").contains("Your learning platform has it"));
    page.browser.run("top.refuses = true");
    enter_figure(&page);
    let [counting, _] = exercises("features");
    answer(&page, "features", counting[0], true);
    page.browser.leave();
    enter_chapter(&page);
    page.wait("a sentence", 10, |page| {
        let said = page.text("#reports");
        said.contains("have not reached your learning platform") && said.contains("error 405")
    });
    page.browser.run("top.refuses = false");
    enter_figure(&page);
    answer(&page, "features", counting[0], false);
    knows(&page, "incomplete", "33");

    // Nobody around.
    page.browser.open(
        page.browser
            .run("return new URL('package/index.html?chapter=features', location).href")
            .as_str()
            .expect("an address"),
    );
    page.wait("a sentence", 20, |page| page.text("#reports").contains("no platform for SCORM 1.2"));
    enter_figure(&page);
    answer(&page, "features", counting[1], true);
    page.browser.leave();
    page.wait("a count", 10, |page| page.text("#standing").contains("1 of 3"));
    assert!(page.text("#reports").starts_with("Nothing is reported"), "{}", page.text("#reports"));
    page.check_silence();
}

fn accessible() {
    let platform = Platform::new(&["xapi", "features", "padding"]);
    platform.lay("index.html", "<main><h1>A platform</h1></main>");
    let page = platform.open();
    let address = page.browser.run("return new URL('package/index.html', location).href");
    page.browser.open(address.as_str().expect("an address"));
    page.wait("a word on reports", 20, |page| !page.text("#reports").is_empty());
    bring_axe(&page);
    assert_eq!(check_everywhere(&page), [""; 0]);
}

fn xapi() {
    const AUTH: &str = "Basic bGVhcm5lcjpzZWNyZXQ=";
    const REGISTRATION: &str = "7a1b0c3e-52a0-4f1d-9a55-0d2f6f0f7c11";
    let platform = Platform::new(&["xapi", "features", "padding", "--title", "Kernels"]);
    platform.lay("index.html", "<main><h1>A platform</h1></main>");
    let lrs = Lrs::start(AUTH);
    let page = platform.open();
    let launch = page.browser.run(&format!(
        "const launch = new URL('package/index.html', location);
        for (const [name, value] of Object.entries({{ endpoint: {:?}, auth: {AUTH:?}, registration: {REGISTRATION:?},
            actor: JSON.stringify({{ objectType: 'Agent', name: 'A. Learner', account: {{ homePage: 'https://example.org', name: '7' }} }}),
            activity_id: 'https://example.org/kernels' }})) launch.searchParams.set(name, value);
        return launch.href",
        lrs.endpoint
    ));
    let launch = launch.as_str().expect("an address");
    page.browser.open(launch);
    page.wait("the place for statements", 20, |page| page.text("#reports").contains("Your learning platform has it"));
    assert_eq!(lrs.said(), ["initialized kernels"]);
    let [counting, _] = exercises("features");
    enter_figure(&page);
    answer(&page, "features", counting[0], false);
    // The place is busy for a while: nothing is lost.
    lrs.taken().n_refused = 2;
    answer(&page, "features", counting[0], true);
    let answered = format!("answered {}", counting[0]);
    let want = ["initialized kernels", &answered, &answered, "progressed features", "progressed kernels"];
    page.wait("the first answers", 20, |_| lrs.said() == want);
    page.browser.leave();
    // The learner leaves, comes back, and does the rest.
    page.browser.open("about:blank");
    page.wait("the end", 10, |_| lrs.said().last().is_some_and(|last| last == "terminated kernels"));
    page.browser.open(launch);
    page.wait("what was kept", 20, |page| page.text("#standing").contains("1 of 3, still open: 2 and 3"));
    assert!(page.text("#standing").contains("In all chapters: 1 of 6"), "{}", page.text("#standing"));
    for exercise in &counting[1..] {
        enter_figure(&page);
        answer(&page, "features", exercise, true);
        page.browser.leave();
    }
    page.wait("a chapter that is done", 20, |_| {
        lrs.said().ends_with(&["completed features", "passed features", "progressed kernels"].map(String::from))
    });
    // The other chapter.
    page.browser.run("document.querySelectorAll('#chapters button')[1].click()");
    for exercise in exercises("padding")[0].iter() {
        enter_figure(&page);
        answer(&page, "padding", exercise, true);
        page.browser.leave();
    }
    page.wait("all of it done", 20, |_| {
        lrs.said().ends_with(
            &["completed padding", "passed padding", "completed kernels", "passed kernels"].map(String::from),
        )
    });
    let taken = lrs.taken();
    assert!(taken.strange.is_empty(), "{:?}", taken.strange);
    for (name, statement) in &taken.statements {
        check_statement(name, statement, REGISTRATION);
    }
    let last = |verb: &str, about: &str| {
        let is_it = |statement: &&Value| {
            let ends = |at: &Value, end: &str| at.as_str().is_some_and(|name| name.ends_with(&format!("/{end}")));
            ends(&statement["verb"]["id"], verb) && ends(&statement["object"]["id"], about)
        };
        taken.statements.iter().map(|(_, statement)| statement).rev().find(is_it).expect("a statement")
    };
    let right = &last("answered", &format!("features/{}", counting[0]))["result"];
    assert_eq!(
        (&right["success"], right["extensions"].as_object().and_then(|more| more.values().next())),
        (&json!(true), Some(&json!(2)))
    );
    assert_eq!(last("progressed", "kernels")["result"]["score"]["raw"], 5);
    assert_eq!(last("passed", "kernels")["result"]["score"]["scaled"], 1.0);
    assert_eq!(last("completed", "features")["result"]["completion"], true);
    assert!(last("terminated", "kernels")["result"]["duration"].as_str().is_some_and(|time| time.starts_with("PT")));
    drop(taken);
    // Browsers note answers of 404, of a learner who is new, and 503.
    let others = page.browser.console_errors().into_iter().filter(|error| !error.contains(&lrs.endpoint));
    assert_eq!(others.collect::<Vec<_>>(), [""; 0]);
}

/// Checks what xAPI 1.0.3 asks of every statement, and what this package promises.
fn check_statement(name: &str, statement: &Value, registration: &str) {
    let is_uuid = |text: &str| {
        let parts: Vec<_> = text.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let is_iri = |value: &Value| text(value).contains(':') && !text(value).contains(char::is_whitespace);
    assert!(is_uuid(name) && statement["id"] == name, "{statement}");
    assert_eq!(statement["actor"]["account"]["name"], "7");
    assert!(is_iri(&statement["verb"]["id"]) && statement["verb"]["display"].is_object(), "{statement}");
    let object = &statement["object"];
    assert!(object["objectType"] == "Activity" && text(&object["id"]).starts_with("https://example.org/kernels"));
    assert!(is_iri(&object["definition"]["type"]) && object["definition"]["name"]["en"].is_string(), "{statement}");
    assert_eq!(statement["context"]["registration"], registration);
    // RFC 3339, to the millisecond.
    let time = text(&statement["timestamp"]);
    assert!(
        time.len() == 24 && time.ends_with('Z') && time.chars().filter(char::is_ascii_digit).count() == 17,
        "{time}"
    );
    if let Some(score) = statement["result"].get("score") {
        let [scaled, raw, min, max] =
            ["scaled", "raw", "min", "max"].map(|part| score[part].as_f64().expect("a number"));
        assert!(
            (0.0..=1.0).contains(&scaled) && min <= raw && raw <= max && (scaled - raw / max).abs() < 1e-9,
            "{score}"
        );
    }
    for around in statement["context"]["contextActivities"].as_object().into_iter().flat_map(|all| all.values()) {
        assert!(around.as_array().is_some_and(|all| all.iter().all(|one| is_iri(&one["id"]))), "{statement}");
    }
}
