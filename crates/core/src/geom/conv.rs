//! The parameters of a convolution, and the shapes that follow from them.

use super::{Axis, Extent, GeomError, Shape4, at_least_one, indexable, positions_2d};
use serde::{Deserialize, Serialize};

/// The parameters of a convolution, as [rows, columns] where an axis matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConvParams {
    /// Steps of the window, at least 1.
    pub stride: [usize; 2],
    /// Zeros added on **both** sides of the axis.
    pub padding: [usize; 2],
    /// Distance between neighbouring cells that the kernel reads, at least 1.
    pub dilation: [usize; 2],
    /// Independent parts that channels and kernels are split into.
    pub groups: usize,
}

impl Default for ConvParams {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl ConvParams {
    /// The same stride on both axes.
    #[must_use]
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride: [stride, stride], ..self }
    }

    /// The same padding on all four sides.
    #[must_use]
    pub const fn padding(self, padding: usize) -> Self {
        Self { padding: [padding, padding], ..self }
    }

    /// The same dilation on both axes.
    #[must_use]
    pub const fn dilation(self, dilation: usize) -> Self {
        Self { dilation: [dilation, dilation], ..self }
    }

    /// Splits channels and kernels into `groups` independent parts.
    #[must_use]
    pub const fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }
}

/// A convolution whose shapes fit together.
///
/// Output rows: `p = ⌊(h + 2·padding − dilation·(r − 1) − 1) / stride⌋ + 1`; columns likewise.
/// A stride that does not divide is legal: the rows and columns past the last window are never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvGeom {
    x: Shape4,
    w: Shape4,
    y: Shape4,
    params: ConvParams,
}

impl ConvGeom {
    /// Fits kernels `w`, (k, c / groups, r, s), to an input `x`, (n, c, h, w).
    ///
    /// # Errors
    /// When a size is zero, the kernel is larger than the padded input, channels do not agree,
    /// groups do not divide, or the result is too large to index.
    pub fn new(x: Shape4, w: Shape4, params: ConvParams) -> Result<Self, GeomError> {
        at_least_one(&[
            (x.n, Extent::Images),
            (x.c, Extent::Channels),
            (x.h, Extent::InputHeight),
            (x.w, Extent::InputWidth),
            (w.n, Extent::Kernels),
            (w.c, Extent::KernelChannels),
            (w.h, Extent::KernelHeight),
            (w.w, Extent::KernelWidth),
            (params.stride[0], Extent::Stride),
            (params.stride[1], Extent::Stride),
            (params.dilation[0], Extent::Dilation),
            (params.dilation[1], Extent::Dilation),
            (params.groups, Extent::Groups),
        ])?;
        if !x.c.is_multiple_of(params.groups) || !w.n.is_multiple_of(params.groups) {
            return Err(GeomError::Groups { channels: x.c, kernels: w.n, groups: params.groups });
        }
        if x.c / params.groups != w.c {
            return Err(GeomError::Channels { input: x.c / params.groups, kernel: w.c });
        }
        let axis = |input, window, i: usize| Axis {
            input,
            window,
            stride: params.stride[i],
            padding: params.padding[i],
            dilation: params.dilation[i],
        };
        let (p, q) = positions_2d(axis(x.h, w.h, 0), axis(x.w, w.w, 1))?;
        let y = Shape4::new(x.n, w.n, p, q);
        indexable(x)?;
        indexable(w)?;
        indexable(y)?;
        indexable(Shape4::new(1, w.c * w.h, w.w, p * q))?;
        // A place in the padding must have a number too, though a large stride may leave it unread.
        let padded = [x.h, x.w].into_iter().zip(params.padding);
        for axis in padded.map(|(input, padding)| padding.saturating_mul(2).saturating_add(input)) {
            indexable(Shape4::new(1, 1, 1, axis))?;
        }
        Ok(Self { x, w, y, params })
    }

    /// Input shape, (n, c, h, w).
    pub const fn x(&self) -> Shape4 {
        self.x
    }

    /// Kernel shape, (k, c / groups, r, s).
    pub const fn w(&self) -> Shape4 {
        self.w
    }

    /// Output shape, (n, k, p, q).
    pub const fn y(&self) -> Shape4 {
        self.y
    }

    /// Stride, padding, dilation and groups.
    pub const fn params(&self) -> ConvParams {
        self.params
    }

    /// The input row that kernel row `r` meets at output row `p`, or nothing in the padding.
    pub const fn input_row(&self, p: usize, r: usize) -> Option<usize> {
        met(p, r, self.params.stride[0], self.params.dilation[0], self.params.padding[0], self.x.h)
    }

    /// The input column that kernel column `s` meets at output column `q`, or nothing in the padding.
    pub const fn input_column(&self, q: usize, s: usize) -> Option<usize> {
        met(q, s, self.params.stride[1], self.params.dilation[1], self.params.padding[1], self.x.w)
    }

    /// Weights and biases together: `k · (c / groups · r · s) + k`.
    pub const fn n_params(&self) -> usize {
        self.w.len() + self.w.n
    }

    /// Multiply-adds of the forward pass, padding counted: `n · k · p · q · (c / groups · r · s)`.
    pub const fn n_macs(&self) -> u64 {
        self.y.len() as u64 * self.w.image_len() as u64
    }
}

const fn met(out: usize, tap: usize, stride: usize, dilation: usize, padding: usize, input: usize) -> Option<usize> {
    match (out * stride + tap * dilation).checked_sub(padding) {
        Some(at) if at < input => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conv(h: usize, r: usize, params: ConvParams) -> Result<usize, GeomError> {
        ConvGeom::new(Shape4::new(1, 1, h, h), Shape4::new(1, 1, r, r), params).map(|geom| geom.y().h)
    }

    #[test]
    fn a_stride_that_does_not_divide_floors() {
        assert_eq!(conv(7, 3, ConvParams::default().stride(3)), Ok(2));
        assert_eq!(conv(7, 3, ConvParams::default().stride(3).padding(1)), Ok(3));
    }

    #[test]
    fn dilation_widens_the_window() {
        assert_eq!(conv(9, 3, ConvParams::default().dilation(2)), Ok(5));
        assert_eq!(conv(9, 3, ConvParams::default().dilation(2).padding(2)), Ok(9));
    }

    #[test]
    fn a_kernel_that_does_not_fit_says_which_padding_would() {
        let error = conv(2, 5, ConvParams::default()).unwrap_err();
        let want =
            GeomError::KernelLargerThanInput { kernel: [5, 5], input: [2, 2], padding: [0, 0], padding_needed: 2 };
        assert_eq!(error, want);
        assert_eq!(conv(2, 5, ConvParams::default().padding(2)), Ok(2));
        assert!(conv(2, 5, ConvParams::default().padding(1)).is_err());
    }

    #[test]
    fn hostile_sizes_are_refused_without_overflow() {
        let huge = usize::MAX;
        for params in [
            ConvParams::default().padding(huge),
            ConvParams::default().dilation(huge),
            ConvParams::default().padding(huge / 4),
            ConvParams::default().stride(0),
            ConvParams::default().groups(0),
        ] {
            assert!(conv(5, 3, params).is_err(), "{params:?}");
        }
        for padding in [huge / 2 - 5, huge / 4] {
            assert!(conv(5, 3, ConvParams::default().padding(padding).stride(huge)).is_err(), "one window, unnumbered");
        }
        assert!(ConvGeom::new(Shape4::new(huge, 1, 5, 5), Shape4::new(1, 1, 3, 3), ConvParams::default()).is_err());
        assert!(ConvGeom::new(Shape4::new(1, 1, 5, 5), Shape4::new(huge, 1, 3, 3), ConvParams::default()).is_err());
    }

    #[test]
    fn groups_must_divide_channels_and_kernels() {
        let x = Shape4::new(1, 4, 5, 5);
        assert!(ConvGeom::new(x, Shape4::new(6, 2, 3, 3), ConvParams::default().groups(2)).is_ok());
        assert!(matches!(
            ConvGeom::new(x, Shape4::new(6, 1, 3, 3), ConvParams::default().groups(4)),
            Err(GeomError::Groups { .. })
        ));
        assert!(matches!(
            ConvGeom::new(x, Shape4::new(6, 4, 3, 3), ConvParams::default().groups(2)),
            Err(GeomError::Channels { input: 2, kernel: 4 })
        ));
    }
}
