//! Files that people really have and that are not quite MNIST's: other numbers, other shapes, other labels, pixels on
//! another scale, dark on bright, on their side. Each is taken for what it is, or refused with the one true reason.

use receptive_data::idx::{self, IdxError, Kind};
use receptive_data::{FileReading, Images, LabelRule, OwnFiles, PIXELS, digits};
use receptive_tests::gzip;

const N: usize = 40;

fn digits() -> Images {
    digits::generate(6, 0, N)
}

/// The type of a file's numbers, by its code in the format.
#[derive(Clone, Copy, Debug)]
enum Number {
    U8 = 0x08,
    I8 = 0x09,
    I16 = 0x0b,
    I32 = 0x0c,
    F32 = 0x0d,
    F64 = 0x0e,
}

/// An IDX file of these sizes and numbers.
fn file(number: Number, sizes: &[usize], numbers: impl IntoIterator<Item = f64>) -> Vec<u8> {
    let mut file = vec![0, 0, number as u8, sizes.len() as u8];
    sizes.iter().for_each(|&size| file.extend((size as u32).to_be_bytes()));
    for value in numbers {
        match number {
            Number::U8 => file.push(value as u8),
            Number::I8 => file.extend((value as i8).to_be_bytes()),
            Number::I16 => file.extend((value as i16).to_be_bytes()),
            Number::I32 => file.extend((value as i32).to_be_bytes()),
            Number::F32 => file.extend((value as f32).to_be_bytes()),
            Number::F64 => file.extend(value.to_be_bytes()),
        }
    }
    file
}

fn pixels() -> Vec<f64> {
    digits().pixels().into_iter().map(f64::from).collect()
}

fn labels() -> Vec<f64> {
    digits().labels().iter().map(|&label| f64::from(label)).collect()
}

fn plain_images() -> Vec<u8> {
    file(Number::U8, &[N, 28, 28], pixels())
}

fn plain_labels() -> Vec<u8> {
    file(Number::U8, &[N], labels())
}

fn open(images: &[u8], labels: &[u8]) -> Result<OwnFiles, IdxError> {
    OwnFiles::new(idx::read(Kind::Images, images)?, idx::read(Kind::Labels, labels)?)
}

/// The files and their images, read with the likeliest options, raw and packed.
fn taken(images: &[u8], labels: &[u8]) -> (OwnFiles, FileReading, Images) {
    let files = open(images, labels).unwrap_or_else(|error| panic!("refused: {error}"));
    let reading = files.likely(&[]);
    let read = files.images(reading);
    let packed = open(&gzip::pack(images), &gzip::pack(labels)).expect("the same, packed");
    assert_eq!(packed.images(packed.likely(&[])), read);
    (files, reading, read)
}

fn refused(images: &[u8], labels: &[u8], named: &[&str]) {
    let error = open(images, labels).err().unwrap_or_else(|| panic!("taken, not refused: {named:?}")).to_string();
    named.iter().for_each(|name| assert!(error.contains(name), "{error:?} does not name {name:?}"));
}

/// Asserts that no pixel is farther than one level from what it should be: scaling rounds.
fn assert_close(got: &Images, want: &Images, what: &str) {
    assert_eq!(got.labels(), want.labels(), "{what}");
    let far = got.pixels().iter().zip(want.pixels()).filter(|(got, want)| got.abs_diff(*want) > 1).count();
    assert_eq!((far, got.len()), (0, want.len()), "{what}");
}

#[test]
fn images_of_every_shape_that_means_28_by_28_are_taken() {
    for sizes in [&[N, 28, 28][..], &[N, 1, 28, 28], &[N, 28, 28, 1], &[N, PIXELS]] {
        for number in [Number::U8, Number::I16, Number::I32, Number::F32, Number::F64] {
            let (.., read) = taken(&file(number, sizes, pixels()), &plain_labels());
            assert_eq!(read, digits(), "{sizes:?} of {number:?}");
        }
    }
}

#[test]
fn images_of_other_shapes_are_named_by_their_shape() {
    for (sizes, named) in [
        (&[N, 32, 32][..], "the images are 32×32; Receptive reads 28×28"),
        (&[N, 1, 16, 16], "16×16"),
        (&[N, 8, 8], "8×8"),
        (&[N, 3, 28, 28], "3 channels"),
        (&[N, 28, 28, 3], "3 channels"),
        (&[N, 3, 32, 32], "shape 40×3×32×32"),
        (&[28, 28], "shape 28×28"),
        (&[N, 1024], "shape 40×1024"),
        (&[N, 1, 1, 28, 28], "of 5 axes"),
    ] {
        refused(&file(Number::U8, sizes, vec![1.0; sizes.iter().product()]), &plain_labels(), &[named]);
    }
}

#[test]
fn labels_of_every_number_and_shape_are_taken() {
    for number in [Number::U8, Number::I8, Number::I16, Number::I32, Number::F32, Number::F64] {
        for sizes in [&[N][..], &[N, 1]] {
            let (.., read) = taken(&plain_images(), &file(number, sizes, labels()));
            assert_eq!(read, digits(), "{sizes:?} of {number:?}");
        }
    }
    // QMNIST: the class, then seven numbers about where the digit comes from.
    let rows = labels().into_iter().flat_map(|label| [label, 4.0, 3501.0, 0.0, 30.0, 7.0, 0.0, 0.0]);
    assert_eq!(taken(&plain_images(), &file(Number::I32, &[N, 8], rows)).2, digits());
    // One of ten.
    let rows = labels().into_iter().flat_map(|label| (0..10).map(move |class| f64::from(f64::from(class) == label)));
    assert_eq!(taken(&plain_images(), &file(Number::F32, &[N, 10], rows)).2, digits());
}

#[test]
fn labels_that_are_none_are_named() {
    let with = |at: usize, value: f64| {
        let mut labels = labels();
        labels[at] = value;
        labels
    };
    let images = plain_images();
    refused(&images, &file(Number::F32, &[N], with(7, 2.5)), &["label 7 is 2.5", "whole numbers"]);
    refused(&images, &file(Number::F64, &[N], with(3, f64::NAN)), &["label 3 is NaN"]);
    refused(&images, &file(Number::F64, &[N], with(3, f64::INFINITY)), &["label 3 is inf"]);
    refused(&images, &file(Number::I32, &[N], with(0, -1.0)), &["label 0 is -1", "0 to 9"]);
    refused(&images, &file(Number::I32, &[N], with(9, 70_000.0)), &["label 9 is 70000"]);
    refused(&images, &file(Number::U8, &[N, 10], vec![0.0; 10 * N]), &["label 0 is a row of ten numbers"]);
    refused(&images, &file(Number::U8, &[N, 10], vec![1.0; 10 * N]), &["label 0 is a row of ten numbers"]);
    refused(&images, &file(Number::U8, &[N, 8], vec![1.0; 8 * N]), &["shape 40×8"]);
    refused(&images, &file(Number::I32, &[N, 7], vec![1.0; 7 * N]), &["shape 40×7"]);
}

#[test]
fn pixels_on_another_scale_are_stretched_and_can_be_left_as_they_are() {
    type Way = fn(f64) -> f64;
    let ways: [(Number, Way, [f64; 2]); 6] = [
        (Number::F32, |pixel| pixel / 255.0, [0.0, 1.0]),
        (Number::F64, |pixel| pixel / 127.5 - 1.0, [-1.0, 1.0]),
        (Number::F32, |pixel| (pixel / 255.0 - 0.1307) / 0.3081, [-0.4242, 2.8215]),
        (Number::I32, |pixel| pixel * 257.0, [0.0, 65_535.0]),
        (Number::I16, |pixel| pixel * 100.0, [0.0, 25_500.0]),
        (Number::I8, |pixel| pixel - 128.0, [-128.0, 127.0]),
    ];
    for (number, way, [low, high]) in ways {
        let (files, reading, read) = taken(&file(number, &[N, 28, 28], pixels().into_iter().map(way)), &plain_labels());
        assert!(files.can_be_scaled() && reading.is_scaled, "{number:?} {low} to {high}");
        let range = files.range();
        assert!((range.0 - low).abs() < 1e-3 && (range.1 - high).abs() < 1e-3, "{range:?}");
        assert_close(&read, &digits(), &format!("{number:?} {low} to {high}"));
        let raw = files.images(FileReading { is_scaled: false, ..reading });
        let clamped = |pixel: f64| way(pixel).round().clamp(0.0, 255.0) as u8;
        let want: Vec<u8> = pixels().into_iter().map(clamped).collect();
        let far = raw.pixels().iter().zip(&want).filter(|(got, want)| got.abs_diff(**want) > 1).count();
        assert_eq!(far, 0, "{number:?} {low} to {high}, as they are");
    }
    // Bytes that are 0 or 1, and bytes up to 16.
    let bits: Vec<f64> = pixels().into_iter().map(|pixel| f64::from(pixel > 127.0)).collect();
    let (_, reading, read) = taken(&file(Number::U8, &[N, 28, 28], bits.clone()), &plain_labels());
    assert!(reading.is_scaled);
    assert!(read.pixels().iter().zip(&bits).all(|(&got, &bit)| f64::from(got) == 255.0 * bit));
    let (files, ..) =
        taken(&file(Number::U8, &[N, 28, 28], pixels().into_iter().map(|p| (p / 16.0).floor())), &plain_labels());
    assert!(files.can_be_scaled());
    // MNIST's own are left alone, though its brightest pixel need not be 255.
    let (files, reading, _) =
        taken(&file(Number::I32, &[N, 28, 28], pixels().into_iter().map(|pixel| pixel.min(250.0))), &plain_labels());
    assert!(!files.can_be_scaled() && reading == FileReading::default());
}

#[test]
fn pixels_that_are_no_numbers_or_all_one_are_named() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut pixels = pixels();
        pixels[5 * PIXELS + 3] = value;
        refused(&file(Number::F32, &[N, 28, 28], pixels), &plain_labels(), &["image 5", "not a number"]);
    }
    for (number, value) in [(Number::U8, 0.0), (Number::F64, 0.5)] {
        let blank = file(number, &[N, 28, 28], vec![value; N * PIXELS]);
        refused(&blank, &plain_labels(), &["blank", &value.to_string()]);
    }
}

#[test]
fn dark_ink_on_bright_is_turned_round_and_can_be_left() {
    for (number, way) in [
        (Number::U8, (|pixel| 255.0 - pixel) as fn(f64) -> f64),
        (Number::F32, |pixel| 1.0 - pixel / 255.0),
        (Number::F64, |pixel| 1.0 - pixel / 127.5),
        (Number::U8, |pixel| f64::from(pixel < 128.0)),
    ] {
        let (files, reading, read) = taken(&file(number, &[N, 28, 28], pixels().into_iter().map(way)), &plain_labels());
        assert!(files.is_bright() && reading.is_inverted, "{number:?}");
        let corner = |images: &Images| images.get(0).expect("an image").0[0];
        assert_eq!((corner(&read), corner(&files.images(FileReading { is_inverted: false, ..reading }))), (0, 255));
    }
    let (files, ..) = taken(&plain_images(), &plain_labels());
    assert!(!files.is_bright());
}

#[test]
fn images_on_their_side_stand_up_by_one_switch() {
    let on_their_side = |pixels: &[f64]| -> Vec<f64> {
        let images = pixels.chunks(PIXELS);
        images.flat_map(|image| (0..PIXELS).map(|i| image[i % 28 * 28 + i / 28])).collect()
    };
    let images = file(Number::U8, &[N, 28, 28], on_their_side(&pixels()));
    let files = open(&images, &plain_labels()).expect("a good pair");
    assert!(!files.likely(&["train-images-idx3-ubyte"]).is_turned);
    let emnist = files.likely(&["EMNIST-digits-train-images-idx3-ubyte.gz"]);
    assert!(emnist.is_turned, "EMNIST's are known by their names");
    assert_eq!(files.images(emnist), digits());
    assert_ne!(files.images(FileReading { is_turned: false, ..emnist }), digits());
}

#[test]
fn labels_on_another_count_are_offered_what_they_may_mean() {
    let with = |number: Number, way: fn(f64) -> f64| file(number, &[N], labels().into_iter().map(way));
    let (files, reading, read) =
        taken(&plain_images(), &with(Number::U8, |label| if label == 0.0 { 10.0 } else { label }));
    assert_eq!(files.label_rules(), [LabelRule::TenIsZero, LabelRule::OneLess]);
    assert_eq!((reading.labels, read), (LabelRule::TenIsZero, digits()));
    let (files, reading, _) = taken(&plain_images(), &with(Number::I32, |label| label + 1.0));
    assert_eq!(files.images(FileReading { labels: LabelRule::OneLess, ..reading }), digits());
    let (files, _, read) = taken(&plain_images(), &with(Number::U8, |label| label + 48.0));
    assert_eq!((files.label_rules(), read), (&[LabelRule::Characters][..], digits()));
}

#[test]
fn letters_beside_digits_can_be_left_out_and_letters_alone_are_named() {
    let n = 62 * 3;
    let images = digits::generate(7, 0, n);
    let images_file = file(Number::U8, &[n, 28, 28], images.pixels().into_iter().map(f64::from));
    let labels =
        |first: usize, n_classes: usize| file(Number::U8, &[n], (0..n).map(|i| (first + i % n_classes) as f64));
    let (files, reading, read) = taken(&images_file, &labels(0, 62));
    assert_eq!((files.label_rules(), reading.labels), (&[LabelRule::DigitsOnly][..], LabelRule::DigitsOnly));
    assert_eq!(read.len(), 30);
    let third = |i: usize| read.get(i).expect("an image");
    assert_eq!(third(12), (images.get(64).expect("an image").0, 2), "the third image of the second round");
    refused(&images_file, &labels(1, 26), &["go from 1 to 26", "letters", "0 to 9"]);
    refused(&images_file, &labels(97, 26), &["go from 97 to 122", "letters"]);
    refused(&images_file, &labels(10, 5), &["go from 10 to 14", "other classes"]);
    refused(&images_file, &labels(1, 20), &["go from 1 to 20", "other classes"]);
}

#[test]
fn files_cut_off_at_any_byte_are_refused_whatever_numbers_they_hold() {
    let small = digits::generate(6, 0, 2);
    let numbers: Vec<f64> = small.pixels().into_iter().map(f64::from).collect();
    for number in [Number::I16, Number::F32] {
        let images = file(number, &[2, 1, 28, 28], numbers.clone());
        let labels = file(number, &[2, 1], [3.0, 1.0]);
        assert!(open(&images, &labels).is_ok());
        (0..images.len()).for_each(|n| refused(&images[..n], &labels, &["image", &n.to_string()]));
        (0..labels.len()).for_each(|n| refused(&images, &labels[..n], &["label", &n.to_string()]));
        let packed = gzip::pack(&images);
        (0..packed.len()).for_each(|n| refused(&packed[..n], &labels, &["image"]));
    }
}
