//! The input that a convolution's kernels meet, as a matrix that is never written down as a whole.
//!
//! Row (c, r, s) holds what that kernel cell meets at each output position, zero in the padding.

use crate::dot::{PACKED_ROWS, Packed};
use crate::gemm::{NR, PackedB};
use crate::geom::{ConvGeom, Shape4};
use core::array::from_fn;
use core::ops::Range;

/// The sizes and steps of a kernel that slides over planes, once the padding is part of them.
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

    /// The frame for planes that come one after the other, in this memory.
    pub(super) fn frame(self, data: &mut [f32]) -> Frame<'_> {
        data.fill(0.0);
        Frame { slide: self, data }
    }
}

/// Room for planes with their padding, which stays zero from one image to the next.
pub(super) struct Frame<'a> {
    slide: Slide,
    data: &'a mut [f32],
}

impl Frame<'_> {
    /// The planes' patches. Where there is padding, the planes are copied into the frame.
    pub(super) fn patches<'a>(&'a mut self, planes: &'a [f32]) -> Patches<'a> {
        let Slide { plane, framed: [h, w], before, .. } = self.slide;
        if self.slide.is_bare() {
            return Patches { slide: self.slide, data: planes };
        }
        // What of the frame is the plane's, and where in the plane it starts; nothing, where the frame is padding alone.
        let inside = |i: usize| {
            let end = self.slide.framed[i] as isize;
            let first = before[i].clamp(0, end);
            let last = (before[i] + plane[i] as isize).clamp(first, end);
            (first as usize..last as usize, before[i].min(0).unsigned_abs().min(plane[i]))
        };
        let ((rows, first_row), (columns, first_column)) = (inside(0), inside(1));
        for (framed, plane_data) in self.data.chunks_exact_mut(h * w).zip(planes.chunks_exact(plane[0] * plane[1])) {
            let from = plane_data.chunks_exact(plane[1]).skip(first_row);
            for (row, from) in framed[rows.start * w..rows.end * w].chunks_exact_mut(w).zip(from) {
                row[columns.clone()].copy_from_slice(&from[first_column..][..columns.len()]);
            }
        }
        Patches { slide: self.slide, data: self.data }
    }
}

/// The patches of some planes.
pub(super) struct Patches<'a> {
    slide: Slide,
    data: &'a [f32],
}

impl Patches<'_> {
    /// Row and column of the position four after (p, q), which may be beyond the last row.
    fn four_later(&self, [mut p, mut q]: [usize; 2]) -> [usize; 2] {
        q += 4;
        while q >= self.slide.positions[1] {
            (p, q) = (p + 1, q - self.slide.positions[1]);
        }
        [p, q]
    }

    /// Returns the offset at which the window of position (p, q) starts.
    fn start(&self, [p, q]: [usize; 2]) -> usize {
        let Slide { framed, stride, .. } = self.slide;
        p * stride[0] * framed[1] + q * stride[1]
    }

    /// Returns the offsets at which the windows of the four positions from (p, q) on start. Positions beyond the last
    /// are the last.
    fn starts(&self, [p, q]: [usize; 2]) -> [usize; 4] {
        let [n_rows, n_columns] = self.slide.positions;
        let mut at = if p < n_rows { [p, q] } else { [n_rows - 1, n_columns - 1] };
        from_fn(|_| {
            let start = self.start(at);
            if at[1] + 1 < n_columns {
                at[1] += 1;
            } else if at[0] + 1 < n_rows {
                at = [at[0] + 1, 0];
            }
            start
        })
    }

    /// True if the windows of this many positions from (p, q) on start at neighbouring cells.
    fn is_run(&self, [p, q]: [usize; 2], n_positions: usize) -> bool {
        let Slide { stride, positions, .. } = self.slide;
        stride[1] == 1 && q + n_positions <= positions[1] && p < positions[0]
    }

    /// Returns the offset of a kernel's cell (c, r, s) from the start of a window.
    fn offset(&self, tap: usize) -> usize {
        let Slide { framed: [h, w], kernel: [kh, kw], dilation, .. } = self.slide;
        let (c, r, s) = (tap / (kh * kw), tap / kw % kh, tap % kw);
        (c * h + r * dilation[0]) * w + s * dilation[1]
    }

    /// Packs four rows of the matrix, from `tap` on, four positions at a time. Rows beyond the last hold any numbers.
    pub(super) fn pack_rows(&self, packed: &mut [Packed], tap: usize) {
        let [n_rows, n_columns] = self.slide.positions;
        let n_taps = self.slide.channels * self.slide.taps();
        let span = self.start([n_rows - 1, n_columns - 1]) + 1;
        let taps: [&[f32]; PACKED_ROWS] = from_fn(|i| &self.data[self.offset((tap + i).min(n_taps - 1))..][..span]);
        let mut at = [0, 0];
        for out in packed.iter_mut() {
            if self.is_run(at, 4) {
                let start = self.start(at);
                for (out, tap) in out.iter_mut().zip(taps) {
                    out.copy_from_slice(&tap[start..start + 4]);
                }
            } else {
                let starts = self.starts(at);
                *out = taps.map(|tap| starts.map(|start| tap[start]));
            }
            at = self.four_later(at);
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

    /// Packs places `at..at + 4` of a panel's columns for positions anywhere, with a kernel of this width.
    fn pack_seam<const WIDTH: usize>(
        &self,
        panel: &mut [[f32; NR]],
        at: usize,
        starts: [usize; 4],
        channels: Range<usize>,
    ) {
        let Slide { framed: [h, w], kernel: [kh, _], dilation, .. } = self.slide;
        let (mut cells, _) = panel.as_chunks_mut::<WIDTH>();
        for c in channels {
            let (plane, rest) = cells.split_at_mut(kh);
            cells = rest;
            let mut row = c * h * w;
            for out in plane {
                let windows = starts.map(|start| &self.data[start + row..][..WIDTH]);
                for (s, out) in out.iter_mut().enumerate() {
                    out[at..at + 4].copy_from_slice(&windows.map(|window| window[s]));
                }
                row += dilation[0] * w;
            }
        }
    }

    /// Packs places `at..at + 4` of a panel's columns for positions anywhere, with any kernel.
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
    fn pack_width<const WIDTH: usize>(&self, panel: &mut [[f32; NR]], at: [usize; 2], channels: Range<usize>) {
        if self.is_run(at, NR) {
            return self.pack_run::<NR, WIDTH>(panel, 0, self.start(at), channels);
        }
        for (half, at) in [(0, at), (4, self.four_later(at))] {
            if self.is_run(at, 4) {
                self.pack_run::<4, WIDTH>(panel, half, self.start(at), channels.clone());
            } else {
                self.pack_seam::<WIDTH>(panel, half, self.starts(at), channels.clone());
            }
        }
    }
}

impl PackedB for Patches<'_> {
    fn unit(&self) -> usize {
        self.slide.taps()
    }

    fn pack(&self, panels: &mut [[f32; NR]], position: usize, depth: Range<usize>) {
        let channels = depth.start / self.slide.taps()..depth.end / self.slide.taps();
        let mut at = [position / self.slide.positions[1], position % self.slide.positions[1]];
        for panel in panels.chunks_exact_mut(depth.len()) {
            // The usual kernels' short loops are written out by the compiler.
            match (self.slide.kernel[1], self.slide.dilation[1]) {
                (1, _) => self.pack_width::<1>(panel, at, channels.clone()),
                (3, 1) => self.pack_width::<3>(panel, at, channels.clone()),
                (5, 1) => self.pack_width::<5>(panel, at, channels.clone()),
                _ => {
                    for (half, at) in [(0, at), (4, self.four_later(at))] {
                        self.pack_anywhere(panel, half, self.starts(at), channels.clone());
                    }
                }
            }
            at = self.four_later(self.four_later(at));
        }
    }
}
