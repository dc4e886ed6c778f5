//! One layer: what comes in, its kernels, what goes out; its rule, and its line of the ledger.

use super::drawing::{LayerOutputShape, frames, values_of};
use super::kernels::Kernels;
use super::levels::Level;
use super::montage::Montage;
use super::paint::Tint;
use super::planes::{Frame, Planes};
use super::scale::Scale;
use super::seen::{Seen, gradient};
use super::table::MapTable;
use super::update::Only;
use super::{Cell, INPUT};
use crate::state::{Direction, Look};
use crate::views::asking::Same;
use crate::views::figure::formula;
use crate::views::lab::network::account;
use js_sys::Float32Array;
use receptive_lessons::formula::Formula;
use receptive_lessons::network::holder;
use receptive_lessons::words;
use receptive_lessons::{four_digits, place, say, size_text};
use receptive_nn::{Layer, LayerOutput, Ledger};
use std::ops::Range;
use yew::prelude::*;

/// More kernels than this are not drawn at once, nor more weights of units.
const MOST_KERNELS: usize = 1024;
const MOST_VALUES: usize = 1 << 14;
/// The height of what comes in, of the kernels and of what goes out, in CSS pixels, and the gap between them.
pub(super) const HEIGHT: f64 = 380.0;
const GAP: f64 = 28.0;

#[derive(PartialEq, Properties)]
pub(super) struct LayerLevelProps {
    pub(super) level: Level,
    pub(super) name: String,
    /// The cell that the learner came from.
    pub(super) start: Option<Cell>,
}

/// The weights of a layer, as far as they are shown at once.
#[derive(Clone, PartialEq)]
struct Sheet {
    /// "conv 2".
    layer: String,
    /// Kernels or units, and for each of them maps, rows and columns.
    shape: [usize; 4],
    /// Kernels or units on a sheet, and which sheet it is.
    n: usize,
    at: usize,
}

impl Sheet {
    fn new(output: &LayerOutput, source: [usize; 3], at: usize) -> Option<Self> {
        let shape = weights_shape(output, source)?;
        let [_, channels, h, w] = shape;
        let most = if h * w > 1 { MOST_KERNELS / channels } else { MOST_VALUES / channels };
        let n = most.clamp(1, shape[0]);
        Some(Self { layer: output.name.clone(), shape, n, at: at.min((shape[0] - 1) / n) })
    }

    fn n_sheets(&self) -> usize {
        self.shape[0].div_ceil(self.n)
    }

    fn first(&self) -> usize {
        self.at * self.n
    }

    /// The kernels that are on it.
    fn n_shown(&self) -> usize {
        self.n.min(self.shape[0] - self.first())
    }

    /// The kernels or units that are on it.
    fn range(&self) -> Range<usize> {
        self.first()..self.first() + self.n_shown()
    }

    /// The rows of parameters that it shows.
    fn rows(&self) -> [String; 2] {
        ["weight", "bias"].map(|role| format!("{}.{role}[{:?}]", self.layer, self.range()))
    }

    /// True if each kernel is a small picture: then those of a map stand in a row, one for each map that comes in.
    fn has_rows(&self) -> bool {
        self.shape[2] * self.shape[3] > 1
    }

    /// The shape of the weights that are on it.
    fn shown_shape(&self) -> [usize; 4] {
        let [_, channels, h, w] = self.shape;
        [self.n_shown(), channels, h, w]
    }

    /// The values of its rows that are shown: the parameters, or backward the gradients with respect to them.
    fn values(&self, seen: &Seen) -> Option<(Same<Float32Array>, Option<Same<Float32Array>>)> {
        let [weights, biases] = self.rows().map(|row| if seen.of.is_some() { gradient(&row) } else { row });
        Some((seen.find(&weights)?.clone(), seen.find(&biases).cloned()))
    }

    /// The place of a weight in words, with its value or with the gradient with respect to it.
    fn about(&self, weight: usize, value: f32, is_gradient: bool) -> String {
        let [_, channels, h, w] = self.shape;
        let (map, inside) = (weight / (channels * h * w), weight % (channels * h * w));
        let at = place([inside / w % h, inside % w]);
        let (map, value) = (self.first() + map + 1, four_digits(value));
        let said = match h * w {
            1 if channels == 1 => say!("zoom.scale-at", map = map),
            1 => say!("zoom.weight-of", map = map, from = inside + 1),
            len => say!("zoom.weight-at", map = map, from = inside / len + 1, place = at),
        };
        say!(if is_gradient { "zoom.gradient-is" } else { "zoom.value-is" }, at = said, value = value)
    }
}

/// Kernels or units of a layer, and for each of them maps, rows and columns of its weights, where such an input comes in;
/// nothing if it has no weights.
fn weights_shape(output: &LayerOutput, [channels, rows, columns]: [usize; 3]) -> Option<[usize; 4]> {
    let n = output.shape[0];
    Some(match &output.layer {
        Layer::Conv2d { kernels, size: [r, s], params } => [*kernels, channels / params.groups.max(1), *r, *s],
        Layer::DepthwiseConv2d { size: [r, s], .. } => [n, 1, *r, *s],
        Layer::Linear { units } => [*units, channels, rows, columns],
        Layer::BatchNorm => [n, 1, 1, 1],
        _ => return None,
    })
}

impl Level {
    /// Maps, rows and columns of the weights of a kernel, or the weights of a unit, which stand in one row.
    pub(super) fn row_of_weights(&self, layer: &str) -> Option<[usize; 3]> {
        let output = self.outputs.iter().find(|output| output.name == layer)?;
        let facts = self.network.as_ref()?.host.layer(layer)?;
        let [_, maps, h, w] = weights_shape(output, self.shape(facts.inputs.first()?))?;
        Some(if matches!(output.layer, Layer::Linear { .. }) { [maps * h * w, 1, 1] } else { [maps, h, w] })
    }
}

#[component]
pub(super) fn LayerLevel(props: &LayerLevelProps) -> Html {
    let (level, name) = (&props.level, &props.name);
    let pointed = use_state_eq(Option::<Cell>::default);
    let weight = use_state_eq(Option::<usize>::default);
    let sheet_at = use_state_eq(usize::default);
    let is_table = use_state_eq(bool::default);
    let seen = level.answers.seen.clone();
    let facts = use_memo((level.network.clone(), name.clone()), |(network, name)| {
        network.as_ref().and_then(|network| network.host.layer(name)).unwrap_or_default()
    });
    let focus = use_memo((level.network.clone(), (*pointed).clone()), |(network, pointed)| {
        network.as_ref().zip(pointed.as_ref()).and_then(|(network, cell)| network.account(cell))
    });
    let focus = focus.as_ref().as_ref();
    let output = level.outputs.iter().find(|output| output.name == *name);
    let source = facts.inputs.first().map_or([1; 3], |input| level.shape(input));
    let sheet = output.and_then(|output| Sheet::new(output, source, *sheet_at)).filter(|_| !facts.inputs.is_empty());
    {
        let (rows, on_rows) = (sheet.as_ref().map(|sheet| sheet.rows().to_vec()), level.on_rows.clone());
        use_effect_with(rows.unwrap_or_default(), move |rows| on_rows.emit(rows.clone()));
    }
    let view = View {
        level,
        pointed: &pointed,
        focus: focus.map(|account| (account.about.clone(), frames(account))),
        start: props.start.clone(),
        is_table: *is_table,
        // A third of the room for each, on a phone all of it.
        width: match (level.is_narrow, sheet.is_some()) {
            (true, _) => level.room,
            (false, true) => (level.room - 2.0 * GAP) / 3.0,
            (false, false) => (level.room - GAP) / 2.0,
        },
    };
    let is_update = level.shows_step();
    let kernels = sheet.as_ref().zip(seen.as_ref()).and_then(|(sheet, seen)| {
        if is_update {
            let only = Only { layer: name.clone(), rows: sheet.range(), shape: sheet.shown_shape() };
            return level.updates(only, view.width);
        }
        let (weights, biases) = sheet.values(seen)?;
        Some(view.kernels(sheet, &weights, biases.as_ref(), &weight))
    });
    let said_weight = (*weight).zip(sheet.as_ref()).and_then(|(weight, sheet)| {
        let seen = seen.as_ref()?;
        let (values, _) = sheet.values(seen)?;
        let is_known = weight < values.length() as usize;
        is_known.then(|| sheet.about(weight, values.get_index(weight as u32), seen.of.is_some()))
    });
    let about = said_weight.or_else(|| focus.map(|account| account.about.clone()));
    let leaf = sheet.as_ref().filter(|sheet| sheet.n_sheets() > 1).map(|sheet| {
        let turn = |to: Option<usize>, sign: &'static str, key: &str| {
            let (sheet_at, is_off) = (sheet_at.clone(), to.is_none());
            let onclick = Callback::from(move |_: MouseEvent| sheet_at.set(to.unwrap_or_default()));
            html! { <button type="button" disabled={is_off} aria-label={say!(format!("zoom.{key}"))} {onclick}>{sign}</button> }
        };
        let (first, n) = (sheet.first(), sheet.shape[0]);
        html! {
            <div class="sheets">
                { turn(sheet.at.checked_sub(1), "‹", "sheet-before") }
                <span>{say!("zoom.sheet", first = first + 1, last = first + sheet.n_shown(), n = n)}</span>
                { turn(Some(sheet.at + 1).filter(|at| *at < sheet.n_sheets()), "›", "sheet-after") }
            </div>
        }
    });
    let toggle = {
        let is_table = is_table.clone();
        Callback::from(move |_: MouseEvent| is_table.set(!*is_table))
    };
    let layers = |names: &[String], key: &str| {
        let button = |name: &String| {
            let text = if name == INPUT { say!("lab.view.input") } else { words::layer_name(name) };
            let look = Look::Layer(name.clone());
            let onclick = level.on_look.reform(move |_: MouseEvent| look.clone());
            html! { <button type="button" class="crumb" {onclick}>{text}</button> }
        };
        let known: Vec<_> = names
            .iter()
            .filter(|name| *name == INPUT || level.outputs.iter().any(|output| output.name == **name))
            .collect();
        (!known.is_empty())
            .then(|| html! { <span>{say!(format!("zoom.{key}"))}{" "}{ for known.into_iter().map(button) }</span> })
    };
    let row =
        Ledger::new(&level.shown.spec).ok().and_then(|ledger| ledger.rows.into_iter().find(|row| row.name == *name));
    let hint = match level.direction {
        Direction::Backward => "zoom.hint-backward",
        _ if !is_update => "zoom.hint",
        _ if sheet.is_some() => "zoom.hint-update",
        _ => "zoom.no-weights",
    };
    // A step is made of the gradients.
    let is_gradient = (level.direction == Direction::Backward || is_update) && !facts.gradient.is_empty();
    let formula = if is_gradient { &facts.gradient } else { &facts.formula };
    let rule = if is_update && sheet.is_some() { say!("zoom.rule.update") } else { facts.rule.clone() };
    html! {
        <section class="layer-level" aria-label={words::layer_name(name)} data-empty="">
            <div class="layer-facts" data-empty="">
                <h3>{ row.as_ref().map_or_else(|| say!("lab.view.input"), |row| words::layer(&row.layer)) }</h3>
                <span class="layer-ways">{ for layers(&facts.inputs, "reads") }{" "}{ for layers(&facts.readers, "read-by") }</span>
                <button type="button" id="as-table" aria-pressed={is_table.to_string()} onclick={toggle}>{say!("zoom.as-table")}</button>
            </div>
            <div class={classes!("layer-flow", level.is_narrow.then_some("down"))} data-empty="">
                <div class="layer-side" data-empty="">{ for facts.inputs.iter().map(|input| view.values(input, facts.inputs.len(), "in")) }</div>
                { kernels.map(|kernels| html! { <div class="layer-side" data-empty="">{kernels}{ leaf.unwrap_or_default() }</div> }).unwrap_or_default() }
                <div class="layer-side" data-empty="">{ view.values(name, 1, "out") }</div>
            </div>
            // What a step did has a note of its own.
            <p class="note" id={(!is_update || sheet.is_none()).then_some("network-about")}>{ about.unwrap_or_else(|| say!(hint)) }</p>
            <div class="layer-rule">
                if !formula.is_empty() { <div tabindex="0">{ formula::plain(&Formula::new("rule", "", formula)) }</div> }
                <p>{rule}</p>
            </div>
            <div class="layer ledger" id="layer-account">{ for row.as_ref().map(account) }</div>
        </section>
    }
}

/// Everything that the pictures of a layer share.
struct View<'a> {
    level: &'a Level,
    pointed: &'a UseStateHandle<Option<Cell>>,
    /// What is said of the cell that is pointed at, and the frames that belong to it.
    focus: Option<(String, Vec<(String, Frame)>)>,
    start: Option<Cell>,
    is_table: bool,
    /// The width of each picture.
    width: f64,
}

impl View<'_> {
    /// The values of a layer, one of so many above one another, or their table.
    fn values(&self, name: &str, n: usize, side: &'static str) -> Html {
        let holder = holder(&self.level.outputs, name).to_string();
        let (values, tint) = values_of(self.level.answers.seen.as_deref(), &holder);
        let shape = self.level.shape(name);
        let layer = if name == INPUT {
            say!("lab.view.input")
        } else {
            words::layer_name(name.rsplit(" / ").next().unwrap_or_default())
        };
        let LayerOutputShape { label, .. } = LayerOutputShape {
            name: name.into(),
            label: say!("lab.view.layer", layer = layer, size = size_text(shape)),
            shape,
        };
        let scale = html! { <Scale values={values.clone()} {tint} /> };
        let caption = html! { <figcaption><b>{layer}</b><span>{size_text(shape)}</span>{scale}</figcaption> };
        if let Some(values) = values.clone().filter(|_| self.is_table) {
            let names: Vec<String> = (1..=shape[0]).map(|map| say!("zoom.map-n", map = map)).collect();
            return html! { <figure class="network-layer" data-side={side}>{caption}<MapTable {label} {shape} {values} {names} /></figure> };
        }
        let montage = Montage::filling(shape, self.width, HEIGHT / n as f64);
        let of_layer = |cell: &Cell| cell.0 == holder;
        let frames =
            self.focus.iter().flat_map(|(_, frames)| frames).filter(|(layer, _)| *layer == holder && *layer == name);
        let frames: Vec<Frame> = frames.map(|(_, frame)| *frame).collect();
        let focus = (**self.pointed).clone().filter(of_layer).map(|(_, cell)| cell);
        let focus = focus.zip(self.focus.as_ref().map(|(about, _)| about.clone().into()));
        let start = self.start.clone().filter(of_layer).map(|(_, cell)| cell);
        let on_point = {
            let (pointed, holder) = (self.pointed.clone(), holder.clone());
            Callback::from(move |cell: Option<usize>| pointed.set(cell.map(|cell| (holder.clone(), cell))))
        };
        let on_pick = self.level.on_look.reform(move |cell: usize| Look::Cell(holder.clone(), cell));
        html! {
            <figure class="network-layer" data-side={side} key={name.to_string()}>
                {caption}
                <Planes name={name.to_string()} {label} {montage} n={shape[0]} {values} {tint} {frames} {focus} {start} {on_point} on_pick={on_pick.clone()} on_enter={on_pick} />
            </figure>
        }
    }

    /// The weights on a sheet and their biases, or their table.
    fn kernels(
        &self,
        sheet: &Sheet,
        weights: &Same<Float32Array>,
        biases: Option<&Same<Float32Array>>,
        pointed: &UseStateHandle<Option<usize>>,
    ) -> Html {
        let [_, channels, h, w] = sheet.shape;
        let is_gradient = self.level.answers.seen.as_ref().is_some_and(|seen| seen.of.is_some());
        let what = match (channels, h * w) {
            (1, 1) => "scales",
            (_, 1) => "weights",
            _ => "kernels",
        };
        let title = say!(if is_gradient { format!("zoom.gradient-{what}") } else { format!("zoom.{what}") });
        let size = format!("{}×{channels}×{h}×{w}", sheet.shape[0]);
        let tint = if is_gradient { Tint::Gradient } else { Tint::Weight };
        let scale = html! { <Scale values={Some(weights.clone())} {tint} /> };
        let caption = html! { <figcaption><b>{&title}</b><span>{&size}</span>{scale}</figcaption> };
        let label = format!("{}, {title}, {size}", words::layer_name(&sheet.layer));
        if self.is_table {
            let name =
                |i: usize| say!("zoom.kernel-n", map = sheet.first() + i / channels + 1, from = i % channels + 1);
            let (shape, values) = ([sheet.n_shown() * channels, h, w], weights.clone());
            let names: Vec<String> = (0..shape[0]).map(name).collect();
            return html! { <figure class="network-layer" data-side="kernels">{caption}<MapTable {label} {shape} {values} {names} /></figure> };
        }
        let kernels = Kernels::in_rows(sheet.shown_shape());
        let montage = kernels.montage([self.width, HEIGHT]);
        let [_, rows, columns] = kernels.shape;
        // The kernel that makes the cell that is pointed at.
        let [_, high, wide] = self.level.shape(&sheet.layer);
        let made =
            (**self.pointed).as_ref().filter(|(layer, _)| *layer == sheet.layer).map(|(_, cell)| cell / (high * wide));
        let made = made.and_then(|map| map.checked_sub(sheet.first()));
        let n_planes = if sheet.has_rows() { channels } else { 1 };
        let planes = made.into_iter().flat_map(|map| map * n_planes..(map + 1) * n_planes);
        let frames: Vec<Frame> = planes.map(|plane| (plane, [0, 0, rows, columns], "source")).collect();
        let picture = kernels.picture(weights);
        let about = (**pointed).map(|weight| sheet.about(weight, weights.get_index(weight as u32), is_gradient));
        let focus = (**pointed).and_then(|weight| kernels.cell(weight)).zip(about.map(Into::into));
        let on_point = {
            let pointed = pointed.clone();
            Callback::from(move |cell: Option<usize>| pointed.set(cell.and_then(|cell| kernels.weight(cell))))
        };
        let n = montage.n;
        let biases = biases.map(|biases| {
            let texts = (0..biases.length()).map(|i| html! { <li>{four_digits(biases.get_index(i))}</li> });
            let [first, n] = [sheet.first() + 1, sheet.shape[0]];
            let title = say!(if is_gradient { "zoom.gradient-biases" } else { "zoom.biases" }, n = n);
            let part = (sheet.n_sheets() > 1).then(|| say!("zoom.sheet", first = first, last = first - 1 + sheet.n_shown(), n = n));
            html! { <details class="biases"><summary>{title}{ for part.map(|part| format!(": {part}")) }</summary><ol start={(sheet.first() + 1).to_string()}>{ for texts }</ol></details> }
        });
        html! {
            <figure class="network-layer" data-side="kernels" key="kernels">
                {caption}
                <Planes name={format!("{}.weight", sheet.layer)} {label} {montage} {n} values={Some(picture)} {tint} {frames} {focus} {on_point} on_pick={Callback::noop()} on_enter={Callback::noop()} />
                { biases.unwrap_or_default() }
            </figure>
        }
    }
}
