//! The only code that touches the browser: the document, fetch, the clock, storage, workers, canvases.

pub(crate) mod bridge;
pub(crate) mod canvas;
pub(crate) mod dom;
pub(crate) mod drafts;
pub(crate) mod exchange;
pub(crate) mod handover;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod intl;
pub(crate) mod kept;
pub(crate) mod lesson_host;
pub(crate) mod locks;
pub(crate) mod media;
pub(crate) mod size;
pub(crate) mod sleep;
pub(crate) mod snapshot;
pub(crate) mod storage;
pub(crate) mod store;
pub(crate) mod text_files;
pub(crate) mod texts;
pub(crate) mod theme;
pub(crate) mod worker_bridge;
pub(crate) mod worker_loop;

pub(crate) mod gpu_loop;

mod gpu;
mod keeper;
mod mnist;
mod own_files;
pub(crate) mod picture;
mod replica_loop;
mod replicas;
mod wire;
