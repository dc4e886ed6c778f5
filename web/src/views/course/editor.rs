//! The lesson of a draft, and under each of its blocks, when it is edited, what changes it.

use super::fields::Fields;
use super::lesson::{BlockView, head, lang};
use crate::lesson_file::{
    Answer, Block, Edit, Editing, Exercise, Figure, LessonFile, MOST_BLOCKS, MOST_BYTES, NoRoom, answer_keys, most,
};
use crate::platform::dom;
use receptive_lessons::say;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct EditorProps {
    pub(super) editing: Editing,
    /// False while the lesson is only read.
    pub(super) is_on: bool,
    /// Takes a change.
    pub(super) edit: Callback<Edit>,
}

#[component]
pub(super) fn Editor(props: &EditorProps) -> Html {
    let EditorProps { editing, is_on, edit } = props;
    let n = editing.blocks().len();
    let keys = answer_keys(editing.head(), editing.blocks().iter().map(|(_, block)| block));
    let blocks = editing.blocks().iter().zip(keys).enumerate().map(|(i, ((name, block), key))| {
        // Whoever writes an exercise and tries it out is no learner.
        let answer_key = key.filter(|_| !is_on);
        let tools = is_on.then(|| {
            let (is_open, is_first, is_last) = (editing.open() == Some(*name), i == 0, i + 1 == n);
            html! { <Tools name={*name} place={i + 1} block={block.clone()} {is_open} {is_first} {is_last} edit={edit.clone()} /> }
        });
        // A block keeps its place in the page whether it is edited or not: a figure that is moved loads anew.
        html! {
            <section class="course-block" key={*name} id={format!("block-{name}")}>
                <BlockView name={*name} block={block.clone()} {answer_key} />
                { tools.unwrap_or_default() }
            </section>
        }
    });
    let refused = editing.refused().map(|why| match why {
        NoRoom::Blocks => say!("course.full", most = MOST_BLOCKS),
        NoRoom::Bytes => say!("course.too-large", most = MOST_BYTES / 1024),
    });
    let undo = {
        let edit = edit.clone();
        Callback::from(move |_: MouseEvent| edit.emit(Edit::Undo))
    };
    let foot = is_on.then(|| {
        html! {
            <div class="course-foot">
                if editing.can_undo() {
                    <p class="course-undo" role="status">{say!("course.deleted")}{" "}
                        <button type="button" id="undo-delete" onclick={undo}>{say!("course.undo")}</button></p>
                }
                if let Some(why) = refused { <p class="error" role="alert" id="no-room">{why}</p> }
                <Adding edit={edit.clone()} />
            </div>
        }
    });
    let fields = is_on.then(|| html! { <Head lesson={editing.head().clone()} edit={edit.clone()} /> });
    html! {
        <article class="course-lesson" lang={lang(editing.head())}>
            { head(editing.head()) }
            { fields.unwrap_or_default() }
            if n == 0 && !is_on { <p class="hint">{say!("course.empty")}</p> }
            { for blocks }
            { foot.unwrap_or_default() }
        </article>
    }
}

/// A field of one line, with its name.
pub(super) fn line(id: String, name: String, value: &str, most: usize, set: Callback<String>) -> Html {
    let oninput =
        Callback::from(move |event: InputEvent| set.emit(event.target_unchecked_into::<HtmlInputElement>().value()));
    html! {
        <label class="course-field"><span>{name}</span>
            <input type="text" {id} value={value.to_string()} maxlength={most.to_string()} autocomplete="off" dir="auto" {oninput} /></label>
    }
}

#[derive(PartialEq, Properties)]
struct HeadProps {
    lesson: LessonFile,
    edit: Callback<Edit>,
}

/// The fields of title, author and language.
#[component]
fn Head(props: &HeadProps) -> Html {
    let HeadProps { lesson, edit } = props;
    html! {
        <div class="course-fields">
            { line("lesson-title".into(), say!("course.field.title"), &lesson.title, most::LINE, edit.reform(Edit::Title)) }
            { line("lesson-author".into(), say!("course.field.author"), &lesson.author, most::LINE, edit.reform(Edit::Author)) }
            { line("lesson-lang".into(), say!("course.field.lang"), &lesson.lang, 35, edit.reform(Edit::Lang)) }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct AddingProps {
    edit: Callback<Edit>,
}

/// The buttons that put a block at the end.
#[component]
fn Adding(props: &AddingProps) -> Html {
    let button = |kind: &'static str, block: fn() -> Block| {
        let edit = props.edit.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            edit.emit(Edit::Add(block()));
            dom::next_frame(|| dom::focus(".course-block:last-of-type .course-fields :is(input, textarea, select)"));
        });
        html! { <button type="button" id={format!("add-{kind}")} {onclick}>{say!(format!("course.kind.{kind}"))}</button> }
    };
    html! {
        <p class="course-add" role="group" aria-label={say!("course.add")}>
            <span>{say!("course.add")}</span>
            { button("text", || Block::Text(String::new())) }
            { button("heading", || Block::Heading(String::new())) }
            { button("figure", || Block::Figure(Figure { chapter: "convolution".into(), ..Figure::default() })) }
            { button("exercise", || {
                let answer = Answer::Choice { choices: vec![String::new(); 2], right: 0 };
                Block::Exercise(Exercise { question: String::new(), answer, explanation: String::new() })
            }) }
        </p>
    }
}

#[derive(PartialEq, Properties)]
struct ToolsProps {
    /// The block's name.
    name: u32,
    /// Its place, from 1.
    place: usize,
    block: Block,
    is_open: bool,
    is_first: bool,
    is_last: bool,
    edit: Callback<Edit>,
}

/// What changes a block: its fields, when they are open, its place, and that it is there at all.
#[component]
fn Tools(props: &ToolsProps) -> Html {
    let ToolsProps { name, place, block, is_open, is_first, is_last, edit } = props;
    let name = *name;
    let kind = match block {
        Block::Heading(_) => "heading",
        Block::Text(_) => "text",
        Block::Figure(_) => "figure",
        Block::Exercise(_) => "exercise",
    };
    let what = format!("{} {place}", say!(format!("course.kind.{kind}")));
    let (mover, toggle) = (edit.clone(), edit.reform(move |_: MouseEvent| Edit::Toggle(name)));
    let move_by = move |by: isize, class: &'static str, is_end: bool| {
        let edit = mover.clone();
        Callback::from(move |_: MouseEvent| {
            if !is_end {
                edit.emit(Edit::Move(name, by));
                // A block that is moved loses the focus.
                dom::next_frame(move || dom::focus(&format!("#block-{name} .{class}")));
            }
        })
    };
    let remove = {
        let edit = edit.clone();
        Callback::from(move |_: MouseEvent| {
            edit.emit(Edit::Remove(name));
            dom::next_frame(|| dom::focus("#undo-delete"));
        })
    };
    let button = |class: &'static str, text: String, onclick: Callback<MouseEvent>, is_off: bool| {
        let label = format!("{text}: {what}");
        html! { <button type="button" class={classes!("quiet", class)} aria-label={label} aria-disabled={is_off.to_string()} {onclick}>{text}</button> }
    };
    let set = edit.reform(move |block| Edit::Set(name, block));
    html! {
        <div class="course-block-tools">
            <p role="group" aria-label={what.clone()}>
                <button type="button" class="change" aria-expanded={is_open.to_string()} aria-label={format!("{}: {what}", say!("course.change"))} onclick={toggle}>{say!("course.change")}</button>
                { button("move-up", say!("course.up"), move_by(-1, "move-up", *is_first), *is_first) }
                { button("move-down", say!("course.down"), move_by(1, "move-down", *is_last), *is_last) }
                { button("remove", say!("course.delete"), remove, false) }
            </p>
            if *is_open { <Fields {name} block={block.clone()} {set} /> }
        </div>
    }
}
