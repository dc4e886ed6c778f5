//! Links between cells, through any number of layers.

use super::run::{Run, Tensor};
use super::stage::{MAX_WINDOW, Stage, WINDOW};
use crate::Sorted;
use crate::scene::Spot;
use receptive_core::terms::{Cell, Combine, Factor};

/// Cells by their tensors.
#[derive(Default)]
pub(super) struct Cells(Vec<(Tensor, Sorted<usize>)>);

impl Cells {
    fn insert(&mut self, cell: Cell<Tensor>) {
        let at = self.0.iter().position(|(tensor, _)| *tensor == cell.tensor).unwrap_or_else(|| {
            self.0.push((cell.tensor, Sorted::default()));
            self.0.len() - 1
        });
        self.0[at].1.insert(cell.index);
    }

    /// The cells of one tensor, by their indices.
    pub(super) fn of(&self, tensor: Tensor) -> &[usize] {
        self.0.iter().find(|(found, _)| *found == tensor).map_or(&[], |(_, indices)| indices)
    }

    fn all(&self) -> impl Iterator<Item = Cell<Tensor>> {
        self.0.iter().flat_map(|&(tensor, ref indices)| indices.iter().map(move |&index| Cell { tensor, index }))
    }
}

impl Run {
    /// The cells that a cell comes from, itself among them, without the parameters that other cells share. Of a gradient:
    /// the gradients that it comes from, and the values that it meets itself.
    pub(super) fn sources(&self, cell: Cell<Tensor>) -> Cells {
        let is_back = self.is_gradient(cell.tensor);
        let mut found = Cells::default();
        found.insert(cell);
        for instr in self.instrs().rev() {
            for tensor in instr.written().into_iter().filter(|&tensor| self.is_gradient(tensor) == is_back) {
                for index in found.of(tensor).to_vec() {
                    let reader = Cell { tensor, index };
                    let is_followed =
                        |source: &Cell<Tensor>| reader == cell || self.is_gradient(source.tensor) == is_back;
                    self.reads(reader).into_iter().filter(is_followed).for_each(|source| found.insert(source));
                }
            }
        }
        found
    }

    /// The cells that a cell has a part in, itself among them: of a value the values, of a gradient the gradients.
    pub(super) fn reached(&self, cell: Cell<Tensor>) -> Cells {
        let is_back = self.is_gradient(cell.tensor);
        let mut found = Cells::default();
        found.insert(cell);
        for instr in self.instrs() {
            for tensor in instr.reads() {
                for index in found.of(tensor).to_vec() {
                    let readers = self.readers(Cell { tensor, index }).into_iter();
                    let same = readers.filter(|reader| self.is_gradient(reader.tensor) == is_back);
                    same.for_each(|reader| found.insert(reader));
                }
            }
        }
        found
    }

    /// The gradient with respect to a cell, or the cell that a gradient is with respect to.
    fn across(&self, Cell { tensor, index }: Cell<Tensor>) -> Option<Cell<Tensor>> {
        let other = if self.is_gradient(tensor) { self.respect(tensor) } else { self.gradient(tensor) };
        other.map(|tensor| Cell { tensor, index })
    }

    /// The cells that a cell is made from, in the order of its terms: values, and the parameters that it alone uses.
    pub fn reads(&self, cell: Cell<Tensor>) -> Vec<Cell<Tensor>> {
        let cells = self.terms(cell).into_iter().flat_map(|terms| terms.cells().collect::<Vec<_>>());
        cells.filter(|cell| !self.is_shared(cell.tensor)).collect()
    }

    /// The cells that are copies of the same cell as this one, such as those of a mirrored border; itself not.
    pub(super) fn copies(&self, cell: Cell<Tensor>) -> Vec<Cell<Tensor>> {
        let others = |source| self.readers(source).into_iter().filter(|other| *other != cell).collect();
        self.copied(cell).map_or_else(Vec::new, others)
    }

    /// The cell that a cell holds the value of, unchanged.
    pub fn copied(&self, cell: Cell<Tensor>) -> Option<Cell<Tensor>> {
        let terms = self.terms(cell).filter(|terms| terms.combine == Combine::Sum && !terms.rectified)?;
        match terms.terms[..] {
            [term] if term.coefficient == 1.0 => match term.factors {
                [Some(Factor::Cell(source)), None] => Some(source),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Stage {
    /// The cells that a spot comes from, through all layers, and those that it has a part in; what it meets in the sum
    /// of the moment; the other places where its value stands.
    pub fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let Some(cell) = self.cell_at(moment, spot) else { return vec![] };
        let mut spots = if spot.grid == WINDOW { self.spots(cell) } else { self.around(cell) };
        let met = self.met(moment, cell);
        spots.extend(met.iter().flat_map(|&cell| self.spots(cell)));
        if self.plain(self.windowed).is_some_and(|grid| !grid.has_numbers()) {
            let read = self.run().reads(self.focus_cell(moment));
            let at = (0..read.len().min(MAX_WINDOW)).filter(|&at| read[at] == cell || met.contains(&read[at]));
            spots.extend(at.map(|at| Spot::new(WINDOW, at)));
        }
        each_once(spots, spot)
    }

    /// The spots of the cells that a cell comes from, and of those that it has a part in.
    pub(super) fn around(&self, cell: Cell<Tensor>) -> Vec<Spot> {
        let (run, is_followed) = (self.run(), |cell: &Cell<Tensor>| self.followed.contains(&cell.tensor));
        let across = run.across(cell);
        if run.is_shared(cell.tensor) && !is_followed(&cell) {
            return across.map_or_else(Vec::new, |cell| self.spots(cell));
        }
        let mut cells = run.reads(cell);
        cells.extend(across);
        cells.extend(run.terms(cell).iter().flat_map(|terms| terms.cells()).filter(is_followed));
        [run.sources(cell), run.reached(cell)].iter().for_each(|found| cells.extend(found.all()));
        cells.extend(run.copies(cell));
        cells.into_iter().flat_map(|cell| self.spots(cell)).collect()
    }

    /// The cells that stand in the same term as a cell in the sum of a moment, itself among them; of sums that are added
    /// up, the one that the term stands in too.
    fn met(&self, moment: usize, cell: Cell<Tensor>) -> Vec<Cell<Tensor>> {
        let met_in = |sum| {
            let terms = self.run().terms(sum).map_or_else(Vec::new, |terms| terms.terms);
            let met = terms.into_iter().filter(|term| term.cells().any(|met| met == cell));
            met.flat_map(|term| term.cells()).collect::<Vec<_>>()
        };
        let focus = self.focus_cell(moment);
        let mut met = met_in(focus);
        let added = if self.adds_sums { self.run().reads(focus) } else { vec![] };
        for sum in added {
            let found = met_in(sum);
            met.extend((!found.is_empty()).then_some(sum).into_iter().chain(found));
        }
        met
    }
}

/// The spots that a spot is linked to: each once, itself not.
pub(super) fn each_once(mut spots: Vec<Spot>, spot: Spot) -> Vec<Spot> {
    let mut seen: Sorted<_> = [spot].into_iter().collect();
    spots.retain(|spot| seen.insert(*spot));
    spots
}
