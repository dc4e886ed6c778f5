//! A look into a network: the tensors that it meets on one image, by name.

use crate::program::{Head, Program, Purpose, Target};
use crate::spec::{Spec, SpecError};
use crate::{CpuEngine, Parameters};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use receptive_core::ops::softmax_forward;

/// A tensor of a network at one image: its shape, and its values, row-major.
type Values<'a> = ([usize; 4], &'a [f32]);

/// Runs images through a network, one at a time, and hands out the tensors that it meets, by name.
///
/// "conv 1" is the output of that layer, (1, channels, rows, columns); "conv 1.weight" and "conv 1.bias" are its
/// parameters; "probabilities" is what softmax makes of the logits, and "losses" the loss for each class
/// that the image may be of. A name can ask for a part: "conv 1[0..8]" for the first
/// eight channels of an output, "linear 1.weight[3..4]" for the weights of unit 3, `linear 1.weight[strongest]` for those
/// of the unit whose output is the largest.
pub struct Inspector {
    engine: CpuEngine,
    probabilities: Vec<f32>,
    losses: Vec<f32>,
    loss: Head,
    /// Name of each layer, with the shape of its output.
    layers: Vec<(String, [usize; 3])>,
}

impl Inspector {
    /// Compiles a network to look into.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn new(spec: &Spec) -> Result<Self, SpecError> {
        let engine = CpuEngine::new(Program::compile(spec, 1, Purpose::Layers)?);
        let shapes = spec.placed(1).0.into_iter().map(|(_, shape)| [shape.c, shape.h, shape.w]);
        Ok(Self {
            probabilities: vec![0.0; engine.program().n_classes()],
            losses: vec![0.0; engine.program().n_classes()],
            loss: Head::CrossEntropy,
            engine,
            layers: spec.rows().into_iter().map(|row| row.name).zip(shapes).collect(),
        })
    }

    /// Sets the loss that "losses" are of. At first it is cross-entropy.
    pub fn set_loss(&mut self, loss: Head) {
        self.loss = loss;
    }

    /// Runs one image, (c, h, w), through the network.
    pub fn run(&mut self, parameters: &Parameters, image: &[f32]) {
        let logits = self.engine.forward(parameters, image);
        softmax_forward(&mut self.probabilities, logits, logits.len());
        for (class, loss) in self.losses.iter_mut().enumerate() {
            *loss = self.loss.of_logits(logits, class as u8);
        }
    }

    /// The name of the first tensor in which a value is no finite number, in the order in which a network computes: a
    /// layer's parameters, then its output for any of these images. Nothing when all are finite.
    pub fn first_not_finite<'a>(
        &mut self,
        parameters: &Parameters,
        images: impl IntoIterator<Item = &'a [f32]>,
    ) -> Option<String> {
        let has_other = |values: &[f32]| values.iter().any(|value| !value.is_finite());
        let position = |layers: &[(String, [usize; 3])], name: &str| {
            let layer = name.split_once('.').map_or(name, |(layer, _)| layer);
            layers.iter().position(|(own, _)| own == layer)
        };
        let parameter = parameters.tensors().iter().find(|tensor| has_other(&tensor.values));
        let mut first = parameter.map(|tensor| tensor.name.clone());
        for image in images {
            self.run(parameters, image);
            let before = first.as_deref().and_then(|name| position(&self.layers, name)).unwrap_or(self.layers.len());
            let names = self.layers[..before].iter().map(|(name, _)| name);
            let output = names.into_iter().find(|name| self.engine.named(name).is_some_and(has_other));
            first = output.cloned().or(first);
        }
        first
    }

    /// The tensor of this name, for the image that was run last. Nothing when the network has none of it.
    pub fn tensor<'a>(&'a self, parameters: &'a Parameters, name: &str) -> Option<Values<'a>> {
        for (own, values) in [("probabilities", &self.probabilities), ("losses", &self.losses)] {
            if name == own {
                return Some(([1, values.len(), 1, 1], values));
            }
        }
        if let Some(i) = self.layers.iter().position(|(layer, _)| layer == name) {
            let [c, h, w] = self.layers[i].1;
            return self.engine.named(name).map(|values| ([1, c, h, w], values));
        }
        let tensor = parameters.get(name)?;
        let shape = tensor.shape;
        Some(([shape.n, shape.c, shape.h, shape.w], &tensor.values))
    }

    /// The tensor of this name, or the part that the name asks for, as far as there is so much of it; with the name that
    /// says which part it is. Nothing when the network has none of it.
    pub fn part<'a>(&'a self, parameters: &'a Parameters, name: &str) -> Option<(String, Values<'a>)> {
        part(name, |whole| self.tensor(parameters, whole))
    }
}

/// Runs images forward and backward through a network, one at a time, and hands out gradients by name.
///
/// "conv 1" is the gradient with respect to the output of that layer, (1, channels, rows, columns); "input" is that with
/// respect to the image. A name can ask for a part, as for an [`Inspector`]. Gradients are of what a [`Head`] says: of the
/// loss in nats, or of a logit. No layer trains: a dropout drops nothing, a batch norm takes its running averages.
pub struct GradientInspector {
    engine: CpuEngine,
    head: Head,
}

impl GradientInspector {
    /// Compiles a network to run backward from `head`.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn new(spec: &Spec, head: Head) -> Result<Self, SpecError> {
        Ok(Self { engine: CpuEngine::new(Self::program(spec, head)?), head })
    }

    /// The program that it runs: every layer's output is kept by its name, and the gradient with respect to it as
    /// "grad conv 1".
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn program(spec: &Spec, head: Head) -> Result<Program, SpecError> {
        let layers = spec.outputs()?.into_iter().filter(|output| output.computes);
        let layers = layers.map(|output| Target::Layer(output.name));
        let targets: Vec<_> = core::iter::once(Target::Input).chain(layers).collect();
        Program::compile_for(spec, 1, Purpose::Gradients, head, &targets)
    }

    /// Compiles a network for the gradients with respect to the image and to every parameter that is learnt, by the names
    /// of these: "conv 1.weight". None with respect to outputs of layers are kept.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn of_parameters(spec: &Spec, head: Head) -> Result<Self, SpecError> {
        let learnt = Parameters::of(spec, &[]);
        let learnt = learnt.tensors().iter().filter(|tensor| tensor.is_learnt);
        let targets = learnt.map(|tensor| Target::Parameter(tensor.name.clone()));
        let targets: Vec<_> = core::iter::once(Target::Input).chain(targets).collect();
        let program = Program::compile_for(spec, 1, Purpose::Gradients, head, &targets)?;
        Ok(Self { engine: CpuEngine::new(program), head })
    }

    /// What the gradients are of.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Classes that the network tells apart.
    pub fn n_classes(&self) -> usize {
        self.engine.program().n_classes()
    }

    /// Runs one image, (c, h, w), forward and backward: from the loss if its true class is this one, or from the logit of
    /// this class, which is below [`n_classes`](Self::n_classes).
    pub fn run(&mut self, parameters: &Parameters, image: &[f32], class: u8) {
        self.engine.gradients(parameters, image, &[class]);
    }

    /// The loss in nats, or the logit, of the image that was run last.
    pub fn value(&self) -> f32 {
        self.engine.losses()[0]
    }

    /// The gradient of this name, or the part that the name asks for, as far as there is so much of it; with the name that
    /// says which part it is. Nothing when the network has no such layer, or it changes no number.
    pub fn part(&self, name: &str) -> Option<(String, Values<'_>)> {
        part(name, |whole| {
            let id = self.engine.program().kept(&format!("grad {whole}"))?;
            let shape = self.engine.program().buffers()[id.index()].shape;
            Some(([shape.n, shape.c, shape.h, shape.w], self.engine.buffer(id)))
        })
    }
}

/// The tensor of this name, or the part that the name asks for, out of those that `tensor` finds.
pub(crate) fn part<'a>(name: &str, tensor: impl Fn(&str) -> Option<Values<'a>>) -> Option<(String, Values<'a>)> {
    let Some((whole, rows)) = split(name) else {
        return Some((name.into(), tensor(name)?));
    };
    let (mut shape, values) = tensor(whole)?;
    let layer = whole.split_once('.').map(|(layer, _)| layer);
    let rows = match (rows, layer) {
        ("strongest", Some(layer)) => {
            let (_, output) = tensor(layer)?;
            let best = (0..output.len()).reduce(|best, i| if output[i] > output[best] { i } else { best })?;
            best..best + 1
        }
        _ => range(rows)?,
    };
    // An output is that of one image: its rows are channels.
    let n = &mut shape[usize::from(layer.is_none())];
    let row_len = values.len() / *n;
    let from = rows.start.min(*n - 1);
    let to = rows.end.clamp(from + 1, *n);
    *n = to - from;
    Some((format!("{whole}[{from}..{to}]"), (shape, &values[from * row_len..to * row_len])))
}

/// The tensor's name and the part, in a name that asks for a part.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_suffix(']')?.split_once('[')
}

/// Reads "0..8".
pub(crate) fn range(text: &str) -> Option<Range<usize>> {
    let (from, to) = text.split_once("..")?;
    Some(from.parse().ok()?..to.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inspection, Preset};
    use alloc::vec;
    use receptive_core::ops::relu_forward;

    #[test]
    fn layers_follow_from_one_another() {
        let spec = Preset::Small.spec();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let image: Vec<_> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
        let Inspection { layers, probabilities, gradients, .. } = Inspection::new(&spec, &parameters, &image).unwrap();
        assert_eq!((layers.len(), gradients.len()), (spec.layers.len(), 0), "gradients come when they are asked for");
        assert_eq!((layers[0].shape, layers[0].weights_shape), ([8, 28, 28], [8, 1, 5, 5]));
        let mut rectified = alloc::vec![f32::NAN; layers[0].output.len()];
        relu_forward(&mut rectified, &layers[0].output);
        assert_eq!(layers[1].output, rectified);
        assert_eq!(layers[6].output, layers[5].output, "flattening changes no number");
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn tensors_are_had_by_name_and_those_that_are_not_given_stay_empty() {
        let spec = Preset::Slides.spec();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let mut inspector = Inspector::new(&spec).unwrap();
        let [first, second] = [0.25, 0.75].map(|level| vec![level; 784]);
        inspector.run(&parameters, &first);
        // What an image left behind is not there for the next.
        inspector.run(&parameters, &second);
        let whole = Inspection::new(&spec, &parameters, &second).unwrap();
        for (layer, values) in spec.names().iter().zip(&whole.layers) {
            let [c, h, w] = values.shape;
            assert_eq!(inspector.tensor(&parameters, layer), Some(([1, c, h, w], &values.output[..])));
        }
        let weights = &parameters.get("conv 2.weight").unwrap().values;
        assert_eq!(inspector.tensor(&parameters, "conv 2.weight"), Some(([64, 32, 3, 3], &weights[..])));
        for none in ["conv 3", "conv 1.", ".weight", "", "relu 1.weight"] {
            assert_eq!(inspector.tensor(&parameters, none), None);
        }
        let names = Inspection::names(&spec).unwrap();
        assert_eq!(names.len(), spec.layers.len() + 2 * 4 + 1);
        assert!(names.iter().all(|name| inspector.tensor(&parameters, name).is_some()));
        let part = Inspection::of(&spec, |name| (name == "conv 2").then(|| whole.layers[2].output.clone())).unwrap();
        assert_eq!((&part.layers[2].output, &part.layers[2].weights), (&whole.layers[2].output, &vec![]));
        assert_eq!((part.layers[2].weights_shape, part.layers[0].output.len()), ([64, 32, 3, 3], 0));
    }

    #[test]
    fn gradients_of_every_layer_are_those_of_a_training_step_on_the_image_alone() {
        let spec = Spec::read("28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10").unwrap();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let image: Vec<_> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
        let program = Program::compile(&spec, 1, Purpose::Inspect(crate::Optimiser::SGD)).unwrap();
        let mut step = CpuEngine::new(program);
        let loss = step.gradients(&parameters, &image, &[7]).loss;
        let mut inspector = GradientInspector::new(&spec, Head::CrossEntropy).unwrap();
        inspector.run(&parameters, &image, 7);
        assert_eq!((inspector.value(), inspector.head()), (loss, Head::CrossEntropy));
        let mut forward = Inspector::new(&spec).unwrap();
        forward.run(&parameters, &image);
        let (_, (shape, losses)) = forward.part(&parameters, "losses[7..8]").unwrap();
        assert_eq!((shape, losses), ([1, 1, 1, 1], &[loss][..]));
        let mut n_compared = 0;
        for name in spec.rows().into_iter().map(|row| row.name) {
            let Some((_, (_, found))) = inspector.part(&name) else { continue };
            assert_eq!(Some(found), step.named(&format!("grad {name}")), "{name}");
            assert!(found.iter().any(|value| *value != 0.0), "{name}");
            n_compared += 1;
        }
        assert_eq!(n_compared, 6, "all but flattening, those inside the block too");
        assert_eq!(inspector.part("input").map(|(_, (shape, _))| shape), Some([1, 1, 28, 28]));
        let (name, (shape, values)) = inspector.part("conv 1[1..3]").unwrap();
        assert_eq!((name.as_str(), shape), ("conv 1[1..3]", [1, 2, 28, 28]));
        assert_eq!(values, &step.named("grad conv 1").unwrap()[784..3 * 784]);
        assert!(inspector.part("flatten").is_none() && inspector.part("conv 9").is_none());

        let mut logit = GradientInspector::new(&spec, Head::Logit).unwrap();
        logit.run(&parameters, &image, 2);
        let one_hot: Vec<_> = (0..10).map(|class| if class == 2 { 1.0 } else { 0.0 }).collect();
        assert_eq!(logit.part("linear 1").unwrap().1.1, one_hot);
        assert_eq!(logit.value(), step.named("linear 1").unwrap()[2]);
    }

    #[test]
    fn parts_are_the_rows_that_a_name_asks_for_as_far_as_there_are_any() {
        let spec = Preset::Slides.spec();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let mut inspector = Inspector::new(&spec).unwrap();
        let image: Vec<_> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
        inspector.run(&parameters, &image);
        let part = |name: &str| inspector.part(&parameters, name).map(|(name, (shape, values))| (name, shape, values));
        let whole = |name: &str| inspector.tensor(&parameters, name).unwrap().1;
        let (conv, weights, units) = (whole("conv 2"), whole("linear 1.weight"), whole("linear 1"));
        assert_eq!(part("conv 2[3..5]"), Some(("conv 2[3..5]".into(), [1, 2, 24, 24], &conv[3 * 576..5 * 576])));
        assert_eq!(part("conv 2[60..99]"), Some(("conv 2[60..64]".into(), [1, 4, 24, 24], &conv[60 * 576..])));
        assert_eq!(part("conv 2[99..9]"), Some(("conv 2[63..64]".into(), [1, 1, 24, 24], &conv[63 * 576..])));
        assert_eq!(part("conv 2"), Some(("conv 2".into(), [1, 64, 24, 24], conv)));
        let row = |unit: usize| {
            let name = format!("linear 1.weight[{unit}..{}]", unit + 1);
            Some((name, [1, 9216, 1, 1], &weights[unit * 9216..][..9216]))
        };
        assert_eq!(part("linear 1.weight[7..8]"), row(7));
        let strongest = (0..128).find(|&i| units.iter().all(|value| *value <= units[i])).unwrap();
        assert_eq!(part("linear 1.weight[strongest]"), row(strongest));
        for none in ["conv 3[0..1]", "conv 2[0..]", "conv 2[1]", "conv 2[strongest]", "[0..1]", "conv 2[-1..1]"] {
            assert_eq!(part(none), None, "{none}");
        }
        let parts = ["conv 2[3..5]", "linear 1.weight[7..8]", "linear 1"].map(|name| {
            let (name, (_, values)) = inspector.part(&parameters, name).unwrap();
            (name, values.to_vec())
        });
        let found = Inspection::of_parts(&spec, parts).unwrap();
        let (layer, linear) = (&found.layers[2], &found.layers[6]);
        assert_eq!((layer.output_from, layer.channel(2), layer.channel(5)), (3, None, None));
        assert_eq!(layer.channel(4), Some(&conv[4 * 576..5 * 576]));
        assert_eq!((linear.weights_from, &linear.weights[..]), (7, &weights[7 * 9216..8 * 9216]));
        assert_eq!((linear.output_from, &linear.output[..]), (0, units));
    }
}
