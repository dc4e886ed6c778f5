//! The prose beside the stage: what it is about, what to answer, where to go next.

use super::exercises::{Tasks, exercises};
use super::terms::terms;
use crate::context::AppContext;
use crate::state::Route;
use receptive_lessons::host::Example;
use receptive_lessons::{Outline, chapters, say};
use yew::prelude::*;

/// The subject of a chapter. It comes before the stage, on a phone too.
pub(super) fn intro(chapter: &Outline, lead: Option<String>) -> Html {
    html! {
        <header class="intro">
            <p class="no">{say!("ui.chapter", n = chapter.position() + 1)}</p>
            <h1>{chapter.text("title")}</h1>
            <p class="lead" translate="yes">{ lead.unwrap_or_default() }</p>
        </header>
    }
}

/// The new words of a chapter, its exercises, where to go next, and what a page puts at the end.
pub(super) fn prose(app: &AppContext, chapter: &'static Outline, tasks: &Tasks, worked: &[Example], end: Html) -> Html {
    html! {
        <section class="prose" aria-label={say!("ui.about")}>
            { terms(chapter) }
            { exercises(app, tasks) }
            { links(app, chapter, worked, end) }
        </section>
    }
}

/// The links to things to try next on this stage, and to the neighbours of the chapter.
fn links(app: &AppContext, chapter: &Outline, worked: &[Example], end: Html) -> Html {
    let follow = |link: &'static str| app.going(move |state| state.follow(link));
    let examples = worked.iter().map(|example| {
        let link = example.link.clone();
        let address = format!("#/lesson/{link}");
        let onclick = app.going(move |state| state.follow(&link));
        html! {
            <li key={example.id.as_str()}><a href={address} id={format!("worked-{}", example.id)} {onclick}>{&example.title}</a><small>{&example.deck}</small></li>
        }
    });
    let worked = (!worked.is_empty()).then(|| {
        html! { <details class="worked"><summary>{format!("{} ({})", say!("common.worked-title"), worked.len())}</summary><ul>{ for examples }</ul></details> }
    });
    let next = chapter.next.iter().map(|(key, link)| {
        let text = chapter.text(&format!("next.{key}"));
        let address = if link.starts_with('/') { format!("#{link}") } else { format!("#/lesson/{link}") };
        html! { <li key={*key}><a href={address} onclick={follow(link)}>{text}</a></li> }
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
            { end }
            <nav class="neighbours" aria-label={say!("ui.lessons")}>
                { neighbour(i.checked_sub(1), "ui.before", "before") }
                { neighbour(Some(i + 1), "ui.after", "after") }
            </nav>
        </>
    }
}
