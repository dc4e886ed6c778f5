//! The words of a language, looked up by key.
//!
//! A language is a folder of `texts`, one file per chapter; [`fill`] says what a text can name and choose. The page and
//! the chapters' module carry no texts: they [learn] those of the language that the reader speaks. Outside the browser
//! English is there from the start.

mod errors;
pub mod fill;
mod formulas;
mod layers;
mod locale;

pub use errors::{Reason, cause};
pub use formulas::{axes_notation, cost_formula, size_formula};
pub(crate) use layers::{by, pair};
pub use layers::{layer, layer_name};
pub use locale::Locale;

use crate::chapters;
use fill::filled;
use std::fmt::Display;
use std::sync::OnceLock;

/// The texts of a language, or a part of them.
pub struct Texts {
    /// The language's code: "en".
    pub language: &'static str,
    locale: Locale,
    decimal_sign: String,
    /// Keys and texts, in order.
    pairs: Vec<(&'static str, &'static str)>,
}

impl Texts {
    /// Texts as they are fetched: the language's code, then keys and texts in order, each behind a separator.
    pub fn new(packed: String, locale: Locale) -> Self {
        /// ASCII calls it the unit separator.
        const SEPARATOR: char = '\u{1f}';
        let (language, texts) = packed.leak().split_once(SEPARATOR).unwrap_or_default();
        let mut parts = texts.split(SEPARATOR);
        let decimal_sign = (locale.decimal_sign)(language);
        Self { language, locale, decimal_sign, pairs: std::iter::from_fn(|| parts.next().zip(parts.next())).collect() }
    }

    /// The text of a key, as it stands in its file.
    pub fn find(&self, key: &str) -> Option<&'static str> {
        self.pairs.binary_search_by(|(found, _)| found.cmp(&key)).ok().map(|i| self.pairs[i].1)
    }

    /// The text of a key, filled in.
    pub fn say(&self, key: &str, values: &[(&str, &dyn Display)]) -> Option<String> {
        Some(filled(key, self.find(key)?, values, self))
    }
}

/// A part of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the page says by itself.
    Page,
    /// What is said where any chapter is open: fetched with the chapters' module.
    Chapters,
    /// What one chapter says, by its position: fetched when it is opened.
    Chapter(usize),
}

impl Part {
    const fn position(self) -> usize {
        match self {
            Self::Page => 0,
            Self::Chapters => 1,
            Self::Chapter(i) => 2 + i,
        }
    }
}

static SPOKEN: [OnceLock<Texts>; 2 + chapters::N] = [const { OnceLock::new() }; 2 + chapters::N];

/// The texts of every language, where they need not be fetched: the page's, and those of the chapters as one part.
#[cfg(not(target_family = "wasm"))]
pub mod kept {
    /// Code of a language, and keys and texts of both parts; English comes first.
    pub static LANGUAGES: &[(&str, [&[&str]; 2])] = include!(concat!(env!("OUT_DIR"), "/texts.rs"));

    /// A part of a language's texts as it would be fetched.
    pub fn packed(language: &str, texts: &[&str]) -> String {
        [&[language], texts].concat().join("\u{1f}")
    }
}

/// Speaks a part of the texts from now on. A page speaks one language from its start to its end, so what was learned
/// once stays.
pub fn learn(part: Part, texts: Texts) {
    let _ = SPOKEN[part.position()].set(texts);
}

/// True if a part has been learned.
pub fn knows(part: Part) -> bool {
    SPOKEN[part.position()].get().is_some()
}

/// The parts that can be spoken. Outside the browser those of English are learned first if nothing else was.
fn spoken() -> impl Iterator<Item = &'static Texts> {
    #[cfg(not(target_family = "wasm"))]
    for (texts, part) in SPOKEN.iter().zip(kept::LANGUAGES[0].1) {
        texts.get_or_init(|| Texts::new(kept::packed("en", part), Locale::ICU));
    }
    SPOKEN.iter().filter_map(OnceLock::get)
}

/// The text of a key in the language spoken, as it stands in its file.
pub fn find(key: &str) -> Option<&'static str> {
    spoken().find_map(|texts| texts.find(key))
}

/// A whole number with its thousands set apart, as the language spoken does it.
pub(crate) fn grouped(digits: String) -> String {
    spoken().next().map_or_else(|| digits.clone(), |texts| (texts.locale.grouped)(texts.language, &digits))
}

/// The sign between the whole of a number and its decimals, in the language spoken.
pub(crate) fn decimal_sign() -> &'static str {
    spoken().next().map_or(".", |texts| &texts.decimal_sign)
}

/// The keys under another, in order: those of `padding.terms`, for example.
pub fn keys_under(table: &str) -> Vec<&'static str> {
    let is_in = |key: &str| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    spoken().flat_map(|texts| &texts.pairs).map(|(key, _)| *key).filter(|key| is_in(key)).collect()
}

/// A message of an error as a sentence: with a capital and a full stop.
pub fn sentence(message: &impl ToString) -> String {
    let mut text = message.to_string();
    // Errors are written in English, and begin with one of its letters.
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// The text of a key, filled in. [`say!`](crate::say) is the short way to call it.
///
/// A key without text is a mistake that the tests find; on the screen it stands in double brackets. Where texts could
/// not be had, the key stands for its text, with the values behind it: the page can still be used.
pub fn say(key: &str, values: &[(&str, &dyn Display)]) -> String {
    if let Some(said) = spoken().find_map(|texts| texts.say(key, values)) {
        return said;
    }
    if spoken().all(|texts| !texts.pairs.is_empty()) {
        return format!("⟦{key}⟧");
    }
    let mut said = key.trim_start_matches("ui.").replace(['.', '-'], " ");
    for (_, value) in values {
        said = format!("{said} {value}");
    }
    said
}

/// The text of a key that names no values.
pub fn text(key: &str) -> String {
    say(key, &[])
}

/// The text of a key with its values filled in: `say!("padding.found.fed", n = 9, what = "output")`.
#[macro_export]
macro_rules! say {
    ($key:expr $(,)?) => {
        $crate::words::text($key.as_ref())
    };
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::say($key.as_ref(), &[$((stringify!($name), &$value as &dyn ::std::fmt::Display)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn texts_are_filled_in() {
        assert_eq!(say!("common.test", n = 1, name = "x"), "x: 1 row");
        assert_eq!(say!("common.test", n = 2, name = "x"), "x: 2 rows");
        assert_eq!(say!("common.none"), "⟦common.none⟧");
        assert_eq!(say!("common.test", n = 2), "⟦common.test: name⟧: 2 rows");
    }

    #[test]
    fn no_text_leaves_the_article_before_a_number_to_chance() {
        let is_loose = |text: &str| {
            let mut found = text.match_indices("a {").chain(text.match_indices("A {"));
            found.any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
        };
        let wrong: Vec<_> =
            spoken().flat_map(|texts| &texts.pairs).filter(|(_, text)| is_loose(text)).map(|(key, _)| key).collect();
        assert!(wrong.is_empty(), "write {{a n}} for “a {{n}}”: {wrong:?}");
    }

    #[test]
    fn every_language_has_the_same_keys() {
        let keys = |texts: &[&'static str]| texts.iter().step_by(2).copied().collect::<BTreeSet<_>>();
        for part in [Part::Page, Part::Chapters] {
            let mut languages = kept::LANGUAGES.iter().map(|(_, parts)| keys(parts[part.position()]));
            let first = languages.next().unwrap();
            assert!(first.len() > 100 && languages.all(|other| other == first));
        }
    }

    #[test]
    fn what_is_fetched_is_spoken_word_for_word() {
        for part in kept::LANGUAGES[0].1 {
            let texts = Texts::new(kept::packed("en", part), Locale::ICU);
            assert_eq!(texts.language, "en");
            assert!(texts.pairs.iter().flat_map(|(key, text)| [*key, *text]).eq(part.iter().copied()));
            assert!(texts.pairs.is_sorted_by_key(|(key, _)| *key), "it is searched by halves");
        }
        let none = Texts::new(String::new(), Locale::ICU);
        assert_eq!((none.language, none.find("ui.lab")), ("", None));
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence(&"layer 3: no room"), "Layer 3: no room.");
        assert_eq!(sentence(&"It is one."), "It is one.");
        assert_eq!((sentence(&"×"), sentence(&"")), ("×.".into(), ".".into()));
    }
}
