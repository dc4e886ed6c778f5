//! The one control for everything that moves: first, back, play, forward, last, scrub, speed.
//!
//! It knows positions and time, and nothing of what moves.

use crate::platform::dom::Interval;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// Pauses between two steps at normal speed, in milliseconds.
const STEP_MILLIS: f64 = 1100.0;
/// Speeds to choose from.
const SPEEDS: [(f64, &str); 3] = [(0.5, "½×"), (1.0, "1×"), (2.0, "2×")];

/// A time line: where it stands, and how to move it.
#[derive(Clone, PartialEq)]
pub(crate) struct TimeLine {
    /// The step at hand, from 0.
    pub(crate) at: usize,
    /// Number of steps, at least 1.
    pub(crate) n: usize,
    pub(crate) is_playing: bool,
    pub(crate) on_play: Callback<bool>,
    pub(crate) on_move: Callback<usize>,
}

impl TimeLine {
    /// Stops playing, then goes there.
    fn go(&self, step: usize) {
        self.on_play.emit(false);
        self.on_move.emit(step);
    }

    /// Plays from the start when the end is reached; pauses when it plays.
    fn turn(&self) {
        if !self.is_playing && self.at + 1 == self.n {
            self.on_move.emit(0);
        }
        self.on_play.emit(!self.is_playing);
    }

    /// The time line's keys: ← → space Home End. Whatever takes keys itself keeps them. Any key stops the playing.
    pub(crate) fn on_key(&self) -> Callback<KeyboardEvent> {
        let line = self.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let is = |selector: &str| target.as_ref().is_some_and(|target| target.matches(selector).unwrap_or(false));
            let key = event.key();
            let step = match key.as_str() {
                "ArrowLeft" => Some(line.at.saturating_sub(1)),
                "ArrowRight" => Some((line.at + 1).min(line.n - 1)),
                "Home" => Some(0),
                "End" => Some(line.n - 1),
                _ => None,
            };
            if let Some(step) = step.filter(|_| !is("input, select")) {
                line.go(step);
            } else if key == " " && !is("input, select, button, a, summary") {
                line.turn();
            } else {
                if line.is_playing && !is("button") && !["Tab", "Shift"].contains(&key.as_str()) {
                    line.on_play.emit(false);
                }
                return;
            }
            event.prevent_default();
        })
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TransportProps {
    pub(crate) line: TimeLine,
    /// What one step is: "cell".
    pub(crate) unit: AttrValue,
    /// How fast steps follow one another beside the learner's own choice; small steps go faster.
    #[prop_or(1.0)]
    pub(crate) pace: f64,
}

#[component]
pub(crate) fn Transport(props: &TransportProps) -> Html {
    let speed = use_state_eq(|| 1.0_f64);
    let line = &props.line;
    let (at, n, is_playing) = (line.at, line.n, line.is_playing);
    {
        let line = line.clone();
        let millis = (STEP_MILLIS / (*speed * props.pace)) as i32;
        // Each step sets the timer for the next, so a change of anything is heeded at once.
        use_effect_with((is_playing, at, n, millis), move |&(is_playing, at, n, millis)| {
            let timer = is_playing.then(|| {
                Interval::new(
                    millis,
                    move || {
                        if at + 1 < n { line.on_move.emit(at + 1) } else { line.on_play.emit(false) }
                    },
                )
            });
            move || drop(timer)
        });
    }
    let button = |id: &'static str, label: &'static str, key: &str, path: &'static str, step: usize, is_end: bool| {
        let line = line.clone();
        let onclick = Callback::from(move |_: MouseEvent| line.go(step));
        // Not disabled at the ends: the keyboard's focus would be lost there.
        html! { <button type="button" {id} aria-label={label} title={format!("{label} ({key})")} aria-disabled={is_end.to_string()} {onclick}>{ icon(path) }</button> }
    };
    let play = {
        let line = line.clone();
        let onclick = Callback::from(move |_: MouseEvent| line.turn());
        let (label, path) =
            if is_playing { ("Pause", "M5 4h4v12H5zM11 4h4v12h-4z") } else { ("Play", "M5 3v14l12-7z") };
        html! { <button type="button" id="play" class="go" aria-label={label} title={format!("{label} (space)")} {onclick}>{ icon(path) }</button> }
    };
    let oninput = {
        let line = line.clone();
        Callback::from(move |event: InputEvent| {
            if let Ok(step) = event.target_unchecked_into::<HtmlInputElement>().value().parse() {
                line.go(step);
            }
        })
    };
    let speeds = SPEEDS.map(|(value, text)| {
        let set = speed.setter();
        let is_on = *speed == value;
        html! { <button type="button" class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} onclick={Callback::from(move |_| set.set(value))}>{text}</button> }
    });
    let text = format!("{} {} of {n}", props.unit, at + 1);
    html! {
        <div class="transport" role="group" aria-label="Time line">
            { button("first", "First", "Home", "M4 4h2v12H4zM16 4v12L7 10z", 0, at == 0) }
            { button("back", "Back", "←", "M14 4v12L5 10z", at.saturating_sub(1), at == 0) }
            { play }
            { button("forward", "Forward", "→", "M6 4v12l9-6z", (at + 1).min(n - 1), at + 1 == n) }
            { button("last", "Last", "End", "M14 4h2v12h-2zM4 4v12l9-6z", n - 1, at + 1 == n) }
            <input type="range" id="scrub" aria-label="Position" min="0" max={(n - 1).to_string()} value={at.to_string()} aria-valuetext={text.clone()} {oninput} />
            <span class="position" id="lesson-position">{text}</span>
            <span class="seg" role="group" aria-label="Speed">{ for speeds }</span>
        </div>
    }
}

fn icon(path: &'static str) -> Html {
    html! { <svg viewBox="0 0 20 20" width="20" height="20" fill="currentColor" aria-hidden="true"><path d={path} /></svg> }
}
