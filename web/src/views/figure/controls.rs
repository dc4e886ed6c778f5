//! The settings of a chapter: sliders, choices, the digit. Those that it does not begin with are folded away; on a phone,
//! where they would push the stage out of sight, all but those that do the step.

use super::exercise::is_solved;
use crate::context::{Memory, use_locks, use_memory};
use crate::platform::media::use_is_narrow;
use crate::state::Locks;
use crate::surroundings::{NetworkSource, Surroundings, use_surroundings};
use crate::views::draw::{digit_pad, digit_photo};
use crate::views::locked::control;
use crate::views::picture::PictureChoice;
use crate::views::weights::weights_choice;
use receptive_lessons::settings::{Key, Kind, Param, Settings, Value};
use receptive_lessons::{Needs, Outline, number, say};
use receptive_nn::Origin;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The longer side of a picture on the stage, in pixels.
const PICTURE: u32 = 64;
/// More choices than this stand in a list.
const MAX_BUTTONS: usize = 4;

#[derive(PartialEq, Properties)]
pub(super) struct ControlsProps {
    pub(super) chapter: &'static Outline,
    pub(super) settings: Settings,
    pub(super) needs: Needs,
    /// Settings that are wanted just now.
    pub(super) sets: Vec<String>,
    /// Counts the visits: with each, what is folded away is so again.
    pub(super) visit: u32,
    /// The origin of the network's weights, once it is there.
    pub(super) origin: Option<Origin>,
    /// The digit's name, once it is there.
    pub(super) digit: Option<String>,
    /// A setting takes a value.
    pub(super) on_set: Callback<(&'static str, Value)>,
    /// A number was typed that cannot be set; why.
    pub(super) on_problem: Callback<String>,
    pub(super) remark: Option<Remark>,
}

/// The reason that the stage does not show what is asked for.
#[derive(Clone, PartialEq)]
pub(super) enum Remark {
    /// The settings are refused, or something cannot be had; why.
    Problem(String),
    /// Something is on its way, or the learner's to give; what.
    Waiting(String),
    /// The network in the Lab has taken no step yet.
    NoStep,
}

#[component]
pub(super) fn Controls(props: &ControlsProps) -> Html {
    let (around, memory, locks) = (use_surroundings(), use_memory(), use_locks());
    let is_drawing = use_state_eq(bool::default);
    let n_photos = use_state_eq(u32::default);
    let is_narrow = use_is_narrow();
    let shown = props.chapter.params.iter().filter(|param| (param.shown)(&props.settings));
    let shown = shown.filter(|param| !matches!(param.kind, Kind::Numbers | Kind::Text) && !locks.hides(param.key));
    let is_folded =
        |param: &&Param| if is_narrow { !props.sets.iter().any(|key| key == param.key) } else { param.is_more };
    let (folded, first): (Vec<&Param>, Vec<&Param>) = shown.partition(is_folded);
    // What was set away from its start, by a link or a step, shows itself; on a phone, in the line that opens the rest.
    let set: Vec<&Param> = folded.iter().copied().filter(|param| props.settings.differs(param.key)).collect();
    let is_set = !set.is_empty() && !is_narrow;
    // And so does what a step is done with.
    let is_wanted = folded.iter().any(|param| props.sets.iter().any(|key| key == param.key));
    let is_open = use_state_eq(|| is_set);
    {
        let (is_open, last) = (is_open.clone(), use_mut_ref(|| None));
        use_effect_with((props.chapter.key, props.visit, is_wanted), move |&(key, visit, _)| {
            let is_elsewhere = last.replace(Some((key, visit))) != Some((key, visit));
            if is_elsewhere || is_wanted {
                is_open.set(is_set || is_wanted);
            }
        });
    }
    let fold = {
        let is_open = is_open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            is_open.set(!*is_open);
        })
    };
    let wants_digit = (props.needs.digit || props.needs.network.is_some()) && !locks.hides("digit");
    let digit =
        wants_digit.then(|| control(&locks, "digit", digit_choice(&around, props.digit.as_deref(), &is_drawing)));
    let pad = (wants_digit && *is_drawing).then(|| {
        html! { <div class="digit-pad">{ digit_pad(&around.digit, *n_photos, true) }{ digit_photo(&around.digit, &n_photos) }</div> }
    });
    let weights = props.needs.network.map(|_| {
        let NetworkSource { is_lab_other, from, .. } = &around.network;
        let choice = weights_choice(&around.actions.choose, *is_lab_other, *from, props.origin, true);
        control(&locks, "netfrom", choice)
    });
    let more = !folded.is_empty() || (is_narrow && wants_digit);
    let summary = match (is_narrow, &set[..]) {
        (true, []) => say!("common.all-settings"),
        (true, set) => {
            say!(
                "common.all-settings-now",
                values = set.iter().map(|param| value(props, param)).collect::<Vec<_>>().join(" · ")
            )
        }
        (false, _) => {
            let mut names: Vec<_> = folded.iter().map(|param| props.chapter.param_text(param.key)).collect();
            names.dedup();
            say!("common.more-settings", names = names.join(", "))
        }
    };
    let (digit, weights, folded_digit, folded_weights) =
        if is_narrow { (None, None, digit, weights) } else { (digit, weights, None, None) };
    let more = more.then(|| {
        html! {
            <details class="more-settings" open={*is_open}>
                <summary id="more" onclick={fold}>{summary}</summary>
                { rows(props, (&memory, &locks), &folded, folded_digit) }
                { folded_weights.unwrap_or_default() }
            </details>
        }
    });
    let remark = match &props.remark {
        Some(Remark::Problem(why)) => html! { <p class="remark error" id="lesson-problem" role="alert">{why}</p> },
        Some(Remark::Waiting(what)) => html! { <p class="remark" id="lesson-waiting" role="status">{what}</p> },
        Some(Remark::NoStep) => html! {
            <p class="remark" id="lesson-no-step" role="status">
                <span>{say!("ui.no-lab-step")}</span>
                <button type="button" id="lesson-take-step" onclick={&around.actions.step}>{say!("ui.take-step")}</button>
            </p>
        },
        None => html! {},
    };
    let picture = props.needs.picture.then(|| {
        let picture = around.picture.clone();
        let on_picture = Callback::from(move |found| {
            picture.set(Some(found));
            Ok(())
        });
        html! { <PictureChoice name="picture" side={PICTURE} {on_picture} /> }
    });
    html! {
        <>
            <div class="choices">
                { rows(props, (&memory, &locks), &first, digit) }
                { more.unwrap_or_default() }
                { weights.unwrap_or_default() }
                { picture.unwrap_or_default() }
                { remark }
            </div>
            { pad.unwrap_or_default() }
        </>
    }
}

/// Returns the value of a setting, in words.
fn value(props: &ControlsProps, param: &Param) -> String {
    let name = props.chapter.param_text(param.key);
    match param.kind {
        Kind::Choice(_) => props.chapter.option_text(param.key, props.settings.choice(Key::new(param.key))),
        Kind::Count { .. } => {
            say!("common.setting-now", name = name, value = props.settings.count(Key::new(param.key)))
        }
        Kind::Real { .. } => {
            say!("common.setting-now", name = name, value = number(props.settings.real(Key::new(param.key))))
        }
        Kind::Numbers | Kind::Text => name,
    }
}

/// The controls of settings: choices with the digit, then sliders.
fn rows(
    props: &ControlsProps,
    (memory, locks): (&Memory, &Locks),
    params: &[&'static Param],
    digit: Option<Html>,
) -> Html {
    let choices = params.iter().filter_map(|param| match param.kind {
        Kind::Choice(options) => Some(control(locks, param.key, choice(props, memory, param, options))),
        _ => None,
    });
    let sliders = params.iter().filter_map(|param| match param.kind {
        Kind::Count { low, high, .. } => {
            let value = props.settings.count(Key::new(param.key));
            let high = param.most.map_or(high, |most| most(&props.settings));
            let [low, high] = [low, high].map(|bound| bound as f32);
            let make = |value: f32| Value::Count(value.round() as usize);
            let slider = slider(props, param, value as f32, [low, high, 1.0], value.to_string(), make);
            Some(control(locks, param.key, slider))
        }
        Kind::Real { low, high, step, .. } => {
            let value = props.settings.real(Key::new(param.key));
            let slider = slider(props, param, value, [low, high, step], number(value), Value::Real);
            Some(control(locks, param.key, slider))
        }
        _ => None,
    });
    html! {
        <>
            // All of them have keys and nothing stands beside them, so that none is made anew and loses the focus.
            <div class="choice-row">{ for choices.chain(digit) }</div>
            <div class="choice-row sliders">{ for sliders }</div>
        </>
    }
}

fn choice(props: &ControlsProps, memory: &Memory, param: &'static Param, options: &'static [&'static str]) -> Html {
    let current = props.settings.choice(Key::new(param.key));
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
        // In a list of questions, those that were answered right are ticked and counted.
        let n_solved = options.iter().filter(|option| is_solved(memory, option)).count();
        let solved = (n_solved > 0).then(|| say!("common.solved", n = n_solved, of = options.len()));
        let options = options.iter().map(|option| {
            let tick = if is_solved(memory, option) { "✓ " } else { "" };
            html! { <option value={*option} selected={*option == current} key={*option}>{tick}{ text(option) }</option> }
        });
        return html! {
            <label class="list-choice" key={param.key}><span>{label}</span><select id={format!("set-{}", param.key)} {onchange}>{ for options }</select><small>{ solved.unwrap_or_default() }</small></label>
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
    let id = format!("set-{}", param.key);
    // Where a value lies on the slider, and the value at a place.
    let place = |value: f32| if param.doubles { (value / low).log2() } else { value };
    let value_at = move |place: f32| if param.doubles { low * place.exp2() } else { place };
    let step = if param.doubles { 1.0 } else { step };
    let oninput = {
        let on_set = props.on_set.clone();
        Callback::from(move |event: InputEvent| {
            let place = event.target_unchecked_into::<HtmlInputElement>().value_as_number() as f32;
            on_set.emit((param.key, make(value_at(place).clamp(low, high))));
        })
    };
    let onchange = {
        let (on_set, on_problem, settings, text) =
            (props.on_set.clone(), props.on_problem.clone(), props.settings.clone(), text.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let mut next = settings.clone();
            let read = next.read(param.key, &input.value());
            // What was typed gives way to what is in force; if the number is taken, that is the new one.
            input.set_value(&text);
            match (read, param.kind) {
                (Err(why), _) => on_problem.emit(why),
                (Ok(_), Kind::Count { .. }) => on_set.emit((param.key, Value::Count(next.count(Key::new(param.key))))),
                (Ok(_), _) => on_set.emit((param.key, Value::Real(next.real(Key::new(param.key))))),
            }
        })
    };
    html! {
        <div class="slider" key={param.key}>
            <label for={id.clone()}>{label.clone()}</label>
            <input type="range" {id} min={place(low).to_string()} max={place(high).to_string()} step={step.to_string()}
                value={place(value).to_string()} aria-valuetext={text.clone()} {oninput} />
            <input type="text" inputmode="decimal" id={format!("number-{}", param.key)} value={text} autocomplete="off"
                aria-label={label} {onchange} />
        </div>
    }
}

/// Leafs through the test digits, or opens the pad.
fn digit_choice(around: &Surroundings, name: Option<&str>, is_drawing: &UseStateHandle<bool>) -> Html {
    let turn = |id: &'static str, label: String, sign: &'static str, by: i64| {
        let (turn, drawn) = (around.actions.turn.clone(), around.digit.drawn.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            drawn.set(None);
            turn.emit(by);
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
