//! Exercises about kernel sizes.

use super::costs::of_stack;
use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::plane::PlaneConv;
use crate::{Matrix, grouped, number, say};
use receptive_core::{ConvParams, Rng};

fn cost(maps: usize, f: usize, n: usize) -> super::costs::Cost {
    let Ok(cost) = of_stack(maps, [28, 28], f, n) else { unreachable!("small enough to hold") };
    cost
}

/// The receptive field of layers after one another.
pub(super) fn field(rng: &mut Rng) -> Task {
    let (n, f) = (2 + rng.below(4) as usize, one_of(rng, &[3, 5, 7]));
    let side = cost(1, f, n).field[0];
    Task {
        question: say!("kernel-size.exercises.field.question", n = n, f = f),
        grids: vec![],
        answer: Answer::count(side),
        slips: vec![
            (Answer::count(n * f), say!("kernel-size.exercises.field.added", f = f)),
            (Answer::count(n * (f - 1)), say!("kernel-size.exercises.field.itself")),
            (Answer::count(f), say!("kernel-size.exercises.field.last")),
        ],
        hint: say!("kernel-size.exercises.field.hint"),
        because: say!("kernel-size.exercises.field.because", n = n, f = f, side = side),
    }
}

/// Asks for the number of parameters that small kernels save.
pub(super) fn saving(rng: &mut Rng) -> Task {
    let (maps, (f, n)) = (one_of(rng, &[4, 8, 16, 32]), [(5, 2), (7, 3)][rng.below(2) as usize]);
    let [one, small, single] = [cost(maps, f, 1), cost(maps, 3, n), cost(maps, 3, 1)].map(|cost| cost.n_params);
    let [one_map, few] = [cost(1, f, 1), cost(1, 3, n)].map(|cost| cost.n_params);
    let answer = |more: usize, less: usize| Answer::Number { value: more as f64 - less as f64, decimals: 0 };
    Task {
        question: say!("kernel-size.exercises.saving.question", maps = maps, f = f, n = n),
        grids: vec![],
        answer: answer(one, small),
        slips: vec![
            (answer(one - maps, small - n * maps), say!("kernel-size.exercises.saving.no-bias", n = n)),
            (answer(one, single), say!("kernel-size.exercises.saving.one-layer", n = n)),
            (answer(one_map, few), say!("kernel-size.exercises.saving.one-map", maps = maps)),
            (answer(one_map * maps, few * maps), say!("kernel-size.exercises.saving.one-plane", maps = maps)),
        ],
        hint: say!("kernel-size.exercises.saving.hint"),
        because: say!(
            "kernel-size.exercises.saving.because",
            f = f,
            n = n,
            maps = maps,
            one = grouped(one as u64),
            small = grouped(small as u64),
            saved = answer(one, small).text()
        ),
    }
}

fn rows_left(n: usize, f: usize, pad: usize) -> usize {
    let Some(rows) = super::rows_out(n, f, pad) else { unreachable!("the kernel is smaller than the input") };
    rows
}

/// The padding that keeps the size.
pub(super) fn same(rng: &mut Rng) -> Task {
    let (n, f) = (14 + rng.below(20) as usize, one_of(rng, &[3, 5, 7, 9, 11]));
    let Some(pad) = (0..f).find(|&pad| rows_left(n, f, pad) == n) else {
        unreachable!("odd kernels can keep the size")
    };
    Task {
        question: say!("kernel-size.exercises.same.question", n = n, f = f),
        grids: vec![],
        answer: Answer::count(pad),
        slips: vec![
            (Answer::count(f - 1), say!("kernel-size.exercises.same.total")),
            (Answer::count(pad + 1), say!("kernel-size.exercises.same.middle")),
            (Answer::count(0), say!("kernel-size.exercises.same.none", n = rows_left(n, f, 0))),
        ],
        hint: say!("kernel-size.exercises.same.hint"),
        because: say!("kernel-size.exercises.same.because", n = n, f = f, pad = pad),
    }
}

/// The size that an even kernel leaves.
pub(super) fn even(rng: &mut Rng) -> Task {
    let (n, f) = (7 + rng.below(12) as usize, one_of(rng, &[2, 4, 6]));
    let pad = f / 2;
    let out = rows_left(n, f, pad);
    Task {
        question: say!("kernel-size.exercises.even.question", n = n, f = f, pad = pad),
        grids: vec![],
        answer: Answer::square(out),
        slips: vec![
            (Answer::square(n), say!("kernel-size.exercises.even.same")),
            (Answer::square(rows_left(n, f, pad - 1)), say!("kernel-size.exercises.even.less", pad = pad - 1)),
            (Answer::square(n + pad - f + 1), say!("kernel-size.exercises.even.once")),
        ],
        hint: say!("kernel-size.exercises.even.hint"),
        because: say!("kernel-size.exercises.even.because", n = n, f = f, pad = pad, out = out),
    }
}

/// A picture and a kernel whose rows are all alike: every row of the kernel counts.
pub(super) fn rows(rng: &mut Rng) -> Task {
    let f = one_of(rng, &[4, 5]);
    let mut draw =
        |n: usize, low: i32, high: u32| (0..n).map(|_| (low + rng.below(high) as i32) as f32).collect::<Vec<_>>();
    let (mut ink, mut weights) = (draw(6, 0, 3), draw(f, -1, 3));
    // The row's own sum must not be 0, or all answers are the same.
    ink[..2].fill(1.0);
    weights[..2].fill(1.0);
    ink[2..f].iter_mut().zip(&weights[2..]).filter(|(_, w)| **w < 0.0).for_each(|(ink, _)| *ink = 0.0);
    let (input, kernel) = (Matrix::new(6, 6, ink.repeat(6)), Matrix::new(f, f, weights.repeat(f)));
    let Ok(conv) = PlaneConv::new(input, kernel, 0.0, ConvParams::default()) else { unreachable!("5×5 fits 6×6") };
    let value = conv.output().values[0];
    let row = value / f as f32;
    let mut asked = conv.input_grid();
    asked.frames = vec![conv.frame(0)];
    let answer = |value: f32| Answer::number(value, 0);
    Task {
        question: say!("kernel-size.exercises.rows.question"),
        grids: vec![asked, conv.kernel_grid()],
        answer: answer(value),
        slips: vec![
            (answer(3.0 * row), say!("kernel-size.exercises.rows.three", f = f)),
            (answer(row), say!("kernel-size.exercises.rows.one")),
        ],
        hint: say!("kernel-size.exercises.rows.hint"),
        because: say!("kernel-size.exercises.rows.because", f = f, row = number(row), value = number(value)),
    }
}
