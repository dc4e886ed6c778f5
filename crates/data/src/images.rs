//! Images of bytes with their classes.

use crate::schema::ImageShape;
use std::ops::Range;
use std::sync::Arc;

/// Pictures are kept in blocks of this many bytes: a list that grows moves none of them. The largest image fits.
pub(crate) const BLOCK: usize = 1 << 18;

/// Images of one shape, without their classes.
///
/// Most of a digit's image is background, as bright as its corners. Of each image only the rectangle around
/// everything else is kept, in every channel: MNIST then takes two fifths of its bytes, whether its ink is bright or
/// dark.
#[derive(Debug)]
pub struct Pictures {
    shape: ImageShape,
    /// Channel by channel and row by row, the rectangles one after the other. None lies in two blocks.
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
    top: u16,
    left: u16,
    n_rows: u16,
    n_columns: u16,
}

impl Frame {
    /// The smallest rectangle that holds all ink. Where it is kept remains to be said.
    fn around(image: &[u8], shape: ImageShape) -> Self {
        let ImageShape { h, w, .. } = shape;
        // Of three corners two agree, unless ink fills them; then any will do.
        let (first, second, last) = (image[0], image[w - 1], image[image.len() - 1]);
        let background = if first == second { first } else { last };
        let (mut top, mut bottom, mut left, mut right) = (h, 0, w, 0);
        for (i, row) in image.chunks_exact(w).enumerate() {
            let is_inked = |&level: &u8| level != background;
            let (Some(first), Some(last)) = (row.iter().position(is_inked), row.iter().rposition(is_inked)) else {
                continue;
            };
            (top, bottom) = (top.min(i % h), bottom.max(i % h + 1));
            (left, right) = (left.min(first), right.max(last + 1));
        }
        let [top, left, n_rows, n_columns] =
            [top, left, bottom.saturating_sub(top), right.saturating_sub(left)].map(|i| i as u16);
        Self { block: 0, background, start: 0, top, left, n_rows, n_columns }
    }

    /// Pixels in it, over all channels.
    fn len(self, shape: ImageShape) -> usize {
        shape.c * usize::from(self.n_rows) * usize::from(self.n_columns)
    }

    /// For each row of each channel: the channel, the row, its columns and where its ink lies in its block.
    fn rows(self, shape: ImageShape) -> impl Iterator<Item = (usize, usize, Range<usize>, Range<usize>)> {
        let (n_rows, n) = (usize::from(self.n_rows), usize::from(self.n_columns));
        let (top, left) = (usize::from(self.top), usize::from(self.left));
        (0..shape.c * n_rows).map(move |i| {
            let in_block = self.start as usize + i * n;
            (i / n_rows, top + i % n_rows, left..left + n, in_block..in_block + n)
        })
    }
}

impl Pictures {
    /// No image of this shape yet.
    pub fn new(shape: ImageShape) -> Self {
        Self { shape, blocks: Vec::new(), frames: Vec::new() }
    }

    /// The shape of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

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

    /// Adds an image, (c, h, w).
    ///
    /// # Panics
    /// When it is not as long as the shape says.
    pub fn push(&mut self, image: &[u8]) {
        let shape = self.shape;
        assert_eq!(image.len(), shape.len(), "an image has the shape of its set");
        let mut frame = Frame::around(image, shape);
        if self.blocks.last().is_none_or(|block| block.len() + frame.len(shape) > BLOCK) {
            // A small set keeps to what it needs, a large one to whole blocks.
            self.blocks.push(Vec::with_capacity(if self.blocks.is_empty() { 0 } else { BLOCK }));
        }
        let index = self.blocks.len() - 1;
        let block = &mut self.blocks[index];
        (frame.block, frame.start) = (index as u16, block.len() as u32);
        for (channel, row, columns, _) in frame.rows(shape) {
            let start = (channel * shape.h + row) * shape.w;
            block.extend_from_slice(&image[start + columns.start..start + columns.end]);
        }
        self.frames.push(frame);
    }

    /// Adds the images of another set of the same shape, without copying them.
    ///
    /// # Panics
    /// When its shape is another.
    pub(crate) fn append(&mut self, other: Self) {
        assert_eq!(self.shape, other.shape, "sets of one shape");
        let n_before = self.blocks.len() as u16;
        self.frames.extend(other.frames.into_iter().map(|frame| Frame { block: frame.block + n_before, ..frame }));
        self.blocks.extend(other.blocks);
    }

    /// Writes image `i`, (c, h, w), or (c, w, h) if rows are to be columns: `number` of each level. Nothing when there is
    /// no such image.
    fn read<T: Copy>(&self, i: usize, is_turned: bool, to: &mut [T], number: impl Fn(u8) -> T) -> Option<()> {
        let (frame, ImageShape { h, w, .. }) = (self.frames.get(i)?, self.shape);
        let block = &self.blocks[usize::from(frame.block)];
        to.fill(number(frame.background));
        for (channel, row, columns, ink) in frame.rows(self.shape) {
            let start = channel * h * w;
            let levels = &block[ink];
            if is_turned {
                levels.iter().zip(columns).for_each(|(&level, column)| to[start + column * h + row] = number(level));
            } else {
                let row = &mut to[start + row * w..][columns];
                row.iter_mut().zip(levels).for_each(|(to, &level)| *to = number(level));
            }
        }
        Some(())
    }
}

/// The transform of pictures as they are read: a level for each kept level, and whether rows are columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) levels: [u8; 256],
    pub(crate) is_turned: bool,
}

/// Images of one shape, 0 (background) to 255 (ink), each with its class. Parts of a set share its pictures.
#[derive(Clone, Debug)]
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
        self.shape() == other.shape()
            && self.labels == other.labels
            && (0..self.len()).all(|i| self.get(i) == other.get(i))
    }
}

impl Eq for Images {}

impl Images {
    /// Images from their pixels, (n, c, h, w), and their classes. Nothing when the counts do not agree.
    pub fn new(shape: ImageShape, pixels: &[u8], labels: Vec<u8>) -> Option<Self> {
        let images = pixels.chunks_exact(shape.len());
        let is_whole = images.remainder().is_empty();
        let mut pictures = Pictures::new(shape);
        images.for_each(|image| pictures.push(image));
        if is_whole { Self::of(pictures, labels) } else { None }
    }

    /// Pictures with their classes. Nothing when the counts do not agree.
    pub(crate) fn of(pictures: Pictures, labels: Vec<u8>) -> Option<Self> {
        let is_whole = pictures.len() == labels.len();
        is_whole.then(|| Self::taken(Arc::new(pictures), None, (0..labels.len() as u32).collect(), labels))
    }

    /// Some of the pictures, taken in this way, with their classes.
    pub(crate) fn taken(pictures: Arc<Pictures>, look: Option<Look>, which: Vec<u32>, labels: Vec<u8>) -> Self {
        Self { pictures, look, which, labels }
    }

    /// The shape of every image, as it is read.
    pub fn shape(&self) -> ImageShape {
        let ImageShape { c, h, w } = self.pictures.shape;
        if self.look.as_ref().is_some_and(|look| look.is_turned) {
            ImageShape { c, h: w, w: h }
        } else {
            ImageShape { c, h, w }
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Writes image `i`, (c, h, w), `number` of each level, and returns its class. Nothing when there is no such image.
    pub fn read<T: Copy>(&self, i: usize, to: &mut [T], number: impl Fn(u8) -> T) -> Option<u8> {
        let (&picture, &label) = (self.which.get(i)?, self.labels.get(i)?);
        let picture = picture as usize;
        match &self.look {
            None => self.pictures.read(picture, false, to, number)?,
            Some(Look { levels, is_turned }) => {
                self.pictures.read(picture, *is_turned, to, |level| number(levels[usize::from(level)]))?;
            }
        }
        Some(label)
    }

    /// The pixels of image `i`, (c, h, w), and its class.
    pub fn get(&self, i: usize) -> Option<(Vec<u8>, u8)> {
        let mut pixels = vec![0; self.shape().len()];
        let label = self.read(i, &mut pixels, |level| level)?;
        Some((pixels, label))
    }

    /// All pixels, (n, c, h, w).
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
    use crate::digits::{COLUMNS, PIXELS, SHAPE};

    /// Images with ink at these places alone.
    fn with_ink(places: &[&[usize]]) -> (Vec<u8>, Images) {
        let mut pixels = vec![0; places.len() * PIXELS];
        for (image, places) in pixels.chunks_mut(PIXELS).zip(places) {
            places.iter().for_each(|&i| image[i] = (i % 255) as u8 + 1);
        }
        let images = Images::new(SHAPE, &pixels, vec![7; places.len()]).unwrap();
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
        let frames: Vec<usize> = images.pictures.frames.iter().map(|frame| frame.len(SHAPE)).collect();
        assert_eq!(frames, [0, 1, 1, 1, 1, PIXELS, PIXELS, 4 * 6, 0], "no more is kept than the ink needs");
        assert_eq!(images.pictures.n_bytes(), frames.iter().sum::<usize>());
    }

    #[test]
    fn dark_ink_on_white_takes_no_more_room_than_bright_ink_on_black() {
        let (pixels, bright) = with_ink(&[&[400, 450], &[30, 200], &[]]);
        let pixels: Vec<u8> = pixels.iter().map(|pixel| 255 - pixel).collect();
        let dark = Images::new(SHAPE, &pixels, vec![7; 3]).unwrap();
        assert_eq!(dark.pixels(), pixels);
        assert_eq!(dark.pictures.n_bytes(), bright.pictures.n_bytes());
    }

    #[test]
    fn pictures_that_fill_several_blocks_all_come_back() {
        let image = |i: usize| (0..PIXELS).map(|pixel| ((i * 31 + pixel * 7) % 256) as u8).collect::<Vec<_>>();
        let mut pictures = Pictures::new(SHAPE);
        let n = 3 * BLOCK / PIXELS;
        (0..n).for_each(|i| pictures.push(&image(i)));
        assert!(pictures.blocks.len() >= 3 && pictures.blocks.iter().all(|block| block.len() <= BLOCK));
        let images = Images::of(pictures, vec![0; n]).unwrap();
        assert!((0..n).all(|i| images.get(i) == Some((image(i), 0))));
        assert_eq!(images.get(n), None);
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
            let own = |pixels: &[u8]| Images::new(SHAPE, pixels, vec![7; pixels.len() / PIXELS]).unwrap();
            assert_eq!((first, rest), (own(before), own(after)), "cut at {n}");
        }
    }

    #[test]
    fn counts_have_to_agree() {
        assert_eq!(Images::new(SHAPE, &[0; PIXELS], vec![1, 2]), None);
        assert_eq!(Images::new(SHAPE, &[0; PIXELS - 1], vec![1]), None);
    }

    #[test]
    fn images_of_every_shape_come_back_turned_or_not() {
        for [c, h, w] in [[1, 1, 1], [3, 2, 5], [1, 7, 4], [3, 32, 32], [3, 256, 256], [2, 1, 9]] {
            let shape = ImageShape { c, h, w };
            // A frame in the middle, a full image, a blank one, and one with ink in its last channel alone.
            let level = |i: usize, at: usize| match (i, at / w % h, at % w) {
                (0, row, column) if (h / 3..=h / 2).contains(&row) && (w / 3..=w / 2).contains(&column) => 9,
                (1, ..) => (at * 7 % 251) as u8,
                (3, ..) if at == shape.len() - 1 => 200,
                _ => 0,
            };
            let pixels: Vec<u8> = (0..4).flat_map(|i| (0..shape.len()).map(move |at| level(i, at))).collect();
            let images = Images::new(shape, &pixels, vec![0, 255, 2, 3]).unwrap();
            assert_eq!((images.shape(), images.pixels()), (shape, pixels));
            let look = Look { levels: std::array::from_fn(|level| 255 - level as u8), is_turned: true };
            let turned = Images::taken(images.pictures.clone(), Some(look), vec![0, 1, 2, 3], vec![0; 4]);
            assert_eq!(turned.shape(), ImageShape { c, h: w, w: h });
            for i in 0..4 {
                let (straight, turned) = (images.get(i).unwrap().0, turned.get(i).unwrap().0);
                let (at, from) = (
                    |channel, row, column| (channel * w + column) * h + row,
                    |channel, row, column| (channel * h + row) * w + column,
                );
                for channel in 0..c {
                    for (row, column) in (0..h).flat_map(|row| (0..w).map(move |column| (row, column))) {
                        assert_eq!(turned[at(channel, row, column)], 255 - straight[from(channel, row, column)]);
                    }
                }
            }
        }
    }

    #[test]
    fn sets_put_together_keep_their_images() {
        let shape = ImageShape { c: 3, h: 32, w: 32 };
        let set = |seed: usize| {
            let mut pictures = Pictures::new(shape);
            (0..100).for_each(|i| {
                pictures.push(&(0..shape.len()).map(|at| ((at + i) * seed % 256) as u8).collect::<Vec<_>>());
            });
            pictures
        };
        let apart: Vec<u8> =
            [5, 7].into_iter().flat_map(|n| Images::of(set(n), vec![0; 100]).unwrap().pixels()).collect();
        let mut both = set(5);
        both.append(set(7));
        assert!(both.blocks.len() >= 4, "each fills more than one block");
        assert_eq!(Images::of(both, vec![0; 200]).unwrap().pixels(), apart);
    }
}
