//! A kernel laid on a picture: sums or means, the best matches, and the angle between window and kernel.

use crate::formula::Formula;
use crate::plane::{OUTPUT, PlaneTrace};
use crate::scene::{Cell, Grid, Item, Role, Scene, Spot};
use crate::trace::Stage;
use crate::{Trace, factor, number, place, say};
use receptive_core::ops::{Cosine, cosine};
use std::rc::Rc;

/// A kernel at work; one moment per window.
pub(super) struct Features {
    plane: PlaneTrace,
    /// The divisor of the sums; 1 leaves them as they are.
    divisor: usize,
    /// The feature map as it is shown.
    shown: Rc<Vec<Cell>>,
    /// The cells of the strongest answer; none if the answer is the same everywhere.
    best: Vec<usize>,
    remark: String,
}

impl Features {
    pub(super) fn new(plane: PlaneTrace, is_mean: bool, remark: String) -> Self {
        let divisor = if is_mean { plane.conv.n_terms() } else { 1 };
        let sums = &plane.conv.output().values;
        let most = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let is_flat = sums.iter().all(|sum| *sum == most);
        let best = (0..sums.len()).filter(|&cell| sums[cell] == most && !is_flat).collect();
        let shown = sums.iter().map(|sum| Cell::new(sum / divisor as f32, Role::Activation)).collect();
        Self { divisor, shown: Rc::new(shown), best, remark, plane }
    }

    fn value(&self, cell: usize) -> f32 {
        self.shown.get(cell).map_or(f32::NAN, |cell| cell.value)
    }

    /// Returns the cosine similarity of an output cell's window and the kernel.
    fn likeness(&self, cell: usize) -> Cosine {
        let products = self.plane.conv.products(cell);
        let (window, weights): (Vec<_>, Vec<_>) = products.into_iter().map(|[x, w]| (x, w)).unzip();
        cosine(&window, &weights)
    }

    /// The same in words: with `likeness` what the number means, with `likeness-short` without.
    fn likeness_text(&self, cell: usize, key: &str) -> String {
        match self.likeness(cell).cosine {
            Some(cosine) => say!(format!("features.{key}"), cosine = number(cosine)),
            None => say!("features.no-likeness"),
        }
    }

    /// The feature map, in sums or means, with its best cells marked.
    fn as_shown(&self, mut grid: Grid) -> Grid {
        if self.divisor > 1 {
            grid.title = say!("features.means");
            grid.cells = self.shown.clone();
        }
        grid.marked = self.best.clone();
        grid
    }

    fn formulas(&self, cell: usize) -> Vec<Formula> {
        let mut formulas = vec![];
        let Cosine { dot, norms: [x, w], cosine } = self.likeness(cell);
        let fraction = format!("cos = frac({}, {}·{})", number(dot), number(x), number(w));
        formulas.push(match cosine {
            Some(cosine) => {
                Formula::new("cosine", say!("features.cosine"), &format!("{fraction} = {}", number(cosine)))
            }
            None => Formula::new("cosine", say!("features.no-cosine"), &fraction),
        });
        if self.divisor > 1 {
            let (sum, n) = (number(self.plane.conv.output().values[cell]), self.divisor);
            let notation = format!("frac({sum}, {n}) = {}", number(self.value(cell)));
            formulas.push(Formula::new("mean", say!("features.mean"), &notation));
        }
        formulas.extend(self.plane.conv.formulas().into_iter().take(1));
        formulas
    }
}

impl Trace for Features {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.plane.stage)
    }

    /// On small numbers at the start, elsewhere where the answer is strongest.
    fn first_moment(&self) -> usize {
        if self.plane.has_numbers() { 0 } else { self.best.first().copied().unwrap_or(0) }
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.plane.cell_at(moment);
        let mut board = self.plane.board(moment);
        for item in &mut board {
            if let Item::Grid(grid) = item
                && grid.name == OUTPUT
            {
                *grid = self.as_shown(std::mem::take(grid));
            }
        }
        let mut equation = self.plane.stage.equation_at(moment);
        let mut caption = self.plane.caption(moment);
        if self.divisor > 1 {
            let mean = number(self.value(cell));
            equation.open = "(".into();
            equation.close = format!(") / {}", self.divisor);
            caption = format!("{caption} {}", say!("features.divided", n = self.divisor, mean = mean));
            equation.result = mean;
        }
        Scene {
            board: vec![
                board,
                vec![Item::Text(self.remark.clone())],
                vec![Item::Text(self.likeness_text(cell, "likeness"))],
            ],
            equation: Some(equation),
            formulas: self.formulas(cell),
            caption,
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let description = self.plane.describe(moment, spot);
        if spot.grid != OUTPUT || spot.cell >= self.plane.stage.n_known(moment) {
            return description;
        }
        let likeness = self.likeness_text(spot.cell, "likeness-short");
        if self.divisor == 1 {
            return format!("{description} {likeness}");
        }
        let sum = factor(self.plane.conv.output().values[spot.cell]);
        let at = place(self.plane.conv.output().place(spot.cell));
        let mean = number(self.value(spot.cell));
        let description = say!("features.tell-mean", place = at, sum = sum, n = self.divisor, mean = mean);
        format!("{description} {likeness}")
    }
}
