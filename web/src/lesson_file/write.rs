//! A lesson as a file.

use super::{Answer, Block, Exercise, FORMAT, Figure, LessonFile};
use std::fmt::{self, Write};

impl LessonFile {
    /// Returns the file of this lesson, which reads as the same lesson.
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.put(&mut out).expect("a string takes text");
        out
    }

    fn put(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "# A lesson for Receptive; docs/lesson-files.md describes this format.")?;
        writeln!(out, "format = {FORMAT}\ntitle = {}", quoted(&self.title))?;
        pairs(out, [("author", &self.author), ("lang", &self.lang)])?;
        self.blocks.iter().try_for_each(|block| put(block, out))
    }
}

fn put(block: &Block, out: &mut String) -> fmt::Result {
    let kind = match block {
        Block::Heading(_) => "heading",
        Block::Text(_) => "text",
        Block::Figure(_) => "figure",
        Block::Exercise(_) => "exercise",
    };
    writeln!(out, "\n[[block]]\nkind = \"{kind}\"")?;
    match block {
        Block::Heading(text) | Block::Text(text) => writeln!(out, "text = {}", quoted(text)),
        Block::Figure(figure) => {
            let Figure { chapter, part, state, lock, hide, caption, height } = figure;
            let texts = [("chapter", chapter), ("part", part), ("state", state), ("lock", lock), ("hide", hide)];
            pairs(out, texts)?;
            height.map_or(Ok(()), |height| writeln!(out, "height = {height}"))?;
            pairs(out, [("caption", caption)])
        }
        Block::Exercise(Exercise { question, answer, explanation }) => {
            writeln!(out, "question = {}", quoted(question))?;
            match answer {
                Answer::Choice { choices, right } => {
                    let choices: String = choices.iter().map(|choice| format!("  {},\n", quoted(choice))).collect();
                    writeln!(out, "choices = [\n{choices}]\nright = {}", right + 1)?;
                }
                Answer::Number { value, tolerance } => {
                    writeln!(out, "answer = {value:?}\ntolerance = {tolerance:?}")?;
                }
            }
            pairs(out, [("explanation", explanation)])
        }
    }
}

/// Writes the texts that are not empty.
fn pairs<const N: usize>(out: &mut String, pairs: [(&str, &String); N]) -> fmt::Result {
    let mut there = pairs.into_iter().filter(|(_, text)| !text.is_empty());
    there.try_for_each(|(key, text)| writeln!(out, "{key} = {}", quoted(text)))
}

/// A text as TOML has it: in one line, or with its own line ends between three quotes.
fn quoted(text: &str) -> String {
    let is_long = text.contains('\n');
    let mut inside = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' if is_long => inside.push(c),
            // Between three quotes one may stand, but not three together, nor one at the end.
            '"' if is_long && rest.peek().is_some_and(|next| *next != '"') => inside.push(c),
            '"' | '\\' => inside.extend(['\\', c]),
            '\t' => inside.push(c),
            c if c.is_control() => write!(inside, "\\u{:04X}", u32::from(c)).expect("a string takes text"),
            c => inside.push(c),
        }
    }
    if is_long { format!("\"\"\"\n{inside}\"\"\"") } else { format!("\"{inside}\"") }
}
