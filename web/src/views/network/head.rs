//! The switches above the network: the direction, what gradients are of, and which image.

use super::Shown;
use super::answers::Answers;
use crate::state::Direction;
use crate::surroundings::Surroundings;
use receptive_lessons::{four_digits, grouped, say};
use receptive_nn::Head;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Everything that the switches show and change.
pub(super) struct Switches<'a> {
    pub(super) around: &'a Surroundings,
    pub(super) shown: &'a Shown,
    pub(super) answers: &'a Answers,
    /// The directions that there are.
    pub(super) directions: &'a [Direction],
    pub(super) direction: Direction,
    pub(super) on_direction: &'a Callback<Direction>,
    /// The class whose logit gradients are of.
    pub(super) logit: &'a UseStateHandle<Option<u8>>,
    /// True if something of the image is shown: a step is of a whole batch, whichever image that is.
    pub(super) has_image: bool,
    /// Whether one draws in the place of the image, where a button turns that on and off.
    pub(super) drawing: Option<&'a UseStateHandle<bool>>,
}

impl Switches<'_> {
    pub(super) fn draw(&self) -> Html {
        let turn = |id: &'static str, label: String, sign: &'static str, by: i64| {
            let (turn, digit) = (self.around.actions.turn.clone(), self.around.digit.clone());
            let onclick = Callback::from(move |_: MouseEvent| {
                // A digit from the data takes the place of the drawing.
                digit.pad.0.borrow_mut().clear();
                digit.drawn.set(None);
                turn.emit(by);
            });
            html! { <button type="button" {id} aria-label={label.clone()} title={label} {onclick}>{sign}</button> }
        };
        let of_what = (self.direction == Direction::Backward).then(|| self.of_what());
        let image = self.answers.image.as_ref();
        let losses = self.answers.seen.as_ref().and_then(|seen| seen.find("losses"));
        let loss = image.and_then(|image| image.class).zip(losses).filter(|_| self.has_image);
        let loss = loss.map(|(class, losses)| {
            say!(
                "lab.view.loss",
                loss = loss_name(self.shown.loss),
                value = four_digits(losses.get_index(class.into()))
            )
        });
        html! {
            <div class="network-head">
                <span class="seg" role="group" aria-label={say!("lab.view.direction")}>{ for self.directions.iter().map(|to| self.turn_to(*to)) }</span>
                { of_what.unwrap_or_default() }
                { legend(self.direction) }
                if self.has_image {
                    <span class="digit-choice">
                        { turn("view-back", say!("ui.digit-before"), "‹", -1) }
                        <span class="network-digit">{ image.map(|image| image.name.clone()).unwrap_or_default() }</span>
                        { turn("view-next", say!("ui.digit-after"), "›", 1) }
                    </span>
                }
                { self.drawing.map(draw_switch).unwrap_or_default() }
                <b class="network-loss" id="network-loss">{ loss.unwrap_or_default() }</b>
                { self.behind().map(|text| html! { <small class="hint" id="network-behind">{text}</small> }).unwrap_or_default() }
            </div>
        }
    }

    /// Which step is shown, where the GPU is further than the weights that it has handed over.
    fn behind(&self) -> Option<String> {
        let (step, (_, now)) = (self.answers.seen.as_ref()?.step?, self.shown.weights?);
        (self.shown.is_on_gpu && step < now).then(|| say!("lab.view.behind", step = grouped(step.into())))
    }

    fn turn_to(&self, to: Direction) -> Html {
        let is_on = self.direction == to;
        let onclick = self.on_direction.reform(move |_: MouseEvent| to);
        let key = to.key();
        html! { <button type="button" id={format!("view-{key}")} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{say!(format!("lab.view.{key}"))}</button> }
    }

    fn of_what(&self) -> Html {
        let (logit, chosen) = (self.logit.clone(), **self.logit);
        let onchange = Callback::from(move |event: Event| {
            let select: Option<HtmlSelectElement> = event.target_dyn_into();
            logit.set(select.and_then(|select| select.value().parse().ok()));
        });
        let classes = self.shown.classes.iter().enumerate().map(|(i, name)| {
            html! { <option value={i.to_string()} selected={chosen.map(usize::from) == Some(i)}>{say!("lab.view.logit", class = name)}</option> }
        });
        html! {
            <select class="network-of" id="view-of" aria-label={say!("lab.view.of-what")} {onchange}>
                <option value="" selected={chosen.is_none()}>{say!("lab.view.of-loss", loss = loss_name(self.shown.loss))}</option>{ for classes }
            </select>
        }
    }
}

/// Opens the pad, and closes it: then the digit from the data is there again.
fn draw_switch(is_drawing: &UseStateHandle<bool>) -> Html {
    let is_on = **is_drawing;
    let is_drawing = is_drawing.clone();
    let onclick = Callback::from(move |_: MouseEvent| is_drawing.set(!*is_drawing));
    html! { <button type="button" class="draw-switch" id="view-draw" aria-pressed={is_on.to_string()} {onclick}>{say!("ui.digit-draw")}</button> }
}

/// A loss as the page names it beside a number: cross-entropy is plainly the loss.
fn loss_name(loss: Head) -> String {
    match loss {
        Head::CrossEntropy => say!("lab.view.plain-loss"),
        other => say!("lab.view.named-loss", name = say!(format!("lab.option.loss.{}", other.key()))),
    }
}

/// The meaning of the colours. Of gradients the choice before it says what they are.
fn legend(direction: Direction) -> Html {
    let (class, text) = match direction {
        Direction::Forward => ("values", say!("lab.view.values")),
        Direction::Backward => ("gradients", String::new()),
        Direction::Update => ("gradients", say!("lab.view.changes")),
    };
    html! { <span class="network-legend">{text}{" −"}<i class={class} aria-hidden="true"></i>{"+"}</span> }
}
