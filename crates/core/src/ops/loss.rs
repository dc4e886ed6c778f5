//! Losses beside cross-entropy: what a row of scores costs, given its true class.

use crate::Real;
use crate::terms::{Cell, Combine, Term, Terms};
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A loss of a row of scores `x` with one true class. All are means over the classes, as in PyTorch; `t` is 1 for the true
/// class and 0 for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// `mean (x − t)²`, of probabilities (Brier 1950; PyTorch's `MSELoss`).
    SquaredError,
    /// `mean |x − t|`, of probabilities (PyTorch's `L1Loss`).
    AbsoluteError,
    /// `mean max(0, 1 − x[true] + x[i])` over the other classes, divided by the number of all, of logits (Crammer & Singer
    /// 2001 and Weston & Watkins 1999; PyTorch's `MultiMarginLoss`).
    Hinge,
    /// `mean −t ln σ(x) − (1 − t) ln (1 − σ(x))`, of logits: each class by itself against all others (PyTorch's
    /// `BCEWithLogitsLoss`).
    BinaryCrossEntropy,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SquaredError, Self::AbsoluteError, Self::Hinge, Self::BinaryCrossEntropy];

    /// True if it reads probabilities; the others read logits.
    pub const fn is_of_probabilities(self) -> bool {
        matches!(self, Self::SquaredError | Self::AbsoluteError)
    }

    /// What class `i` adds to the sum of a row, in the precision of `x`.
    pub fn part<N: Real>(self, x: &[N], target: usize, i: usize) -> N {
        let [zero, one] = [0.0, 1.0].map(N::from);
        let wanted = if i == target { one } else { zero };
        match self {
            Self::SquaredError => (x[i] - wanted) * (x[i] - wanted),
            Self::AbsoluteError => (x[i] - wanted).magnitude(),
            Self::Hinge if i == target => zero,
            Self::Hinge => {
                let short = one - x[target] + x[i];
                if short < zero { zero } else { short }
            }
            // ln (1 + e^x) − t · x, by an exponential that cannot overflow.
            Self::BinaryCrossEntropy => {
                let above = if x[i] < zero { zero } else { x[i] };
                above + (one + (-x[i].magnitude()).exponential()).logarithm() - wanted * x[i]
            }
        }
    }

    /// The loss of a row, in the precision of `x`.
    ///
    /// ```
    /// use receptive_core::ops::Loss;
    ///
    /// assert_eq!(Loss::SquaredError.of_row(&[0.5, 0.5], 0), 0.25);
    /// assert_eq!(Loss::Hinge.of_row(&[2.0, 1.5, -3.0, 0.0], 0), 0.125); // one other class is nearer than 1
    /// ```
    pub fn of_row<N: Real>(self, x: &[N], target: usize) -> N {
        let sum = (0..x.len()).fold(N::from(0.0), |sum, i| sum + self.part(x, target, i));
        sum / N::from(x.len() as f32)
    }

    /// The slope of a row's **sum** over the classes (not its mean) with respect to `x[i]`: a whole number for those with
    /// kinks. At a kink, an absolute value's is 0 and a hinge's that of its flat side, as PyTorch has them.
    fn slope(self, x: &[f32], target: usize, i: usize) -> f32 {
        let wanted = if i == target { 1.0 } else { 0.0 };
        let is_short = |i: &usize| *i != target && 1.0 - x[target] + x[*i] > 0.0;
        match self {
            Self::SquaredError => 2.0 * (x[i] - wanted),
            Self::AbsoluteError if x[i] == wanted => 0.0,
            Self::AbsoluteError if x[i].is_nan() => x[i],
            Self::AbsoluteError => 1.0_f32.copysign(x[i] - wanted),
            Self::Hinge if i == target => -((0..x.len()).filter(is_short).count() as f32),
            Self::Hinge => f32::from(is_short(&i)),
            Self::BinaryCrossEntropy => super::Activation::Sigmoid.forward(x[i]) - wanted,
        }
    }

    /// The number of the piece of the definition that a row lies on. Between two of them a slope jumps.
    pub(crate) fn piece<N: Real>(self, x: &[N], target: usize) -> usize {
        let [zero, one] = [0.0, 1.0].map(N::from);
        let is_beyond = |i: usize| match self {
            Self::Hinge => i != target && one - x[target] + x[i] > zero,
            Self::AbsoluteError => x[i] > if i == target { one } else { zero },
            Self::SquaredError | Self::BinaryCrossEntropy => false,
        };
        (0..x.len()).fold(0, |piece, i| (piece.rotate_left(1)) ^ usize::from(is_beyond(i)))
    }
}

/// Each image's loss: `losses` (n) of the scores `x` (n, classes), which are probabilities or logits as the loss asks.
pub fn loss_forward(losses: &mut [f32], x: &[f32], targets: &[u8], n_classes: usize, loss: Loss) {
    debug_assert!(losses.len() == targets.len() && x.len() == targets.len() * n_classes);
    for ((to, x), &target) in losses.iter_mut().zip(x.chunks_exact(n_classes)).zip(targets) {
        *to = loss.of_row(x, target.into());
    }
}

/// The gradient of the batch's **mean** loss with respect to the scores, both (n, classes).
///
/// ```
/// use receptive_core::ops::{Loss, loss_backward};
///
/// let mut grad_x = [0.0; 4];
/// loss_backward(&mut grad_x, &[0.75, 0.25, 0.5, 0.5], &[0, 1], 2, Loss::SquaredError);
/// assert_eq!(grad_x, [-0.125, 0.125, 0.25, -0.25]);
/// ```
pub fn loss_backward(grad_x: &mut [f32], x: &[f32], targets: &[u8], n_classes: usize, loss: Loss) {
    debug_assert!(grad_x.len() == x.len() && x.len() == targets.len() * n_classes);
    let share = 1.0 / x.len() as f32;
    let rows = grad_x.chunks_exact_mut(n_classes).zip(x.chunks_exact(n_classes));
    for ((grad_x, x), &target) in rows.zip(targets) {
        for (i, grad_x) in grad_x.iter_mut().enumerate() {
            *grad_x = loss.slope(x, target.into(), i) * share;
        }
    }
}

/// Returns the terms of an image's loss: the scores of its row.
pub fn loss_terms<T: Copy>(image: usize, x: T, target: usize, n_classes: usize, loss: Loss) -> Terms<T> {
    Terms::new(Combine::Loss { loss, of: target }, super::softmax::row_terms(image, x, n_classes))
}

/// Returns the terms of a cell of `grad_x`, the gradient of the mean loss of `n` images. `value` gives the scores `x`.
pub fn loss_grad_x_terms<T: Copy>(
    index: usize,
    x: T,
    value: impl Fn(usize) -> f32,
    target: usize,
    [n, n_classes]: [usize; 2],
    loss: Loss,
) -> Terms<T> {
    let share = 1.0 / (n * n_classes) as f32;
    let (first, own) = (index / n_classes * n_classes, Cell { tensor: x, index });
    let wanted = index - first == target;
    let terms = match loss {
        // The scores themselves: twice the distance.
        Loss::SquaredError => {
            let wanted = wanted.then(|| Term::constant(-2.0 * share));
            [Term::scaled(2.0 * share, own)].into_iter().chain(wanted).collect()
        }
        Loss::AbsoluteError | Loss::BinaryCrossEntropy => {
            let row: Vec<_> = (first..first + n_classes).map(value).collect();
            vec![Term::constant(loss.slope(&row, target, index - first) * share).decided_by(own)]
        }
        // Which class is the true one, the readers of a score are not told: so each slope names all scores, those that have no
        // say in it with a share of 0.
        Loss::Hinge => {
            let row: Vec<_> = (first..first + n_classes).map(value).collect();
            let others = (0..n_classes).filter(|&class| class != target);
            let term = |class: usize| {
                let short = loss.slope(&row, target, class);
                let part = if wanted { -short } else { short * f32::from(first + class == index) };
                let by = Term::constant(part * share).decided_by(Cell { tensor: x, index: first + class });
                by.decided_by(Cell { tensor: x, index: first + target })
            };
            others.map(term).collect()
        }
    };
    Terms::new(Combine::Sum, terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_logits_overflow_nowhere() {
        let x = [100.0_f32, -100.0];
        assert_eq!(Loss::BinaryCrossEntropy.of_row(&x, 0), 0.0);
        assert_eq!(Loss::BinaryCrossEntropy.of_row(&x, 1), 100.0);
        assert_eq!(Loss::Hinge.of_row(&x, 1), 100.5);
    }

    #[test]
    fn at_a_kink_the_slope_is_that_of_the_flat_side() {
        let slopes = |loss: Loss, x: [f32; 2]| [0, 1].map(|i| loss.slope(&x, 0, i));
        assert_eq!(slopes(Loss::Hinge, [1.0, 0.0]), [0.0, 0.0]);
        assert_eq!(slopes(Loss::Hinge, [0.5, 0.0]), [-1.0, 1.0]);
        assert_eq!(slopes(Loss::AbsoluteError, [1.0, 0.0]), [0.0, 0.0]);
        assert_eq!(slopes(Loss::AbsoluteError, [0.75, 0.25]), [-1.0, 1.0]);
    }

    #[test]
    fn a_piece_ends_where_a_slope_jumps() {
        let piece = |x: [f32; 3]| Loss::Hinge.piece(&x, 0);
        assert_eq!(piece([3.0, 0.0, 1.0]), piece([3.0, 0.5, -4.0]));
        assert_ne!(piece([3.0, 0.0, 1.0]), piece([3.0, 2.5, 1.0]));
        assert_eq!(Loss::BinaryCrossEntropy.piece(&[3.0_f32, -1.0], 0), 0);
    }

    #[test]
    fn a_nan_is_seen() {
        for loss in Loss::ALL {
            let x = [0.25, f32::NAN, 0.5];
            assert!(loss.of_row(&x, 0).is_nan(), "{loss:?}");
            let mut grad_x = [0.0; 3];
            loss_backward(&mut grad_x, &x, &[1], 3, loss);
            assert!(loss == Loss::Hinge || grad_x[1].is_nan(), "{loss:?}: {grad_x:?}");
        }
    }
}
