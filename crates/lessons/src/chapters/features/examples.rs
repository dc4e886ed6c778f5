//! Small pictures, each with the kernel that belongs to it.

use crate::Matrix;
use crate::keys;
use crate::settings::Settings;
use crate::settings::{Key, Numbers};

/// A small picture and its kernel.
pub struct Example {
    /// Its name in links and in the texts.
    pub key: &'static str,
    /// The setting that takes what is typed into it.
    pub typed: Key<Numbers>,
    n_columns: usize,
    picture: &'static [f32],
    kernel: &'static [f32],
}

impl Example {
    /// The picture.
    pub fn picture(&self) -> Matrix {
        Matrix::new(self.picture.len() / self.n_columns, self.n_columns, self.picture)
    }

    /// The kernel.
    pub fn kernel(&self) -> Matrix {
        square(self.kernel)
    }
}

/// The example that the settings choose.
pub fn chosen(settings: &Settings) -> &'static Example {
    let key = settings.choice(keys::EXAMPLE);
    ALL.iter().find(|example| example.key == key).unwrap_or(&ALL[0])
}

/// The kernel of this name, among those for the letter X.
pub fn letter_kernel(key: &str) -> Option<Matrix> {
    LETTER_KERNELS.iter().find(|(found, _)| *found == key).map(|(_, cells)| square(cells))
}

fn square(cells: &[f32]) -> Matrix {
    let side = cells.len().isqrt();
    Matrix::new(side, side, cells)
}

const LEFT_TO_RIGHT: &[f32] = &[1.0, 0.0, -1.0, 1.0, 0.0, -1.0, 1.0, 0.0, -1.0];
const BACKSLASH: &[f32] = &[1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0];

/// The strokes that a letter X is made of.
pub const LETTER_KERNELS: &[(&str, &[f32])] = &[
    ("backslash", BACKSLASH),
    ("slash", &[-1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0]),
    ("x-shape", &[1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0]),
];

/// A stroke that bends to the right at its top.
#[rustfmt::skip]
const HOOK: &[f32] = &[
    0.0, 0.0,  0.0, 50.0, 0.0,
    0.0, 0.0, 50.0,  0.0, 0.0,
    0.0, 0.0, 50.0,  0.0, 0.0,
    0.0, 0.0, 50.0,  0.0, 0.0,
    0.0, 0.0,  0.0,  0.0, 0.0,
];

/// All examples, the simplest first.
#[rustfmt::skip]
pub const ALL: &[Example] = &[
    Example {
        key: "edge", typed: keys::INPUT_EDGE, n_columns: 5, kernel: LEFT_TO_RIGHT,
        picture: &[
            1.0, 1.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0,
        ],
    },
    Example {
        key: "numbers", typed: keys::INPUT_NUMBERS, n_columns: 6, kernel: LEFT_TO_RIGHT,
        picture: &[
            3.0, 0.0, 1.0, 2.0, 7.0, 4.0,
            1.0, 5.0, 8.0, 9.0, 3.0, 1.0,
            2.0, 7.0, 2.0, 5.0, 1.0, 3.0,
            0.0, 1.0, 3.0, 1.0, 7.0, 8.0,
            4.0, 2.0, 1.0, 6.0, 2.0, 8.0,
            2.0, 4.0, 5.0, 2.0, 3.0, 9.0,
        ],
    },
    Example {
        key: "wide", typed: keys::INPUT_WIDE, n_columns: 6,
        kernel: &[
            1.0, 0.0, -1.0, 0.0, 1.0,
            1.0, 0.0, -1.0, 0.0, 1.0,
            1.0, 0.0, -1.0, 0.0, 1.0,
            1.0, 0.0, -1.0, 0.0, 1.0,
            1.0, 0.0, -1.0, 0.0, 1.0,
        ],
        picture: &[
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
            1.0, 1.0, 0.0, 0.0, 0.0, 0.0,
        ],
    },
    Example {
        key: "letter-x", typed: keys::INPUT_LETTER_X, n_columns: 9, kernel: BACKSLASH,
        picture: &[
            -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0,
            -1.0,  1.0, -1.0, -1.0, -1.0, -1.0, -1.0,  1.0, -1.0,
            -1.0, -1.0,  1.0, -1.0, -1.0, -1.0,  1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0,  1.0, -1.0,  1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0, -1.0,  1.0, -1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0, -1.0,  1.0, -1.0,  1.0, -1.0, -1.0, -1.0,
            -1.0, -1.0,  1.0, -1.0, -1.0, -1.0,  1.0, -1.0, -1.0,
            -1.0,  1.0, -1.0, -1.0, -1.0, -1.0, -1.0,  1.0, -1.0,
            -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0,
        ],
    },
    Example {
        key: "hook", typed: keys::INPUT_HOOK, n_columns: 5, kernel: HOOK,
        picture: &[
            0.0, 0.0,  0.0, 30.0, 30.0,
            0.0, 0.0, 30.0,  0.0,  0.0,
            0.0, 0.0, 30.0,  0.0,  0.0,
            0.0, 0.0, 30.0,  0.0,  0.0,
            0.0, 0.0,  0.0,  0.0,  0.0,
        ],
    },
    Example {
        key: "diagonal", typed: keys::INPUT_DIAGONAL, n_columns: 5, kernel: HOOK,
        picture: &[
            30.0,  0.0,  0.0,  0.0,  0.0,
             0.0, 30.0,  0.0,  0.0,  0.0,
             0.0,  0.0, 30.0,  0.0,  0.0,
             0.0,  0.0,  0.0, 30.0,  0.0,
             0.0,  0.0,  0.0,  0.0, 30.0,
        ],
    },
    Example {
        key: "photo-8", typed: keys::INPUT_PHOTO_8, n_columns: 8,
        kernel: &[1.0, 0.0, 12.0, 2.0, 15.0, 1.0, 1.0, 10.0, 0.0],
        picture: &[
             32.0,  27.0,  33.0,  12.0,  18.0,  29.0,  37.0,  27.0,
             29.0,  18.0,  28.0,  16.0,  27.0,  18.0,  29.0,  30.0,
              2.0,  33.0,  66.0, 155.0, 160.0,  23.0,  32.0,  28.0,
             32.0,  27.0,  99.0, 180.0, 192.0,  86.0, 199.0, 100.0,
             47.0,  90.0, 180.0, 190.0, 170.0,  30.0,  21.0,  39.0,
             13.0, 100.0, 143.0, 195.0,  37.0,  29.0,  22.0,  26.0,
             33.0, 142.0,  16.0,  28.0,  28.0,  26.0,  28.0,  30.0,
            149.0,  27.0,  26.0,  17.0,  29.0,  30.0,  29.0,  27.0,
        ],
    },
    Example {
        key: "galaxy", typed: keys::INPUT_GALAXY, n_columns: 5,
        kernel: &[0.0, 1.0, -4.0, 0.0, 2.0, 0.0, -1.0, 4.0, 3.0],
        picture: &[
            0.0, 2.0, 1.0, 0.0, 1.0,
            0.0, 1.0, 2.0, 1.0, 0.0,
            1.0, 0.0, 2.0, 0.0, 0.0,
            1.0, 0.0, 0.0, 1.0, 1.0,
            0.0, 1.0, 1.0, 2.0, 2.0,
        ],
    },
];
