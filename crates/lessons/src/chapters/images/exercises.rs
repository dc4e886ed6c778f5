//! Exercises about pictures as numbers.

use super::{FULL, colour_name, mixed};
use crate::exercise::{Answer, Task};
use crate::scene::{Grid, Role};
use crate::{Matrix, number, say};
use receptive_core::{Rng, Shape4};
use std::rc::Rc;

/// Asks for the colour that three parts mix to.
pub(super) fn mix(rng: &mut Rng) -> Task {
    // Lights that are on or off; neither none nor all, which ask nothing.
    let lights = 1 + rng.below(6);
    let parts = [4, 2, 1].map(|light| if lights & light != 0 { u8::MAX } else { 0 });
    let [red, green, blue] = parts;
    let right = colour_name(parts);
    let inverted = colour_name(parts.map(|part| u8::MAX - part));
    let reversed = colour_name([blue, green, red]);
    let shades = [[128, 72, 24], [255, 255, 255], [255, 255, 0], [0, 255, 255]].map(colour_name);
    let n_on = parts.iter().filter(|part| **part > 0).count();
    let mut options: Vec<String> = vec![];
    for name in [&right, &inverted, &reversed].into_iter().chain(&shades) {
        if options.len() < 4 && !options.contains(name) {
            options.push(name.clone());
        }
    }
    rng.shuffle(&mut options);
    let choice = |name: &String| {
        let position = options.iter().position(|option| option == name)?;
        Some(Answer::Choice { options: options.clone(), right: position })
    };
    let slip = |name: &String, key: &str| Some((choice(name)?, say!(format!("images.exercises.mix.{key}"))));
    let slips =
        [slip(&inverted, "inverted"), slip(&reversed, "reversed"), slip(&shades[0], "paint").filter(|_| n_on > 1)];
    let because = if n_on == 1 { "images.exercises.mix.one-light" } else { "images.exercises.mix.two-lights" };
    Task {
        question: say!("images.exercises.mix.question", red = red, green = green, blue = blue),
        grids: vec![],
        answer: Answer::Choice {
            right: options.iter().position(|name| *name == right).unwrap_or(0),
            options: options.clone(),
        },
        slips: slips.into_iter().flatten().collect(),
        hint: say!("images.exercises.mix.hint"),
        because: say!(because, name = right),
    }
}

/// Asks for the number of numbers in a colour picture.
pub(super) fn count(rng: &mut Rng) -> Task {
    let [rows, columns] = [0; 2].map(|_| 10 * (2 + rng.below(30) as usize));
    let n = |channels: usize| Shape4::new(1, channels, rows, columns).image_len();
    let say = |key: &str| say!(format!("images.exercises.count.{key}"));
    Task {
        question: say!("images.exercises.count.question", rows = rows, columns = columns),
        grids: vec![],
        answer: Answer::count(n(3)),
        slips: vec![
            (Answer::count(n(1)), say("one-plane")),
            (Answer::count(3 * (rows + columns)), say("added")),
            (Answer::count(n(4)), say("four")),
            (Answer::count(n(3) * 256), say("levels")),
        ],
        hint: say!("images.exercises.count.hint"),
        because: say!(
            "images.exercises.count.because",
            rows = rows,
            columns = columns,
            n = crate::grouped(n(3) as u64)
        ),
    }
}

/// Asks for the cells of a grey picture that are darker than a value.
pub(super) fn darker(rng: &mut Rng) -> Task {
    let limit = 10 * (8 + rng.below(10));
    let values: Vec<f32> = (0..16).map(|_| (10 * rng.below(26)) as f32).collect();
    let mut matrix = Matrix::new(4, 4, values);
    // One cell lies on the limit itself, and one on each side: none of the answers is empty.
    let cells = [rng.below(5) as usize, 5 + rng.below(5) as usize, 10 + rng.below(6) as usize];
    for (cell, value) in cells.into_iter().zip([limit, limit - 10, limit + 10]) {
        matrix.values[cell] = value as f32;
    }
    let limit = limit as f32;
    let cells = |wanted: fn(f32, f32) -> bool| {
        Answer::Cells((0..matrix.values.len()).filter(|&cell| wanted(matrix.values[cell], limit)).collect())
    };
    let n = matrix.values.iter().filter(|value| **value < limit).count();
    Task {
        question: say!("images.exercises.darker.question", limit = number(limit)),
        grids: vec![Grid { scale: Some(FULL), ..Grid::of("input", say!("images.numbers-grid"), &matrix, Role::Light) }],
        answer: cells(|value, limit| value < limit),
        slips: vec![
            (cells(|value, limit| value > limit), say!("images.exercises.darker.brighter")),
            (cells(|value, limit| value <= limit), say!("images.exercises.darker.equal")),
        ],
        hint: say!("images.exercises.darker.hint"),
        because: say!("images.exercises.darker.because", n = n, limit = number(limit)),
    }
}

/// Asks for the byte that lies a given part of the way from black to white.
pub(super) fn between(rng: &mut Rng) -> Task {
    // Parts of which 255 has a whole number.
    let (above, below) = [(1, 5), (2, 5), (3, 5), (4, 5), (1, 3), (2, 3), (1, 15), (4, 15)][rng.below(8) as usize];
    let value = FULL * above as f32 / below as f32;
    let answer = |value: f32| Answer::number(value, 0);
    let greys = Matrix::new(1, 3, [0.0, value, FULL]);
    let cells = greys.values.iter().map(|&value| mixed([value; 3])).collect();
    let picture = Grid {
        cells: Rc::new(cells),
        ..Grid::of("greys", say!("images.exercises.between.greys"), &greys, Role::Light)
    };
    Task {
        question: say!("images.exercises.between.question", above = above, below = below),
        grids: vec![picture],
        answer: answer(value),
        slips: vec![
            (answer(FULL - value), say!("images.exercises.between.from-white")),
            (answer((100.0 * above as f32 / below as f32).round()), say!("images.exercises.between.per-cent")),
            (answer((256.0 * above as f32 / below as f32).round()), say!("images.exercises.between.last")),
        ],
        hint: say!("images.exercises.between.hint"),
        because: say!("images.exercises.between.because", above = above, below = below, value = number(value)),
    }
}
