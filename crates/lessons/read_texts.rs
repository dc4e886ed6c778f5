//! Reads the texts of every language from `texts/<language>/<name>.toml`, for the two that need them: the build of this
//! crate, which keeps them for programs outside the browser, and `cargo xtask finish`, which lays them beside the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The texts of one language, in the two parts that are fetched apart.
pub(crate) struct Language {
    /// Its code, which is its folder's name: "en".
    pub(crate) code: String,
    /// The texts by their keys: those of the page, and those that are needed when a chapter is opened.
    pub(crate) parts: [BTreeMap<String, String>; 2],
}

/// Reads every language of a folder, English first: it is spoken where no other is asked for.
pub(crate) fn languages(folder: &Path) -> Vec<Language> {
    let mut languages: Vec<_> = children(folder).iter().map(|folder| language(folder)).collect();
    languages.sort_by_key(|language| language.code != "en");
    languages
}

fn language(folder: &Path) -> Language {
    let mut texts = BTreeMap::new();
    for file in children(folder) {
        let text = fs::read_to_string(&file).expect("a text file can be read");
        let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        flatten(&stem(&file), &toml::Value::Table(table), &mut texts);
    }
    let (page, chapters) = texts.into_iter().partition(|(key, _)| is_of_the_page(key));
    Language { code: stem(folder), parts: [page, chapters] }
}

/// Returns true if the page says a text before the chapters' module has come.
fn is_of_the_page(key: &str) -> bool {
    let mut parts = key.split('.');
    let file = parts.next().unwrap_or_default();
    let section = parts.next().unwrap_or_default();
    match file {
        "ui" | "lab" | "compare" | "links" | "errors" | "layers" | "work" | "course" => true,
        // What is wrong with a link.
        "common" => section == "bad",
        _ => file != "worked" && ["title", "short", "teaser"].contains(&section),
    }
}

pub(crate) fn children(folder: &Path) -> Vec<PathBuf> {
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
