//! A network as data.
//!
//! A [`Spec`] names layers. A [`Ledger`] says what each of them costs. A [`Program`] is the network
//! compiled for one batch size: named buffers and three flat lists of instructions, forward,
//! backward and update. The [`CpuEngine`] runs them on [`Parameters`]. `no_std` with `alloc`.
#![no_std]

extern crate alloc;

mod expr;
mod layer;
mod preset;
mod spec;
mod spec_text;

mod ledger;
mod program;

mod checkpoint;
mod cpu;
mod exact;
mod gradient;
mod init;
mod inspect;
mod inspection;
mod metrics;
mod nudge;
mod optim;
mod plane;
mod range_test;
mod schedule;
mod step;

pub use checkpoint::{Checkpoint, CheckpointError, Origin, Place, Record};
pub use cpu::{CpuEngine, StepResult};
pub use exact::{Changed, Exact, Variable};
pub use expr::Expr;
pub use gradient::add_row;
pub use init::{Parameter, Parameters};
pub use inspect::{GradientInspector, Inspector};
pub use inspection::{Gradient, Inspection, LayerValues};
pub use layer::{BlockError, Field, Join, JoinGeom, Layer, LayerGeometry, MAX_DEPTH};
pub use ledger::{Formulas, Ledger, LedgerRow, SizeFormula};
pub use metrics::Tally;
pub use nudge::{Nudge, Nudger};
pub use optim::{Account, Betas, Optimiser, OptimiserState, Rule, Setting};
pub use plane::WeightPlane;
pub use preset::Preset;
pub use program::{
    Buffer, BufferId, Head, Instr, NTerms, ParamId, Phase, Program, Purpose, Quantity, Role, StepLine, StepValues,
    Target, Tensor, instr,
};
pub use range_test::{RangeTest, Verdict};
pub use receptive_core::ops::{Draw, Loss};
pub use schedule::{Course, Followed, Plateau, Schedule};
pub use spec::{LayerOutput, Spec, SpecError};
pub use spec_text::{MAX_LAYERS, MAX_NUMBER, TextError, as_text};
pub use step::{StepInspector, StepTensor, StepTensors, Trained};
