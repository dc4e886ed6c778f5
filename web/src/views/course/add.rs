//! The figure that is looked at, put into a lesson: from the panel for teachers.

use crate::context::use_app;
use crate::lesson_file::{Block, Edit, Editing, Figure, LessonFile};
use crate::platform::drafts;
use crate::platform::store;
use crate::state::{AppState, OpenLesson, Route, to_address};
use receptive_lessons::say;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct AddProps {
    pub(crate) figure: Figure,
}

/// What became of it.
#[derive(Clone, PartialEq)]
enum Said {
    /// It is the last block of the draft of this key and this title.
    Added(String, String),
    /// The lesson has no room for it.
    Full,
}

/// A button for the lesson that was worked on last, and one for a new one.
#[component]
pub(crate) fn AddToLesson(props: &AddProps) -> Html {
    let app = use_app();
    let last = use_state_eq(|| None::<(String, Rc<LessonFile>)>);
    let said = use_state_eq(Option::<Said>::default);
    {
        let last = last.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let (drafts, _) = drafts::list().await;
                let readable = |draft: drafts::Draft| {
                    LessonFile::read(&draft.text).ok().map(|opened| (draft.key, Rc::new(opened.lesson)))
                };
                last.set(drafts.into_iter().find_map(readable));
            });
        });
    }
    {
        // Another figure has not been added yet.
        let said = said.setter();
        use_effect_with(props.figure.clone(), move |_| said.set(None));
    }
    let add = |to: Option<(String, Rc<LessonFile>)>| {
        let (figure, last, said) = (props.figure.clone(), last.setter(), said.setter());
        Callback::from(move |_: MouseEvent| {
            let (key, lesson) = to.clone().unwrap_or_else(|| {
                let title = figure.name();
                (store::fresh_key(), Rc::new(LessonFile { title, ..LessonFile::default() }))
            });
            let editing = Editing::new((*lesson).clone()).after(Edit::Add(Block::Figure(figure.clone())));
            if editing.refused().is_some() {
                return said.set(Some(Said::Full));
            }
            let (lesson, last, said) = (editing.lesson(), last.clone(), said.clone());
            spawn_local(async move {
                // Where it is not kept, this tab knows it, and the lesson's page says so.
                let _ = drafts::keep(&key, &lesson.write()).await;
                said.set(Some(Said::Added(key.clone(), title(&lesson))));
                last.set(Some((key, Rc::new(lesson))));
            });
        })
    };
    let outcome = said.as_ref().map(|said| match said {
        Said::Full => html! { <span class="error">{say!("course.add-full")}</span> },
        Said::Added(key, title) => {
            let lesson = OpenLesson::Draft(key.clone());
            let address = to_address(&AppState { route: Route::Course, lesson: lesson.clone(), ..app.state.clone() });
            let onclick = app.going(move |state| state.open_lesson(lesson.clone()));
            html! { <>{say!("course.added", title = title)}{" "}<a href={format!("#{address}")} id="to-lesson" {onclick}>{say!("course.to-lesson")}</a></> }
        }
    });
    let there = last.as_ref().map(|(key, lesson)| {
        let text = say!("course.add-to", title = title(lesson));
        html! { <button type="button" id="add-to-last" onclick={add(Some((key.clone(), lesson.clone())))}>{text}</button> }
    });
    html! {
        <fieldset class="pictures">
            <legend>{say!("course.add-title")}</legend>
            <p class="hint">{say!("course.add-about")}</p>
            <div class="buttons">
                { there.unwrap_or_default() }
                <button type="button" id="add-to-new" onclick={add(None)}>{say!("course.add-to-new")}</button>
            </div>
            <p role="status" class="hint">{ outcome.unwrap_or_default() }</p>
        </fieldset>
    }
}

fn title(lesson: &LessonFile) -> String {
    if lesson.title.trim().is_empty() { say!("course.untitled") } else { lesson.title.clone() }
}
