//! Files that people really have and that are not quite MNIST's: other numbers, other shapes, other labels, pixels on
//! another scale, dark on bright, on their side. Each is taken for what it is, or refused with the one true reason.

use receptive_data::digits::{self, PIXELS};
use receptive_data::idx::Layout;
use receptive_data::idx::{self, IdxError, Kind};
use receptive_data::{FileFormat, FileReading, ImageShape, Images, LabelRule, MOST_SIDE, OwnFiles};
use receptive_tests::gzip;
use receptive_web::faults::idx_error;

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
    let error = open(images, labels).err().unwrap_or_else(|| panic!("taken, not refused: {named:?}"));
    let error = idx_error(&error);
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
fn images_of_other_shapes_are_taken_in_the_order_that_their_axes_say() {
    use Layout::{ChannelsFirst, ChannelsLast, Grey, Row};
    let chw = |c, h, w| ImageShape { c, h, w };
    for (sizes, shape, layout) in [
        (&[N, 32, 32][..], chw(1, 32, 32), Grey),
        (&[N, 1, 16, 16], chw(1, 16, 16), Grey),
        (&[N, 16, 9, 1], chw(1, 16, 9), Grey),
        (&[N, 8, 8], chw(1, 8, 8), Grey),
        (&[N, 1, 7], chw(1, 1, 7), Grey),
        (&[N, MOST_SIDE, MOST_SIDE], chw(1, MOST_SIDE, MOST_SIDE), Grey),
        (&[N, 3, 28, 28], chw(3, 28, 28), ChannelsFirst),
        (&[N, 3, 32, 20], chw(3, 32, 20), ChannelsFirst),
        (&[N, 3, 32, 3], chw(3, 32, 3), ChannelsFirst),
        (&[N, 28, 28, 3], chw(3, 28, 28), ChannelsLast),
        (&[N, 5, 2, 3], chw(3, 5, 2), ChannelsLast),
        (&[N, 1024], chw(1, 32, 32), Row),
        (&[N, 3072], chw(3, 32, 32), Row),
    ] {
        let number = |i: usize| (i * 7 + i / 11) % 256;
        let n_numbers: usize = sizes.iter().product();
        for kind in [Number::U8, Number::I16] {
            let numbers = (0..n_numbers).map(|i| number(i) as f64);
            let (files, reading, read) = taken(&file(kind, sizes, numbers), &plain_labels());
            assert_eq!(files.format(), FileFormat::Idx { layout, is_swapped: false }, "{sizes:?}");
            assert_eq!((read.shape(), files.schema(reading).shape), (shape, shape), "{sizes:?}");
            let ImageShape { c, h, w } = shape;
            let upright = files.images(FileReading { is_inverted: false, ..reading });
            for i in [0, N - 1] {
                let (pixels, label) = upright.get(i).expect("an image");
                assert_eq!(f64::from(label), labels()[i]);
                for channel in 0..c {
                    for at in 0..h * w {
                        let place = if layout == ChannelsLast { at * c + channel } else { channel * h * w + at };
                        let want = number(i * shape.len() + place);
                        assert_eq!(
                            usize::from(pixels[channel * h * w + at]),
                            want,
                            "{sizes:?}: {channel}, {at} of {i}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn images_of_impossible_shapes_are_named_by_their_shape() {
    for (sizes, named) in [
        (&[N, 257, 28][..], "the images are 257×28; Receptive reads images from 1×1 to 256×256"),
        (&[N, 28, 0], "28×0"),
        (&[N, 2, 28, 28], "2 channels"),
        (&[N, 28, 28, 4], "4 channels"),
        (&[N, 3, 300, 1], "300×1"),
        (&[28, 28], "shape 28×28"),
        (&[N, 1000], "shape 40×1000"),
        (&[N, 1, 1, 28, 28], "of 5 axes"),
    ] {
        refused(&file(Number::U8, sizes, vec![1.0; sizes.iter().product()]), &plain_labels(), &[named]);
    }
}

#[test]
fn colour_images_turn_in_every_channel_and_are_not_taken_for_dark_on_bright() {
    let sizes = [N, 4, 6, 3];
    let bright = (0..N * 72).map(|i| 255.0 - (i % 72) as f64);
    let (files, reading, read) = taken(&file(Number::U8, &sizes, bright), &plain_labels());
    assert!(!files.is_bright() && !reading.is_inverted);
    let turned = FileReading { is_turned: true, ..reading };
    assert_eq!(files.schema(turned).shape, ImageShape { c: 3, h: 6, w: 4 });
    let (straight, turned) = (read.get(2).expect("an image").0, files.images(turned).get(2).expect("an image").0);
    for (channel, row, column) in [(0, 1, 2), (2, 3, 5), (1, 0, 4)] {
        assert_eq!(turned[(channel * 6 + column) * 4 + row], straight[(channel * 4 + row) * 6 + column]);
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
    // One of ten, and of as many as there are.
    for n_classes in [10, 12, 256] {
        let of = |label| (0..n_classes).map(move |class| f64::from(f64::from(class as u32) == label));
        let rows = labels().into_iter().flat_map(of);
        assert_eq!(taken(&plain_images(), &file(Number::F32, &[N, n_classes], rows)).2, digits());
    }
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
    refused(&images, &file(Number::I32, &[N], with(0, -1.0)), &["label 0 is -1", "0 to 255"]);
    refused(&images, &file(Number::I32, &[N], with(9, 70_000.0)), &["label 9 is 70000"]);
    for n in [2, 7, 8, 10, 256] {
        for value in [0.0, 1.0] {
            let rows = file(Number::U8, &[N, n], vec![value; n * N]);
            refused(&images, &rows, &[&format!("label 0 is a row of {n} numbers")]);
        }
    }
    refused(&images, &file(Number::U8, &[N, 257], vec![1.0; 257 * N]), &["shape 40×257"]);
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
fn labels_of_any_classes_are_taken_and_letters_beside_digits_can_be_left_out() {
    let n = 62 * 3;
    let images = digits::generate(7, 0, n);
    let images_file = file(Number::U8, &[n, 28, 28], images.pixels().into_iter().map(f64::from));
    let labels =
        |first: usize, n_classes: usize| file(Number::U8, &[n], (0..n).map(|i| (first + i % n_classes) as f64));
    use LabelRule::{DigitsOnly, Letters, Occurring, Same};
    let (files, reading, read) = taken(&images_file, &labels(0, 62));
    assert_eq!((files.label_rules(), reading.labels), (&[Same, DigitsOnly][..], Same));
    assert_eq!((read.len(), files.schema(reading).classes.len()), (n, 62));
    let reading = FileReading { labels: DigitsOnly, ..reading };
    let read = files.images(reading);
    assert_eq!((read.len(), files.schema(reading).classes.len()), (30, 10));
    let third = |i: usize| read.get(i).expect("an image");
    assert_eq!(third(12), (images.get(64).expect("an image").0, 2), "the third image of the second round");
    for (first, n_classes, rules, names) in [
        (1, 26, &[Letters][..], ["A", "B", "Z"]),
        (97, 26, &[Occurring, Same], ["a", "b", "z"]),
        (10, 5, &[Occurring, Same], ["10", "11", "14"]),
        (1, 20, &[Occurring, Same], ["1", "2", "20"]),
        (5, 3, &[Same, Occurring], ["0", "1", "9"]),
        (0, 12, &[Same, DigitsOnly], ["0", "1", "11"]),
        (253, 3, &[Occurring, Same], ["253", "254", "255"]),
    ] {
        let (files, reading, read) = taken(&images_file, &labels(first, n_classes));
        assert_eq!((files.label_rules(), reading.labels), (rules, rules[0]), "{first}, {n_classes}");
        let classes = files.schema(reading).classes;
        let ends = [&classes[0], &classes[1], &classes[classes.len() - 1]];
        assert_eq!(ends, names, "{first}, {n_classes}");
        assert_eq!(read.len(), n, "none is left out");
        for &rule in rules {
            let reading = FileReading { labels: rule, ..reading };
            let n_classes = files.schema(reading).classes.len();
            let read = files.images(reading);
            assert!(read.labels().iter().all(|&class| usize::from(class) < n_classes), "{rule:?}");
        }
    }
    // Gaps are kept by one rule and closed by the other.
    let gaps = file(Number::U8, &[n], (0..n).map(|i| [3.0, 40.0, 200.0][i % 3]));
    let (files, reading, read) = taken(&images_file, &gaps);
    assert_eq!(
        (&read.labels()[..3], files.schema(reading).classes),
        (&[0, 1, 2][..], ["3", "40", "200"].map(String::from).to_vec())
    );
    let same = FileReading { labels: Same, ..reading };
    assert_eq!((&files.images(same).labels()[..3], files.schema(same).classes.len()), (&[3, 40, 200][..], 201));
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
