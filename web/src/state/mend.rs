//! Repairs of a link that people or programs changed on its way.
//!
//! Mail escapes what was escaped already, web pages write `&amp;`, sentences add their full stop, keyboards their
//! capitals. None of this page's own addresses has any of it, so an address that is whole stays as it is.

use percent_encoding::percent_decode_str;

/// Characters around a link in a text that are not part of it.
const AROUND: &[char] = &[
    '"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', '‹', '›', '(', ')', '[', ']', '{', '}', '<', '>', '*', '_', '|',
    '\\', '!', '。', '、', '，',
];
/// Characters that end a sentence, or go on with it, after a link.
const AFTER: &[char] = &['.', ',', ';', ':', '?', '…'];
/// The same as a web page writes them.
const AFTER_ESCAPED: [&str; 6] = ["&quot;", "&gt;", "&lt;", "&#39;", "&apos;", "&nbsp;"];
/// The rest of an `&` that a web page wrote, once the pairs are parted at it.
const AMPERSANDS: [&str; 4] = ["amp;", "#38;", "#038;", "#x26;"];
/// As often as this something may have been escaped that was escaped already.
const MOST_ESCAPES: usize = 4;

/// An address in its parts: where it leads, and names with values in order.
pub(super) struct Parts {
    /// Without slashes around it.
    pub(super) path: String,
    pub(super) pairs: Vec<(String, String)>,
}

impl Parts {
    pub(super) fn of(address: &str) -> Self {
        let mut address = bare(address).to_string();
        // Every address with a query has these two as they are, unless the whole of it was escaped.
        let is_whole = |text: &str| text.split_once('?').is_some_and(|(_, query)| query.contains('='));
        for _ in 0..MOST_ESCAPES {
            if !address.contains('%') || is_whole(&address) {
                break;
            }
            address = bare(&unescaped(&address)).to_string();
        }
        let (path, query) = address.split_once(['?', '&']).unwrap_or((&address, ""));
        Self { path: name(&unescaped(path)).trim_matches('/').to_string(), pairs: pairs(query) }
    }
}

/// The pairs of a query.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let parted = pairs.map(|pair| {
        let pair = if pair.contains('=') { pair.to_string() } else { unescaped(pair) };
        let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
        let (mut key, value) = (name(&unescaped(key)), unescaped(&value.replace('+', " ")));
        while let Some(rest) = AMPERSANDS.iter().find_map(|mark| key.strip_prefix(mark)) {
            key = rest.to_string();
        }
        (key, bare(&value).to_string())
    });
    parted.collect()
}

/// True if a value is the rest of a query whose separators were escaped.
pub(super) fn holds_pairs(value: &str) -> bool {
    value.split_once('&').is_some_and(|(_, rest)| rest.contains('='))
}

/// A value as it was meant that cannot be read as it stands.
pub(super) fn value(value: &str) -> String {
    let value = name(value);
    // Mail writes `=` as `=3D`.
    value.strip_prefix("3d").map_or(value.clone(), str::to_string)
}

/// A name, or anything written in small letters: without blanks that a line's end put in, with plain dashes.
fn name(text: &str) -> String {
    let dashed = text.chars().filter(|c| !is_blank(*c)).map(|c| if is_dash(c) { '-' } else { c });
    dashed.map(|c| c.to_ascii_lowercase()).collect()
}

fn is_dash(c: char) -> bool {
    ('\u{2010}'..='\u{2015}').contains(&c) || c == '−'
}

/// Nothing that is seen: blanks, and marks for breaking lines and turning texts.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// A text without what stands around it.
fn bare(text: &str) -> &str {
    let is_around = |c: char| is_blank(c) || AROUND.contains(&c);
    let mut text = text.trim_start_matches(|c| is_around(c) || c == '#');
    loop {
        let shorter = text.trim_end_matches(|c| is_around(c) || AFTER.contains(&c) && !is_entity(text));
        let shorter = AFTER_ESCAPED.iter().find_map(|end| shorter.strip_suffix(end)).unwrap_or(shorter);
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

/// True if a text ends with one of these signs as a web page writes it.
fn is_entity(text: &str) -> bool {
    AFTER_ESCAPED.iter().any(|end| text.ends_with(end))
}

/// A text with its escapes undone, however often it was escaped.
fn unescaped(text: &str) -> String {
    let mut text = text.to_string();
    for _ in 0..MOST_ESCAPES {
        let next = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}
