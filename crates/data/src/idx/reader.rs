//! Reads one file as its bytes come, and keeps no more of it than its images packed by frames, or its labels.

use super::error::{IdxError, Kind};
use super::header::{Entry, Header, Layout, Number};
use crate::foreign::ENOUGH;
use crate::gunzip::{Stop, Unpacker};
use crate::images::Pictures;
use crate::scale::{Range, Scale};
use crate::schema::ImageShape;

/// The largest file that is looked at, packed or not.
pub const MOST_BYTES: u64 = 4 << 30;
/// The most images, or labels, of a file.
pub const MOST_IMAGES: u32 = 1_000_000;
/// The most bytes that the images of a file may take once they are packed by frames.
pub const MOST_KEPT: usize = 400 << 20;

/// The content of a file.
#[derive(Debug)]
pub(crate) enum Content {
    /// Images.
    Images(FoundImages),
    /// Labels, each as it stands, 0 to 255.
    Labels(Vec<u8>),
}

/// The images of a file.
#[derive(Debug)]
pub(crate) struct FoundImages {
    pub(crate) pictures: Pictures,
    /// How the axes of the file are understood.
    pub(crate) layout: Layout,
    /// The numbers that the kept levels stand for.
    pub(crate) kept: Scale,
    /// From the smallest to the largest number.
    pub(crate) range: Range,
    /// Mean of the pixels along the edges.
    pub(crate) edge: f64,
}

/// The result of reading a file once.
pub enum Read {
    /// The file is read.
    Done(IdxFile),
    /// The file has to be pushed through this reader once more: only now is it known which numbers its levels are.
    Again(Box<IdxReader>),
}

/// A file that has been read and checked.
#[derive(Debug)]
pub struct IdxFile {
    /// Checksum of its bytes, unpacked: the CRC-32 that gzip uses.
    pub checksum: u32,
    pub(crate) content: Content,
}

/// A reader of one file, to be given all of its bytes in order.
pub struct IdxReader {
    kind: Kind,
    size: u64,
    unpacker: Unpacker,
    body: Body,
}

/// The parser of the unpacked bytes.
struct Body {
    kind: Kind,
    /// The size of the file if it is not packed.
    size: Option<u64>,
    checksum: crc32fast::Hasher,
    /// Unpacked bytes so far.
    n_bytes: u64,
    /// The beginning, until the header is complete; later the beginning of an entry.
    kept: Vec<u8>,
    header: Option<Header>,
    scale: Option<Scale>,
    range: Range,
    edge_sum: f64,
    /// The images, from the header on, if it promises any.
    pictures: Option<Pictures>,
    /// The image that is being read, (c, h, w).
    image: Vec<u8>,
    labels: Vec<u8>,
    n_entries: usize,
}

impl IdxReader {
    /// A reader of a file of this size in bytes, chosen where such a file is wanted.
    ///
    /// # Errors
    /// When a file of this size cannot be taken.
    pub fn new(kind: Kind, size: u64) -> Result<Self, IdxError> {
        match size {
            0 => Err(IdxError::NoBytes { kind }),
            size if size > MOST_BYTES => Err(IdxError::TooLarge { kind, size }),
            size => Ok(Self::with_scale(kind, size, None)),
        }
    }

    fn with_scale(kind: Kind, size: u64, scale: Option<Scale>) -> Self {
        let body = Body {
            kind,
            size: None,
            checksum: crc32fast::Hasher::new(),
            n_bytes: 0,
            kept: Vec::new(),
            header: None,
            scale,
            range: Range::default(),
            edge_sum: 0.0,
            pictures: None,
            image: Vec::new(),
            labels: Vec::new(),
            n_entries: 0,
        };
        Self { kind, size, unpacker: Unpacker::new(), body }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// As soon as it is known that the file cannot be read. The rest of it need not be looked at.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), IdxError> {
        let Self { kind, size, unpacker, body } = self;
        let take = |bytes: &[u8], is_packed: bool| body.take(bytes, (!is_packed).then_some(*size));
        unpacker.push(bytes, take).map_err(|stop| stopped(*kind, stop))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it should not end here, or when what it holds cannot be used.
    pub fn finish(mut self) -> Result<Read, IdxError> {
        let Self { kind, size, unpacker, body } = &mut self;
        let take = |bytes: &[u8], is_packed: bool| body.take(bytes, (!is_packed).then_some(*size));
        unpacker.finish(take).map_err(|stop| stopped(*kind, stop))?;
        let (kind, size) = (self.kind, self.size);
        let checksum = self.body.checksum.clone().finalize();
        Ok(match self.body.finish()? {
            Ok(content) => Read::Done(IdxFile { checksum, content }),
            Err(scale) => Read::Again(Box::new(Self::with_scale(kind, size, Some(scale)))),
        })
    }
}

pub(super) fn stopped(kind: Kind, stop: Stop<IdxError>) -> IdxError {
    match stop {
        Stop::Damaged(what) => IdxError::Gzip { kind, what },
        Stop::Refused(error) => error,
    }
}

impl Body {
    /// Takes the next unpacked bytes of a file that has this size, if it is not packed.
    fn take(&mut self, mut bytes: &[u8], size: Option<u64>) -> Result<(), IdxError> {
        self.size = size;
        self.n_bytes += bytes.len() as u64;
        self.checksum.update(bytes);
        if self.header.is_none() {
            // No more than the beginning is kept, however much comes at once.
            let n_more = ENOUGH.saturating_sub(self.kept.len()).min(bytes.len());
            self.kept.extend_from_slice(&bytes[..n_more]);
            bytes = &bytes[n_more..];
            let Some(header) = Header::read(self.kind, &self.kept, false)? else { return Ok(()) };
            self.begin(header)?;
            let rest = std::mem::take(&mut self.kept);
            self.entries(&rest[header.length..])?;
        }
        self.entries(bytes)
    }

    /// Compares what the header promises with the size that the file has.
    fn begin(&mut self, header: Header) -> Result<(), IdxError> {
        self.header = Some(header);
        if let Entry::Image { shape, .. } = header.entry {
            self.pictures = Some(Pictures::new(shape));
        }
        match self.size {
            Some(size) => self.check_length(header, size),
            None => Ok(()),
        }
    }

    fn check_length(&self, header: Header, found: u64) -> Result<(), IdxError> {
        let (kind, promised, things) = (self.kind, header.n, header.entry.things());
        match header.file_bytes() {
            expected if expected == found => Ok(()),
            _ if found == header.length as u64 => Err(IdxError::HeaderAlone { kind, found, promised, things }),
            expected => Err(IdxError::Length { kind, promised, things, expected, found }),
        }
    }

    fn entries(&mut self, mut bytes: &[u8]) -> Result<(), IdxError> {
        let Some(header) = self.header else { return Ok(()) };
        if self.n_bytes > header.file_bytes() {
            return self.check_length(header, self.n_bytes);
        }
        let n = header.entry_bytes();
        if !self.kept.is_empty() {
            let (first, rest) = bytes.split_at((n - self.kept.len()).min(bytes.len()));
            self.kept.extend_from_slice(first);
            bytes = rest;
            if self.kept.len() < n {
                return Ok(());
            }
            let entry = std::mem::take(&mut self.kept);
            self.entry(header, &entry)?;
        }
        let entries = bytes.chunks_exact(n);
        self.kept.extend_from_slice(entries.remainder());
        entries.into_iter().try_for_each(|entry| self.entry(header, entry))
    }

    fn entry(&mut self, header: Header, bytes: &[u8]) -> Result<(), IdxError> {
        let mut numbers = bytes.chunks_exact(header.number.width()).map(|bytes| header.number.read(bytes));
        match header.entry {
            Entry::Image { layout, .. } if header.number == Number::U8 && layout != Layout::ChannelsLast => {
                self.plain_image(bytes)?;
            }
            Entry::Image { shape, layout } => self.image(numbers, shape, layout)?,
            Entry::Label { .. } => {
                let value = numbers.next().unwrap_or(f64::NAN);
                self.label(value)?;
            }
            Entry::OneHot { n_classes } => {
                let numbers: Vec<f64> = numbers.collect();
                let n_ones = numbers.iter().filter(|&&number| number == 1.0).count();
                let n_zeros = numbers.iter().filter(|&&number| number == 0.0).count();
                let class = numbers.iter().position(|&number| number == 1.0);
                let class = class.filter(|_| (n_ones, n_zeros) == (1, n_classes - 1));
                let index = self.n_entries;
                self.labels.push(class.ok_or(IdxError::OneHot { index, n_classes })? as u8);
            }
        }
        self.n_entries += 1;
        Ok(())
    }

    fn label(&mut self, value: f64) -> Result<(), IdxError> {
        let index = self.n_entries;
        if value.fract() != 0.0 {
            return Err(IdxError::Fraction { index, value });
        }
        let label = value as i64;
        self.labels.push(u8::try_from(label).map_err(|_| IdxError::Label { index, label, most: u8::MAX })?);
        Ok(())
    }

    /// An image of bytes in our order, which are kept as they are.
    fn plain_image(&mut self, image: &[u8]) -> Result<(), IdxError> {
        let (low, high) = image.iter().fold((u8::MAX, 0), |(low, high), &pixel| (pixel.min(low), pixel.max(high)));
        self.range.include(low.into());
        self.range.include(high.into());
        self.keep(image)
    }

    /// An image of other numbers, or in another order. Numbers that are not bytes are looked at when they first come, and
    /// kept when their range is known.
    fn image(&mut self, numbers: impl Iterator<Item = f64>, shape: ImageShape, layout: Layout) -> Result<(), IdxError> {
        let scale = self.known_scale();
        let n_pixels = shape.h * shape.w;
        self.image.resize(shape.len(), 0);
        for (i, value) in numbers.enumerate() {
            if !value.is_finite() {
                return Err(IdxError::Pixel { index: self.n_entries, value });
            }
            self.range.include(value);
            if let Some(scale) = scale {
                let is_last = layout == Layout::ChannelsLast;
                let at = if is_last { i % shape.c * n_pixels + i / shape.c } else { i };
                self.image[at] = scale.level(value);
            }
        }
        if scale.is_none() {
            return Ok(());
        }
        let image = std::mem::take(&mut self.image);
        let kept = self.keep(&image);
        self.image = image;
        kept
    }

    /// The numbers that levels stand for, once that is known.
    fn known_scale(&self) -> Option<Scale> {
        let is_bytes = self.header.is_some_and(|header| header.number == Number::U8);
        if is_bytes { Some(Scale::BYTES) } else { self.scale }
    }

    fn keep(&mut self, image: &[u8]) -> Result<(), IdxError> {
        let Some(pictures) = &mut self.pictures else { return Ok(()) };
        self.edge_sum += edge(image, pictures.shape());
        pictures.push(image);
        if pictures.n_bytes() > MOST_KEPT { Err(IdxError::TooMuch) } else { Ok(()) }
    }

    /// Returns the content of the file, or the scale with which it is to be read once more.
    fn finish(mut self) -> Result<Result<Content, Scale>, IdxError> {
        let header = match self.header {
            Some(header) => header,
            None => {
                let header = Header::read(self.kind, &self.kept, true)?;
                let header = header.ok_or(IdxError::NoBytes { kind: self.kind })?;
                self.begin(header)?;
                let rest = std::mem::take(&mut self.kept);
                self.entries(&rest[header.length..])?;
                header
            }
        };
        self.check_length(header, self.n_bytes)?;
        let (Entry::Image { layout, .. }, Some(pictures)) = (header.entry, self.pictures.take()) else {
            return Ok(Ok(Content::Labels(self.labels)));
        };
        if let Some(value) = self.range.only() {
            return Err(IdxError::Blank { value });
        }
        let Some(kept) = self.known_scale() else { return Ok(Err(Scale::of(self.range))) };
        let edge = kept.number(self.edge_sum / f64::from(header.n));
        Ok(Ok(Content::Images(FoundImages { pictures, layout, kept, range: self.range, edge })))
    }
}

/// Mean level along the edges of an image, over its channels.
fn edge(image: &[u8], ImageShape { h, w, .. }: ImageShape) -> f64 {
    let (mut n, mut sum) = (0_u32, 0_u32);
    for (i, row) in image.chunks_exact(w).enumerate() {
        let is_whole = i % h == 0 || i % h == h - 1;
        let ends = [&row[..1], &row[w - 1..]];
        let levels = if is_whole { [row, &[]] } else { ends };
        levels.iter().flat_map(|part| part.iter()).for_each(|&level| {
            n += 1;
            sum += u32::from(level);
        });
    }
    f64::from(sum) / f64::from(n)
}
