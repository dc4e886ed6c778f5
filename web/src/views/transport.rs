//! The one control for everything that moves: first, back, play, forward, last, scrub, speed.
//!
//! It knows positions and time, and nothing of what moves.

use crate::platform::dom::{self, Interval, Listener};
use receptive_lessons::say;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// The pause after a step of a short time line at normal speed, in milliseconds.
const STEP_MILLIS: f64 = 1100.0;
/// A long time line is played within this time at normal speed, in milliseconds.
const WHOLE_MILLIS: f64 = 30_000.0;
/// Steps do not follow one another faster than this, in milliseconds: rather several are taken at once.
const SHORTEST_MILLIS: f64 = 70.0;
/// Speeds to choose from.
const SPEEDS: [(f64, &str); 3] = [(0.5, "½×"), (1.0, "1×"), (2.0, "2×")];

/// Returns the pace of a time line of so many steps at a speed: the pause after each step, in milliseconds, and the
/// number of steps that are taken at once.
fn pace(n: usize, speed: f64) -> (i32, usize) {
    let pause = STEP_MILLIS.min(WHOLE_MILLIS / n as f64) / speed;
    let stride = (SHORTEST_MILLIS / pause).ceil().max(1.0);
    ((pause * stride) as i32, stride as usize)
}

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

    /// The time line's keys: ← → space Home End. Any other key stops the playing. `here` is the step that keys pressed
    /// since the last drawing have led to.
    fn press(&self, event: &KeyboardEvent, here: &Cell<usize>) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is = |selector: &str| target.as_ref().is_some_and(|target| target.matches(selector).unwrap_or(false));
        let is_here = target
            .as_ref()
            .is_some_and(|target| target.closest(".stage-focus, .stage-keys").is_ok_and(|stage| stage.is_some()));
        // Where nothing has the focus the keys are the time line's, and where a button has it that makes no use of them;
        // whatever else has it keeps them.
        let is_free = is_here || is("html, body, main, h1, .guide-card, button");
        if dom::is_reserved(event) || event.default_prevented() || !is_free {
            return;
        }
        let key = event.key();
        let step = match key.as_str() {
            "ArrowLeft" => Some(here.get().saturating_sub(1)),
            "ArrowRight" => Some((here.get() + 1).min(self.n - 1)),
            "Home" => Some(0),
            "End" => Some(self.n - 1),
            _ => None,
        };
        if let Some(step) = step.filter(|_| !is("input, select")) {
            here.set(step);
            self.go(step);
        } else if key == " " && !event.shift_key() && !is("input, select, button, a, summary") {
            // A key that is held down is one press.
            if !event.repeat() {
                self.turn();
            }
        } else {
            if self.is_playing && !is("button") && !["Tab", "Shift"].contains(&key.as_str()) {
                self.on_play.emit(false);
            }
            return;
        }
        event.prevent_default();
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TransportProps {
    pub(crate) line: TimeLine,
    /// The name of one step: "cell".
    pub(crate) unit: AttrValue,
}

#[component]
pub(crate) fn Transport(props: &TransportProps) -> Html {
    let speed = use_state_eq(|| 1.0_f64);
    let line = &props.line;
    let (at, n, is_playing) = (line.at, line.n, line.is_playing);
    let (millis, stride) = pace(n, *speed);
    {
        let line = line.clone();
        // Each step sets the timer for the next, so a change of anything is heeded at once.
        use_effect_with((is_playing, at, n, millis, stride), move |&(is_playing, at, n, millis, stride)| {
            let step = move || {
                if at + 1 < n { line.on_move.emit((at + stride).min(n - 1)) } else { line.on_play.emit(false) }
            };
            let timer = is_playing.then(|| Interval::new(millis, step));
            move || drop(timer)
        });
    }
    // Keys can come faster than the stage is drawn: none is lost.
    let here = use_memo((), |()| Cell::new(at));
    here.set(at);
    use_effect_with(line.clone(), move |line| {
        let line = line.clone();
        let listener = Listener::new("keydown", move |event| {
            event.dyn_ref().into_iter().for_each(|event| line.press(event, &here));
        });
        move || drop(listener)
    });
    let button = |id: &'static str, key: String, path: &'static str, step: usize, is_end: bool| {
        let label = say!(format!("ui.time.{id}"));
        let line = line.clone();
        let onclick = Callback::from(move |_: MouseEvent| line.go(step));
        // Not disabled at the ends: the keyboard's focus would be lost there.
        html! { <button type="button" {id} aria-label={label.clone()} title={say!("ui.time.button", name = label, key = key)} aria-disabled={is_end.to_string()} {onclick}>{ icon(path) }</button> }
    };
    let play = {
        let line = line.clone();
        let onclick = Callback::from(move |_: MouseEvent| line.turn());
        let (key, path) = if is_playing { ("pause", "M5 4h4v12H5zM11 4h4v12h-4z") } else { ("play", "M5 3v14l12-7z") };
        let label = say!(format!("ui.time.{key}"));
        html! { <button type="button" id="play" class="go" aria-label={label.clone()} title={say!("ui.time.button", name = label, key = say!("ui.time.space-key"))} {onclick}>{ icon(path) }</button> }
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
    let text = say!("ui.time.place", unit = props.unit, n = at + 1, of = n);
    let at_once = (is_playing && stride > 1).then(|| html! { <small>{say!("ui.at-once", n = stride)}</small> });
    html! {
        <div class="transport" role="group" aria-label={say!("ui.time.title")}>
            { button("first", say!("ui.time.home-key"), "M4 4h2v12H4zM16 4v12L7 10z", 0, at == 0) }
            { button("back", "←".into(), "M14 4v12L5 10z", at.saturating_sub(1), at == 0) }
            { play }
            { button("forward", "→".into(), "M6 4v12l9-6z", (at + 1).min(n - 1), at + 1 == n) }
            { button("last", say!("ui.time.end-key"), "M14 4h2v12h-2zM4 4v12l9-6z", n - 1, at + 1 == n) }
            <input type="range" id="scrub" aria-label={say!("ui.time.position")} min="0" max={(n - 1).to_string()} value={at.to_string()} aria-valuetext={text.clone()} {oninput} />
            <span class="position" id="lesson-position">{text}{ at_once.unwrap_or_default() }</span>
            <span class="seg" role="group" aria-label={say!("ui.time.speed")}>{ for speeds }</span>
        </div>
    }
}

fn icon(path: &'static str) -> Html {
    html! { <svg viewBox="0 0 20 20" width="20" height="20" fill="currentColor" aria-hidden="true"><path d={path} /></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the length of a whole time line, in seconds, when its steps take no time themselves.
    fn seconds(n: usize, speed: f64) -> f64 {
        let (millis, stride) = pace(n, speed);
        f64::from(millis) * (n - 1).div_ceil(stride) as f64 / 1000.0
    }

    #[test]
    fn a_time_line_of_any_length_plays_within_half_a_minute_at_normal_speed() {
        for n in 2..20_000 {
            assert!(seconds(n, 1.0) <= 31.0, "{n} steps take {} s", seconds(n, 1.0));
            assert!(pace(n, 2.0).0 >= 60, "{n} steps follow one another too fast to be drawn");
        }
        assert_eq!(pace(9, 1.0), (1100, 1));
        assert!(pace(676, 1.0).1 > 1);
    }

    #[test]
    fn the_speed_counts_for_time_lines_of_any_length() {
        for n in [2, 9, 30, 100, 676, 5000] {
            let ratio = seconds(n, 0.5) / seconds(n, 2.0);
            assert!((3.0..5.0).contains(&ratio), "{n} steps: {ratio}");
        }
    }
}
