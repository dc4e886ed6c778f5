//! A network in double precision: what it makes of one image, and what becomes of that when one number is another one.
//!
//! Nothing here knows an operation. Every cell is made from its terms, in the precision that is asked for, and what a change
//! reaches is what the operations say of their connections.

use crate::Draw;
use crate::init::Parameters;
use crate::inspect::GradientInspector;
use crate::program::instr::{Operands, Operation, Wiring};
use crate::program::{BufferId, Head, Instr, Program, Role, StepValues, Tensor};
use crate::spec::{Spec, SpecError};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::mem;
use receptive_core::terms::{Cell, Terms};
use serde::{Deserialize, Serialize};

/// A number that a loss depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Variable {
    /// A weight, a bias, or a statistic that training counts.
    Parameter {
        /// The name of its tensor: "conv 1.weight".
        tensor: String,
        /// Its row-major index there.
        index: u32,
    },
    /// A value of the image, by its row-major index in (c, h, w).
    Pixel(u32),
}

/// What a network makes of an image after one number was changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changed {
    /// The loss in nats, or the logit.
    pub value: f64,
    /// The cells that lie on another piece than before: a rectifier on its other side, a maximum from another place.
    pub n_bends: usize,
}

/// Evaluates a network in double precision, for one image at a time, by the terms of its operations.
///
/// No layer trains: a dropout drops nothing, a batch norm takes its running averages. Weights and pixels are those of
/// single precision, as the engine has them; everything that is made of them has all its digits.
///
/// ```
/// use receptive_nn::{Exact, Head, Parameters, Preset, Variable};
///
/// let spec = Preset::Linear.spec();
/// let mut exact = Exact::new(&spec, Head::Logit)?;
/// exact.run(&Parameters::init(&spec, 1)?, &[0.5; 784], 3);
/// // A logit rises by as much as the bias of its unit.
/// let bias = Variable::Parameter { tensor: "linear 1.bias".into(), index: 3 };
/// let after = exact.changed(&bias, 0.25).map(|changed| changed.value);
/// assert!(after.is_some_and(|after| (after - exact.value() - 0.25).abs() < 1e-12));
/// # Ok::<(), receptive_nn::SpecError>(())
/// ```
pub struct Exact {
    program: Program,
    parameters: Parameters,
    class: u8,
    /// The values of each buffer for the image that was run last; NaN before one was.
    buffers: Vec<Vec<f64>>,
}

/// The values that a network has while it is evaluated.
#[derive(Clone, Copy)]
struct Values<'a> {
    parameters: &'a Parameters,
    buffers: &'a [Vec<f64>],
    /// The parameter that is another one, and its value.
    moved: Option<(Cell<Tensor>, f64)>,
}

impl<'a> Values<'a> {
    fn all(&self, tensor: Tensor) -> Cow<'a, [f64]> {
        match tensor {
            Tensor::Buffer(id) => self.buffers[id.index()].as_slice().into(),
            Tensor::Param(id) => self.parameters.values_at(id.index()).iter().copied().map(f64::from).collect(),
            Tensor::Moment(..) => Cow::default(),
        }
    }

    fn read(&self, cell: Cell<Tensor>) -> f64 {
        match (cell.tensor, self.moved) {
            (_, Some((moved, value))) if moved == cell => value,
            (Tensor::Buffer(id), _) => self.buffers[id.index()][cell.index],
            (Tensor::Param(id), _) => f64::from(self.parameters.values_at(id.index())[cell.index]),
            (Tensor::Moment(..), _) => f64::NAN,
        }
    }
}

impl Exact {
    /// Compiles a network, to be evaluated up to the loss or to a logit.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn new(spec: &Spec, head: Head) -> Result<Self, SpecError> {
        let program = GradientInspector::program(spec, head)?;
        let buffers = program.buffers().iter().map(|buffer| vec![f64::NAN; buffer.shape.len()]).collect();
        Ok(Self { program, parameters: Parameters::of(spec, &[]), class: 0, buffers })
    }

    /// Classes that the network tells apart.
    pub fn n_classes(&self) -> usize {
        self.program.n_classes()
    }

    /// True if it was run last with these parameters, image and class.
    pub fn is_of(&self, parameters: &Parameters, image: &[f32], class: u8) -> bool {
        let input = &self.buffers[self.program.input().index()];
        // No value equals the NaN of an image that was never run.
        input.iter().copied().eq(image.iter().copied().map(f64::from))
            && self.class == class
            && self.parameters == *parameters
    }

    /// Runs one image, (c, h, w): to its loss if its true class is this one, or to the logit of this class, which is below
    /// [`n_classes`](Self::n_classes).
    pub fn run(&mut self, parameters: &Parameters, image: &[f32], class: u8) {
        self.parameters.clone_from(parameters);
        self.class = class;
        let mut buffers = mem::take(&mut self.buffers);
        let input = &mut buffers[self.program.input().index()];
        input.iter_mut().zip(image).for_each(|(to, &pixel)| *to = pixel.into());
        for instr in self.program.forward() {
            for id in self.written(instr) {
                let mut made = mem::take(&mut buffers[id.index()]);
                self.make(&mut made, instr, id, self.values(&buffers));
                buffers[id.index()] = made;
            }
        }
        self.buffers = buffers;
    }

    /// Makes all cells of a buffer that an instruction writes.
    fn make(&self, made: &mut [f64], instr: &Instr, id: BufferId, values: Values<'_>) {
        let cells = made.iter_mut().enumerate();
        match instr.operation().sum() {
            Some(sum) => {
                let read: Vec<_> = sum.reads.iter().map(|&(operand, tensor)| (operand, values.all(tensor))).collect();
                let read: Vec<_> = read.iter().map(|(operand, values)| (*operand, &**values)).collect();
                cells.for_each(|(index, cell)| *cell = sum.sum(index, &read));
            }
            None => {
                let value = |index| self.terms(instr, id, index).value(|cell| values.read(cell));
                cells.for_each(|(index, cell)| *cell = value(index));
            }
        }
    }

    /// The loss in nats, or the logit, of the image that was run last.
    pub fn value(&self) -> f64 {
        self.buffers[self.program.losses().index()][0]
    }

    /// The output of the layer of this name, "conv 1", or the "probabilities", row-major. Nothing when the network has no
    /// such layer, or it changes no number.
    pub fn named(&self, name: &str) -> Option<&[f64]> {
        self.program.kept(name).map(|id| self.buffers[id.index()].as_slice())
    }

    /// The value of a number that the loss depends on. Nothing when there is no such number.
    pub fn value_of(&self, at: &Variable) -> Option<f64> {
        self.cell(at).map(|cell| self.values(&self.buffers).read(cell))
    }

    /// Adds `by` to one number, for this once, and evaluates what it reaches. Nothing when there is no such number.
    pub fn changed(&self, at: &Variable, by: f64) -> Option<Changed> {
        let cell = self.cell(at)?;
        let before = self.values(&self.buffers);
        let mut buffers = self.buffers.clone();
        let mut moved = None;
        match cell.tensor {
            Tensor::Buffer(id) => buffers[id.index()][cell.index] += by,
            _ => moved = Some((cell, before.read(cell) + by)),
        }
        let mut n_bends = 0;
        for instr in self.program.forward() {
            let after = Values { moved, ..self.values(&buffers) };
            let reached: Vec<_> = instr.reads().into_iter().flat_map(|read| reached(read, before, after)).collect();
            match instr.operation().sum() {
                Some(sum) => self.add_changes(&sum, instr, &reached, moved, &mut buffers),
                None => n_bends += self.remake(instr, &reached, moved, &mut buffers),
            }
        }
        Some(Changed { value: buffers[self.program.losses().index()][0], n_bends })
    }

    /// Adds the changes of products to the sums that they are in.
    ///
    /// No product has two factors that changed: a weight is that of one layer, and changes nothing that comes in there.
    fn add_changes(
        &self,
        sum: &Wiring<'_>,
        instr: &Instr,
        reached: &[Cell<Tensor>],
        moved: Option<(Cell<Tensor>, f64)>,
        buffers: &mut [Vec<f64>],
    ) {
        let before = self.values(&self.buffers);
        for id in self.written(instr) {
            let mut sums = mem::take(&mut buffers[id.index()]);
            let after = Values { moved, ..self.values(buffers) };
            for (at, product) in reached.iter().flat_map(|&cell| sum.products_of(cell)) {
                sums[at] += product.value(|cell| after.read(cell)) - product.value(|cell| before.read(cell));
            }
            buffers[id.index()] = sums;
        }
    }

    /// Makes the cells anew that read a cell of those that changed. Returns how many lie on another piece than before.
    fn remake(
        &self,
        instr: &Instr,
        reached: &[Cell<Tensor>],
        moved: Option<(Cell<Tensor>, f64)>,
        buffers: &mut [Vec<f64>],
    ) -> usize {
        let before = self.values(&self.buffers);
        let mut readers: Vec<_> =
            reached.iter().flat_map(|&cell| instr.readers(cell, self.program.n_classes())).collect();
        readers.sort_unstable();
        readers.dedup();
        let mut n_bends = 0;
        for id in self.written(instr) {
            for index in readers.iter().filter(|reader| reader.tensor == Tensor::Buffer(id)).map(|reader| reader.index)
            {
                let after = Values { moved, ..self.values(buffers) };
                let terms = self.terms(instr, id, index);
                let [old, new] = [before, after].map(|values| terms.piece(|cell| values.read(cell)));
                n_bends += usize::from(old != new);
                buffers[id.index()][index] = terms.value(|cell| after.read(cell));
            }
        }
        n_bends
    }

    fn values<'a>(&'a self, buffers: &'a [Vec<f64>]) -> Values<'a> {
        Values { parameters: &self.parameters, buffers, moved: None }
    }

    /// The buffers that an instruction writes, but for the positions of maxima, which going forward reads nowhere.
    fn written(&self, instr: &Instr) -> impl Iterator<Item = BufferId> {
        let written = instr.operation().written().into_iter();
        written.filter(|id| self.program.buffers()[id.index()].role != Role::Argmax)
    }

    fn terms(&self, instr: &Instr, id: BufferId, index: usize) -> Terms<Tensor> {
        let values = StepValues {
            // Going forward, no value decides a coefficient.
            value: &|_| f32::NAN,
            labels: &[self.class],
            n_classes: self.program.n_classes(),
            learning_rate: 0.0,
            gradient_scale: 1.0,
            n_steps: 0,
            draw: Draw::default(),
        };
        instr.operation().terms(Cell { tensor: Tensor::Buffer(id), index }, &values)
    }

    fn cell(&self, at: &Variable) -> Option<Cell<Tensor>> {
        let (tensor, index, len) = match at {
            Variable::Pixel(index) => {
                let input = self.program.input();
                (Tensor::Buffer(input), *index as usize, self.buffers[input.index()].len())
            }
            Variable::Parameter { tensor, index } => {
                let mut params = self.program.param_ids().zip(self.parameters.tensors());
                let (id, found) = params.find(|(_, found)| found.name == *tensor)?;
                (Tensor::Param(id), *index as usize, found.values.len())
            }
        };
        (index < len).then_some(Cell { tensor, index })
    }
}

/// The cells of a tensor whose value is another one.
fn reached(tensor: Tensor, before: Values<'_>, after: Values<'_>) -> Vec<Cell<Tensor>> {
    match tensor {
        Tensor::Buffer(id) => {
            let pairs = before.buffers[id.index()].iter().zip(&after.buffers[id.index()]).enumerate();
            let is_other = |(index, (before, after)): (usize, (&f64, &f64))| (before != after).then_some(index);
            pairs.filter_map(is_other).map(|index| Cell { tensor, index }).collect()
        }
        _ => after.moved.into_iter().map(|(cell, _)| cell).filter(|cell| cell.tensor == tensor).collect(),
    }
}
