//! What is drawn. A view formats and draws; it computes nothing about networks.

pub(crate) mod chapter;
pub(crate) mod contents;
pub(crate) mod draw;
pub(crate) mod lab;

mod chart;
mod digit;
mod grid;
mod pixels;
mod probabilities;
mod transport;
mod weights;

/// A message with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map_or(String::new(), |first| first.to_uppercase().collect());
    format!("{first}{}{}", chars.as_str(), if text.ends_with('.') { "" } else { "." })
}
