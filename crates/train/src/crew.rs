//! The replicas: how many are wanted, which of them are up, what each of them knows, and what becomes of those that fail.

use crate::letter::{Errand, Head, Kind, Letter};
use crate::protocol::{FewerWorkers, Workers};
use crate::shards::MOST_SHARDS;
use crate::trial::Trial;
use std::collections::VecDeque;
use std::mem;

/// A replica that fails is replaced so often; then training goes on without it.
const MOST_REPLACEMENTS: u32 = 3;
/// The least time an answer may take, in milliseconds, once this worker has done its own share.
const MIN_PATIENCE_MILLIS: f64 = 2000.0;
/// The same as long as no step was timed; also for a replica to come up.
const FIRST_PATIENCE_MILLIS: f64 = 20_000.0;
/// An answer may take so many times the slowest step so far.
const PATIENCE_STEPS: f64 = 4.0;
/// More time than this between two looks at the clock was spent asleep, not waiting.
const MOST_WAITED_AT_ONCE: f64 = 1000.0;

/// What a replica was last told.
#[derive(Clone, Copy, PartialEq)]
enum Knows {
    /// It has not said that it is up.
    Nothing { waited_millis: f64 },
    /// It is up.
    Up,
    /// It has the network of this run, and these weights of it.
    Run { run: u32, weights: Option<u32> },
}

struct Member {
    id: u32,
    knows: Knows,
}

/// A place for a replica.
struct Seat {
    member: Option<Member>,
    n_failures: u32,
}

pub(crate) struct Crew {
    n_asked: usize,
    /// Shards of the open run; 0 when none is open.
    n_shards: usize,
    run: u32,
    /// Whether replicas are wanted at all: not before the first training.
    is_active: bool,
    is_impossible: bool,
    seats: Vec<Seat>,
    n_started: u32,
    n_jobs: u32,
    errands: VecDeque<Errand>,
    trial: Trial,
    slowest_millis: f64,
    waited_millis: f64,
    looked_millis: f64,
    told: Workers,
}

impl Crew {
    pub(crate) fn new() -> Self {
        Self {
            n_asked: 1,
            n_shards: 0,
            run: 0,
            is_active: false,
            is_impossible: false,
            seats: Vec::new(),
            n_started: 0,
            n_jobs: 0,
            errands: VecDeque::new(),
            trial: Trial::new(),
            slowest_millis: 0.0,
            waited_millis: 0.0,
            looked_millis: 0.0,
            told: Workers::default(),
        }
    }

    pub(crate) fn next_errand(&mut self) -> Option<Errand> {
        self.errands.pop_front()
    }

    /// So many workers are wanted from now on, this one included. Those given up get another chance.
    pub(crate) fn ask(&mut self, n_workers: usize) {
        self.n_asked = n_workers.clamp(1, MOST_SHARDS);
        self.seats.iter_mut().for_each(|seat| seat.n_failures = 0);
        self.muster();
    }

    /// Another run is open.
    pub(crate) fn open(&mut self, n_shards: usize) {
        self.run = self.run.wrapping_add(1);
        self.n_shards = n_shards;
        self.slowest_millis = 0.0;
        self.muster();
    }

    /// The number of the open run.
    pub(crate) fn run(&self) -> u32 {
        self.run
    }

    /// Replicas are worth their start from now on.
    pub(crate) fn activate(&mut self) {
        self.is_active = true;
        self.muster();
    }

    /// Starts the replicas that are missing and ends those that are not needed, and measures anew.
    fn muster(&mut self) {
        let n_wanted = if self.is_active { self.n_asked.min(self.n_shards).saturating_sub(1) } else { 0 };
        for seat in self.seats.drain(n_wanted.min(self.seats.len())..) {
            self.errands.extend(seat.member.map(|member| Errand::End(member.id)));
        }
        self.seats.resize_with(n_wanted, || Seat { member: None, n_failures: 0 });
        for seat in self.seats.iter_mut().filter(|seat| seat.n_failures <= MOST_REPLACEMENTS) {
            if seat.member.is_none() && !self.is_impossible {
                seat.member = Some(start(&mut self.n_started, &mut self.errands));
            }
        }
        self.trial = Trial::new();
    }

    /// A replica is up.
    pub(crate) fn ready(&mut self, id: u32) {
        if let Some(member) = self.member(id) {
            member.knows = Knows::Up;
            self.trial = Trial::new();
        }
    }

    /// Ends a replica and starts another in its place, unless that has been done often enough.
    pub(crate) fn fail(&mut self, id: u32) {
        let is_it = |seat: &&mut Seat| seat.member.as_ref().is_some_and(|member| member.id == id);
        let Some(seat) = self.seats.iter_mut().find(is_it) else { return };
        self.errands.push_back(Errand::End(id));
        // A step that waited for it says nothing about how long steps take.
        self.trial.interrupt();
        seat.n_failures += 1;
        seat.member = (seat.n_failures <= MOST_REPLACEMENTS).then(|| start(&mut self.n_started, &mut self.errands));
    }

    /// A replica cannot do its work, and another in its place could not either.
    pub(crate) fn give_up(&mut self, id: u32) {
        for seat in &mut self.seats {
            if let Some(member) = seat.member.take_if(|member| member.id == id) {
                self.errands.push_back(Errand::End(member.id));
                seat.n_failures = MOST_REPLACEMENTS + 1;
            }
        }
    }

    /// There are no workers within workers here.
    pub(crate) fn set_impossible(&mut self) {
        self.is_impossible = true;
        for seat in &mut self.seats {
            self.errands.extend(seat.member.take().map(|member| Errand::End(member.id)));
        }
    }

    /// Whether a replica is one of the crew: those that were ended no longer are.
    pub(crate) fn has(&self, id: u32) -> bool {
        self.seats.iter().filter_map(|seat| seat.member.as_ref()).any(|member| member.id == id)
    }

    fn member(&mut self, id: u32) -> Option<&mut Member> {
        self.seats.iter_mut().filter_map(|seat| seat.member.as_mut()).find(|member| member.id == id)
    }

    /// The replicas that are up.
    fn up(&self) -> impl Iterator<Item = &Member> {
        self.seats
            .iter()
            .filter_map(|seat| seat.member.as_ref())
            .filter(|member| !matches!(member.knows, Knows::Nothing { .. }))
    }

    /// The replicas that take part in the next batch.
    pub(crate) fn team(&self) -> Vec<u32> {
        if self.trial.is_together() { self.up().map(|member| member.id).collect() } else { Vec::new() }
    }

    /// A number for the next job.
    pub(crate) fn next_job(&mut self) -> u32 {
        self.n_jobs = self.n_jobs.wrapping_add(1);
        self.waited_millis = 0.0;
        self.n_jobs
    }

    /// Whether a job of this number was given out in its time: an answer to it is late, not nonsense.
    pub(crate) fn was_job(&self, number: u32) -> bool {
        number.wrapping_sub(1) < self.n_jobs
    }

    /// Posts a replica its share, before it the network if it does not know that, and with it the weights of this
    /// version if it does not have those.
    pub(crate) fn post(&mut self, id: u32, mut head: Head, sizes: LetterSizes, weights: u32) {
        let run = self.run;
        let Some(member) = self.member(id) else { return };
        let known = match member.knows {
            Knows::Run { run: known, weights } if known == run => weights,
            _ => {
                let open = Head { kind: Kind::Open, n_images: sizes.batch, n_attached: sizes.spec as u32, ..head };
                let n_bytes = Head::N_BYTES + sizes.spec.next_multiple_of(4);
                self.errands.push_back(Errand::Post(id, Letter { head: open, n_bytes }));
                None
            }
        };
        if let Some(member) = self.member(id) {
            member.knows = Knows::Run { run, weights: Some(weights) };
        }
        if known != Some(weights) {
            head.n_attached = sizes.n_params;
        }
        let question = Head::N_BYTES + head.n_attached as usize * size_of::<f32>() + sizes.images;
        self.errands.push_back(Errand::Post(id, Letter { head, n_bytes: question.max(sizes.answer) }));
    }

    /// A training step begins.
    pub(crate) fn step_begins(&mut self, now_millis: f64) {
        // Before there are replicas there is nothing to compare.
        if self.up().next().is_none() {
            self.trial = Trial::new();
        }
        if let Some(millis) = self.trial.step_begins(now_millis) {
            self.slowest_millis = self.slowest_millis.max(millis);
        }
    }

    /// Something other than a training step comes next.
    pub(crate) fn interrupt(&mut self) {
        self.trial.interrupt();
    }

    /// Looks at the clock. Returns whether answers that are awaited have taken too long.
    pub(crate) fn look(&mut self, now_millis: f64, is_awaiting: bool) -> bool {
        let passed = (now_millis - self.looked_millis).clamp(0.0, MOST_WAITED_AT_ONCE);
        self.looked_millis = now_millis;
        let mut late = Vec::new();
        for member in self.seats.iter_mut().filter_map(|seat| seat.member.as_mut()) {
            if let Knows::Nothing { waited_millis } = &mut member.knows {
                *waited_millis += passed;
                if *waited_millis > FIRST_PATIENCE_MILLIS {
                    late.push(member.id);
                }
            }
        }
        late.into_iter().for_each(|id| self.fail(id));
        if !is_awaiting {
            return false;
        }
        self.waited_millis += passed;
        let patience = match self.slowest_millis {
            0.0 => FIRST_PATIENCE_MILLIS,
            slowest => MIN_PATIENCE_MILLIS.max(PATIENCE_STEPS * slowest),
        };
        self.waited_millis > patience
    }

    /// How many workers there are and why not more, if that has changed.
    pub(crate) fn news(&mut self) -> Option<Workers> {
        let news = self.workers();
        (mem::replace(&mut self.told, news) != news).then_some(news)
    }

    fn workers(&self) -> Workers {
        let n_up = self.up().count();
        let n_lost = self.seats.iter().filter(|seat| seat.n_failures > MOST_REPLACEMENTS).count() as u32;
        let n_useful = self.n_asked.min(self.n_shards.max(1));
        let (n_used, why) = if self.is_impossible {
            (1, FewerWorkers::Impossible)
        } else if self.is_active && n_up > 0 && self.trial.is_slower() {
            (1, FewerWorkers::Slower)
        } else if self.is_active && n_lost > 0 {
            (1 + n_up, FewerWorkers::Lost(n_lost))
        } else if self.is_active && 1 + n_up < n_useful {
            (1 + n_up, FewerWorkers::Starting)
        } else {
            (n_useful, FewerWorkers::FewShards)
        };
        let is_fewer = n_used < self.n_asked && self.n_shards > 0;
        Workers { n_asked: self.n_asked as u32, n_used: n_used as u32, why_fewer: is_fewer.then_some(why) }
    }
}

/// Sizes of what a letter carries, in bytes unless it says otherwise.
#[derive(Clone, Copy)]
pub(crate) struct LetterSizes {
    pub(crate) spec: usize,
    pub(crate) images: usize,
    pub(crate) answer: usize,
    /// Images of a batch.
    pub(crate) batch: u32,
    /// Numbers.
    pub(crate) n_params: u32,
}

fn start(n_started: &mut u32, errands: &mut VecDeque<Errand>) -> Member {
    *n_started = n_started.wrapping_add(1);
    errands.push_back(Errand::Start(*n_started));
    Member { id: *n_started, knows: Knows::Nothing { waited_millis: 0.0 } }
}
