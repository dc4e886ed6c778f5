//! Grey-level images with their classes.

use std::ops::Range;

/// Rows of a digit's image.
pub const ROWS: usize = 28;
/// Columns of a digit's image.
pub const COLUMNS: usize = 28;
/// Pixels of a digit's image.
pub const PIXELS: usize = ROWS * COLUMNS;

/// 28×28 images, 0 (background) to 255 (ink), each with its class, 0 to 9.
///
/// Most of a digit's image is background. Of each image only the rectangle around its ink is kept: MNIST then takes two
/// fifths of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// Row by row, the rectangles one after the other.
    ink: Vec<u8>,
    frames: Vec<Frame>,
    labels: Vec<u8>,
}

/// Where an image's ink lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    /// Its first pixel among all that are kept.
    start: u32,
    top: u8,
    left: u8,
    n_rows: u8,
    n_columns: u8,
}

impl Frame {
    /// The smallest rectangle that holds all ink.
    fn around(image: &[u8], start: u32) -> Self {
        let is_inked = |i: usize| image[i] > 0;
        let row_is_inked = |row: &usize| (0..COLUMNS).any(|column| is_inked(row * COLUMNS + column));
        let column_is_inked = |column: &usize| (0..ROWS).any(|row| is_inked(row * COLUMNS + column));
        let first_and_end = |first: Option<usize>, last: Option<usize>| (first.unwrap_or(0), last.map_or(0, |i| i + 1));
        let (top, bottom) = first_and_end((0..ROWS).find(row_is_inked), (0..ROWS).rfind(row_is_inked));
        let (left, right) = first_and_end((0..COLUMNS).find(column_is_inked), (0..COLUMNS).rfind(column_is_inked));
        let [top, left, n_rows, n_columns] = [top, left, bottom - top, right - left].map(|i| i as u8);
        Self { start, top, left, n_rows, n_columns }
    }

    /// For each row, where its ink lies in the image and among what is kept.
    fn rows(self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let n = usize::from(self.n_columns);
        (0..usize::from(self.n_rows)).map(move |row| {
            let in_image = (usize::from(self.top) + row) * COLUMNS + usize::from(self.left);
            let in_ink = self.start as usize + row * n;
            (in_image..in_image + n, in_ink..in_ink + n)
        })
    }
}

impl Images {
    /// Images from their pixels, one after the other, and their classes. Nothing when the counts do not agree or
    /// a class is above 9.
    pub fn new(pixels: &[u8], labels: Vec<u8>) -> Option<Self> {
        if pixels.len() != labels.len() * PIXELS || labels.iter().any(|&label| label > 9) {
            return None;
        }
        let (mut ink, mut frames) = (Vec::new(), Vec::with_capacity(labels.len()));
        for image in pixels.chunks_exact(PIXELS) {
            let frame = Frame::around(image, ink.len() as u32);
            frame.rows().for_each(|(row, _)| ink.extend_from_slice(&image[row]));
            frames.push(frame);
        }
        ink.shrink_to_fit();
        Some(Self { ink, frames, labels })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of image `i`, row by row, and its class.
    pub fn get(&self, i: usize) -> Option<([u8; PIXELS], u8)> {
        let (frame, &label) = (self.frames.get(i)?, self.labels.get(i)?);
        let mut pixels = [0; PIXELS];
        frame.rows().for_each(|(row, ink)| pixels[row].copy_from_slice(&self.ink[ink]));
        Some((pixels, label))
    }

    /// All pixels.
    pub fn pixels(&self) -> Vec<u8> {
        (0..self.len()).filter_map(|i| self.get(i)).flat_map(|(pixels, _)| pixels).collect()
    }

    /// All classes.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The first `n` images and the rest. `n` beyond the end leaves no rest.
    pub fn split_at(mut self, n: usize) -> (Self, Self) {
        let n = n.min(self.len());
        let start = self.frames.get(n).map_or(self.ink.len(), |frame| frame.start as usize);
        let mut frames = self.frames.split_off(n);
        frames.iter_mut().for_each(|frame| frame.start -= start as u32);
        let rest = Self { ink: self.ink.split_off(start), frames, labels: self.labels.split_off(n) };
        (self, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images with ink at these places alone.
    fn with_ink(places: &[&[usize]]) -> (Vec<u8>, Images) {
        let mut pixels = vec![0; places.len() * PIXELS];
        for (image, places) in pixels.chunks_mut(PIXELS).zip(places) {
            places.iter().for_each(|&i| image[i] = (i % 255) as u8 + 1);
        }
        let images = Images::new(&pixels, vec![7; places.len()]).unwrap();
        (pixels, images)
    }

    #[test]
    fn every_pixel_comes_back_wherever_the_ink_lies() {
        let all: Vec<usize> = (0..PIXELS).collect();
        let last = PIXELS - 1;
        let (pixels, images) =
            with_ink(&[&[], &[0], &[last], &[27], &[last - 27], &[0, last], &all, &[5 * 28 + 9, 8 * 28 + 4], &[]]);
        assert_eq!(images.pixels(), pixels);
        assert_eq!(images.get(7).unwrap().0, pixels[7 * PIXELS..8 * PIXELS]);
        assert_eq!(images.get(9), None);
        let frames: Vec<usize> =
            images.frames.iter().map(|f| usize::from(f.n_rows) * usize::from(f.n_columns)).collect();
        assert_eq!(frames, [0, 1, 1, 1, 1, PIXELS, PIXELS, 4 * 6, 0], "no more is kept than the ink needs");
        assert_eq!(images.ink.len(), frames.iter().sum::<usize>());
    }

    #[test]
    fn parts_are_what_their_own_pixels_make() {
        let (pixels, images) = with_ink(&[&[30, 90], &[], &[400, 401], &[0, 783]]);
        for n in 0..6 {
            let (first, rest) = images.clone().split_at(n);
            let (before, after) = pixels.split_at(n.min(4) * PIXELS);
            let own = |pixels: &[u8]| Images::new(pixels, vec![7; pixels.len() / PIXELS]).unwrap();
            assert_eq!((first, rest), (own(before), own(after)), "cut at {n}");
        }
    }

    #[test]
    fn counts_and_classes_have_to_agree() {
        assert_eq!(Images::new(&[0; PIXELS], vec![10]), None);
        assert_eq!(Images::new(&[0; PIXELS], vec![1, 2]), None);
        assert_eq!(Images::new(&[0; PIXELS - 1], vec![1]), None);
    }
}
