//! Packs the texts: every `texts/<language>/<name>.toml` becomes sorted pairs of key and text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=texts");
    let mut source = String::from("pub(super) static LANGUAGES: &[(&str, &[(&str, &str)])] = &[\n");
    for language in children(Path::new("texts")) {
        let mut texts = BTreeMap::new();
        for file in children(&language) {
            println!("cargo::rerun-if-changed={}", file.display());
            let text = fs::read_to_string(&file).expect("a text file can be read");
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            flatten(&stem(&file), &toml::Value::Table(table), &mut texts);
        }
        writeln!(source, "({:?}, &[", stem(&language)).expect("a string takes text");
        for (key, text) in texts {
            writeln!(source, "({key:?}, {text:?}),").expect("a string takes text");
        }
        source.push_str("]),\n");
    }
    source.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("texts.rs"), source).expect("the build folder can be written");
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
