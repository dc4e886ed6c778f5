//! Start, pause, step, reset, stop; and how far the run has come.

use crate::context::{AppContext, use_app};
use crate::run_model::RunModel;
use crate::state::read_count;
use receptive_lessons::say;
use receptive_nn::{Schedule, grouped};
use receptive_train::protocol::{Command, DatasetKind, EngineStatus, EngineWhy, FewerWorkers, RunState, Workers};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// With so many dead units hardly any gradient comes through.
const DEAD: f32 = 0.9;

/// The buttons of the run, how far it has come, and what went wrong with it.
pub(super) fn controls(app: &AppContext) -> Html {
    let run = &app.run;
    let ask = |command: Command| {
        let send = app.send.clone();
        Callback::from(move |_: MouseEvent| send.emit(command.clone()))
    };
    let can_open = run.is_open && run.failure.is_none();
    let is_over = matches!(run.state, RunState::Finished | RunState::Stopped | RunState::Diverged);
    let is_training = matches!(run.state, RunState::Training | RunState::WaitingForData);
    let main = if run.state == RunState::Finished {
        html! { <More /> }
    } else if run.state == RunState::Stopped {
        html! { <button type="button" class="go" id="train" onclick={ask(Command::TrainMore(0))} disabled={!can_open}>{"Go on"}</button> }
    } else if is_training {
        html! { <button type="button" class="go" id="pause" onclick={ask(Command::Pause)}>{"Pause"}</button> }
    } else {
        let text = if run.state == RunState::Paused { "Go on" } else { "Train" };
        html! { <button type="button" class="go" id="train" onclick={ask(Command::Train)} disabled={!can_open || run.is_busy() || is_over}>{text}</button> }
    };
    let reset = {
        let (open, lab) = (app.open.clone(), app.state.lab.clone());
        Callback::from(move |_: MouseEvent| open.emit(lab.clone()))
    };
    let has_begun = run.state != RunState::Idle;
    let can_stop = has_begun && !is_over && run.state != RunState::Testing;
    html! {
        <>
            <div class="run" role="group" aria-label="Run">
                { main }
                <button type="button" id="step" onclick={ask(Command::Step)} disabled={!can_open || run.is_busy() || is_over}>{"Step"}</button>
                <button type="button" id="reset" onclick={reset} disabled={!has_begun}>{"Reset"}</button>
                <button type="button" id="stop" onclick={ask(Command::Stop)} disabled={!can_stop}>{"Stop and test"}</button>
            </div>
            { progress(run) }
            { divergence(run, &ask(Command::RestoreLastGood)) }
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
        let (send, change, n_epochs) = (app.send.clone(), app.change.clone(), n_epochs.clone());
        Callback::from(move |_: MouseEvent| {
            let Ok(n) = n_epochs else { return };
            send.emit(Command::TrainMore(n));
            change.emit(Box::new(move |state| state.lab.epochs += n));
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let falls = app.state.lab.schedule != Schedule::Constant;
    let note = match &n_epochs {
        Err(why) => Some(html! { <p class="error" id="more-error" role="alert">{why}</p> }),
        Ok(n) if falls => {
            let (done, all) = (app.run.epochs_done(), app.run.epochs_done() + n);
            let rate = app.state.lab.schedule.rate(app.state.lab.learning_rate, done, all);
            Some(
                html! { <p class="hint" id="more-rate">{say!("ui.more-rate", all = all, rate = three_digits(rate))}</p> },
            )
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
fn three_digits(rate: f32) -> String {
    let n_decimals = (2 - rate.max(f32::MIN_POSITIVE).log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{rate:.n_decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// The reason that the network does not learn, and things to try.
fn stall(app: &AppContext) -> Html {
    let Some(stall) = app.run.stall else { return html! {} };
    let (rate, n) = (app.state.lab.learning_rate, app.schema().map_or(10, |schema| schema.n_classes()));
    let guess = format!("{:.3}", (n as f64).ln());
    let loss = format!("{:.3}", stall.loss);
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
        RunState::Idle if !run.is_open && run.config_problem.is_some() => "cannot start yet: see the settings".into(),
        RunState::Idle if !run.is_open => "getting ready".into(),
        RunState::Idle => "ready".into(),
        RunState::Training => "training".into(),
        RunState::WaitingForData => match run.data {
            Some(data) => format!(
                "waiting for images: {} of {} are here",
                grouped(data.n_training_ready.into()),
                grouped(data.n_training.into())
            ),
            None => "waiting for images".into(),
        },
        RunState::Paused => "paused".into(),
        RunState::Testing => "measuring the test images".into(),
        RunState::Finished => "finished".into(),
        RunState::Stopped => "stopped".into(),
        RunState::Diverged => "diverged".into(),
    }
}

fn progress(run: &RunModel) -> Html {
    let share = f64::from(run.iteration) / f64::from(run.n_steps.max(1));
    let n_epochs = run.n_steps.checked_div(run.steps_per_epoch).unwrap_or(0);
    let epoch = (run.epochs_done() + 1).min(n_epochs);
    let pace = run.pace.map(|(images, seconds)| {
        html! { <><span><b id="pace">{grouped(images.round() as u64)}</b>{" images/s"}</span><span><b>{duration(seconds)}</b>{" left"}</span></> }
    });
    let data = run.data.map(|data| {
        let name = match data.dataset {
            DatasetKind::Mnist => "MNIST",
            DatasetKind::BuiltIn => "built-in digits",
            DatasetKind::Own => "your files",
        };
        html! { <span id="dataset">{format!("{name}, {} + {} images", grouped(data.n_training.into()), grouped(data.n_test.into()))}</span> }
    });
    html! {
        <>
            <div class="progress" role="progressbar" aria-label="Steps done" aria-valuemin="0" aria-valuemax={run.n_steps.to_string()}
                aria-valuenow={run.iteration.to_string()}><i style={format!("width:{:.2}%", 100.0 * share)}></i></div>
            <div class="meta">
                <span id="state" role="status">{state_text(run)}</span>
                <span>{"epoch "}<b>{epoch}</b>{format!(" of {n_epochs}")}</span>
                <span>{"step "}<b id="iteration">{grouped(run.iteration.into())}</b>{format!(" of {}", grouped(run.n_steps.into()))}</span>
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
    let name = adapter.as_ref().map_or_else(String::new, |adapter| {
        format!(" ({}{})", adapter.name, if adapter.is_software { ", in software" } else { "" })
    });
    match (is_gpu, why) {
        (true, EngineWhy::Measured { gpu_times_cpu }) => {
            format!("GPU: {gpu_times_cpu:.1} times this machine's CPU{name}")
        }
        (true, EngineWhy::Trying) => format!("GPU{name}, being timed against the CPU"),
        (true, _) => format!("GPU{name}"),
        (false, EngineWhy::Chosen) => "CPU".into(),
        (false, EngineWhy::Starting) => format!("GPU{name}, getting ready"),
        (false, EngineWhy::Trying) => format!("CPU; a GPU{name} is being tried"),
        (false, EngineWhy::Measured { gpu_times_cpu }) => {
            format!("CPU: {:.1} times the GPU{name}", 1.0 / gpu_times_cpu)
        }
        (false, EngineWhy::OnlySoftware) => {
            let name = adapter.as_ref().map_or("nameless", |adapter| &adapter.name);
            format!("CPU: the only GPU here is software ({name})")
        }
        (false, EngineWhy::Unusable(message)) => format!("CPU: {message}"),
        (false, EngineWhy::Wrong { .. }) => format!("CPU: the GPU{name} computes wrong numbers"),
        (false, EngineWhy::Failed { message, iteration }) => format!("CPU since step {iteration}: {message}"),
    }
}

/// Returns the number of workers, and the reason that there are fewer than were asked for, in words.
fn workers(Workers { n_asked, n_used, why_fewer }: Workers) -> String {
    let workers = |n: u32| if n == 1 { "1 worker".into() } else { format!("{n} workers") };
    let used = workers(n_used);
    match why_fewer {
        None => used,
        Some(FewerWorkers::Starting) => format!("{used} of {n_asked}, more are starting"),
        Some(FewerWorkers::FewShards) => {
            format!("{} asked for; a batch of this size makes work for {n_used}", workers(n_asked))
        }
        Some(FewerWorkers::Slower) => {
            format!("{} asked for; {n_used} is faster for this network", workers(n_asked))
        }
        Some(FewerWorkers::Lost(n_lost)) => {
            format!("{used} of {n_asked}: {n_lost} broke down again and again, and training goes on without")
        }
        Some(FewerWorkers::Impossible) => {
            format!("{used} of {n_asked}: this browser cannot start workers from a worker")
        }
    }
}

/// Seconds as a person says them.
fn duration(seconds: f32) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) if minutes < 60 => format!("{minutes} min {seconds} s"),
        (minutes, _) => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

fn divergence(run: &RunModel, restore: &Callback<MouseEvent>) -> Html {
    let Some(divergence) = &run.divergence else { return html! {} };
    let text = format!(
        "Training stopped at step {}: {}. The steps were too large, and the weights ran away. The weights after step {} \
         are kept; bring them back and go on with a smaller learning rate, or reset.",
        divergence.iteration, divergence.message, divergence.last_good_iteration
    );
    html! {
        <div class="diverged" role="alert" id="diverged">
            <p>{text}</p>
            <button type="button" id="restore" onclick={restore}>{format!("Bring back the weights of step {}", divergence.last_good_iteration)}</button>
        </div>
    }
}
