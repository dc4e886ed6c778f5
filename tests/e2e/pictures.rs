//! Takes the README's pictures of the page as it is shipped, one of them moving, for `cargo xtask pictures`.

use base64::prelude::{BASE64_STANDARD, Engine};
use gif::{Encoder, Frame, Repeat};
use receptive_e2e::page::Page;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// A kernel in the middle of a digit.
const LESSON: &str = "/lesson/convolution?on=digit&at=330";
/// A run that is long enough to be pictured in the middle.
const LAB: &str = "/lab?epochs=2&ntrain=30000&seed=7";

fn main() {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("docs"), PathBuf::from);
    let page = Page::open(LESSON);
    page.browser.resize(1280, 800);
    page.wait("the digit", 30, |page| page.texts(".pixels-plane canvas").len() >= 2);
    save(&page, &folder.join("lesson.png"));
    page.go(LAB);
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("the middle of the first epoch", 300, |page| page.number("#iteration") > 300.0);
    page.browser.click("[data-tensor='conv 2']");
    page.wait_for("#network .equation", 20);
    page.browser.run("scrollTo(0, 0)");
    save(&page, &folder.join("lab.png"));
    save_teaching(&folder.join("teach.gif"));
    page.check_silence();
}

/// The size of the moving picture, in pixels.
const SIZE: (u32, u32) = (1120, 630);
/// The pause after each of its pictures, in milliseconds.
const BETWEEN: u64 = 60;

/// Films the first page's network from the click that begins its teaching until it has learnt and read a drawing.
fn save_teaching(path: &Path) {
    let page = Page::open("/?seed=7");
    page.browser.resize(SIZE.0, SIZE.1);
    page.wait("values of the untaught network", 30, |page| page.has(".network-bars .best"));
    page.browser.run("scrollTo(0, 60)");
    let mut film = Film { begun: Instant::now(), pictures: Vec::new() };
    film.take(&page, 1);
    page.browser.click("#teach");
    while !page.has("#learnt") && film.pictures.len() < 60 {
        film.take(&page, 1);
    }
    page.wait_for("#learnt", 60);
    film.take(&page, 3);
    page.browser.drag("#pad", &[(-40, -60), (0, -66), (40, -60), (10, 0), (-10, 66)]);
    page.wait("an answer to the drawing", 10, |page| page.text(".network-bars .best").starts_with('7'));
    film.take(&page, 3);
    film.save(path);
}

/// Pictures, each with the moment at which it was taken, in hundredths of a second.
struct Film {
    begun: Instant,
    pictures: Vec<(u64, Vec<u8>)>,
}

impl Film {
    /// Takes pictures, apart from one another.
    fn take(&mut self, page: &Page, n: usize) {
        for _ in 0..n {
            let picture = BASE64_STANDARD.decode(page.browser.screenshot()).expect("a picture in base64");
            let moment = self.begun.elapsed().as_millis() as u64 / 10;
            self.pictures.push((moment, picture));
            thread::sleep(Duration::from_millis(BETWEEN));
        }
    }

    /// Keeps the pictures as one that moves, at the pace at which they were taken.
    fn save(&self, path: &Path) {
        let file = fs::File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let size = [SIZE.0, SIZE.1].map(|n| u16::try_from(n).expect("a small picture"));
        let mut encoder = Encoder::new(file, size[0], size[1], &[]).expect("a header");
        encoder.set_repeat(Repeat::Infinite).expect("a block");
        let mut before: Option<Vec<u8>> = None;
        for (i, (moment, picture)) in self.pictures.iter().enumerate() {
            let pixels = pixels(picture);
            let mut shown = pixels.clone();
            if let Some(before) = &before {
                // What has not changed is seen through.
                for (now, was) in shown.chunks_exact_mut(4).zip(before.chunks_exact(4)) {
                    if now == was {
                        now.fill(0);
                    }
                }
            }
            let mut frame = Frame::from_rgba_speed(size[0], size[1], &mut shown, 10);
            // The last one stays for three seconds.
            let until = self.pictures.get(i + 1).map_or(moment + 300, |(next, _)| *next);
            frame.delay = u16::try_from(until - moment).unwrap_or(u16::MAX);
            encoder.write_frame(&frame).expect("a frame");
            before = Some(pixels);
        }
    }
}

/// The pixels of a picture, four bytes each.
fn pixels(picture: &[u8]) -> Vec<u8> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small picture")];
    reader.next_frame(&mut pixels).expect("a whole picture");
    pixels
}

/// Keeps what is seen.
fn save(page: &Page, path: &Path) {
    let picture = BASE64_STANDARD.decode(page.browser.screenshot()).expect("a picture in base64");
    fs::write(path, picture).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
