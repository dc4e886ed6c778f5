//! A small grey picture: the numbers, and what a screen makes of them.

use super::{FULL, byte, level_formula, n_bits, n_different, position_formula, quantised, size_formulas};
use crate::keys;
use crate::scene::{Cell, Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::settings::Settings;
use crate::{Matrix, Trace, number, place, say};
use std::rc::Rc;

/// A ball, lit from the upper left.
pub fn toy() -> Matrix {
    #[rustfmt::skip]
    let values = [
         0.0,   0.0, 165.0, 200.0, 170.0, 100.0,   0.0,   0.0,
         0.0, 230.0, 250.0, 235.0, 205.0, 155.0,  75.0,   0.0,
       180.0, 250.0, 255.0, 230.0, 195.0, 150.0,  90.0,  35.0,
       195.0, 230.0, 225.0, 205.0, 175.0, 130.0,  75.0,  30.0,
       155.0, 195.0, 190.0, 170.0, 140.0,  95.0,  45.0,  25.0,
         0.0, 140.0, 140.0, 125.0,  95.0,  50.0,  25.0,   0.0,
        60.0,  40.0,  80.0,  65.0,  40.0,  25.0,  10.0,  20.0,
        60.0,  60.0,  40.0,  20.0,  10.0,  10.0,  20.0,  40.0,
    ];
    Matrix::new(8, 8, values)
}

/// A grey picture; one moment per pixel, in the order in which they lie in memory.
pub(super) struct GreyTrace {
    numbers: Matrix,
    shown: Matrix,
    n_levels: usize,
    input: Grid,
    picture: Grid,
}

impl GreyTrace {
    pub(super) fn new(settings: &Settings) -> Self {
        let numbers = settings.numbers(keys::INPUT).cloned().unwrap_or_else(toy);
        let n_levels = settings.count(keys::LEVELS);
        let shown = quantised(&numbers, FULL, n_levels);
        let n_outside = numbers.values.iter().filter(|value| !(0.0..=FULL).contains(*value)).count();
        let edit = Edit { key: keys::INPUT.name, matrix: numbers.clone(), also: None, brush: Some(FULL) };
        let input = Grid {
            scale: Some(FULL),
            warning: (n_outside > 0).then(|| say!("images.outside", n = n_outside)),
            ..Grid::of("input", say!("images.numbers-grid"), &numbers, Role::Light).editable(edit)
        };
        let cells = shown.values.iter().map(|&value| Cell::new(value, Role::Colour([byte(value); 3])));
        let picture = Grid {
            detail: say!("images.greys", n = n_different(&shown.values)),
            cells: Rc::new(cells.collect()),
            as_pixels: true,
            ..Grid::of("picture", say!("images.picture"), &shown, Role::Light)
        };
        Self { numbers, shown, n_levels, input, picture }
    }

    fn pixel(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }
}

impl Trace for GreyTrace {
    fn n_moments(&self) -> usize {
        self.numbers.values.len()
    }

    /// The middle of the picture, which is seldom black.
    fn first_moment(&self) -> usize {
        self.numbers.rows / 2 * self.numbers.columns + self.numbers.columns / 2
    }

    fn scene(&self, moment: usize) -> Scene {
        let pixel = self.pixel(moment);
        let (value, shown) = (self.numbers.values[pixel], self.shown.values[pixel]);
        let at = self.numbers.place(pixel);
        let framed = |grid: &Grid| Item::Grid(grid.at(pixel));
        let mut caption =
            say!("images.pixel", i = pixel + 1, n = self.n_moments(), place = place(at), value = number(value));
        let mut formulas = size_formulas([1, self.numbers.rows, self.numbers.columns], n_bits(self.n_levels));
        formulas.push(position_formula(at, self.numbers.columns));
        if shown != value {
            let clipped = value.clamp(0.0, FULL);
            formulas.push(level_formula(clipped, shown, self.n_levels));
            caption = format!("{caption} {}", say!("images.rounded", n = self.n_levels, shown = number(shown)));
        }
        let term = |text: String, spot| Term { text, is_nothing: false, spot };
        Scene {
            board: vec![vec![framed(&self.input), Item::Sign("→"), framed(&self.picture)]],
            equation: Some(Equation {
                terms: vec![term(number(shown), Some(Spot::new("input", pixel))), term(number(FULL), None)],
                joint: " / ",
                result: number(shown / FULL),
                ..Equation::default()
            }),
            formulas,
            caption,
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        match spot.grid {
            "input" => vec![Spot::new("picture", spot.cell)],
            "picture" => vec![Spot::new("input", spot.cell)],
            _ => vec![],
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let Some((&value, &shown)) = self.numbers.values.get(spot.cell).zip(self.shown.values.get(spot.cell)) else {
            return String::new();
        };
        let place = place(self.numbers.place(spot.cell));
        match spot.grid {
            "input" => say!("images.tell-number", place = place, value = number(value)),
            "picture" => {
                let share = number(shown / FULL);
                say!("images.tell-grey", place = place, value = number(value), shown = number(shown), share = share)
            }
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == "picture").then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new("picture", self.pixel(moment)))
    }
}
