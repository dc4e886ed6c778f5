//! The page's colours as the browser resolves them, and when they change.

use super::dom::{document, window};
use super::media::MediaWatch;
use wasm_bindgen::JsCast;
use web_sys::{CssStyleDeclaration, HtmlElement, MutationObserver, MutationObserverInit};

/// Red, green and blue, 0 to 255.
pub(crate) type Rgb = [f64; 3];

/// The queries for what the system decides: dark or light, and its own few colours in place of the page's.
const QUERIES: [&str; 2] = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];
/// The attribute of the document that holds the theme which the learner chose.
const CHOSEN: &str = "data-theme";

/// The page's colours as they are now, for what is drawn on canvases.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Palette {
    pub(crate) sheet: Rgb,
    pub(crate) ink: Rgb,
    pub(crate) soft: Rgb,
    pub(crate) line: Rgb,
    pub(crate) edge: Rgb,
    pub(crate) plus: Rgb,
    pub(crate) minus: Rgb,
    pub(crate) act: Rgb,
    /// Of gradients: with more of a value, more loss; with more of it, less.
    pub(crate) rise: Rgb,
    pub(crate) fall: Rgb,
    pub(crate) focus: Rgb,
}

impl Palette {
    /// Reads the custom properties of the document.
    pub(crate) fn now() -> Self {
        Probe::new().map_or_else(Self::default, |probe| Self {
            sheet: probe.colour("--sheet"),
            ink: probe.colour("--ink"),
            soft: probe.colour("--soft"),
            line: probe.colour("--line"),
            edge: probe.colour("--edge"),
            plus: probe.colour("--plus"),
            minus: probe.colour("--minus"),
            act: probe.colour("--act"),
            rise: probe.colour("--rise"),
            fall: probe.colour("--fall"),
            focus: probe.colour("--focus"),
        })
    }
}

/// An element that nobody sees and that wears one colour after the other: the browser's own parser then reads every
/// form that CSS has for a colour.
struct Probe {
    element: HtmlElement,
    seen: CssStyleDeclaration,
}

impl Probe {
    fn new() -> Option<Self> {
        let element: HtmlElement = document().create_element("i").ok()?.dyn_into().ok()?;
        element.set_hidden(true);
        document().document_element()?.append_child(&element).ok()?;
        let probe = Self { seen: window().get_computed_style(&element).ok()??, element };
        // Else the system's colours would be put in place of each, and all be the same.
        probe.wear("forced-color-adjust", "none");
        Some(probe)
    }

    fn wear(&self, property: &str, value: &str) {
        // A value that this browser does not know leaves the one before.
        let _ = self.element.style().set_property(property, value);
    }

    fn colour(&self, name: &str) -> Rgb {
        let read = || self.seen.get_property_value("color").unwrap_or_default();
        self.wear("color", &format!("var({name})"));
        let text = read();
        if let Some((_, parts)) = text.split_once('(').filter(|(form, _)| form.starts_with("rgb")) {
            return three(parts, 1.0);
        }
        // Any other space than sRGB.
        self.wear("color", &format!("color-mix(in srgb, var({name}), var({name}))"));
        three(read().strip_prefix("color(srgb ").unwrap_or_default(), 255.0)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// The first three words of a text as numbers, each so many times as large. The word `none` is 0.
fn three(text: &str, times: f64) -> Rgb {
    let mut words = text.split([' ', ',', ')']).filter(|word| !word.is_empty());
    [(); 3].map(|()| {
        let number = words.next().map(js_sys::parse_float).filter(|number| !number.is_nan());
        (times * number.unwrap_or(0.0)).clamp(0.0, 255.0)
    })
}

/// Sets or removes the theme on the document; none follows the system.
pub(crate) fn choose(theme: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    let _ = match theme {
        Some(theme) => root.set_attribute(CHOSEN, theme),
        None => root.remove_attribute(CHOSEN),
    };
}

/// Calls back whenever the colours may have changed, until it is dropped.
pub(crate) struct Watch {
    observer: Option<MutationObserver>,
    _media: MediaWatch,
}

impl Watch {
    pub(crate) fn new(callback: impl Fn() + 'static) -> Self {
        let media = MediaWatch::new(&QUERIES, callback);
        let observer = MutationObserver::new(media.function()).ok();
        if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
            let wanted = MutationObserverInit::new();
            wanted.set_attribute_filter(&js_sys::Array::of1(&CHOSEN.into()));
            // Fails only when nothing is asked for.
            let _ = observer.observe_with_options(&root, &wanted);
        }
        Self { observer, _media: media }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
