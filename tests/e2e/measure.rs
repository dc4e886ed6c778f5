//! Measures the built page in a real browser, for `cargo xtask bench`.
//!
//! Prints a line for each figure as it is found: its name, a tab, its value. A figure that is measured in every pass
//! comes once a pass. Its progress goes to the other stream. The first word is the number of workers; those after it are the
//! parts that are measured, if not all: speed, recipes, teach, lab, view, hand, live, surface, kept, figures.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "figures are what this program is for")]

use receptive_e2e::bench_page::BenchPage;
use receptive_e2e::browser::Browser;
use receptive_e2e::page::{NO_STORAGE, Page};
use receptive_e2e::site::{self, Host};
use receptive_train::Recipe;
use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

/// Measurements one after another, as often as this: so that what disturbs one pass is not in the others.
const N_PASSES: usize = 3;
/// A speed is measured for so long, in milliseconds, and the ceiling before it.
const SPEED_MILLIS: u32 = 3000;
const CEILING_MILLIS: u32 = 400;
/// The Lab trains for so long, in seconds, while its memory and its tasks are watched.
const LAB_SECONDS: u64 = 8;

/// The first page's network is taught so often, each time from weights of its own.
const N_TAUGHT: usize = 10;

/// Names of the networks as the bench page knows them.
const NETWORKS: [&str; 3] = ["small", "slides", "lenet5"];

/// Notes when the Lab's button to train can be pressed.
const NOTE_READY: &str = "const look = () => {
    if (document.querySelector('#train:not([disabled])')) window.readyMillis = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);";

/// Chapters whose stage follows the network while it trains, as their addresses are written.
const LIVE: [(&str, &str); 3] = [
    ("flatten", "/lesson/flatten?on=digit"),
    ("volumes", "/lesson/volumes?on=digit"),
    ("building", "/lesson/building?start=slides&on=digit&at=2"),
];
/// A chapter is watched for so long, in seconds.
const LIVE_SECONDS: u64 = 5;

/// A run that is kept every ten seconds is watched for so long.
const KEPT_SECONDS: u64 = 25;

/// Points at cells of a map one after the other, and returns how long after each its account was in the page, in
/// milliseconds.
const POINT: &str = "return (async () => {
    const map = document.querySelector(\".planes[data-tensor='conv 2']\");
    const about = document.querySelector('#network-about');
    const { x, y, width, height } = map.getBoundingClientRect();
    const { port1, port2 } = new MessageChannel();
    const turn = () => new Promise(done => { port1.onmessage = done; port2.postMessage(0); });
    const found = [];
    for (let i = 0; i < 40; i++) {
        await new Promise(requestAnimationFrame);
        const place = { clientX: x + width * (0.5 + i * 37 % 40) / 40, clientY: y + height * (0.5 + i * 23 % 40) / 40 };
        const before = about.textContent;
        const start = performance.now();
        map.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, ...place }));
        while (about.textContent === before && performance.now() - start < 1000) await turn();
        found.push(performance.now() - start);
    }
    return found;
})()";

/// Does something, and returns the times between the frames of half a second, in milliseconds.
const FRAMES: &str = "return new Promise(done => {
    const frames = [];
    const look = at => {
        frames.push(at);
        if (at - frames[0] < 500) requestAnimationFrame(look);
        else done(frames.slice(1).map((at, i) => at - frames[i]));
    };
    requestAnimationFrame(look);
    act();
});";

/// A page of somebody else's with so many figures, and the pixels that it scrolls by in each frame.
const N_FIGURES: usize = 20;
const SCROLL: &str = "return new Promise(done => {
    const frames = [];
    const look = at => {
        frames.push(at);
        const before = scrollY;
        scrollBy(0, 40);
        if (scrollY > before) requestAnimationFrame(look);
        else done(frames.slice(1).map((at, i) => at - frames[i]));
    };
    scrollTo(0, 0);
    requestAnimationFrame(look);
});";
/// What that page takes of a processor while nothing of it is in sight is watched for so long, in seconds.
const REST_SECONDS: u64 = 10;

/// Counts the bytes of every message that a worker posts to the page.
const NOTE_BYTES: &str = "window.posted = [];
const WorkerBefore = Worker;
window.Worker = class extends WorkerBefore {
    constructor(...all) {
        super(...all);
        this.addEventListener('message', ({ data }) => {
            const parts = Array.isArray(data) ? data.filter(part => ArrayBuffer.isView(part)) : [];
            window.posted.push(parts.reduce((sum, part) => sum + part.byteLength, 0));
        });
    }
};";

/// Notes the tasks of the main thread: the time between two answers of a channel that is always asked again.
const NOTE_TASKS: &str = "window.tasks = [];
const channel = new MessageChannel();
let before = performance.now();
channel.port1.onmessage = () => {
    const now = performance.now();
    if (now - before > 4) window.tasks.push(now - before);
    before = now;
    if (window.tasks) channel.port2.postMessage(0);
};
channel.port2.postMessage(0);";

fn main() {
    let mut words = env::args().skip(1);
    let n_workers = words.next().and_then(|word| word.parse().ok()).unwrap_or(1);
    let parts: Vec<_> = words.collect();
    let is_wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let numbers = if n_workers > 1 { vec![1, n_workers] } else { vec![1] };
    let bench = BenchPage::open();
    report("browser", bench.page.browser.version());
    report("processor", processor());
    for (name, script) in
        [("cores", "navigator.hardwareConcurrency"), ("date", "new Date().toISOString().slice(0, 10)")]
    {
        let value = bench.page.browser.run(&format!("return String({script})"));
        report(name, value.as_str().unwrap_or_default());
    }
    for pass in (1..=N_PASSES).filter(|_| is_wanted("speed")) {
        eprintln!("pass {pass} of {N_PASSES}");
        for network in NETWORKS {
            for mode in ["train", "infer"] {
                numbers.iter().for_each(|&n| speed(&bench, network, mode, n));
            }
        }
    }
    for _ in (1..=N_PASSES).filter(|_| is_wanted("recipes")) {
        Recipe::ALL.into_iter().for_each(|recipe| learn(&bench, recipe, n_workers));
    }
    drop(bench);
    if is_wanted("teach") {
        (0..N_TAUGHT).for_each(|_| teach());
    }
    if is_wanted("lab") {
        lab(n_workers);
    }
    if is_wanted("view") {
        ["small", "slides"].into_iter().for_each(view);
    }
    if is_wanted("hand") {
        hand();
    }
    if is_wanted("live") {
        live();
    }
    if is_wanted("surface") {
        numbers.iter().for_each(|&n| surface(n));
    }
    if is_wanted("kept") {
        kept();
    }
    if is_wanted("figures") {
        figures_of_a_course();
    }
}

fn report(name: &str, value: impl Display) {
    println!("{name}\t{value}");
}

/// A measurement's figures, to be asked for by their names; NaN where there is none.
fn figures(bench: &BenchPage, workload: &str, mode: &str, n_workers: u32, millis: u32) -> impl Fn(&str) -> f64 {
    let figures = bench.measure(workload, mode, n_workers, millis).unwrap_or_else(|message| panic!("{message}"));
    move |name| figures.get(name).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN)
}

/// Images per second, and the share of the ceiling that was found just before.
fn speed(bench: &BenchPage, network: &str, mode: &str, n_workers: u32) {
    let ceiling = figures(bench, network, "ceiling", 1, CEILING_MILLIS)("gflops");
    let found = figures(bench, network, mode, n_workers, SPEED_MILLIS);
    eprintln!("  {network} {mode}, {n_workers} workers: {:.0} images/s", found("imgsPerSec"));
    report("ceiling", ceiling);
    let name = format!("{network} {mode} {n_workers}");
    report(&name, found("imgsPerSec"));
    report(&format!("{name} of ceiling"), found("gflops") / (ceiling * f64::from(n_workers)));
    report(&format!("{name} workers"), found("workers"));
}

/// Trains by a recipe, its images still to be fetched, and measures the test images.
fn learn(bench: &BenchPage, recipe: Recipe, n_workers: u32) {
    let mode = format!("learn{}", recipe.percent());
    let found = figures(bench, "", &mode, n_workers, SPEED_MILLIS);
    eprintln!("  to {} %: {:.2} % in {:.2} s", recipe.percent(), 100.0 * found("accuracy"), found("seconds"));
    for name in ["seconds", "accuracy", "images"] {
        report(&format!("{mode} {name}"), found(name));
    }
}

/// Presses the first page's button, and notes how long it took until the page said that its network reads.
const TEACH: &str = "const start = performance.now();
document.querySelector('#teach').click();
const look = () => {
    if (document.querySelector('#learnt')) window.taught = performance.now() - start;
    else requestAnimationFrame(look);
};
look();";

/// Measures how soon the first page's network reads digits, from the click; its images are there already.
fn teach() {
    let page = Page::open("/");
    page.wait("the network’s values", 30, |page| page.has(".network-bars .best"));
    sleep(Duration::from_secs(2));
    page.browser.run(TEACH);
    page.wait("a network that reads", 60, |page| page.browser.run("return window.taught ?? null").is_number());
    let seconds = page.browser.run("return window.taught / 1000").as_f64().unwrap_or(f64::NAN);
    eprintln!("  the first page: {seconds:.2} s. {}", page.text("#learnt"));
    report("teach seconds", seconds);
}

/// Measures the costs of the Lab: until it is ready, and while it trains the largest network.
fn lab(n_workers: u32) {
    eprintln!("the Lab");
    let link = format!("/lab?net=slides&batch=64&lr=0.001&epochs=100&workers={n_workers}");
    let page = Page::open_with(&link, NOTE_READY, "");
    page.wait_until_ready();
    report("ready millis", page.browser.run("return window.readyMillis").as_f64().unwrap_or(f64::NAN));
    page.note_long_tasks();
    page.browser.click("#train");
    page.wait("a first step", 60, |page| page.number("#iteration") >= 1.0);
    for _ in 0..LAB_SECONDS {
        sleep(Duration::from_secs(1));
        if let Some(bytes) = page.browser.page_bytes() {
            report("memory", bytes);
        }
    }
    page.long_tasks().into_iter().for_each(|millis| report("long task", millis));
}

/// Steps of the run and the time in milliseconds, as the Lab shows them.
const READING: &str =
    "return [Number(document.querySelector('#iteration').textContent.replace(/\\D/g, '')), performance.now()]";

/// Goes on with the run that is kept, and notes how long it took until the Lab had it.
const GO_ON: &str = "const start = performance.now();
document.querySelector('#offer-go-on').click();
const look = () => {
    const shown = document.querySelector('#iteration')?.textContent ?? '0';
    if (document.querySelector('#train:not([disabled])') && Number(shown.replace(/\\D/g, '')) > 0)
        window.restored = performance.now() - start;
    else requestAnimationFrame(look);
};
look();";

/// Steps per millisecond between two readings.
fn pace(before: &serde_json::Value, after: &serde_json::Value) -> f64 {
    let gone = |i: usize| after[i].as_f64().unwrap_or(f64::NAN) - before[i].as_f64().unwrap_or(f64::NAN);
    gone(0) / gone(1)
}

/// Measures the trainer's speed, one worker, with the network shown as a whole and with it hidden.
fn view(network: &str) {
    eprintln!("{network}, shown as a whole");
    let page = Page::open_with(&format!("/lab?data=digits&net={network}&epochs=100&workers=1"), "", "");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("a first step", 60, |page| page.number("#iteration") >= 1.0);
    for _ in 0..2 * N_PASSES {
        for name in ["view", "view hidden"] {
            sleep(Duration::from_millis(500));
            let before = page.browser.run(READING);
            sleep(Duration::from_millis(SPEED_MILLIS.into()));
            report(&format!("{network} {name}"), pace(&before, &page.browser.run(READING)));
            page.browser.click("#view-fold");
        }
    }
}

/// Reports each of the times that a script found.
fn report_all(name: &str, found: &serde_json::Value) {
    found.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).for_each(|value| report(name, value));
}

/// Measures how soon the slides network answers a hand: cells that are pointed at, and the ways to a layer and back.
fn hand() {
    eprintln!("the slides network by hand");
    let page = Page::open("/lab?data=digits&net=slides&seed=7");
    page.wait_until_ready();
    page.wait("values", 30, |page| page.has(".network-bars .best"));
    // The chapters' module is fetched for the first cell that is pointed at.
    page.wait("the chapters", 30, |page| {
        page.browser.run("document.querySelector('[data-tensor=input] .cursor').focus()");
        page.text("#network-about").starts_with("the image")
    });
    page.browser.run("document.activeElement.blur()");
    for _ in 0..N_PASSES {
        report_all("point millis", &page.browser.run(POINT));
        for (click, level) in [(".layer-name[data-layer='conv 2']", "1"), (".crumbs li:first-child button", "0")] {
            let act = format!("const act = () => document.querySelector({click:?}).click();");
            report_all("zoom frame", &page.browser.run(&format!("{act}{FRAMES}")));
            page.wait("the level", 10, |page| page.has(&format!(".level[data-level='{level}']")));
            sleep(Duration::from_secs(1));
        }
    }
}

/// Measures what figures cost a page of somebody else's: the memory of all of them, frames while it scrolls, and the time
/// that they take of a processor when none is in sight.
fn figures_of_a_course() {
    eprintln!("a page with {N_FIGURES} figures");
    let folder = env::temp_dir().join(format!("receptive-figures-{}", std::process::id()));
    let origin = site::serve_as(site::dist(), Host::default());
    let chapters = ["convolution", "padding", "pooling", "softmax"];
    let figures = (0..N_FIGURES).map(|i| {
        format!("<p>{i}</p><receptive-figure id=f{i} chapter={}></receptive-figure>", chapters[i % chapters.len()])
    });
    let body = figures.chain(["<p style='height: 4000px'>The end.</p>".into()]).collect::<String>();
    fs::create_dir_all(&folder).expect("a folder for the page");
    let head = format!("<!doctype html><meta charset=utf-8><script src='{origin}embed.js' defer></script>");
    let html = format!("{head}<main><h1>A course</h1>{body}</main>");
    fs::write(folder.join("index.html"), html).expect("the page");
    let page = Page::open_in(Browser::start(1000, 900), folder.clone(), Host::default(), "");
    // All of them are loaded on the first way down.
    for i in 0..N_FIGURES {
        page.browser.run(&format!("document.querySelector('#f{i}').scrollIntoView({{ block: 'center' }})"));
        sleep(Duration::from_millis(1500));
    }
    report("figures memory", page.browser.pages_bytes().map_or(f64::NAN, |bytes| bytes as f64));
    report_all("figures frame", &page.browser.run(SCROLL));
    // The browser tidies up for a while.
    sleep(Duration::from_secs(REST_SECONDS));
    let before = page.browser.pages_busy();
    sleep(Duration::from_secs(REST_SECONDS));
    let busy = page.browser.pages_busy().zip(before).map(|(after, before)| (after - before).as_secs_f64());
    report("figures at rest", busy.map_or(f64::NAN, |busy| busy / REST_SECONDS as f64));
    let _ = fs::remove_dir_all(folder);
}

/// Measures the costs of chapters whose stage follows the slides network while one worker trains it: tasks of the main
/// thread, bytes that cross to the page, and the trainer's speed as a share of its speed beside a page at rest.
fn live() {
    let settings = "data=digits&net=slides&ntrain=20000&epochs=100&workers=1";
    let page = Page::open_with(&format!("/lab?{settings}"), NOTE_BYTES, "");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("a first step", 60, |page| page.number("#iteration") >= 1.0);
    let steps_beside = |address: &str| {
        let before = page.browser.run(READING);
        page.set_address(address);
        sleep(Duration::from_secs(LIVE_SECONDS));
        page.set_address(&format!("/lab?{settings}"));
        page.wait_for("#iteration", 20);
        sleep(Duration::from_secs(1));
        pace(&before, &page.browser.run(READING))
    };
    for (name, address) in LIVE {
        eprintln!("{name}, live");
        let address = format!("{address}&{settings}");
        page.set_address(&address);
        page.wait_for("#weights-run", 20);
        page.browser.click("#weights-run");
        sleep(Duration::from_secs(1));
        page.browser.run(&format!("window.posted = []; {NOTE_TASKS}"));
        sleep(Duration::from_secs(LIVE_SECONDS));
        let tasks = page.browser.run("const tasks = window.tasks; window.tasks = null; return tasks");
        let posted = page.browser.run("return Math.max(0, ...window.posted)");
        report(&format!("{name} bytes"), posted.as_f64().unwrap_or(f64::NAN));
        report_all(&format!("{name} task"), &tasks);
        let shown =
            page.browser.run("return location.hash").as_str().unwrap_or_default().trim_start_matches('#').to_string();
        page.set_address(&format!("/lab?{settings}"));
        page.wait_for("#iteration", 20);
        for _ in 0..N_PASSES {
            report(&format!("{name} speed"), steps_beside(&shown));
            report(&format!("{name} speed at rest"), steps_beside("/"));
        }
    }
}

/// Measures how soon the loss around the small network is drawn, in seconds from the click: over 64 images, and once over
/// 512, of MNIST's.
fn surface(n_workers: u32) {
    eprintln!("the loss around a network, {n_workers} workers");
    let page = Page::open(&format!("/lab?net=small&workers={n_workers}"));
    page.wait_until_ready();
    page.browser.run("document.querySelector('#loss-surface').open = true");
    // Replicas are started by the first drawing, which is not measured.
    for pass in 0..=N_PASSES {
        let start = Instant::now();
        page.browser.click("#surface-draw");
        let until = |n: &str| {
            let said = format!("The mean loss of {n} ");
            page.wait(&said, 300, |page| page.text("#surface-progress").starts_with(&said));
            start.elapsed().as_secs_f64()
        };
        let soon = until("64");
        if pass > 0 {
            report(&format!("surface 64 {n_workers}"), format!("{soon:.2}"));
        }
        if pass == N_PASSES {
            report(&format!("surface 512 {n_workers}"), format!("{:.2}", until("512")));
        }
    }
}

/// Measures what it costs to keep the slides network while one worker trains it, as its speed beside that in a browser that
/// keeps nothing; and how soon it is in the Lab again after a reload, in milliseconds from the click.
fn kept() {
    for pass in 1..=N_PASSES {
        eprintln!("a run that is kept, pass {pass} of {N_PASSES}");
        for (name, script) in [("kept", ""), ("not kept", NO_STORAGE)] {
            let page = Page::open_with("/lab?data=digits&net=slides&epochs=1000&workers=1", script, script);
            page.wait_until_ready();
            page.browser.click("#train");
            page.wait("a first step", 60, |page| page.number("#iteration") >= 1.0);
            let before = page.browser.run(READING);
            sleep(Duration::from_secs(KEPT_SECONDS));
            report(&format!("slides {name}"), pace(&before, &page.browser.run(READING)));
            if name == "kept" {
                page.browser.run("location.reload()");
                page.wait_for("#offer-go-on", 30);
                page.wait_until_ready();
                page.browser.run(GO_ON);
                page.wait("the run", 30, |page| page.browser.run("return window.restored ?? null").is_number());
                report("restore millis", page.browser.run("return window.restored").as_f64().unwrap_or(f64::NAN));
            }
        }
    }
}

/// The processor's name, as far as the system names it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or(env::consts::ARCH, |(_, name)| name).to_string()
}
