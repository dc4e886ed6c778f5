//! Lessons that teachers put together: the list of drafts, a lesson from a file, and a draft with its editor.

mod add;
mod draft;
mod editor;
mod exercise;
mod fields;
mod figure_fields;
mod lesson;
mod shelf;

pub(crate) use add::AddToLesson;

use crate::context::{AppContext, use_app};
use crate::lesson_file::{LessonFile, MOST_BYTES, Opened, Problem};
use crate::platform::text_files::{self, NoText};
use crate::platform::{drafts, store};
use crate::state::OpenLesson;
use draft::Draft;
use lesson::{Lesson, remarks};
use receptive_lessons::say;
use shelf::Shelf;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

/// The lesson that comes with the page.
const EXAMPLE: &str = "lessons/first.toml";

#[component]
pub(crate) fn Course() -> Html {
    let app = use_app();
    let refused = use_state_eq(Vec::<String>::default);
    {
        // What was refused is not said of the next lesson.
        let refused = refused.setter();
        use_effect_with(app.state.lesson.clone(), move |_| refused.set(vec![]));
    }
    let bring = {
        let (app, refused) = (app.clone(), refused.setter());
        Callback::from(move |file: File| {
            let (app, refused) = (app.clone(), refused.clone());
            spawn_local(async move {
                match opened(text_files::read(&file, MOST_BYTES).await) {
                    Ok((text, _)) => {
                        refused.set(vec![]);
                        open_draft(&app, &text);
                    }
                    Err(why) => {
                        let name = file.name().chars().filter(|c| !c.is_control()).take(60).collect::<String>();
                        refused.set([vec![say!("course.refused", name = name)], why].concat());
                    }
                }
            });
        })
    };
    // Words may be dragged from one field to another.
    let ondragover = Callback::from(|event: DragEvent| {
        if event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0)) {
            event.prevent_default();
        }
    });
    let ondrop = {
        let bring = bring.clone();
        Callback::from(move |event: DragEvent| {
            if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
                event.prevent_default();
                bring.emit(file);
            }
        })
    };
    let view = match &app.state.lesson {
        OpenLesson::None => html! { <Shelf {bring} /> },
        OpenLesson::File(path) => html! { <FromHost path={path.clone()} key={path.clone()} /> },
        OpenLesson::Draft(draft) => html! { <Draft draft={draft.clone()} key={draft.clone()} /> },
    };
    html! {
        <div class="course-page" key="course" {ondragover} {ondrop}>
            { sentences("course-refused", &refused) }
            { view }
        </div>
    }
}

/// Reads a text as a lesson, or says why it is none.
fn opened(text: Result<String, NoText>) -> Result<(String, Opened), Vec<String>> {
    let text = text.map_err(|why| vec![no_text(why)])?;
    match LessonFile::read(&text) {
        Ok(opened) => Ok((text, opened)),
        Err(problems) => Err(problems.iter().map(Problem::to_string).collect()),
    }
}

fn no_text(why: NoText) -> String {
    match why {
        NoText::Large => say!("course.bad.large", most = MOST_BYTES / 1024),
        NoText::Other => say!("course.bad.no-text"),
        NoText::Unreadable => say!("course.bad.unreadable"),
        NoText::NoAnswer => say!("course.bad.no-answer"),
        NoText::Missing(status) => say!("course.bad.no-file", status = status),
        NoText::Foreign => say!("links.lesson-file"),
    }
}

/// Sentences above the page, if there are any.
fn sentences(id: &'static str, all: &[String]) -> Html {
    let all = all.iter().map(|text| html! { <p>{text}</p> });
    if all.len() == 0 {
        return html! { <div {id} role="alert" hidden={true}></div> };
    }
    html! { <div {id} class="course-refused" role="alert">{ for all }</div> }
}

/// Keeps a text as a new draft, and goes there.
fn open_draft(app: &AppContext, text: &str) {
    let (key, text, change) = (store::fresh_key(), text.to_string(), app.change.clone());
    spawn_local(async move {
        // Where it is not kept, this tab knows it, and its editor says so.
        let _ = drafts::keep(&key, &text).await;
        change.emit(Box::new(move |state| state.open_lesson(OpenLesson::Draft(key))));
    });
}

/// A button that looks like one and opens a file.
pub(super) fn file_button(bring: &Callback<File>) -> Html {
    let bring = bring.clone();
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_unchecked_into::<HtmlInputElement>();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            bring.emit(file);
        }
        // A file that was mended can be chosen once more.
        input.set_value("");
    });
    html! { <label class="file-button">{say!("course.open")}<input type="file" id="open-lesson" accept=".toml" {onchange} /></label> }
}

/// A link to the list of lessons.
fn to_shelf(app: &AppContext) -> Html {
    let onclick = app.going(|state| state.open_lesson(OpenLesson::None));
    html! { <a href="#/course" class="to-shelf" {onclick}>{say!("course.all")}</a> }
}

#[derive(PartialEq, Properties)]
struct FromHostProps {
    path: String,
}

/// A lesson from a file on the page's own host.
#[component]
fn FromHost(props: &FromHostProps) -> Html {
    let app = use_app();
    let found = use_state(|| None::<Result<(Rc<str>, Rc<Opened>), Vec<String>>>);
    {
        let found = found.setter();
        use_effect_with(props.path.clone(), move |path| {
            let path = path.clone();
            spawn_local(async move {
                let read = opened(text_files::fetch(&path, MOST_BYTES).await);
                found.set(Some(read.map(|(text, opened)| (text.into(), Rc::new(opened)))));
            });
        });
    }
    match &*found {
        None => html! { <p class="starting" role="status">{say!("course.opening")}</p> },
        Some(Err(why)) => {
            let why = [vec![say!("course.refused", name = props.path)], why.clone()].concat();
            html! { <><h1>{say!("course.title")}</h1>{ sentences("course-failed", &why) }<p>{ to_shelf(&app) }</p></> }
        }
        Some(Ok((text, opened))) => {
            let copy = {
                let (app, text) = (app.clone(), text.clone());
                Callback::from(move |_: MouseEvent| open_draft(&app, &text))
            };
            html! {
                <>
                    <p class="course-tools">
                        { to_shelf(&app) }
                        <button type="button" class="quiet" id="copy-lesson" onclick={copy}>{say!("course.copy")}</button>
                    </p>
                    { remarks(&opened.remarks) }
                    <Lesson lesson={Rc::new(opened.lesson.clone())} />
                </>
            }
        }
    }
}
