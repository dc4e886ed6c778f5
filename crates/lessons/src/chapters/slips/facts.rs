//! Single numbers and statements of the decks.

use super::why;
use crate::formula::Formula;
use crate::plane::size_notation;
use crate::scene::{Grid, Item, Role, Scene, Spot, Table};
use crate::words::cost_formula;
use crate::worked::Worked;
use crate::{Trace, grouped, number, place, say};
use receptive_core::{ConvGeom, ConvParams, Shape4};
use receptive_nn::{LayerGeometry, LedgerRow, Preset};

/// Name of the grid of what goes in.
const VALUES: &str = "values";
/// Name of the table of printed and computed.
const TABLE: &str = "numbers";
/// Bytes of a 32-bit float.
const BYTES: u64 = 4;

/// The question and the arithmetic behind a single number.
pub(super) struct Fact {
    /// The question.
    pub(super) question: String,
    /// The arithmetic that answers it.
    pub(super) formulas: Vec<Formula>,
    /// The input, if it is a row of numbers.
    pub(super) values: Option<Grid>,
}

/// Geometry of the slides' network: its convolutions in order.
fn slides_convs() -> Vec<ConvGeom> {
    let geometries = Preset::Slides.spec().geometries(1).unwrap_or_default();
    let conv = |(place, _): (LayerGeometry, Shape4)| match place {
        LayerGeometry::Conv2d(geom) => Some(geom),
        _ => None,
    };
    geometries.into_iter().filter_map(conv).collect()
}

/// Kernels of `f`×`f` over an image; the sizes here fit.
fn conv(n: usize, f: usize, channels: usize, side: usize) -> ConvGeom {
    ConvGeom::new(Shape4::new(1, channels, side, side), Shape4::new(n, channels, f, f), ConvParams::default())
        .unwrap_or_else(|_| unreachable!("it fits"))
}

/// The question behind a number, and its arithmetic.
pub(super) fn fact(slip: &'static Worked) -> Fact {
    let (question, notations, values) = match slip.id {
        "size-7-3-s3" => {
            let [n, f, stride, pad] = ["n", "f", "stride", "padding"].map(|name| slip.count(name));
            let out = slip.compute().and_then(|values| values.first().copied()).unwrap_or_default() as usize;
            let question = say!("slips.question.size-7-3-s3", n = n, f = f, stride = stride);
            (question, vec![size_notation(n, f, pad, stride, 1, out)], None)
        }
        "vector-o-score" | "cross-entropy-3" => row(slip),
        _ => count(slip),
    };
    let name = |i: usize| ["first", "second"][i.min(1)];
    let title = |i: usize| say!(format!("slips.formula.{}.{}", slip.id, name(i)));
    let formulas =
        notations.iter().enumerate().map(|(i, notation)| Formula::new(name(i), title(i), notation)).collect();
    Fact { question, formulas, values }
}

/// A number that follows from a row of numbers.
fn row(slip: &'static Worked) -> (String, Vec<String>, Option<Grid>) {
    let is_loss = slip.kind == "cross-entropy";
    let values = slip.matrix(if is_loss { "probabilities" } else { "values" });
    let marked = if is_loss { vec![slip.count("target")] } else { slip.counts("indices") };
    let right = slip.correct_text();
    let chosen: Vec<_> = marked.iter().map(|&i| number(values.values[i])).collect();
    let notation = if is_loss {
        format!("−ln({}) = {right}", chosen.join(""))
    } else {
        format!("frac({}, {}) = {right}", chosen.join(" + "), chosen.len())
    };
    let grid =
        Grid { marked, ..Grid::of(VALUES, say!(format!("slips.values.{}", slip.id)), &values, Role::Activation) };
    (say!(format!("slips.question.{}", slip.id), n = chosen.len()), vec![notation], Some(grid))
}

/// A count of parameters, units or weights.
fn count(slip: &'static Worked) -> (String, Vec<String>, Option<Grid>) {
    let key = format!("slips.question.{}", slip.id);
    let convs = slides_convs();
    let (Some(first), Some(last)) = (convs.first(), convs.last()) else {
        unreachable!("the slides’ network has two")
    };
    let y = first.y();
    let (question, notations) = match slip.id {
        "params-conv2" => {
            let w = last.w();
            (say!(key, n = w.n, f = w.h, c = w.c), vec![cost_formula(&LayerGeometry::Conv2d(*last).formulas().params)])
        }
        "hidden-units" => {
            let size = format!("{}×{}", y.h, y.w);
            (say!(key, n = y.c, size = size), vec![format!("{}·{}·{} = {}", y.c, y.h, y.w, grouped(y.len() as u64))])
        }
        "dense-instead-of-conv" => {
            let row = LedgerRow::linear([first.x().c, first.x().h, first.x().w], y.len());
            let formula = row.map(|row| cost_formula(&row.formulas.macs)).unwrap_or_default();
            (say!(key, n_inputs = first.x().len(), n = grouped(y.len() as u64)), vec![formula])
        }
        _ => {
            let geom = conv(200, 3, 3, 300);
            let (w, n) = (geom.w(), geom.w().len() as u64);
            let weights = format!("{}·{}·{}·{} = {}", w.n, w.h, w.w, w.c, grouped(n));
            let bytes = format!("{}·{BYTES} = {}", grouped(n), grouped(n * BYTES));
            (say!(key, n = w.n, f = w.h, c = w.c, printed = slip.printed.unwrap_or_default()), vec![weights, bytes])
        }
    };
    (question, notations, None)
}

/// A single number on the stage.
pub(super) struct NumberTrace {
    pub(super) slip: &'static Worked,
    pub(super) fact: Fact,
    pub(super) is_revealed: bool,
}

impl Trace for NumberTrace {
    fn scene(&self, _moment: usize) -> Scene {
        let right = if self.is_revealed { self.slip.correct_text() } else { "?".into() };
        let rows = vec![
            vec![say!("slips.printed"), self.slip.printed_text().unwrap_or_default()],
            vec![say!("slips.right"), right],
        ];
        let head = vec![say!("slips.source"), say!("slips.number")];
        let table = Table { name: TABLE, title: self.slip.title(), head, rows, now: None };
        let mut board = vec![];
        // While it is asked, the question stands below.
        board.extend(self.is_revealed.then(|| vec![Item::Text(self.fact.question.clone())]));
        board.extend(self.fact.values.clone().map(|grid| vec![Item::Grid(grid)]));
        board.push(vec![Item::Table(table)]);
        Scene {
            board,
            equation: None,
            formulas: if self.is_revealed { self.fact.formulas.clone() } else { vec![] },
            caption: if self.is_revealed { why(self.slip) } else { say!("slips.ask.number") },
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        match (spot.grid, &self.fact.values) {
            (VALUES, Some(grid)) => {
                let Some(cell) = grid.cells.get(spot.cell) else { return String::new() };
                let at = place(grid.place(spot.cell));
                say!("slips.tell", title = grid.title, place = at, value = number(cell.value))
            }
            (TABLE, _) if self.is_revealed => why(self.slip),
            (TABLE, _) => self.fact.question.clone(),
            _ => String::new(),
        }
    }
}

/// A statement on the stage.
pub(super) struct StatementTrace {
    pub(super) slip: &'static Worked,
    pub(super) is_revealed: bool,
}

/// A statement's formula, where one says it better.
fn statement_formula(slip: &Worked) -> Option<Formula> {
    let notation = match slip.id {
        "text-pointwise-count" => cost_formula(&LayerGeometry::Conv2d(conv(128, 1, 3, 8)).formulas().macs),
        "text-log-logit" => "sub(p, i) = frac(sup(e, sub(z, i)), sum(j) sup(e, sub(z, j)))".into(),
        _ => return None,
    };
    Some(Formula::new("statement", say!(format!("slips.formula.{}.first", slip.id)), &notation))
}

impl Trace for StatementTrace {
    fn scene(&self, _moment: usize) -> Scene {
        let printed = self.slip.printed_text().unwrap_or_default();
        let mut board = vec![vec![Item::Text(say!("slips.says", text = printed))]];
        if !self.is_revealed {
            return Scene { board, caption: say!("slips.ask.statement"), ..Scene::default() };
        }
        board.push(vec![Item::Text(say!("slips.rather", text = self.slip.correct_text()))]);
        let formulas = statement_formula(self.slip).into_iter().collect();
        Scene { board, equation: None, formulas, caption: why(self.slip) }
    }

    fn describe(&self, _moment: usize, _spot: Spot) -> String {
        String::new()
    }
}
