//! The lesson on convolution: prose beside a stage.

mod board;
mod cells;
mod choices;
mod editing;
mod equation;
mod prose;
mod source;

use crate::context::use_app;
use crate::state::{Granularity, Source};
use crate::views::sentence;
use crate::views::transport::{TimeLine, Transport};
use board::Board;
use choices::Choices;
use equation::Equation;
use prose::{Prose, use_guide};
use receptive_core::ConvParams;
use receptive_lessons::conv2d::{ConvTrace, Moment};
use receptive_lessons::text;
use std::rc::Rc;
use yew::prelude::*;

/// What the learner points at; the rest of the stage answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Pointed {
    /// Nothing.
    #[default]
    Nothing,
    /// A cell of the padded input.
    Input(usize),
    /// A cell of the kernel, or its product.
    Kernel(usize),
    /// A cell of the output.
    Output(usize),
}

/// What is on the stage.
#[derive(Clone, PartialEq)]
struct Shown {
    trace: Rc<ConvTrace>,
    source: Source,
}

#[component]
pub(crate) fn Lesson() -> Html {
    let app = use_app();
    let lesson = app.state.lesson.clone();
    let pointed = use_state_eq(Pointed::default);
    let is_playing = use_state_eq(|| false);
    let typing_problem = use_state_eq(|| None::<String>);
    let material = source::use_material(&app);
    let (shown, misfit) = use_shown(&material, &app);
    let by_term = lesson.granularity == Granularity::Term;

    let moment = shown.as_ref().map(|Shown { trace, .. }| {
        let position = if by_term { lesson.position } else { trace.completion_of(trace.cell_of(lesson.position)) };
        Rc::new(trace.at(position))
    });
    let guide =
        use_guide(shown.as_ref().map(|shown| shown.trace.clone()), moment.as_ref().map(|moment| moment.cell), *pointed);
    let was_at = use_mut_ref(|| 0);
    let is_next_door = moment.as_ref().is_some_and(|moment| was_at.replace(moment.cell).abs_diff(moment.cell) == 1);

    let on_move = {
        let (shown, change) = (shown.clone(), app.change.clone());
        Callback::from(move |step: usize| {
            let Some(Shown { trace, .. }) = &shown else { return };
            let position = if by_term { step } else { trace.completion_of(step) };
            change.emit(Box::new(move |state| state.lesson.position = position));
        })
    };
    let on_play = {
        let is_playing = is_playing.clone();
        Callback::from(move |on| is_playing.set(on))
    };
    let on_point = {
        let (pointed, is_playing) = (pointed.clone(), is_playing.clone());
        Callback::from(move |at: Pointed| {
            // Autoplay yields to whoever wants to look.
            if at != Pointed::Nothing {
                is_playing.set(false);
            }
            pointed.set(at);
        })
    };
    let stage = shown.zip(moment).map(|(Shown { trace, source }, moment)| {
        let is_toy = source == Source::Toy;
        let position = lesson.position.min(trace.n_moments() - 1);
        let (at, n) = if by_term { (position, trace.n_moments()) } else { (moment.cell, trace.n_cells()) };
        let line = TimeLine { at, n, is_playing: *is_playing, on_play: on_play.clone(), on_move: on_move.clone() };
        let on_pick = on_move.reform({
            let trace = trace.clone();
            move |cell| if by_term { trace.completion_of(cell) } else { cell }
        });
        let is_staged = !by_term && is_next_door;
        let formulas = trace.formulas();
        html! {
            <div class="stage-keys" onkeydown={line.on_key()}>
                <div class="stage-focus" id="stage" tabindex="0" role="group"
                    aria-label="The stage. Left and right arrow step, space plays, Home and End go to the ends.">
                    <Board trace={trace.clone()} moment={moment.clone()} pointed={*pointed} on_point={on_point.clone()} {on_pick}
                        {is_toy} {by_term} {is_staged} on_edit_input={editing::input(&app.change, &typing_problem, &trace)}
                        on_edit_kernel={editing::kernel(&app.change, &typing_problem, &trace)} />
                    <Equation moment={moment.clone()} pointed={*pointed} {on_point} {is_staged} {by_term} {is_toy} />
                    <p class="note" id="lesson-caption">{ note(&trace, &moment, *pointed) }</p>
                    <p class="spoken" role="status">{ if *is_playing { "" } else { &moment.caption } }</p>
                </div>
                <Transport {line} unit={if by_term { "step" } else { "cell" }} pace={if by_term { 2.0 } else { 1.0 }} />
                <div class="size">
                    <span>{"output size "}<b id="lesson-size">{formulas.size}</b></span>
                    <span>{"parameters "}<b id="lesson-params">{formulas.params}</b></span>
                    <span>{"multiply-adds "}<b id="lesson-macs">{formulas.macs}</b></span>
                </div>
            </div>
        }
    });
    let waiting = material.err();
    let problem = misfit.or_else(|| (*typing_problem).clone());
    html! {
        <div class="lesson">
            <Prose steps={guide} />
            <section class="stage" aria-label="Stage">
                <Choices {problem} {waiting} />
                { for stage }
            </section>
        </div>
    }
}

/// The trace to show, and why the settings give none. What could last be made stays when the next cannot be.
#[hook]
fn use_shown(
    material: &Result<source::Material, String>,
    app: &crate::context::AppContext,
) -> (Option<Shown>, Option<String>) {
    let lesson = &app.state.lesson;
    let params = ConvParams::default().padding(lesson.padding).stride(lesson.stride()).dilation(lesson.dilation());
    let last_good = use_mut_ref(|| None::<Shown>);
    let made = use_memo((material.clone().ok(), params, lesson.source), |(material, params, source)| {
        let source::Material { input, kernel, bias } = material.clone()?;
        Some(ConvTrace::new(input, kernel, bias, *params).map(|trace| Shown { trace: Rc::new(trace), source: *source }))
    });
    match &*made {
        Some(Ok(shown)) => *last_good.borrow_mut() = Some(shown.clone()),
        Some(Err(error)) => {
            let problem = format!("{} {}", sentence(&error.to_string()), text::LAST_GOOD_STAYS);
            return (last_good.borrow().clone(), Some(problem));
        }
        None => {}
    }
    (last_good.borrow().clone(), None)
}

/// The line under the equation: what is pointed at, else the moment.
fn note(trace: &ConvTrace, moment: &Moment, pointed: Pointed) -> String {
    match pointed {
        Pointed::Input(cell) => text::conv2d_pointed_input(trace, cell),
        Pointed::Kernel(cell) => text::conv2d_pointed_weight(moment, trace.kernel().columns, cell),
        Pointed::Output(cell) if cell < trace.n_cells() => text::conv2d_pointed_output(trace, moment, cell),
        _ => moment.caption.clone(),
    }
}
