//! Every term is explained where it first comes up, in the order of the chapters.

use receptive_lessons::{chapters, words};

/// Texts that several chapters share, and the first of those chapters.
const SHARED: [(&str, &str); 2] = [("plane", "convolution"), ("kernels", "convolution")];
/// Texts that a first reading meets before it has opened a chapter, or only as the name of a chapter to come.
const NAMES: [&str; 5] = ["title", "short", "teaser", "next", "terms"];
/// Words that everyone knows in another meaning, or that chapters explain in passing before they are needed in full.
const IN_PASSING: [(&str, &str); 3] = [
    ("images.steps.digit", "edge"),
    // The name of a layer.
    ("building.does.batch-norm", "batch"),
    ("building.kind.batch-norm", "batch"),
];

/// The names of a term: "likeness, cosine" has two.
fn names(word: &str) -> impl Iterator<Item = &str> {
    word.split(", ").filter(|name| name.chars().any(char::is_alphabetic))
}

/// True if a word stands in a text, also in its plural.
fn says(text: &str, word: &str) -> bool {
    // A letter by itself means what it is: Σ is not σ.
    let fold = |text: &str| if word.chars().count() == 1 { text.to_string() } else { text.to_lowercase() };
    let (text, word) = (fold(text), fold(word));
    text.match_indices(&word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].strip_prefix('s').unwrap_or(&text[at + word.len()..]).chars().next();
        ![before, after].into_iter().flatten().any(|c| c.is_alphanumeric() || c == '-')
    })
}

/// The texts of a chapter, and those that it is the first to share, without the names in braces.
fn texts(chapter: &str) -> Vec<(String, String)> {
    let shared = SHARED.iter().filter(|(_, first)| *first == chapter).map(|(table, _)| *table);
    let keys = [chapter].into_iter().chain(shared).flat_map(words::keys_under);
    let kept = keys.filter(|key| !NAMES.contains(&key.split('.').nth(1).unwrap_or_default()));
    kept.map(|key| (key.to_string(), without_names(words::find(key).unwrap()))).collect()
}

/// The text without what is filled in: "{n} {n|row|rows}" says "row rows".
fn without_names(text: &str) -> String {
    let mut said = String::new();
    for (i, part) in text.split(['{', '}']).enumerate() {
        let forms = part.split('|').skip(1).collect::<Vec<_>>().join(" ");
        said.push_str(if i % 2 == 0 { part } else { &forms });
    }
    said
}

#[test]
fn every_term_is_explained_where_it_first_comes_up() {
    let mut wrong = vec![];
    for (i, chapter) in chapters::ALL.iter().enumerate() {
        for [word, meaning] in chapter.terms() {
            assert!(meaning.ends_with('.') && !meaning.contains('⟦'), "{word}: {meaning}");
            for name in names(&word) {
                let earlier = chapters::ALL[..i].iter().flat_map(|chapter| texts(chapter.key));
                let early = earlier.filter(|(key, text)| says(text, name) && !IN_PASSING.contains(&(key, name)));
                wrong.extend(early.map(|(key, _)| format!("{name} ({}) comes up in {key} already", chapter.key)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_term_that_is_explained_is_used() {
    let all: Vec<_> = chapters::ALL.iter().flat_map(|chapter| texts(chapter.key)).collect();
    for chapter in chapters::ALL {
        for [word, _] in chapter.terms() {
            let is_sign = |name: &str| name.chars().count() == 1;
            let is_used = |name: &str| is_sign(name) || all.iter().any(|(_, text)| says(text, name));
            let mut named = names(&word).peekable();
            // Signs, and a network as text, are made by code.
            assert!(named.peek().is_none() || word.contains(':') || named.any(is_used), "{}: {word}", chapter.key);
        }
    }
}

#[test]
fn what_newcomers_ask_about_is_explained() {
    let explained: Vec<_> = chapters::ALL.iter().flat_map(|chapter| chapter.terms()).collect();
    let asked = [
        "bias",
        "⌊ ⌋",
        "⌈ ⌉",
        "multiply-add",
        "cosine",
        "temperature",
        "cross-entropy",
        "depthwise",
        "logit",
        "stride",
        "padding",
        "dilation",
        "kernel",
        "feature map",
        "receptive field",
        "ReLU",
        "parameter",
        "c8x3p1,r,m2,f,d10",
        "Σ",
    ];
    for word in asked {
        assert!(explained.iter().any(|[name, _]| name.contains(word)), "{word} is explained nowhere");
    }
}

#[test]
fn words_are_found_whole_and_in_the_plural() {
    assert!(says("Two kernels, no bias.", "kernel") && says("Two kernels, no bias.", "Bias"));
    assert!(!says("biased", "bias") && !says("multiply-adds", "add") && !says("maxpooling", "pooling"));
    assert_eq!(without_names("{n} {n|row|rows} of {what}"), " row rows of ");
}

/// Turns that school English does not teach. A plainer word says the same.
const QUAINT: &[&str] = &[
    "dearer",
    "heard",
    "hands on",
    "hand on",
    "handed on",
    "hands it on",
    "hand it on",
    "hands every",
    "hands out",
    "care?",
    "does not care",
    "no trace",
    "without a trace",
    "outvote",
    "vote for",
    "wipe out",
    "wipes out",
    "lights up",
    "pays for",
    "pay for",
    "whoever",
    "whichever",
    "knows of them",
    "knows nothing of",
    "in the game",
    "worth one",
    "worth",
    "come out even",
    "comes out even",
    "squeezes",
    "watered down",
    "listens",
    "pile up",
    "looser",
    "afresh",
    "merely",
    "amiss",
    "hence",
    "thus",
    "alike in kind",
    "at hand",
    "left aside",
    "on its way",
    "behind it",
    "well looked",
    "rather:",
    "dodge",
    "errand",
    "chief",
];

#[test]
fn texts_are_in_plain_words() {
    let mut wrong = vec![];
    let shared = ["ui", "common", "plane", "kernels", "worked"];
    for table in chapters::ALL.iter().map(|chapter| chapter.key).chain(shared) {
        for key in words::keys_under(table) {
            let text = words::find(key).unwrap_or_default();
            // The decks' own headings are quoted as they are.
            let quaint = QUAINT.iter().filter(|quaint| !key.starts_with("worked.title") && says(text, quaint));
            wrong.extend(quaint.map(|quaint| format!("{key}: “{quaint}” in “{text}”")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
