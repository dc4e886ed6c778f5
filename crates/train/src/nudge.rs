//! Nudges: what becomes of a loss when one weight or pixel changes, beside what its gradient foretold.

use crate::look::Inspectors;
use crate::protocol::{Backward, Nudged, Refusal};
use receptive_nn::{Nudger, Origin, Parameters, Spec, Variable};

/// What is nudged.
pub(crate) struct NudgeRequest<'a> {
    /// The image, (c, h, w).
    pub(crate) image: &'a [f32],
    /// What is looked at.
    pub(crate) of: Backward,
    /// The number that changes.
    pub(crate) at: Variable,
    /// What is added to it.
    pub(crate) by: f64,
}

impl Inspectors {
    /// Nudges a number of the network.
    pub(crate) fn nudge(
        &mut self,
        spec: &Spec,
        parameters: &Parameters,
        origin: Origin,
        NudgeRequest { image, of: Backward { head, class }, at, by }: NudgeRequest<'_>,
    ) -> Result<Nudged, Refusal> {
        check(spec, parameters, &at, by)?;
        let made = self.nudger.take().filter(|made| made.head() == head);
        // A network that runs can be looked into.
        let made = made.map_or_else(|| Nudger::new(spec, head), Ok).map_err(|_| Refusal::NoRun)?;
        let nudger = self.nudger.insert(made);
        if usize::from(class) >= nudger.n_classes() {
            return Err(Refusal::NoClass(class));
        }
        nudger.run(parameters, image, class);
        let nudge = nudger.nudge(&at, by).ok_or(Refusal::NoRun)?;
        Ok(Nudged { spec: spec.clone(), origin, nudge })
    }
}

/// Refuses a number that the network does not have or does not learn, and a change that is none.
fn check(spec: &Spec, parameters: &Parameters, at: &Variable, by: f64) -> Result<(), Refusal> {
    if !by.is_finite() {
        return Err(Refusal::NotFinite);
    }
    let (tensor, index, n_cells) = match at {
        Variable::Pixel(index) => ("input", *index, spec.input.iter().product()),
        Variable::Parameter { tensor, index } => {
            let found = parameters.get(tensor).filter(|found| found.is_learnt);
            let found = found.ok_or_else(|| Refusal::NoTensor(tensor.clone()))?;
            (found.name.as_str(), *index, found.values.len())
        }
    };
    if (index as usize) < n_cells {
        return Ok(());
    }
    Err(Refusal::NoCell { tensor: tensor.into(), index, n_cells: n_cells as u32 })
}
