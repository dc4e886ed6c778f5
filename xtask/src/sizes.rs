//! How much has to be fetched before a module of the page is there, written into the page: its script says it to those
//! who wait.

use crate::data;
use crate::finish::{FIXED, files, fill, read, text};
use crate::shell::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// The page's attribute, such as "front=368000 frame=…": bytes as gzip packs them, which every host can send.
const ATTRIBUTE: &str = "data-sizes";
/// What is fetched for a module: its name, the page's attributes that name its files, and the places of its texts among
/// those of a language.
const MODULES: [(&str, &[&str], Range<usize>); 4] = [
    ("front", &["data-front", "data-pictures"], 0..1),
    ("frame", &["data-frame", "data-app-styles", "data-styles", "data-figure"], 0..3),
    ("app", &["data-app", "data-app-styles"], 0..2),
    (CHAPTERS, &["data-chapters", "data-styles"], 2..3),
];
/// What all chapters share. It comes to one of the other modules, so the page itself is not counted again.
const CHAPTERS: &str = "chapters";

/// Weighs the modules of a folder, whose files are named by their content.
pub(crate) fn lay(folder: &Path) -> Result {
    let path = folder.join("index.html");
    let page = text(&path)?;
    let mut there = files(folder, &[".js", ".wasm"])?;
    there.retain(|name| !FIXED.contains(&&name[..]));
    let mut weights = BTreeMap::new();
    let mut sizes = Vec::new();
    for (module, attributes, texts) in MODULES {
        let mut named = if module == CHAPTERS { vec![] } else { of_page(&page)? };
        for attribute in attributes {
            named.extend(value(&page, attribute)?.split(' ').map(own));
        }
        named.extend(texts_of(&page)?.get(texts).ok_or("the page names too few texts")?.iter().cloned());
        let mut size = 0;
        for file in with_imports(folder, &there, named)? {
            size += match weights.get(&file) {
                Some(known) => *known,
                None => {
                    let packed = data::pack(&read(&folder.join(&file))?)?.len();
                    weights.insert(file, packed);
                    packed
                }
            };
        }
        sizes.push(format!("{module}={size}"));
    }
    fill(&path, ATTRIBUTE, &sizes.join(" "))
}

/// The page itself, with the styles and the script that it links.
fn of_page(page: &str) -> Result<Vec<String>> {
    let mut found = vec!["index.html".to_string()];
    for before in ["<link rel=\"stylesheet\" href=\"", "<script src=\""] {
        let linked: Vec<_> = page.split(before).skip(1).filter_map(|rest| rest.split_once('"')).collect();
        if linked.is_empty() {
            return Err(format!("the page has no {before}…"));
        }
        found.extend(linked.into_iter().map(|(name, _)| own(name)));
    }
    Ok(found)
}

/// The files of texts of the language that the page names first, in order.
fn texts_of(page: &str) -> Result<Vec<String>> {
    let first = value(page, "data-texts")?.split(' ').nth(1).and_then(|language| language.split_once('='));
    let (_, names) = first.ok_or("the page names no texts")?;
    Ok(names.split(',').map(own).collect())
}

/// The value of an attribute of the page.
fn value<'p>(page: &'p str, attribute: &str) -> Result<&'p str> {
    let behind = page.split_once(&format!(" {attribute}=\""));
    let value = behind.and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value);
    value.filter(|value| !value.is_empty()).ok_or(format!("the page has nothing in {attribute}"))
}

/// A file's path from the folder, by the address that the page has for it.
fn own(address: &str) -> String {
    address.strip_prefix("./").unwrap_or(address).into()
}

/// Files, and those of the scripts and modules there that their scripts name.
fn with_imports(folder: &Path, there: &[String], named: Vec<String>) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut waiting = named;
    while let Some(file) = waiting.pop() {
        if file.ends_with(".js") {
            let script = text(&folder.join(&file))?;
            let is_new = |other: &&String| **other != file && !found.contains(*other) && script.contains(&other[..]);
            waiting.extend(there.iter().filter(is_new).cloned());
        }
        found.insert(file);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finish::write;
    use std::{env, fs};

    #[test]
    fn the_page_is_told_what_is_fetched_for_each_of_its_modules() {
        let folder = env::temp_dir().join(format!("receptive-sizes-{}", std::process::id()));
        fs::create_dir_all(folder.join("snippets")).unwrap();
        let page = "<html data-texts=\"v en=./texts.json,./more.json,./chapters.json,./words-a.json de=./x.json,./y.json\" \
            data-front=\"./front.js ./front_bg.wasm\" data-frame=\"./frame.js ./frame_bg.wasm\" \
            data-app=\"./app.js ./app_bg.wasm\" data-pictures=\"./pictures.svg\" data-app-styles=\"./lab.css ./draw.css\" \
            data-styles=\"./lesson.css\" data-figure=\"./figure.css\" data-chapters=\"./chapters.js\" data-sizes=\"\">\
            <link rel=\"stylesheet\" href=\"./base.css\"/><link rel=\"manifest\" href=\"./a.webmanifest\" />\
            <script src=\"./start.js\"></script>";
        let scripts = [
            ("front.js", "import './snippets/one.js'; new URL('front_bg.wasm'); load('embed.js')"),
            ("frame.js", "new URL('frame_bg.wasm')"),
            ("app.js", "import './snippets/one.js'; import \"./snippets/two.js\"; new URL('app_bg.wasm')"),
            ("chapters.js", "new URL('chapters_bg.wasm')"),
            ("snippets/two.js", "import './one.js'; import '../snippets/one.js';"),
        ];
        let others = "front_bg.wasm frame_bg.wasm app_bg.wasm chapters_bg.wasm worker_bg.wasm snippets/one.js embed.js \
            start.js base.css lab.css draw.css lesson.css figure.css pictures.svg texts.json more.json chapters.json \
            words-a.json x.json y.json";
        // Each is another text, so that no sum is right by chance.
        let other = |i: usize| -> String {
            (0..400 << (i % 10)).map(|n| char::from(b'a' + (n * n * (i + 3) % 23) as u8)).collect()
        };
        let others = others.split(' ').enumerate().map(|(i, name)| (name, other(i)));
        let texts = scripts.into_iter().chain([("index.html", page)]).map(|(name, text)| (name, text.to_string()));
        let all: Vec<_> = texts.chain(others).collect();
        for (name, content) in &all {
            write(&folder.join(name), content).unwrap();
        }
        lay(&folder).unwrap();
        let packed = |name: &&str| {
            let (_, content) = all.iter().find(|(other, _)| other == name).unwrap();
            data::pack(content.as_bytes()).unwrap().len()
        };
        let sum = |names: &[&str]| names.iter().map(packed).sum::<usize>();
        let itself = sum(&["index.html", "base.css", "start.js"]);
        let snippets = ["snippets/one.js", "snippets/two.js"];
        let front = itself + sum(&["front.js", "front_bg.wasm", snippets[0], "pictures.svg", "texts.json"]);
        let rest = itself + sum(&["texts.json", "more.json", "lab.css", "draw.css"]);
        let frame = rest + sum(&["frame.js", "frame_bg.wasm", "figure.css", "lesson.css", "chapters.json"]);
        let app = rest + sum(&["app.js", "app_bg.wasm"]) + sum(&snippets);
        let chapters = sum(&["chapters.js", "chapters_bg.wasm", "chapters.json", "lesson.css"]);
        let want = format!("data-sizes=\"front={front} frame={frame} app={app} chapters={chapters}\"");
        let told = text(&folder.join("index.html")).unwrap();
        assert!(told.contains(&want), "{told} does not say {want}");
        assert!(lay(&folder).unwrap_err().contains("data-sizes"), "filled already");
        write(&folder.join("index.html"), page.replace("./app.js ./app_bg.wasm", "")).unwrap();
        assert!(lay(&folder).unwrap_err().contains("data-app"));
        fs::remove_dir_all(folder).unwrap();
    }
}
