//! The networks that come with the page, trained beforehand by `cargo xtask checkpoint`.
//!
//! The *reader* is the small network of the Lab: it reads digits until the learner has trained a network. The
//! *detector* tells digits from other drawings, whichever network reads them.

use crate::look::{Inspectors, Look};
use crate::nudge::NudgeRequest;
use crate::protocol::{Likeness, Nudged, Refusal, Tensors};
use receptive_nn::{Checkpoint, CheckpointError, CpuEngine, Origin, Parameters, Program, Purpose, Record, Spec};

/// The small network, trained on MNIST.
///
/// # Panics
/// Never: a test reads the bytes.
pub fn reader() -> Checkpoint {
    Checkpoint::read_compact(include_bytes!("../checkpoints/reader.bin"))
        .unwrap_or_else(|_| unreachable!("the bytes come with the program"))
}

/// The network that tells digits, its first class, from other drawings.
///
/// # Panics
/// Never: a test reads the bytes.
pub fn detector() -> Checkpoint {
    Checkpoint::read_compact(include_bytes!("../checkpoints/detector.bin"))
        .unwrap_or_else(|_| unreachable!("the bytes come with the program"))
}

/// A network ready to look at images, one after the other.
pub(crate) struct Ready {
    spec: Spec,
    parameters: Parameters,
    pub(crate) origin: Origin,
    engine: CpuEngine,
    inspectors: Inspectors,
}

impl Ready {
    /// Makes a checkpoint's network ready.
    ///
    /// # Errors
    /// When its values are not those of its network.
    pub(crate) fn new(checkpoint: Checkpoint, origin: Origin) -> Result<Self, CheckpointError> {
        let parameters = checkpoint.parameters()?;
        let program = Program::compile(&checkpoint.spec, 1, Purpose::Inference);
        let program = program.map_err(CheckpointError::Network)?;
        Ok(Self {
            spec: checkpoint.spec,
            parameters,
            origin,
            engine: CpuEngine::new(program),
            inspectors: Inspectors::default(),
        })
    }

    /// One that comes with the page.
    fn shipped(checkpoint: Checkpoint) -> Self {
        let origin = Origin::Shipped(checkpoint.record);
        Self::new(checkpoint, origin)
            .unwrap_or_else(|_| unreachable!("the values that come with the program are those of their network"))
    }

    /// Class probabilities, (n, classes), of images, (n, c, h, w).
    pub(crate) fn predict(&mut self, images: &[f32]) -> Vec<f32> {
        let mut probabilities = Vec::new();
        for image in images.chunks_exact(self.spec.input.iter().product()) {
            self.engine.forward(&self.parameters, image);
            probabilities.extend_from_slice(self.engine.probabilities());
        }
        probabilities
    }

    /// Looks into the network at an image.
    pub(crate) fn look(&mut self, look: Look<'_>) -> Result<Tensors, Refusal> {
        self.inspectors.look(&self.spec, &self.parameters, self.origin, look)
    }

    /// Nudges a number of the network.
    pub(crate) fn nudge(&mut self, request: NudgeRequest<'_>) -> Result<Nudged, Refusal> {
        self.inspectors.nudge(&self.spec, &self.parameters, self.origin, request)
    }
}

/// Both networks, each made ready when it is first asked.
pub(crate) struct Shipped {
    reader: Option<Ready>,
    detector: Option<(Ready, Record)>,
}

impl Shipped {
    pub(crate) fn new() -> Self {
        Self { reader: None, detector: None }
    }

    /// The network that reads digits.
    pub(crate) fn reader(&mut self) -> &mut Ready {
        self.reader.get_or_insert_with(|| Ready::shipped(reader()))
    }

    /// The likeness of an image to a digit.
    pub(crate) fn likeness(&mut self, image: &[f32]) -> Likeness {
        let (detector, record) = self.detector.get_or_insert_with(|| {
            let detector = detector();
            let record = detector.record;
            (Ready::shipped(detector), record)
        });
        Likeness { probability: detector.predict(image)[0], record: *record }
    }
}
