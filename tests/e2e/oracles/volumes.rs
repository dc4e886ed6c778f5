//! Several channels, a plane of weights for each, one bias, and what the layer costs taken apart.

use super::arithmetic::{Border, Bordered, Plane, Slide, Steps};
use super::shown::{
    Results, bordered, check_all, check_caption, check_equation, check_formulas, check_map, check_tables, check_typed,
    counts, plane, typed_numbers,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};
use std::ops::Range;

pub(super) const ORACLE: Oracle = Oracle { key: "volumes", typed, made, check };

/// Channels and kernels at most, and rows of a typed plane.
const MOST: usize = 4;
const SIDE: usize = 3;

/// Channels of one size, every kernel, and the biases.
fn typed(settings: &mut Settings, rng: &mut Rng) {
    let size = draw::size(rng, 3, 5);
    for i in 1..=MOST {
        settings.set(&format!("channel{i}"), Value::Numbers(draw::parts(rng, size, 16, 4.0)));
        settings.set(&format!("kernel{i}"), Value::Numbers(draw::parts(rng, [MOST * SIDE, SIDE], 4, 2.0)));
    }
    settings.set("biases", Value::Numbers(draw::parts(rng, [1, MOST], 8, 2.0)));
}

fn made(name: &str, settings: &Settings) -> bool {
    // The planes behind the other maps are not on the screen; they are known where they were typed.
    name == "output"
        || name.starts_with("share-")
        || (name.starts_with("other-") && settings.numbers(keys::BIASES).is_some())
}

/// The shape of the layer, from the settings.
struct Layer {
    n_channels: usize,
    n_kernels: usize,
    /// Channels that each kernel reads.
    n_read: usize,
    f: usize,
    border: Border,
}

impl Layer {
    fn of(settings: &Settings) -> Self {
        let [n_channels, n_kernels, f, pad] =
            [keys::CHANNELS, keys::KERNELS, keys::F, keys::PAD].map(|key| settings.count(key));
        let n_groups = match settings.choice(keys::GROUPS) {
            "halves" => 2,
            "depthwise" => n_channels,
            _ => 1,
        };
        Self { n_channels, n_kernels, n_read: n_channels / n_groups, f, border: Border::zeros([pad; 2]) }
    }

    /// The channels that a kernel reads: those of its group.
    fn read_by(&self, k: usize) -> Range<usize> {
        let n_groups = self.n_channels / self.n_read;
        let first = k / (self.n_kernels / n_groups) * self.n_read;
        first..first + self.n_read
    }

    /// A kernel's typed plane for a channel; nothing where none was typed.
    fn typed_plane(&self, settings: &Settings, k: usize, channel: usize) -> Option<Plane> {
        let typed = typed_numbers(settings, &format!("kernel{}", k + 1))?;
        let value = |row, column| f64::from(typed.at(channel * SIDE + row, column));
        Some(Plane::made(self.f, self.f, value))
    }
}

fn pictures(screen: &Screen, settings: &Settings, layer: &Layer) -> Result<Vec<Bordered>, String> {
    let picture = |i: usize| {
        let x = bordered(screen, &format!("channel-{i}"), layer.border)?;
        check_typed(settings, &format!("channel{i}"), &x.inside)?;
        Ok(x)
    };
    (1..=layer.n_channels).map(picture).collect()
}

/// Each channel that a kernel reads under its plane of the screen.
fn slides(screen: &Screen, settings: &Settings, layer: &Layer, x: &[Bordered], k: usize) -> Result<Vec<Slide>, String> {
    let slide = |channel: usize| {
        let w = plane(screen, &format!("plane-{}", channel + 1))?;
        check_all("size of a plane", &counts([w.rows, w.columns]), &counts([layer.f; 2]))?;
        if let Some(typed) = layer.typed_plane(settings, k, channel) {
            check_all("a typed plane", &w.values, &typed.values)?;
        }
        Slide::new(x[channel].clone(), w, Steps::ONE)
    };
    layer.read_by(k).map(slide).collect()
}

/// Shares and bias, added up.
fn map(slides: &[Slide], bias: f64) -> Plane {
    let [rows, columns] = slides[0].size;
    let shares: Vec<_> = slides.iter().map(Slide::output).collect();
    Plane::made(rows, columns, |row, column| bias + shares.iter().map(|share| share.at(row, column)).sum::<f64>())
}

/// The maps of the other kernels, where their planes were typed.
fn check_others(screen: &Screen, settings: &Settings, layer: &Layer, x: &[Bordered], k: usize) -> Result<(), String> {
    let Some(biases) = settings.numbers(keys::BIASES) else { return Ok(()) };
    for (i, other) in (0..layer.n_kernels).filter(|other| *other != k).enumerate() {
        let mut slides = vec![];
        for channel in layer.read_by(other) {
            let Some(w) = layer.typed_plane(settings, other, channel) else { return Ok(()) };
            slides.push(Slide::new(x[channel].clone(), w, Steps::ONE)?);
        }
        check_map(screen, &format!("other-{}", i + 1), &map(&slides, f64::from(biases.values[other])))?;
    }
    Ok(())
}

fn formulas(layer: &Layer, slide: &Slide) -> Results {
    let Layer { n_channels, n_kernels, n_read, f, .. } = *layer;
    let ([p, q], x) = (slide.size, &slide.x.inside);
    let n_weights = f * f * n_read;
    vec![
        ("shapes", counts([x.rows, x.columns, n_channels, n_kernels, f, f, n_read, p, q, n_kernels])),
        ("size", slide.sizes()),
        ("params", counts([(n_weights + 1) * n_kernels])),
        ("macs", counts([p * q * n_kernels * n_weights])),
    ]
}

/// Weights and multiply-adds of a plain layer, and of a depthwise and a 1×1 one in its place.
fn costs(layer: &Layer, slide: &Slide) -> Vec<Vec<Vec<f64>>> {
    let Layer { n_channels, n_kernels, f, .. } = *layer;
    let n_cells = slide.size[0] * slide.size[1];
    let row = |kernels: [usize; 4], name: Vec<f64>| {
        let n_weights: usize = kernels.iter().product();
        vec![name, counts([n_weights]), counts([n_weights * n_cells])]
    };
    let [plain, depthwise] = [[n_kernels, f, f, n_channels], [n_channels, f, f, 1]];
    let pointwise = [n_kernels, 1, 1, n_channels];
    let mut rows = vec![row(plain, counts(plain)), row(depthwise, counts(depthwise))];
    // The third is called "1×1".
    rows.push(row(pointwise, [counts([1, 1]), counts(pointwise)].concat()));
    let both = |column: usize| vec![rows[1][column][0] + rows[2][column][0]];
    let both = vec![counts([1, 1]), both(1), both(2)];
    rows.push(both);
    rows
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let layer = Layer::of(settings);
    let k = settings.count(keys::K).min(layer.n_kernels) - 1;
    let x = pictures(screen, settings, &layer)?;
    let slides = slides(screen, settings, &layer, &x, k)?;
    let bias = plane(screen, "bias")?.values[0];
    if let Some(biases) = settings.numbers(keys::BIASES) {
        check_all("the typed bias", &[bias], &[f64::from(biases.values[k])])?;
    }
    let output = map(&slides, bias);
    let cell = check_map(screen, "output", &output)? - 1;
    let mut shares = vec![];
    for (channel, slide) in layer.read_by(k).zip(&slides) {
        let share = slide.output();
        check_map(screen, &format!("share-{}", channel + 1), &share)?;
        shares.push((channel, share.values[cell]));
    }
    check_others(screen, settings, &layer, &x, k)?;
    let amounts = shares.iter().map(|(_, share)| *share).chain([bias]);
    check_equation(screen, &amounts.map(|amount| vec![amount]).collect::<Vec<_>>(), output.values[cell])?;
    // Three channels are called by their colours, others by their numbers.
    let name = |channel: usize| if layer.n_channels == 3 { vec![] } else { counts([channel + 1]) };
    let named = shares.iter().flat_map(|&(channel, share)| [vec![share], name(channel)].concat());
    let [row, column] = slides[0].place(cell);
    let caption = counts([k + 1, row, column]).into_iter().chain(named).chain([bias, output.values[cell]]);
    check_caption(screen, &caption.collect::<Vec<_>>())?;
    check_formulas(screen, &formulas(&layer, &slides[0]))?;
    // The cost of a layer taken apart is shown as soon as it is.
    let is_grouped = layer.n_read < layer.n_channels;
    let tables = is_grouped.then(|| ("costs", costs(&layer, &slides[0])));
    check_tables(screen, tables.as_slice())
}
