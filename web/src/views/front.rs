//! The network that teaches itself to read digits on the first page: one button, how far it has come, and a pad.

use crate::context::{AppContext, use_app};
use crate::platform::worker_bridge::Reply;
use crate::platform::{dom, media};
use crate::state::{Route, WeightsFrom};
use crate::surroundings::{Part, use_surroundings};
use crate::views::asking::{Asked, use_live_answer};
use crate::views::draw::verdict;
use crate::views::network::{Shown, Whole};
use receptive_data::digits;
use receptive_lessons::{decimals, grouped, say};
use receptive_train::protocol::{Accuracy, Answer, Command, Query, RunCommand, RunState};
use yew::prelude::*;

/// Test images that tell how well it reads: while it trains, which they hold up, and when it rests.
const N_MEASURED: [u32; 2] = [500, 1000];
/// It has learnt to read when so many percent of them are right.
const GOAL_PERCENT: u32 = 95;
/// Between two measurements, in milliseconds.
const BETWEEN_MEASURES: i32 = 350;
/// The page has been painted for so long when the worker is started, in milliseconds.
const AFTER_PAINT_MILLIS: i32 = 50;

/// How far teaching has come.
#[derive(Clone, Copy, Default, PartialEq)]
struct Teaching {
    /// True from the click on the button until the goal, or until the learner takes over.
    is_on: bool,
    /// The moment of that click.
    since_millis: f64,
    /// What was reached, and after how many seconds.
    learnt: Option<(Accuracy, f64)>,
}

#[component]
pub(crate) fn Front() -> Html {
    let (app, around) = (use_app(), use_surroundings());
    let teaching = use_state_eq(Teaching::default);
    let run = &app.run;
    let start = around.actions.start.clone();
    // Nothing is fetched before the page is seen, nor unasked for where data is dear.
    let waits = media::saves_data();
    {
        let start = start.clone();
        use_effect_with((), move |()| {
            if !waits {
                dom::next_frame(move || dom::after_millis(AFTER_PAINT_MILLIS, move || start.emit(Part::Worker)));
            }
        });
    }
    let (weights, schema) = (app.weights(WeightsFrom::Lab), app.schema());
    let is_measured = weights.is_some() && run.iteration > 0;
    let n_images = N_MEASURED[usize::from(!run.is_busy())];
    let question = is_measured.then_some(Query::Accuracy { run: run.id, n_images });
    let asked = use_live_answer(&app.client, question, run.iteration, BETWEEN_MEASURES);
    let is_of_rest = asked
        .as_deref()
        .is_some_and(|asked| matches!(asked.question, Query::Accuracy { n_images, .. } if n_images == N_MEASURED[1]));
    let accuracy = asked.as_deref().filter(|_| is_measured).and_then(of_run(&app));
    {
        let (teaching, send, id) = (teaching.clone(), app.send.clone(), run.id);
        let inputs = (teaching.is_on && run.has_opened(), run.state, run.iteration, accuracy, is_of_rest);
        use_effect_with(inputs, move |&(is_on, state, iteration, accuracy, is_of_rest)| {
            let reached = accuracy.filter(|found| 100 * found.n_correct >= GOAL_PERCENT * found.n_images);
            // What counts is how the network reads that is there afterwards, and that is measured when it rests.
            let is_last = is_of_rest && accuracy.is_some_and(|found| found.iteration == iteration);
            match (state, reached) {
                _ if !is_on => {}
                (RunState::Training, Some(_)) if !is_of_rest => send.emit(Command::Run(id, RunCommand::Pause)),
                (RunState::Paused | RunState::Finished, Some(reached)) if is_last => {
                    let seconds = (dom::now_millis() - teaching.since_millis) / 1000.0;
                    teaching.set(Teaching { is_on: false, learnt: Some((reached, seconds)), ..*teaching });
                }
                (RunState::Paused, None) if is_last => send.emit(Command::Run(id, RunCommand::Train)),
                (RunState::Idle, _) => send.emit(Command::Run(id, RunCommand::Train)),
                _ => {}
            }
        });
    }

    let drawn = (*around.digit.drawn).clone().zip(weights).filter(|_| teaching.learnt.is_some());
    let (version, question) = drawn.map_or((0, None), |(pixels, (weights, n_steps))| {
        (n_steps, Some(Query::Predict { weights, pixels: pixels.to_vec() }))
    });
    let is_drawn = question.is_some();
    let read = use_live_answer(&app.client, question, version, 0);

    let teach = {
        let (teaching, start) = (teaching.clone(), start.clone());
        Callback::from(move |_: MouseEvent| {
            start.emit(Part::Worker);
            teaching.set(Teaching { is_on: true, since_millis: dom::now_millis(), learnt: None });
        })
    };
    let command = |command: RunCommand| {
        let (teaching, send) = (teaching.clone(), app.commanding(command));
        Callback::from(move |event: MouseEvent| {
            teaching.set(Teaching { is_on: false, ..*teaching });
            send.emit(event);
        })
    };
    let afresh = {
        let (teaching, open, lab) = (teaching.clone(), app.open.clone(), app.state.lab.clone());
        Callback::from(move |_: MouseEvent| {
            teaching.set(Teaching::default());
            open.emit(lab.clone());
        })
    };
    let button = |id: &'static str, class: &'static str, key: &str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" {id} {class} {onclick}>{say!(format!("ui.front.{key}"))}</button> }
    };
    let is_untaught = run.iteration == 0 && !run.is_busy();
    let buttons = match run.state {
        _ if run.failure.is_some() || run.config_problem.is_some() => html! {},
        RunState::Training | RunState::WaitingForData | RunState::Testing => {
            button("front-pause", "go", "pause", command(RunCommand::Pause))
        }
        RunState::Idle | RunState::Paused if teaching.is_on => {
            button("front-pause", "go", "pause", command(RunCommand::Pause))
        }
        _ if is_untaught => button("teach", "go", "teach", teach),
        RunState::Paused => html! {
            <>{ button("front-on", "go", "go-on", command(RunCommand::Train)) }{ button("front-afresh", "quiet", "afresh", afresh) }</>
        },
        _ => button("front-afresh", "quiet", "afresh", afresh),
    };
    let paper = app.going(|state| {
        state.go(Route::Draw);
        state.weights = Some(WeightsFrom::Lab);
    });
    let is_digits = schema.as_ref().is_none_or(|schema| *schema == digits::schema());
    let learnt = teaching.learnt.filter(|_| !is_untaught);
    let classes = schema.map(|schema| schema.classes).unwrap_or_default();
    let on_direction = app.changing(|state, direction| state.direction = direction);
    let on_look = app.changing(|state, look| {
        state.go(Route::Lab);
        state.look = look;
    });
    let shown = Shown {
        spec: app.state.lab.network.spec(),
        loss: app.state.lab.loss,
        weights,
        classes: classes.clone(),
        is_own: !is_digits,
        is_on_gpu: app.run.engine.is_gpu,
        is_training: run.state == RunState::Training,
    };
    html! {
        <section class={classes!("front", learnt.map(|_| "learnt"))} aria-label={say!("ui.front.title")}>
            <div class="teach">
                { buttons }
                <p class="counter" id="front-counter">{ counter(&app, accuracy) }</p>
                <p class="spoken" role="status">{ for learnt.map(|(found, _)| say!("ui.front.learnt-spoken", percent = percent(found))) }</p>
            </div>
            if let Some((found, seconds)) = learnt {
                <div class="yours">
                    <p id="learnt">{say!("ui.front.learnt", n = grouped((found.iteration * app.state.lab.batch).into()), seconds = decimals(seconds, 1), percent = percent(found), of = grouped(found.n_images.into()))}{" "}<b>{say!("ui.front.draw")}</b>{" "}<a id="front-paper" href={format!("#{}?netfrom=lab", Route::Draw.path())} onclick={paper}>{say!("ui.front.paper")}</a></p>
                    <div class="verdict" role="status">{ for read.as_deref().filter(|_| is_drawn).and_then(|asked| answer(asked, &classes)) }</div>
                </div>
            }
            <div class="network"><Whole {shown} has_pad={learnt.is_some()} direction={app.state.direction} {on_direction} {on_look} /></div>
        </section>
    }
}

/// Finds the measurement of the run that is open in an answer.
fn of_run(app: &AppContext) -> impl Fn(&Asked) -> Option<Accuracy> {
    let id = app.run.id;
    move |asked| match asked {
        Asked { question: Query::Accuracy { run, .. }, reply: Ok(Reply { answer: Answer::Accuracy(found), .. }) }
            if *run == id =>
        {
            Some(*found)
        }
        _ => None,
    }
}

/// What it makes of the learner's drawing.
fn answer(asked: &Asked, classes: &[String]) -> Option<Html> {
    match &asked.reply {
        Ok(Reply { answer: Answer::Prediction(found), .. }) => Some(verdict(found, classes)),
        _ => None,
    }
}

/// The share that is right, in percent.
fn share(found: Accuracy) -> f64 {
    100.0 * f64::from(found.n_correct) / f64::from(found.n_images.max(1))
}

fn percent(found: Accuracy) -> String {
    decimals(share(found), 1)
}

/// How far it has come: images seen, and test images read right.
fn counter(app: &AppContext, accuracy: Option<Accuracy>) -> Html {
    let run = &app.run;
    if let Some(why) = run.failure.as_ref().or(run.config_problem.as_ref()) {
        return html! { <span>{why}</span> };
    }
    if run.iteration == 0 {
        return html! { <span>{say!(if run.is_busy() { "ui.front.begins" } else { "ui.front.fresh" })}</span> };
    }
    let n = grouped(u64::from(run.iteration) * u64::from(app.state.lab.batch));
    let read = accuracy.map(|found| {
        html! {
            <>
                <span>{say!("ui.front.right", of = grouped(found.n_images.into()))}{" "}<b id="front-accuracy">{percent(found)}{" %"}</b></span>
                <span class="track" aria-hidden="true"><i ~style={format!("width:{:.1}%", share(found))}></i></span>
            </>
        }
    });
    html! { <><span>{say!("ui.front.seen")}{" "}<b id="front-seen">{n}</b></span>{ read.unwrap_or_default() }</> }
}
