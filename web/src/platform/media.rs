//! Media queries, the browser's knowledge of the screen, and the changes of their answers.

use super::dom::window;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::MediaQueryList;
use yew::prelude::*;

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

/// True if the reader saves data, as far as the browser says so, or has little memory.
pub(crate) fn saves_data() -> bool {
    let navigator = window().navigator();
    let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    let connection = of(&navigator, "connection");
    let is_slow = of(&connection, "effectiveType").as_string().is_some_and(|kind| kind.ends_with("2g"));
    let is_small = of(&navigator, "deviceMemory").as_f64().is_some_and(|gigabytes| gigabytes < 2.0);
    is_slow || is_small || of(&connection, "saveData").is_truthy()
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
