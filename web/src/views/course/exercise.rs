//! An exercise of a teacher's own: answered before it is explained. The last answer is kept, as those in chapters are.

use crate::context::use_memory;
use crate::lesson_file::{Answer, Exercise};
use crate::state::{AnswerKey, Answered, LearnerAction};
use receptive_lessons::{NumberKind, number, read, say};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct ExerciseProps {
    /// Its name on the page.
    pub(super) name: u32,
    pub(super) exercise: Exercise,
    /// The key under which its answer is kept; none while the lesson is edited.
    pub(super) answer_key: Option<AnswerKey>,
}

/// What is said of an answer.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Right,
    Wrong,
    /// The solution, asked for.
    Shown,
    /// The answer could not be read.
    Unclear(String),
}

/// What stands in an exercise: what is typed and chosen, and what is said of it.
#[derive(Debug, Default, PartialEq)]
struct Standing {
    typed: String,
    chosen: Option<usize>,
    said: Option<Said>,
}

impl Standing {
    /// What stands there after an answer that was kept. A right one that was not found was shown.
    fn after(answer: &Answer, kept: &Answered) -> Self {
        let (typed, chosen) = match answer {
            Answer::Choice { .. } => (String::new(), kept.given.parse().ok()),
            Answer::Number { .. } => (kept.given.clone(), None),
        };
        let said = match verdict(answer, &typed, chosen) {
            Said::Right if kept.is_right => Said::Right,
            Said::Right => Said::Shown,
            Said::Wrong => Said::Wrong,
            // What cannot be read is no answer.
            Said::Shown | Said::Unclear(_) => return Self::default(),
        };
        Self { typed, chosen, said: Some(said) }
    }
}

/// An exercise. Another question is another one: whoever shows it gives each a key of its own.
#[component]
pub(super) fn ExerciseView(props: &ExerciseProps) -> Html {
    let Exercise { question, answer, explanation } = &props.exercise;
    let memory = use_memory();
    let first = use_memo((), |()| {
        let kept = props.answer_key.as_ref().and_then(|key| memory.progress.answered_in_lesson(key));
        kept.map(|kept| Standing::after(answer, kept)).unwrap_or_default()
    });
    let typed = use_state_eq(|| first.typed.clone());
    let chosen = use_state_eq(|| first.chosen);
    let said = use_state_eq(|| first.said.clone());
    let was_shown = use_state_eq(|| first.said == Some(Said::Shown));
    let id = format!("question-{}", props.name);
    let onsubmit = {
        let (answer, said, typed, chosen) = (answer.clone(), said.clone(), typed.clone(), chosen.clone());
        let (key, record, was_shown) = (props.answer_key.clone(), memory.record.clone(), *was_shown);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let now = verdict(&answer, &typed, *chosen);
            if let (Some(key), Said::Right | Said::Wrong) = (&key, &now) {
                let given = chosen.map_or_else(|| (*typed).clone(), |choice| choice.to_string());
                // What was shown is not found any more.
                let is_right = now == Said::Right && !was_shown;
                record.emit(LearnerAction::AnsweredInLesson(key.clone(), Answered { seed: 0, is_right, given }));
            }
            said.set(Some(now));
        })
    };
    let show = {
        let (answer, said, typed, chosen) = (answer.clone(), said.clone(), typed.clone(), chosen.clone());
        let was_shown = was_shown.setter();
        Callback::from(move |_: MouseEvent| {
            was_shown.set(true);
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
        Answer::Choice { choices, right } => match chosen.filter(|choice| *choice < choices.len()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn choice() -> Answer {
        Answer::Choice { choices: ["0", "1", "2"].map(String::from).to_vec(), right: 1 }
    }

    fn after(answer: &Answer, is_right: bool, given: &str) -> Standing {
        Standing::after(answer, &Answered { seed: 0, is_right, given: given.into() })
    }

    #[test]
    fn what_was_answered_stands_there_again_with_what_is_said_of_it() {
        let chosen = |choice, said| Standing { chosen: Some(choice), said: Some(said), ..Standing::default() };
        assert_eq!(after(&choice(), true, "1"), chosen(1, Said::Right));
        assert_eq!(after(&choice(), false, "2"), chosen(2, Said::Wrong));
        // It was right once, and what stands there is wrong.
        assert_eq!(after(&choice(), true, "0"), chosen(0, Said::Wrong));
        assert_eq!(after(&choice(), false, "1"), chosen(1, Said::Shown));
        let number = Answer::Number { value: 12.0, tolerance: 0.0 };
        let typed = |text: &str, said| Standing { typed: text.into(), said: Some(said), ..Standing::default() };
        assert_eq!(after(&number, true, "24/2"), typed("24/2", Said::Right));
        assert_eq!(after(&number, false, "11"), typed("11", Said::Wrong));
        assert_eq!(after(&number, false, "12"), typed("12", Said::Shown));
    }

    #[test]
    fn what_is_no_answer_leaves_the_exercise_as_it_was() {
        let number = Answer::Number { value: 12.0, tolerance: 0.0 };
        for given in ["", "3", "-1", "1,2", "<b>", "99999999999999999999999"] {
            assert_eq!(after(&choice(), true, given), Standing::default(), "{given:?}");
        }
        for given in ["", "twelve", "<b>12</b>", "1 2 3"] {
            assert_eq!(after(&number, true, given), Standing::default(), "{given:?}");
        }
    }
}
