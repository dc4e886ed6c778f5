//! The lesson on convolution: prose beside a stage.

mod board;
mod cells;
mod choices;
mod equation;
mod source;

use crate::context::{Change, use_app};
use crate::state::{AppState, Granularity, Grid, Source};
use crate::views::transport::{Transport, step_by_key};
use board::Board;
use choices::Choices;
use equation::Equation;
use receptive_core::ConvParams;
use receptive_lessons::conv2d::{ConvTrace, Matrix};
use receptive_lessons::text;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;
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

#[component]
pub(crate) fn Lesson() -> Html {
    let app = use_app();
    let lesson = app.state.lesson.clone();
    let pointed = use_state_eq(Pointed::default);
    let is_playing = use_state_eq(|| false);
    let typing_problem = use_state_eq(|| None::<String>);
    let material = source::use_material(&app);
    let params = ConvParams::default().padding(lesson.padding).stride(lesson.stride()).dilation(lesson.dilation());

    // The last trace that could be made stays on the stage when the next one cannot.
    let last_good = use_mut_ref(|| None::<Rc<ConvTrace>>);
    let made = use_memo((material.clone(), params), |(material, params)| {
        let material = material.clone().ok()?;
        Some(ConvTrace::new(material.input, material.kernel, material.bias, *params).map(Rc::new))
    });
    let problem = match &*made {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    };
    if let Some(Ok(trace)) = &*made {
        *last_good.borrow_mut() = Some(trace.clone());
    }
    let trace = last_good.borrow().clone();
    let by_term = lesson.granularity == Granularity::Term;

    let on_move = {
        let (trace, change) = (trace.clone(), app.change.clone());
        Callback::from(move |step: usize| {
            let Some(trace) = &trace else { return };
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
    let on_edit_input = editing(
        &app.change,
        &typing_problem,
        trace.clone(),
        |state, grid| state.lesson.input = Some(grid),
        |trace| (trace.input().clone(), trace.padded_size()[1], trace.params().padding),
    );
    let on_edit_kernel = editing(
        &app.change,
        &typing_problem,
        trace.clone(),
        |state, grid| (state.lesson.kernel, state.lesson.network_kernel) = (Some(grid), None),
        |trace| (trace.kernel().clone(), trace.kernel().columns, [0, 0]),
    );

    let stage = trace.map(|trace| {
        let position = if by_term { lesson.position.min(trace.n_moments() - 1) } else { trace.completion_of(trace.cell_of(lesson.position)) };
        let moment = Rc::new(trace.at(position));
        let (at, n) = if by_term { (position, trace.n_moments()) } else { (moment.cell, trace.n_cells()) };
        let onkeydown = {
            let (on_move, on_play, is_playing) = (on_move.clone(), on_play.clone(), *is_playing);
            Callback::from(move |event: KeyboardEvent| {
                let key = event.key();
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let is_control = target.is_some_and(|target| target.matches("button, select, input, summary, a").unwrap_or(false));
                if let Some(step) = step_by_key(&key, at, n).filter(|_| !is_control) {
                    on_play.emit(false);
                    on_move.emit(step);
                } else if key == " " && !is_control {
                    on_play.emit(!is_playing);
                } else {
                    return;
                }
                event.prevent_default();
            })
        };
        let formulas = trace.formulas();
        let is_toy = lesson.source == Source::Toy;
        html! {
            <>
                <div class="stage-focus" id="stage" tabindex="0" role="group" {onkeydown}
                    aria-label="The stage. Left and right arrow step, space plays, Home and End go to the ends.">
                    <Board trace={trace.clone()} moment={moment.clone()} pointed={*pointed} {on_point} on_pick={on_move.reform({
                        let trace = trace.clone();
                        move |cell| if by_term { trace.completion_of(cell) } else { cell }
                    })} {is_toy} {on_edit_input} {on_edit_kernel} />
                    <Equation moment={moment.clone()} pointed={*pointed} on_point={{
                        let pointed = pointed.clone();
                        Callback::from(move |at| pointed.set(at))
                    }} is_staged={!by_term && *is_playing} />
                    <p class="note" id="lesson-caption">{&moment.caption}</p>
                </div>
                <Transport {at} {n} unit={if by_term { "moment" } else { "cell" }} pace={if by_term { 3.0 } else { 1.0 }}
                    is_playing={*is_playing} {on_play} {on_move} />
                <div class="size">
                    <span>{"output size "}<b id="lesson-size">{formulas.size}</b></span>
                    <span>{"parameters "}<b id="lesson-params">{formulas.params}</b></span>
                    <span>{"multiply-adds "}<b id="lesson-macs">{formulas.macs}</b></span>
                </div>
            </>
        }
    });
    let waiting = material.as_ref().err().cloned();
    let steps =
        text::CONV2D_STEPS.iter().enumerate().map(|(i, step)| html! { <li><i>{i + 1}</i><span>{*step}</span></li> });
    let problems = [
        problem.map(|text| super::sentence(&text) + " The last setting that fits stays on the stage."),
        (*typing_problem).clone(),
    ];
    html! {
        <div class="lesson">
            <section class="prose">
                <h1>{text::CONV2D_TITLE}</h1>
                <p class="lead">{text::CONV2D_LEAD}</p>
                <ol>{ for steps }</ol>
                <dl class="colours" aria-label="What the colours mean">
                    <dt><i class="swatch input"></i></dt><dd>{"input, in greys"}</dd>
                    <dt><i class="swatch padding"></i></dt><dd>{"padding: zeros around it"}</dd>
                    <dt><i class="swatch plus"></i></dt><dd>{"positive weight"}</dd>
                    <dt><i class="swatch minus"></i></dt><dd>{"negative weight or output"}</dd>
                    <dt><i class="swatch act"></i></dt><dd>{"positive output, darker when larger"}</dd>
                </dl>
            </section>
            <section class="stage" aria-label="Stage">
                <Choices />
                <div class="problems">{ for problems.into_iter().flatten().map(|text| html! { <p class="error" role="alert">{text}</p> }) }</div>
                { for waiting.map(|text| html! { <p class="hint" role="status">{text}</p> }) }
                { for stage }
            </section>
        </div>
    }
}

/// What typing into a cell does: a number goes into the grid, anything else is answered with a sentence.
fn editing(
    change: &Callback<Change>,
    problem: &UseStateHandle<Option<String>>,
    trace: Option<Rc<ConvTrace>>,
    put: fn(&mut AppState, Grid),
    read: fn(&ConvTrace) -> (Matrix, usize, [usize; 2]),
) -> Callback<(usize, String)> {
    let (change, problem) = (change.clone(), problem.clone());
    Callback::from(move |(cell, text): (usize, String)| {
        let Some(trace) = &trace else { return };
        let (matrix, shown_columns, [pad_rows, pad_columns]) = read(trace);
        let grid = Grid::new(matrix.rows, matrix.columns, matrix.values);
        match (Grid::read_cell(&text), grid) {
            (Ok(value), Some(grid)) => {
                let (row, column) = (cell / shown_columns - pad_rows, cell % shown_columns - pad_columns);
                problem.set(None);
                change.emit(Box::new(move |state| put(state, grid.with(row, column, value))));
            }
            (Err(error), _) => problem.set(Some(format!("“{text}” was left aside. {error}"))),
            (_, None) => {}
        }
    })
}
