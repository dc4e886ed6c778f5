//! The worker's side: owns the session, trains in short turns, and lets messages in between.

use super::bridge::{Port, bytes, own_scope, serve};
use super::gpu::{FromGpu, GpuHandle};
use super::keeper;
use super::mnist::{self, Fault};
use super::own_files;
use super::replica_loop;
use super::replicas::{FromReplica, Replicas};
use super::wire::MessageBuffer;
use crate::BUILD;
use js_sys::{Array, ArrayBuffer, Float32Array, Function, Promise, Uint8Array};
use receptive_train::protocol::{
    Answer, Command, Event, FilesStatus, GpuFault, PROTOCOL, Problem, ProtocolError, RunId, Split, decode, encode,
};
use receptive_train::{Delivery, Session, Tries};
use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageChannel};

/// A turn of training, in milliseconds: the time that a pause may have to wait.
const TURN_MILLIS: f64 = 16.0;
/// While training, events are sent to the page this often, in milliseconds.
const REPORT_MILLIS: f64 = 80.0;
/// The session is passed the time this often in any case, in milliseconds: a replica that is silent is found out by it.
const LOOK_MILLIS: i32 = 500;

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    session: Session,
    replicas: Replicas,
    gpu: GpuHandle,
    turns: MessageChannel,
    is_turn_due: bool,
    reported_millis: f64,
    /// True while MNIST is being fetched.
    is_fetching: bool,
    /// Ends the pause before something of it is tried again.
    end_pause: Option<Function>,
    /// Counts the files that were chosen: only the last ones are of interest.
    n_chosen: u32,
}

type Shared = Rc<RefCell<Worker>>;

/// Takes commands until the page goes away; as a replica, takes messages until the engine worker ends it.
pub(crate) fn start() {
    let scope = own_scope();
    if scope.name() == replica_loop::NAME {
        replica_loop::start(&scope);
        return;
    }
    let dying = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        // The page starts another worker: after a panic this one can do nothing any more.
        let _ = dying.post_message(&info.to_string().into());
    }));
    let Ok(turns) = MessageChannel::new() else { return };
    let worker = Rc::new_cyclic(|worker: &Weak<RefCell<Worker>>| {
        let (for_replicas, for_gpu) = (worker.clone(), worker.clone());
        let receive = move |id, from| {
            if let Some(worker) = for_replicas.upgrade() {
                worker.borrow_mut().receive(id, from);
            }
        };
        let receive_gpu = move |id, from| {
            if let Some(worker) = for_gpu.upgrade() {
                worker.borrow_mut().receive_gpu(id, from);
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
            is_fetching: false,
            end_pause: None,
            n_chosen: 0,
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

    let commanded = worker.clone();
    serve(&scope, move |data| match data.dyn_into::<Array>() {
        Ok(files) => spawn_local(open_files(commanded.clone(), files)),
        Err(data) => take_message(&commanded, &data),
    });

    let online = {
        let worker = worker.clone();
        Closure::<dyn Fn()>::new(move || worker.borrow_mut().try_at_once())
    };
    // Where the browser does not report it, the next try comes by itself.
    let _ = scope.add_event_listener_with_callback("online", online.as_ref().unchecked_ref());
    online.forget();
    worker.borrow().post(&mut [Event::Ready { protocol: PROTOCOL, build: BUILD.into() }]);
}

/// Takes a command, or the checkpoint of a worker before this one.
fn take_message(worker: &Shared, data: &JsValue) {
    let mut this = worker.borrow_mut();
    let bytes = bytes(data);
    if data.is_instance_of::<ArrayBuffer>() {
        this.session.resume(&bytes);
    } else if let Ok(command) = decode::<Command>(&bytes) {
        if matches!(command, Command::Keep(_, Some(_))) {
            keeper::prepare(&this.scope);
        }
        this.session.handle(command);
    } else {
        this.post(&mut [Event::Problem(Problem::Protocol(ProtocolError::Command))]);
    }
    if this.session.take_wanted().is_some() {
        if this.is_fetching {
            this.try_at_once();
        } else {
            this.is_fetching = true;
            spawn_local(bring_mnist(worker.clone()));
        }
    }
    if let Some((run, key)) = this.session.take_wanted_run() {
        spawn_local(bring_run(worker.clone(), run, key));
    }
    this.serve_requests();
    this.report();
    this.ask_for_turn();
}

/// Reads a run that is kept in the storage, and goes on with it.
async fn bring_run(worker: Shared, run: RunId, key: String) {
    let read = keeper::read(&key).await;
    let mut this = worker.borrow_mut();
    this.session.put_wanted_run(run, read.as_deref().map_err(|why| *why));
    this.serve_requests();
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
            self.serve_requests();
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

    fn serve_requests(&mut self) {
        self.replicas.serve_requests(&mut self.session);
        self.gpu.serve_requests(&mut self.session);
    }

    /// Takes a message of a replica, and goes on with it at once.
    fn receive(&mut self, id: u32, from: FromReplica) {
        match from {
            FromReplica::Error => self.session.replica_failed(id),
            FromReplica::Data(data) => match data.as_string() {
                Some(build) if build == BUILD => self.session.replica_ready(id),
                Some(_) => self.session.replica_unfit(id),
                None => {
                    let mut buffer = MessageBuffer::received(data);
                    self.session.replica_answered(id, &mut buffer);
                    self.replicas.keep(id, buffer.into_buffer());
                }
            },
        }
        self.serve_requests();
        self.turn();
    }

    /// Takes what comes of the GPU, and goes on with it at once.
    fn receive_gpu(&mut self, id: u32, from: FromGpu) {
        match from {
            FromGpu::Adapter(Ok(adapter)) => self.session.gpu_adapter(id, adapter),
            FromGpu::Adapter(Err(fault)) => self.session.gpu_failed(id, fault),
            FromGpu::Worker(FromReplica::Error) => self.session.gpu_failed(id, GpuFault::BrokeDown),
            FromGpu::Worker(FromReplica::Data(data)) => match data.as_string() {
                Some(build) if build == BUILD => self.session.gpu_ready(id),
                Some(_) => self.session.gpu_failed(id, GpuFault::OtherBuild),
                None => {
                    let now = self.now_millis();
                    self.session.gpu_answered(id, &bytes(&data), now);
                }
            },
        }
        self.serve_requests();
        self.turn();
    }

    /// A message to itself comes after those that already wait, and sooner than a timer.
    fn ask_for_turn(&mut self) {
        if !self.is_turn_due {
            self.is_turn_due = self.turns.port2().post_message(&JsValue::NULL).is_ok();
        }
    }

    /// Puts data into the session, and goes on with it.
    fn data_came(&mut self, put: impl FnOnce(&mut Session)) {
        put(&mut self.session);
        self.report();
        self.ask_for_turn();
    }

    fn mnist_failed(&mut self, fault: &Fault) {
        self.data_came(|session| session.mnist_failed(&fault.error));
    }

    /// Goes on fetching, if it pauses after a failure.
    fn try_at_once(&mut self) {
        if let Some(end) = self.end_pause.take() {
            // A promise's own function: it cannot throw.
            let _ = end.call0(&JsValue::NULL);
        }
    }

    fn report(&mut self) {
        self.reported_millis = self.now_millis();
        let mut events = self.session.drain();
        if !events.is_empty() {
            self.post(&mut events);
        }
        if let Some((run, iteration, bytes)) = self.session.take_checkpoint(self.reported_millis) {
            let bytes = Uint8Array::from(bytes.as_slice());
            if let (Some(key), Some(facts)) = (self.session.key_of(run), self.session.last_facts()) {
                keeper::keep(&self.scope, key.to_string(), facts.clone(), &bytes);
            }
            let buffer = bytes.buffer();
            let parts = Array::of3(&run.0.into(), &iteration.into(), &buffer);
            let _ = self.scope.post(&parts, &Array::of1(&buffer));
        }
    }

    /// Hands events over, and beside them the values of tensors, each in a buffer of its own. They move, they are not
    /// copied.
    fn post(&self, events: &mut [Event]) {
        let buffers: Vec<_> = events
            .iter_mut()
            .filter_map(|event| if let Event::Answered(_, Ok(answer)) = event { Some(answer) } else { None })
            .flat_map(Answer::tensors_mut)
            .map(|tensor| Float32Array::from(mem::take(&mut tensor.values).as_slice()))
            .collect();
        let bytes = encode(&events);
        // Fails only when the page is gone, and then nobody listens.
        let _ = self.scope.post_with_values(&bytes, &buffers);
    }

    fn now_millis(&self) -> f64 {
        self.scope.performance().map_or(0.0, |clock| clock.now())
    }
}

/// Fetches MNIST chunk by chunk. What does not come is tried again, more and more rarely, until it comes.
async fn bring_mnist(worker: Shared) {
    let scope = worker.borrow().scope.clone();
    let mut tries = Tries::default();
    let manifest = loop {
        match mnist::manifest(&scope, tries.has_failed()).await {
            Ok(manifest) => break manifest,
            Err(fault) if fault.is_lasting => {
                let mut this = worker.borrow_mut();
                this.is_fetching = false;
                return this.mnist_failed(&fault);
            }
            Err(fault) => set_back(&worker, &mut tries, &fault).await,
        }
    };
    tries.succeeded();
    let plan = manifest.plan();
    let mut delivery = Delivery::new(&plan);
    worker.borrow_mut().data_came(|session| session.plan_mnist(plan));
    while let Some((split, i)) = delivery.next() {
        let chunks = if split == Split::Test { &manifest.test } else { &manifest.training };
        match mnist::chunk(&scope, &chunks[i], tries.has_failed()).await {
            Ok(images) => {
                delivery.arrived();
                tries.succeeded();
                worker.borrow_mut().data_came(|session| session.put_mnist(split, i, images));
            }
            Err(error) => {
                delivery.failed();
                set_back(&worker, &mut tries, &Fault { error, is_lasting: false }).await;
            }
        }
    }
    worker.borrow_mut().is_fetching = false;
}

/// Reports a failure, when there have been enough of them, and waits for the time of the next try.
async fn set_back(worker: &Shared, tries: &mut Tries, fault: &Fault) {
    let setback = tries.failed();
    if setback.is_news {
        worker.borrow_mut().mnist_failed(fault);
    }
    let pause = Promise::new(&mut |end, _| {
        let mut this = worker.borrow_mut();
        let millis = setback.pause_millis as i32;
        let _ = this.scope.set_timeout_with_callback_and_timeout_and_arguments_0(&end, millis);
        this.end_pause = Some(end);
    });
    // It is never rejected.
    let _ = JsFuture::from(pause).await;
}

/// Reads the files that the page has handed over: images and labels, or batches.
async fn open_files(worker: Shared, files: Array) {
    let files: Vec<File> = files.iter().map(JsCast::unchecked_into).collect();
    let turn = {
        let mut this = worker.borrow_mut();
        this.n_chosen += 1;
        this.n_chosen
    };
    let emitted = Cell::new(None);
    let progress = |percent| {
        let this = worker.borrow();
        let is_wanted = this.n_chosen == turn;
        if is_wanted && emitted.replace(Some(percent)) != Some(percent) {
            this.post(&mut [Event::Files(FilesStatus::Coming(percent))]);
        }
        is_wanted
    };
    let read = own_files::read(&files, progress).await;
    let mut this = worker.borrow_mut();
    if this.n_chosen != turn {
        return;
    }
    this.data_came(|session| match read {
        Ok(own) => {
            let names: Vec<String> = files.iter().map(File::name).collect();
            let reading = own.likely(&names.iter().map(String::as_str).collect::<Vec<_>>());
            session.open_files(own, reading);
        }
        Err(error) => session.files_refused(error),
    });
}
