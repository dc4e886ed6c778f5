//! A dense layer beside a convolution on the same image.

use super::{conv_params, ratio};
use crate::formula::Formula;
use crate::plane::refused;
use crate::scene::{Bar, Bars, Item, Scene, Spot, Table};
use crate::settings::Settings;
use crate::words::{cost_formula, size_formula};
use crate::world::Unavailable;
use crate::{Trace, grouped, keys, say};
use receptive_core::{ConvGeom, ConvParams, GeomError, Shape4};
use receptive_nn::{LayerGeometry, LedgerRow};
use std::cmp::Ordering;

/// Images that layers are compared on, rows × columns × channels.
pub(super) const IMAGES: &[&str] = &["28x28", "28x28x3", "200x200x3", "300x300x3", "12x12x3", "32x32x3"];
/// Those of them along which the counts are drawn.
const GROWING: usize = 4;
/// Name of the table.
pub(super) const TABLE: &str = "layers";

/// The costs of a dense layer and of a convolution on one image.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Costs {
    /// The dense layer.
    pub(super) dense: LedgerRow,
    /// Its units.
    units: usize,
    /// The convolution.
    pub(super) conv: ConvGeom,
    /// The same convolution in two: one kernel for each channel, then kernels of 1×1 over all channels.
    separable: Option<[ConvGeom; 2]>,
}

/// Channels, rows and columns of an image by its name.
fn shape(image: &str) -> [usize; 3] {
    let mut axes = image.split('x').map(|axis| axis.parse().unwrap_or(1));
    let (rows, columns) = (axes.next().unwrap_or(1), axes.next().unwrap_or(1));
    [axes.next().unwrap_or(1), rows, columns]
}

impl Costs {
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        Self::on(settings, settings.choice(keys::IMAGE))
    }

    fn on(settings: &Settings, image: &str) -> Result<Self, Unavailable> {
        let [c, h, w] = shape(image);
        let (units, n, f) = (settings.count(keys::UNITS), settings.count(keys::KERNELS), settings.count(keys::F));
        let dense = LedgerRow::linear([c, h, w], units).map_err(|error| refused(&error))?;
        let params = conv_params(settings)?;
        let geom = |x: Shape4, w: Shape4, params: ConvParams| ConvGeom::new(x, w, params);
        let x = Shape4::new(1, c, h, w);
        let conv = geom(x, Shape4::new(n, c, f, f), params).map_err(|error| refused(&error))?;
        let in_two = || -> Result<[ConvGeom; 2], GeomError> {
            let each = geom(x, Shape4::new(c, 1, f, f), params.groups(c))?;
            Ok([each, geom(each.y(), Shape4::new(n, c, 1, 1), ConvParams::default())?])
        };
        let separable = match settings.choice(keys::ALSO) {
            "separable" => Some(in_two().map_err(|error| refused(&error))?),
            _ => None,
        };
        Ok(Self { dense, units, conv, separable })
    }

    /// Weights of the dense layer, each of which is multiplied once, and of the convolution.
    pub(super) fn n_weights(&self) -> [u64; 2] {
        [self.dense.n_macs, self.conv.w().len() as u64]
    }

    /// Multiply-adds of the dense layer and of the convolution.
    pub(super) fn n_macs(&self) -> [u64; 2] {
        [self.dense.n_macs, self.conv.n_macs()]
    }

    /// Weights against work, in a sentence.
    pub(super) fn verdict(&self) -> String {
        let clause = |what: &str, [dense, conv]: [u64; 2]| {
            let times = dense as f64 / conv as f64;
            let (who, times) = match dense.cmp(&conv) {
                Ordering::Greater => ("dense", times),
                Ordering::Less => ("conv", 1.0 / times),
                Ordering::Equal => ("equal", times),
            };
            // "1 times as many" would be no more than the other has.
            let who = if who != "equal" && ratio(times) == "1" { "near" } else { who };
            say!(format!("counts.than.{who}-{what}"), n = ratio(times))
        };
        say!("counts.verdict", weights = clause("weights", self.n_weights()), work = clause("work", self.n_macs()))
    }

    /// Name, weights, biases, parameters, multiply-adds and outputs of each layer.
    fn rows(&self) -> Vec<(String, [u64; 5])> {
        let dense = (
            say!("counts.dense", n = self.units),
            [self.n_weights()[0], self.units as u64, self.dense.n_params as u64, self.dense.n_macs, self.units as u64],
        );
        let of = |geoms: &[ConvGeom]| {
            let sum = |count: fn(&ConvGeom) -> u64| geoms.iter().map(count).sum::<u64>();
            [
                sum(|geom| geom.w().len() as u64),
                sum(|geom| geom.w().n as u64),
                sum(|geom| geom.n_params() as u64),
                sum(ConvGeom::n_macs),
                geoms.last().map_or(0, |geom| geom.y().len() as u64),
            ]
        };
        let w = self.conv.w();
        let conv = (say!("counts.conv", n = w.n, f = w.h, c = w.c), of(&[self.conv]));
        let separable = self.separable.map(|geoms| {
            let name = say!("counts.separable", n = w.n, f = w.h, c = w.c);
            (name, of(&geoms))
        });
        [dense, conv].into_iter().chain(separable).collect()
    }

    fn formulas(&self) -> Vec<Formula> {
        let conv = LayerGeometry::Conv2d(self.conv).formulas();
        let y = self.conv.y();
        let mut formulas = vec![
            Formula::new(
                "dense-params",
                say!("counts.formula.dense-params"),
                &cost_formula(&self.dense.formulas.params),
            ),
            Formula::new("conv-params", say!("counts.formula.conv-params"), &cost_formula(&conv.params)),
            Formula::new("dense-macs", say!("counts.formula.dense-macs"), &cost_formula(&self.dense.formulas.macs)),
            Formula::new("conv-size", say!("counts.formula.conv-size"), &size_formula(&conv.size, [y.c, y.h, y.w])),
            Formula::new("conv-macs", say!("counts.formula.conv-macs"), &cost_formula(&conv.macs)),
        ];
        if let Some([each, across]) = self.separable {
            let names = [("each-macs", each), ("across-macs", across)];
            formulas.extend(names.map(|(name, geom)| {
                Formula::new(
                    name,
                    say!(format!("counts.formula.{name}")),
                    &cost_formula(&LayerGeometry::Conv2d(geom).formulas().macs),
                )
            }));
        }
        formulas
    }
}

/// The comparison on the stage.
pub(super) fn trace(settings: &Settings) -> Result<Box<dyn Trace>, Unavailable> {
    let costs = Costs::new(settings)?;
    let image = settings.choice(keys::IMAGE);
    let growth: Vec<_> = IMAGES[..GROWING]
        .iter()
        .map(|&image| Ok((image, Costs::on(settings, image)?)))
        .collect::<Result<_, Unavailable>>()?;
    Ok(Box::new(Compare { costs, image, growth }))
}

struct Compare {
    costs: Costs,
    image: &'static str,
    growth: Vec<(&'static str, Costs)>,
}

fn bar(label: String, n: u64, is_marked: bool) -> Bar {
    Bar { label, amount: n as f32, text: grouped(n), is_marked }
}

/// Bars in proportion; the longest is full.
fn in_proportion(name: &'static str, title: String, bars: Vec<Bar>) -> Bars {
    let full = bars.iter().fold(1.0, |most: f32, bar| most.max(bar.amount));
    Bars { name, title, bars, full }
}

impl Compare {
    fn growth(&self) -> Bars {
        let name = |image: &str| image.replace('x', "×");
        let dense = self.growth.iter().map(|(image, costs)| {
            bar(say!("counts.bar.dense", image = name(image)), costs.dense.n_params as u64, *image == self.image)
        });
        let conv = self.growth.iter().map(|(image, costs)| {
            bar(say!("counts.bar.conv", image = name(image)), costs.conv.n_params() as u64, *image == self.image)
        });
        in_proportion("growth", say!("counts.bars.growth"), dense.chain(conv).collect())
    }

    fn work(&self) -> Bars {
        let bars = self.costs.rows().into_iter().map(|(name, [_, _, _, n_macs, _])| bar(name, n_macs, false));
        in_proportion("work", say!("counts.bars.work"), bars.collect())
    }

    fn table(&self) -> Table {
        let columns = ["layer", "weights", "biases", "params", "macs", "operations", "outputs"];
        let row = |(name, [weights, biases, params, macs, outputs]): (String, [u64; 5])| {
            // An operation is a multiplication or an addition.
            let counts = [weights, biases, params, macs, 2 * macs, outputs];
            std::iter::once(name).chain(counts.map(grouped)).collect()
        };
        Table {
            name: TABLE,
            title: say!("counts.table.compare", image = self.image.replace('x', "×")),
            head: columns.map(|column| say!(format!("counts.head.{column}"))).into(),
            rows: self.costs.rows().into_iter().map(row).collect(),
            now: None,
        }
    }
}

impl Trace for Compare {
    fn scene(&self, _moment: usize) -> Scene {
        Scene {
            board: vec![
                vec![Item::Table(self.table())],
                vec![Item::Bars(self.growth()), Item::Bars(self.work())],
                vec![Item::Text(say!("counts.scale"))],
            ],
            equation: None,
            formulas: self.costs.formulas(),
            caption: self.costs.verdict(),
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let rows = self.costs.rows();
        let Some((name, [weights, _, params, macs, outputs])) = rows.get(spot.cell).filter(|_| spot.grid == TABLE)
        else {
            return String::new();
        };
        let [weights, params, macs, outputs] = [*weights, *params, *macs, *outputs].map(grouped);
        say!("counts.tell-layer", name = name, weights = weights, params = params, macs = macs, outputs = outputs)
    }
}
