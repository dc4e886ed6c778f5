//! A replica worker's side: answers one message after the other.

use super::wire::MessageBuffer;
use crate::BUILD;
use js_sys::Array;
use receptive_train::Replica;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The name by which a worker knows that it is a replica.
pub(super) const NAME: &str = "replica";

/// The address of a replica's script: it is another instance of the engine worker, which asks.
pub(super) fn script() -> String {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.location().href()
}

/// Answers messages until the engine worker ends this one. Says its build first.
pub(super) fn start(scope: &DedicatedWorkerGlobalScope) {
    let mut replica = Replica::new();
    let posting = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let mut buffer = MessageBuffer::received(message.data());
        if replica.work(&mut buffer) {
            let buffer = buffer.into_buffer();
            // Fails only when nobody is there to read it.
            let _ = posting.post_message_with_transfer(&buffer, &Array::of1(&buffer));
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope.post_message(&BUILD.into());
}
