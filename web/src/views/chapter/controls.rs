//! The settings of a chapter: sliders, choices, the digit.

use super::picture::PictureChoice;
use crate::context::{AppContext, use_app};
use crate::views::draw::DigitPad;
use receptive_lessons::settings::{Kind, Param, Settings, Value};
use receptive_lessons::{Needs, Outline, number, say};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Digits to leaf through; every dataset has as many test images.
const N_DIGITS: i64 = 1000;
/// More choices than this stand in a list.
const MAX_BUTTONS: usize = 4;

#[derive(PartialEq, Properties)]
pub(super) struct ControlsProps {
    pub(super) chapter: &'static Outline,
    pub(super) settings: Settings,
    pub(super) needs: Needs,
    /// The digit's name, once it is there.
    pub(super) digit: Option<String>,
    /// A setting takes a value.
    pub(super) on_set: Callback<(&'static str, Value)>,
    /// What was asked for and cannot be.
    pub(super) problem: Option<String>,
    /// What has to come first.
    pub(super) waiting: Option<String>,
}

#[component]
pub(super) fn Controls(props: &ControlsProps) -> Html {
    let app = use_app();
    let is_drawing = use_state_eq(|| false);
    let shown = |param: &&Param| (param.shown)(&props.settings);
    let choices = props.chapter.params.iter().filter(shown).filter_map(|param| match param.kind {
        Kind::Choice(options) => Some(choice(props, param, options)),
        _ => None,
    });
    let sliders = props.chapter.params.iter().filter(shown).filter_map(|param| match param.kind {
        Kind::Count { low, high, .. } => {
            let value = props.settings.count(param.key);
            let [low, high] = [low, high].map(|bound| bound as f32);
            Some(slider(props, param, value as f32, [low, high, 1.0], value.to_string(), |value| {
                Value::Count(value as usize)
            }))
        }
        Kind::Real { low, high, step, .. } => {
            let value = props.settings.real(param.key);
            Some(slider(props, param, value, [low, high, step], number(value), Value::Real))
        }
        _ => None,
    });
    let wants_digit = props.needs.digit || props.needs.network;
    let digit = wants_digit.then(|| digit_choice(&app, props.digit.as_deref(), &is_drawing));
    let pad = (wants_digit && *is_drawing).then(|| html! { <DigitPad /> });
    let remark = match (&props.problem, &props.waiting) {
        (Some(problem), _) => html! { <p class="remark error" id="lesson-problem" role="alert">{problem}</p> },
        (None, Some(waiting)) => html! { <p class="remark" id="lesson-waiting" role="status">{waiting}</p> },
        (None, None) => html! {},
    };
    let picture = props.needs.picture.then(|| html! { <PictureChoice /> });
    html! {
        <div class="choices">
            // All of them have keys and nothing stands beside them, so that none is made anew and loses the focus.
            <div class="choice-row">{ for choices.chain(digit) }</div>
            <div class="choice-row sliders">{ for sliders }</div>
            { pad.unwrap_or_default() }
            { picture.unwrap_or_default() }
            { remark }
        </div>
    }
}

fn choice(props: &ControlsProps, param: &'static Param, options: &'static [&'static str]) -> Html {
    let current = props.settings.choice(param.key);
    let label = props.chapter.param_text(param.key);
    let text = |option: &str| props.chapter.option_text(param.key, option);
    if options.len() > MAX_BUTTONS {
        let on_set = props.on_set.clone();
        let onchange = Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            if let Some(option) = options.iter().find(|option| **option == value) {
                on_set.emit((param.key, Value::Choice(option)));
            }
        });
        let options = options.iter().map(|option| {
            html! { <option value={*option} selected={*option == current} key={*option}>{ text(option) }</option> }
        });
        return html! {
            <label class="list-choice" key={param.key}><span>{label}</span><select id={format!("set-{}", param.key)} {onchange}>{ for options }</select></label>
        };
    }
    let buttons = options.iter().map(|option| {
        let (is_on, on_set, option) = (*option == current, props.on_set.clone(), *option);
        let onclick = Callback::from(move |_: MouseEvent| on_set.emit((param.key, Value::Choice(option))));
        html! {
            <button type="button" id={format!("set-{}-{option}", param.key)} class={classes!(is_on.then_some("on"))}
                aria-pressed={is_on.to_string()} {onclick} key={option}>{ text(option) }</button>
        }
    });
    let name = if param.key == "on" {
        html! {}
    } else {
        html! { <span class="seg-name" aria-hidden="true">{label.clone()}</span> }
    };
    html! { <span class="seg-choice" key={param.key}>{name}<span class="seg" role="group" aria-label={label}>{ for buttons }</span></span> }
}

fn slider(
    props: &ControlsProps,
    param: &'static Param,
    value: f32,
    [low, high, step]: [f32; 3],
    text: String,
    make: fn(f32) -> Value,
) -> Html {
    let label = props.chapter.param_text(param.key);
    let on_set = props.on_set.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Ok(value) = event.target_unchecked_into::<HtmlInputElement>().value().parse::<f32>() {
            on_set.emit((param.key, make(value.clamp(low, high))));
        }
    });
    html! {
        <label class="slider" key={param.key}><span>{label.clone()}{" "}<b>{text}</b></span>
            <input type="range" id={format!("set-{}", param.key)} min={low.to_string()} max={high.to_string()} step={step.to_string()}
                value={value.to_string()} aria-label={label} {oninput} /></label>
    }
}

/// Leafs through the test digits, or opens the pad.
fn digit_choice(app: &AppContext, name: Option<&str>, is_drawing: &UseStateHandle<bool>) -> Html {
    let turn = |id: &'static str, label: String, sign: &'static str, by: i64| {
        let (change, drawn) = (app.change.clone(), app.drawn.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            drawn.set(None);
            change.emit(Box::new(move |state| state.digit = (i64::from(state.digit) + by).rem_euclid(N_DIGITS) as u32));
        });
        html! { <button type="button" {id} aria-label={label.clone()} title={label} {onclick}>{sign}</button> }
    };
    let toggle = {
        let is_drawing = is_drawing.clone();
        Callback::from(move |_: MouseEvent| is_drawing.set(!*is_drawing))
    };
    html! {
        <span class="digit-choice" key="digit">
            { turn("digit-back", say!("ui.digit-before"), "‹", -1) }
            <span id="digit-caption" role="status">{name.unwrap_or_default()}</span>
            { turn("digit-next", say!("ui.digit-after"), "›", 1) }
            <button type="button" id="digit-draw" aria-expanded={is_drawing.to_string()} onclick={toggle}>{say!("ui.digit-draw")}</button>
        </span>
    }
}
