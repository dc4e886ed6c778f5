//! The worker's side: owns the session, trains in short turns, and lets messages in between.

use super::gpu::{FromGpu, GpuHandle};
use super::mnist;
use super::replica_loop;
use super::replicas::{FromReplica, Replicas};
use super::wire::Paper;
use crate::BUILD;
use js_sys::{Array, Uint8Array};
use receptive_train::Session;
use receptive_train::protocol::{Command, DatasetKind, Event, PROTOCOL, Problem, Split, decode, encode};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

/// A turn of training, in milliseconds: how long a pause may have to wait.
const TURN_MILLIS: f64 = 16.0;
/// While training, the page hears of it this often, in milliseconds.
const REPORT_MILLIS: f64 = 80.0;
/// So often, in milliseconds, the session is told the time in any case: a replica that is silent is found out by it.
const LOOK_MILLIS: i32 = 500;

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    session: Session,
    replicas: Replicas,
    gpu: GpuHandle,
    turns: MessageChannel,
    is_turn_due: bool,
    reported_millis: f64,
}

type Shared = Rc<RefCell<Worker>>;

/// Takes commands until the page goes away; as a replica, takes letters until the engine worker ends it.
pub(crate) fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    if scope.name() == replica_loop::NAME {
        replica_loop::start(&scope);
        return;
    }
    let Ok(turns) = MessageChannel::new() else { return };
    let worker = Rc::new_cyclic(|worker: &Weak<RefCell<Worker>>| {
        let (for_replicas, for_gpu) = (worker.clone(), worker.clone());
        let receive = move |id, from| {
            if let Some(worker) = for_replicas.upgrade() {
                worker.borrow_mut().hear(id, from);
            }
        };
        let receive_gpu = move |id, from| {
            if let Some(worker) = for_gpu.upgrade() {
                worker.borrow_mut().hear_gpu(id, from);
            }
        };
        RefCell::new(Worker {
            scope: scope.clone(),
            session: Session::new(),
            replicas: Replicas::new(Rc::new(receive)),
            gpu: GpuHandle::new(Rc::new(receive_gpu)),
            turns,
            is_turn_due: false,
            reported_millis: 0.0,
        })
    });

    let turn = {
        let worker = worker.clone();
        Closure::<dyn Fn()>::new(move || {
            let mut this = worker.borrow_mut();
            this.is_turn_due = false;
            this.turn();
        })
    };
    worker.borrow().turns.port1().set_onmessage(Some(turn.as_ref().unchecked_ref()));
    turn.forget();

    let look = {
        let worker = worker.clone();
        Closure::<dyn Fn()>::new(move || {
            let mut this = worker.borrow_mut();
            if !this.replicas.is_empty() || this.session.is_awaiting_answers() {
                this.turn();
            }
        })
    };
    let function = look.as_ref().unchecked_ref();
    let _ = scope.set_interval_with_callback_and_timeout_and_arguments_0(function, LOOK_MILLIS);
    look.forget();

    let command = {
        let worker = worker.clone();
        Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            take_command(&worker, &Uint8Array::new(&message.data()).to_vec());
        })
    };
    scope.set_onmessage(Some(command.as_ref().unchecked_ref()));
    command.forget();
    worker.borrow().post(&[Event::Ready { protocol: PROTOCOL, build: BUILD.into() }]);
}

fn take_command(worker: &Shared, bytes: &[u8]) {
    let mut this = worker.borrow_mut();
    match decode::<Command>(bytes) {
        Ok(command) => this.session.handle(command),
        Err(_) => {
            let message = "The training worker did not understand the page. Reload the page.".to_string();
            this.post(&[Event::Problem(Problem::Protocol(message))]);
        }
    }
    if this.session.take_wanted() == Some(DatasetKind::Mnist) {
        spawn_local(bring_mnist(worker.clone()));
    }
    this.run_errands();
    this.report();
    this.ask_for_turn();
}

impl Worker {
    /// Trains for a short while, then lets messages in.
    fn turn(&mut self) {
        let start = self.now_millis();
        let more = loop {
            let now = self.now_millis();
            let more = self.session.tick(now);
            self.run_errands();
            if !more {
                break false;
            }
            if now - start > TURN_MILLIS {
                break true;
            }
        };
        let is_quiet = !more && !self.session.is_awaiting_answers();
        if is_quiet || self.now_millis() - self.reported_millis > REPORT_MILLIS {
            self.report();
        }
        if more {
            self.ask_for_turn();
        }
    }

    fn run_errands(&mut self) {
        self.replicas.run_errands(&mut self.session);
        self.gpu.run_errands(&mut self.session);
    }

    /// Takes what a replica says, and goes on with it at once.
    fn hear(&mut self, id: u32, from: FromReplica) {
        match from {
            FromReplica::Error => self.session.replica_failed(id),
            FromReplica::Data(data) => match data.as_string() {
                Some(build) if build == BUILD => self.session.replica_ready(id),
                Some(_) => self.session.replica_unfit(id),
                None => {
                    let mut paper = Paper::received(data);
                    self.session.answer(id, &mut paper);
                    self.replicas.keep(id, paper.into_buffer());
                }
            },
        }
        self.run_errands();
        self.turn();
    }

    /// Takes what comes of the GPU, and goes on with it at once.
    fn hear_gpu(&mut self, id: u32, from: FromGpu) {
        match from {
            FromGpu::Adapter(Ok(adapter)) => self.session.gpu_adapter(id, adapter),
            FromGpu::Adapter(Err(message)) => self.session.gpu_failed(id, message),
            FromGpu::Worker(FromReplica::Error) => self.session.gpu_failed(id, "its worker broke down".into()),
            FromGpu::Worker(FromReplica::Data(data)) => match data.as_string() {
                Some(build) if build == BUILD => self.session.gpu_ready(id),
                Some(_) => self.session.gpu_failed(id, "its worker is of another version; reload the page".into()),
                None => {
                    let now = self.now_millis();
                    self.session.gpu_said(id, &Uint8Array::new(&data).to_vec(), now);
                }
            },
        }
        self.run_errands();
        self.turn();
    }

    /// A message to itself comes after those that already wait, and sooner than a timer.
    fn ask_for_turn(&mut self) {
        if !self.is_turn_due {
            self.is_turn_due = self.turns.port2().post_message(&JsValue::NULL).is_ok();
        }
    }

    fn report(&mut self) {
        self.reported_millis = self.now_millis();
        let events = self.session.drain();
        if !events.is_empty() {
            self.post(&events);
        }
    }

    /// Hands events over; their bytes move, they are not copied.
    fn post(&self, events: &[Event]) {
        let bytes = Uint8Array::from(encode(&events).as_slice());
        // Fails only when the page is gone, and then nobody listens.
        let _ = self.scope.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
    }

    fn now_millis(&self) -> f64 {
        self.scope.performance().map_or(0.0, |clock| clock.now())
    }
}

/// Fetches MNIST chunk by chunk: training images first, as an epoch meets them, then the test images.
async fn bring_mnist(worker: Shared) {
    let scope = worker.borrow().scope.clone();
    let fail = |message: String| {
        let mut this = worker.borrow_mut();
        this.session.data_failed(DatasetKind::Mnist, message);
        this.report();
    };
    let manifest = match mnist::manifest(&scope).await {
        Ok(manifest) => manifest,
        Err(message) => return fail(message),
    };
    {
        let mut this = worker.borrow_mut();
        this.session.plan_mnist(manifest.plan());
        this.report();
        this.ask_for_turn();
    }
    let (first_test, later_test) = manifest.test.split_at(manifest.test.len().min(1));
    let (first, later) = manifest.training.split_at(manifest.training.len().min(1));
    // The first training chunk starts the training; the first test chunk gives the lessons their digit.
    let order = [
        (Split::Training, 0, first),
        (Split::Test, 0, first_test),
        (Split::Training, 1, later),
        (Split::Test, 1, later_test),
    ];
    for (split, from, chunks) in order {
        for (i, chunk) in chunks.iter().enumerate() {
            match mnist::chunk(&scope, chunk).await {
                Ok(images) => {
                    let mut this = worker.borrow_mut();
                    this.session.put_mnist(split, from + i, images);
                    this.report();
                    this.ask_for_turn();
                }
                Err(message) => return fail(message),
            }
        }
    }
}
