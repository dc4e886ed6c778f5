//! The page's side of the training worker: carries messages, watches over it, and starts a fresh one where one ended.

use super::bridge::{ModuleWorker, Port, Received, bytes_and_values, host_fault, start_address};
use super::dom;
use crate::client::Client;
use crate::lifeline::{Lifeline, Look};
use crate::recovery::{Cause, Death, Kept, Recovery};
use js_sys::{Array, ArrayBuffer, Float32Array, Reflect};
use receptive_lessons::say;
use receptive_train::protocol::{Answer, Command, Event, FilesStatus, Query, Refusal, RunId, decode, encode};
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, File, Worker};

/// The worker is looked after this often, in milliseconds.
const LOOK_MILLIS: i32 = 1000;
/// The pause between the end of a worker and the start of a fresh one, in milliseconds.
const RESTART_MILLIS: i32 = 300;

/// Asks the training worker.
pub(crate) type WorkerClient = Client<Query, Reply>;

/// The training worker's answer to a question.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    /// The values of the answer's tensors, as the worker handed them over: nobody here reads them.
    pub(crate) buffers: Vec<Float32Array>,
}

/// A report from the worker.
pub(crate) enum FromWorker {
    /// It has sent events.
    Events(Vec<Event>),
    /// It ended; what comes next is from another one, if there is one.
    Died(Death),
    /// It cannot be used, or not yet; why, and what to do. It is none the less used as soon as it comes up.
    Failed(String),
}

/// A message to the worker.
enum Outgoing {
    Command(Command),
    /// The learner's own files, read where they lie.
    Files(Vec<File>),
    /// The bytes of a checkpoint, as the last worker gave them.
    Checkpoint(ArrayBuffer),
}

/// A worker that runs, with what the page knows of it.
#[derive(Clone)]
pub(crate) struct RunningWorker {
    pub(crate) worker: Worker,
    /// The last checkpoint of its run.
    pub(crate) checkpoint: Option<ArrayBuffer>,
    /// What it was sent.
    pub(crate) recovery: Recovery,
    /// The number of the question that it was asked last.
    pub(crate) last_question: u32,
}

struct Inner {
    client: WorkerClient,
    receive: Rc<dyn Fn(FromWorker)>,
    running: Option<ModuleWorker>,
    /// Messages that wait until the worker is up: before that it could miss them.
    waiting: Vec<Outgoing>,
    /// Messages that wait until the learner's own files are open again.
    held: Vec<Outgoing>,
    files: Option<Vec<File>>,
    lifeline: Lifeline,
    recovery: Recovery,
    /// The last checkpoint of the run.
    checkpoint: Option<ArrayBuffer>,
}

type Shared = Rc<RefCell<Inner>>;

/// The training worker, whichever it is at the moment. It ends when this is dropped.
pub(crate) struct WorkerBridge {
    inner: Shared,
    _watch: dom::Interval,
}

impl WorkerBridge {
    /// Starts the worker beside the page, for the questions of this client.
    pub(crate) fn start(client: WorkerClient, receive: impl Fn(FromWorker) + 'static) -> Self {
        let bridge = Self::new(client, receive);
        start(&bridge.inner);
        bridge
    }

    /// Goes on with the worker of another module of this page, for the questions of this client.
    pub(crate) fn resume(
        client: WorkerClient,
        receive: impl Fn(FromWorker) + 'static,
        RunningWorker { worker, checkpoint, recovery, .. }: RunningWorker,
    ) -> Self {
        let bridge = Self::new(client, receive);
        let running = ModuleWorker::resume(worker, receiver(&bridge.inner));
        {
            let mut inner = bridge.inner.borrow_mut();
            if let Some(config) = recovery.config() {
                inner.lifeline.opens(config);
            }
            inner.lifeline.came_up();
            (inner.running, inner.checkpoint, inner.recovery) = (Some(running), checkpoint, recovery);
        }
        bridge
    }

    /// Lets go of the worker without ending it, if it is up and has no files of the learner's.
    pub(crate) fn release(&self, last_question: u32) -> Option<RunningWorker> {
        let mut inner = self.inner.borrow_mut();
        let is_free = inner.lifeline.is_up() && inner.files.is_none();
        let worker = inner.running.take_if(|_| is_free)?.release();
        let (checkpoint, recovery) = (inner.checkpoint.take(), inner.recovery.clone());
        Some(RunningWorker { worker, checkpoint, recovery, last_question })
    }

    fn new(client: WorkerClient, receive: impl Fn(FromWorker) + 'static) -> Self {
        let inner = Rc::new(RefCell::new(Inner {
            client: client.clone(),
            receive: Rc::new(receive),
            running: None,
            waiting: Vec::new(),
            held: Vec::new(),
            files: None,
            lifeline: Lifeline::default(),
            recovery: Recovery::default(),
            checkpoint: None,
        }));
        let asked = Rc::downgrade(&inner);
        client.connect(move |id, query| {
            let Some(inner) = asked.upgrade() else { return };
            let mut inner = inner.borrow_mut();
            if inner.lifeline.is_given_up() {
                inner.client.answered(id, Err(Refusal::WorkerEnded));
            } else {
                inner.send(Outgoing::Command(Command::Ask(id, query)));
            }
        });
        let watched = Rc::downgrade(&inner);
        let watch = dom::Interval::new(LOOK_MILLIS, move || {
            if let Some(inner) = watched.upgrade() {
                look(&inner);
            }
        });
        Self { inner, _watch: watch }
    }

    /// Sends a command, as soon as the worker is up.
    pub(crate) fn send(&self, command: Command) {
        let mut inner = self.inner.borrow_mut();
        inner.recovery.sent(&command);
        if let Command::Open(_, config) | Command::GoOn(_, _, config) = &command {
            inner.lifeline.opens(config);
            if inner.lifeline.is_given_up() {
                // Other settings are another chance.
                inner.lifeline = Lifeline::default();
                inner.waiting = inner.preparations();
                let again = self.inner.clone();
                dom::after_millis(RESTART_MILLIS, move || start(&again));
            }
        }
        inner.send(Outgoing::Command(command));
    }

    /// Hands over the learner's own files, as soon as the worker is up.
    pub(crate) fn send_files(&self, files: Vec<File>) {
        let mut inner = self.inner.borrow_mut();
        inner.files = Some(files.clone());
        inner.recovery.chose_files();
        inner.send(Outgoing::Files(files));
    }
}

impl Inner {
    fn send(&mut self, outgoing: Outgoing) {
        if !self.held.is_empty() {
            self.held.push(outgoing);
        } else if self.lifeline.is_up() {
            self.post(&outgoing);
        } else if !self.lifeline.is_given_up() {
            self.waiting.push(outgoing);
        }
    }

    /// The messages that a fresh worker gets before it has a run.
    fn preparations(&self) -> Vec<Outgoing> {
        let files = self.files.clone().map(Outgoing::Files);
        self.recovery.settings().map(Outgoing::Command).chain(files).collect()
    }

    /// Hands something over. A command's bytes move, they are not copied; of files only what names them goes over; a
    /// checkpoint may be needed once more.
    fn post(&self, outgoing: &Outgoing) {
        let Some(worker) = &self.running else { return };
        // Fails only when the worker is gone, which is found out anyway.
        let _ = match outgoing {
            Outgoing::Command(command) => worker.post_bytes(&encode(command)),
            Outgoing::Files(files) => worker.post(&files.iter().collect::<Array>(), &Array::new()),
            Outgoing::Checkpoint(buffer) => worker.post(buffer, &Array::new()),
        };
    }

    fn receiver(&self) -> Rc<dyn Fn(FromWorker)> {
        self.receive.clone()
    }
}

/// Starts a worker in the place of the last.
fn start(inner: &Shared) {
    match ModuleWorker::start(&start_address(&dom::worker_address()), "", receiver(inner)) {
        Ok(worker) => inner.borrow_mut().running = Some(worker),
        Err(_) => end(inner, Cause::Broke),
    }
}

/// Returns the function that takes in what the worker says.
fn receiver(inner: &Shared) -> impl Fn(Received) + Clone + 'static {
    let shared = Rc::downgrade(inner);
    move |received| {
        let Some(inner) = shared.upgrade() else { return };
        match received {
            Received::Data(data) => take(&inner, &data),
            Received::Error(error) => end(&inner, Cause::of(&words(&error))),
        }
    }
}

/// The browser's words for an error; none where a script could not be loaded.
fn words(error: &ErrorEvent) -> String {
    Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string()).unwrap_or_default()
}

/// Takes a message: events with the values of their tensors beside them; a checkpoint with its run and its number of
/// steps; or the last words of a worker.
fn take(inner: &Shared, data: &JsValue) {
    if let Some(last_words) = data.as_string() {
        return end(inner, Cause::of(&last_words));
    }
    let parts = data.dyn_ref::<Array>();
    if let Some(parts) = parts.filter(|parts| parts.get(0).as_f64().is_some()) {
        let [run, iteration] = [0, 1].map(|i| parts.get(i).as_f64().unwrap_or_default() as u32);
        let mut this = inner.borrow_mut();
        if this.recovery.kept(RunId(run), iteration) {
            this.checkpoint = parts.get(2).dyn_into().ok();
        }
        return;
    }
    let (bytes, mut buffers) = bytes_and_values(data);
    let mut this = inner.borrow_mut();
    let receive = this.receiver();
    let Ok(mut events) = decode::<Vec<Event>>(&bytes) else {
        drop(this);
        return receive(FromWorker::Failed(say!("ui.worker-not-understood")));
    };
    for event in &events {
        this.recovery.received(event);
        if *event == Event::Alive {
            this.lifeline.answered();
        } else {
            this.lifeline.got_on();
        }
    }
    if !this.lifeline.is_up() {
        this.lifeline.came_up();
        mem::take(&mut this.waiting).iter().for_each(|outgoing| this.post(outgoing));
    }
    if events.iter().any(|event| matches!(event, Event::Files(FilesStatus::Open(_) | FilesStatus::Refused(_)))) {
        mem::take(&mut this.held).iter().for_each(|outgoing| this.post(outgoing));
    }
    let client = this.client.clone();
    drop(this);
    events.retain_mut(|event| match event {
        Event::Answered(id, answer) => {
            let answer = std::mem::replace(answer, Err(Refusal::Closed));
            client.answered(*id, answer.map(|answer| with_buffers(answer, &mut buffers)));
            false
        }
        _ => true,
    });
    receive(FromWorker::Events(events));
}

/// An answer with the buffers that are its own, which are the first of those left.
fn with_buffers(answer: Answer, buffers: &mut Vec<Float32Array>) -> Reply {
    let n = answer.tensors().len().min(buffers.len());
    let left = buffers.split_off(n);
    Reply { answer, buffers: mem::replace(buffers, left) }
}

/// Sees whether the worker is alive.
fn look(inner: &Shared) {
    let mut this = inner.borrow_mut();
    let is_training = this.recovery.is_training();
    match this.lifeline.look(dom::now_millis(), dom::is_seen(), is_training) {
        Look::Nothing => {}
        Look::Ask => this.post(&Outgoing::Command(Command::Ping)),
        Look::Late => {
            let receive = this.receiver();
            drop(this);
            receive(FromWorker::Failed(say!("ui.worker-late")));
        }
        Look::Silent => {
            drop(this);
            end(inner, Cause::Silent);
        }
    }
}

/// Ends the worker, and starts another unless there were too many.
fn end(inner: &Shared, cause: Cause) {
    let mut this = inner.borrow_mut();
    let was_up = this.lifeline.is_up();
    let is_last = !this.lifeline.died();
    let last = this.running.take();
    let receive = this.receiver();
    if was_up {
        let (kept, mut commands) = this.recovery.after_death(is_last);
        let questions = this.client.worker_ended(is_last);
        commands.extend(questions.into_iter().map(|(id, query)| Command::Ask(id, query)));
        let reading = this.recovery.reading().filter(|_| this.files.is_some());
        let checkpoint = this.checkpoint.clone().filter(|_| matches!(kept, Kept::Weights(_)));
        let mut goes_on: Vec<_> = reading.map(Outgoing::Command).into_iter().collect();
        goes_on.extend(checkpoint.map(Outgoing::Checkpoint));
        goes_on.extend(commands.into_iter().map(Outgoing::Command));
        this.waiting = this.preparations();
        // A run on the learner's own files would begin again when they are opened.
        match this.files {
            Some(_) => this.held = goes_on,
            None => this.waiting.extend(goes_on),
        }
        drop(this);
        receive(FromWorker::Died(Death { cause, kept }));
    } else {
        if is_last {
            this.client.worker_ended(true);
        }
        drop(this);
        if is_last {
            spawn_local(async move { receive(FromWorker::Failed(why_not_started().await)) });
        }
    }
    if !is_last {
        let again = inner.clone();
        dom::after_millis(RESTART_MILLIS, move || start(&again));
    }
    // This may be called by one of its own callbacks, which end with it.
    drop(last);
}

/// Returns the reason why no worker comes up, and what to do.
async fn why_not_started() -> String {
    if dom::is_opened_from_a_file() {
        return say!("ui.worker-from-file");
    }
    let address = dom::worker_address();
    match dom::status_of(&address).await {
        None => say!("ui.worker-unreachable"),
        Some(status) if status >= 400 => {
            let file = address.split('#').next().unwrap_or_default().trim_start_matches("./");
            say!("ui.worker-missing", file = file, status = status)
        }
        Some(_) => {
            let fault = host_fault(&address).await.as_string().filter(|fault| !fault.is_empty());
            fault.unwrap_or_else(|| say!("ui.worker-failed"))
        }
    }
}
