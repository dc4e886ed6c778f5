//! The chapters' words. Numbers are handed in, never written there.
//!
//! One file per language, all with the same names; this one hands on the language in use.

mod en;

pub use en::*;
