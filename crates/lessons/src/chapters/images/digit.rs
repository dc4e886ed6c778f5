//! A digit as a grid of pixels, and a part of it as the numbers that it is.

use super::{FULL, byte, n_bits, n_different, position_formula, quantised, size_formulas};
use crate::formula::Formula;
use crate::scene::{Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::settings::{Count, Key, Settings};
use crate::world::Digit;
use crate::{Matrix, Trace, grouped, keys, number, place, say};

/// Rows and columns of the part that is shown as numbers.
const CROP: usize = 9;

/// A digit and a part of it; one moment per cell of the part.
pub(super) struct DigitTrace {
    name: String,
    image: Matrix,
    /// First row and column of the part.
    corner: [usize; 2],
    crop: Matrix,
    n_levels: usize,
    digit: Grid,
    numbers: Grid,
}

impl DigitTrace {
    pub(super) fn new(settings: &Settings, source: &Digit) -> Self {
        let n_levels = settings.count(keys::LEVELS);
        let image = quantised(&source.image, 1.0, n_levels);
        let [rows, columns] = [image.rows, image.columns].map(|n| n.min(CROP));
        // The part never hangs over the picture's border.
        let first =
            |key: Key<Count>, n: usize, size: usize| (settings.count(key) - 1).saturating_sub(CROP / 2).min(n - size);
        let corner = [first(keys::ROW, image.rows, rows), first(keys::COLUMN, image.columns, columns)];
        let inside = (0..rows * columns).map(|i| image.at(corner[0] + i / columns, corner[1] + i % columns));
        let crop = Matrix::new(rows, columns, inside.map(|value| byte(value * FULL).into()).collect::<Vec<f32>>());
        let digit = Grid {
            scale: Some(1.0),
            detail: say!("images.digit-detail", size = image.size(), n = n_different(&image.values)),
            frames: vec![[corner[0], corner[1], rows, columns]],
            as_pixels: true,
            ..Grid::of("digit", say!("images.digit"), &image, Role::Input)
        };
        let numbers = Grid {
            scale: Some(FULL),
            detail: say!(
                "images.crop-detail",
                row = corner[0] + 1,
                last_row = corner[0] + rows,
                column = corner[1] + 1,
                last_column = corner[1] + columns
            ),
            ..Grid::of("crop", say!("images.crop"), &crop, Role::Input)
        };
        Self { name: source.name.clone(), image, corner, crop, n_levels, digit, numbers }
    }

    fn cell(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    /// The digit's pixel behind a cell of the part.
    fn pixel(&self, cell: usize) -> usize {
        let [row, column] = self.crop.place(cell);
        (self.corner[0] + row) * self.image.columns + self.corner[1] + column
    }

    /// The cell of the part that shows a pixel of the digit.
    fn cell_of(&self, pixel: usize) -> Option<usize> {
        let at = self.image.place(pixel);
        let row = at[0].checked_sub(self.corner[0]).filter(|&row| row < self.crop.rows)?;
        let column = at[1].checked_sub(self.corner[1]).filter(|&column| column < self.crop.columns)?;
        Some(row * self.crop.columns + column)
    }

    fn describe_pixel(&self, pixel: usize) -> String {
        let Some(&value) = self.image.values.get(pixel) else { return String::new() };
        let place = place(self.image.place(pixel));
        say!("images.tell-ink", place = place, byte = byte(value * FULL), value = number(value))
    }
}

impl Trace for DigitTrace {
    fn n_moments(&self) -> usize {
        self.crop.values.len()
    }

    /// The middle of the part.
    fn first_moment(&self) -> usize {
        self.n_moments() / 2
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.cell(moment);
        let pixel = self.pixel(cell);
        let (ink, value) = (self.crop.values[cell], self.image.values[pixel]);
        let at = self.image.place(pixel);
        let digit = Grid { now: Some(pixel), ..self.digit.clone() };
        let numbers = self.numbers.at(cell);
        let term = |text: String, spot| Term { text, is_nothing: false, spot };
        let mut formulas = size_formulas([1, self.image.rows, self.image.columns], n_bits(self.n_levels));
        let n = self.image.values.len();
        let floats = format!("{}·{} = {}", grouped(n as u64), size_of::<f32>(), grouped((n * size_of::<f32>()) as u64));
        formulas.push(Formula::new("floats", say!("images.floats"), &floats));
        formulas.push(position_formula(at, self.image.columns));
        Scene {
            board: vec![
                vec![Item::Grid(digit), Item::Sign("→"), Item::Grid(numbers)],
                vec![Item::Text(say!("images.ink", name = self.name, full = FULL))],
            ],
            equation: Some(Equation {
                terms: vec![term(number(ink), Some(Spot::new("crop", cell))), term(number(FULL), None)],
                joint: " / ",
                result: number(ink / FULL),
                ..Equation::default()
            }),
            formulas,
            caption: say!("images.ink-pixel", place = place(at), byte = number(ink), value = number(value)),
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        match spot.grid {
            "digit" => self.cell_of(spot.cell).into_iter().map(|cell| Spot::new("crop", cell)).collect(),
            "crop" if spot.cell < self.n_moments() => vec![Spot::new("digit", self.pixel(spot.cell))],
            _ => vec![],
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        match spot.grid {
            "digit" => self.describe_pixel(spot.cell),
            "crop" if spot.cell < self.n_moments() => self.describe_pixel(self.pixel(spot.cell)),
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == "crop").then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new("crop", self.cell(moment)))
    }
}
