//! Exercises: a question with fresh numbers, an answer, and what a wrong answer gives away.

use crate::scene::Grid;
use crate::{number, say};
use receptive_core::Rng;
use serde::{Deserialize, Serialize};

/// An exercise of a chapter.
#[derive(Clone, Copy)]
pub struct Exercise {
    /// Its name in the texts.
    pub key: &'static str,
    /// Draws numbers, and computes the answer with the engine.
    pub make: fn(&mut Rng) -> Task,
}

impl Exercise {
    /// The task with the numbers of a seed: the same for everyone who has the seed.
    pub fn task(&self, seed: u32) -> Task {
        // Each exercise has numbers of its own.
        let stream = self.key.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        (self.make)(&mut Rng::stream(seed.into(), stream))
    }
}

/// A question with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What is asked.
    pub question: String,
    /// Grids to look at.
    pub grids: Vec<Grid>,
    /// What is right.
    pub answer: Answer,
    /// Wrong answers that a known misconception explains, with its explanation.
    pub slips: Vec<(Answer, String)>,
    /// Why the right answer is right, with the arithmetic.
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
    /// One of several.
    Choice {
        /// What there is to choose from.
        options: Vec<String>,
        /// The right one.
        right: usize,
    },
    /// Cells of the first grid, in order. None at all is an answer too.
    Cells(Vec<usize>),
}

impl Answer {
    /// A whole number.
    pub fn count(value: usize) -> Self {
        Self::Number { value: value as f64, decimals: 0 }
    }

    /// The answer as a person reads it.
    pub fn text(&self) -> String {
        match self {
            Self::Number { value, decimals } => {
                let text = format!("{value:.decimals$}");
                if *decimals == 0 && *value >= 0.0 {
                    receptive_nn::grouped(*value as u64)
                } else if *decimals == 0 {
                    text.replace('-', "−")
                } else {
                    number(text.parse().unwrap_or(f32::NAN))
                }
            }
            Self::Choice { options, right } => options.get(*right).cloned().unwrap_or_default(),
            Self::Cells(cells) => say!("common.cells", n = cells.len()),
        }
    }

    fn agrees(&self, given: &Given) -> bool {
        match (self, given) {
            (Self::Number { value, decimals }, Given::Number(given)) => {
                (value - given).abs() <= 0.501 * 10f64.powi(-(*decimals as i32)) && (*decimals > 0 || value == given)
            }
            (Self::Choice { right, .. }, Given::Choice(given)) => right == given,
            (Self::Cells(cells), Given::Cells(given)) => cells == given,
            _ => false,
        }
    }
}

/// What the learner answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Given {
    /// A number.
    Number(f64),
    /// The number of a choice.
    Choice(usize),
    /// Cells, in order.
    Cells(Vec<usize>),
}

impl Given {
    /// A number as a person types it: spaces and commas set thousands apart, a comma may also be the point.
    ///
    /// # Errors
    /// When it is not a number, in words.
    pub fn read_number(text: &str) -> Result<Self, String> {
        let text = text.trim().replace('−', "-").replace([' ', '\u{a0}', '\u{202f}', '’', '\''], "");
        let groups: Vec<_> = text.split(',').collect();
        let is_grouped = groups.len() > 1
            && groups[1..].iter().all(|group| group.len() == 3 && group.bytes().all(|digit| digit.is_ascii_digit()))
            && (1..=3).contains(&groups[0].trim_start_matches('-').len())
            && groups[0].trim_start_matches('-') != "0";
        let text = if is_grouped { text.replace(',', "") } else { text.replacen(',', ".", 1) };
        match text.parse::<f64>() {
            Ok(value) if value.abs() <= 1e15 => Ok(Self::Number(value)),
            _ => Err(say!("common.bad.answer")),
        }
    }
}

/// What is said to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is right.
    pub is_right: bool,
    /// What is right, why, and what probably happened.
    pub text: String,
}

impl Task {
    /// Checks an answer.
    pub fn check(&self, given: &Given) -> Verdict {
        if self.answer.agrees(given) {
            return Verdict { is_right: true, text: say!("common.right", because = self.because) };
        }
        let slip = self.slips.iter().find(|(wrong, _)| wrong.agrees(given));
        let text = match slip {
            Some((_, why)) => say!("common.slip", why = why, because = self.because),
            None => say!("common.wrong", answer = self.answer.text(), because = self.because),
        };
        Verdict { is_right: false, text }
    }

    /// The answer given away.
    pub fn shown(&self) -> String {
        say!("common.shown", answer = self.answer.text(), because = self.because)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        Task {
            question: String::new(),
            grids: vec![],
            answer: Answer::count(7),
            slips: vec![(Answer::count(6), "once".into()), (Answer::count(7), "never".into())],
            because: "5 + 2".into(),
        }
        .honest()
    }

    #[test]
    fn answers_are_checked_and_slips_are_named() {
        assert!(task().check(&Given::Number(7.0)).is_right);
        let slip = task().check(&Given::Number(6.0));
        assert!(!slip.is_right && slip.text.contains("once") && slip.text.contains("5 + 2"));
        assert!(task().check(&Given::Number(9.0)).text.contains('7'));
        assert!(!task().check(&Given::Number(f64::NAN)).is_right);
        assert!(!task().check(&Given::Choice(7)).is_right);
        assert_eq!(task().slips.len(), 1);
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let cases = [
            ("1,199,882", 1_199_882.0),
            ("1 199 882", 1_199_882.0),
            ("0,511", 0.511),
            ("−2", -2.0),
            ("1,5", 1.5),
            ("0.5", 0.5),
        ];
        for (text, value) in cases {
            assert_eq!(Given::read_number(text), Ok(Given::Number(value)), "{text}");
        }
        for text in ["", "seven", "1e400", "nan", "1;2"] {
            assert!(Given::read_number(text).is_err(), "{text}");
        }
        let tenth = Answer::Number { value: 0.66, decimals: 1 };
        assert!(!tenth.agrees(&Given::Number(0.8)) && tenth.agrees(&Given::Number(0.7)));
    }
}
