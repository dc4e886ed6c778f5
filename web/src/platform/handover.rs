//! The handover of the page: the first page and a chapter's figure have modules of their own, which are fetched sooner; the
//! module of the whole app takes over from them, with the worker that runs, when the learner goes elsewhere.

use super::worker_bridge::RunningWorker;
use crate::handed::Handed;
use js_sys::{Array, Function, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use yew::AppHandle;
use yew::html::BaseComponent;

#[wasm_bindgen(js_namespace = receptive)]
extern "C" {
    /// Loads the module of the whole app, which takes over.
    #[wasm_bindgen(js_name = goOn, catch)]
    async fn load_app() -> Result<JsValue, JsValue>;

    /// Leaves the function that ends this module with the page.
    fn offer(give: &Function);

    /// Ends the module before this one, if there is one. Returns what it hands over.
    #[wasm_bindgen(js_name = takeOver)]
    fn take_over() -> JsValue;
}

/// What is handed over.
pub(crate) struct Parcel {
    pub(crate) handed: Handed,
    pub(crate) worker: Option<RunningWorker>,
}

thread_local! {
    static PACK: RefCell<Option<Box<dyn FnOnce() -> Parcel>>> = RefCell::default();
}

/// Sets how what is handed over is put together, in place of what was set before.
pub(crate) fn set_pack(pack: impl FnOnce() -> Parcel + 'static) {
    PACK.set(Some(Box::new(pack)));
}

/// Lets another module end this one.
pub(crate) fn offer_page<C: BaseComponent>(app: AppHandle<C>) {
    let give = Closure::once_into_js(move || {
        let parcel = PACK.take().map(|pack| pack());
        app.destroy();
        parcel.and_then(|parcel| parcel.wrapped()).unwrap_or(JsValue::UNDEFINED)
    });
    offer(give.unchecked_ref());
}

/// Takes the page over from the module before this one; nothing if there is none.
pub(crate) fn take_page() -> Option<Parcel> {
    Parcel::unwrapped(&take_over().dyn_into().ok()?)
}

/// Hands the page over to the module of the whole app, once it is loaded.
///
/// # Errors
/// When it cannot be loaded, in words.
pub(crate) async fn go_on() -> Result<(), String> {
    load_app().await.map(drop).map_err(|why| why.as_string().unwrap_or_default())
}

impl Parcel {
    /// As it goes from one module to the other: bytes, and the objects that are the page's.
    fn wrapped(self) -> Option<JsValue> {
        let sent = self.worker.as_ref().map(|running| (&running.recovery, running.last_question));
        let bytes = postcard::to_allocvec(&(&self.handed, sent)).ok()?;
        let parts = Array::of1(&Uint8Array::from(&bytes[..]));
        if let Some(RunningWorker { worker, checkpoint, .. }) = self.worker {
            parts.push(&worker);
            parts.push(&checkpoint.map(JsValue::from).unwrap_or_default());
        }
        Some(parts.into())
    }

    fn unwrapped(parts: &Array) -> Option<Self> {
        let (handed, sent) = postcard::from_bytes(&Uint8Array::new(&parts.get(0)).to_vec()).ok()?;
        let worker = parts.get(1).dyn_into().ok().zip(sent);
        let worker = worker.map(|(worker, (recovery, last_question))| {
            let checkpoint = parts.get(2).dyn_into().ok();
            RunningWorker { worker, checkpoint, recovery, last_question }
        });
        Some(Self { handed, worker })
    }
}
