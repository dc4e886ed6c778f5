//! `cargo xtask package`: chapters as a package that reports to a learning platform, by SCORM 1.2 or by xAPI. It holds the
//! built page, a page of its own around it (`web/package`), and what the project knows of the chapters.

mod manifest;

use crate::finish::{files, read, text, write};
use crate::shell::{Result, cargo, output, root};
use crate::{hosting, packing};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The page that a platform opens.
const ENTRY: &str = "index.html";
/// The folder of the package that holds the built page.
const PAGE: &str = "receptive";
/// The scripts and styles around it, beside the one that reports.
const AROUND: [&str; 4] = ["page.css", "page.js", "progress.js", "texts.js"];
/// The beginnings of files of the built page that a package has no use for: the page that measures, types, what keeps a
/// page for reading without a network, and what speaks to a host.
const LEFT_OUT: [&str; 6] = ["bench", "embed.d.ts", "keep-", "offline.js", "_headers", "."];
/// The name of a package in statements, where neither the platform nor whoever packs it names it.
const ID: &str = "urn:x-receptive:course";

/// A standard by which is reported.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Scorm,
    Xapi,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Scorm => "scorm",
            Self::Xapi => "xapi",
        }
    }

    /// The policy of the page: the one of every page; statements go to a host that is known when it is opened.
    fn policy(self) -> String {
        match self {
            Self::Scorm => hosting::policy(),
            Self::Xapi => format!("{}; connect-src 'self' https: http:", hosting::policy()),
        }
    }
}

/// What is asked for.
#[derive(Debug, PartialEq)]
struct Order<'a> {
    kind: Kind,
    /// Keys of chapters; none for all.
    chapters: Vec<&'a str>,
    title: Option<&'a str>,
    id: &'a str,
    to: Option<&'a str>,
}

impl<'a> Order<'a> {
    fn read(words: &[&'a str]) -> Result<Self> {
        let (kind, mut rest) = match words {
            ["scorm", rest @ ..] => (Kind::Scorm, rest),
            ["xapi", rest @ ..] => (Kind::Xapi, rest),
            [other, ..] => return Err(format!("a package is of the kind scorm or xapi, not {other}")),
            [] => return Err("say of which kind the package shall be: scorm or xapi".into()),
        };
        let mut order = Self { kind, chapters: vec![], title: None, id: ID, to: None };
        loop {
            rest = match rest {
                [] => return Ok(order),
                ["--title", title, rest @ ..] => {
                    order.title = Some(*title);
                    rest
                }
                ["--id", id, rest @ ..] if kind == Kind::Xapi && id.contains(':') => {
                    order.id = *id;
                    rest
                }
                ["--to", file, rest @ ..] => {
                    order.to = Some(*file);
                    rest
                }
                ["--id", ..] => return Err("--id takes an IRI such as https://example.org/cnn, for xapi alone".into()),
                [word, ..] if word.starts_with("--") => {
                    return Err(format!("a package takes --title TEXT, --id IRI and --to FILE, not {word}"));
                }
                [chapter, rest @ ..] => {
                    order.chapters.push(*chapter);
                    rest
                }
            };
        }
    }

    /// What the page of the package has to know: the chapters that are asked for, among all that the project has.
    fn course(&self, known: Value) -> Result<Value> {
        let Value::Array(all) = &known["chapters"] else { return Err("the project tells of no chapters".into()) };
        let keys: Vec<_> = all.iter().filter_map(|chapter| chapter["key"].as_str()).collect();
        if let Some(unknown) = self.chapters.iter().find(|key| !keys.contains(key)) {
            return Err(format!("there is no chapter {unknown}; chapters are {}", keys.join(", ")));
        }
        let is_asked =
            |key: &&Value| self.chapters.is_empty() || self.chapters.iter().any(|asked| key["key"] == *asked);
        let chapters: Vec<_> = all.iter().filter(is_asked).collect();
        let title = match (self.title, chapters.as_slice()) {
            (Some(title), _) => title.into(),
            (None, [only]) => only["title"].clone(),
            (None, _) => "Receptive".into(),
        };
        Ok(json!({ "title": title, "id": self.id, "more": known["more"], "chapters": chapters }))
    }

    /// Every file of the package by its name, the page in this folder among them.
    fn files(&self, page: &Path, course: &Value) -> Result<Vec<(String, Vec<u8>)>> {
        let around = root().join("web/package");
        let script = format!("{}.js", self.kind.name());
        let entry =
            text(&around.join("page.html"))?.replace("{policy}", &self.kind.policy()).replace("{script}", &script);
        let mut packed =
            vec![(ENTRY.to_string(), entry.into_bytes()), ("course.json".into(), course.to_string().into())];
        for name in AROUND.into_iter().chain([script.as_str()]) {
            packed.push((name.into(), read(&around.join(name))?));
        }
        for name in files(page, &[""])?.into_iter().filter(|name| is_needed(name)) {
            let path = page.join(&name);
            let content = match name.as_str() {
                "index.html" => not_kept(&text(&path)?).ok_or("the page in `dist` is of another version")?,
                _ => read(&path)?,
            };
            packed.push((format!("{PAGE}/{name}"), content));
        }
        let names: Vec<_> = packed.iter().map(|(name, _)| name.as_str()).collect();
        let manifest = match self.kind {
            Kind::Scorm => ("imsmanifest.xml", manifest::scorm(course, &names)),
            Kind::Xapi => ("tincan.xml", manifest::xapi(course)),
        };
        packed.push((manifest.0.into(), manifest.1.into_bytes()));
        Ok(packed)
    }
}

/// Makes the package that is asked for, and says where it is.
pub(crate) fn run(words: &[&str]) -> Result {
    let order = Order::read(words)?;
    let page = root().join("dist");
    if !page.join("index.html").is_file() {
        return Err("there is no built page in `dist`; `cargo xtask build` makes it".into());
    }
    let mut list = cargo(&["run", "--quiet", "--package", "receptive-lessons", "--example", "chapters"]);
    let known = output(&mut list).ok_or("the project cannot be asked for its chapters; `cargo build` says why")?;
    let course = order.course(serde_json::from_str(&known).map_err(|error| error.to_string())?)?;
    let package = zipped(&order.files(&page, &course)?).map_err(|error| error.to_string())?;
    let usual = format!("target/packages/receptive-{}.zip", order.kind.name());
    let path = match order.to {
        Some(file) => env::current_dir().map_err(|error| error.to_string())?.join(file),
        None => root().join(&usual),
    };
    let folder = path.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write(&path, &package)?;
    println!("{} ({:.1} MB)", path.display(), package.len() as f32 / 1e6);
    for title in manifest::titles(&course) {
        println!("  {title}");
    }
    Ok(())
}

/// Files as a zip, the same bytes each time.
fn zipped(files: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    for (name, content) in files {
        writer.start_file(name, SimpleFileOptions::default().compression_level(Some(9)))?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// True if a package needs a file of the built page. Of compressed copies beside files it needs none: a platform sends
/// what it unpacks.
fn is_needed(name: &str) -> bool {
    let copied = packing::FORMS.iter().find_map(|(_, form)| name.strip_suffix(&format!(".{form}")));
    let is_copy = copied.is_some_and(|name| packing::ENDINGS.iter().any(|ending| name.ends_with(ending)));
    !is_copy && !LEFT_OUT.iter().any(|beginning| name.starts_with(beginning))
}

/// The built page without the name of the script that keeps it for reading without a network.
fn not_kept(html: &str) -> Option<Vec<u8>> {
    let (before, rest) = html.split_once("data-keep=\"")?;
    let (_, after) = rest.split_once('"')?;
    Some(format!("{before}data-keep=\"\"{after}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Value {
        let chapter =
            |key: &str, title: &str| json!({ "key": key, "title": title, "lead": "", "exercises": [], "guide": [] });
        json!({ "more": "more", "chapters": [chapter("images", "Images"), chapter("padding", "Padding: <0> & \"same\"")] })
    }

    fn refused(words: &[&str]) -> String {
        Order::read(words).and_then(|order| order.course(known())).unwrap_err()
    }

    #[test]
    fn what_cannot_be_packed_is_refused_in_a_sentence_that_names_what_can() {
        let cases: [(&[&str], &str); 8] = [
            (&[], "scorm or xapi"),
            (&["cmi5"], "not cmi5"),
            (&["scorm", "poling"], "there is no chapter poling; chapters are images, padding"),
            (&["scorm", "--titel", "CNN"], "--title TEXT"),
            (&["scorm", "--title"], "--title TEXT"),
            (&["xapi", "--to"], "--to FILE"),
            (&["xapi", "--id", "cnn"], "IRI"),
            (&["scorm", "--id", "https://example.org/cnn"], "xapi alone"),
        ];
        for (words, said) in cases {
            assert!(refused(words).contains(said), "{words:?}: {}", refused(words));
        }
    }

    #[test]
    fn a_package_holds_the_chapters_that_are_asked_for_in_the_order_of_the_walk() {
        let course = |words: &[&str]| Order::read(words).and_then(|order| order.course(known())).unwrap();
        assert_eq!(
            manifest::titles(&course(&["scorm", "padding", "images", "padding"])),
            ["Images", "Padding: <0> & \"same\""]
        );
        let all = course(&["xapi", "--title", "CNN", "--id", "https://example.org/cnn"]);
        assert_eq!(
            (&all["title"], &all["id"], &all["chapters"]),
            (&"CNN".into(), &"https://example.org/cnn".into(), &known()["chapters"])
        );
        assert_eq!(course(&["scorm", "images"])["title"], "Images");
    }

    #[test]
    fn a_package_leaves_out_what_a_platform_has_no_use_for() {
        for name in
            ["index.html", "app-1.js", "app_bg-1.wasm", "embed.js", "mnist/train-00-images.gz", "mnist/manifest.txt"]
        {
            assert!(is_needed(name), "{name}");
        }
        for name in
            ["bench.html", "bench_bg-1.wasm", "app-1.js.gz", "app_bg-1.wasm.br", "keep-1.js", "offline.js", "_headers"]
        {
            assert!(!is_needed(name), "{name}");
        }
        let page = not_kept("<html data-a=\"1\" data-keep=\"./keep-1.js\" data-b=\"2\">").unwrap();
        assert_eq!(page, b"<html data-a=\"1\" data-keep=\"\" data-b=\"2\">");
    }
}
