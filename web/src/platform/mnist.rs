//! Fetches MNIST's chunks from beside the page.

use js_sys::Uint8Array;
use receptive_data::Images;
use receptive_data::manifest::{Chunk, FILE_NAME, Manifest};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, Response};

/// The list of chunks.
pub(super) async fn manifest(scope: &DedicatedWorkerGlobalScope) -> Result<Manifest, String> {
    let bytes = request(scope, FILE_NAME).await?;
    let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())?;
    if manifest.is_empty() {
        return Err("this page was built where MNIST could not be found".into());
    }
    Ok(manifest)
}

/// One chunk.
pub(super) async fn chunk(scope: &DedicatedWorkerGlobalScope, chunk: &Chunk) -> Result<Images, String> {
    // Both are asked for before either is waited for.
    let (images, labels) = (request(scope, &chunk.images_file()), request(scope, &chunk.labels_file()));
    chunk.open(&images.await?, &labels.await?).map_err(|error| error.to_string())
}

/// Asks for a file at once; its bytes can be waited for.
fn request(scope: &DedicatedWorkerGlobalScope, name: &str) -> impl Future<Output = Result<Vec<u8>, String>> + use<> {
    let response = JsFuture::from(scope.fetch_with_str(&format!("./mnist/{name}")));
    receive(response, name.to_string())
}

async fn receive(response: JsFuture, name: String) -> Result<Vec<u8>, String> {
    let failed = || format!("mnist/{name} could not be fetched");
    let response = response.await.map_err(|_| failed())?;
    let response: Response = response.dyn_into().map_err(|_| failed())?;
    if !response.ok() {
        return Err(format!("{} (status {})", failed(), response.status()));
    }
    let buffer = response.array_buffer().map_err(|_| failed())?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| failed())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
