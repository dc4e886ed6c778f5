//! Grey-level images with their classes.

use std::ops::Range;
use std::sync::Arc;

/// Rows of a digit's image.
pub const ROWS: usize = 28;
/// Columns of a digit's image.
pub const COLUMNS: usize = 28;
/// Pixels of a digit's image.
pub const PIXELS: usize = ROWS * COLUMNS;

/// Pictures are kept in blocks of this many bytes: a list that grows moves none of them.
const BLOCK: usize = 1 << 18;

/// 28×28 images without their classes.
///
/// Most of a digit's image is background, as bright as its corners. Of each image only the rectangle around
/// everything else is kept: MNIST then takes two fifths of its bytes, whether its ink is bright or dark.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Row by row, the rectangles one after the other. None lies in two blocks.
    blocks: Vec<Vec<u8>>,
    frames: Vec<Frame>,
}

/// The rectangle of an image that holds its ink.
#[derive(Clone, Copy, Debug)]
struct Frame {
    block: u16,
    /// Level of every pixel outside.
    background: u8,
    /// Its first pixel in the block.
    start: u32,
    top: u8,
    left: u8,
    n_rows: u8,
    n_columns: u8,
}

impl Frame {
    /// The smallest rectangle that holds all ink. Where it is kept remains to be said.
    fn around(image: &[u8; PIXELS]) -> Self {
        // Of three corners two agree, unless ink fills them; then any will do.
        let (first, second, last) = (image[0], image[COLUMNS - 1], image[PIXELS - 1]);
        let background = if first == second { first } else { last };
        let is_inked = |i: usize| image[i] != background;
        let row_is_inked = |row: &usize| (0..COLUMNS).any(|column| is_inked(row * COLUMNS + column));
        let column_is_inked = |column: &usize| (0..ROWS).any(|row| is_inked(row * COLUMNS + column));
        let first_and_end = |first: Option<usize>, last: Option<usize>| (first.unwrap_or(0), last.map_or(0, |i| i + 1));
        let (top, bottom) = first_and_end((0..ROWS).find(row_is_inked), (0..ROWS).rfind(row_is_inked));
        let (left, right) = first_and_end((0..COLUMNS).find(column_is_inked), (0..COLUMNS).rfind(column_is_inked));
        let [top, left, n_rows, n_columns] = [top, left, bottom - top, right - left].map(|i| i as u8);
        Self { block: 0, background, start: 0, top, left, n_rows, n_columns }
    }

    /// Pixels in it.
    fn len(self) -> usize {
        usize::from(self.n_rows) * usize::from(self.n_columns)
    }

    /// For each row, where its ink lies in the image and in its block.
    fn rows(self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let n = usize::from(self.n_columns);
        (0..usize::from(self.n_rows)).map(move |row| {
            let in_image = (usize::from(self.top) + row) * COLUMNS + usize::from(self.left);
            let in_block = self.start as usize + row * n;
            (in_image..in_image + n, in_block..in_block + n)
        })
    }
}

impl Pictures {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Bytes that the rectangles take.
    pub fn n_bytes(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// Adds an image.
    pub fn push(&mut self, image: &[u8; PIXELS]) {
        let mut frame = Frame::around(image);
        if self.blocks.last().is_none_or(|block| block.len() + frame.len() > BLOCK) {
            // A small set keeps to what it needs, a large one to whole blocks.
            self.blocks.push(Vec::with_capacity(if self.blocks.is_empty() { 0 } else { BLOCK }));
        }
        let index = self.blocks.len() - 1;
        let block = &mut self.blocks[index];
        (frame.block, frame.start) = (index as u16, block.len() as u32);
        frame.rows().for_each(|(row, _)| block.extend_from_slice(&image[row]));
        self.frames.push(frame);
    }

    /// The pixels of image `i`, row by row.
    pub fn get(&self, i: usize) -> Option<[u8; PIXELS]> {
        let frame = self.frames.get(i)?;
        let mut pixels = [frame.background; PIXELS];
        let block = &self.blocks[usize::from(frame.block)];
        frame.rows().for_each(|(row, ink)| pixels[row].copy_from_slice(&block[ink]));
        Some(pixels)
    }
}

/// The transform of pictures as they are read: a level for each kept level, and whether rows are columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) levels: [u8; 256],
    pub(crate) is_turned: bool,
}

impl Look {
    fn of(&self, mut pixels: [u8; PIXELS]) -> [u8; PIXELS] {
        pixels.iter_mut().for_each(|pixel| *pixel = self.levels[usize::from(*pixel)]);
        if self.is_turned {
            for row in 0..ROWS {
                (0..row).for_each(|column| pixels.swap(row * COLUMNS + column, column * COLUMNS + row));
            }
        }
        pixels
    }
}

/// 28×28 images, 0 (background) to 255 (ink), each with its class, 0 to 9. Parts of a set share its pictures.
#[derive(Clone, Debug, Default)]
pub struct Images {
    pictures: Arc<Pictures>,
    /// Their transform, if they are not read as they are kept.
    look: Option<Look>,
    /// For each image, which picture it is.
    which: Vec<u32>,
    labels: Vec<u8>,
}

impl PartialEq for Images {
    fn eq(&self, other: &Self) -> bool {
        self.labels == other.labels && (0..self.len()).all(|i| self.get(i) == other.get(i))
    }
}

impl Eq for Images {}

impl Images {
    /// Images from their pixels, one after the other, and their classes. Nothing when the counts do not agree or
    /// a class is above 9.
    pub fn new(pixels: &[u8], labels: Vec<u8>) -> Option<Self> {
        let (images, rest) = pixels.as_chunks();
        let mut pictures = Pictures::default();
        images.iter().for_each(|image| pictures.push(image));
        if rest.is_empty() { Self::of(pictures, labels) } else { None }
    }

    /// Pictures with their classes. Nothing when the counts do not agree or a class is above 9.
    pub(crate) fn of(pictures: Pictures, labels: Vec<u8>) -> Option<Self> {
        if pictures.len() != labels.len() || labels.iter().any(|&label| label > 9) {
            return None;
        }
        Some(Self::taken(Arc::new(pictures), None, (0..labels.len() as u32).collect(), labels))
    }

    /// Some of the pictures, taken in this way, with their classes.
    pub(crate) fn taken(pictures: Arc<Pictures>, look: Option<Look>, which: Vec<u32>, labels: Vec<u8>) -> Self {
        Self { pictures, look, which, labels }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of image `i`, row by row, and its class.
    pub fn get(&self, i: usize) -> Option<([u8; PIXELS], u8)> {
        let (&picture, &label) = (self.which.get(i)?, self.labels.get(i)?);
        let pixels = self.pictures.get(picture as usize)?;
        Some((self.look.as_ref().map_or(pixels, |look| look.of(pixels)), label))
    }

    /// All pixels.
    pub fn pixels(&self) -> Vec<u8> {
        (0..self.len()).filter_map(|i| self.get(i)).flat_map(|(pixels, _)| pixels).collect()
    }

    /// All classes.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// These of the images, in this order. A position beyond the end is left out.
    #[must_use]
    pub fn select(&self, positions: &[u32]) -> Self {
        let picked = positions.iter().map(|&i| i as usize).filter(|&i| i < self.len());
        let (which, labels) = picked.map(|i| (self.which[i], self.labels[i])).unzip();
        Self::taken(self.pictures.clone(), self.look.clone(), which, labels)
    }

    /// The first `n` images and the rest. `n` beyond the end leaves no rest.
    pub fn split_at(mut self, n: usize) -> (Self, Self) {
        let n = n.min(self.len());
        let (which, labels) = (self.which.split_off(n), self.labels.split_off(n));
        let rest = Self::taken(self.pictures.clone(), self.look.clone(), which, labels);
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
        let frames: Vec<usize> = images.pictures.frames.iter().map(|frame| frame.len()).collect();
        assert_eq!(frames, [0, 1, 1, 1, 1, PIXELS, PIXELS, 4 * 6, 0], "no more is kept than the ink needs");
        assert_eq!(images.pictures.n_bytes(), frames.iter().sum::<usize>());
    }

    #[test]
    fn dark_ink_on_white_takes_no_more_room_than_bright_ink_on_black() {
        let (pixels, bright) = with_ink(&[&[400, 450], &[30, 200], &[]]);
        let pixels: Vec<u8> = pixels.iter().map(|pixel| 255 - pixel).collect();
        let dark = Images::new(&pixels, vec![7; 3]).unwrap();
        assert_eq!(dark.pixels(), pixels);
        assert_eq!(dark.pictures.n_bytes(), bright.pictures.n_bytes());
    }

    #[test]
    fn pictures_that_fill_several_blocks_all_come_back() {
        let image = |i: usize| std::array::from_fn(|pixel| ((i * 31 + pixel * 7) % 256) as u8);
        let mut pictures = Pictures::default();
        let n = 3 * BLOCK / PIXELS;
        (0..n).for_each(|i| pictures.push(&image(i)));
        assert!(pictures.blocks.len() >= 3 && pictures.blocks.iter().all(|block| block.len() <= BLOCK));
        assert!((0..n).all(|i| pictures.get(i) == Some(image(i))));
        assert_eq!(pictures.get(n), None);
    }

    #[test]
    fn a_selection_keeps_its_order_and_turned_rows_are_columns() {
        let (pixels, images) = with_ink(&[&[30], &[90], &[700]]);
        let image = |i: usize| &pixels[i * PIXELS..(i + 1) * PIXELS];
        let picked = images.select(&[2, 0, 2, 9]);
        assert_eq!(picked.pixels(), [image(2), image(0), image(2)].concat());
        let look = Look { levels: std::array::from_fn(|level| 255 - level as u8), is_turned: true };
        let turned = Images::taken(images.pictures.clone(), Some(look), vec![1], vec![7]);
        let (got, _) = turned.get(0).unwrap();
        assert!((0..PIXELS).all(|i| got[i] == 255 - image(1)[i % COLUMNS * COLUMNS + i / COLUMNS]));
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
