//! Names files of other formats by how they begin.

use serde::{Deserialize, Serialize};

/// Bytes that are enough to know a format.
pub(crate) const ENOUGH: usize = 512;

/// What to do about a file of another format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A format that is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are named as what they are")]
pub enum Format {
    Zip,
    EmptyZip,
    SevenZip,
    Rar,
    GzipTwice,
    Xz,
    Bzip2,
    Zstandard,
    Lz4,
    Compress,
    Npy,
    Npz,
    Hdf5,
    Matlab,
    Parquet,
    Database,
    Pickle,
    Png,
    Jpeg,
    Gif,
    Riff,
    Bmp,
    Tiff,
    Pdf,
    LfsPointer,
    SwappedIdx,
    Tar,
    WebPage,
    Xml,
    Json,
    Text,
}

use Advice::{Again, Beside, Convert, Endian, Lfs, TakeOut, Unpack, UnpackOnce};

/// Beginnings, what they are the beginnings of, and what to do.
const BEGINNINGS: &[(&[u8], Format, Advice)] = &[
    (b"PK\x03\x04", Format::Zip, TakeOut),
    (b"PK\x05\x06", Format::EmptyZip, Again),
    (b"7z\xbc\xaf\x27\x1c", Format::SevenZip, TakeOut),
    (b"Rar!\x1a\x07", Format::Rar, TakeOut),
    (b"\x1f\x8b", Format::GzipTwice, UnpackOnce),
    (b"\xfd7zXZ\0", Format::Xz, Unpack),
    (b"BZh", Format::Bzip2, Unpack),
    (b"\x28\xb5\x2f\xfd", Format::Zstandard, Unpack),
    (b"\x04\x22\x4d\x18", Format::Lz4, Unpack),
    (b"\x1f\x9d", Format::Compress, Unpack),
    (b"\x1f\xa0", Format::Compress, Unpack),
    (b"\x93NUMPY", Format::Npy, Convert),
    (b"\x89HDF\r\n\x1a\n", Format::Hdf5, Convert),
    (b"MATLAB 5.0 MAT-file", Format::Matlab, Convert),
    (b"PAR1", Format::Parquet, Convert),
    (b"SQLite format 3\0", Format::Database, Convert),
    (b"\x80\x02", Format::Pickle, Convert),
    (b"\x80\x03", Format::Pickle, Convert),
    (b"\x80\x04", Format::Pickle, Convert),
    (b"\x80\x05", Format::Pickle, Convert),
    (b"\x89PNG\r\n\x1a\n", Format::Png, Convert),
    (b"\xff\xd8\xff", Format::Jpeg, Convert),
    (b"GIF8", Format::Gif, Convert),
    (b"RIFF", Format::Riff, Convert),
    (b"BM", Format::Bmp, Convert),
    (b"II*\0", Format::Tiff, Convert),
    (b"MM\0*", Format::Tiff, Convert),
    (b"%PDF", Format::Pdf, Beside),
    (b"version https://git-lfs", Format::LfsPointer, Lfs),
    (b"\x01\x08\0\0", Format::SwappedIdx, Endian),
    (b"\x03\x08\0\0", Format::SwappedIdx, Endian),
];

/// Returns the format of a file and what to do about it, if its beginning says that it is none that is read.
pub(crate) fn recognise(head: &[u8]) -> Option<(Format, Advice)> {
    if head.starts_with(b"PK\x03\x04") && head.windows(4).any(|window| window == b".npy") {
        return Some((Format::Npz, Convert));
    }
    let known = BEGINNINGS.iter().find(|(beginning, ..)| head.starts_with(beginning));
    if let Some(&(_, what, advice)) = known {
        return Some((what, advice));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some((Format::Tar, TakeOut));
    }
    let text = text(head)?.trim_start_matches('\u{feff}').trim_start();
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    Some(if starts("<!doctype html") || starts("<html") {
        (Format::WebPage, Again)
    } else if starts("<") {
        (Format::Xml, Again)
    } else if starts("{") || starts("[") {
        (Format::Json, Convert)
    } else {
        (Format::Text, Convert)
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
        assert_eq!(recognise(&tar).map(|known| known.0), Some(Format::Tar));
        let cut = "xé".repeat(400).into_bytes();
        assert_eq!(recognise(&cut[..512]).map(|known| known.0), Some(Format::Text));
    }
}
