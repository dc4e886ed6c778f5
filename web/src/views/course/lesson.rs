//! A lesson as students see it. Its texts are texts: nothing in them is ever read as anything else.

use super::exercise::ExerciseView;
use crate::context::use_palette;
use crate::lesson_file::{Block, Figure, LessonFile, Problem, answer_keys, paragraphs};
use crate::platform::{dom, history};
use crate::state::AnswerKey;
use receptive_lessons::say;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct LessonProps {
    pub(super) lesson: Rc<LessonFile>,
}

/// A whole lesson.
#[component]
pub(super) fn Lesson(props: &LessonProps) -> Html {
    let lesson = &props.lesson;
    let keys = use_memo(lesson.clone(), |lesson| answer_keys(lesson, &lesson.blocks));
    let blocks = lesson.blocks.iter().zip(&*keys).enumerate().map(|(i, (block, answer_key))| {
        html! { <BlockView key={i} name={i as u32} block={block.clone()} answer_key={answer_key.clone()} /> }
    });
    html! { <article class="course-lesson" lang={lang(lesson)}>{ head(lesson) }{ for blocks }</article> }
}

/// The language of a lesson's texts, if it names one.
pub(super) fn lang(lesson: &LessonFile) -> Option<String> {
    Some(lesson.lang.clone()).filter(|lang| !lang.is_empty())
}

/// The title of a lesson, and who wrote it.
pub(super) fn head(lesson: &LessonFile) -> Html {
    let title = if lesson.title.trim().is_empty() { say!("course.untitled") } else { lesson.title.clone() };
    html! {
        <>
            <h1 dir="auto">{title}</h1>
            if !lesson.author.is_empty() { <p class="course-author" dir="auto">{&lesson.author}</p> }
        </>
    }
}

/// Remarks on a file that was opened.
pub(super) fn remarks(remarks: &[Problem]) -> Html {
    if remarks.is_empty() {
        return html! {};
    }
    let items = remarks.iter().map(|remark| html! { <li>{remark.to_string()}</li> });
    html! { <div class="course-remarks" role="status"><p>{say!("course.remarks")}</p><ul>{ for items }</ul></div> }
}

#[derive(PartialEq, Properties)]
pub(super) struct BlockProps {
    /// Its name on the page.
    pub(super) name: u32,
    pub(super) block: Block,
    /// Of an exercise the key under which its answer is kept; none while the lesson is edited.
    pub(super) answer_key: Option<AnswerKey>,
}

/// A block as students see it.
#[component]
pub(super) fn BlockView(props: &BlockProps) -> Html {
    match &props.block {
        Block::Heading(text) => html! { <h2 dir="auto">{text}</h2> },
        Block::Text(text) => {
            let paragraphs = paragraphs(text).map(|text| html! { <p dir="auto">{text}</p> });
            html! { <div class="course-text">{ for paragraphs }</div> }
        }
        Block::Figure(figure) => html! { <FigureView figure={figure.clone()} /> },
        Block::Exercise(exercise) => {
            // Another question has no answer yet, nor has one that is edited.
            let key = props.answer_key.as_ref().map_or_else(|| format!("{exercise:?}"), |key| format!("{key:?}"));
            html! { <ExerciseView {key} name={props.name} exercise={exercise.clone()} answer_key={props.answer_key.clone()} /> }
        }
    }
}

#[derive(PartialEq, Properties)]
struct FigureProps {
    figure: Figure,
}

/// A figure, as it stands in any other page: by the element that teachers use there.
#[component]
fn FigureView(props: &FigureProps) -> Html {
    // Whoever changes the colours of the page changes those of its figures.
    use_palette();
    use_effect_with((), |()| dom::define_figures());
    let figure = &props.figure;
    let inside = if figure.is_there() {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let theme = dom::attribute("html", "data-theme").unwrap_or_else(|| "auto".into());
        let name = figure.name();
        let href = history::link_with("", &figure.address());
        let height = figure.height.map(|height| height.to_string());
        // A figure follows its state; all the rest it reads once, when it is loaded.
        let key = [&figure.chapter, &figure.part, &figure.lock, &figure.hide].map(String::as_str).join("\u{1f}");
        html! {
            <receptive-figure {key} chapter={given(&figure.chapter)} part={given(&figure.part)} state={given(&figure.state)}
                lock={given(&figure.lock)} hide={given(&figure.hide)} lang={dom::attribute("html", "lang")} {height} {theme}
                label={name.clone()}><a {href}>{name}</a></receptive-figure>
        }
    } else {
        html! { <p class="error" key="none">{ figure.problems().into_iter().next() }</p> }
    };
    html! {
        <figure class="course-figure">
            { inside }
            if !figure.caption.is_empty() { <figcaption dir="auto">{&figure.caption}</figcaption> }
        </figure>
    }
}
