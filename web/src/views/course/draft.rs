//! A draft: the lesson first, and the tools to change it when they are wanted. Every change is kept as it happens.

use super::editor::Editor;
use super::lesson::remarks;
use super::{opened, sentences, to_shelf};
use crate::context::use_app;
use crate::lesson_file::{Edit, Editing, LessonFile, Opened};
use crate::platform::locks::Hold;
use crate::platform::{drafts, text_files};
use receptive_lessons::say;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct DraftProps {
    /// Its key.
    pub(super) draft: String,
}

/// What the page knows of a draft.
enum Found {
    Nothing,
    /// The storage has a text that is no lesson.
    Other(Rc<str>, Vec<String>),
    Lesson(Rc<Opened>),
}

#[component]
pub(super) fn Draft(props: &DraftProps) -> Html {
    let app = use_app();
    let found = use_state(|| None::<Found>);
    {
        let found = found.setter();
        use_effect_with(props.draft.clone(), move |key| {
            let key = key.clone();
            spawn_local(async move {
                // Where the storage cannot be read, nothing is there.
                let text = drafts::text(&key).await.ok().flatten();
                found.set(Some(match text.map(|text| (opened(Ok(text.clone())), text)) {
                    None => Found::Nothing,
                    Some((Ok((_, opened)), _)) => Found::Lesson(Rc::new(opened)),
                    Some((Err(why), text)) => Found::Other(text.into(), why),
                }));
            });
        });
    }
    match &*found {
        None => html! { <p class="starting" role="status">{say!("course.opening")}</p> },
        Some(Found::Lesson(opened)) => html! { <Written draft={props.draft.clone()} opened={opened.clone()} /> },
        Some(Found::Nothing) => {
            let why = [say!("course.no-draft")];
            html! { <><h1>{say!("course.title")}</h1>{ sentences("course-failed", &why) }<p>{ to_shelf(&app) }</p></> }
        }
        Some(Found::Other(text, why)) => {
            let text = text.clone();
            let save = Callback::from(move |_: MouseEvent| {
                text_files::save("lesson.toml", &text);
            });
            html! {
                <>
                    <h1>{say!("course.title")}</h1>
                    { sentences("course-failed", why) }
                    <p class="course-tools">{ to_shelf(&app) }<button type="button" onclick={save}>{say!("course.save")}</button></p>
                </>
            }
        }
    }
}

/// The lesson as Yew changes it.
#[derive(Clone, PartialEq)]
struct Now(Editing);

impl Reducible for Now {
    type Action = Edit;

    fn reduce(self: Rc<Self>, edit: Edit) -> Rc<Self> {
        Rc::new(Self(Rc::unwrap_or_clone(self).0.after(edit)))
    }
}

/// Writes one text after another: of those that come while one is written, the last.
#[derive(Default)]
struct Keeper {
    is_busy: bool,
    waiting: Option<String>,
}

fn keep(keeper: &Rc<RefCell<Keeper>>, key: &str, text: String, tell: Callback<bool>) {
    let mut now = keeper.borrow_mut();
    now.waiting = Some(text);
    if now.is_busy {
        return;
    }
    now.is_busy = true;
    drop(now);
    let (keeper, key) = (keeper.clone(), key.to_string());
    spawn_local(async move {
        loop {
            let next = keeper.borrow_mut().waiting.take();
            let Some(text) = next else { break };
            tell.emit(drafts::keep(&key, &text).await.is_ok());
        }
        keeper.borrow_mut().is_busy = false;
    });
}

#[derive(PartialEq, Properties)]
struct WrittenProps {
    draft: String,
    opened: Rc<Opened>,
}

#[component]
fn Written(props: &WrittenProps) -> Html {
    let app = use_app();
    let first = props.opened.lesson.clone();
    let now = use_reducer_eq(|| Now(Editing::new(first)));
    // A lesson without anything in it is there to be written.
    let is_editing = use_state_eq(|| props.opened.lesson == LessonFile::default());
    let (is_kept, is_taken) = (use_state_eq(|| true), use_state_eq(bool::default));
    let lesson = use_memo(now.0.clone(), |editing| editing.lesson());
    {
        let (taken, editing) = (is_taken.setter(), is_editing.setter());
        use_effect_with(props.draft.clone(), move |key| {
            // It belongs to the tab that opened it last.
            let hold = Hold::take(key, move || {
                taken.set(true);
                editing.set(false);
            });
            move || drop(hold)
        });
    }
    {
        let (keeper, before) = (use_mut_ref(Keeper::default), use_mut_ref(|| lesson.clone()));
        let (key, tell) = (props.draft.clone(), is_kept.setter());
        use_effect_with(lesson.clone(), move |lesson| {
            if *before.borrow() != *lesson {
                before.replace(lesson.clone());
                keep(&keeper, &key, lesson.write(), Callback::from(move |is_kept| tell.set(is_kept)));
            }
        });
    }
    let edit = {
        let now = now.dispatcher();
        use_callback((), move |edit: Edit, ()| now.dispatch(edit))
    };
    let turn = {
        let is_editing = is_editing.clone();
        Callback::from(move |_: MouseEvent| is_editing.set(!*is_editing))
    };
    let save = {
        let (lesson, is_kept) = (lesson.clone(), is_kept.setter());
        Callback::from(move |_: MouseEvent| {
            if !text_files::save(&file_name(&lesson.title), &lesson.write()) {
                is_kept.set(false);
            }
        })
    };
    let standing = match (*is_taken, *is_kept) {
        (true, _) => html! { <p class="error" id="draft-state" role="alert">{say!("course.taken")}</p> },
        (false, false) => html! { <p class="error" id="draft-state" role="alert">{say!("course.not-kept")}</p> },
        (false, true) => html! { <p class="hint" id="draft-state">{say!("course.kept")}</p> },
    };
    let words = if *is_editing { say!("course.done") } else { say!("course.edit") };
    html! {
        <>
            <div class="course-tools">
                { to_shelf(&app) }
                <button type="button" id="edit-lesson" onclick={turn} disabled={*is_taken}>{words}</button>
                <button type="button" id="save-lesson" onclick={save}>{say!("course.save")}</button>
                { standing }
            </div>
            { remarks(&props.opened.remarks) }
            <Editor editing={now.0.clone()} is_on={*is_editing} {edit} />
        </>
    }
}

/// A file's name from a title.
fn file_name(title: &str) -> String {
    let plain: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
    let name = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_lowercase();
    if name.is_empty() { "lesson.toml".into() } else { format!("{name}.toml") }
}
