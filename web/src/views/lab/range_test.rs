//! The range test of the learning rate: the loss at growing rates as it comes, and the rate that it proposes.

use super::controls::three_digits;
use crate::context::use_app;
use crate::platform::dom;
use crate::state::LabState;
use crate::surroundings::use_surroundings;
use crate::views::figure::world::refusal;
use receptive_lessons::{decimals, say};
use receptive_nn::{RangeTest, Verdict};
use receptive_train::protocol::{Answer, Query, RangeStep, Refusal};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

mod chart;

use chart::RangeChart;

/// Images that are still arriving are waited for so often, and so long each time, in milliseconds.
const N_WAITS: u32 = 50;
const WAIT_MILLIS: i32 = 200;

/// A test as far as it has come.
#[derive(Clone, PartialEq)]
struct Going {
    /// The settings that it is a test of.
    of: LabState,
    steps: Rc<Vec<RangeStep>>,
    is_going: bool,
}

/// The settings that a test depends on: all but the rate, its course, and how long the run is.
fn tested(lab: &LabState) -> LabState {
    let LabState { learning_rate, course, falling, warm_up, epochs, validate_every, .. } = LabState::default();
    LabState { learning_rate, course, falling, warm_up, epochs, validate_every, ..lab.clone() }
}

/// A part of the Lab that is folded away, and costs nothing until it is asked for.
#[component]
pub(super) fn RateFinder() -> Html {
    let app = use_app();
    let around = use_surroundings();
    let going = use_state(Option::<Going>::default);
    let problem = use_state_eq(Option::<Refusal>::default);
    // Counts what was begun: what belongs to an earlier test is dropped.
    let number = use_mut_ref(u32::default);
    let (test, run, of) = (RangeTest::USUAL, app.run.id, tested(&app.state.lab));
    let start = {
        let (going, problem, number, client) =
            (going.setter(), problem.setter(), number.clone(), around.client.clone());
        let of = of.clone();
        Callback::from(move |_: MouseEvent| {
            *number.borrow_mut() += 1;
            problem.set(None);
            let mine = *number.borrow();
            let (going, problem, number, client) = (going.clone(), problem.clone(), number.clone(), client.clone());
            let of = of.clone();
            spawn_local(async move {
                let (mut steps, mut n_waits) = (vec![], 0);
                loop {
                    let reply = client.ask(Query::RangeStep { run, test, step: steps.len() as u32 }).await;
                    if *number.borrow() != mine {
                        return;
                    }
                    match reply.map(|reply| reply.answer) {
                        Ok(Answer::RangeStep(step)) => steps.push(step),
                        Ok(_) => return,
                        Err(Refusal::Awaited) if n_waits < N_WAITS => {
                            n_waits += 1;
                            dom::sleep(WAIT_MILLIS).await;
                            continue;
                        }
                        Err(why) => {
                            going.set(None);
                            return problem.set(Some(why));
                        }
                    }
                    let is_going = steps.last().is_some_and(|step| step.verdict.is_none());
                    going.set(Some(Going { of: of.clone(), steps: Rc::new(steps.clone()), is_going }));
                    if !is_going {
                        return;
                    }
                }
            });
        })
    };
    let stop = {
        let (going, number) = (going.clone(), number.clone());
        Callback::from(move |_: MouseEvent| {
            *number.borrow_mut() += 1;
            going.set((*going).clone().map(|found| Going { is_going: false, ..found }));
        })
    };
    {
        // Other settings have another test.
        let (going, problem, number) = (going.setter(), problem.setter(), number);
        use_effect_with(of.clone(), move |_| {
            move || {
                *number.borrow_mut() += 1;
                going.set(None);
                problem.set(None);
            }
        });
    }
    let is_going = going.as_ref().is_some_and(|going| going.is_going);
    let found = going.as_ref().filter(|going| going.of == of);
    let button = if is_going {
        html! { <button type="button" id="range-stop" onclick={stop}>{say!("lab.range.stop")}</button> }
    } else {
        let key = if found.is_some() { "lab.range.again" } else { "lab.range.start" };
        html! { <button type="button" id="range-start" disabled={!app.run.is_open} onclick={start}>{say!(key)}</button> }
    };
    let results = found.map(|found| {
        let last = found.steps.last();
        let progress = last.map(|last| {
            let [loss, smoothed] = [last.loss, last.smoothed].map(printed);
            let (step, rate) = (found.steps.len(), three_digits(last.rate));
            say!("lab.range.progress", step = step, n = test.n_steps, rate = rate, loss = loss, smoothed = smoothed)
        });
        let verdict = last.and_then(|last| last.verdict);
        let told = match verdict {
            Some(Verdict::Proposed { least_at, rate }) => proposal(&app, least_at, rate),
            Some(Verdict::NeverFell) => html! { <p id="range-verdict" role="status">{say!("lab.range.never")}</p> },
            None if found.is_going => html! {},
            None => html! { <p id="range-verdict" role="status">{say!("lab.range.stopped")}</p> },
        };
        html! {
            <>
                <p class="hint" id="range-progress">{ progress.unwrap_or_default() }</p>
                <RangeChart {test} steps={found.steps.clone()} {verdict} />
                { told }
            </>
        }
    });
    let problem = problem.as_ref().map(|why| html! { <p class="error" role="alert">{refusal(why)}</p> });
    let about = say!("lab.range.about", n = test.n_steps, low = three_digits(test.low), high = three_digits(test.high));
    html! {
        <details class="own" id="range-test">
            <summary>{say!("lab.range.title")}</summary>
            <p class="hint">{about}</p>
            <p>{ button }</p>
            { problem.unwrap_or_default() }
            { results.unwrap_or_default() }
        </details>
    }
}

/// What the test proposes, and the button that takes it.
fn proposal(app: &crate::context::AppContext, least_at: f32, rate: f32) -> Html {
    let text = three_digits(rate);
    let is_used = app.state.lab.learning_rate == rate;
    let onclick = app.changing(move |state, _: MouseEvent| state.lab.learning_rate = rate);
    let found = say!("lab.range.found", rate = text, least = three_digits(least_at));
    html! {
        <>
            <p id="range-verdict" role="status">{found}</p>
            <p><button type="button" class="go" id="range-use" disabled={is_used} {onclick}>{say!("lab.range.use", rate = text)}</button>
                if is_used { <small id="range-used">{" "}{say!("lab.range.used")}</small> }</p>
        </>
    }
}

/// A loss, as short as it is read.
fn printed(loss: f32) -> String {
    if loss.abs() < 1000.0 { decimals(loss.into(), 3) } else { crate::curve::axis_label(loss.into()) }
}
