//! A session with replicas, all in one thread: messages are carried in any order, and some are lost on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use receptive_core::Rng;
use receptive_train::protocol::{Answer, Command, Event, Query, RunEvent, RunState, Tensors, Weights, Workers};
use receptive_train::{HostRequest, Replica, Session, Wire};

use crate::drive::*;

/// A message's bytes, read and written from a place that moves on.
#[derive(Clone)]
pub(crate) struct MessageBuffer {
    pub(crate) bytes: Vec<u8>,
    at: usize,
}

impl MessageBuffer {
    /// What was written nowhere is no number.
    pub(crate) fn blank(n_bytes: usize) -> Self {
        Self { bytes: vec![0xff; n_bytes], at: 0 }
    }
}

impl Wire for MessageBuffer {
    fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    fn rewind(&mut self) {
        self.at = 0;
    }

    fn put_floats(&mut self, values: &[f32]) {
        values.iter().for_each(|value| self.put_bytes(&value.to_le_bytes()));
    }

    fn put_bytes(&mut self, values: &[u8]) {
        self.bytes[self.at..][..values.len()].copy_from_slice(values);
        self.at += values.len().next_multiple_of(4);
    }

    fn take_floats(&mut self, values: &mut [f32]) {
        values.iter_mut().for_each(|value| {
            let mut bytes = [0; 4];
            self.take_bytes(&mut bytes);
            *value = f32::from_le_bytes(bytes);
        });
    }

    fn take_bytes(&mut self, values: &mut [u8]) {
        values.copy_from_slice(&self.bytes[self.at..][..values.len()]);
        self.at += values.len().next_multiple_of(4);
    }
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    Arrives,
    /// The replica breaks down, and says so.
    Breaks,
    /// Nothing is ever received from it again.
    Silence,
    /// Other bytes arrive, and then the replica works on as if nothing had been.
    Garbled,
    /// An earlier answer arrives in its place.
    Stale,
    /// The answer to another share arrives.
    Swapped,
    /// The answer breaks off.
    Short,
    /// Its numbers are none.
    NotNumbers,
}

/// A session, its replicas, and the messages between them.
pub(crate) struct Fleet {
    pub(crate) session: Session,
    pub(crate) events: Vec<Event>,
    /// How often a replica was started and a message sent.
    pub(crate) n_started: u32,
    pub(crate) n_sent: u32,
    pub(crate) now_millis: f64,
    /// Milliseconds that pass with a tick, by the number of messages that were sent for the batch.
    pub(crate) millis: fn(u32) -> f64,
    /// Turns in which the session waited and nothing was on its way.
    pub(crate) n_idle: u32,
    /// The fate of the answers to come, by how many messages were sent before.
    pub(crate) fate: fn(u32) -> Fate,
    replicas: BTreeMap<u32, Replica>,
    coming_up: Vec<u32>,
    answers: BTreeMap<u32, VecDeque<MessageBuffer>>,
    last_answer: Option<MessageBuffer>,
    n_messages: u32,
    is_step_done: bool,
    rng: Rng,
}

impl Fleet {
    /// A fleet of so many workers, the session's own included.
    pub(crate) fn new(session: Session, n_workers: u32, seed: u64) -> Self {
        let mut fleet = Self {
            session,
            events: Vec::new(),
            n_started: 0,
            n_sent: 0,
            now_millis: 0.0,
            millis: |n_messages| if n_messages > 0 { 40.0 } else { 300.0 },
            n_idle: 0,
            fate: |_| Fate::Arrives,
            replicas: BTreeMap::new(),
            coming_up: Vec::new(),
            answers: BTreeMap::new(),
            last_answer: None,
            n_messages: 0,
            is_step_done: false,
            rng: Rng::new(seed),
        };
        fleet.handle(Command::SetWorkers(n_workers));
        fleet
    }

    pub(crate) fn handle(&mut self, command: Command) {
        self.session.handle(command);
        self.serve_requests();
    }

    fn serve_requests(&mut self) {
        while let Some(request) = self.session.next_request() {
            match request {
                HostRequest::Start(id) => {
                    self.n_started += 1;
                    self.coming_up.push(id);
                }
                HostRequest::End(id) => {
                    self.replicas.remove(&id);
                    self.coming_up.retain(|coming| *coming != id);
                    // What is on its way already still arrives.
                }
                HostRequest::Send(id, message) => {
                    self.n_sent += 1;
                    self.n_messages += 1;
                    let mut buffer = MessageBuffer::blank(message.n_bytes());
                    self.session.write(&message, &mut buffer);
                    buffer.rewind();
                    let Some(replica) = self.replicas.get_mut(&id) else { continue };
                    if replica.work(&mut buffer) {
                        self.send(id, buffer);
                    }
                }
            }
        }
        let events = self.session.drain();
        self.is_step_done |= !steps(&events).is_empty();
        self.events.extend(events);
    }

    /// Puts an answer on its way, as fate has it.
    fn send(&mut self, id: u32, buffer: MessageBuffer) {
        let genuine = buffer.clone();
        let mut buffer = buffer;
        match (self.fate)(self.n_sent) {
            Fate::Arrives => {}
            Fate::Breaks => {
                self.replicas.remove(&id);
                self.session.replica_failed(id);
                return;
            }
            Fate::Silence => {
                self.replicas.remove(&id);
                return;
            }
            Fate::Garbled => buffer.bytes.iter_mut().take(32).for_each(|byte| *byte = self.rng.below(256) as u8),
            Fate::Stale => buffer = self.last_answer.clone().unwrap_or(buffer),
            Fate::Swapped => buffer.bytes[16] ^= 1,
            Fate::Short => buffer.bytes.truncate(48),
            Fate::NotNumbers => buffer.bytes[32..].fill(0xff),
        }
        self.last_answer = Some(genuine);
        buffer.rewind();
        self.answers.entry(id).or_default().push_back(buffer);
    }

    /// One tick, and what else happens meanwhile: an answer arrives, a replica comes up. Returns whether anything is
    /// left to do.
    pub(crate) fn turn(&mut self) -> bool {
        self.now_millis += (self.millis)(self.n_messages);
        if mem::take(&mut self.is_step_done) {
            self.n_messages = 0;
        }
        if !self.coming_up.is_empty() && self.rng.below(3) == 0 {
            let id = self.coming_up.swap_remove(self.rng.below(self.coming_up.len() as u32) as usize);
            self.replicas.insert(id, Replica::new());
            self.session.replica_ready(id);
        }
        let more = self.session.tick(self.now_millis);
        self.serve_requests();
        self.answers.retain(|_, buffers| !buffers.is_empty());
        let is_due = !more || self.rng.below(2) == 0;
        let some = self.rng.below(self.answers.len().max(1) as u32) as usize;
        if is_due && let Some((&id, buffers)) = self.answers.iter_mut().nth(some) {
            let mut buffer = buffers.pop_front().expect("only those with answers were kept");
            self.session.replica_answered(id, &mut buffer);
            self.serve_requests();
            return true;
        }
        let is_awaiting = self.session.is_awaiting_answers();
        self.n_idle += u32::from(is_awaiting && self.answers.is_empty());
        more || is_awaiting
    }

    /// Goes on until nothing is left to do.
    pub(crate) fn run(&mut self) {
        for _ in 0..200_000 {
            if !self.turn() {
                return;
            }
        }
        panic!("still busy: {:?}", states(&self.events));
    }

    /// Handles a command, then goes on until nothing is left to do.
    pub(crate) fn run_after(&mut self, command: Command) {
        self.handle(command);
        self.run();
    }

    /// Everything that a run comes to, bit for bit: losses, accuracies, validations, the test report, the weights.
    pub(crate) fn outcome(&mut self) -> String {
        let results: Vec<String> = self
            .events
            .iter()
            .filter(|event| matches!(event, Event::Run { event: RunEvent::Validation(_) | RunEvent::Tested(_), .. }))
            .map(|event| format!("{event:?}"))
            .collect();
        let accuracies: Vec<u32> = steps(&self.events).iter().map(|step| step.accuracy.to_bits()).collect();
        let states = states(&self.events);
        assert_eq!(states.last(), Some(&RunState::Finished), "{states:?}");
        format!("{:?} {accuracies:?} {results:?} {:?}", losses(&self.events), weights(&mut self.session))
    }

    /// The reports on the workers, oldest first.
    pub(crate) fn workers(&self) -> Vec<Workers> {
        let events = self.events.iter();
        events.filter_map(|event| if let Event::Workers(workers) = event { Some(*workers) } else { None }).collect()
    }
}

/// All weights, as bits.
fn weights(session: &mut Session) -> Vec<u32> {
    let (pixels, run) = (vec![0.5; 784], Weights::Run(RUN));
    session.handle(ask(1, Query::Tensors { weights: run, pixels: pixels.clone(), names: vec![] }));
    let Some(Event::Answered(_, Ok(Answer::Tensors(Tensors { spec, .. })))) = session.drain().pop() else {
        panic!("no network")
    };
    let (values, _) = inspected(session, &spec, run, pixels);
    let layers = values.layers.iter();
    layers.flat_map(|layer| layer.weights.iter().chain(&layer.biases)).map(|w| w.to_bits()).collect()
}
