//! The rules of the repository, checked against its files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use receptive_tests::{FOLDER, case::OPS};

/// Past this a file usually holds a second idea.
const MAX_LINES: usize = 450;

/// The crates that each crate may name: the arrows, closed downwards. A crate that is not listed may name none.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("nn", &["core"]),
    ("data", &["core"]),
    ("gpu", &["nn", "core"]),
    ("lessons", &["nn", "core"]),
    ("train", &["gpu", "nn", "data", "core"]),
    ("web", &["train", "lessons", "gpu", "nn", "data", "core"]),
    ("xtask", &["data"]),
];

fn root() -> PathBuf {
    Path::new(FOLDER).parent().expect("the package lies in the workspace").to_path_buf()
}

/// Every file of the repository by its path from the root: what git knows, or all that lies there without git.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>());
    let mut files = listed.filter(|files| !files.is_empty()).unwrap_or_else(|| {
        let mut found = Vec::new();
        walk(&root(), "", &mut found);
        found
    });
    files.retain(|file| root().join(file).is_file());
    assert!(files.iter().any(|file| file == "Cargo.toml"), "the workspace's own manifest is among its files");
    files
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if !name.starts_with('.') && !["target", "dist", "node_modules"].contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), found);
            }
        } else {
            found.push(path);
        }
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn written_by_hand(file: &str) -> bool {
    [".rs", ".wgsl", ".js", ".css", ".html", ".toml", ".md", ".sh", ".yml"].iter().any(|end| file.ends_with(end))
        || file.starts_with(".ci/")
}

/// Asserts that nothing was found, or lists it all.
fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// Lines that hold one of the needles, as `file:line: needle`.
fn lines_with<'a>(files: impl IntoIterator<Item = &'a String>, needles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (i, line) in read(file).lines().enumerate() {
            found.extend(
                needles.iter().filter(|needle| line.contains(**needle)).map(|n| format!("{file}:{}: {n}", i + 1)),
            );
        }
    }
    found
}

#[test]
fn no_file_is_so_long_that_it_holds_a_second_idea() {
    let sources = |file: &String| [".rs", ".wgsl", ".js", ".css"].iter().any(|end| file.ends_with(end));
    let long = files().into_iter().filter(sources).map(|file| (read(&file).lines().count(), file));
    let long = long.filter(|(n, _)| *n > MAX_LINES).map(|(n, file)| format!("{file}: {n} lines")).collect();
    none("files to split", long);
}

#[test]
fn every_exemption_from_a_lint_gives_its_reason() {
    let rust: Vec<String> = files().into_iter().filter(|file| file.ends_with(".rs")).collect();
    let exemptions = [concat!("#[al", "low("), concat!("#![al", "low("), concat!("#[ig", "nore]")];
    none("say why, with expect(…, reason = …) or ignore = …", lines_with(&rust, &exemptions));
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let code: Vec<String> = files().into_iter().filter(|file| written_by_hand(file)).collect();
    let notes = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("todo", "!("),
        concat!("unimpl", "emented!"),
    ];
    none("notes to self", lines_with(&code, &notes));
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let code: Vec<String> = files().into_iter().filter(|file| written_by_hand(file)).collect();
    let paths = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("C:", "\\\\"),
    ];
    none("paths that exist on one machine only", lines_with(&code, &paths));
}

#[test]
fn arrows_between_crates_point_down() {
    let mut wrong = Vec::new();
    for (folder, manifest) in manifests() {
        let package = folder.rsplit('/').next().unwrap_or_default().to_owned();
        if folder.starts_with("tests") {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == package).map_or(&[][..], |(_, allowed)| allowed);
        for named in dependencies(&manifest).iter().filter_map(|name| name.strip_prefix("receptive-")) {
            if !allowed.contains(&named) {
                wrong.push(format!("{package} -> {named}"));
            }
        }
    }
    none("arrows that do not point down", wrong);
}

/// The code and the words of a chapter are fetched when it is opened.
#[test]
fn only_a_chapter_uses_its_code_and_its_words() {
    let folder = "crates/lessons/src/chapters/";
    let chapter = |file: &String| {
        let name = file.strip_prefix(folder)?.split(['/', '.']).next()?;
        (name != "mod").then(|| name.to_string())
    };
    let sources: Vec<_> = files().into_iter().filter_map(|file| Some((chapter(&file)?, file))).collect();
    let chapters: BTreeSet<_> = sources.iter().map(|(name, _)| name).collect();
    assert!(chapters.len() >= 14, "{chapters:?}");
    let mut found = Vec::new();
    for (name, file) in &sources {
        for other in chapters.iter().filter(|other| **other != name) {
            let needles = [format!("chapters::{other}"), format!("\"{}.", other.replace('_', "-"))];
            found.extend(lines_with([file], &needles.each_ref().map(String::as_str)));
        }
    }
    // The view of what one chapter alone has comes with it.
    let is_else = |file: &&String| {
        ["crates/lessons/src/", "web/src/"].iter().any(|folder| file.starts_with(folder))
            && !file.starts_with(folder)
            && *file != "web/src/views/chapter/builder.rs"
    };
    let needles: Vec<_> = chapters.iter().map(|name| format!("chapters::{name}::")).collect();
    let needles: Vec<_> = needles.iter().map(String::as_str).collect();
    let all = files();
    found.extend(lines_with(all.iter().filter(is_else), &needles));
    none("what belongs to another chapter", found);
}

#[test]
fn only_the_web_crate_knows_a_browser_and_only_gpu_knows_wgpu() {
    let browser = ["web-sys", "js-sys", "wasm-bindgen", "gloo", "yew", "getrandom"];
    let mut wrong = Vec::new();
    let others = |folder: &String| !["web", "tests", "tests/gpu_worker"].contains(&folder.as_str());
    for (folder, manifest) in manifests().into_iter().filter(|(folder, _)| others(folder)) {
        for name in dependencies(&manifest) {
            if browser.iter().any(|b| name.starts_with(b)) || (name == "wgpu" && folder != "crates/gpu") {
                wrong.push(format!("{folder} -> {name}"));
            }
        }
    }
    none("crates that know what they should not", wrong);
}

#[test]
fn only_web_platform_reads_a_clock() {
    let product: Vec<String> = files()
        .into_iter()
        .filter(|file| file.ends_with(".rs") && (file.starts_with("crates/") || file.starts_with("web/")))
        .filter(|file| !file.starts_with("web/src/platform"))
        .collect();
    let clocks = ["Instant::now", "SystemTime::now", "Date::now", "Date::new_0", ".performance()"];
    none("readers of time", lines_with(&product, &clocks));
}

#[test]
fn views_set_styles_as_the_policy_of_the_page_allows() {
    let views: Vec<String> = files().into_iter().filter(|file| file.starts_with("web/src/views/")).collect();
    let attributes = [concat!(" sty", "le={"), concat!(" {st", "yle}")];
    none(
        "say `~style=…`, which sets the property: a strict policy forbids the attribute",
        lines_with(&views, &attributes),
    );
    assert!(!lines_with(&views, &["~style={"]).is_empty());
}

#[test]
fn arithmetic_and_networks_need_no_operating_system() {
    for file in ["crates/core/src/lib.rs", "crates/nn/src/lib.rs"] {
        assert!(read(file).contains("#![no_std]") || read(file).contains("#![cfg_attr(not(test), no_std)]"), "{file}");
    }
}

#[test]
fn every_source_file_says_what_belongs_in_it() {
    let sources = files().into_iter().filter(|file| file.ends_with(".rs") && !file.ends_with("/tests.rs"));
    let silent = sources.filter(|file| !read(file).trim_start().starts_with("//!")).collect();
    none("files without a first line of documentation", silent);
}

#[test]
fn every_package_follows_the_workspace_lints() {
    let follows = |manifest: &toml::Table| manifest.get("lints")?.get("workspace")?.as_bool();
    // Printing is what xtask is for; it lists its lints itself.
    let others = manifests().into_iter().filter(|(folder, m)| folder != "xtask" && follows(m) != Some(true));
    none("packages without `lints.workspace = true`", others.map(|(folder, _)| folder).collect());
}

#[test]
fn the_readme_names_the_two_commands_and_the_architecture_every_crate() {
    for command in ["cargo xtask run", "cargo xtask test"] {
        assert!(read("README.md").contains(command), "README.md does not name `{command}`");
    }
    let architecture = read("ARCHITECTURE.md");
    for (folder, _) in manifests() {
        assert!(architecture.contains(&folder), "ARCHITECTURE.md does not name {folder}");
    }
}

#[test]
fn every_operation_has_its_file_its_two_passes_and_its_cases() {
    let ops: String =
        files().iter().filter(|file| file.starts_with("crates/core/src/ops")).map(|file| read(file)).collect();
    let functions: BTreeSet<&str> =
        ops.split("pub fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).collect();
    for op in OPS {
        assert!(functions.contains(format!("{op}_forward").as_str()), "core has no {op}_forward");
        let backward = ["backward", "grad_x"].iter().any(|end| functions.contains(format!("{op}_{end}").as_str()));
        assert!(backward, "core has no backward pass of {op}");
    }
    let unproved = functions.iter().filter_map(|name| name.strip_suffix("_forward")).filter(|op| !OPS.contains(op));
    none("operations without cases", unproved.map(str::to_owned).collect());
    let cases: BTreeSet<String> = files()
        .iter()
        .filter_map(|f| Some(f.strip_prefix("tests/cases/")?.strip_suffix(".toml")?.to_owned()))
        .collect();
    assert_eq!(cases, OPS.iter().map(|op| op.to_string()).collect(), "one file of cases per operation");
}

#[test]
fn every_test_file_is_a_target() {
    let mut targets = BTreeSet::new();
    for (folder, manifest) in manifests().into_iter().filter(|(folder, _)| folder.starts_with("tests")) {
        let targets_of = |kind: &str| manifest.get(kind).and_then(toml::Value::as_array).into_iter().flatten();
        let runnable = targets_of("test").chain(targets_of("bench"));
        targets.extend(runnable.filter_map(|target| Some(format!("{folder}/{}", target["path"].as_str()?))));
    }
    let is_main = |file: &&String| {
        let parts: Vec<&str> = file.split('/').collect();
        matches!(parts[..], ["tests", name] if name.ends_with(".rs")) || matches!(parts[..], ["tests", _, "main.rs"])
    };
    let forgotten = files().iter().filter(is_main).filter(|file| !targets.contains(*file)).cloned().collect();
    none("tests that never run", forgotten);
}

/// The manifest of every member, by folder.
fn manifests() -> BTreeMap<String, toml::Table> {
    files()
        .iter()
        .filter_map(|file| Some((file.strip_suffix("/Cargo.toml")?.to_owned(), file)))
        .map(|(folder, file)| {
            let manifest = toml::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            (folder, manifest)
        })
        .collect()
}

/// Names of everything a manifest depends on, for any target and purpose.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let of = |table: &toml::Table| -> Vec<String> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .iter()
            .filter_map(|kind| table.get(*kind)?.as_table())
            .flat_map(|names| names.keys().cloned())
            .collect()
    };
    let mut names = of(manifest);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        names.extend(targets.values().filter_map(toml::Value::as_table).flat_map(of));
    }
    names
}

#[test]
fn the_searches_above_find_what_they_look_for() {
    let here = vec!["tests/tidy.rs".to_owned()];
    assert!(!lines_with(&here, &["fn the_searches_above"]).is_empty());
    assert!(lines_with(&here, &[concat!("fn the_searches", "_below")]).is_empty());
    let manifest = "[dependencies]\na = '1'\n[dev-dependencies]\nb = '1'\n[target.'cfg(unix)'.dependencies]\nc = '1'\n";
    assert_eq!(dependencies(&toml::from_str(manifest).expect("a manifest")), ["a", "b", "c"]);
}
