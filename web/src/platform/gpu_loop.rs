//! The side of the GPU's worker: carries out one command after the other, and answers when the device has got so far.

use super::bridge::{Port, bytes, own_scope, serve};
use crate::BUILD;
use futures_channel::mpsc::unbounded;
use receptive_train::gpu::GpuWorker;
use wasm_bindgen_futures::spawn_local;

/// Takes commands until the engine worker ends this one. Says its build first.
pub(crate) fn start() {
    let scope = own_scope();
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
            let _ = posting.post_bytes(&reply.await);
        }
    });
    serve(&scope, move |command| _ = commands.unbounded_send(bytes(&command)));
    let _ = scope.post_message(&BUILD.into());
}
