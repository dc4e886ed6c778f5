//! Building a network: layers in a list, what each of them makes and costs, and what to do when it cannot be built.

pub mod edits;
mod exercises;
pub mod ledger;
mod maps;
mod mend;
mod steps;

pub use mend::mend;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::scene::{Item, Scene, Spot};
use crate::settings::{Param, Settings, Value};
use crate::words::{self, Reason, sentence};
use crate::world::{Unavailable, World};
use crate::{Chapter, Needs, Outline, Step, Tensors, Trace, grouped, keys, say};
use ledger::{Account, LEDGER};
use maps::Maps;
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Layer, LayerGeometry, Preset, Spec, SpecError};

/// Networks to start from.
pub const STARTS: &[&str] = &["slides", "small", "lenet5", "linear", "mlp", "exercise-valid", "exercise-same"];

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "building",
    params: &[
        Param::choice(keys::START, STARTS).when(|settings| settings.text(keys::LAYER_LIST).is_none()),
        Param::choice(keys::ON, &["small", "digit"]),
        Param::text(keys::LAYER_LIST),
    ],
    needs: |settings| {
        let is_live = settings.choice(keys::ON) == "digit";
        Needs { digit: is_live, network: is_live.then_some(OUTPUTS), ..Needs::default() }
    },
    next: &[
        ("lenet", "building?start=lenet5"),
        ("exercise", "building?start=exercise-valid"),
        ("live", "building?start=small&on=digit"),
        ("kernel", "convolution?kernel=net&on=digit"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("walk", steps::walked).needs(&[
            Need::unless(keys::START.name, "slides", steps::has_layers),
            Need::own(keys::LAYER_LIST.name, steps::has_layers),
        ]),
        Step::new("pool", steps::pool_removed).needs(&[
            Need::unless(keys::START.name, "slides", steps::has_pool),
            Need::own(keys::LAYER_LIST.name, steps::has_pool),
        ]),
        Step::new("pad", steps::padding_changed).needs(&[
            Need::unless(keys::START.name, "slides", steps::has_padding),
            Need::own(keys::LAYER_LIST.name, steps::has_padding),
        ]),
        Step::new("mend", steps::mended).needs(&[
            Need::unless(keys::START.name, "slides", steps::can_be_built),
            Need::own(keys::LAYER_LIST.name, steps::can_be_built),
        ]),
        Step::new("lean", steps::lean).needs(&[Need::own(keys::LAYER_LIST.name, |settings| !steps::is_lean(settings))]),
    ],
    exercises: &[
        Exercise::new("size", exercises::size),
        Exercise::new("conv-params", exercises::conv_params),
        Exercise::new("dense-params", exercises::dense_params),
        Exercise::new("field", exercises::field),
    ],
};

/// A network to start from.
pub fn start(key: &str) -> Spec {
    match (Preset::from_key(key), key) {
        (Some(preset), _) => preset.spec(),
        (None, "exercise-same") => exercise(1),
        _ => exercise(0),
    }
}

/// The lectures' exercise: a colour picture of 128×128, two convolutions with pooling, two dense layers.
fn exercise(padding: usize) -> Spec {
    let conv = Layer::Conv2d { kernels: 32, size: [3, 3], params: ConvParams::default().padding(padding) };
    let pool = Layer::MaxPool2d(PoolParams::square(2));
    let block = [conv, Layer::Relu, pool];
    let dense = |units| Layer::Linear { units };
    let end = [Layer::Flatten, dense(128), Layer::Relu, dense(edits::N_CLASSES)];
    Spec { input: [3, 128, 128], layers: block.clone().into_iter().chain(block).chain(end).collect() }
}

/// The network that the settings hold, and why the one in the link was left aside, if it was.
pub fn network(settings: &Settings) -> (Spec, Option<String>) {
    let spec = || start(settings.choice(keys::START));
    match settings.text(keys::LAYER_LIST).map(Spec::read) {
        None => (spec(), None),
        Some(Ok(spec)) => (spec, None),
        Some(Err(error)) => (spec(), Some(say!("building.unread", why = sentence(&error.reason())))),
    }
}

/// Puts a network into the settings. Without changes to the starting point, nothing is kept.
pub fn put(settings: &mut Settings, spec: &Spec) {
    if *spec == start(settings.choice(keys::START)) {
        settings.clear(keys::LAYER_LIST.name);
    } else {
        settings.set(keys::LAYER_LIST.name, Value::Text(spec.to_text()));
    }
}

/// Returns the reason that a layer cannot be built, as a sentence without the layer's name.
fn reason(error: &SpecError) -> String {
    sentence(&words::cause(error))
}

/// What the layer of the moment reads and makes, as far as it is shown.
const OUTPUTS: Tensors = Tensors(|settings, spec| maps::shown(settings.at.unwrap_or(0), spec));

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (spec, unread) = network(settings);
    let account = Account::new(spec);
    let mut remarks: Vec<_> = unread.into_iter().collect();
    if let Some(error) = &account.error {
        remarks.push(say!("building.broken", why = sentence(&error.reason())));
        remarks.extend(mend(&account.spec).map(|(_, how)| say!("building.could", how = how)));
    }
    let mut maps = None;
    if settings.choice(keys::ON) == "digit" {
        maps = Maps::new(&account, world)?;
        let network = world.network()?;
        remarks.push(match maps {
            Some(_) => say!("building.live", digit = world.digit()?.name, weights = network.weights()),
            None => say!("building.other", layers = network.spec.to_text()),
        });
    }
    Ok(Box::new(Building { account, maps, remarks }))
}

struct Building {
    account: Account,
    maps: Option<Maps>,
    remarks: Vec<String>,
}

impl Building {
    fn at(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    /// Returns the effect of a layer in words, with its numbers.
    fn describe_layer(&self, at: usize) -> String {
        let account = &self.account;
        let Some(layer) = account.spec.layers.get(at) else { return say!("building.empty") };
        let head = say!("building.head", i = at + 1, n = account.spec.layers.len(), layer = words::layer(layer));
        let (Some(size_in), Some(size_out), Some(place)) =
            (account.size_in(at), account.size_out(at), account.geometries.get(at))
        else {
            let broken = account.rows.len();
            let why = match &account.error {
                Some(error) if at == broken => reason(error),
                _ => say!("building.unreached", layer = account.label(broken)),
            };
            return format!("{head} {why}");
        };
        let does = match place {
            LayerGeometry::Conv2d(geom) => {
                let n_weights = grouped(geom.w().image_len() as u64);
                say!("building.does.conv", kernels = geom.w().n, n = n_weights, channels = geom.w().c)
            }
            LayerGeometry::Relu => say!("building.does.relu"),
            LayerGeometry::MaxPool2d(geom) => {
                let [rows, columns] = geom.params().window;
                say!("building.does.max", size = format!("{rows}×{columns}"))
            }
            LayerGeometry::AvgPool2d(geom) => {
                let [rows, columns] = geom.params().window;
                say!("building.does.avg", size = format!("{rows}×{columns}"))
            }
            LayerGeometry::Flatten => say!("building.does.flatten"),
            LayerGeometry::Linear(geom) => {
                say!("building.does.dense", units = geom.outputs, n = grouped(geom.inputs as u64))
            }
            LayerGeometry::Activation(_) => say!("building.does.activation"),
            LayerGeometry::BatchNorm(_) => say!("building.does.batch-norm", n = account.rows[at].n_params),
            LayerGeometry::Dropout { rate } => say!("building.does.dropout", percent = (rate * 100.0).round()),
            LayerGeometry::GlobalAvgPool(_) => say!("building.does.global-avg"),
            LayerGeometry::Join(geom) => {
                say!("building.does.block", branches = geom.parts.len(), n = account.rows[at].n_params)
            }
            _ => say!("building.does.other", n = account.rows[at].n_params),
        };
        format!("{head} {does} {}", say!("building.in-out", size_in = size_in, size_out = size_out))
    }
}

impl Trace for Building {
    fn n_moments(&self) -> usize {
        self.account.spec.layers.len().max(1)
    }

    fn has(&self, moment: usize) -> bool {
        self.maps.as_ref().is_none_or(|maps| maps.has(self.at(moment)))
    }

    fn scene(&self, moment: usize) -> Scene {
        let (account, at) = (&self.account, self.at(moment));
        let mut board: Vec<Vec<Item>> = self.remarks.iter().map(|remark| vec![Item::Text(remark.clone())]).collect();
        if let Some(maps) = &self.maps {
            board.extend(maps.board(at));
        }
        board.push(vec![Item::Builder]);
        board.push(vec![Item::Table(account.table(at))]);
        let bars: Vec<_> = account.bars(at).into_iter().map(Item::Bars).collect();
        if !bars.is_empty() {
            board.push(bars);
        }
        Scene { board, equation: None, formulas: account.formulas(at), caption: self.describe_layer(at) }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        self.maps.as_ref().map_or_else(Vec::new, |maps| maps.linked(self.at(moment), spot))
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let row = || match (spot.cell.checked_sub(1), spot.grid) {
            (None, LEDGER) => say!("building.tell-input", size = ledger::shape_text(self.account.spec.input, false)),
            (Some(at), LEDGER) if at < self.account.spec.layers.len() => self.describe_layer(at),
            _ => say!("building.tell-total", n = grouped(self.account.n_params() as u64)),
        };
        self.maps.as_ref().and_then(|maps| maps.describe(self.at(moment), spot)).unwrap_or_else(row)
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        let at = spot.cell.checked_sub(1)?;
        (spot.grid == LEDGER && at < self.account.spec.layers.len()).then_some(at)
    }
}
