//! A session and its replicas: letters out, answers in, and replicas that come and go.

use crate::crew::LetterSizes;
use crate::letter::{Errand, Head, Kind, Letter, Wire};
use crate::progress::is_awaiting;
use crate::session::{Going, Open, Session};
use receptive_data::PIXELS;

impl Session {
    /// What whoever drives the session has to do for its replicas next.
    pub fn next_errand(&mut self) -> Option<Errand> {
        self.crew.next_errand()
    }

    /// Whether the session waits for an answer from a replica or from the GPU.
    pub fn is_awaiting_answers(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| is_awaiting(&open.job) || (open.going != Going::No && self.awaits_gpu(open)))
    }

    /// Writes a letter that [`Errand::Post`] named.
    pub fn write(&self, letter: &Letter, wire: &mut impl Wire) {
        let head = &letter.head;
        head.put(wire);
        // Of a run that was closed meanwhile nothing is left to write, and no answer is awaited.
        let Some(open) = self.open.as_ref().filter(|_| head.run == self.crew.run()) else { return };
        if head.kind == Kind::Open {
            wire.put_bytes(open.run.spec_bytes());
            return;
        }
        if head.n_attached > 0 {
            open.run.parameters().tensors().iter().for_each(|tensor| wire.put_floats(&tensor.values));
        }
        let images = open.run.images().part(open.job.images(head));
        wire.put_floats(images.pixels);
        wire.put_bytes(images.labels);
    }

    /// A replica is up.
    pub fn replica_ready(&mut self, id: u32) {
        self.crew.ready(id);
        self.tell_state();
    }

    /// A replica broke down. What it was to do is done here, and another takes its place.
    pub fn replica_failed(&mut self, id: u32) {
        self.crew.fail(id);
        self.lose(id);
    }

    /// A replica cannot do its work, and neither could another in its place: it is of another build.
    pub fn replica_unfit(&mut self, id: u32) {
        self.crew.give_up(id);
        self.lose(id);
    }

    /// No replicas can be started here.
    pub fn no_replicas(&mut self) {
        self.crew.set_impossible();
        self.lose_ended();
        self.tell_state();
    }

    /// An answer from a replica, or whatever it sent for one.
    pub fn answer(&mut self, id: u32, wire: &mut impl Wire) {
        if !self.crew.has(id) {
            return;
        }
        let run = self.crew.run();
        let is_sound = Head::take(wire).is_some_and(|head| {
            if head.kind == Kind::Refused {
                self.replica_unfit(id);
                return true;
            }
            match &mut self.open {
                Some(open) if open.job.is_number(head.job) => open.job.take_answer(id, run, &head, wire).is_ok(),
                _ => self.crew.was_job(head.job),
            }
        });
        if !is_sound {
            self.replica_failed(id);
        }
    }

    fn lose(&mut self, id: u32) {
        if let Some(open) = &mut self.open {
            open.job.lose(id);
        }
        self.tell_state();
    }

    /// Does here what replicas were to do that are no longer there.
    pub(crate) fn lose_ended(&mut self) {
        let Some(open) = &mut self.open else { return };
        let ended: Vec<u32> = open.job.awaited().filter(|id| !self.crew.has(*id)).collect();
        ended.into_iter().for_each(|id| open.job.lose(id));
    }

    /// Gives up waiting for replicas that take too long.
    pub(crate) fn look_after_replicas(&mut self, now_millis: f64) {
        let is_awaiting = self.open.as_ref().is_some_and(|open| is_awaiting(&open.job));
        if self.crew.look(now_millis, is_awaiting) {
            let late: Vec<u32> = self.open.iter().flat_map(|open| open.job.awaited()).collect();
            late.into_iter().for_each(|id| self.replica_failed(id));
        }
    }

    /// Asks for letters to the replicas that have a share of the batch at hand.
    pub(crate) fn post_letters(&mut self, open: &Open) {
        let run = self.crew.run();
        for (id, head) in open.job.letters(run) {
            let n = open.job.images(&head).len();
            let sizes = LetterSizes {
                spec: open.run.spec_bytes().len(),
                images: n * PIXELS * size_of::<f32>() + n.next_multiple_of(4),
                answer: open.job.answer_len(&head),
                batch: open.run.config.batch,
                n_params: open.run.n_params() as u32,
            };
            self.crew.post(id, head, sizes, open.run.version);
        }
    }
}
