//! Exercises: a question with fresh numbers, an answer, what a wrong answer gives away, and how far a learner has come.

use crate::number::{Misread, NumberKind, read, read_size, short};
use crate::say;
use crate::scene::Grid;
use receptive_core::Rng;
use serde::{Deserialize, Serialize};

/// Wrong answers after which the right one is shown.
pub const MOST_TRIES: usize = 3;

/// An exercise of a chapter.
#[derive(Clone, Copy)]
pub struct Exercise {
    /// Its name in the texts.
    pub key: &'static str,
    /// Draws numbers, and computes the answer with the engine.
    make: fn(&mut Rng) -> Task,
    /// True if a first reading can leave it out.
    pub is_more: bool,
}

impl Exercise {
    /// An exercise for everyone.
    pub const fn new(key: &'static str, make: fn(&mut Rng) -> Task) -> Self {
        Self { key, make, is_more: false }
    }

    /// An exercise that a first reading can leave out.
    pub const fn more(key: &'static str, make: fn(&mut Rng) -> Task) -> Self {
        Self { key, make, is_more: true }
    }

    /// The task with the numbers of a seed: the same for everyone who has the seed.
    pub fn task(&self, seed: u32) -> Task {
        // Each exercise has numbers of its own.
        let stream = self.key.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        (self.make)(&mut Rng::stream(seed.into(), stream)).honest()
    }
}

/// A question with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The question.
    pub question: String,
    /// Grids to look at.
    pub grids: Vec<Grid>,
    /// The right answer.
    pub answer: Answer,
    /// Wrong answers that a known misconception explains, with its explanation.
    pub slips: Vec<(Answer, String)>,
    /// A way to begin, for a wrong answer that nothing explains.
    pub hint: String,
    /// The reason that the right answer is right, with the arithmetic.
    pub because: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// A number; right up to half of the last decimal asked for.
    Number {
        /// The number.
        value: f64,
        /// Decimals asked for.
        decimals: usize,
    },
    /// Rows and columns.
    Size([usize; 2]),
    /// One of several.
    Choice {
        /// The options.
        options: Vec<String>,
        /// The right one.
        right: usize,
    },
    /// Cells of the first grid, in order. None at all is an answer too.
    Cells(Vec<usize>),
}

impl Answer {
    /// A number with so many decimals.
    pub fn number(value: f32, decimals: usize) -> Self {
        Self::Number { value: value.into(), decimals }
    }

    /// A whole number.
    pub fn count(value: usize) -> Self {
        Self::Number { value: value as f64, decimals: 0 }
    }

    /// As many rows as columns.
    pub fn square(side: usize) -> Self {
        Self::Size([side; 2])
    }

    /// The answer as a person reads it.
    pub fn text(&self) -> String {
        match self {
            Self::Number { value, decimals } => {
                let text = crate::decimals(*value, *decimals);
                if *decimals == 0 && *value >= 0.0 {
                    crate::grouped(*value as u64)
                } else if *decimals == 0 {
                    text.replace('-', "−")
                } else {
                    short(&text)
                }
            }
            Self::Size([rows, columns]) => format!("{rows}×{columns}"),
            Self::Choice { options, right } => options.get(*right).cloned().unwrap_or_default(),
            Self::Cells(cells) if cells.is_empty() => say!("common.no-cells"),
            Self::Cells(cells) => say!("common.cells", n = cells.len()),
        }
    }

    /// Returns the learner's answer that equals this one.
    pub fn given(&self) -> Given {
        match self {
            Self::Number { value, .. } => Given::Number(*value),
            Self::Size(size) => Given::Size(*size),
            Self::Choice { right, .. } => Given::Choice(*right),
            Self::Cells(cells) => Given::Cells(cells.clone()),
        }
    }

    fn agrees(&self, given: &Given) -> bool {
        match (self, given) {
            (Self::Number { value, decimals: 0 }, Given::Number(given)) => value == given,
            (Self::Number { decimals, .. }, Given::Number(given)) => self.is_within(0.501, *decimals, *given),
            _ => self.given() == *given,
        }
    }

    /// Returns the number of decimals if a number is this one but for its last decimal.
    fn is_near(&self, given: &Given) -> Option<usize> {
        match (self, given) {
            (Self::Number { decimals, .. }, Given::Number(given)) => {
                Some(*decimals).filter(|decimals| *decimals > 0 && self.is_within(1.501, *decimals, *given))
            }
            _ => None,
        }
    }

    fn is_within(&self, units: f64, decimals: usize, given: f64) -> bool {
        matches!(self, Self::Number { value, .. } if (value - given).abs() <= units * 10f64.powi(-(decimals as i32)))
    }
}

/// A learner's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Given {
    /// A number.
    Number(f64),
    /// Rows and columns.
    Size([usize; 2]),
    /// The number of a choice.
    Choice(usize),
    /// Cells, in order.
    Cells(Vec<usize>),
}

impl Task {
    /// Takes what was typed, or the numbers of what was chosen, as an answer.
    ///
    /// # Errors
    /// When that is no answer yet, in words. It gives nothing away.
    pub fn given(&self, typed: &str, chosen: &[usize]) -> Result<Given, String> {
        let asked_back = |why: Misread, usual: &str| match why {
            Misread::Empty => say!("common.bad.empty"),
            Misread::NotWhole => say!("common.bad.whole"),
            why => why.question().unwrap_or_else(|| say!(usual)),
        };
        match &self.answer {
            Answer::Number { decimals, .. } => {
                let (kind, usual) = match decimals {
                    0 => (NumberKind::Count, "common.bad.whole"),
                    _ => (NumberKind::Decimals, "common.bad.answer"),
                };
                read(typed, kind).map(Given::Number).map_err(|why| asked_back(why, usual))
            }
            Answer::Size(_) => read_size(typed).map(Given::Size).map_err(|why| asked_back(why, "common.bad.size")),
            Answer::Choice { .. } => chosen.first().copied().map(Given::Choice).ok_or(say!("common.bad.choose")),
            Answer::Cells(_) => {
                let given = Given::Cells(chosen.to_vec());
                // Only where it can be meant is none at all an answer.
                let can_be = !chosen.is_empty() || self.answer.agrees(&given) || self.slip(&given).is_some();
                if can_be { Ok(given) } else { Err(say!("common.bad.none")) }
            }
        }
    }

    fn slip(&self, given: &Given) -> Option<&str> {
        self.slips.iter().find(|(wrong, _)| wrong.agrees(given)).map(|(_, why)| &**why)
    }

    /// The task without slips that happen to be right, or that another slip explains already.
    #[must_use]
    pub fn honest(mut self) -> Self {
        let mut seen = vec![self.answer.clone()];
        self.slips.retain(|(wrong, _)| {
            let is_new = !seen.contains(wrong);
            seen.push(wrong.clone());
            is_new
        });
        self
    }
}

/// A learner's progress with a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The last answer.
    pub given: Option<Given>,
    /// Wrong answers, each counted once in a row.
    pub n_wrong: usize,
    /// True if the right answer was found before it was shown.
    pub is_solved: bool,
    /// True if the right answer was shown.
    pub is_shown: bool,
}

/// The page's reply to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// True if the answer is right.
    pub is_right: bool,
    /// The probable mistake, or the right answer and its reason.
    pub text: String,
}

impl Attempt {
    /// The attempt after one more answer.
    #[must_use]
    pub fn answered(&self, task: &Task, given: Given) -> Self {
        let is_right = task.answer.agrees(&given);
        let is_same = self.given.as_ref() == Some(&given);
        let n_wrong = self.n_wrong + usize::from(!is_right && !is_same && !self.is_shown);
        Self {
            n_wrong,
            is_solved: self.is_solved || (is_right && !self.is_shown),
            is_shown: self.is_shown || n_wrong >= MOST_TRIES,
            given: Some(given),
        }
    }

    /// The attempt as it was left at another time, with its last answer. A right one that was not found was shown.
    pub fn left(task: &Task, given: Given, was_found: bool) -> Self {
        let is_shown = !was_found && task.answer.agrees(&given);
        Self { is_shown, ..Self::default() }.answered(task, given)
    }

    /// The attempt after the answer was shown on request.
    #[must_use]
    pub fn shown(&self) -> Self {
        Self { given: None, is_shown: true, ..self.clone() }
    }

    /// Returns the reply to the last answer: a wrong one meets its misconception or a hint before it meets the right
    /// one.
    pub fn verdict(&self, task: &Task) -> Option<Verdict> {
        // A choice can be a sentence with a full stop of its own.
        let answer = task.answer.text();
        let solution = || say!("common.shown", answer = answer.trim_end_matches('.'), because = task.because);
        let Some(given) = &self.given else {
            return self.is_shown.then(|| Verdict { is_right: false, text: solution() });
        };
        if task.answer.agrees(given) {
            return Some(Verdict { is_right: true, text: say!("common.right", because = task.because) });
        }
        let slip = task.slip(given).map(|why| say!("common.slip", why = why));
        let near = || task.answer.is_near(given).map(|n| say!("common.near", n = n));
        let known = slip.or_else(near);
        let text = if self.is_shown {
            format!("{} {}", known.unwrap_or_else(|| say!("common.wrong")), solution())
        } else {
            let left = say!("common.tries-left", n = MOST_TRIES - self.n_wrong.min(MOST_TRIES));
            match known {
                Some(known) if self.n_wrong < 2 => format!("{known} {left}"),
                Some(known) => format!("{known} {} {left}", task.hint),
                None => format!("{} {} {left}", say!("common.wrong"), task.hint),
            }
        };
        Some(Verdict { is_right: false, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        Task {
            question: String::new(),
            grids: vec![],
            answer: Answer::count(7),
            slips: vec![(Answer::count(6), "once.".into()), (Answer::count(7), "never.".into())],
            hint: "Begin so.".into(),
            because: "5 + 2 = 7.".into(),
        }
        .honest()
    }

    /// The verdicts to these answers, one after the other.
    fn verdicts(task: &Task, given: &[f64]) -> (Attempt, Vec<Verdict>) {
        let mut attempt = Attempt::default();
        let verdicts = given.iter().filter_map(|&given| {
            attempt = attempt.answered(task, Given::Number(given));
            attempt.verdict(task)
        });
        let verdicts = verdicts.collect();
        (attempt, verdicts)
    }

    #[test]
    fn a_wrong_answer_meets_its_slip_then_the_hint_and_the_third_the_solution() {
        let task = task();
        assert_eq!(task.slips.len(), 1);
        let (attempt, said) = verdicts(&task, &[6.0, 9.0, 6.0]);
        let gives_away = |verdict: &Verdict| verdict.text.contains('7');
        assert!(said[0].text.contains("once.") && !gives_away(&said[0]), "{said:?}");
        assert!(said[1].text.contains("Begin so.") && !gives_away(&said[1]), "{said:?}");
        assert!(said[2].text.contains("once.") && said[2].text.contains("5 + 2 = 7"), "{said:?}");
        assert!(attempt.is_shown && !attempt.is_solved && said.iter().all(|verdict| !verdict.is_right));
        let after = attempt.answered(&task, Given::Number(7.0));
        assert!(after.verdict(&task).unwrap().is_right && !after.is_solved, "what was shown is not found");
    }

    #[test]
    fn the_same_wrong_answer_again_costs_no_try() {
        let (attempt, said) = verdicts(&task(), &[9.0, 9.0, 9.0, 9.0]);
        assert_eq!((attempt.n_wrong, attempt.is_shown), (1, false));
        assert_eq!(said[0], said[3]);
    }

    #[test]
    fn an_answer_that_was_shown_is_not_found_at_another_time() {
        let again = |given: f64, was_found: bool| {
            let left = Attempt::left(&task(), Given::Number(given), was_found);
            left.answered(&task(), Given::Number(7.0)).is_solved
        };
        assert!(!again(7.0, false), "it was shown");
        assert!(again(7.0, true) && again(9.0, false));
    }

    #[test]
    fn a_right_answer_is_solved_whatever_came_before_it() {
        let (attempt, said) = verdicts(&task(), &[9.0, 6.0, 7.0]);
        assert!(attempt.is_solved && !attempt.is_shown && said[2].is_right && said[2].text.contains("5 + 2"));
        assert!(!verdicts(&task(), &[f64::NAN]).1[0].is_right);
        let shown = Attempt::default().shown();
        let verdict = shown.verdict(&task()).unwrap();
        assert!(!verdict.is_right && verdict.text.contains("5 + 2") && shown.n_wrong == 0);
        assert_eq!(Attempt::default().verdict(&task()), None);
    }

    #[test]
    fn what_is_no_answer_yet_is_asked_back_and_gives_nothing_away() {
        let with = |answer: Answer| Task { answer, slips: vec![], ..task() };
        let cells = with(Answer::Cells(vec![1, 2]));
        let cases = [
            (task(), ""),
            (task(), " "),
            (task(), "seven"),
            (task(), "6.5"),
            (with(Answer::square(7)), ""),
            (with(Answer::square(7)), "1,204"),
            (with(Answer::Choice { options: vec!["7".into(), "8".into()], right: 0 }), ""),
            (cells.clone(), ""),
        ];
        for (task, typed) in cases {
            let why = task.given(typed, &[]).unwrap_err();
            assert!(!why.contains('7') && !why.contains(&task.because), "{typed}: {why}");
        }
        assert_eq!(cells.given("", &[2]), Ok(Given::Cells(vec![2])));
        // Where it can be meant, no cell at all is an answer.
        assert_eq!(with(Answer::Cells(vec![])).given("", &[]), Ok(Given::Cells(vec![])));
        let slip = Task { slips: vec![(Answer::Cells(vec![]), "none".into())], ..cells };
        assert_eq!(slip.given("", &[]), Ok(Given::Cells(vec![])));
    }

    #[test]
    fn an_answer_is_read_as_its_kind_asks() {
        let with = |answer: Answer| Task { answer, ..task() };
        assert_eq!(with(Answer::count(50_240)).given("50.240", &[]), Ok(Given::Number(50_240.0)));
        let third = with(Answer::Number { value: 1.0 / 3.0, decimals: 2 });
        for typed in ["1/3", "0,33", ".333", "33 %"] {
            let given = third.given(typed, &[]).unwrap();
            assert!(third.answer.agrees(&given), "{typed}");
        }
        let near = Attempt::default().answered(&third, third.given("0.34", &[]).unwrap());
        assert!(near.verdict(&third).unwrap().text.contains("2 decimals"), "{near:?}");
        assert_eq!(with(Answer::square(12)).given("12 x 12", &[]), Ok(Given::Size([12, 12])));
        let tenth = Answer::Number { value: 0.66, decimals: 1 };
        assert!(!tenth.agrees(&Given::Number(0.8)) && tenth.agrees(&Given::Number(0.7)));
    }

    #[test]
    fn every_answer_is_read_back_from_its_own_text() {
        let answers = [
            Answer::count(1_199_882),
            Answer::Number { value: -1204.0, decimals: 0 },
            Answer::Number { value: -0.25, decimals: 2 },
            Answer::square(26),
        ];
        for answer in answers {
            let task = Task { answer: answer.clone(), ..task() };
            let given = task.given(&answer.text(), &[]).unwrap();
            assert!(answer.agrees(&given), "{}", answer.text());
        }
    }
}
