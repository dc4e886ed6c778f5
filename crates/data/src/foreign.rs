//! Names files of other formats by how they begin.

/// Bytes that are enough to know a format.
pub(crate) const ENOUGH: usize = 512;

/// What to do about a file of another format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Unpack it.
    Unpack,
    /// Unpack it once.
    UnpackOnce,
    /// Take the files out of the archive.
    TakeOut,
    /// Convert it, or get it in the other format.
    Convert,
    /// Get it again.
    Again,
    /// Choose the data beside it.
    Beside,
    /// Fetch what Git LFS left out.
    Lfs,
    /// Write the header with the largest byte first.
    Endian,
}

use Advice::{Again, Beside, Convert, Endian, Lfs, TakeOut, Unpack, UnpackOnce};

/// Beginnings, what they are the beginnings of, and what to do.
const BEGINNINGS: &[(&[u8], &str, Advice)] = &[
    (b"PK\x03\x04", "a ZIP archive", TakeOut),
    (b"PK\x05\x06", "an empty ZIP archive", Again),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", TakeOut),
    (b"Rar!\x1a\x07", "a RAR archive", TakeOut),
    (b"\x1f\x8b", "packed by gzip twice", UnpackOnce),
    (b"\xfd7zXZ\0", "packed by xz", Unpack),
    (b"BZh", "packed by bzip2", Unpack),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard", Unpack),
    (b"\x04\x22\x4d\x18", "packed by LZ4", Unpack),
    (b"\x1f\x9d", "packed by compress", Unpack),
    (b"\x1f\xa0", "packed by compress", Unpack),
    (b"\x93NUMPY", "a NumPy array (.npy)", Convert),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", Convert),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", Convert),
    (b"PAR1", "a Parquet file", Convert),
    (b"SQLite format 3\0", "a database", Convert),
    (b"\x80\x02", "a Python pickle", Convert),
    (b"\x80\x03", "a Python pickle", Convert),
    (b"\x80\x04", "a Python pickle", Convert),
    (b"\x80\x05", "a Python pickle", Convert),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", Convert),
    (b"\xff\xd8\xff", "a picture (JPEG)", Convert),
    (b"GIF8", "a picture (GIF)", Convert),
    (b"RIFF", "a picture or a sound (RIFF)", Convert),
    (b"BM", "a picture (BMP)", Convert),
    (b"II*\0", "a picture (TIFF)", Convert),
    (b"MM\0*", "a picture (TIFF)", Convert),
    (b"%PDF", "a PDF document", Beside),
    (b"version https://git-lfs", "a pointer of Git LFS, which stands where the file was not fetched", Lfs),
    (b"\x01\x08\0\0", "an IDX file with its bytes the wrong way round", Endian),
    (b"\x03\x08\0\0", "an IDX file with its bytes the wrong way round", Endian),
];

/// Returns the format of a file and what to do about it, if its beginning says that it is none that is read.
pub(crate) fn recognise(head: &[u8]) -> Option<(&'static str, Advice)> {
    if head.starts_with(b"PK\x03\x04") && head.windows(4).any(|window| window == b".npy") {
        return Some(("a NumPy archive (.npz)", Convert));
    }
    let known = BEGINNINGS.iter().find(|(beginning, ..)| head.starts_with(beginning));
    if let Some(&(_, what, advice)) = known {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", TakeOut));
    }
    let text = text(head)?.trim_start_matches('\u{feff}').trim_start();
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    Some(if starts("<!doctype html") || starts("<html") {
        ("a web page, perhaps the error page of where it was fetched from", Again)
    } else if starts("<") {
        ("a text that starts like XML, perhaps the error of where it was fetched from", Again)
    } else if starts("{") || starts("[") {
        ("a JSON text", Convert)
    } else {
        ("a text", Convert)
    })
}

/// The beginning as text, if it can be one: at least a word, and no control characters.
fn text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two.
        Err(error) if head.len() >= ENOUGH && error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (text.len() >= 4 && text.chars().all(|c| !c.is_control() || c.is_whitespace())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idx_and_random_bytes_are_nothing_else() {
        for head in [&b"\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c"[..], b"\0\0\x0d\x01", b"", b"\xfe\xfe", &[0; 512]]
        {
            assert_eq!(recognise(head), None, "{head:?}");
        }
    }

    #[test]
    fn a_tar_is_known_by_its_middle_and_a_text_though_a_letter_is_cut() {
        let mut tar = [0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(recognise(&tar).map(|known| known.0), Some("a tar archive"));
        let cut = "xé".repeat(400).into_bytes();
        assert_eq!(recognise(&cut[..512]).map(|known| known.0), Some("a text"));
    }
}
