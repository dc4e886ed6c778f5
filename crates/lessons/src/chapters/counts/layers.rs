//! A whole network's account, one layer per moment: the decks' exercise, or the network in the Lab.

use super::{conv_params, percent};
use crate::formula::Formula;
use crate::plane::refused;
use crate::scene::{Bar, Bars, Item, Scene, Spot, Table};
use crate::settings::Settings;
use crate::words::{self, cost_formula};
use crate::world::{Unavailable, World};
use crate::{Trace, grouped, keys, say, size_text};
use receptive_core::PoolParams;
use receptive_nn::{Expr, Formulas, Layer, Ledger, LedgerRow, Spec};

/// Name of the table.
const TABLE: &str = "layers";

/// The account of the decks' exercise: 128×128 in colour through two convolutions with pooling, 128 units, ten classes.
pub(crate) fn exercise_ledger(settings: &Settings) -> Result<Ledger, Unavailable> {
    let (f, params) = (settings.count(keys::F), conv_params(settings)?);
    let block =
        || [Layer::Conv2d { kernels: 32, size: [f, f], params }, Layer::Relu, Layer::MaxPool2d(PoolParams::square(2))];
    let top = [Layer::Flatten, Layer::Linear { units: 128 }, Layer::Relu, Layer::Linear { units: 10 }];
    let layers = block().into_iter().chain(block()).chain(top).collect();
    Ledger::new(&Spec { input: [3, 128, 128], layers }).map_err(|error| refused(&error))
}

/// The exercise on the stage. A layer's counts appear when its moment comes.
pub(super) fn exercise(settings: &Settings) -> Result<Box<dyn Trace>, Unavailable> {
    let ledger = exercise_ledger(settings)?;
    Ok(Box::new(Layers { ledger, title: say!("counts.table.exercise"), remark: None, is_asked: true }))
}

/// The network in the Lab on the stage.
pub(super) fn network(world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let network = world.network()?;
    let ledger = Ledger::new(&network.spec).map_err(|error| refused(&error))?;
    let remark = Some(say!("counts.trained", weights = network.weights()));
    Ok(Box::new(Layers { ledger, title: say!("counts.table.network"), remark, is_asked: false }))
}

struct Layers {
    ledger: Ledger,
    title: String,
    remark: Option<String>,
    /// Counts are hidden until their moment.
    is_asked: bool,
}

/// "126×126×32".
fn shape(row: &LedgerRow) -> String {
    size_text(row.shape)
}

impl Layers {
    /// The layer of a moment; nothing at the end, where all are added up.
    fn at(&self, moment: usize) -> Option<usize> {
        Some(moment).filter(|&moment| moment < self.ledger.rows.len())
    }

    fn n_known(&self, moment: usize) -> usize {
        let n = self.ledger.rows.len();
        if self.is_asked { n.min(moment.saturating_add(1)) } else { n }
    }

    fn table(&self, moment: usize) -> Table {
        let n_known = self.n_known(moment);
        let known = |row: &LedgerRow| {
            let cost = |cost: &Option<Expr>| if cost.is_none() { "0".into() } else { cost_formula(cost) };
            vec![words::layer(&row.layer), shape(row), cost(&row.formulas.params), cost(&row.formulas.macs)]
        };
        let asked = |row: &LedgerRow| vec![words::layer(&row.layer), "?".into(), "?".into(), "?".into()];
        let rows = self.ledger.rows.iter().enumerate();
        let mut rows: Vec<_> = rows.map(|(i, row)| if i < n_known { known(row) } else { asked(row) }).collect();
        if !self.is_asked || self.at(moment).is_none() {
            let sums = [self.ledger.n_params() as u64, self.ledger.n_macs()].map(grouped);
            rows.push([vec![say!("counts.sum"), String::new()], sums.into()].concat());
        }
        let head = ["layer", "shape", "params", "macs"].map(|column| say!(format!("counts.head.{column}")));
        Table { name: TABLE, title: self.title.clone(), head: head.into(), rows, now: Some(self.now(moment)) }
    }

    /// The row of the table that a moment is about.
    fn now(&self, moment: usize) -> usize {
        moment.min(self.ledger.rows.len())
    }

    fn shares(&self, moment: usize) -> Bars {
        let total = self.ledger.n_params() as u64;
        let bar = |(i, row): (usize, &LedgerRow)| {
            let n = row.n_params as u64;
            let text = say!("counts.share", n = grouped(n), share = percent(n, total));
            Bar { label: words::layer_name(&row.name), amount: n as f32, text, is_marked: self.at(moment) == Some(i) }
        };
        let known = self.ledger.rows.iter().enumerate().take(self.n_known(moment));
        let bars = known.filter(|(_, row)| row.n_params > 0).map(bar).collect();
        Bars { name: "shares", title: say!("counts.bars.shares"), bars, full: total as f32 }
    }

    fn formulas(&self, moment: usize) -> Vec<Formula> {
        let Some(row) = self.at(moment).map(|i| &self.ledger.rows[i]) else {
            return vec![Formula::new("total", say!("counts.formula.total"), &self.total())];
        };
        let Formulas { size, params, macs } = &row.formulas;
        let size = words::size_formula(size, row.shape);
        let formulas = [("size", size), ("params", cost_formula(params)), ("macs", cost_formula(macs))];
        let formulas = formulas.into_iter().filter(|(_, formula)| formula.contains('='));
        formulas.map(|(name, formula)| Formula::new(name, say!(format!("plane.{name}")), &formula)).collect()
    }

    /// "896 + 9,248 + 3,686,528 + 1,290 = 3,697,962".
    fn total(&self) -> String {
        let parts = self.ledger.rows.iter().filter(|row| row.n_params > 0).map(|row| grouped(row.n_params as u64));
        format!("{} = {}", parts.collect::<Vec<_>>().join(" + "), grouped(self.ledger.n_params() as u64))
    }

    fn describe_layer(&self, i: usize) -> String {
        let row = &self.ledger.rows[i];
        let kind = words::layer(&row.layer);
        if row.n_params == 0 {
            return say!("counts.layer-free", kind = kind, shape = shape(row));
        }
        let so_far: usize = self.ledger.rows[..=i].iter().map(|row| row.n_params).sum();
        let so_far = grouped(so_far as u64);
        let params = cost_formula(&row.formulas.params);
        say!("counts.layer", kind = kind, shape = shape(row), params = params, so_far = so_far)
    }
}

impl Trace for Layers {
    fn n_moments(&self) -> usize {
        self.ledger.rows.len() + 1
    }

    fn scene(&self, moment: usize) -> Scene {
        let caption = match self.at(moment) {
            Some(i) => self.describe_layer(i),
            None => say!("counts.total", sum = self.total()),
        };
        let mut board = vec![vec![Item::Table(self.table(moment))], vec![Item::Bars(self.shares(moment))]];
        board.extend(self.remark.clone().map(|remark| vec![Item::Text(remark)]));
        Scene { board, equation: None, formulas: self.formulas(moment), caption }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid != TABLE {
            return String::new();
        }
        match self.ledger.rows.get(spot.cell) {
            Some(row) if spot.cell >= self.n_known(moment) => {
                say!("counts.layer-asked", kind = words::layer(&row.layer))
            }
            Some(_) => self.describe_layer(spot.cell),
            None => say!("counts.total", sum = self.total()),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == TABLE).then_some(spot.cell).filter(|&row| row < self.n_moments())
    }
}
