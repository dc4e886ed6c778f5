//! The network as a whole: for any of its cells, the cells that it is made from, those that it goes into, and its
//! arithmetic. Forward a cell is a value; backward it is the gradient with respect to that value.

mod cell;
mod layer;
mod zero;

pub use cell::{CellAccount, CellTerm, Group};
pub use layer::{LayerAccount, holder};

use crate::scene::Equation;
use crate::trace::{Run, Tensor};
use crate::{grouped, number, say};
use receptive_core::terms::{Cell, Combine, Term, Terms};
use receptive_nn::{GradientInspector, Head, LayerOutput, Spec, SpecError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// More products than this are not printed one by one.
const MOST_PRODUCTS: usize = 27;
/// Parameters of more numbers than this are not fetched to print a sum, or to say with which weight a cell goes into others.
const MOST_FETCHED: usize = 100_000;

/// A rectangle of cells in one plane of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// The tensor, by its name: "conv 1", "grad conv 1", "input".
    pub tensor: String,
    /// The plane, which is the channel.
    pub plane: usize,
    /// First row, first column, rows, columns.
    pub frame: [usize; 4],
}

/// What can be said about a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The cells that it is made from.
    pub sources: Vec<Region>,
    /// The cells that it goes into.
    pub readers: Vec<Region>,
    /// The part of the image that has a share in it: first row, first column, rows, columns.
    pub field: Option<[usize; 4]>,
    /// Its place, its value, and what kind of sum it is, as a sentence.
    pub about: String,
    /// Its arithmetic; nothing while values of it are missing.
    pub equation: Option<Equation>,
    /// The rows of parameters that are missing for that, by name.
    pub missing: Vec<String>,
}

/// A network, and what it makes of one image.
pub struct NetworkTrace {
    run: Run,
    /// The output of every layer.
    outputs: Vec<LayerOutput>,
    /// What gradients are of.
    head: Head,
}

impl NetworkTrace {
    /// A network with the values of its tensors, as far as they are there. `class` is what the image counts as, or the
    /// class whose logit gradients are of.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn new(
        spec: &Spec,
        (head, class): (Head, u8),
        tensors: impl IntoIterator<Item = (String, Vec<f32>)>,
    ) -> Result<Self, SpecError> {
        let run = Run::of_tensors(GradientInspector::program(spec, head)?, class, tensors);
        Ok(Self { run, outputs: spec.outputs()?, head })
    }

    /// The account of a cell; nothing if it has no value.
    pub fn account(&self, name: &str, index: usize) -> Option<Account> {
        let tensor = self.run.named(name)?;
        let cell = Cell { tensor, index };
        if index >= self.run.shape(tensor).len() {
            return None;
        }
        let is_value = |cell: &Cell<Tensor>| matches!(cell.tensor, Tensor::Buffer(_));
        let terms = self.run.terms(cell);
        let sources = terms.iter().flat_map(|terms| terms.cells()).filter(is_value);
        // Backward instructions read values too; a value goes into values, a gradient into gradients.
        let is_gradient =
            |cell: &Cell<Tensor>| self.run.name(cell.tensor).is_some_and(|name| name.starts_with("grad "));
        let readers = self.run.readers(cell).into_iter().filter(|reader| is_gradient(reader) == is_gradient(&cell));
        let missing = self.missing(cell);
        let is_known = |term: &Term<Tensor>| !term.value(|cell| self.run.worked_out(cell)).is_nan();
        let is_complete = missing.as_ref().is_some_and(Vec::is_empty)
            && terms.as_ref().is_some_and(|terms| terms.terms.iter().all(is_known));
        Some(Account {
            sources: self.regions(sources),
            readers: self.regions(readers),
            field: self.field(name, index),
            about: self.about(name, cell),
            equation: is_complete.then(|| self.run.equation(cell, MOST_PRODUCTS)),
            missing: missing.unwrap_or_default(),
        })
    }

    /// Cells as rectangles, one for each plane that they lie in.
    fn regions(&self, cells: impl Iterator<Item = Cell<Tensor>>) -> Vec<Region> {
        let mut planes: BTreeMap<(Tensor, usize), [usize; 4]> = BTreeMap::new();
        for Cell { tensor, index } in cells {
            let shape = self.run.shape(tensor);
            let (plane, row, column) = (index / (shape.h * shape.w), index / shape.w % shape.h, index % shape.w);
            let [top, left, bottom, right] = planes.entry((tensor, plane)).or_insert([row, column, row, column]);
            (*top, *left) = ((*top).min(row), (*left).min(column));
            (*bottom, *right) = ((*bottom).max(row), (*right).max(column));
        }
        let region = |((tensor, plane), [top, left, bottom, right]): ((Tensor, usize), [usize; 4])| {
            let frame = [top, left, bottom + 1 - top, right + 1 - left];
            Some(Region { tensor: self.run.name(tensor)?, plane, frame })
        };
        planes.into_iter().filter_map(region).collect()
    }

    /// The part of the image that has a share in a value. What a window reads is a rectangle, so its corners say where the
    /// next begins and ends.
    fn field(&self, name: &str, index: usize) -> Option<[usize; 4]> {
        let tensor = self.run.named(name.strip_prefix("grad ").unwrap_or(name))?;
        let mut corners = BTreeMap::from([(tensor, BTreeSet::from([index]))]);
        for instr in self.run.forward().rev() {
            for tensor in instr.written() {
                for index in corners.get(&tensor).cloned().unwrap_or_default() {
                    let sources = self.run.terms(Cell { tensor, index }).into_iter();
                    let sources: Vec<_> = sources.flat_map(|terms| terms.cells().collect::<Vec<_>>()).collect();
                    for region in
                        self.regions(sources.into_iter().filter(|cell| matches!(cell.tensor, Tensor::Buffer(_))))
                    {
                        let Some(source) = self.run.named(&region.tensor) else { continue };
                        let shape = self.run.shape(source);
                        let [top, left, rows, columns] = region.frame;
                        let at = |row: usize, column: usize| row * shape.w + column;
                        // In any plane: all have the same windows.
                        let known = corners.entry(source).or_default();
                        known.extend([at(top, left), at(top + rows - 1, left + columns - 1)]);
                        *known = outermost(known, shape.w);
                    }
                }
            }
        }
        let input = self.run.input();
        let regions = self.regions(corners.get(&input)?.iter().map(|&index| Cell { tensor: input, index }));
        regions.into_iter().next().map(|region| region.frame)
    }

    /// The rows of parameters whose values the terms of a cell need and lack; nothing if they are too many to fetch.
    fn missing(&self, cell: Cell<Tensor>) -> Option<Vec<String>> {
        self.rows(cell, MOST_FETCHED, |read| self.run.value(read).is_nan())
    }

    /// The rows of parameters that the terms of a cell read, as far as they are wanted; nothing if they are more than so
    /// many numbers.
    fn rows(&self, cell: Cell<Tensor>, most: usize, is_wanted: impl Fn(Cell<Tensor>) -> bool) -> Option<Vec<String>> {
        let (mut params, mut seen, mut cells) = (vec![], BTreeSet::new(), vec![cell]);
        while let Some(cell) = cells.pop() {
            for read in self.run.terms(cell).iter().flat_map(Terms::cells) {
                match read.tensor {
                    Tensor::Param(_) => params.push(read),
                    // What is kept nowhere is worked out, from what it needs. Many cells need the same.
                    Tensor::Buffer(_) if !self.run.is_known(read.tensor) && seen.insert((read.tensor, read.index)) => {
                        cells.push(read);
                    }
                    _ => {}
                }
            }
        }
        self.rows_of(params.into_iter().filter(|read| is_wanted(*read)), most)
    }

    /// The rows in which parameters lie; nothing if they are more than so many numbers. Of long rows only the columns are
    /// named that are read, "linear 1.weight[0..128, 5..6]": a gradient reads one weight of every unit.
    fn rows_of(&self, params: impl Iterator<Item = Cell<Tensor>>, most: usize) -> Option<Vec<String>> {
        let mut read_of: BTreeMap<Tensor, [Range<usize>; 2]> = BTreeMap::new();
        let with = |range: &Range<usize>, at: usize| range.start.min(at)..range.end.max(at + 1);
        for Cell { tensor, index } in params {
            let (shape, row_len) = (self.run.shape(tensor), self.run.row_len(tensor));
            let at = [index / row_len, index % row_len / (shape.h * shape.w)];
            let known = read_of.entry(tensor).or_insert(at.map(|at| at..at + 1));
            *known = [with(&known[0], at[0]), with(&known[1], at[1])];
        }
        let n_values = |tensor: Tensor, rows: &Range<usize>| rows.len() * self.run.row_len(tensor);
        let n: usize = read_of.iter().map(|(&tensor, [rows, _])| n_values(tensor, rows)).sum();
        let name = |(&tensor, [rows, columns]): (&Tensor, &[Range<usize>; 2])| {
            let name = self.run.name(tensor)?;
            let are_long = n_values(tensor, rows) > MOST_FETCHED;
            Some(if are_long { format!("{name}[{rows:?}, {columns:?}]") } else { format!("{name}[{rows:?}]") })
        };
        (n <= most).then(|| read_of.iter().filter_map(name).collect())
    }

    fn about(&self, name: &str, cell: Cell<Tensor>) -> String {
        let (layer, is_gradient) = name.strip_prefix("grad ").map_or((name, false), |layer| (layer, true));
        let at = self.at(layer, cell);
        let value = number(self.run.value(cell));
        let said = match (is_gradient, self.head) {
            (false, _) => say!("lab.view.value", at = at, value = value),
            (true, Head::Logit) => say!("lab.view.logit-gradient", at = at, value = value),
            (true, _) => say!("lab.view.gradient", at = at, value = value),
        };
        let Some(terms) = self.run.terms(cell) else { return said };
        let n = terms.terms.len();
        let key = match terms.combine {
            Combine::Sum if n == 1 => "lab.view.of.sum-of-one",
            Combine::Max | Combine::Mean { .. } if n == 1 => "lab.view.of.of-one",
            Combine::Sum => "lab.view.of.sum",
            Combine::Max => "lab.view.of.max",
            Combine::Mean { .. } => "lab.view.of.mean",
            Combine::Function(_) => "lab.view.of.function",
            _ => return said,
        };
        format!("{said} {}", say!(key, n_said = grouped(n as u64), n = n))
    }
}

/// Of cells of a plane so many columns wide, the first and the last corner of the rectangle around them.
fn outermost(cells: &BTreeSet<usize>, width: usize) -> BTreeSet<usize> {
    let rows = || cells.iter().map(|cell| cell / width);
    let columns = || cells.iter().map(|cell| cell % width);
    let corner = |row: Option<usize>, column: Option<usize>| Some(row? * width + column?);
    [corner(rows().min(), columns().min()), corner(rows().max(), columns().max())].into_iter().flatten().collect()
}
