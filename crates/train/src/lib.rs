//! The training session: a run as a state machine over [`protocol::Command`] and [`protocol::Event`].
//!
//! `receptive-nn` defines the training step; this crate decides when one is taken. It knows no worker, no page and no
//! clock: the host, which is the code that drives a [`Session`], passes the time in.
//!
//! A session can have replicas of its network run a part of every batch. It asks for them with [`HostRequest`]s, and
//! the host carries messages to [`Replica`]s and back. The number of replicas, and their speed, change no number.

pub mod archive;
pub mod protocol;

mod back;
mod session;

mod checkpoint;
mod evaluation;
mod fit;
mod history;
mod last_step;
mod look;
mod loss_plane;
mod own;
mod progress;
mod range_test;
mod reading;
mod recipe;
mod requests;
mod run;
mod shipped;
mod sources;
mod stall;
mod step_questions;
mod supply;
mod validations;

mod delivery;

mod engine;
mod findings;

mod memory;
mod nudge;
mod pool;

pub mod gpu;

pub use checkpoint::{KeptFacts, KeptRun};
pub use delivery::{Delivery, Setback, Tries};
pub use fit::{Misfit, fitted};
pub use history::{History, MAX_STEPS, Mean, Summary, add_step, peaks};
pub use pool::{HostRequest, Message, Replica, Wire};
pub use recipe::Recipe;
pub use session::Session;
pub use shipped::{detector, reader};
