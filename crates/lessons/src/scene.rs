//! A scene: one moment of a trace, as the data that a view draws.

mod graph;

pub use graph::{Graph, Joint, Place};

use crate::exercise::Task;
use crate::formula::Formula;
use crate::intern::{Name, interned, interned_handle, interned_pair};
use crate::settings::{Key, Numbers};
use crate::{Matrix, arithmetic, cell_numbers};
use receptive_nn::Schedule;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

mod surface;

pub use surface::{Path, Surface};

/// A cell of a grid, or a row of a table, on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// The grid's name on this stage.
    #[serde(deserialize_with = "interned")]
    pub grid: Name,
    /// The cell, row by row.
    pub cell: usize,
}

impl Spot {
    /// A cell of a grid.
    pub const fn new(grid: &'static str, cell: usize) -> Self {
        Self { grid, cell }
    }
}

/// Everything that stands on the stage at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Rows of things side by side, from top to bottom.
    pub board: Vec<Vec<Item>>,
    /// The arithmetic behind the cell in focus.
    pub equation: Option<Equation>,
    /// Formulas with the numbers plugged in.
    pub formulas: Vec<Formula>,
    /// The thing to notice now.
    pub caption: String,
}

impl Scene {
    /// The rows that the equation belongs to, and those after them that only add figures and words.
    pub fn halves(&self) -> (&[Vec<Item>], &[Vec<Item>]) {
        fn is_seen(item: &Item) -> bool {
            match item {
                Item::Table(_) | Item::Bars(_) | Item::Text(_) | Item::Sign(_) | Item::Course(_) => false,
                Item::Column(inside) => inside.iter().any(is_seen),
                Item::Grid(_) | Item::Graph(_) | Item::Curve(_) | Item::Surface(_) | Item::Ask(..) | Item::Builder => {
                    true
                }
            }
        }
        let last = self.board.iter().rposition(|row| row.iter().any(is_seen));
        self.board.split_at(last.map_or(self.board.len(), |last| last + 1))
    }

    /// The same with the sign before its equation's result: equal, or rounded.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if let Some(equation) = &mut self.equation {
            equation.is_rounded |= arithmetic::is_rounded(&equation.left(), &equation.result);
        }
        self
    }

    /// All items, those inside columns too.
    pub fn items(&self) -> Vec<&Item> {
        fn walk<'a>(items: &'a [Item], found: &mut Vec<&'a Item>) {
            for item in items {
                found.push(item);
                if let Item::Column(inside) = item {
                    walk(inside, found);
                }
            }
        }
        let mut found = vec![];
        self.board.iter().for_each(|row| walk(row, &mut found));
        found
    }

    /// The grid of this name.
    pub fn grid(&self, name: &str) -> Option<&Grid> {
        self.items().into_iter().find_map(|item| match item {
            Item::Grid(grid) | Item::Graph(Graph { grid, .. }) if grid.name == name => Some(grid),
            _ => None,
        })
    }

    /// True if a spot is on the stage.
    pub fn shows(&self, spot: Spot) -> bool {
        let on_surface = |item: &Item| matches!(item, Item::Surface(surface) if surface.place_of(spot).is_some());
        self.grid(spot.grid)
            .map_or_else(|| self.items().into_iter().any(on_surface), |grid| spot.cell < grid.cells.len())
    }

    /// The grid of this name, to be changed.
    pub fn grid_mut(&mut self, name: &str) -> Option<&mut Grid> {
        fn find<'a>(items: &'a mut [Item], name: &str) -> Option<&'a mut Grid> {
            items.iter_mut().find_map(|item| match item {
                Item::Grid(grid) | Item::Graph(Graph { grid, .. }) if grid.name == name => Some(grid),
                Item::Column(inside) => find(inside, name),
                _ => None,
            })
        }
        self.board.iter_mut().find_map(|row| find(row, name))
    }
}

/// One thing on the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Item {
    /// A grid of numbers.
    Grid(Grid),
    /// A network of few units.
    Graph(Graph),
    /// A sign between two things: ∗, =, →.
    Sign(#[serde(deserialize_with = "interned")] Name),
    /// Things above one another.
    Column(Vec<Item>),
    /// Lines over axes.
    Curve(Curve),
    /// A field of values with paths over it.
    Surface(Surface),
    /// Amounts as bars.
    Bars(Bars),
    /// A table.
    Table(Table),
    /// A sentence.
    Text(String),
    /// A question, with a name that no other question on the page has.
    Ask(#[serde(deserialize_with = "interned")] Name, Rc<Task>),
    /// The place where networks are built.
    Builder,
    /// The way to the Lab with this course of the learning rate; its lowest rate is a share of the one that is chosen there.
    Course(Schedule),
}

/// A grid of numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Its name on this stage, in English: "input". The page's element is `lesson-input`.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title, in words: "feature map".
    pub title: String,
    /// More about it: "5×5, padded to 7×7".
    pub detail: String,
    /// A warning about it: "never read: row 7".
    pub warning: Option<String>,
    /// Number of columns.
    pub columns: usize,
    /// The cells, row by row. The same at all moments, so that a moment costs nothing to make.
    pub cells: Rc<Vec<Cell>>,
    /// The value at which colours reach their full strength; `None`: the largest absolute value in the grid.
    pub scale: Option<f32>,
    /// The number of cells that are known by now; `None`: all.
    pub n_known: Option<usize>,
    /// The cell that the moment is about.
    pub now: Option<usize>,
    /// Frames over the cells: first row, first column, rows, columns.
    pub frames: Vec<[usize; 4]>,
    /// Cells that stand out: a maximum, a diagonal.
    pub marked: Vec<usize>,
    /// Cells that the last change of a setting changed; nothing: the grid is not compared with what it was.
    pub changed: Option<Vec<usize>>,
    /// Small second numbers in cells: "×−1".
    pub notes: Vec<(usize, String)>,
    /// The settings that typing into it changes.
    pub edit: Option<Edit>,
    /// Shown as pixels even when it is small enough for numbers.
    pub as_pixels: bool,
    /// The power of ten that its numbers are printed in units of; its title says so.
    pub power: i32,
}

impl Grid {
    /// Numbers that are still easy to read beside pictures.
    pub(crate) const EASY_NUMBERS: usize = 64;

    /// A grid of one role from a matrix.
    pub fn of(name: &'static str, title: impl Into<String>, matrix: &Matrix, role: Role) -> Self {
        let cells =
            matrix.values.iter().enumerate().map(|(i, &value)| Cell { source: Some(i), ..Cell::new(value, role) });
        Self {
            name,
            title: title.into(),
            detail: matrix.size(),
            columns: matrix.columns,
            cells: Rc::new(cells.collect()),
            ..Self::default()
        }
    }

    /// True if its cells are shown as numbers; if not, they are pixels.
    pub fn has_numbers(&self) -> bool {
        /// Cells that a page can still hold as numbers.
        const MOST: usize = 200;
        !self.as_pixels && self.cells.len() <= MOST
    }

    /// Its numbers as they are printed in its cells.
    pub fn texts(&self) -> Vec<String> {
        let unit = libm::exp10(self.power.into());
        cell_numbers(self.cells.iter().map(|cell| (f64::from(cell.value) / unit) as f32))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    /// Its values, row by row.
    pub fn values(&self) -> Vec<f32> {
        self.cells.iter().map(|cell| cell.value).collect()
    }

    /// Row and column of a cell.
    pub fn place(&self, cell: usize) -> [usize; 2] {
        [cell / self.columns, cell % self.columns]
    }

    /// The same grid where a moment is about one of its cells, which is framed.
    #[must_use]
    pub fn at(&self, cell: usize) -> Self {
        let [row, column] = self.place(cell);
        Self { now: Some(cell), frames: vec![[row, column, 1, 1]], ..self.clone() }
    }

    /// Lets its cells be typed over.
    #[must_use]
    pub fn editable(mut self, edit: Edit) -> Self {
        self.edit = Some(edit);
        self
    }
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The number in it.
    pub value: f32,
    /// Its role.
    pub role: Role,
    /// Nothing ever reads it: greyed.
    pub is_unread: bool,
    /// Its index in the matrix that typing changes; `None`: it cannot be typed over.
    pub source: Option<usize>,
}

impl Cell {
    /// A cell that is read.
    pub const fn new(value: f32, role: Role) -> Self {
        Self { value, role, is_unread: false, source: None }
    }
}

/// The role of a cell; its colour shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A picture's number: greys.
    #[default]
    Input,
    /// A picture's brightness, as a screen shows it: black (0) to white (full strength).
    Light,
    /// Made up around the input: hatched.
    Padding,
    /// A weight: orange (+) to purple (−).
    Weight,
    /// A layer's output: blue (+), purple (−).
    Activation,
    /// A gradient: green (+, with more of the value more loss), magenta (−, with more of it less).
    Gradient,
    /// A count: the more, the deeper.
    Count,
    /// A picture's red, green or blue part.
    Red,
    /// See [`Role::Red`].
    Green,
    /// See [`Role::Red`].
    Blue,
    /// A mixed colour, each part 0 to 255. The value is shown in no way; the equation names the parts.
    Colour([u8; 3]),
}

/// The settings that typing into a grid changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The setting that takes the numbers.
    #[serde(deserialize_with = "interned")]
    pub key: Name,
    /// The matrix as it is.
    pub matrix: Matrix,
    /// A choice that follows: ("kernel", "own").
    #[serde(deserialize_with = "interned_pair")]
    pub also: Option<(Name, Name)>,
    /// Cells can be painted with the pointer, with this value; see chapter 1.
    pub brush: Option<f32>,
}

impl Edit {
    /// Typing changes one setting alone.
    pub const fn of(key: Key<Numbers>, matrix: Matrix) -> Self {
        Self { key: key.name, matrix, also: None, brush: None }
    }
}

/// The arithmetic behind one cell. What stands between `^{` and `}` is raised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Equation {
    /// The text before the terms: "max(", "(".
    pub open: String,
    /// The terms in order.
    pub terms: Vec<Term>,
    /// The text between two terms: " + ".
    #[serde(deserialize_with = "interned")]
    pub joint: Name,
    /// The text after the terms: ")", ") / 9".
    pub close: String,
    /// The number of terms on the table; `None`: all.
    pub n_shown: Option<usize>,
    /// True if the last of these is the step just made.
    pub is_stepping: bool,
    /// The number after the equals sign; what there is so far while terms are missing.
    pub result: String,
    /// True if the printed terms do not come to exactly the printed number: then it is said. See [`Scene::settled`].
    pub is_rounded: bool,
}

impl Equation {
    /// Returns the text before the sign, as far as it is on the table.
    pub fn left(&self) -> String {
        let terms =
            |n: usize| self.terms[..n].iter().map(|term| term.text.as_str()).collect::<Vec<_>>().join(self.joint);
        match self.n_shown {
            Some(n) => terms(n.min(self.terms.len())),
            None => format!("{}{}{}", self.open, terms(self.terms.len()), self.close),
        }
    }
}

/// One term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The term as it is written: "1·(−1)".
    pub text: String,
    /// True if it adds nothing.
    pub is_nothing: bool,
    /// The cell that it stands for; pointing at the one lights the other.
    pub spot: Option<Spot>,
}

/// Lines over axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Its name on this stage, in English.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title, in words, for those who cannot see it too.
    pub title: String,
    /// Names of the axes.
    pub axes: [String; 2],
    /// Least and most along x, least and most along y.
    pub range: [f32; 4],
    /// The lines.
    pub lines: Vec<Line>,
    /// A point to drag along: x, y, and the setting (a number) that takes x.
    #[serde(deserialize_with = "interned_handle")]
    pub handle: Option<(f32, f32, Name)>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// Points from left to right.
    pub points: Vec<[f32; 2]>,
    /// Dashed: for comparison.
    pub is_dashed: bool,
}

/// Amounts as bars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// Its name on this stage, in English.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title.
    pub title: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The amount of a full bar; negative amounts grow to the left.
    pub full: f32,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Its label.
    pub label: String,
    /// Its length.
    pub amount: f32,
    /// The amount in words.
    pub text: String,
    /// True if it stands out.
    pub is_marked: bool,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name on this stage, in English. A row is the [`Spot`] of this name.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title.
    pub title: String,
    /// Names of the columns; the first column names the rows.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// The row that the moment is about.
    pub now: Option<usize>,
}
