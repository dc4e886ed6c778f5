//! The prose beside the stage: what it is about, what to answer, where to go next.

use super::exercises::Exercises;
use super::terms::Terms;
use crate::context::use_app;
use crate::state::Route;
use receptive_lessons::desk::Example;
use receptive_lessons::{Outline, chapters, say};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct IntroProps {
    pub(super) chapter: &'static Outline,
}

/// What a chapter is about. It comes before the stage, on a phone too.
#[component]
pub(super) fn Intro(props: &IntroProps) -> Html {
    let chapter = props.chapter;
    html! {
        <header class="intro">
            <p class="no">{say!("ui.chapter", n = chapter.position() + 1)}</p>
            <h1>{chapter.text("title")}</h1>
            <p class="lead" translate="yes">{chapter.text("lead")}</p>
        </header>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct ProseProps {
    pub(super) chapter: &'static Outline,
    pub(super) worked: Rc<Vec<Example>>,
}

#[component]
pub(super) fn Prose(props: &ProseProps) -> Html {
    let chapter = props.chapter;
    html! {
        <section class="prose" aria-label={say!("ui.about")}>
            <Terms {chapter} />
            <Exercises {chapter} />
            <Links {chapter} worked={props.worked.clone()} />
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct LinksProps {
    chapter: &'static Outline,
    worked: Rc<Vec<Example>>,
}

/// What to try next on this stage, and the neighbours of the chapter.
#[component]
fn Links(props: &LinksProps) -> Html {
    let app = use_app();
    let chapter = props.chapter;
    let follow = |link: &'static str| app.going(move |state| state.follow(link));
    let worked = props.worked.iter().map(|example| {
        let link = example.link.clone();
        let address = format!("#/lesson/{link}");
        let onclick = app.going(move |state| state.follow(&link));
        html! {
            <li key={example.id.as_str()}><a href={address} id={format!("worked-{}", example.id)} {onclick}>{&example.title}</a><small>{&example.deck}</small></li>
        }
    });
    let worked = (!props.worked.is_empty()).then(|| {
        html! { <details class="worked"><summary>{format!("{} ({})", say!("common.worked-title"), props.worked.len())}</summary><ul>{ for worked }</ul></details> }
    });
    let next = chapter.next.iter().map(|(key, link)| {
        let text = chapter.text(&format!("next.{key}"));
        html! { <li key={*key}><a href={format!("#/lesson/{link}")} onclick={follow(link)}>{text}</a></li> }
    });
    let neighbour = |i: Option<usize>, key: &str, class: &'static str| {
        let found = i.and_then(|i| Some((i, chapters::OUTLINES.get(i)?)));
        let link = found.map(|(i, chapter)| {
            let onclick = app.going(move |state| state.go(Route::Chapter(i)));
            html! { <a {class} href={format!("#{}", Route::Chapter(i).path())} {onclick}><small>{say!(key)}</small>{chapter.text("short")}</a> }
        });
        link.unwrap_or_default()
    };
    let i = chapter.position();
    html! {
        <>
            <h2 class="small">{say!("common.next-title")}</h2>
            <ul class="next">{ for next }</ul>
            { worked.unwrap_or_default() }
            <nav class="neighbours" aria-label={say!("ui.lessons")}>
                { neighbour(i.checked_sub(1), "ui.before", "before") }
                { neighbour(Some(i + 1), "ui.after", "after") }
            </nav>
        </>
    }
}
