//! A replica worker's side: answers one message after the other.

use super::bridge::{Port, own_scope, serve};
use super::wire::MessageBuffer;
use crate::BUILD;
use receptive_train::Replica;
use web_sys::DedicatedWorkerGlobalScope;

/// The name by which a worker knows that it is a replica.
pub(super) const NAME: &str = "replica";

/// The address of a replica's script: it is another instance of the engine worker, which asks.
pub(super) fn script() -> String {
    own_scope().location().href()
}

/// Answers messages until the engine worker ends this one. Says its build first.
pub(super) fn start(scope: &DedicatedWorkerGlobalScope) {
    let mut replica = Replica::new();
    let posting = scope.clone();
    serve(scope, move |data| {
        let mut buffer = MessageBuffer::received(data);
        if replica.work(&mut buffer) {
            // Fails only when nobody is there to read it.
            let _ = posting.post_buffer(&buffer.into_buffer());
        }
    });
    let _ = scope.post_message(&BUILD.into());
}
