//! A figure: a chapter's stage with its settings and its time line. It draws any scene, and knows no chapter.
//!
//! It has what it is given and its [`Surroundings`](crate::surroundings), so it can stand on any page that provides these.

mod board;
mod controls;
pub(crate) mod equation;
pub(crate) mod exercise;
mod faces;
mod figures;
pub(crate) mod formula;
mod graph;
mod legend;
mod space;
mod surface;
pub(crate) mod world;

use crate::context::{use_is_awake, use_locks};
use crate::platform::dom;
use crate::platform::lesson_host::{LessonHost, LiveWorld};
use crate::state::Locks;
use crate::surroundings::{Part, use_surroundings};
use crate::views::asking::Same;
use crate::views::locked::note as note_of_lock;
use crate::views::transport::{TimeLine, Transport};
pub(crate) use board::Shown;
use board::{Board, board, heights};
use controls::{Controls, Remark};
use equation::equation;
pub(crate) use faces::strength;
use legend::legend;
use receptive_lessons::scene::{Edit, Item, Scene, Spot};
use receptive_lessons::settings::{Kind, Param, Settings, Value};
use receptive_lessons::world::Unavailable;
use receptive_lessons::{Outline, read_number, say};
use receptive_nn::Schedule;
pub(crate) use space::n_planes;
use std::rc::Rc;
pub(crate) use surface::SurfaceFigure;
use world::use_world;
use yew::prelude::*;

/// A change of a figure's settings.
pub(crate) type SettingsChange = Box<dyn FnOnce(&mut Settings)>;

/// The things that a learner looks at.
#[derive(Clone, PartialEq)]
pub(crate) struct Look {
    pub(crate) stage: Shown,
    pub(crate) moment: usize,
    /// The spot that is pointed at.
    pub(crate) spot: Option<Spot>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct FigureProps {
    pub(crate) chapter: &'static Outline,
    pub(crate) settings: Settings,
    /// Changes the settings.
    pub(crate) on_change: Callback<SettingsChange>,
    /// The learner looks at something else.
    #[prop_or_default]
    pub(crate) on_look: Callback<Look>,
    /// Names of settings that are wanted just now, and so are not folded away.
    #[prop_or_default]
    pub(crate) sets: Vec<String>,
    /// Counts the visits of the figure.
    #[prop_or_default]
    pub(crate) visit: u32,
    /// Draws the builder of networks for a scene at a moment, on a page that has one.
    #[prop_or_else(|| Callback::from(|_| html! {}))]
    pub(crate) builder: Callback<(Rc<Scene>, usize), Html>,
}

#[component]
pub(crate) fn Figure(props: &FigureProps) -> Html {
    let (around, locks, is_awake) = (use_surroundings(), use_locks(), use_is_awake());
    let FigureProps { chapter, settings, on_change, .. } = props;
    let chapter = *chapter;
    let needs = (chapter.needs)(settings);
    use_effect_with((around.actions.start.clone(), needs), |(start, needs)| {
        start.emit(Part::Chapters);
        if needs.digit || needs.network.is_some() || needs.course {
            start.emit(Part::Worker);
        }
    });
    let (live, refused) = use_world(&around, needs, settings);
    let (stage, unavailable) = use_stage(around.host.as_ref(), chapter, settings, &live);
    let stage = use_task_of_its_own(stage, (chapter, settings), around.network.is_training);
    let pointed = use_state_eq(Option::<Spot>::default);
    let is_playing = use_state_eq(bool::default);
    let typing_problem = use_state_eq(Option::<String>::default);

    let moment =
        stage.as_ref().map_or(0, |stage| settings.at.unwrap_or(stage.0.first_moment()).min(stage.0.n_moments() - 1));
    let scene = use_memo((stage.clone(), moment), |(stage, moment)| {
        stage.as_ref().and_then(|stage| Some((stage.clone(), *moment, Rc::new(stage.0.scene(*moment)?))))
    });
    // The scene before stays while the values of the next are on their way.
    let last_shown = use_mut_ref(|| None);
    if scene.is_some() {
        last_shown.borrow_mut().clone_from(&scene);
    }
    let shown = last_shown.borrow().clone();
    let shown_nothing = shown.is_none();
    let look = shown.as_ref().map(|(stage, moment, _)| Look { stage: stage.clone(), moment: *moment, spot: *pointed });
    // Moments can be gone to faster than they are drawn; what went by counts as seen too.
    let passed = use_mut_ref(Vec::<usize>::new);
    {
        let passed = passed.clone();
        use_effect_with((props.on_look.clone(), look.clone()), move |(on_look, look)| {
            let Some(look) = look else { return };
            let between = passed.take().into_iter().filter(|moment| *moment != look.moment);
            between.for_each(|moment| on_look.emit(Look { moment, ..look.clone() }));
            on_look.emit(look.clone());
        });
    }

    let on_set = {
        let (on_change, host, look, typing_problem) =
            (on_change.clone(), around.host.clone(), look.clone(), typing_problem.clone());
        Callback::from(move |(key, value): (&'static str, Value)| {
            typing_problem.set(None);
            let focus = look.as_ref().and_then(|look| look.stage.0.focus(look.moment));
            let host = host.clone();
            on_change.emit(Box::new(move |settings| {
                settings.set(key, value);
                settings.at = stays_at(host.as_ref(), chapter, settings, focus);
            }));
        })
    };
    let on_edit = {
        let (on_change, typing_problem) = (on_change.clone(), typing_problem.clone());
        Callback::from(move |(edit, cell, typed): (Edit, usize, String)| match read_number(&typed) {
            Ok(value) => {
                typing_problem.set(None);
                on_change.emit(Box::new(move |settings| {
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
    let on_play = {
        let is_playing = is_playing.clone();
        Callback::from(move |on| is_playing.set(on))
    };
    {
        let is_playing = is_playing.clone();
        use_effect_with(is_awake, move |is_awake| {
            if !is_awake {
                is_playing.set(false);
            }
        });
    }
    let on_move = on_change.reform(move |moment: usize| -> SettingsChange {
        passed.borrow_mut().push(moment);
        Box::new(move |settings| settings.at = Some(moment))
    });

    let to_stage = Handlers {
        params: chapter.params,
        on_move,
        on_play,
        on_point,
        on_edit,
        on_set: on_set.clone(),
        on_course: around.actions.take,
        on_notice: around.actions.notify,
        locks,
    };
    let on = (look, moment, *is_playing, on_change.clone(), props.builder.clone());
    // While a network trains, most of what a figure is told of changes nothing on the stage.
    let drawn = use_memo(on, |(look, at, is_playing, _, builder)| {
        let drawn = look.as_ref().zip(shown);
        drawn.map(|(look, (.., scene))| draw(look, scene, *at, *is_playing, builder, &to_stage)).unwrap_or_default()
    });
    let Drawn { seen, heights, rest } = (*drawn).clone();
    let unavailable = unavailable.or_else(|| (around.host.is_some() && shown_nothing).then_some(Unavailable::Network));
    let missing = match unavailable {
        Some(Unavailable::Refused(why)) => Some(Remark::Problem(say!("common.last-good", why = why))),
        Some(Unavailable::Digit) => refused.or_else(|| Some(Remark::Waiting(say!("common.digit-missing")))),
        Some(Unavailable::Network) => refused.or_else(|| Some(Remark::Waiting(say!("common.network-missing")))),
        Some(Unavailable::Picture) => Some(Remark::Waiting(say!("common.picture-missing"))),
        None => None,
    };
    let remark = (*typing_problem).clone().map(Remark::Problem).or(missing);
    let world = &live.world;
    let digit = world.digit.as_ref().map(|digit| digit.name.clone());
    let origin = world.network.as_ref().map(|network| network.origin);
    let inside = if around.host.is_none() {
        html! { <p class="remark" id="lesson-waiting" role="status">{say!("ui.chapters-missing")}</p> }
    } else {
        html! {
            <>
                // What belongs together is seen at once: the settings, what they act on, and what comes out.
                <div class={classes!("stage-view", heights.is_some().then_some("fitted"))} ~style={heights.clone()}>
                    <Controls {chapter} settings={settings.clone()} {needs} sets={props.sets.clone()} visit={props.visit} {origin} {digit} {on_set} {on_problem} {remark} />
                    { seen }
                </div>
                { rest }
            </>
        }
    };
    html! { <section class="stage" aria-label={say!("ui.stage")}>{ inside }</section> }
}

/// Takes what a learner does on the stage.
struct Handlers {
    /// The chapter's settings.
    params: &'static [Param],
    on_move: Callback<usize>,
    on_play: Callback<bool>,
    on_point: Callback<Option<Spot>>,
    on_edit: Callback<(Edit, usize, String)>,
    on_set: Callback<(&'static str, Value)>,
    on_course: Callback<Schedule>,
    on_notice: Callback<String>,
    /// The controls that cannot be used.
    locks: Rc<Locks>,
}

/// The value of a setting whose point is dragged to a place: what a finger can aim at.
fn dragged(params: &[Param], key: &str, at: f32) -> Value {
    match params.iter().find(|param| param.key == key).map(|param| param.kind) {
        Some(Kind::Count { low, high, .. }) => Value::Count((at.round().max(0.0) as usize).clamp(low, high)),
        _ => Value::Real((at * 20.0).round() / 20.0),
    }
}

/// A stage, drawn.
#[derive(Clone, Default)]
struct Drawn {
    /// The things that are seen at once.
    seen: Html,
    /// The heights between which these scale, as a style, if they do.
    heights: Option<String>,
    /// The things below.
    rest: Html,
}

/// Draws the stage, with the time line at a moment that may be ahead of it.
fn draw(
    look: &Look,
    scene: Rc<Scene>,
    at: usize,
    is_playing: bool,
    builder: &Callback<(Rc<Scene>, usize), Html>,
    to: &Handlers,
) -> Drawn {
    let Look { stage, moment, spot } = look.clone();
    let shown = stage.0.clone();
    let n = shown.n_moments();
    let (on_play, on_move, on_point) = (to.on_play.clone(), to.on_move.clone(), to.on_point.clone());
    let is_still = to.locks.holds(Locks::TIME_LINE);
    let on_pick = {
        let (shown, on_move, on_play) = (shown.clone(), on_move.clone(), on_play.clone());
        Callback::from(move |spot| {
            if let Some(moment) = shown.moment_of(spot).filter(|_| !is_still) {
                on_play.emit(false);
                on_move.emit(moment);
            }
        })
    };
    let params = to.params;
    let on_drag = to.on_set.reform(move |(key, at): (_, f32)| (key, dragged(params, key, at)));
    let lit: Vec<_> = spot.iter().flat_map(|&spot| std::iter::once(spot).chain(shown.linked(moment, spot))).collect();
    let note = spot.map(|spot| shown.describe(moment, spot)).filter(|text| !text.is_empty());
    let equation = scene.equation.as_ref().map(|data| equation(data, &lit, &on_point));
    let line = TimeLine { at, n, is_playing, on_play, on_move };
    let transport = (n > 1).then(|| match is_still {
        true if to.locks.locks(Locks::TIME_LINE) => html! { <p class="locked">{ note_of_lock() }</p> },
        true => html! {},
        false => html! { <Transport {line} unit={say!("common.step")} /> },
    });
    let (above, below) = scene.halves();
    let has_builder = above.iter().chain(below).flatten().any(|item| *item == Item::Builder);
    let builder = if has_builder {
        builder.emit((scene.clone(), moment))
    } else {
        html! {}
    };
    let (on_edit, on_course, on_notice) = (to.on_edit.clone(), to.on_course.clone(), to.on_notice.clone());
    let things = Board { stage, moment, lit, on_point, on_pick, on_edit, on_drag, on_course, on_notice, builder };
    let seen = html! {
        <div class="stage-focus" id="stage" tabindex="0" role="group" aria-label={say!("common.stage-keys")}>
            { board(&things, above) }
            { legend(above) }
            { equation.unwrap_or_default() }
            <p class="note" id="lesson-caption">{ note.unwrap_or_else(|| scene.caption.clone()) }</p>
            <p class="spoken" role="status">{ if is_playing { String::new() } else { scene.caption.clone() } }</p>
        </div>
    };
    let rest = html! {
        <div class="stage-keys">
            { transport.unwrap_or_default() }
            <div class="formulas">{ for scene.formulas.iter().map(formula::draw) }</div>
            { if below.is_empty() { html! {} } else { board(&things, below) } }
        </div>
    };
    Drawn { seen, heights: heights(&scene), rest }
}

/// Returns the stage that the settings make, and the reason if there is none. The last stage stays when the next is
/// unavailable.
#[hook]
fn use_stage(
    host: Option<&LessonHost>,
    chapter: &'static Outline,
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
        Some((**host).as_ref()?.open(chapter.position(), settings).map(|stage| Shown(Rc::new(stage))))
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
                *last_good = host.open(chapter.position(), &chapter.settings()).ok().map(|stage| Shown(Rc::new(stage)));
            }
            (last_good.clone(), Some(unavailable.clone()))
        }
        _ => (None, None),
    }
}

/// Returns the stage to draw: while the network trains, one of new values comes a task later than it was opened, so that the
/// page answers in between. What the learner has set is drawn at once.
#[hook]
fn use_task_of_its_own(stage: Option<Shown>, of: (&'static Outline, &Settings), is_training: bool) -> Option<Shown> {
    let of = (of.0.position(), of.1.clone());
    let drawn = use_mut_ref(|| (None, of.clone()));
    let is_at_once = !is_training || drawn.borrow().0.is_none() || drawn.borrow().1 != of;
    let next = (stage, of);
    let newest = use_mut_ref(|| next.clone());
    newest.replace(next.clone());
    if is_at_once {
        drawn.replace(next.clone());
    }
    let redraw = use_force_update();
    let later = drawn.clone();
    use_effect_with(next, move |next| {
        let next = next.clone();
        let is_waiting = *later.borrow() != next;
        if is_waiting {
            dom::after_millis(0, move || {
                // What came meanwhile is drawn in its place.
                if *newest.borrow() == next {
                    later.replace(next);
                    redraw.force_update();
                }
            });
        }
    });
    let (stage, _) = &*drawn.borrow();
    stage.clone()
}

/// Returns the moment to show after a setting changed: the one of the same spot, if the new stage has it.
fn stays_at(host: Option<&LessonHost>, chapter: &Outline, settings: &Settings, focus: Option<Spot>) -> Option<usize> {
    settings.at?;
    let stage = host?.open(chapter.position(), settings).ok()?;
    let moment = stage.moment_of(focus?)?;
    (stage.focus(moment) == focus && moment < stage.n_moments()).then_some(moment)
}
