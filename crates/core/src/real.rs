//! Real numbers in single and in double precision: what a definition is evaluated in.
//!
//! Engines compute in single precision. What checks them, or shows how true a prediction is, needs more digits by the same
//! definitions.

use core::fmt::Debug;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A number that the definitions of operations can be evaluated in.
pub trait Real:
    Copy
    + Debug
    + From<f32>
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The number without its sign.
    #[must_use]
    fn magnitude(self) -> Self;

    /// `√x`.
    #[must_use]
    fn square_root(self) -> Self;

    /// `e^x`.
    #[must_use]
    fn exponential(self) -> Self;

    /// `e^x − 1`, with all its digits where `x` is small.
    #[must_use]
    fn exponential_less_one(self) -> Self;

    /// The natural logarithm.
    #[must_use]
    fn logarithm(self) -> Self;

    /// The hyperbolic tangent.
    #[must_use]
    fn hyperbolic_tangent(self) -> Self;
}

/// Implements [`Real`] by functions of `libm`.
macro_rules! real {
    ($Real:ty, $sqrt:ident, $exp:ident, $expm1:ident, $log:ident, $tanh:ident) => {
        impl Real for $Real {
            fn magnitude(self) -> Self {
                self.abs()
            }

            fn square_root(self) -> Self {
                libm::$sqrt(self)
            }

            fn exponential(self) -> Self {
                libm::$exp(self)
            }

            fn exponential_less_one(self) -> Self {
                libm::$expm1(self)
            }

            fn logarithm(self) -> Self {
                libm::$log(self)
            }

            fn hyperbolic_tangent(self) -> Self {
                libm::$tanh(self)
            }
        }
    };
}

real!(f32, sqrtf, expf, expm1f, logf, tanhf);
real!(f64, sqrt, exp, expm1, log, tanh);
