//! The exercises of a chapter.

use crate::context::AppContext;
use crate::platform::dom;
use crate::platform::lesson_host::LessonHost;
use crate::views::figure::exercise::ExerciseView;
use receptive_lessons::exercise::Task;
use receptive_lessons::{Outline, say};
use std::rc::Rc;
use yew::prelude::*;

/// Exercises: the name, whether a first reading can leave it out, and what is asked.
pub(super) type Tasks = Vec<(AttrValue, bool, Rc<Task>)>;

/// The exercises of a chapter with the numbers of the seed that the page has.
#[hook]
pub(super) fn use_tasks(host: Option<&LessonHost>, chapter: &Outline, seed: u32) -> Rc<Tasks> {
    use_memo((host.cloned(), chapter.position(), seed), |(host, chapter, seed)| {
        let exercises = host.as_ref().map_or_else(Vec::new, |host| host.tasks(*chapter, *seed));
        exercises.into_iter().map(|posed| (posed.key.into(), posed.is_more, Rc::new(posed.task))).collect()
    })
}

/// Exercises, and a button for other numbers in them.
pub(super) fn exercises(app: &AppContext, tasks: &Tasks) -> Html {
    let seed = app.state.exercise_seed;
    let again = app.changing(|state, ()| state.exercise_seed = dom::random_seed());
    let tasks = tasks.iter().map(|(key, is_more, task)| {
        html! { <li key={key.as_str()}><ExerciseView name={key.clone()} task={task.clone()} is_more={*is_more} {seed} key={seed} /></li> }
    });
    html! {
        <section class="exercises" aria-labelledby="exercises-title">
            <h2 id="exercises-title">{say!("common.exercises-title")}</h2>
            <ol>{ for tasks }</ol>
            <p class="exercise-seed">
                if !app.frame.locks.holds("ex") {
                    <button type="button" id="new-numbers" onclick={again.reform(|_: MouseEvent| ())}>{say!("common.again")}</button>
                }
                <span class="hint">{say!("common.seed", seed = seed)}</span>
            </p>
        </section>
    }
}
