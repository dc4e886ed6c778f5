//! The machine behind the stages: a small network, the grids that show its tensors, and the order in which its cells
//! are made. Moments, focus, frames, links and equations follow from the terms of its program.

mod acts;
mod equation;
mod links;
mod run;
mod stage;

pub use acts::Acts;
pub(crate) use equation::opening;
pub use run::{Run, Tensor};
pub use stage::{Stage, WINDOW, frame};
