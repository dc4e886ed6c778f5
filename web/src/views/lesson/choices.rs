//! What the stage works on: small numbers or a digit, which kernel, padding, stride, dilation, size of a step.

use super::source::{digit_caption, kernels_refused};
use crate::context::{AppContext, use_app};
use crate::state::{AppState, Granularity, Source};
use crate::views::sentence;
use receptive_lessons::{kernels, text};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Digits to leaf through; every dataset has as many test images.
const N_DIGITS: i64 = 1000;
/// Where a digit opens: row 11, column 14 of 26×26 outputs with nine products each, where most digits have ink.
const IN_THE_INK: usize = (10 * 26 + 13) * 10 + 9;

#[derive(PartialEq, Properties)]
pub(super) struct ChoicesProps {
    /// What was asked for and cannot be.
    pub(super) problem: Option<String>,
    /// What has to come first.
    pub(super) waiting: Option<String>,
}

#[component]
pub(super) fn Choices(props: &ChoicesProps) -> Html {
    let app = use_app();
    let lesson = &app.state.lesson;
    let pressed = |is_on: bool, text: &str, id: &'static str, change: fn(&mut AppState)| {
        let emit = app.change.clone();
        let onclick = Callback::from(move |_: MouseEvent| emit.emit(Box::new(change)));
        html! { <button type="button" {id} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{text.to_string()}</button> }
    };
    let slider = |id: &'static str, value: usize, low: usize, set: fn(&mut AppState, usize)| {
        let emit = app.change.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            if let Ok(value) = event.target_unchecked_into::<HtmlInputElement>().value().parse() {
                emit.emit(Box::new(move |state| set(state, value)));
            }
        });
        html! {
            <label class="slider"><span>{id}{" "}<b>{value}</b></span>
                <input type="range" {id} min={low.to_string()} max="3" value={value.to_string()} aria-label={id} {oninput} /></label>
        }
    };
    let is_digit = lesson.source == Source::Digit;
    let by_term = lesson.granularity == Granularity::Term;
    html! {
        <div class="choices">
            <div class="choice-row">
                <span class="seg" role="group" aria-label="Numbers">
                    { pressed(!is_digit, "Small numbers", "on-small", |state| set_source(state, Source::Toy)) }
                    { pressed(is_digit, "A digit", "on-digit", |state| set_source(state, Source::Digit)) }
                </span>
                <span class="seg by" role="group" aria-label="One step is">
                    { pressed(!by_term, "by cell", "by-cell", |state| state.lesson.granularity = Granularity::Cell) }
                    { pressed(by_term, "by product", "by-term", |state| state.lesson.granularity = Granularity::Term) }
                </span>
                { if is_digit { digit_choice(&app) } else { html! {} } }
            </div>
            <div class="choice-row">
                { kernel_choice(&app) }
                <span class="sliders">
                    { slider("padding", lesson.padding, 0, |state, value| state.lesson.padding = value) }
                    { slider("stride", lesson.stride(), 1, |state, value| state.lesson.extra_stride = value - 1) }
                    { slider("dilation", lesson.dilation(), 1, |state, value| state.lesson.gaps = value - 1) }
                </span>
            </div>
            { remark(&app, props) }
        </div>
    }
}

/// One line of room, always: a problem, else what is being waited for, else what the kernel does.
fn remark(app: &AppContext, props: &ChoicesProps) -> Html {
    let lesson = &app.state.lesson;
    if let Some(problem) = kernels_refused(app).or_else(|| props.problem.clone()) {
        return html! { <p class="remark error" id="lesson-problem" role="alert">{problem}</p> };
    }
    let remark = match (&props.waiting, lesson.network_kernel, &lesson.kernel) {
        (Some(waiting), ..) => waiting.clone(),
        (None, Some(k), _) => app
            .run
            .kernels
            .as_ref()
            .map_or(String::new(), |kernels| text::network_kernel(k, kernels.iteration, kernels.padding)),
        (None, None, Some(_)) => text::OWN_KERNEL.into(),
        (None, None, None) => {
            let preset = lesson.preset.as_deref().and_then(kernels::find).unwrap_or(&kernels::ALL[0]);
            sentence(&format!("{}: {}", preset.label, preset.purpose))
        }
    };
    html! { <p class="remark" id="lesson-remark">{remark}</p> }
}

/// Positions on one grid mean nothing on the other.
fn set_source(state: &mut AppState, source: Source) {
    if state.lesson.source != source {
        state.lesson.source = source;
        state.lesson.position = if source == Source::Digit { IN_THE_INK } else { 0 };
    }
}

fn digit_choice(app: &AppContext) -> Html {
    let turn = |id: &'static str, label: &'static str, sign: &'static str, by: i64| {
        let change = app.change.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(move |state| {
                state.lesson.digit = (i64::from(state.lesson.digit) + by).rem_euclid(N_DIGITS) as u32;
            }));
        });
        html! { <button type="button" {id} aria-label={label} title={label} {onclick}>{sign}</button> }
    };
    html! {
        <span class="digit-choice">
            { turn("digit-back", "Digit before", "‹", -1) }
            <span id="digit-caption" role="status">{ for digit_caption(app) }</span>
            { turn("digit-next", "Next digit", "›", 1) }
        </span>
    }
}

/// Presets, the learner's own, and the network's kernels in one list.
fn kernel_choice(app: &AppContext) -> Html {
    let lesson = &app.state.lesson;
    let current = match (lesson.network_kernel, &lesson.kernel, &lesson.preset) {
        (Some(k), _, _) => format!("network-{k}"),
        (None, Some(_), _) => "custom".into(),
        (None, None, Some(preset)) => preset.clone(),
        (None, None, None) => kernels::ALL[0].key.into(),
    };
    let emit = app.change.clone();
    let onchange = Callback::from(move |event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        emit.emit(Box::new(move |state| {
            let lesson = &mut state.lesson;
            match value.strip_prefix("network-").map(str::parse) {
                Some(k) => lesson.network_kernel = k.ok(),
                None if value == "custom" => lesson.network_kernel = None,
                None => {
                    let preset = (value != kernels::ALL[0].key).then_some(value);
                    (lesson.network_kernel, lesson.kernel, lesson.preset) = (None, None, preset);
                }
            }
        }));
    });
    let option = |key: String, label: String| {
        let selected = key == current;
        html! { <option {selected} value={key}>{label}</option> }
    };
    // Before they were asked for, one is offered; asking tells how many there are.
    let n_kernels =
        app.run.kernels.as_ref().map_or(1, |kernels| kernels.shape[0]).max(lesson.network_kernel.map_or(0, |k| k + 1));
    html! {
        <label class="kernel-choice"><span>{"kernel"}</span>
            <select id="kernel" {onchange}>
                <optgroup label="By name">{ for kernels::ALL.iter().map(|preset| option(preset.key.into(), preset.label.into())) }</optgroup>
                { for lesson.kernel.is_some().then(|| option("custom".into(), "Your own".into())) }
                <optgroup label="Network in the Lab">{ for (0..n_kernels).map(|k| option(format!("network-{k}"), format!("conv 1, kernel {}", k + 1))) }</optgroup>
            </select>
        </label>
    }
}
