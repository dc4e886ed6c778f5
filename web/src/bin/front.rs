//! The first page.

fn main() {
    receptive_web::start_front();
}
