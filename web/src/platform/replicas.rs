//! The engine worker's replicas: workers of its own, started and ended as the session asks.

use super::bridge::{ModuleWorker, Port, Received};
use super::replica_loop;
use super::wire::MessageBuffer;
use js_sys::ArrayBuffer;
use receptive_train::{HostRequest, Session};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A message or an error from a worker of the engine worker.
pub(super) enum FromReplica {
    /// A message.
    Data(JsValue),
    /// It broke down.
    Error,
}

/// Takes what comes from the worker of this number.
pub(super) type Receive = Rc<dyn Fn(u32, FromReplica)>;

/// Starts a worker of this number by a script that lies beside the engine worker's own.
pub(super) fn start(id: u32, script: &str, name: &str, receive: &Receive) -> Result<ModuleWorker, JsValue> {
    let to = receive.clone();
    ModuleWorker::start(script, name, move |received| {
        to(
            id,
            match received {
                Received::Data(data) => FromReplica::Data(data),
                Received::Error(error) => {
                    // Dealt with here: the page need not think that the engine worker broke down.
                    error.prevent_default();
                    FromReplica::Error
                }
            },
        );
    })
}

/// A replica that is running or coming up.
struct Handle {
    worker: ModuleWorker,
    /// The buffer of its last answer, for its next message.
    spare: Option<ArrayBuffer>,
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
                HostRequest::Start(id) => match start(id, &replica_loop::script(), replica_loop::NAME, &self.receive) {
                    Ok(worker) => _ = self.handles.insert(id, Handle { worker, spare: None }),
                    Err(_) => session.no_replicas(),
                },
                HostRequest::End(id) => _ = self.handles.remove(&id),
                HostRequest::Send(id, message) => {
                    let Some(handle) = self.handles.get_mut(&id) else { continue };
                    let mut buffer = MessageBuffer::of(message.n_bytes(), handle.spare.take());
                    session.write(&message, &mut buffer);
                    if handle.worker.post_buffer(&buffer.into_buffer()).is_err() {
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
