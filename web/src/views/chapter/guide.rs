//! The guide: one step at a time, what it needs, and what there was to see.

use crate::context::{AppContext, Memory, use_memory};
use crate::platform::dom;
use crate::platform::lesson_host::LessonHost;
use crate::platform::media::use_is_narrow;
use crate::state::LearnerAction;
use crate::views::figure::Look;
use crate::views::figure::exercise::more_mark;
use receptive_lessons::guide::Guidance;
use receptive_lessons::host::{Example, Plan};
use receptive_lessons::scene::Spot;
use receptive_lessons::{Outline, say};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// The learner's place in a chapter's guide, the step done last, and the lectures' examples of the chapter.
#[derive(Clone)]
pub(super) struct GuideHandle {
    /// The guide as the chapter begins, and the lectures' examples.
    plan: Rc<Plan>,
    /// The place that was reached since then.
    reached: UseStateHandle<Option<Rc<Guidance>>>,
    /// The step on the card, where it is not the one that is asked.
    shown: UseStateHandle<Option<usize>>,
    /// The text for screen readers: the step done last.
    said: UseStateHandle<String>,
    /// Stages set up by now: each is looked at anew, even one that was there already.
    n_set_up: UseStateHandle<usize>,
    /// The card, to be given the focus.
    card: NodeRef,
}

/// The guide of a chapter, as far as what happens on the stage has done its steps. `looks` are those since it looked last.
#[hook]
pub(super) fn use_guide(
    chapter: &'static Outline,
    host: Option<&LessonHost>,
    look: Option<Look>,
    looks: Rc<RefCell<Vec<Look>>>,
) -> GuideHandle {
    let Memory { progress, record, .. } = use_memory();
    // Begun while it is drawn, not after it: the guide does not push down what is there already.
    let plan = use_memo(host.cloned(), move |host| {
        let done = progress.looked(chapter.key);
        host.as_ref().map(|host| host.begin(chapter.position(), done)).unwrap_or_default()
    });
    let guided = GuideHandle {
        plan,
        reached: use_state_eq(|| None),
        shown: use_state_eq(|| None),
        said: use_state_eq(String::new),
        n_set_up: use_state_eq(usize::default),
        card: use_node_ref(),
    };
    let seen = guided.clone();
    let is_narrow = use_is_narrow();
    let last = use_mut_ref(|| None);
    use_effect_with((look, *guided.n_set_up), move |(look, _)| {
        let before = last.replace(look.clone());
        let Some(Look { stage, moment, .. }) = look else { return };
        if let Some(before) = before.filter(|_| is_narrow) {
            if before.moment != *moment {
                bring_moment_into_sight(stage.0.focus(*moment));
            } else if before.stage != *stage {
                dom::bring_into_sight("#stage .compared");
            }
        }
        let mut passed = looks.take();
        // A stage that was set up is looked at anew.
        if passed.is_empty() {
            passed.extend(look.clone());
        }
        for Look { stage, moment, spot } in passed {
            if let Some(done) = stage.0.saw(moment, spot).and_then(|guidance| seen.take(guidance)) {
                record.emit(LearnerAction::Looked(chapter.key, vec![done]));
            }
        }
    });
    guided
}

/// On a phone, where the stage is taller than the screen: brings the cell of a moment into sight, or the picture or the row
/// that marks it.
fn bring_moment_into_sight(focus: Option<Spot>) {
    let cell = focus.map(|Spot { grid, cell }| format!("#lesson-{grid}-{cell}, #lesson-{grid}.pixels-plane"));
    if !cell.is_some_and(|cell| dom::bring_into_sight(&cell)) {
        dom::bring_into_sight("#stage .surface-plane:has(.now), #stage .now");
    }
}

impl GuideHandle {
    /// The learner's place in the guide.
    fn guidance(&self) -> &Guidance {
        self.reached.as_deref().unwrap_or(&self.plan.guide)
    }

    /// The lectures' examples of the chapter.
    pub(super) fn worked(&self) -> &[Example] {
        &self.plan.worked
    }

    /// The step on the card.
    fn on_card(&self) -> usize {
        self.shown.or(self.guidance().now).unwrap_or(self.guidance().steps.len().saturating_sub(1))
    }

    /// Settings that do the step on the card.
    pub(super) fn sets(&self) -> Vec<String> {
        self.guidance().steps.get(self.on_card()).map(|step| step.sets.clone()).unwrap_or_default()
    }

    /// Takes in where the learner is by now. A step that was just done is said aloud, and shown with its answer unless
    /// the learner turned to another that is still to be done. Returns its name.
    fn take(&self, guidance: Guidance) -> Option<String> {
        let was_done = |i: usize| self.guidance().steps.get(i).is_some_and(|step| step.is_done);
        let mut done = guidance.steps.iter().enumerate().filter(|(i, step)| step.is_done && !was_done(*i));
        let done = done.next().filter(|_| !self.guidance().steps.is_empty()).map(|(i, step)| {
            let is_kept = self.shown.is_some_and(|shown| guidance.steps.get(shown).is_some_and(|step| !step.is_done));
            if !is_kept {
                self.shown.set(Some(i));
            }
            let answer = step.answer.clone().unwrap_or_default();
            self.said.set(format!("{} {answer}", say!("common.step-done", i = i + 1)));
            step.key.clone()
        });
        self.reached.set(Some(Rc::new(guidance)));
        done
    }
}

/// The steps as a row of buttons, and one of them on a card.
pub(super) fn guide(
    app: &AppContext,
    host: Option<&LessonHost>,
    chapter: &'static Outline,
    guided: &GuideHandle,
) -> Html {
    let guidance = guided.guidance();
    let n = guidance.steps.len();
    let shown = guided.on_card();
    // A button that goes away must not take the focus with it.
    let keep_focus = {
        let card = guided.card.clone();
        move || {
            if let Some(card) = card.cast::<HtmlElement>() {
                dom::focus_on(&card);
            }
        }
    };
    let turn = |i: usize| {
        let (guided, host) = (guided.clone(), host.cloned());
        Callback::from(move |_: MouseEvent| {
            guided.shown.set(Some(i));
            if let Some(guidance) = host.as_ref().and_then(|host| host.turn_to(i)) {
                guided.reached.set(Some(Rc::new(guidance)));
            }
        })
    };
    let buttons = guidance.steps.iter().enumerate().map(|(i, step)| {
        let is_shown = i == shown;
        let key = if step.is_done { "common.step-of-done" } else { "common.step-of" };
        let label = say!(key, i = i + 1, n = n);
        let class = classes!(step.is_done.then_some("done"), is_shown.then_some("on"));
        html! {
            <li key={step.key.as_str()}><button type="button" {class} aria-label={label} aria-current={is_shown.then_some("step")} onclick={turn(i)}><span>{ if step.is_done { "✓".to_string() } else { (i + 1).to_string() } }</span></button></li>
        }
    });
    let Some(step) = guidance.steps.get(shown) else {
        return html! { <section class="guide" id="guide" aria-label={say!("common.steps-title")}></section> };
    };
    let set_up = {
        let (guided, host, change, keep_focus) =
            (guided.clone(), host.cloned(), app.change.clone(), keep_focus.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(pairs) = host.as_ref().and_then(|host| host.set_up(shown)) else { return };
            change.emit(Box::new(move |state| {
                let mut settings = chapter.settings();
                // The host writes what it reads.
                pairs.iter().for_each(|(key, text)| {
                    let _ = settings.read(key, text);
                });
                state.chapters[chapter.position()] = settings;
            }));
            guided.n_set_up.set(*guided.n_set_up + 1);
            keep_focus();
        })
    };
    let needs = step.needs.as_ref().map(|needs| {
        html! {
            <p class="needs"><span>{say!("common.needs", needs = needs)}</span><button type="button" id="set-up" onclick={set_up}>{say!("common.set-up")}</button></p>
        }
    });
    let found = step.is_done.then(|| {
        let answer = step.answer.clone().unwrap_or_default();
        html! { <p class="found" id="step-found"><b>{say!("common.step-done", i = shown + 1)}</b>{" "}{answer}</p> }
    });
    let next = {
        let guided = guided.clone();
        Callback::from(move |_: MouseEvent| {
            guided.shown.set(None);
            keep_focus();
        })
    };
    let next = step.is_done.then(|| match guidance.now {
        Some(now) => {
            html! { <button type="button" class="go" id="step-next" onclick={next}>{say!("common.step-next", i = now + 1)}</button> }
        }
        None => html! { <p class="needs">{say!("common.steps-all-done", n = n)}</p> },
    });
    html! {
        <section class="guide" id="guide" aria-label={say!("common.steps-title")}>
            <div class="guide-head"><h2 class="small">{say!("common.steps-title")}</h2><ol>{ for buttons }</ol></div>
            <div class={classes!("guide-card", step.is_done.then_some("done"))} ref={guided.card.clone()} tabindex="-1">
                <p class="step-ask">{ more_mark(step.is_more) }{chapter.text(&format!("steps.{}", step.key))}</p>
                { found.unwrap_or_default() }
                { needs.unwrap_or_default() }
                { next.unwrap_or_default() }
            </div>
            <p class="spoken" role="status">{&*guided.said}</p>
        </section>
    }
}
