//! A chapter's figure in a frame of another page.

fn main() {
    receptive_web::start_frame();
}
