//! The whole network: its layers side by side, on a phone below one another, and the bars of the classes.

use super::answers::Answers;
use super::drawing::{Drawing, LayerOutputShape};
use super::montage::{LEAST_SIDE, largest_side};
use super::parts::{Spacing, TIGHT, WIDE, width};
use super::{BARS, HEIGHT, IMAGE, INPUT, PAD, Shown};
use crate::views::probabilities::top;
use receptive_lessons::{decimals, say};
use yew::prelude::*;

/// The side of a plane with which the network is as wide as the room for it, beside an image so wide.
pub(super) fn side(answers: &Answers, image: f64, room: f64) -> f64 {
    let spacing = spacing(answers, image, room);
    largest_side(beside(image, room, spacing), |side| width(&answers.parts, side, HEIGHT, spacing))
}

/// The room beside the image and the bars.
fn beside(image: f64, room: f64, spacing: Spacing) -> f64 {
    room - image - BARS - 2.0 * spacing.gap
}

/// The spacing with which the smallest planes have room, if there is one.
fn spacing(answers: &Answers, image: f64, room: f64) -> Spacing {
    let fits = width(&answers.parts, LEAST_SIDE, HEIGHT, WIDE) <= beside(image, room, WIDE);
    if fits { WIDE } else { TIGHT }
}

/// The whole network. A pad to draw on lies over its image, if there is one.
pub(super) fn flow(
    shown: &Shown,
    answers: &Answers,
    drawing: &Drawing,
    pad: Option<Html>,
    onclick: Callback<MouseEvent>,
) -> Html {
    let image_shape = LayerOutputShape { name: INPUT.into(), label: say!("lab.view.input"), shape: shown.spec.input };
    let probabilities = answers.seen.as_ref().and_then(|seen| seen.find("probabilities")).map(|values| values.to_vec());
    let class = answers.image.as_ref().and_then(|image| image.class);
    let is_backward = answers.seen.as_ref().is_some_and(|seen| seen.of.is_some());
    // With another image a pulse goes from layer to layer, back from the loss where gradients are shown. Of two names for the
    // same move one is new each time, so that it begins anew.
    let pulse = (answers.n_before > 0).then_some(["a", "b"][answers.n_before as usize % 2]);
    let n = answers.parts.len();
    let in_turn = |at: usize, part: Html| {
        let turn = if is_backward { n + 1 - at } else { at };
        html! { <div class="in-turn" key={at} ~style={format!("--turn:{turn}")}>{part}</div> }
    };
    let room = drawing.room;
    let is_tight = spacing(answers, if pad.is_some() { PAD } else { IMAGE }, room) == TIGHT;
    let image = match pad {
        Some(pad) => html! { <div class="input-pad">{ drawing.planes(&image_shape, PAD, [room, HEIGHT]) }{pad}</div> },
        None => drawing.planes(&image_shape, IMAGE, [room, HEIGHT]),
    };
    html! {
        <div class={classes!("network-flow", if drawing.is_narrow { Some("down") } else { is_tight.then_some("tight") })} data-pulse={pulse} data-backward={is_backward.then_some("")} {onclick}>
            { in_turn(0, image) }
            { for answers.parts.iter().enumerate().map(|(i, part)| in_turn(i + 1, drawing.part(part, [room, HEIGHT]))) }
            { in_turn(n + 1, bars(probabilities.as_deref(), &shown.classes, class)) }
        </div>
    }
}

/// The thing to know while nothing is pointed at.
pub(super) fn hint(answers: &Answers, is_backward: bool, logit: Option<u8>) -> String {
    match (&answers.trouble, is_backward) {
        (Some(trouble), _) => trouble.clone(),
        (None, false) => say!("lab.view.hint"),
        (None, true) if logit.is_some() => say!("lab.view.hint-logit"),
        (None, true) => say!("lab.view.hint-backward"),
    }
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
                <b>{name}</b><span class="track"><i ~style={format!("width:{:.1}%", percent.unwrap_or(0.0))}></i></span><span>{text}</span>
            </li>
        }
    };
    let truth = class.map(|_| html! { <u>{say!("lab.view.truth")}</u> });
    html! {
        <div class="network-bars">
            <ul aria-label={say!("ui.probabilities-classes")}>{ for classes.iter().enumerate().map(bar) }</ul>
            if best.is_some() { <small><b>{say!("lab.view.guess")}</b>{" "}{truth.unwrap_or_default()}</small> }
        </div>
    }
}
