//! The texts against the code that says them: no key is missing, none is unused, and the values that a text names are
//! those that it is given; and every language against English.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use receptive_lessons::words::fill::{Piece, pieces};
use receptive_lessons::words::kept::LANGUAGES;
use receptive_tests::FOLDER;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Texts that only tests say.
const OF_TESTS: &[&str] = &["common.test", "common.test-article"];

type Texts = BTreeMap<String, String>;

fn texts((_, parts): &(&str, [&[&str]; 2])) -> Texts {
    let pairs = parts.iter().flat_map(|part| part.chunks_exact(2));
    pairs.map(|pair| (pair[0].to_string(), pair[1].to_string())).collect()
}

fn english() -> Texts {
    texts(&LANGUAGES[0])
}

/// The values that a text names.
fn names(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    pieces(text, |piece| {
        if let Piece::Value(_, name) | Piece::Forms(name, _) = piece {
            names.insert(name);
        }
    });
    names
}

/// A call of `say!`: its key, if it is written there, with `*` for each part that is filled in; and the names of its
/// values.
#[derive(Debug, PartialEq)]
struct Call {
    key: Option<String>,
    values: BTreeSet<String>,
}

/// Every string and every call of `say!` in a source, outside its tests.
#[derive(Debug, Default)]
struct Source {
    strings: BTreeSet<String>,
    calls: Vec<Call>,
}

impl Source {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            match token {
                // A module of tests ends a file.
                TokenTree::Ident(word) if *word == "mod" && is_of_tests(&tokens[..i]) => return,
                TokenTree::Ident(word) if *word == "say" => {
                    if let [TokenTree::Punct(mark), TokenTree::Group(arguments), ..] = &tokens[i + 1..]
                        && mark.as_char() == '!'
                    {
                        self.calls.push(call(arguments.stream()));
                    }
                }
                TokenTree::Literal(_) => self.strings.extend(string(token)),
                TokenTree::Group(group) => self.read(group.stream()),
                _ => {}
            }
        }
    }
}

/// True if the tokens end in `#[cfg(test)]`.
fn is_of_tests(before: &[TokenTree]) -> bool {
    matches!(before.last(), Some(TokenTree::Group(group))
        if group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// What a string says, with `*` for each part that is filled in.
fn string(token: &TokenTree) -> Option<String> {
    let text = token.to_string();
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut rest = inside;
    while let Some((before, after)) = rest.split_once('{') {
        out = out + before + "*";
        rest = after.split_once('}')?.1;
    }
    Some(out + rest)
}

fn call(arguments: TokenStream) -> Call {
    let tokens: Vec<_> = arguments.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    let key = match &tokens[..] {
        [literal] => string(literal),
        [literal, comma, ..] if is_comma(comma) => string(literal),
        [TokenTree::Ident(format), _, TokenTree::Group(inside), ..] if *format == "format" => {
            inside.stream().into_iter().next().as_ref().and_then(string)
        }
        _ => None,
    };
    // `name =` behind a comma, but not `name ==`.
    let values = tokens.windows(4).filter_map(|four| match four {
        [comma, TokenTree::Ident(name), TokenTree::Punct(sign), after] if is_comma(comma) && sign.as_char() == '=' => {
            let is_comparison = matches!(after, TokenTree::Punct(mark) if mark.as_char() == '=');
            (!is_comparison).then(|| name.to_string())
        }
        _ => None,
    });
    Call { key, values: values.collect() }
}

/// True if a key is of a pattern.
fn fits(key: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => key == pattern,
        Some((before, after)) => key.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(&rest[at..], after))
        }),
    }
}

fn sources() -> BTreeMap<String, Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(FOLDER).parent().expect("the package lies in the workspace");
    let mut files = vec![];
    ["crates/lessons/src", "web/src"].iter().for_each(|folder| walk(&root.join(folder), &mut files));
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("a source can be read");
        let mut source = Source::default();
        source.read(text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        (file.strip_prefix(root).unwrap_or(&file).display().to_string(), source)
    };
    // Scripts of the page say texts as well.
    let scripts = fs::read_dir(root.join("web")).expect("the page's folder").flatten().map(|entry| entry.path());
    let scripts = scripts.filter(|path| path.extension().is_some_and(|end| end == "js")).map(|file| {
        let text = fs::read_to_string(&file).expect("a script can be read");
        let strings = text.split('\'').filter(|string| string.starts_with("ui.")).map(str::to_string).collect();
        (file.display().to_string(), Source { strings, calls: vec![] })
    });
    files.into_iter().map(read).chain(scripts).collect()
}

/// What is wrong with the calls of a source.
fn faults(source: &Source, texts: &Texts) -> Vec<String> {
    let mut faults = vec![];
    for Call { key, values } in &source.calls {
        let Some(key) = key else { continue };
        let found: Vec<_> = texts.iter().filter(|(text, _)| fits(text, key)).collect();
        if found.is_empty() {
            faults.push(format!("{key} has no text"));
        }
        // What is given to one of many texts, another of them names.
        for (key, text) in found.iter().filter(|(text, _)| *text == key) {
            let named = names(text);
            let missing = named.iter().filter(|name| !values.contains(**name));
            faults.extend(missing.map(|name| format!("{key} names {{{name}}}, which it is not given")));
        }
        let is_named = |value: &str| found.iter().any(|(_, text)| names(text).contains(value));
        let unused = values.iter().filter(|value| !found.is_empty() && !is_named(value));
        faults.extend(unused.map(|value| format!("{key} is given {value}, which its text does not name")));
    }
    faults
}

/// What is wrong with a language, against another.
fn differences(language: &Texts, first: &Texts) -> Vec<String> {
    let missing = first.keys().filter(|key| !language.contains_key(*key)).map(|key| format!("{key} is missing"));
    let more = language.keys().filter(|key| !first.contains_key(*key)).map(|key| format!("{key} is one too many"));
    let other = language.iter().filter_map(|(key, text)| {
        let (names, wanted) = (names(text), names(first.get(key)?));
        (names != wanted).then(|| format!("{key} names {names:?}, not {wanted:?}"))
    });
    missing.chain(more).chain(other).collect()
}

#[test]
fn what_a_text_fills_in_holds_nothing_that_is_filled_in() {
    let wrong: Vec<_> = LANGUAGES
        .iter()
        .flat_map(texts)
        .filter(|(_, text)| {
            let mut is_wrong = false;
            pieces(text, |piece| {
                is_wrong |= match piece {
                    Piece::Plain(text) => text.contains('}'),
                    Piece::Value(_, name) | Piece::Forms(name, _) if name.contains('{') => true,
                    Piece::Forms(_, forms) => forms.contains('{'),
                    Piece::Value(..) => false,
                };
            });
            is_wrong
        })
        .collect();
    assert!(wrong.is_empty(), "a bracket stands in another: {wrong:?}");
}

#[test]
fn every_call_finds_its_text_and_gives_the_values_that_the_text_names() {
    let (sources, texts) = (sources(), english());
    let n_calls: usize = sources.values().map(|source| source.calls.len()).sum();
    assert!(n_calls > 500, "only {n_calls} calls");
    let faults: Vec<_> = sources
        .iter()
        .flat_map(|(file, source)| faults(source, &texts).into_iter().map(move |fault| format!("{file}: {fault}")))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_text_is_said_somewhere() {
    let sources = sources();
    let said: BTreeSet<&String> = sources
        .values()
        .flat_map(|source| source.strings.iter().chain(source.calls.iter().filter_map(|call| call.key.as_ref())))
        // What is filled in everywhere would fit everything.
        .filter(|pattern| pattern.chars().filter(|c| c.is_alphabetic()).count() > 1)
        .collect();
    let is_said = |key: &String| {
        // A chapter's own texts are named without the chapter.
        let inside = key.split_once('.').map_or("", |(_, inside)| inside);
        // Terms are shown one after the other, whatever their names are.
        let table = key.rsplit_once('.').map_or("", |(table, _)| table);
        said.iter().any(|said| fits(key, said) || fits(inside, said) || said.ends_with(".terms") && fits(table, said))
    };
    let texts = english();
    let silent: Vec<_> = texts.keys().filter(|key| !OF_TESTS.contains(&key.as_str()) && !is_said(key)).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_language_says_the_same_with_the_same_values() {
    let english = english();
    for language in LANGUAGES {
        let found = differences(&texts(language), &english);
        assert!(found.is_empty(), "{}: {found:#?}", language.0);
    }
}

#[test]
fn faults_are_found_and_named() {
    let table = |pairs: &[(&str, &str)]| -> Texts {
        pairs.iter().map(|(key, text)| (key.to_string(), text.to_string())).collect()
    };
    let english = table(&[("a.b", "{n} {n|row|rows}"), ("a.c", "{A x} cell"), ("a.d", "plain")]);
    let mut source = Source::default();
    let code = r#"fn f() { html! { <p>{say!("a.b", n = 1)}</p> }; say!("a.c", n = n == 1); say!(format!("a.{key}"), n = 1, z = 2);
        say!("a.e"); say!(key); g("a.d") } #[cfg(test)] mod tests { say!("a.f") }"#;
    source.read(code.parse().unwrap());
    assert_eq!(source.calls.len(), 5);
    assert!(source.strings.contains("a.d") && !source.strings.contains("a.f"));
    let want = [
        "a.c names {x}, which it is not given",
        "a.c is given n, which its text does not name",
        "a.* is given z, which its text does not name",
        "a.e has no text",
    ];
    assert_eq!(faults(&source, &english), want);
    let other = table(&[("a.b", "{n} {n|one:r|few:s|other:t}"), ("a.c", "{y}"), ("a.z", "")]);
    let want = ["a.d is missing", "a.z is one too many", "a.c names {\"y\"}, not {\"x\"}"];
    assert_eq!(differences(&other, &english), want);
    assert!(fits("a.steps.b", "a.*.b") && fits("a.b", "*") && !fits("a.b", "a.*.b") && !fits("a.bc", "a.b"));
}
