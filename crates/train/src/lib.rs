//! When things happen: a training run as a state machine over [`protocol::Command`] and [`protocol::Event`].
//!
//! What a step *is* belongs to `receptive-nn`; this crate decides when one is taken. It knows no
//! worker, no page and no clock: whoever drives a [`Session`] tells it the time.

pub mod protocol;

mod session;

mod evaluation;
mod requests;
mod run;
mod sources;

pub use session::Session;
