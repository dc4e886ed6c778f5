//! The whole app.

fn main() {
    receptive_web::start_app();
}
