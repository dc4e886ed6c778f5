//! Slips drawn from the decks, and one in a grid of fresh numbers.

use super::tasks::task;
use super::{SLIPS, Sort, slip, sort};
use crate::exercise::{Answer, Task};
use crate::inputs::small_numbers;
use crate::plane::PlaneConv;
use crate::scene::{Grid, Role};
use crate::{factor, number as written, place, say};
use receptive_core::{ConvParams, Rng};

fn drawn(rng: &mut Rng, wanted: Sort) -> Task {
    let ids: Vec<_> = SLIPS.iter().filter(|id| sort(slip(id)) == wanted).collect();
    task(slip(ids[rng.below(ids.len() as u32) as usize]))
}

/// A printed grid of the decks.
pub(super) fn cells(rng: &mut Rng) -> Task {
    drawn(rng, Sort::Grid)
}

/// A printed number of the decks.
pub(super) fn number(rng: &mut Rng) -> Task {
    drawn(rng, Sort::Number)
}

/// A statement of the decks.
pub(super) fn statement(rng: &mut Rng) -> Task {
    drawn(rng, Sort::Statement)
}

/// A convolution with one wrong cell: a product went in with the wrong sign.
pub(super) fn fresh(rng: &mut Rng) -> Task {
    let input = small_numbers(rng, 4, 4, 1, 4);
    let mut kernel = small_numbers(rng, 3, 3, -1, 1);
    kernel.values[rng.below(9) as usize] = -1.0;
    let Ok(conv) = PlaneConv::new(input, kernel, 0.0, ConvParams::default()) else { unreachable!("3×3 fits 4×4") };
    let cell = rng.below(4) as usize;
    let products = conv.products(cell);
    let negative: Vec<_> = products.iter().filter(|[x, w]| x * w < 0.0).collect();
    let [x, w] = *negative[rng.below(negative.len() as u32) as usize];
    let mut printed = conv.output().clone();
    let right = printed.values[cell];
    printed.values[cell] -= 2.0 * (x * w);
    let product = |[x, w]: [f32; 2]| format!("{}·{}", written(x), factor(w));
    let sum: Vec<_> = products.iter().filter(|[x, w]| x * w != 0.0).copied().map(product).collect();
    let neighbour = [1, 0, 3, 2][cell];
    Task {
        question: say!("slips.exercises.fresh.question"),
        grids: vec![
            Grid::of(super::grids::PRINTED, say!("slips.printed"), &printed, Role::Activation),
            conv.input_grid(),
            conv.kernel_grid(),
        ],
        answer: Answer::Cells(vec![cell]),
        slips: vec![(Answer::Cells(vec![neighbour]), say!("slips.exercises.fresh.neighbour"))],
        hint: say!("slips.exercises.fresh.hint"),
        because: say!(
            "slips.exercises.fresh.because",
            place = place(conv.output().place(cell)),
            sum = sum.join(" + "),
            right = written(right),
            product = product([x, w])
        ),
    }
}
