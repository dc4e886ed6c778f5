//! The fields of a figure: where it is from, its parts, what students can change, a line under it.

use super::editor::line;
use crate::lesson_file::{Figure, MOST_HEIGHT, most};
use crate::state::{FigurePart, Frame, Hold, Route, controls, from_address};
use crate::views::embedded::{Holds, Parts};
use receptive_lessons::{chapters, read_count, say};
use std::collections::BTreeMap;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct FigureFieldsProps {
    /// The block's name on the page.
    pub(super) name: u32,
    pub(super) figure: Figure,
    pub(super) set: Callback<Figure>,
}

#[component]
pub(super) fn FigureFields(props: &FigureFieldsProps) -> Html {
    let FigureFieldsProps { name, figure, set } = props;
    let refused = use_state_eq(Option::<String>::default);
    let state = from_address(&figure.address()).0;
    let route = state.route;
    let query = format!("embed={}&lock={}&hide={}", figure.part, figure.lock, figure.hide);
    let frame = Frame::read(&query, &state);
    let parts = frame.parts.clone().unwrap_or_default();
    let keys = controls(&state);
    let hold = |key: &'static str| match (frame.locks.locks(key), frame.locks.hides(key)) {
        (_, true) => Hold::Hidden,
        (true, false) => Hold::Locked,
        (false, false) => Hold::Free,
    };
    let holds: BTreeMap<_, _> = keys.iter().map(|key| (*key, hold(key))).collect();
    // What is said of a place is kept when its parts and locks change.
    let again = {
        let (figure, state, set) = (figure.clone(), state.clone(), set.clone());
        move |parts: &[FigurePart], holds: &BTreeMap<&'static str, Hold>| {
            let holds: Vec<_> = holds.iter().map(|(key, hold)| (*key, *hold)).collect();
            let (height, caption, text) = (figure.height, figure.caption.clone(), figure.state.clone());
            set.emit(Figure { height, caption, state: text, ..Figure::of(&state, parts, &holds) });
        }
    };
    let on_parts = {
        let (again, holds) = (again.clone(), holds.clone());
        Callback::from(move |parts: Vec<FigurePart>| again(&parts, &holds))
    };
    let on_holds = {
        let parts = parts.clone();
        Callback::from(move |holds: BTreeMap<&'static str, Hold>| again(&parts, &holds))
    };
    let choose = {
        let (figure, set) = (figure.clone(), set.clone());
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            let (chapter, part) = match &value[..] {
                "lab" => ("", ""),
                "draw" => ("", "draw"),
                chapter => (chapter, ""),
            };
            let (height, caption) = (figure.height, figure.caption.clone());
            set.emit(Figure { chapter: chapter.into(), part: part.into(), height, caption, ..Figure::default() });
        })
    };
    let paste = {
        let (figure, set, refused) = (figure.clone(), set.clone(), refused.clone());
        Callback::from(move |event: Event| {
            let field = event.target_unchecked_into::<HtmlInputElement>();
            let link = field.value();
            if link.trim().is_empty() {
                return refused.set(None);
            }
            match Figure::of_link(&link) {
                Ok(of_link) => {
                    refused.set(None);
                    field.set_value("");
                    set.emit(Figure { height: figure.height, caption: figure.caption.clone(), ..of_link });
                }
                Err(why) => refused.set(Some(why)),
            }
        })
    };
    let with = |change: fn(&mut Figure, String)| {
        let figure = figure.clone();
        set.reform(move |text: String| {
            let mut next = figure.clone();
            change(&mut next, text);
            next
        })
    };
    let option = |value: &'static str, text: String, is_chosen: bool| {
        html! { <option {value} selected={is_chosen}>{text}</option> }
    };
    let of_chapters = chapters::OUTLINES.iter().enumerate();
    let of_chapters =
        of_chapters.map(|(i, chapter)| option(chapter.key, chapter.text("title"), route == Route::Chapter(i)));
    let problems = figure.problems().into_iter().map(|why| html! { <p class="error">{why}</p> });
    let height = figure.height.map(|height| height.to_string()).unwrap_or_default();
    html! {
        <>
            <label class="course-field"><span>{say!("course.field.place")}</span>
                <select id={format!("field-{name}")} onchange={choose}>
                    { for of_chapters }
                    { option("lab", say!("lab.title"), route == Route::Lab) }
                    { option("draw", say!("ui.draw-page.title"), route == Route::Draw) }
                </select></label>
            <label class="course-field"><span>{say!("course.field.link")}</span>
                <input type="text" id={format!("link-{name}")} autocomplete="off" spellcheck="false" placeholder={say!("course.field.link-example")} onchange={paste} /></label>
            if let Some(why) = &*refused { <p class="error" role="alert" id="link-refused">{why}</p> }
            { line(format!("state-{name}"), say!("course.field.state"), &figure.state, most::ATTRIBUTE, with(|next, text| next.state = text)) }
            { for problems }
            if FigurePart::of(route).len() > 1 {
                <Parts {route} chosen={parts} on_change={on_parts} />
            }
            <details class="course-more">
                <summary>{say!("course.field.controls")}</summary>
                <Holds {route} {keys} {holds} on_change={on_holds} />
            </details>
            { line(format!("caption-{name}"), say!("course.field.caption"), &figure.caption, most::LINE, with(|next, text| next.caption = text)) }
            { line(format!("height-{name}"), say!("course.field.height"), &height, 4, with(|next, text| {
                next.height = read_count(&text, 1, MOST_HEIGHT as usize).map(|height| height as u32);
            })) }
        </>
    }
}
