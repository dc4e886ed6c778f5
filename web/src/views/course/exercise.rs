//! An exercise of a teacher's own: answered before it is explained.

use crate::lesson_file::{Answer, Exercise};
use receptive_lessons::{NumberKind, number, read, say};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct ExerciseProps {
    /// Its name on the page.
    pub(super) name: u32,
    pub(super) exercise: Exercise,
}

/// What is said of an answer.
#[derive(Clone, PartialEq)]
enum Said {
    Right,
    Wrong,
    /// The solution, asked for.
    Shown,
    /// The answer could not be read.
    Unclear(String),
}

#[component]
pub(super) fn ExerciseView(props: &ExerciseProps) -> Html {
    let Exercise { question, answer, explanation } = &props.exercise;
    let typed = use_state_eq(String::default);
    let chosen = use_state_eq(Option::<usize>::default);
    let said = use_state_eq(Option::<Said>::default);
    {
        // Another question has no answer yet.
        let (typed, chosen, said) = (typed.setter(), chosen.setter(), said.setter());
        use_effect_with(props.exercise.clone(), move |_| {
            typed.set(String::new());
            chosen.set(None);
            said.set(None);
        });
    }
    let id = format!("question-{}", props.name);
    let onsubmit = {
        let (answer, said, typed, chosen) = (answer.clone(), said.clone(), typed.clone(), chosen.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            said.set(Some(verdict(&answer, &typed, *chosen)));
        })
    };
    let show = {
        let (answer, said, typed, chosen) = (answer.clone(), said.clone(), typed.clone(), chosen.clone());
        Callback::from(move |_: MouseEvent| {
            match &answer {
                Answer::Choice { right, .. } => chosen.set(Some(*right)),
                Answer::Number { value, .. } => typed.set(value.to_string()),
            }
            said.set(Some(Said::Shown));
        })
    };
    let field = match answer {
        Answer::Choice { choices, .. } => {
            let options = choices.iter().enumerate().map(|(i, choice)| {
                let (chosen_now, said) = (chosen.clone(), said.clone());
                let onchange = Callback::from(move |_: Event| {
                    said.set(None);
                    chosen_now.set(Some(i));
                });
                html! { <label class="course-option" key={i}><input type="radio" name={id.clone()} checked={*chosen == Some(i)} {onchange} /><span dir="auto">{choice}</span></label> }
            });
            html! { <div class="course-options" role="radiogroup" aria-label={say!("course.answer")}>{ for options }</div> }
        }
        Answer::Number { .. } => {
            let (typed_now, said) = (typed.clone(), said.clone());
            let oninput = Callback::from(move |event: InputEvent| {
                said.set(None);
                typed_now.set(event.target_unchecked_into::<HtmlInputElement>().value());
            });
            html! { <input id={format!("{id}-answer")} type="text" autocomplete="off" size="9" aria-label={say!("course.answer")} value={(*typed).clone()} {oninput} /> }
        }
    };
    let line = said.as_ref().map(|said| match said {
        Said::Right => html! { <b class="right">{"✓ "}{say!("course.right")}</b> },
        Said::Wrong => html! { <b class="wrong">{say!("course.wrong")}</b> },
        Said::Shown => html! { <b>{say!("course.shown")}</b> },
        Said::Unclear(why) => html! { <b class="wrong">{why}</b> },
    });
    let is_over = matches!(&*said, Some(Said::Right | Said::Shown));
    let can_show = !is_over && said.is_some();
    let words = is_over.then(|| html! { <span dir="auto">{explanation}</span> });
    html! {
        <form class="course-exercise" {id} {onsubmit}>
            <p class="course-question" dir="auto">{question}</p>
            { field }
            <p class="course-check">
                <button type="submit" class="go">{say!("course.check")}</button>
                if can_show { <button type="button" class="quiet show" onclick={show}>{say!("course.show")}</button> }
            </p>
            <p class="course-verdict" role="status">{ line.unwrap_or_default() }{" "}{ words.unwrap_or_default() }</p>
        </form>
    }
}

/// What is said of an answer as it was given.
fn verdict(answer: &Answer, typed: &str, chosen: Option<usize>) -> Said {
    let is_right = match answer {
        Answer::Choice { right, .. } => match chosen {
            Some(choice) => choice == *right,
            None => return Said::Unclear(say!("course.choose")),
        },
        Answer::Number { .. } => match read(typed, NumberKind::Decimals) {
            Ok(given) => answer.takes(given),
            Err(why) => {
                let example = number(0.5);
                return Said::Unclear(why.question().unwrap_or_else(|| say!("course.type-number", example = example)));
            }
        },
    };
    if is_right { Said::Right } else { Said::Wrong }
}
