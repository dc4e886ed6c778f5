//! Formulas over whole numbers with the numbers filled in, as terms: who writes them decides on signs and brackets.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A formula with its numbers filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// The length of an axis, a window or a step, or a number of maps or units.
    Size(usize),
    /// A number of values or of operations.
    Count(u64),
    /// The sum of these, where [`Expr::Minus`] is taken away.
    Sum(Vec<Expr>),
    /// It is taken away from what stands before it.
    Minus(Box<Expr>),
    /// The product of these.
    Product(Vec<Expr>),
    /// The first divided by the second, as a whole number.
    Quotient {
        /// The dividend and the divisor.
        of: Box<[Expr; 2]>,
        /// True if it is rounded up.
        up: bool,
    },
}

impl Expr {
    /// The sum of these.
    pub fn sum<const N: usize>(parts: [Self; N]) -> Self {
        Self::Sum(parts.into())
    }

    /// The product of these.
    pub fn product<const N: usize>(factors: [Self; N]) -> Self {
        Self::Product(factors.into())
    }

    /// The product of sizes.
    pub fn sizes<const N: usize>(sizes: [usize; N]) -> Self {
        Self::product(sizes.map(Self::Size))
    }

    pub(crate) fn minus(self) -> Self {
        Self::Minus(Box::new(self))
    }

    /// Returns the number that it comes to, as far as it can be held.
    pub fn value(&self) -> u64 {
        match self {
            Self::Size(size) => *size as u64,
            Self::Count(count) => *count,
            Self::Sum(parts) => parts.iter().fold(0, |sum: u64, part| match part {
                Self::Minus(less) => sum.saturating_sub(less.value()),
                more => sum.saturating_add(more.value()),
            }),
            Self::Minus(less) => less.value(),
            Self::Product(factors) => {
                factors.iter().fold(1, |product: u64, factor| product.saturating_mul(factor.value()))
            }
            Self::Quotient { of, up } => {
                let (above, below) = (of[0].value(), of[1].value().max(1));
                if *up { above.div_ceil(below) } else { above / below }
            }
        }
    }
}

/// ⌊(n + 2p − reach) / s⌋ + 1, a window's positions along one axis; rounded up where `ceil` keeps a last window over the
/// edge. A dilated window is written as its reach (Dumoulin & Visin 2016, eq. 6 and 15).
pub(crate) struct Sliding {
    pub(crate) input: usize,
    pub(crate) padding: usize,
    pub(crate) window: usize,
    pub(crate) dilation: usize,
    pub(crate) stride: usize,
    pub(crate) ceil: bool,
    pub(crate) output: usize,
}

impl From<Sliding> for Expr {
    fn from(Sliding { input, padding, window, dilation, stride, ceil, output }: Sliding) -> Self {
        let size = Self::Size;
        let reach = match dilation {
            1 => size(window),
            _ => Self::sum([Self::product([size(dilation), Self::sum([size(window), size(1).minus()])]), size(1)]),
        };
        let room = Self::sum([size(input), Self::sizes([2, padding]), reach.minus()]);
        let mut positions = Vec::from([Self::Quotient { of: Box::new([room, size(stride)]), up: ceil }, size(1)]);
        // A last window that would start beyond the input is left out again.
        if Self::Sum(positions.clone()).value() > output as u64 {
            positions.push(size(1).minus());
        }
        Self::Sum(positions)
    }
}
