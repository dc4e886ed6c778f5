//! Takes the README's pictures of the page as it is shipped, for `cargo xtask pictures`.

use base64::prelude::{BASE64_STANDARD, Engine};
use receptive_e2e::page::Page;
use std::path::{Path, PathBuf};
use std::{env, fs};

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
    page.check_silence();
}

/// Keeps what is seen.
fn save(page: &Page, path: &Path) {
    let picture = BASE64_STANDARD.decode(page.browser.screenshot()).expect("a picture in base64");
    fs::write(path, picture).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
