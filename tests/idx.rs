//! IDX files as people really have them: cut off, damaged, lying, of the wrong kind. Each gets an error that names its
//! trouble; none makes the reader fall over or take memory for a claim.

use receptive_data::{
    Images, digits,
    idx::{self, IdxError, IdxReader, Kind, Read},
    manifest::Manifest,
};
use receptive_tests::gzip;
use receptive_train::protocol::DataError;
use receptive_web::faults::{data_error, idx_error};

const N: usize = 3;

fn three() -> Images {
    digits::generate(5, 0, N)
}

fn files() -> (Vec<u8>, Vec<u8>) {
    idx::write_pair(&three())
}

/// An image file with this header and this many bytes after it.
fn image_file(magic: u32, sizes: [u32; 3], n_bytes: usize) -> Vec<u8> {
    let mut file: Vec<u8> = [magic, sizes[0], sizes[1], sizes[2]].iter().flat_map(|n| n.to_be_bytes()).collect();
    file.resize(16 + n_bytes, 7);
    file
}

fn label_file(magic: u32, n: u32, labels: &[u8]) -> Vec<u8> {
    [&magic.to_be_bytes()[..], &n.to_be_bytes(), labels].concat()
}

/// The error of a pair of files: its text must name everything in `named`.
fn refused(images: &[u8], labels: &[u8], named: &[&str]) -> IdxError {
    let error = idx::pair(images, labels).expect_err("the files must be refused");
    let text = idx_error(&error);
    for name in named {
        assert!(text.contains(name), "{text:?} does not name {name:?}");
    }
    error
}

#[test]
fn a_pair_is_read_raw_and_packed_in_any_mixture() {
    let (images, labels) = files();
    let (packed_images, packed_labels) = (gzip::pack(&images), gzip::pack(&labels));
    for images in [&images, &packed_images] {
        for labels in [&labels, &packed_labels] {
            assert_eq!(idx::pair(images, labels), Ok(three()));
        }
    }
}

#[test]
fn optional_fields_of_a_gzip_header_are_passed_over() {
    let (images, labels) = files();
    let packed = gzip::pack(&labels);
    for (flags, fields) in [
        (0b1000, &b"labels\0"[..]),
        (0b1_0000, b"a comment\0"),
        (0b100, b"\x03\0abc"),
        (0b10, b"\xaa\xbb"),
        (0b1_1110, b"\x01\0xname\0comment\0\xaa\xbb"),
    ] {
        let mut file = packed[..10].to_vec();
        file[3] = flags;
        file.extend(fields);
        file.extend(&packed[10..]);
        assert_eq!(idx::pair(&images, &file), Ok(three()), "flags {flags:#b}");
        for n in 10..10 + fields.len() {
            refused(&images, &file[..n], &["label", "gzip"]);
        }
    }
}

#[test]
fn a_file_cut_off_at_any_byte_is_refused_by_name() {
    let (images, labels) = files();
    for n in 0..images.len() {
        let text = idx_error(&refused(&images[..n], &labels, &["image"]));
        assert!(text.contains(&n.to_string()), "after {n} bytes: {text:?}");
    }
    for n in 0..labels.len() {
        let text = idx_error(&refused(&images, &labels[..n], &["label"]));
        assert!(text.contains(&n.to_string()), "after {n} bytes: {text:?}");
    }
}

#[test]
fn a_packed_file_cut_off_at_any_byte_is_refused_by_name() {
    let (images, labels) = files();
    let (packed_images, packed_labels) = (gzip::pack(&images), gzip::pack(&labels));
    for n in 0..packed_images.len() {
        refused(&packed_images[..n], &labels, &["image"]);
    }
    for n in 0..packed_labels.len() {
        refused(&images, &packed_labels[..n], &["label"]);
    }
}

#[test]
fn a_packed_file_with_any_byte_changed_is_refused_or_means_the_same() {
    let (images, labels) = files();
    let packed = gzip::pack(&labels);
    for at in 0..packed.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut damaged = packed.clone();
            damaged[at] ^= change;
            // Some bytes say nothing: a date, hints, the name of a system, the last bits of the packed data.
            match idx::pair(&images, &damaged) {
                Ok(read) => assert!(read == three(), "byte {at} changed by {change:#x}"),
                Err(error) => assert!(idx_error(&error).contains("label"), "{error}"),
            }
        }
    }
}

#[test]
fn surplus_bytes_are_refused() {
    let (mut images, mut labels) = files();
    images.push(0);
    refused(&images, &labels, &["image", "2369", "2368"]);
    images.pop();
    labels.push(0);
    refused(&images, &labels, &["label", "12", "11"]);
    labels.pop();
    refused(&gzip::pack(&[&images[..], &[0]].concat()), &labels, &["image", "2369", "2368"]);
    refused(&images, &gzip::pack(&[&labels[..], &[0; 100_000]].concat()), &["label", "11 bytes"]);
}

#[test]
fn members_one_after_the_other_and_zeros_at_the_end_are_the_same_file() {
    let (images, labels) = files();
    for cut in [0, 1, 7, 16, 800, images.len() - 1, images.len()] {
        let (before, after) = images.split_at(cut);
        let members = [gzip::pack(before), gzip::pack(after)].concat();
        assert_eq!(idx::pair(&members, &labels), Ok(three()), "cut at {cut}");
        for n_zeros in [1, 511, 70_000] {
            let padded = [&members[..], &vec![0; n_zeros]].concat();
            assert_eq!(idx::pair(&padded, &labels), Ok(three()), "cut at {cut}, {n_zeros} zeros");
        }
        refused(&[&members[..], b"\0\0x"].concat(), &labels, &["image", "gzip", "something else follows"]);
        let second = gzip::pack(before).len();
        for n in [second + 1, second + 9, second + 12, members.len() - 1] {
            refused(&members[..n], &labels, &["image", "gzip", "damaged"]);
        }
        let mut damaged = members.clone();
        damaged[second - 5] ^= 1;
        refused(&damaged, &labels, &["image", "gzip", "damaged"]);
    }
}

#[test]
fn a_file_is_the_same_however_its_bytes_are_cut() {
    let (images, _) = files();
    let members = [gzip::pack(&images[..900]), gzip::pack(&images[900..]), vec![0; 40]].concat();
    for file in [&images, &gzip::pack(&images), &members] {
        for n in [1, 2, 3, 17, 500, 4096] {
            let mut reader = IdxReader::new(Kind::Images, file.len() as u64).expect("a size that is taken");
            for piece in file.chunks(n) {
                reader.push(piece).unwrap_or_else(|error| panic!("pieces of {n}: {error}"));
            }
            let Ok(Read::Done(read)) = reader.finish() else { panic!("pieces of {n}") };
            assert_eq!(read.checksum, idx::checksum(&images));
        }
    }
}

#[test]
fn counts_that_lie_are_refused() {
    let (images, labels) = files();
    // In 32 bits, 784 · (3 + 2²⁸) is 784 · 3 again.
    for n in [0, 1, 2, 4, 1000, N as u32 + (1 << 28), 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let text = idx_error(&refused(&image_file(0x803, [n, 28, 28], N * 784), &labels, &["image"]));
        assert!(text.contains(&n.to_string()), "{text}");
        let text = idx_error(&refused(&images, &label_file(0x801, n, &[3, 1, 4]), &["label"]));
        assert!(text.contains(&n.to_string()), "{text}");
    }
    for sizes in [[u32::MAX; 3], [1, u32::MAX, u32::MAX], [u32::MAX, 1, 1], [0, 0, 0], [N as u32, 0, 28]] {
        refused(&image_file(0x803, sizes, N * 784), &labels, &["image"]);
    }
    // A packed file's last four bytes claim its length.
    for claim in [0u32, 1, 12, 1 << 20, 100 << 20, 128 << 20, 200 << 20, u32::MAX] {
        let mut packed = gzip::pack(&labels);
        let end = packed.len() - 4;
        packed[end..].copy_from_slice(&claim.to_le_bytes());
        refused(&images, &packed, &["label"]);
    }
}

/// The test above once more, in a process that may ask for little more memory than it starts with.
#[cfg(target_os = "linux")]
#[test]
fn no_memory_is_taken_for_a_claim() {
    let this = std::env::current_exe().expect("the test's own program");
    let limited = |test: &str| {
        let script = "ulimit -v 163840 && exec \"$0\" --exact \"$1\" --test-threads=1";
        let output = std::process::Command::new("sh").args(["-c", script]).arg(&this).arg(test).output();
        let output = output.expect("a shell");
        assert!(String::from_utf8_lossy(&output.stdout).contains("running 1 test"), "{output:?}");
        output.status.success()
    };
    assert!(limited("counts_that_lie_are_refused"));
    assert!(!limited("a_hundred_megabytes_can_be_had"), "the limit limits nothing");
}

#[test]
fn a_hundred_megabytes_can_be_had() {
    assert_eq!(std::hint::black_box(vec![0u8; 100 << 20]).len(), 100 << 20);
}

#[test]
fn a_packed_file_that_unpacks_without_end_is_refused_at_the_end_that_it_promised() {
    let (images, labels) = files();
    let endless = |header: &[u8]| gzip::pack(&[header, &vec![1; 8 << 20]].concat());
    let bomb = endless(&labels);
    assert!(bomb.len() < 20_000);
    refused(&images, &bomb, &["label", "promises 3 labels", "11 bytes"]);
    refused(&endless(&images), &labels, &["image", "promises 3 images", "2368 bytes"]);
    // The rest is not even unpacked: a member without end does not get that far.
    let started = std::time::Instant::now();
    refused(&images, &bomb.repeat(2000), &["label", "11 bytes"]);
    assert!(started.elapsed().as_secs() < 2, "16 GB were unpacked to find that out");
}

#[test]
fn a_file_that_is_too_large_is_refused_before_a_byte_of_it_is_read() {
    for size in [(4 << 30) + 1, 1 << 40, u64::MAX] {
        let error = idx_error(&IdxReader::new(Kind::Images, size).err().expect("a size beyond all that is taken"));
        assert!(error.contains(&(size >> 20).to_string()) && error.contains("4096 MB"), "{error}");
    }
    // A file of 1 GB, of which the first piece says that it is nothing, or too many, or cut off.
    for (header, named) in [
        (vec![0xaa; 600], "0xaaaaaaaa"),
        (image_file(0x803, [1_369_567, 28, 28], 600), "at most 1000000"),
        (image_file(0x803, [60_000, 28, 28], 600), "but it has 1073741824"),
    ] {
        let mut reader = IdxReader::new(Kind::Images, 1 << 30).expect("a size that is looked at");
        let error = idx_error(&reader.push(&header).expect_err("it is known by now"));
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn a_file_of_another_kind_is_named() {
    let (images, labels) = files();
    refused(&labels, &labels, &["both files hold labels"]);
    refused(&images, &images, &["both files hold images"]);
    for (magic, shown) in [(0x0000_0000, "0x00000000"), (0x0000_0703, "0x00000703"), (0x0102_0304, "0x01020304")] {
        refused(&image_file(magic, [3, 28, 28], N * 784), &labels, &["not an IDX image file", shown, "0x00000803"]);
        refused(&images, &label_file(magic, 3, &[3, 1, 4]), &["not an IDX label file", shown, "0x00000801"]);
    }
    let mut tar = vec![b'x'; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    for (other, what) in [
        (&b"\x89PNG\r\n\x1a\n"[..], "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0..", "a picture (JPEG)"),
        (b"GIF89a", "a picture (GIF)"),
        (b"PK\x03\x04....", "a ZIP archive; take the files out of it first"),
        (b"PK\x03\x04..........................images.npy", "a NumPy archive (.npz)"),
        (b"\x93NUMPY\x01\0", "a NumPy array"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive; take the files out"),
        (b"\xfd7zXZ\0", "packed by xz; unpack it first"),
        (b"BZh91AY&SY", "packed by bzip2; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "packed by Zstandard; unpack it first"),
        (b"%PDF-1.7", "a PDF document"),
        (&tar, "a tar archive; take the files out"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n<HTML><title>404", "a web page"),
        (b"<?xml version=\"1.0\"?><Error>", "like XML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        (b"label,pixel0,pixel1\n5,0,0\n", "a text; Receptive reads IDX files"),
        (b"{\"images\": []}", "a JSON text"),
        (b"\x80\x04\x95", "a Python pickle"),
        (&0x0308_0000u32.to_be_bytes(), "the wrong way round"),
        (&[0xff; 64], "0xffffffff"),
    ] {
        for other in [other, &gzip::pack(other)] {
            refused(other, &labels, &["not an IDX image file", what]);
            refused(&images, other, &["not an IDX label file", what]);
        }
    }
    refused(b"", b"", &["image", "0 bytes"]);
    refused(&gzip::pack(b""), &labels, &["image", "0 bytes"]);
    refused(&gzip::pack(&gzip::pack(&images)), &labels, &["not an IDX image file", "packed by gzip twice"]);
}

#[test]
fn a_header_alone_is_told_as_that() {
    let (images, labels) = files();
    for (images, labels, named) in [
        (&images[..16], &labels[..], ["image", "header alone", "3 images"]),
        (&images[..], &labels[..8], ["label", "header alone", "3 labels"]),
    ] {
        refused(images, labels, &named);
        refused(&gzip::pack(images), &gzip::pack(labels), &named);
    }
    refused(&image_file(0x803, [0, 28, 28], 0), &labels, &["image", "empty", "0 images"]);
}

#[test]
fn images_of_another_size_are_named() {
    let (_, labels) = files();
    for (rows, columns) in [(27, 27), (27, 28), (28, 27), (32, 32), (56, 14), (784, 1), (1, 784), (0, 28)] {
        let n_bytes = N * (rows * columns) as usize;
        let size = format!("{rows}×{columns}");
        let mut file = image_file(0x803, [3, rows, columns], n_bytes);
        // Its images are not blank.
        file[16..].last_mut().into_iter().for_each(|pixel| *pixel = 9);
        refused(&file, &labels, &[&size, "28×28"]);
    }
}

#[test]
fn labels_that_are_no_digits_are_named() {
    let (images, _) = files();
    for label in [10, 11, 26, 127, 255] {
        for at in 0..N {
            let mut labels = [0; N];
            labels[at] = label;
            refused(&images, &label_file(0x801, 3, &labels), &[&label.to_string(), &at.to_string(), "0 to 9"]);
        }
    }
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let (images, labels) = files();
    let (more_images, more_labels) = idx::write_pair(&digits::generate(5, 0, 4));
    refused(&images, &more_labels, &["3 images", "4 labels"]);
    refused(&more_images, &labels, &["4 images", "3 labels"]);
    refused(&image_file(0x803, [0, 28, 28], 0), &label_file(0x801, 0, &[]), &["empty"]);
}

#[test]
fn garbage_never_makes_the_reader_fall_over() {
    let mut rng = receptive_core::Rng::new(8);
    let (images, labels) = files();
    for round in 0..4000u32 {
        let mut bytes: Vec<u8> = (0..rng.below(60)).map(|_| rng.next_u32() as u8).collect();
        if round % 2 == 0 {
            bytes.splice(0..0, [0x1f, 0x8b, 8, rng.next_u32() as u8]);
        }
        if round % 3 == 0 {
            bytes.splice(0..0, label_file(0x801, rng.below(9), &[]));
        }
        let as_images = idx::pair(&bytes, &labels);
        assert!(as_images.is_err(), "{bytes:?}");
        if let Ok(read) = idx::pair(&images, &bytes) {
            assert_eq!((read.len(), read.pixels()), (N, three().pixels()));
        }
    }
}

#[test]
fn a_list_of_chunks_is_read_or_refused_line_by_line() {
    let good = "receptive mnist 2\ntraining 6000 train-00 7f0c2b41 09e3d5aa\ntest 5000 test-00 1d26c8f3 b4a7706e\n";
    let plan = Manifest::parse(good).expect("a good list").plan();
    assert_eq!((plan.training_chunks, plan.test_chunks), (vec![6000], vec![5000]));
    for at in 0..good.len() {
        for byte in [b' ', b'\n', b'x', b'9', b'/', 0] {
            let mut bytes = good.as_bytes().to_vec();
            bytes[at] = byte;
            let text = String::from_utf8(bytes).expect("ASCII");
            match Manifest::parse(&text) {
                Err(error) => assert!(
                    error.line <= 4
                        && data_error(&DataError::Manifest(error.clone())).contains(&error.line.to_string())
                ),
                Ok(read) => {
                    let chunks = read.training.iter().chain(&read.test);
                    let plain = |stem: &str| stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                    assert!(chunks.clone().all(|c| (1..=100_000).contains(&c.n_images) && plain(&c.stem)), "{text:?}");
                }
            }
        }
    }
}
