//! The terms of every instruction give what the engine computed, and both ways of asking agree.

mod odd;

use odd::odd;
use receptive_core::Rng;
use receptive_core::terms::Cell;
use receptive_nn::{
    BufferId, CpuEngine, Draw, Head, Instr, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Role,
    Spec, StepValues, Target, Tensor,
};
use std::collections::BTreeMap;

const N: usize = 2;
const LEARNING_RATE: f32 = 0.05;

/// A training step, and everything that it read and wrote. The numbers of a fused program are those of one that keeps
/// them all, by their names.
struct Step {
    program: Program,
    kept: CpuEngine,
    before: (Parameters, OptimiserState),
    after: (Parameters, OptimiserState),
    labels: Vec<u8>,
}

impl Step {
    fn new(spec: &Spec, purpose: Purpose, rule: Optimiser) -> Self {
        Self::with_loss(spec, purpose, rule, Head::CrossEntropy)
    }

    fn with_loss(spec: &Spec, purpose: Purpose, rule: Optimiser, loss: Head) -> Self {
        let compile = |purpose| Program::compile_for(spec, N, purpose, loss, &[]).unwrap();
        let mut rng = Rng::new(5);
        let mut parameters = Parameters::init(spec, 3).unwrap();
        let mut state = OptimiserState::new(rule, &parameters);
        let mut kept = CpuEngine::new(compile(Purpose::Inspect(rule)));
        let n_classes = kept.program().n_classes() as u32;
        let mut before = None;
        let mut labels = vec![];
        // The second of two steps: then moments are not zero.
        for _ in 0..2 {
            let images: Vec<_> = (0..N * spec.input.iter().product::<usize>()).map(|_| rng.normal()).collect();
            labels = (0..N).map(|_| rng.below(n_classes) as u8).collect();
            before = Some((parameters.clone(), state.clone()));
            kept.train_step(&mut parameters, &mut state, &images, &labels, LEARNING_RATE);
        }
        let program = compile(purpose);
        Self { program, kept, before: before.unwrap(), after: (parameters, state), labels }
    }

    fn instructions(&self) -> impl Iterator<Item = &Instr> {
        self.program.forward().iter().chain(self.program.backward()).chain(self.program.update())
    }

    /// The buffer of the same name in the program that keeps all.
    fn kept_id(&self, id: BufferId) -> BufferId {
        self.kept.program().kept(&self.program.buffers()[id.index()].name).unwrap()
    }

    fn buffer(&self, id: BufferId, index: usize) -> f32 {
        let kept = self.kept_id(id);
        match self.kept.program().buffers()[kept.index()].role {
            Role::Argmax => self.kept.positions(kept)[index] as f32,
            _ => self.kept.buffer(kept)[index],
        }
    }

    fn value(&self, Cell { tensor, index }: Cell<Tensor>, (parameters, state): &(Parameters, OptimiserState)) -> f32 {
        match tensor {
            Tensor::Buffer(id) => self.buffer(id, index),
            Tensor::Param(id) => parameters.tensors()[id.index()].values[index],
            Tensor::Moment(id, moment) => state.slots(id.index())[moment][index],
        }
    }

    /// What clipping by the global norm multiplies with, in double precision.
    fn gradient_scale(&self) -> f32 {
        let update = |instr: &Instr| match instr {
            Instr::Update(update) => Some((update.rule.max_norm, self.kept.buffer(update.grad))),
            _ => None,
        };
        let updates: Vec<_> = self.kept.program().update().iter().filter_map(update).collect();
        let Some(most) = updates.first().and_then(|(most, _)| *most) else { return 1.0 };
        let squares = updates.iter().flat_map(|(_, grad)| *grad).map(|&g| f64::from(g) * f64::from(g));
        (f64::from(most) / (squares.sum::<f64>().sqrt() + 1e-6)).min(1.0) as f32
    }

    fn with_values<R>(&self, f: impl FnOnce(&StepValues) -> R) -> R {
        f(&StepValues {
            value: &|cell| self.value(cell, &self.before),
            labels: &self.labels,
            n_classes: self.program.n_classes(),
            learning_rate: LEARNING_RATE,
            gradient_scale: self.gradient_scale(),
            n_steps: self.after.1.n_steps(),
            draw: Draw::default(),
        })
    }

    /// Compares the terms of every `stride`th cell of every tensor that is written with the engine's number.
    fn check_values(&self, stride: usize) -> usize {
        let mut n_checked = 0;
        for instr in self.instructions() {
            for tensor in instr.written() {
                for index in (0..len(&self.program, tensor)).step_by(stride) {
                    let cell = Cell { tensor, index };
                    let terms = self.with_values(|values| instr.terms(cell, values)).unwrap();
                    let got = terms.value(|cell| self.value(cell, &self.before));
                    let want = self.value(cell, &self.after);
                    let size: f32 =
                        terms.terms.iter().map(|term| term.value(|cell| self.value(cell, &self.before)).abs()).sum();
                    let is_close = (got - want).abs() <= 1e-6 + 1e-5 * size.max(want.abs());
                    assert!(is_close, "{instr:?}\n{cell:?}: {got} from its terms, {want} from the engine");
                    n_checked += 1;
                }
            }
        }
        n_checked
    }
}

/// Compares the readers of every cell with the terms that name it.
fn check_readers(program: &Program, values: &StepValues) {
    for instr in program.forward().iter().chain(program.backward()).chain(program.update()) {
        let mut wanted: BTreeMap<Cell<Tensor>, Vec<Cell<Tensor>>> = BTreeMap::new();
        for tensor in instr.written() {
            for index in 0..len(program, tensor) {
                let written = Cell { tensor, index };
                let mut cells: Vec<_> = instr.terms(written, values).unwrap().cells().collect();
                cells.sort_unstable();
                cells.dedup();
                for cell in cells {
                    wanted.entry(cell).or_default().push(written);
                }
            }
        }
        assert!(wanted.keys().all(|cell| instr.reads().contains(&cell.tensor)), "{instr:?}");
        for tensor in instr.reads() {
            for index in 0..len(program, tensor) {
                let cell = Cell { tensor, index };
                let mut got = instr.readers(cell, program.n_classes());
                got.sort_unstable();
                let mut wanted = wanted.remove(&cell).unwrap_or_default();
                wanted.sort_unstable();
                assert_eq!(got, wanted, "{instr:?}: what {cell:?} goes into");
            }
        }
        assert!(wanted.is_empty());
    }
}

fn len(program: &Program, tensor: Tensor) -> usize {
    match tensor {
        Tensor::Buffer(id) => program.buffers()[id.index()].shape.len(),
        Tensor::Param(id) | Tensor::Moment(id, _) => program.params()[id.index()].1.len(),
    }
}

/// Branches of every kind of join, in each other, several of them empty.
fn blocks() -> Spec {
    let text = "6x5x2:c4x3p1,add(c4x3p1,r;),r,cat(w3p1;a3s1p1,c2x1;),mul(;v,f,d10,g),add(m2;add(m2,r;a2);u2),f,d4";
    Spec::read(text).unwrap()
}

/// Batch normalisation and dropout, on maps and on rows.
fn random() -> Spec {
    Spec::read("7x6x2:c3x3p1,n,r,o0.3,m2,f,d6,n,o,d4").unwrap()
}

/// Every rule, alone and with weight decay and clipping.
fn rules() -> Vec<Optimiser> {
    let decayed = Optimiser::ALL.map(|usual| Optimiser { weight_decay: 0.25, max_norm: Some(0.5), ..usual });
    Optimiser::ALL.into_iter().chain(decayed).collect()
}

#[test]
fn terms_of_every_instruction_give_the_engine_s_numbers() {
    for rule in rules() {
        for purpose in [Purpose::Inspect(rule), Purpose::Training(rule)] {
            for spec in [odd(), blocks(), random()] {
                let step = Step::new(&spec, purpose, rule);
                let n_checked = step.check_values(1);
                assert!(n_checked > 2000, "{n_checked}");
            }
        }
    }
    for preset in Preset::ALL {
        Step::new(&preset.spec(), Purpose::Training(Optimiser::SGD), Optimiser::SGD).check_values(997);
    }
}

#[test]
fn readers_are_the_cells_whose_terms_name_a_cell() {
    for rule in rules() {
        for purpose in [Purpose::Inspect(rule), Purpose::Training(rule)] {
            for spec in [odd(), blocks(), random()] {
                let step = Step::new(&spec, purpose, rule);
                step.with_values(|values| check_readers(&step.program, values));
            }
        }
    }
}

#[test]
fn terms_and_readers_hold_for_every_loss() {
    for loss in Head::LOSSES {
        for purpose in [Purpose::Inspect(Optimiser::SGD), Purpose::Training(Optimiser::SGD)] {
            let step = Step::with_loss(&odd(), purpose, Optimiser::SGD, loss);
            assert!(step.check_values(1) > 500);
            step.with_values(|values| check_readers(&step.program, values));
        }
    }
}

#[test]
fn readers_of_a_program_that_does_not_train_are_the_cells_whose_terms_name_a_cell() {
    let (targets, purpose) = ([Target::Input], Purpose::Gradients);
    let program = Program::compile_for(&random(), N, purpose, Head::Logit, &targets).unwrap();
    assert!(program.backward().iter().any(|instr| matches!(instr, Instr::BatchNormFixedBackward(_))));
    assert!(program.forward().iter().all(|instr| !matches!(instr, Instr::DropoutForward(_))));
    let values = StepValues {
        value: &|_| 1.0,
        labels: &[0; N],
        n_classes: program.n_classes(),
        learning_rate: 0.0,
        gradient_scale: 1.0,
        n_steps: 0,
        draw: Draw::default(),
    };
    check_readers(&program, &values);
}

#[test]
fn what_an_instruction_does_not_write_or_read_has_no_terms_and_no_readers() {
    let step = Step::new(&odd(), Purpose::Inspect(Optimiser::SGD), Optimiser::SGD);
    let other = Cell { tensor: Tensor::Buffer(step.program.losses()), index: 0 };
    let first = &step.program.forward()[0];
    assert!(step.with_values(|values| first.terms(other, values)).is_none());
    assert!(first.readers(other, 4).is_empty());
}
