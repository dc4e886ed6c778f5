//! A network's ledger, layer by layer.

use super::Oracle;
use super::reading::{bars, count, counted, exactly, table};
use receptive_core::{PoolParams, Rng};
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};
use receptive_nn::{Layer, Preset, Spec};

pub(super) const ORACLE: Oracle =
    Oracle { chapter: "building", n_rounds: 12, vary, check, outputs: |_| &["ledger", "params", "macs"] };

/// Bytes of a number.
const BYTES: usize = 4;

/// Half of the networks are among those to start from, half are drawn at random.
fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    if round.is_multiple_of(2) {
        return;
    }
    let mut any = |from: &[&str]| from[rng.below(from.len() as u32) as usize].to_string();
    let conv = ["c4x3", "c6x5p2", "c3x3p1s2", "c8x1", "c5x3i2", "c6x5y3p2y1", "c4x3s2y1"];
    let pool = ["m2", "a2", "m3s2p1", "a3c", "m2y3", "m3s1"];
    let input = any(&["20x20x1", "24x17x3", "28x28x2", "31x40x1", "7x7x3"]);
    let layers = [any(&conv), "r".into(), any(&pool), any(&conv), any(&pool), "r,f".into()];
    let end = any(&["d10", "d32,r,d10", "d7"]);
    settings.set("layers", Value::Text(format!("{input}:{},{end}", layers.join(","))));
}

/// The network that the settings name.
fn spec(settings: &Settings) -> Result<Spec, String> {
    let start = settings.choice(keys::START);
    let text = match (settings.text(keys::LAYER_LIST), Preset::from_key(start)) {
        (Some(text), _) => text,
        (None, Some(preset)) => return Ok(preset.spec()),
        (None, None) if start == "exercise-same" => "128x128x3:c32x3p1,r,m2,c32x3p1,r,m2,f,d128,r,d10",
        (None, None) => "128x128x3:c32x3,r,m2,c32x3,r,m2,f,d128,r,d10",
    };
    Spec::read(text).map_err(|error| error.to_string())
}

/// A layer's output, its costs and its receptive field.
#[derive(Clone, Debug)]
struct Row {
    /// Channels, rows and columns; of a row of numbers, how many and twice 1.
    shape: [usize; 3],
    params: usize,
    macs: usize,
    /// Rows and columns of the picture that one number sees.
    field: [usize; 2],
    /// The distance between two neighbours' views.
    step: [usize; 2],
}

/// Positions of a window that goes over `n` numbers, if it fits.
fn positions(n: usize, reach: usize, padding: usize, stride: usize, is_ceil: bool) -> Option<usize> {
    let left = (n + 2 * padding).checked_sub(reach)?;
    let full = left / stride + 1;
    Some(full + usize::from(is_ceil && left % stride > 0 && full * stride < n + padding))
}

impl Row {
    /// Returns the row of the next layer, or `None` if it does not fit.
    fn after(&self, layer: &Layer, picture: [usize; 2]) -> Option<Self> {
        let [c, h, w] = self.shape;
        let mut next = Self { params: 0, macs: 0, ..self.clone() };
        match layer {
            Layer::Conv2d { kernels, size, params } => {
                let reach = [0, 1].map(|i| (size[i] - 1) * params.dilation[i] + 1);
                let [rows, columns] = next.slide([h, w], reach, params.padding, params.stride, false)?;
                let taps = size[0] * size[1] * c / params.groups;
                next.shape = [*kernels, rows, columns];
                next.params = (taps + 1) * kernels;
                next.macs = rows * columns * kernels * taps;
            }
            Layer::MaxPool2d(params) | Layer::AvgPool2d(params) | Layer::SumPool2d(params) => {
                let PoolParams { window, stride, padding, ceil } = *params;
                let [rows, columns] = next.slide([h, w], window, padding, stride, ceil)?;
                next.shape = [c, rows, columns];
            }
            Layer::Relu | Layer::Activation(_) | Layer::Dropout { .. } => {}
            Layer::BatchNorm => {
                next.params = 2 * c;
                next.macs = c * h * w;
            }
            Layer::Pad2d(params) => {
                next.shape = [c, h + params.before[0] + params.after[0], w + params.before[1] + params.after[1]];
            }
            Layer::GlobalAvgPool | Layer::DepthwiseConv2d { .. } | Layer::Branches { .. } => return None,
            Layer::Flatten => next.shape = [c * h * w, 1, 1],
            Layer::Linear { units } => {
                next.shape = [*units, 1, 1];
                next.params = (c * h * w + 1) * units;
                next.macs = c * h * w * units;
                next.field = picture;
            }
        }
        Some(next)
    }

    /// Rows and columns that a window makes of maps; it sees more than what it reads does.
    fn slide(
        &mut self,
        maps: [usize; 2],
        reach: [usize; 2],
        padding: [usize; 2],
        stride: [usize; 2],
        is_ceil: bool,
    ) -> Option<[usize; 2]> {
        let made = [0, 1].map(|i| positions(maps[i], reach[i], padding[i], stride[i], is_ceil));
        for i in 0..2 {
            self.field[i] += (reach[i] - 1) * self.step[i];
            self.step[i] *= stride[i];
        }
        Some([made[0]?, made[1]?])
    }

    fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * BYTES
    }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let spec = spec(settings)?;
    let picture = [spec.input[1], spec.input[2]];
    let mut made = vec![Row { shape: spec.input, params: 0, macs: 0, field: [1, 1], step: [1, 1] }];
    for layer in &spec.layers {
        let Some(next) = made[made.len() - 1].after(layer, picture) else { break };
        made.push(next);
    }
    let is_whole = made.len() == spec.layers.len() + 1;
    let rows = table(screen, "ledger")?;
    if rows.len() != made.len() + 1 + usize::from(!is_whole) {
        return Err(format!("{} rows in the ledger, for {} that can be built", rows.len(), made.len()));
    }
    for (i, (row, made)) in rows.iter().zip(&made).enumerate() {
        let layer = i.checked_sub(1).map(|at| &spec.layers[at]);
        let is_flat = spec.layers[..i].contains(&Layer::Flatten);
        check_row(row, made, layer, is_flat).map_err(|why| format!("row {i} of the ledger, {}: {why}", row[0]))?;
    }
    let total = &rows[rows.len() - 1];
    counted("all parameters", &total[3], made.iter().map(|row| row.params).sum())?;
    counted("all multiply-adds", &total[4], made.iter().map(|row| row.macs).sum())?;
    counted("all bytes", &total[5], made.iter().map(Row::bytes).sum())?;

    let costly: Vec<_> = made.iter().filter(|row| row.macs > 0).collect();
    for (name, cost) in [("params", (|row| row.params) as fn(&Row) -> usize), ("macs", |row| row.macs)] {
        for ([label, shown], row) in bars(screen, name)?.iter().zip(&costly) {
            counted(label, shown, cost(row))?;
        }
    }
    let last = &made[made.len() - 1];
    let has_formulas = is_whole && last.params > 0;
    if has_formulas {
        count(screen, "params", last.params)?;
        count(screen, "macs", last.macs)?;
    }
    Ok(())
}

/// Returns the text after each equals sign of a formula.
fn results(formula: &str) -> Vec<&str> {
    formula.split("= ").skip(1).map(|after| after.split([';', ' ']).next().unwrap_or_default()).collect()
}

fn check_row(shown: &[String], made: &Row, layer: Option<&Layer>, is_flat: bool) -> Result<(), String> {
    let [c, h, w] = made.shape;
    if is_flat {
        counted("what it makes", shown[1].trim_end_matches(" numbers").trim_end_matches(" number"), c)?;
    } else {
        exactly("what it makes", &shown[1], &format!("{h}×{w}×{c}"))?;
    }
    match layer {
        Some(Layer::Conv2d { .. } | Layer::MaxPool2d(_) | Layer::AvgPool2d(_) | Layer::SumPool2d(_)) => {
            match results(&shown[2])[..] {
                [both] => [h, w].iter().try_for_each(|n| counted("the size", both, *n))?,
                [rows, columns] => {
                    counted("the rows", rows, h)?;
                    counted("the columns", columns, w)?;
                }
                _ => return Err(format!("no size: {}", shown[2])),
            }
        }
        Some(Layer::Flatten) => counted("the row", results(&shown[2]).first().unwrap_or(&""), c)?,
        Some(Layer::Linear { .. }) => {
            counted("the units", shown[2].split(' ').next().unwrap_or_default(), c)?;
        }
        _ => {}
    }
    let cost = |what: &str, shown: &str, wanted: usize| {
        let result = if wanted > 0 { results(shown).first().copied().unwrap_or_default() } else { shown };
        counted(what, result, wanted)
    };
    cost("parameters", &shown[3], made.params)?;
    cost("multiply-adds", &shown[4], made.macs)?;
    counted("bytes", &shown[5], made.bytes())?;
    exactly("the receptive field", &shown[6], &format!("{}×{}", made.field[0], made.field[1]))
}
