//! A learner's own files: what was found in them, and how that is to be read.

use crate::cifar::{self, CifarBatch, CifarError};
use crate::digits;
use crate::idx::{self, Content, FoundImages, IdxError, IdxFile, Layout, MOST_KEPT};
use crate::images::{Images, Look, Pictures};
use crate::scale::{Range, Scale};
use crate::schema::{ImageShape, Schema};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The rule from labels to classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelRule {
    /// Labels are the classes themselves, the ten digits at least.
    #[default]
    Same,
    /// 1 to 9 are themselves, 10 is the digit 0.
    TenIsZero,
    /// 1 is the digit 0, and so on to 10, which is 9.
    OneLess,
    /// 48 is the character 0, and so on.
    Characters,
    /// 0 to 9 are themselves, images with other labels are left out.
    DigitsOnly,
    /// 1 is the letter A, and so on to 26, which is Z.
    Letters,
    /// Labels that occur are the classes, in their order.
    Occurring,
}

/// The class of a label, if it is one.
type Classes = [Option<u8>; 256];

impl LabelRule {
    /// The class of every label, where these occur.
    fn classes(self, is_there: &[bool; 256]) -> Classes {
        let among = |n: usize, class: u8| (usize::from(class) < n).then_some(class);
        let n_before = |label: u8| is_there[..label.into()].iter().filter(|&&there| there).count() as u8;
        std::array::from_fn(|label| {
            let label = label as u8;
            match self {
                Self::Same => Some(label),
                Self::DigitsOnly => among(digits::N_CLASSES, label),
                Self::TenIsZero => among(digits::N_CLASSES, if label == 10 { 0 } else { label }),
                Self::OneLess => among(digits::N_CLASSES, label.wrapping_sub(1)),
                Self::Characters => among(digits::N_CLASSES, label.wrapping_sub(b'0')),
                Self::Letters => among(N_LETTERS, label.wrapping_sub(1)),
                Self::Occurring => is_there[usize::from(label)].then(|| n_before(label)),
            }
        })
    }

    /// The names of the classes of labels that occur.
    fn names(self, is_there: &[bool; 256]) -> Vec<String> {
        let occurring = || (0..=u8::MAX).filter(|&label| is_there[usize::from(label)]);
        let numbers = |n: usize| (0..n).map(|class| class.to_string()).collect();
        match self {
            Self::Same => {
                numbers(digits::N_CLASSES.max(occurring().next_back().map_or(0, |label| usize::from(label) + 1)))
            }
            Self::TenIsZero | Self::OneLess | Self::Characters | Self::DigitsOnly => numbers(digits::N_CLASSES),
            Self::Letters => ('A'..='Z').map(String::from).collect(),
            Self::Occurring if occurring().all(|label| label.is_ascii_alphanumeric()) => {
                occurring().map(|label| char::from(label).to_string()).collect()
            }
            Self::Occurring => occurring().map(|label| label.to_string()).collect(),
        }
    }
}

const N_LETTERS: usize = 26;

/// The options for reading the images and labels of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReading {
    /// Rows are taken as columns: EMNIST's digits lie on their side.
    pub is_turned: bool,
    /// Dark and bright change places.
    pub is_inverted: bool,
    /// The numbers found are stretched to 0 to 255.
    pub is_scaled: bool,
    /// The rule from labels to classes.
    pub labels: LabelRule,
}

/// The format of a learner's own files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    /// A pair of IDX files.
    Idx {
        /// How the axes of the images are understood.
        layout: Layout,
        /// True if the image file was chosen as the label file, and the other way round.
        is_swapped: bool,
    },
    /// Binary batches of CIFAR-10.
    Cifar10 {
        /// The number of files.
        n_files: usize,
        /// The number of images at the end that are kept for the test, if there is a batch for that.
        n_test: usize,
    },
}

/// Files that belong together.
#[derive(Clone, Debug)]
pub struct OwnFiles {
    format: FileFormat,
    pictures: Arc<Pictures>,
    labels: Vec<u8>,
    /// For each label, whether it occurs.
    is_there: [bool; 256],
    kept: Scale,
    scale: Scale,
    range: Range,
    is_bright: bool,
    rules: Vec<LabelRule>,
}

impl OwnFiles {
    /// Two files, of which one holds images and the other their labels.
    ///
    /// # Errors
    /// When they do not.
    pub fn new(images: IdxFile, labels: IdxFile) -> Result<Self, IdxError> {
        let is_swapped = matches!(images.content, Content::Labels(_));
        let (found, labels) = idx::images_and_labels(images, labels)?;
        let FoundImages { pictures, layout, kept, range, edge } = found;
        let (scale, is_there) = (Scale::of(range), occurring(&labels));
        Ok(Self {
            format: FileFormat::Idx { layout, is_swapped },
            // Photographs are neither dark on bright nor bright on dark.
            is_bright: pictures.shape().c == 1 && scale.level(edge) > 127,
            pictures: Arc::new(pictures),
            labels,
            rules: rules(&is_there),
            is_there,
            kept,
            scale,
            range,
        })
    }

    /// Batches of CIFAR-10 with the names of their files. Those whose names say so are kept for the test, unless all are.
    ///
    /// # Errors
    /// When there is none, one is there twice, or they hold more than is kept.
    pub fn cifar10(batches: Vec<(String, CifarBatch)>) -> Result<Self, CifarError> {
        for (i, (second, batch)) in batches.iter().enumerate() {
            let twin = batches[..i].iter().find(|(_, other)| other.checksum == batch.checksum);
            if let Some((first, _)) = twin {
                return Err(CifarError::Twice { first: first.clone(), second: second.clone() });
            }
        }
        let n_files = batches.len();
        let (test, training): (Vec<_>, Vec<_>) =
            batches.into_iter().partition(|(name, _)| name.to_ascii_lowercase().contains("test"));
        let n_test = if training.is_empty() { 0 } else { test.iter().map(|(_, batch)| batch.labels.len()).sum() };
        let (mut pictures, mut labels) = (Pictures::new(cifar::SHAPE), Vec::new());
        for (_, batch) in training.into_iter().chain(test) {
            pictures.append(batch.pictures);
            labels.extend(batch.labels);
            if pictures.n_bytes() > MOST_KEPT {
                return Err(CifarError::TooMuch);
            }
        }
        if labels.is_empty() {
            return Err(CifarError::None);
        }
        Ok(Self {
            format: FileFormat::Cifar10 { n_files, n_test },
            pictures: Arc::new(pictures),
            is_there: occurring(&labels),
            labels,
            kept: Scale::BYTES,
            scale: Scale::BYTES,
            range: Range { low: 0.0, high: 255.0 },
            is_bright: false,
            rules: vec![LabelRule::Same],
        })
    }

    /// Returns the likeliest options for files of these names. EMNIST's images lie on their side.
    pub fn likely(&self, names: &[&str]) -> FileReading {
        FileReading {
            is_turned: names.iter().any(|name| name.to_ascii_lowercase().contains("emnist")),
            is_inverted: self.is_bright,
            is_scaled: self.can_be_scaled(),
            labels: self.rules.first().copied().unwrap_or_default(),
        }
    }

    /// The images, as they are to be read, in the order of the files.
    pub fn images(&self, reading: FileReading) -> Images {
        let classes = reading.labels.classes(&self.is_there);
        let taken = (0..).zip(&self.labels).filter_map(|(i, &label)| Some((i, classes[usize::from(label)]?)));
        let (which, labels) = taken.unzip();
        Images::taken(self.pictures.clone(), self.look(reading), which, labels)
    }

    /// The schema of the images, as they are to be read.
    pub fn schema(&self, reading: FileReading) -> Schema {
        match self.format {
            FileFormat::Cifar10 { .. } => Schema { shape: self.images_shape(reading), ..cifar::schema() },
            FileFormat::Idx { .. } => {
                let classes = reading.labels.names(&self.is_there);
                Schema { shape: self.images_shape(reading), classes }
            }
        }
    }

    fn look(&self, FileReading { is_turned, is_inverted, is_scaled, .. }: FileReading) -> Option<Look> {
        let Scale { low, high } = self.scale;
        let out = if is_scaled { self.scale } else { Scale::BYTES };
        let levels = std::array::from_fn(|level| {
            let number = self.kept.number(level as f64);
            out.level(if is_inverted { low + high - number } else { number })
        });
        let is_plain = !is_turned && (0..=255).eq(levels);
        (!is_plain).then_some(Look { levels, is_turned })
    }

    fn images_shape(&self, reading: FileReading) -> ImageShape {
        let ImageShape { c, h, w } = self.pictures.shape();
        if reading.is_turned { ImageShape { c, h: w, w: h } } else { ImageShape { c, h, w } }
    }

    /// Number of images in the files.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes that the images take, packed by frames.
    pub fn n_bytes(&self) -> usize {
        self.pictures.n_bytes()
    }

    /// True if the numbers of the images are not grey levels from 0 to 255.
    pub fn can_be_scaled(&self) -> bool {
        self.scale != Scale::BYTES
    }

    /// The smallest and the largest number of the images.
    pub fn range(&self) -> (f64, f64) {
        (self.range.low, self.range.high)
    }

    /// True if the images are dark on bright.
    pub fn is_bright(&self) -> bool {
        self.is_bright
    }

    /// The format of the files.
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// The possible rules for the labels, the likeliest first.
    pub fn label_rules(&self) -> &[LabelRule] {
        &self.rules
    }
}

/// For each label, whether it occurs.
fn occurring(labels: &[u8]) -> [bool; 256] {
    let mut is_there = [false; 256];
    labels.iter().for_each(|&label| is_there[usize::from(label)] = true);
    is_there
}

/// Returns the possible rules for such labels, the likeliest first.
fn rules(is_there: &[bool; 256]) -> Vec<LabelRule> {
    use LabelRule::{Characters, DigitsOnly, Letters, Occurring, OneLess, Same, TenIsZero};
    let low = is_there.iter().position(|&there| there).unwrap_or(0);
    let high = is_there.iter().rposition(|&there| there).unwrap_or(0);
    let n_there = is_there.iter().filter(|&&there| there).count();
    let (mut rules, n_classes) = match (low, high) {
        (_, ..=9) => (vec![Same], 10),
        (1.., 10) => (vec![TenIsZero, OneLess], 10),
        (0x30.., ..=0x39) => (vec![Characters], 10),
        (1, N_LETTERS) => (vec![Letters], N_LETTERS),
        (0, _) if n_there == high + 1 => (vec![Same], n_there),
        _ => (vec![Occurring, Same], n_there),
    };
    if high > 10 && is_there[..digits::N_CLASSES] == [true; digits::N_CLASSES] {
        rules.push(DigitsOnly);
    }
    // Of classes that do not all occur, those can do alone.
    if n_there < n_classes {
        rules.push(Occurring);
    }
    rules
}
