use super::*;

fn answer(seed: u32, is_right: bool, given: &str) -> Answered {
    Answered { seed, is_right, given: given.into() }
}

fn some() -> Progress {
    let mut progress = Progress::default();
    progress.take(LearnerAction::Opened("padding"));
    progress.take(LearnerAction::Looked("padding", vec!["corner".into(), "same".into()]));
    progress.take(LearnerAction::Answered("padding", "size".into(), answer(7, true, "12, 12")));
    progress.take(LearnerAction::Answered("images", "bright".into(), answer(1, false, "")));
    progress
}

#[test]
fn what_was_done_survives_the_way_into_the_store_and_back() {
    let progress = Progress::read(&some().text());
    assert_eq!(progress, some());
    assert_eq!(progress.last(), Some("padding"));
    assert_eq!(progress.looked("padding"), ["corner", "same"]);
    assert!(progress.has_looked("padding", "same") && !progress.has_looked("stride", "same"));
    assert_eq!(progress.answered("padding", "size"), Some(&answer(7, true, "12, 12")));
    assert_eq!(progress.answered("images", "bright"), Some(&answer(1, false, "")));
}

#[test]
fn an_exercise_once_solved_stays_solved_and_the_last_answer_is_kept() {
    let mut progress = some();
    progress.take(LearnerAction::Answered("padding", "size".into(), answer(8, false, "3")));
    assert_eq!(progress.answered("padding", "size"), Some(&answer(8, true, "3")));
}

#[test]
fn an_answer_cannot_break_the_store() {
    for given in ["a\nstep padding free", "\r\n", &"9".repeat(5000), "  a  b ", "receptive 2"] {
        let mut progress = some();
        progress.take(LearnerAction::Answered("stride", "size".into(), answer(1, true, given)));
        let read = Progress::read(&progress.text());
        assert_eq!(read, progress, "{given:?}");
        assert!(!read.has_looked("padding", "free"));
    }
}

#[test]
fn a_damaged_store_loses_what_is_damaged_and_nothing_else() {
    let whole = some().text();
    for damaged in
        ["", "x", "receptive", "receptive 0\nstep padding corner", "receptive 2\nlast padding", "{}", "\u{0}"]
    {
        assert!(Progress::read(damaged).is_empty(), "{damaged:?}");
    }
    assert!(Progress::read(&format!("{HEAD}\n{}", "step a b\n".repeat(100_000))).is_empty());
    for line in [
        "step",
        "step padding",
        "step padding <b>",
        "answer a b",
        "answer a b x right 1",
        "last ../..",
        "lesson padding",
        "lesson lesson-<b>",
        "else a b",
        "",
        "  ",
    ] {
        assert_eq!(Progress::read(&format!("{whole}{line}\n")), some(), "{line:?}");
    }
    let cut: String = whole.chars().take(whole.len() - 30).collect();
    assert!(Progress::read(&cut).last().is_some());
}

#[test]
fn what_is_done_and_what_is_next_is_reported_whatever_the_order_of_the_chapters() {
    let (padding, none) = (
        ToDo { steps: vec!["corner".into(), "new".into()], exercises: vec!["size".into(), "loss".into()] },
        ToDo::default(),
    );
    let standing = some().standing("padding", &padding);
    assert_eq!(standing, ChapterProgress { n_looked: 1, n_steps: 2, n_solved: 1, n_exercises: 2 });
    assert!(standing.is_begun() && !standing.is_done() && standing.share() == 0.5);
    assert!(!some().standing("padding", &none).is_done());
    let done = ToDo { steps: vec!["same".into()], exercises: vec!["size".into()] };
    assert!(some().standing("padding", &done).is_done());
    for chapters in [["images", "padding", "stride"], ["stride", "padding", "images"]] {
        assert_eq!(some().next(&chapters, |_| false), Some(1));
        assert_eq!(some().next(&chapters, |i| i == 1), Some(2));
        assert_eq!(some().next(&chapters, |i| i > 0), Some(0));
        assert_eq!(some().next(&chapters, |_| true), None);
        assert_eq!(Progress::default().next(&chapters, |_| false), None);
    }
    assert_eq!(some().next(&["images"], |_| false), None);
}

#[test]
fn what_was_done_elsewhere_is_added_and_what_was_right_stays() {
    let mut progress = some();
    let mut other = Progress::default();
    other.take(LearnerAction::Opened("stride"));
    other.take(LearnerAction::Looked("padding", vec!["new".into()]));
    other.take(LearnerAction::Answered("padding", "size".into(), answer(9, false, "1")));
    other.take(LearnerAction::Answered("images", "bright".into(), answer(2, true, "255")));
    progress.take(LearnerAction::Brought(other));
    assert_eq!(progress.last(), Some("padding"));
    assert_eq!(progress.looked("padding"), ["corner", "new", "same"]);
    assert_eq!(progress.answered("padding", "size"), Some(&answer(7, true, "12, 12")));
    assert_eq!(progress.answered("images", "bright"), Some(&answer(2, true, "255")));
}

#[test]
fn everything_is_forgotten_on_request() {
    let mut progress = some();
    progress.take(LearnerAction::Forgot);
    assert!(progress.is_empty() && Progress::read(&progress.text()).is_empty());
}

/// Keys of answers in two lessons.
fn lesson_keys() -> [AnswerKey; 3] {
    [(7, 1), (7, u64::MAX), (9, 1)].map(|(lesson, exercise)| AnswerKey::new(lesson, exercise))
}

fn after(answers: impl IntoIterator<Item = (AnswerKey, Answered)>) -> Progress {
    let mut progress = Progress::default();
    answers.into_iter().for_each(|(key, answered)| progress.take(LearnerAction::AnsweredInLesson(key, answered)));
    progress
}

/// A lesson with a right answer and a wrong one.
fn lesson() -> Progress {
    let [first, second, _] = lesson_keys();
    after([(first, answer(0, true, "1")), (second, answer(0, false, "12,5 / 2"))])
}

#[test]
fn answers_in_a_lesson_survive_the_way_into_the_store_and_back() {
    let [first, second, third] = lesson_keys();
    let text = lesson().text();
    let lines = "lesson lesson-0000000000000007\nanswer lesson-0000000000000007 0000000000000001 0 right 1\n\
        answer lesson-0000000000000007 ffffffffffffffff 0 tried 12,5 / 2\n";
    assert!(text.ends_with(lines), "{text}");
    let read = Progress::read(&text);
    assert_eq!(read, lesson());
    assert_eq!(read.answered_in_lesson(&first), Some(&answer(0, true, "1")));
    assert_eq!(read.answered_in_lesson(&second), Some(&answer(0, false, "12,5 / 2")));
    assert_eq!(read.answered_in_lesson(&third), None);
    assert!(!read.is_empty() && read.last().is_none(), "no chapter was opened");
}

#[test]
fn an_exercise_of_a_lesson_once_solved_stays_solved() {
    let [first, ..] = lesson_keys();
    let progress = after([(first.clone(), answer(0, true, "1")), (first.clone(), answer(0, false, "0"))]);
    assert_eq!(progress.answered_in_lesson(&first), Some(&answer(0, true, "0")));
}

#[test]
fn an_answer_in_a_lesson_cannot_break_the_store() {
    let [first, ..] = lesson_keys();
    for given in ["a\nstep padding free", "\r\n", "3\r", &"9".repeat(5000), "  a  b ", "receptive 2"] {
        let progress = after([(first.clone(), answer(0, true, given))]);
        let read = Progress::read(&progress.text());
        assert_eq!(read, progress, "{given:?}");
        assert!(!read.has_looked("padding", "free"));
    }
}

#[test]
fn the_lessons_answered_last_are_kept_and_the_store_has_room_for_them() {
    let (n_lessons, n_exercises) = (MOST_LESSONS as u64 + 5, MOST_OF_LESSON as u64 + 20);
    let longest = answer(u32::MAX, true, &"9".repeat(MOST_GIVEN));
    let keys = (0..n_lessons).flat_map(|lesson| (0..n_exercises).map(move |i| AnswerKey::new(lesson, i)));
    let progress = after(keys.map(|key| (key, longest.clone())));
    let text = progress.text();
    assert_eq!(text.lines().count(), 1 + MOST_LESSONS * (1 + MOST_OF_LESSON));
    assert!(text.len() + 30_000 < MOST_BYTES, "{} bytes leave no room for the chapters", text.len());
    assert_eq!(Progress::read(&text), progress);
    let is_kept = |lesson, i| progress.answered_in_lesson(&AnswerKey::new(lesson, i)).is_some();
    assert!(is_kept(n_lessons - 1, n_exercises - 1) && !is_kept(0, n_exercises - 1));
    // A lesson that is answered again is not the oldest any more.
    let [first, second, _] = lesson_keys();
    let mut progress = after([(first.clone(), answer(0, true, "1"))]);
    for lesson in 100..100 + n_lessons {
        for key in [AnswerKey::new(lesson, 1), second.clone()] {
            progress.take(LearnerAction::AnsweredInLesson(key, answer(0, false, "2")));
        }
    }
    assert!(progress.answered_in_lesson(&first).is_some());
    // A text that claims more is not read as more.
    let lesson = |i: u64| format!("lesson lesson-{i:016x}\nanswer lesson-{i:016x} {i:016x} 0 right 1\n");
    let claimed: String = (0..1000).map(lesson).collect();
    assert_eq!(Progress::read(&format!("{HEAD}\n{claimed}")).text().lines().count(), 1 + 2 * MOST_LESSONS);
    let unnamed: String =
        claimed.lines().filter(|line| line.starts_with("answer")).map(|line| format!("{line}\n")).collect();
    assert!(Progress::read(&format!("{HEAD}\n{unnamed}")).is_empty(), "answers of no lesson");
}

#[test]
fn what_was_answered_in_lessons_elsewhere_is_added_and_drives_out_nothing() {
    let [first, second, third] = lesson_keys();
    let mut progress = lesson();
    let answers = [answer(0, false, "0"), answer(0, true, "6,25"), answer(0, false, "4")];
    progress.take(LearnerAction::Brought(after(lesson_keys().into_iter().zip(answers))));
    assert_eq!(progress.answered_in_lesson(&first), Some(&answer(0, true, "1")));
    assert_eq!(progress.answered_in_lesson(&second), Some(&answer(0, true, "6,25")));
    assert_eq!(progress.answered_in_lesson(&third), Some(&answer(0, false, "4")));
    assert_eq!(Progress::read(&progress.text()), progress);
    let many = (100..200).map(|lesson| (AnswerKey::new(lesson, 1), answer(0, true, "1")));
    progress.take(LearnerAction::Brought(after(many)));
    assert!(progress.answered_in_lesson(&first).is_some() && progress.answered_in_lesson(&second).is_some());
    assert_eq!(progress.lessons.len(), MOST_LESSONS);
    assert_eq!(Progress::read(&progress.text()), progress);
    progress.take(LearnerAction::Forgot);
    assert!(progress.is_empty());
}
