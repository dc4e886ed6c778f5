//! Exercises: places in the row, a unit's sum, parameters.

use super::dense::Dense;
use crate::exercise::{Answer, Task};
use crate::inputs::small_numbers;
use crate::scene::{Grid, Role};
use crate::{grouped, number, place, say};
use receptive_core::Rng;

/// Units without weight on the shape alone.
fn dense(shape: [usize; 3], x: Vec<f32>, w: Vec<f32>, b: Vec<f32>) -> Dense {
    let Ok(dense) = Dense::new(shape, x, w, b) else { unreachable!("the numbers fill {shape:?}") };
    dense
}

fn empty(shape: [usize; 3]) -> Dense {
    let n = shape.iter().product();
    dense(shape, vec![0.0; n], vec![0.0; n], vec![0.0])
}

fn between(rng: &mut Rng, low: usize, high: usize) -> usize {
    low + rng.below((high - low + 1) as u32) as usize
}

pub(super) fn to_index(rng: &mut Rng) -> Task {
    let shape @ [channels, rows, columns] = [between(rng, 2, 8), between(rng, 3, 7), between(rng, 3, 7)];
    let cell @ [map, row, column] =
        [between(rng, 1, channels - 1), between(rng, 1, rows - 1), between(rng, 0, columns - 1)];
    let dense = empty(shape);
    let index = dense.index(cell);
    let answer = Answer::count;
    Task {
        question: say!(
            "flatten.exercises.to-index.question",
            channels = channels,
            rows = rows,
            columns = columns,
            map = map + 1,
            place = place([row, column])
        ),
        grids: vec![],
        answer: answer(index),
        slips: vec![
            (answer(index + 1), say!("flatten.exercises.to-index.from-one")),
            (answer((map + 1) * rows * columns + (row + 1) * columns + column + 1), {
                say!("flatten.exercises.to-index.inclusive")
            }),
            (answer((map * columns + column) * rows + row), say!("flatten.exercises.to-index.down")),
            (answer((row * columns + column) * channels + map), say!("flatten.exercises.to-index.interleaved")),
            (answer(row * columns + column), say!("flatten.exercises.to-index.no-maps")),
        ],
        hint: say!("flatten.exercises.to-index.hint"),
        because: say!("flatten.exercises.to-index.because", notation = dense.index_notation(index)),
    }
}

pub(super) fn from_index(rng: &mut Rng) -> Task {
    let shape @ [channels, rows, columns] = [between(rng, 2, 4), between(rng, 3, 4), between(rng, 3, 5)];
    let map_len = rows * columns;
    let map = between(rng, 1, channels - 1);
    let asked = between(rng, 1, map_len - 1);
    let index = map * map_len + asked;
    let numbers = small_numbers(rng, rows, columns, 0, 9);
    let [_, row, column] = empty(shape).cell(index);
    Task {
        question: say!(
            "flatten.exercises.from-index.question",
            channels = channels,
            rows = rows,
            columns = columns,
            map = map + 1,
            index = index
        ),
        grids: vec![Grid::of("map", say!("flatten.map", k = map + 1), &numbers, Role::Activation)],
        answer: Answer::Cells(vec![asked]),
        slips: vec![
            (Answer::Cells(vec![asked - 1]), say!("flatten.exercises.from-index.from-one")),
            (Answer::Cells(vec![asked % rows * columns + asked / rows]), say!("flatten.exercises.from-index.down")),
        ],
        hint: say!("flatten.exercises.from-index.hint"),
        because: say!(
            "flatten.exercises.from-index.because",
            index = index,
            before = map * map_len,
            maps = map,
            rest = asked,
            columns = columns,
            place = place([row, column])
        ),
    }
}

pub(super) fn unit(rng: &mut Rng) -> Task {
    let x = small_numbers(rng, 2, 2, 1, 5);
    let mut w = small_numbers(rng, 2, 2, -2, 2);
    let bias = (1 + rng.below(4)) as f32;
    // One weight that takes away, or signs would not matter.
    w.values[rng.below(4) as usize] = -1.0;
    let dense = dense([1, 2, 2], x.values.clone(), w.values.clone(), vec![bias]);
    let products = dense.products(0);
    let terms = dense.products_text(0);
    let answer = |value: f32| Answer::number(value, 0);
    let unsigned: f32 = products.iter().map(|product| product.abs()).sum();
    let y = dense.y[0];
    Task {
        question: say!("flatten.exercises.unit.question", bias = number(bias)),
        grids: vec![
            Grid::of("map", say!("flatten.map", k = 1), &x, Role::Activation),
            Grid::of("weights", say!("flatten.weights", unit = 1), &w, Role::Weight),
        ],
        answer: answer(y),
        slips: vec![
            (answer(y - bias), say!("flatten.exercises.unit.no-bias")),
            (answer(unsigned + bias), say!("flatten.exercises.unit.unsigned")),
            (answer(products.iter().sum::<f32>() + 4.0 * bias), say!("flatten.exercises.unit.many-biases")),
        ],
        hint: say!("flatten.exercises.unit.hint"),
        because: say!("flatten.exercises.unit.because", sum = terms, bias = number(bias), y = number(y)),
    }
}

pub(super) fn params(rng: &mut Rng) -> Task {
    let shape @ [channels, rows, columns] = [between(rng, 2, 16), between(rng, 2, 7), between(rng, 2, 7)];
    let units = [10, 20, 32, 64][rng.below(4) as usize];
    let n = shape.iter().product::<usize>();
    let dense = dense(shape, vec![0.0; n], vec![0.0; n * units], vec![0.0; units]);
    Task {
        question: say!(
            "flatten.exercises.params.question",
            channels = channels,
            rows = rows,
            columns = columns,
            units = units
        ),
        grids: vec![],
        answer: Answer::count(dense.n_params()),
        slips: vec![
            (Answer::count(n * units), say!("flatten.exercises.params.no-bias")),
            (Answer::count(n * units + 1), say!("flatten.exercises.params.one-bias")),
            (Answer::count((rows * columns + 1) * units), say!("flatten.exercises.params.one-map")),
            (Answer::count(n + units), say!("flatten.exercises.params.shared")),
        ],
        hint: say!("flatten.exercises.params.hint"),
        because: say!("flatten.exercises.params.because", n = grouped(n as u64), notation = dense.params_notation()),
    }
}
