//! Exercises about what kernels answer to.

use super::examples::LETTER_KERNELS;
use crate::exercise::{Answer, Task};
use crate::inputs;
use crate::inputs::small_numbers;
use crate::plane::{INPUT, KERNEL, PlaneConv};
use crate::scene::{Grid, Role};
use crate::{Matrix, number, say};
use receptive_core::{ConvParams, Rng};

/// The sum of one window, by the engine.
fn response(window: &Matrix, kernel: &Matrix) -> f32 {
    let conv = PlaneConv::new(window.clone(), kernel.clone(), 0.0, ConvParams::default());
    conv.map_or(f32::NAN, |conv| conv.output().values[0])
}

fn grids(window: &Matrix, kernel: &Matrix) -> Vec<Grid> {
    vec![
        Grid::of(INPUT, say!("plane.window"), window, Role::Light),
        Grid::of(KERNEL, say!("plane.kernel"), kernel, Role::Weight),
    ]
}

fn preset(key: &str) -> Matrix {
    inputs::preset_kernel(key).unwrap_or(&inputs::PRESETS[0]).matrix()
}

/// Asks if an edge kernel answers with a positive sum, a negative one, or not at all.
pub(super) fn sign(rng: &mut Rng) -> Task {
    let kernel = preset(["vertical", "horizontal"][rng.below(2) as usize]);
    let dark = rng.below(3) as f32;
    let bright = dark + (3 + rng.below(5)) as f32;
    let side = rng.below(5);
    let is_bright = |[row, column]: [usize; 2]| match side {
        0 => column == 0,
        1 => column == 2,
        2 => row == 0,
        3 => row == 2,
        _ => true,
    };
    let cell = |i: usize| if is_bright([i / 3, i % 3]) { bright } else { dark };
    let window = Matrix::new(3, 3, (0..9).map(cell).collect::<Vec<_>>());
    let sum = response(&window, &kernel);
    let options = ["positive", "negative", "zero"].map(|key| say!(format!("features.exercises.sign.{key}"))).to_vec();
    let right = if sum > 0.0 { 0 } else { 1 + usize::from(sum == 0.0) };
    let choice = |right: usize| Answer::Choice { options: options.clone(), right };
    let slip = |right: usize, key: &str| (choice(right), say!(format!("features.exercises.sign.{key}")));
    let slips = match (right, side) {
        (2, 4) => vec![slip(0, "flat"), slip(1, "flat")],
        (2, _) => vec![slip(0, "along"), slip(1, "along")],
        _ => vec![slip(1 - right, "turned"), slip(2, "cancelled")],
    };
    Task {
        question: say!("features.exercises.sign.question"),
        grids: grids(&window, &kernel),
        answer: choice(right),
        slips,
        hint: say!("features.exercises.sign.hint"),
        because: say!("features.exercises.sign.because", sum = number(sum)),
    }
}

/// The mean of a window that differs from a stroke in a few cells.
pub(super) fn mean(rng: &mut Rng) -> Task {
    let (_, cells) = LETTER_KERNELS[rng.below(LETTER_KERNELS.len() as u32) as usize];
    let kernel = Matrix::new(3, 3, cells);
    let mut places: Vec<usize> = (0..9).collect();
    rng.shuffle(&mut places);
    let n_differing = 1 + rng.below(4) as usize;
    let mut window = kernel.clone();
    for &place in &places[..n_differing] {
        window.values[place] = -window.values[place];
    }
    let n = kernel.values.len();
    let sum = response(&window, &kernel);
    let answer = |value: f32| Answer::number(value, 2);
    Task {
        question: say!("features.exercises.mean.question"),
        grids: grids(&window, &kernel),
        answer: answer(sum / n as f32),
        slips: vec![
            (answer((n - n_differing) as f32 / n as f32), say!("features.exercises.mean.left-out")),
            (answer(sum), say!("features.exercises.mean.sum")),
        ],
        hint: say!("features.exercises.mean.hint"),
        because: say!(
            "features.exercises.mean.because",
            n_same = n - n_differing,
            n_differing = n_differing,
            sum = number(sum),
            n = n,
            mean = crate::decimals((sum / n as f32).into(), 2)
        ),
    }
}

/// Asks for a kernel's answer when the light is turned up.
pub(super) fn brighter(rng: &mut Rng) -> Task {
    let key = ["vertical", "horizontal", "outline", "sobel-y", "sharpen"][rng.below(5) as usize];
    let kernel = preset(key);
    let window = small_numbers(rng, 3, 3, 0, 9);
    let more = 5.0 * (1 + rng.below(9)) as f32;
    let mut lit = window.clone();
    lit.values.iter_mut().for_each(|value| *value += more);
    let (before, after) = (response(&window, &kernel), response(&lit, &kernel));
    let total = response(&Matrix::new(3, 3, [1.0; 9]), &kernel);
    let answer = |value: f32| Answer::number(value, 0);
    Task {
        question: say!("features.exercises.brighter.question", before = number(before), more = number(more)),
        grids: grids(&window, &kernel),
        answer: answer(after),
        slips: vec![
            (answer(before + more), say!("features.exercises.brighter.once")),
            (answer(before + 9.0 * more), say!("features.exercises.brighter.every-cell")),
            (answer(before), say!("features.exercises.brighter.same")),
        ],
        hint: say!("features.exercises.brighter.hint"),
        because: say!(
            "features.exercises.brighter.because",
            total = number(total),
            more = number(more),
            before = number(before),
            after = number(after)
        ),
    }
}
