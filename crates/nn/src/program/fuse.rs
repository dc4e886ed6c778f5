//! Two operations in one pass over memory, where nothing else reads what is between them. No number changes.

use super::instr::{
    Conv2dForward, LinearForward, MaxPool2dBackward, MaxPool2dForward, Operands, ReluBackward, ReluForward,
};
use super::{BufferId, Instr};
use alloc::vec::Vec;

/// A layer and the rectifier after it write one activation instead of two.
///
/// The backward pass needs only the sign of the rectifier's input, which its output has as well.
pub(super) fn layers_with_relu(forward: &mut Vec<Instr>, backward: &mut [Instr], kept: &[BufferId]) {
    let mut i = 0;
    while i + 1 < forward.len() {
        let between = match (&forward[i], &forward[i + 1]) {
            (
                Instr::Conv2dForward(Conv2dForward { y, .. }) | Instr::LinearForward(LinearForward { y, .. }),
                &Instr::ReluForward(ReluForward { y: rectified, x }),
            ) if *y == x => Some((x, rectified)),
            _ => None,
        };
        let needs_sign =
            |instr: &Instr, x| matches!(instr, Instr::ReluBackward(ReluBackward { x: sign, .. }) if *sign == x);
        let is_private =
            |x| n_readers(forward, x) == 1 && backward.iter().all(|instr| needs_sign(instr, x) || !reads(instr, x));
        if let Some((x, rectified)) = between.filter(|(x, _)| is_private(*x) && !kept.contains(x)) {
            if let Instr::Conv2dForward(Conv2dForward { y, relu, .. })
            | Instr::LinearForward(LinearForward { y, relu, .. }) = &mut forward[i]
            {
                (*y, *relu) = (rectified, true);
            }
            for instr in backward.iter_mut() {
                if let Instr::ReluBackward(ReluBackward { x: sign, .. }) = instr
                    && *sign == x
                {
                    *sign = rectified;
                }
            }
            forward.remove(i + 1);
        }
        i += 1;
    }
}

/// A max pooling sends its gradient back through the rectifier before it: where its maximum is zero, nothing goes.
pub(super) fn max_pools_after_relu(forward: &[Instr], backward: &mut Vec<Instr>, kept: &[BufferId]) {
    let mut i = 0;
    while i + 1 < backward.len() {
        let between = match (&backward[i], &backward[i + 1]) {
            (
                Instr::MaxPool2dBackward(MaxPool2dBackward { grad_x, .. }),
                &Instr::ReluBackward(ReluBackward { grad_x: through, grad_y, .. }),
            ) if *grad_x == grad_y => Some((grad_y, through)),
            _ => None,
        };
        let is_private = |grad| n_readers(backward, grad) == 1 && !kept.contains(&grad);
        if let Some((_, through)) = between.filter(|(grad, _)| is_private(*grad)) {
            if let Instr::MaxPool2dBackward(MaxPool2dBackward { grad_x, argmax, rectified, .. }) = &mut backward[i] {
                *rectified = forward.iter().find_map(|instr| match instr {
                    Instr::MaxPool2dForward(MaxPool2dForward { y, argmax: places, .. }) if places == argmax => Some(*y),
                    _ => None,
                });
                *grad_x = through;
            }
            backward.remove(i + 1);
        }
        i += 1;
    }
}

fn reads(instr: &Instr, buffer: BufferId) -> bool {
    instr.operation().read().contains(&buffer)
}

fn n_readers(instrs: &[Instr], buffer: BufferId) -> usize {
    instrs.iter().filter(|instr| reads(instr, buffer)).count()
}
