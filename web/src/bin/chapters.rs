//! The chapters, loaded by the page when someone opens one.

pub mod host;

fn main() {
    console_error_panic_hook::set_once();
}
