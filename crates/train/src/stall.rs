//! Notices a run that does not learn, so that the page can say why.

use crate::look::Look;
use crate::protocol::{RunEvent, Stall, StepRecord};
use crate::session::{Open, Session};
use receptive_nn::{Head, Layer};

/// A watch lasts for at least this number of steps …
const MIN_STEPS: u32 = 100;
/// … and this number of images.
const MIN_IMAGES: u32 = 3000;
/// A mean loss above this part of that of a guess among n classes, which is ln n for cross-entropy, and …
const GUESSING_LOSS: f64 = 0.955;
/// … no more right than this beyond a guess, which is right once in n, or a little more often where a class is common.
const GUESSING_ACCURACY: f64 = 0.06;
/// Images that units are looked at with.
const N_LOOKED_AT: usize = 8;

/// The last steps of a run, and the verdict that was emitted.
#[derive(Default)]
pub(crate) struct Watch {
    n_steps: u32,
    loss: f64,
    accuracy: f64,
    /// True once a watch is over: the first steps of a run may guess.
    is_warm: bool,
    is_emitted: bool,
}

impl Watch {
    /// Takes in a step. Returns the mean loss and whether the run guesses, when that can be said.
    fn step(&mut self, record: &StepRecord, batch: u32, n_classes: usize, of: Head) -> Option<(f64, bool)> {
        self.n_steps += 1;
        self.loss += f64::from(record.loss);
        self.accuracy += f64::from(record.accuracy);
        if self.n_steps < MIN_STEPS.max(MIN_IMAGES / batch.max(1)) {
            return None;
        }
        let (loss, accuracy) = (self.loss / f64::from(self.n_steps), self.accuracy / f64::from(self.n_steps));
        let n = n_classes as f64;
        let is_guess =
            loss >= GUESSING_LOSS * f64::from(of.guess(n_classes)) && accuracy <= 1.0 / n + GUESSING_ACCURACY;
        let is_guessing = self.is_warm && is_guess;
        *self = Self { is_warm: true, is_emitted: self.is_emitted, ..Self::default() };
        Some((loss, is_guessing))
    }
}

impl Session {
    /// Emits an event when the run turns out not to learn, and when it does so again.
    pub(crate) fn watch(&mut self, open: &mut Open, record: &StepRecord) {
        let (batch, n_classes) = (open.run.config.batch, open.run.n_classes());
        let Some((loss, is_guessing)) = open.watch.step(record, batch, n_classes, open.run.config.loss) else { return };
        if is_guessing == open.watch.is_emitted {
            return;
        }
        open.watch.is_emitted = is_guessing;
        let stall = is_guessing.then(|| Stall {
            iteration: record.iteration,
            loss: loss as f32,
            dead_share: self.dead_share(open),
        });
        self.emit_run(RunEvent::Stalled(stall));
    }

    /// The share of dead units in the rectifier with the most of them: of a convolution whole maps, as a blank corner
    /// says nothing.
    fn dead_share(&self, open: &mut Open) -> f32 {
        let Some(dataset) = self.sources.get(open.supply) else { return 0.0 };
        let images = (0..dataset.n_training()).filter_map(|i| dataset.training_image(i)).take(N_LOOKED_AT);
        let images: Vec<Vec<f32>> =
            images.map(|(pixels, _)| pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect()).collect();
        let spec = &open.run.config.spec;
        let rectifiers = spec.names().into_iter().zip(&spec.layers).filter(|(_, layer)| **layer == Layer::Relu);
        let names: Vec<String> = rectifiers.map(|(name, _)| name).collect();
        // Whether each unit of each layer gave something.
        let mut is_alive: Vec<Vec<bool>> = vec![Vec::new(); names.len()];
        for pixels in images {
            let Ok(found) = open.run.look(Look { image: &pixels, backward: None, names: names.clone() }) else {
                return 0.0;
            };
            for (all, tensor) in is_alive.iter_mut().zip(found.tensors) {
                let [_, n_units, rows, columns] = tensor.shape.map(|n| n as usize);
                all.resize(n_units, false);
                let maps = tensor.values.chunks(rows * columns);
                all.iter_mut().zip(maps).for_each(|(all, map)| *all |= map.iter().any(|&value| value > 0.0));
            }
        }
        let shares = is_alive
            .iter()
            .map(|units| units.iter().filter(|is_alive| !**is_alive).count() as f32 / units.len().max(1) as f32);
        shares.fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last verdict over `n_steps` steps with this loss and accuracy.
    fn verdict(n_steps: u32, batch: u32, loss: f32, accuracy: f32) -> Option<bool> {
        let mut watch = Watch::default();
        let records = (1..=n_steps).map(|iteration| StepRecord { iteration, loss, accuracy });
        records
            .filter_map(|record| watch.step(&record, batch, 10, Head::CrossEntropy))
            .last()
            .map(|(_, is_guessing)| is_guessing)
    }

    #[test]
    fn guessing_for_long_is_noticed_and_a_slow_start_is_not() {
        assert_eq!(verdict(99, 32, 2.303, 0.1), None);
        assert_eq!(verdict(100, 32, 2.303, 0.1), Some(false), "the first steps may guess");
        assert_eq!(verdict(200, 32, 2.303, 0.1), Some(true));
        assert_eq!(verdict(200, 1, 2.303, 0.1), None, "two hundred images say nothing");
        assert_eq!(verdict(400, 32, 2.25, 0.3), Some(false));
        assert_eq!(verdict(400, 32, 1.5, 0.1), Some(false));
    }
}
