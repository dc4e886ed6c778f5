//! Images are numbers: grey levels, three planes for colour, a digit as a grid.

mod colour;
mod digit;
mod exercises;
mod grey;
mod steps;

pub use colour::{colour_name, mixed};
pub use grey::toy;

use crate::exercise::Exercise;
use crate::formula::Formula;
use crate::guide::Need;
use crate::scene::{Item, Table};
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Matrix, Needs, Outline, Sorted, Step, Trace, grouped, keys, say};
use receptive_core::Shape4;
use receptive_core::ops::quantise;

/// The brightest value of a byte.
pub const FULL: f32 = 255.0;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "images",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::SHOW, &["grey", "colour"]).when(|settings| settings.choice(keys::ON) == "small"),
        Param::count(keys::LEVELS, 2, 256, 256).doubling().when(|settings| !is_colour(settings)),
        Param::count(keys::ROW, 1, 28, 14).when(|settings| settings.choice(keys::ON) == "digit"),
        Param::count(keys::COLUMN, 1, 28, 14).when(|settings| settings.choice(keys::ON) == "digit"),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::RED),
        Param::numbers(keys::GREEN),
        Param::numbers(keys::BLUE),
    ],
    needs: |settings| Needs { digit: settings.choice(keys::ON) == "digit", ..Needs::default() },
    next: &[
        ("colour", "images?show=colour"),
        ("digit", "images?on=digit"),
        ("two-levels", "images?on=digit&levels=2"),
        ("convolution", "convolution"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("point", steps::dark_and_bright).needs(&[SMALL, GREY]),
        Step::new("paint", steps::pixel_changed).needs(&[SMALL, GREY]),
        Step::new("levels", steps::few_levels)
            .sets(&[keys::LEVELS.name])
            .needs(&[Need::unless(keys::SHOW.name, "grey", |settings| !is_colour(settings)), MANY_LEVELS]),
        Step::new("yellow", steps::yellow_mixed).needs(&[SMALL, Need::is(keys::SHOW.name, "colour")]),
        Step::new("digit", steps::edge_of_a_stroke).needs(&[
            Need::is(keys::ON.name, "digit"),
            Need::unless(keys::LEVELS.name, "256", |settings| settings.count(keys::LEVELS) >= 16),
            Need::unless(keys::ROW.name, "14", |settings| (10..=18).contains(&settings.count(keys::ROW))),
            Need::unless(keys::COLUMN.name, "14", |settings| (10..=18).contains(&settings.count(keys::COLUMN))),
        ]),
    ],
    exercises: &[
        Exercise::new("mix", exercises::mix),
        Exercise::new("count", exercises::count),
        Exercise::new("darker", exercises::darker),
        Exercise::new("between", exercises::between),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");
const GREY: Need = Need::is(keys::SHOW.name, "grey");
const MANY_LEVELS: Need = Need::unless(keys::LEVELS.name, "256", |settings| settings.count(keys::LEVELS) > steps::FEW);

fn is_colour(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "small" && settings.choice(keys::SHOW) == "colour"
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    if settings.choice(keys::ON) == "digit" {
        Ok(Box::new(digit::DigitTrace::new(settings, world.digit()?)))
    } else if is_colour(settings) {
        Ok(Box::new(colour::ColourTrace::new(settings)?))
    } else {
        Ok(Box::new(grey::GreyTrace::new(settings)))
    }
}

/// A plane at the nearest of `n_levels` levels from 0 to `full`.
fn quantised(plane: &Matrix, full: f32, n_levels: usize) -> Matrix {
    let mut levels = Matrix::zeros(plane.rows, plane.columns);
    quantise(&mut levels.values, &plane.values, full, n_levels);
    levels
}

/// The byte that a screen shows for a value; what lies outside is shown as black or as white.
fn byte(value: f32) -> u8 {
    value.round() as u8
}

/// Bits that tell so many levels apart.
fn n_bits(n_levels: usize) -> u32 {
    usize::BITS - (n_levels - 1).leading_zeros()
}

/// Returns the number of different values.
fn n_different(values: &[f32]) -> usize {
    values.iter().map(|value| value.to_bits()).collect::<Sorted<_>>().len()
}

/// Returns the arithmetic behind a picture's numbers and bytes.
fn size_formulas([channels, rows, columns]: [usize; 3], bits: u32) -> Vec<Formula> {
    let n = Shape4::new(1, channels, rows, columns).image_len();
    let n_bytes = (n as u64 * u64::from(bits)).div_ceil(8);
    let numbers = format!("{rows}·{columns}·{channels} = {}", grouped(n as u64));
    let bytes = format!("ceil(frac({}·{bits}, 8)) = {}", grouped(n as u64), grouped(n_bytes));
    vec![
        Formula::new("numbers", say!("images.numbers"), &numbers),
        Formula::new("bytes", say!("images.bytes", bits = bits), &bytes),
    ]
}

/// Returns the arithmetic behind a pixel's position in memory, where a picture is a list.
fn position_formula([row, column]: [usize; 2], columns: usize) -> Formula {
    let notation = format!("({} − 1)·{columns} + {} = {}", row + 1, column + 1, row * columns + column + 1);
    Formula::new("position", say!("images.position"), &notation)
}

/// Returns the arithmetic behind a value at few levels: the level's number, and its brightness.
fn level_formula(value: f32, shown: f32, n_levels: usize) -> Formula {
    let last = n_levels - 1;
    let level = receptive_core::ops::quantise_level(value, FULL, n_levels);
    let (value, shown) = (crate::number(value), crate::number(shown));
    let notation = format!("round(frac({value}·{last}, {FULL})) = {level}, frac({level}·{FULL}, {last}) = {shown}");
    Formula::new("level", say!("images.level"), &notation)
}

/// Returns a table of other pictures' sizes in numbers.
fn sizes() -> Item {
    let pictures =
        [("digit", [1, 28, 28]), ("thumbnail", [3, 28, 28]), ("photo", [3, 300, 300]), ("phone", [3, 3000, 4000])];
    let row = |(key, [c, h, w]): (&str, [usize; 3])| {
        let n = Shape4::new(1, c, h, w).image_len();
        vec![say!(format!("images.sizes.{key}")), format!("{h}×{w}×{c}"), grouped(n as u64)]
    };
    Item::Table(Table {
        name: "sizes",
        title: say!("images.sizes.title"),
        head: ["picture", "shape", "numbers"].map(|key| say!(format!("images.sizes.{key}"))).to_vec(),
        rows: pictures.into_iter().map(row).collect(),
        now: None,
    })
}

/// A row of the table of sizes, in words.
fn describe_size(row: usize) -> String {
    let Item::Table(table) = sizes() else { return String::new() };
    table.rows.get(row).map_or_else(String::new, |cells| cells.join(", "))
}
