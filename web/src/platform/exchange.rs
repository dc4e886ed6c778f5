//! Files that the learner saves and brings: all kept runs as one file, and the weights of one.

use super::dom::document;
use super::store::{self, Store};
use js_sys::{Array, Uint8Array};
use receptive_train::KeptRun;
use receptive_train::archive::{ArchiveCard, ArchiveError, ArchiveHead, PREFIX_BYTES, START_BYTES};
use receptive_train::protocol::StorageFault;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url};

/// The kind of a file that no program opens by itself.
const KIND: &str = "application/octet-stream";

/// The outcome of an import.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Imported {
    /// Runs that are new here.
    pub(crate) n_new: usize,
    /// Runs that were here already.
    pub(crate) n_there: usize,
    /// The ticks and answers in the file, as text.
    pub(crate) progress: String,
}

/// The reason that nothing was imported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ImportError {
    /// The file is none, or is damaged.
    File(ArchiveError),
    /// The storage takes nothing.
    Storage(StorageFault),
}

impl From<ArchiveError> for ImportError {
    fn from(error: ArchiveError) -> Self {
        Self::File(error)
    }
}

impl From<StorageFault> for ImportError {
    fn from(fault: StorageFault) -> Self {
        Self::Storage(fault)
    }
}

/// Lets the browser save bytes, given in parts, as a file of this name. False when it does not.
pub(crate) fn save(name: &str, parts: &Array) -> bool {
    let save = || {
        let options = BlobPropertyBag::new();
        options.set_type(KIND);
        let blob = Blob::new_with_u8_array_sequence_and_options(parts, &options)?;
        let address = Url::create_object_url_with_blob(&blob)?;
        let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
        super::dom::after_millis(60_000, move || drop(Url::revoke_object_url(&address)));
        Ok::<_, wasm_bindgen::JsValue>(())
    };
    save().is_ok()
}

/// Returns the parts of a file with all kept runs. Runs of another format are left out.
///
/// # Errors
/// When the storage cannot be read.
pub(crate) async fn export(progress: String) -> Result<Array, StorageFault> {
    let store = store::open().await?;
    let runs = store.list().await?.into_iter().filter(|run| run.facts.is_some());
    let mut body = Vec::new();
    for run in runs {
        if let Some(state) = store.state(&run.key).await? {
            let card = ArchiveCard { key: run.key, name: run.name };
            body.push((card.to_bytes(state.length().into()), state));
        }
    }
    let head = ArchiveHead { n_runs: body.len() as u32, progress };
    let parts = Array::of1(&Uint8Array::from(&head.to_bytes()[..]));
    for (card, state) in body {
        parts.push(&Uint8Array::from(&card[..]));
        parts.push(&state);
    }
    Ok(parts)
}

/// Keeps the runs of a file that are not here yet. All of it is read and checked before anything is kept.
///
/// # Errors
/// When the file is none or damaged, or the storage takes nothing; then nothing has changed.
pub(crate) async fn import(file: &File) -> Result<Imported, ImportError> {
    let (head, runs) = contents(file).await?;
    let store = store::open().await?;
    let there: Vec<String> = store.list().await?.into_iter().map(|run| run.key).collect();
    let (old, new): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(card, ..)| there.contains(&card.key));
    let mut kept: Vec<&str> = vec![];
    for (card, at, len) in &new {
        if let Err(error) = keep(&store, file, card, (*at, *len)).await {
            for key in kept {
                store.delete(key)?.done().await?;
            }
            return Err(error);
        }
        kept.push(&card.key);
    }
    Ok(Imported { n_new: new.len(), n_there: old.len(), progress: head.progress })
}

/// Keeps one run of a file.
async fn keep(store: &Store, file: &File, card: &ArchiveCard, (at, len): (f64, usize)) -> Result<(), ImportError> {
    let bytes = piece(file, at, len).await?;
    let run = KeptRun::read(&bytes).map_err(|_| ArchiveError::Damaged)?;
    store.keep(&card.key, &run.facts(), &Uint8Array::from(&bytes[..]))?.done().await?;
    if let Some(name) = &card.name {
        store.rename(&card.key, Some(name))?.done().await?;
    }
    Ok(())
}

/// A run in a file: its card, and where its bytes are.
type Found = (ArchiveCard, f64, usize);

/// Reads a file through, and checks everything in it.
async fn contents(file: &File) -> Result<(ArchiveHead, Vec<Found>), ArchiveError> {
    let start = piece(file, 0.0, START_BYTES).await.map_err(|_| ArchiveError::Other)?;
    let block = ArchiveHead::start(&start)?;
    let mut at = START_BYTES as f64;
    let head = ArchiveHead::read(block, &piece(file, at, block.len).await?)?;
    at += block.len as f64;
    let mut runs: Vec<Found> = Vec::new();
    for _ in 0..head.n_runs {
        let block = ArchiveCard::start(&piece(file, at, PREFIX_BYTES).await?)?;
        at += PREFIX_BYTES as f64;
        let card = ArchiveCard::read(block, &piece(file, at, block.len).await?)?;
        at += block.len as f64;
        let state = piece(file, at, block.state_len).await?;
        let run = KeptRun::read(&state).map_err(|_| ArchiveError::Damaged)?;
        let is_new = runs.iter().all(|(other, ..)| other.key != card.key);
        if !is_new || run.checkpoint().parameters().is_err() {
            return Err(ArchiveError::Damaged);
        }
        runs.push((card, at, block.state_len));
        at += block.state_len as f64;
    }
    if at == file.size() { Ok((head, runs)) } else { Err(ArchiveError::Damaged) }
}

/// Reads so many bytes of a file.
async fn piece(file: &File, at: f64, len: usize) -> Result<Vec<u8>, ArchiveError> {
    let end = at + len as f64;
    if end > file.size() {
        return Err(ArchiveError::Damaged);
    }
    let read = async {
        let slice = file.slice_with_f64_and_f64(at, end).ok()?;
        let buffer = JsFuture::from(slice.array_buffer()).await.ok()?;
        Some(Uint8Array::new(&buffer).to_vec())
    };
    read.await.filter(|bytes| bytes.len() == len).ok_or(ArchiveError::Damaged)
}
