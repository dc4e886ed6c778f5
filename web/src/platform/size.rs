//! The sizes of elements.

use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, ResizeObserver};
use yew::prelude::*;

/// An element's size in CSS pixels, whenever it changes; zero before it is there.
#[hook]
pub(crate) fn use_size(node: &NodeRef) -> UseStateHandle<(i32, i32)> {
    let size = use_state_eq(|| (0, 0));
    let (node, set) = (node.clone(), size.setter());
    use_effect_with((), move |()| {
        let element = node.cast::<HtmlElement>();
        let observed = element.clone();
        let callback = Closure::<dyn Fn()>::new(move || {
            if let Some(element) = &observed {
                set.set((element.client_width(), element.client_height()));
            }
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(callback);
        }
    });
    size
}
