//! Questions about padding.

use super::times_read as counted;
use crate::exercise::{Answer, Task};
use crate::inputs::small_numbers;
use crate::plane::PlaneConv;
use crate::scene::{Grid, Role};
use crate::{Matrix, number, place, say};
use receptive_core::ops::{Border, PadGeom, PadParams, pad2d_forward};
use receptive_core::{ConvGeom, ConvParams, Rng, Shape4};

/// Asks for the padding that keeps the size.
pub(super) fn keep_size(rng: &mut Rng) -> Task {
    let f = 3 + 2 * rng.below(5) as usize;
    let n = 16 + rng.below(50) as usize;
    let size = |pad: usize| {
        let params = ConvParams::default().padding(pad);
        ConvGeom::new(Shape4::new(1, 1, n, n), Shape4::new(1, 1, f, f), params).map_or(0, |geom| geom.y().h)
    };
    let pad = (0..f).find(|&pad| size(pad) == n).unwrap_or(0);
    Task {
        question: say!("padding.exercises.keep-size.question", n = n, f = f),
        grids: vec![],
        answer: Answer::count(pad),
        slips: vec![
            (Answer::count(f - 1), say!("padding.exercises.keep-size.twice", all = f - 1, out = size(f - 1), n = n)),
            (Answer::count(f), say!("padding.exercises.keep-size.window")),
            (Answer::count(f.div_ceil(2)), say!("padding.exercises.keep-size.middle")),
        ],
        hint: say!("padding.exercises.keep-size.hint"),
        because: say!("padding.exercises.keep-size.because", n = n, f = f, pad = pad),
    }
}

/// Asks for the number of windows that read the marked pixel.
pub(super) fn times_read(rng: &mut Rng) -> Task {
    let pad = rng.below(2) as usize;
    let input = small_numbers(rng, 6, 6, 0, 9);
    // On the rim or beside it: the middle would be no question.
    let cell = loop {
        let cell = rng.below(36) as usize;
        if cell / 6 < 2 && cell % 6 != 2 {
            break cell;
        }
    };
    let conv = |pad: usize| {
        PlaneConv::new(input.clone(), Matrix::zeros(3, 3), 0.0, ConvParams::default().padding(pad))
            .map(|conv| counted(&conv).values[cell] as usize)
    };
    let (Ok(without), Ok(with)) = (conv(0), conv(1)) else { unreachable!("3×3 fits 6×6") };
    let (n, other) = if pad == 0 { (without, with) } else { (with, without) };
    let mut grid = Grid::of("input", say!("plane.input"), &input, Role::Input);
    grid.marked = vec![cell];
    let [row, column] = input.place(cell);
    let starts = |at: usize| {
        let at = at + pad;
        (at.min(6 + 2 * pad - 3) + 1) - at.saturating_sub(2)
    };
    let because = say!(
        "padding.exercises.times-read.because",
        rows = starts(row),
        columns = starts(column),
        n = n,
        place = place([row, column])
    );
    let other_key = if pad == 0 { "not-padded" } else { "padded" };
    Task {
        question: say!("padding.exercises.times-read.question", pad = pad),
        grids: vec![grid],
        answer: Answer::count(n),
        slips: vec![
            (Answer::count(other), say!(format!("padding.exercises.times-read.{other_key}"))),
            (Answer::count(9), say!("padding.exercises.times-read.middle")),
            (Answer::count(1), say!("padding.exercises.times-read.once")),
        ],
        hint: say!("padding.exercises.times-read.hint"),
        because,
    }
}

/// Asks for a number in the border.
pub(super) fn border_value(rng: &mut Rng) -> Task {
    let mut digits: Vec<_> = (1..=9).map(|digit| digit as f32).collect();
    rng.shuffle(&mut digits);
    let row = Matrix::new(1, 6, &digits[..6]);
    let depth = 2 + rng.below(2) as usize;
    let is_left = rng.below(2) == 0;
    let border = [Border::Reflect, Border::Replicate][rng.below(2) as usize];
    let value = |border: Border| {
        let params = PadParams::even([0, depth], border);
        let Ok(geom) = PadGeom::new(Shape4::new(1, 1, 1, 6), params) else { unreachable!("3 is less than 6") };
        let mut padded = vec![0.0; geom.y().len()];
        pad2d_forward(&mut padded, &row.values, &geom);
        padded[if is_left { 0 } else { padded.len() - 1 }]
    };
    let answer = |value: f32| Answer::number(value, 0);
    // The edge repeated, as numpy calls symmetric: one cell short of reflection.
    let repeated = row.values[if is_left { depth - 1 } else { 6 - depth }];
    let (right, key, other) = match border {
        Border::Reflect => (value(Border::Reflect), "reflect", Border::Replicate),
        _ => (value(border), "replicate", Border::Reflect),
    };
    let at = if is_left { 1 } else { 6 };
    let side =
        say!(if is_left { "padding.exercises.border-value.left" } else { "padding.exercises.border-value.right" });
    let text = |name: &str| {
        say!(format!("padding.exercises.border-value.{name}"), depth = depth, at = at, value = number(right))
    };
    Task {
        question: say!(format!("padding.exercises.border-value.question-{key}"), depth = depth, side = side),
        grids: vec![Grid::of("row", say!("padding.exercises.border-value.row"), &row, Role::Input)],
        answer: answer(right),
        slips: vec![
            (answer(value(Border::Zeros)), text("zeros")),
            (answer(value(other)), text(&format!("other-{key}"))),
            (answer(repeated), text(if key == "reflect" { "repeated" } else { "other-replicate" })),
        ],
        hint: say!("padding.exercises.border-value.hint"),
        because: text(&format!("because-{key}")),
    }
}

/// Asks for the number of cells that the border adds.
pub(super) fn made_up(rng: &mut Rng) -> Task {
    let n = 5 + rng.below(28) as usize;
    let pad = 1 + rng.below(3) as usize;
    let x = Shape4::new(1, 1, n, n);
    let Ok(geom) = PadGeom::new(x, PadParams::even([pad; 2], Border::Zeros)) else { unreachable!("zeros always fit") };
    let side = geom.y().h;
    let count = geom.y().len() - x.len();
    Task {
        question: say!("padding.exercises.made-up.question", n = n, pad = pad),
        grids: vec![],
        answer: Answer::count(count),
        slips: vec![
            (Answer::count(4 * n * pad), say!("padding.exercises.made-up.corners", pad = pad)),
            (Answer::count((n + pad) * (n + pad) - n * n), say!("padding.exercises.made-up.once")),
            (Answer::count(geom.y().len()), say!("padding.exercises.made-up.all")),
        ],
        hint: say!("padding.exercises.made-up.hint"),
        because: say!("padding.exercises.made-up.because", n = n, pad = pad, side = side, count = count),
    }
}
