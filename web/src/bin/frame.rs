//! A chapter's figure in a frame of another page, with the chapters.

pub mod host;

fn main() {
    receptive_web::start_frame();
}
