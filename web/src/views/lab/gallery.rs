//! The images behind a cell of the matrix: what they are, what they were read as, and how surely.

use super::report::sample;
use crate::context::{AppContext, use_app};
use crate::platform::dom;
use crate::platform::worker_bridge::Reply;
use crate::state::to_address;
use crate::views::asking::{Asked, use_answer};
use receptive_lessons::{grouped, say};
use receptive_train::protocol::{Answer, Query, TestReport, TestSample};
use std::rc::Rc;
use yew::prelude::*;

/// Images that are shown at a time.
const N_SHOWN: usize = 24;

/// A cell of the matrix: the true class, and the one that was read.
pub(super) type Cell = (u8, u8);

#[derive(PartialEq, Properties)]
pub(super) struct GalleryProps {
    pub(super) report: Rc<TestReport>,
    pub(super) cell: Cell,
    pub(super) close: Callback<MouseEvent>,
}

/// Positions of the test images of a cell.
fn positions(report: &TestReport, (label, predicted): Cell) -> Vec<u32> {
    let pairs = (0..).zip(report.labels.iter().zip(&report.predicted));
    pairs.filter(|(_, pair)| *pair == (&label, &predicted)).map(|(i, _)| i).collect()
}

#[component]
pub(super) fn Gallery(props: &GalleryProps) -> Html {
    let app = use_app();
    let page = use_state_eq(|| (props.cell, 0));
    // Another cell begins at its first page.
    let at = if page.0 == props.cell { page.1 } else { 0 };
    let all = use_memo((props.report.clone(), props.cell), |(report, cell)| positions(report, *cell));
    let shown: Vec<u32> = all.iter().copied().skip(at).take(N_SHOWN).collect();
    let (label, predicted) = props.cell;
    let question = app.run.has_opened().then(|| Query::ReadTest { run: app.run.id, indices: shown });
    let asked = use_answer(&app.client, question.clone(), 0).filter(|asked| Some(&asked.question) == question.as_ref());
    use_effect_with(props.cell, |_| dom::focus("#gallery"));
    let figures = match asked.as_deref() {
        Some(Asked { reply: Ok(Reply { answer: Answer::TestImages(samples), .. }), .. }) => {
            Some(samples.iter().map(|found| opened(&app, found, &props.report.classes)).collect::<Html>())
        }
        _ => None,
    };
    let n = all.len();
    let name = |class: u8| &props.report.classes[usize::from(class)];
    let title = if label == predicted {
        say!("ui.gallery-right", n = grouped(n as u64), class = name(label))
    } else {
        say!("ui.gallery-wrong", n = grouped(n as u64), class = name(label), read = name(predicted))
    };
    let turn = |text: &str, to: Option<usize>, id: &'static str| {
        let (page, cell) = (page.clone(), props.cell);
        let onclick = Callback::from(move |_| page.set((cell, to.unwrap_or(0))));
        html! { <button type="button" {id} {onclick} disabled={to.is_none()}>{text.to_string()}</button> }
    };
    let turns = (n > N_SHOWN).then(|| {
        let place = say!("ui.gallery-place", first = at + 1, last = (at + N_SHOWN).min(n), n = grouped(n as u64));
        html! {
            <p class="turns">
                { turn("←", at.checked_sub(N_SHOWN), "gallery-before") }<span>{place}</span>
                { turn("→", (at + N_SHOWN < n).then_some(at + N_SHOWN), "gallery-after") }
            </p>
        }
    });
    html! {
        <section class="gallery" id="gallery" tabindex="-1" aria-label={title.clone()}>
            <h3>{title}<button type="button" class="quiet" onclick={props.close.clone()} aria-label={say!("ui.gallery-close")}>{"✕"}</button></h3>
            <p class="hint">{say!("ui.gallery-hint")}</p>
            <div class="wall">{ figures.unwrap_or_else(|| html! { <p class="hint">{say!("ui.gallery-coming")}</p> }) }</div>
            { turns.unwrap_or_default() }
        </section>
    }
}

/// A test image that a click takes to a chapter, if it is a digit.
fn opened(app: &AppContext, found: &TestSample, classes: &[String]) -> Html {
    if app.digits() != app.state.lab.dataset {
        return sample(found, classes);
    }
    let index = found.index;
    let go = move |state: &mut crate::state::AppState| {
        state.follow("convolution?on=digit");
        state.digit = index;
    };
    let mut there = app.state.clone();
    go(&mut there);
    let href = format!("#{}", to_address(&there));
    let change = app.changing(move |state, ()| go(state));
    let drawn = app.drawn.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        // It is this digit that is to be on the stage, not one that was drawn.
        drawn.set(None);
        change.emit(());
    });
    html! { <a class="opens" key={index} {href} {onclick}>{ sample(found, classes) }</a> }
}
