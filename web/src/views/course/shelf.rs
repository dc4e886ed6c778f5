//! The list of drafts, and the ways to a lesson.

use super::{EXAMPLE, file_button, open_draft};
use crate::context::use_app;
use crate::lesson_file::LessonFile;
use crate::platform::drafts::{self, Draft};
use crate::state::{AppState, OpenLesson, Route, to_address};
use crate::views::work::when;
use receptive_lessons::say;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct ShelfProps {
    /// Takes a file to be opened.
    pub(super) bring: Callback<File>,
}

#[component]
pub(super) fn Shelf(props: &ShelfProps) -> Html {
    let app = use_app();
    let found = use_state_eq(|| None::<(Vec<Draft>, bool)>);
    let read = {
        let found = found.setter();
        use_callback((), move |(), ()| {
            let found = found.clone();
            spawn_local(async move { found.set(Some(drafts::list().await)) });
        })
    };
    {
        let read = read.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let begin = {
        let (app, empty) = (app.clone(), LessonFile::default().write());
        // One in which nothing has been written yet is as good as a new one.
        let begun = found.as_ref().and_then(|(drafts, _)| drafts.iter().find(|draft| draft.text == empty));
        let begun = begun.map(|draft| draft.key.clone());
        Callback::from(move |_: MouseEvent| match begun.clone() {
            Some(key) => app.change.emit(Box::new(move |state| state.open_lesson(OpenLesson::Draft(key)))),
            None => open_draft(&app, &empty),
        })
    };
    let example_address =
        to_address(&AppState { route: Route::Course, lesson: OpenLesson::File(EXAMPLE.into()), ..AppState::default() });
    let example = app.going(|state| state.open_lesson(OpenLesson::File(EXAMPLE.into())));
    let list = match &*found {
        None => html! { <p role="status">{say!("course.opening")}</p> },
        Some((drafts, _)) if drafts.is_empty() => html! { <p class="hint" id="no-drafts">{say!("course.none")}</p> },
        Some((drafts, _)) => {
            let rows = drafts
                .iter()
                .map(|draft| html! { <Row key={draft.key.clone()} draft={draft.clone()} on_change={read.clone()} /> });
            html! { <ul class="course-drafts" id="drafts">{ for rows }</ul> }
        }
    };
    let keeps = found.as_ref().is_none_or(|(_, keeps)| *keeps);
    html! {
        <>
            <h1>{say!("course.title")}</h1>
            <p class="lead" translate="yes">{say!("course.lead")}</p>
            <p class="course-ways">
                <button type="button" class="go" id="new-lesson" onclick={begin}>{say!("course.new")}</button>
                { file_button(&props.bring) }
                <a href={format!("#{example_address}")} id="example-lesson" onclick={example}>{say!("course.example")}</a>
            </p>
            <p class="hint">{say!("course.drop")}</p>
            <section aria-label={say!("course.drafts")}>
                <h2>{say!("course.drafts")}</h2>
                if !keeps { <p class="error" id="drafts-refused">{say!("course.not-kept")}</p> }
                { list }
            </section>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct RowProps {
    draft: Draft,
    /// Calls back when the storage has changed.
    on_change: Callback<()>,
}

/// A draft of the list.
#[component]
fn Row(props: &RowProps) -> Html {
    let app = use_app();
    let is_asked = use_state_eq(bool::default);
    let draft = &props.draft;
    let read = use_memo(draft.text.clone(), |text| LessonFile::read(text));
    let (title, n) = match &*read {
        Ok(opened) => (opened.lesson.title.clone(), Some(opened.lesson.blocks.len())),
        Err(_) => (String::new(), None),
    };
    let title = if title.trim().is_empty() { say!("course.untitled") } else { title };
    let open = OpenLesson::Draft(draft.key.clone());
    let address = to_address(&AppState { route: Route::Course, lesson: open.clone(), ..app.state.clone() });
    let onclick = app.going(move |state| state.open_lesson(open.clone()));
    let ask = |is_on: bool| {
        let is_asked = is_asked.clone();
        Callback::from(move |_: MouseEvent| is_asked.set(is_on))
    };
    let delete = {
        let (key, on_change) = (draft.key.clone(), props.on_change.clone());
        Callback::from(move |_: MouseEvent| {
            let (key, on_change) = (key.clone(), on_change.clone());
            spawn_local(async move {
                // What the browser still has is in the list again.
                let _ = drafts::delete(&key).await;
                on_change.emit(());
            });
        })
    };
    let deletion = if *is_asked {
        html! {
            <>
                <span role="status">{say!("course.delete-sure")}</span>
                <button type="button" class="delete-yes" onclick={delete}>{say!("course.delete-yes")}</button>
                <button type="button" class="delete-no" onclick={ask(false)}>{say!("course.delete-no")}</button>
            </>
        }
    } else {
        let label = say!("course.delete-one", name = title);
        html! { <button type="button" class="quiet delete" aria-label={label} onclick={ask(true)}>{say!("course.delete")}</button> }
    };
    let parts = n.map_or_else(|| say!("course.unreadable"), |n| say!("course.parts", n = n));
    html! {
        <li>
            <a href={format!("#{address}")} {onclick} dir="auto">{title}</a>
            <small>{format!("{parts} · {}", say!("course.kept-when", when = when(draft.saved_millis)))}</small>
            <span class="tools">{ deletion }</span>
        </li>
    }
}
