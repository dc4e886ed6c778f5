//! Several workers: the same numbers, and what happens when one of them is gone.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_train::protocol::{Event, RunEvent, StepRecord, decode};

pub(crate) const TESTS: &[Test] = &[
    ("one worker and two train to the same numbers, bit for bit", Need::Nothing, same_numbers),
    ("the number of workers can change while training, and the curve does not", Need::Nothing, changing),
    ("a replica that is ended in the middle is replaced, and training goes on", Need::Nothing, ended),
    ("a browser without workers in workers trains with one and says so", Need::Nothing, impossible),
];

/// Small steps of four shards, and enough of them for replicas to come up on the way.
const RUN: &str = "/lab?data=digits&net=28x28x1:c4x5s2,r,f,d10&ntrain=20000&nval=500&epochs=2&seed=5";

/// Watches the messages from the engine worker to the page.
pub(crate) const WATCH: &str = "window.emitted = [];
    window.Worker = class extends Worker {
        constructor(...given) {
            super(...given);
            // The values of tensors stand beside the bytes.
            const bytes = data => Array.isArray(data) ? data[0] : data;
            this.addEventListener('message', ({ data }) => bytes(data) instanceof Uint8Array && window.emitted.push([...bytes(data)]));
        }
    };";

/// Runs in the engine worker before its own script: ends its newest replica when a test says so.
const END_ONE: &str = "const replicas = [];
    if (self.name !== 'replica') {
        self.Worker = class extends Worker {
            constructor(...given) {
                super(...given);
                replicas.push(this);
            }
        };
        new BroadcastChannel('test').onmessage = () => replicas.at(-1)?.terminate();
    }";

const NO_WORKERS: &str = "delete self.Worker;";

fn open(link: &str, prologue: &'static str) -> Page {
    Page::open_with(link, WATCH, prologue)
}

/// Returns the events that the engine worker has emitted so far.
pub(crate) fn emitted(page: &Page) -> Vec<Event> {
    let messages = page.browser.run("return window.emitted");
    let messages = messages.as_array().expect("the page is watched");
    let bytes = |message: &serde_json::Value| -> Vec<u8> {
        message.as_array().into_iter().flatten().filter_map(|byte| Some(byte.as_u64()? as u8)).collect()
    };
    messages.iter().flat_map(|message| decode::<Vec<Event>>(&bytes(message)).expect("events")).collect()
}

/// Returns the result of a finished run: every step, every validation and the test, to the last bit.
pub(crate) fn outcome(page: &Page) -> (Vec<StepRecord>, String) {
    page.wait_for("#test-accuracy", 300);
    let events = emitted(page);
    let steps = events.iter().filter_map(|event| {
        if let Event::Run { event: RunEvent::Steps(steps), .. } = event { Some(steps) } else { None }
    });
    let measured = events
        .iter()
        .filter(|event| matches!(event, Event::Run { event: RunEvent::Validation(_) | RunEvent::Tested(_), .. }));
    (steps.flatten().copied().collect(), measured.map(|event| format!("{event:?}")).collect())
}

/// Returns the largest number of workers that was reported to be at work.
fn most_workers(page: &Page) -> u32 {
    let events = emitted(page).into_iter();
    events
        .filter_map(|event| if let Event::Workers(workers) = event { Some(workers.n_used) } else { None })
        .max()
        .unwrap_or(1)
}

fn train(page: &Page) {
    page.wait_until_ready();
    page.browser.click("#train");
}

fn run_of(n_workers: u32) -> (Vec<StepRecord>, String) {
    let page = open(&format!("{RUN}&workers={n_workers}"), "");
    train(&page);
    let outcome = outcome(&page);
    assert_eq!(most_workers(&page), n_workers);
    assert_eq!(outcome.0.len(), 1250, "20,000 images by 32, twice");
    page.check_silence();
    outcome
}

fn same_numbers() {
    let want = run_of(1);
    assert!(run_of(2) == want, "two workers");
    assert!(run_of(4) == want, "four workers");
}

fn changing() {
    let want = run_of(1);
    let page = open(&format!("{RUN}&workers=2"), "");
    train(&page);
    for (i, n_workers) in [4, 1, 3, 2].into_iter().enumerate() {
        let steps = 150 * (i + 1);
        page.wait("more steps", 60, |page| page.number("#iteration") > steps as f64);
        page.browser.type_into("#workers", &format!("{n_workers}\u{e007}"));
        page.wait("the workers asked for", 20, |page| page.text("#pool").contains(&n_workers.to_string()));
    }
    assert!(outcome(&page) == want);
    assert!(page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("workers=2")));
    page.check_silence();
}

fn ended() {
    let want = run_of(1);
    let page = open(&format!("{RUN}&workers=2&epochs=2"), END_ONE);
    train(&page);
    page.wait("two workers", 30, |page| page.text("#pool") == "2 workers" && page.number("#iteration") > 20.0);
    page.browser.run("new BroadcastChannel('test').postMessage('end one')");
    assert!(outcome(&page) == want);
    page.check_silence();
}

fn impossible() {
    let page = open("/lab?data=digits&ntrain=2000&nval=0&seed=5&workers=4", NO_WORKERS);
    train(&page);
    page.wait_for("#test-accuracy", 120);
    assert!(page.text("#pool").contains("cannot start workers"), "{}", page.text("#pool"));
    page.check_silence();
}
