//! Kernels with a name. What they are called and answer to stands in the texts, under `kernels`.

use crate::Matrix;

/// A kernel with a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelPreset {
    /// Its name in links and in the texts.
    pub key: &'static str,
    /// Cells before they are divided, row by row; square.
    cells: &'static [f32],
    /// What all cells are divided by.
    divisor: f32,
}

impl KernelPreset {
    /// The kernel itself.
    pub fn matrix(&self) -> Matrix {
        let side = if self.cells.len() == 9 { 3 } else { 5 };
        Matrix::new(side, side, self.cells.iter().map(|cell| cell / self.divisor).collect::<Vec<_>>())
    }
}

/// The preset of this key.
pub fn find(key: &str) -> Option<&'static KernelPreset> {
    ALL.iter().find(|preset| preset.key == key)
}

const fn preset(key: &'static str, cells: &'static [f32], divisor: f32) -> KernelPreset {
    KernelPreset { key, cells, divisor }
}

/// All presets, the worked example's own kernel first.
#[rustfmt::skip]
pub const ALL: &[KernelPreset] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_have_words() {
        for preset in ALL {
            assert_eq!(find(preset.key), Some(preset));
            for what in ["name", "purpose"] {
                assert!(crate::words::find(&format!("kernels.{}.{what}", preset.key)).is_some());
            }
        }
    }

    #[test]
    fn blurs_keep_brightness_and_edge_kernels_ignore_it() {
        for preset in ALL {
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
