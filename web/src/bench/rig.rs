//! A worker of its own for one measurement.

use super::Terms;
use crate::BUILD;
use crate::platform::dom::now_millis;
use crate::platform::worker_bridge::{FromWorker, WorkerBridge, WorkerClient};
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use receptive_train::protocol::{
    Answer, Command, DatasetKind, EngineStatus, EngineWhy, Event, PROTOCOL, Query, RunCommand, RunConfig, RunEvent,
    RunId, Split, StepRecord, Weights,
};
use std::collections::VecDeque;

/// A rig has one run.
const RUN: RunId = RunId(1);

/// The worker, and the events it has sent, each with the millisecond at which it arrived. It ends when this is dropped.
pub(super) struct Rig {
    bridge: WorkerBridge,
    client: WorkerClient,
    inbox: UnboundedReceiver<(f64, FromWorker)>,
    received: VecDeque<(f64, Event)>,
    n_used: u32,
    is_on_gpu: bool,
}

impl Rig {
    /// Starts a worker that is to train with a number of workers, or on the GPU.
    pub(super) fn start(terms: &Terms) -> Self {
        let (outbox, inbox) = unbounded();
        let client = WorkerClient::default();
        let bridge = WorkerBridge::start(client.clone(), move |from| {
            // Fails only when the measurement is over, and then nobody listens.
            let _ = outbox.unbounded_send((now_millis(), from));
        });
        let rig = Self { bridge, client, inbox, received: VecDeque::new(), n_used: 1, is_on_gpu: false };
        rig.send(Command::SetWorkers(terms.n_workers));
        rig.send(Command::SetEngine(terms.engine));
        rig
    }

    fn send(&self, command: Command) {
        self.bridge.send(command);
    }

    /// Opens the run.
    pub(super) fn open(&self, config: RunConfig) {
        self.send(Command::Open(RUN, config));
    }

    /// Trains it.
    pub(super) fn train(&self) {
        self.send(Command::Run(RUN, RunCommand::Train));
    }

    /// The number of workers that train, as was last received.
    pub(super) fn n_used(&self) -> u32 {
        self.n_used
    }

    /// True if it is the GPU that trains, as was last received.
    pub(super) fn is_on_gpu(&self) -> bool {
        self.is_on_gpu
    }

    /// Returns the worker's next event.
    pub(super) async fn next(&mut self) -> Result<(f64, Event), String> {
        while self.received.is_empty() {
            match self.inbox.recv().await {
                Ok((at, FromWorker::Events(events))) => {
                    self.received.extend(events.into_iter().map(|event| (at, event)))
                }
                Ok((_, FromWorker::Failed(message))) => return Err(message),
                Ok((_, FromWorker::Died(_))) => return Err("the worker broke down".into()),
                Err(_) => return Err("the worker is gone".into()),
            }
        }
        let Some((at, event)) = self.received.pop_front() else { return Err("the worker told nothing".into()) };
        self.note(&event)?;
        Ok((at, event))
    }

    /// Notes who trains. The worker's problems are errors here.
    fn note(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Ready { protocol, build } if *protocol != PROTOCOL || build != BUILD => {
                Err("the browser kept a worker of another build; reload the page".into())
            }
            Event::Problem(_)
            | Event::Run { event: RunEvent::Refused(_) | RunEvent::Diverged { .. }, .. }
            | Event::Engine(EngineStatus {
                why: EngineWhy::Unusable(_) | EngineWhy::Failed { .. } | EngineWhy::Wrong { .. },
                ..
            }) => Err(format!("{event:?}")),
            Event::Engine(status) => {
                self.is_on_gpu = status.is_gpu;
                Ok(())
            }
            Event::Workers(workers) => {
                self.n_used = workers.n_used;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Waits until the worker is up.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        while !matches!(self.next().await?.1, Event::Ready { .. }) {}
        Ok(())
    }

    /// Returns the last of the next steps that are received.
    pub(super) async fn steps(&mut self) -> Result<(f64, StepRecord), String> {
        loop {
            if let (at, Event::Run { event: RunEvent::Steps(steps), .. }) = self.next().await?
                && let Some(last) = steps.last()
            {
                return Ok((at, *last));
            }
        }
    }

    /// Asks a question, and returns the answer with the millisecond at which it arrived.
    async fn ask(&mut self, query: Query) -> Result<(f64, Answer), String> {
        let reply = self.client.ask(query).await;
        let at = now_millis();
        while let Ok((at, FromWorker::Events(events))) = self.inbox.try_recv() {
            self.received.extend(events.into_iter().map(|event| (at, event)));
        }
        for (_, event) in std::mem::take(&mut self.received) {
            self.note(&event)?;
        }
        reply.map(|reply| (at, reply.answer)).map_err(|why| format!("the worker refused: {why:?}"))
    }

    /// Returns the class probabilities of images.
    pub(super) async fn predict(&mut self, pixels: Vec<f32>) -> Result<(f64, Vec<f32>), String> {
        match self.ask(Query::Predict { weights: Weights::Run(RUN), pixels }).await? {
            (at, Answer::Prediction(found)) => Ok((at, found.probabilities)),
            _ => Err("the worker answered another question".into()),
        }
    }

    /// Returns the first images of a split of MNIST, (n, 1, 28, 28), 0 to 1.
    pub(super) async fn images(&mut self, split: Split, n: u32) -> Result<Vec<f32>, String> {
        let dataset = DatasetKind::Mnist;
        let mut images = Vec::new();
        for index in 0..n {
            let (_, Answer::Image(found)) = self.ask(Query::ReadImage { dataset, split, index }).await? else {
                return Err("the worker answered another question".into());
            };
            images.extend(found.pixels.into_iter().map(|grey| f32::from(grey) / 255.0));
        }
        Ok(images)
    }
}
