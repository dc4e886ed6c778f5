//! Media queries, the browser's knowledge of the screen, and the changes of their answers.

use super::dom::window;
use wasm_bindgen::prelude::*;
use web_sys::MediaQueryList;
use yew::prelude::*;

#[wasm_bindgen(js_namespace = receptive)]
extern "C" {
    /// True if data is dear here, or memory small, as far as the browser says so (`web/start.js`).
    #[wasm_bindgen(js_name = savesData)]
    pub(crate) fn saves_data() -> bool;
}

/// Screens of a phone, as in the style sheets.
const NARROW: &str = "(max-width: 700px)";

/// Calls back whenever the answer to one of its queries changes, until it is dropped.
pub(super) struct MediaWatch {
    queries: Vec<MediaQueryList>,
    callback: Closure<dyn Fn()>,
}

impl MediaWatch {
    pub(super) fn new(queries: &[&str], callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        let queries: Vec<_> = queries.iter().filter_map(|query| window().match_media(query).ok()?).collect();
        queries.iter().for_each(|query| query.set_onchange(Some(callback.as_ref().unchecked_ref())));
        Self { queries, callback }
    }

    /// The function that is called back.
    pub(super) fn function(&self) -> &js_sys::Function {
        self.callback.as_ref().unchecked_ref()
    }
}

impl Drop for MediaWatch {
    fn drop(&mut self) {
        self.queries.iter().for_each(|query| query.set_onchange(None));
    }
}

/// True if the learner wants nothing to move.
pub(crate) fn prefers_stillness() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// True if the screen is as narrow as a phone's.
#[hook]
pub(crate) fn use_is_narrow() -> bool {
    let is_narrow = || window().match_media(NARROW).ok().flatten().is_some_and(|query| query.matches());
    let known = use_state_eq(is_narrow);
    {
        let known = known.clone();
        use_effect_with((), move |()| {
            let watch = MediaWatch::new(&[NARROW], move || known.set(is_narrow()));
            move || drop(watch)
        });
    }
    *known
}
