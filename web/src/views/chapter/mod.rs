//! A chapter: prose and the guide beside its figure.

mod builder;
mod exercises;
mod guide;
mod prose;
mod terms;

use crate::context::{Change, use_app, use_locks};
use crate::state::{FigurePart, Frame};
use crate::surroundings::{Part, Surroundings, use_surroundings_of};
use crate::views::figure::{Figure, Look, SettingsChange};
use builder::Builder;
use exercises::{exercises, use_tasks};
use guide::{guide, use_guide};
use prose::{intro, prose};
use receptive_lessons::scene::Scene;
use receptive_lessons::{chapters, keys};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct ChapterPageProps {
    /// Position of the chapter.
    pub(crate) i: usize,
    /// Names the parts that are shown, if not all of it.
    pub(crate) frame: Rc<Frame>,
    /// Takes what the learner looks at, if someone else wants to know.
    #[prop_or_default]
    pub(crate) on_look: Option<Callback<Look>>,
    /// Stands at the end of a whole chapter, before the way to its neighbours.
    #[prop_or_default]
    pub(crate) children: Html,
}

#[component]
pub(crate) fn ChapterPage(props: &ChapterPageProps) -> Html {
    let app = use_app();
    let i = props.i;
    let chapter = chapters::OUTLINES[i];
    let around = use_surroundings_of(chapter);
    let host = around.host.clone();
    let tasks = use_tasks(host.as_ref(), chapter, app.state.exercise_seed);
    let look = use_state_eq(Option::<Look>::default);
    // Steps can follow one another faster than the page is drawn: the guide sees each.
    let looks = use_mut_ref(Vec::new);
    let guided = use_guide(chapter, host.as_ref(), (*look).clone(), looks.clone());
    let look_now = look.setter();
    let start = around.actions.start.clone();
    use_effect_with((), move |()| start.emit(Part::Chapters));
    let locks = use_locks();
    let to_page = use_memo((app.change.clone(), props.on_look.clone()), move |(change, tell)| {
        let tell = tell.clone();
        let on_look = Callback::from(move |seen: Look| {
            looks.borrow_mut().push(seen.clone());
            if let Some(tell) = &tell {
                tell.emit(seen.clone());
            }
            look_now.set(Some(seen));
        });
        let on_change = change.reform(move |change_settings: SettingsChange| -> Change {
            Box::new(move |state| change_settings(&mut state.chapters[i]))
        });
        let is_held = locks.holds(keys::LAYER_LIST.name);
        let builder = Callback::from(move |(scene, at): (Rc<Scene>, usize)| {
            if is_held {
                return html! {};
            }
            let sizes = builder::sizes(&scene);
            html! { <Builder {i} {at} {sizes} /> }
        });
        (on_look, on_change, builder)
    });
    let (on_look, on_change, builder) = (*to_page).clone();
    // A chapter's words come with its part; its title is known before.
    let is_there = host.is_some();
    let is_whole = props.frame.parts.is_none();
    let shows = |part| props.frame.shows(part);
    let intro = match is_whole {
        true => intro(chapter, is_there.then(|| chapter.text("lead"))),
        false => html! { <h1 class="spoken">{chapter.text("title")}</h1> },
    };
    let steps = match is_there && shows(FigurePart::Guide) {
        true => guide(&app, host.as_ref(), chapter, &guided),
        false => html! {},
    };
    let figure = html! { <Figure {chapter} settings={app.state.chapters[i].clone()} {on_change} {on_look} sets={guided.sets()} visit={app.state.n_followed} {builder} /> };
    let rest = match (is_there, is_whole) {
        (false, _) => html! {},
        (true, true) => prose(&app, chapter, &tasks, guided.worked(), props.children.clone()),
        (true, false) if shows(FigurePart::Exercises) => {
            html! { <section class="prose">{ exercises(&app, &tasks) }</section> }
        }
        (true, false) => html! {},
    };
    html! {
        <ContextProvider<Surroundings> context={around}>
        <div class="lesson" data-chapter={chapter.key}>
            { intro }
            <div class="work">
                { steps }
                if shows(FigurePart::Stage) { { figure } }
            </div>
            { rest }
        </div>
        </ContextProvider<Surroundings>>
    }
}
