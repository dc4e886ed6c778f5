//! The account of a network: a line per layer, every formula filled in, and what they add up to.

use crate::formula::Formula;
use crate::scene::{Bar, Bars, Table};
use crate::words::{self, axes_notation, cost_formula};
use crate::{grouped, say};
use receptive_nn::{Expr, Layer, LayerGeometry, Ledger, LedgerRow, SizeFormula, Spec, SpecError};

/// Name of the table on the stage. Row 0 is the input, row `i + 1` layer `i`.
pub const LEDGER: &str = "ledger";

/// A network's account as far as it can be built, and why it cannot be built further.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The network.
    pub spec: Spec,
    /// The lines of the layers that can be built.
    pub rows: Vec<LedgerRow>,
    /// Their geometries.
    pub geometries: Vec<LayerGeometry>,
    /// The reason that the other layers cannot be built.
    pub error: Option<SpecError>,
}

impl Account {
    /// Accounts for a network.
    pub fn new(spec: Spec) -> Self {
        let (ledger, error) = Ledger::up_to_error(&spec);
        let geometries: Vec<_> = spec.geometries_while(1).0.into_iter().map(|(place, _)| place).collect();
        let names = spec.names();
        // A block's line counts the layers of its branches, whose lines stand before it.
        let (mut rows, mut inside) = (vec![], vec![]);
        for mut row in ledger.rows {
            if names.contains(&row.name) {
                add_up(&mut row, &inside);
                inside.clear();
                rows.push(row);
            } else {
                inside.push(row);
            }
        }
        rows.truncate(geometries.len());
        Self { rows, geometries, error, spec }
    }

    /// Weights and biases of the layers that can be built.
    pub fn n_params(&self) -> usize {
        self.rows.iter().map(|row| row.n_params).sum()
    }

    /// True if the values stand in a row after this layer.
    fn is_flat(&self, at: usize) -> bool {
        self.spec.layers[..=at].contains(&Layer::Flatten)
    }

    /// Returns the shape of a layer's input, in words; `None` if an earlier layer cannot be built.
    pub fn size_in(&self, at: usize) -> Option<String> {
        match at.checked_sub(1) {
            None => Some(shape_text(self.spec.input, false)),
            Some(before) => self.size_out(before),
        }
    }

    /// Returns the shape of a layer's output, in words; `None` if the layer cannot be built.
    pub fn size_out(&self, at: usize) -> Option<String> {
        self.rows.get(at).map(|row| shape_text(row.shape, self.is_flat(at)))
    }

    /// Returns a layer's name: "3. conv 3×3 · 64".
    pub fn label(&self, at: usize) -> String {
        self.spec.layers.get(at).map_or_else(String::new, |layer| format!("{}. {}", at + 1, words::layer(layer)))
    }

    /// Returns the arithmetic behind the size of a layer's output.
    fn size_formula(&self, at: usize) -> String {
        let (row, units) = (&self.rows[at], |n: usize| say!("building.ledger.units", n = n));
        match (&self.geometries[at], &self.spec.layers[at]) {
            (LayerGeometry::Relu, _) => say!("building.ledger.kept"),
            (LayerGeometry::Flatten, _) => {
                let [c, h, w] = at.checked_sub(1).map_or(self.spec.input, |before| self.rows[before].shape);
                format!("{h}·{w}·{c} = {}", grouped(row.shape[0] as u64))
            }
            (LayerGeometry::Linear(geom), _) => units(geom.outputs),
            _ => words::size_formula(&row.formulas.size, row.shape),
        }
    }

    /// The account as a table. `now` is the layer that the moment is about.
    pub fn table(&self, now: usize) -> Table {
        let nothing = || "0".to_string();
        let formula = |cost: &Option<Expr>| if cost.is_none() { nothing() } else { cost_formula(cost) };
        let input = shape_text(self.spec.input, false);
        let bytes =
            self.spec.input.iter().fold(size_of::<f32>() as u64, |bytes, &axis| bytes.saturating_mul(axis as u64));
        let mut rows = vec![vec![
            say!("building.ledger.input"),
            input,
            String::new(),
            nothing(),
            nothing(),
            grouped(bytes),
            "1×1".into(),
        ]];
        rows.extend(self.rows.iter().enumerate().map(|(at, row)| {
            let [rows, columns] = row.receptive_field;
            vec![
                self.label(at),
                self.size_out(at).unwrap_or_default(),
                self.size_formula(at),
                formula(&row.formulas.params),
                formula(&row.formulas.macs),
                grouped(row.bytes as u64),
                format!("{rows}×{columns}"),
            ]
        }));
        let empty = String::new;
        if let Some(error) = &self.error {
            let broken = self.rows.len();
            let name = if broken < self.spec.layers.len() { self.label(broken) } else { say!("building.ledger.end") };
            rows.push(vec![name, empty(), super::reason(error), empty(), empty(), empty(), empty()]);
        }
        let n_macs: u64 = self.rows.iter().map(|row| row.n_macs).sum();
        let n_bytes: u64 = self.rows.iter().map(|row| row.bytes as u64).sum::<u64>().saturating_add(bytes);
        let total = if self.error.is_none() { "building.ledger.total" } else { "building.ledger.so-far" };
        rows.push(vec![
            say!(total),
            empty(),
            empty(),
            grouped(self.n_params() as u64),
            grouped(n_macs),
            grouped(n_bytes),
            empty(),
        ]);
        Table {
            name: LEDGER,
            title: say!("building.ledger.title"),
            head: ["layer", "makes", "size", "params", "macs", "bytes", "field"]
                .map(|column| say!(format!("building.ledger.head.{column}")))
                .into(),
            now: (now < self.spec.layers.len()).then(|| 1 + now.min(self.rows.len())),
            rows,
        }
    }

    /// Returns the parameters and the multiply-adds as bars, layer by layer.
    pub fn bars(&self, now: usize) -> Vec<Bars> {
        let costly: Vec<_> = (0..self.rows.len()).filter(|&at| self.rows[at].n_macs > 0).collect();
        let bars = |name: &'static str, title: String, cost: fn(&LedgerRow) -> u64| {
            let bars: Vec<_> = costly
                .iter()
                .map(|&at| Bar {
                    label: self.label(at),
                    amount: cost(&self.rows[at]) as f32,
                    text: grouped(cost(&self.rows[at])),
                    is_marked: at == now,
                })
                .collect();
            let full = bars.iter().fold(1.0, |most: f32, bar| most.max(bar.amount));
            Bars { name, title, bars, full }
        };
        if costly.is_empty() {
            return vec![];
        }
        vec![
            bars("params", say!("building.bars.params"), |row| row.n_params as u64),
            bars("macs", say!("building.bars.macs"), |row| row.n_macs),
        ]
    }

    /// A layer's formulas with its numbers plugged in.
    pub fn formulas(&self, at: usize) -> Vec<Formula> {
        let Some((row, place)) = self.rows.get(at).zip(self.geometries.get(at)) else { return vec![] };
        let size = match (place, &row.formulas.size) {
            (LayerGeometry::Flatten, _) => Some(self.size_formula(at)),
            (LayerGeometry::Pad2d(_), _) => None,
            (_, SizeFormula::Axes(axes)) => Some(axes_notation(axes)),
            _ => None,
        };
        let mut formulas = vec![];
        formulas.extend(size.map(|size| Formula::new("size", say!("building.formula.size"), &size)));
        if row.n_params > 0 {
            formulas.push(Formula::new("params", say!("building.formula.params"), &cost_formula(&row.formulas.params)));
            formulas.push(Formula::new("macs", say!("building.formula.macs"), &cost_formula(&row.formulas.macs)));
        }
        let field = self.field_notation(at);
        formulas.extend(field.map(|field| Formula::new("field", say!("building.formula.field"), &field)));
        formulas
    }

    /// Returns the layer's part of the receptive field: (window − 1) steps, each as long as the product of the strides
    /// before it (Araujo et al. 2019).
    fn field_notation(&self, at: usize) -> Option<String> {
        let window = |place: &LayerGeometry, i: usize| match place {
            LayerGeometry::Conv2d(geom) => {
                Some(([geom.w().h, geom.w().w][i], geom.params().dilation[i], geom.params().stride[i]))
            }
            LayerGeometry::MaxPool2d(geom) | LayerGeometry::AvgPool2d(geom) | LayerGeometry::SumPool2d(geom) => {
                Some((geom.params().window[i], 1, geom.params().stride[i]))
            }
            _ => None,
        };
        let axis = |i: usize| {
            let (size, dilation, _) = window(&self.geometries[at], i)?;
            let steps = self.geometries[..at].iter().filter_map(|place| window(place, i));
            let step = steps.fold(1usize, |step, (_, _, stride)| step.saturating_mul(stride));
            let before = at.checked_sub(1).map_or(1, |before| self.rows[before].receptive_field[i]);
            let dilated = if dilation == 1 { String::new() } else { format!("·{dilation}") };
            Some(format!("{before} + ({size} − 1){dilated}·{step} = {}", self.rows[at].receptive_field[i]))
        };
        Some(both_axes(axis(0)?, axis(1)?))
    }
}

/// Adds the costs of the layers inside a block to its line.
fn add_up(block: &mut LedgerRow, inside: &[LedgerRow]) {
    let costs = |of: fn(&LedgerRow) -> u64| {
        let mut costs: Vec<_> = inside.iter().map(of).filter(|cost| *cost > 0).map(Expr::Count).collect();
        if costs.len() > 1 { Some(Expr::Sum(costs)) } else { costs.pop() }
    };
    if !inside.is_empty() {
        let value = |cost: &Option<Expr>| cost.as_ref().map_or(0, Expr::value);
        let (params, macs) = (costs(|row| row.n_params as u64), costs(|row| row.n_macs));
        (block.n_params, block.n_macs) = (value(&params) as usize, value(&macs));
        (block.formulas.params, block.formulas.macs) = (params, macs);
    }
}

fn both_axes(rows: String, columns: String) -> String {
    if rows == columns { rows } else { format!("{rows} × {columns}") }
}

/// Rows × columns × channels, as people write it; of a row of numbers, how many.
pub fn shape_text([channels, rows, columns]: [usize; 3], is_flat: bool) -> String {
    if is_flat {
        say!("building.numbers", n = grouped(channels as u64))
    } else {
        format!("{rows}×{columns}×{channels}")
    }
}
