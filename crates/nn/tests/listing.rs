//! The list of a training step: what it says is what the terms of the instructions say.

mod odd;

use odd::odd;
use receptive_core::terms::{Cell, Term};
use receptive_nn::{
    Draw, NTerms, Optimiser, Phase, Preset, Program, Purpose, Quantity, Spec, StepLine, StepValues, Tensor,
};
use std::collections::BTreeSet;

const N: usize = 3;

fn specs() -> [Spec; 4] {
    let read = |text: &str| Spec::read(text).expect("a network");
    [
        odd(),
        read("11x9x2:c4x3p1,r,add(c4x3p1,r,c4x3p1;),r,cat(m2;c3x1,r,m2;a2),r,mul(;v,f,d11,r),add(r;r),f,d7"),
        read("6x6x1:c3x3,n,r,w3p1,n,f,d5,n,d4"),
        read("6x6x1:c3x3,r,o,f,d5,o0.2,d4"),
    ]
}

/// The most terms of a cell of a tensor, as the instructions that write it give them.
fn counted(program: &Program, tensor: Tensor, values: &StepValues) -> NTerms {
    let len = match tensor {
        Tensor::Buffer(id) => program.buffers()[id.index()].shape.len(),
        Tensor::Param(id) | Tensor::Moment(id, _) => program.params()[id.index()].1.len(),
    };
    let all = program.forward().iter().chain(program.backward()).chain(program.update());
    let writer = all.clone().find(|instr| instr.written().first() == Some(&tensor)).expect("it is written");
    let mut most = NTerms { products: 0, others: 0 };
    for index in 0..len {
        let terms = writer.terms(Cell { tensor, index }, values).expect("it is written").terms;
        let is_product = |term: &&Term<Tensor>| term.factors.iter().all(Option::is_some);
        let products = terms.iter().filter(is_product).count();
        most.products = most.products.max(products);
        most.others = most.others.max(terms.len() - products);
    }
    most
}

#[test]
fn every_line_counts_the_values_and_the_terms_that_the_instruction_has() {
    for (spec, rule) in specs().iter().flat_map(|spec| Optimiser::ALL.map(|rule| (spec, rule))) {
        let program = Program::compile(spec, N, Purpose::Inspect(rule)).expect("a network");
        let values = StepValues {
            value: &|_| 0.5,
            labels: &[0, 1, 2],
            n_classes: program.n_classes(),
            learning_rate: 0.1,
            gradient_scale: 1.0,
            n_steps: 1,
            draw: Draw::default(),
        };
        let lines = StepLine::list(spec, N, rule).expect("a network");
        let all: Vec<_> = program.forward().iter().chain(program.backward()).chain(program.update()).collect();
        assert_eq!(lines.len(), all.len());
        for (line, instr) in lines.iter().zip(all) {
            assert_eq!(line.n_terms, counted(&program, instr.written()[0], &values), "{line:?}");
            assert_eq!((line.written.len(), line.read.len()), (instr.written().len(), instr.reads().len()), "{line:?}");
            let buffer = program.buffers().iter().find(|buffer| buffer.name == line.written[0]);
            let param = program.params().iter().find(|(name, _)| *name == line.written[0]);
            let shape = buffer.map(|buffer| buffer.shape).or(param.map(|(_, shape)| *shape));
            assert_eq!(Some(line.n_values), shape.map(|shape| shape.len()), "{line:?}");
        }
        assert!(lines.is_sorted_by_key(|line| line.phase));
    }
}

#[test]
fn the_first_convolution_of_the_small_network_is_counted_as_on_paper() {
    let lines = StepLine::list(&Preset::Small.spec(), 32, Optimiser::ADAM).unwrap();
    let of = |layer: &str, quantity| {
        let mut found = lines.iter().filter(|line| line.layer.as_deref() == Some(layer) && line.quantity == quantity);
        let line = found.next().unwrap_or_else(|| panic!("{layer}: no {quantity:?}"));
        (line.phase, line.n_values, line.n_terms.products, line.n_terms.others)
    };
    // 5 × 5 weights over one channel, eight kernels, 28 × 28 positions in each of 32 images.
    assert_eq!(of("conv 1", Quantity::Output), (Phase::Forward, 32 * 8 * 784, 25, 1));
    assert_eq!(of("conv 1", Quantity::GradWeight), (Phase::Backward, 200, 25_088, 0));
    assert_eq!(of("conv 1", Quantity::GradBias), (Phase::Backward, 8, 0, 25_088));
    assert_eq!(of("conv 1", Quantity::Update), (Phase::Update, 200, 0, 4));
    // What comes back to the pooling: from each of sixteen kernels as many products as it has weights.
    assert_eq!(of("max-pool 1", Quantity::GradOutput), (Phase::Backward, 32 * 8 * 196, 16 * 25, 0));
    assert_eq!(of("linear 1", Quantity::GradWeight), (Phase::Backward, 7840, 32, 0));
    assert_eq!(of("linear 1", Quantity::Output), (Phase::Forward, 320, 784, 1));
}

#[test]
fn lines_come_in_the_order_of_a_step_and_name_what_they_read() {
    let lines = StepLine::list(&Spec::read("4x4x1:c2x3,r,f,d3").unwrap(), 2, Optimiser::MOMENTUM).unwrap();
    let said: Vec<_> = lines.iter().map(|line| (line.phase, line.layer.as_deref(), line.quantity)).collect();
    let (conv, relu, linear) = (Some("conv 1"), Some("relu 1"), Some("linear 1"));
    assert_eq!(
        said,
        [
            (Phase::Forward, conv, Quantity::Output),
            (Phase::Forward, relu, Quantity::Output),
            (Phase::Forward, linear, Quantity::Output),
            (Phase::Loss, None, Quantity::Loss),
            (Phase::Backward, linear, Quantity::GradOutput),
            (Phase::Backward, linear, Quantity::GradWeight),
            (Phase::Backward, linear, Quantity::GradBias),
            (Phase::Backward, relu, Quantity::GradOutput),
            (Phase::Backward, conv, Quantity::GradOutput),
            (Phase::Backward, conv, Quantity::GradWeight),
            (Phase::Backward, conv, Quantity::GradBias),
            (Phase::Update, conv, Quantity::Update),
            (Phase::Update, conv, Quantity::Update),
            (Phase::Update, linear, Quantity::Update),
            (Phase::Update, linear, Quantity::Update),
        ]
    );
    assert_eq!(
        (&lines[3].written[..], &lines[3].read[..]),
        (&["losses".into(), "probabilities".into()][..], &["linear 1".into()][..])
    );
    assert_eq!(lines[7].read, ["grad linear 1", "before linear 1.weight"]);
    assert_eq!(lines[11].written, ["conv 1.weight", "moment 1 conv 1.weight"]);
    assert_eq!(lines[11].read, ["grad conv 1.weight", "before conv 1.weight", "before moment 1 conv 1.weight"]);
}

#[test]
fn what_lies_inside_layers_and_blocks_belongs_to_them() {
    let spec = Spec::read("6x6x1:c3x3,n,add(c3x3p1,n;),f,d4").unwrap();
    let lines = StepLine::list(&spec, N, Optimiser::SGD).unwrap();
    let layers: BTreeSet<&str> = lines.iter().filter_map(|line| line.layer.as_deref()).collect();
    let own = ["batch-norm 1", "block 1", "block 1 / branch 1 / batch-norm 1", "block 1 / branch 1 / conv 1", "conv 1"];
    assert_eq!(layers, own.into_iter().chain(["linear 1"]).collect());
    let of = |written: &str| {
        let line = lines.iter().find(|line| line.written[0] == written).unwrap_or_else(|| panic!("no {written}"));
        (line.layer.as_deref().unwrap_or_default(), line.quantity)
    };
    assert_eq!(of("batch-norm 1 mean"), ("batch-norm 1", Quantity::Statistic));
    assert_eq!(of("batch-norm 1 normalised"), ("batch-norm 1", Quantity::Inner));
    assert_eq!(of("grad batch-norm 1 normalised"), ("batch-norm 1", Quantity::GradInner));
    assert_eq!(of("batch-norm 1.running mean"), ("batch-norm 1", Quantity::Average));
    assert_eq!(of("grad block 1 / branch 1"), ("block 1", Quantity::GradInner));
    assert_eq!(of("grad block 1"), ("block 1", Quantity::GradOutput));
}
