//! The document, what happens in it, timers.

use super::history;
use futures_channel::oneshot;
use js_sys::Reflect;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, Event, FocusOptions, HtmlElement, KeyboardEvent, MouseEvent, ScrollIntoViewOptions,
    ScrollLogicalPosition, Window,
};
use yew::{AppHandle, BaseComponent};

pub(super) fn window() -> Window {
    web_sys::window().expect("this code runs in a page")
}

pub(crate) fn document() -> Document {
    window().document().expect("this code runs in a page")
}

/// Takes away what the page showed while it loaded.
pub(crate) fn clear_start_screen() {
    if let Some(app) = document().get_element_by_id("app") {
        app.set_inner_html("");
    }
}

/// Shows a component in the page.
pub(crate) fn mount<C: BaseComponent>(properties: C::Properties) -> Option<AppHandle<C>> {
    let app = document().get_element_by_id("app")?;
    Some(yew::Renderer::<C>::with_root_and_props(app, properties).render())
}

/// The address of the training worker's script. Files are named by their content, so only the page knows it; the name of
/// the GPU's worker travels with it, after a `#`.
pub(crate) fn worker_address() -> String {
    let name =
        |attribute| document().document_element().and_then(|root| root.get_attribute(attribute)).unwrap_or_default();
    format!("{}#{}", name("data-worker"), name("data-gpu"))
}

/// Copies a text; false when the browser does not let the page.
pub(crate) async fn copy(text: &str) -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// Tells assistive software which language the page is in.
pub(crate) fn set_language(language: &str) {
    if let Some(root) = document().document_element() {
        // An element always takes a well-formed attribute.
        let _ = root.set_attribute("lang", language);
    }
}

/// Lets the page's own figures be elements, as they are in every other page: by the script that those load.
pub(crate) fn define_figures() {
    let Ok(None) = document().query_selector("script[data-figures]") else { return };
    let Ok(script) = document().create_element("script") else { return };
    // A script takes both, and a page has a head.
    let _ = script.set_attribute("data-figures", "");
    let _ = script.set_attribute("src", "./embed.js");
    if let Some(head) = document().head() {
        let _ = head.append_child(&script);
    }
}

/// Prints the page.
pub(crate) fn print() {
    let _ = window().print();
}

/// The number of things this machine can do at once; 1 where the browser does not say.
pub(crate) fn n_processors() -> u32 {
    // No number at all is not above 1 either.
    let n = window().navigator().hardware_concurrency();
    if n > 1.0 { n as u32 } else { 1 }
}

/// Milliseconds since the page was opened; 0 where there is no clock.
pub(crate) fn now_millis() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Calls back once, after a while.
pub(crate) fn after_millis(millis: i32, callback: impl FnOnce() + 'static) {
    let closure = Closure::once_into_js(callback);
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), millis);
}

/// Waits for some milliseconds.
pub(crate) async fn sleep(millis: i32) {
    let (done, rest) = oneshot::channel::<()>();
    after_millis(millis, move || drop(done));
    // The other end is dropped, which is what is waited for.
    let _ = rest.await;
}

/// Calls back for every event of a kind that reaches the window, until it is dropped.
pub(crate) struct Listener {
    kind: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    pub(crate) fn new(kind: &'static str, callback: impl Fn(Event) + 'static) -> Self {
        let callback = Closure::<dyn Fn(Event)>::new(callback);
        let _ = window().add_event_listener_with_callback(kind, callback.as_ref().unchecked_ref());
        Self { kind, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = window().remove_event_listener_with_callback(self.kind, self.callback.as_ref().unchecked_ref());
    }
}

/// True if the learner can see the page: another tab may be in front of it.
pub(crate) fn is_seen() -> bool {
    !document().hidden()
}

/// True if the page was opened by a double click, not from a server.
pub(crate) fn is_opened_from_a_file() -> bool {
    window().location().protocol().is_ok_and(|protocol| protocol == "file:")
}

/// The status that a file beside the page is answered with; nothing when there is no answer.
pub(crate) async fn status_of(path: &str) -> Option<u16> {
    let response = JsFuture::from(window().fetch_with_str(path)).await.ok()?;
    Some(response.dyn_into::<web_sys::Response>().ok()?.status())
}

/// Calls back once, before the screen is drawn next.
pub(crate) fn next_frame(callback: impl FnOnce() + 'static) {
    let closure = Closure::once_into_js(callback);
    let _ = window().request_animation_frame(closure.unchecked_ref());
}

/// Waits until the screen is about to be drawn; a second where it is not, in a tab that nobody sees.
pub(crate) async fn frame() {
    let (done, rest) = oneshot::channel::<()>();
    let done = Rc::new(Cell::new(Some(done)));
    let late = done.clone();
    next_frame(move || drop(done.take()));
    after_millis(1000, move || drop(late.take()));
    let _ = rest.await;
}

/// A timer that calls back until it is dropped.
pub(crate) struct Interval {
    id: i32,
    _callback: Closure<dyn Fn()>,
}

impl Interval {
    pub(crate) fn new(millis: i32, callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        let function = callback.as_ref().unchecked_ref();
        let id = window().set_interval_with_callback_and_timeout_and_arguments_0(function, millis).unwrap_or_default();
        Self { id, _callback: callback }
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        window().clear_interval_with_handle(self.id);
    }
}

/// An attribute of the first element of a selector.
pub(crate) fn attribute(selector: &str, name: &str) -> Option<String> {
    document().query_selector(selector).ok()??.get_attribute(name)
}

/// Puts the keyboard's focus on an element.
pub(crate) fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        focus_on(&element);
    }
}

/// Puts the keyboard's focus on an element, and brings it into sight.
pub(crate) fn focus_on(element: &HtmlElement) {
    if !history::is_framed() {
        let _ = element.focus();
        return;
    }
    // The browser would scroll the page around the frame as well.
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
    scroll_inside(element);
}

/// Scrolls this page alone no further than brings an element on the screen, if it is too high for its frame.
fn scroll_inside(element: &Element) {
    let (rect, window) = (element.get_bounding_client_rect(), window());
    let height = window.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let below = (rect.bottom() - height).min(rect.top()).max(0.0);
    window.scroll_by_with_x_and_y(0.0, if rect.top() < 0.0 { rect.top() } else { below });
}

/// Puts the keyboard's focus on an element, without scrolling.
pub(crate) fn focus_quietly(selector: &str) {
    focus_without_scrolling(document().query_selector(selector).ok().flatten());
}

/// Puts the keyboard's focus on the element of a selector that stands so many behind the one that has it.
pub(crate) fn focus_beside(selector: &str, by: isize) {
    let (Ok(all), Some(now)) = (document().query_selector_all(selector), document().active_element()) else { return };
    let found = (0..all.length()).find(|&i| all.item(i).is_some_and(|node| node.is_same_node(Some(&now))));
    let next = found.and_then(|at| (at as usize).checked_add_signed(by)).and_then(|at| all.item(at as u32));
    if let Some(element) = next.and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        focus_on(&element);
    }
}

fn focus_without_scrolling(found: Option<Element>) {
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// True if a click met the background of an element that is marked as empty space, and nothing on it.
pub(crate) fn is_on_empty_space(event: &MouseEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.has_attribute("data-empty"))
}

/// Puts the keyboard's focus on the heading of what is shown, without scrolling.
pub(crate) fn focus_heading() {
    let found = document().query_selector("main h1").ok().flatten();
    if let Some(heading) = &found {
        // An element always takes a well-formed attribute.
        let _ = heading.set_attribute("tabindex", "-1");
    }
    focus_without_scrolling(found);
}

/// Scrolls no further than brings all of the first element of a selector on the screen; false where there is none.
pub(crate) fn bring_into_sight(selector: &str) -> bool {
    let Ok(Some(element)) = document().query_selector(selector) else { return false };
    if history::is_framed() {
        scroll_inside(&element);
        return true;
    }
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    true
}

/// True for a key that is the browser's or the system's own: one pressed with Alt, Ctrl or Meta.
pub(crate) fn is_reserved(event: &KeyboardEvent) -> bool {
    event.alt_key() || event.ctrl_key() || event.meta_key()
}

/// The place of an event in the window, in CSS pixels with their fractions: a cell may be as small as one.
pub(crate) fn place_of(event: &MouseEvent) -> [f64; 2] {
    ["clientX", "clientY"]
        .map(|key| Reflect::get(event, &key.into()).ok().and_then(|at| at.as_f64()).unwrap_or(f64::NAN))
}

/// Device pixels per CSS pixel.
pub(crate) fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().max(1.0)
}

/// A seed from the browser's random source.
pub(crate) fn random_seed() -> u32 {
    // Without a random source any seed is as good as another.
    getrandom::u32().unwrap_or(1) % 1_000_000
}
