//! The side of the GPU's worker: carries out one command after the other, and answers when the device has got so far.

use crate::BUILD;
use futures_channel::mpsc::unbounded;
use js_sys::{Array, Uint8Array};
use receptive_train::gpu::GpuWorker;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Takes commands until the engine worker ends this one. Says its build first.
pub(crate) fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (commands, mut queue) = unbounded::<Vec<u8>>();
    let (replies, mut due) = unbounded();
    spawn_local(async move {
        let mut worker = GpuWorker::new();
        while let Ok(command) = queue.recv().await {
            if let Some(reply) = worker.work(&command).await {
                // Fails only at the end of everything.
                let _ = replies.unbounded_send(reply);
            }
        }
    });
    // Steps are given out before those ahead of them are done: answers wait here, not in the way of commands.
    let posting = scope.clone();
    spawn_local(async move {
        while let Ok(reply) = due.recv().await {
            let bytes = Uint8Array::from(reply.await.as_slice());
            let _ = posting.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        }
    });
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let _ = commands.unbounded_send(Uint8Array::new(&message.data()).to_vec());
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&BUILD.into());
}
