//! The pictures and kernels that chapters share. The names of kernels and what they answer to stand in the texts,
//! under `kernels`.

use crate::keys;
use crate::scene::Edit;
use crate::settings::Settings;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, say};
use receptive_core::Rng;
use receptive_nn::Layer;

/// A kernel with a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelPreset {
    /// Its name in links and in the texts.
    pub key: &'static str,
    /// Cells before they are divided, row by row; square.
    cells: &'static [f32],
    /// The divisor of all cells.
    divisor: f32,
}

impl KernelPreset {
    /// The kernel itself.
    pub fn matrix(&self) -> Matrix {
        let side = if self.cells.len() == 9 { 3 } else { 5 };
        Matrix::new(side, side, self.cells.iter().map(|cell| cell / self.divisor).collect::<Vec<_>>())
    }
}

/// Returns the preset of this key.
pub fn preset_kernel(key: &str) -> Option<&'static KernelPreset> {
    PRESETS.iter().find(|preset| preset.key == key)
}

const fn preset(key: &'static str, cells: &'static [f32], divisor: f32) -> KernelPreset {
    KernelPreset { key, cells, divisor }
}

/// All presets, the worked example's own kernel first.
#[rustfmt::skip]
pub const PRESETS: &[KernelPreset] = &[
    preset("example", &[0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0], 1.0),
    preset("identity", &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1.0),
    preset("vertical", &[1.0, 0.0, -1.0, 1.0, 0.0, -1.0, 1.0, 0.0, -1.0], 1.0),
    preset("horizontal", &[1.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, -1.0, -1.0], 1.0),
    preset("outline", &[-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0], 1.0),
    preset("sharpen", &[0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0], 1.0),
    preset("box", &[1.0; 9], 9.0),
    preset("gaussian", &[1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0], 16.0),
    preset("sobel-x", &[-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0], 1.0),
    preset("sobel-y", &[-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0], 1.0),
    preset("scharr-x", &[-3.0, 0.0, 3.0, -10.0, 0.0, 10.0, -3.0, 0.0, 3.0], 1.0),
    preset("scharr-y", &[-3.0, -10.0, -3.0, 0.0, 0.0, 0.0, 3.0, 10.0, 3.0], 1.0),
];

/// Kernels by name, then the learner's own and the network's.
pub const KERNELS: &[&str] = &[
    "example",
    "identity",
    "vertical",
    "horizontal",
    "outline",
    "sharpen",
    "box",
    "gaussian",
    "sobel-x",
    "sobel-y",
    "scharr-x",
    "scharr-y",
    "own",
    "net",
];

/// Kernels that come in several sizes, and the learner's own.
pub const SIZED_KERNELS: &[&str] = &["example", "ones", "own"];

/// The kernel that the settings choose. At size 3 the first is the lectures' own: a cross of ones around a zero,
/// with −1 at its right end.
pub fn sized_kernel(settings: &Settings) -> Matrix {
    let f = settings.count(keys::F);
    match (settings.choice(keys::KERNEL), settings.numbers(keys::WEIGHTS)) {
        ("own", Some(weights)) => weights.clone(),
        ("own", None) => cross(3),
        ("ones", _) => Matrix::new(f, f, vec![1.0; f * f]),
        _ => cross(f),
    }
}

fn cross(f: usize) -> Matrix {
    let middle = f / 2;
    let weight = |cell: usize| match [cell / f, cell % f] {
        [0, 0] if f == 1 => 1.0,
        [row, column] if row == middle && column == middle => 0.0,
        [row, column] if row == middle && column == f - 1 => -1.0,
        [row, column] if row == middle || column == middle => 1.0,
        _ => 0.0,
    };
    Matrix::new(f, f, (0..f * f).map(weight).collect::<Vec<_>>())
}

/// Returns the settings that typing into the kernel changes.
pub fn edit_kernel(kernel: &Matrix) -> Edit {
    Edit { key: keys::WEIGHTS.name, matrix: kernel.clone(), also: Some((keys::KERNEL.name, "own")), brush: None }
}

/// The output of a network's last layer, its logits.
pub const LAST_LAYER: Tensors = Tensors(|_, spec| spec.names().pop().into_iter().collect());

/// The logits of the network in the Lab for the digit.
///
/// # Errors
/// When the network is not there, or has no last layer.
pub fn last_layer(world: &World) -> Result<Vec<f32>, Unavailable> {
    let logits = world.network()?.values.layers.last().map(|layer| layer.output.clone()).unwrap_or_default();
    if logits.is_empty() { Err(Unavailable::Refused(say!("common.no-logits"))) } else { Ok(logits) }
}

/// The first worked example of the lectures: a 5×5 picture of zeros and ones.
pub fn example_input() -> Matrix {
    #[rustfmt::skip]
    let values = [
        1.0, 0.0, 1.0, 0.0, 1.0,
        1.0, 0.0, 0.0, 1.0, 1.0,
        0.0, 1.0, 1.0, 0.0, 0.0,
        1.0, 0.0, 0.0, 1.0, 0.0,
        0.0, 0.0, 1.0, 1.0, 0.0,
    ];
    Matrix::new(5, 5, values)
}

/// The tensors of a network that [`chosen_kernel`] reads: those of its first convolution.
pub const KERNEL_TENSORS: Tensors = Tensors(|_, spec| {
    let layers = spec.names().into_iter().zip(&spec.layers);
    let first = layers.filter(|(_, layer)| matches!(layer, Layer::Conv2d { .. })).take(1);
    first.flat_map(|(name, _)| [format!("{name}.weight"), format!("{name}.bias")]).collect()
});

/// The kernel that the settings choose, its bias, and what to know of it.
///
/// # Errors
/// While the network is on its way, or when it has no convolution.
pub fn chosen_kernel(settings: &Settings, world: &World) -> Result<(Matrix, f32, String), Unavailable> {
    let key = settings.choice(keys::KERNEL);
    match (key, settings.numbers(keys::WEIGHTS)) {
        ("net", _) => {
            let network = world.network()?;
            let found =
                network.values.layers.iter().zip(&network.spec.layers).find_map(|(values, layer)| match layer {
                    Layer::Conv2d { params, .. } => Some((values, params.padding[0])),
                    _ => None,
                });
            let (layer, pad) = found.ok_or_else(|| Unavailable::Refused(say!("kernels.no-convolution")))?;
            let [n, _, rows, columns] = layer.weights_shape;
            let k = settings.count(keys::NET_KERNEL).min(n) - 1;
            let weights = layer.weights.chunks(rows * columns).nth(k).unwrap_or_default();
            let remark = say!("kernels.net.purpose", k = k + 1, weights = network.weights(), pad = pad);
            Ok((Matrix::new(rows, columns, weights), layer.biases[k], remark))
        }
        ("own", Some(weights)) => Ok((weights.clone(), 0.0, say!("kernels.own.purpose"))),
        _ => {
            let preset = preset_kernel(key).unwrap_or(&PRESETS[0]);
            Ok((preset.matrix(), 0.0, say!(format!("kernels.{}.purpose", preset.key))))
        }
    }
}

/// The input that the settings choose, and what typing into it changes.
///
/// # Errors
/// While the digit is on its way.
pub fn chosen_input(
    settings: &Settings,
    world: &World,
    toy: fn() -> Matrix,
) -> Result<(Matrix, Option<Edit>), Unavailable> {
    if settings.choice(keys::ON) == "digit" {
        return Ok((world.digit()?.image.clone(), None));
    }
    let matrix = settings.numbers(keys::INPUT).cloned().unwrap_or_else(toy);
    let edit = Edit::of(keys::INPUT, matrix.clone());
    Ok((matrix, Some(edit)))
}

/// One of these, drawn at random.
pub fn one_of<T: Copy>(rng: &mut Rng, values: &[T]) -> T {
    values[rng.below(values.len() as u32) as usize]
}

/// A matrix of small whole numbers.
pub fn small_numbers(rng: &mut Rng, rows: usize, columns: usize, low: i32, high: i32) -> Matrix {
    let mut value = || (low + rng.below((high - low + 1) as u32) as i32) as f32;
    Matrix::new(rows, columns, (0..rows * columns).map(|_| value()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_have_words() {
        for preset in PRESETS {
            assert_eq!(preset_kernel(preset.key), Some(preset));
            assert!(crate::words::find(&format!("kernels.{}.purpose", preset.key)).is_some());
        }
    }

    #[test]
    fn blurs_keep_brightness_and_edge_kernels_ignore_it() {
        for preset in PRESETS {
            let sum: f32 = preset.matrix().values.iter().sum();
            let wanted = match preset.key {
                "box" | "gaussian" | "identity" | "sharpen" => 1.0,
                "example" => 2.0,
                _ => 0.0,
            };
            assert!((sum - wanted).abs() < 1e-6, "{}: {sum}", preset.key);
        }
    }
}
