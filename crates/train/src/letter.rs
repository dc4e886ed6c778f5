//! What the engine worker and its replicas write to each other: a head of fixed size, then rows of numbers.
//!
//! Most of a letter is weights or gradients. They go from where they are used into the letter and from there to where
//! they are used, with no copy between. An answer is written over its question.

use std::ops::Range;

/// Where a letter is written and read, piece after piece. Each piece begins at a multiple of four bytes.
pub trait Wire {
    /// How many bytes it can hold.
    fn n_bytes(&self) -> usize;
    /// Goes back to the beginning.
    fn rewind(&mut self);
    /// Writes numbers.
    fn put_floats(&mut self, values: &[f32]);
    /// Writes bytes.
    fn put_bytes(&mut self, values: &[u8]);
    /// Reads as many numbers as fit.
    fn take_floats(&mut self, values: &mut [f32]);
    /// Reads as many bytes as fit.
    fn take_bytes(&mut self, values: &mut [u8]);
}

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A network to set up, for shards of batches of `n_images`.
    Open,
    /// Shards to run forward and backward.
    Sum,
    /// Shards to run forward.
    Classify,
    /// Memory for the network is not to be had.
    Refused,
}

/// The head of every letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    /// The run it belongs to.
    pub(crate) run: u32,
    /// Number of the job; the answer repeats it.
    pub(crate) job: u32,
    /// Shards of the share.
    pub(crate) first: u32,
    pub(crate) end: u32,
    /// Images of the share that count; those after them fill up the last shard.
    pub(crate) n_images: u32,
    /// Bytes of the network's specification, or numbers of the weights; 0 when the replica has the weights already.
    pub(crate) n_attached: u32,
}

/// Written first: whatever does not begin with it is no letter.
const MARK: u32 = u32::from_le_bytes(*b"Rcp1");

impl Head {
    pub(crate) const N_BYTES: usize = 32;

    pub(crate) fn shards(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    pub(crate) fn put(&self, wire: &mut impl Wire) {
        let kind = match self.kind {
            Kind::Open => 0,
            Kind::Sum => 1,
            Kind::Classify => 2,
            Kind::Refused => 3,
        };
        let words = [MARK, kind, self.run, self.job, self.first, self.end, self.n_images, self.n_attached];
        let mut bytes = [0; Self::N_BYTES];
        bytes.chunks_exact_mut(4).zip(words).for_each(|(to, word)| to.copy_from_slice(&word.to_le_bytes()));
        wire.put_bytes(&bytes);
    }

    /// The head of a letter, or nothing when it is none.
    pub(crate) fn take(wire: &mut impl Wire) -> Option<Self> {
        if wire.n_bytes() < Self::N_BYTES {
            return None;
        }
        let mut bytes = [0; Self::N_BYTES];
        wire.take_bytes(&mut bytes);
        let mut words = [0; Self::N_BYTES / 4];
        words
            .iter_mut()
            .zip(bytes.chunks_exact(4))
            .for_each(|(word, b)| *word = u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let [MARK, kind, run, job, first, end, n_images, n_attached] = words else { return None };
        let kind = [Kind::Open, Kind::Sum, Kind::Classify, Kind::Refused].into_iter().nth(kind as usize)?;
        Some(Self { kind, run, job, first, end, n_images, n_attached })
    }
}

/// A letter to be written by [`Session::write`](crate::Session::write) and posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    pub(crate) head: Head,
    pub(crate) n_bytes: usize,
}

impl Letter {
    /// Bytes of the letter or of its answer, whichever is longer: the answer is written over the letter.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

/// What a session asks of whoever drives it, beside its events. To be done in order, and before the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Start a replica of this number. Answered by [`Session::replica_ready`](crate::Session::replica_ready),
    /// [`Session::replica_failed`](crate::Session::replica_failed) or
    /// [`Session::no_replicas`](crate::Session::no_replicas).
    Start(u32),
    /// End this replica; nothing that still comes from it counts.
    End(u32),
    /// Write this letter and post it to a replica.
    Post(u32, Letter),
}
