//! The settings of a chapter, their bounds, and their form in a link.

use crate::{Matrix, read_count, say};
use std::marker::PhantomData;

/// The name of a setting of one kind, in a link and in the texts.
#[derive(Clone, Copy, Debug)]
pub struct Key<K> {
    /// The name.
    pub name: &'static str,
    kind: PhantomData<K>,
}

/// The kind of a whole number.
#[derive(Clone, Copy, Debug)]
pub struct Count;
/// The kind of a number.
#[derive(Clone, Copy, Debug)]
pub struct Real;
/// The kind of a choice.
#[derive(Clone, Copy, Debug)]
pub struct Choice;
/// The kind of typed numbers.
#[derive(Clone, Copy, Debug)]
pub struct Numbers;
/// The kind of a text.
#[derive(Clone, Copy, Debug)]
pub struct Text;

impl<K> Key<K> {
    /// A setting of this name and kind.
    pub const fn new(name: &'static str) -> Self {
        Self { name, kind: PhantomData }
    }
}

/// One thing that can be set in a chapter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in a link and in the texts.
    pub key: &'static str,
    /// The values that it can take.
    pub kind: Kind,
    /// True if it has a meaning beside the other settings.
    pub shown: fn(&Settings) -> bool,
    /// True if its control is folded away at first: a chapter begins with few.
    pub is_more: bool,
    /// The most that a whole number can be beside the other settings, where that is less than its bound.
    pub most: Option<fn(&Settings) -> usize>,
    /// True if its slider doubles from one position to the next; the values between are typed.
    pub doubles: bool,
}

/// The values that a setting can take.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number, on a slider.
    Count {
        /// The least.
        low: usize,
        /// The most.
        high: usize,
        /// At the start.
        default: usize,
    },
    /// A number, on a slider.
    Real {
        /// The least.
        low: f32,
        /// The most.
        high: f32,
        /// From one position of the slider to the next.
        step: f32,
        /// At the start.
        default: f32,
    },
    /// One of these; the first at the start. Few stand side by side, many in a list.
    Choice(&'static [&'static str]),
    /// Numbers typed into a grid of the stage; without a control of its own.
    Numbers,
    /// Something that a stage of its own kind writes, such as a network; without a control.
    Text,
}

impl Param {
    /// A whole number from `low` to `high`.
    pub const fn count(key: Key<Count>, low: usize, high: usize, default: usize) -> Self {
        Self::new(key.name, Kind::Count { low, high, default })
    }

    /// A number from `low` to `high`.
    pub const fn real(key: Key<Real>, low: f32, high: f32, step: f32, default: f32) -> Self {
        Self::new(key.name, Kind::Real { low, high, step, default })
    }

    /// One of these.
    pub const fn choice(key: Key<Choice>, options: &'static [&'static str]) -> Self {
        Self::new(key.name, Kind::Choice(options))
    }

    /// Numbers typed into a grid.
    pub const fn numbers(key: Key<Numbers>) -> Self {
        Self::new(key.name, Kind::Numbers).when(|_| false)
    }

    /// A text that a stage writes.
    pub const fn text(key: Key<Text>) -> Self {
        Self::new(key.name, Kind::Text).when(|_| false)
    }

    const fn new(key: &'static str, kind: Kind) -> Self {
        Self { key, kind, shown: |_| true, is_more: false, most: None, doubles: false }
    }

    /// Its control is there only in these settings.
    #[must_use]
    pub const fn when(self, shown: fn(&Settings) -> bool) -> Self {
        Self { shown, ..self }
    }

    /// Its control is folded away at first.
    #[must_use]
    pub const fn more(self) -> Self {
        Self { is_more: true, ..self }
    }

    /// Its slider ends here.
    #[must_use]
    pub const fn at_most(self, most: fn(&Settings) -> usize) -> Self {
        Self { most: Some(most), ..self }
    }

    /// Its slider goes from the least by doubling.
    #[must_use]
    pub const fn doubling(self) -> Self {
        Self { doubles: true, ..self }
    }
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Count(usize),
    /// A number.
    Real(f32),
    /// A choice.
    Choice(&'static str),
    /// Typed numbers.
    Numbers(Matrix),
    /// A text.
    Text(String),
}

/// The largest text that a link may carry.
const MAX_TEXT: usize = 2000;
/// Choices that are named to whoever asked for none of them.
const MOST_NAMED: usize = 8;

/// The settings of a chapter, as far as they differ from those at the start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    params: &'static [Param],
    /// By the position of their parameters; none where it is as at the start.
    values: Vec<Option<Value>>,
    /// The moment of the time line, if the learner has moved it.
    pub at: Option<usize>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.params, other.params) && self.values == other.values && self.at == other.at
    }
}

impl Settings {
    /// Everything as it is at the start.
    pub fn new(params: &'static [Param]) -> Self {
        Self { params, values: vec![None; params.len()], at: None }
    }

    /// Returns the settings that the chapter has.
    pub fn params(&self) -> &'static [Param] {
        self.params
    }

    fn position(&self, key: &str) -> usize {
        let found = self.params.iter().position(|param| param.key == key);
        found.unwrap_or_else(|| panic!("no setting is called {key}"))
    }

    /// Returns the value of a setting, if it differs from the start, and its kind.
    fn find(&self, key: &str) -> (Option<&Value>, Kind) {
        let i = self.position(key);
        (self.values[i].as_ref(), self.params[i].kind)
    }

    /// A whole number.
    ///
    /// # Panics
    /// As all of these: when the chapter has no such setting of this kind.
    pub fn count(&self, key: Key<Count>) -> usize {
        match self.find(key.name) {
            (Some(Value::Count(value)), _) => *value,
            (_, Kind::Count { default, .. }) => default,
            _ => panic!("{} is no whole number", key.name),
        }
    }

    /// A number.
    pub fn real(&self, key: Key<Real>) -> f32 {
        match self.find(key.name) {
            (Some(Value::Real(value)), _) => *value,
            (_, Kind::Real { default, .. }) => default,
            _ => panic!("{} is no number", key.name),
        }
    }

    /// A choice.
    pub fn choice(&self, key: Key<Choice>) -> &'static str {
        match self.find(key.name) {
            (Some(Value::Choice(value)), _) => value,
            (_, Kind::Choice(options)) => options[0],
            _ => panic!("{} is no choice", key.name),
        }
    }

    /// Typed numbers, if any were typed.
    pub fn numbers(&self, key: Key<Numbers>) -> Option<&Matrix> {
        match self.find(key.name).0 {
            Some(Value::Numbers(matrix)) => Some(matrix),
            _ => None,
        }
    }

    /// A text, if one was written.
    pub fn text(&self, key: Key<Text>) -> Option<&str> {
        match self.find(key.name).0 {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Sets a value; the one at the start is not kept apart.
    ///
    /// # Panics
    /// When the chapter has no such setting.
    pub fn set(&mut self, key: &str, value: Value) {
        let i = self.position(key);
        let is_default = match (&value, self.params[i].kind) {
            (Value::Count(value), Kind::Count { default, .. }) => *value == default,
            (Value::Real(value), Kind::Real { default, .. }) => *value == default,
            (Value::Choice(value), Kind::Choice(options)) => *value == options[0],
            _ => false,
        };
        self.values[i] = Some(value).filter(|_| !is_default);
    }

    /// The same settings with one more, as a link writes it.
    ///
    /// # Panics
    /// When it cannot be read: for links that the project itself writes.
    #[must_use]
    pub fn with(mut self, key: &str, text: &str) -> Self {
        self.read(key, text).unwrap_or_else(|error| panic!("{key}={text}: {error}"));
        self
    }

    /// True if it is not as at the start.
    pub fn differs(&self, key: &str) -> bool {
        self.find(key).0.is_some()
    }

    /// The settings in which others of the same chapter differ.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let values = self.values.iter().zip(&other.values);
        self.params.iter().zip(values).filter(|(_, (own, other))| own != other).map(|(param, _)| param.key).collect()
    }

    /// Back to what it was at the start.
    pub fn clear(&mut self, key: &str) {
        let i = self.position(key);
        self.values[i] = None;
    }

    /// The settings that differ from the start, as a link writes them.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> = self
            .params
            .iter()
            .zip(&self.values)
            .filter_map(|(param, value)| {
                let text = match value.as_ref()? {
                    Value::Count(value) => value.to_string(),
                    Value::Real(value) => value.to_string(),
                    Value::Choice(value) => (*value).to_string(),
                    Value::Numbers(matrix) => matrix.to_string(),
                    Value::Text(text) => text.clone(),
                };
                Some((param.key, text))
            })
            .collect();
        pairs.extend(self.at.map(|at| ("at", at.to_string())));
        pairs
    }

    /// Takes a value from a link, or says why not. True when the chapter has such a setting.
    ///
    /// # Errors
    /// When the value is not one that can be set, in words.
    pub fn read(&mut self, key: &str, text: &str) -> Result<bool, String> {
        if key == "at" {
            let at = text.parse().ok().filter(|at| *at <= 1_000_000);
            self.at = Some(at.ok_or_else(|| say!("common.bad.count", low = 0, high = 1_000_000))?);
            return Ok(true);
        }
        let Some(param) = self.params.iter().find(|param| param.key == key) else { return Ok(false) };
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(
                read_count(text, low, high).ok_or_else(|| say!("common.bad.count", low = low, high = high))?,
            ),
            Kind::Real { low, high, .. } => {
                let value = crate::matrix::read_number(text).ok().filter(|value| (low..=high).contains(value));
                Value::Real(value.ok_or_else(|| say!("common.bad.real", low = low, high = high))?)
            }
            Kind::Choice(options) => {
                let value = options.iter().find(|option| **option == text);
                Value::Choice(value.ok_or_else(|| choices(options))?)
            }
            Kind::Numbers => Value::Numbers(Matrix::read(text)?),
            Kind::Text if text.len() <= MAX_TEXT => Value::Text(text.into()),
            Kind::Text => return Err(say!("common.bad.text", most = MAX_TEXT)),
        };
        self.set(param.key, value);
        Ok(true)
    }
}

/// Returns the options in words, the first of them by name.
fn choices(options: &[&str]) -> String {
    let (named, more) = options.split_at(options.len().min(MOST_NAMED));
    match more.len() {
        0 => say!("common.bad.choice", options = named.join(", ")),
        n => say!("common.bad.choice-of-many", options = named.join(", "), n = n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: &[Param] = &[
        Param::count(Key::new("pad"), 0, 3, 1),
        Param::real(Key::new("t"), 0.1, 5.0, 0.1, 1.0),
        Param::choice(Key::new("mode"), &["max", "avg"]),
        Param::numbers(Key::new("input")),
        Param::text(Key::new("net")),
    ];

    #[test]
    fn settings_survive_the_round_trip_and_defaults_are_left_out() {
        let settings = Settings::new(PARAMS).with("pad", "2").with("t", "0.5").with("mode", "avg");
        let settings = settings.with("input", "1,2;3,4").with("net", "c8").with("at", "7");
        let mut read = Settings::new(PARAMS);
        for (key, text) in settings.pairs() {
            assert_eq!(read.read(key, &text), Ok(true));
        }
        assert_eq!(read, settings);
        assert_eq!(
            (read.count(Key::new("pad")), read.real(Key::new("t")), read.choice(Key::new("mode"))),
            (2, 0.5, "avg")
        );
        assert_eq!(settings.with("pad", "1").with("mode", "max").pairs().len(), 4);
    }

    #[test]
    fn what_cannot_be_set_is_refused_in_words_and_changes_nothing() {
        let hostile = [
            ("pad", "4"),
            ("pad", "-1"),
            ("pad", "x"),
            ("t", "nan"),
            ("t", "0"),
            ("mode", "sum"),
            ("input", ";"),
            ("at", "-1"),
        ];
        for (key, text) in hostile {
            let mut settings = Settings::new(PARAMS);
            assert!(settings.read(key, text).is_err_and(|error| error.ends_with('.')), "{key}={text}");
            assert_eq!(settings, Settings::new(PARAMS));
        }
        assert_eq!(Settings::new(PARAMS).read("nothing", "1"), Ok(false));
    }
}
