//! A whole session whose steps are taken on the GPU, as the page runs it.

use crate::trial;
use libtest_mimic::{Failed, Trial};
use receptive_gpu::{Gpu, native::block_on};
use receptive_nn::{Head, Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::gpu::{GpuRequest, GpuWorker};
use receptive_train::protocol::{
    Adapter, Command, DatasetKind, EngineChoice, Event, RunCommand, RunConfig, RunEvent, RunId, TestReport,
};
use std::collections::VecDeque;

/// The worker's number in these tests is whatever the session gave it last.
struct Driver {
    session: Session,
    worker: GpuWorker,
    answers: VecDeque<(u32, Vec<u8>)>,
    events: Vec<Event>,
    now_millis: f64,
}

pub(crate) fn trials(gpu: Option<&Gpu>) -> Vec<Trial> {
    vec![
        trial("session: a run on the GPU comes to what it comes to on the CPU", gpu, |_| same()),
        trial("session: a device that is given up in the middle costs nothing but time", gpu, |_| lost()),
    ]
}

fn config() -> RunConfig {
    RunConfig {
        dataset: DatasetKind::BuiltIn,
        spec: Preset::Small.spec(),
        optimiser: Optimiser::ADAM,
        loss: Head::CrossEntropy,
        learning_rate: 0.002,
        schedule: Schedule::CONSTANT,
        batch: 32,
        epochs: 2,
        seed: 5,
        n_training: Some(960),
        n_validation: 64,
        validate_every: None,
    }
}

impl Driver {
    fn new(choice: EngineChoice) -> Self {
        let (session, worker) = (Session::new(), GpuWorker::new());
        let mut driver = Self { session, worker, answers: VecDeque::new(), events: Vec::new(), now_millis: 0.0 };
        for command in
            [Command::SetEngine(choice), Command::Open(RunId(1), config()), Command::Run(RunId(1), RunCommand::Train)]
        {
            driver.session.handle(command);
        }
        driver
    }

    /// A tick, the requests, and the oldest answer. Returns whether the run is still going.
    fn turn(&mut self) -> bool {
        self.now_millis += 10.0;
        self.session.tick(self.now_millis);
        while let Some(request) = self.session.next_gpu_request() {
            match request {
                GpuRequest::Find(id) => {
                    self.session.gpu_adapter(id, Adapter { name: "native".into(), is_software: true });
                }
                GpuRequest::Start(id) => self.session.gpu_ready(id),
                GpuRequest::End(_) => self.answers.clear(),
                GpuRequest::Send(id, command) => {
                    let Some(reply) = block_on(self.worker.work(&command)) else { continue };
                    let answer = self.worker.gpu().map(|gpu| gpu.block_on(reply));
                    self.answers.extend(answer.map(|answer| (id, answer)));
                }
            }
        }
        if let Some((id, answer)) = self.answers.pop_front() {
            self.session.gpu_answered(id, &answer, self.now_millis);
        }
        self.events.extend(self.session.drain());
        !self.events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Tested(_), .. }))
    }

    fn report(&self) -> Option<&TestReport> {
        self.events.iter().find_map(|event| {
            if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
        })
    }

    fn is_on_gpu(&self) -> bool {
        let mut statuses =
            self.events.iter().filter_map(|event| if let Event::Engine(status) = event { Some(status) } else { None });
        statuses.next_back().is_some_and(|status| status.is_gpu)
    }

    fn finish(&mut self) -> Result<(f32, f32), Failed> {
        (0..5000).find(|_| !self.turn()).ok_or("the run does not end")?;
        let report = self.report().ok_or("no report")?;
        Ok((report.loss, report.n_correct as f32 / report.n_images as f32))
    }
}

/// Within rounding, which two epochs make larger.
fn check_close((loss, accuracy): (f32, f32)) -> Result<(), Failed> {
    let want = Driver::new(EngineChoice::Cpu).finish()?;
    if (loss - want.0).abs() <= 1e-2 && (accuracy - want.1).abs() <= 0.005 {
        return Ok(());
    }
    Err(format!("loss and accuracy are {loss} and {accuracy} for {want:?}").into())
}

fn same() -> Result<(), Failed> {
    let mut driver = Driver::new(EngineChoice::Gpu);
    let found = driver.finish()?;
    if !driver.is_on_gpu() {
        return Err("it was not the GPU that trained".into());
    }
    check_close(found)
}

fn lost() -> Result<(), Failed> {
    let mut driver = Driver::new(EngineChoice::Gpu);
    let has_steps = |driver: &Driver| {
        driver.events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Steps(_), .. }))
    };
    while !has_steps(&driver) && driver.turn() {}
    if !driver.is_on_gpu() {
        return Err("it was not the GPU that trained".into());
    }
    driver.worker.gpu().ok_or("no device")?.destroy();
    let found = driver.finish()?;
    if driver.is_on_gpu() {
        return Err("a lost device goes on".into());
    }
    check_close(found)
}
