//! Training on the GPU: a worker of another kind, which holds images, weights and memory of the rule on its device.
//!
//! A session's side is the `seat`: what the GPU's worker is up to, which steps it was sent, which of the two engines
//! is faster. The worker's side is the [`Station`]. Between them go [`Order`]s and [`Answer`]s. What the session knows
//! of the weights is what was read back last, at least once a second; whatever happens to the GPU, training goes on
//! from there.

mod letters;
mod proof;
mod race;
mod seat;
mod shift;
mod station;
mod steer;

pub use letters::{Answer, Found, Order, Snapshot, Steps};
pub use seat::GpuErrand;
pub(crate) use seat::GpuSeat;
pub use station::{Reply, Station};
