//! What some tests need and not every machine has.

use receptive_e2e::site;
use std::env;
use std::path::PathBuf;

/// What a test needs beside the page and a browser.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// No more than these.
    Nothing,
    /// MNIST beside the page.
    Mnist,
    /// axe-core's script, see [`axe`].
    Axe,
}

impl Need {
    /// What is not there, if anything.
    pub(crate) fn missing(self) -> Option<&'static str> {
        match self {
            Self::Mnist if !site::has_mnist() => Some("no MNIST beside the page"),
            Self::Axe if axe().is_none() => Some("RECEPTIVE_AXE names no axe.min.js (npm package axe-core)"),
            _ => None,
        }
    }
}

/// The file of axe-core, the checker of accessibility, that the environment names. The project does not carry it.
pub(crate) fn axe() -> Option<PathBuf> {
    env::var_os("RECEPTIVE_AXE").map(PathBuf::from).filter(|path| path.is_file())
}
