//! A worker of its own for one measurement.

use super::Terms;
use crate::BUILD;
use crate::platform::dom::now_millis;
use crate::platform::worker_bridge::{FromWorker, WorkerBridge};
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use receptive_train::protocol::{
    Command, DatasetKind, EngineStatus, EngineWhy, Event, PROTOCOL, Problem, Split, StepRecord,
};
use std::collections::VecDeque;

/// The worker, and the events it has sent, each with the millisecond at which it arrived. It ends when this is dropped.
pub(super) struct Rig {
    bridge: Option<WorkerBridge>,
    inbox: UnboundedReceiver<(f64, FromWorker)>,
    received: VecDeque<(f64, Event)>,
    n_used: u32,
    is_on_gpu: bool,
}

impl Rig {
    /// Starts a worker that is to train with a number of workers, or on the GPU.
    pub(super) fn start(terms: &Terms) -> Self {
        let (outbox, inbox) = unbounded();
        let bridge = WorkerBridge::start(move |from| {
            // Fails only when the measurement is over, and then nobody listens.
            let _ = outbox.unbounded_send((now_millis(), from));
        });
        let rig = Self { bridge, inbox, received: VecDeque::new(), n_used: 1, is_on_gpu: false };
        rig.send(Command::SetWorkers(terms.n_workers));
        rig.send(Command::SetEngine(terms.engine));
        rig
    }

    pub(super) fn send(&self, command: Command) {
        if let Some(bridge) = &self.bridge {
            bridge.send(command);
        }
    }

    /// The number of workers that train, as was last received.
    pub(super) fn n_used(&self) -> u32 {
        self.n_used
    }

    /// True if it is the GPU that trains, as was last received.
    pub(super) fn is_on_gpu(&self) -> bool {
        self.is_on_gpu
    }

    /// Returns the worker's next event. Its problems are errors here.
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
        match &event {
            Event::Ready { protocol, build } if *protocol != PROTOCOL || build != BUILD => {
                Err("the browser kept a worker of another build; reload the page".into())
            }
            Event::Problem(problem) => Err(in_words(problem)),
            Event::Engine(EngineStatus {
                why:
                    EngineWhy::Unusable(message)
                    | EngineWhy::Failed { message, .. }
                    | EngineWhy::Wrong { what: message, .. },
                ..
            }) => Err(message.clone()),
            Event::Engine(status) => {
                self.is_on_gpu = status.is_gpu;
                Ok((at, event))
            }
            Event::Workers(workers) => {
                self.n_used = workers.n_used;
                Ok((at, event))
            }
            _ => Ok((at, event)),
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
            if let (at, Event::Steps(steps)) = self.next().await?
                && let Some(last) = steps.last()
            {
                return Ok((at, *last));
            }
        }
    }

    /// Returns the next prediction.
    pub(super) async fn prediction(&mut self) -> Result<(f64, Vec<f32>), String> {
        loop {
            if let (at, Event::Prediction { probabilities, .. }) = self.next().await? {
                return Ok((at, probabilities));
            }
        }
    }

    /// Returns the first images of a split of MNIST, (n, 1, 28, 28), 0 to 1.
    pub(super) async fn images(&mut self, split: Split, n: u32) -> Result<Vec<f32>, String> {
        let dataset = DatasetKind::Mnist;
        (0..n).for_each(|index| self.send(Command::ReadImage { request: index, dataset, split, index }));
        let mut images = Vec::new();
        for _ in 0..n {
            images.extend(self.image().await?.into_iter().map(|grey| f32::from(grey) / 255.0));
        }
        Ok(images)
    }

    async fn image(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let (_, Event::Image { pixels, .. }) = self.next().await? {
                return Ok(pixels);
            }
        }
    }
}

fn in_words(problem: &Problem) -> String {
    match problem {
        Problem::Config(message)
        | Problem::Data { message, .. }
        | Problem::Diverged { message, .. }
        | Problem::Request { message, .. }
        | Problem::Protocol(message) => message.clone(),
    }
}
