//! Keeps the texts of every language for programs outside the browser, where nothing is fetched. And the worked examples:
//! every entry of `data/worked-examples.toml` becomes a constant.

mod read_texts;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=texts");
    let mut rows = String::new();
    for read_texts::Language { code, parts } in read_texts::languages(Path::new("texts")) {
        let [page, chapters] = parts.each_ref().map(pairs);
        writeln!(rows, "({code:?}, [&{page:?}, &{chapters:?}]),").expect("a string takes text");
    }
    write("texts.rs", &format!("&[\n{rows}]"));
    write("worked.rs", &worked(Path::new("data/worked-examples.toml")));
}

/// The texts as a list of keys and texts, in order.
fn pairs(texts: &BTreeMap<String, String>) -> Vec<&str> {
    texts.iter().flat_map(|(key, text)| [key.as_str(), text]).collect()
}

fn write(name: &str, source: &str) {
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join(name), source).expect("the build folder can be written");
}

/// The worked examples as a list of constants: what every example has by name, the rest as pairs of name and text.
fn worked(file: &Path) -> String {
    println!("cargo::rerun-if-changed={}", file.display());
    let text = fs::read_to_string(file).expect("the worked examples can be read");
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut source = String::from("&[\n");
    for example in table["example"].as_array().expect("a list of examples") {
        let example = example.as_table().expect("an example is a table");
        let field = |name: &str| example.get(name).map(plain);
        let needed = |name: &str| field(name).unwrap_or_else(|| panic!("an example without {name}: {example:?}"));
        let mut link = field("link").unwrap_or_default();
        for (name, value) in example {
            link = link.replace(&format!("{{{name}}}"), &plain(value));
        }
        let (chapter, query) = link.split_once('?').unwrap_or((&link, ""));
        let own = ["id", "deck", "kind", "link", "printed", "correct", "is_wrong"];
        let given = example.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        let given: Vec<_> = given.map(|(name, value)| (name.as_str(), plain(value))).collect();
        writeln!(
            source,
            "Worked {{ id: {:?}, deck: {}, kind: {:?}, chapter: {chapter:?}, query: {query:?}, printed: {:?}, \
             correct: {:?}, is_right: {}, given: &{given:?} }},",
            needed("id"),
            needed("deck"),
            needed("kind"),
            field("printed"),
            field("correct").unwrap_or_default(),
            field("is_wrong").is_none()
        )
        .expect("a string takes text");
    }
    source + "]"
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(n) => n.to_string(),
        toml::Value::Boolean(is_so) => is_so.to_string(),
        other => panic!("an example holds texts and whole numbers, not {other:?}"),
    }
}
