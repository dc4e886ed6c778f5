//! Compressed copies of a page's files, laid beside them: `app.js.br` and `app.js.gz`.

use crate::finish::{files, read, write};
use crate::shell::Result;
use crate::{data, finish};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{io, thread};

/// The endings of files that are compressed: MNIST comes packed, and pictures are.
pub(crate) const ENDINGS: [&str; 7] = [".wasm", ".js", ".css", ".html", ".json", ".svg", ".webmanifest"];
/// The forms in which a file lies beside itself: as `Accept-Encoding` names it, and by its ending; the smaller first.
pub(crate) const FORMS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];
/// Brotli's highest quality: a page is built once and fetched often.
const QUALITY: i32 = 11;
/// Brotli's window, as a power of two in bytes: the greatest that every browser takes.
const WINDOW: i32 = 22;
/// A file below this, in bytes, is sent as it is: the headers weigh more than what is won.
const LEAST: usize = 256;

/// Lays both compressed forms beside every file of a folder that they make smaller, on all processors, and says what
/// that took.
pub(crate) fn lay(folder: &Path) -> Result {
    let begun = Instant::now();
    let waiting = files(folder, &ENDINGS)?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<[usize; 3]> {
        let mut bytes = [0; 3];
        while let Some(file) = waiting.get(next.fetch_add(1, Ordering::Relaxed)) {
            let path = folder.join(file);
            let content = read(&path)?;
            if content.len() < LEAST {
                continue;
            }
            let packed = [brotli(&content)?, data::pack(&content)?];
            for ((_, ending), packed) in FORMS.iter().zip(&packed) {
                write(&finish::beside(&path, ending), packed)?;
            }
            for (sum, more) in bytes.iter_mut().zip([content.len(), packed[0].len(), packed[1].len()]) {
                *sum += more;
            }
        }
        Ok(bytes)
    };
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("packing does not panic")).collect::<Result<Vec<_>>>()
    })?;
    let total = |i: usize| results.iter().map(|bytes| bytes[i]).sum::<usize>() / 1000;
    println!(
        "packed {} kB to {} kB (brotli) and {} kB (gzip) in {:.1} s",
        total(0),
        total(1),
        total(2),
        begun.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Bytes as brotli.
fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut io::Cursor::new(bytes), &mut packed, &parameters).map_err(|error| error.to_string())?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::{env, fs};

    #[test]
    fn both_forms_unpack_to_the_file_and_small_or_packed_files_have_none() {
        let folder = env::temp_dir().join(format!("receptive-packing-{}", std::process::id()));
        fs::create_dir_all(folder.join("snippets")).unwrap();
        let long = "a convolution slides a kernel over an image; ".repeat(100);
        for (name, content) in [("app.js", &long[..]), ("snippets/b.js", &long), ("c.css", "a{}"), ("x.gz", &long)] {
            fs::write(folder.join(name), content).unwrap();
        }
        lay(&folder).unwrap();
        let mut names = files(&folder, &[""]).unwrap();
        names.sort();
        let want = [
            "app.js",
            "app.js.br",
            "app.js.gz",
            "c.css",
            "snippets/b.js",
            "snippets/b.js.br",
            "snippets/b.js.gz",
            "x.gz",
        ];
        assert_eq!(names, want);
        let packed = fs::read(folder.join("snippets/b.js.br")).unwrap();
        let mut text = String::new();
        brotli::Decompressor::new(&packed[..], 4096).read_to_string(&mut text).unwrap();
        assert_eq!(text, long);
        text.clear();
        flate2::read::GzDecoder::new(&fs::read(folder.join("app.js.gz")).unwrap()[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, long);
        fs::remove_dir_all(folder).unwrap();
    }
}
