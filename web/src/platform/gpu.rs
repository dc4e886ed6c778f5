//! The engine worker's GPU: which adapter there is, and the worker that has it, started when the session asks.

use super::bridge::{ModuleWorker, Port, own_scope};
use super::replicas::{self, FromReplica, Receive};
use js_sys::{Function, Object, Promise, Reflect};
use receptive_train::Session;
use receptive_train::gpu::GpuRequest;
use receptive_train::protocol::{Adapter, GpuFault};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Names of software adapters, for browsers that do not say what they are.
const SOFTWARE: [&str; 4] = ["swiftshader", "llvmpipe", "lavapipe", "basic render"];

/// The outcome of a request that concerns the GPU.
pub(super) enum FromGpu {
    /// The adapter, or why there is none.
    Adapter(Result<Adapter, GpuFault>),
    /// Something from its worker.
    Worker(FromReplica),
}

/// The place for the GPU's worker.
pub(super) struct GpuHandle {
    receive: Rc<dyn Fn(u32, FromGpu)>,
    from_worker: Receive,
    worker: Option<ModuleWorker>,
}

impl GpuHandle {
    pub(super) fn new(receive: Rc<dyn Fn(u32, FromGpu)>) -> Self {
        let to = receive.clone();
        Self { receive, from_worker: Rc::new(move |id, from| to(id, FromGpu::Worker(from))), worker: None }
    }

    /// Carries out the session's requests.
    pub(super) fn serve_requests(&mut self, session: &mut Session) {
        while let Some(request) = session.next_gpu_request() {
            match request {
                GpuRequest::Find(id) => {
                    let receive = self.receive.clone();
                    spawn_local(async move { receive(id, FromGpu::Adapter(find().await)) });
                }
                GpuRequest::Start(id) => match replicas::start(id, &script(), "gpu", &self.from_worker) {
                    Ok(worker) => self.worker = Some(worker),
                    Err(_) => session.gpu_failed(id, GpuFault::NoWorker),
                },
                GpuRequest::End(_) => self.worker = None,
                GpuRequest::Send(id, bytes) => {
                    let Some(worker) = &self.worker else { continue };
                    if worker.post_bytes(&bytes).is_err() {
                        session.gpu_failed(id, GpuFault::Unreachable);
                    }
                }
            }
        }
    }
}

/// The script of the GPU's worker, a module of its own: nothing of it is loaded before it is wanted. The page wrote its
/// name after the address of this worker.
fn script() -> String {
    own_scope().location().hash().trim_start_matches('#').to_string()
}

/// Asks the browser for an adapter, without a device. Typed bindings of WebGPU are still unstable in `web-sys`.
async fn find() -> Result<Adapter, GpuFault> {
    let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
    let request = get(&gpu, "requestAdapter").dyn_into::<Function>().map_err(|_| GpuFault::NoGpu)?;
    let options = JsValue::from(Object::new());
    let _ = Reflect::set(&options, &"powerPreference".into(), &"high-performance".into());
    let promise = request.call1(&gpu, &options).map_err(|_| GpuFault::NoGpu)?;
    let adapter = JsFuture::from(Promise::resolve(&promise)).await.map_err(|_| GpuFault::NoGpu)?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err(GpuFault::NoGpu);
    }
    let info = get(&adapter, "info");
    let text = |key: &str| get(&info, key).as_string().unwrap_or_default();
    let name = match text("description") {
        description if description.is_empty() => format!("{} {}", text("vendor"), text("architecture")),
        description => description,
    };
    let name = name.trim().to_string();
    let says_so = [&info, &adapter].into_iter().any(|object| get(object, "isFallbackAdapter").is_truthy());
    let is_software = says_so || SOFTWARE.iter().any(|known| name.to_ascii_lowercase().contains(known));
    Ok(Adapter { name, is_software })
}

/// A property, undefined where there is none.
fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}
