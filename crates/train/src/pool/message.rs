//! Messages between the engine worker and its replicas: a header of fixed size, then rows of numbers.
//!
//! Most of a message is weights or gradients. They go from where they are used into the message and from there to where
//! they are used, with no copy between. An answer is written over its question.

use std::ops::Range;

/// A buffer that a message is written to and read from, piece after piece. Each piece begins at a multiple of four bytes.
pub trait Wire {
    /// The number of bytes it can hold.
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

/// The subject of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    /// A network to set up, for shards of batches of `n_images`.
    Open,
    /// Shards to run forward and backward.
    Sum,
    /// Shards to run forward.
    Classify,
    /// Places of a plane through the weights, at which the loss is asked for.
    Places,
    /// Memory for the network is not to be had.
    Refused,
}

/// The header of every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: MessageKind,
    /// The run it belongs to.
    pub(crate) run: u32,
    /// Number of the job; the answer repeats it.
    pub(crate) job: u32,
    /// Shards of the share, or places.
    pub(crate) first: u32,
    pub(crate) end: u32,
    /// Images of the share that count; those after them fill up the last shard. For places: how many they are.
    pub(crate) n_images: u32,
    /// Bytes of the network's specification, or numbers of the weights; 0 when the replica has the weights already.
    pub(crate) n_attached: u32,
    /// Key of the step's random choices.
    pub(crate) key: u32,
}

/// The first four bytes: whatever does not begin with them is no message.
const MAGIC: u32 = u32::from_le_bytes(*b"Rcp3");

impl Header {
    pub(crate) const N_BYTES: usize = 36;

    pub(crate) fn shards(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    pub(crate) fn put(&self, wire: &mut impl Wire) {
        let kind = match self.kind {
            MessageKind::Open => 0,
            MessageKind::Sum => 1,
            MessageKind::Classify => 2,
            MessageKind::Places => 3,
            MessageKind::Refused => 4,
        };
        let words = [MAGIC, kind, self.run, self.job, self.first, self.end, self.n_images, self.n_attached, self.key];
        let mut bytes = [0; Self::N_BYTES];
        bytes.chunks_exact_mut(4).zip(words).for_each(|(to, word)| to.copy_from_slice(&word.to_le_bytes()));
        wire.put_bytes(&bytes);
    }

    /// Reads the header of a message; nothing when it is none.
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
        let [MAGIC, kind, run, job, first, end, n_images, n_attached, key] = words else { return None };
        let kinds =
            [MessageKind::Open, MessageKind::Sum, MessageKind::Classify, MessageKind::Places, MessageKind::Refused];
        let kind = kinds.into_iter().nth(kind as usize)?;
        Some(Self { kind, run, job, first, end, n_images, n_attached, key })
    }
}

/// The beginning of a question for losses, behind the header: the images that they are the mean of, and how many images and
/// which seed the plane has, if it is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlaneHeader {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) n_attached: u32,
    pub(crate) seed: u32,
}

impl PlaneHeader {
    pub(crate) const N_BYTES: usize = 16;

    pub(crate) fn images(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    pub(crate) fn put(&self, wire: &mut impl Wire) {
        let Self { first, end, n_attached, seed } = *self;
        [first, end, n_attached, seed].into_iter().for_each(|word| wire.put_bytes(&word.to_le_bytes()));
    }

    pub(crate) fn take(wire: &mut impl Wire) -> Self {
        let [first, end, n_attached, seed] = [(); 4].map(|()| {
            let mut bytes = [0; 4];
            wire.take_bytes(&mut bytes);
            u32::from_le_bytes(bytes)
        });
        Self { first, end, n_attached, seed }
    }
}

/// A message to be written by [`Session::write`](crate::Session::write) and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    pub(crate) header: Header,
    pub(crate) n_bytes: usize,
}

impl Message {
    /// Bytes of the message or of its answer, whichever is longer: the answer is written over the message.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

/// A request of a session to its host, the code that drives it, beside its events. To be done in order, and before the
/// next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRequest {
    /// Start a replica of this number. Answered by [`Session::replica_ready`](crate::Session::replica_ready),
    /// [`Session::replica_failed`](crate::Session::replica_failed) or
    /// [`Session::no_replicas`](crate::Session::no_replicas).
    Start(u32),
    /// End this replica; nothing that still comes from it counts.
    End(u32),
    /// Write this message and send it to a replica.
    Send(u32, Message),
}
