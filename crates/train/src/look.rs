//! Looks into a network: what it makes of one image, and the gradients on the way back.

use crate::protocol::{Backward, Refusal, Tensor, Tensors};
use receptive_nn::{GradientInspector, Head, Inspector, Nudger, Origin, Parameters, Spec, SpecError};
use std::ops::Range;

/// The beginning of the name of a gradient.
const GRADIENT: &str = "grad ";
/// The beginning of the name of a mean: "mean conv 2[3..4]", "mean grad conv 2[3..4]".
const MEAN: &str = "mean ";
/// The beginning of the name of a gradient's size: "norm grad conv 2".
const NORM: &str = "norm ";

/// True if a tensor of this name is a layer's parameters: "conv 1.weight".
fn is_parameter(name: &str) -> bool {
    name.split('[').next().is_some_and(|whole| whole.contains('.'))
}

/// The name without the mean or the size that it asks for, if it asks for one.
fn unaveraged(name: &str) -> &str {
    name.strip_prefix(MEAN).or_else(|| name.strip_prefix(NORM)).unwrap_or(name)
}

/// The mean of values, summed in double precision.
fn mean(values: &[f32]) -> f32 {
    (values.iter().copied().map(f64::from).sum::<f64>() / values.len() as f64) as f32
}

/// The root of the sum of squares, summed in double precision.
fn norm(values: &[f32]) -> f32 {
    values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32
}

/// The name of the rows that some columns are asked for of, and these: "linear 1.weight[0..128, 5..6]".
fn columns(name: &str) -> Option<(String, Range<usize>)> {
    let (rows, columns) = name.strip_suffix(']')?.split_once(", ")?;
    let (from, to) = columns.split_once("..")?;
    Some((format!("{rows}]"), from.parse().ok()?..to.parse().ok()?))
}

/// Some columns of rows of this shape, as far as there are so many: their name, their shape, and their values.
fn cut(rows: &str, asked: Range<usize>, (shape, values): ([usize; 4], &[f32])) -> (String, [usize; 4], Vec<f32>) {
    let [n, c, h, w] = shape;
    let from = asked.start.min(c - 1);
    let to = asked.end.clamp(from + 1, c);
    let name = format!("{}, {from}..{to}]", rows.trim_end_matches(']'));
    let cut = values.chunks(c * h * w).flat_map(|row| &row[from * h * w..to * h * w]);
    (name, [n, to - from, h, w], cut.copied().collect())
}

/// What is looked for.
pub(crate) struct Look<'a> {
    /// The image, (c, h, w).
    pub(crate) image: &'a [f32],
    /// What gradients are of, if some are looked for.
    pub(crate) backward: Option<Backward>,
    /// The names of the tensors.
    pub(crate) names: Vec<String>,
}

/// The inspectors of one network, each made when it is first needed.
#[derive(Default)]
pub(crate) struct Inspectors {
    /// The loss that the network is trained with.
    loss: Head,
    forward: Option<Inspector>,
    backward: Option<GradientInspector>,
    of_parameters: Option<GradientInspector>,
    pub(crate) nudger: Option<Nudger>,
}

impl Inspectors {
    /// Returns those of a network that is trained with this loss.
    pub(crate) fn of(loss: Head) -> Self {
        Self { loss, ..Self::default() }
    }

    /// Looks into the network.
    pub(crate) fn look(
        &mut self,
        spec: &Spec,
        parameters: &Parameters,
        origin: Origin,
        Look { image, backward, names }: Look<'_>,
    ) -> Result<Tensors, Refusal> {
        // A network that runs can be looked into.
        let made = self.forward.take().map_or_else(|| Inspector::new(spec), Ok).map_err(|_| Refusal::NoRun)?;
        let forward = self.forward.insert(made);
        forward.set_loss(self.loss);
        forward.run(parameters, image);
        let mut of = names.iter().filter_map(|name| unaveraged(name).strip_prefix(GRADIENT));
        if let Some(backward) = backward {
            if of.clone().any(|of| !is_parameter(of)) {
                let make = || GradientInspector::new(spec, backward.head);
                run(&mut self.backward, make, parameters, image, backward)?;
            }
            if of.any(is_parameter) {
                let make = || GradientInspector::of_parameters(spec, backward.head);
                run(&mut self.of_parameters, make, parameters, image, backward)?;
            }
        }
        let tensor = |name: String| {
            let columns = columns(&name);
            let all = columns.as_ref().map_or(unaveraged(&name), |(rows, _)| rows);
            let found = match all.strip_prefix(GRADIENT) {
                Some(of) => {
                    let gradients = if is_parameter(of) { &self.of_parameters } else { &self.backward };
                    let gradients = gradients.as_ref().filter(|_| backward.is_some());
                    let part = gradients.and_then(|gradients| gradients.part(of));
                    part.map(|(of, found)| (format!("{GRADIENT}{of}"), found))
                }
                None => forward.part(parameters, all),
            };
            let Some((found, (shape, values))) = found else { return Err(Refusal::NoTensor(name)) };
            if name.starts_with(MEAN) {
                return Ok(Tensor { name: format!("{MEAN}{found}"), shape: [1; 4], values: vec![mean(values)] });
            }
            if name.starts_with(NORM) {
                return Ok(Tensor { name: format!("{NORM}{found}"), shape: [1; 4], values: vec![norm(values)] });
            }
            let (found, shape, values) = match columns {
                Some((_, columns)) => cut(&found, columns, (shape, values)),
                None => (found, shape, values.to_vec()),
            };
            Ok(Tensor { name: found, shape: shape.map(|n| n as u32), values })
        };
        Ok(Tensors { spec: spec.clone(), origin, tensors: names.into_iter().map(tensor).collect::<Result<_, _>>()? })
    }
}

/// Runs an image backward by an inspector, which is made if there is none that starts where is asked.
fn run(
    inspector: &mut Option<GradientInspector>,
    make: impl FnOnce() -> Result<GradientInspector, SpecError>,
    parameters: &Parameters,
    image: &[f32],
    Backward { head, class }: Backward,
) -> Result<(), Refusal> {
    let made = inspector.take().filter(|made| made.head() == head);
    let inspector = inspector.insert(made.map_or_else(make, Ok).map_err(|_| Refusal::NoRun)?);
    if usize::from(class) >= inspector.n_classes() {
        return Err(Refusal::NoClass(class));
    }
    inspector.run(parameters, image, class);
    Ok(())
}
