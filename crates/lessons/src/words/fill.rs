//! What a text names and chooses.
//!
//! A text names what is filled in: `{n}`; and chooses by number: `{n} {n|row|rows}`, the first form for one, the second
//! for any other number. A language with more plurals names its forms: `{n|one:wiersz|few:wiersze|other:wierszy}`, the
//! last for all that is not named. English also asks for the article that a number takes: `{a n}×{n}` is "a 7×7" and "an
//! 8×8", and `{A n}` begins a sentence.

use super::Texts;
use std::fmt::Display;

/// Unicode's names of plurals.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// It stands as it is.
    Plain(&'a str),
    /// A value stands here, perhaps behind its article, "a" or "A".
    Value(Option<&'a str>, &'a str),
    /// One of these forms stands here, by the number of that name.
    Forms(&'a str, &'a str),
}

/// Walks through the pieces of a text, in order. What opens a bracket and does not close it is left out.
pub fn pieces<'a>(mut text: &'a str, mut each: impl FnMut(Piece<'a>)) {
    while let Some((before, after)) = text.split_once('{') {
        each(Piece::Plain(before));
        let Some((inside, after)) = after.split_once('}') else { return };
        text = after;
        each(match (inside.split_once('|'), inside.split_once(' ')) {
            (Some((name, forms)), _) => Piece::Forms(name, forms),
            (None, Some((article @ ("a" | "A"), name))) => Piece::Value(Some(article), name),
            _ => Piece::Value(None, inside),
        });
    }
    each(Piece::Plain(text));
}

/// A text with its values filled in, in a language.
pub(super) fn filled(key: &str, text: &str, values: &[(&str, &dyn Display)], texts: &Texts) -> String {
    let mut said = String::with_capacity(text.len());
    pieces(text, |piece| {
        let (Piece::Value(_, name) | Piece::Forms(name, _)) = piece else {
            if let Piece::Plain(text) = piece {
                said.push_str(text);
            }
            return;
        };
        let Some((_, value)) = values.iter().find(|(given, _)| *given == name) else {
            said.push_str(&format!("⟦{key}: {name}⟧"));
            return;
        };
        let value = value.to_string();
        match piece {
            Piece::Forms(_, forms) => said.push_str(form(forms, &plural(&value, texts))),
            Piece::Value(Some(article), _) => said.push_str(&with_article(article, &value)),
            _ => said.push_str(&value),
        }
    });
    said
}

/// Signs that set thousands apart, in one language or another.
pub(crate) const GROUP_SIGNS: [char; 5] = [',', '.', '’', '\u{a0}', '\u{202f}'];

/// The plural category of a number as it is printed; what is no number is like many.
fn plural(value: &str, Texts { language, locale, decimal_sign, .. }: &Texts) -> String {
    let (whole, decimals) = value.split_once(decimal_sign.as_str()).map_or((value, None), |(a, b)| (a, Some(b)));
    let whole = whole.replace(GROUP_SIGNS, "");
    let number = decimals.map_or_else(|| whole.clone(), |decimals| format!("{whole}.{decimals}"));
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.split('.').count() <= 2
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { (locale.plural)(language, &number) } else { "other".into() }
}

/// The form of a category.
fn form<'a>(forms: &'a str, category: &str) -> &'a str {
    let mut last = "";
    for (i, form) in forms.split('|').enumerate() {
        let (name, form) = form.split_once(':').filter(|(name, _)| CATEGORIES.contains(name)).unwrap_or(("", form));
        if name == category || (name.is_empty() && i == 0 && category == "one") {
            return form;
        }
        last = form;
    }
    last
}

/// A value behind its article. Only what begins with a number may ask for one.
fn with_article(article: &str, value: &str) -> String {
    let digits: String =
        value.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    let vowel = if begins_with_a_vowel(digits.parse().unwrap_or_default()) { "n" } else { "" };
    format!("{article}{vowel} {value}")
}

/// True if English speaks the number with a vowel first: eight, eleven, eighteen, eighty …
fn begins_with_a_vowel(mut number: usize) -> bool {
    while number >= 1000 {
        number /= 1000;
    }
    matches!(number, 8 | 11 | 18 | 80..=89 | 800..=899)
}

#[cfg(test)]
mod tests {
    use super::super::Locale;
    use super::*;

    fn say(language: &str, text: &str, n: impl Display) -> String {
        let texts = Texts::new(format!("{language}\u{1f}key\u{1f}{text}"), Locale::ICU);
        texts.say("key", &[("n", &n)]).expect("a text")
    }

    #[test]
    fn numbers_that_begin_with_a_vowel_sound_take_an() {
        for n in [8, 11, 18, 80, 88, 811, 8000, 11_000, 18_500, 84_123, 800_000] {
            assert!(begins_with_a_vowel(n), "{n}");
        }
        for n in [0, 1, 7, 10, 12, 81 / 9, 110, 118, 180, 1100, 1800, 28, 110_000] {
            assert!(!begins_with_a_vowel(n), "{n}");
        }
    }

    #[test]
    fn numbers_take_their_article() {
        let text = "{A n}×{n} map, not {a n}";
        assert_eq!(say("en", text, 8), "An 8×8 map, not an 8");
        assert_eq!(say("en", text, 7), "A 7×7 map, not a 7");
        assert_eq!(say("en", text, "11,264"), "An 11,264×11,264 map, not an 11,264");
    }

    #[test]
    fn english_has_one_and_many() {
        let said = ["0", "1", "2", "1,000", "1.0", "−1", "no"].map(|n| say("en", "{n} {n|row|rows}", n));
        assert_eq!(said, ["0 rows", "1 row", "2 rows", "1,000 rows", "1.0 rows", "−1 rows", "no rows"]);
    }

    #[test]
    fn a_language_has_as_many_plurals_as_it_has() {
        let polish = "{n} {n|one:wiersz|few:wiersze|other:wierszy}";
        let said = [1, 3, 5, 22].map(|n| say("pl", polish, n));
        assert_eq!(said, ["1 wiersz", "3 wiersze", "5 wierszy", "22 wiersze"]);
        // In French, none is one; and two forms need no names.
        assert_eq!([0, 1, 2].map(|n| say("fr", "{n|ligne|lignes}", n)), ["ligne", "ligne", "lignes"]);
        assert_eq!(say("ja", "{n}{n|行}", 1), "1行");
    }

    #[test]
    fn strange_texts_are_filled_in_as_far_as_they_go() {
        assert_eq!(say("en", "a } b {n", 1), "a } b ");
        assert_eq!(say("en", "{} {m} {n|}", 1), "⟦key: ⟧ ⟦key: m⟧ ");
        assert_eq!(say("??", "{n|row|rows}", 1), "rows");
    }

    #[test]
    fn a_text_falls_into_pieces() {
        let mut found = vec![];
        pieces("{A n}, {n} {n|a: b|c}", |piece| found.push(piece));
        let want = [
            Piece::Plain(""),
            Piece::Value(Some("A"), "n"),
            Piece::Plain(", "),
            Piece::Value(None, "n"),
            Piece::Plain(" "),
            Piece::Forms("n", "a: b|c"),
            Piece::Plain(""),
        ];
        assert_eq!(found, want);
    }
}
