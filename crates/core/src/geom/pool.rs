//! The parameters of a pooling, and the shapes that follow from them.

use super::{Axis, Extent, GeomError, Shape4, at_least_one, indexable, positions_2d};
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// The parameters of a pooling, as [rows, columns].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PoolParams {
    /// Window size.
    pub window: [usize; 2],
    /// Steps of the window, at least 1.
    pub stride: [usize; 2],
    /// Cells added on both sides, at most half the window. Max pooling never picks them; average pooling counts them as zeros.
    pub padding: [usize; 2],
    /// True if a last window that hangs over the edge is kept instead of dropped.
    pub ceil: bool,
}

impl PoolParams {
    /// A square window that steps by its own size: 2 halves each axis.
    pub const fn square(window: usize) -> Self {
        Self { window: [window, window], stride: [window, window], padding: [0, 0], ceil: false }
    }
}

/// A pooling whose shapes fit together.
///
/// Output rows: `⌊(h + 2·padding − window) / stride⌋ + 1`, or with `ceil` `⌈…⌉ + 1`, less a last window
/// that would start in the padding beyond the input (PyTorch's rule).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PoolGeom {
    x: Shape4,
    y: Shape4,
    params: PoolParams,
}

impl PoolGeom {
    /// Fits a pooling to an input `x`, (n, c, h, w).
    ///
    /// # Errors
    /// When a size is zero, the window is larger than the padded input, the padding exceeds half the window,
    /// or the window or the result is too large to index.
    pub fn new(x: Shape4, params: PoolParams) -> Result<Self, GeomError> {
        at_least_one(&[
            (x.n, Extent::Images),
            (x.c, Extent::Channels),
            (x.h, Extent::InputHeight),
            (x.w, Extent::InputWidth),
            (params.window[0], Extent::WindowHeight),
            (params.window[1], Extent::WindowWidth),
            (params.stride[0], Extent::Stride),
            (params.stride[1], Extent::Stride),
        ])?;
        if let Some(i) = (0..2).find(|&i| params.padding[i] > params.window[i] / 2) {
            return Err(GeomError::PoolPadding { padding: params.padding[i], window: params.window[i] });
        }
        let axis = |input, i: usize| Axis {
            input,
            window: params.window[i],
            stride: params.stride[i],
            padding: params.padding[i],
            dilation: 1,
        };
        let (rows, columns) = (axis(x.h, 0), axis(x.w, 1));
        let (mut p, mut q) = positions_2d(rows, columns)?;
        // A window of mere padding could be so large that its cells cannot be counted.
        indexable(Shape4::new(1, 1, params.window[0], params.window[1]))?;
        if params.ceil {
            p = ceil_positions(rows, p);
            q = ceil_positions(columns, q);
        }
        indexable(x)?;
        let y = indexable(Shape4::new(x.n, x.c, p, q))?;
        Ok(Self { x, y, params })
    }

    /// Input shape, (n, c, h, w).
    pub const fn x(&self) -> Shape4 {
        self.x
    }

    /// Output shape, (n, c, p, q).
    pub const fn y(&self) -> Shape4 {
        self.y
    }

    /// Window, stride, padding and rounding.
    pub const fn params(&self) -> PoolParams {
        self.params
    }

    /// The input rows `start..end` that output row `p` reads; padding is cut off.
    pub fn rows(&self, p: usize) -> Range<usize> {
        span(p, self.params.window[0], self.params.stride[0], self.params.padding[0], self.x.h)
    }

    /// The input columns `start..end` that output column `q` reads; padding is cut off.
    pub fn columns(&self, q: usize) -> Range<usize> {
        span(q, self.params.window[1], self.params.stride[1], self.params.padding[1], self.x.w)
    }

    /// Returns the divisor of an average at output (p, q): the number of the window's cells inside the padded input
    /// (PyTorch's `count_include_pad`). Cells that `ceil` hangs over the padded edge do not count.
    pub fn divisor(&self, p: usize, q: usize) -> usize {
        let cells = |out: usize, i: usize, input: usize| {
            let start = out * self.params.stride[i];
            (start + self.params.window[i]).min(input + 2 * self.params.padding[i]) - start
        };
        cells(p, 0, self.x.h) * cells(q, 1, self.x.w)
    }
}

fn ceil_positions(axis: Axis, floor: usize) -> usize {
    // One more window if cells are left over and it would start inside the input or its leading padding.
    let covered = (floor - 1) * axis.stride + axis.window;
    let next_start = floor.saturating_mul(axis.stride);
    let left_over = covered < axis.input + 2 * axis.padding;
    floor + usize::from(left_over && next_start < axis.input + axis.padding)
}

fn span(out: usize, window: usize, stride: usize, padding: usize, input: usize) -> Range<usize> {
    let start = out * stride;
    start.saturating_sub(padding)..(start + window).saturating_sub(padding).min(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceil_keeps_a_window_that_hangs_over() {
        let x = Shape4::new(1, 1, 7, 7);
        let params = PoolParams::square(2);
        assert_eq!(PoolGeom::new(x, params).unwrap().y().h, 3);
        let geom = PoolGeom::new(x, PoolParams { ceil: true, ..params }).unwrap();
        assert_eq!(geom.y().h, 4);
        assert_eq!(geom.rows(3), 6..7);
        assert_eq!(geom.divisor(3, 0), 2);
    }

    #[test]
    fn pool_padding_is_cut_from_the_span_and_counted_in_the_divisor() {
        let params = PoolParams { window: [3, 3], stride: [2, 2], padding: [1, 1], ceil: false };
        let geom = PoolGeom::new(Shape4::new(1, 1, 7, 9), params).unwrap();
        assert_eq!((geom.y().h, geom.y().w), (4, 5));
        assert_eq!((geom.rows(0), geom.columns(4)), (0..2, 7..9));
        assert_eq!(geom.divisor(0, 0), 9);
        assert!(PoolGeom::new(Shape4::new(1, 1, 7, 9), PoolParams { padding: [2, 2], ..params }).is_err());
    }
}
