//! Fetches MNIST's chunks from beside the page.

use js_sys::Uint8Array;
use receptive_data::Images;
use receptive_data::manifest::{Chunk, FILE_NAME, Manifest};
use receptive_train::protocol::DataError;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, RequestCache, RequestInit, Response};

/// The reason why something of MNIST is not here.
pub(super) struct Fault {
    pub(super) error: DataError,
    /// True if trying again by itself is of no use.
    pub(super) is_lasting: bool,
}

/// The list of chunks.
pub(super) async fn manifest(scope: &DedicatedWorkerGlobalScope, is_fresh: bool) -> Result<Manifest, Fault> {
    let passing = |error| Fault { error, is_lasting: false };
    let lasting = |error| Err(Fault { error, is_lasting: true });
    let bytes = request(scope, FILE_NAME, is_fresh).await.map_err(passing)?;
    let text = String::from_utf8_lossy(&bytes);
    if text.trim_start().starts_with('<') {
        return lasting(DataError::WebPage { file: FILE_NAME.into() });
    }
    match Manifest::parse(&text) {
        Err(error) => lasting(DataError::Manifest(error)),
        Ok(manifest) if manifest.is_empty() => lasting(DataError::NotBuilt),
        Ok(manifest) => Ok(manifest),
    }
}

/// One chunk. `is_fresh` passes by what the browser may have kept.
pub(super) async fn chunk(
    scope: &DedicatedWorkerGlobalScope,
    chunk: &Chunk,
    is_fresh: bool,
) -> Result<Images, DataError> {
    // Both are asked for before either is waited for.
    let images = request(scope, &chunk.images_file(), is_fresh);
    let labels = request(scope, &chunk.labels_file(), is_fresh);
    chunk.open(&images.await?, &labels.await?).map_err(DataError::Chunk)
}

/// Asks for a file at once; its bytes can be waited for.
fn request(
    scope: &DedicatedWorkerGlobalScope,
    name: &str,
    is_fresh: bool,
) -> impl Future<Output = Result<Vec<u8>, DataError>> + use<> {
    let options = RequestInit::new();
    options.set_cache(if is_fresh { RequestCache::Reload } else { RequestCache::Default });
    let response = JsFuture::from(scope.fetch_with_str_and_init(&format!("./mnist/{name}"), &options));
    receive(response, name.to_string())
}

async fn receive(response: JsFuture, file: String) -> Result<Vec<u8>, DataError> {
    let failed = |status| DataError::Fetch { file: file.clone(), status };
    let response = response.await.map_err(|_| failed(None))?;
    let response: Response = response.dyn_into().map_err(|_| failed(None))?;
    if !response.ok() {
        return Err(failed(Some(response.status())));
    }
    let buffer = response.array_buffer().map_err(|_| failed(None))?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| failed(None))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
