//! `cargo xtask data`: MNIST, found or fetched, checked, and laid beside the page in chunks.

use crate::shell::{self, Result, cargo, command, root, which};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use receptive_data::manifest::{Chunk, FILE_NAME, Manifest};
use receptive_data::{Images, idx};
use sha2::{Digest, Sha256};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The four files with the SHA-256 of their unpacked bytes.
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];
/// The mirrors of MNIST, best first.
const MIRRORS: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"];
/// Images of a training chunk: about a megabyte, after which training starts.
const TRAINING_CHUNK: usize = 6000;
/// Images of a test chunk.
const TEST_CHUNK: usize = 5000;

/// Trains the networks that come with the page anew, on MNIST, and writes their checkpoints.
pub(crate) fn checkpoint() -> Result {
    get()?;
    let folder = find().ok_or("MNIST is not here; put its four IDX files into data/mnist")?;
    let mut program = cargo(&["run", "--package", "receptive-train", "--example", "checkpoint", "--"]);
    shell::run(program.arg(folder))
}

/// Makes sure that MNIST is at hand: in `data/mnist`, in `$RECEPTIVE_DATA/mnist`, or from a mirror.
pub(crate) fn get() -> Result {
    if let Some(folder) = find() {
        println!("MNIST is in {}", folder.display());
        return Ok(());
    }
    let none = "MNIST is not here and no mirror can be reached; the page uses its built-in digits. \
                Put the four IDX files into data/mnist to have it";
    if which("curl").is_none() {
        return Err(format!("{none} (fetching needs curl)"));
    }
    let folder = root().join("data/mnist");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, checksum) in FILES {
        let target = folder.join(format!("{name}.gz"));
        let part = folder.join(format!("{name}.part"));
        let fetched = MIRRORS.iter().any(|mirror| {
            let url = format!("{mirror}/{name}.gz");
            let mut curl = command(
                "curl",
                &["--silent", "--fail", "--location", "--connect-timeout", "4", "--max-time", "120", "-o"],
            );
            curl.arg(&part).arg(&url).status().is_ok_and(|status| status.success()) && read(&part, checksum).is_ok()
        });
        if !fetched {
            // What is left of a failed attempt is of no use, and may not exist.
            let _ = fs::remove_file(&part);
            return Err(none.into());
        }
        fs::rename(&part, &target).map_err(|error| format!("{}: {error}", target.display()))?;
        println!("fetched {name}");
    }
    Ok(())
}

/// The folder that holds all four files, each as it should be.
fn find() -> Option<PathBuf> {
    let given = env::var_os("RECEPTIVE_DATA").map(|folder| PathBuf::from(folder).join("mnist"));
    let folders = [Some(root().join("data/mnist")), given];
    folders.into_iter().flatten().find(|folder| {
        FILES.iter().all(|(name, checksum)| match existing(folder, name).map(|path| read(&path, checksum)) {
            Some(Ok(_)) => true,
            Some(Err(message)) => {
                eprintln!("xtask: {message}; it is left aside");
                false
            }
            None => false,
        })
    })
}

fn existing(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(format!("{name}.gz")), folder.join(name)].into_iter().find(|path| path.is_file())
}

/// A file's unpacked bytes, if their checksum is right.
fn read(path: &Path, checksum: &str) -> Result<Vec<u8>> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let raw = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut raw = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut raw)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        raw
    } else {
        bytes
    };
    let found: String = Sha256::digest(&raw).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == checksum { Ok(raw) } else { Err(format!("{} has another checksum than MNIST's", path.display())) }
}

/// Lays MNIST into a folder beside the page. Without MNIST only an empty list is laid, with which the page uses its
/// built-in digits.
pub(crate) fn lay(target: &Path) -> Result {
    let cache = root().join("target/mnist-chunks");
    // A list that an older build made is not understood by the page of this one.
    let is_made = fs::read_to_string(cache.join(FILE_NAME)).is_ok_and(|list| Manifest::parse(&list).is_ok());
    if !is_made {
        match find() {
            Some(folder) => make_chunks(&folder, &cache)?,
            None => {
                println!("MNIST is not at hand: the page will use its built-in digits (`cargo xtask data` gets it)");
                return write(&target.join(FILE_NAME), Manifest::default().to_string().as_bytes());
            }
        }
    }
    for file in fs::read_dir(&cache).map_err(|error| error.to_string())?.flatten() {
        let bytes = fs::read(file.path()).map_err(|error| error.to_string())?;
        write(&target.join(file.file_name()), &bytes)?;
    }
    Ok(())
}

/// Cuts MNIST into chunks, the list of them last, so that a half-made folder is not taken for a whole one.
fn make_chunks(folder: &Path, cache: &Path) -> Result {
    let load = |images: usize, labels: usize| -> Result<Images> {
        let bytes = |i: usize| {
            let (name, checksum) = FILES[i];
            read(&existing(folder, name).ok_or(format!("{name} is gone"))?, checksum)
        };
        idx::pair(&bytes(images)?, &bytes(labels)?).map_err(|error| error.to_string())
    };
    let manifest = Manifest {
        training: cut(load(0, 1)?, TRAINING_CHUNK, "train", cache)?,
        test: cut(load(2, 3)?, TEST_CHUNK, "test", cache)?,
    };
    write(&cache.join(FILE_NAME), manifest.to_string().as_bytes())
}

fn cut(images: Images, size: usize, name: &str, cache: &Path) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let mut rest = images;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(size);
        rest = later;
        let (pixels, labels) = idx::write_pair(&now);
        let chunk = Chunk {
            n_images: now.len(),
            stem: format!("{name}-{:02}", chunks.len()),
            images_checksum: idx::checksum(&pixels),
            labels_checksum: idx::checksum(&labels),
        };
        write(&cache.join(chunk.images_file()), &pack(&pixels)?)?;
        write(&cache.join(chunk.labels_file()), &pack(&labels)?)?;
        chunks.push(chunk);
    }
    Ok(chunks)
}

/// Bytes as gzip.
pub(crate) fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).map_err(|error| error.to_string())
}

fn write(path: &Path, bytes: &[u8]) -> Result {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("{}: {error}", path.display()))
}
