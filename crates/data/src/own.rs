//! A learner's own pair of files: what was found in them, and how that is to be read.

use crate::idx::{self, Content, FoundImages, IdxError, IdxFile};
use crate::images::{Images, Look, Pictures};
use crate::scale::{Range, Scale};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The rule from labels to digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelRule {
    /// Labels are the digits themselves.
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
}

impl LabelRule {
    /// The digit that a label stands for, if it stands for one.
    fn digit(self, label: u8) -> Option<u8> {
        let digit = match self {
            Self::Same | Self::DigitsOnly => label,
            Self::TenIsZero => label % 10,
            Self::OneLess => label.wrapping_sub(1),
            Self::Characters => label.wrapping_sub(b'0'),
        };
        (digit <= 9).then_some(digit)
    }
}

/// The options for reading the images and labels of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReading {
    /// Rows are taken as columns: EMNIST's digits lie on their side.
    pub is_turned: bool,
    /// Dark and bright change places.
    pub is_inverted: bool,
    /// The numbers found are stretched to 0 to 255.
    pub is_scaled: bool,
    /// The rule from labels to digits.
    pub labels: LabelRule,
}

/// A pair of files that belong together.
#[derive(Clone, Debug)]
pub struct OwnFiles {
    pictures: Arc<Pictures>,
    labels: Vec<u8>,
    kept: Scale,
    scale: Scale,
    range: Range,
    is_bright: bool,
    is_swapped: bool,
    rules: Vec<LabelRule>,
}

impl OwnFiles {
    /// Two files, of which one holds images and the other their labels.
    ///
    /// # Errors
    /// When they do not, or the labels are not those of digits.
    pub fn new(images: IdxFile, labels: IdxFile) -> Result<Self, IdxError> {
        let is_swapped = matches!(images.content, Content::Labels(_));
        let (found, labels) = idx::images_and_labels(images, labels)?;
        let FoundImages { pictures, kept, range, edge } = found;
        let scale = Scale::of(range);
        Ok(Self {
            rules: rules(&labels)?,
            pictures: Arc::new(pictures),
            labels,
            kept,
            scale,
            range,
            is_bright: scale.level(edge) > 127,
            is_swapped,
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

    /// The images, as they are to be read, in the order of the file.
    pub fn images(&self, reading: FileReading) -> Images {
        let digits = (0..).zip(&self.labels).filter_map(|(i, &label)| Some((i, reading.labels.digit(label)?)));
        let (which, labels) = digits.unzip();
        Images::taken(self.pictures.clone(), self.look(reading), which, labels)
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

    /// Number of images in the file.
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

    /// True if the image file was chosen as the label file, and the other way round.
    pub fn is_swapped(&self) -> bool {
        self.is_swapped
    }

    /// The possible rules for the labels, the likeliest first.
    pub fn label_rules(&self) -> &[LabelRule] {
        &self.rules
    }
}

/// Returns the possible rules for such labels, the likeliest first.
fn rules(labels: &[u8]) -> Result<Vec<LabelRule>, IdxError> {
    let mut is_there = [false; 256];
    labels.iter().for_each(|&label| is_there[usize::from(label)] = true);
    let low = labels.iter().copied().min().unwrap_or(0);
    let high = labels.iter().copied().max().unwrap_or(0);
    let refused = |what| Err(IdxError::Classes { low, high, what });
    match (low, high) {
        (_, ..=9) => Ok(vec![LabelRule::Same]),
        (1.., 10) => Ok(vec![LabelRule::TenIsZero, LabelRule::OneLess]),
        (b'0'.., ..=b'9') => Ok(vec![LabelRule::Characters]),
        (0, _) if is_there[..10] == [true; 10] => Ok(vec![LabelRule::DigitsOnly]),
        (1, 26) => refused("these are letters"),
        (b'A'.., ..=b'z') => refused("these are letters, as characters"),
        _ => refused("these are other classes than digits"),
    }
}
