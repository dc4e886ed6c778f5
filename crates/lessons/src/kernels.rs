//! Kernels with a name.

use crate::conv2d::Matrix;

/// A kernel with a name and a purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelPreset {
    /// The name that a link carries.
    pub key: &'static str,
    /// The name that a person reads.
    pub label: &'static str,
    /// What it answers to.
    pub purpose: &'static str,
    /// Cells before they are divided, row by row; square.
    cells: &'static [f32],
    /// What all cells are divided by.
    divisor: f32,
}

impl KernelPreset {
    /// The kernel itself.
    pub fn matrix(&self) -> Matrix {
        let side = if self.cells.len() == 9 { 3 } else { 5 };
        Matrix { rows: side, columns: side, values: self.cells.iter().map(|cell| cell / self.divisor).collect() }
    }
}

/// The preset of this key.
pub fn find(key: &str) -> Option<&'static KernelPreset> {
    ALL.iter().find(|preset| preset.key == key)
}

const fn preset(
    key: &'static str,
    label: &'static str,
    purpose: &'static str,
    cells: &'static [f32],
    divisor: f32,
) -> KernelPreset {
    KernelPreset { key, label, purpose, cells, divisor }
}

/// All presets, the worked example's own kernel first.
pub const ALL: &[KernelPreset] = &[
    preset(
        "example",
        "The example’s kernel",
        "a plus sign with one arm turned negative",
        &[0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0],
        1.0,
    ),
    preset(
        "identity",
        "Identity",
        "hands every cell on unchanged",
        &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        1.0,
    ),
    preset(
        "vertical",
        "Vertical edges",
        "answers where left is brighter than right",
        &[1.0, 0.0, -1.0, 1.0, 0.0, -1.0, 1.0, 0.0, -1.0],
        1.0,
    ),
    preset(
        "horizontal",
        "Horizontal edges",
        "answers where above is brighter than below",
        &[1.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, -1.0, -1.0],
        1.0,
    ),
    preset(
        "outline",
        "Outline",
        "answers where a cell differs from its eight neighbours",
        &[-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0],
        1.0,
    ),
    preset(
        "sharpen",
        "Sharpen",
        "adds what a cell has more than its neighbours",
        &[0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0],
        1.0,
    ),
    preset("box", "Box blur", "the mean of nine cells", &[1.0; 9], 9.0),
    preset(
        "gaussian",
        "Gaussian blur",
        "a mean in which near cells count more",
        &[1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0],
        16.0,
    ),
    preset(
        "sobel-x",
        "Sobel, x",
        "the slope from left to right, smoothed down the column",
        &[-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0],
        1.0,
    ),
    preset(
        "sobel-y",
        "Sobel, y",
        "the slope from top to bottom, smoothed along the row",
        &[-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0],
        1.0,
    ),
    preset(
        "scharr-x",
        "Scharr, x",
        "as Sobel, with weights that favour no direction",
        &[-3.0, 0.0, 3.0, -10.0, 0.0, 10.0, -3.0, 0.0, 3.0],
        1.0,
    ),
    preset(
        "scharr-y",
        "Scharr, y",
        "as Sobel, with weights that favour no direction",
        &[-3.0, -10.0, -3.0, 0.0, 0.0, 0.0, 3.0, 10.0, 3.0],
        1.0,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_found() {
        for preset in ALL {
            assert_eq!(find(preset.key).map(|found| found.label), Some(preset.label));
            assert_eq!(preset.matrix().values.len(), preset.matrix().rows * preset.matrix().columns);
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
