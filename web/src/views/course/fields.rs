//! The fields of a block.

use super::editor::line;
use super::figure_fields::FigureFields;
use crate::lesson_file::{Answer, Block, Exercise, MOST_CHOICES, most};
use receptive_lessons::{NumberKind, read, say};
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct FieldsProps {
    /// The block's name on the page.
    pub(super) name: u32,
    pub(super) block: Block,
    /// Takes the block as it is to be.
    pub(super) set: Callback<Block>,
}

#[component]
pub(super) fn Fields(props: &FieldsProps) -> Html {
    let FieldsProps { name, block, set } = props;
    let id = format!("field-{name}");
    let inside = match block {
        Block::Heading(text) => line(id, say!("course.field.heading"), text, most::LINE, set.reform(Block::Heading)),
        Block::Text(text) => area(id, say!("course.field.text"), text, most::TEXT, set.reform(Block::Text)),
        Block::Figure(figure) => {
            html! { <FigureFields name={*name} figure={figure.clone()} set={set.reform(Block::Figure)} /> }
        }
        Block::Exercise(exercise) => {
            html! { <ExerciseFields name={*name} exercise={exercise.clone()} set={set.reform(Block::Exercise)} /> }
        }
    };
    html! { <div class="course-fields">{ inside }</div> }
}

/// A field of several lines, with its name.
fn area(id: String, name: String, value: &str, most: usize, set: Callback<String>) -> Html {
    let oninput =
        Callback::from(move |event: InputEvent| set.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value()));
    let n_rows = value.lines().count().clamp(3, 16) + value.len() / 300;
    html! {
        <label class="course-field"><span>{name}</span>
            <textarea {id} value={value.to_string()} maxlength={most.to_string()} rows={n_rows.min(18).to_string()} dir="auto" {oninput} /></label>
    }
}

#[derive(PartialEq, Properties)]
struct ExerciseFieldsProps {
    name: u32,
    exercise: Exercise,
    set: Callback<Exercise>,
}

#[component]
fn ExerciseFields(props: &ExerciseFieldsProps) -> Html {
    let ExerciseFieldsProps { name, exercise, set } = props;
    // A change of one thing of it.
    let with = |change: fn(&mut Exercise, String)| {
        let exercise = exercise.clone();
        set.reform(move |text: String| {
            let mut next = exercise.clone();
            change(&mut next, text);
            next
        })
    };
    let answering = {
        let exercise = exercise.clone();
        set.reform(move |answer: Answer| Exercise { answer, ..exercise.clone() })
    };
    let is_number = matches!(exercise.answer, Answer::Number { .. });
    let onchange =
        answering.reform(|event: Event| match &event.target_unchecked_into::<HtmlSelectElement>().value()[..] {
            "number" => Answer::Number { value: 0.0, tolerance: 0.0 },
            _ => Answer::Choice { choices: vec![String::new(); 2], right: 0 },
        });
    let answer = match &exercise.answer {
        Answer::Choice { choices, right } => {
            html! { <Choices name={*name} choices={choices.clone()} right={*right} set={answering} /> }
        }
        Answer::Number { value, tolerance } => {
            let (value, tolerance) = (*value, *tolerance);
            html! {
                <div class="course-row">
                    <NumberField id={format!("answer-{name}")} label={say!("course.field.number")} {value} least={f64::MIN}
                        set={answering.reform(move |value| Answer::Number { value, tolerance })} />
                    <NumberField id={format!("tolerance-{name}")} label={say!("course.field.tolerance")} value={tolerance} least={0.0}
                        set={answering.reform(move |tolerance| Answer::Number { value, tolerance })} />
                </div>
            }
        }
    };
    html! {
        <>
            { area(format!("field-{name}"), say!("course.field.question"), &exercise.question, most::QUESTION, with(|next, text| next.question = text)) }
            <label class="course-field"><span>{say!("course.field.kind")}</span>
                <select id={format!("kind-{name}")} {onchange}>
                    <option value="choice" selected={!is_number}>{say!("course.field.kind-choice")}</option>
                    <option value="number" selected={is_number}>{say!("course.field.kind-number")}</option>
                </select></label>
            { answer }
            { area(format!("explanation-{name}"), say!("course.field.explanation"), &exercise.explanation, most::QUESTION, with(|next, text| next.explanation = text)) }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct ChoicesProps {
    name: u32,
    choices: Vec<String>,
    right: usize,
    set: Callback<Answer>,
}

/// The choices of an exercise, with a mark at the right one.
#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let ChoicesProps { name, choices, right, set } = props;
    let row = |(i, choice): (usize, &String)| {
        let n = i + 1;
        let mark = {
            let choices = choices.clone();
            set.reform(move |_: Event| Answer::Choice { choices: choices.clone(), right: i })
        };
        let write = {
            let (choices, right) = (choices.clone(), *right);
            set.reform(move |event: InputEvent| {
                let mut choices = choices.clone();
                choices[i] = event.target_unchecked_into::<HtmlInputElement>().value();
                Answer::Choice { choices, right }
            })
        };
        let remove = {
            let (choices, right) = (choices.clone(), *right);
            set.reform(move |_: MouseEvent| {
                let mut choices = choices.clone();
                choices.remove(i);
                let right = if right > i { right - 1 } else { right.min(choices.len() - 1) };
                Answer::Choice { choices, right }
            })
        };
        html! {
            <li key={i}>
                <input type="radio" name={format!("right-{name}")} checked={i == *right} onchange={mark} aria-label={say!("course.field.right-one", n = n)} />
                <input type="text" id={format!("choice-{name}-{n}")} value={choice.clone()} maxlength={most::CHOICE.to_string()} autocomplete="off" dir="auto" oninput={write} aria-label={say!("course.field.choice", n = n)} />
                if choices.len() > 2 {
                    <button type="button" class="quiet" onclick={remove} aria-label={say!("course.field.no-choice", n = n)}>{"✕"}</button>
                }
            </li>
        }
    };
    let add = {
        let (choices, right) = (choices.clone(), *right);
        set.reform(move |_: MouseEvent| {
            let choices = choices.iter().cloned().chain([String::new()]).collect();
            Answer::Choice { choices, right }
        })
    };
    html! {
        <fieldset class="course-choices">
            <legend>{say!("course.field.choices")}</legend>
            <ol>{ for choices.iter().enumerate().map(row) }</ol>
            if choices.len() < MOST_CHOICES {
                <button type="button" class="add-choice" onclick={add}>{say!("course.field.more-choices")}</button>
            }
        </fieldset>
    }
}

#[derive(PartialEq, Properties)]
struct NumberFieldProps {
    id: String,
    label: String,
    value: f64,
    /// The least number that is taken.
    least: f64,
    set: Callback<f64>,
}

/// A field for a number: what is typed stays as it is, and what is none is said to be none.
#[component]
fn NumberField(props: &NumberFieldProps) -> Html {
    let typed = use_state_eq(|| props.value.to_string());
    let is_wrong = use_state_eq(bool::default);
    let oninput = {
        let (typed, is_wrong, set, least) = (typed.clone(), is_wrong.clone(), props.set.clone(), props.least);
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            let number = read(&text, NumberKind::Decimals).ok().filter(|number| *number >= least);
            is_wrong.set(number.is_none());
            if let Some(number) = number {
                set.emit(number);
            }
            typed.set(text);
        })
    };
    let why = format!("{}-why", props.id);
    html! {
        <label class="course-field"><span>{&props.label}</span>
            <input type="text" id={props.id.clone()} value={(*typed).clone()} autocomplete="off" {oninput} aria-invalid={is_wrong.to_string()} aria-describedby={is_wrong.then(|| why.clone())} />
            if *is_wrong { <small class="error" id={why}>{say!("course.field.no-number", kept = props.value)}</small> }
        </label>
    }
}
