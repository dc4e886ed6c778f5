//! A convolution written as the dense layer that it is: few weights, each in many places, zeros elsewhere.

use super::conv_params;
use crate::formula::Formula;
use crate::inputs::example_input;
use crate::keys;
use crate::plane::{INPUT, KERNEL, OUTPUT, PlaneConv, PlaneTrace, refused};
use crate::scene::{Cell, Edit, Grid, Item, Role, Scene, Spot};
use crate::settings::{Key, Numbers, Settings};
use crate::trace::Stage;
use crate::words::cost_formula;
use crate::world::Unavailable;
use crate::{Matrix, Trace, number, place, say};
use receptive_nn::LedgerRow;
use std::rc::Rc;

/// Name of the dense layer's grid, outputs × inputs.
pub(super) const MATRIX: &str = "matrix";

/// A convolution beside its matrix.
pub(super) struct Sharing {
    plane: PlaneTrace,
    /// The dense layer of the same inputs and outputs.
    dense: LedgerRow,
    matrix: Grid,
    /// The kernel cell that each cell of the matrix holds; nothing where it is zero because no window reaches so far.
    taps: Vec<Option<usize>>,
    /// The index of each input in the padded input.
    padded: Vec<usize>,
}

pub(super) fn trace(settings: &Settings) -> Result<Box<dyn Trace>, Unavailable> {
    Ok(Box::new(Sharing::new(settings)?))
}

impl Sharing {
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let (n, f) = (settings.count(keys::SIZE), settings.count(keys::F));
        let typed = |key: Key<Numbers>, side: usize| {
            settings.numbers(key).filter(|matrix| [matrix.rows, matrix.columns] == [side, side]).cloned()
        };
        let input = typed(keys::INPUT, n).unwrap_or_else(|| corner(&example_input(), n));
        // Every weight another number, so that each can be told apart in the matrix.
        let kernel = typed(keys::WEIGHTS, f)
            .unwrap_or_else(|| Matrix::new(f, f, (1..=f * f).map(|i| i as f32).collect::<Vec<_>>()));
        let edits = [(keys::INPUT, &input), (keys::WEIGHTS, &kernel)];
        let [edit_input, edit_kernel] = edits.map(|(key, matrix)| Some(Edit::of(key, matrix.clone())));
        let conv = PlaneConv::new(input, kernel, 0.0, conv_params(settings)?).map_err(|error| refused(&error))?;
        let (taps, matrix) = dense_matrix(&conv);
        let dense = LedgerRow::linear([1, n, n], conv.output().values.len()).map_err(|error| refused(&error))?;
        let n_padded: usize = conv.padded_size().iter().product();
        let padded = (0..n_padded).filter(|&cell| conv.input_at(cell).is_some()).collect();
        Ok(Self { plane: PlaneTrace::new(conv, false, edit_input, edit_kernel), dense, matrix, taps, padded })
    }

    /// The kernel's weight at a cell.
    pub(super) fn weight(&self, tap: usize) -> f32 {
        self.plane.conv.kernel().values[tap]
    }

    /// Weights of the kernel.
    pub(super) fn n_weights(&self) -> usize {
        self.plane.conv.n_terms()
    }

    /// Numbers that come out.
    pub(super) fn n_outputs(&self) -> usize {
        self.plane.conv.output().values.len()
    }

    /// Weights that a dense layer of this size has.
    pub(super) fn n_cells(&self) -> usize {
        self.taps.len()
    }

    /// Cells of the matrix that no window reaches.
    pub(super) fn n_zeros(&self) -> usize {
        self.taps.iter().filter(|tap| tap.is_none()).count()
    }

    /// The kernel cell behind a spot on the kernel or the matrix, and how many cells of the matrix hold it.
    pub(super) fn copies_of(&self, spot: Spot) -> Option<(usize, usize)> {
        let tap = match spot.grid {
            KERNEL => spot.cell,
            MATRIX => (*self.taps.get(spot.cell)?)?,
            _ => return None,
        };
        Some((tap, self.taps.iter().filter(|found| **found == Some(tap)).count()))
    }

    /// Cells of the matrix that hold a weight and pass a test.
    fn filled(&self, is_wanted: impl Fn(usize, usize) -> bool) -> Vec<Spot> {
        let filled = self.taps.iter().enumerate().filter_map(|(cell, tap)| Some((cell, (*tap)?)));
        filled.filter(|&(cell, tap)| is_wanted(cell, tap)).map(|(cell, _)| Spot::new(MATRIX, cell)).collect()
    }
}

/// The upper left part of a matrix.
fn corner(matrix: &Matrix, n: usize) -> Matrix {
    let cells = (0..n * n).map(|i| matrix.at(i / n, i % n));
    Matrix::new(n, n, cells.collect::<Vec<_>>())
}

/// Outputs × inputs: the weight with which each input counts in each output, and the kernel cell that it is.
fn dense_matrix(conv: &PlaneConv) -> (Vec<Option<usize>>, Grid) {
    let input = conv.input();
    let (n_inputs, n_outputs) = (input.values.len(), conv.output().values.len());
    let mut taps = vec![None; n_inputs * n_outputs];
    for row in 0..n_outputs {
        for (tap, read) in conv.inputs_read_by(row).into_iter().enumerate() {
            if let Some([r, s]) = conv.input_at(read) {
                taps[row * n_inputs + r * input.columns + s] = Some(tap);
            }
        }
    }
    let cell = |tap: &Option<usize>| Cell {
        is_unread: tap.is_none(),
        ..Cell::new(tap.map_or(0.0, |tap| conv.kernel().values[tap]), Role::Weight)
    };
    let matrix = Grid {
        name: MATRIX,
        title: say!("counts.matrix"),
        detail: say!("counts.matrix-size", outputs = n_outputs, inputs = n_inputs),
        columns: n_inputs,
        cells: Rc::new(taps.iter().map(cell).collect()),
        ..Grid::default()
    };
    (taps, matrix)
}

impl Trace for Sharing {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.plane.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let row = self.plane.cell_at(moment);
        let mut matrix = self.matrix.clone();
        matrix.frames = vec![[row, 0, 1, matrix.columns]];
        let (n_cells, n_zeros, n_weights) = (self.n_cells(), self.n_zeros(), self.n_weights());
        let side = self.plane.conv.kernel().rows;
        let n_filled = n_cells - n_zeros;
        let formulas = vec![
            Formula::new("dense", say!("counts.formula.dense-weights"), &cost_formula(&self.dense.formulas.macs)),
            Formula::new("zeros", say!("counts.formula.zeros"), &format!("{n_cells} − {n_filled} = {n_zeros}")),
            Formula::new("shared", say!("counts.formula.shared"), &format!("{side}·{side} = {n_weights}")),
        ];
        let at = place(self.plane.conv.output().place(row));
        let n_in_row = self.filled(|cell, _| cell / matrix.columns == row).len();
        let caption = say!(
            "counts.row",
            row = row + 1,
            place = at,
            n = n_in_row,
            n_zeros = matrix.columns - n_in_row,
            n_weights = n_weights
        );
        Scene {
            board: vec![self.plane.board(moment), vec![Item::Grid(matrix)]],
            equation: Some(self.plane.stage.equation_at(moment)),
            formulas,
            caption,
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let n_inputs = self.matrix.columns;
        let mut linked = self.plane.linked(moment, spot);
        match spot.grid {
            MATRIX => {
                linked.extend(self.padded.get(spot.cell % n_inputs).map(|&cell| Spot::new(INPUT, cell)));
                linked.push(Spot::new(OUTPUT, spot.cell / n_inputs));
                if let Some((tap, _)) = self.copies_of(spot) {
                    linked.push(Spot::new(KERNEL, tap));
                    linked.extend(self.filled(|cell, found| found == tap && cell != spot.cell));
                }
            }
            KERNEL => linked.extend(self.filled(|_, tap| tap == spot.cell)),
            OUTPUT => linked.extend(self.filled(|cell, _| cell / n_inputs == spot.cell)),
            INPUT => {
                let column = self.padded.iter().position(|&cell| cell == spot.cell);
                linked.extend(self.filled(|cell, _| Some(cell % n_inputs) == column));
            }
            _ => {}
        }
        linked
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid != MATRIX {
            return self.plane.describe(moment, spot);
        }
        let conv = &self.plane.conv;
        let output = place(conv.output().place(spot.cell / self.matrix.columns));
        let input = place(conv.input().place(spot.cell % self.matrix.columns));
        match self.copies_of(spot) {
            Some((tap, n)) => {
                let (w, at) = (number(self.weight(tap)), place(conv.kernel().place(tap)));
                say!("counts.tell-weight", input = input, output = output, w = w, place = at, n = n)
            }
            None => say!("counts.tell-zero", input = input, output = output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chapters::counts::CHAPTER;
    use receptive_core::ops::{LinearGeom, linear_forward, linear_scratch_len};

    #[test]
    fn a_dense_layer_with_this_matrix_does_what_the_kernel_does() {
        for (size, f, pad) in [("3", "2", "valid"), ("4", "3", "valid"), ("5", "3", "same"), ("3", "5", "same")] {
            let settings = CHAPTER.settings().with("size", size).with("f", f).with("pad", pad);
            let sharing = Sharing::new(&settings).unwrap();
            let conv = &sharing.plane.conv;
            let geom = LinearGeom { n: 1, inputs: sharing.matrix.columns, outputs: sharing.n_outputs() };
            let mut y = vec![f32::NAN; geom.outputs];
            let mut scratch = vec![0.0; linear_scratch_len(&geom)];
            let biases = vec![0.0; geom.outputs];
            linear_forward(&mut y, &conv.input().values, &sharing.matrix.values(), &biases, &geom, &mut scratch);
            assert_eq!(y, conv.output().values, "{size} {f} {pad}");
        }
    }

    #[test]
    fn links_lead_back() {
        for pad in ["valid", "same"] {
            let sharing = Sharing::new(&CHAPTER.settings().with("pad", pad)).unwrap();
            for cell in 0..sharing.n_cells() {
                let from = Spot::new(MATRIX, cell);
                for to in sharing.linked(0, from) {
                    let is_filled = sharing.taps[cell].is_some();
                    assert_eq!(sharing.linked(0, to).contains(&from), is_filled, "{from:?} {to:?}");
                }
            }
        }
    }
}
