//! The worker pool: how many replicas are wanted, which of them are up, what each of them has, and what becomes of those
//! that fail.
//!
//! The modules beside this one cut a batch into shards, share one batch out and add it up, define the messages, run
//! shards (here and in a replica), and measure how many workers are fastest.

mod calibration;
mod job;
mod message;
mod plane_engine;
mod replica;
mod replicas;
mod shard_engine;
mod shards;

pub use message::{HostRequest, Message, Wire};
pub use replica::Replica;

pub(crate) use job::Job;
pub(crate) use message::MessageKind;
pub(crate) use plane_engine::{PlaneEngine, PlaneImages};
pub(crate) use shard_engine::{Images, ShardEngine};
pub(crate) use shards::{MOST_SHARDS, Shards};

use crate::protocol::{FewerWorkers, Workers};
use calibration::PoolCalibration;
use message::Header;
use std::collections::VecDeque;
use std::mem;

/// The number of times that a failing replica is replaced; then training goes on without it.
const MOST_REPLACEMENTS: u32 = 3;
/// The least time an answer may take, in milliseconds, once this worker has done its own share.
const MIN_TIMEOUT_MILLIS: f64 = 2000.0;
/// The same as long as no step was timed; also for a replica to come up.
const FIRST_TIMEOUT_MILLIS: f64 = 20_000.0;
/// The time an answer may take, as a multiple of the slowest step so far.
const TIMEOUT_STEPS: f64 = 4.0;
/// More time than this between two looks at the clock was spent asleep, not waiting.
const MOST_WAITED_AT_ONCE: f64 = 1000.0;

/// The state of a replica, as far as this side knows it.
#[derive(Clone, Copy, PartialEq)]
enum MemberState {
    /// It has not said that it is up.
    Starting { waited_millis: f64 },
    /// It is up.
    Up,
    /// It has the network of this run, these weights of it, and this plane through its weights.
    HasRun { run: u32, weights: Option<u32>, plane: Option<u32> },
}

struct Member {
    id: u32,
    state: MemberState,
}

/// A place for a replica.
struct Slot {
    member: Option<Member>,
    n_failures: u32,
}

pub(crate) struct WorkerPool {
    n_asked: usize,
    /// Shards of the open run; 0 when none is open.
    n_shards: usize,
    /// True if the network needs all images of a batch at once.
    is_whole: bool,
    run: u32,
    /// True once replicas are wanted at all: not before the first training.
    is_active: bool,
    is_impossible: bool,
    slots: Vec<Slot>,
    n_started: u32,
    n_jobs: u32,
    requests: VecDeque<HostRequest>,
    calibration: PoolCalibration,
    slowest_millis: f64,
    waited_millis: f64,
    checked_millis: f64,
    emitted: Workers,
}

impl WorkerPool {
    pub(crate) fn new() -> Self {
        Self {
            n_asked: 1,
            n_shards: 0,
            is_whole: false,
            run: 0,
            is_active: false,
            is_impossible: false,
            slots: Vec::new(),
            n_started: 0,
            n_jobs: 0,
            requests: VecDeque::new(),
            calibration: PoolCalibration::new(1),
            slowest_millis: 0.0,
            waited_millis: 0.0,
            checked_millis: 0.0,
            emitted: Workers::default(),
        }
    }

    pub(crate) fn next_request(&mut self) -> Option<HostRequest> {
        self.requests.pop_front()
    }

    /// Sets how many workers are wanted from now on, this one included. Those given up get another chance.
    pub(crate) fn ask(&mut self, n_workers: usize) {
        self.n_asked = n_workers.clamp(1, MOST_SHARDS);
        self.slots.iter_mut().for_each(|slot| slot.n_failures = 0);
        self.resize();
    }

    /// Prepares for another run, which is open now.
    pub(crate) fn open(&mut self, shards: &Shards) {
        self.run = self.run.wrapping_add(1);
        self.n_shards = shards.len();
        self.is_whole = shards.is_whole();
        self.slowest_millis = 0.0;
        self.resize();
    }

    /// The number of the open run.
    pub(crate) fn run(&self) -> u32 {
        self.run
    }

    /// Starts replicas: from now on they are worth it.
    pub(crate) fn activate(&mut self) {
        if !mem::replace(&mut self.is_active, true) {
            self.resize();
        }
    }

    /// Starts the replicas that are missing and ends those that are not needed, and measures anew.
    fn resize(&mut self) {
        let n_wanted = if self.is_active { self.n_asked.min(self.n_shards).saturating_sub(1) } else { 0 };
        for slot in self.slots.drain(n_wanted.min(self.slots.len())..) {
            self.requests.extend(slot.member.map(|member| HostRequest::End(member.id)));
        }
        self.slots.resize_with(n_wanted, || Slot { member: None, n_failures: 0 });
        for slot in self.slots.iter_mut().filter(|slot| slot.n_failures <= MOST_REPLACEMENTS) {
            if slot.member.is_none() && !self.is_impossible {
                slot.member = Some(start(&mut self.n_started, &mut self.requests));
            }
        }
        self.measure_anew();
    }

    fn measure_anew(&mut self) {
        self.calibration = PoolCalibration::new(1 + self.up().count());
    }

    /// Notes that a replica is up.
    pub(crate) fn ready(&mut self, id: u32) {
        if let Some(member) = self.member(id) {
            member.state = MemberState::Up;
            self.measure_anew();
        }
    }

    /// Ends a replica and starts another in its place, unless that has been done often enough.
    pub(crate) fn fail(&mut self, id: u32) {
        let is_it = |slot: &&mut Slot| slot.member.as_ref().is_some_and(|member| member.id == id);
        let Some(slot) = self.slots.iter_mut().find(is_it) else { return };
        self.requests.push_back(HostRequest::End(id));
        // A step that waited for it says nothing about how long steps take.
        self.calibration.interrupt();
        slot.n_failures += 1;
        slot.member = (slot.n_failures <= MOST_REPLACEMENTS).then(|| start(&mut self.n_started, &mut self.requests));
    }

    /// Ends a replica that cannot do its work, as another in its place could not either.
    pub(crate) fn give_up(&mut self, id: u32) {
        for slot in &mut self.slots {
            if let Some(member) = slot.member.take_if(|member| member.id == id) {
                self.requests.push_back(HostRequest::End(member.id));
                slot.n_failures = MOST_REPLACEMENTS + 1;
            }
        }
    }

    /// Ends all replicas: there are no workers within workers here.
    pub(crate) fn set_impossible(&mut self) {
        self.is_impossible = true;
        for slot in &mut self.slots {
            self.requests.extend(slot.member.take().map(|member| HostRequest::End(member.id)));
        }
    }

    /// True if a replica belongs to the pool: those that were ended no longer do.
    pub(crate) fn has(&self, id: u32) -> bool {
        self.slots.iter().filter_map(|slot| slot.member.as_ref()).any(|member| member.id == id)
    }

    fn member(&mut self, id: u32) -> Option<&mut Member> {
        self.slots.iter_mut().filter_map(|slot| slot.member.as_mut()).find(|member| member.id == id)
    }

    /// The replicas that are up.
    fn up(&self) -> impl Iterator<Item = &Member> {
        self.slots
            .iter()
            .filter_map(|slot| slot.member.as_ref())
            .filter(|member| !matches!(member.state, MemberState::Starting { .. }))
    }

    /// The replicas that take part in the next batch.
    pub(crate) fn participants(&self) -> Vec<u32> {
        self.up().take(self.calibration.n_workers() - 1).map(|member| member.id).collect()
    }

    /// The replicas that are up: all of them are worth it where what they do needs few messages.
    pub(crate) fn all(&self) -> Vec<u32> {
        self.up().map(|member| member.id).collect()
    }

    /// True if it is decided how many take part in a step.
    pub(crate) fn is_calibrated(&self) -> bool {
        self.calibration.is_decided() || self.slots.iter().all(|slot| slot.member.is_none())
    }

    /// A number for the next job.
    pub(crate) fn next_job(&mut self) -> u32 {
        self.n_jobs = self.n_jobs.wrapping_add(1);
        self.waited_millis = 0.0;
        self.n_jobs
    }

    /// True if a job of this number was given out in its time: an answer to it is late, not invalid.
    pub(crate) fn was_job(&self, number: u32) -> bool {
        number.wrapping_sub(1) < self.n_jobs
    }

    /// Sends a replica its share, before it the network if it does not have that, and with it the weights of this
    /// version, or the plane of this number, if it does not have those.
    pub(crate) fn send(&mut self, id: u32, mut header: Header, sizes: MessageSizes, version: u32) {
        let run = self.run;
        let Some(member) = self.member(id) else { return };
        let (mut weights, mut plane) = match member.state {
            MemberState::HasRun { run: known, weights, plane } if known == run => (weights, plane),
            _ => {
                let open =
                    Header { kind: MessageKind::Open, n_images: sizes.batch, n_attached: sizes.spec as u32, ..header };
                let n_bytes = Header::N_BYTES + sizes.spec.next_multiple_of(4);
                self.requests.push_back(HostRequest::Send(id, Message { header: open, n_bytes }));
                (None, None)
            }
        };
        let known = if header.kind == MessageKind::Places { &mut plane } else { &mut weights };
        let mut question = Header::N_BYTES + sizes.images;
        if known.replace(version) != Some(version) {
            header.n_attached = sizes.n_params;
            question += sizes.n_params as usize * size_of::<f32>() + sizes.with_weights;
        }
        if let Some(member) = self.member(id) {
            member.state = MemberState::HasRun { run, weights, plane };
        }
        self.requests.push_back(HostRequest::Send(id, Message { header, n_bytes: question.max(sizes.answer) }));
    }

    /// Notes that a training step begins.
    pub(crate) fn step_begins(&mut self, now_millis: f64) {
        // Before there are replicas there is nothing to compare.
        if self.up().next().is_none() {
            self.measure_anew();
        }
        if let Some(millis) = self.calibration.step_begins(now_millis) {
            self.slowest_millis = self.slowest_millis.max(millis);
        }
    }

    /// Notes that something other than a training step comes next.
    pub(crate) fn interrupt(&mut self) {
        self.calibration.interrupt();
    }

    /// Takes in the time, and replaces replicas that do not come up. Returns whether answers that are awaited have taken
    /// too long.
    pub(crate) fn check_timeouts(&mut self, now_millis: f64, is_awaiting: bool) -> bool {
        let passed = (now_millis - self.checked_millis).clamp(0.0, MOST_WAITED_AT_ONCE);
        self.checked_millis = now_millis;
        let mut late = Vec::new();
        for member in self.slots.iter_mut().filter_map(|slot| slot.member.as_mut()) {
            if let MemberState::Starting { waited_millis } = &mut member.state {
                *waited_millis += passed;
                if *waited_millis > FIRST_TIMEOUT_MILLIS {
                    late.push(member.id);
                }
            }
        }
        late.into_iter().for_each(|id| self.fail(id));
        if !is_awaiting {
            return false;
        }
        self.waited_millis += passed;
        let timeout = match self.slowest_millis {
            0.0 => FIRST_TIMEOUT_MILLIS,
            slowest => MIN_TIMEOUT_MILLIS.max(TIMEOUT_STEPS * slowest),
        };
        self.waited_millis > timeout
    }

    /// Returns how many workers there are and why not more, if that has changed since it was emitted.
    pub(crate) fn take_change(&mut self) -> Option<Workers> {
        let workers = self.workers();
        (mem::replace(&mut self.emitted, workers) != workers).then_some(workers)
    }

    fn workers(&self) -> Workers {
        let n_up = self.up().count();
        let n_lost = self.slots.iter().filter(|slot| slot.n_failures > MOST_REPLACEMENTS).count() as u32;
        let n_useful = self.n_asked.min(self.n_shards.max(1));
        let (n_used, why) = if self.is_impossible {
            (1, FewerWorkers::Impossible)
        } else if self.is_active
            && let Some(n) = self.calibration.fewer().filter(|&n| n <= n_up)
        {
            (n, FewerWorkers::Slower)
        } else if self.is_active && n_lost > 0 {
            (1 + n_up, FewerWorkers::Lost(n_lost))
        } else if self.is_active && 1 + n_up < n_useful {
            (1 + n_up, FewerWorkers::Starting)
        } else {
            (n_useful, if self.is_whole { FewerWorkers::WholeBatch } else { FewerWorkers::FewShards })
        };
        let is_fewer = n_used < self.n_asked && self.n_shards > 0;
        Workers { n_asked: self.n_asked as u32, n_used: n_used as u32, why_fewer: is_fewer.then_some(why) }
    }
}

/// Sizes of the parts of a message, in bytes unless it says otherwise.
#[derive(Clone, Copy)]
pub(crate) struct MessageSizes {
    pub(crate) spec: usize,
    pub(crate) images: usize,
    /// What comes with the weights, when those do.
    pub(crate) with_weights: usize,
    pub(crate) answer: usize,
    /// Images of a batch.
    pub(crate) batch: u32,
    /// Numbers.
    pub(crate) n_params: u32,
}

fn start(n_started: &mut u32, requests: &mut VecDeque<HostRequest>) -> Member {
    *n_started = n_started.wrapping_add(1);
    requests.push_back(HostRequest::Start(*n_started));
    Member { id: *n_started, state: MemberState::Starting { waited_millis: 0.0 } }
}
