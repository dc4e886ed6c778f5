//! The views. A view formats and draws; it computes nothing about networks.

pub(crate) mod chapter;
pub(crate) mod contents;
pub(crate) mod course;
pub(crate) mod draw;
pub(crate) mod embedded;
pub(crate) mod lab;
pub(crate) mod work;

pub(crate) mod asking;
mod chart;
mod digit;
pub(crate) mod figure;
mod front;
mod grid;
mod latest;
mod locked;
pub(crate) mod network;
mod picture;
mod pixels;
mod probabilities;
mod transport;
mod weights;

use receptive_lessons::words::sentence;
use yew::{Html, html};

/// Stands in a text for an element, which [`around`] puts there.
const GAP: char = '\u{1f}';

/// An element with the text around it that has a gap for it.
fn around(text: String, element: Html) -> Html {
    let (before, after) = text.split_once(GAP).unwrap_or((&text, ""));
    html! { <>{before}{element}{after}</> }
}
