//! A GPU's worker that pretends: it trains on the processor, takes as long as a test says, and fails on demand.

use std::collections::VecDeque;

use crate::drive::{RUN, predicted};
use receptive_data::digits::PIXELS;
use receptive_nn::{Checkpoint, CpuEngine, Draw, OptimiserState, Origin, Parameters, Place, Program, Purpose};
use receptive_train::Session;
use receptive_train::gpu::{Answer, Fault, GpuCommand, GpuError, GpuRequest, StepResults, Steps};
use receptive_train::protocol::{
    Adapter, Command, EngineChoice, EngineStatus, Event, GpuFault, Weights, decode, encode,
};

/// What becomes of an answer to steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// The device is lost, and says so.
    Lost,
    /// The worker breaks down.
    Breaks,
    /// Nothing is ever received from it again.
    Silence,
    /// It is no answer.
    Garbled,
    /// An answer for a sequence still to come.
    EarlySequence,
    /// An answer to other steps.
    Other,
    /// One loss too few.
    Short,
    /// More images right than there are.
    TooRight,
    /// Losses that are no numbers.
    NotNumbers,
    /// Weights that are no numbers, or too few where none were asked for.
    BadState,
}

impl Fate {
    pub(crate) const FAULTS: [Self; 10] = [
        Self::Lost,
        Self::Breaks,
        Self::Silence,
        Self::Garbled,
        Self::EarlySequence,
        Self::Other,
        Self::Short,
        Self::TooRight,
        Self::NotNumbers,
        Self::BadState,
    ];
}

/// What is wrong with the numbers of a device that answers as it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lie {
    /// A tensor changes by one part in a hundred too much.
    Tensor(usize),
    /// A tensor does not change.
    Still(usize),
    /// Losses are one part in a hundred too large.
    Losses,
    /// Four more images are said to be right.
    Hits,
    /// All is as it should be, but for a unit that rounding opens in so many answers: a tensor changes otherwise.
    Rounding(u32),
}

/// What goes wrong before there are any steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mishap {
    NoAdapter,
    NeverFound,
    CannotStart,
    NeverUp,
    TooSmall,
    NeverOpen,
}

impl Mishap {
    pub(crate) const ALL: [Self; 6] =
        [Self::NoAdapter, Self::NeverFound, Self::CannotStart, Self::NeverUp, Self::TooSmall, Self::NeverOpen];
}

pub(crate) fn hardware() -> Adapter {
    Adapter { name: "pretended".into(), is_software: false }
}

pub(crate) fn software() -> Adapter {
    Adapter { name: "pretended in software".into(), is_software: true }
}

/// What the pretended device holds.
struct Device {
    run: u32,
    engine: CpuEngine,
    parameters: Parameters,
    optimiser: OptimiserState,
    /// The checkpoint that it goes on from.
    begun: Option<Checkpoint>,
    /// Bytes of an image.
    image_len: usize,
    pixels: Vec<u8>,
    labels: Vec<u8>,
    is_here: Vec<bool>,
}

impl Device {
    fn checkpoint(&self) -> Checkpoint {
        checkpoint(self.begun.as_ref(), &self.parameters, &self.optimiser)
    }
}

/// A checkpoint of the training that began from another one.
fn checkpoint(begun: Option<&Checkpoint>, parameters: &Parameters, optimiser: &OptimiserState) -> Checkpoint {
    let mut made = begun.expect("steps come after a beginning").clone();
    let place = made.place.expect("a run knows its place");
    made.update(Place { step: optimiser.n_steps() as u32, ..place }, parameters, optimiser);
    made
}

/// A session, its GPU, and the time that passes.
pub(crate) struct Rig {
    pub(crate) session: Session,
    pub(crate) events: Vec<Event>,
    pub(crate) now_millis: f64,
    /// What a step takes on the processor and on the GPU.
    pub(crate) cpu_millis: f64,
    pub(crate) step_millis: f64,
    pub(crate) adapter: Adapter,
    pub(crate) mishap: Option<Mishap>,
    pub(crate) lie: Option<Lie>,
    /// What becomes of the answer after so many.
    pub(crate) fate: (u32, Fate),
    pub(crate) n_started: u32,
    /// Steps taken on the device.
    pub(crate) n_steps: u32,
    /// When everything was asked for.
    pub(crate) read_back_millis: Vec<f64>,
    n_answers: u32,
    id: u32,
    device: Option<Device>,
    /// True if the session has made a request since the last tick.
    has_requested: bool,
    free_millis: f64,
    answers: VecDeque<(f64, Option<Vec<u8>>)>,
}

impl Rig {
    pub(crate) fn new(session: Session, choice: EngineChoice) -> Self {
        let mut rig = Self {
            session,
            events: Vec::new(),
            now_millis: 0.0,
            cpu_millis: 20.0,
            step_millis: 5.0,
            adapter: hardware(),
            mishap: None,
            lie: None,
            fate: (u32::MAX, Fate::Lost),
            n_started: 0,
            n_steps: 0,
            read_back_millis: Vec::new(),
            n_answers: 0,
            id: 0,
            device: None,
            has_requested: false,
            free_millis: 0.0,
            answers: VecDeque::new(),
        };
        rig.handle(Command::SetEngine(choice));
        rig
    }

    pub(crate) fn handle(&mut self, command: Command) {
        self.session.handle(command);
        self.serve_requests();
    }

    fn serve_requests(&mut self) {
        while let Some(request) = self.session.next_gpu_request() {
            self.has_requested = true;
            match request {
                GpuRequest::Find(id) => match self.mishap {
                    Some(Mishap::NoAdapter) => self.session.gpu_failed(id, GpuFault::NoGpu),
                    Some(Mishap::NeverFound) => {}
                    _ => self.session.gpu_adapter(id, self.adapter.clone()),
                },
                GpuRequest::Start(id) => {
                    self.n_started += 1;
                    self.id = id;
                    match self.mishap {
                        Some(Mishap::CannotStart) => self.session.gpu_failed(id, GpuFault::NoWorker),
                        Some(Mishap::NeverUp) => {}
                        _ => self.session.gpu_ready(id),
                    }
                }
                // What is on its way already still arrives.
                GpuRequest::End(_) => self.device = None,
                GpuRequest::Send(id, bytes) => {
                    assert_eq!(id, self.id);
                    self.take(decode(&bytes).expect("a command"));
                }
            }
        }
        self.events.extend(self.session.drain());
    }

    fn take(&mut self, command: GpuCommand) {
        match command {
            GpuCommand::Open { run, spec, rule, loss, batch, n_images } => {
                let parameters = Parameters::init(&spec, 99).expect("a network");
                let program = Program::compile_for(&spec, batch as usize, Purpose::Training(rule), loss, &[]);
                let program = program.expect("a program");
                self.device = Some(Device {
                    run,
                    engine: CpuEngine::new(program),
                    optimiser: OptimiserState::new(rule, &parameters),
                    parameters,
                    begun: None,
                    image_len: spec.input.iter().product(),
                    pixels: vec![0; n_images as usize * spec.input.iter().product::<usize>()],
                    labels: vec![0; n_images as usize],
                    is_here: vec![false; n_images as usize],
                });
                match self.mishap {
                    Some(Mishap::TooSmall) => {
                        self.send(0.0, &Answer::Failed { run, fault: GpuError::NoAdapter.into() })
                    }
                    Some(Mishap::NeverOpen) => {}
                    _ => self.send(0.0, &Answer::Opened { run }),
                }
            }
            GpuCommand::Images { first, pixels, labels } => {
                let Some(device) = &mut self.device else { return };
                let first = first as usize;
                device.pixels[first * device.image_len..][..pixels.len()].copy_from_slice(&pixels);
                device.labels[first..][..labels.len()].copy_from_slice(&labels);
                device.is_here[first..][..labels.len()].fill(true);
            }
            GpuCommand::Begin(state) => {
                let Some(device) = &mut self.device else { return };
                assert!(state.put(&mut device.parameters, &mut device.optimiser), "of this network");
                device.begun = Some(state);
            }
            GpuCommand::Steps(steps) => self.step(&steps),
        }
    }

    fn step(&mut self, Steps { sequence, first, picks, rates, keys, reads_back }: &Steps) {
        let Some(device) = &mut self.device else { return };
        let (mut losses, mut n_correct) = (Vec::new(), Vec::new());
        let (lie, n_answers) = (self.lie, self.n_answers);
        for ((picks, &rate), &key) in picks.chunks(device.engine.program().batch()).zip(rates).zip(keys) {
            let picks: Vec<usize> = picks.iter().map(|&pick| pick as usize).collect();
            assert!(picks.iter().all(|&pick| device.is_here[pick]), "images come before their steps");
            let pixels = picks.iter().flat_map(|pick| &device.pixels[pick * device.image_len..][..device.image_len]);
            let pixels: Vec<f32> = pixels.map(|&grey| f32::from(grey) / 255.0).collect();
            let labels: Vec<u8> = picks.iter().map(|&pick| device.labels[pick]).collect();
            let before = device.checkpoint();
            let Device { engine, parameters, optimiser, begun, .. } = &mut *device;
            engine.set_draw(Draw { key, first_image: 0 });
            let found = engine.train_step(parameters, optimiser, &pixels, &labels, rate);
            // A lie or two of how much a tensor changes.
            let (tensor, times) = match lie {
                Some(Lie::Tensor(tensor)) => (tensor, 1.01),
                Some(Lie::Still(tensor)) => (tensor, 0.0),
                Some(Lie::Rounding(n)) if n_answers < n => (0, 1.05),
                _ => (0, 1.0),
            };
            if times != 1.0 {
                let mut after = checkpoint(begun.as_ref(), parameters, optimiser);
                let len = |i: usize| parameters.tensors()[i].values.len() * (1 + optimiser.slots(i).len());
                let start: usize = (0..tensor).map(len).sum();
                let row = start..start + len(tensor);
                for (after, before) in after.values[row.clone()].iter_mut().zip(&before.values[row]) {
                    *after = before + (*after - before) * times;
                }
                assert!(after.put(parameters, optimiser), "of this network");
            }
            losses.push(if lie == Some(Lie::Losses) { found.loss * 1.01 } else { found.loss });
            n_correct.push(found.n_correct as u32 + if lie == Some(Lie::Hits) { 4 } else { 0 });
        }
        let millis = self.step_millis * rates.len() as f64;
        self.n_steps += rates.len() as u32;
        if *reads_back {
            self.read_back_millis.push(self.now_millis);
        }
        let state = reads_back.then(|| device.checkpoint());
        let run = device.run;
        let mut found = StepResults { sequence: *sequence, first: *first, losses, n_correct, state };
        let is_due = self.n_answers == self.fate.0;
        self.n_answers += 1;
        if !is_due {
            self.send(millis, &Answer::Steps(found));
            return;
        }
        match self.fate.1 {
            Fate::Lost => {
                self.send(millis, &Answer::Failed { run, fault: GpuError::Fault(Fault::Lost(String::new())).into() });
                return;
            }
            Fate::Breaks => {
                self.answers.push_back((self.now_millis, None));
                self.device = None;
                return;
            }
            Fate::Silence => {
                self.device = None;
                return;
            }
            Fate::Garbled => {
                self.answers.push_back((self.now_millis, Some(vec![0xff; 40])));
                return;
            }
            Fate::EarlySequence => found.sequence += 1,
            Fate::Other => found.first += 1,
            Fate::Short if found.losses.is_empty() => found.n_correct.push(0),
            Fate::Short => _ = found.losses.pop(),
            Fate::TooRight => found.n_correct.push(1000),
            Fate::NotNumbers if found.losses.is_empty() => found.losses.push(f32::NAN),
            Fate::NotNumbers => found.losses.fill(f32::NAN),
            Fate::BadState => match &mut found.state {
                Some(state) => state.values[7] = f32::INFINITY,
                None => found.state = Some(Checkpoint { values: vec![0.0], place: None, ..device.checkpoint() }),
            },
        }
        self.send(millis, &Answer::Steps(found));
    }

    fn send(&mut self, millis: f64, answer: &Answer) {
        self.free_millis = self.free_millis.max(self.now_millis) + millis;
        self.answers.push_back((self.free_millis, Some(encode(answer))));
    }

    /// One tick and the time that it takes; an answer arrives when it is due. Returns whether anything is left to do.
    pub(crate) fn turn(&mut self) -> bool {
        self.has_requested = false;
        let more = self.session.tick(self.now_millis);
        self.serve_requests();
        let due = self.answers.front().map(|(due, _)| *due);
        let is_awaiting = self.session.is_awaiting_answers();
        self.now_millis = match due {
            _ if more => self.now_millis + self.cpu_millis,
            Some(due) => self.now_millis.max(due),
            None if is_awaiting && !self.has_requested => self.now_millis + 500.0,
            None => self.now_millis,
        };
        while self.answers.front().is_some_and(|(due, _)| *due <= self.now_millis) {
            let Some((_, answer)) = self.answers.pop_front() else { break };
            match answer {
                Some(bytes) => self.session.gpu_answered(self.id, &bytes, self.now_millis),
                None => self.session.gpu_failed(self.id, GpuFault::BrokeDown),
            }
        }
        self.serve_requests();
        more || is_awaiting || due.is_some() || self.has_requested
    }

    /// Goes on until nothing is left to do.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.turn() {
                return;
            }
        }
        panic!("still busy: {:?}", crate::drive::states(&self.events));
    }

    pub(crate) fn run_after(&mut self, command: Command) {
        self.handle(command);
        self.run();
    }

    /// The reports on the engine, oldest first.
    pub(crate) fn engines(&self) -> Vec<EngineStatus> {
        let events = self.events.iter();
        events.filter_map(|event| if let Event::Engine(status) = event { Some(status.clone()) } else { None }).collect()
    }

    /// Steps behind the weights that an image would be read with.
    pub(crate) fn iteration(&mut self) -> usize {
        match predicted(&mut self.session, Weights::Run(RUN), vec![0.5; PIXELS]).origin {
            Origin::Run { iteration } => iteration as usize,
            other => panic!("it was read by {other:?}"),
        }
    }
}
