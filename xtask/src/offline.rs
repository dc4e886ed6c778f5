//! The list of files that the page's service worker keeps.

use crate::finish::{files, hash, text, write};
use crate::shell::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// The service worker, by a name that stays: a browser looks whether another one lies there.
pub(crate) const SCRIPT: &str = "offline.js";
/// The place in it that waits for the list.
const EMPTY: &str = "{ version: '', files: [], texts: {} }";
/// What is not kept: the page that measures, and the service worker itself.
const LEFT_OUT: [&str; 2] = ["bench", SCRIPT];
/// The beginnings of the names of texts; behind them comes the language, and the hash last.
const TEXTS: [&str; 3] = ["texts-", "chapters-", "words-"];

/// Writes into the service worker of a folder, whose files are named by their content, which of them it keeps.
pub(crate) fn list(folder: &Path) -> Result {
    let mut everybody = Vec::new();
    let mut texts = BTreeMap::<String, Vec<String>>::new();
    let mut names = files(folder, &[".js", ".css", ".wasm", ".json", ".svg", ".png", ".webmanifest", ".toml"])?;
    names.retain(|name| !LEFT_OUT.iter().any(|other| name.starts_with(other)));
    let page = text(&folder.join("index.html"))?;
    // What is not named by its content counts by it.
    let unnamed = names.iter().filter(|name| !is_named_by_content(name));
    let unnamed: String = unnamed.map(|name| text(&folder.join(name))).collect::<Result<_>>()?;
    let version = hash(format!("{page}{}{unnamed}", names.join(" ")).as_bytes());
    for name in names {
        match language(&name) {
            Some(language) => texts.entry(language.to_string()).or_default().push(format!("./{name}")),
            None => everybody.push(format!("./{name}")),
        }
    }
    let list = serde_json::json!({ "version": version, "files": everybody, "texts": texts });
    let path = folder.join(SCRIPT);
    let script = text(&path)?;
    if !script.contains(EMPTY) {
        return Err(format!("{} has no place for its list: {EMPTY}", path.display()));
    }
    write(&path, script.replace(EMPTY, &list.to_string()))
}

/// True if 16 hexadecimal digits stand before the ending of a name.
fn is_named_by_content(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// The language of a file of texts, by its name.
fn language(name: &str) -> Option<&str> {
    let named = name.strip_suffix(".json")?;
    let is_texts = TEXTS.iter().any(|beginning| name.starts_with(beginning));
    let (stem, _) = named.rsplit_once('-').filter(|_| is_texts)?;
    stem.rsplit_once('-').map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs};

    #[test]
    fn the_list_names_what_the_page_needs_and_its_version_changes_with_it() {
        let folder = env::temp_dir().join(format!("receptive-offline-{}", std::process::id()));
        fs::create_dir_all(folder.join("mnist")).unwrap();
        let script = text(&crate::shell::root().join("web").join(SCRIPT)).unwrap();
        let hash = "0123456789abcdef";
        let names = ["app-H.js", "app_bg-H.wasm", "texts-en-H.json", "words-backprop-cnn-de-H.json", "bench-H.js"];
        let names = names.map(|name| name.replace('H', hash));
        let build = |page: &str| {
            fs::write(folder.join(SCRIPT), &script).unwrap();
            fs::write(folder.join("index.html"), page).unwrap();
            list(&folder).unwrap();
            text(&folder.join(SCRIPT)).unwrap()
        };
        for name in names.iter().map(String::as_str).chain([
            "embed.js",
            "embed.d.ts",
            "first.toml",
            "mnist/manifest.txt",
            "app-1.js.br",
        ]) {
            fs::write(folder.join(name), name).unwrap();
        }
        let (one, same, other) = (build("page"), build("page"), build("another page"));
        let [app, module, english, german, bench] = names;
        assert!(one.contains(&format!(r#""files":["./{app}","./{module}","./embed.js","./first.toml"]"#)), "{one}");
        assert!(one.contains(&format!(r#""texts":{{"de":["./{german}"],"en":["./{english}"]}}"#)), "{one}");
        assert!(!one.contains(&bench) && !one.contains("embed.d") && !one.contains("./mnist"));
        assert!(one == same && one != other, "the version is that of the page");
        fs::write(folder.join("first.toml"), "another lesson").unwrap();
        assert!(build("page") != one, "and that of what is not named by its content");
        assert!(list(&folder).unwrap_err().contains("no place"), "it is filled already");
        fs::remove_dir_all(folder).unwrap();
    }
}
