//! The verification that a GPU computes what the processor does: the first step on it is taken by both.

use super::messages::StepResults;
use crate::protocol::{GpuDifference, StepRecord};
use crate::run::Run;
use receptive_nn::Checkpoint;

/// The number of steps that are compared before a GPU is given up. Rounding can open a rectifier, or move a maximum, on
/// one side alone; that is rare, and does not happen again and again.
const MOST_CHECKS: u32 = 3;
/// Tolerance of a tensor's change, as a share of its length.
const ROUNDING: f64 = 3e-3;
/// Error of a probability. The smaller the loss, the more it is of a gradient.
const PROBABILITY: f64 = 1e-6;
/// Error of a stored number, as a share of it.
const STORED: f64 = 2.4e-7;
/// Error of a gradient that should be zero.
const ZERO: f64 = 1e-10;
/// Size of a gradient, as a share of the largest of all tensors', below which it is nothing but rounding: that of a bias
/// in front of a batch normalisation, say, which takes it out again. An optimiser that divides by the size of gradients
/// makes steps of it that no two engines share.
const NOISE: f64 = 1e-5;

/// The verification of a GPU on the run that is open, as far as it has come.
#[derive(Default)]
pub(crate) struct Verification {
    is_passed: bool,
    n_checks: u32,
    /// The learning rate of the step that is being checked.
    pub(crate) rate: f32,
    /// The GPU's results of the step that is being checked, until the processor has taken it too.
    pub(crate) results: Option<StepResults>,
}

/// The outcome of a check.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The GPU's step is the processor's, within rounding.
    Same,
    /// It is not; another step may tell whether that was rounding.
    Unclear,
    /// It is not, again and again: this is off.
    Wrong(GpuDifference),
}

impl Verification {
    pub(crate) fn is_passed(&self) -> bool {
        self.is_passed
    }

    /// Compares the GPU's results of a step with the processor's: `run` has taken it from `before`, with the outcome
    /// `record`.
    pub(crate) fn check(
        &mut self,
        results: &StepResults,
        before: &Checkpoint,
        run: &Run,
        record: &StepRecord,
    ) -> Verdict {
        self.n_checks += 1;
        match difference(results, before, run, record) {
            None => {
                self.is_passed = true;
                Verdict::Same
            }
            Some(what) if self.n_checks >= MOST_CHECKS => Verdict::Wrong(what),
            Some(_) => Verdict::Unclear,
        }
    }
}

/// Names the numbers of a step on the GPU that are off by more than rounding.
fn difference(results: &StepResults, before: &Checkpoint, run: &Run, record: &StepRecord) -> Option<GpuDifference> {
    let ([loss], [n_correct], Some(state)) = (&results.losses[..], &results.n_correct[..], &results.state) else {
        return Some(GpuDifference::Answer);
    };
    let (got, want) = (f64::from(*loss), f64::from(record.loss));
    // Written as passes, so that NaN fails.
    let is_loss = (got - want).abs() <= 1e-5 + 1e-3 * want.abs();
    if !is_loss {
        return Some(GpuDifference::Loss);
    }
    let n_wanted = record.accuracy * run.config.batch as f32;
    let are_hits = (*n_correct as f32 - n_wanted).abs() < 1.5;
    if !are_hits {
        return Some(GpuDifference::Hits);
    }
    let after = run.checkpoint();
    if state.step() != after.step() || state.values.len() != after.values.len() {
        return Some(GpuDifference::Length);
    }
    let share = (ROUNDING + PROBABILITY / want.max(PROBABILITY)).min(0.5);
    let mut start = 0;
    let rows: Vec<(&str, [&[f32]; 3])> = run
        .rows()
        .map(|(name, len)| {
            let row = start..start + len;
            start += len;
            (name, [&before.values[row.clone()], &after.values[row.clone()], &state.values[row]])
        })
        .collect();
    let tensors: Vec<_> = rows.chunk_by(|(one, _), (other, _)| one == other).collect();
    let sizes: Vec<_> = tensors.iter().map(|rows| gradient_sizes(rows)).collect();
    let largest = sizes.iter().map(|[own, _]| *own).fold(0.0, f64::max);
    for (rows, _) in tensors.iter().zip(&sizes).filter(|(_, sizes)| !are_noise(**sizes, largest)) {
        if let Some((name, _)) = rows.iter().find(|(_, rows)| !is_same_change(*rows, share)) {
            let (layer, part) = name.split_once('.').unwrap_or((name, ""));
            let layer = layer.to_string();
            return Some(if part == "bias" { GpuDifference::Biases(layer) } else { GpuDifference::Weights(layer) });
        }
    }
    None
}

/// Returns the size of a tensor's gradient here and on the GPU, in units that all tensors of a run share: the root mean
/// square of the change of what the optimiser remembers, or of the tensor where it remembers nothing.
fn gradient_sizes(rows: &[(&str, [&[f32]; 3])]) -> [f64; 2] {
    let Some((_, [before, after, found])) = rows.get(1).or(rows.first()) else { return [0.0; 2] };
    [after, found].map(|now| {
        let squares = now.iter().zip(*before).map(|(now, before)| f64::from(now - before).powi(2));
        (squares.sum::<f64>() / now.len() as f64).sqrt()
    })
}

/// True if a gradient is next to nothing on both engines. What is not a number is something.
fn are_noise(sizes: [f64; 2], largest: f64) -> bool {
    sizes.iter().all(|size| *size <= NOISE * largest)
}

/// True if two rows came from a third by the same change, but for rounding.
fn is_same_change([before, after, found]: [&[f32]; 3], share: f64) -> bool {
    let length = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let (before, after, found) = (wide(before), wide(after), wide(found));
    let off = length(&mut found.iter().zip(&after).map(|(found, after)| found - after));
    let change = length(&mut after.iter().zip(&before).map(|(after, before)| after - before));
    let size = length(&mut after.iter().copied());
    off <= share * change + STORED * size + ZERO * (after.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that changes by about a hundredth of its length, and the change.
    fn rows() -> (Vec<f32>, Vec<f32>) {
        let before: Vec<f32> = (0..400).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.5).collect();
        let change = (0..400).map(|i| (((i * 53) % 97) as f32 / 97.0 - 0.5) * 0.01).collect();
        (before, change)
    }

    fn is_same(scale: f32, noise: f32) -> bool {
        let (before, change) = rows();
        let moved = |by: &dyn Fn(usize) -> f32| before.iter().enumerate().map(|(i, b)| b + by(i)).collect::<Vec<_>>();
        let after = moved(&|i| change[i]);
        let found = moved(&|i| change[i] * scale + noise * if i % 2 == 0 { 1.0 } else { -1.0 });
        is_same_change([&before, &after, &found], ROUNDING)
    }

    #[test]
    fn rounding_is_the_same_change_and_one_part_in_a_hundred_is_not() {
        assert!(is_same(1.0, 0.0) && is_same(1.0, 1e-8) && is_same(1.0001, 0.0));
        for (scale, noise) in [(1.01, 0.0), (0.99, 0.0), (0.0, 0.0), (-1.0, 0.0), (1.0, 1e-4), (f32::NAN, 0.0)] {
            assert!(!is_same(scale, noise), "{scale} {noise}");
        }
    }

    #[test]
    fn a_gradient_is_noise_only_if_it_is_next_to_nothing_on_both_engines() {
        let rows = |own: f32, found: f32| gradient_sizes(&[("w", [&[1.0; 4], &[1.0 + own; 4], &[1.0 + found; 4]])]);
        let [own, found] = rows(0.5, 0.25);
        assert_eq!([own, found], [0.5, 0.25]);
        assert!(are_noise([1e-9, 3e-9], 0.01) && are_noise([0.0, 0.0], 0.0));
        for sizes in [[1e-3, 1e-9], [1e-9, 1e-3], [1e-9, f64::NAN], [1e-9, f64::INFINITY]] {
            assert!(!are_noise(sizes, 0.01), "{sizes:?}");
        }
        // Of an optimiser that remembers, what it remembers first is the gradient; the step may be as large as any.
        let remembers = [("w", [&[0.0; 2][..], &[0.1; 2], &[-0.1; 2]]), ("w", [&[0.0; 2], &[1e-9; 2], &[-1e-9; 2]])];
        assert!(gradient_sizes(&remembers)[0] < 1e-8);
    }

    #[test]
    fn nothing_that_changes_may_come_out_as_hardly_anything() {
        assert!(is_same_change([&[0.0; 9], &[0.0; 9], &[1e-11; 9]], ROUNDING));
        assert!(!is_same_change([&[0.0; 9], &[0.0; 9], &[1e-8; 9]], ROUNDING));
    }
}
