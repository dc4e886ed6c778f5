//! A replica worker's side: answers one letter after the other.

use super::wire::Paper;
use crate::BUILD;
use js_sys::Array;
use receptive_train::Replica;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The name by which a worker knows that it is a replica.
pub(super) const NAME: &str = "replica";

/// Where a replica's script lies: it is another instance of the engine worker, which asks.
pub(super) fn script() -> String {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.location().href()
}

/// Answers letters until the engine worker ends this one. Says its build first.
pub(super) fn start(scope: &DedicatedWorkerGlobalScope) {
    let mut replica = Replica::new();
    let posting = scope.clone();
    let letter = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let mut paper = Paper::received(message.data());
        if replica.work(&mut paper) {
            let buffer = paper.into_buffer();
            // Fails only when nobody is there to read it.
            let _ = posting.post_message_with_transfer(&buffer, &Array::of1(&buffer));
        }
    });
    scope.set_onmessage(Some(letter.as_ref().unchecked_ref()));
    letter.forget();
    let _ = scope.post_message(&BUILD.into());
}
