//! The learner's progress: as data, and as the text that the browser keeps.
//!
//! The text has one line for each thing, and names everything by its key, so it outlives new chapters and another
//! order of them. What cannot be read is left out; a text of another version is none.

use receptive_lessons::host::ToDo;

/// The first line of the text. A change in the meaning of the lines raises the number.
const HEAD: &str = "receptive 1";
/// More is not read: nobody does so much.
const MOST_BYTES: usize = 600_000;
/// The longest answer that is kept.
const MOST_GIVEN: usize = 200;
/// The most teachers' lessons of which answers are kept: a course of a term, and some more.
const MOST_LESSONS: usize = 20;
/// The most answers of a teacher's lesson: one for each of its blocks.
const MOST_OF_LESSON: usize = 100;
/// The beginning of the key of a teacher's lesson. No chapter's key begins so.
const LESSON: &str = "lesson-";

/// Ticks, answers, and the chapter that was open last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    last: Option<String>,
    /// Steps of the guide that are done, in order: key of the chapter, key of the step.
    steps: Vec<(String, String)>,
    /// Answers, in order: key of the chapter or the teacher's lesson, key of the exercise.
    answers: Vec<((String, String), Answered)>,
    /// Keys of the teachers' lessons of which there are answers, the one that was answered last at the end.
    lessons: Vec<String>,
}

/// The key of an answer in a teacher's lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    lesson: String,
    exercise: String,
}

impl AnswerKey {
    /// The key of an answer, by the digests of the lesson and of the exercise.
    pub fn new(lesson: u64, exercise: u64) -> Self {
        Self { lesson: format!("{LESSON}{lesson:016x}"), exercise: format!("{exercise:016x}") }
    }
}

/// An exercise's last answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The seed of the numbers that were asked for; 0 where they are always the same.
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
    /// Answered an exercise of a teacher's lesson.
    AnsweredInLesson(AnswerKey, Answered),
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
        let lessons = &progress.lessons;
        progress.answers.retain(|((of, _), _)| !of.starts_with(LESSON) || lessons.contains(of));
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
            "lesson" if chapter.starts_with(LESSON) => self.note_lesson(chapter),
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
        self.lessons.iter().for_each(|lesson| line(&["lesson", lesson]));
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
            LearnerAction::Answered(chapter, exercise, answered) => self.keep(chapter.into(), exercise, answered),
            LearnerAction::AnsweredInLesson(AnswerKey { lesson, exercise }, answered) => {
                self.note_lesson(lesson.clone());
                self.make_room(&lesson, &exercise);
                self.keep(lesson, exercise, answered);
            }
            LearnerAction::Brought(other) => self.merge(other),
            LearnerAction::Forgot => *self = Self::default(),
        }
    }

    /// Keeps an answer in place of the one before.
    fn keep(&mut self, of: String, exercise: String, mut answered: Answered) {
        answered.given.retain(|c| !c.is_control());
        let is_long = answered.given.len() > MOST_GIVEN;
        if is_long {
            answered.given.clear();
        }
        let kept = self.answer(of, exercise);
        *kept = Answered { is_right: answered.is_right || kept.is_right, ..answered };
    }

    /// Notes that a teacher's lesson was answered last. Where there are too many, the answers of the one that was not
    /// answered for the longest time go.
    fn note_lesson(&mut self, lesson: String) {
        self.lessons.retain(|known| *known != lesson);
        self.lessons.push(lesson);
        if self.lessons.len() > MOST_LESSONS {
            let oldest = self.lessons.remove(0);
            self.answers.retain(|((of, _), _)| *of != oldest);
        }
    }

    /// Makes room for the answer to an exercise of a teacher's lesson, which may have changed so often that more was
    /// answered in it than it can hold.
    fn make_room(&mut self, lesson: &str, exercise: &str) {
        let is_other = |((of, to), _): &((String, String), Answered)| of == lesson && to != exercise;
        if self.answers.iter().filter(|answer| is_other(answer)).count() >= MOST_OF_LESSON
            && let Some(at) = self.answers.iter().position(is_other)
        {
            self.answers.remove(at);
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
        // What was answered here was answered last.
        let here = std::mem::replace(&mut self.lessons, other.lessons);
        here.into_iter().for_each(|lesson| self.note_lesson(lesson));
    }

    /// A step is done.
    fn look(&mut self, chapter: String, step: String) {
        let step = (chapter, step);
        if let Err(i) = self.steps.binary_search(&step) {
            self.steps.insert(i, step);
        }
    }

    /// The answer to an exercise of a chapter or a teacher's lesson, an empty one before there is any.
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

    /// Returns the last answer to an exercise of a teacher's lesson.
    pub fn answered_in_lesson(&self, key: &AnswerKey) -> Option<&Answered> {
        self.answered(&key.lesson, &key.exercise)
    }
}

/// A key as chapters, steps and exercises have one.
fn key(word: &str) -> Option<String> {
    let is_key = (1..=60).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_key.then(|| word.to_string())
}

#[cfg(test)]
mod tests;
