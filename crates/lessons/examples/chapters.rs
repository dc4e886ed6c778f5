//! Prints what a package of chapters has to know of them, as JSON: `cargo xtask package` reads it.
#![expect(clippy::print_stdout, reason = "a command tells what it found")]

use receptive_lessons::{Chapter, chapters, say};
use serde_json::{Value, json};

fn main() {
    let chapters: Vec<_> = chapters::ALL.iter().copied().map(described).collect();
    println!("{}", json!({ "more": say!("common.more"), "chapters": chapters }));
}

fn described(chapter: &Chapter) -> Value {
    let exercises = chapter.exercises.iter().map(|exercise| json!({ "key": exercise.key, "more": exercise.is_more }));
    json!({
        "key": chapter.key,
        "title": chapter.text("title"),
        "lead": chapter.text("lead"),
        "exercises": exercises.collect::<Vec<_>>(),
        "guide": chapter.steps.iter().map(|step| step.key).collect::<Vec<_>>(),
    })
}
