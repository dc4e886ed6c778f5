//! Activation functions: what a neuron makes of its sum, and how steep that is.

use crate::Real;
use crate::terms::{Cell, Combine, Term, Terms};
use alloc::vec;
use serde::{Deserialize, Serialize};

/// A function of one value, with the constants that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Activation {
    /// `max(x, 0)`: the rectifier (Nair & Hinton 2010), the same as [`relu_forward`](super::relu_forward).
    Relu,
    /// `1 / (1 + e^−x)`: the logistic function, between 0 and 1 (as in Rumelhart, Hinton & Williams 1986).
    Sigmoid,
    /// `(e^x − e^−x) / (e^x + e^−x)`: between −1 and 1 (for networks: LeCun et al. 1998, *Efficient BackProp*).
    Tanh,
    /// `x` above zero, `slope · x` below (Maas, Hannun & Ng 2013, who take 0.01).
    LeakyRelu {
        /// The slope below zero.
        slope: f32,
    },
    /// `x` above zero, `alpha · (e^x − 1)` below (Clevert, Unterthiner & Hochreiter 2015).
    Elu {
        /// The value that it sinks towards is `−alpha`.
        alpha: f32,
    },
    /// The larger of two lines `w · x + b` (Goodfellow et al. 2013, with two pieces).
    Maxout {
        /// The lines, each as [w, b].
        lines: [[f32; 2]; 2],
    },
    /// `e^−(epsilon · (x − centre))²`: a Gaussian bump (Broomhead & Lowe 1988).
    Rbf {
        /// The input at which it is 1.
        centre: f32,
        /// Its narrowness: the larger, the narrower.
        epsilon: f32,
    },
}

impl Activation {
    /// The function's value, in the precision of `x`. NaN stays NaN.
    ///
    /// ```
    /// use receptive_core::ops::Activation;
    ///
    /// assert_eq!(Activation::Sigmoid.forward(0.0), 0.5);
    /// assert_eq!(Activation::LeakyRelu { slope: 0.125 }.forward(-8.0), -1.0);
    /// ```
    pub fn forward<N: Real>(self, x: N) -> N {
        let [zero, one] = [0.0, 1.0].map(N::from);
        match self {
            Self::Relu if x < zero => zero,
            Self::Relu => x,
            Self::Sigmoid => {
                // The exponential of a number below zero cannot overflow.
                let e = (-x.magnitude()).exponential();
                if x < zero { e / (one + e) } else { one / (one + e) }
            }
            Self::Tanh => x.hyperbolic_tangent(),
            Self::LeakyRelu { slope } => x * if x > zero { one } else { N::from(slope) },
            Self::Elu { .. } if x > zero => x,
            Self::Elu { alpha } => N::from(alpha) * x.exponential_less_one(),
            Self::Maxout { lines } => {
                let [w, b] = lines[Self::upper_line(lines, x)].map(N::from);
                w * x + b
            }
            Self::Rbf { centre, epsilon } => {
                let distance = N::from(epsilon) * (x - N::from(centre));
                (-distance * distance).exponential()
            }
        }
    }

    /// The number of the piece of the function that `x` is on. Between two pieces the slope jumps; what has no such kink is
    /// one piece.
    ///
    /// ```
    /// use receptive_core::ops::Activation;
    ///
    /// let [relu, elu] = [Activation::Relu, Activation::Elu { alpha: 1.0 }];
    /// assert_eq!([-0.5, 0.0, 0.5].map(|x| relu.piece(x)), [0, 0, 1]);
    /// assert_eq!([-0.5, 0.0, 0.5].map(|x| elu.piece(x)), [0, 0, 0]);
    /// ```
    pub fn piece<N: Real>(self, x: N) -> usize {
        let slope_on_the_left = match self {
            Self::Relu => 0.0,
            Self::LeakyRelu { slope } => slope,
            Self::Elu { alpha } => alpha,
            Self::Maxout { lines } => return Self::upper_line(lines, x),
            Self::Sigmoid | Self::Tanh | Self::Rbf { .. } => return 0,
        };
        usize::from(slope_on_the_left != 1.0 && x > N::from(0.0))
    }

    /// The function's slope. At a kink it is that of the left side: zero for the rectifier, as everywhere here.
    ///
    /// ```
    /// use receptive_core::ops::Activation;
    ///
    /// assert_eq!(Activation::Sigmoid.derivative(0.0), 0.25);
    /// assert_eq!(Activation::Relu.derivative(0.0), 0.0);
    /// ```
    pub fn derivative(self, x: f32) -> f32 {
        match self {
            Self::Relu => f32::from(x > 0.0),
            // σ · (1 − σ), without the difference that loses all digits where σ is nearly 1.
            Self::Sigmoid => {
                let e = libm::expf(-x.abs());
                e / ((1.0 + e) * (1.0 + e))
            }
            // 1 − tanh², likewise.
            Self::Tanh => {
                let e = libm::expf(-2.0 * x.abs());
                4.0 * e / ((1.0 + e) * (1.0 + e))
            }
            Self::LeakyRelu { slope } => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Elu { .. } if x > 0.0 => 1.0,
            Self::Elu { alpha } => alpha * libm::expf(x),
            Self::Maxout { lines } => lines[Self::upper_line(lines, x)][0],
            Self::Rbf { centre, epsilon } => -2.0 * epsilon * epsilon * (x - centre) * self.forward(x),
        }
    }

    /// The number of the line that is on top at `x`. Where they meet it is the one that comes from the left.
    fn upper_line<N: Real>(lines: [[f32; 2]; 2], x: N) -> usize {
        let [first, second] = lines.map(|[w, b]| N::from(w) * x + N::from(b));
        usize::from(second > first || (second == first && lines[1][0] < lines[0][0]))
    }
}

/// Returns the term of a value of `y`: the value of `x` in the same place.
pub fn activation_terms<T: Copy>(index: usize, x: T, f: Activation) -> Terms<T> {
    Terms::function(f, Cell { tensor: x, index })
}

/// Returns the term of a value of `grad_x`: the upstream gradient times the slope at `value`, the value of `x` in the same
/// place.
pub fn activation_grad_x_terms<T: Copy>(index: usize, [grad_y, x]: [T; 2], value: f32, f: Activation) -> Terms<T> {
    let cell = |tensor| Cell { tensor, index };
    Terms::new(Combine::Sum, vec![Term::scaled(f.derivative(value), cell(grad_y)).decided_by(cell(x))])
}

/// `y = f(x)`, value by value.
pub fn activation_forward(y: &mut [f32], x: &[f32], f: Activation) {
    debug_assert_eq!(y.len(), x.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y = f.forward(x);
    }
}

/// `grad_x = grad_y · f′(x)`, value by value.
///
/// ```
/// use receptive_core::ops::{Activation, activation_backward};
///
/// let mut grad_x = [0.0; 2];
/// activation_backward(&mut grad_x, &[8.0, 8.0], &[-3.0, 3.0], Activation::LeakyRelu { slope: 0.25 });
/// assert_eq!(grad_x, [2.0, 8.0]);
/// ```
pub fn activation_backward(grad_x: &mut [f32], grad_y: &[f32], x: &[f32], f: Activation) {
    debug_assert!(grad_x.len() == x.len() && grad_y.len() == x.len());
    for ((grad_x, &grad_y), &x) in grad_x.iter_mut().zip(grad_y).zip(x) {
        *grad_x = grad_y * f.derivative(x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{relu_backward, relu_forward};

    const ALL: [Activation; 8] = [
        Activation::Relu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Elu { alpha: 1.5 },
        Activation::Maxout { lines: [[-0.5, 0.5], [1.0, -1.0]] },
        Activation::Rbf { centre: 0.0, epsilon: 1.0 },
        Activation::Rbf { centre: -1.5, epsilon: 0.7 },
    ];

    /// The definitions as the papers print them, in double precision.
    fn printed(f: Activation, x: f64) -> f64 {
        let e = libm::exp;
        match f {
            Activation::Relu => x.max(0.0),
            Activation::Sigmoid => 1.0 / (1.0 + e(-x)),
            Activation::Tanh => (e(x) - e(-x)) / (e(x) + e(-x)),
            Activation::LeakyRelu { slope } => x.max(f64::from(slope) * x),
            Activation::Elu { alpha } => x.max(0.0) + f64::from(alpha) * (e(x.min(0.0)) - 1.0),
            Activation::Maxout { lines } => {
                let [first, second] = lines.map(|[w, b]| f64::from(w) * x + f64::from(b));
                first.max(second)
            }
            Activation::Rbf { centre, epsilon } => {
                let distance = f64::from(epsilon) * (x - f64::from(centre)).abs();
                e(-(distance * distance))
            }
        }
    }

    #[test]
    fn values_and_slopes_are_those_of_the_printed_definitions() {
        const STEP: f64 = 1e-5;
        for f in ALL {
            for i in -60..=60 {
                let x = i as f32 / 10.0 + 0.037;
                let (value, slope) = (f64::from(f.forward(x)), f64::from(f.derivative(x)));
                let x = f64::from(x);
                let difference = (printed(f, x + STEP) - printed(f, x - STEP)) / (2.0 * STEP);
                assert!((value - printed(f, x)).abs() <= 1e-6, "{f:?} at {x}: {value}");
                assert!((slope - difference).abs() <= 1e-6, "{f:?} at {x}: {slope}, by differences {difference}");
            }
        }
    }

    #[test]
    fn in_double_precision_values_have_all_their_digits() {
        for f in ALL {
            for i in -60..=60 {
                let x = f64::from(i) / 10.0 + 0.037;
                assert!((f.forward(x) - printed(f, x)).abs() <= 1e-14, "{f:?} at {x}: {}", f.forward(x));
            }
        }
    }

    #[test]
    fn a_piece_ends_where_the_slope_jumps_and_nowhere_else() {
        for f in ALL {
            for i in -60..60 {
                let (left, right) = (i as f32 / 10.0 + 0.037, (i + 1) as f32 / 10.0 + 0.037);
                // No slope of these functions changes by so much over such a distance, unless it jumps.
                let jumps = (f.derivative(right) - f.derivative(left)).abs() > 0.2;
                assert_eq!(f.piece(left) != f.piece(right), jumps, "{f:?} from {left} to {right}");
            }
        }
    }

    #[test]
    fn known_values() {
        let elu = Activation::Elu { alpha: 1.0 };
        let rbf = Activation::Rbf { centre: 2.0, epsilon: 0.5 };
        for (f, x, value) in [
            (Activation::Sigmoid, 2.0_f32, 0.880_797),
            (Activation::Sigmoid, -2.0, 0.119_203),
            (Activation::Tanh, 1.0, 0.761_594),
            (Activation::LeakyRelu { slope: 0.01 }, -3.0, -0.03),
            (elu, -1.0, -0.632_121),
            (elu, 3.0, 3.0),
            (Activation::Maxout { lines: [[1.0, 0.0], [0.0, 0.0]] }, -4.0, 0.0),
            (rbf, 4.0, 0.367_879),
            (rbf, 2.0, 1.0),
        ] {
            assert!((f.forward(x) - value).abs() < 1e-6, "{f:?} at {x}: {}", f.forward(x));
        }
    }

    #[test]
    fn far_out_nothing_overflows_and_nan_is_not_hidden() {
        for f in [Activation::Sigmoid, Activation::Tanh, Activation::Rbf { centre: 0.0, epsilon: 1.0 }] {
            for x in [-1e30_f32, -100.0, 100.0, 1e30] {
                assert!(f.forward(x).abs() <= 1.0 && f.derivative(x).abs() < 1e-30, "{f:?} at {x}");
            }
        }
        // Where 1 − σ is 0 in single precision, the slope still has its digits.
        assert!((Activation::Sigmoid.derivative(20.0) / 2.061_153_6e-9 - 1.0).abs() < 1e-5);
        for f in ALL {
            assert!(f.forward(f32::NAN).is_nan(), "{f:?}");
        }
    }

    #[test]
    fn at_a_kink_the_slope_is_that_of_the_left_side() {
        for f in [Activation::Relu, ALL[3], ALL[5]] {
            let kink = if f == ALL[5] { 1.0 } else { 0.0 };
            assert_eq!(f.derivative(kink), f.derivative(kink - 0.5), "{f:?}");
            assert_ne!(f.derivative(kink), f.derivative(kink + 0.5), "{f:?}");
        }
    }

    #[test]
    fn the_rectifier_is_the_same_twice() {
        let x = [-1.5, -0.0, 0.0, f32::MIN_POSITIVE, 2.0, f32::INFINITY];
        let (mut one, mut other) = ([9.0; 6], [8.0; 6]);
        relu_forward(&mut one, &x);
        activation_forward(&mut other, &x, Activation::Relu);
        assert_eq!(one, other);
        relu_backward(&mut one, &[7.0; 6], &x);
        activation_backward(&mut other, &[7.0; 6], &x, Activation::Relu);
        assert_eq!(one, other);
    }
}
