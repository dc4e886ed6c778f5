//! Weights and work of a dense layer and a convolution, side by side and in a whole network.

use super::Oracle;
use super::reading::{Map, bars, count, counted, equation, exactly, near, table, typed};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "counts",
    n_rounds: 12,
    vary,
    check,
    outputs: |settings| match settings.choice(keys::SHOW) {
        "sharing" => &["output", "matrix", "equation", "dense", "zeros", "shared"],
        "exercise" => &["layers", "shares", "total"],
        _ => &["layers", "growth", "work", "dense-params", "conv-params", "dense-macs", "conv-size", "conv-macs"],
    },
};

fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    settings.set("show", Value::Choice(["compare", "sharing", "exercise"][round % 3]));
    let (n, f) = (settings.count(keys::SIZE), settings.count(keys::F));
    settings.set("input", Value::Numbers(typed(rng, n, n, 9.0)));
    settings.set("weights", Value::Numbers(typed(rng, f, f, 4.0)));
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    match settings.choice(keys::SHOW) {
        "sharing" => sharing(screen, settings),
        "exercise" => exercise(screen, settings),
        _ => compare(screen, settings),
    }
}

/// Padding on each side.
fn padding(settings: &Settings) -> usize {
    if settings.choice(keys::PAD_RULE) == "same" { settings.count(keys::F) / 2 } else { 0 }
}

/// Weights, biases, multiply-adds and outputs of a layer.
#[derive(Clone, Copy)]
struct Costs {
    weights: usize,
    biases: usize,
    macs: usize,
    outputs: usize,
}

impl Costs {
    fn params(self) -> usize {
        self.weights + self.biases
    }

    fn dense(inputs: usize, units: usize) -> Self {
        Self { weights: inputs * units, biases: units, macs: inputs * units, outputs: units }
    }

    /// `n` kernels of `f`×`f` over so many channels, at so many positions.
    fn conv(n: usize, f: usize, channels: usize, positions: usize) -> Self {
        let weights = n * f * f * channels;
        Self { weights, biases: n, macs: weights * positions, outputs: n * positions }
    }
}

/// Rows, columns and channels of an image by its name.
fn image(name: &str) -> [usize; 3] {
    let axes: Vec<usize> = name.split('x').filter_map(|axis| axis.parse().ok()).collect();
    [axes[0], axes[1], axes.get(2).copied().unwrap_or(1)]
}

/// The dense layer and the convolution, and the convolution in two.
fn costs(settings: &Settings, name: &str) -> [Costs; 3] {
    let [rows, columns, channels] = image(name);
    let [units, kernels, f] = [keys::UNITS, keys::KERNELS, keys::F].map(|key| settings.count(key));
    let positions = (rows + 2 * padding(settings) + 1 - f) * (columns + 2 * padding(settings) + 1 - f);
    let (each, across) = (Costs::conv(channels, f, 1, positions), Costs::conv(kernels, 1, channels, positions));
    let separable = Costs {
        weights: each.weights + across.weights,
        biases: each.biases + across.biases,
        macs: each.macs + across.macs,
        outputs: across.outputs,
    };
    [Costs::dense(rows * columns * channels, units), Costs::conv(kernels, f, channels, positions), separable]
}

fn compare(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let name = settings.choice(keys::IMAGE);
    let costs_here = costs(settings, name);
    let n_rows = if settings.choice(keys::ALSO) == "separable" { 3 } else { 2 };
    let rows = table(screen, "layers")?;
    let work = bars(screen, "work")?;
    if [rows.len(), work.len()] != [n_rows; 2] {
        return Err(format!("{} rows and {} bars for {n_rows} layers", rows.len(), work.len()));
    }
    for ((row, [_, n_macs]), costs) in rows.iter().zip(work).zip(costs_here) {
        let Costs { weights, biases, macs, outputs } = costs;
        for (shown, wanted) in row[1..].iter().zip([weights, biases, costs.params(), macs, 2 * macs, outputs]) {
            counted(&row[0], shown, wanted)?;
        }
        counted("a bar of the work", n_macs, macs)?;
    }
    let growing = ["28x28", "28x28x3", "200x200x3", "300x300x3"].map(|name| costs(settings, name));
    let n_params = growing.iter().map(|costs| costs[0]).chain(growing.iter().map(|costs| costs[1]));
    for ([label, shown], costs) in bars(screen, "growth")?.iter().zip(n_params) {
        counted(label, shown, costs.params())?;
    }
    let [dense, conv, _] = costs_here;
    count(screen, "dense-params", dense.params())?;
    count(screen, "conv-params", conv.params())?;
    count(screen, "dense-macs", dense.macs)?;
    count(screen, "conv-macs", conv.macs)?;
    let side = image(name)[1] + 2 * padding(settings) + 1 - settings.count(keys::F);
    count(screen, "conv-size", side)
}

fn sharing(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let (n, f, pad) = (settings.count(keys::SIZE), settings.count(keys::F), padding(settings));
    let (padded, kernel) = (Map::read(screen, "input")?, Map::read(screen, "kernel")?);
    let side = n + 2 * pad + 1 - f;
    let taps = || (0..f).flat_map(|r| (0..f).map(move |s| (r, s)));
    let places = || (0..side).flat_map(|p| (0..side).map(move |q| (p, q)));
    let sum = |p: usize, q: usize| taps().map(|(r, s)| kernel.at(r, s) * padded.at(p + r, q + s)).sum();
    let output = Map::new(side, places().map(|(p, q)| sum(p, q)).collect());
    output.is_shown(screen, "output")?;
    equation(screen, output.last())?;

    // Row by row the weight with which each number of the picture counts.
    let mut matrix = Map::new(n * n, vec![0.0; side * side * n * n]);
    let mut n_filled = 0;
    for (i, (p, q)) in places().enumerate() {
        for (r, s) in taps() {
            let (row, column) = ((p + r).wrapping_sub(pad), (q + s).wrapping_sub(pad));
            if row < n && column < n {
                matrix.values[i * n * n + row * n + column] = kernel.at(r, s);
                n_filled += 1;
            }
        }
    }
    if screen.grids.contains_key("matrix") {
        matrix.is_shown(screen, "matrix")?;
    }
    count(screen, "dense", matrix.values.len())?;
    count(screen, "zeros", matrix.values.len() - n_filled)?;
    count(screen, "shared", f * f)
}

fn exercise(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let (f, pad) = (settings.count(keys::F), padding(settings));
    // Channels, side, and what it costs to get there.
    let mut made: Vec<([usize; 3], Option<Costs>)> = vec![];
    let (mut channels, mut side) = (3, 128);
    for _ in 0..2 {
        side = side + 2 * pad + 1 - f;
        made.push(([32, side, side], Some(Costs::conv(32, f, channels, side * side))));
        made.push(([32, side, side], None));
        (channels, side) = (32, side / 2);
        made.push(([32, side, side], None));
    }
    let n = channels * side * side;
    made.push(([n, 1, 1], None));
    made.push(([128, 1, 1], Some(Costs::dense(n, 128))));
    made.push(([128, 1, 1], None));
    made.push(([10, 1, 1], Some(Costs::dense(128, 10))));

    let rows = table(screen, "layers")?;
    if rows.len() != made.len() + 1 {
        return Err(format!("{} rows for {} layers", rows.len(), made.len()));
    }
    for (row, (shape, costs)) in rows.iter().zip(&made) {
        exactly(&row[0], &row[1].replace(',', ""), &written(*shape))?;
        let result = |text: &str| text.rsplit("= ").next().unwrap_or_default().to_string();
        counted(&row[0], &result(&row[2]), costs.map_or(0, Costs::params))?;
        counted(&row[0], &result(&row[3]), costs.map_or(0, |costs| costs.macs))?;
    }
    let costs: Vec<_> = made.iter().filter_map(|(_, costs)| *costs).collect();
    let n_params = costs.iter().map(|costs| costs.params()).sum();
    counted("all parameters", &rows[made.len()][2], n_params)?;
    counted("all multiply-adds", &rows[made.len()][3], costs.iter().map(|costs| costs.macs).sum())?;
    count(screen, "total", n_params)?;
    for ([name, shown], costs) in bars(screen, "shares")?.iter().zip(costs) {
        let (count, percent) = shown.split_once(" (").ok_or_else(|| format!("{name} has no share: {shown}"))?;
        counted(name, count, costs.params())?;
        let wanted = 100.0 * costs.params() as f64 / n_params as f64;
        near(name, percent.trim_end_matches(" %)"), wanted, 0.05)?;
    }
    Ok(())
}

/// A shape as the page writes it: rows × columns × maps, or the length of a row.
fn written(shape: [usize; 3]) -> String {
    match shape {
        [n, 1, 1] => n.to_string(),
        [c, h, w] => format!("{h}×{w}×{c}"),
    }
}
