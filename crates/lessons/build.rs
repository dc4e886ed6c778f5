//! Packs the texts: the files `texts/<language>/<name>.toml` become sorted keys and texts in one string. And the worked
//! examples: every entry of `data/worked-examples.toml` becomes a constant.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Ends every key and every text; ASCII calls it the unit separator.
const SEPARATOR: &str = "\u{1f}";

fn main() {
    println!("cargo::rerun-if-changed=texts");
    // What the page says by itself, and what only the chapters' module says.
    let mut tables = [String::new(), String::new()];
    let mut languages = children(Path::new("texts"));
    // English comes first: it is spoken where no other language is asked for.
    languages.sort_by_key(|folder| stem(folder) != "en");
    for language in languages {
        let mut texts = BTreeMap::new();
        for file in children(&language) {
            println!("cargo::rerun-if-changed={}", file.display());
            let text = fs::read_to_string(&file).expect("a text file can be read");
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            flatten(&stem(&file), &toml::Value::Table(table), &mut texts);
        }
        for (table, is_wanted) in tables.iter_mut().zip([true, false]) {
            let wanted = texts.iter().filter(|(key, _)| is_of_the_page(key) == is_wanted);
            let packed: String = wanted.flat_map(|(key, text)| [key, SEPARATOR, text, SEPARATOR]).collect();
            writeln!(table, "({:?}, {packed:?}),", stem(&language)).expect("a string takes text");
        }
    }
    let [page, chapters] = tables;
    let table = |name: &str, rows: &str| format!("pub(super) static {name}: &[(&str, &str)] = &[\n{rows}];\n");
    write("texts.rs", &(table("PAGE", &page) + &table("CHAPTERS", &chapters)));
    write("worked.rs", &worked(Path::new("data/worked-examples.toml")));
}

/// Returns true if the page says a text before the chapters' module has come.
fn is_of_the_page(key: &str) -> bool {
    let mut parts = key.split('.');
    let file = parts.next().unwrap_or_default();
    let section = parts.next().unwrap_or_default();
    match file {
        "ui" => true,
        // What is wrong with a link.
        "common" => section == "bad",
        _ => file != "worked" && ["title", "short", "teaser"].contains(&section),
    }
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

fn children(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the texts are there");
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Keys of nested tables are joined by points: `[steps] corner = "…"` in `padding.toml` is `padding.steps.corner`.
fn flatten(key: &str, value: &toml::Value, texts: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| flatten(&format!("{key}.{name}"), value, texts));
        }
        toml::Value::String(text) => {
            texts.insert(key.into(), text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        other => panic!("{key}: a text is a string, not {other:?}"),
    }
}
