//! One batch that is being worked on: the workers that run its shards, and the results so far.

use super::message::{Header, MessageKind, Wire};
use super::plane_engine::PlaneEngine;
use super::shard_engine::{Images, ShardEngine, ShardResult};
use super::shards::{Shards, halves};
use receptive_nn::{Parameters, add_row};
use std::ops::Range;

/// Neighbouring shards for one worker, or neighbouring places.
struct Share {
    /// The replica that runs them; none: this worker does.
    replica: Option<u32>,
    shards: Range<usize>,
    is_done: bool,
}

/// The share of some neighbouring shards in the gradient.
struct Part {
    node: Range<usize>,
    sum: Vec<f32>,
}

/// The batch at hand, and the memory for its results.
pub(crate) struct Job {
    shards: Shards,
    n_params: usize,
    n_classes: usize,
    kind: MessageKind,
    number: u32,
    n_images: usize,
    key: u32,
    is_begun: bool,
    shares: Vec<Share>,
    parts: Vec<Part>,
    /// Workers that `parts` are made for.
    n_workers: usize,
    results: Vec<ShardResult>,
    probabilities: Vec<f32>,
    losses: Vec<f32>,
    /// The places at which losses are asked for, and the images that they are the mean of.
    places: Vec<[f32; 2]>,
    images: Range<usize>,
}

/// The error of an answer that is none: another share's, too short, or with counts that cannot be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidAnswer;

impl Job {
    pub(crate) fn new(shards: Shards, n_params: usize, n_classes: usize) -> Self {
        let mut job = Self {
            n_params,
            n_classes,
            kind: MessageKind::Sum,
            number: 0,
            n_images: 0,
            key: 0,
            is_begun: false,
            shares: Vec::with_capacity(shards.len()),
            parts: Vec::new(),
            n_workers: 0,
            results: vec![ShardResult::default(); shards.len()],
            probabilities: vec![0.0; shards.batch() * n_classes],
            losses: vec![0.0; shards.batch()],
            places: Vec::new(),
            images: 0..0,
            shards,
        };
        job.make_parts(1);
        job
    }

    /// True if it asks for losses at places of a plane.
    pub(crate) fn is_of_places(&self) -> bool {
        self.is_begun && self.kind == MessageKind::Places
    }

    pub(crate) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// True if it goes by this number.
    pub(crate) fn is_number(&self, number: u32) -> bool {
        self.is_begun && self.number == number
    }

    /// Ends it: nothing that still comes of it counts.
    pub(crate) fn abandon(&mut self) {
        self.is_begun = false;
    }

    /// Shares out the first `n_images` images of a batch: the first share to this worker, the others to `replicas`.
    pub(crate) fn begin(&mut self, kind: MessageKind, number: u32, n_images: usize, key: u32, replicas: &[u32]) {
        (self.kind, self.number, self.n_images, self.key, self.is_begun) = (kind, number, n_images, key, true);
        let n_shards = self.shards.holding(n_images);
        let n_workers = (1 + replicas.len()).min(n_shards);
        if kind == MessageKind::Sum {
            self.make_parts(n_workers);
        }
        self.shares.clear();
        self.shares.extend((0..n_workers).map(|i| Share {
            replica: (i > 0).then(|| replicas[i - 1]),
            shards: Shards::share(n_shards, i, n_workers),
            is_done: false,
        }));
    }

    /// Shares out places, whose losses are means over these images.
    pub(crate) fn begin_places(&mut self, number: u32, places: &[[f32; 2]], images: Range<usize>, replicas: &[u32]) {
        (self.kind, self.number, self.n_images, self.key) = (MessageKind::Places, number, places.len(), 0);
        (self.is_begun, self.images) = (true, images);
        self.places.clear();
        self.places.extend_from_slice(places);
        self.losses.resize(self.losses.len().max(places.len()), 0.0);
        let n_workers = (1 + replicas.len()).min(places.len());
        self.shares.clear();
        self.shares.extend((0..n_workers).map(|i| Share {
            replica: (i > 0).then(|| replicas[i - 1]),
            shards: Shards::share(places.len(), i, n_workers),
            is_done: false,
        }));
    }

    /// Makes memory for the sums of `n_workers` workers.
    fn make_parts(&mut self, n_workers: usize) {
        if self.n_workers == n_workers {
            return;
        }
        self.n_workers = n_workers;
        let shares = (0..n_workers).map(|i| Shards::share(self.shards.len(), i, n_workers));
        let nodes: Vec<_> = shares.flat_map(|share| self.shards.nodes(&share)).collect();
        self.parts.truncate(nodes.len());
        self.parts.resize_with(nodes.len(), || Part { node: 0..0, sum: vec![0.0; self.n_params] });
        self.parts.iter_mut().zip(nodes).for_each(|(part, node)| part.node = node);
    }

    /// The replicas that have a share, each with the header of the message that brings it.
    pub(crate) fn messages(&self, run: u32) -> impl Iterator<Item = (u32, Header)> {
        self.shares.iter().filter_map(move |share| Some((share.replica?, self.header(share, run))))
    }

    fn header(&self, share: &Share, run: u32) -> Header {
        let (first, end) = (share.shards.start as u32, share.shards.end as u32);
        let n_images = self.counting(share).len() as u32;
        Header { kind: self.kind, run, job: self.number, first, end, n_images, n_attached: 0, key: self.key }
    }

    /// The place in the batch of those images of a share that count; places all do.
    fn counting(&self, share: &Share) -> Range<usize> {
        if self.kind == MessageKind::Places {
            return share.shards.clone();
        }
        let images = self.shards.images(&share.shards);
        images.start..images.end.min(self.n_images)
    }

    /// The place in the batch of the images of the shards that a message names.
    pub(crate) fn images(&self, header: &Header) -> Range<usize> {
        self.shards.images(&header.shards())
    }

    /// Bytes that the answer to a message has.
    pub(crate) fn answer_len(&self, header: &Header) -> usize {
        let n_floats = match header.kind {
            MessageKind::Sum => header.shards().len() * 2 + self.shards.nodes(&header.shards()).len() * self.n_params,
            MessageKind::Classify => header.n_images as usize * (self.n_classes + 1),
            MessageKind::Places => header.shards().len(),
            MessageKind::Open | MessageKind::Refused => 0,
        };
        Header::N_BYTES + n_floats * size_of::<f32>()
    }

    /// Runs the shares of this worker that are not done.
    pub(crate) fn run_own(&mut self, engine: &mut ShardEngine, parameters: &Parameters, images: Images) {
        let Self { shards, n_classes, kind, n_images, shares, parts, results, probabilities, losses, .. } = self;
        for share in shares.iter_mut().filter(|share| share.replica.is_none() && !share.is_done) {
            let all = shards.images(&share.shards);
            if *kind == MessageKind::Classify {
                let counting = all.start..all.end.min(*n_images);
                let probabilities = &mut probabilities[counting.start * *n_classes..counting.end * *n_classes];
                engine.classify(parameters, images.part(all), share.shards.start, probabilities, &mut losses[counting]);
            } else {
                for part in parts.iter_mut().filter(|part| is_within(&part.node, &share.shards)) {
                    let here = images.part(shards.images(&part.node));
                    engine.sum(parameters, here, &part.node, &mut results[part.node.clone()], &mut part.sum);
                }
            }
            share.is_done = true;
        }
    }

    /// Computes the losses at the places of this worker that are not done.
    pub(crate) fn run_own_places(&mut self, plane: &mut PlaneEngine) {
        let Self { shares, losses, places, images, .. } = self;
        for share in shares.iter_mut().filter(|share| share.replica.is_none() && !share.is_done) {
            plane.losses(&places[share.shards.clone()], images, &mut losses[share.shards.clone()]);
            share.is_done = true;
        }
    }

    /// The places that a message names, and the images that their losses are the mean of.
    pub(crate) fn places(&self, header: &Header) -> (&[[f32; 2]], Range<usize>) {
        (&self.places[header.shards()], self.images.clone())
    }

    /// The losses at the places.
    pub(crate) fn place_losses(&self) -> &[f32] {
        &self.losses[..self.n_images]
    }

    /// Takes in a replica's answer. What is not a finite number is not believed: this worker runs that share again.
    pub(crate) fn take_answer(
        &mut self,
        replica: u32,
        run: u32,
        header: &Header,
        wire: &mut impl Wire,
    ) -> Result<(), InvalidAnswer> {
        let Some(i) = self.shares.iter().position(|share| share.replica == Some(replica) && !share.is_done) else {
            return Err(InvalidAnswer);
        };
        if *header != self.header(&self.shares[i], run) || wire.n_bytes() < self.answer_len(header) {
            return Err(InvalidAnswer);
        }
        let counting = self.counting(&self.shares[i]);
        let share = &mut self.shares[i];
        let mut is_finite = true;
        if self.kind == MessageKind::Places {
            let losses = &mut self.losses[counting];
            wire.take_floats(losses);
            is_finite = losses.iter().all(|loss| loss.is_finite());
        } else if self.kind == MessageKind::Classify {
            let n_classes = self.n_classes;
            wire.take_floats(&mut self.probabilities[counting.start * n_classes..counting.end * n_classes]);
            let losses = &mut self.losses[counting];
            wire.take_floats(losses);
            is_finite = losses.iter().all(|loss| loss.is_finite());
        } else {
            for part in self.parts.iter_mut().filter(|part| is_within(&part.node, &share.shards)) {
                for shard in part.node.clone() {
                    let mut found = [f32::NAN; 2];
                    wire.take_floats(&mut found);
                    let [loss, n_correct] = found;
                    if !(0.0..=self.shards.size(shard) as f32).contains(&n_correct) || n_correct.fract() != 0.0 {
                        return Err(InvalidAnswer);
                    }
                    is_finite &= loss.is_finite();
                    self.results[shard] = ShardResult { loss, n_correct: n_correct as u32 };
                }
                wire.take_floats(&mut part.sum);
            }
        }
        share.is_done = is_finite;
        if !is_finite {
            share.replica = None;
        }
        Ok(())
    }

    /// Gives this worker the shares that a replica will not run.
    pub(crate) fn lose(&mut self, replica: u32) {
        for share in self.shares.iter_mut().filter(|share| share.replica == Some(replica) && !share.is_done) {
            share.replica = None;
        }
    }

    /// Replicas that have not answered.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = u32> {
        let shares = if self.is_begun { self.shares.as_slice() } else { &[] };
        shares.iter().filter(|share| !share.is_done).filter_map(|share| share.replica)
    }

    /// True if this worker has something to run.
    pub(crate) fn has_own(&self) -> bool {
        self.is_begun && self.shares.iter().any(|share| !share.is_done && share.replica.is_none())
    }

    /// True if everything is there.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_begun && self.shares.iter().all(|share| share.is_done)
    }

    /// The result of the whole batch: mean loss in nats, images that were right, and the gradient of the mean loss,
    /// summed in an order that the shards alone decide.
    pub(crate) fn total(&mut self) -> (f32, u32, &[f32]) {
        let loss = self.results.iter().map(|result| result.loss).sum::<f32>() / self.shards.batch() as f32;
        let n_correct = self.results.iter().map(|result| result.n_correct).sum();
        let root = reduce(&mut self.parts, &(0..self.shards.len()));
        (loss, n_correct, &self.parts[root].sum)
    }

    /// Class probabilities, (n, classes), and losses in nats, (n), of the images.
    pub(crate) fn classified(&self) -> (&[f32], &[f32]) {
        (&self.probabilities[..self.n_images * self.n_classes], &self.losses[..self.n_images])
    }
}

fn is_within(node: &Range<usize>, shards: &Range<usize>) -> bool {
    shards.start <= node.start && node.end <= shards.end
}

/// Adds the parts below a node into the first of them, and returns which one that is.
fn reduce(parts: &mut [Part], node: &Range<usize>) -> usize {
    if let Some(i) = parts.iter().position(|part| part.node == *node) {
        return i;
    }
    let [left, right] = halves(node);
    let (left, right) = (reduce(parts, &left), reduce(parts, &right));
    let (before, after) = parts.split_at_mut(right);
    add_row(&mut before[left].sum, &after[0].sum);
    left
}
