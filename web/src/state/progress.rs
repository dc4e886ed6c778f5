//! The learner's progress: as data, and as the text that the browser keeps.
//!
//! The text has one line for each thing, and names everything by its key, so it outlives new chapters and another
//! order of them. What cannot be read is left out; a text of another version is none.

use receptive_lessons::host::ToDo;

/// The first line of the text. A change in the meaning of the lines raises the number.
const HEAD: &str = "receptive 1";
/// More is not read: nobody does so much.
const MOST_BYTES: usize = 200_000;
/// The longest answer that is kept.
const MOST_GIVEN: usize = 200;

/// Ticks, answers, and the chapter that was open last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    last: Option<String>,
    /// Steps of the guide that are done, in order: key of the chapter, key of the step.
    steps: Vec<(String, String)>,
    /// Answers, in order: key of the chapter, key of the exercise.
    answers: Vec<((String, String), Answered)>,
}

/// An exercise's last answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The seed of the numbers that were asked for.
    pub seed: u32,
    /// True if this or an earlier answer was right.
    pub is_right: bool,
    /// The answer, as the exercise writes it.
    pub given: String,
}

/// A learner's progress in a chapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChapterProgress {
    /// Steps done.
    pub n_looked: usize,
    /// Steps there are.
    pub n_steps: usize,
    /// Exercises solved.
    pub n_solved: usize,
    /// Exercises there are.
    pub n_exercises: usize,
}

impl ChapterProgress {
    /// Everything there is to do is done.
    pub fn is_done(self) -> bool {
        self.n_steps + self.n_exercises > 0 && (self.n_looked, self.n_solved) == (self.n_steps, self.n_exercises)
    }

    /// Something is done.
    pub fn is_begun(self) -> bool {
        self.n_looked + self.n_solved > 0
    }

    /// Returns the share that is done, 0 to 1.
    pub fn share(self) -> f64 {
        (self.n_looked + self.n_solved) as f64 / (self.n_steps + self.n_exercises).max(1) as f64
    }
}

/// Something that the learner did.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnerAction {
    /// Opened a chapter.
    Opened(&'static str),
    /// Did steps of a chapter's guide.
    Looked(&'static str, Vec<String>),
    /// Answered an exercise of a chapter.
    Answered(&'static str, String, Answered),
    /// Brought ticks and answers from elsewhere.
    Brought(Progress),
    /// Wants all of it forgotten.
    Forgot,
}

impl Progress {
    /// Reads what was kept.
    pub fn read(text: &str) -> Self {
        let mut progress = Self::default();
        let mut lines = text.lines();
        if text.len() > MOST_BYTES || lines.next() != Some(HEAD) {
            return progress;
        }
        for line in lines {
            // A line that cannot be read is left out.
            let _ = progress.read_line(line);
        }
        progress
    }

    /// Takes a line, or nothing of it.
    fn read_line(&mut self, line: &str) -> Option<()> {
        let mut words = line.splitn(6, ' ');
        let kind = words.next()?;
        let chapter = key(words.next()?)?;
        match kind {
            "last" => self.last = Some(chapter),
            "step" => self.look(chapter, key(words.next()?)?),
            "answer" => {
                let (exercise, seed) = (key(words.next()?)?, words.next()?.parse().ok()?);
                let is_right = words.next()? == "right";
                let given = words.next().unwrap_or_default().to_string();
                *self.answer(chapter, exercise) = Answered { seed, is_right, given };
            }
            _ => return None,
        }
        Some(())
    }

    /// As it is kept.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        let mut line = |words: &[&str]| text.push_str(&(words.join(" ") + "\n"));
        self.last.iter().for_each(|chapter| line(&["last", chapter]));
        self.steps.iter().for_each(|(chapter, step)| line(&["step", chapter, step]));
        for ((chapter, exercise), Answered { seed, is_right, given }) in &self.answers {
            let how = if *is_right { "right" } else { "tried" };
            line(&["answer", chapter, exercise, &seed.to_string(), how, given]);
        }
        text
    }

    /// Takes in what the learner did.
    pub fn take(&mut self, action: LearnerAction) {
        match action {
            LearnerAction::Opened(chapter) => self.last = Some(chapter.into()),
            LearnerAction::Looked(chapter, steps) => steps.into_iter().for_each(|step| self.look(chapter.into(), step)),
            LearnerAction::Answered(chapter, exercise, mut answered) => {
                answered.given.retain(|c| !c.is_control());
                let is_long = answered.given.len() > MOST_GIVEN;
                if is_long {
                    answered.given.clear();
                }
                let kept = self.answer(chapter.into(), exercise);
                *kept = Answered { is_right: answered.is_right || kept.is_right, ..answered };
            }
            LearnerAction::Brought(other) => self.merge(other),
            LearnerAction::Forgot => *self = Self::default(),
        }
    }

    /// Takes over what was done elsewhere. What was answered here stays, unless only the other answer was right.
    fn merge(&mut self, other: Self) {
        self.last = self.last.take().or(other.last);
        other.steps.into_iter().for_each(|(chapter, step)| self.look(chapter, step));
        for ((chapter, exercise), answered) in other.answers {
            let is_here = self.answered(&chapter, &exercise).is_some_and(|here| here.is_right || !answered.is_right);
            if !is_here {
                *self.answer(chapter, exercise) = answered;
            }
        }
    }

    /// A step is done.
    fn look(&mut self, chapter: String, step: String) {
        let step = (chapter, step);
        if let Err(i) = self.steps.binary_search(&step) {
            self.steps.insert(i, step);
        }
    }

    /// The answer to an exercise, an empty one before there is any.
    fn answer(&mut self, chapter: String, exercise: String) -> &mut Answered {
        let key = (chapter, exercise);
        let i = self.answers.binary_search_by(|(known, _)| known.cmp(&key)).unwrap_or_else(|i| {
            self.answers.insert(i, (key, Answered::default()));
            i
        });
        &mut self.answers[i].1
    }

    /// The chapter that was open last.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Returns the progress in a chapter.
    pub fn standing(&self, chapter: &str, to_do: &ToDo) -> ChapterProgress {
        let is_solved = |exercise: &&String| self.answered(chapter, exercise).is_some_and(|answered| answered.is_right);
        ChapterProgress {
            n_looked: to_do.steps.iter().filter(|step| self.has_looked(chapter, step)).count(),
            n_steps: to_do.steps.len(),
            n_solved: to_do.exercises.iter().filter(is_solved).count(),
            n_exercises: to_do.exercises.len(),
        }
    }

    /// Position of the chapter to go on with, of those in order, of which `is_done` says which are done: the one that
    /// was open last, or the next that is not done. None before any was opened, and when all are done.
    pub fn next(&self, chapters: &[&str], is_done: impl Fn(usize) -> bool) -> Option<usize> {
        let last = chapters.iter().position(|chapter| Some(*chapter) == self.last())?;
        (last..chapters.len()).chain(0..last).find(|i| !is_done(*i))
    }

    /// True if nothing is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Steps of a chapter's guide that are done.
    pub fn looked(&self, chapter: &str) -> Vec<String> {
        self.steps.iter().filter(|(of, _)| of == chapter).map(|(_, step)| step.clone()).collect()
    }

    /// True if a step of a chapter's guide was done.
    pub fn has_looked(&self, chapter: &str, step: &str) -> bool {
        self.steps.iter().any(|(of, done)| of == chapter && done == step)
    }

    /// Returns the last answer to an exercise of a chapter.
    pub fn answered(&self, chapter: &str, exercise: &str) -> Option<&Answered> {
        let is_it = |((of, to), _): &&((String, String), Answered)| of == chapter && to == exercise;
        self.answers.iter().find(is_it).map(|(_, answered)| answered)
    }
}

/// A key as chapters, steps and exercises have one.
fn key(word: &str) -> Option<String> {
    let is_key = (1..=60).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_key.then(|| word.to_string())
}

#[cfg(test)]
mod tests {
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
}
