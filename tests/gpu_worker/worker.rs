//! Everything that is proved of the GPU engine, in a worker of a browser.

use js_sys::Function;
use receptive_gpu::{Choice, Gpu};
use receptive_tests::gpu::{Proof, Proved};
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
}

/// Proves it all, and tells each outcome: the name, and what does not hold, if so. Returns what the adapter says about itself,
/// and how it likes its products.
#[wasm_bindgen]
pub async fn prove(tell: Function) -> Result<String, JsError> {
    let told = |error: &dyn std::fmt::Display| JsError::new(&error.to_string());
    let gpu = Gpu::open(Choice::Fastest).await.map_err(|error| told(&error))?;
    for proof in Proof::all().map_err(|error| told(&error))? {
        let name = proof.name.clone();
        let problem = match proved(proof, &gpu).await {
            Ok(()) => JsValue::UNDEFINED,
            Err(error) => error.to_string().into(),
        };
        // What is told is posted, which cannot fail.
        let _ = tell.call2(&JsValue::NULL, &name.into(), &problem);
    }
    Ok(format!("{}, products in {:?}", gpu.info(), gpu.products()))
}

async fn proved(proof: Proof, gpu: &Gpu) -> Proved {
    if proof.ends_device() { proof.run(&Gpu::open(Choice::Fastest).await?).await } else { proof.run(gpu).await }
}
