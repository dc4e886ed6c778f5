//! A trained network in a few bytes.
//!
//! Weights are kept as whole numbers from −127 to 127 with one scale for each tensor, so a parameter takes one byte.
//! The layout, all numbers little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `receptN1` |
//! | 2, then so many | length of the network's text, and the text |
//! | 5 × 4 | the numbers of the [`Record`], in its order |
//! | 4, then one each | for every tensor, in the order of the layers: its scale as `f32`, and its values as `i8` |

use crate::init::Parameters;
use crate::ledger::Ledger;
use crate::spec::Spec;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// The bytes that a checkpoint begins with.
const MAGIC: [u8; 8] = *b"receptN1";

/// The largest whole number that a weight is kept as.
const MOST: f32 = 127.0;

/// The training and test record of a network that was trained beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Images that it learned from.
    pub n_training: u32,
    /// The number of times that it saw each of them.
    pub n_epochs: u32,
    /// Images, all of them unseen before, that it was measured on, as it is kept here.
    pub n_test: u32,
    /// Of these, those that it got right.
    pub n_correct: u32,
    /// Parts in a million: the least probability of its first class that counts as that class. 0 where the most
    /// probable class is the answer.
    pub threshold: u32,
}

/// The origin of a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Trained beforehand; they come with the page.
    Shipped(Record),
    /// A run, after so many steps. At 0 the weights are random.
    Run {
        /// Steps done.
        iteration: u32,
    },
}

/// A network with trained weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Its layers.
    pub spec: Spec,
    /// Its weights.
    pub parameters: Parameters,
    /// Its training and test record.
    pub record: Record,
}

/// The reason that bytes are no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// They do not begin with `receptN1`.
    Magic,
    /// The network's text is none, or the network cannot be built; the text says why.
    Network(String),
    /// There are fewer or more bytes than the network needs.
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        wanted: usize,
    },
    /// A scale is negative or not a finite number.
    Scale,
    /// More images right than measured, or a threshold above one.
    Record,
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("this is no checkpoint of Receptive"),
            Self::Network(why) => write!(f, "the checkpoint's network cannot be built: {why}"),
            Self::Length { found, wanted } => write!(f, "the checkpoint has {found} bytes and needs {wanted}"),
            Self::Scale => f.write_str("a scale of the checkpoint is no positive number"),
            Self::Record => f.write_str("the checkpoint's record contradicts itself"),
        }
    }
}

impl core::error::Error for CheckpointError {}

impl Record {
    const LEN: usize = 5 * 4;

    fn numbers(&self) -> [u32; 5] {
        [self.n_training, self.n_epochs, self.n_test, self.n_correct, self.threshold]
    }

    /// The fraction of test images that it got right.
    pub fn accuracy(&self) -> f32 {
        self.n_correct as f32 / self.n_test.max(1) as f32
    }

    /// [`threshold`](Self::threshold) as a probability.
    pub fn least_probability(&self) -> f32 {
        self.threshold as f32 / 1e6
    }
}

impl Checkpoint {
    /// A network whose weights are those that its bytes will hold.
    pub fn rounded(spec: Spec, mut parameters: Parameters, record: Record) -> Self {
        for values in parameters.values_mut_in_order() {
            let scale = scale(values);
            values.iter_mut().for_each(|value| *value = f32::from(whole(*value, scale)) * scale);
        }
        Self { spec, parameters, record }
    }

    /// The bytes. What they are read back as is [rounded](Self::rounded).
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = self.spec.to_text();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        self.record.numbers().iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        for tensor in self.parameters.tensors() {
            let scale = scale(&tensor.values);
            bytes.extend(scale.to_le_bytes());
            bytes.extend(tensor.values.iter().map(|&value| whole(value, scale) as u8));
        }
        bytes
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// When they are no checkpoint, or not all of one. Nothing larger than the bytes is allocated before it is known
    /// that they are.
    pub fn read(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let found = bytes.len();
        let short = |wanted: usize| CheckpointError::Length { found, wanted };
        let rest = bytes.strip_prefix(&MAGIC).ok_or(CheckpointError::Magic)?;
        let (length, rest) = rest.split_first_chunk().ok_or(short(MAGIC.len() + 2))?;
        let length = usize::from(u16::from_le_bytes(*length));
        let head = MAGIC.len() + 2 + length + Record::LEN;
        let (text, rest) = rest.split_at_checked(length).ok_or(short(head))?;
        let (record, mut rest) = rest.split_at_checked(Record::LEN).ok_or(short(head))?;
        let text = core::str::from_utf8(text).map_err(|error| CheckpointError::Network(alloc::format!("{error}")))?;
        let spec = Spec::read(text).map_err(|error| CheckpointError::Network(alloc::format!("{error}")))?;
        let ledger = Ledger::new(&spec).map_err(|error| CheckpointError::Network(alloc::format!("{error}")))?;
        let n_tensors = 2 * ledger.rows.iter().filter(|row| row.n_params > 0).count();
        let wanted = head.saturating_add(ledger.n_params()).saturating_add(4 * n_tensors);
        if found != wanted {
            return Err(short(wanted));
        }
        let mut parameters =
            Parameters::init(&spec, 0).map_err(|error| CheckpointError::Network(alloc::format!("{error}")))?;
        for values in parameters.values_mut_in_order() {
            let (scale, tail) = rest.split_first_chunk().ok_or(short(wanted))?;
            let (wholes, tail) = tail.split_at_checked(values.len()).ok_or(short(wanted))?;
            let scale = f32::from_le_bytes(*scale);
            if !(0.0..=f32::MAX / MOST).contains(&scale) {
                return Err(CheckpointError::Scale);
            }
            values.iter_mut().zip(wholes).for_each(|(value, &whole)| *value = f32::from(whole as i8) * scale);
            rest = tail;
        }
        let mut numbers = record.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || numbers.next().unwrap_or_default();
        let record =
            Record { n_training: next(), n_epochs: next(), n_test: next(), n_correct: next(), threshold: next() };
        if record.n_correct > record.n_test || record.threshold > 1_000_000 {
            return Err(CheckpointError::Record);
        }
        Ok(Self { spec, parameters, record })
    }
}

/// Returns the weight that the whole number 1 stands for.
fn scale(values: &[f32]) -> f32 {
    values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / MOST
}

fn whole(value: f32, scale: f32) -> i8 {
    if scale > 0.0 { libm::roundf(value / scale).clamp(-MOST, MOST) as i8 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;
    use receptive_core::Rng;

    fn small() -> Checkpoint {
        let spec = Preset::Small.spec();
        let parameters = Parameters::init(&spec, 5).unwrap();
        let record = Record { n_training: 6, n_epochs: 2, n_test: 10, n_correct: 9, threshold: 7 };
        Checkpoint::rounded(spec, parameters, record)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = small().to_bytes();
        assert_eq!(bytes.len(), 8 + 2 + small().spec.to_text().len() + 20 + 11_274 + 6 * 4);
        assert_eq!(Checkpoint::read(&bytes), Ok(small()));
    }

    #[test]
    fn a_weight_is_off_by_half_a_step_at_most() {
        let spec = Preset::Small.spec();
        let exact = Parameters::init(&spec, 5).unwrap();
        for (exact, kept) in exact.tensors().iter().zip(small().parameters.tensors()) {
            let step = exact.values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
            for (a, b) in exact.values.iter().zip(&kept.values) {
                assert!((a - b).abs() <= 0.501 * step, "{}: {a} became {b}", exact.name);
            }
        }
    }

    #[test]
    fn bytes_that_are_cut_or_go_on_are_refused() {
        let bytes = small().to_bytes();
        for n in (0..bytes.len()).step_by(7) {
            assert!(Checkpoint::read(&bytes[..n]).is_err(), "{n} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(Checkpoint::read(&longer), Err(CheckpointError::Length { .. })));
    }

    #[test]
    fn hostile_bytes_are_refused_or_read_as_finite_weights() {
        let bytes = small().to_bytes();
        let mut rng = Rng::stream(1, 0);
        for _ in 0..2000 {
            let mut hostile = bytes.clone();
            for _ in 0..1 + rng.below(4) {
                // Mostly in the head: there is the most to misread.
                let most = if rng.below(4) > 0 { 80 } else { hostile.len() as u32 };
                hostile[rng.below(most) as usize] = rng.next_u32() as u8;
            }
            if let Ok(read) = Checkpoint::read(&hostile) {
                assert!(read.parameters.all_finite());
            }
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let bytes = small().to_bytes();
        let text = 10..10 + small().spec.to_text().len();
        let scale = text.end + Record::LEN;
        let with = |at: usize, new: &[u8]| {
            let mut bytes = bytes.clone();
            bytes[at..at + new.len()].copy_from_slice(new);
            Checkpoint::read(&bytes).unwrap_err()
        };
        assert_eq!(with(0, b"R"), CheckpointError::Magic);
        assert!(matches!(with(text.start, &[255]), CheckpointError::Network(_)));
        assert!(matches!(with(text.start, b"?"), CheckpointError::Network(_)));
        for bad in [f32::NAN, f32::INFINITY, -1.0, f32::MAX] {
            assert_eq!(with(scale, &bad.to_le_bytes()), CheckpointError::Scale);
        }
        assert_eq!(with(text.end + 12, &11_u32.to_le_bytes()), CheckpointError::Record);
        assert_eq!(with(text.end + 16, &1_000_001_u32.to_le_bytes()), CheckpointError::Record);
    }

    #[test]
    fn a_text_that_names_an_enormous_network_allocates_nothing() {
        let text = "28x28x1:c65536x9,f,d65536,d10";
        let mut bytes = MAGIC.to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend([0; Record::LEN]);
        assert!(Checkpoint::read(&bytes).is_err());
    }
}
