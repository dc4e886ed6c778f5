//! Reads the learner's own files where they lie, piece by piece. They are never in memory as a whole.

use js_sys::Uint8Array;
use receptive_data::OwnFiles;
use receptive_data::idx::{IdxFile, IdxReader, Kind, Read};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Bytes of a piece: what it unpacks to is read between two turns of training.
const PIECE: f64 = 262_144.0;

/// Reads a pair of files. `progress` is called after each piece with how much is read, in steps of five percent, and
/// returns whether the files are still wanted.
pub(super) async fn read(images: &File, labels: &File, progress: impl Fn(u8) -> bool) -> Result<OwnFiles, String> {
    let (n_labels, n_images) = (labels.size(), images.size());
    let percent = |n_bytes: f64| 5 * (20.0 * n_bytes / (n_labels + n_images)) as u8;
    // The small file first: what is wrong with it is known at once.
    let labels = read_file(Kind::Labels, labels, |n_bytes| progress(percent(n_bytes))).await?;
    let images = read_file(Kind::Images, images, |n_bytes| progress(percent(n_labels + n_bytes))).await?;
    OwnFiles::new(images, labels).map_err(|error| error.to_string())
}

async fn read_file(kind: Kind, file: &File, progress: impl Fn(f64) -> bool) -> Result<IdxFile, String> {
    let words = |error: receptive_data::idx::IdxError| error.to_string();
    let size = file.size();
    let mut reader = IdxReader::new(kind, size as u64).map_err(words)?;
    loop {
        let mut start = 0.0;
        while start < size {
            let end = (start + PIECE).min(size);
            let unreadable =
                |_| format!("the browser could not read the {kind} file; if it was moved or changed, choose it again");
            let piece = file.slice_with_f64_and_f64(start, end).map_err(unreadable)?;
            let buffer = JsFuture::from(piece.array_buffer()).await.map_err(unreadable)?;
            reader.push(&Uint8Array::new(&buffer).to_vec()).map_err(words)?;
            start = end;
            if !progress(start) {
                return Err("other files were chosen meanwhile".into());
            }
        }
        match reader.finish().map_err(words)? {
            Read::Done(file) => return Ok(file),
            Read::Again(next) => reader = *next,
        }
    }
}
