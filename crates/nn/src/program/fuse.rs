//! Two operations in one pass over memory, where nothing reads what is between them. No number changes.

use super::Instr;
use alloc::vec::Vec;

/// A layer and the rectifier after it write one activation instead of two.
///
/// The backward pass needs only the sign of the rectifier's input, which its output has as well.
pub(super) fn layers_with_relu(forward: &mut Vec<Instr>, backward: &mut [Instr]) {
    let mut i = 0;
    while i + 1 < forward.len() {
        let (before, after) = forward.split_at_mut(i + 1);
        if let (
            Instr::Conv2dForward { y, relu, .. } | Instr::LinearForward { y, relu, .. },
            &Instr::ReluForward { y: rectified, x },
        ) = (&mut before[i], &after[0])
            && *y == x
        {
            (*y, *relu) = (rectified, true);
            for instr in backward.iter_mut() {
                if let Instr::ReluBackward { x: sign, .. } = instr
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
pub(super) fn max_pools_after_relu(forward: &[Instr], backward: &mut Vec<Instr>) {
    let mut i = 0;
    while i + 1 < backward.len() {
        let (before, after) = backward.split_at_mut(i + 1);
        if let (
            Instr::MaxPool2dBackward { grad_x, argmax, rectified, .. },
            &Instr::ReluBackward { grad_x: through, grad_y, .. },
        ) = (&mut before[i], &after[0])
            && *grad_x == grad_y
        {
            *rectified = forward.iter().find_map(|instr| match instr {
                Instr::MaxPool2dForward { y, argmax: places, .. } if places == argmax => Some(*y),
                _ => None,
            });
            *grad_x = through;
            backward.remove(i + 1);
        }
        i += 1;
    }
}
