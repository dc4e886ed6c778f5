//! A layer on the stage, gradient by gradient.

use super::parts::{GRADIENT, Part};
use crate::formula::Formula;
use crate::scene::{Equation, Item, Scene, Spot};
use crate::trace::Stage;
use crate::{Trace, place, say};

/// More products than this are not printed one by one.
const MOST: usize = 16;

/// One moment is one cell of the gradient; of a bias, one of its terms.
pub(super) struct Backward {
    pub(super) part: Part,
    /// Sentences below the grids.
    pub(super) remarks: Vec<String>,
}

impl Backward {
    fn stage(&self) -> &Stage {
        &self.part.stage
    }

    /// The gradient of a cell that is known, in words.
    fn story(&self, cell: usize) -> String {
        let Some(grid) = self.stage().plain(GRADIENT) else { return String::new() };
        let of = |name| self.stage().plain(name).and_then(|grid| grid.cells.get(cell)).map_or(0.0, |cell| cell.value);
        let node = self.stage().cell_at(0, Spot::new(GRADIENT, cell));
        let terms = node.and_then(|node| self.stage().run().terms(node)).map_or(0, |terms| terms.terms.len());
        let value = grid.cells[cell].value;
        let print = |value| self.stage().run().print(value);
        let is_shut = value == 0.0 && matches!(self.part.key, "relu" | "pool");
        let key = if is_shut { format!("{}-none", self.part.key) } else { self.part.key.into() };
        say!(
            format!("backprop-cnn.story.{key}"),
            place = place(grid.place(cell)),
            i = cell + 1,
            n = terms,
            value = print(value),
            p = print(of("probabilities")),
            x = print(of(super::parts::INPUT)),
            up = print(of(super::parts::UPSTREAM)),
            sign = say!(if value > 0.0 { "backprop-cnn.more" } else { "backprop-cnn.less" })
        )
    }

    fn equation(&self, moment: usize) -> Equation {
        let cell = self.stage().focus_cell(moment);
        let n = self.stage().run().terms(cell).map_or(0, |terms| terms.terms.len());
        if n > MOST { self.stage().run().equation(cell, MOST - 1) } else { self.stage().equation_at(moment) }
    }

    fn rule(&self) -> Option<Formula> {
        let notation = match self.part.key {
            "error" => "frac(∂L, sub(∂z, i)) = sub(p, i) − sub(y, i)",
            "weight" => "frac(∂L, sub(∂w, i j)) = frac(∂L, sub(∂y, i)) · sub(x, j)",
            "kernel" => "frac(∂L, sub(∂w, r s)) = sum(p q) frac(∂L, sub(∂y, p q)) · sub(x, p+r q+s)",
            "input" => "frac(∂L, sub(∂x, i j)) = sum(r s) frac(∂L, sub(∂y, i−r j−s)) · sub(w, r s)",
            "bias" => "frac(∂L, ∂b) = sum(p q) frac(∂L, sub(∂y, p q))",
            _ => return None,
        };
        Some(Formula::new("rule", say!("backprop-cnn.rule"), notation))
    }
}

impl Trace for Backward {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.part.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut board = self.part.board(moment);
        board.extend(self.remarks.iter().map(|remark| vec![Item::Text(remark.clone())]));
        Scene {
            board,
            equation: Some(self.equation(moment)),
            formulas: self.rule().into_iter().collect(),
            caption: self.story(self.stage().at(moment).0),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(grid) = self.stage().plain(spot.grid).filter(|grid| spot.cell < grid.cells.len()) else {
            return String::new();
        };
        let at = place(grid.place(spot.cell));
        if spot.grid != GRADIENT {
            let value = self.stage().run().print(grid.cells[spot.cell].value);
            return say!("backprop-cnn.tell", title = grid.title, place = at, value = value);
        }
        if spot.cell >= self.stage().n_known(moment) {
            return say!("backprop-cnn.tell-unknown", place = at);
        }
        self.story(spot.cell)
    }
}
