//! The network as a whole: every layer's values, or the gradients with respect to them, as pictures that move while it
//! trains. Whatever is pointed at lights up what it reads and what reads it.

mod drawing;
mod image;
mod kernels;
mod montage;
mod nudge;
mod paint;
mod parts;
mod planes;
mod seen;
mod update;

use crate::platform::media::use_is_narrow;
use crate::platform::size::use_size;
use crate::surroundings::{Part as Wanted, use_surroundings};
use crate::views::asking::{Same, use_live_answer};
use crate::views::figure::equation::equation;
use crate::views::figure::world::refusal;
use crate::views::probabilities::top;
use drawing::{Drawing, LayerOutputShape, frames};
use image::{Image, use_image};
use montage::largest_side;
use nudge::Nudges;
use parts::{names, parts, width};
use receptive_lessons::{decimals, number, say, size_text};
use receptive_nn::{Head, Spec};
use receptive_train::protocol::{Backward, Query, Refusal, Weights};
use seen::{Seen, gradient};
use std::rc::Rc;
use update::Updates;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// While the network trains, it is looked into this often, in milliseconds.
const BETWEEN_LOOKS: i32 = 100;
/// The height of the layers side by side, in CSS pixels: of ten units as large as they get, which the bars stand beside.
const HEIGHT: f64 = 246.0;
/// The side of the image, in CSS pixels, and the width of the probabilities beside the last layer.
const IMAGE: f64 = 112.0;
const BARS: f64 = 122.0;
/// The name of the image among the tensors.
const INPUT: &str = "input";

#[derive(PartialEq, Properties)]
pub(crate) struct NetworkViewProps {
    pub(crate) spec: Spec,
    /// The network as the worker knows it, once it is there, with the steps behind it.
    pub(crate) weights: Option<(Weights, u32)>,
    /// Names of the classes.
    pub(crate) classes: Vec<String>,
    /// True if the network learns from images of the learner's own that are no digits.
    pub(crate) is_own: bool,
}

/// What is shown of the network.
#[derive(Clone, Copy, Default, PartialEq)]
enum Direction {
    /// The values, from the image to the probabilities.
    #[default]
    Forward,
    /// The gradients with respect to them.
    Backward,
    /// What the last step added to the weights.
    Update,
}

/// A cell, by the name of its layer.
type Cell = (String, usize);

/// The network under its title, unless the learner hides it.
#[component]
pub(crate) fn NetworkView(props: &NetworkViewProps) -> Html {
    let is_open = use_state_eq(|| true);
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let text = say!(if *is_open { "lab.view.hide" } else { "lab.view.show" });
    let NetworkViewProps { spec, weights, classes, is_own } = props;
    html! {
        <div class="network" id="network">
            <div class="network-title">
                <h2>{say!("lab.view.title")}</h2>
                <button type="button" class="quiet" id="view-fold" aria-expanded={is_open.to_string()} {onclick}>{text}</button>
            </div>
            if *is_open { <Whole spec={spec.clone()} weights={*weights} classes={classes.clone()} is_own={*is_own} /> }
        </div>
    }
}

#[component]
pub(crate) fn Whole(props: &NetworkViewProps) -> Html {
    let around = use_surroundings();
    let is_narrow = use_is_narrow();
    let direction = use_state_eq(Direction::default);
    let is_backward = *direction == Direction::Backward;
    // The class whose logit gradients are of; nothing: they are of the loss.
    let logit = use_state_eq(Option::<u8>::default);
    let pointed = use_state_eq(Option::<Cell>::default);
    let kept = use_state_eq(Option::<Cell>::default);
    let spec = &props.spec;
    let (next, refused) = use_image(&around, props);
    let fits = next.as_ref().is_none_or(|image| image.shape == spec.input);
    let next = next.filter(|_| fits);
    let parts = use_memo(spec.clone(), parts);
    let layers = use_memo(spec.clone(), |spec| names(&self::parts::parts(spec)));

    // Rows of weights that the arithmetic of the cell in focus needs.
    let weights_of_cell = use_state_eq(Vec::<String>::default);
    // The class of an image of which none is known is the one that it was taken for last.
    let taken_for = use_state_eq(Option::<u8>::default);
    let class = next.as_ref().and_then(|image| image.class).or(*taken_for);
    let of = match *logit {
        Some(class) => Some(Backward { head: Head::Logit, class }),
        None => class.map(|class| Backward { head: Head::CrossEntropy, class }),
    };
    let (version, question) = next
        .clone()
        .zip(props.weights)
        .map(|(image, (weights, n_steps))| {
            let names = layers.iter().cloned().chain(["probabilities".into(), "losses".into()]);
            let mut names: Vec<_> = names.chain(weights_of_cell.iter().cloned()).collect();
            let pixels = image.pixels.clone();
            let Some(of) = of.filter(|_| is_backward) else {
                return (n_steps, Query::Tensors { weights, pixels, names });
            };
            names.extend(layers.iter().map(String::as_str).chain([INPUT]).map(gradient));
            (n_steps, Query::Gradients { weights, pixels, of, names })
        })
        .unzip();
    let asked = use_live_answer(&around.client, question, version.unwrap_or_default(), BETWEEN_LOOKS);
    let is_diverged = asked.as_deref().is_some_and(|asked| matches!(asked.reply, Err(Refusal::Diverged)));
    // Everything that is shown is of one answer: values, gradients, and the image that they belong to.
    let seen = use_memo(asked, |asked| asked.as_deref().and_then(Seen::new).map(Rc::new));
    let last = use_mut_ref(|| None);
    if let (Some(image), Some(seen)) = (&next, &*seen)
        && image.pixels == seen.pixels
    {
        *last.borrow_mut() = Some(image.clone());
    }
    let image: Option<Rc<Image>> = last.borrow().clone();
    let of_seen = |name: &str| (*seen).as_ref().and_then(|seen| seen.find(name));
    let probabilities = of_seen("probabilities").map(|values| values.to_vec());
    {
        let (best, set) = (probabilities.as_deref().map(|values| top(values) as u8), taken_for.setter());
        use_effect_with(best, move |best| set.set(*best));
    }

    let shown = (*pointed).clone().or_else(|| (*kept).clone());
    let account = {
        let inputs = (shown.clone(), (*seen).clone().map(Same), around.host.clone());
        use_memo(inputs, |(shown, seen, host)| {
            let ((name, cell), seen, host) = (shown.as_ref()?, seen.as_ref()?, host.as_ref()?);
            let (names, values): (Vec<_>, Vec<_>) =
                seen.tensors.iter().map(|(name, values)| (name.clone(), (*values.0).clone())).unzip();
            let Backward { head, class } = seen.of.unwrap_or(Backward { head: Head::CrossEntropy, class: 0 });
            host.set_network(&seen.spec, (head, class), names, &values);
            host.account(&if seen.of.is_some() { gradient(name) } else { name.clone() }, *cell)
        })
    };
    {
        let wanted = account.as_ref().as_ref().filter(|_| kept.is_some() && *kept == shown);
        let missing = wanted.map(|account| account.missing.clone());
        let (is_kept, weights_of_cell) = (kept.is_some(), weights_of_cell.setter());
        use_effect_with((missing, is_kept), move |(missing, is_kept)| match missing {
            Some(missing) if !missing.is_empty() => weights_of_cell.set(missing.clone()),
            _ if !is_kept => weights_of_cell.set(vec![]),
            _ => {}
        });
    }

    let node = use_node_ref();
    let (room, _) = *use_size(&node);
    let drawing = Drawing {
        is_narrow,
        room: f64::from(room.max(280)),
        side: largest_side(f64::from(room) - IMAGE - BARS - 2.0 * parts::GAP, |side| width(&parts, side, HEIGHT)),
        seen: (*seen).clone(),
        frames: account.as_ref().as_ref().map(frames).unwrap_or_default(),
        focus: shown.clone().zip(account.as_ref().as_ref().map(|account| account.about.clone().into())),
        on_point: {
            let (pointed, start) = (pointed.clone(), around.actions.start.clone());
            Callback::from(move |cell: Option<Cell>| {
                if cell.is_some() {
                    start.emit(Wanted::Chapters);
                }
                pointed.set(cell);
            })
        },
        on_keep: {
            let kept = kept.clone();
            Callback::from(move |cell: Cell| kept.set(Some(cell)))
        },
    };
    let let_go = {
        let (pointed, kept) = (pointed.clone(), kept.clone());
        Callback::from(move |()| {
            pointed.set(None);
            kept.set(None);
        })
    };
    let onkeydown = {
        let let_go = let_go.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                let_go.emit(());
            }
        })
    };
    let onclick = Callback::from(move |_: MouseEvent| let_go.emit(()));
    let turn_to = |to: Direction, key: &str| {
        let (direction, is_on) = (direction.clone(), *direction == to);
        let onclick = Callback::from(move |_: MouseEvent| direction.set(to));
        html! { <button type="button" id={format!("view-{key}")} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{say!(format!("lab.view.{key}"))}</button> }
    };
    let turn = |id: &'static str, label: String, sign: &'static str, by: i64| {
        let onclick = around.actions.turn.reform(move |_: MouseEvent| by);
        html! { <button type="button" {id} aria-label={label.clone()} title={label} {onclick}>{sign}</button> }
    };
    let of_what = is_backward.then(|| {
        let (logit, chosen) = (logit.clone(), *logit);
        let onchange = Callback::from(move |event: Event| {
            let select: Option<HtmlSelectElement> = event.target_dyn_into();
            logit.set(select.and_then(|select| select.value().parse().ok()));
        });
        let classes = props.classes.iter().enumerate().map(|(i, name)| {
            html! { <option value={i.to_string()} selected={chosen.map(usize::from) == Some(i)}>{say!("lab.view.logit", class = name)}</option> }
        });
        html! {
            <label class="network-of"><span>{say!("lab.view.of-what")}</span><select id="view-of" {onchange}>
                <option value="" selected={chosen.is_none()}>{say!("lab.view.of-loss")}</option>{ for classes }
            </select></label>
        }
    });
    let image_shape = LayerOutputShape { name: INPUT.into(), label: say!("lab.view.input"), shape: spec.input };
    let loss = image.as_ref().and_then(|image| image.class).zip(of_seen("losses"));
    let loss = loss.map(|(class, losses)| say!("lab.view.loss", value = number(losses.get_index(class.into()))));
    let about = account.as_ref().as_ref().map(|account| account.about.clone());
    let hint = match (seen.is_some(), is_backward) {
        _ if !fits => say!("lab.view.other-shape", size = size_text(spec.input)),
        _ if refused.is_some() => refused.unwrap_or_default(),
        _ if is_diverged => refusal(&Refusal::Diverged),
        (false, _) => say!("lab.view.waiting"),
        (true, false) => say!("lab.view.hint"),
        (true, true) if logit.is_some() => say!("lab.view.hint-logit"),
        (true, true) => say!("lab.view.hint-backward"),
    };
    let updates = (*direction == Direction::Update).then_some(props.weights).flatten();
    let updates = updates.and_then(|(weights, version)| {
        let Weights::Run(run) = weights else { return None };
        let client = around.client.clone();
        Some(html! { <Updates {client} {run} spec={spec.clone()} {version} {is_narrow} room={f64::from(room.max(280))} /> })
    });
    let nudges = (*kept).clone().zip(of).zip((*seen).clone()).zip(props.weights);
    let nudges = nudges.map(|(((cell, of), seen), (weights, version))| {
        let (client, rows) = (around.client.clone(), (*weights_of_cell).clone());
        html! { <Nudges {client} {weights} {of} {version} {cell} {rows} seen={Same(seen)} /> }
    });
    let sum = account.as_ref().as_ref().and_then(|account| account.equation.as_ref());
    let sum = sum.map(|data| equation(data, &[], &Callback::noop()));
    html! {
        <div class="network-whole" {onkeydown}>
            <div class="network-head">
                <span class="seg" role="group" aria-label={say!("lab.view.direction")}>{ turn_to(Direction::Forward, "forward") }{ turn_to(Direction::Backward, "backward") }{ turn_to(Direction::Update, "update") }</span>
                { of_what.unwrap_or_default() }
                { legend(*direction) }
                <span class="digit-choice">
                    { turn("view-back", say!("ui.digit-before"), "‹", -1) }
                    <span class="network-digit">{ image.as_ref().map(|image| image.name.clone()).unwrap_or_default() }</span>
                    { turn("view-next", say!("ui.digit-after"), "›", 1) }
                </span>
                <b class="network-loss" id="network-loss">{ loss.unwrap_or_default() }</b>
            </div>
            <div ref={node}>
                { updates.unwrap_or_else(|| html! { <>
            <div class={classes!("network-flow", is_narrow.then_some("down"))} {onclick}>
                { drawing.planes(&image_shape, IMAGE, HEIGHT) }
                { for parts.iter().map(|part| drawing.part(part, HEIGHT)) }
                { bars(probabilities.as_deref(), &props.classes, image.as_ref().and_then(|image| image.class)) }
            </div>
            <p class="note" id="network-about">{ about.unwrap_or(hint) }</p>
            <div class={classes!("network-sum", kept.is_some().then_some("kept"))}>{ sum.unwrap_or_default() }</div>
            <div onclick={Callback::from(|event: MouseEvent| event.stop_propagation())}>{ nudges.unwrap_or_default() }</div>
                </> }) }
            </div>
        </div>
    }
}

/// The meaning of the colours.
fn legend(direction: Direction) -> Html {
    let (class, key) = match direction {
        Direction::Forward => ("values", "lab.view.values"),
        Direction::Backward => ("gradients", "lab.view.gradients"),
        Direction::Update => ("gradients", "lab.view.changes"),
    };
    let text = say!(key);
    html! { <span class="network-legend">{text}{" −"}<i class={class} aria-hidden="true"></i>{"+"}</span> }
}

/// A bar for each class.
fn bars(values: Option<&[f32]>, classes: &[String], class: Option<u8>) -> Html {
    let best = values.map(top);
    let bar = |(i, name): (usize, &String)| {
        let percent = values.and_then(|values| values.get(i)).map(|value| 100.0 * value);
        let text = percent.map_or("–".to_string(), |percent| format!("{} %", decimals(percent.into(), 1)));
        let is_true = class.is_some_and(|class| usize::from(class) == i);
        html! {
            <li class={classes!((best == Some(i)).then_some("best"), is_true.then_some("true"))} key={i}>
                <b>{name}</b><span class="track"><i style={format!("width:{:.1}%", percent.unwrap_or(0.0))}></i></span><span>{text}</span>
            </li>
        }
    };
    html! { <ul class="network-bars" aria-label={say!("ui.probabilities-classes")}>{ for classes.iter().enumerate().map(bar) }</ul> }
}
