//! The networks that come with the page, trained beforehand by `cargo xtask checkpoint`.
//!
//! The *reader* is the small network of the Lab: it reads digits until the learner has trained a network. The
//! *detector* tells digits from other drawings, whichever network reads them.

use crate::protocol::Likeness;
use receptive_data::digits::PIXELS;
use receptive_nn::{Checkpoint, CpuEngine, Inspection, Origin, Parameters, Program, Purpose, Record, Spec, SpecError};

/// The small network, trained on MNIST.
///
/// # Panics
/// Never: a test reads the bytes.
pub fn reader() -> Checkpoint {
    Checkpoint::read_compact(include_bytes!("../checkpoints/reader.bin")).expect("the bytes come with the program")
}

/// The network that tells digits, its first class, from other drawings.
///
/// # Panics
/// Never: a test reads the bytes.
pub fn detector() -> Checkpoint {
    Checkpoint::read_compact(include_bytes!("../checkpoints/detector.bin")).expect("the bytes come with the program")
}

/// A network ready to run on one image.
struct Ready {
    spec: Spec,
    parameters: Parameters,
    record: Record,
    engine: CpuEngine,
}

impl Ready {
    fn new(checkpoint: Checkpoint) -> Self {
        let program = Program::compile(&checkpoint.spec, 1, Purpose::Inference);
        let engine = CpuEngine::new(program.expect("a checkpoint's network can be built"));
        let parameters = checkpoint.parameters().expect("a checkpoint's values are those of its network");
        Self { spec: checkpoint.spec, parameters, record: checkpoint.record, engine }
    }

    fn probabilities(&mut self, image: &[f32]) -> &[f32] {
        self.engine.forward(&self.parameters, image);
        self.engine.probabilities()
    }
}

/// Both networks, each made ready when it is first asked.
pub(crate) struct Shipped {
    reader: Option<Ready>,
    detector: Option<Ready>,
}

impl Shipped {
    pub(crate) fn new() -> Self {
        Self { reader: None, detector: None }
    }

    fn reader(&mut self) -> &mut Ready {
        self.reader.get_or_insert_with(|| Ready::new(reader()))
    }

    /// Class probabilities of images, (n, 1, 28, 28).
    pub(crate) fn predict(&mut self, images: &[f32]) -> (Vec<f32>, Origin) {
        let reader = self.reader();
        let mut probabilities = Vec::new();
        images.chunks_exact(PIXELS).for_each(|image| probabilities.extend_from_slice(reader.probabilities(image)));
        (probabilities, Origin::Shipped(reader.record))
    }

    /// The reader, with its weights and everything that it makes of an image.
    pub(crate) fn inspect(&mut self, image: &[f32]) -> Result<(Spec, Inspection, Origin), SpecError> {
        let Ready { spec, parameters, record, .. } = self.reader();
        Ok((spec.clone(), Inspection::new(spec, parameters, image)?, Origin::Shipped(*record)))
    }

    /// The likeness of an image to a digit.
    pub(crate) fn likeness(&mut self, image: &[f32]) -> Likeness {
        let detector = self.detector.get_or_insert_with(|| Ready::new(detector()));
        Likeness { probability: detector.probabilities(image)[0], record: detector.record }
    }
}
