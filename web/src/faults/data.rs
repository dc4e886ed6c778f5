//! The words of what is wrong with data: the learner's files, and MNIST's beside the page.

use receptive_data::cifar::{self, CifarError};
use receptive_data::idx::{IdxError, Kind, MOST_BYTES, MOST_IMAGES, MOST_KEPT};
use receptive_data::manifest::{ChunkFault, ManifestError};
use receptive_data::{Advice, ChunkError, Damage, Format, MOST_SIDE};
use receptive_lessons::say;
use receptive_train::protocol::{DataError, FilesError};

/// Returns the reason that a dataset is not here: a clause.
pub fn data_error(error: &DataError) -> String {
    match error {
        DataError::NoFiles => say!("errors.data.no-files"),
        DataError::Fetch { file, status: None } => say!("errors.data.fetch", file = file),
        DataError::Fetch { file, status: Some(status) } => say!("errors.data.status", file = file, status = status),
        DataError::WebPage { file } => say!("errors.data.web-page", file = file),
        DataError::NotBuilt => say!("errors.data.not-built"),
        DataError::Manifest(ManifestError { line }) => say!("errors.data.manifest", line = line),
        DataError::Chunk(ChunkFault::Idx { file, error }) => {
            say!("errors.data.chunk", file = file, why = idx_error(error))
        }
        DataError::Chunk(ChunkFault::OtherFile { file, found, listed }) => {
            let [found, listed] = [found, listed].map(|checksum| format!("{checksum:08x}"));
            say!("errors.data.other-file", file = file, found = found, listed = listed)
        }
        DataError::Plan(error) => chunk_error(*error),
    }
}

fn chunk_error(error: ChunkError) -> String {
    match error {
        ChunkError::Unknown { chunk } => say!("errors.chunk.unknown", chunk = chunk),
        ChunkError::Size { chunk, expected, found } => {
            say!("errors.chunk.size", chunk = chunk, found = found, expected = expected)
        }
        ChunkError::Shape { chunk, expected, found } => {
            let [found, expected] = [found, expected].map(|shape| format!("{shape:?}"));
            say!("errors.chunk.shape", chunk = chunk, found = found, expected = expected)
        }
        ChunkError::Class { chunk, class, n_classes } => {
            say!("errors.chunk.class", chunk = chunk, class = class, n = n_classes)
        }
    }
}

/// Returns the reason that files cannot be used: a clause.
pub fn files_error(error: &FilesError) -> String {
    match error {
        FilesError::One => say!("errors.files.one"),
        FilesError::Several => say!("errors.files.several"),
        FilesError::Unreadable(kind) => say!("errors.files.unreadable", file = file(*kind)),
        FilesError::UnreadableBatch => say!("errors.files.unreadable-batch"),
        FilesError::Superseded => say!("errors.files.superseded"),
        FilesError::Idx(error) => idx_error(error),
        FilesError::Cifar(error) => cifar_error(error),
        FilesError::Named { name, error } => say!("errors.files.named", name = name, why = files_error(error)),
        FilesError::Few { n_images, least } => say!("errors.files.few", n = n_images, least = least),
        FilesError::Plan(error) => chunk_error(*error),
    }
}

/// "the image file"
fn file(kind: Kind) -> String {
    say!(match kind {
        Kind::Images => "errors.file.images",
        Kind::Labels => "errors.file.labels",
    })
}

/// "an IDX image file"
fn idx_file(kind: Kind) -> String {
    say!(match kind {
        Kind::Images => "errors.file.idx-images",
        Kind::Labels => "errors.file.idx-labels",
    })
}

/// "images"
fn entries(kind: Kind) -> String {
    say!(match kind {
        Kind::Images => "errors.entries.images",
        Kind::Labels => "errors.entries.labels",
    })
}

/// Returns what is wrong with an IDX file, and what would be right: a clause.
pub fn idx_error(error: &IdxError) -> String {
    match *error {
        IdxError::NoBytes { kind } => say!("errors.idx.no-bytes", file = file(kind)),
        IdxError::HeaderCut { kind, found, needed } => {
            say!("errors.idx.header-cut", file = file(kind), found = found, needed = needed)
        }
        IdxError::Foreign { kind, what, advice } => {
            say!("errors.idx.foreign", file = idx_file(kind), what = format(what), advice = idx_advice(advice))
        }
        IdxError::Magic { kind, found, expected } => {
            let [found, expected] = [found, expected].map(|magic| format!("{magic:#010x}"));
            say!("errors.idx.magic", file = idx_file(kind), found = found, expected = expected)
        }
        IdxError::ImageSize { rows, columns } => {
            say!("errors.idx.image-size", rows = rows, columns = columns, most = MOST_SIDE)
        }
        IdxError::NotDigits { shape: [c, h, w] } => say!("errors.idx.not-digits", c = c, h = h, w = w),
        IdxError::Channels { n } => say!("errors.idx.channels", n = n),
        IdxError::Shape { kind, ref shape } => {
            let shape = shape.iter().map(u32::to_string).collect::<Vec<_>>().join("×");
            say!("errors.idx.shape", file = file(kind), shape = shape)
        }
        IdxError::Axes { kind, n_axes } => {
            say!("errors.idx.shape", file = file(kind), shape = say!("errors.idx.axes", n = n_axes))
        }
        IdxError::Length { kind, promised, things, expected, found } => {
            let (file, things) = (file(kind), entries(things));
            say!("errors.idx.length", file = file, n = promised, things = things, expected = expected, found = found)
        }
        IdxError::Empty { kind, things } => say!("errors.idx.empty", file = file(kind), things = entries(things)),
        IdxError::HeaderAlone { kind, found, promised, things } => {
            say!("errors.idx.header-alone", file = file(kind), found = found, n = promised, things = entries(things))
        }
        IdxError::TooMany { kind, promised, things } => {
            say!("errors.idx.too-many", file = file(kind), n = promised, things = entries(things), most = MOST_IMAGES)
        }
        IdxError::TooLarge { kind, size } => {
            say!("errors.idx.too-large", file = file(kind), size = size >> 20, most = MOST_BYTES >> 20)
        }
        IdxError::TooMuch => say!("errors.idx.too-much", most = MOST_KEPT >> 20),
        IdxError::Pixel { index, value } => say!("errors.idx.pixel", index = index, value = value),
        IdxError::Blank { value } => say!("errors.idx.blank", value = value),
        IdxError::Fraction { index, value } => say!("errors.idx.fraction", index = index, value = value),
        IdxError::Label { index, label, most } => say!("errors.idx.label", index = index, label = label, most = most),
        IdxError::OneHot { index, n_classes } => say!("errors.idx.one-hot", index = index, n = n_classes),
        IdxError::Twice { things } => say!("errors.idx.twice", things = entries(things)),
        IdxError::Counts { images, labels } => say!("errors.idx.counts", images = images, labels = labels),
        IdxError::Gzip { kind, what } => say!("errors.idx.gzip", file = file(kind), what = damage(what)),
    }
}

fn idx_advice(advice: Advice) -> String {
    say!(match advice {
        Advice::Unpack => "errors.idx-advice.unpack",
        Advice::UnpackOnce => "errors.idx-advice.unpack-once",
        Advice::TakeOut => "errors.idx-advice.take-out",
        Advice::Convert => "errors.idx-advice.convert",
        Advice::Again => "errors.idx-advice.again",
        Advice::Beside => "errors.idx-advice.beside",
        Advice::Lfs => "errors.idx-advice.lfs",
        Advice::Endian => "errors.idx-advice.endian",
    })
}

/// Returns what is wrong with a batch of CIFAR-10, and what would be right: a clause.
pub fn cifar_error(error: &CifarError) -> String {
    match *error {
        CifarError::NoBytes => say!("errors.cifar.no-bytes"),
        CifarError::TooLarge { size } => say!("errors.cifar.too-large", size = size >> 20, most = MOST_BYTES >> 20),
        CifarError::Length { found, n_records, n_more } => {
            say!("errors.cifar.length", record = cifar::RECORD, found = found, n = n_records, more = n_more)
        }
        CifarError::Cifar100 { found, n_records } => {
            say!("errors.cifar.cifar-100", found = found, n = n_records, record = cifar::RECORD_100)
        }
        CifarError::Label { index, label } => say!("errors.cifar.label", index = index, label = label),
        CifarError::Foreign { what, advice } => {
            say!("errors.cifar.foreign", what = format(what), advice = cifar_advice(advice))
        }
        CifarError::Idx => say!("errors.cifar.idx"),
        CifarError::Gzip { what } => say!("errors.cifar.gzip", what = damage(what)),
        CifarError::TooMany => say!("errors.cifar.too-many", most = MOST_IMAGES),
        CifarError::TooMuch => say!("errors.cifar.too-much", most = MOST_KEPT >> 20),
        CifarError::None => say!("errors.cifar.none"),
        CifarError::Twice { ref first, ref second } => say!("errors.cifar.twice", first = first, second = second),
    }
}

fn cifar_advice(advice: Advice) -> String {
    say!(match advice {
        Advice::Unpack | Advice::UnpackOnce => "errors.cifar-advice.unpack",
        Advice::TakeOut => "errors.cifar-advice.take-out",
        Advice::Convert | Advice::Beside | Advice::Endian => "errors.cifar-advice.get",
        Advice::Again => "errors.idx-advice.again",
        Advice::Lfs => "errors.idx-advice.lfs",
    })
}

fn damage(damage: Damage) -> String {
    say!(match damage {
        Damage::HeaderCut => "errors.damage.header-cut",
        Damage::ContentsCut => "errors.damage.contents-cut",
        Damage::EndCut => "errors.damage.end-cut",
        Damage::EndlessHeader => "errors.damage.endless-header",
        Damage::Checksum => "errors.damage.checksum",
        Damage::Length => "errors.damage.length",
        Damage::UnknownHeader => "errors.damage.unknown-header",
        Damage::Trailing => "errors.damage.trailing",
        Damage::Contents => "errors.damage.contents",
    })
}

fn format(format: Format) -> String {
    say!(match format {
        Format::Zip => "errors.format.zip",
        Format::EmptyZip => "errors.format.empty-zip",
        Format::SevenZip => "errors.format.seven-zip",
        Format::Rar => "errors.format.rar",
        Format::GzipTwice => "errors.format.gzip-twice",
        Format::Xz => "errors.format.xz",
        Format::Bzip2 => "errors.format.bzip2",
        Format::Zstandard => "errors.format.zstandard",
        Format::Lz4 => "errors.format.lz4",
        Format::Compress => "errors.format.compress",
        Format::Npy => "errors.format.npy",
        Format::Npz => "errors.format.npz",
        Format::Hdf5 => "errors.format.hdf5",
        Format::Matlab => "errors.format.matlab",
        Format::Parquet => "errors.format.parquet",
        Format::Database => "errors.format.database",
        Format::Pickle => "errors.format.pickle",
        Format::Png => "errors.format.png",
        Format::Jpeg => "errors.format.jpeg",
        Format::Gif => "errors.format.gif",
        Format::Riff => "errors.format.riff",
        Format::Bmp => "errors.format.bmp",
        Format::Tiff => "errors.format.tiff",
        Format::Pdf => "errors.format.pdf",
        Format::LfsPointer => "errors.format.lfs-pointer",
        Format::SwappedIdx => "errors.format.swapped-idx",
        Format::Tar => "errors.format.tar",
        Format::WebPage => "errors.format.web-page",
        Format::Xml => "errors.format.xml",
        Format::Json => "errors.format.json",
        Format::Text => "errors.format.text",
    })
}
