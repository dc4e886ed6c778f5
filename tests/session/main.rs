//! The training session without a browser: what it does in which order, and that nothing makes it fall over.

mod back;
mod data;
mod drive;
mod faults;
mod fleet;
mod gpu;
mod hostile;
mod kept;
mod last_step;
mod losses;
mod nudges;
mod pretend;
mod problems;
mod protocol;
mod randomness;
mod range_test;
mod readings;
mod resuming;
mod runs;
mod schedules;
mod shapes;
mod shipped;
mod workers;
