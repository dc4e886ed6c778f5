//! The gradient in a deep stack: how much of it is left at each layer, without and with a way past.

use crate::scene::{Bar, Bars, Item, Scene, Spot};
use crate::settings::Settings;
use crate::trace::Run;
use crate::world::Unavailable;
use crate::{Trace, four_digits, inputs, keys, plane, say};
use receptive_core::ops::Activation;
use receptive_core::{ConvParams, Rng};
use receptive_nn::{Head, Join, Layer, Parameters, Spec};

/// Side of the map that goes in, and maps of each layer.
const SIDE: usize = 6;
const MAPS: usize = 4;
/// The seed of the weights and of the picture.
const SEED: u64 = 3;

/// Norms of gradients, layer by layer.
pub(super) struct Depth {
    plain: Vec<f32>,
    residual: Vec<f32>,
    function: &'static str,
}

impl Depth {
    /// Two stacks of the same layers with random weights, as a training run begins.
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let n = settings.count(keys::LAYERS);
        let function = settings.choice(keys::FUNCTION);
        let f = match function {
            "sigmoid" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            _ => Activation::Relu,
        };
        let conv = Layer::Conv2d {
            kernels: MAPS,
            size: [3, 3],
            params: ConvParams { padding: [1, 1], ..ConvParams::default() },
        };
        let pair = vec![conv.clone(), Layer::Activation(f)];
        let block = Layer::Branches { branches: vec![pair.clone(), vec![]], join: Join::Add };
        let plain = (0..n).flat_map(|_| pair.clone()).collect();
        let residual = vec![block; n];
        Ok(Self { plain: norms(&conv, plain, 2)?, residual: norms(&conv, residual, 1)?, function })
    }

    fn bars(name: &'static str, norms: &[f32], full: f32) -> Bars {
        let bar = |(i, norm): (usize, &f32)| Bar {
            label: say!("backprop-cnn.depth.block", n = i + 1),
            amount: *norm,
            text: four_digits(*norm),
            is_marked: i == 0,
        };
        let bars = norms.iter().enumerate().map(bar).collect();
        Bars { name, title: say!(format!("backprop-cnn.depth.{name}")), bars, full }
    }

    /// The share of the last block's gradient that reaches the first: without a way past, and with one.
    pub(super) fn shares(&self) -> [f32; 2] {
        [&self.plain, &self.residual].map(|norms| norms[0] / norms[norms.len() - 1])
    }
}

/// The norm of the loss's gradient with respect to what each block makes, a block being so many layers.
fn norms(first: &Layer, stack: Vec<Layer>, n_layers: usize) -> Result<Vec<f32>, Unavailable> {
    let n = stack.len();
    let ends = [Layer::Flatten, Layer::Linear { units: 3 }];
    let layers = std::iter::once(first.clone()).chain(stack).chain(ends).collect();
    let spec = Spec { input: [1, SIDE, SIDE], layers };
    let parameters = Parameters::init(&spec, SEED).map_err(|error| plane::refused(&error))?;
    let parameters: Vec<_> = parameters.tensors().iter().map(|tensor| tensor.values.clone()).collect();
    let image = inputs::small_numbers(&mut Rng::new(SEED), SIDE, SIDE, 0, 1);
    let run = Run::both_ways(&spec, &parameters, &image.values, (Head::CrossEntropy, 0));
    let run = run.map_err(|error| plane::refused(&error))?;
    let norm = |layer| {
        let values = run.gradient(run.output(layer)).map(|gradient| run.values(gradient)).unwrap_or_default();
        values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32
    };
    Ok((1..=n).filter(|layer| layer % n_layers == 0).map(norm).collect())
}

impl Trace for Depth {
    fn scene(&self, _: usize) -> Scene {
        let full = crate::largest(self.plain.iter().chain(&self.residual));
        let [plain, residual] = [("plain", &self.plain), ("residual", &self.residual)]
            .map(|(name, norms)| Item::Bars(Self::bars(name, norms, full)));
        let [share, past] = self.shares().map(four_digits);
        let n = self.plain.len();
        let key = format!("backprop-cnn.depth.story-{}", self.function);
        let caption = format!("{} {}", say!("backprop-cnn.depth.story", n = n, share = share, past = past), say!(key));
        Scene {
            board: vec![vec![plain, residual], vec![Item::Text(say!("backprop-cnn.depth.about", maps = MAPS))]],
            caption,
            ..Scene::default()
        }
    }

    fn describe(&self, _: usize, _: Spot) -> String {
        String::new()
    }
}
