//! The built-in digits: handwriting made of strokes, so that the page can train before any file has arrived.
//!
//! A digit starts as one of several styles of its class, each a family of shapes. The `pen` blends
//! shapes and bends, slants and stretches the result as a hand would; `render` draws it with a soft, uneven stroke
//! and normalises it as MNIST's images were. Image `i` depends on the seed and `i` alone.

mod pen;
mod render;
mod skeletons;

use crate::images::Images;
use crate::schema::{ImageShape, Schema};
use crate::sheet::Point;
use receptive_core::Rng;

pub(crate) use pen::smooth;
pub(crate) use skeletons::Shape;

/// Rows of a digit's image, MNIST's or ours.
pub const ROWS: usize = 28;
/// Columns of a digit's image.
pub const COLUMNS: usize = 28;
/// Pixels of a digit's image.
pub const PIXELS: usize = ROWS * COLUMNS;
/// The shape of a digit's image: one channel of grey.
pub const SHAPE: ImageShape = ImageShape { c: 1, h: ROWS, w: COLUMNS };
/// The number of digits.
pub const N_CLASSES: usize = 10;

/// The schema of MNIST and of the built-in digits.
pub fn schema() -> Schema {
    Schema { shape: SHAPE, classes: (0..N_CLASSES).map(|digit| digit.to_string()).collect() }
}

/// The thickness of each digit's strokes, relative to the usual one. Small digits are enlarged, and their strokes with
/// them.
const THICKNESS: [f32; N_CLASSES] = [1.12, 1.09, 1.05, 1.02, 0.97, 0.97, 1.0, 1.03, 0.96, 0.94];

/// Images `first..first + n` of a seed's endless series.
pub fn generate(seed: u64, first: u64, n: usize) -> Images {
    let mut pixels = Vec::with_capacity(n * PIXELS);
    let mut labels = Vec::with_capacity(n);
    for i in first..first + n as u64 {
        let mut rng = Rng::stream(seed, i);
        let class = rng.below(N_CLASSES as u32) as u8;
        let strokes = write(class, &mut rng);
        pixels.extend(render::draw(&strokes, THICKNESS[usize::from(class)], &mut rng));
        labels.push(class);
    }
    Images::new(SHAPE, &pixels, labels).expect("whole images, each with its class")
}

/// The strokes of a digit, in a field of about one by one around (0, 0).
pub fn write(class: u8, rng: &mut Rng) -> Vec<Vec<Point>> {
    pen::write(skeletons::choose(class, rng), rng)
}

/// The strokes of any shape as the same hand draws it.
pub(crate) fn hand(shape: Shape, rng: &mut Rng) -> Vec<Vec<Point>> {
    pen::write(&[shape], rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::centre_of_mass;

    #[test]
    fn an_image_depends_on_its_seed_and_position_alone() {
        let ten = generate(3, 100, 10);
        for i in 0..10 {
            assert_eq!(ten.get(i), generate(3, 100 + i as u64, 1).get(0));
        }
        assert_ne!(generate(3, 0, 10), generate(4, 0, 10));
    }

    #[test]
    fn every_class_is_about_as_frequent() {
        let images = generate(1, 0, 2000);
        for class in 0..10 {
            let n = images.labels().iter().filter(|&&label| label == class).count();
            assert!((140..260).contains(&n), "{n} of class {class}");
        }
    }

    #[test]
    fn digits_are_normalised_like_mnists() {
        let images = generate(2, 0, 200);
        for i in 0..images.len() {
            let (pixels, class) = images.get(i).unwrap();
            let ink: Vec<f32> = pixels.iter().map(|&x| f32::from(x) / 255.0).collect();
            let [row, column] = centre_of_mass(&ink, [28, 28]);
            assert!(
                (row - render::CENTRE).abs() < 0.6 && (column - render::CENTRE).abs() < 0.6,
                "{class} at {row}, {column}"
            );
            let inked = |row: usize| ink[row * 28..][..28].iter().any(|&x| x > 0.05);
            let height = (0..28).filter(|&row| inked(row)).count();
            let width = (0..28).filter(|&column| (0..28).any(|row| ink[row * 28 + column] > 0.05)).count();
            assert!((18..=22).contains(&height.max(width)), "{class} is {height}×{width}");
        }
    }

    #[test]
    fn ink_is_spread_as_in_mnist() {
        // MNIST's training images have a mean of 0.1307 and a standard deviation of 0.3081.
        let images = generate(1, 0, 2000);
        let pixels = images.pixels();
        let n = pixels.len() as f64;
        let sum = |power: i32| pixels.iter().map(|&x| (f64::from(x) / 255.0).powi(power)).sum::<f64>() / n;
        let (mean, deviation) = (sum(1), (sum(2) - sum(1) * sum(1)).sqrt());
        assert!((mean - 0.1307).abs() < 0.01, "mean {mean}");
        assert!((deviation - 0.3081).abs() < 0.015, "standard deviation {deviation}");
    }

    #[test]
    fn the_images_of_a_seed_are_these_on_every_platform() {
        // Fowler–Noll–Vo hash of pixels and labels. It changes when the handwriting does, and never otherwise.
        let images = generate(1, 0, 100);
        let pixels = images.pixels();
        let bytes = pixels.iter().chain(images.labels());
        let hash = bytes
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(hash, 0xbfd3_0a10_b313_4615);
    }
}
