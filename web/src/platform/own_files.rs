//! Reads the learner's own files where they lie, piece by piece. They are never in memory as a whole.

use js_sys::Uint8Array;
use receptive_data::OwnFiles;
use receptive_data::cifar::{CifarBatch, CifarReader, is_batch_name};
use receptive_data::idx::{IdxFile, IdxReader, Kind, Read};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Bytes of a piece: what it unpacks to is read between two turns of training.
const PIECE: f64 = 262_144.0;

/// Reads the files that were chosen: an IDX file of images and one of labels, or batches of CIFAR-10, as their names say.
/// `progress` is called after each piece with how much is read, in steps of five percent, and returns whether the files
/// are still wanted.
pub(super) async fn read(files: &[File], progress: impl Fn(u8) -> bool) -> Result<OwnFiles, String> {
    let n_all: f64 = files.iter().map(|file| file.size()).sum();
    let percent = |n_bytes: f64| 5 * (20.0 * n_bytes / n_all) as u8;
    if files.iter().any(|file| is_batch_name(&file.name())) {
        let (mut n_before, mut batches) = (0.0, Vec::new());
        for file in files {
            let name = file.name();
            let batch = read_batch(file, |n_bytes| progress(percent(n_before + n_bytes))).await;
            batches.push((name.clone(), batch.map_err(|message| format!("“{name}”: {message}"))?));
            n_before += file.size();
        }
        return OwnFiles::cifar10(batches).map_err(|error| error.to_string());
    }
    let [images, labels] = files else {
        return Err(match files.len() {
            1 => "one file was chosen; choose an image file and its label file together, or batches of CIFAR-10 (.bin)",
            _ => "several files were chosen; choose one image file and its label file, or batches of CIFAR-10 (.bin)",
        }
        .into());
    };
    // The small file first: what is wrong with it is known at once.
    let n_labels = labels.size();
    let labels = read_idx(Kind::Labels, labels, |n_bytes| progress(percent(n_bytes))).await?;
    let images = read_idx(Kind::Images, images, |n_bytes| progress(percent(n_labels + n_bytes))).await?;
    OwnFiles::new(images, labels).map_err(|error| error.to_string())
}

async fn read_idx(kind: Kind, file: &File, progress: impl Fn(f64) -> bool) -> Result<IdxFile, String> {
    let words = |error: receptive_data::idx::IdxError| error.to_string();
    let mut reader = IdxReader::new(kind, file.size() as u64).map_err(words)?;
    loop {
        let what = format!("the {kind} file");
        push_all(file, &what, &progress, |piece| reader.push(piece).map_err(words)).await?;
        match reader.finish().map_err(words)? {
            Read::Done(file) => return Ok(file),
            Read::Again(next) => reader = *next,
        }
    }
}

async fn read_batch(file: &File, progress: impl Fn(f64) -> bool) -> Result<CifarBatch, String> {
    let words = |error: receptive_data::cifar::CifarError| error.to_string();
    let mut reader = CifarReader::new(file.size() as u64).map_err(words)?;
    push_all(file, "it", &progress, |piece| reader.push(piece).map_err(words)).await?;
    reader.finish().map_err(words)
}

/// Gives all bytes of a file, which is `what`, to `push`, piece by piece.
async fn push_all(
    file: &File,
    what: &str,
    progress: &impl Fn(f64) -> bool,
    mut push: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let (mut start, size) = (0.0, file.size());
    while start < size {
        let end = (start + PIECE).min(size);
        let unreadable = |_| format!("the browser could not read {what}; if it was moved or changed, choose it again");
        let piece = file.slice_with_f64_and_f64(start, end).map_err(unreadable)?;
        let buffer = JsFuture::from(piece.array_buffer()).await.map_err(unreadable)?;
        push(&Uint8Array::new(&buffer).to_vec())?;
        start = end;
        if !progress(start) {
            return Err("other files were chosen meanwhile".into());
        }
    }
    Ok(())
}
