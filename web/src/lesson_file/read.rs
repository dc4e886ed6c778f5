//! A file as a lesson, or what is wrong with it, line by line.

use super::{Answer, Block, Exercise, FORMAT, Figure, LessonFile, length, most};
use super::{MOST_BLOCKS, MOST_BYTES, MOST_CHOICES, MOST_HEIGHT};
use receptive_lessons::say;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More sentences than these help nobody.
const MOST_PROBLEMS: usize = 5;
/// The keys before the blocks.
const KEYS: [&str; 5] = ["format", "title", "author", "lang", "block"];

/// Something that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; nothing where it is of the whole file.
    pub line: Option<usize>,
    /// What is wrong, in words.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => f.write_str(&say!("course.line", n = line, why = self.text)),
            None => f.write_str(&self.text),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its lesson.
    pub lesson: LessonFile,
    /// What its figures name and what is not there. The rest of the lesson works.
    pub remarks: Vec<Problem>,
}

impl LessonFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no lesson: at most a few reasons, each with its line.
    pub fn read(text: &str) -> Result<Opened, Vec<Problem>> {
        if text.len() > MOST_BYTES {
            let why = say!("course.bad.large", most = MOST_BYTES / 1024);
            return Err(vec![Problem { line: None, text: why }]);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader { text, problems: vec![], remarks: vec![] };
        let lesson = match DeTable::parse(text) {
            Ok(table) => reader.lesson(&table),
            Err(error) => {
                reader.problem(error.span().map(|span| span.start), say!("course.bad.toml", why = error.message()));
                LessonFile::default()
            }
        };
        let Reader { problems, remarks, .. } = reader;
        if problems.is_empty() { Ok(Opened { lesson, remarks }) } else { Err(problems) }
    }
}

/// The beginning of a name, fit to be shown.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(24).collect()
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
    remarks: Vec<Problem>,
}

/// A table of the file, with the place of its beginning.
type Table<'t> = (usize, &'t DeTable<'t>);

impl Reader<'_> {
    fn at(&self, place: Option<usize>, text: String) -> Problem {
        let before = place.and_then(|place| self.text.get(..place));
        Problem { line: before.map(|before| before.matches('\n').count() + 1), text }
    }

    fn problem(&mut self, place: Option<usize>, text: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(self.at(place, text));
        }
    }

    /// Says which keys of a table nothing goes by.
    fn know(&mut self, (_, table): Table<'_>, keys: &[&str]) {
        for key in table.keys().filter(|key| !keys.contains(&&key.get_ref()[..])) {
            let why = say!("course.bad.key", name = shown(key.get_ref()), keys = keys.join(", "));
            self.problem(Some(key.span().start), why);
        }
    }

    /// A value of a table, if it is there.
    fn value<'v>(table: &'v DeTable<'v>, key: &str) -> Option<&'v Spanned<DeValue<'v>>> {
        table.get(key)
    }

    /// A text; empty where there is none.
    fn text(&mut self, (_, table): Table<'_>, key: &str, most: usize) -> String {
        Self::value(table, key).map_or_else(String::new, |value| self.text_of(value, key, most))
    }

    fn text_of(&mut self, value: &Spanned<DeValue<'_>>, key: &str, most: usize) -> String {
        let place = Some(value.span().start);
        match value.get_ref().as_str() {
            Some(text) if length(text) <= most => return text.into(),
            Some(_) => self.problem(place, say!("course.bad.long", key = key, most = most)),
            None => self.problem(place, say!("course.bad.text", key = key)),
        }
        String::new()
    }

    /// A text that must be there.
    fn needed(&mut self, table: Table<'_>, key: &str, most: usize) -> String {
        if !table.1.contains_key(key) {
            self.problem(Some(table.0), say!("course.bad.missing", key = key));
        }
        self.text(table, key, most)
    }

    /// A number, if there is one; a large whole one keeps its digits only as far as a number with a point does.
    fn number(&mut self, (_, table): Table<'_>, key: &str) -> Option<f64> {
        let value = Self::value(table, key)?;
        let number = match value.get_ref() {
            DeValue::Integer(whole) if whole.radix() == 10 => whole.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.problem(Some(value.span().start), say!("course.bad.number", key = key));
        }
        number
    }

    /// A whole number within bounds, if there is one.
    fn count(&mut self, table: Table<'_>, key: &str, low: u32, high: u32) -> Option<u32> {
        let number = self.number(table, key)?;
        if number.fract() == 0.0 && (f64::from(low)..=f64::from(high)).contains(&number) {
            return Some(number as u32);
        }
        let place = Self::value(table.1, key).map(|value| value.span().start);
        self.problem(place, say!("course.bad.count", key = key, low = low, high = high));
        None
    }

    fn lesson(&mut self, table: &Spanned<DeTable<'_>>) -> LessonFile {
        let top: Table<'_> = (0, table.get_ref());
        if !top.1.contains_key("format") {
            self.problem(None, say!("course.bad.no-format"));
            return LessonFile::default();
        }
        match self.number(top, "format") {
            Some(format) if format != f64::from(FORMAT) => {
                self.problem(None, say!("course.bad.format", format = format, ours = FORMAT));
                return LessonFile::default();
            }
            _ => {}
        }
        self.know(top, &KEYS);
        let (title, author) = (self.needed(top, "title", most::LINE), self.text(top, "author", most::LINE));
        let lang = self.text(top, "lang", most::LINE);
        let is_lang = |text: &str| text.len() <= 35 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_lang(&lang) {
            self.problem(Self::value(top.1, "lang").map(|value| value.span().start), say!("course.bad.lang"));
        }
        let blocks = match Self::value(top.1, "block") {
            None => vec![],
            Some(value) => match value.get_ref().as_array() {
                Some(array) if array.len() <= MOST_BLOCKS => {
                    array.iter().filter_map(|block| self.block(block)).collect()
                }
                Some(_) => {
                    self.problem(None, say!("course.bad.blocks", most = MOST_BLOCKS));
                    vec![]
                }
                None => {
                    self.problem(Some(value.span().start), say!("course.bad.no-blocks"));
                    vec![]
                }
            },
        };
        LessonFile { title, author, lang, blocks }
    }

    fn block(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Block> {
        let place = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            self.problem(Some(place), say!("course.bad.no-blocks"));
            return None;
        };
        let table = (place, table);
        let kind = self.needed(table, "kind", most::LINE);
        match &kind[..] {
            "heading" => {
                self.know(table, &["kind", "text"]);
                Some(Block::Heading(self.needed(table, "text", most::LINE)))
            }
            "text" => {
                self.know(table, &["kind", "text"]);
                Some(Block::Text(self.needed(table, "text", most::TEXT)))
            }
            "figure" => Some(Block::Figure(self.figure(table))),
            "exercise" => Some(Block::Exercise(self.exercise(table)?)),
            // What is wrong with it is said already.
            "" => None,
            other => {
                let place = Self::value(table.1, "kind").map(|value| value.span().start);
                self.problem(place, say!("course.bad.kind", name = shown(other)));
                None
            }
        }
    }

    fn figure(&mut self, table: Table<'_>) -> Figure {
        self.know(table, &["kind", "chapter", "part", "state", "lock", "hide", "height", "caption"]);
        let mut attribute = |key| self.text(table, key, most::ATTRIBUTE);
        let [chapter, part, state, lock, hide] = ["chapter", "part", "state", "lock", "hide"].map(&mut attribute);
        let caption = self.text(table, "caption", most::LINE);
        let height = self.count(table, "height", 1, MOST_HEIGHT);
        let figure = Figure { chapter, part, state, lock, hide, height, caption };
        if self.problems.is_empty() && self.remarks.len() < MOST_PROBLEMS {
            for why in figure.problems() {
                self.remarks.push(self.at(Some(table.0), why));
            }
            self.remarks.truncate(MOST_PROBLEMS);
        }
        figure
    }

    fn exercise(&mut self, table: Table<'_>) -> Option<Exercise> {
        let question = self.needed(table, "question", most::QUESTION);
        let explanation = self.text(table, "explanation", most::QUESTION);
        let answer = match (table.1.contains_key("choices"), table.1.contains_key("answer")) {
            (true, false) => {
                self.know(table, &["kind", "question", "choices", "right", "explanation"]);
                self.choices(table)?
            }
            (false, true) => {
                self.know(table, &["kind", "question", "answer", "tolerance", "explanation"]);
                let value = self.number(table, "answer")?;
                let tolerance = self.number(table, "tolerance").unwrap_or(0.0);
                if tolerance < 0.0 {
                    self.problem(Some(table.0), say!("course.bad.tolerance"));
                }
                Answer::Number { value, tolerance }
            }
            _ => {
                self.problem(Some(table.0), say!("course.bad.answer"));
                return None;
            }
        };
        Some(Exercise { question, answer, explanation })
    }

    fn choices(&mut self, table: Table<'_>) -> Option<Answer> {
        let value = Self::value(table.1, "choices")?;
        let array = value.get_ref().as_array().filter(|array| (2..=MOST_CHOICES).contains(&array.len()));
        let Some(array) = array else {
            self.problem(Some(value.span().start), say!("course.bad.choices", most = MOST_CHOICES));
            return None;
        };
        let choices: Vec<String> = array.iter().map(|choice| self.text_of(choice, "choices", most::CHOICE)).collect();
        if !table.1.contains_key("right") {
            self.problem(Some(table.0), say!("course.bad.missing", key = "right"));
        }
        let right = self.count(table, "right", 1, choices.len() as u32)?;
        Some(Answer::Choice { choices, right: right as usize - 1 })
    }
}
