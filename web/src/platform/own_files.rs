//! Reads the learner's own files where they lie, piece by piece. They are never in memory as a whole.

use js_sys::Uint8Array;
use receptive_data::OwnFiles;
use receptive_data::cifar::{CifarBatch, CifarReader, is_batch_name};
use receptive_data::idx::{IdxFile, IdxReader, Kind, Read};
use receptive_train::protocol::FilesError;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Bytes of a piece: what it unpacks to is read between two turns of training.
const PIECE: f64 = 262_144.0;

/// Reads the files that were chosen: an IDX file of images and one of labels, or batches of CIFAR-10, as their names say.
/// `progress` is called after each piece with how much is read, in steps of five percent, and returns whether the files
/// are still wanted.
pub(super) async fn read(files: &[File], progress: impl Fn(u8) -> bool) -> Result<OwnFiles, FilesError> {
    let n_all: f64 = files.iter().map(|file| file.size()).sum();
    let percent = |n_bytes: f64| 5 * (20.0 * n_bytes / n_all) as u8;
    if files.iter().any(|file| is_batch_name(&file.name())) {
        let (mut n_before, mut batches) = (0.0, Vec::new());
        for file in files {
            let name = file.name();
            let batch = read_batch(file, |n_bytes| progress(percent(n_before + n_bytes))).await;
            batches.push((name.clone(), batch.map_err(|error| FilesError::Named { name, error: Box::new(error) })?));
            n_before += file.size();
        }
        return Ok(OwnFiles::cifar10(batches)?);
    }
    let [images, labels] = files else {
        return Err(if files.len() == 1 { FilesError::One } else { FilesError::Several });
    };
    // The small file first: what is wrong with it is known at once.
    let n_labels = labels.size();
    let labels = read_idx(Kind::Labels, labels, |n_bytes| progress(percent(n_bytes))).await?;
    let images = read_idx(Kind::Images, images, |n_bytes| progress(percent(n_labels + n_bytes))).await?;
    Ok(OwnFiles::new(images, labels)?)
}

async fn read_idx(kind: Kind, file: &File, progress: impl Fn(f64) -> bool) -> Result<IdxFile, FilesError> {
    let mut reader = IdxReader::new(kind, file.size() as u64)?;
    loop {
        push_all(file, &FilesError::Unreadable(kind), &progress, |piece| Ok(reader.push(piece)?)).await?;
        match reader.finish()? {
            Read::Done(file) => return Ok(file),
            Read::Again(next) => reader = *next,
        }
    }
}

async fn read_batch(file: &File, progress: impl Fn(f64) -> bool) -> Result<CifarBatch, FilesError> {
    let mut reader = CifarReader::new(file.size() as u64)?;
    push_all(file, &FilesError::UnreadableBatch, &progress, |piece| Ok(reader.push(piece)?)).await?;
    Ok(reader.finish()?)
}

/// Gives all bytes of a file to `push`, piece by piece. One that cannot be read is `unreadable`.
async fn push_all(
    file: &File,
    unreadable: &FilesError,
    progress: &impl Fn(f64) -> bool,
    mut push: impl FnMut(&[u8]) -> Result<(), FilesError>,
) -> Result<(), FilesError> {
    let (mut start, size) = (0.0, file.size());
    while start < size {
        let end = (start + PIECE).min(size);
        let piece = file.slice_with_f64_and_f64(start, end).map_err(|_| unreadable.clone())?;
        let buffer = JsFuture::from(piece.array_buffer()).await.map_err(|_| unreadable.clone())?;
        push(&Uint8Array::new(&buffer).to_vec())?;
        start = end;
        if !progress(start) {
            return Err(FilesError::Superseded);
        }
    }
    Ok(())
}
