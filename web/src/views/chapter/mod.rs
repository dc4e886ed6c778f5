//! A chapter: prose and the guide beside its figure.

mod builder;
mod exercises;
mod guide;
mod prose;
mod terms;

use crate::context::{Change, use_app};
use crate::surroundings::{Surroundings, use_surroundings_of};
use crate::views::figure::{Figure, Look, SettingsChange};
use builder::Builder;
use exercises::use_tasks;
use guide::{guide, use_guide};
use prose::{intro, prose};
use receptive_lessons::chapters;
use receptive_lessons::scene::Scene;
use std::rc::Rc;
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
    let around = use_surroundings_of(chapter);
    let host = around.host.clone();
    let tasks = use_tasks(host.as_ref(), chapter, app.state.exercise_seed);
    let look = use_state_eq(Option::<Look>::default);
    // Steps can follow one another faster than the page is drawn: the guide sees each.
    let looks = use_mut_ref(Vec::new);
    let guided = use_guide(chapter, host.as_ref(), (*look).clone(), looks.clone());
    let look_now = look.setter();
    let to_page = use_memo(app.change.clone(), move |change| {
        let on_look = Callback::from(move |seen: Look| {
            looks.borrow_mut().push(seen.clone());
            look_now.set(Some(seen));
        });
        let on_change = change.reform(move |change_settings: SettingsChange| -> Change {
            Box::new(move |state| change_settings(&mut state.chapters[i]))
        });
        let builder = Callback::from(move |(scene, at): (Rc<Scene>, usize)| {
            let sizes = builder::sizes(&scene);
            html! { <Builder {i} {at} {sizes} /> }
        });
        (on_look, on_change, builder)
    });
    let (on_look, on_change, builder) = (*to_page).clone();
    // A chapter's words come with its part; its title is known before.
    let is_there = host.is_some();
    html! {
        <ContextProvider<Surroundings> context={around}>
        <div class="lesson" data-chapter={chapter.key}>
            { intro(chapter, is_there.then(|| chapter.text("lead"))) }
            <div class="work">
                { if is_there { guide(&app, host.as_ref(), chapter, &guided) } else { html! {} } }
                <Figure {chapter} settings={app.state.chapters[i].clone()} {on_change} {on_look} sets={guided.sets()} visit={app.state.n_followed} {builder} />
            </div>
            { if is_there { prose(&app, chapter, &tasks, &guided.worked) } else { html! {} } }
        </div>
        </ContextProvider<Surroundings>>
    }
}
