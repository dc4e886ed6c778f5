//! The one control for everything that moves: first, back, play, forward, last, scrub, speed.

use crate::platform::dom::Interval;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Pauses between two steps at normal speed, in milliseconds.
const STEP_MILLIS: f64 = 900.0;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TransportProps {
    /// The step at hand, from 0.
    pub(crate) at: usize,
    /// Number of steps, at least 1.
    pub(crate) n: usize,
    /// What one step is: "cell".
    pub(crate) unit: AttrValue,
    /// How fast steps follow one another beside the learner's own choice; small steps go faster.
    #[prop_or(1.0)]
    pub(crate) pace: f64,
    pub(crate) is_playing: bool,
    pub(crate) on_play: Callback<bool>,
    pub(crate) on_move: Callback<usize>,
}

/// Where a key on the time line leads, if anywhere.
pub(crate) fn step_by_key(key: &str, at: usize, n: usize) -> Option<usize> {
    match key {
        "ArrowLeft" => Some(at.saturating_sub(1)),
        "ArrowRight" => Some((at + 1).min(n - 1)),
        "Home" => Some(0),
        "End" => Some(n - 1),
        _ => None,
    }
}

#[component]
pub(crate) fn Transport(props: &TransportProps) -> Html {
    let speed = use_state_eq(|| 1.0_f64);
    let (at, n, is_playing) = (props.at, props.n, props.is_playing);
    {
        let (on_play, on_move) = (props.on_play.clone(), props.on_move.clone());
        let millis = (STEP_MILLIS / (*speed * props.pace)) as i32;
        // Each step sets the timer for the next, so a change of anything is heeded at once.
        use_effect_with((is_playing, at, n, millis), move |&(is_playing, at, n, millis)| {
            let timer = is_playing.then(|| {
                Interval::new(millis, move || if at + 1 < n { on_move.emit(at + 1) } else { on_play.emit(false) })
            });
            move || drop(timer)
        });
    }
    let to = |step: usize| {
        let (on_play, on_move) = (props.on_play.clone(), props.on_move.clone());
        Callback::from(move |_: MouseEvent| {
            on_play.emit(false);
            on_move.emit(step);
        })
    };
    let play = {
        let (on_play, on_move) = (props.on_play.clone(), props.on_move.clone());
        Callback::from(move |_: MouseEvent| {
            if !is_playing && at + 1 == n {
                on_move.emit(0);
            }
            on_play.emit(!is_playing);
        })
    };
    let oninput = {
        let (on_play, on_move) = (props.on_play.clone(), props.on_move.clone());
        Callback::from(move |event: InputEvent| {
            if let Ok(step) = event.target_unchecked_into::<HtmlInputElement>().value().parse() {
                on_play.emit(false);
                on_move.emit(step);
            }
        })
    };
    let icon = |path: &'static str| html! { <svg viewBox="0 0 20 20" width="20" height="20" fill="currentColor" aria-hidden="true"><path d={path} /></svg> };
    let speeds = [(0.5, "½×"), (1.0, "1×"), (2.0, "2×")].map(|(value, text)| {
        let set = speed.setter();
        let is_on = *speed == value;
        html! { <button type="button" class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} onclick={Callback::from(move |_| set.set(value))}>{text}</button> }
    });
    let text = format!("{} {} of {n}", props.unit, at + 1);
    html! {
        <div class="transport" role="group" aria-label="Time line">
            <button type="button" id="first" aria-label="First" title="First (Home)" onclick={to(0)} disabled={at == 0}>{ icon("M4 4h2v12H4zM16 4v12L7 10z") }</button>
            <button type="button" id="back" aria-label="Back" title="Back (←)" onclick={to(at.saturating_sub(1))} disabled={at == 0}>{ icon("M14 4v12L5 10z") }</button>
            <button type="button" id="play" class="go" aria-label={if is_playing { "Pause" } else { "Play" }} title="Play or pause (space)" onclick={play}>{ icon(if is_playing { "M5 4h4v12H5zM11 4h4v12h-4z" } else { "M5 3v14l12-7z" }) }</button>
            <button type="button" id="forward" aria-label="Forward" title="Forward (→)" onclick={to((at + 1).min(n - 1))} disabled={at + 1 == n}>{ icon("M6 4v12l9-6z") }</button>
            <button type="button" id="last" aria-label="Last" title="Last (End)" onclick={to(n - 1)} disabled={at + 1 == n}>{ icon("M14 4h2v12h-2zM4 4v12l9-6z") }</button>
            <input type="range" id="scrub" aria-label="Position" min="0" max={(n - 1).to_string()} value={at.to_string()} aria-valuetext={text.clone()} {oninput} />
            <output id="lesson-position">{text}</output>
            <span class="seg" role="group" aria-label="Speed">{ for speeds }</span>
        </div>
    }
}
