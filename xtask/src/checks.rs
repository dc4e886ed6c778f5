//! `cargo xtask test`: everything that CI checks, the cheapest first.

use crate::shell::{self, Result, cargo, command, root};
use crate::{data, modules, tools};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// The most that the first view may weigh, compressed.
const FIRST_VIEW_BYTES: usize = 360_000;
/// The most that the whole app may weigh, compressed.
const APP_BYTES: usize = 944_000;
/// The most that the module of a chapter's figure may weigh, compressed, with what chapters share.
const FRAME_BYTES: usize = 660_000;
/// The most that the chapters' module may weigh, compressed.
const CHAPTERS_MODULE_BYTES: usize = 300_000;
/// The most that may be fetched to see a first chapter, compressed: what all chapters share, and the heaviest of them.
const CHAPTERS_BYTES: usize = 345_000;
/// The most that a chapter alone may weigh, compressed.
const CHAPTER_BYTES: usize = 32_000;
/// The most that the training worker may weigh, compressed.
const WORKER_BYTES: usize = 465_000;
/// The most that a learner who tries the GPU has to fetch for it, compressed.
const GPU_BYTES: usize = 135_000;
/// The most that somebody's page has to fetch to hold figures, compressed.
const EMBED_BYTES: usize = 6_000;
const WASM: &str = "wasm32-unknown-unknown";
const BARE_METAL: &str = "thumbv7em-none-eabihf";

/// A part of the checks: its name, and what it does.
type Part = (&'static str, fn() -> Result);

const PARTS: [Part; 11] = [
    ("format", || shell::run(&mut cargo(&["fmt", "--all", "--check"]))),
    ("lint", lint),
    ("lint-wasm", lint_wasm),
    ("types", types),
    ("shaders", || shell::run(&mut cargo(&["test", "--workspace", "--test", "shaders"]))),
    ("no-std", no_std),
    ("test", || shell::run(&mut cargo(&["test", "--workspace"]))),
    ("doc", || shell::run(cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))),
    ("build", build),
    ("size", size),
    ("browser", browser),
];

/// Names of the parts, in order.
pub(crate) fn names() -> Vec<&'static str> {
    PARTS.iter().map(|(name, _)| *name).collect()
}

/// Runs the parts named, or all of them, and stops at the first that fails.
pub(crate) fn run(wanted: &[&str]) -> Result {
    if let Some(unknown) = wanted.iter().find(|name| !names().contains(name)) {
        return Err(format!("there is no part {unknown}; parts are {}", names().join(", ")));
    }
    let mut times = Vec::new();
    for (name, part) in PARTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)) {
        println!("\n── {name}");
        let start = Instant::now();
        part().map_err(|error| format!("{name}: {error}"))?;
        times.push(format!("{name} {:.0} s", start.elapsed().as_secs_f32()));
    }
    println!("\nall checks passed: {}", times.join(", "));
    Ok(())
}

fn lint() -> Result {
    let options = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    shell::run(&mut cargo(&options))
}

fn lint_wasm() -> Result {
    tools::ensure_targets(&[WASM, BARE_METAL])?;
    shell::run(&mut cargo(&[
        "clippy",
        "--package",
        "receptive-web",
        "--package",
        "receptive-gpu",
        "--package",
        "receptive-gpu-worker",
        "--target",
        WASM,
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))
}

/// Checks scripts that are written by hand against their types: those of pages, and the service worker.
fn types() -> Result {
    let Some(compiler) = tools::ensure_typescript() else { return Ok(()) };
    let pages = [
        "web/embed.js",
        "web/embed.d.ts",
        "web/keep.js",
        "web/snapshot.js",
        "web/receptive.d.ts",
        "web/package/types.d.ts",
        "web/package/scorm.js",
        "web/package/xapi.js",
    ];
    for (library, scripts) in [("es2022,dom,dom.iterable", &pages[..]), ("es2022,webworker", &["web/offline.js"])] {
        let options = [
            "--allowJs",
            "--checkJs",
            "--noEmit",
            "--strict",
            "--target",
            "es2022",
            "--module",
            "es2022",
            "--lib",
            library,
        ];
        shell::run(command("node", &[]).arg(&compiler).args(options).args(scripts))?;
    }
    Ok(())
}

fn no_std() -> Result {
    tools::ensure_targets(&[BARE_METAL])?;
    let packages = ["--package", "receptive-core", "--package", "receptive-nn"];
    shell::run(cargo(&["build", "--no-default-features", "--target", BARE_METAL]).args(packages))
}

pub(crate) fn build() -> Result {
    tools::ensure_targets(&[WASM])?;
    if let Err(message) = data::get() {
        println!("{message}");
    }
    modules::compile()?;
    shell::run(command("trunk", &["build", "--release"]).env("PATH", tools::path_with_page_tools()?))
}

fn size() -> Result {
    fits("the first view", first_view_bytes()?, FIRST_VIEW_BYTES)?;
    for (what, parts, most) in [
        ("the whole app", WHOLE_APP, APP_BYTES),
        ("a page that holds figures", &["embed"][..], EMBED_BYTES),
        ("the module of a chapter's figure", &["frame"], FRAME_BYTES),
        ("the chapters' module", &["chapters_bg"], CHAPTERS_MODULE_BYTES),
        ("the training worker", &["worker"], WORKER_BYTES),
        ("the GPU's worker", &["gpu"], GPU_BYTES),
    ] {
        fits(what, packed_bytes(|name| is_of(name, parts))?, most)?;
    }
    let mut heaviest = 0;
    for chapter in chapters()? {
        let own = [format!("part-{chapter}-"), format!("words-{chapter}-en-")];
        // Behind the name comes the hash alone: "backprop" is not "backprop-cnn".
        let is_own = |name: &str| own.iter().any(|own| name.strip_prefix(own).is_some_and(|rest| !rest.contains('-')));
        heaviest = heaviest.max(packed_bytes(is_own)?);
    }
    fits("the heaviest chapter", heaviest, CHAPTER_BYTES)?;
    fits("a first chapter", packed_bytes(|name| is_of(name, CHAPTERS))? + heaviest, CHAPTERS_BYTES)
}

/// The keys of the chapters, as their parts of the page are named.
fn chapters() -> Result<Vec<String>> {
    let page = fs::read_to_string(root().join("dist/index.html")).map_err(|error| format!("dist: {error}"))?;
    let parts = page.split_once("data-parts=\"").and_then(|(_, rest)| rest.split_once('"'));
    let (parts, _) = parts.ok_or("the page names no parts of the chapters")?;
    Ok(parts.split(' ').filter_map(|part| Some(part.split_once('=')?.0.to_string())).collect())
}

fn fits(what: &str, n_bytes: usize, most: usize) -> Result {
    println!("{n_bytes:>8} bytes compressed, of at most {most}: {what}");
    if n_bytes <= most { Ok(()) } else { Err(format!("{what} weighs {n_bytes} bytes, more than {most}")) }
}

/// Weighs what the first view needs: the page, its styles, its script, its wasm, its pictures and its texts. The whole app, the workers
/// and the chapters come later, as does what keeps the page for later visits, and the bench page is another one.
pub(crate) fn first_view_bytes() -> Result<usize> {
    let later = ["embed", "frame", "worker", "gpu", "bench", "part", "words", "keep", "offline", "icon", "snapshot"];
    packed_bytes(|name| !is_of(name, CHAPTERS) && !is_of(name, WHOLE_APP) && !is_of(name, &later))
}

/// The beginnings of the names of what the whole app adds: its module, its texts and styles.
const WHOLE_APP: &[&str] = &["app", "more", "lab", "compare", "draw", "course", "figure"];
/// The beginnings of the names of what all chapters share: their module, texts and styles.
const CHAPTERS: &[&str] = &["chapters", "lesson", "guide", "zoom"];

fn is_of(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// Weighs the files of the page whose names are wanted; of the texts those of English: nobody fetches two languages.
fn packed_bytes(is_wanted: impl Fn(&str) -> bool) -> Result<usize> {
    let mut total = 0;
    for file in fs::read_dir(root().join("dist")).map_err(|error| format!("dist: {error}"))?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let is_page = [".html", ".css", ".js", ".svg", ".wasm"].iter().any(|ending| name.ends_with(ending))
            || name.ends_with(".json") && name.contains("-en-");
        if is_page && is_wanted(&name) {
            let packed = data::pack(&fs::read(file.path()).map_err(|error| error.to_string())?)?.len();
            println!("{packed:>8} bytes compressed  {name}");
            total += packed;
        }
    }
    Ok(total)
}

/// Builds the page whose worker proves the GPU engine, apart from the page that is shipped. Returns its folder.
fn gpu_worker() -> Result<PathBuf> {
    tools::ensure_targets(&[WASM])?;
    shell::run(&mut cargo(&["build", "--package", "receptive-gpu-worker", "--target", WASM]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder));
    let folder = target.join("gpu_worker");
    let mut bindgen = command("wasm-bindgen", &["--target", "web", "--no-typescript", "--out-dir"]);
    bindgen.arg(&folder).arg(target.join(WASM).join("debug/gpu_worker.wasm"));
    shell::run(bindgen.env("PATH", tools::path_with_page_tools()?))?;
    for file in ["index.html", "worker.js"] {
        let copied = fs::copy(root().join("tests/gpu_worker").join(file), folder.join(file));
        copied.map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(folder)
}

/// Drives the built page in Chromium, and once from end to end in Firefox and in WebKit. Without Chromium the tests are
/// shown as ignored, except in CI; without one of the others its test is.
fn browser() -> Result {
    let mut tests = cargo(&["test", "--workspace", "--test", "browser", "--", "--nocapture"]);
    if tools::ensure_browser() || env::var_os("CI").is_some() {
        tests.env("RECEPTIVE_E2E", "1").env("RECEPTIVE_GPU_WORKER", gpu_worker()?);
        tests.env("PATH", tools::path_with_other_browsers());
    }
    if let Some(axe) = tools::ensure_axe() {
        tests.env("RECEPTIVE_AXE", axe);
    }
    if let Some(player) = tools::ensure_player() {
        tests.env("RECEPTIVE_SCORM", player);
    }
    shell::run(&mut tests)
}
