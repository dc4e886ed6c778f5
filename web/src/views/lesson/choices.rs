//! What the stage works on: small numbers or a digit, which kernel, padding, stride, dilation, size of a step.

use super::source::{digit_caption, kernels_refused};
use crate::context::{Change, use_app};
use crate::state::{AppState, Granularity, Source};
use receptive_lessons::{kernels, text};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[component]
pub(super) fn Choices() -> Html {
    let app = use_app();
    let lesson = &app.state.lesson;
    let pressed = |is_on: bool, text: &str, id: &'static str, change: fn(&mut AppState)| {
        let emit = app.change.clone();
        let onclick = Callback::from(move |_: MouseEvent| emit.emit(Box::new(change)));
        html! { <button type="button" {id} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{text.to_string()}</button> }
    };
    let slider = |id: &'static str, label: &str, value: usize, low: usize, set: fn(&mut AppState, usize)| {
        let emit = app.change.clone();
        let oninput = Callback::from(move |event: InputEvent| {
            if let Ok(value) = event.target_unchecked_into::<HtmlInputElement>().value().parse() {
                emit.emit(Box::new(move |state| set(state, value)));
            }
        });
        html! {
            <label class="slider">{label.to_string()}<input type="range" {id} min={low.to_string()} max="3" value={value.to_string()} {oninput} />
                <output>{value}</output></label>
        }
    };
    let is_digit = lesson.source == Source::Digit;
    let digit = is_digit.then(|| digit_choice(&app.change, digit_caption(&app)));
    let kernel_note = lesson.network_kernel.map(|k| match kernels_refused(&app) {
        Some(message) => html! { <p class="error" role="alert">{crate::views::sentence(&message)}</p> },
        None => {
            let iteration = app.run.kernels.as_ref().map_or(0, |kernels| kernels.iteration);
            html! { <p class="hint">{text::network_kernel(k, iteration)}</p> }
        }
    });
    html! {
        <div class="choices">
            <span class="seg" role="group" aria-label="Numbers">
                { pressed(!is_digit, "Small numbers", "on-small", |state| set_source(state, Source::Toy)) }
                { pressed(is_digit, "A digit", "on-digit", |state| set_source(state, Source::Digit)) }
            </span>
            { kernel_choice(&app) }
            { slider("padding", "padding", lesson.padding, 0, |state, value| state.lesson.padding = value) }
            { slider("stride", "stride", lesson.stride(), 1, |state, value| state.lesson.extra_stride = value - 1) }
            { slider("dilation", "dilation", lesson.dilation(), 1, |state, value| state.lesson.gaps = value - 1) }
            <span class="seg" role="group" aria-label="One step is">
                { pressed(lesson.granularity == Granularity::Cell, "by cell", "by-cell", |state| state.lesson.granularity = Granularity::Cell) }
                { pressed(lesson.granularity == Granularity::Term, "by product", "by-term", |state| state.lesson.granularity = Granularity::Term) }
            </span>
            { for digit }
            { for kernel_note }
        </div>
    }
}

/// Positions on one grid mean nothing on the other.
fn set_source(state: &mut AppState, source: Source) {
    if state.lesson.source != source {
        state.lesson.source = source;
        state.lesson.position = 0;
    }
}

fn digit_choice(change: &Callback<Change>, caption: Option<String>) -> Html {
    let turn = |by: i64| {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(move |state| {
                state.lesson.digit = (i64::from(state.lesson.digit) + by).clamp(0, 999) as u32;
            }));
        })
    };
    html! {
        <span class="digit-choice">
            <button type="button" id="digit-back" onclick={turn(-1)}>{"Digit before"}</button>
            <button type="button" id="digit-next" onclick={turn(1)}>{"Next digit"}</button>
            <span class="hint" id="digit-caption">{ for caption }</span>
        </span>
    }
}

/// Presets, the learner's own, and the network's kernels in one list.
fn kernel_choice(app: &crate::context::AppContext) -> Html {
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
        <label class="kernel-choice">{"kernel"}
            <select id="kernel" {onchange}>
                <optgroup label="By name">{ for kernels::ALL.iter().map(|preset| option(preset.key.into(), preset.label.into())) }</optgroup>
                { for lesson.kernel.is_some().then(|| option("custom".into(), "Your own".into())) }
                <optgroup label="Network in the Lab">{ for (0..n_kernels).map(|k| option(format!("network-{k}"), format!("conv 1, kernel {}", k + 1))) }</optgroup>
            </select>
        </label>
    }
}
