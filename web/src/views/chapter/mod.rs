//! A chapter: prose beside a stage. The stage draws any scene, and knows no chapter.

mod board;
mod builder;
mod controls;
mod equation;
mod exercises;
mod faces;
mod figures;
mod formula;
mod guide;
mod legend;
mod picture;
mod prose;
mod space;
mod terms;
mod world;

use crate::context::use_app;
use crate::platform::lesson_host::{LessonHost, LiveWorld};
use crate::run_model::RunAction;
use crate::views::asking::Same;
use crate::views::transport::{TimeLine, Transport};
use board::{Board, Shown, board};
use builder::Builder;
use controls::Controls;
use equation::equation;
use exercises::use_tasks;
pub(crate) use faces::strength;
use guide::{guide, use_guide};
use legend::legend;
use prose::{intro, prose};
use receptive_lessons::scene::{Edit, Spot};
use receptive_lessons::settings::{Settings, Value};
use receptive_lessons::world::Unavailable;
use receptive_lessons::{chapters, read_number, say};
use std::rc::Rc;
use world::use_world;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct ChapterPageProps {
    /// Position of the chapter.
    pub(crate) i: usize,
}

#[component]
pub(crate) fn ChapterPage(props: &ChapterPageProps) -> Html {
    let app = use_app();
    let i = props.i;
    let chapter = chapters::OUTLINES[i];
    let settings = app.state.chapters[i].clone();
    let needs = (chapter.needs)(&settings);
    let (live, refused) = use_world(&app, needs);
    let world = &live.world;
    let tasks = use_tasks(&app, chapter);
    let (stage, unavailable) = use_stage(app.lesson_host.as_ref(), i, &settings, &live);
    let pointed = use_state_eq(Option::<Spot>::default);
    let is_playing = use_state_eq(bool::default);
    let typing_problem = use_state_eq(Option::<String>::default);

    let moment =
        stage.as_ref().map_or(0, |stage| settings.at.unwrap_or(stage.0.first_moment()).min(stage.0.n_moments() - 1));
    let scene = use_memo((stage.clone(), moment), |(stage, moment)| {
        stage.as_ref().map(|stage| Rc::new(stage.0.scene(*moment)))
    });
    let scene = (*scene).clone();
    let guided = use_guide(chapter, app.lesson_host.as_ref(), stage.clone().map(|stage| (stage, moment)), *pointed);

    let on_move = app.changing(move |state, moment: usize| state.chapters[i].at = Some(moment));
    let on_set = {
        let (change, host, stage, typing_problem) =
            (app.change.clone(), app.lesson_host.clone(), stage.clone(), typing_problem.clone());
        Callback::from(move |(key, value): (&'static str, Value)| {
            typing_problem.set(None);
            let focus = stage.as_ref().and_then(|stage| stage.0.focus(moment));
            let host = host.clone();
            change.emit(Box::new(move |state| {
                let settings = &mut state.chapters[i];
                settings.set(key, value);
                settings.at = stays_at(host.as_ref(), i, settings, focus);
            }));
        })
    };
    let on_play = {
        let is_playing = is_playing.clone();
        Callback::from(move |on| is_playing.set(on))
    };
    let on_point = {
        let (pointed, is_playing) = (pointed.clone(), is_playing.clone());
        Callback::from(move |spot: Option<Spot>| {
            // Autoplay yields to whoever wants to look.
            if spot.is_some() {
                is_playing.set(false);
            }
            pointed.set(spot);
        })
    };
    let on_edit = {
        let (change, typing_problem) = (app.change.clone(), typing_problem.clone());
        Callback::from(move |(edit, cell, typed): (Edit, usize, String)| match read_number(&typed) {
            Ok(value) => {
                typing_problem.set(None);
                change.emit(Box::new(move |state| {
                    let settings = &mut state.chapters[i];
                    settings.set(edit.key, Value::Numbers(edit.matrix.with(cell, value)));
                    edit.also.iter().for_each(|(key, choice)| settings.set(key, Value::Choice(choice)));
                }));
            }
            Err(why) if typed.trim().is_empty() => typing_problem.set(Some(say!("common.left-aside-empty", why = why))),
            Err(why) => typing_problem.set(Some(say!("common.left-aside", typed = typed.trim(), why = why))),
        })
    };
    let on_problem = {
        let typing_problem = typing_problem.clone();
        Callback::from(move |why| typing_problem.set(Some(why)))
    };
    let on_notice = {
        let run = app.run.clone();
        Callback::from(move |text| run.dispatch(RunAction::Notify(text)))
    };
    let on_drag = {
        let on_set = on_set.clone();
        Callback::from(move |(key, value): (&'static str, f32)| {
            // What a finger can aim at.
            on_set.emit((key, Value::Real((value * 20.0).round() / 20.0)));
        })
    };

    let drawn = stage.as_ref().zip(scene).map(|(stage, scene)| {
        let shown = stage.0.clone();
        let n = shown.n_moments();
        let line =
            TimeLine { at: moment, n, is_playing: *is_playing, on_play: on_play.clone(), on_move: on_move.clone() };
        let on_pick = {
            let (shown, on_move, on_play) = (shown.clone(), on_move.clone(), on_play.clone());
            Callback::from(move |spot| {
                if let Some(moment) = shown.moment_of(spot) {
                    on_play.emit(false);
                    on_move.emit(moment);
                }
            })
        };
        let lit: Vec<_> =
            pointed.iter().flat_map(|&spot| std::iter::once(spot).chain(shown.linked(moment, spot))).collect();
        let note = pointed.map(|spot| shown.describe(moment, spot)).filter(|text| !text.is_empty());
        let equation = scene.equation.as_ref().map(|data| equation(data, &lit, &on_point));
        let transport = (n > 1).then(|| html! { <Transport line={line.clone()} unit={say!("common.step")} /> });
        let (above, below) = scene.halves();
        let sizes = builder::sizes(&scene);
        let builder = html! { <Builder {i} at={moment} {sizes} /> };
        let stage = stage.clone();
        let things = Board { stage, moment, lit, on_point, on_pick, on_edit, on_drag, on_notice, builder };
        let seen = html! {
            <div class="stage-focus" id="stage" tabindex="0" role="group" aria-label={say!("common.stage-keys")}>
                { board(&things, above) }
                { legend(above) }
                { equation.unwrap_or_default() }
                <p class="note" id="lesson-caption">{ note.unwrap_or_else(|| scene.caption.clone()) }</p>
                <p class="spoken" role="status">{ if *is_playing { String::new() } else { scene.caption.clone() } }</p>
            </div>
        };
        let rest = html! {
            <div class="stage-keys">
                { transport.unwrap_or_default() }
                <div class="formulas">{ for scene.formulas.iter().map(formula::draw) }</div>
                { if below.is_empty() { html! {} } else { board(&things, below) } }
            </div>
        };
        (seen, rest)
    });
    let (seen, rest) = drawn.unwrap_or_default();
    let (problem, waiting) = match unavailable {
        Some(Unavailable::Refused(why)) => (Some(say!("common.last-good", why = why)), None),
        Some(Unavailable::Digit) => (refused, Some(say!("common.digit-missing"))),
        Some(Unavailable::Network) => (refused, Some(say!("common.network-missing"))),
        Some(Unavailable::Picture) => (None, Some(say!("common.picture-missing"))),
        None => (None, None),
    };
    let problem = (*typing_problem).clone().or(problem);
    let digit = world.digit.as_ref().map(|digit| digit.name.clone());
    let origin = world.network.as_ref().map(|network| network.origin);
    if app.lesson_host.is_none() {
        // A chapter's words come with all chapters; its title is known before.
        return html! {
            <div class="lesson" data-chapter={chapter.key}>
                { intro(chapter, None) }
                <section class="stage" aria-label={say!("ui.stage")}>
                    <p class="remark" id="lesson-waiting" role="status">{say!("ui.chapters-missing")}</p>
                </section>
            </div>
        };
    }
    html! {
        <div class="lesson" data-chapter={chapter.key}>
            { intro(chapter, Some(chapter.text("lead"))) }
            <div class="work">
                { guide(&app, chapter, &guided) }
            <section class="stage" aria-label={say!("ui.stage")}>
                // What belongs together is seen at once: the settings, what they act on, and what comes out.
                <div class="stage-view">
                    <Controls {chapter} {settings} {needs} sets={guided.sets()} {origin} {digit} {on_set} {on_problem} {problem} {waiting} />
                    { seen }
                </div>
                { rest }
            </section>
            </div>
            { prose(&app, chapter, &tasks, &guided.worked) }
        </div>
    }
}

/// Returns the stage that the settings make, and the reason if there is none. The last stage stays when the next is
/// unavailable.
#[hook]
fn use_stage(
    host: Option<&LessonHost>,
    chapter: usize,
    settings: &Settings,
    live: &Rc<LiveWorld>,
) -> (Option<Shown>, Option<Unavailable>) {
    let mut still = settings.clone();
    still.at = None;
    let last_good = use_mut_ref(Option::<Shown>::default);
    let live = Same(live.clone());
    let host_in_world = use_memo((host.cloned(), live), |(host, live)| {
        host.iter().for_each(|host| host.set_world(live));
        host.clone()
    });
    let made = use_memo((still, Same(host_in_world)), |(settings, Same(host))| {
        Some((**host).as_ref()?.open(chapter, settings).map(|stage| Shown(Rc::new(stage))))
    });
    match (&*made, host) {
        (Some(Ok(stage)), _) => {
            *last_good.borrow_mut() = Some(stage.clone());
            (Some(stage.clone()), None)
        }
        (Some(Err(unavailable)), Some(host)) => {
            let mut last_good = last_good.borrow_mut();
            if last_good.is_none() && matches!(unavailable, Unavailable::Refused(_)) {
                // A link may ask for what cannot be: then the chapter's own beginning is the last good state.
                let start = chapters::OUTLINES[chapter].settings();
                *last_good = host.open(chapter, &start).ok().map(|stage| Shown(Rc::new(stage)));
            }
            (last_good.clone(), Some(unavailable.clone()))
        }
        _ => (None, None),
    }
}

/// Returns the moment to show after a setting changed: the one of the same spot, if the new stage has it.
fn stays_at(host: Option<&LessonHost>, chapter: usize, settings: &Settings, focus: Option<Spot>) -> Option<usize> {
    settings.at?;
    let stage = host?.open(chapter, settings).ok()?;
    let moment = stage.moment_of(focus?)?;
    (stage.focus(moment) == focus && moment < stage.n_moments()).then_some(moment)
}
