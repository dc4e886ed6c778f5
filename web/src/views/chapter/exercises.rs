//! Exercises: answered before they are shown.

use super::faces::faces;
use crate::context::use_app;
use crate::platform::dom;
use crate::views::grid::Grid;
use receptive_lessons::exercise::{Answer, Given, Task, Verdict};
use receptive_lessons::scene::Grid as GridData;
use receptive_lessons::{Outline, number, place, say};
use std::rc::Rc;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct ExercisesProps {
    pub(super) chapter: &'static Outline,
}

#[component]
pub(super) fn Exercises(props: &ExercisesProps) -> Html {
    let app = use_app();
    let seed = app.state.exercise_seed;
    let chapter = props.chapter;
    let tasks = use_memo((app.desk.clone(), chapter.position(), seed), |(desk, chapter, seed)| {
        let tasks = desk.as_ref().map_or_else(Vec::new, |desk| desk.tasks(*chapter, *seed));
        tasks.into_iter().map(|(name, task)| (AttrValue::from(name), Rc::new(task))).collect::<Vec<_>>()
    });
    let again = app.changing(|state, ()| state.exercise_seed = dom::random_seed());
    let tasks = tasks.iter().map(|(key, task)| {
        html! { <li key={key.as_str()}><Asked name={key.clone()} task={task.clone()} key={seed} /></li> }
    });
    html! {
        <section class="exercises" aria-labelledby="exercises-title">
            <h2 id="exercises-title">{say!("common.exercises-title")}</h2>
            <ol>{ for tasks }</ol>
            <p class="exercise-seed">
                <button type="button" id="new-numbers" onclick={again.reform(|_: MouseEvent| ())}>{say!("common.again")}</button>
                <span class="hint">{format!("{} {seed}", say!("ui.seed"))}</span>
            </p>
        </section>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct AskedProps {
    /// Its name on this page.
    pub(super) name: AttrValue,
    pub(super) task: Rc<Task>,
}

/// One question, with the place for its answer.
#[component]
pub(super) fn Asked(props: &AskedProps) -> Html {
    let task = &props.task;
    let verdict = use_state_eq(|| None::<Verdict>);
    let chosen = use_state_eq(Vec::<usize>::new);
    let field = use_node_ref();
    let id = format!("exercise-{}", props.name);
    let on_submit = {
        let (task, verdict, chosen, field) = (task.clone(), verdict.clone(), chosen.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let given = match task.answer {
                Answer::Number { .. } => {
                    Given::read_number(&field.cast::<HtmlInputElement>().map_or(String::new(), |field| field.value()))
                }
                Answer::Choice { .. } => {
                    chosen.first().map(|&option| Given::Choice(option)).ok_or(say!("common.bad.choose"))
                }
                Answer::Cells(_) => Ok(Given::Cells((*chosen).clone())),
            };
            verdict.set(Some(match given {
                Ok(given) => task.check(&given),
                Err(text) => Verdict { is_right: false, text },
            }));
        })
    };
    let show = {
        let (task, verdict) = (task.clone(), verdict.clone());
        Callback::from(move |_: MouseEvent| {
            verdict.set(Some(Verdict { is_right: false, text: task.shown() }));
        })
    };
    let can_pick = matches!(task.answer, Answer::Cells(_));
    let toggle = {
        let (chosen, verdict) = (chosen.clone(), verdict.clone());
        Callback::from(move |cell: usize| {
            let mut cells = (*chosen).clone();
            match cells.binary_search(&cell) {
                Ok(at) => drop(cells.remove(at)),
                Err(at) => cells.insert(at, cell),
            }
            verdict.set(None);
            chosen.set(cells);
        })
    };
    let grids = task.grids.iter().enumerate().map(|(i, data)| {
        let is_picked = can_pick && i == 0;
        let lit = if is_picked { (*chosen).clone() } else { vec![] };
        small_grid(&format!("{id}-{}", data.name), data, &lit, is_picked.then(|| toggle.clone()))
    });
    let answer = match &task.answer {
        Answer::Number { .. } => html! {
            <input ref={field} id={format!("{id}-answer")} type="text" inputmode="text" autocomplete="off" size="9" aria-label={say!("common.answer")} />
        },
        Answer::Choice { options, .. } => {
            let options = options.iter().enumerate().map(|(i, option)| {
                let (chosen, verdict) = (chosen.clone(), verdict.clone());
                let is_chosen = chosen.first() == Some(&i);
                let onchange = Callback::from(move |_: Event| {
                    verdict.set(None);
                    chosen.set(vec![i]);
                });
                html! { <label class="option" key={i}><input type="radio" name={id.clone()} checked={is_chosen} {onchange} /><span>{option}</span></label> }
            });
            html! { <div class="options" role="radiogroup" aria-label={say!("common.answer")}>{ for options }</div> }
        }
        Answer::Cells(_) => html! { <span class="hint">{say!("common.pick-cells")}</span> },
    };
    let verdict = verdict.as_ref().map(|verdict| {
        let class = classes!("verdict", if verdict.is_right { "right" } else { "wrong" });
        html! { <span {class} id={format!("{id}-verdict")}>{ if verdict.is_right { "✓ " } else { "" } }{&verdict.text}</span> }
    });
    html! {
        <form class="ask" id={id.clone()} onsubmit={on_submit}>
            <p>{&task.question}</p>
            <div class="ask-grids">{ for grids }</div>
            <div class="ask-row">
                { answer }
                <button type="submit" class="go">{say!("common.check")}</button>
                <button type="button" class="show" onclick={show}>{say!("common.show")}</button>
            </div>
            <p role="status" class="verdict-line">{ verdict.unwrap_or_default() }</p>
        </form>
    }
}

/// A grid in an exercise: its numbers, and no arithmetic to give the answer away.
fn small_grid(id: &str, data: &GridData, lit: &[usize], on_pick: Option<Callback<usize>>) -> Html {
    let told = |cell: usize| {
        let is_lit = if lit.contains(&cell) { format!(", {}", say!("common.chosen")) } else { String::new() };
        format!("{}: {}{is_lit}", place(data.place(cell)), number(data.cells[cell].value))
    };
    let style = format!("--widest:{};--across:{}", data.columns, data.columns);
    html! {
        <figure class="grid-figure" {style} key={data.name}>
            <Grid id={id.to_string()} label={data.title.clone()} columns={data.columns} cells={faces(data, lit, told)} frames={data.frames.clone()} {on_pick} />
            <figcaption>{&data.title}</figcaption>
        </figure>
    }
}
