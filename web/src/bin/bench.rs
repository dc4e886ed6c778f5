//! Measurements, loaded by the bench page.

use js_sys::{Object, Reflect};
use receptive_train::protocol::EngineChoice;
use receptive_web::bench::{self, Terms};
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
}

/// Measures a workload; see `receptive_web::bench`. Returns the figures as an object.
#[wasm_bindgen]
pub async fn measure(
    workload: String,
    mode: String,
    n_workers: u32,
    engine: String,
    at_least_millis: f64,
    at_most_millis: f64,
) -> Result<Object, JsError> {
    let engine = EngineChoice::from_key(&engine).ok_or_else(|| JsError::new("the engine is cpu, gpu or auto"))?;
    let terms = Terms { n_workers, engine, at_least_millis, at_most_millis };
    let figures = bench::measure(&workload, &mode, &terms).await.map_err(|message| JsError::new(&message))?;
    let object = Object::new();
    for (name, value) in figures {
        // A plain object takes any property.
        let _ = Reflect::set(&object, &name.into(), &value.into());
    }
    Ok(object)
}
