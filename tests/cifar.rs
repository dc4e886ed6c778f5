//! CIFAR-10's binary batches as people really have them: cut off, damaged, packed, and other files that pass for them.
//! Each gets an error that names its trouble; none makes the reader fall over or take memory for a claim.

use receptive_core::Rng;
use receptive_data::cifar::{self, CifarBatch, CifarError, CifarReader};
use receptive_data::{FileFormat, FileReading, ImageShape, OwnFiles, digits, idx};
use receptive_tests::gzip;
use receptive_web::faults::cifar_error;

/// Bytes of a record.
const RECORD: usize = 3073;

/// A batch of `n` records, and a label below 10 before each image.
fn batch(seed: u64, n: usize) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    (0..n)
        .flat_map(|_| [vec![rng.below(10) as u8], (1..RECORD).map(|_| rng.next_u32() as u8).collect()].concat())
        .collect()
}

fn read_in_pieces(bytes: &[u8], n_piece: usize) -> Result<CifarBatch, CifarError> {
    let mut reader = CifarReader::new(bytes.len() as u64)?;
    bytes.chunks(n_piece).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

fn read(bytes: &[u8]) -> Result<CifarBatch, CifarError> {
    read_in_pieces(bytes, bytes.len().max(1))
}

fn open(batches: &[(&str, &[u8])]) -> Result<OwnFiles, CifarError> {
    let read = |(name, bytes): &(&str, &[u8])| Ok((name.to_string(), read(bytes)?));
    OwnFiles::cifar10(batches.iter().map(read).collect::<Result<_, CifarError>>()?)
}

/// The error of a batch: its text must name everything in `named`.
fn refused(bytes: &[u8], named: &[&str]) -> CifarError {
    let error = read(bytes).err().unwrap_or_else(|| panic!("taken, not refused: {named:?}"));
    let text = cifar_error(&error);
    named.iter().for_each(|name| assert!(text.contains(name), "{text:?} does not name {name:?}"));
    error
}

#[test]
fn a_batch_is_read_raw_and_packed_however_its_bytes_are_cut() {
    let raw = batch(1, 5);
    let packed = gzip::pack(&raw);
    let members = [gzip::pack(&raw[..4000]), gzip::pack(&raw[4000..])].concat();
    for file in [&raw, &packed, &members] {
        for n_piece in [1, 2, 511, 512, 513, RECORD - 1, RECORD, RECORD + 1, file.len()] {
            let batch = read_in_pieces(file, n_piece).unwrap_or_else(|error| panic!("pieces of {n_piece}: {error}"));
            let files = OwnFiles::cifar10(vec![("data_batch_1.bin".into(), batch)]).expect("a batch");
            let reading = files.likely(&["data_batch_1.bin"]);
            assert_eq!(reading, FileReading::default(), "nothing is turned, inverted or stretched");
            let images = files.images(reading);
            assert_eq!((images.len(), images.shape()), (5, ImageShape { c: 3, h: 32, w: 32 }));
            for (i, record) in raw.chunks(RECORD).enumerate() {
                assert_eq!(images.get(i), Some((record[1..].to_vec(), record[0])), "red, green, blue as they come");
            }
        }
    }
}

#[test]
fn the_schema_is_cifars() {
    let files = open(&[("data_batch_1.bin", &batch(1, 3))]).expect("a batch");
    let schema = files.schema(FileReading::default());
    assert_eq!((schema.shape.chw(), schema.n_classes()), ([3, 32, 32], 10));
    assert_eq!([0, 3, 9].map(|class| schema.classes[class].as_str()), ["airplane", "cat", "truck"]);
    assert_eq!(schema, cifar::schema());
}

#[test]
fn batches_follow_one_another_and_the_test_batch_comes_last() {
    let (one, two, test) = (batch(1, 3), batch(2, 90), batch(3, 4));
    let files = open(&[("test_batch.bin", &test), ("data_batch_1.bin", &one), ("data_batch_2.bin", &two)]);
    let files = files.expect("three batches");
    assert_eq!(files.format(), FileFormat::Cifar10 { n_files: 3, n_test: 4 });
    let images = files.images(FileReading::default());
    let want: Vec<u8> = [&one, &two, &test].into_iter().flatten().copied().collect();
    let want: Vec<(Vec<u8>, u8)> = want.chunks(RECORD).map(|record| (record[1..].to_vec(), record[0])).collect();
    assert!((0..97).all(|i| images.get(i).as_ref() == Some(&want[i])) && images.len() == 97);
    let alone = open(&[("test_batch.bin", &test)]).expect("a batch");
    assert_eq!(alone.format(), FileFormat::Cifar10 { n_files: 1, n_test: 0 }, "alone it is learned from, too");
}

#[test]
fn a_batch_chosen_twice_or_none_is_named() {
    let (one, two) = (batch(1, 3), batch(2, 3));
    let error =
        open(&[("a.bin", &one), ("b.bin", &two), ("c.bin", &gzip::pack(&one))]).expect_err("one is there twice");
    assert_eq!(error, CifarError::Twice { first: "a.bin".into(), second: "c.bin".into() });
    assert!(cifar_error(&error).contains("a.bin and c.bin are the same"));
    assert_eq!(open(&[]).expect_err("nothing"), CifarError::None);
}

#[test]
fn a_batch_cut_off_at_any_byte_is_refused_with_its_length() {
    let raw = batch(1, 2);
    // Whole records of 3074 bytes are another matter.
    for n in (1..raw.len()).filter(|n| n % RECORD != 0 && n % 3074 != 0) {
        let want = CifarError::Length { found: n as u64, n_records: (n / RECORD) as u64, n_more: (n % RECORD) as u64 };
        assert_eq!(refused(&raw[..n], &[&n.to_string(), "3073", "get it again"]), want);
    }
    assert_eq!(refused(b"", &["empty", "0 bytes"]), CifarError::NoBytes);
    assert_eq!(refused(&gzip::pack(b""), &["empty", "0 bytes"]), CifarError::NoBytes);
    refused(&[&raw[..], &[0]].concat(), &["6147 bytes", "2 records", "1 bytes more"]);
}

#[test]
fn a_packed_batch_cut_off_or_damaged_is_refused() {
    let raw = batch(1, 1);
    let packed = gzip::pack(&raw);
    for n in 1..packed.len() {
        assert!(read(&packed[..n]).is_err(), "cut off after {n} bytes");
    }
    let mut rng = Rng::new(2);
    for _ in 0..400 {
        let mut damaged = packed.clone();
        let at = 10 + rng.below(packed.len() as u32 - 10) as usize;
        damaged[at] ^= 1 << rng.below(8);
        refused(&damaged, &["gzip", "damaged"]);
    }
    refused(&gzip::pack(&raw[..3000]), &["3000 bytes", "0 records"]);
}

#[test]
fn labels_that_are_none_are_named_with_their_record() {
    for (index, label) in [(0, 10), (1, 10), (3, 255), (2, 99)] {
        let mut raw = batch(1, 4);
        raw[index * RECORD] = label;
        assert_eq!(refused(&raw, &["0 to 9"]), CifarError::Label { index, label });
        assert_eq!(refused(&gzip::pack(&raw), &["0 to 9"]), CifarError::Label { index, label });
    }
}

#[test]
fn other_files_are_recognised() {
    let mut tar = vec![b'x'; 20 * 512];
    tar[257..262].copy_from_slice(b"ustar");
    let get_binary = "get the binary version of CIFAR-10 (cifar-10-binary.tar.gz)";
    for (other, named) in [
        (&tar[..], ["a tar archive", "unpack it, and choose data_batch_1.bin"]),
        (b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5", ["a Python pickle", get_binary]),
        (b"PK\x03\x04....", ["a ZIP archive", "unpack it"]),
        (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", ["a MATLAB file", get_binary]),
        (b"\x89PNG\r\n\x1a\n", ["a picture (PNG)", get_binary]),
        (b"<!DOCTYPE html><html>", ["a web page", "get the file again"]),
        (b"airplane\nautomobile\nbird\ncat\ndeer\n", ["a text", get_binary]),
        (b"version https://git-lfs.github.com/spec/v1\n", ["a pointer of Git LFS", "git lfs pull"]),
        (b"\xfd7zXZ\0", ["packed by xz", "unpack it first"]),
    ] {
        for other in [other.to_vec(), gzip::pack(other)] {
            let error = refused(&other, &named);
            assert!(matches!(error, CifarError::Foreign { .. }), "{error:?}");
        }
    }
    assert!(matches!(refused(&gzip::pack(&gzip::pack(&batch(1, 1))), &["gzip twice"]), CifarError::Foreign { .. }));
    let (images, labels) = idx::write_pair(&digits::generate(1, 0, 30));
    for file in [&images, &labels] {
        assert_eq!(refused(file, &["an IDX file", "pair"]), CifarError::Idx);
        assert_eq!(refused(&gzip::pack(file), &["an IDX file"]), CifarError::Idx);
    }
}

#[test]
fn cifar_100_is_known_by_its_length() {
    let records = [7, 9].map(|coarse| [&[coarse, 42][..], &[100; 3072]].concat()).concat();
    let error = refused(&records, &["CIFAR-100", "2 records of 3074", "data_batch_1.bin"]);
    assert_eq!(error, CifarError::Cifar100 { found: 6148, n_records: 2 });
    // Packed, its length comes last: what it has for a second label was read before.
    assert!(read(&gzip::pack(&records)).is_err());
}

#[test]
fn dark_pictures_are_no_idx_file() {
    // A label, then pixels that begin as an IDX header does.
    for start in [&[0, 0, 8, 3, 0, 0, 0, 2][..], &[0, 0, 8, 1, 0, 0, 12, 0], &[1, 8, 0, 0], &[4, 0x22, 0x4d, 0x18]] {
        let mut raw = vec![0; 2 * RECORD];
        raw[..start.len()].copy_from_slice(start);
        assert!(read(&raw).is_ok() && read(&gzip::pack(&raw)).is_ok(), "{start:?}");
    }
}

#[test]
fn a_file_that_is_too_large_or_unpacks_without_end_is_refused() {
    let error = CifarReader::new((4 << 30) + 1).err().expect("a size beyond all that is taken");
    assert_eq!(error, CifarError::TooLarge { size: (4 << 30) + 1 });
    // A file of 1 GB, of which the first piece says that it is nothing.
    let mut reader = CifarReader::new(1 << 30).expect("a size that is looked at");
    assert!(matches!(reader.push(&[0; 600]), Err(CifarError::Length { .. })));
    // Blank pictures take no room, and are too many in the end.
    let blank = gzip::pack(&vec![0; RECORD * 2000]);
    let mut reader = CifarReader::new(1 << 30).expect("a size that is looked at");
    let error = (0..600).find_map(|_| reader.push(&blank).err());
    assert_eq!(error, Some(CifarError::TooMany));
}

#[test]
fn garbage_never_makes_the_reader_fall_over() {
    let mut rng = Rng::new(8);
    for round in 0..2000 {
        let mut bytes: Vec<u8> = (0..rng.below(7000)).map(|_| rng.next_u32() as u8).collect();
        if round % 2 == 0 {
            bytes.splice(0..0, [0x1f, 0x8b, 8, rng.next_u32() as u8]);
        }
        if let Err(error) = read(&bytes) {
            assert!(cifar_error(&error).len() > 20, "{error}");
        } else {
            assert!(bytes.len().is_multiple_of(RECORD) && bytes.chunks(RECORD).all(|record| record[0] < 10));
        }
    }
}
