//! The page.

fn main() {
    receptive_web::start_page();
}
