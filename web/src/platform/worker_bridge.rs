//! The page's side of the worker.

use js_sys::{Array, Uint8Array};
use receptive_train::protocol::{Command, Event, decode, encode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent, Worker, WorkerOptions, WorkerType};

/// What comes from the worker.
pub(crate) enum FromWorker {
    /// It said something.
    Events(Vec<Event>),
    /// It cannot be used; why, and what to do.
    Failed(String),
}

/// What goes to the worker.
enum ToWorker {
    Command(Command),
    /// Images and labels, read where they lie.
    Files(File, File),
}

/// How long the worker may take to come up, in milliseconds.
const PATIENCE_MILLIS: i32 = 20_000;

/// A worker that is running, or coming up. It ends when this is dropped.
pub(crate) struct WorkerBridge {
    worker: Worker,
    /// What is to be said waits here until the worker is up: before that it could miss it.
    waiting: Rc<RefCell<Vec<ToWorker>>>,
    is_up: Rc<Cell<bool>>,
}

const FAILED: &str = "The training worker did not start, so nothing can be trained. Reload the page; if it is opened \
                      from a file, serve it over http instead.";

impl WorkerBridge {
    /// Starts the worker beside the page.
    pub(crate) fn start(receive: impl Fn(FromWorker) + Clone + 'static) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options("./worker_loader.js", &options) else {
            receive(FromWorker::Failed(FAILED.into()));
            return None;
        };
        let waiting = Rc::new(RefCell::new(Vec::new()));
        let is_up = Rc::new(Cell::new(false));

        let on_message = {
            let (worker, waiting, is_up, receive) = (worker.clone(), waiting.clone(), is_up.clone(), receive.clone());
            Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                let bytes = Uint8Array::new(&message.data()).to_vec();
                let Ok(events) = decode::<Vec<Event>>(&bytes) else {
                    let text = "The page did not understand its training worker. Reload the page.";
                    receive(FromWorker::Failed(text.into()));
                    return;
                };
                receive(FromWorker::Events(events));
                if !is_up.replace(true) {
                    waiting.take().iter().for_each(|message| post(&worker, message));
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();

        let on_error = {
            let (is_up, receive) = (is_up.clone(), receive.clone());
            Closure::<dyn Fn()>::new(move || {
                let text = if is_up.get() {
                    "The training worker stopped by itself, perhaps for lack of memory. Reload the page; your settings \
                     are in the address. A smaller network or batch needs less."
                } else {
                    FAILED
                };
                receive(FromWorker::Failed(text.into()));
            })
        };
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();

        let is_up_later = is_up.clone();
        super::dom::after_millis(PATIENCE_MILLIS, move || {
            if !is_up_later.get() {
                receive(FromWorker::Failed(FAILED.into()));
            }
        });
        Some(Self { worker, waiting, is_up })
    }

    /// Sends a command, as soon as the worker is up.
    pub(crate) fn send(&self, command: Command) {
        self.say(ToWorker::Command(command));
    }

    /// Hands over the learner's own files, as soon as the worker is up.
    pub(crate) fn send_files(&self, images: File, labels: File) {
        self.say(ToWorker::Files(images, labels));
    }

    fn say(&self, message: ToWorker) {
        if self.is_up.get() {
            post(&self.worker, &message);
        } else {
            self.waiting.borrow_mut().push(message);
        }
    }
}

impl Drop for WorkerBridge {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// Hands a message over: a command's bytes move, they are not copied; of files only what names them goes over.
fn post(worker: &Worker, message: &ToWorker) {
    // Fails only when the worker is gone, which its error handler tells.
    let _ = match message {
        ToWorker::Command(command) => {
            let bytes = Uint8Array::from(encode(command).as_slice());
            worker.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()))
        }
        ToWorker::Files(images, labels) => worker.post_message(&Array::of2(images, labels)),
    };
}
