//! An exercise: answered before it is shown.

use super::faces::faces;
use crate::context::{Memory, use_memory};
use crate::platform::dom;
use crate::state::{Answered, LearnerAction};
use crate::views::grid::Grid;
use receptive_lessons::exercise::{Answer, Attempt, Given, Task, Verdict};
use receptive_lessons::scene::Grid as GridData;
use receptive_lessons::{number, place, say};
use std::rc::Rc;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct ExerciseViewProps {
    /// Its name on this page.
    pub(crate) name: AttrValue,
    pub(crate) task: Rc<Task>,
    /// True if a first reading can leave it out.
    #[prop_or_default]
    pub(crate) is_more: bool,
    /// The seed of its numbers; 0 where they are always the same.
    #[prop_or_default]
    pub(crate) seed: u32,
}

/// The state of this exercise when it was last answered with these numbers.
#[derive(Default)]
struct Kept {
    attempt: Attempt,
    typed: String,
    chosen: Vec<usize>,
}

impl Kept {
    fn of(memory: &Memory, props: &ExerciseViewProps) -> Self {
        let answered = memory.progress.answered(memory.chapter, &props.name);
        let Some(answered) = answered.filter(|answered| answered.seed == props.seed) else { return Self::default() };
        let (mut typed, mut chosen) = (String::new(), vec![]);
        match &props.task.answer {
            Answer::Number { .. } | Answer::Size(_) => typed.clone_from(&answered.given),
            Answer::Choice { options, .. } => chosen = read_chosen(&answered.given, options.len()),
            Answer::Cells(_) => {
                chosen = read_chosen(&answered.given, props.task.grids.first().map_or(0, |grid| grid.cells.len()));
            }
        }
        let given = props.task.given(&typed, &chosen).ok();
        let attempt = given.map(|given| Attempt::left(&props.task, given, answered.is_right)).unwrap_or_default();
        Self { attempt, typed, chosen }
    }
}

/// Choices or cells, as they are kept.
fn written(chosen: &[usize]) -> String {
    chosen.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

/// Reads what [`written`] wrote; nothing if any of it is none of so many.
fn read_chosen(text: &str, n: usize) -> Vec<usize> {
    let chosen = text.split(',').map(|i| i.parse().ok().filter(|i| *i < n));
    chosen.collect::<Option<_>>().unwrap_or_default()
}

/// One question, with the place for its answer.
#[component]
pub(crate) fn ExerciseView(props: &ExerciseViewProps) -> Html {
    let task = &props.task;
    let memory = use_memory();
    let kept = use_memo((), |()| Kept::of(&memory, props));
    let attempt = use_state_eq(|| kept.attempt.clone());
    let typed = use_state_eq(|| kept.typed.clone());
    let chosen = use_state_eq(|| kept.chosen.clone());
    let said = use_state_eq(|| kept.attempt.verdict(task));
    let id = format!("exercise-{}", props.name);
    // The verdict is brought into sight as soon as it is drawn.
    let announce = {
        let (said, id) = (said.clone(), id.clone());
        Callback::from(move |verdict| {
            said.set(verdict);
            let line = format!("#{id}-verdict");
            dom::after_millis(0, move || {
                dom::bring_into_sight(&line);
            });
        })
    };
    let on_submit = {
        let (task, attempt, announce) = (task.clone(), attempt.clone(), announce.clone());
        let (typed, chosen) = (typed.clone(), chosen.clone());
        let (name, seed) = (props.name.to_string(), props.seed);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match task.given(&typed, &chosen) {
                Ok(given) => {
                    let now = attempt.answered(&task, given);
                    let given = if typed.is_empty() { written(&chosen) } else { (*typed).clone() };
                    let answered = Answered { seed, is_right: now.is_solved, given };
                    memory.record.emit(LearnerAction::Answered(memory.chapter, name.clone(), answered));
                    announce.emit(now.verdict(&task));
                    attempt.set(now);
                }
                Err(text) => announce.emit(Some(Verdict { is_right: false, text })),
            }
        })
    };
    let show = {
        let (task, attempt) = (task.clone(), attempt.clone());
        let (typed, chosen) = (typed.clone(), chosen.clone());
        Callback::from(move |_: MouseEvent| {
            let now = attempt.shown();
            announce.emit(now.verdict(&task));
            attempt.set(now);
            match task.answer.given() {
                Given::Choice(option) => chosen.set(vec![option]),
                Given::Cells(cells) => chosen.set(cells),
                Given::Number(_) | Given::Size(_) => typed.set(task.answer.text()),
            }
        })
    };
    let on_choose = {
        let (chosen, said) = (chosen.clone(), said.clone());
        Callback::from(move |cells| {
            said.set(None);
            chosen.set(cells);
        })
    };
    let toggle = {
        let (chosen, on_choose) = (chosen.clone(), on_choose.clone());
        Callback::from(move |cell: usize| {
            let mut cells = (*chosen).clone();
            match cells.binary_search(&cell) {
                Ok(at) => drop(cells.remove(at)),
                Err(at) => cells.insert(at, cell),
            }
            on_choose.emit(cells);
        })
    };
    let cells = if let Answer::Cells(cells) = &task.answer { Some(cells) } else { None };
    let grids = task.grids.iter().enumerate().map(|(i, data)| {
        let grid_id = format!("{id}-{}", data.name);
        match cells.filter(|_| i == 0) {
            Some(right) if attempt.is_shown => {
                let shown = GridData { marked: right.clone(), ..data.clone() };
                small_grid(&grid_id, &shown, &chosen, Some(toggle.clone()))
            }
            Some(_) => small_grid(&grid_id, data, &chosen, Some(toggle.clone())),
            None => small_grid(&grid_id, data, &[], None),
        }
    });
    let answer = match &task.answer {
        Answer::Number { .. } | Answer::Size(_) => {
            let (typed_now, said) = (typed.clone(), said.clone());
            let oninput = Callback::from(move |event: InputEvent| {
                said.set(None);
                typed_now.set(event.target_unchecked_into::<HtmlInputElement>().value());
            });
            html! {
                <input id={format!("{id}-answer")} type="text" inputmode="text" autocomplete="off" size="9" aria-label={say!("common.answer")} value={(*typed).clone()} {oninput} />
            }
        }
        Answer::Choice { options, .. } => {
            let options = options.iter().enumerate().map(|(i, option)| {
                let is_chosen = chosen.first() == Some(&i);
                let onchange = on_choose.reform(move |_: Event| vec![i]);
                html! { <label class="option" key={i}><input type="radio" name={id.clone()} checked={is_chosen} {onchange} /><span>{option}</span></label> }
            });
            html! { <div class="options" role="radiogroup" aria-label={say!("common.answer")}>{ for options }</div> }
        }
        Answer::Cells(_) => html! { <span class="hint">{say!("common.pick-cells")}</span> },
    };
    let verdict = said.as_ref().map(|verdict| {
        let class = classes!("verdict", if verdict.is_right { "right" } else { "wrong" });
        html! { <span {class} id={format!("{id}-verdict")}>{ if verdict.is_right { "✓ " } else { "" } }{&verdict.text}</span> }
    });
    html! {
        <form class="ask" id={id.clone()} onsubmit={on_submit}>
            <p>{ more_mark(props.is_more) }{&task.question}</p>
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

/// Says of a step or an exercise that a first reading can leave it out.
pub(crate) fn more_mark(is_more: bool) -> Html {
    if is_more {
        html! { <small class="more-mark">{say!("common.more")}</small> }
    } else {
        html! {}
    }
}

/// True if the question of this name was answered right.
pub(super) fn is_solved(memory: &Memory, name: &str) -> bool {
    memory.progress.answered(memory.chapter, name).is_some_and(|answered| answered.is_right)
}

/// A grid in an exercise: its numbers, and no arithmetic to give the answer away.
fn small_grid(id: &str, data: &GridData, lit: &[usize], on_pick: Option<Callback<usize>>) -> Html {
    let describe = |cell: usize| {
        let mut text = format!("{}: {}", place(data.place(cell)), number(data.cells[cell].value));
        for (_, mark) in
            [(lit, "common.chosen"), (&data.marked, "common.marked")].iter().filter(|(cells, _)| cells.contains(&cell))
        {
            text = format!("{text}, {}", say!(mark));
        }
        text
    };
    let style = format!("--widest:{};--across:{}", data.columns, data.columns);
    html! {
        <figure class="grid-figure" ~style={style} key={data.name}>
            <Grid id={id.to_string()} label={data.title.clone()} columns={data.columns} cells={faces(data, lit, describe)} frames={data.frames.clone()} {on_pick} />
            <figcaption>{&data.title}</figcaption>
        </figure>
    }
}
