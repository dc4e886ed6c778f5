//! The page that this one stands in, as a figure in a frame: messages to and from it.
//!
//! Only the window around the frame is listened to and spoken to. Its origin is the one that the figure's address names, or
//! that the browser tells; where neither does, any page around the frame is the host. What a figure says is the reader's
//! doing on the page around it, and nothing more.

use super::dom::{self, Listener, document, window};
use super::history;
use crate::embed::{FigureEvent, HostCommand, Latest, NoCommand};
use js_sys::{JSON, Object, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, ResizeObserver, Window};

/// Commands are carried out so long after the first of them came, in milliseconds: by then the last of each kind is known.
const TAKE_MILLIS: i32 = 16;
/// How things stand is told so long after the first change, in milliseconds.
const TELL_MILLIS: i32 = 80;

/// The page around the frame. It is not listened to any more when this is dropped.
pub(crate) struct Host {
    parent: Window,
    /// Its origin; nothing where nobody tells.
    origin: Option<String>,
    outgoing: Rc<RefCell<Latest<FigureEvent>>>,
    _listener: Listener,
}

impl Host {
    /// The host of this page, whose address says that it has this origin; nothing if no page stands around it. Commands
    /// that it sends are received as it sent them, or with the reason that they are none.
    pub(crate) fn of_page(
        origin: Option<String>,
        receive: impl Fn(Result<HostCommand, NoCommand>) + 'static,
    ) -> Option<Self> {
        let parent = window().parent().ok().flatten().filter(|_| history::is_framed())?;
        let origin = origin.or_else(origin_around);
        let incoming = Rc::new(RefCell::new(Latest::default()));
        let receive = Rc::new(receive);
        let (source, wanted) = (parent.clone(), origin.clone());
        let listener = Listener::new("message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            let is_from_host = event.source().is_some_and(|window| Object::is(&window, &source));
            if !is_from_host || wanted.as_ref().is_some_and(|origin| *origin != event.origin()) {
                return;
            }
            let Some(kind) = kind_of(&event.data()) else { return };
            let is_first = incoming.borrow().is_empty();
            incoming.borrow_mut().replace(kind, event.data());
            if is_first {
                let (incoming, receive) = (incoming.clone(), receive.clone());
                dom::after_millis(TAKE_MILLIS, move || {
                    let messages = incoming.borrow_mut().take();
                    // What cannot be written as JSON is no message.
                    let texts = messages.filter_map(|message| JSON::stringify(&message).ok()?.as_string());
                    texts.for_each(|text| receive(HostCommand::read(&text)));
                });
            }
        });
        Some(Self { parent, origin, outgoing: Rc::default(), _listener: listener })
    }

    /// Tells the host something: at once what counts each time, and soon, if nothing newer comes, how things stand.
    pub(crate) fn tell(&self, event: FigureEvent) {
        if event.counts() {
            return post(&self.parent, self.origin.as_deref(), &event);
        }
        let is_first = self.outgoing.borrow().is_empty();
        self.outgoing.borrow_mut().replace(event.kind(), event);
        if is_first {
            let (outgoing, parent, origin) = (self.outgoing.clone(), self.parent.clone(), self.origin.clone());
            dom::after_millis(TELL_MILLIS, move || {
                let events = outgoing.borrow_mut().take();
                events.for_each(|event| post(&parent, origin.as_deref(), &event));
            });
        }
    }
}

fn post(parent: &Window, origin: Option<&str>, event: &FigureEvent) {
    if let Ok(message) = JSON::parse(&event.json()) {
        // Fails only when the host is gone.
        let _ = parent.post_message(&message, origin.unwrap_or("*"));
    }
}

/// The type of a message, if this protocol has commands of it.
fn kind_of(message: &JsValue) -> Option<&'static str> {
    // Whatever is no object has no properties.
    let property = |key: &str| Reflect::get(message, &key.into()).ok();
    property("receptive")?.as_f64()?;
    let kind = property("type")?.as_string()?;
    HostCommand::TYPES.into_iter().find(|known| *known == kind)
}

/// The origin of the page around the frame, as the browser tells it: some as a list of all pages around, some only as where
/// the reader came from. An origin that is kept secret is not told.
fn origin_around() -> Option<String> {
    let around = Reflect::get(&window().location(), &"ancestorOrigins".into()).ok();
    let nearest = around.and_then(|around| Reflect::get_u32(&around, 0).ok()?.as_string());
    let came_from = || web_sys::Url::new(&document().referrer()).ok().map(|url| url.origin());
    nearest.or_else(came_from).filter(|origin| origin != "null")
}

/// Calls back with the height that the page's content needs, in CSS pixels, whenever it changes, until it is dropped.
pub(crate) struct HeightWatch {
    observer: Option<ResizeObserver>,
    _callback: Closure<dyn Fn()>,
}

impl HeightWatch {
    pub(crate) fn new(tell: impl Fn(u32) + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(move || {
            if let Some(body) = document().body() {
                tell(body.get_bounding_client_rect().height().ceil() as u32);
            }
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(body)) = (&observer, document().body()) {
            observer.observe(&body);
        }
        Self { observer, _callback: callback }
    }
}

impl Drop for HeightWatch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
