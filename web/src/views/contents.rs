//! The first page: what there is, what is done, and what to go on with.

use crate::context::{AppContext, use_app, use_memory};
use crate::platform::dom;
use crate::state::{ChapterProgress, LearnerAction, OpenLesson, Route};
use crate::surroundings::{Part, use_surroundings};
use crate::views::front::Front;
use receptive_lessons::{Outline, chapters, say};
use yew::prelude::*;

/// The parts of the walk before the last: the name of each, and the number of its chapters.
const PARTS: [(&str, usize); 3] = [("see", 3), ("compute", 6), ("build", 5)];
/// The last part, with all chapters that are left.
const LAST: &str = "learn";

#[component]
pub(crate) fn Contents() -> Html {
    let (app, around, progress) = (use_app(), use_surroundings(), use_memory().progress);
    // How much of a chapter is done, only the chapters know.
    use_effect_with((around.actions.start.clone(), progress.last().is_some()), |(start, is_begun)| {
        if *is_begun {
            start.emit(Part::Chapters);
        }
    });
    let to_do = use_memo(around.host.clone(), |host| host.as_ref().map(|host| host.contents()).unwrap_or_default());
    let standing = |chapter: &Outline| {
        let to_do = to_do.get(chapter.position()).cloned().unwrap_or_default();
        progress.standing(chapter.key, &to_do)
    };
    let keys: Vec<_> = chapters::OUTLINES.iter().map(|chapter| chapter.key).collect();
    let next = progress.next(&keys, |i| standing(chapters::OUTLINES[i]).is_done());
    let mut left = chapters::OUTLINES.iter();
    let parts = PARTS.into_iter().chain([(LAST, usize::MAX)]).map(|(key, n)| {
        let list: Vec<_> = left.by_ref().take(n).map(|chapter| entry(&app, chapter, standing(chapter), next)).collect();
        html! {
            <section key={key} aria-labelledby={format!("part-{key}")}>
                <h2 class="walk-title" id={format!("part-{key}")}>{say!(format!("ui.part.{key}"))}<small>{say!(format!("ui.part.{key}-text"))}</small></h2>
                <ol class="walk">{ for list }</ol>
            </section>
        }
    });
    let card = |route: Route, key: &str| {
        html! {
            <a class="card" href={format!("#{}", route.path())} onclick={app.going(move |state| state.go(route))}>
                <span class="kind">{say!(format!("ui.{key}"))}</span>
                <h2>{say!(format!("ui.{key}-title"))}</h2>
                <p>{say!(format!("ui.{key}-text"))}</p>
            </a>
        }
    };
    html! {
        <div class="contents">
            <h1>{say!("ui.headline")}</h1>
            <Front />
            <p class="lead" translate="yes">{say!("ui.promise")}</p>
            <p class="begin">{ begin(&app, next) }</p>
            { for parts }
            <div class="cards">{ card(Route::Lab, "lab") }{ card(Route::Draw, "draw") }</div>
            <p class="own-lesson"><a href="#/course" id="to-lessons" onclick={app.going(|state| state.open_lesson(OpenLesson::None))}>{say!("ui.own-lesson")}</a></p>
            <Forget />
        </div>
    }
}

/// The way into the chapters: the first of them, or the one to go on with.
fn begin(app: &AppContext, next: Option<usize>) -> Html {
    let (i, key) = match next {
        Some(i) => (i, "ui.go-on"),
        None => (0, "ui.begin"),
    };
    let title = chapters::OUTLINES[i].text("short");
    let href = format!("#{}", Route::Chapter(i).path());
    html! { <a class="go" id="begin" {href} onclick={app.going(move |state| state.go(Route::Chapter(i)))}>{say!(key, title = title)}</a> }
}

/// A chapter in the list.
fn entry(app: &AppContext, chapter: &'static Outline, standing: ChapterProgress, next: Option<usize>) -> Html {
    let i = chapter.position();
    let route = Route::Chapter(i);
    let is_next = next == Some(i);
    let (class, mark) = match standing {
        standing if standing.is_done() => ("done", "✓".to_string()),
        standing if standing.is_begun() => ("begun", (i + 1).to_string()),
        _ => ("", (i + 1).to_string()),
    };
    let summary = if standing.is_done() {
        say!("ui.done")
    } else if standing.is_begun() {
        let ChapterProgress { n_looked, n_steps, n_solved, n_exercises } = standing;
        say!("ui.begun", looked = n_looked, steps = n_steps, solved = n_solved, exercises = n_exercises)
    } else {
        String::new()
    };
    html! {
        <li key={chapter.key} class={classes!(class, is_next.then_some("next"))} aria-current={is_next.then_some("step")}>
            <a href={format!("#{}", route.path())} onclick={app.going(move |state| state.go(route))}>
                { picture(chapter.key) }
                <i aria-hidden="true" ~style={format!("--share:{:.3}", standing.share())}><span>{mark}</span></i>
                <span><b>{chapter.text("short")}</b><small>{chapter.text("teaser")}</small><small class="told">{summary}</small></span>
            </a>
        </li>
    }
}

/// The picture of a chapter.
fn picture(key: &str) -> Html {
    let file = dom::attribute("html", "data-pictures").unwrap_or_default();
    html! { <svg class="picture" aria-hidden="true"><@{"use"} href={format!("{file}#{key}")}></@></svg> }
}

/// The way to have everything forgotten that is remembered of the learner, asked twice.
#[component]
fn Forget() -> Html {
    let memory = use_memory();
    let is_asked = use_state_eq(bool::default);
    if memory.progress.is_empty() {
        return html! {};
    }
    let ask = |is_on: bool| {
        let is_asked = is_asked.clone();
        Callback::from(move |_: MouseEvent| is_asked.set(is_on))
    };
    let forget = {
        let (record, is_asked) = (memory.record.clone(), is_asked.clone());
        Callback::from(move |_: MouseEvent| {
            is_asked.set(false);
            record.emit(LearnerAction::Forgot);
        })
    };
    let buttons = if *is_asked {
        html! {
            <>
                <span role="status">{say!("ui.forget-sure")}</span>
                <button type="button" id="forget-yes" onclick={forget}>{say!("ui.forget-yes")}</button>
                <button type="button" id="forget-no" onclick={ask(false)}>{say!("ui.forget-no")}</button>
            </>
        }
    } else {
        html! {
            <>
                <span>{say!("ui.kept")}</span>
                <button type="button" class="quiet" id="forget" onclick={ask(true)}>{say!("ui.forget")}</button>
            </>
        }
    };
    html! { <p class="forget">{ buttons }</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chapter_has_its_picture() {
        let file = include_str!("../../pictures.svg");
        let drawn: Vec<_> = file.split("<symbol id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
        let mut wanted: Vec<_> = chapters::OUTLINES.iter().map(|chapter| chapter.key).collect();
        wanted.sort_by_key(|key| drawn.iter().position(|other| other == key));
        assert_eq!(drawn, wanted);
    }
}
