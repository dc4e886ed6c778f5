//! A convolution of several channels, and what each channel adds to it.

use crate::formula::Formula;
use crate::plane::{PlaneConv, refused, size_notation};
use crate::trace::{Run, Tensor};
use crate::world::Unavailable;
use crate::{Matrix, grouped, say};
use receptive_core::ops::{Border, PadParams};
use receptive_core::terms::Cell;
use receptive_core::{ConvGeom, ConvParams, GeomError, Shape4};
use receptive_nn::{Layer, Spec};
use std::ops::Range;

/// A convolution of one image with several channels: a program of a border and one layer.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    geom: ConvGeom,
    run: Run,
}

impl Volume {
    /// Convolves `x`, (1, c, h, w), with kernels `w`, (k, c / groups, r, s), and adds the biases `b`, (k).
    ///
    /// # Errors
    /// When there is more than can be held.
    pub(super) fn new(geom: ConvGeom, x: &[f32], w: Vec<f32>, b: Vec<f32>) -> Result<Self, Unavailable> {
        let Spec { input, layers } = spec(&geom);
        let run = Run::new(input, layers, &[w, b], x);
        Ok(Self { geom, run: run.map_err(|error| refused(&error))? })
    }

    /// The same of which the map of kernel `k` is known, (h, w), and no other is asked for.
    ///
    /// # Errors
    /// When there is more than can be held.
    pub(super) fn of_map(
        geom: ConvGeom,
        x: &[f32],
        w: Vec<f32>,
        b: Vec<f32>,
        (k, map): (usize, &[f32]),
    ) -> Result<Self, Unavailable> {
        let spec = spec(&geom);
        let name = spec.names().pop().unwrap_or_default();
        let known = [
            ("input".into(), x.to_vec()),
            (format!("{name}.weight"), w),
            (format!("{name}.bias"), b),
            (format!("{name}[{k}..{}]", k + 1), map.to_vec()),
        ];
        Ok(Self { geom, run: Run::known(&spec, known).map_err(|error| refused(&error))? })
    }

    /// Its program, and what it made.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The same map of kernel `k` in two steps: each channel that it reads convolved alone, and the shares added up with
    /// the bias.
    ///
    /// # Errors
    /// Never for a volume that exists.
    pub(super) fn in_shares(&self, k: usize) -> Result<Run, Unavailable> {
        let (x, w, channels) = (self.geom.x(), self.geom.w(), self.channels_of(k));
        let plane = x.h * x.w;
        let image = &self.run.values(self.run.input())[channels.start * plane..channels.end * plane];
        let (border, params) = bordered(&self.geom);
        let alone = Layer::DepthwiseConv2d { size: [w.h, w.w], params: params.groups(w.c) };
        let sum = Layer::Conv2d { kernels: 1, size: [1, 1], params: ConvParams::default() };
        let parameters = [self.planes_of(k).to_vec(), vec![0.0; w.c], vec![1.0; w.c], vec![self.bias(k)]];
        Run::new([w.c, x.h, x.w], vec![border, alone, sum], &parameters, image).map_err(|error| refused(&error))
    }

    /// The weights of a kernel, plane by plane.
    fn planes_of(&self, k: usize) -> &[f32] {
        &self.parameters(self.run.weights(0))[self.geom.w().index(k, 0, 0, 0)..][..self.geom.w().image_len()]
    }

    /// The values of its weights, or of its biases.
    fn parameters(&self, tensor: Option<Tensor>) -> &[f32] {
        tensor.map_or(&[], |tensor| self.run.values(tensor))
    }

    /// The geometry.
    pub(super) fn geom(&self) -> &ConvGeom {
        &self.geom
    }

    /// The bias of a kernel.
    pub(super) fn bias(&self, k: usize) -> f32 {
        self.parameters(self.run.biases(0))[k]
    }

    /// Cells of one map.
    pub(super) fn n_cells(&self) -> usize {
        self.geom.y().h * self.geom.y().w
    }

    /// The map that a kernel makes.
    pub(super) fn map(&self, k: usize) -> Matrix {
        self.run.plane(self.run.output(1), k)
    }

    /// The channels that a kernel reads.
    pub(super) fn channels_of(&self, k: usize) -> Range<usize> {
        let made = Cell { tensor: self.run.output(1), index: k * self.n_cells() };
        let plane = self.run.shape(self.run.output(0));
        let first = self.run.reads(made).first().map_or(0, |cell| cell.index / (plane.h * plane.w));
        first..first + self.geom.w().c
    }

    /// One channel convolved alone with its plane of kernel `k`, without bias; a channel that the kernel does not read
    /// meets zeros.
    ///
    /// # Errors
    /// Never for a geometry that exists; the window of one channel is that of all.
    pub(super) fn alone(&self, k: usize, channel: usize) -> Result<PlaneConv, GeomError> {
        let w = self.geom.w();
        let input = self.run.plane(self.run.input(), channel);
        let channels = self.channels_of(k);
        let plane = if channels.contains(&channel) {
            Matrix::new(w.h, w.w, &self.planes_of(k)[(channel - channels.start) * w.h * w.w..][..w.h * w.w])
        } else {
            Matrix::zeros(w.h, w.w)
        };
        PlaneConv::new(input, plane, 0.0, self.geom.params().groups(1))
    }

    /// Returns the summand of each channel that kernel `k` reads, in a cell of its map.
    pub(super) fn shares(&self, k: usize, cell: usize) -> Vec<f32> {
        let w = self.geom.w();
        let products = self.run.products(Cell { tensor: self.run.output(1), index: k * self.n_cells() + cell });
        products.chunks(w.h * w.w).map(|products| products.iter().map(|[x, w]| x * w).sum()).collect()
    }

    /// Shape, size, parameters and multiply-adds, with the numbers plugged in.
    pub(super) fn formulas(&self) -> Vec<Formula> {
        let (x, w, y, params) = (self.geom.x(), self.geom.w(), self.geom.y(), self.geom.params());
        let axis = |i: usize| {
            let (input, window, output) = if i == 0 { (x.h, w.h, y.h) } else { (x.w, w.w, y.w) };
            size_notation(input, window, params.padding[i], params.stride[i], params.dilation[i], output)
        };
        let size = if [x.h, w.h, y.h] == [x.w, w.w, y.w] { axis(0) } else { format!("{} × {}", axis(0), axis(1)) };
        let taps = format!("{}·{}·{}", w.h, w.w, w.c);
        let n_params = grouped(self.geom.n_params() as u64);
        let n_macs = grouped(self.geom.n_macs());
        let shapes = format!("({}×{}×{}) ∗ {}·({}×{}×{}) → {}×{}×{}", x.h, x.w, x.c, w.n, w.h, w.w, w.c, y.h, y.w, y.c);
        vec![
            Formula::new("shapes", say!("volumes.formula.shapes"), &shapes),
            Formula::new("size", say!("plane.size"), &size),
            Formula::new("params", say!("plane.params"), &format!("({taps} + 1)·{} = {n_params}", w.n)),
            Formula::new("macs", say!("plane.macs"), &format!("{}·{}·{} · {taps} = {n_macs}", y.h, y.w, y.c)),
        ]
    }
}

/// A border and a convolution in it.
fn spec(geom: &ConvGeom) -> Spec {
    let (x, w) = (geom.x(), geom.w());
    let (border, params) = bordered(geom);
    let layer = Layer::Conv2d { kernels: w.n, size: [w.h, w.w], params };
    Spec { input: [x.c, x.h, x.w], layers: vec![border, layer] }
}

/// The border of a convolution, and its parameters within.
fn bordered(geom: &ConvGeom) -> (Layer, ConvParams) {
    let params = geom.params();
    (Layer::Pad2d(PadParams::even(params.padding, Border::Zeros)), ConvParams { padding: [0, 0], ..params })
}

/// The cost of a convolution, biases left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Shape of its kernels, (k, c / groups, r, s).
    pub(super) kernels: Shape4,
    /// Weights.
    pub(super) n_weights: usize,
    /// Multiply-adds of one image.
    pub(super) n_macs: u64,
}

impl Cost {
    fn of(geom: &ConvGeom) -> Self {
        Self { kernels: geom.w(), n_weights: geom.w().len(), n_macs: geom.n_macs() }
    }
}

/// A plain convolution; the depthwise one, and the 1×1 one after it, that make maps of the same shape
/// (Howard et al. 2017, *MobileNets*, section 3.1).
///
/// # Errors
/// When the window does not fit.
pub(super) fn plain_and_separable(
    x: Shape4,
    window: [usize; 2],
    n_kernels: usize,
    params: ConvParams,
) -> Result<[Cost; 3], GeomError> {
    let kernels = |n, c, [r, s]: [usize; 2]| Shape4::new(n, c, r, s);
    let plain = ConvGeom::new(x, kernels(n_kernels, x.c, window), params.groups(1))?;
    let depthwise = ConvGeom::new(x, kernels(x.c, 1, window), params.groups(x.c))?;
    let pointwise = ConvGeom::new(depthwise.y(), kernels(n_kernels, x.c, [1, 1]), ConvParams::default())?;
    Ok([Cost::of(&plain), Cost::of(&depthwise), Cost::of(&pointwise)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lectures_separable_convolution_is_counted() {
        // 12×12×3, windows of 5×5, 128 maps: 614,400 against 4,800 + 24,576 = 29,376 multiply-adds.
        let costs = plain_and_separable(Shape4::new(1, 3, 12, 12), [5, 5], 128, ConvParams::default());
        let n_macs = costs.map(|costs| costs.map(|cost| cost.n_macs));
        assert_eq!(n_macs, Ok([614_400, 4_800, 24_576]));
    }

    #[test]
    fn ten_kernels_of_3_by_3_by_3_have_280_parameters() {
        let geom = ConvGeom::new(Shape4::new(1, 3, 5, 5), Shape4::new(10, 3, 3, 3), ConvParams::default()).unwrap();
        let volume = Volume::new(geom, &[0.0; 75], vec![0.0; 270], vec![0.0; 10]).unwrap();
        let lines: Vec<_> = volume.formulas().iter().map(Formula::plain).collect();
        assert_eq!(lines[0], "( 5 × 5 × 3 ) ∗ 10 · ( 3 × 3 × 3 ) → 3 × 3 × 10");
        assert_eq!(lines[2], "( 3 · 3 · 3 + 1 ) · 10 = 280");
    }

    #[test]
    fn shares_and_bias_add_up_to_the_map() {
        let geom =
            ConvGeom::new(Shape4::new(1, 4, 5, 4), Shape4::new(4, 2, 3, 2), ConvParams::default().padding(1).groups(2))
                .unwrap();
        let value = |i: usize| ((i * 7 + i / 3) % 5) as f32 - 2.0;
        let values = |n: usize| (0..n).map(value).collect::<Vec<_>>();
        let volume = Volume::new(geom, &values(80), values(48), values(4)).unwrap();
        for k in 0..4 {
            let alone: Vec<_> = volume.channels_of(k).map(|channel| volume.alone(k, channel).unwrap()).collect();
            assert_eq!(volume.channels_of(k), if k < 2 { 0..2 } else { 2..4 });
            for cell in 0..volume.n_cells() {
                let shares = volume.shares(k, cell);
                assert_eq!(shares, alone.iter().map(|conv| conv.output().values[cell]).collect::<Vec<_>>());
                assert_eq!(shares.iter().sum::<f32>() + volume.bias(k), volume.map(k).values[cell]);
            }
        }
    }
}
