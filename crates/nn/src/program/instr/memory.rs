//! The memory of the CPU engine while one instruction runs. What it writes is taken out of the list, so that it can read
//! the others.

use crate::init::Parameters;
use crate::program::{Buffer, BufferId, ParamId};
use alloc::vec::Vec;
use core::mem;
use receptive_core::ops::Draw;

pub(crate) struct Memory<'a> {
    pub(crate) reads: Reads<'a>,
    pub(crate) scratch: &'a mut [f32],
}

/// All that can be read.
pub(crate) struct Reads<'a> {
    pub(crate) buffers: &'a [Buffer],
    pub(crate) slots: &'a mut [Vec<f32>],
    pub(crate) argmaxes: &'a mut [Vec<u32>],
    pub(crate) parameters: &'a Parameters,
    /// The class of each image.
    pub(crate) labels: &'a [u8],
    pub(crate) n_classes: usize,
    /// The random choices of the step.
    pub(crate) draw: Draw,
}

impl Reads<'_> {
    pub(crate) fn buffer(&self, id: BufferId) -> &[f32] {
        let (slot, len) = slot_and_len(self.buffers, id);
        &self.slots[slot][..len]
    }

    /// The positions that a max pooling remembers.
    pub(crate) fn positions(&self, id: BufferId) -> &[u32] {
        let (slot, len) = slot_and_len(self.buffers, id);
        &self.argmaxes[slot][..len]
    }

    pub(crate) fn param(&self, id: ParamId) -> &[f32] {
        self.parameters.values_at(id.index())
    }
}

impl<'a> Memory<'a> {
    /// Lets `f` write a buffer, with all others to read and the scratch.
    pub(crate) fn write(&mut self, id: BufferId, f: impl FnOnce(&mut [f32], &Reads<'a>, &mut [f32])) {
        let (slot, len) = slot_and_len(self.reads.buffers, id);
        let mut values = mem::take(&mut self.reads.slots[slot]);
        f(&mut values[..len], &self.reads, self.scratch);
        self.reads.slots[slot] = values;
    }

    /// Lets `f` write two buffers, with all others to read.
    pub(crate) fn write_two(&mut self, [one, two]: [BufferId; 2], f: impl FnOnce(&mut [f32], &mut [f32], &Reads<'a>)) {
        let (slot, len) = slot_and_len(self.reads.buffers, one);
        let mut values = mem::take(&mut self.reads.slots[slot]);
        self.write(two, |two, at, _| f(&mut values[..len], two, at));
        self.reads.slots[slot] = values;
    }

    /// Lets `f` write a buffer and one of positions, with all others to read.
    pub(crate) fn write_with_positions(
        &mut self,
        id: BufferId,
        positions: BufferId,
        f: impl FnOnce(&mut [f32], &mut [u32], &Reads<'a>),
    ) {
        let (slot, len) = slot_and_len(self.reads.buffers, positions);
        let mut taken = mem::take(&mut self.reads.argmaxes[slot]);
        self.write(id, |values, at, _| f(values, &mut taken[..len], at));
        self.reads.argmaxes[slot] = taken;
    }

    pub(crate) fn share_a_slot(&self, one: BufferId, two: BufferId) -> bool {
        slot_and_len(self.reads.buffers, one).0 == slot_and_len(self.reads.buffers, two).0
    }
}

/// Slot and length of a buffer.
pub(crate) fn slot_and_len(buffers: &[Buffer], id: BufferId) -> (usize, usize) {
    let buffer = &buffers[id.index()];
    (buffer.slot, buffer.shape.len())
}
