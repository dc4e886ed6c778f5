//! The prose beside the stage: what it is about, what to look at, where to go next.

use super::board::Shown;
use super::exercises::Exercises;
use super::terms::Terms;
use crate::context::{Memory, use_app, use_memory};
use crate::platform::desk::Desk;
use crate::state::{Deed, Route};
use receptive_lessons::desk::Example;
use receptive_lessons::scene::Spot;
use receptive_lessons::{Outline, chapters, say};
use std::rc::Rc;
use yew::prelude::*;

/// A step of the guide.
#[derive(Clone, PartialEq)]
pub(super) struct Guided {
    /// Its name in the texts.
    key: String,
    /// What there was to see, once the learner has done it.
    found: Option<String>,
    /// Whether the learner did it on an earlier visit.
    was_done: bool,
}

impl Guided {
    fn is_done(&self) -> bool {
        self.was_done || self.found.is_some()
    }
}

/// The guide of a chapter, as far as what happens on the stage has done its steps; and the lectures' examples of it.
#[hook]
pub(super) fn use_guide(
    chapter: &'static Outline,
    desk: Option<&Desk>,
    stage: Option<(Shown, usize)>,
    pointed: Option<Spot>,
) -> (Rc<Vec<Guided>>, Rc<Vec<Example>>) {
    let guide = use_state_eq(|| Rc::new(Vec::<Guided>::new()));
    let worked = use_state_eq(|| Rc::new(Vec::<Example>::new()));
    let Memory { progress, record, .. } = use_memory();
    let known = progress.clone();
    let (set, set_worked) = (guide.clone(), worked.clone());
    use_effect_with(desk.cloned(), move |desk| {
        let plan = desk.as_ref().map(|desk| desk.begin(chapter.position())).unwrap_or_default();
        let steps = plan.steps.into_iter().map(|key| {
            let was_done = progress.has_looked(chapter.key, &key);
            Guided { key, found: None, was_done }
        });
        set.set(Rc::new(steps.collect()));
        set_worked.set(Rc::new(plan.worked));
    });
    let set = guide.clone();
    use_effect_with((stage, pointed), move |(stage, pointed)| {
        let Some((stage, moment)) = stage else { return };
        let found = stage.0.saw(*moment, *pointed);
        let steps =
            set.iter().zip(found).map(|(step, found)| Guided { found: step.found.clone().or(found), ..step.clone() });
        let steps: Vec<_> = steps.collect();
        let is_new = |step: &&Guided| step.found.is_some() && !known.has_looked(chapter.key, &step.key);
        let done: Vec<_> = steps.iter().filter(is_new).map(|step| step.key.clone()).collect();
        if !done.is_empty() {
            record.emit(Deed::Looked(chapter.key, done));
        }
        set.set(Rc::new(steps));
    });
    ((*guide).clone(), (*worked).clone())
}

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
    pub(super) guide: Rc<Vec<Guided>>,
    pub(super) worked: Rc<Vec<Example>>,
}

#[component]
pub(super) fn Prose(props: &ProseProps) -> Html {
    let chapter = props.chapter;
    let now = props.guide.iter().position(|step| !step.is_done());
    let steps = props.guide.iter().enumerate().map(|(i, step)| {
        let Guided { key, found, .. } = step;
        let class = if step.is_done() { "done" } else if now == Some(i) { "now" } else { "" };
        let mark = if step.is_done() { "✓".to_string() } else { (i + 1).to_string() };
        let ask = chapter.text(&format!("steps.{key}"));
        let found = found.as_ref().map(|found| {
            html! { <><span class="spoken">{format!(" {}", say!("common.step-done"))}</span><span class="found">{found}</span></> }
        });
        html! {
            <li {class} aria-current={(now == Some(i)).then_some("step")} key={key.as_str()}>
                <i aria-hidden="true">{mark}</i><span>{ask}{ found.unwrap_or_default() }</span>
            </li>
        }
    });
    html! {
        <section class="prose" aria-label={say!("ui.about")}>
            <Terms {chapter} />
            <h2 class="small">{say!("common.steps-title")}</h2>
            <ol id="guide">{ for steps }</ol>
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
