//! Everything that is proved of the GPU engine, in a worker of a browser.

use js_sys::Function;
use receptive_gpu::{Choice, Gpu};
use receptive_tests::gpu::{Proof, Proved};
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
}

/// Proves it all, and emits each outcome: the name, and what does not hold, if so. Returns the adapter's description of
/// itself, and the form in which it likes its products.
#[wasm_bindgen]
pub async fn prove(emit: Function) -> Result<String, JsError> {
    let failed = |error: &dyn std::fmt::Display| JsError::new(&error.to_string());
    let gpu = Gpu::open(Choice::Fastest).await.map_err(|error| failed(&error))?;
    for proof in Proof::in_browser().map_err(|error| failed(&error))? {
        let name = proof.name.clone();
        let problem = match proved(proof, &gpu).await {
            Ok(()) => JsValue::UNDEFINED,
            Err(error) => error.to_string().into(),
        };
        // What is emitted is posted, which cannot fail.
        let _ = emit.call2(&JsValue::NULL, &name.into(), &problem);
    }
    Ok(format!("{}, products in {:?}", gpu.info(), gpu.products()))
}

async fn proved(proof: Proof, gpu: &Gpu) -> Proved {
    if proof.ends_device() { proof.run(&Gpu::open(Choice::Fastest).await?).await } else { proof.run(gpu).await }
}
