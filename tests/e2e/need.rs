//! Requirements of some tests that not every machine meets.

use receptive_e2e::browser::{Browser, SOFTWARE_GPU};
use receptive_e2e::driver::Engine;
use receptive_e2e::site;
use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The requirement of a test beside the page and a browser.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// No more than these.
    Nothing,
    /// MNIST beside the page.
    Mnist,
    /// axe-core's script, see [`axe`].
    Axe,
    /// A player for packages by SCORM 1.2, see [`player`].
    Player,
    /// An adapter for WebGPU.
    Adapter,
    /// MNIST beside the page, and an adapter.
    MnistAndAdapter,
    /// The proofs of the GPU engine, see [`gpu_worker`], and an adapter to run them on.
    GpuWorker,
    /// A browser of this engine and its driver.
    Engine(Engine),
}

impl Need {
    /// Returns the thing that is missing, if anything.
    pub(crate) fn missing(self) -> Option<&'static str> {
        match self {
            Self::Mnist | Self::MnistAndAdapter if !site::has_mnist() => Some("no MNIST beside the page"),
            Self::Axe if axe().is_none() => Some("RECEPTIVE_AXE names no axe.min.js (npm package axe-core)"),
            Self::Player if player().is_none() => {
                Some("RECEPTIVE_SCORM names no scorm12.min.js (npm package scorm-again)")
            }
            Self::GpuWorker if gpu_worker().is_none() => Some("RECEPTIVE_GPU_WORKER names no folder with the proofs"),
            Self::Adapter | Self::MnistAndAdapter | Self::GpuWorker if !has_adapter() => {
                Some("this Chromium has no adapter for WebGPU")
            }
            Self::Engine(engine) => engine.missing(),
            _ => None,
        }
    }
}

/// The file of axe-core, the checker of accessibility, that the environment names. The project does not carry it.
pub(crate) fn axe() -> Option<PathBuf> {
    env::var_os("RECEPTIVE_AXE").map(PathBuf::from).filter(|path| path.is_file())
}

/// The script of scorm-again, the part of a learning platform that packages speak to, that the environment names. The
/// project does not carry it.
pub(crate) fn player() -> Option<PathBuf> {
    env::var_os("RECEPTIVE_SCORM").map(PathBuf::from).filter(|path| path.is_file())
}

/// The folder, named by the environment, of the page whose worker proves the GPU engine.
pub(crate) fn gpu_worker() -> Option<PathBuf> {
    env::var_os("RECEPTIVE_GPU_WORKER").map(PathBuf::from).filter(|folder| folder.join("index.html").is_file())
}

/// True if a browser with a software GPU has one. It is asked once.
fn has_adapter() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let browser = Browser::start_with(1280, 900, SOFTWARE_GPU);
        // Only pages from a trustworthy origin, such as this machine, see a GPU.
        browser.open(&site::serve());
        browser.run("return navigator.gpu?.requestAdapter().then(adapter => adapter !== null) ?? false") == true
    })
}
