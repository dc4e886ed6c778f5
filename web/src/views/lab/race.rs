//! The race of the update rules: who takes part, its curves, its table.

use super::compared::charts;
use super::overlay::swatch;
use super::settings::Field;
use crate::context::AppContext;
use crate::run_model::{Race, RaceAction, Racer, RunAction, Track, by_rank};
use crate::state::{LabState, usual_rate};
use crate::views::chart::Unit;
use receptive_lessons::say;
use receptive_nn::Optimiser;
use yew::prelude::*;

/// The control, folded until a race is thought of, with the seed of the run that is open.
pub(super) fn race(app: &AppContext, seed: u32) -> Html {
    let is_open = app.state.race.rules.is_some();
    let fold = app.changing(move |state, _: MouseEvent| {
        state.race.rules = (!is_open).then(|| Optimiser::ALL.to_vec());
    });
    html! {
        <section class="race" aria-label={say!("compare.race.title")}>
            <h2><button type="button" class="quiet" id="race" aria-expanded={is_open.to_string()} onclick={fold}>{say!("compare.race.title")}</button></h2>
            if is_open { { settings(app, seed) } }
            { app.run.race.as_ref().filter(|_| is_open).map_or_else(Html::default, |race| results(app, race)) }
        </section>
    }
}

fn rule_name(rule: Optimiser) -> String {
    say!(format!("lab.option.opt.{}", rule.key()))
}

fn settings(app: &AppContext, seed: u32) -> Html {
    let (race, run) = (&app.state.race, &app.run);
    let is_racing = run.is_racing();
    let rule = |rule: Optimiser| {
        let toggle = app.changing(move |state, _: Event| state.race.toggle(rule));
        let rate = race.rate.unwrap_or_else(|| usual_rate(rule));
        html! {
            <label class="switch"><input type="checkbox" name="racer" value={rule.key()} checked={race.has(rule)} onchange={toggle} disabled={is_racing} />
                <span>{rule_name(rule)}{" "}<small>{say!("compare.rate", value = rate)}</small></span></label>
        }
    };
    let is_empty = race.rules.as_ref().is_none_or(Vec::is_empty);
    let start = {
        let (run, race, lab) = (run.clone(), race.clone(), app.state.lab.clone());
        Callback::from(move |_: MouseEvent| {
            // Before the data is here, the worker's own answer says how many there are.
            let n_left = run
                .data
                .filter(|data| data.dataset == lab.dataset)
                .map_or(u32::MAX, |data| data.n_training.saturating_sub(lab.n_validation));
            run.dispatch(RunAction::Race(RaceAction::Start(race.runs(&lab, seed, n_left))));
        })
    };
    let stop = {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| run.dispatch(RunAction::Race(RaceAction::Stop)))
    };
    let can_start = run.is_ready && run.failure.is_none() && run.config_problem.is_none() && !is_empty;
    let button = match is_racing {
        true => html! { <button type="button" id="race-stop" onclick={stop}>{say!("compare.race.stop")}</button> },
        false => html! {
            <button type="button" class="go" id="race-start" onclick={start} disabled={!can_start}>
                {say!(if run.race.is_some() { "compare.race.again" } else { "compare.race.start" })}</button>
        },
    };
    html! {
        <form class="settings" onsubmit={Callback::from(|event: SubmitEvent| event.prevent_default())}>
            <p class="hint">{say!("compare.race.about")}</p>
            <fieldset class="racers"><legend>{say!("compare.race.which")}</legend>{ for Optimiser::ALL.into_iter().map(rule) }</fieldset>
            if is_empty { <p class="error" role="alert">{say!("compare.race.choose")}</p> }
            <Field key="racesteps" name="racesteps" disabled={is_racing} />
            <Field key="racerate" name="racerate" disabled={is_racing} />
            <p class="hint">{say!("compare.race.rates")}</p>
            <div class="run">{ button }</div>
        </form>
    }
}

/// What there is of a race: where it is, its curves, its table.
fn results(app: &AppContext, race: &Race) -> Html {
    let tracks = app.run.raced();
    let (all, at) = (race.racers.len(), race.at().unwrap_or(0));
    let is_whole = race.racers.iter().all(|racer| racer.track.is_some());
    let name = race.racers.get(at).map(|racer| rule_name(racer.config.optimiser)).unwrap_or_default();
    let status = match (race.is_on, is_whole) {
        (true, _) => say!("compare.race.now", at = at + 1, of = all, name = name),
        (false, true) => say!("compare.race.over"),
        (false, false) => say!("compare.race.stopped"),
    };
    let shown: Vec<(usize, &Track)> =
        tracks.iter().enumerate().filter_map(|(i, track)| Some((i, track.as_ref()?))).collect();
    let mut ranked = shown.clone();
    ranked.sort_by(|a, b| by_rank(a.1, b.1));
    let rows = ranked.iter().enumerate().map(|(rank, &(i, track))| row(app, (rank + 1, i), track, &race.racers[i]));
    let head = ["rank", "rule", "rate", "validation", "accuracy", "test"];
    html! {
        <>
            <p id="race-status" role="status" class="verdict">{status}</p>
            if !shown.is_empty() {
                { charts("race", &shown) }
                <div class="ranking" tabindex="0" role="group" aria-label={say!("compare.race.title")}><table id="ranking">
                    <thead><tr>{ for head.map(|key| html! { <th scope="col">{say!(format!("compare.race.{key}"))}</th> }) }<td></td></tr></thead>
                    <tbody>{ for rows }</tbody>
                </table></div>
                <p class="hint">{say!("compare.race.order")}</p>
            }
        </>
    }
}

fn row(app: &AppContext, (rank, i): (usize, usize), track: &Track, racer: &Racer) -> Html {
    let percent = |share: Option<f32>| share.map_or_else(|| "–".into(), |share| format!("{:.1} %", 100.0 * share));
    let name = rule_name(racer.config.optimiser);
    let take = {
        let (open, change, lab) = (app.open.clone(), app.change.clone(), LabState::of(&racer.config));
        Callback::from(move |_: MouseEvent| {
            let lab = lab.clone();
            open.emit(lab.clone());
            change.emit(Box::new(move |state| state.lab = lab));
        })
    };
    let numbers = match track.diverged {
        Some(n) => html! { <td colspan="3">{say!("compare.diverged", n = n)}</td> },
        None => html! {
            <>
                <td data-name={say!("compare.race.validation")}>{track.validation.map_or_else(|| "–".into(), |record| Unit::Nats.print(record.loss))}</td>
                <td data-name={say!("compare.race.accuracy")}>{percent(track.validation.map(|record| record.accuracy))}</td>
                <td data-name={say!("compare.race.test")}>{percent(track.test)}</td>
            </>
        },
    };
    html! {
        <tr key={i}>
            <td>{rank}</td><th scope="row">{ swatch(i) }<span>{&name}</span></th><td data-name={say!("compare.race.rate")}>{racer.config.learning_rate}</td>{ numbers }
            <td><button type="button" class="quiet" aria-label={say!("compare.race.take-one", name = name)} onclick={take}
                disabled={app.run.is_racing()}>{say!("compare.race.take")}</button></td>
        </tr>
    }
}
