//! The words of every language, looked up by key.
//!
//! A language is a folder of `texts`, one file per chapter. A text names what is filled in: `{n}`; and chooses
//! by number: `{n} {n|row|rows}`, the first form for 1, the second for any other number. Another language is another
//! folder with the same keys; no code changes.

use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};

mod packed {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

static CURRENT: AtomicUsize = AtomicUsize::new(0);

/// Languages by the names of their folders.
pub fn languages() -> impl Iterator<Item = &'static str> {
    packed::LANGUAGES.iter().map(|(name, _)| *name)
}

/// Speaks a language from now on; an unknown one changes nothing.
pub fn speak(language: &str) {
    if let Some(i) = languages().position(|name| name == language) {
        CURRENT.store(i, Ordering::Relaxed);
    }
}

/// The text of a key in the language spoken, as it stands in its file.
pub fn find(key: &str) -> Option<&'static str> {
    let (_, texts) = packed::LANGUAGES.get(CURRENT.load(Ordering::Relaxed))?;
    texts.binary_search_by(|(found, _)| found.cmp(&key)).ok().map(|i| texts[i].1)
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
        let forms: Vec<_> = parts.collect();
        match values.iter().find(|(given, _)| *given == name) {
            None => said.push_str(&format!("⟦{key}: {name}⟧")),
            Some((_, value)) if forms.is_empty() => said.push_str(&value.to_string()),
            Some((_, value)) => said.push_str(if value.to_string() == "1" { forms[0] } else { forms[forms.len() - 1] }),
        }
        rest = after;
    }
    said + rest
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
    fn every_language_has_the_same_keys() {
        let keys = |texts: &[(&'static str, &str)]| texts.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        let first = keys(packed::LANGUAGES[0].1);
        assert!(packed::LANGUAGES.iter().all(|(_, texts)| keys(texts) == first));
    }
}
