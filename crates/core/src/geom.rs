//! Every size formula, once.
//!
//! A geometry is checked when it is made; an operation that takes one cannot fail.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A batch of feature maps, (n, c, h, w), or a set of kernels, (k, c / groups, r, s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape4 {
    /// Images in the batch, or kernels.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
}

impl Shape4 {
    /// The shape (n, c, h, w).
    pub const fn new(n: usize, c: usize, h: usize, w: usize) -> Self {
        Self { n, c, h, w }
    }

    /// Values in a tensor of this shape.
    pub const fn len(&self) -> usize {
        self.n * self.c * self.h * self.w
    }

    /// Whether a tensor of this shape has no values.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values in one image of the batch.
    pub const fn image_len(&self) -> usize {
        self.c * self.h * self.w
    }

    /// Where the value at (n, c, row, column) lies, row-major.
    pub const fn index(&self, n: usize, c: usize, row: usize, column: usize) -> usize {
        ((n * self.c + c) * self.h + row) * self.w + column
    }
}

impl fmt::Display for Shape4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}×{}", self.n, self.c, self.h, self.w)
    }
}

/// What a convolution is asked to do, as [rows, columns] where an axis matters.
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

    /// Split channels and kernels into `groups` independent parts.
    #[must_use]
    pub const fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }
}

/// Why a window does not fit, and what would make it fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeomError {
    /// An axis, a kernel or a count is zero.
    Empty {
        /// What is zero, in plain words.
        what: &'static str,
    },
    /// The window covers more than the padded input.
    KernelLargerThanInput {
        /// Window size, [rows, columns], dilation not counted.
        kernel: [usize; 2],
        /// Input size, [rows, columns], padding not counted.
        input: [usize; 2],
        /// Padding on each side.
        padding: [usize; 2],
        /// The smallest equal padding with which the window would fit.
        padding_needed: usize,
    },
    /// Channels or kernels cannot be split into this many groups.
    Groups {
        /// Input channels.
        channels: usize,
        /// Kernels.
        kernels: usize,
        /// Groups asked for.
        groups: usize,
    },
    /// The kernels read another number of channels than the input has.
    Channels {
        /// Channels of the input divided by groups.
        input: usize,
        /// Channels that each kernel reads.
        kernel: usize,
    },
    /// A pooling window could lie wholly in the padding.
    PoolPadding {
        /// Padding asked for.
        padding: usize,
        /// Window size on that axis.
        window: usize,
    },
    /// The result would have more values than a 32-bit index can name.
    TooLarge,
}

impl fmt::Display for GeomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty { what } => write!(f, "{what} must be at least 1"),
            Self::KernelLargerThanInput { kernel: [r, s], input: [h, w], padding: [ph, pw], padding_needed } => {
                let padding = if ph == pw { Plain::One(ph) } else { Plain::Two(ph, pw) };
                write!(
                    f,
                    "a {r}×{s} kernel does not fit a {h}×{w} input with padding {padding}; padding {padding_needed} would"
                )
            }
            Self::Groups { channels, kernels, groups } => write!(
                f,
                "{channels} channels and {kernels} kernels cannot both be split into {groups} groups; \
                 choose a number that divides both"
            ),
            Self::Channels { input, kernel } => {
                write!(f, "each kernel reads {kernel} channels, but the input has {input}; the two must be equal")
            }
            Self::PoolPadding { padding, window } => write!(
                f,
                "padding {padding} is more than half of a window of {window}: such a window could see no input at all; \
                 padding {} is the most",
                window / 2
            ),
            Self::TooLarge => {
                f.write_str("the result would be too large to hold; use a smaller input, batch or kernel count")
            }
        }
    }
}

impl core::error::Error for GeomError {}

/// A number, or two where the axes differ.
enum Plain {
    One(usize),
    Two(usize, usize),
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(a) => write!(f, "{a}"),
            Self::Two(a, b) => write!(f, "{a} by {b}"),
        }
    }
}

/// One axis of a sliding window.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    window: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
}

impl Axis {
    /// Cells from the first to the last that the window reads: `dilation · (window − 1) + 1`.
    const fn extent(&self) -> Option<usize> {
        match (self.window - 1).checked_mul(self.dilation) {
            Some(reach) => reach.checked_add(1),
            None => None,
        }
    }

    /// Positions of the window: `⌊(input + 2·padding − extent) / stride⌋ + 1`
    /// (Dumoulin & Visin 2016, relationship 6; dilated, relationship 14), or nothing when it does not fit.
    fn positions(&self) -> Option<usize> {
        let padded = self.input.checked_add(self.padding.checked_mul(2)?)?;
        Some(padded.checked_sub(self.extent()?)? / self.stride + 1)
    }

    /// The smallest padding with which the window fits.
    const fn padding_needed(&self) -> usize {
        match self.extent() {
            Some(extent) => extent.saturating_sub(self.input).div_ceil(2),
            None => usize::MAX,
        }
    }
}

fn positions_2d(rows: Axis, columns: Axis) -> Result<(usize, usize), GeomError> {
    match (rows.positions(), columns.positions()) {
        (Some(p), Some(q)) => Ok((p, q)),
        _ => Err(GeomError::KernelLargerThanInput {
            kernel: [rows.window, columns.window],
            input: [rows.input, columns.input],
            padding: [rows.padding, columns.padding],
            padding_needed: rows.padding_needed().max(columns.padding_needed()),
        }),
    }
}

fn at_least_one(values: &[(usize, &'static str)]) -> Result<(), GeomError> {
    match values.iter().find(|(value, _)| *value == 0) {
        Some(&(_, what)) => Err(GeomError::Empty { what }),
        None => Ok(()),
    }
}

/// Refuses shapes whose values a 32-bit index, which the GPU and wasm use, could not name.
fn indexable(shape: Shape4) -> Result<Shape4, GeomError> {
    [shape.n, shape.c, shape.h, shape.w]
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
        .filter(|&len| len <= u32::MAX as usize / 4)
        .map(|_| shape)
        .ok_or(GeomError::TooLarge)
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
            (x.n, "the number of images"),
            (x.c, "the number of channels"),
            (x.h, "the input's height"),
            (x.w, "the input's width"),
            (w.n, "the number of kernels"),
            (w.c, "the number of channels each kernel reads"),
            (w.h, "the kernel's height"),
            (w.w, "the kernel's width"),
            (params.stride[0], "the stride"),
            (params.stride[1], "the stride"),
            (params.dilation[0], "the dilation"),
            (params.dilation[1], "the dilation"),
            (params.groups, "the number of groups"),
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

/// What a pooling is asked to do, as [rows, columns].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PoolParams {
    /// Window size.
    pub window: [usize; 2],
    /// Steps of the window, at least 1.
    pub stride: [usize; 2],
    /// Cells added on both sides, at most half the window. Max pooling never picks them; average pooling counts them as zeros.
    pub padding: [usize; 2],
    /// Keep a last window that hangs over the edge, instead of dropping it.
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
    /// When a size is zero, the window is larger than the padded input, or the padding exceeds half the window.
    pub fn new(x: Shape4, params: PoolParams) -> Result<Self, GeomError> {
        at_least_one(&[
            (x.n, "the number of images"),
            (x.c, "the number of channels"),
            (x.h, "the input's height"),
            (x.w, "the input's width"),
            (params.window[0], "the window's height"),
            (params.window[1], "the window's width"),
            (params.stride[0], "the stride"),
            (params.stride[1], "the stride"),
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
    pub fn rows(&self, p: usize) -> core::ops::Range<usize> {
        span(p, self.params.window[0], self.params.stride[0], self.params.padding[0], self.x.h)
    }

    /// The input columns `start..end` that output column `q` reads; padding is cut off.
    pub fn columns(&self, q: usize) -> core::ops::Range<usize> {
        span(q, self.params.window[1], self.params.stride[1], self.params.padding[1], self.x.w)
    }

    /// What an average at output (p, q) divides by: the window's cells inside the padded input
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
    let next_start = floor * axis.stride;
    let left_over = covered < axis.input + 2 * axis.padding;
    floor + usize::from(left_over && next_start < axis.input + axis.padding)
}

fn span(out: usize, window: usize, stride: usize, padding: usize, input: usize) -> core::ops::Range<usize> {
    let start = out * stride;
    start.saturating_sub(padding)..(start + window).saturating_sub(padding).min(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

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
        assert_eq!(error.to_string(), "a 5×5 kernel does not fit a 2×2 input with padding 0; padding 2 would");
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
