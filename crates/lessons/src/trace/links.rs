//! Links between cells, through any number of layers.

use super::run::{Run, Tensor};
use receptive_core::terms::{Cell, Combine, Factor};
use std::collections::{BTreeMap, BTreeSet};

/// Cells by their tensors.
pub(super) type Cells = BTreeMap<Tensor, BTreeSet<usize>>;

impl Run {
    /// The cells that a cell comes from, itself among them, without the parameters that other cells share.
    pub(super) fn sources(&self, cell: Cell<Tensor>) -> Cells {
        let mut found = Cells::from([(cell.tensor, BTreeSet::from([cell.index]))]);
        for instr in self.instrs().rev() {
            for tensor in instr.written() {
                let here = found.get(&tensor).cloned().unwrap_or_default();
                for index in here {
                    for source in self.reads(Cell { tensor, index }) {
                        found.entry(source.tensor).or_default().insert(source.index);
                    }
                }
            }
        }
        found
    }

    /// The cells that a cell has a part in, itself among them.
    pub(super) fn reached(&self, cell: Cell<Tensor>) -> Cells {
        let mut found = Cells::from([(cell.tensor, BTreeSet::from([cell.index]))]);
        for instr in self.instrs() {
            for tensor in instr.reads() {
                let here = found.get(&tensor).cloned().unwrap_or_default();
                for index in here {
                    for reader in self.readers(Cell { tensor, index }) {
                        found.entry(reader.tensor).or_default().insert(reader.index);
                    }
                }
            }
        }
        found
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
