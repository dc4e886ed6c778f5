//! Exercises about pooling.

use super::pool::{INPUT, Kind, OUTPUT, Pool};
use crate::exercise::{Answer, Task};
use crate::scene::Grid;
use crate::{Matrix, Sorted, grouped, number, say};
use receptive_core::{PoolGeom, PoolParams, Rng, Shape4};

/// A map of different numbers, 4×4.
fn different_numbers(rng: &mut Rng) -> Matrix {
    let mut values: Vec<_> = (1..=30).map(|value| value as f32).collect();
    rng.shuffle(&mut values);
    values.truncate(16);
    Matrix::new(4, 4, values)
}

fn halved(map: &Matrix, kind: Kind) -> Pool {
    let names = [(INPUT, say!("pooling.input")), (OUTPUT, say!("pooling.output"))];
    let Ok(pool) = Pool::new(map.clone(), kind, PoolParams::square(2), names) else { unreachable!("2×2 fits 4×4") };
    pool
}

fn asked(pool: &Pool) -> Grid {
    pool.stage.plain(INPUT).cloned().unwrap_or_default()
}

pub(super) fn survivors(rng: &mut Rng) -> Task {
    let map = different_numbers(rng);
    let pool = halved(&map, Kind::Max);
    let kept = (0..4).filter_map(|cell| pool.winner(cell)).collect::<Sorted<_>>().to_vec();
    // The numbers are whole, and no two are the same.
    let n_larger = |cell: usize| map.values.iter().filter(|value| **value > map.values[cell]).count();
    let largest = (0..16).filter(|&cell| n_larger(cell) < 4).collect();
    let of_rows = (0..4).filter_map(|row| (4 * row..4 * row + 4).min_by_key(|&cell| n_larger(cell))).collect();
    let numbers = pool.output.values.iter().copied().map(number).collect::<Vec<_>>().join(", ");
    Task {
        question: say!("pooling.exercises.survivors.question"),
        grids: vec![asked(&pool)],
        answer: Answer::Cells(kept),
        slips: vec![
            (Answer::Cells(largest), say!("pooling.exercises.survivors.largest")),
            (Answer::Cells(of_rows), say!("pooling.exercises.survivors.rows")),
        ],
        hint: say!("pooling.exercises.survivors.hint"),
        because: say!("pooling.exercises.survivors.because", numbers = numbers),
    }
}

pub(super) fn mean(rng: &mut Rng) -> Task {
    let map = different_numbers(rng);
    let cell = rng.below(4) as usize;
    let [mean, sum, largest] = [Kind::Mean, Kind::Sum, Kind::Max].map(|kind| halved(&map, kind));
    let answer = |pool: &Pool| Answer::number(pool.output.values[cell], 2);
    let third = Answer::Number { value: f64::from(sum.output.values[cell]) / 2.0, decimals: 2 };
    let grid = Grid { edit: None, ..mean.stage.grid(INPUT, cell) };
    let window = mean.window(cell);
    let numbers = window.iter().copied().map(number).collect::<Vec<_>>().join(" + ");
    let value = number(mean.output.values[cell]);
    Task {
        question: say!("pooling.exercises.average.question"),
        grids: vec![grid],
        answer: answer(&mean),
        slips: vec![
            (answer(&largest), say!("pooling.exercises.average.largest")),
            (answer(&sum), say!("pooling.exercises.average.sum")),
            (third, say!("pooling.exercises.average.side")),
        ],
        hint: say!("pooling.exercises.average.hint"),
        because: say!("pooling.exercises.average.because", numbers = numbers, n = window.len(), value = value),
    }
}

pub(super) fn size(rng: &mut Rng) -> Task {
    let (n, f) = (9 + rng.below(24) as usize, 2 + rng.below(2) as usize);
    let s = 2 + rng.below(2) as usize;
    let rows = |ceil: bool| {
        let params = PoolParams { stride: [s, s], ceil, ..PoolParams::square(f) };
        let Ok(geom) = PoolGeom::new(Shape4::new(1, 1, n, n), params) else { unreachable!("a small window fits") };
        geom.y().h
    };
    let out = rows(false);
    Task {
        question: say!("pooling.exercises.size.question", n = n, f = f, s = s),
        grids: vec![],
        answer: Answer::square(out),
        slips: vec![
            (Answer::square(rows(true)), say!("pooling.exercises.size.up")),
            (Answer::square(out - 1), say!("pooling.exercises.size.steps")),
            (Answer::square(n - f + 1), say!("pooling.exercises.size.stride")),
            (Answer::square(n / s), say!("pooling.exercises.size.divided")),
        ],
        hint: say!("pooling.exercises.size.hint"),
        because: say!("pooling.exercises.size.because", n = n, f = f, s = s, out = out),
    }
}

pub(super) fn numbers_left(rng: &mut Rng) -> Task {
    let channels = [6, 8, 16, 32, 64][rng.below(5) as usize];
    let n = 2 * (4 + rng.below(11) as usize);
    let Ok(geom) = PoolGeom::new(Shape4::new(1, channels, n, n), PoolParams::square(2)) else {
        unreachable!("2×2 fits an even map")
    };
    let (y, left) = (geom.y(), geom.y().len());
    let rows = y.h;
    Task {
        question: say!("pooling.exercises.left.question", c = channels, n = n),
        grids: vec![],
        answer: Answer::count(left),
        slips: vec![
            (Answer::count(2 * left), say!("pooling.exercises.left.half")),
            (Answer::count(y.h * y.w), say!("pooling.exercises.left.one-map")),
            (Answer::count(geom.x().len()), say!("pooling.exercises.left.all")),
            (Answer::count(left / channels * channels.div_ceil(2)), say!("pooling.exercises.left.maps")),
        ],
        hint: say!("pooling.exercises.left.hint"),
        because: say!("pooling.exercises.left.because", c = channels, rows = rows, left = grouped(left as u64)),
    }
}
