//! A session and its replicas: messages out, answers in, and replicas that come and go.

use super::MessageSizes;
use super::message::{Header, HostRequest, Message, MessageKind, PlaneHeader, Wire};
use crate::progress::is_awaiting;
use crate::session::{Going, Open, Session};

impl Session {
    /// Returns the next thing that the host has to do for the session's replicas.
    pub fn next_request(&mut self) -> Option<HostRequest> {
        self.pool.next_request()
    }

    /// True if the session waits for an answer from a replica or from the GPU.
    pub fn is_awaiting_answers(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| is_awaiting(&open.job) || (open.going != Going::No && self.awaits_gpu(open)))
    }

    /// Writes a message that [`HostRequest::Send`] named.
    pub fn write(&self, message: &Message, wire: &mut impl Wire) {
        let header = &message.header;
        header.put(wire);
        // Of a run that was closed meanwhile nothing is left to write, and no answer is awaited.
        let Some(open) = self.open.as_ref().filter(|_| header.run == self.pool.run()) else { return };
        if header.kind == MessageKind::Open {
            wire.put_bytes(open.run.spec_bytes());
            return;
        }
        if header.kind == MessageKind::Places {
            return self.write_places(header, open, wire);
        }
        if header.n_attached > 0 {
            open.run.parameters().tensors().iter().for_each(|tensor| wire.put_floats(&tensor.values));
        }
        let images = open.run.images().part(open.job.images(header));
        wire.put_floats(images.pixels);
        wire.put_bytes(images.labels);
    }

    fn write_places(&self, header: &Header, open: &Open, wire: &mut impl Wire) {
        // Of a plane that was closed meanwhile nothing is left to write either.
        let Some(plane) = self.loss_plane.as_ref().filter(|_| open.job.is_number(header.job)) else { return };
        let (places, images) = open.job.places(header);
        let (all, is_new) = (plane.engine.images(), header.n_attached > 0);
        let n_attached = if is_new { all.labels.len() as u32 } else { 0 };
        let (first, end) = (images.start as u32, images.end as u32);
        PlaneHeader { first, end, n_attached, seed: plane.engine.seed() }.put(wire);
        if is_new {
            plane.engine.centre().tensors().iter().for_each(|tensor| wire.put_floats(&tensor.values));
            wire.put_floats(&all.pixels);
            wire.put_bytes(&all.labels);
        }
        wire.put_floats(places.as_flattened());
    }

    /// Notes that a replica is up.
    pub fn replica_ready(&mut self, id: u32) {
        self.pool.ready(id);
        self.emit_state();
    }

    /// Notes that a replica broke down: its share is done here, and another takes its place.
    pub fn replica_failed(&mut self, id: u32) {
        self.pool.fail(id);
        self.lose(id);
    }

    /// Notes that a replica cannot do its work, and neither could another in its place: it is of another build.
    pub fn replica_unfit(&mut self, id: u32) {
        self.pool.give_up(id);
        self.lose(id);
    }

    /// Notes that no replicas can be started here.
    pub fn no_replicas(&mut self) {
        self.pool.set_impossible();
        self.lose_ended();
        self.emit_state();
    }

    /// Takes in an answer from a replica, or whatever it sent for one.
    pub fn replica_answered(&mut self, id: u32, wire: &mut impl Wire) {
        if !self.pool.has(id) {
            return;
        }
        let run = self.pool.run();
        let is_valid = Header::take(wire).is_some_and(|header| {
            if header.kind == MessageKind::Refused {
                self.replica_unfit(id);
                return true;
            }
            match &mut self.open {
                Some(open) if open.job.is_number(header.job) => open.job.take_answer(id, run, &header, wire).is_ok(),
                _ => self.pool.was_job(header.job),
            }
        });
        if !is_valid {
            self.replica_failed(id);
        }
    }

    fn lose(&mut self, id: u32) {
        if let Some(open) = &mut self.open {
            open.job.lose(id);
        }
        self.emit_state();
    }

    /// Takes over the shares of replicas that are no longer there.
    pub(crate) fn lose_ended(&mut self) {
        let Some(open) = &mut self.open else { return };
        let ended: Vec<u32> = open.job.awaited().filter(|id| !self.pool.has(*id)).collect();
        ended.into_iter().for_each(|id| open.job.lose(id));
    }

    /// Gives up waiting for replicas that take too long.
    pub(crate) fn check_replica_timeouts(&mut self, now_millis: f64) {
        let is_awaiting = self.open.as_ref().is_some_and(|open| is_awaiting(&open.job));
        if self.pool.check_timeouts(now_millis, is_awaiting) {
            let late: Vec<u32> = self.open.iter().flat_map(|open| open.job.awaited()).collect();
            late.into_iter().for_each(|id| self.replica_failed(id));
        }
    }

    /// Requests messages to the replicas that have a share of the batch at hand.
    pub(crate) fn send_messages(&mut self, open: &Open) {
        let run = self.pool.run();
        for (id, header) in open.job.messages(run) {
            let n = open.job.images(&header).len();
            let sizes = MessageSizes {
                spec: open.run.spec_bytes().len(),
                images: n * open.run.image_len() * size_of::<f32>() + n.next_multiple_of(4),
                with_weights: 0,
                answer: open.job.answer_len(&header),
                batch: open.run.config.batch,
                n_params: open.run.n_params() as u32,
            };
            self.pool.send(id, header, sizes, open.run.version);
        }
    }

    /// Requests messages to the replicas that have a share of the places at hand.
    pub(crate) fn send_places(&mut self, open: &Open) {
        let Some(plane) = &self.loss_plane else { return };
        let (run, number, n_images) = (self.pool.run(), plane.number, plane.engine.images().labels.len());
        for (id, header) in open.job.messages(run) {
            let sizes = MessageSizes {
                spec: open.run.spec_bytes().len(),
                images: PlaneHeader::N_BYTES + header.shards().len() * size_of::<[f32; 2]>(),
                with_weights: n_images * open.run.image_len() * size_of::<f32>() + n_images.next_multiple_of(4),
                answer: open.job.answer_len(&header),
                batch: open.run.config.batch,
                n_params: open.run.n_params() as u32,
            };
            self.pool.send(id, header, sizes, number);
        }
    }
}
