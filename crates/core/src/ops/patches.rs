//! The input that a convolution's kernels meet, as a matrix that is never written down as a whole.
//!
//! Row (c, r, s) holds what that kernel cell meets at each output position, zero in the padding.

use crate::dot::{PACKED_ROWS, Packed};
use crate::gemm::{NR, Right};
use crate::geom::{ConvGeom, Shape4};
use core::array::from_fn;
use core::ops::Range;

/// How a kernel slides over planes, once the padding is part of them.
#[derive(Clone, Copy)]
pub(super) struct Slide {
    channels: usize,
    /// The planes that came, and the ones with their frame of zeros, as [rows, columns].
    plane: [usize; 2],
    framed: [usize; 2],
    /// Zeros before the first row and column; below zero, rows and columns that are cut off.
    before: [isize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    positions: [usize; 2],
}

impl Slide {
    /// The kernels over the input: one image's part of one group.
    pub(super) fn over_input(geom: &ConvGeom) -> Self {
        let params = geom.params();
        Self::new(geom.w().c, geom.x(), geom, params.padding.map(|padding| padding as isize), params.stride, geom.y())
    }

    /// The flipped kernels over the upstream gradient, which gives the input's gradient; the stride must be 1.
    pub(super) fn over_gradient(geom: &ConvGeom) -> Self {
        let (w, params) = (geom.w(), geom.params());
        let reach = [(w.h - 1) * params.dilation[0], (w.w - 1) * params.dilation[1]];
        let before = from_fn(|i| reach[i] as isize - params.padding[i] as isize);
        Self::new(w.n / params.groups, geom.y(), geom, before, [1, 1], geom.x())
    }

    fn new(
        channels: usize,
        plane: Shape4,
        geom: &ConvGeom,
        before: [isize; 2],
        stride: [usize; 2],
        positions: Shape4,
    ) -> Self {
        let (kernel, positions) = ([geom.w().h, geom.w().w], [positions.h, positions.w]);
        // A step that is never taken may be of any size.
        let stride = from_fn(|i| if positions[i] == 1 { 1 } else { stride[i] });
        let dilation: [usize; 2] = from_fn(|i| if kernel[i] == 1 { 1 } else { geom.params().dilation[i] });
        let framed = from_fn(|i| ((positions[i] - 1) * stride[i] + 1).saturating_add((kernel[i] - 1) * dilation[i]));
        Self { channels, plane: [plane.h, plane.w], framed, before, kernel, stride, dilation, positions }
    }

    /// Cells of a kernel in one channel: the depth that is packed together.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Floats that the frame needs; none where the planes need no frame.
    pub(super) fn frame_len(&self) -> usize {
        let [h, w] = self.framed;
        if self.is_bare() { 0 } else { self.channels.saturating_mul(h).saturating_mul(w) }
    }

    fn is_bare(&self) -> bool {
        self.before == [0, 0] && self.framed == self.plane
    }

    /// The planes' patches. Where there is padding, the planes are copied into `frame`.
    pub(super) fn patches<'a>(&self, planes: &'a [f32], frame: &'a mut [f32]) -> Patches<'a> {
        if self.is_bare() {
            return Patches { slide: *self, data: planes };
        }
        let (h, w) = (self.framed[0], self.framed[1]);
        // What of a row comes from the plane, and where in the plane it starts.
        let inside = |i: usize| {
            let start = self.before[i].clamp(0, self.framed[i] as isize);
            let end = (self.before[i] + self.plane[i] as isize).clamp(start, self.framed[i] as isize);
            (start as usize..end as usize, (start - self.before[i]) as usize)
        };
        let ((rows, first_row), (columns, first_column)) = (inside(0), inside(1));
        for (framed, plane) in frame.chunks_exact_mut(h * w).zip(planes.chunks_exact(self.plane[0] * self.plane[1])) {
            framed[..rows.start * w].fill(0.0);
            framed[rows.end * w..].fill(0.0);
            let from = plane.chunks_exact(self.plane[1]).skip(first_row);
            for (row, from) in framed[rows.start * w..rows.end * w].chunks_exact_mut(w).zip(from) {
                row[..columns.start].fill(0.0);
                row[columns.end..].fill(0.0);
                row[columns.clone()].copy_from_slice(&from[first_column..][..columns.len()]);
            }
        }
        Patches { slide: *self, data: frame }
    }
}

/// The patches of some planes.
pub(super) struct Patches<'a> {
    slide: Slide,
    data: &'a [f32],
}

impl Patches<'_> {
    /// Row and column of a position. Positions beyond the last are the last.
    fn place(&self, position: usize) -> [usize; 2] {
        let [n_rows, n_columns] = self.slide.positions;
        let position = position.min(n_rows * n_columns - 1);
        [position / n_columns, position % n_columns]
    }

    /// Where the windows of the four positions from (p, q) on start. Positions beyond the last are the last.
    fn starts(&self, [mut p, mut q]: [usize; 2]) -> [usize; 4] {
        let Slide { framed, stride, positions, .. } = self.slide;
        from_fn(|_| {
            let start = p * stride[0] * framed[1] + q * stride[1];
            if q + 1 < positions[1] {
                q += 1;
            } else if p + 1 < positions[0] {
                (p, q) = (p + 1, 0);
            }
            start
        })
    }

    /// Whether the windows of this many positions from (p, q) on start at neighbouring cells.
    fn is_run(&self, q: usize, n_positions: usize) -> bool {
        self.slide.stride[1] == 1 && q + n_positions <= self.slide.positions[1]
    }

    /// Where a kernel's cell (c, r, s) lies, from the start of a window.
    fn offset(&self, tap: usize) -> usize {
        let Slide { framed: [h, w], kernel: [kh, kw], dilation, .. } = self.slide;
        let (c, r, s) = (tap / (kh * kw), tap / kw % kh, tap % kw);
        (c * h + r * dilation[0]) * w + s * dilation[1]
    }

    /// Packs four rows of the matrix, from `tap` on, four positions at a time. Rows beyond the last hold any numbers.
    pub(super) fn pack_rows(&self, packed: &mut [Packed], tap: usize) {
        let [n_rows, n_columns] = self.slide.positions;
        let n_taps = self.slide.channels * self.slide.taps();
        let taps: [&[f32]; PACKED_ROWS] = from_fn(|i| &self.data[self.offset((tap + i).min(n_taps - 1))..]);
        let row_step = self.slide.stride[0] * self.slide.framed[1];
        let (mut p, mut q) = (0, 0);
        for out in packed.iter_mut() {
            if self.is_run(q, 4) {
                let start = p * row_step + q;
                for (out, tap) in out.iter_mut().zip(taps) {
                    out.copy_from_slice(&tap[start..][..4]);
                }
            } else {
                let starts = self.starts([p, q]);
                *out = taps.map(|tap| starts.map(|start| tap[start]));
            }
            q += 4;
            while q >= n_columns {
                (p, q) = (p + 1, q - n_columns);
            }
        }
        if let Some(last) = packed.last_mut() {
            for out in last {
                out[(n_rows * n_columns - 1) % 4 + 1..].fill(0.0);
            }
        }
    }

    /// Packs places `at..at + N` of a panel's columns for neighbouring positions, with a kernel of this width.
    #[inline(always)]
    fn pack_run<const N: usize, const WIDTH: usize>(
        &self,
        panel: &mut [[f32; NR]],
        at: usize,
        start: usize,
        channels: Range<usize>,
    ) {
        let Slide { framed: [h, w], kernel: [kh, _], dilation, .. } = self.slide;
        let (mut cells, _) = panel.as_chunks_mut::<WIDTH>();
        for c in channels {
            let (plane, rest) = cells.split_at_mut(kh);
            cells = rest;
            let mut start = start + c * h * w;
            for out in plane {
                let row = &self.data[start..][..WIDTH + N - 1];
                for (s, out) in out.iter_mut().enumerate() {
                    out[at..at + N].copy_from_slice(&row[s..s + N]);
                }
                start += dilation[0] * w;
            }
        }
    }

    /// Packs places `at..at + 4` of a panel's columns for positions anywhere.
    fn pack_anywhere(&self, panel: &mut [[f32; NR]], at: usize, starts: [usize; 4], channels: Range<usize>) {
        let Slide { framed: [h, w], kernel: [kh, kw], dilation, .. } = self.slide;
        let rows = channels.flat_map(|c| (0..kh).map(move |r| (c * h + r * dilation[0]) * w));
        for (out, row) in panel.chunks_exact_mut(kw).zip(rows) {
            let windows = starts.map(|start| &self.data[start + row..][..(kw - 1) * dilation[1] + 1]);
            for (s, out) in out.iter_mut().enumerate() {
                out[at..at + 4].copy_from_slice(&windows.map(|window| window[s * dilation[1]]));
            }
        }
    }

    /// Packs a panel for a kernel of this width without dilation, runs of positions at once.
    fn pack_width<const WIDTH: usize>(&self, panel: &mut [[f32; NR]], position: usize, channels: Range<usize>) {
        let row_step = self.slide.stride[0] * self.slide.framed[1];
        let [p, q] = self.place(position);
        if self.is_run(q, NR) {
            return self.pack_run::<NR, WIDTH>(panel, 0, p * row_step + q, channels);
        }
        for half in [0, 4] {
            let [p, q] = self.place(position + half);
            if self.is_run(q, 4) {
                self.pack_run::<4, WIDTH>(panel, half, p * row_step + q, channels.clone());
            } else {
                self.pack_anywhere(panel, half, self.starts([p, q]), channels.clone());
            }
        }
    }
}

impl Right for Patches<'_> {
    fn unit(&self) -> usize {
        self.slide.taps()
    }

    fn pack(&self, panel: &mut [[f32; NR]], position: usize, depth: Range<usize>) {
        let channels = depth.start / self.slide.taps()..depth.end / self.slide.taps();
        // The usual kernels' short loops are written out by the compiler.
        match (self.slide.kernel[1], self.slide.dilation[1]) {
            (1, _) => self.pack_width::<1>(panel, position, channels),
            (3, 1) => self.pack_width::<3>(panel, position, channels),
            (5, 1) => self.pack_width::<5>(panel, position, channels),
            _ => {
                for half in [0, 4] {
                    let starts = self.starts(self.place(position + half));
                    self.pack_anywhere(panel, half, starts, channels.clone());
                }
            }
        }
    }
}
