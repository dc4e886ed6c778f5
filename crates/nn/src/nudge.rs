//! A nudge: what becomes of the loss when one weight or pixel changes a little, beside what its gradient foretold.

use crate::exact::{Changed, Exact, Variable};
use crate::init::Parameters;
use crate::inspect::GradientInspector;
use crate::program::Head;
use crate::spec::{Spec, SpecError};
use serde::{Deserialize, Serialize};

/// What became of a loss, or of a logit, when one number was changed by a step and by its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nudge {
    /// The number before.
    pub number: f64,
    /// What was added to it.
    pub by: f64,
    /// The gradient of the loss with respect to it, as training computes it.
    pub gradient: f32,
    /// The loss in nats, or the logit, before.
    pub before: f64,
    /// The same after the step.
    pub after: f64,
    /// The same after the opposite step.
    pub opposite: f64,
    /// The rectifiers and maxima that choose otherwise than before: after the step, and after the opposite one.
    pub n_bends: [u32; 2],
}

impl Nudge {
    /// The change that really comes.
    pub fn change(&self) -> f64 {
        self.after - self.before
    }

    /// The change that the gradient foretells: that of a straight line with its slope.
    pub fn predicted(&self) -> f64 {
        f64::from(self.gradient) * self.by
    }

    /// The share of the larger of both changes, the real one and the foretold, by which they differ; 0 if there is none.
    pub fn miss(&self) -> f64 {
        let largest = self.change().abs().max(self.predicted().abs());
        if largest > 0.0 { (self.change() - self.predicted()).abs() / largest } else { 0.0 }
    }

    /// The change of the slope over the change of the number, `(L(+ε) − 2·L(0) + L(−ε)) / ε²`: 0 on a straight line.
    /// Nothing for a step that is too small to be squared.
    pub fn curvature(&self) -> Option<f64> {
        let square = self.by * self.by;
        // The differences come first: then what two large numbers have in common is gone before it can drown them.
        (square > 0.0).then(|| ((self.after - self.before) + (self.opposite - self.before)) / square)
    }
}

/// Changes one number of a network at a time, a weight or a pixel, and compares with its gradient. What was evaluated is
/// kept as long as weights and image stay the same.
///
/// ```
/// use receptive_nn::{Head, Nudger, Parameters, Preset, Variable};
///
/// let spec = Preset::Small.spec();
/// let mut nudger = Nudger::new(&spec, Head::CrossEntropy)?;
/// nudger.run(&Parameters::init(&spec, 1)?, &[0.5; 784], 3);
/// let bias = Variable::Parameter { tensor: "linear 1.bias".into(), index: 3 };
/// let nudge = nudger.nudge(&bias, 0.01).unwrap();
/// assert!(nudge.change() < 0.0, "a larger bias of the true class makes the loss smaller");
/// assert!((nudge.change() / nudge.predicted() - 1.0).abs() < 0.01);
/// # Ok::<(), receptive_nn::SpecError>(())
/// ```
pub struct Nudger {
    exact: Exact,
    gradients: GradientInspector,
}

impl Nudger {
    /// Compiles a network whose loss, or logit, is looked at.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn new(spec: &Spec, head: Head) -> Result<Self, SpecError> {
        Ok(Self { exact: Exact::new(spec, head)?, gradients: GradientInspector::of_parameters(spec, head)? })
    }

    /// What is looked at.
    pub fn head(&self) -> Head {
        self.gradients.head()
    }

    /// Classes that the network tells apart.
    pub fn n_classes(&self) -> usize {
        self.exact.n_classes()
    }

    /// Runs one image, (c, h, w), with the true class that it counts as, or the class whose logit is looked at, which is
    /// below [`n_classes`](Self::n_classes). Does nothing if all is as it was.
    pub fn run(&mut self, parameters: &Parameters, image: &[f32], class: u8) {
        if !self.exact.is_of(parameters, image, class) {
            self.exact.run(parameters, image, class);
            self.gradients.run(parameters, image, class);
        }
    }

    /// Changes a number of what was run last by a step and by its opposite, for this once. Nothing when there is no such
    /// number.
    pub fn nudge(&self, at: &Variable, by: f64) -> Option<Nudge> {
        let number = self.exact.value_of(at)?;
        let gradient = match at {
            Variable::Parameter { tensor, index } => self.gradient(tensor, *index),
            Variable::Pixel(index) => self.gradient("input", *index),
        }?;
        let [there, back] = [self.exact.changed(at, by)?, self.exact.changed(at, -by)?];
        let n_bends = [there, back].map(|Changed { n_bends, .. }| n_bends as u32);
        let (after, opposite) = (there.value, back.value);
        Some(Nudge { number, by, gradient, before: self.exact.value(), after, opposite, n_bends })
    }

    fn gradient(&self, of: &str, index: u32) -> Option<f32> {
        let (_, (_, values)) = self.gradients.part(of)?;
        values.get(index as usize).copied()
    }
}
