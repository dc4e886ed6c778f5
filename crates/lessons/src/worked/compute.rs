//! The engine's results for the worked examples.

use super::Worked;
use crate::Matrix;
use crate::chapters::counts;
use crate::plane::PlaneConv;
use crate::trace::Run;
use receptive_core::ops::{
    LinearGeom, linear_forward, linear_scratch_len, softmax_cross_entropy_forward, softmax_forward,
};
use receptive_core::{ConvGeom, ConvParams, GeomError, PoolParams, Shape4};
use receptive_nn::{Layer, Ledger, LedgerRow, Preset, SpecError, Tally};

impl Worked {
    /// Returns the engine's result, rounded as the deck rounds; `None` for statements.
    pub fn compute(&self) -> Option<Vec<f64>> {
        let wide = |values: &[f32]| values.iter().map(|&value| self.rounded(value.into())).collect::<Vec<_>>();
        Some(match self.kind {
            "conv2d" | "conv2d-mean" => {
                let divisor = self.find("divide_by").and_then(|text| text.parse().ok()).unwrap_or(1.0);
                let conv = self.conv().ok()?;
                conv.output().values.iter().map(|&value| self.rounded(f64::from(value) / divisor)).collect()
            }
            "max-pool2d" | "avg-pool2d" | "relu" => wide(&self.layer_output().ok()?.values),
            "softmax" => {
                let logits = self.matrix("logits").values;
                let mut p = vec![0.0; logits.len()];
                softmax_forward(&mut p, &logits, logits.len());
                wide(&p)
            }
            "cross-entropy" => wide(&[self.loss()]),
            "mean-at" => wide(&[self.mean_at()]),
            "output-size" => vec![self.output_size().ok()? as f64],
            "count" => vec![self.n_counted()? as f64],
            "binary-metrics" => self.binary_metrics().map(|value| self.rounded(value)).to_vec(),
            "classification-report" => wide(&[self.accuracy()]),
            _ => return None,
        })
    }

    /// The example's convolution.
    ///
    /// # Errors
    /// When its kernel does not fit.
    pub fn conv(&self) -> Result<PlaneConv, GeomError> {
        PlaneConv::new(self.matrix("input"), self.matrix("kernel"), 0.0, self.conv_params())
    }

    fn conv_params(&self) -> ConvParams {
        ConvParams::default().stride(self.count("stride")).padding(self.count("padding"))
    }

    /// The layer of an example with a pooling or a rectifier.
    pub fn layer(&self) -> Layer {
        let params = || PoolParams {
            window: [self.count("window"); 2],
            stride: [self.count("stride"); 2],
            padding: [0; 2],
            ceil: self.text("fit") == "ceil",
        };
        match self.kind {
            "relu" => Layer::Relu,
            "max-pool2d" => Layer::MaxPool2d(params()),
            _ => Layer::AvgPool2d(params()),
        }
    }

    /// Returns the output of that layer.
    ///
    /// # Errors
    /// When its window does not fit.
    fn layer_output(&self) -> Result<Matrix, SpecError> {
        let input = self.matrix("input");
        let run = Run::new([1, input.rows, input.columns], vec![self.layer()], &[], &input.values)?;
        Ok(run.plane(run.output(0), 0))
    }

    /// The loss in nats. Softmax of the logarithms gives the probabilities back.
    fn loss(&self) -> f32 {
        let logits: Vec<_> = self.matrix("probabilities").values.iter().map(|p| p.ln()).collect();
        let (mut loss, mut p) = ([0.0], vec![0.0; logits.len()]);
        let target = self.count("target") as u8;
        softmax_cross_entropy_forward(&mut loss, &mut p, &logits, &[target], logits.len());
        loss[0]
    }

    /// The mean of chosen values: a dense unit with equal weights on them.
    fn mean_at(&self) -> f32 {
        let (values, chosen) = (self.matrix("values").values, self.counts("indices"));
        let share = 1.0 / chosen.len().max(1) as f32;
        let weights: Vec<_> = (0..values.len()).map(|i| if chosen.contains(&i) { share } else { 0.0 }).collect();
        let geom = LinearGeom { n: 1, inputs: values.len(), outputs: 1 };
        let (mut y, mut scratch) = ([0.0], vec![0.0; linear_scratch_len(&geom)]);
        linear_forward(&mut y, &values, &weights, &[0.0], &geom, &mut scratch);
        y[0]
    }

    fn output_size(&self) -> Result<usize, GeomError> {
        let (n, f) = (self.count("n"), self.count("f"));
        Ok(ConvGeom::new(Shape4::new(1, 1, n, n), Shape4::new(1, 1, f, f), self.conv_params())?.y().h)
    }

    /// Accuracy, recall, precision, specificity and rate of false alarms.
    fn binary_metrics(&self) -> [f64; 5] {
        let [tn, fp, fn_, tp] = ["tn", "fp", "fn", "tp"].map(|name| self.count(name) as f64);
        [(tp + tn) / (tp + tn + fp + fn_), tp / (tp + fn_), tp / (tp + fp), tn / (tn + fp), fp / (fp + tn)]
    }

    /// Accuracy of a confusion matrix, tallied image by image.
    fn accuracy(&self) -> f32 {
        let matrix = self.matrix("matrix");
        let mut tally = Tally::new(matrix.columns);
        for (cell, &n) in matrix.values.iter().enumerate() {
            let [label, predicted] = matrix.place(cell);
            let mut probabilities = vec![0.0; matrix.columns];
            probabilities[predicted] = 1.0;
            (0..n as usize).for_each(|_| tally.add(&probabilities, &[label as u8], &[0.0]));
        }
        tally.accuracy()
    }

    /// Returns the number that the example asks for, counted by geometry and ledger.
    fn n_counted(&self) -> Option<u64> {
        let slides = Ledger::new(&Preset::Slides.spec()).ok()?;
        let row = |name: &str| slides.rows.iter().find(|row| row.name == name);
        let n_params = |name| row(name).map(|row| row.n_params as u64);
        let n_units = |name| row(name).map(|row| row.shape.iter().product::<usize>());
        let exercise = |pad: &str| counts::exercise_ledger(&counts::CHAPTER.settings().with("pad", pad)).ok();
        Some(match self.id {
            "params-16-filters" => kernels(16, 3, 1, 28, 1)?.n_params() as u64,
            "params-conv1" => n_params("conv 1")?,
            "params-conv2" => n_params("conv 2")?,
            "params-fc1" => n_params("linear 1")?,
            "params-out" => n_params("linear 2")?,
            "params-total" => slides.n_params() as u64,
            "params-10-filters-3x3x3" => kernels(10, 3, 3, 28, 1)?.n_params() as u64,
            "hidden-units" => n_units("conv 1")? as u64,
            "dense-instead-of-conv" => dense([1, 28, 28], n_units("conv 1")?)?.n_macs,
            "dense-gray-200" => dense([1, 28, 28], 200)?.n_params as u64,
            "dense-rgb28-200" => dense([3, 28, 28], 200)?.n_params as u64,
            "dense-rgb300-200" => dense([3, 300, 300], 200)?.n_params as u64,
            // A multiplication and an addition each.
            "dense-300-operations" => 2 * dense([3, 300, 300], 200)?.n_macs,
            "conv-300-operations" => 2 * kernels(200, 3, 3, 300, 1)?.n_macs(),
            "conv-200-weights" => kernels(200, 3, 3, 300, 1)?.w().len() as u64,
            "weights-5x5x3" => kernels(1, 5, 3, 28, 1)?.w().len() as u64,
            "neuron-200x200x3" => dense([3, 200, 200], 1)?.n_macs,
            "exercise-128-valid" => exercise("valid")?.n_params() as u64,
            "exercise-128-same" => exercise("same")?.n_params() as u64,
            "depthwise-plain" => kernels(128, 5, 3, 12, 1)?.n_macs(),
            "depthwise-separable" => kernels(3, 5, 3, 12, 3)?.n_macs() + kernels(128, 1, 3, 8, 1)?.n_macs(),
            _ => return None,
        })
    }
}

/// Kernels over one image with as many channels as they read.
fn kernels(n: usize, size: usize, channels: usize, image: usize, groups: usize) -> Option<ConvGeom> {
    let x = Shape4::new(1, channels, image, image);
    let w = Shape4::new(n, channels / groups, size, size);
    ConvGeom::new(x, w, ConvParams::default().groups(groups)).ok()
}

/// The ledger's row of units that read every value of an input.
fn dense(input: [usize; 3], units: usize) -> Option<LedgerRow> {
    LedgerRow::linear(input, units).ok()
}
