//! The runs that are kept, over one another.

use super::overlay::{Overlay, Points, swatch};
use crate::compare::{ceiling, letter, line, names};
use crate::context::AppContext;
use crate::run_model::{KeepAction, MOST_COMPARED, RunAction, Track};
use crate::views::chart::Unit;
use receptive_lessons::{grouped, say};
use std::rc::Rc;
use yew::prelude::*;

/// The button that keeps the open run, and the runs that are kept.
pub(super) fn compared(app: &AppContext) -> Html {
    let run = &app.run;
    let acting = |action: KeepAction| {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| run.dispatch(RunAction::Keep(action)))
    };
    let tracks = run.compared();
    let is_full = run.kept.len() == MOST_COMPARED;
    let keep = html! {
        <p class="keep">
            <button type="button" class="quiet" id="keep" onclick={acting(KeepAction::Keep)} disabled={!run.can_keep()}>{say!("compare.keep")}</button>
            if is_full { <small>{say!("compare.full")}</small> }
        </p>
    };
    if tracks.is_empty() {
        return keep;
    }
    let names = names(&tracks.iter().map(|track| &track.config).collect::<Vec<_>>());
    let item = |(i, (track, name)): (usize, (&Track, String))| {
        let is_kept = i < run.kept.len();
        let named = format!("{}, {name}", letter(i));
        let (key, label) = match track.is_hidden {
            true => ("compare.show", say!("compare.show-one", name = named)),
            false => ("compare.hide", say!("compare.hide-one", name = named)),
        };
        let buttons = is_kept.then(|| {
            html! {
                <span class="tools">
                    <button type="button" class="quiet" aria-label={label} onclick={acting(KeepAction::Toggle(i))}>{say!(key)}</button>
                    <button type="button" class="quiet" aria-label={say!("compare.remove-one", name = named)} onclick={acting(KeepAction::Remove(i))}>{say!("compare.remove")}</button>
                </span>
            }
        });
        let buttons = buttons.unwrap_or_else(|| html! { <small class="tools">{say!("compare.open-run")}</small> });
        html! {
            <li class={track.is_hidden.then_some("hidden")}>{ swatch(i) }
                <span class="named"><b>{&name}</b><small>{facts(track)}</small></span>{ buttons }</li>
        }
    };
    let shown: Vec<(usize, &Track)> = tracks.iter().enumerate().filter(|(_, track)| !track.is_hidden).collect();
    html! {
        <section class="compared" aria-label={say!("compare.title")}>
            <h2>{say!("compare.title")}</h2>
            <ul class="lines" id="compared">{ for tracks.iter().zip(names).enumerate().map(item) }</ul>
            { keep }
            { charts("compared", &shown) }
        </section>
    }
}

/// What a run has come to, in a few words.
fn facts(track: &Track) -> String {
    let percent = |share: f32| format!("{:.1} %", 100.0 * share);
    let images = say!("compare.images", n = grouped(u64::from(track.iteration) * u64::from(track.config.batch)));
    let validation = track.validation.map(|record| {
        say!("compare.validation", loss = Unit::Nats.print(record.loss), accuracy = percent(record.accuracy))
    });
    let tested = track.test.map(|share| say!("compare.tested", accuracy = percent(share)));
    let diverged = track.diverged.map(|n| say!("compare.diverged", n = n));
    [Some(images), validation, tested, diverged].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The charts of loss and accuracy of runs, each with its position among all.
pub(super) fn charts(id: &'static str, tracks: &[(usize, &Track)]) -> Html {
    let lines = |value| -> Rc<Vec<(usize, Points)>> {
        Rc::new(tracks.iter().map(|&(i, track)| (i, line(track, value))).collect())
    };
    let (losses, accuracies) = (lines(|mean| mean.loss), lines(|mean| mean.accuracy));
    let n_images = tracks.iter().map(|(_, track)| track.n_steps.saturating_mul(track.config.batch)).max().unwrap_or(1);
    let high = ceiling(losses.iter().map(|(_, line)| &line[..]));
    let [loss, accuracy] = match id {
        "race" => ["race-loss", "race-accuracy"],
        _ => ["compared-loss", "compared-accuracy"],
    };
    html! {
        <>
            <Overlay id={loss} title={say!("compare.loss")} lines={losses} {n_images} {high} unit={Unit::Nats} />
            <Overlay id={accuracy} title={say!("compare.accuracy")} lines={accuracies} {n_images} high={1.0} unit={Unit::Percent} />
            <p class="hint">{say!("compare.how")}</p>
        </>
    }
}
