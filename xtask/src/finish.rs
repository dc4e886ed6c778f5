//! `cargo xtask finish`, which Trunk calls when a page is built: texts and MNIST are laid beside it, the modules with
//! chapters are split, what only people read is taken out, and every file is named by its content. A page that is shipped
//! also gets its policy, says how much is fetched for it, is kept for reading without a network, and is compressed.

use crate::shell::Result;
use crate::split::{self, Needed};
use crate::{data, hosting, lighten, offline, packing, sizes};
use aho_corasick::AhoCorasick;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "../../crates/lessons/read_texts.rs"]
mod read_texts;

/// Set where a page is built for `cargo xtask dev`: it reloads by itself, and is neither kept nor compressed.
pub(crate) const DEV: &str = "RECEPTIVE_DEV";
/// Scripts by names that stay: other pages load the one, and browsers ask for the other again and again.
pub(crate) const FIXED: [&str; 2] = ["embed.js", offline::SCRIPT];

/// The modules with the lesson host, how the names of their parts begin, and the page's attribute that names these.
const HOSTS: [(&str, &str, &str); 2] =
    [("chapters_bg.wasm", "part", "data-parts"), ("frame_bg.wasm", "part-frame", "data-frame-parts")];

/// Finishes the page in the folder that Trunk names.
pub(crate) fn run() -> Result {
    let folder = env::var_os("TRUNK_STAGING_DIR").ok_or("`finish` is called by Trunk, which says where")?;
    let folder = PathBuf::from(folder);
    lay_texts(&crate::shell::root().join("crates/lessons/texts"), &folder)?;
    unlink(&folder.join("index.html"))?;
    for (module, part, attribute) in HOSTS {
        split_chapters(&folder, module, part, attribute)?;
    }
    lighten(&folder)?;
    let is_shipped = env::var_os(DEV).is_none();
    if is_shipped {
        fill(&folder.join("index.html"), "data-keep", "./keep.js")?;
    }
    name_by_content(&folder)?;
    if is_shipped {
        hosting::lay(&folder)?;
        sizes::lay(&folder)?;
        offline::list(&folder)?;
        packing::lay(&folder)?;
    }
    data::lay(&folder.join("mnist"))
}

/// The path of a file with one more ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Files whose names end so, by their paths from the folder.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(inside) = folders.pop() {
        let at = folder.join(&inside);
        for entry in fs::read_dir(&at).map_err(|error| format!("{}: {error}", at.display()))?.flatten() {
            let path = format!("{inside}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(format!("{path}/"));
            } else if endings.iter().any(|ending| path.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result {
    fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Lays the texts of every language beside the page, one file for each of their parts and one for each chapter, and writes
/// into the page which there are: their version, which changes with the keys, then "en=texts,more,chapters,…" for each
/// language.
fn lay_texts(from: &Path, folder: &Path) -> Result {
    let languages = read_texts::languages(from);
    let keys: Vec<_> = languages[0].parts.iter().flat_map(BTreeMap::keys).map(String::as_bytes).collect();
    let version = hash(&keys.join(&b' '));
    let later = said_later(&languages[0].parts[0], folder)?;
    let mut named = version.clone();
    for read_texts::Language { code, parts: [page, chapters] } in &languages {
        let (mut shared, mut own) = (BTreeMap::new(), BTreeMap::<_, BTreeMap<_, _>>::new());
        for (key, text) in chapters {
            let file = key.split('.').next().unwrap_or_default();
            // What has a short title is a chapter.
            let is_chapter = page.contains_key(&format!("{file}.short"));
            let texts = if is_chapter { own.entry(format!("words-{file}")).or_default() } else { &mut shared };
            texts.insert(key, text);
        }
        let (more, first) = page.iter().partition(|(key, _)| later.contains(*key));
        let parts = [("texts".to_string(), first), ("more".to_string(), more), ("chapters".to_string(), shared)];
        let mut names = Vec::new();
        for (part, texts) in parts.into_iter().chain(own) {
            let name = format!("{part}-{code}.json");
            let json = serde_json::json!({ "version": version, "texts": texts });
            write(&folder.join(&name), json.to_string())?;
            names.push(format!("./{name}"));
        }
        write!(named, " {code}={}", names.join(",")).expect("a string takes text");
    }
    fill(&folder.join("index.html"), "data-texts", &named)
}

/// The keys of the page's texts that the first page has no need of: those that stand in the whole app's module, and not in
/// that of the first page. A key that is put together at run time stands in neither; the first page may say it too.
fn said_later<'a>(texts: &'a BTreeMap<String, String>, folder: &Path) -> Result<BTreeSet<&'a String>> {
    let keys: Vec<_> = texts.keys().collect();
    let search = AhoCorasick::new(&keys).map_err(|error| format!("the keys of the texts: {error}"))?;
    let named = |module: &str| -> Result<BTreeSet<&String>> {
        let code = read(&folder.join(module))?;
        Ok(search.find_overlapping_iter(&code).map(|found| keys[found.pattern()]).collect())
    };
    Ok(&named("app_bg.wasm")? - &named("front_bg.wasm")?)
}

/// Fills an attribute of the page that waits for what is built beside it.
pub(crate) fn fill(page: &Path, attribute: &str, value: &str) -> Result {
    let (empty, filled) = (format!("{attribute}=\"\""), format!("{attribute}=\"{value}\""));
    let html = text(page)?;
    if !html.contains(&empty) {
        return Err(format!("{} has no place for what is built beside it: {empty}", page.display()));
    }
    write(page, html.replace(&empty, &filled))
}

/// Splits a module with the lesson host: what a few chapters alone need is laid beside it, and the page told by the
/// chapters' keys. What pages know of every chapter stays: the first page has it too.
fn split_chapters(folder: &Path, module: &str, beginning: &str, attribute: &str) -> Result {
    let path = folder.join(module);
    let first = read(&folder.join("front_bg.wasm"))?;
    let of_pages = split::names(&first).map_err(|why| format!("front_bg.wasm: {why}"))?;
    let owner = |name: &str| if of_pages.contains(name) { Needed::ByAll } else { chapters_of(name) };
    let (module, parts) = split::split(&read(&path)?, owner).map_err(|why| format!("{}: {why}", path.display()))?;
    if parts.is_empty() {
        return Err(format!("{} names no function of a chapter", path.display()));
    }
    write(&path, module)?;
    let mut named = Vec::new();
    for (key, part) in parts {
        write(&folder.join(format!("{beginning}-{key}.wasm")), part)?;
        named.push(format!("{key}=./{beginning}-{key}.wasm"));
    }
    fill(&folder.join("index.html"), attribute, &named.join(" "))
}

/// Views that few chapters need, by their paths in the sources: how the item of a scene is named that they draw, and the
/// chapters whose scenes have it.
const VIEWS: [(&str, &str, &[&str]); 3] = [
    ("chapter::builder", "Builder", &["building"]),
    ("figure::graph", "Graph", &["backprop"]),
    ("figure::surface", "Surface", &["descent", "optimisers", "schedules"]),
];

/// The chapters that a function is of, by its name in the sources: nobody calls a chapter's but the chapter, and the views
/// of this one.
fn chapters_of(function: &str) -> Needed {
    let path = function.trim_start_matches('<');
    let by = |names: &[&str]| Needed::By(names.iter().map(|name| name.replace('_', "-")).collect());
    let inside = |path: &'_ str, outer: &str| path.strip_prefix(outer).is_some_and(|rest| rest.starts_with("::"));
    if let Some(path) = path.strip_prefix("receptive_web::views::")
        && let Some((.., chapters)) = VIEWS.iter().find(|(view, ..)| inside(path, view))
    {
        return by(chapters);
    }
    match path.strip_prefix("receptive_lessons::chapters::").and_then(|path| path.split_once("::")) {
        Some((module, _)) => by(&[module]),
        None if path.starts_with("receptive_") => Needed::ByAll,
        None => Needed::Unsaid,
    }
}

/// Takes out of the page that it always fetches the module of the first page: its script chooses the module by the
/// address.
fn unlink(page: &Path) -> Result {
    let html = text(page)?;
    let is_link = |line: &str| line.contains("rel=\"modulepreload\"") || line.contains("rel=\"preload\"");
    let mut rest = &html[..];
    let mut out = String::new();
    while let Some(at) = rest.find("<link") {
        let end = at + rest[at..].find('>').map_or(rest.len() - at, |end| end + 1);
        out.push_str(&rest[..if is_link(&rest[at..end]) { at } else { end }]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    write(page, out)
}

/// The first 16 hexadecimal digits of a content's SHA-256.
pub(crate) fn hash(content: &[u8]) -> String {
    Sha256::digest(content)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes texts and modules lighter. A module and the script that loads it are named `app_bg.wasm` and `app.js`.
fn lighten(folder: &Path) -> Result {
    for path in files(folder, &[".html", ".css", ".js"])? {
        let path = folder.join(path);
        write(&path, lighten::text(&text(&path)?))?;
    }
    for path in files(folder, &["_bg.wasm"])? {
        let script = folder.join(path.replace("_bg.wasm", ".js"));
        let path = folder.join(path);
        let light = lighten::pair(&read(&path)?, &text(&script)?);
        let (module, text) = light.ok_or(format!("{} is no module", path.display()))?;
        write(&path, module)?;
        write(&script, text)?;
    }
    Ok(())
}

/// Names every script, style, module, picture and file of texts by its content, but for those whose names stay, and
/// renames every mention: no cache ever mixes two builds.
fn name_by_content(folder: &Path) -> Result {
    let mut waiting = files(folder, &[".js", ".css", ".wasm", ".json", ".svg", ".png", ".webmanifest"])?;
    waiting.retain(|path| !FIXED.contains(&&path[..]));
    let mut names = BTreeMap::new();
    while !waiting.is_empty() {
        let mut later = Vec::new();
        for old in &waiting {
            let path = folder.join(old);
            let mut content = read(&path)?;
            if ![".wasm", ".png"].iter().any(|ending| old.ends_with(ending)) {
                let text = renamed(&text(&path)?, &names);
                if waiting.iter().any(|other| other != old && mentions(&text, other).next().is_some()) {
                    later.push(old.clone());
                    continue;
                }
                content = text.into_bytes();
            }
            let (stem, ending) = old.rsplit_once('.').unwrap_or((old, ""));
            let new = format!("{stem}-{}.{ending}", hash(&content));
            write(&folder.join(&new), content)?;
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            names.insert(old.clone(), new);
        }
        if later.len() == waiting.len() {
            return Err(format!("these files mention one another in a circle: {}", later.join(", ")));
        }
        waiting = later;
    }
    for page in files(folder, &[".html"])? {
        let path = folder.join(page);
        write(&path, renamed(&text(&path)?, &names))?;
    }
    Ok(())
}

/// The positions at which a text mentions a file by its path from the folder, `./` before it or not. The name by which a
/// module itself asks for a script, as the key of what it is given, stays what it is in the module.
fn mentions<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    text.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        let before = text[..at].strip_suffix("./").unwrap_or(&text[..at]);
        let after = &text[at + name.len()..];
        let is_key = after.starts_with("\": import");
        !before.ends_with(is_part) && !after.starts_with(|c| is_part(c) && c != '.') && !is_key
    })
}

/// A text with the new names in place of the old.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut out = text.to_string();
    for (old, new) in names {
        let places: Vec<_> = mentions(&out, old).collect();
        for at in places.into_iter().rev() {
            out.replace_range(at..at + old.len(), new);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for a test.
    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = env::temp_dir().join(format!("receptive-finish-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (path, content) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn page(name: &str, wasm: &str) -> PathBuf {
        let files = [
            (
                "index.html",
                "<html data-worker=./worker_loader.js><link href=\"./app.js\"><p>see app.json, myapp.js</p>",
            ),
            (
                "app.js",
                "import { load } from './snippets/page-1/inline0.js';\nimport * as import1 from \"./snippets/page-1/inline0.js\"\n\
                 ({ \"./snippets/page-1/inline0.js\": import1 });\nnew URL('app_bg.wasm', import.meta.url)",
            ),
            ("snippets/page-1/inline0.js", "export const load = 1;"),
            ("worker_loader.js", "import init from './worker.js';await init();"),
            ("worker.js", "new URL('worker_bg.wasm', import.meta.url)"),
            ("worker_bg.wasm", wasm),
            ("app_bg.wasm", "page"),
            ("embed.js", "const home = './';"),
            ("mnist/manifest.txt", "app.js"),
        ];
        let folder = folder(name, &files);
        name_by_content(&folder).unwrap();
        folder
    }

    #[test]
    fn who_mentions_a_file_follows_its_name_and_changes_with_it() {
        let (one, other) = (page("one", "first"), page("other", "second"));
        let names = |folder: &Path| files(folder, &[""]).unwrap();
        let named = |folder: &Path, stem: &str| names(folder).into_iter().find(|name| name.starts_with(stem)).unwrap();
        for stem in ["app-", "app_bg-", "snippets/page-1/inline0-"] {
            assert_eq!(named(&one, stem), named(&other, stem), "the same content");
        }
        for stem in ["worker-", "worker_bg-", "worker_loader-"] {
            assert_ne!(named(&one, stem), named(&other, stem), "{stem} goes back to another module");
        }
        let page = text(&one.join("index.html")).unwrap();
        assert!(page.contains(&format!("data-worker=./{}", named(&one, "worker_loader-"))), "{page}");
        assert!(page.contains(&format!("\"./{}\"", named(&one, "app-"))), "{page}");
        assert!(page.contains("see app.json, myapp.js"), "{page}");
        let app = text(&one.join(named(&one, "app-"))).unwrap();
        assert!(app.contains(&format!("'./{}'", named(&one, "snippets/page-1/inline0-"))), "{app}");
        assert!(app.contains(&format!("from \"./{}\"", named(&one, "snippets/page-1/inline0-"))), "{app}");
        assert!(app.contains("{ \"./snippets/page-1/inline0.js\": import1 }"), "the module asks by this name: {app}");
        assert_eq!(text(&one.join("mnist/manifest.txt")).unwrap(), "app.js", "only the page's own files change");
        assert!(one.join("embed.js").is_file(), "other pages name it");
        assert_eq!(names(&one).len(), 9);
        for folder in [one, other] {
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn only_what_the_page_always_fetches_ahead_is_taken_out_of_it() {
        let page = "<head><link rel=\"stylesheet\" href=a.css><link rel=\"modulepreload\" href=\"/front.js\">\
            <link rel=\"preload\" href=\"/front_bg.wasm\" as=\"fetch\"></head><p>rel=\"preload\"";
        let folder = folder("unlink", &[("index.html", page)]);
        unlink(&folder.join("index.html")).unwrap();
        let left = "<head><link rel=\"stylesheet\" href=a.css></head><p>rel=\"preload\"";
        assert_eq!(text(&folder.join("index.html")).unwrap(), left);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_language_is_one_more_folder_of_texts() {
        let files = [
            ("page/index.html", "<html data-texts=\"\">"),
            ("page/front_bg.wasm", "ui.lab"),
            ("page/app_bg.wasm", "ui.nextui.labui.list.item"),
            ("texts/de/ui.toml", "lab = \"Labor\"\nnext = \"Weiter\""),
            ("texts/de/padding.toml", "short = \"Rand\"\nlead = \"Ein \\\"Rand\\\" ist breit\""),
            ("texts/de/plane.toml", "sum = \"Summe\""),
            ("texts/en/ui.toml", "lab = \"Lab\"\nnext = \"Next\""),
            ("texts/en/padding.toml", "short = \"Border\"\nlead = \"A border\""),
            ("texts/en/plane.toml", "sum = \"Sum\""),
        ];
        let folder = folder("texts", &files);
        let page = folder.join("page");
        lay_texts(&folder.join("texts"), &page).unwrap();
        let read = |name: &str| serde_json::from_str::<serde_json::Value>(&text(&page.join(name)).unwrap()).unwrap();
        let version = hash(b"padding.short ui.lab ui.next padding.lead plane.sum");
        let texts = serde_json::json!({ "padding.short": "Rand", "ui.lab": "Labor" });
        assert_eq!(read("texts-de.json"), serde_json::json!({ "version": version, "texts": texts }));
        assert_eq!(read("more-de.json")["texts"], serde_json::json!({ "ui.next": "Weiter" }));
        assert_eq!(read("chapters-de.json")["texts"], serde_json::json!({ "plane.sum": "Summe" }));
        assert_eq!(read("words-padding-de.json")["texts"]["padding.lead"], "Ein \"Rand\" ist breit");
        assert_eq!(read("texts-en.json")["texts"]["ui.lab"], "Lab");
        assert!(lay_texts(&folder.join("texts"), &page).unwrap_err().contains("data-texts"), "filled already");
        name_by_content(&page).unwrap();
        let html = text(&page.join("index.html")).unwrap();
        let named = html.strip_prefix("<html data-texts=\"").and_then(|rest| rest.strip_suffix("\">")).unwrap();
        let [named_version, english, german] = named.split(' ').collect::<Vec<_>>()[..] else { panic!("{named}") };
        assert_eq!(named_version, version);
        for (language, code) in [(english, "en"), (german, "de")] {
            let files: Vec<_> = language.strip_prefix(&format!("{code}=")).unwrap().split(',').collect();
            assert!(files.len() == 4 && files.iter().all(|file| page.join(file).is_file()), "{files:?}");
            assert!(files[0].starts_with(&format!("./texts-{code}-")), "{files:?}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn files_in_a_circle_are_refused() {
        let folder = folder("circle", &[("a.js", "import './b.js'"), ("b.js", "import './a.js'")]);
        assert!(name_by_content(&folder).unwrap_err().contains("a.js, b.js"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn views_go_with_the_chapters_whose_scenes_need_them() {
        let folder = crate::shell::root().join("crates/lessons/src/chapters");
        let sources: Vec<_> = files(&folder, &[".rs"])
            .unwrap()
            .into_iter()
            .map(|path| (text(&folder.join(&path)).unwrap(), path))
            .collect();
        for (view, item, chapters) in VIEWS {
            let needle = format!("Item::{item}(");
            let has = |source: &str| source.contains(&needle) || source.contains(&format!("Item::{item}]"));
            let found = sources
                .iter()
                .filter(|(source, _)| has(source))
                .map(|(_, path)| path.split_once(['/', '.']).map_or(&path[..], |(chapter, _)| chapter));
            assert_eq!(found.collect::<BTreeSet<_>>(), chapters.iter().copied().collect(), "{item}");
            assert!(crate::shell::root().join(format!("web/src/views/{}.rs", view.replace("::", "/"))).is_file());
            let by = Needed::By(chapters.iter().map(|name| (*name).to_string()).collect());
            assert_eq!(chapters_of(&format!("<receptive_web::views::{view}::One as yew::Two>::run")), by);
        }
        assert_eq!(chapters_of("receptive_web::views::figure::board::draw"), Needed::ByAll);
        let cnn = Needed::By(BTreeSet::from(["backprop-cnn".to_string()]));
        assert_eq!(
            chapters_of("<receptive_lessons::chapters::backprop_cnn::live::Live as receptive_lessons::Trace>::scene"),
            cnn
        );
        assert_eq!(
            chapters_of("core::ptr::drop_in_place<receptive_lessons::chapters::pooling::stage::Trace>"),
            Needed::Unsaid
        );
    }
}
