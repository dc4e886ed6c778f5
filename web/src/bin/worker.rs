//! The training worker.

fn main() {
    receptive_web::start_worker();
}
