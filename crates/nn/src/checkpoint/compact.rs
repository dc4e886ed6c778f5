//! A checkpoint in a few bytes, to look with: the format of the networks that come with the page.
//!
//! Weights are kept as whole numbers from −127 to 127 with one scale for each tensor, so a parameter takes one byte; what
//! training would go on from is left out. The layout, all numbers little-endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `receptN1` |
//! | 2, then so many | length of the network's text, and the text |
//! | 5 × 4 | the numbers of the [`Record`], in its order |
//! | 4, then one each | for every tensor, in the order of the layers: its scale as `f32`, and its values as `i8` |

use super::{Checkpoint, CheckpointError, Record};
use crate::{Optimiser, Parameters, Spec};
use alloc::vec::Vec;

/// The bytes that a compact checkpoint begins with.
const MAGIC: [u8; 8] = *b"receptN1";

/// The largest whole number that a weight is kept as.
const MOST: f32 = 127.0;

/// Bytes of a record.
const RECORD_LEN: usize = 5 * 4;

impl Checkpoint {
    /// A network whose weights are those that its compact bytes will hold.
    pub fn rounded(spec: Spec, mut parameters: Parameters, record: Record) -> Self {
        for values in parameters.values_mut_in_order() {
            let scale = scale(values);
            values.iter_mut().for_each(|value| *value = f32::from(whole(*value, scale)) * scale);
        }
        Self::untrained(spec, &parameters, record)
    }

    /// A network to look with, trained elsewhere.
    fn untrained(spec: Spec, parameters: &Parameters, record: Record) -> Self {
        let values = parameters.tensors().iter().flat_map(|tensor| &tensor.values).copied().collect();
        Self { spec, optimiser: Optimiser::SGD, values, place: None, record }
    }

    /// The compact bytes. What they are read back as is [rounded](Self::rounded).
    ///
    /// # Errors
    /// When the values are not those of the network.
    pub fn to_compact(&self) -> Result<Vec<u8>, CheckpointError> {
        let text = self.spec.to_text();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        self.record.numbers().iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        for tensor in self.parameters()?.tensors() {
            let scale = scale(&tensor.values);
            bytes.extend(scale.to_le_bytes());
            bytes.extend(tensor.values.iter().map(|&value| whole(value, scale) as u8));
        }
        Ok(bytes)
    }

    /// Reads compact bytes.
    ///
    /// # Errors
    /// When they are no checkpoint, or not all of one. Nothing larger than the bytes is allocated before it is known
    /// that they are.
    pub fn read_compact(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let found = bytes.len();
        let short = |wanted: usize| CheckpointError::Length { found, wanted };
        let rest = bytes.strip_prefix(&MAGIC).ok_or(CheckpointError::Magic)?;
        let (length, rest) = rest.split_first_chunk().ok_or(short(MAGIC.len() + 2))?;
        let length = usize::from(u16::from_le_bytes(*length));
        let head = MAGIC.len() + 2 + length + RECORD_LEN;
        let (text, rest) = rest.split_at_checked(length).ok_or(short(head))?;
        let (record, mut rest) = rest.split_at_checked(RECORD_LEN).ok_or(short(head))?;
        let text = core::str::from_utf8(text).map_err(|_| CheckpointError::Encoding)?;
        let spec = Spec::read(text).map_err(CheckpointError::Text)?;
        let lens = Parameters::lens(&spec).map_err(CheckpointError::Network)?;
        let wanted = lens.into_iter().fold(head, |sum, len| sum.saturating_add(4).saturating_add(len));
        if found != wanted {
            return Err(short(wanted));
        }
        let mut parameters = Parameters::init(&spec, 0).map_err(CheckpointError::Network)?;
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
        Ok(Self::untrained(spec, &parameters, record))
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
        let bytes = small().to_compact().unwrap();
        assert_eq!(bytes.len(), 8 + 2 + small().spec.to_text().len() + 20 + 11_274 + 6 * 4);
        assert_eq!(Checkpoint::read_compact(&bytes), Ok(small()));
    }

    #[test]
    fn a_weight_is_off_by_half_a_step_at_most() {
        let spec = Preset::Small.spec();
        let exact = Parameters::init(&spec, 5).unwrap();
        for (exact, kept) in exact.tensors().iter().zip(small().parameters().unwrap().tensors()) {
            let step = exact.values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
            for (a, b) in exact.values.iter().zip(&kept.values) {
                assert!((a - b).abs() <= 0.501 * step, "{}: {a} became {b}", exact.name);
            }
        }
    }

    #[test]
    fn bytes_that_are_cut_or_go_on_are_refused() {
        let bytes = small().to_compact().unwrap();
        for n in (0..bytes.len()).step_by(7) {
            assert!(Checkpoint::read_compact(&bytes[..n]).is_err(), "{n} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(Checkpoint::read_compact(&longer), Err(CheckpointError::Length { .. })));
    }

    #[test]
    fn hostile_bytes_are_refused_or_read_as_finite_weights() {
        let bytes = small().to_compact().unwrap();
        let mut rng = Rng::stream(1, 0);
        for _ in 0..2000 {
            let mut hostile = bytes.clone();
            for _ in 0..1 + rng.below(4) {
                // Mostly in the head: there is the most to misread.
                let most = if rng.below(4) > 0 { 80 } else { hostile.len() as u32 };
                hostile[rng.below(most) as usize] = rng.next_u32() as u8;
            }
            if let Ok(read) = Checkpoint::read_compact(&hostile) {
                assert!(read.is_finite());
            }
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let bytes = small().to_compact().unwrap();
        let text = 10..10 + small().spec.to_text().len();
        let scale = text.end + RECORD_LEN;
        let with = |at: usize, new: &[u8]| {
            let mut bytes = bytes.clone();
            bytes[at..at + new.len()].copy_from_slice(new);
            Checkpoint::read_compact(&bytes).unwrap_err()
        };
        assert_eq!(with(0, b"R"), CheckpointError::Magic);
        assert!(matches!(with(text.start, &[255]), CheckpointError::Encoding));
        assert!(matches!(with(text.start, b"?"), CheckpointError::Text(_)));
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
        bytes.extend([0; RECORD_LEN]);
        assert!(Checkpoint::read_compact(&bytes).is_err());
    }
}
