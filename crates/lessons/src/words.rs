//! The words of every language, looked up by key.
//!
//! A language is a folder of `texts`, one file per chapter. A text names what is filled in: `{n}`; and chooses
//! by number: `{n} {n|row|rows}`, the first form for 1, the second for any other number. English also asks for the
//! article that a number takes: `{a n}×{n}` is "a 7×7" and "an 8×8", and `{A n}` begins a sentence. Another language is
//! another folder with the same keys; no code changes.

use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};

/// Sorted pairs of key and text.
type Texts = Vec<(&'static str, &'static str)>;

mod packed {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// The page's own words, a table for each language.
static PAGE: LazyLock<Vec<Texts>> = LazyLock::new(|| packed::PAGE.iter().map(|(_, texts)| unpacked(texts)).collect());

/// The chapters' words, where they are spoken: of all languages, or of the one that was learned.
static CHAPTERS: OnceLock<Vec<Texts>> = OnceLock::new();

/// Keys and texts that stand in one string, each before a separator.
fn unpacked(texts: &'static str) -> Texts {
    let mut parts = texts.split_terminator('\u{1f}');
    std::iter::from_fn(|| parts.next().zip(parts.next())).collect()
}

/// Languages by the names of their folders.
pub fn languages() -> impl Iterator<Item = &'static str> {
    packed::PAGE.iter().map(|(name, _)| *name)
}

/// Speaks a language from now on; an unknown one changes nothing.
pub fn speak(language: &str) {
    if let Some(i) = languages().position(|name| name == language) {
        CURRENT.store(i, Ordering::Relaxed);
    }
}

/// The chapters' words in the language spoken, for a page that does not carry them. It [learns](learn) them.
pub fn of_chapters() -> &'static str {
    packed::CHAPTERS.get(CURRENT.load(Ordering::Relaxed)).map_or("", |(_, texts)| texts)
}

/// Lets the chapters' words be spoken, as [`of_chapters`] gave them. A page speaks one language from its start to its
/// end, so they stand for every one.
pub fn learn(texts: String) {
    let texts = unpacked(texts.leak());
    // Whoever comes second has nothing else to say.
    let _ = CHAPTERS.set(languages().map(|_| texts.clone()).collect());
}

/// Lets the chapters' words be spoken where they are carried. A page that leaves the chapters to another module does
/// not carry them; outside the browser they are always there.
pub fn speak_of_chapters() {
    let _ = CHAPTERS.set(packed::CHAPTERS.iter().map(|(_, texts)| unpacked(texts)).collect());
}

/// The texts of the language spoken: the page's, and the chapters' where they are spoken.
fn tables() -> impl Iterator<Item = &'static Texts> {
    if !cfg!(target_family = "wasm") && CHAPTERS.get().is_none() {
        speak_of_chapters();
    }
    let current = CURRENT.load(Ordering::Relaxed);
    [Some(&*PAGE), CHAPTERS.get()].into_iter().flatten().filter_map(move |languages| languages.get(current))
}

/// The text of a key in the language spoken, as it stands in its file.
pub fn find(key: &str) -> Option<&'static str> {
    tables().find_map(|texts| texts.binary_search_by(|(found, _)| found.cmp(&key)).ok().map(|i| texts[i].1))
}

/// The keys under another, in order: those of `padding.terms`, for example.
pub fn keys_under(table: &str) -> Vec<&'static str> {
    let is_in = |key: &str| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    tables().flatten().map(|(key, _)| *key).filter(|key| is_in(key)).collect()
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

/// The first of these keys that has a text, filled in. [`say!`](crate::say) is the short way to call it.
///
/// A key without text is a mistake that the tests find; on the screen it stands in double brackets.
pub fn say(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let Some(text) = find(key) else { return format!("⟦{key}⟧") };
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let Some((inside, after)) = after.split_once('}') else { break };
        let mut parts = inside.split('|');
        let name = parts.next().unwrap_or_default();
        let (article, name) = match name.split_once(' ') {
            Some((article @ ("a" | "A"), name)) => (Some(article), name),
            _ => (None, name),
        };
        let forms: Vec<_> = parts.collect();
        match values.iter().find(|(given, _)| *given == name) {
            None => said.push_str(&format!("⟦{key}: {name}⟧")),
            Some((_, value)) if forms.is_empty() => said.push_str(&with_article(article, value.to_string())),
            Some((_, value)) => said.push_str(if value.to_string() == "1" { forms[0] } else { forms[forms.len() - 1] }),
        }
        rest = after;
    }
    said + rest
}

/// A value behind its article, if it asks for one. Only what begins with a number may.
fn with_article(article: Option<&str>, value: String) -> String {
    let Some(article) = article else { return value };
    let digits: String =
        value.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    let vowel = if receptive_core::article(digits.parse().unwrap_or_default()) == "an" { "n" } else { "" };
    format!("{article}{vowel} {value}")
}

/// The text of a key with its values filled in: `say!("padding.found.fed", n = 9, what = "output")`.
#[macro_export]
macro_rules! say {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::say($key.as_ref(), &[$((stringify!($name), &$value as &dyn ::std::fmt::Display)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The page's words and the chapters', in all languages.
    fn all() -> [&'static Vec<Texts>; 2] {
        find("common.test");
        [&PAGE, CHAPTERS.get().expect("they are carried outside the browser")]
    }

    #[test]
    fn texts_are_filled_in() {
        assert_eq!(say!("common.test", n = 1, name = "x"), "x: 1 row");
        assert_eq!(say!("common.test", n = 2, name = "x"), "x: 2 rows");
        assert_eq!(say!("common.none"), "⟦common.none⟧");
        assert_eq!(say!("common.test", n = 2), "⟦common.test: name⟧: 2 rows");
    }

    #[test]
    fn numbers_take_their_article() {
        let said = |n: &str| say("common.test-article", &[("n", &n)]);
        assert_eq!(said("8"), "An 8×8 map, not a map");
        assert_eq!(said("7"), "A 7×7 map, not a map");
        assert_eq!(said("11,264"), "An 11,264×11,264 map, not a map");
    }

    #[test]
    fn no_text_leaves_the_article_before_a_number_to_chance() {
        let is_loose = |text: &str| {
            let mut found = text.match_indices("a {").chain(text.match_indices("A {"));
            found.any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
        };
        let texts = all().into_iter().flatten().flatten();
        let wrong: Vec<_> = texts.filter(|(_, text)| is_loose(text)).map(|(key, _)| key).collect();
        assert!(wrong.is_empty(), "write {{a n}} for “a {{n}}”: {wrong:?}");
    }

    #[test]
    fn every_language_has_the_same_keys() {
        let keys = |texts: &Texts| texts.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        for languages in all() {
            let first = keys(&languages[0]);
            assert!(first.len() > 100 && languages.iter().all(|texts| keys(texts) == first));
        }
    }

    #[test]
    fn what_the_chapters_say_is_learned_word_for_word() {
        let [_, chapters] = all();
        assert_eq!(unpacked(of_chapters()), chapters[0]);
        assert!(chapters[0].is_sorted_by_key(|(key, _)| *key), "it is searched by halves");
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence(&"layer 3: no room"), "Layer 3: no room.");
        assert_eq!(sentence(&"It is one."), "It is one.");
        assert_eq!((sentence(&"×"), sentence(&"")), ("×.".into(), ".".into()));
    }
}
