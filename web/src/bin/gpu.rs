//! The GPU's worker.

fn main() {
    receptive_web::start_gpu();
}
