//! Messages between page and worker: they survive the way, and nothing else passes for one.

use receptive_core::Rng;
use receptive_data::{FileReading, LabelRule};
use receptive_nn::{Head, Variable};
use receptive_train::protocol::*;

use crate::drive::*;

fn nudge() -> Query {
    let (of, at) = (Backward { head: Head::Logit, class: 3 }, Variable::Pixel(70_000));
    Query::Nudge { weights: Weights::Run(RUN), pixels: vec![0.25; 784], of, at, by: -1e-9 }
}

fn commands() -> Vec<Command> {
    vec![
        Command::Open(RUN, small_config()),
        on(RunCommand::Train),
        on(RunCommand::Step),
        on(RunCommand::SetLearningRate(0.5)),
        Command::SetWorkers(3),
        Command::FetchAgain(DatasetKind::Mnist),
        Command::ReadFiles(FileReading { is_turned: true, labels: LabelRule::OneLess, ..FileReading::default() }),
        predict(9, vec![0.25; 784]),
        ask(9, Query::Tensors { weights: Weights::Shipped, pixels: vec![0.25; 784], names: vec!["conv 1".into()] }),
        ask(9, gradients(Weights::Run(RUN), 3, &["grad input", "conv 2[0..4]"])),
        ask(5, nudge()),
        ask(u32::MAX, Query::ReadImage { dataset: DatasetKind::Mnist, split: Split::Test, index: 3 }),
        on(RunCommand::TrainMore(4)),
        ask(8, Query::Accuracy { run: RUN, n_images: 1000 }),
        ask(8, Query::ReadTest { run: RUN, indices: vec![3, 70_000] }),
        ask(8, Query::Step { run: RUN, names: vec!["update conv 1.weight[0..8]".into()], example: Some(3) }),
        ask(8, Query::StepLines { run: RUN }),
        ask(8, Query::Losses { run: RUN, seed: 3, since: Some(9), places: vec![[0.5, -1.0]], images: [64, 128] }),
        Command::Keep(RUN, Some("a name".into())),
        Command::Keep(RUN, None),
        Command::KeepNow,
        Command::GoOn(RUN, "a name".into(), small_config()),
        Command::Ping,
    ]
}

#[test]
fn commands_and_events_survive_the_way() {
    for command in commands() {
        assert_eq!(decode::<Command>(&encode(&command)).as_ref(), Ok(&command));
    }
    let mut session = session();
    session.handle(Command::ReadFiles(FileReading::default()));
    let mut files = session.drain();
    session.handle(Command::Open(RUN, small_config()));
    files.push(Event::Files(FilesStatus::Coming(50)));
    let mut events = run_after(&mut session, on(RunCommand::Step));
    let names = ["update linear 1.weight", "grad conv 1"].map(String::from).to_vec();
    session.handle(ask(1, Query::Step { run: RUN, names, example: Some(3) }));
    session.handle(ask(2, Query::StepLines { run: RUN }));
    events.extend(run_after(&mut session, on(RunCommand::Train)));
    assert!(events.iter().any(|event| matches!(event, Event::Answered(_, Ok(Answer::Step(_))))));
    events.extend(files);
    events.push(Event::Recovered(DatasetKind::Mnist));
    events.push(Event::Ready { protocol: PROTOCOL, build: "a build".into() });
    let why_fewer = Some(FewerWorkers::Lost(2));
    events.push(Event::Workers(Workers { n_asked: 4, n_used: 2, why_fewer }));
    events.push(Event::Problem(Problem::Protocol(ProtocolError::Command)));
    let stall = Stall { iteration: 7, loss: 2.303, dead_share: 1.0 };
    events.push(Event::Run { run: RUN, step: 7, event: RunEvent::Stalled(Some(stall)) });
    events.push(Event::Run { run: RUN, step: 1, event: RunEvent::Resumed { steps_per_epoch: 1, n_steps: 2 } });
    events.push(Event::Run { run: RUN, step: 1, event: RunEvent::Lost(KeptError::Storage(StorageFault::Full)) });
    events.push(Event::Storage(Some(StorageFault::Refused)));
    events.push(Event::Answered(RequestId(3), Err(Refusal::NoTensor("conv 9".into()))));
    events.extend(run_after(&mut session, ask(3, nudge())));
    assert!(matches!(events.last(), Some(Event::Answered(_, Err(Refusal::NoCell { .. })))));
    let of = Backward { head: Head::Logit, class: 3 };
    let at = Variable::Parameter { tensor: "conv 1.weight".into(), index: 3 };
    let question = Query::Nudge { weights: Weights::Run(RUN), pixels: vec![0.25; 784], of, at, by: 0.1 };
    events.extend(run_after(&mut session, ask(3, question)));
    assert!(matches!(events.last(), Some(Event::Answered(_, Ok(Answer::Nudge(_))))));
    events.push(Event::Answered(RequestId(3), Err(Refusal::Memory { megabytes: 5000 })));
    let why = EngineWhy::Wrong { what: GpuDifference::Weights("cönv 1".into()), iteration: 1 };
    events.push(Event::Engine(EngineStatus { is_gpu: false, adapter: None, why }));
    for event in events {
        assert_eq!(decode::<Event>(&encode(&event)).as_ref(), Ok(&event));
    }
}

#[test]
fn a_message_cut_short_is_refused() {
    for command in commands() {
        let bytes = encode(&command);
        for n in (0..bytes.len()).step_by(1 + bytes.len() / 300) {
            assert!(decode::<Command>(&bytes[..n]).is_err(), "{n} of {} bytes passed for {command:?}", bytes.len());
        }
    }
}

#[test]
fn bytes_of_anything_else_are_refused_or_harmless() {
    let mut rng = Rng::new(1);
    for _ in 0..20_000 {
        let bytes: Vec<u8> =
            (0..rng.below(40)).map(|_| (rng.next_u32() | (u32::from(rng.below(2) == 0) * 0x80)) as u8).collect();
        if let Ok(Command::Open(_, config)) = decode::<Command>(&bytes) {
            assert!(config.spec.layers.len() <= bytes.len());
        }
        let _ = decode::<Event>(&bytes);
    }
}
