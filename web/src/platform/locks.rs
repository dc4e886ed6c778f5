//! Locks among the tabs of this browser (Web Locks): a run that is kept belongs to one of them at a time.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = "const held = {};
export const lock = (name, taken) => {
    if (held[name] || !navigator.locks) return;
    const wait = new Promise((free) => { held[name] = free; });
    // A frame without an origin has no locks, and keeps nothing either.
    navigator.locks.request(name, { steal: true }, () => wait).catch((why) => {
        delete held[name];
        if (why.name === 'AbortError') taken(name);
    });
};
export const unlock = (name) => { held[name]?.(); delete held[name]; };
export const is_elsewhere = async (name) => {
    if (held[name] || !navigator.locks) return false;
    return navigator.locks.query().then((all) => all.held.some((lock) => lock.name === name), () => false);
};
export const has_locks = () => !!navigator.locks;")]
extern "C" {
    fn lock(name: &str, taken: &Closure<dyn Fn(String)>);
    fn unlock(name: &str);
    async fn is_elsewhere(name: &str) -> JsValue;
    /// True if this browser can tell whether another tab has a run open.
    pub(crate) fn has_locks() -> bool;
}

/// A run that belongs to this tab, until this is dropped or another tab takes it.
pub(crate) struct Hold {
    name: String,
    _taken: Closure<dyn Fn(String)>,
}

fn name_of(key: &str) -> String {
    format!("receptive.run.{key}")
}

impl Hold {
    /// Makes the run under a key this tab's own, whoever has it now. Calls back when another tab takes it.
    pub(crate) fn take(key: &str, on_taken: impl Fn() + 'static) -> Self {
        let taken = Closure::<dyn Fn(String)>::new(move |_| on_taken());
        let name = name_of(key);
        lock(&name, &taken);
        Self { name, _taken: taken }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        unlock(&self.name);
    }
}

/// True if the run under a key is open in another tab.
pub(crate) async fn is_open_elsewhere(key: &str) -> bool {
    is_elsewhere(&name_of(key)).await.is_truthy()
}
