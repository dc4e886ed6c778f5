//! The learning rate over the run, as a line.

use super::controls::three_digits;
use crate::context::AppContext;
use receptive_lessons::{grouped, say};
use receptive_nn::Course;
use std::fmt::Write;
use yew::prelude::*;

/// Width and height of the drawing, and the room above its line.
const SIZE: [f32; 3] = [240.0, 48.0, 3.0];
/// Stretches of the line.
const N_STRETCHES: u32 = 120;

/// The learning rate from the first step of the run to the last, or as far as what it depends on is measured. Before a run
/// is open there is nothing to draw.
pub(super) fn curve(app: &AppContext) -> Html {
    let (schedule, learning_rate, n_steps) = (app.state.lab.schedule(), app.state.lab.learning_rate, app.run.n_steps);
    let measured: Vec<_> = app.run.validations.iter().map(|record| (record.iteration, record.loss)).collect();
    let points: Vec<_> = schedule.sampled(learning_rate, n_steps, N_STRETCHES, &measured).collect();
    let most = points.iter().fold(0.0_f32, |most, (_, rate)| most.max(*rate));
    let (Some((_, first)), Some((last_step, last))) = (points.first(), points.last()) else { return html! {} };
    if *last_step == 0 || most <= 0.0 {
        return html! {};
    }
    let [width, height, room] = SIZE;
    let line = points.iter().fold(String::new(), |mut line, (step, rate)| {
        let (x, y) = (width * *step as f32 / *last_step as f32, height - (height - room) * rate / most);
        let _ = write!(line, "{x:.1},{y:.1} ");
        line
    });
    let [first, most, last] = [*first, most, *last].map(three_digits);
    let n = grouped(n_steps.into());
    let text = match schedule.course {
        Course::Plateau(_) => {
            let cuts = schedule.n_cuts(n_steps, &measured);
            let (step, now) = (app.run.iteration, schedule.rate_after(learning_rate, app.run.iteration, n_steps, cuts));
            say!("ui.schedule-plateau", cuts = cuts, step = grouped(step.into()), now = three_digits(now), n = n)
        }
        _ => say!("ui.schedule-course", n = n, first = first, most = most, last = last),
    };
    html! {
        <figure class="rate-course" id="schedule-course">
            <svg viewBox={format!("0 0 {width} {height}")} role="img" aria-label={text.clone()} preserveAspectRatio="none">
                <polyline points={line} />
            </svg>
            <figcaption>{text}</figcaption>
        </figure>
    }
}
