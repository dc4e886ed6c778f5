//! Names files of other formats by how they begin.

/// Bytes that are enough to know a format.
pub(super) const ENOUGH: usize = 512;

const UNPACK: &str = "unpack it first, and choose the IDX file that comes out";
const TAKE_OUT: &str = "take the files out of it first, and choose two of those";
const CONVERT: &str = "Receptive reads IDX files, the format of MNIST: convert it first";
const AGAIN: &str = "get the file again";
const BESIDE: &str = "choose the data file itself";

/// Beginnings, what they are the beginnings of, and what to do.
const BEGINNINGS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive", TAKE_OUT),
    (b"PK\x05\x06", "an empty ZIP archive", AGAIN),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", TAKE_OUT),
    (b"Rar!\x1a\x07", "a RAR archive", TAKE_OUT),
    (b"\x1f\x8b", "packed by gzip twice", "unpack it once, and choose what comes out"),
    (b"\xfd7zXZ\0", "packed by xz", UNPACK),
    (b"BZh", "packed by bzip2", UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard", UNPACK),
    (b"\x04\x22\x4d\x18", "packed by LZ4", UNPACK),
    (b"\x1f\x9d", "packed by compress", UNPACK),
    (b"\x1f\xa0", "packed by compress", UNPACK),
    (b"\x93NUMPY", "a NumPy array (.npy)", CONVERT),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", CONVERT),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", CONVERT),
    (b"PAR1", "a Parquet file", CONVERT),
    (b"SQLite format 3\0", "a database", CONVERT),
    (b"\x80\x02", "a Python pickle", CONVERT),
    (b"\x80\x03", "a Python pickle", CONVERT),
    (b"\x80\x04", "a Python pickle", CONVERT),
    (b"\x80\x05", "a Python pickle", CONVERT),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", CONVERT),
    (b"\xff\xd8\xff", "a picture (JPEG)", CONVERT),
    (b"GIF8", "a picture (GIF)", CONVERT),
    (b"RIFF", "a picture or a sound (RIFF)", CONVERT),
    (b"BM", "a picture (BMP)", CONVERT),
    (b"II*\0", "a picture (TIFF)", CONVERT),
    (b"MM\0*", "a picture (TIFF)", CONVERT),
    (b"%PDF", "a PDF document", BESIDE),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, which stands where the file was not fetched",
        "run `git lfs pull`, or download the file itself",
    ),
    (
        b"\x01\x08\0\0",
        "an IDX file with its bytes the wrong way round",
        "write its header with the largest byte first (big-endian)",
    ),
    (
        b"\x03\x08\0\0",
        "an IDX file with its bytes the wrong way round",
        "write its header with the largest byte first (big-endian)",
    ),
];

/// Returns the format of a file that is not IDX and what to do about it, if its beginning says so.
pub(super) fn recognise(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if head.starts_with(b"PK\x03\x04") && head.windows(4).any(|window| window == b".npy") {
        return Some(("a NumPy archive (.npz)", CONVERT));
    }
    let known = BEGINNINGS.iter().find(|(beginning, ..)| head.starts_with(beginning));
    if let Some(&(_, what, advice)) = known {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", TAKE_OUT));
    }
    let text = text(head)?.trim_start_matches('\u{feff}').trim_start();
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    Some(if starts("<!doctype html") || starts("<html") {
        ("a web page, perhaps the error page of where it was fetched from", AGAIN)
    } else if starts("<") {
        ("a text that starts like XML, perhaps the error of where it was fetched from", AGAIN)
    } else if starts("{") || starts("[") {
        ("a JSON text", CONVERT)
    } else {
        ("a text", CONVERT)
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
