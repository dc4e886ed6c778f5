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
    let bin = tool_folder(package, version)?.join("bin");
    if bin.join(format!("{}{EXE_SUFFIX}", release.program)).is_file() {
        return Ok(bin);
    }
    let got = if release.version == version { release.get(&bin) } else { Err("no release is pinned".into()) };
    let Err(reason) = got else {
        eprintln!("xtask: got {} {version} as it was released", release.program);
        return Ok(bin);
    };
    compiled(package, release.program, version, options, &reason)
}

fn tool_folder(package: &str, version: &str) -> Result<PathBuf> {
    let home = cargo_home().ok_or("no home folder; set CARGO_HOME")?;
    Ok(home.join("receptive-tools").join(format!("{package}-{version}")))
}

/// The folder of a tool's programs, compiled from the package of this name if it is not there yet.
fn compiled(package: &str, program: &str, version: &str, options: &[&str], reason: &str) -> Result<PathBuf> {
    let folder = tool_folder(package, version)?;
    let bin = folder.join("bin");
    if bin.join(format!("{program}{EXE_SUFFIX}")).is_file() {
        return Ok(bin);
    }
    eprintln!("xtask: compiling {program} {version}, some minutes and only once ({reason})");
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

/// A browser with what it takes to drive it, as Debian packages them.
struct Browser {
    name: &'static str,
    /// The programs, each under the names that it goes by.
    programs: &'static [&'static [&'static str]],
    /// What to ask `apt install` for.
    packages: &'static [&'static str],
}

const CHROMIUM: Browser = Browser {
    name: "Chromium with its driver",
    programs: &[&["chromium"], &["chromedriver"]],
    packages: &["chromium", "chromium-driver"],
};
const FIREFOX: Browser = Browser {
    name: "Firefox",
    programs: &[&["firefox-esr", "firefox"]],
    packages: &["--no-install-recommends", "firefox-esr"],
};
const WEBKIT: Browser = Browser {
    name: "WebKit with its driver and a screen for it",
    programs: &[&["WebKitWebDriver"], &["Xvfb"]],
    packages: &["--no-install-recommends", "webkit2gtk-driver", "xvfb"],
};

/// The driver of Firefox, which Debian does not package.
const GECKODRIVER: &str = "0.37.1";

impl Browser {
    fn is_there(&self) -> bool {
        let is_named = |program: &str| program == "chromium" && env::var_os("CHROMIUM").is_some();
        let is_there = |program: &&str| is_named(program) || which(program).is_some();
        self.programs.iter().all(|names| names.iter().any(is_there))
    }

    /// Installs it on Debian as root. Returns whether it is there, with a remedy printed where not.
    fn ensure(&self) -> bool {
        if self.is_there() {
            return true;
        }
        let packages = self.packages.join(" ");
        let is_root = output(&mut command("id", &["-u"])).is_some_and(|id| id.trim() == "0");
        if is_root && which("apt-get").is_some() {
            eprintln!("xtask: installing {packages}");
            let update = run(command("apt-get", &["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"));
            let install = command("apt-get", &["install", "-y", "-qq"])
                .args(self.packages)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(std::process::Stdio::null())
                .status();
            if update.is_ok() && install.is_ok_and(|status| status.success()) && self.is_there() {
                return true;
            }
        }
        eprintln!("xtask: no {}; install it (on Debian: apt install {packages})", self.name);
        false
    }
}

/// Chromium, which nearly all browser tests run in. Returns whether it is there, with a remedy printed where not.
pub(crate) fn ensure_browser() -> bool {
    CHROMIUM.ensure()
}

/// The other two browsers. Returns the search path with Firefox's driver in front; what cannot be had is missing there,
/// with a remedy printed, and its tests are ignored.
pub(crate) fn path_with_other_browsers() -> OsString {
    WEBKIT.ensure();
    let path = env::var_os("PATH").unwrap_or_default();
    if !FIREFOX.ensure() || which("geckodriver").is_some() {
        return path;
    }
    let folders =
        compiled("geckodriver", "geckodriver", GECKODRIVER, &["--locked"], "no release is pinned").and_then(|bin| {
            let folders = [bin].into_iter().chain(env::split_paths(&path));
            env::join_paths(folders).map_err(|error| error.to_string())
        });
    folders.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        path
    })
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
