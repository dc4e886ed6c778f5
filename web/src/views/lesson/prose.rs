//! The prose beside the stage: what it is about, what to look at, what the colours mean.

use super::Pointed;
use receptive_lessons::conv2d::ConvTrace;
use receptive_lessons::guide::{ConvGuide, GuideStep};
use receptive_lessons::text;
use std::rc::Rc;
use yew::prelude::*;

/// The guide's steps, as far as what happens on the stage has done them.
#[hook]
pub(super) fn use_guide(trace: Option<Rc<ConvTrace>>, cell: Option<usize>, pointed: Pointed) -> Rc<Vec<GuideStep>> {
    let guide = use_mut_ref(ConvGuide::default);
    let steps = use_state_eq(|| Rc::new(ConvGuide::default().steps()));
    let before = use_mut_ref(|| None::<Rc<ConvTrace>>);
    let set = steps.setter();
    use_effect_with((trace, cell, pointed), move |(trace, cell, pointed)| {
        let Some(trace) = trace else { return };
        let mut guide = guide.borrow_mut();
        if let Some(before) = before.replace(Some(trace.clone())).filter(|before| !Rc::ptr_eq(before, trace)) {
            guide.remade(&before, trace);
        }
        if let Some(cell) = cell {
            guide.saw(trace, *cell);
        }
        if let Pointed::Input(cell) = pointed {
            guide.pointed(trace, *cell);
        }
        set.set(Rc::new(guide.steps()));
    });
    (*steps).clone()
}

#[derive(PartialEq, Properties)]
pub(super) struct ProseProps {
    pub(super) steps: Rc<Vec<GuideStep>>,
}

#[component]
pub(super) fn Prose(props: &ProseProps) -> Html {
    let now = props.steps.iter().position(|step| step.found.is_none());
    let steps = props.steps.iter().enumerate().map(|(i, step)| {
        let is_done = step.found.is_some();
        let class = if is_done { "done" } else if now == Some(i) { "now" } else { "" };
        let mark = if is_done { "✓".to_string() } else { (i + 1).to_string() };
        let found = step.found.as_ref().map(|found| html! { <span class="found" key={found.clone()}>{found}</span> });
        html! {
            <li {class} aria-current={(now == Some(i)).then_some("step")}>
                <i aria-hidden="true">{mark}</i>
                <span>{step.ask}{ if is_done { html! { <span class="spoken">{text::STEP_DONE}</span> } } else { html! {} } }{ for found }</span>
            </li>
        }
    });
    let colours = [("input", 0), ("padding", 1), ("plus", 2), ("minus", 3), ("act", 4)];
    let colours = colours.map(|(class, i)| {
        html! { <><dt><i class={classes!("swatch", class)}></i></dt><dd>{text::CONV2D_COLOURS[i]}</dd></> }
    });
    html! {
        <section class="prose" aria-label="About this lesson">
            <h1>{text::CONV2D_TITLE}</h1>
            <p class="lead">{text::CONV2D_LEAD}</p>
            <ol id="lesson-steps">{ for steps }</ol>
            <dl class="colours" aria-label="What the colours mean">{ for colours }</dl>
        </section>
    }
}
