//! The memory plan: which buffers share a slot.
//!
//! A buffer lives from the instruction that writes it to the last one that reads it; two that never live at the same
//! time may share a slot.

use super::instr::{Operands, Operation};
use super::{Buffer, BufferId, Instr, Role};
use alloc::vec;
use alloc::vec::Vec;

/// Leaves out the buffers that no instruction names, numbers the others anew, and gives each a slot of memory: its own,
/// or with `is_sharing` one that is free. Returns the lengths of the slots. Besides what updates read, the buffers of
/// `kept` are read after the last instruction.
pub(super) fn lay_out(
    buffers: &mut Vec<Buffer>,
    parts: [&mut Vec<Instr>; 3],
    kept: &mut [&mut BufferId],
    is_sharing: bool,
) -> Vec<usize> {
    let mut instrs: Vec<&mut Instr> = parts.into_iter().flatten().collect();
    let mut lives = lives(&mut instrs, buffers.len());
    for (life, buffer) in lives.iter_mut().zip(&*buffers) {
        // What comes in is there before the first instruction; what updates read is read after the last.
        match (buffer.role, life) {
            (Role::Input, Some(life)) => life.start = 0,
            (Role::ParamGradient | Role::Statistic, Some(life)) => life.end = usize::MAX,
            _ => {}
        }
    }
    for id in &*kept {
        lives[id.0].get_or_insert(Life { start: 0, end: 0 }).end = usize::MAX;
    }
    if !is_sharing {
        lives.iter_mut().flatten().for_each(|life| *life = Life { start: 0, end: usize::MAX });
    }
    let slots = assign(buffers, &lives, &mut instrs);

    let mut n_named = 0;
    let numbers: Vec<BufferId> = lives
        .iter()
        .map(|life| {
            n_named += usize::from(life.is_some());
            BufferId(n_named.wrapping_sub(1))
        })
        .collect();
    for instr in instrs {
        instr.operation_mut().renumber(&|id| numbers[id.0]);
    }
    kept.iter_mut().for_each(|id| **id = numbers[id.0]);
    let mut lives = lives.iter();
    buffers.retain(|_| lives.next().is_some_and(Option::is_some));
    slots
}

/// The instructions that a buffer lives through, the first and the last among them.
#[derive(Clone, Copy)]
struct Life {
    start: usize,
    end: usize,
}

fn lives(instrs: &mut [&mut Instr], n_buffers: usize) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; n_buffers];
    for (i, instr) in instrs.iter_mut().enumerate() {
        let operation = instr.operation();
        for id in operation.written().into_iter().chain(operation.read()) {
            lives[id.0].get_or_insert(Life { start: i, end: i }).end = i;
        }
    }
    lives
}

/// Gives buffers their slots in the order in which they come to life.
fn assign(buffers: &mut [Buffer], lives: &[Option<Life>], instrs: &mut [&mut Instr]) -> Vec<usize> {
    let mut slots: Vec<usize> = Vec::new();
    // Whose slot it is until when.
    let mut taken_until: Vec<usize> = Vec::new();
    let mut order: Vec<(Life, usize)> = lives.iter().enumerate().filter_map(|(i, life)| Some(((*life)?, i))).collect();
    order.sort_by_key(|(life, i)| (life.start, *i));
    for (life, i) in order {
        let len = buffers[i].shape.len();
        // Positions are no floats: they keep a slot to themselves.
        let is_float = buffers[i].role != Role::Argmax;
        let in_place = instrs[life.start].operation().in_place().filter(|[written, _]| written.0 == i);
        let in_place = in_place
            .filter(|[_, read]| lives[read.0].is_some_and(|upstream| upstream.end == life.start))
            .map(|[_, read]| buffers[read.0].slot);
        // The smallest that is large enough, or else the largest that is free.
        let free = (0..slots.len()).filter(|&slot| is_float && taken_until[slot] < life.start);
        let fitting =
            free.min_by_key(|&slot| if slots[slot] >= len { (0, slots[slot]) } else { (1, usize::MAX - slots[slot]) });
        let slot = in_place.or(fitting).unwrap_or_else(|| {
            slots.push(0);
            taken_until.push(0);
            slots.len() - 1
        });
        slots[slot] = slots[slot].max(len);
        taken_until[slot] = if is_float { life.end } else { usize::MAX };
        (buffers[i].slot, buffers[i].is_kept) = (slot, life.end == usize::MAX);
    }
    slots
}
