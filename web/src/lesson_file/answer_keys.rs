//! The keys under which answers to a lesson's exercises are kept.
//!
//! A lesson is known by its title and its author, so it is the same whether it came from an address, a file or a draft.
//! An exercise is known by what is asked and what is right: wherever it stands, it has its answer, and one that has
//! changed has none.

use super::{Answer, Block, Exercise, LessonFile};
use crate::state::AnswerKey;
use std::collections::BTreeMap;

/// Returns the key for each of a lesson's blocks that is an exercise. Of the lesson itself, title and author count.
pub fn answer_keys<'b>(lesson: &LessonFile, blocks: impl IntoIterator<Item = &'b Block>) -> Vec<Option<AnswerKey>> {
    let of_lesson = Digest::new().text(&lesson.title).text(&lesson.author).0;
    // The same question may be asked twice, of two figures.
    let mut seen = BTreeMap::<u64, u64>::new();
    let key = |block: &Block| {
        let Block::Exercise(exercise) = block else { return None };
        let asked = digest(exercise);
        let n_before = seen.entry(asked.0).or_default();
        let key = AnswerKey::new(of_lesson, asked.number(*n_before).0);
        *n_before += 1;
        Some(key)
    };
    blocks.into_iter().map(key).collect()
}

/// The digest of what is asked and what is right. What is explained afterwards does not count.
fn digest(exercise: &Exercise) -> Digest {
    let digest = Digest::new().text(&exercise.question);
    match &exercise.answer {
        Answer::Choice { choices, right } => {
            let digest = digest.number(choices.len() as u64).number(*right as u64);
            choices.iter().fold(digest, |digest, choice| digest.text(choice))
        }
        Answer::Number { value, tolerance } => digest.number(value.to_bits()).number(tolerance.to_bits()),
    }
}

/// A hash by FNV-1a, in 64 bits: the same in every browser and for every version of this page.
#[derive(Clone, Copy)]
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, step))
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// Takes in a text, with its length, so that where one ends and the next begins counts too.
    fn text(self, text: &str) -> Self {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(question: &str, choices: &[&str], right: usize) -> Block {
        let answer = Answer::Choice { choices: choices.iter().map(|choice| choice.to_string()).collect(), right };
        Block::Exercise(Exercise { question: question.into(), answer, explanation: String::new() })
    }

    fn number(question: &str, value: f64, tolerance: f64) -> Block {
        let answer = Answer::Number { value, tolerance };
        Block::Exercise(Exercise { question: question.into(), answer, explanation: String::new() })
    }

    fn lesson(title: &str, blocks: &[Block]) -> LessonFile {
        LessonFile {
            title: title.into(),
            author: "A. Teacher".into(),
            blocks: blocks.to_vec(),
            ..LessonFile::default()
        }
    }

    fn keys(lesson: &LessonFile) -> Vec<Option<AnswerKey>> {
        answer_keys(lesson, &lesson.blocks)
    }

    fn key(block: &Block) -> AnswerKey {
        keys(&lesson("Padding", std::slice::from_ref(block)))[0].clone().expect("an exercise")
    }

    #[test]
    fn an_exercise_that_has_changed_has_another_key() {
        let all = [
            choice("Which padding?", &["0", "1"], 1),
            choice("Which padding now?", &["0", "1"], 1),
            choice("Which padding?", &["0", "1"], 0),
            choice("Which padding?", &["1", "0"], 1),
            choice("Which padding?", &["0", "1", "2"], 1),
            choice("Which padding?", &["01", ""], 1),
            number("Which padding?", 1.0, 0.0),
            number("Which padding?", 1.0, 0.5),
            number("Which padding?", -1.0, 0.0),
        ];
        for (i, one) in all.iter().enumerate() {
            for (j, other) in all.iter().enumerate() {
                assert_eq!(key(one) == key(other), i == j, "{one:?} and {other:?}");
            }
        }
        let Block::Exercise(mut explained) = all[0].clone() else { panic!("an exercise") };
        explained.explanation = "With padding 1 the size stays.".into();
        assert_eq!(key(&Block::Exercise(explained)), key(&all[0]), "what is explained is not asked");
    }

    #[test]
    fn a_key_outlives_a_move_another_file_and_a_new_version_of_this_page() {
        let (one, other) = (choice("Which padding?", &["0", "1"], 1), number("How many columns?", 12.0, 0.0));
        let text = Block::Text("Look at the figure.".into());
        let before = lesson("Padding", &[text.clone(), one.clone(), other.clone()]);
        let all = keys(&before);
        assert_eq!(all.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true]);
        let moved = keys(&lesson("Padding", &[other, one, text]));
        assert_eq!([&moved[2], &moved[1], &moved[0]], [&all[0], &all[1], &all[2]]);
        let read = LessonFile::read(&before.write()).expect("a lesson").lesson;
        assert_eq!(keys(&read), all);
        let renamed = keys(&LessonFile { title: "Stride".into(), ..before });
        assert!(renamed[1].is_some() && renamed[1] != all[1], "another lesson");
        // What is kept in browsers goes by these.
        assert_eq!(Digest::new().bytes(b"foobar").0, 0x8594_4171_f739_67e8, "FNV-1a as others compute it");
    }

    #[test]
    fn a_question_that_is_asked_twice_has_two_answers() {
        let twice = choice("Which padding?", &["0", "1"], 1);
        let keys = keys(&lesson("Padding", &[twice.clone(), Block::Heading("And here?".into()), twice]));
        assert!(keys[0].is_some() && keys[2].is_some() && keys[0] != keys[2], "{keys:?}");
    }
}
