//! When things happen: a training run as a state machine over [`protocol::Command`] and [`protocol::Event`].
//!
//! What a step *is* belongs to `receptive-nn`; this crate decides when one is taken. It knows no
//! worker, no page and no clock: whoever drives a [`Session`] tells it the time.
//!
//! A session can have replicas of its network run a part of every batch. It asks for them with [`Errand`]s, and
//! whoever drives it carries letters to [`Replica`]s and back. How many there are, and how fast, changes no number.

pub mod protocol;

mod session;

mod checkpoint;
mod evaluation;
mod own;
mod progress;
mod reading;
mod requests;
mod run;
mod shipped;
mod sources;
mod stall;
mod supply;

mod delivery;

mod engine;
mod findings;

mod crew;
mod job;
mod letter;
mod memory;
mod replica;
mod replicas;
mod shard_engine;
mod shards;
mod trial;

pub mod gpu;

pub use delivery::{Delivery, Setback, Tries};
pub use letter::{Errand, Letter, Wire};
pub use replica::Replica;
pub use session::Session;
pub use shipped::{detector, reader};
