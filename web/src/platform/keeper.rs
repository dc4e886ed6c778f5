//! The training worker's side of the storage: keeps runs as their checkpoints come, and says when that cannot be done.

use super::bridge::Port;
use super::store::{self, Store, Write};
use js_sys::Uint8Array;
use receptive_train::KeptFacts;
use receptive_train::protocol::{Event, KeptError, StorageFault, encode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

thread_local! {
    /// What was said last.
    static SAID: Cell<Option<StorageFault>> = const { Cell::new(None) };
    /// The run that was kept last: the first time there may be too many.
    static LAST: RefCell<String> = RefCell::default();
}

/// Says whether runs can be kept, when that has changed.
fn say(scope: &DedicatedWorkerGlobalScope, outcome: Result<(), StorageFault>) {
    let fault = outcome.err();
    if SAID.replace(fault) != fault {
        // Fails only when the page is gone, and then nobody listens.
        let _ = scope.post_bytes(&encode(&vec![Event::Storage(fault)]));
    }
}

/// Connects to the storage before there is something to be kept, and says at once where there is none.
pub(super) fn prepare(scope: &DedicatedWorkerGlobalScope) {
    let scope = scope.clone();
    spawn_local(async move {
        if let Err(fault) = store::open().await {
            say(&scope, Err(fault));
        }
    });
}

/// Keeps a run. Its bytes are taken before this returns, and may be handed on then.
pub(super) fn keep(scope: &DedicatedWorkerGlobalScope, key: String, facts: KeptFacts, state: &Uint8Array) {
    let scope = scope.clone();
    let begun = store::current().and_then(|store| store.keep(&key, &facts, state).ok().map(|write| (store, write)));
    match begun {
        Some((store, write)) => spawn_local(async move { say(&scope, finish(&store, write, key).await) }),
        None => {
            let state = state.slice(0, state.length());
            spawn_local(async move {
                let outcome = async {
                    let store = store::open().await?;
                    let write = store.keep(&key, &facts, &state)?;
                    finish(&store, write, key).await
                };
                say(&scope, outcome.await);
            });
        }
    }
}

async fn finish(store: &Rc<Store>, write: Write, key: String) -> Result<(), StorageFault> {
    write.done().await?;
    if LAST.replace(key.clone()) != key {
        store.make_room(&key).await?;
    }
    Ok(())
}

/// Returns the bytes of a kept run.
pub(super) async fn read(key: &str) -> Result<Vec<u8>, KeptError> {
    let store = store::open().await.map_err(KeptError::Storage)?;
    let state = store.state(key).await.map_err(KeptError::Storage)?;
    state.map(|state| state.to_vec()).ok_or(KeptError::Missing)
}
