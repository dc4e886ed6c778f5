//! The update: what the last training step did to each weight, layer by layer, and what the step does, in order.

use super::Shown;
use super::kernels::Kernels;
use super::layer;
use super::montage::{Montage, largest_side};
use super::paint::Tint;
use super::parts::WIDE;
use super::planes::Planes;
use super::scale::Scale;
use crate::platform::worker_bridge::{Reply, WorkerClient};
use crate::state::{Direction, Look};
use crate::views::asking::{Asked, Same, pause, use_answer, use_live_answer};
use crate::views::figure::world::refusal;
use js_sys::Float32Array;
use receptive_lessons::words::layer_name;
use receptive_lessons::{decimals, four_digits, grouped, number, say};
use receptive_nn::{Phase, Quantity, Rule, Setting, Spec, StepLine};
use receptive_train::protocol::{Answer, OpenedStep, Query, RunId};
use std::ops::Range;
use yew::prelude::*;

/// While the network trains, its steps are looked at this often, in milliseconds.
const BETWEEN_MILLIS: i32 = 100;
/// The height of the layers side by side, in CSS pixels.
const HEIGHT: f64 = 246.0;
/// That of the weights of one kernel or unit.
const ROW_HEIGHT: f64 = 200.0;
/// The least width of a picture with its caption; the styles say the same.
const LEAST_WIDTH: f64 = 78.0;
/// The side of a kernel on a phone.
const NARROW: f64 = 38.0;
/// More values of one tensor than this are not drawn.
const MOST_VALUES: usize = 1 << 15;

#[derive(PartialEq, Properties)]
pub(super) struct UpdatesProps {
    pub(super) client: WorkerClient,
    pub(super) run: RunId,
    /// Steps behind the run.
    pub(super) version: u32,
    pub(super) is_narrow: bool,
    /// The width that there is, in CSS pixels.
    pub(super) room: f64,
    pub(super) shown: Shown,
    /// Opens a level in a direction.
    pub(super) on_open: Callback<(Look, Direction)>,
    /// The only weights that are shown.
    #[prop_or_default]
    pub(super) only: Option<Only>,
}

/// Weights of one layer.
#[derive(Clone, PartialEq)]
pub(super) struct Only {
    pub(super) layer: String,
    /// The kernels or units.
    pub(super) rows: Range<usize>,
    /// How many they are, and for each of them maps, rows and columns, as in their layer's picture.
    pub(super) shape: [usize; 4],
}

/// A weight: its tensor, and its place in it.
type Weight = (String, usize);

#[component]
pub(super) fn Updates(props: &UpdatesProps) -> Html {
    let pointed = use_state_eq(Option::<Weight>::default);
    let kept = use_state_eq(Option::<Weight>::default);
    let listed = use_answer(&props.client, Some(Query::StepLines { run: props.run }), 0);
    let lines: Vec<StepLine> = match listed.as_deref() {
        Some(Asked {
            question: Query::StepLines { run },
            reply: Ok(Reply { answer: Answer::StepLines(lines), .. }),
        }) if *run == props.run => lines.clone(),
        _ => vec![],
    };
    let inputs = (lines.clone(), props.shown.spec.clone(), props.only.clone());
    let tensors = use_memo(inputs, |(lines, spec, only)| Rows::all(lines, spec, only.as_ref()));
    let tensors_are_none = tensors.is_empty();
    let question = (!tensors_are_none).then(|| {
        let facts = (*kept).as_ref().and_then(|(tensor, weight)| {
            let rows = tensors.iter().find(|rows| rows.tensor == *tensor)?;
            let row = format!("{tensor}{}", rows.range(*weight / rows.len..*weight / rows.len + 1));
            // Whatever is written beside the weights is what the rule remembers.
            let sides = ["", "before "];
            let moments = (1..=rows.n_moments).flat_map(move |i| sides.map(|side| format!("{side}moment {i} ")));
            let facts = ["", "before ", "grad "].map(String::from).into_iter().chain(moments);
            Some(facts.map(move |what| format!("{what}{row}")))
        });
        let names = tensors.iter().map(|rows| format!("update {}{}", rows.tensor, rows.range(rows.shown.clone())));
        Query::Step { run: props.run, names: names.chain(facts.into_iter().flatten()).collect(), example: None }
    });
    let asked = use_live_answer(&props.client, question, props.version, pause(props.shown.is_training, BETWEEN_MILLIS));
    let sheet = props.only.as_ref().map(|only| only.shape);
    let step = use_memo((asked.clone(), tensors, sheet), |(asked, tensors, sheet)| {
        asked.as_deref().and_then(|asked| Opened::new(asked, tensors, *sheet))
    });
    let refused = asked.as_deref().and_then(|asked| asked.reply.as_ref().err().map(refusal));

    let shown = (*pointed).clone().or_else(|| (*kept).clone());
    let about = shown.as_ref().zip(step.as_ref().as_ref()).map(|(weight, step)| step.about(weight));
    let hint = refused.unwrap_or_else(|| match &*step {
        Some(step) => step.title(),
        None => say!("lab.view.waiting"),
    });
    let pictures: Vec<_> = step.iter().flat_map(|step| &step.changes).map(|change| change.kernels.shape).collect();
    let side = largest_side(props.room, |side| {
        pictures.iter().map(|shape| Montage::within(*shape, side, HEIGHT).size()[0].max(LEAST_WIDTH) + WIDE.gap).sum()
    });
    let picture = |change: &Change| {
        let montage = if let Some([n, ..]) = sheet {
            change.kernels.montage([props.room, if n > 1 { layer::HEIGHT } else { ROW_HEIGHT }])
        } else if props.is_narrow {
            Montage::across(change.kernels.shape, NARROW, props.room)
        } else {
            Montage::within(change.kernels.shape, side, HEIGHT)
        };
        let focus = shown.as_ref().filter(|(tensor, _)| *tensor == change.tensor);
        let focus = focus.and_then(|(_, weight)| change.cell(*weight)).zip(about.clone());
        let on_point = {
            let (pointed, change) = (pointed.clone(), change.clone());
            Callback::from(move |cell: Option<usize>| {
                pointed.set(cell.and_then(|cell| change.weight(cell)));
            })
        };
        let on_pick = {
            let (kept, change) = (kept.clone(), change.clone());
            Callback::from(move |cell: usize| kept.set(change.weight(cell)))
        };
        let scale = props
            .only
            .is_some()
            .then(|| html! { <Scale values={Some(change.values.clone())} tint={Tint::Gradient} /> });
        html! {
            <figure class="network-layer" key={change.tensor.clone()}>
                <Planes name={change.tensor.clone()} label={change.label.clone()} {montage} n={montage.n} values={Some(change.values.clone())}
                    tint={Tint::Gradient} frames={vec![]} focus={focus.map(|(cell, about)| (cell, about.into()))} {on_point} on_pick={on_pick.clone()} on_enter={on_pick} />
                <figcaption title={change.label.clone()}><b>{layer_name(&change.layer)}</b><span>{&change.what}</span>{ for scale }</figcaption>
            </figure>
        }
    };
    let changes = step.iter().flat_map(|step| &step.changes).map(picture);
    let facts = (*kept).as_ref().zip(step.as_ref().as_ref()).and_then(|(weight, step)| step.arithmetic(weight));
    let let_go = kept.setter();
    let onkeydown = {
        let let_go = let_go.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                let_go.set(None);
            }
        })
    };
    let onclick = Callback::from(move |_: MouseEvent| let_go.set(None));
    html! {
        <div class="network-whole" {onkeydown}>
            <div class={classes!("network-flow", "updates", props.is_narrow.then_some("down"))} {onclick}>{ for changes }</div>
            <p class="note" id="network-about">{ about.unwrap_or(hint) }</p>
            <p class="network-facts" id="network-facts">{ facts.unwrap_or_default() }</p>
            if props.only.is_none() { { time_line(&lines, &props.on_open) } }
        </div>
    }
}

/// A tensor that the step changed, by its rows: one for each kernel or unit.
#[derive(Clone, PartialEq)]
struct Rows {
    tensor: String,
    n: usize,
    /// Values of a row.
    len: usize,
    /// Moments that the rule keeps of each value.
    n_moments: usize,
    /// The rows that are shown: as many as a picture has room for, or the only one.
    shown: Range<usize>,
}

impl Rows {
    fn all(lines: &[StepLine], spec: &Spec, only: Option<&Only>) -> Vec<Self> {
        let outputs = spec.outputs().unwrap_or_default();
        let rows = |line: &StepLine| {
            let tensor = line.written.first()?.clone();
            let (layer, _) = tensor.rsplit_once('.')?;
            if only.is_some_and(|only| only.layer != layer) {
                return None;
            }
            let [n, ..] = outputs.iter().find(|output| output.name == layer)?.shape;
            let len = line.n_values / n;
            let shown = only.map(|only| only.rows.clone()).filter(|rows| rows.end <= n);
            let shown = shown.unwrap_or_else(|| 0..n.min((MOST_VALUES / len).max(1)));
            Some(Self { n, len, n_moments: line.written.len() - 1, shown, tensor })
        };
        lines.iter().filter(|line| line.quantity == Quantity::Update).filter_map(rows).collect()
    }

    /// Some of the rows, as they stand behind the name of the tensor; nothing for all.
    fn range(&self, rows: Range<usize>) -> String {
        if rows == (0..self.n) { String::new() } else { format!("[{}..{}]", rows.start, rows.end) }
    }
}

/// The change of a tensor.
#[derive(Clone, PartialEq)]
struct Change {
    tensor: String,
    layer: String,
    /// "200 weights".
    what: String,
    label: String,
    kernels: Kernels,
    /// The place in the tensor of the first weight that is shown.
    first: usize,
    /// In the order of the picture.
    values: Same<Float32Array>,
}

impl Change {
    fn weight(&self, cell: usize) -> Option<Weight> {
        self.kernels.weight(cell).map(|weight| (self.tensor.clone(), self.first + weight))
    }

    fn cell(&self, weight: usize) -> Option<usize> {
        self.kernels.cell(weight.checked_sub(self.first)?)
    }
}

/// A step that was opened, as it is shown.
struct Opened {
    step: OpenedStep,
    buffers: Vec<Float32Array>,
    changes: Vec<Change>,
}

impl Opened {
    fn new(asked: &Asked, rows: &[Rows], sheet: Option<[usize; 4]>) -> Option<Self> {
        let Ok(Reply { answer: Answer::Step(step), buffers }) = &asked.reply else { return None };
        let changes = step.tensors.tensors.iter().zip(buffers).filter_map(|(tensor, values)| {
            let name = tensor.name.strip_prefix("update ")?.split('[').next()?;
            let (layer, kind) = name.rsplit_once('.')?;
            let rows = rows.iter().find(|rows| rows.tensor == name)?;
            let shape = tensor.shape.map(|n| n as usize);
            // Biases lie in one row, a value for each map.
            let kernels = match sheet {
                _ if kind == "bias" => Kernels::new([values.length() as usize, 1, 1, 1]),
                Some(sheet) if sheet.iter().product::<usize>() == values.length() as usize => Kernels::in_rows(sheet),
                _ => Kernels::new(shape),
            };
            let n_shown = values.length() as usize / rows.len;
            let n = if sheet.is_some() { n_shown } else { rows.n } * rows.len;
            let what = say!(format!("lab.update.{kind}"), n_said = grouped(n as u64), n = n);
            // Where a layer is looked at alone, the numbers of its sheet say the rest.
            let what = if sheet.is_none() && n_shown < rows.n {
                say!("lab.update.some", what = what, shown = n_shown, n = rows.n)
            } else {
                what
            };
            let values = kernels.picture(values);
            let label = format!("{}, {what}", layer_name(layer));
            Some(Change {
                tensor: name.into(),
                layer: layer.into(),
                what,
                label,
                kernels,
                first: rows.shown.start * rows.len,
                values,
            })
        });
        Some(Self { changes: changes.collect(), step: step.clone(), buffers: buffers.clone() })
    }

    /// A number of a tensor that was asked for.
    fn number(&self, name: &str, i: usize) -> Option<f32> {
        let mut tensors = self.step.tensors.tensors.iter().zip(&self.buffers);
        tensors.find_map(|(tensor, values)| {
            let (found, range) = tensor.name.split_once('[').unwrap_or((&tensor.name, ""));
            let first: usize = range.split("..").next().and_then(|first| first.parse().ok()).unwrap_or(0);
            let row_len = values.length() / tensor.shape[0].max(1);
            let i = i.checked_sub(first * row_len as usize)?;
            (found == name && i < values.length() as usize).then(|| values.get_index(i as u32))
        })
    }

    fn title(&self) -> String {
        let OpenedStep { record, learning_rate, images, .. } = &self.step;
        say!(
            "lab.update.title",
            step = grouped(record.iteration.into()),
            images = images.len(),
            loss = decimals(record.loss.into(), 3),
            rate = number(*learning_rate)
        )
    }

    fn about(&self, (tensor, weight): &Weight) -> String {
        let (layer, kind) = tensor.rsplit_once('.').unwrap_or((tensor, ""));
        let change = self.number(&format!("update {tensor}"), *weight);
        let change = change.map(signed).unwrap_or_default();
        let what = say!(format!("lab.update.one-{kind}"), layer = layer_name(layer), n = grouped(*weight as u64 + 1));
        say!("lab.update.about", what = what, step = grouped(self.step.record.iteration.into()), change = change)
    }

    /// How the rule came from the gradient to the change, in numbers; nothing while some are on their way.
    fn arithmetic(&self, (tensor, weight): &Weight) -> Option<String> {
        let value = |what: &str| self.number(&format!("{what}{tensor}"), *weight);
        let OpenedStep { record, learning_rate, gradient_scale, optimiser, .. } = self.step;
        let moments = |side: &str| -> Option<[f32; 3]> {
            let mut moments = [0.0; 3];
            for (i, moment) in moments.iter_mut().enumerate().take(optimiser.n_moments()) {
                *moment = value(&format!("{side}moment {} ", i + 1))?;
            }
            Some(moments)
        };
        let (before, gradient, after) = (value("before ")?, value("grad ")?, value("")?);
        let remembered = moments("")?;
        let account = optimiser.account(
            record.iteration as i32,
            [learning_rate, gradient_scale],
            [before, gradient],
            moments("before ")?,
            remembered,
        );
        let (rate, decay) = (number(learning_rate), number(optimiser.weight_decay));
        let is_clipped = gradient_scale < 1.0;
        let is_decoupled = account.kept != before;
        let is_decayed = optimiser.weight_decay != 0.0 && !is_decoupled;
        // Plain SGD's sum names the gradient itself.
        let is_told = optimiser.rule != Rule::Sgd || is_clipped || is_decayed;
        let told = is_told.then(|| say!("lab.update.gradient", gradient = four_digits(gradient)));
        let clipped = is_clipped.then(|| say!("lab.update.clipped", scale = four_digits(gradient_scale)));
        let decayed = is_decayed.then(|| {
            say!("lab.update.decayed", decay = decay, weight = factor(before), sum = four_digits(account.gradient))
        });
        let kept = is_decoupled.then(|| {
            let (before, kept) = (four_digits(before), four_digits(account.kept));
            say!("lab.update.decoupled", rate = rate, decay = decay, before = before, kept = kept)
        });
        let key = match optimiser.rule {
            Rule::AdamW(_) => "adam",
            rule => rule.key(),
        };
        let rule = say!(
            format!("lab.update.{key}"),
            before = four_digits(account.kept),
            rate = rate,
            share = optimiser.rule.setting(Setting::Momentum).map_or_else(String::new, number),
            memory = four_digits(remembered[0]),
            top = four_digits(account.top),
            factor = factor(account.top),
            root = account.root.map_or_else(String::new, four_digits),
            epsilon = four_digits(account.epsilon),
            after = four_digits(after)
        );
        let told = told.into_iter().chain(clipped).chain(decayed).chain(kept).chain([rule]);
        Some(told.collect::<Vec<_>>().join(" "))
    }
}

/// A factor of a product: in brackets, if a minus stands before it.
fn factor(value: f32) -> String {
    if value < 0.0 { format!("({})", four_digits(value)) } else { four_digits(value) }
}

/// A number with its sign, whichever it is.
fn signed(value: f32) -> String {
    if value > 0.0 { format!("+{}", four_digits(value)) } else { four_digits(value) }
}

/// The step, instruction by instruction, folded away until it is wanted. Each leads to the layer whose numbers it makes, in
/// the direction that shows them.
fn time_line(lines: &[StepLine], on_open: &Callback<(Look, Direction)>) -> Html {
    if lines.is_empty() {
        return html! {};
    }
    let entry = |line: &StepLine| {
        let direction = match line.phase {
            Phase::Forward => Direction::Forward,
            Phase::Loss | Phase::Backward => Direction::Backward,
            Phase::Update => Direction::Update,
        };
        let Some(layer) = line.layer.clone() else { return html! { <li>{ instruction(line) }</li> } };
        let onclick = on_open.reform(move |_: MouseEvent| (Look::Layer(layer.clone()), direction));
        html! { <li><button type="button" class="crumb" {onclick}>{ instruction(line) }</button></li> }
    };
    let phase = |phase: Phase, key: &str| {
        let of = lines.iter().filter(|line| line.phase == phase).map(entry);
        html! { <li key={key.to_string()}><b>{say!(format!("lab.step.{key}"))}</b><ol>{ for of }</ol></li> }
    };
    html! {
        <details class="time-line" id="time-line">
            <summary>{say!("lab.step.title", n = lines.len())}</summary>
            <ol>{ phase(Phase::Forward, "forward") }{ phase(Phase::Loss, "loss") }{ phase(Phase::Backward, "backward") }{ phase(Phase::Update, "update") }</ol>
        </details>
    }
}

fn instruction(line: &StepLine) -> String {
    let key = match line.quantity {
        Quantity::Output => "output",
        Quantity::Inner => "inner",
        Quantity::Statistic => "statistic",
        Quantity::Loss => "losses",
        Quantity::GradOutput => "grad-output",
        Quantity::GradInner => "grad-inner",
        Quantity::GradWeight => "grad-weight",
        Quantity::GradBias => "grad-bias",
        Quantity::Update => "new",
        Quantity::Average => "average",
    };
    let of = line.layer.as_deref().map_or_else(|| say!("lab.step.network"), layer_name);
    let what = say!(format!("lab.step.{key}"), layer = of);
    let (products, others) = (line.n_terms.products, line.n_terms.others);
    let made = match (products, others) {
        (0, 0 | 1) => String::new(),
        (0, n) => say!("lab.step.terms", n_said = grouped(n as u64), n = n),
        (n, _) => say!("lab.step.products", n_said = grouped(n as u64), n = n),
    };
    let n = line.n_values;
    format!("{}{made}", say!("lab.step.line", what = what, n_said = grouped(n as u64), n = n))
}
