//! A network that has run on one image: its values, the terms behind each, and the cells that read it.

use crate::{Matrix, Sorted, number, precise};
use receptive_core::Shape4;
use receptive_core::terms::{Cell, Factor, Term, Terms};
use receptive_nn::{CpuEngine, Draw, Head, Layer, Optimiser, Parameters, Program, Purpose, Role, Spec, SpecError};
use receptive_nn::{Instr, StepValues, Target};
use std::cell::RefCell;
use std::collections::BTreeMap;

pub use receptive_nn::Tensor;

/// A program, and what it made of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    program: Program,
    /// The output of each layer. Flattening has that of the layer before it.
    outputs: Vec<Tensor>,
    values: Values,
    /// Parameters each of whose cells goes into several others.
    shared: Sorted<Tensor>,
    /// The class that the image counts as.
    label: u8,
    /// True if its arithmetic keeps three digits of numbers however small they are.
    is_precise: bool,
}

/// The values of tensors by their numbers; none of those that hold no numbers to show.
#[derive(Clone, Debug, PartialEq)]
struct Values {
    buffers: Vec<Vec<f32>>,
    params: Vec<Vec<f32>>,
}

impl Values {
    fn new(program: &Program) -> Self {
        Self { buffers: vec![vec![]; program.buffers().len()], params: vec![vec![]; program.params().len()] }
    }

    fn of(&self, tensor: Tensor) -> &[f32] {
        match tensor {
            Tensor::Buffer(id) => &self.buffers[id.index()],
            Tensor::Param(id) => &self.params[id.index()],
            Tensor::Moment(..) => &[],
        }
    }

    fn set(&mut self, tensor: Tensor, values: Vec<f32>) {
        match tensor {
            Tensor::Buffer(id) => self.buffers[id.index()] = values,
            Tensor::Param(id) => self.params[id.index()] = values,
            Tensor::Moment(..) => {}
        }
    }
}

/// The beginning of a range, "3..4"; of nothing it is 0.
fn first_of(range: &str) -> usize {
    range.split("..").next().and_then(|first| first.parse().ok()).unwrap_or(0)
}

/// The length of a range, "3..4".
fn n_of(range: &str) -> usize {
    let last = range.split_once("..").and_then(|(_, last)| last.parse().ok()).unwrap_or(0);
    usize::saturating_sub(last, first_of(range))
}

/// The output of each layer. Flattening has that of the layer before it.
fn outputs(spec: &Spec, program: &Program) -> Vec<Tensor> {
    let mut last = program.input();
    let output = |name: String| {
        last = program.kept(&name).unwrap_or(last);
        Tensor::Buffer(last)
    };
    spec.names().into_iter().map(output).collect()
}

impl Run {
    /// Runs an image, (c, h, w), through layers. `parameters` are the weights and the biases of each layer that has
    /// some, in turn; those that are missing are zeros.
    ///
    /// # Errors
    /// When a layer does not fit what comes in.
    pub fn new(
        input: [usize; 3],
        layers: Vec<Layer>,
        parameters: &[Vec<f32>],
        image: &[f32],
    ) -> Result<Self, SpecError> {
        let spec = Spec { input, layers };
        let program = Program::compile(&spec, 1, Purpose::Layers)?;
        let parameters = Parameters::of(&spec, parameters);
        let mut engine = CpuEngine::new(program.clone());
        engine.forward(&parameters, image);
        Ok(Self::ran(&spec, program, &engine, &parameters, 0))
    }

    /// Runs an image forward and back through layers whose last one makes logits: besides every output there is the
    /// gradient with respect to it, to the image, and to every parameter. Gradients are of what `head` says, for this
    /// class; `parameters` are as for [`new`](Self::new).
    ///
    /// # Errors
    /// When a layer does not fit what comes in, or the last one makes no logits.
    pub fn both_ways(
        spec: &Spec,
        parameters: &[Vec<f32>],
        image: &[f32],
        (head, class): (Head, u8),
    ) -> Result<Self, SpecError> {
        // Nothing is updated; but this purpose keeps every value and every gradient.
        let program = Program::compile_for(spec, 1, Purpose::Inspect(Optimiser::SGD), head, &[Target::Input])?;
        let parameters = Parameters::of(spec, parameters);
        let mut engine = CpuEngine::new(program.clone());
        engine.gradients(&parameters, image, &[class]);
        Ok(Self::ran(spec, program, &engine, &parameters, class))
    }

    /// What an engine has made of its image.
    fn ran(spec: &Spec, program: Program, engine: &CpuEngine, parameters: &Parameters, label: u8) -> Self {
        let outputs = outputs(spec, &program);
        let mut values = Values::new(&program);
        // Forward alone, what is no layer's output is kept nowhere.
        let is_back = !program.backward().is_empty();
        let named = program.buffers().iter().filter(|buffer| is_back && buffer.role != Role::Argmax);
        let named = named.filter_map(|buffer| program.kept(&buffer.name)).map(Tensor::Buffer);
        for tensor in outputs.iter().copied().chain([Tensor::Buffer(program.input())]).chain(named) {
            if let Tensor::Buffer(id) = tensor {
                values.set(tensor, engine.buffer(id).to_vec());
            }
        }
        for (param, id) in parameters.tensors().iter().zip(program.param_ids()) {
            values.set(Tensor::Param(id), param.values.clone());
        }
        Self::with(program, outputs, values, label)
    }

    /// A program whose values were computed elsewhere: tensors by their names, or rows of them as "conv 2.weight[3..4]", or
    /// of these the columns that "linear 1.weight[0..128, 5..6]" names.
    /// Values that are not given are NaN, or not there at all where nothing of a tensor is given. `label` is the class that
    /// the image counts as.
    pub fn of_tensors(program: Program, label: u8, tensors: impl IntoIterator<Item = (String, Vec<f32>)>) -> Self {
        let mut values = Values::new(&program);
        for (name, given) in tensors {
            let (whole, part) = name.split_once('[').unwrap_or((&name, ""));
            let (rows, columns) = part.split_once(", ").unwrap_or((part, ""));
            let [first, column] = [rows, columns].map(first_of);
            let mut params = program.params().iter().zip(program.param_ids());
            let param = params.find(|((name, _), _)| name == whole).map(|((_, shape), id)| (Tensor::Param(id), *shape));
            let buffer = || program.kept(whole).map(|id| (Tensor::Buffer(id), program.buffers()[id.index()].shape));
            let Some((tensor, shape)) = param.or_else(buffer) else { continue };
            // Rows are kernels or units of a parameter and of its gradient, and channels of an output.
            let row_len = shape.len() / if whole.contains('.') { shape.n } else { shape.c };
            let mut all = if given.len() == shape.len() { vec![] } else { vec![f32::NAN; shape.len()] };
            if all.is_empty() {
                all = given;
            } else {
                // Rows that are whole lie one behind the other.
                let n_rows = if columns.is_empty() { 1 } else { n_of(rows) };
                let (from, len) = (first * row_len + column * shape.h * shape.w, given.len() / n_rows.max(1));
                for (row, given) in given.chunks(len.max(1)).enumerate() {
                    let to = all.get_mut(from + row * row_len..).and_then(|rest| rest.get_mut(..given.len()));
                    to.into_iter().for_each(|to| to.copy_from_slice(given));
                }
            }
            values.set(tensor, all);
        }
        Self::with(program, vec![], values, label)
    }

    /// Layers whose values are known, instead of being computed: tensors by their names, or rows of them, as for
    /// [`of_tensors`](Self::of_tensors).
    ///
    /// # Errors
    /// When a layer does not fit what comes in.
    pub fn known(spec: &Spec, tensors: impl IntoIterator<Item = (String, Vec<f32>)>) -> Result<Self, SpecError> {
        let program = Program::compile(spec, 1, Purpose::Layers)?;
        let outputs = outputs(spec, &program);
        Ok(Self { outputs, ..Self::of_tensors(program, 0, tensors) })
    }

    fn with(program: Program, outputs: Vec<Tensor>, values: Values, label: u8) -> Self {
        let mut run = Self { program, outputs, values, shared: Sorted::default(), label, is_precise: false };
        let params = run.program.param_ids().map(Tensor::Param);
        // A weight of a unit goes into one output, and into the gradient of one input.
        let is_shared = |&tensor: &Tensor| {
            let n_made = |instr: &Instr| run.made_by(instr, Cell { tensor, index: 0 }).count();
            run.instrs().any(|instr| n_made(instr) > 1)
        };
        run.shared = params.filter(is_shared).collect();
        run
    }

    /// The same, whose arithmetic keeps three digits of numbers however small they are: small gradients are not printed as 0.
    #[must_use]
    pub fn precise(self) -> Self {
        Self { is_precise: true, ..self }
    }

    /// A number as its arithmetic prints it.
    pub(crate) fn print(&self, value: f32) -> String {
        if self.is_precise { precise(value) } else { number(value) }
    }

    /// The image.
    pub fn input(&self) -> Tensor {
        Tensor::Buffer(self.program.input())
    }

    /// The output of a layer, by its position.
    pub fn output(&self, layer: usize) -> Tensor {
        self.outputs[layer]
    }

    /// The output of the last layer.
    pub fn made(&self) -> Tensor {
        Tensor::Buffer(self.program.logits())
    }

    /// Number of layers.
    pub fn n_layers(&self) -> usize {
        self.outputs.len()
    }

    /// The weights of the layer that stands at `i` among those that have some.
    pub fn weights(&self, i: usize) -> Option<Tensor> {
        self.program.param_ids().nth(2 * i).map(Tensor::Param)
    }

    /// The biases of that layer.
    pub fn biases(&self, i: usize) -> Option<Tensor> {
        self.program.param_ids().nth(2 * i + 1).map(Tensor::Param)
    }

    /// The tensor of this name, if it has values.
    pub fn named(&self, name: &str) -> Option<Tensor> {
        self.buffer(name).filter(|tensor| self.is_known(*tensor))
    }

    /// The name of a tensor.
    pub fn name(&self, tensor: Tensor) -> Option<String> {
        match tensor {
            Tensor::Buffer(id) => self.program.buffers().get(id.index()).map(|buffer| buffer.name.clone()),
            Tensor::Param(id) => self.program.params().get(id.index()).map(|(name, _)| name.clone()),
            Tensor::Moment(..) => None,
        }
    }

    /// The shape of a tensor of the program; of a moment, that of its parameter.
    pub fn shape(&self, tensor: Tensor) -> Shape4 {
        match tensor {
            Tensor::Buffer(id) => self.program.buffers()[id.index()].shape,
            Tensor::Param(id) | Tensor::Moment(id, _) => self.program.params()[id.index()].1,
        }
    }

    /// The number of values in a row of a parameter: the weights of one kernel, or of one unit.
    pub fn row_len(&self, tensor: Tensor) -> usize {
        let shape = self.shape(tensor);
        shape.len() / shape.n
    }

    /// The instructions from the image to what gradients are of.
    pub fn forward(&self) -> impl DoubleEndedIterator<Item = &Instr> {
        self.program.forward().iter()
    }

    /// The values of a tensor, row-major; none where it holds no numbers to show.
    pub fn values(&self, tensor: Tensor) -> &[f32] {
        self.values.of(tensor)
    }

    /// The value of a cell; NaN for one of a tensor that holds no numbers to show.
    pub fn value(&self, cell: Cell<Tensor>) -> f32 {
        self.values(cell.tensor).get(cell.index).copied().unwrap_or(f32::NAN)
    }

    /// True if a tensor has values, or a part of them.
    pub fn is_known(&self, tensor: Tensor) -> bool {
        !self.values(tensor).is_empty()
    }

    /// True for a tensor that holds the positions of maxima.
    pub fn is_position(&self, tensor: Tensor) -> bool {
        let Tensor::Buffer(id) = tensor else { return false };
        self.program.buffers()[id.index()].role == Role::Argmax
    }

    /// The buffer of this name, whether it has values or none.
    pub fn buffer(&self, name: &str) -> Option<Tensor> {
        self.program.kept(name).map(Tensor::Buffer)
    }

    /// The value of a cell; of one that is kept nowhere, what its terms come to.
    pub fn worked_out(&self, cell: Cell<Tensor>) -> f32 {
        self.work_out(cell, &RefCell::default())
    }

    /// The same, each cell on the way once: the cells of a layer read the same ones, and so do those.
    fn work_out(&self, cell: Cell<Tensor>, done: &RefCell<BTreeMap<(Tensor, usize), f32>>) -> f32 {
        if self.is_known(cell.tensor) || !matches!(cell.tensor, Tensor::Buffer(_)) {
            return self.value(cell);
        }
        let key = (cell.tensor, cell.index);
        if let Some(value) = done.borrow().get(&key) {
            return *value;
        }
        let read = |cell| self.work_out(cell, done);
        let value = self.terms_reading(cell, &read).map_or_else(|| self.value(cell), |terms| terms.value(read));
        done.borrow_mut().insert(key, value);
        value
    }

    /// One plane of a tensor, (n, c, h, w), by its position among all `n · c` of them.
    pub fn plane(&self, tensor: Tensor, at: usize) -> Matrix {
        let shape = self.shape(tensor);
        let len = shape.h * shape.w;
        Matrix::new(shape.h, shape.w, &self.values(tensor)[at * len..][..len])
    }

    /// The terms behind a cell; `None` for one that comes in: of the image, or a parameter.
    pub fn terms(&self, cell: Cell<Tensor>) -> Option<Terms<Tensor>> {
        self.terms_reading(cell, &|cell| self.worked_out(cell))
    }

    fn terms_reading(&self, cell: Cell<Tensor>, value: &dyn Fn(Cell<Tensor>) -> f32) -> Option<Terms<Tensor>> {
        let values = StepValues {
            value,
            labels: &[self.label],
            n_classes: self.program.n_classes(),
            learning_rate: 0.0,
            gradient_scale: 1.0,
            n_steps: 0,
            draw: Draw::default(),
        };
        self.instrs().find_map(|instr| instr.terms(cell, &values))
    }

    /// The two factors of each product behind a cell: what is read, and its weight.
    pub fn products(&self, cell: Cell<Tensor>) -> Vec<[f32; 2]> {
        let terms = self.terms(cell).map_or_else(Vec::new, |terms| terms.terms);
        let product = |term: &Term<Tensor>| match term.factors {
            [Some(x), Some(w)] => Some([self.factor(x), self.factor(w)]),
            _ => None,
        };
        terms.iter().filter_map(product).collect()
    }

    /// The value of a factor.
    pub(super) fn factor(&self, factor: Factor<Tensor>) -> f32 {
        match factor {
            Factor::Cell(cell) => self.worked_out(cell),
            Factor::Padding => 0.0,
        }
    }

    /// The cells that a cell goes into, among tensors that have values.
    pub fn readers(&self, cell: Cell<Tensor>) -> Vec<Cell<Tensor>> {
        self.instrs().flat_map(|instr| self.made_by(instr, cell)).collect()
    }

    /// The same of one instruction.
    fn made_by(&self, instr: &Instr, cell: Cell<Tensor>) -> impl Iterator<Item = Cell<Tensor>> {
        let readers = instr.readers(cell, self.program.n_classes()).into_iter();
        readers.filter(|reader| !self.values(reader.tensor).is_empty())
    }

    /// True for a gradient.
    pub(super) fn is_gradient(&self, tensor: Tensor) -> bool {
        let Tensor::Buffer(id) = tensor else { return false };
        matches!(self.program.buffers()[id.index()].role, Role::Gradient | Role::ParamGradient)
    }

    /// The gradient with respect to a tensor, if it is there.
    pub fn gradient(&self, tensor: Tensor) -> Option<Tensor> {
        self.named(&format!("grad {}", self.name(tensor)?))
    }

    /// The tensor that a gradient is with respect to.
    pub(super) fn respect(&self, gradient: Tensor) -> Option<Tensor> {
        let name = self.name(gradient)?;
        let name = name.strip_prefix("grad ")?;
        let mut params = self.program.params().iter().zip(self.program.param_ids());
        let param = params.find(|((own, _), _)| own == name).map(|(_, id)| Tensor::Param(id));
        param.or_else(|| self.named(name))
    }

    /// True for a parameter each of whose cells goes into several others.
    pub(super) fn is_shared(&self, tensor: Tensor) -> bool {
        self.shared.contains(&tensor)
    }

    /// The instructions in order: forward, then backward where gradients were computed.
    pub(super) fn instrs(&self) -> impl DoubleEndedIterator<Item = &Instr> {
        self.program.forward().iter().chain(self.program.backward())
    }
}
