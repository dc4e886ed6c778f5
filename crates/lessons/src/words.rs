//! The words of every language, looked up by key.
//!
//! A language is a folder of `texts`, one file per chapter. A text names what is filled in: `{n}`; and chooses
//! by number: `{n} {n|row|rows}`, the first form for 1, the second for any other number. English also asks for the
//! article that a number takes: `{a n}×{n}` is "a 7×7" and "an 8×8", and `{A n}` begins a sentence. Another language is
//! another folder with the same keys; no code changes.

use std::fmt::Display;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sorted pairs of key and text.
type Texts = &'static [(&'static str, &'static str)];

mod packed {
    use super::Texts;

    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// The chapters' own words, where they are spoken.
static SPOKEN: OnceLock<&[(&str, Texts)]> = OnceLock::new();

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

/// Lets the chapters' own words be spoken. A page that leaves the chapters to another module does not carry them;
/// outside the browser they are always there.
pub fn speak_of_chapters() {
    // Whoever comes second has nothing else to say.
    let _ = SPOKEN.set(packed::CHAPTERS);
}

/// The texts of the language spoken: the page's, and the chapters' where they are spoken.
fn tables() -> [Option<Texts>; 2] {
    if !cfg!(target_family = "wasm") {
        speak_of_chapters();
    }
    let current = |languages: &[(&str, Texts)]| languages.get(CURRENT.load(Ordering::Relaxed)).map(|(_, texts)| *texts);
    [current(packed::PAGE), SPOKEN.get().and_then(|languages| current(languages))]
}

/// The text of a key in the language spoken, as it stands in its file.
pub fn find(key: &str) -> Option<&'static str> {
    tables()
        .into_iter()
        .flatten()
        .find_map(|texts| texts.binary_search_by(|(found, _)| found.cmp(&key)).ok().map(|i| texts[i].1))
}

/// The keys under another, in order: those of `padding.terms`, for example.
pub fn keys_under(table: &str) -> Vec<&'static str> {
    let is_in = |key: &str| key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
    tables().into_iter().flatten().flatten().map(|(key, _)| *key).filter(|key| is_in(key)).collect()
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
        let texts = [packed::PAGE, packed::CHAPTERS].into_iter().flatten().flat_map(|(_, texts)| texts.iter());
        let wrong: Vec<_> = texts.filter(|(_, text)| is_loose(text)).map(|(key, _)| key).collect();
        assert!(wrong.is_empty(), "write {{a n}} for “a {{n}}”: {wrong:?}");
    }

    #[test]
    fn every_language_has_the_same_keys() {
        let keys = |texts: Texts| texts.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        for languages in [packed::PAGE, packed::CHAPTERS] {
            let first = keys(languages[0].1);
            assert!(languages.iter().all(|(_, texts)| keys(texts) == first));
        }
    }
}
