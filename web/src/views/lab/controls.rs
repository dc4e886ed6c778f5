//! Start, pause, step, reset, stop; and how far the run has come.

use super::offer::Offer;
use crate::context::{AppContext, use_app};
use crate::faults;
use crate::run_model::RunModel;
use crate::state::read_count;
use crate::views::{GAP, around};
use receptive_lessons::{decimals, grouped, say, signed};
use receptive_nn::{Course, Head, Schedule};
use receptive_train::protocol::{
    Adapter, Command, DatasetKind, EngineStatus, EngineWhy, FewerWorkers, RunCommand, RunState, Workers,
};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// With so many dead units hardly any gradient comes through.
const DEAD: f32 = 0.9;

/// The buttons of the run, how far it has come, and what went wrong with it.
pub(super) fn controls(app: &AppContext) -> Html {
    let run = &app.run;
    let ask = |command| app.commanding(command);
    let can_open = run.is_open && run.failure.is_none();
    let is_over = matches!(run.state, RunState::Finished | RunState::Stopped | RunState::Diverged);
    let is_training = matches!(run.state, RunState::Training | RunState::WaitingForData);
    let main = if run.state == RunState::Finished {
        html! { <More /> }
    } else if run.state == RunState::Stopped {
        html! { <button type="button" class="go" id="train" onclick={ask(RunCommand::TrainMore(0))} disabled={!can_open}>{say!("lab.run.go-on")}</button> }
    } else if is_training {
        html! { <button type="button" class="go" id="pause" onclick={ask(RunCommand::Pause)}>{say!("lab.run.pause")}</button> }
    } else {
        let text = if run.state == RunState::Paused { say!("lab.run.go-on") } else { say!("lab.run.train") };
        html! { <button type="button" class="go" id="train" onclick={ask(RunCommand::Train)} disabled={!can_open || run.is_busy() || is_over}>{text}</button> }
    };
    let reset = {
        let (open, lab) = (app.open.clone(), app.state.lab.clone());
        Callback::from(move |_: MouseEvent| open.emit(lab.clone()))
    };
    let has_begun = run.state != RunState::Idle;
    let is_paused = run.state == RunState::Paused;
    let can_undo = can_open && is_paused && run.n_undoable > 0;
    let no_way_back = can_open && is_paused && run.n_undoable == 0;
    let can_stop = has_begun && !is_over && run.state != RunState::Testing;
    html! {
        <>
            <div class="run" role="group" aria-label={say!("lab.run.title")}>
                { main }
                <button type="button" id="back" onclick={ask(RunCommand::Back)} disabled={!can_undo} title={say!("lab.run.back-about")}>{say!("lab.run.back")}</button>
                <button type="button" id="step" onclick={ask(RunCommand::Step)} disabled={!can_open || run.is_busy() || is_over}>{say!("lab.run.step")}</button>
                <button type="button" id="reset" onclick={reset} disabled={!has_begun}>{say!("lab.run.reset")}</button>
                <button type="button" id="stop" onclick={ask(RunCommand::Stop)} disabled={!can_stop}>{say!("lab.run.stop")}</button>
            </div>
            if app.frame.parts.is_none() { <Offer /> }
            if no_way_back { <p class="hint" id="no-way-back">{say!(if run.engine.is_gpu { "lab.run.no-back-gpu" } else { "lab.run.no-back" })}</p> }
            { progress(run) }
            { divergence(run, &ask(RunCommand::RestoreLastGood)) }
            { stall(app) }
        </>
    }
}

/// More epochs for a run that is finished.
#[component]
fn More() -> Html {
    let app = use_app();
    let typed = use_state_eq(|| "1".to_string());
    let n_epochs = read_count(&typed, &say!("ui.more-epochs"), 1, 1000u32.saturating_sub(app.state.lab.epochs).max(1));
    let onclick = {
        let (send, run, change, n_epochs) = (app.send.clone(), app.run.id, app.change.clone(), n_epochs.clone());
        Callback::from(move |_: MouseEvent| {
            let Ok(n) = n_epochs else { return };
            send.emit(Command::Run(run, RunCommand::TrainMore(n)));
            change.emit(Box::new(move |state| state.lab.epochs += n));
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let falls = app.state.lab.schedule() != Schedule::CONSTANT;
    let note = match &n_epochs {
        Err(why) => Some(html! { <p class="error" id="more-error" role="alert">{why}</p> }),
        Ok(n) if falls => {
            let (done, all) = (app.run.epochs_done(), app.run.epochs_done() + n);
            let schedule = app.state.lab.schedule();
            let rate = three_digits(schedule.rate(app.state.lab.learning_rate, done, all));
            let text = match schedule.course {
                Course::Plateau(_) => say!("ui.more-plateau"),
                _ => say!("ui.more-rate", all = all, rate = rate),
            };
            Some(html! { <p class="hint" id="more-rate">{text}</p> })
        }
        Ok(_) => None,
    };
    let can_open = app.run.is_open && app.run.failure.is_none();
    html! {
        <>
            <span class="go-on"><button type="button" class="go" id="more" {onclick} disabled={!can_open || n_epochs.is_err()}>{say!("ui.more")}</button>
                <input id="more-epochs" type="text" inputmode="numeric" autocomplete="off" value={(*typed).clone()} {oninput}
                    aria-label={say!("ui.more-epochs")} aria-invalid={n_epochs.is_err().then_some("true")} />
                <span>{say!("ui.more-unit")}</span></span>
            { note.unwrap_or_default() }
        </>
    }
}

/// A rate as it is read best: 0.001, 0.000125.
pub(super) fn three_digits(rate: f32) -> String {
    let n_decimals = (2 - rate.max(f32::MIN_POSITIVE).log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{rate:.n_decimals$}");
    signed(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

/// The reason that the network does not learn, and things to try.
fn stall(app: &AppContext) -> Html {
    let Some(stall) = app.run.stall else { return html! {} };
    let (rate, n) = (app.state.lab.learning_rate, app.schema().map_or(10, |schema| schema.n_classes()));
    let head = app.state.lab.loss;
    let guess = decimals(head.guess(n).into(), 3);
    let guess = if head == Head::CrossEntropy { say!("ui.guess-ln", n = n, guess = guess) } else { guess };
    let loss = decimals(stall.loss.into(), 3);
    let text = if stall.dead_share >= DEAD {
        let percent = (100.0 * stall.dead_share).floor();
        say!(
            "ui.stall-dead",
            step = grouped(stall.iteration.into()),
            loss = loss,
            n = n,
            guess = guess,
            percent = percent,
            rate = three_digits(rate / 10.0)
        )
    } else {
        say!(
            "ui.stall-slow",
            step = grouped(stall.iteration.into()),
            loss = loss,
            n = n,
            guess = guess,
            more = three_digits(rate * 10.0),
            less = three_digits(rate / 10.0)
        )
    };
    html! { <p class="stall" id="stall" role="status">{text}</p> }
}

/// Returns the state of the run in a few words.
fn state_text(run: &RunModel) -> String {
    match run.state {
        RunState::Idle if !run.is_open && run.config_problem.is_some() => say!("lab.state.refused"),
        RunState::Idle if !run.is_open => say!("lab.state.opening"),
        RunState::Idle => say!("lab.state.ready"),
        RunState::Training => say!("lab.state.training"),
        RunState::WaitingForData => match run.data {
            Some(data) => say!(
                "lab.state.waiting-for",
                n = grouped(data.n_training_ready.into()),
                of = grouped(data.n_training.into())
            ),
            None => say!("lab.state.waiting"),
        },
        RunState::Paused => say!("lab.state.paused"),
        RunState::Testing => say!("lab.state.testing"),
        RunState::Finished => say!("lab.state.finished"),
        RunState::Stopped => say!("lab.state.stopped"),
        RunState::Diverged => say!("lab.state.diverged"),
    }
}

fn progress(run: &RunModel) -> Html {
    let share = f64::from(run.iteration) / f64::from(run.n_steps.max(1));
    let n_epochs = run.n_steps.checked_div(run.steps_per_epoch).unwrap_or(0);
    let epoch = (run.epochs_done() + 1).min(n_epochs);
    let pace = run.pace.map(|(images, seconds)| {
        let images = grouped(images.round() as u64);
        html! {
            <>
                <span>{ around(say!("lab.progress.pace", n = GAP), html! { <b id="pace">{images}</b> }) }</span>
                <span>{ around(say!("lab.progress.left", n = GAP), html! { <b>{duration(seconds)}</b> }) }</span>
            </>
        }
    });
    let data = run.data.map(|data| {
        let name = match data.dataset {
            DatasetKind::Mnist => say!("lab.option.data.mnist"),
            DatasetKind::BuiltIn => say!("lab.progress.digits"),
            DatasetKind::Own => say!("lab.progress.own"),
        };
        let (n, test) = (grouped(data.n_training.into()), grouped(data.n_test.into()));
        html! { <span id="dataset">{say!("lab.progress.data", name = name, n = n, test = test)}</span> }
    });
    html! {
        <>
            <div class="progress" role="progressbar" aria-label={say!("lab.progress.title")} aria-valuemin="0" aria-valuemax={run.n_steps.to_string()}
                aria-valuenow={run.iteration.to_string()}><i ~style={format!("width:{:.2}%", 100.0 * share)}></i></div>
            <div class="meta">
                <span id="state" role="status">{state_text(run)}</span>
                <span>{ around(say!("lab.progress.epoch", n = GAP, of = n_epochs), html! { <b>{epoch}</b> }) }</span>
                <span>{ around(
                    say!("lab.progress.step", n = GAP, of = grouped(run.n_steps.into())),
                    html! { <b id="iteration">{grouped(run.iteration.into())}</b> },
                ) }</span>
                { pace.unwrap_or_default() }
                <span id="engine-used">{engine(&run.engine)}</span>
                <span id="pool">{if run.engine.is_gpu { String::new() } else { workers(run.workers) }}</span>
                { data.unwrap_or_default() }
            </div>
        </>
    }
}

/// Returns the engine that the run is computed on, and the reason, in words.
fn engine(EngineStatus { is_gpu, adapter, why }: &EngineStatus) -> String {
    let of_adapter = |adapter: &Adapter| match adapter.name.as_str() {
        "" => say!("lab.engine.unnamed"),
        name => name.into(),
    };
    let name = adapter.as_ref().map_or_else(String::new, |adapter| {
        let key = if adapter.is_software { "lab.engine.software" } else { "lab.engine.adapter" };
        format!(" {}", say!(key, name = of_adapter(adapter)))
    });
    match (is_gpu, why) {
        (true, EngineWhy::Measured { gpu_times_cpu }) => {
            say!("lab.engine.gpu-faster", times = decimals((*gpu_times_cpu).into(), 1), name = name)
        }
        (true, EngineWhy::Trying) => say!("lab.engine.gpu-trying", name = name),
        (true, _) => say!("lab.engine.gpu", name = name),
        (false, EngineWhy::Chosen) => say!("lab.engine.cpu"),
        (false, EngineWhy::Starting) => say!("lab.engine.gpu-starting", name = name),
        (false, EngineWhy::Trying) => say!("lab.engine.cpu-trying", name = name),
        (false, EngineWhy::Measured { gpu_times_cpu }) => {
            say!("lab.engine.cpu-faster", times = decimals((1.0 / gpu_times_cpu).into(), 1), name = name)
        }
        (false, EngineWhy::OnlySoftware) => {
            let name = adapter.as_ref().map_or_else(|| say!("lab.engine.nameless"), of_adapter);
            say!("lab.engine.only-software", name = name)
        }
        (false, EngineWhy::Unusable(fault)) => say!("lab.engine.unusable", why = faults::gpu_fault(fault)),
        (false, EngineWhy::Wrong { .. }) => say!("lab.engine.wrong", name = name),
        (false, EngineWhy::Failed { fault, iteration }) => {
            say!("lab.engine.failed", n = iteration, why = faults::gpu_fault(fault))
        }
    }
}

/// Returns the number of workers, and the reason that there are fewer than were asked for, in words.
fn workers(Workers { n_asked, n_used, why_fewer }: Workers) -> String {
    let (n, asked) = (n_used, n_asked);
    match why_fewer {
        None => say!("lab.workers.all", n = n),
        Some(FewerWorkers::Starting) => say!("lab.workers.starting", n = n, asked = asked),
        Some(FewerWorkers::FewShards) => say!("lab.workers.few-shards", n = n, asked = asked),
        Some(FewerWorkers::WholeBatch) => say!("lab.workers.whole-batch", n = n, asked = asked),
        Some(FewerWorkers::Slower) => say!("lab.workers.slower", n = n, asked = asked),
        Some(FewerWorkers::Lost(n_lost)) => say!("lab.workers.lost", n = n, asked = asked, lost = n_lost),
        Some(FewerWorkers::Impossible) => say!("lab.workers.impossible", n = n, asked = asked),
    }
}

/// Seconds as a person says them.
fn duration(seconds: f32) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => say!("lab.progress.seconds", s = seconds),
        (minutes, seconds) if minutes < 60 => say!("lab.progress.minutes", min = minutes, s = seconds),
        (minutes, _) => say!("lab.progress.hours", h = minutes / 60, min = minutes % 60),
    }
}

fn divergence(run: &RunModel, restore: &Callback<MouseEvent>) -> Html {
    let Some(divergence) = &run.divergence else { return html! {} };
    let good = divergence.last_good_iteration;
    let text = say!("lab.progress.diverged", n = divergence.iteration, why = divergence.message, good = good);
    html! {
        <div class="diverged" role="alert" id="diverged">
            <p>{text}</p>
            <button type="button" id="restore" onclick={restore}>{say!("lab.progress.restore", n = good)}</button>
        </div>
    }
}
