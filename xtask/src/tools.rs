//! The tools that the commands need beyond Rust itself, installed in pinned versions where they are missing.

use crate::releases::{Release, TRUNK, WASM_BINDGEN};
use crate::shell::{Result, cargo, cargo_home, command, output, root, run, which};
use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// Installs targets for the compiler where they are missing.
pub(crate) fn ensure_targets(targets: &[&str]) -> Result {
    let Some(installed) = output(&mut command("rustup", &["target", "list", "--installed"])) else {
        return targets.iter().try_for_each(|target| ensure_target_without_rustup(target));
    };
    let missing: Vec<_> =
        targets.iter().copied().filter(|target| !installed.lines().any(|line| line == *target)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("xtask: installing the compiler's targets {}", missing.join(", "));
    run(command("rustup", &["target", "add"]).args(&missing))
        .map_err(|error| format!("{error}; try `rustup target add {}`", missing.join(" ")))
}

fn ensure_target_without_rustup(target: &str) -> Result {
    let library = output(&mut command("rustc", &["--print", "target-libdir", "--target", target]));
    let is_there = library.is_some_and(|path| fs::read_dir(path.trim()).is_ok_and(|mut files| files.next().is_some()));
    if is_there { Ok(()) } else { Err(format!("the compiler's target {target} is missing; install it, or use rustup")) }
}

/// The search path with Trunk and wasm-bindgen in front, installed where they are missing. They live in
/// cargo's home, apart from the user's own tools, and serve every checkout.
pub(crate) fn path_with_page_tools() -> Result<OsString> {
    let options = ["--locked", "--no-default-features", "--features", "rustls"];
    let trunk = ensure_tool(&TRUNK, "trunk", TRUNK.version, &options)?;
    // wasm-bindgen's command must be of exactly the library's version.
    let bindgen = ensure_tool(&WASM_BINDGEN, "wasm-bindgen-cli", &locked_version("wasm-bindgen")?, &[])?;
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths([trunk, bindgen].into_iter().chain(env::split_paths(&path))).map_err(|error| error.to_string())
}

/// The folder of a tool's programs: its release where that can be had, else compiled from the package of this name.
fn ensure_tool(release: &Release, package: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let home = cargo_home().ok_or("no home folder; set CARGO_HOME")?;
    let folder = home.join("receptive-tools").join(format!("{package}-{version}"));
    let bin = folder.join("bin");
    if bin.join(format!("{}{EXE_SUFFIX}", release.program)).is_file() {
        return Ok(bin);
    }
    let got = if release.version == version { release.get(&bin) } else { Err("no release is pinned".into()) };
    let Err(reason) = got else {
        eprintln!("xtask: got {} {version} as it was released", release.program);
        return Ok(bin);
    };
    eprintln!("xtask: compiling {} {version}, some minutes and only once ({reason})", release.program);
    let mut install = cargo(&["install", package, "--version", version, "--quiet", "--root"]);
    install.arg(&folder).args(options).env("CARGO_TARGET_DIR", root().join("target/tools"));
    // Quick to build rather than quick to run: they work for a second or two.
    for (setting, value) in [("LTO", "false"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1"), ("STRIP", "true")] {
        install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    run(&mut install).map_err(|error| format!("{error}; try `cargo install {package} --version {version}`"))?;
    Ok(bin)
}

/// The version of a library in Cargo.lock.
fn locked_version(name: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\""));
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_string).ok_or(format!("{name} is not in Cargo.lock"))
}

/// Installs Chromium and its driver on Debian as root. Returns whether both are there, with a remedy printed where not.
pub(crate) fn ensure_browser() -> bool {
    let is_there =
        || (env::var_os("CHROMIUM").is_some() || which("chromium").is_some()) && which("chromedriver").is_some();
    if is_there() {
        return true;
    }
    let is_root = output(&mut command("id", &["-u"])).is_some_and(|id| id.trim() == "0");
    if is_root && which("apt-get").is_some() {
        eprintln!("xtask: installing chromium and chromium-driver");
        let update = run(command("apt-get", &["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"));
        let install = command("apt-get", &["install", "-y", "-qq", "chromium", "chromium-driver"])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(std::process::Stdio::null())
            .status();
        if update.is_ok() && install.is_ok_and(|status| status.success()) && is_there() {
            return true;
        }
    }
    eprintln!(
        "xtask: no Chromium with its driver; install chromium and chromium-driver (on Debian: apt install chromium chromium-driver)"
    );
    false
}

/// The script of axe-core, which looks for barriers in the built page. Nothing, with a remedy printed, where it cannot be had.
pub(crate) fn ensure_axe() -> Option<PathBuf> {
    ensure_script("axe-core@4.10.3", "axe", "axe.min.js", "the accessibility tests")
}

/// The script of scorm-again, the part of a learning platform that packages speak to. Nothing, with a remedy printed, where
/// it cannot be had.
pub(crate) fn ensure_player() -> Option<PathBuf> {
    ensure_script("scorm-again@3.4.3", "scorm", "dist/scorm12.min.js", "the tests of packages")
}

/// The script of TypeScript's compiler. Nothing, with a remedy printed, where it cannot be had.
pub(crate) fn ensure_typescript() -> Option<PathBuf> {
    which("node").and_then(|_| ensure_script("typescript@5.9.3", "typescript", "lib/tsc.js", "the types of scripts"))
}

/// A script in a package, got once through npm into a folder of this name; and what it is for, where it cannot be had.
fn ensure_script(package: &str, folder: &str, script: &str, purpose: &str) -> Option<PathBuf> {
    let folder = root().join("target").join(folder);
    let script = folder.join("package").join(script);
    if script.is_file() {
        return Some(script);
    }
    eprintln!("xtask: getting {package} for {purpose}");
    let got = fs::create_dir_all(&folder).is_ok() && {
        let mut pack = command("npm", &["pack", package, "--silent", "--pack-destination"]);
        let name = which("npm").and_then(|_| output(pack.arg(&folder)));
        let archive = name.map(|name| folder.join(name.trim()));
        archive.is_some_and(|archive| run(command("tar", &["-xzf"]).arg(archive).arg("-C").arg(&folder)).is_ok())
    };
    if got && script.is_file() {
        return Some(script);
    }
    eprintln!("xtask: no {package}, so {purpose} are ignored; install npm (on Debian: apt install npm) and run again");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_wasm_bindgen_is_that_of_the_locked_library() {
        assert_eq!(locked_version("wasm-bindgen").as_deref(), Ok(WASM_BINDGEN.version));
    }
}
