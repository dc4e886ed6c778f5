//! Padding: a border around every plane, of zeros or of copies of the plane's own cells.

use crate::geom::Shape4;
use crate::terms::{Connection, Operand};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The contents of a border's cells. Names and meaning are those of PyTorch's `F.pad`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Border {
    /// Zeros.
    #[default]
    Zeros,
    /// The nearest cell of the plane.
    Replicate,
    /// The plane mirrored at its outermost row or column, which is not repeated: `3 2 | 1 2 3 | 2 1`.
    Reflect,
}

/// The width of a border on each side, and its contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PadParams {
    /// Rows above, columns to the left.
    pub before: [usize; 2],
    /// Rows below, columns to the right.
    pub after: [usize; 2],
    /// The contents of the border.
    pub border: Border,
}

impl PadParams {
    /// As many rows above as below, as many columns left as right.
    pub const fn even(padding: [usize; 2], border: Border) -> Self {
        Self { before: padding, after: padding, border }
    }

    /// The border that keeps the size under a window of this size that steps by 1: `window − 1` in all on an axis.
    /// Where that is odd, the odd row lies below and the odd column to the right (PyTorch's and TensorFlow's `same`).
    pub const fn same(window: [usize; 2], border: Border) -> Self {
        let [rows, columns] = [window[0].saturating_sub(1), window[1].saturating_sub(1)];
        Self { before: [rows / 2, columns / 2], after: [rows.div_ceil(2), columns.div_ceil(2)], border }
    }
}

/// The reason that a border is impossible, and what would be possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PadError {
    /// An axis of the input is zero.
    Empty,
    /// A mirrored border would need more of the plane than there is.
    ReflectTooFar {
        /// The widest side of the border on that axis.
        padding: usize,
        /// Cells of the plane on that axis.
        input: usize,
    },
    /// The result would have more values than a 32-bit index can name.
    TooLarge,
}

crate::error_code!(PadError);

/// A border that fits its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PadGeom {
    x: Shape4,
    y: Shape4,
    params: PadParams,
}

impl PadGeom {
    /// Fits a border to an input `x`, (n, c, h, w).
    ///
    /// # Errors
    /// When the input is empty, the result is too large to index, or a mirrored border is not narrower than the input.
    pub fn new(x: Shape4, params: PadParams) -> Result<Self, PadError> {
        if x.is_empty() {
            return Err(PadError::Empty);
        }
        if params.border == Border::Reflect {
            let sides = (0..2).map(|i| (params.before[i].max(params.after[i]), [x.h, x.w][i]));
            if let Some((padding, input)) = sides.into_iter().find(|(padding, input)| padding >= input) {
                return Err(PadError::ReflectTooFar { padding, input });
            }
        }
        let axis = |i: usize, input: usize| input.checked_add(params.before[i])?.checked_add(params.after[i]);
        let y = axis(0, x.h).zip(axis(1, x.w)).map(|(h, w)| Shape4::new(x.n, x.c, h, w));
        let fits = |y: &Shape4| {
            let len = [y.n, y.c, y.h, y.w].iter().try_fold(1usize, |len, &axis| len.checked_mul(axis));
            len.is_some_and(|len| len <= u32::MAX as usize / 4)
        };
        let y = y.filter(fits).ok_or(PadError::TooLarge)?;
        Ok(Self { x, y, params })
    }

    /// Input shape, (n, c, h, w).
    pub const fn x(&self) -> Shape4 {
        self.x
    }

    /// Output shape, (n, c, h + before + after, w + before + after).
    pub const fn y(&self) -> Shape4 {
        self.y
    }

    /// Widths of the border, and what it holds.
    pub const fn params(&self) -> PadParams {
        self.params
    }

    /// True if a row and column of the output lie inside the input; else they lie in the border.
    pub const fn is_inside(&self, row: usize, column: usize) -> bool {
        let [above, left] = self.params.before;
        row >= above && row - above < self.x.h && column >= left && column - left < self.x.w
    }

    /// The row and column of the input whose value stands at a row and column of the output; nothing for a zero.
    pub fn source(&self, row: usize, column: usize) -> Option<[usize; 2]> {
        Some([self.source_on(0, row)?, self.source_on(1, column)?])
    }

    /// The same on one axis: of rows, 0, or of columns, 1.
    fn source_on(&self, axis: usize, at: usize) -> Option<usize> {
        let (before, n) = (self.params.before[axis], [self.x.h, self.x.w][axis]);
        match (at.checked_sub(before), self.params.border) {
            (Some(at), _) if at < n => Some(at),
            (_, Border::Zeros) => None,
            (at, Border::Replicate) => Some(if at.is_some() { n - 1 } else { 0 }),
            (Some(at), Border::Reflect) => Some(2 * (n - 1) - at),
            (None, Border::Reflect) => Some(before - at),
        }
    }

    /// For each cell of an output plane, row by row, where its value stands in the input plane; nothing for a zero.
    fn sources(&self) -> impl Iterator<Item = Option<usize>> {
        let cells = (0..self.y.h).flat_map(|row| (0..self.y.w).map(move |column| (row, column)));
        cells.map(|(row, column)| self.source(row, column).map(|[row, column]| row * self.x.w + column))
    }
}

/// Returns the connections of one cell: of an output, the input cell that it copies, if it is no zero; of an input, all
/// its copies.
pub fn pad2d_connections(operand: Operand, index: usize, geom: &PadGeom) -> Vec<Connection> {
    let (x, y) = (geom.x, geom.y);
    match operand {
        Operand::Y => {
            let [n, c, row, column] = y.place(index);
            let source = geom.source(row, column);
            let copied = source.map(|[row, column]| Connection::plain(x.index(n, c, row, column), index));
            copied.into_iter().collect()
        }
        Operand::X => {
            let [n, c, row, column] = x.place(index);
            let rows = (0..y.h).filter(|&at| geom.source_on(0, at) == Some(row));
            let columns = || (0..y.w).filter(|&at| geom.source_on(1, at) == Some(column));
            let copies = rows.flat_map(|row| columns().map(move |column| y.index(n, c, row, column)));
            copies.map(|at| Connection::plain(index, at)).collect()
        }
        Operand::W | Operand::B => Vec::new(),
    }
}

/// Puts a border around every plane.
///
/// `x` is (n, c, h, w), `y` is [`PadGeom::y`].
///
/// ```
/// use receptive_core::{Shape4, ops::{Border, PadGeom, PadParams, pad2d_backward, pad2d_forward}};
///
/// let geom = PadGeom::new(Shape4::new(1, 1, 1, 3), PadParams::even([0, 2], Border::Reflect))?;
/// let mut y = [f32::NAN; 7];
/// pad2d_forward(&mut y, &[1.0, 2.0, 3.0], &geom);
/// assert_eq!(y, [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
///
/// let mut grad_x = [f32::NAN; 3];
/// pad2d_backward(&mut grad_x, &[1.0; 7], &geom);
/// assert_eq!(grad_x, [2.0, 3.0, 2.0]);
/// # Ok::<(), receptive_core::ops::PadError>(())
/// ```
pub fn pad2d_forward(y: &mut [f32], x: &[f32], geom: &PadGeom) {
    debug_assert!(y.len() == geom.y.len() && x.len() == geom.x.len());
    for (y, x) in y.chunks_exact_mut(geom.y.h * geom.y.w).zip(x.chunks_exact(geom.x.h * geom.x.w)) {
        for (y, source) in y.iter_mut().zip(geom.sources()) {
            *y = source.map_or(0.0, |at| x[at]);
        }
    }
}

/// The gradient with respect to the input: a cell gathers those of all its copies, and zeros hand none on.
pub fn pad2d_backward(grad_x: &mut [f32], grad_y: &[f32], geom: &PadGeom) {
    debug_assert!(grad_x.len() == geom.x.len() && grad_y.len() == geom.y.len());
    grad_x.fill(0.0);
    let planes = grad_x.chunks_exact_mut(geom.x.h * geom.x.w).zip(grad_y.chunks_exact(geom.y.h * geom.y.w));
    for (grad_x, grad_y) in planes {
        for (source, grad) in geom.sources().zip(grad_y) {
            if let Some(at) = source {
                grad_x[at] += grad;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const ALL: [Border; 3] = [Border::Zeros, Border::Replicate, Border::Reflect];

    fn padded(x: &[f32], shape: Shape4, params: PadParams) -> Vec<f32> {
        let geom = PadGeom::new(shape, params).unwrap();
        let mut y = vec![f32::NAN; geom.y().len()];
        pad2d_forward(&mut y, x, &geom);
        y
    }

    /// Recorded from numpy 2: `np.pad(np.arange(1, 21).reshape(4, 5), ((1, 2), (3, 1)), mode=…)`.
    #[test]
    #[rustfmt::skip]
    fn lopsided_borders_are_those_of_numpy() {
        let x: Vec<_> = (1..=20).map(|i| i as f32).collect();
        let wanted: [(Border, [u8; 63]); 3] = [
            (Border::Zeros, [
                0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 1, 2, 3, 4, 5, 0,
                0, 0, 0, 6, 7, 8, 9, 10, 0,
                0, 0, 0, 11, 12, 13, 14, 15, 0,
                0, 0, 0, 16, 17, 18, 19, 20, 0,
                0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 0, 0, 0, 0,
            ]),
            (Border::Replicate, [
                1, 1, 1, 1, 2, 3, 4, 5, 5,
                1, 1, 1, 1, 2, 3, 4, 5, 5,
                6, 6, 6, 6, 7, 8, 9, 10, 10,
                11, 11, 11, 11, 12, 13, 14, 15, 15,
                16, 16, 16, 16, 17, 18, 19, 20, 20,
                16, 16, 16, 16, 17, 18, 19, 20, 20,
                16, 16, 16, 16, 17, 18, 19, 20, 20,
            ]),
            (Border::Reflect, [
                9, 8, 7, 6, 7, 8, 9, 10, 9,
                4, 3, 2, 1, 2, 3, 4, 5, 4,
                9, 8, 7, 6, 7, 8, 9, 10, 9,
                14, 13, 12, 11, 12, 13, 14, 15, 14,
                19, 18, 17, 16, 17, 18, 19, 20, 19,
                14, 13, 12, 11, 12, 13, 14, 15, 14,
                9, 8, 7, 6, 7, 8, 9, 10, 9,
            ]),
        ];
        for (border, wanted) in wanted {
            let params = PadParams { before: [1, 3], after: [2, 1], border };
            assert_eq!(padded(&x, Shape4::new(1, 1, 4, 5), params), wanted.map(f32::from), "{border:?}");
        }
    }

    /// Recorded from numpy 2, as above, for the two planes [[3, 1, 4], [1, 5, 9]] and its half.
    #[test]
    fn every_plane_is_mirrored_by_itself() {
        let plane = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let x: Vec<_> = plane.into_iter().chain(plane.map(|x| x / 2.0)).collect();
        #[rustfmt::skip]
        let wanted = [
            9.0, 5.0, 1.0, 5.0, 9.0, 5.0,
            4.0, 1.0, 3.0, 1.0, 4.0, 1.0,
            9.0, 5.0, 1.0, 5.0, 9.0, 5.0,
            4.0, 1.0, 3.0, 1.0, 4.0, 1.0,
        ];
        let params = PadParams { before: [1, 2], after: [1, 1], border: Border::Reflect };
        let y = padded(&x, Shape4::new(1, 2, 2, 3), params);
        assert_eq!(y[..24], wanted);
        assert_eq!(y[24..], wanted.map(|x| x / 2.0));
    }

    #[test]
    fn the_gradient_is_the_transpose() {
        for border in ALL {
            let geom =
                PadGeom::new(Shape4::new(2, 1, 3, 4), PadParams { before: [2, 1], after: [0, 3], border }).unwrap();
            let value = |i: usize| ((i * 37 + i / 5) % 13) as f32 - 6.0;
            let x: Vec<_> = (0..geom.x().len()).map(value).collect();
            let grad_y: Vec<_> = (0..geom.y().len()).map(|i| value(i + 7)).collect();
            let (mut y, mut grad_x) = (vec![f32::NAN; grad_y.len()], vec![f32::NAN; x.len()]);
            pad2d_forward(&mut y, &x, &geom);
            pad2d_backward(&mut grad_x, &grad_y, &geom);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            assert_eq!(dot(&y, &grad_y), dot(&x, &grad_x), "{border:?}");
        }
    }

    #[test]
    fn an_even_window_gets_its_odd_row_below() {
        let sides = |f: usize| {
            let PadParams { before, after, .. } = PadParams::same([f, f], Border::Zeros);
            [before[0], after[0]]
        };
        assert_eq!([1, 2, 3, 4, 5].map(sides), [[0, 0], [0, 1], [1, 1], [1, 2], [2, 2]]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_can() {
        let new = |padding: usize, border| PadGeom::new(Shape4::new(1, 1, 5, 9), PadParams::even([padding; 2], border));
        assert!(new(4, Border::Reflect).is_ok());
        assert_eq!(new(5, Border::Reflect), Err(PadError::ReflectTooFar { padding: 5, input: 5 }));
        for border in ALL {
            assert!(new(usize::MAX, border).is_err() && new(1 << 20, border).is_err());
        }
        assert_eq!(PadGeom::new(Shape4::new(1, 1, 0, 3), PadParams::default()), Err(PadError::Empty));
    }
}
