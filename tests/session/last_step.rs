//! The last step of a run, taken apart: what is said of it is what the step did, to the bit.

use receptive_nn::{Optimiser, OptimiserState, Parameters, Preset, Spec, StepLine};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Command, DatasetKind, EngineChoice, Event, OpenedStep, Query, Refusal, RequestId, RunCommand, RunConfig,
    RunEvent, RunId, RunState, Split, Tensor,
};

use crate::drive::*;
use crate::fleet::Fleet;
use crate::pretend::Rig;

/// Every gradient of it is shortened, and decays.
const CLIPPED: Optimiser = Optimiser { weight_decay: 0.1, max_norm: Some(0.01), ..Optimiser::ADAM };

/// A question about the last step.
fn question(names: &[&str], example: Option<u32>) -> Query {
    Query::Step { run: RUN, names: names.iter().map(ToString::to_string).collect(), example }
}

/// The answers to questions about steps among the events, oldest first.
fn opened_steps(events: &[Event]) -> Vec<OpenedStep> {
    let answer = |event: &Event| match event {
        Event::Answered(_, Ok(Answer::Step(step))) => Some(step.clone()),
        _ => None,
    };
    events.iter().filter_map(answer).collect()
}

/// Asks, and is answered at once.
fn asked(session: &mut Session, names: &[&str], example: Option<u32>) -> Result<OpenedStep, Refusal> {
    session.handle(ask(5, question(names, example)));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(5), Ok(Answer::Step(step)))) => Ok(step),
        Some(Event::Answered(RequestId(5), Err(why))) => Err(why),
        other => panic!("no answer but {other:?}"),
    }
}

fn tensor<'a>(step: &'a OpenedStep, name: &str) -> &'a Tensor {
    step.tensors.tensors.iter().find(|tensor| tensor.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn values<'a>(step: &'a OpenedStep, name: &str) -> &'a [f32] {
    &tensor(step, name).values
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn config(text: &str, optimiser: Optimiser) -> RunConfig {
    let spec = Spec::read(text).expect("a network");
    RunConfig { spec, optimiser, batch: 20, epochs: 3, ..quick_config() }
}

const SMALL: &str = "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10";
const NORMED: &str = "28x28x1:c4x3s2,n,r,f,d10";
const DROPPING: &str = "28x28x1:c4x3s2,r,o0.3,f,d12,r,o,d10";
const BRANCHING: &str = "28x28x1:c4x3p1s2,add(c4x3p1,r;),cat(m2;a2),f,d10";

/// Every name that can be asked of a network's weights, and of what its rule remembers.
fn names_of_weights(parameters: &Parameters, rule: Optimiser) -> Vec<String> {
    let mut names = Vec::new();
    for tensor in parameters.tensors() {
        let name = &tensor.name;
        names.extend([name.clone(), format!("before {name}"), format!("update {name}")]);
        if tensor.is_learnt {
            names.push(format!("grad {name}"));
            let moments = 1..=rule.n_moments();
            names.extend(moments.flat_map(|i| [format!("moment {i} {name}"), format!("before moment {i} {name}")]));
        }
    }
    names
}

/// Takes the step once more from what is said of before and of its gradient, and compares with what is said of after.
fn check_step(spec: &Spec, step: &OpenedStep, what: &str) {
    let rule = step.optimiser;
    let mut weights = Parameters::init(spec, 0).expect("a network");
    let mut memory = OptimiserState::new(rule, &weights);
    memory.set_n_steps(step.record.iteration as i32 - 1);
    memory.begin_step();
    let mut is_other = false;
    for i in 0..weights.tensors().len() {
        let name = weights.tensors()[i].name.clone();
        let [before, after, update] = ["before ", "", "update "].map(|side| values(step, &format!("{side}{name}")));
        let difference: Vec<f32> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(bits(update), bits(&difference), "{what}: {name}");
        if !weights.tensors()[i].is_learnt {
            continue;
        }
        for (moment, slot) in memory.slots_mut(i).iter_mut().enumerate() {
            slot.copy_from_slice(values(step, &format!("before moment {} {name}", moment + 1)));
        }
        let w = weights.values_mut_in_order().nth(i).expect("a tensor");
        w.copy_from_slice(before);
        memory.update(rule, i, w, values(step, &format!("grad {name}")), [step.learning_rate, step.gradient_scale]);
        assert_eq!(bits(w), bits(after), "{what}: {name}");
        for (moment, slot) in memory.slots(i).iter().enumerate() {
            assert_eq!(bits(slot), bits(values(step, &format!("moment {} {name}", moment + 1))), "{what}: {name}");
        }
        is_other |= before != after;
    }
    assert!(is_other, "{what}: the step changed something");
}

#[test]
fn the_step_from_what_is_said_of_it_is_the_step_that_was_taken_to_the_bit() {
    for text in [SMALL, NORMED, DROPPING, BRANCHING] {
        for (rule, n_workers) in [
            (Optimiser::ADAM, 1),
            (Optimiser::ADAM, 2),
            (Optimiser::MOMENTUM, 1),
            (Optimiser::MOMENTUM, 2),
            (CLIPPED, 2),
        ] {
            let what = format!("{text}, {}, {n_workers} workers", rule.key());
            let config = config(text, rule);
            let parameters = Parameters::init(&config.spec, 0).expect("a network");
            let names = names_of_weights(&parameters, rule);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut fleet = Fleet::new(opened(config.clone()), n_workers, 3);
            fleet.handle(on(RunCommand::Train));
            // Across the end of an epoch of four steps, in the middle of which others are measured.
            for _ in 0..200 {
                fleet.turn();
                if steps(&fleet.events).len() >= 6 {
                    break;
                }
                fleet.handle(ask(1, question(&["update linear 1.bias"], None)));
            }
            fleet.handle(on(RunCommand::Pause));
            fleet.handle(ask(2, question(&names, None)));
            let steps = opened_steps(&fleet.events);
            let last = steps.last().expect("a step");
            assert_eq!((last.record.iteration, last.optimiser), (6, rule), "{what}");
            assert!(n_workers == 1 || text == NORMED || fleet.n_sent > 0, "{what}: replicas did something");
            check_step(&config.spec, last, &what);
            // The single step after it, and the one that ends the epoch.
            for iteration in [7, 8] {
                fleet.run_after(on(RunCommand::Step));
                fleet.handle(ask(3, question(&names, None)));
                let steps = opened_steps(&fleet.events);
                let last = steps.last().expect("a step");
                assert_eq!(last.record.iteration, iteration, "{what}");
                check_step(&config.spec, last, &what);
            }
        }
    }
}

#[test]
fn a_batch_norm_has_the_running_averages_of_the_statistics_that_the_step_met() {
    let config = config(NORMED, Optimiser::ADAM);
    let mut session = opened(config);
    run_after(&mut session, on(RunCommand::Step));
    run_after(&mut session, on(RunCommand::Step));
    let (mean, own) = ("batch-norm 1.running mean", "batch-norm 1 mean");
    let before = format!("before {mean}");
    let step = asked(&mut session, &[mean, &before, own], Some(4)).expect("a step");
    for ((after, before), found) in values(&step, mean).iter().zip(values(&step, &before)).zip(values(&step, own)) {
        assert!((after - (0.9 * before + 0.1 * found)).abs() < 1e-6 && found.abs() > 1e-4);
    }
}

#[test]
fn the_images_of_a_step_make_up_its_loss_and_its_gradient() {
    for (text, head) in [(SMALL, "linear 1"), (NORMED, "linear 1"), (DROPPING, "linear 2")] {
        let mut session = opened(config(text, Optimiser::SGD));
        let [bias, grad_head] = [format!("grad {head}.bias"), format!("grad {head}")];
        for _ in 0..6 {
            run_after(&mut session, on(RunCommand::Step));
            // What was computed of one step is not taken for the next one's.
            asked(&mut session, &[&bias, &grad_head], Some(0)).expect("a step");
        }
        let step = asked(&mut session, &[&bias, "grad conv 1.weight"], None).expect("a step");
        let mut images = step.images.clone();
        images.sort_unstable();
        images.dedup();
        assert_eq!((images.len(), step.images.len()), (20, 20), "each once");
        let (mut loss, mut of_biases, mut of_kernels) = (0.0, vec![0.0; 10], vec![0.0; 200]);
        for (example, &index) in (0..).zip(&step.images) {
            let names = ["input", "losses", "probabilities", "grad conv 1", &grad_head];
            let met = asked(&mut session, &names, Some(example)).expect("a step");
            session.handle(ask(6, Query::ReadImage { dataset: DatasetKind::Own, split: Split::Training, index }));
            let Some(Event::Answered(_, Ok(Answer::Image(image)))) = session.drain().pop() else { panic!("no image") };
            let pixels: Vec<f32> = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
            assert_eq!((tensor(&met, "input").shape, values(&met, "input")), ([1, 1, 28, 28], &pixels[..]));
            loss += values(&met, "losses")[0] / 20.0;
            let probabilities = values(&met, "probabilities").iter().zip(values(&met, &grad_head));
            for (class, (p, grad)) in probabilities.enumerate() {
                let want = (p - f32::from(class == usize::from(image.label))) / 20.0;
                assert!((grad - want).abs() < 1e-6, "image {index}, class {class}: {grad} for {want}");
                of_biases[class] += grad;
            }
            if text == SMALL {
                add_kernels(&mut of_kernels, &pixels, values(&met, "grad conv 1"));
            }
        }
        let check = |got: &[f32], name: &str| {
            for (got, want) in got.iter().zip(values(&step, name)) {
                assert!((got - want).abs() < 1e-5, "{text}, {name}: {got} for {want}");
            }
            assert!(got.iter().any(|sum| sum.abs() > 1e-3));
        };
        check(&of_biases, &bias);
        if text == SMALL {
            check(&of_kernels, "grad conv 1.weight");
        }
        assert!((loss - step.record.loss).abs() < 1e-5, "{text}: {loss} for {}", step.record.loss);
    }
}

/// Adds to the gradient of eight kernels of 5×5, padding 2, what one image has in it.
fn add_kernels(sums: &mut [f32], pixels: &[f32], grad_y: &[f32]) {
    for (at, sum) in sums.iter_mut().enumerate() {
        let (k, r, s) = (at / 25, at / 5 % 5, at % 5);
        for (p, q) in (0..28).flat_map(|p| (0..28).map(move |q| (p, q))) {
            let (row, column) = (p + r, q + s);
            if (2..30).contains(&row) && (2..30).contains(&column) {
                *sum += grad_y[k * 784 + p * 28 + q] * pixels[(row - 2) * 28 + column - 2];
            }
        }
    }
}

#[test]
fn parts_and_circumstances_of_a_step() {
    let falling = receptive_nn::Schedule::LINEAR;
    let mut session = opened(RunConfig { schedule: falling, ..config(SMALL, Optimiser::MOMENTUM) });
    let events = run_after(&mut session, on(RunCommand::Step));
    session.handle(on(RunCommand::SetLearningRate(0.5)));
    let names = [
        "update conv 2.weight[3..5]",
        "grad conv 2.weight[15..99]",
        "moment 1 linear 1.weight[0..1]",
        "conv 1[2..4]",
        "grad input",
    ];
    let step = asked(&mut session, &names, Some(19)).expect("a step");
    let shapes: Vec<_> = step.tensors.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape)).collect();
    let want = [
        ("update conv 2.weight[3..5]", [2, 8, 5, 5]),
        ("grad conv 2.weight[15..16]", [1, 8, 5, 5]),
        ("moment 1 linear 1.weight[0..1]", [1, 784, 1, 1]),
        ("conv 1[2..4]", [1, 2, 28, 28]),
        ("grad input", [1, 1, 28, 28]),
    ];
    assert_eq!(shapes, want);
    assert_eq!((step.record, step.learning_rate), (steps(&events)[0], 0.01), "that of the step, not that of now");
    run_after(&mut session, on(RunCommand::Step));
    let rate = asked(&mut session, &[], None).expect("a step").learning_rate;
    assert!((rate - 0.5 * 11.0 / 12.0).abs() < 1e-6, "{rate}");
}

#[test]
fn while_a_run_goes_on_the_answer_comes_after_the_next_step_and_then_at_once() {
    let mut session = opened(RunConfig { n_validation: 0, ..config(SMALL, Optimiser::ADAM) });
    session.handle(on(RunCommand::Train));
    session.tick(0.0);
    session.drain();
    let names = ["before conv 1.weight", "conv 1.weight", "update conv 1.weight"];
    session.handle(ask(1, question(&names, None)));
    assert!(opened_steps(&session.drain()).is_empty(), "the first step was not kept");
    session.tick(10.0);
    let first = opened_steps(&session.drain()).pop().expect("it was waited for");
    assert_eq!(first.record.iteration, 2);
    session.tick(20.0);
    session.drain();
    let second = asked(&mut session, &names, None).expect("a step");
    assert_eq!(second.record.iteration, 3);
    assert_eq!(values(&second, "before conv 1.weight"), values(&first, "conv 1.weight"), "one goes on from the other");
    // Nobody asks for a while: the steps after it are not kept.
    session.tick(2900.0);
    assert!(asked(&mut session, &names, None).is_ok());
    session.tick(3000.0);
    session.handle(on(RunCommand::Pause));
    assert_eq!(asked(&mut session, &names, None).map(|step| step.record.iteration), Ok(5));
    session.handle(on(RunCommand::Train));
    session.tick(4000.0);
    session.tick(9000.0);
    session.handle(ask(2, question(&names, None)));
    session.handle(ask(3, question(&["conv 9"], None)));
    assert!(opened_steps(&session.drain()).is_empty(), "the copy that was not asked for was not made");
    session.tick(9001.0);
    let events = session.drain();
    assert_eq!(opened_steps(&events).len(), 1);
    assert_eq!(refusals(&events), [(3, Refusal::NoTensor("conv 9".into()))]);
}

#[test]
fn questions_change_no_bit_of_a_run() {
    let config = config(DROPPING, Optimiser::ADAM);
    let outcome = |asks: bool| {
        let mut fleet = Fleet::new(opened(config.clone()), 2, 1);
        fleet.handle(on(RunCommand::Train));
        for turn in 0..10_000 {
            let names = ["update conv 1.weight", "grad conv 1.weight", "conv 1", "grad dropout 1"];
            if asks {
                fleet.handle(ask(turn, question(&names, Some(turn % 20))));
            }
            if !fleet.turn() {
                break;
            }
        }
        (fleet.outcome(), opened_steps(&fleet.events).len())
    };
    let ((got, n_answers), (want, none)) = (outcome(true), outcome(false));
    assert!(got == want && n_answers > 12 && none == 0, "{n_answers} answers");
}

#[test]
fn where_there_is_no_step_to_open_the_reason_is_given() {
    let mut session = opened(config(SMALL, Optimiser::SGD));
    let names = ["update conv 1.weight"];
    run_after(&mut session, on(RunCommand::Train));
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::NoStep), "nobody had asked");
    session.handle(on(RunCommand::Reset));
    session.drain();
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::NoStep), "none was taken");
    run_after(&mut session, on(RunCommand::Step));
    assert!(asked(&mut session, &names, None).is_ok());
    for (name, example) in
        [("conv 1", None), ("conv 9", Some(0)), ("update conv 9.weight", None), ("grad conv 1.slope", Some(3))]
    {
        assert_eq!(asked(&mut session, &[name], example), Err(Refusal::NoTensor(name.into())));
    }
    assert_eq!(asked(&mut session, &names, Some(20)), Err(Refusal::NoImage { index: 20, n_images: 20 }));
    session.handle(on(RunCommand::Reset));
    session.drain();
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::NoStep), "its steps are undone");
    session.handle(ask(5, Query::Step { run: RunId(9), names: vec![], example: None }));
    assert_eq!(refusals(&session.drain()), [(5, Refusal::NoRun)]);
    // A run that waits for its next step.
    session.handle(on(RunCommand::Train));
    session.handle(ask(6, question(&names, None)));
    assert!(refusals(&session.drain()).is_empty());
    session.handle(on(RunCommand::Pause));
    assert_eq!(refusals(&session.drain()), [(6, Refusal::NoStep)], "none will come");
    session.handle(on(RunCommand::Train));
    session.handle(ask(7, question(&names, None)));
    session.handle(Command::Open(RunId(2), config(SMALL, Optimiser::SGD)));
    assert_eq!(refusals(&session.drain()), [(7, Refusal::Closed)]);
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::NoRun), "it is not open");
}

#[test]
fn a_divergence_has_no_step_and_neither_have_the_weights_after_it() {
    let mut session = opened(RunConfig { learning_rate: 1e30, ..config(SMALL, Optimiser::SGD) });
    session.handle(on(RunCommand::Train));
    session.handle(ask(1, question(&["update conv 1.weight"], None)));
    let events = run(&mut session);
    assert_eq!(states(&events).last(), Some(&RunState::Diverged));
    let names = ["update conv 1.weight"];
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::Diverged));
    session.handle(on(RunCommand::RestoreLastGood));
    assert!(session.drain().iter().any(|event| matches!(event, Event::Run { event: RunEvent::Rewound, .. })));
    assert_eq!(asked(&mut session, &names, None), Err(Refusal::NoStep));
}

#[test]
fn the_steps_of_a_gpu_are_not_opened() {
    let config = RunConfig { spec: Preset::Linear.spec(), ..quick_config() };
    let mut rig = Rig::new(opened(config), EngineChoice::Gpu);
    rig.handle(on(RunCommand::Train));
    rig.handle(ask(1, question(&["update linear 1.weight"], None)));
    rig.run();
    rig.handle(ask(2, question(&["update linear 1.weight"], None)));
    assert_eq!(rig.n_steps, 12);
    assert_eq!(refusals(&rig.events), [(1, Refusal::StepOnGpu), (2, Refusal::StepOnGpu)]);
}

#[test]
fn the_instructions_of_a_step_are_those_of_the_runs_batch_and_rule() {
    let config = config(BRANCHING, Optimiser::MOMENTUM);
    let want = StepLine::list(&config.spec, 20, Optimiser::MOMENTUM).expect("a network");
    let mut session = opened(config);
    let mut lines = |run| {
        session.handle(ask(1, Query::StepLines { run }));
        match session.drain().pop() {
            Some(Event::Answered(_, answer)) => answer,
            other => panic!("no answer but {other:?}"),
        }
    };
    assert_eq!(lines(RUN), Ok(Answer::StepLines(want)));
    assert_eq!(lines(RunId(9)), Err(Refusal::NoRun));
}
