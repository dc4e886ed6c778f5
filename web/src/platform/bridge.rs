//! Who runs where, and the one way in which they are started and speak with one another.
//!
//! ```text
//! page ──────── Command, Query ───────▶ training worker ── jobs ──▶ replicas: the same script, by another name
//!   │ ◀── Event, Answer, checkpoints ──      │ ◀────── gradients ────
//!   │                                        └────── commands ──▶ GPU worker, once a GPU is tried
//!   │                                            ◀── replies ────
//!   └── Question ──▶ chapters, a module on the page's own thread, once something of them is shown; of a figure its own
//!       ◀── Answer ──
//! ```
//!
//! A message is bytes; the values of tensors stand beside them, each tensor in a buffer of its own. Between threads bytes
//! and buffers move, they are not copied. Every script and module says its build first, so that none is used that the
//! browser kept from another.

use crate::BUILD;
use js_sys::{Array, ArrayBuffer, Float32Array, Reflect, Uint8Array};
use receptive_lessons::Outline;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// The end of a way to another thread.
pub(super) trait Port {
    /// Hands over a value; the buffers in it that are named move with it.
    ///
    /// # Errors
    /// When there is nobody at the other end, or the value cannot be handed over.
    fn post(&self, data: &JsValue, moved: &Array) -> Result<(), JsValue>;

    /// Hands over bytes.
    ///
    /// # Errors
    /// As [`Port::post`].
    fn post_bytes(&self, bytes: &[u8]) -> Result<(), JsValue> {
        let bytes = Uint8Array::from(bytes);
        self.post(&bytes, &Array::of1(&bytes.buffer()))
    }

    /// Hands over a buffer.
    ///
    /// # Errors
    /// As [`Port::post`].
    fn post_buffer(&self, buffer: &ArrayBuffer) -> Result<(), JsValue> {
        self.post(buffer, &Array::of1(buffer))
    }

    /// Hands over bytes with the values of tensors beside them, if there are any.
    ///
    /// # Errors
    /// As [`Port::post`].
    fn post_with_values(&self, bytes: &[u8], values: &[Float32Array]) -> Result<(), JsValue> {
        if values.is_empty() {
            return self.post_bytes(bytes);
        }
        let mut parts = Array::of1(&Uint8Array::from(bytes));
        parts.extend(values.iter().cloned());
        self.post(&parts, &parts.iter().map(|part| buffer_of(&part)).collect())
    }
}

impl Port for Worker {
    fn post(&self, data: &JsValue, moved: &Array) -> Result<(), JsValue> {
        self.post_message_with_transfer(data, moved)
    }
}

impl Port for DedicatedWorkerGlobalScope {
    fn post(&self, data: &JsValue, moved: &Array) -> Result<(), JsValue> {
        self.post_message_with_transfer(data, moved)
    }
}

/// The buffer that an array's numbers lie in.
fn buffer_of(array: &JsValue) -> JsValue {
    Reflect::get(array, &"buffer".into()).unwrap_or_default()
}

/// Reads a message of bytes, alone or with the values of tensors beside them.
pub(super) fn bytes_and_values(data: &JsValue) -> (Vec<u8>, Vec<Float32Array>) {
    match data.dyn_ref::<Array>() {
        Some(parts) => (bytes(&parts.get(0)), parts.iter().skip(1).map(Float32Array::from).collect()),
        None => (bytes(data), Vec::new()),
    }
}

/// Reads a message of bytes alone.
pub(super) fn bytes(data: &JsValue) -> Vec<u8> {
    Uint8Array::new(data).to_vec()
}

/// A report from a worker.
pub(super) enum Received {
    /// A message.
    Data(JsValue),
    /// It broke down, or its script could not be loaded.
    Error(ErrorEvent),
}

/// A worker that is running or coming up; it ends when this is dropped, unless it is released before.
pub(super) struct ModuleWorker {
    worker: Worker,
    is_released: bool,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl ModuleWorker {
    /// Starts the module at an address in a worker of this name.
    ///
    /// # Errors
    /// When the browser does not start workers from here.
    pub(super) fn start(
        address: &str,
        name: &str,
        receive: impl Fn(Received) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        Ok(Self::resume(Worker::new_with_options(address, &options)?, receive))
    }

    /// Goes on with a worker that another module of the page has started.
    pub(super) fn resume(worker: Worker, receive: impl Fn(Received) + Clone + 'static) -> Self {
        let to = receive.clone();
        let on_message = Closure::<dyn Fn(_)>::new(move |message: MessageEvent| to(Received::Data(message.data())));
        let on_error = Closure::<dyn Fn(_)>::new(move |error: ErrorEvent| receive(Received::Error(error)));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Self { worker, is_released: false, _on_message: on_message, _on_error: on_error }
    }

    /// Leaves the worker running, for another module of the page.
    pub(super) fn release(mut self) -> Worker {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.is_released = true;
        self.worker.clone()
    }
}

impl Port for ModuleWorker {
    fn post(&self, data: &JsValue, moved: &Array) -> Result<(), JsValue> {
        self.worker.post(data, moved)
    }
}

impl Drop for ModuleWorker {
    fn drop(&mut self) {
        if !self.is_released {
            self.worker.terminate();
        }
    }
}

/// Returns the worker that this code runs in, as those who started it see it.
pub(super) fn own_scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Takes the messages of those who started this worker, until they end it.
pub(super) fn serve(scope: &DedicatedWorkerGlobalScope, mut receive: impl FnMut(JsValue) + 'static) {
    let on_message = Closure::<dyn FnMut(_)>::new(move |message: MessageEvent| receive(message.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

#[wasm_bindgen(inline_js = "const fromPage = (name) => new URL(name, document.baseURI);
// The module, once it is there, with what parts share with it.
let give;
const given = new Promise((resolve) => { give = resolve; });
export async function load_chapters() {
    const { texts, styles, host } = window.receptive;
    const name = fromPage(document.documentElement.dataset.chapters);
    const isThere = (loading) => loading.catch((why) => { window.receptive.explain([name.href]); throw why; });
    // The module of a chapter's figure is there already.
    const code = host || isThere(import(name)).then(async (module) => ({ module, shared: await isThere(module.default()) }));
    const [{ module, shared }, page, chapters] = await Promise.all([code, texts('page'), texts('chapters'), styles()]);
    module.learn(page, chapters);
    give({ module, shared });
    return module;
}
const parts = {};
const load = async (i, key) => {
    const { parts, frameParts } = document.documentElement.dataset;
    const names = new Map((window.receptive.host ? frameParts : parts).split(' ').map((part) => part.split('=')));
    const words = window.receptive.texts(`words-${key}`);
    const name = fromPage(names.get(key));
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(key);
    const code = await answer.arrayBuffer();
    const { module, shared } = await given;
    await WebAssembly.instantiate(code, { shared }).catch((why) => { window.receptive.explain([name.href]); throw why; });
    module.learn_chapter(i, await words);
};
// The browser starts workers from the page's own origin alone. A frame without one starts a script that it has made itself,
// which loads the worker's, and asks for files as if it lay beside the page. Of a module in a blob Chromium makes no worker there.
export const start_address = (name) => {
    if (window.origin !== 'null') return name;
    const base = JSON.stringify(document.baseURI);
    const text = `const ask = fetch; self.fetch = (name, options) => ask(new URL(name, ${base}), options); await import(new URL(${JSON.stringify(name)}, ${base}));`;
    return `data:text/javascript,${encodeURIComponent(text)}`;
};
export const host_fault = async (name) => window.receptive?.fault([fromPage(name.split('#')[0]).href]);
export const load_part = (i, key) => parts[key] ||= load(i, key).catch((why) => { delete parts[key]; throw why; });")]
extern "C" {
    /// Loads the module with the lesson host, once, with the chapters' texts and styles, and lets it speak.
    #[wasm_bindgen(catch)]
    async fn load_chapters() -> Result<JsValue, JsValue>;

    /// Loads, once, what a chapter alone needs, code and texts, and puts it into the module as soon as that is there.
    #[wasm_bindgen(catch)]
    async fn load_part(i: usize, key: &str) -> Result<JsValue, JsValue>;

    /// Returns what is wrong with the files of a script beside the page, as the host sends them; nothing if all is well.
    pub(super) async fn host_fault(script: &str) -> JsValue;

    /// Returns the address from which a worker is started whose script lies at another, beside the page.
    pub(super) fn start_address(script: &str) -> String;

    /// The module with the lesson host (`bin/host`), which answers at once, on the thread that asks: the chapters', or that of a
    /// chapter's figure.
    pub(super) type Chapters;

    #[wasm_bindgen(method)]
    fn build(this: &Chapters) -> String;

    #[wasm_bindgen(method)]
    fn answer(this: &Chapters, question: &[u8], values: Vec<Float32Array>) -> Uint8Array;
}

/// The reason that the chapters cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadError {
    /// The module could not be loaded.
    Unreachable,
    /// The browser kept a module of another build.
    OtherBuild,
}

impl Chapters {
    /// Loads the module with its texts and styles.
    ///
    /// # Errors
    /// When it does not come, or is of another build.
    pub(super) async fn load() -> Result<Self, LoadError> {
        let module: Self = load_chapters().await.map_err(|_| LoadError::Unreachable)?.unchecked_into();
        if module.build() == BUILD { Ok(module) } else { Err(LoadError::OtherBuild) }
    }

    /// Loads what a chapter alone needs, and returns when it is in the module.
    ///
    /// # Errors
    /// When it does not come.
    pub(super) async fn load_part(chapter: &Outline) -> Result<(), LoadError> {
        load_part(chapter.position(), chapter.key).await.map(|_| ()).map_err(|_| LoadError::Unreachable)
    }

    /// Asks a question, with the values of tensors beside it.
    pub(super) fn ask(&self, question: &[u8], values: &[Float32Array]) -> Vec<u8> {
        self.answer(question, values.to_vec()).to_vec()
    }
}
