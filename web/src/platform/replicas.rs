//! The engine worker's replicas: workers of its own, started and ended as the session asks.

use super::replica_loop;
use super::wire::MessageBuffer;
use js_sys::{Array, ArrayBuffer};
use receptive_train::{HostRequest, Session};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};

/// A message or an error from a worker of the engine worker.
pub(super) enum FromReplica {
    /// A message.
    Data(JsValue),
    /// It broke down.
    Error,
}

/// Takes what comes from the worker of this number.
pub(super) type Receive = std::rc::Rc<dyn Fn(u32, FromReplica)>;

/// A worker of the engine worker; it ends when this is dropped.
pub(super) struct Handle {
    pub(super) worker: web_sys::Worker,
    /// The buffer of its last answer, for its next message.
    spare: Option<ArrayBuffer>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl Handle {
    /// Starts a worker of this number by a script that lies beside the engine worker's own.
    pub(super) fn start(id: u32, script: &str, name: &str, receive: &Receive) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let worker = web_sys::Worker::new_with_options(script, &options)?;
        let to = receive.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            to(id, FromReplica::Data(message.data()));
        });
        let to = receive.clone();
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |error: ErrorEvent| {
            // Dealt with here: the page need not think that the engine worker broke down.
            error.prevent_default();
            to(id, FromReplica::Error);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, spare: None, _on_message: on_message, _on_error: on_error })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// The replicas that are running or coming up, by their numbers.
pub(super) struct Replicas {
    receive: Receive,
    handles: BTreeMap<u32, Handle>,
}

impl Replicas {
    pub(super) fn new(receive: Receive) -> Self {
        Self { receive, handles: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// Carries out the session's requests.
    pub(super) fn serve_requests(&mut self, session: &mut Session) {
        while let Some(request) = session.next_request() {
            match request {
                HostRequest::Start(id) => {
                    match Handle::start(id, &replica_loop::script(), replica_loop::NAME, &self.receive) {
                        Ok(handle) => _ = self.handles.insert(id, handle),
                        Err(_) => session.no_replicas(),
                    }
                }
                HostRequest::End(id) => _ = self.handles.remove(&id),
                HostRequest::Send(id, message) => {
                    let Some(handle) = self.handles.get_mut(&id) else { continue };
                    let mut buffer = MessageBuffer::of(message.n_bytes(), handle.spare.take());
                    session.write(&message, &mut buffer);
                    let buffer = buffer.into_buffer();
                    if handle.worker.post_message_with_transfer(&buffer, &Array::of1(&buffer)).is_err() {
                        session.replica_failed(id);
                    }
                }
            }
        }
    }

    /// Keeps an answer's buffer for the next message.
    pub(super) fn keep(&mut self, id: u32, buffer: ArrayBuffer) {
        if let Some(handle) = self.handles.get_mut(&id) {
            handle.spare = Some(buffer);
        }
    }
}
