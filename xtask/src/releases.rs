//! Programs as their projects release them: pinned, checked by their SHA-256 before anything of them is unpacked.

use crate::shell::{Result, command, output, run, which};
use sha2::{Digest, Sha256};
use std::env::consts::{ARCH, EXE_SUFFIX, OS};
use std::fs;
use std::path::{Path, PathBuf};

/// A release of a program.
pub(crate) struct Release {
    /// The program's name.
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
    /// The address of its archives.
    folder: &'static str,
    /// System, processor, file name, and the checksum that the project publishes beside the file.
    archives: &'static [(&'static str, &'static str, &'static str, &'static str)],
}

/// The page's builder. Later versions need a newer compiler than the project does.
pub(crate) const TRUNK: Release = Release {
    program: "trunk",
    version: "0.21.14",
    folder: "https://github.com/trunk-rs/trunk/releases/download/v0.21.14",
    archives: &[
        (
            "linux",
            "x86_64",
            "trunk-x86_64-unknown-linux-gnu.tar.gz",
            "f2b4680cd239693a646a2795e4633c625328d7b2a044fbe749fa3a2fe9e7036b",
        ),
        (
            "linux",
            "aarch64",
            "trunk-aarch64-unknown-linux-gnu.tar.gz",
            "b1d8e60e454f7fc182d9a4d95d1506ffbae947d8ba90f8f6f02da93b60f980f9",
        ),
        (
            "macos",
            "x86_64",
            "trunk-x86_64-apple-darwin.tar.gz",
            "f1ba0e3bbe24e0ae219c6d22c33e24e2825c1608dd27c2556e323495110f1a95",
        ),
        (
            "macos",
            "aarch64",
            "trunk-aarch64-apple-darwin.tar.gz",
            "764e299dd50d89442a4e96a236349f57961984b701e74d3dbdb39cd1c9f5101e",
        ),
        (
            "windows",
            "x86_64",
            "trunk-x86_64-pc-windows-msvc.zip",
            "cd6ac15b9daff0365e5695036791ef2ce3c63f61c014f5a8c532363266e4569c",
        ),
    ],
};

/// The command that belongs to the library of the same version in Cargo.lock.
pub(crate) const WASM_BINDGEN: Release = Release {
    program: "wasm-bindgen",
    version: "0.2.129",
    folder: "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/0.2.129",
    archives: &[
        (
            "linux",
            "x86_64",
            "wasm-bindgen-0.2.129-x86_64-unknown-linux-musl.tar.gz",
            "82d12bb940e2d4e72e0d5605387fc1b8ca179044e012b620f0ce4e7440e8320e",
        ),
        (
            "linux",
            "aarch64",
            "wasm-bindgen-0.2.129-aarch64-unknown-linux-musl.tar.gz",
            "2ed4351c35dd9440308bbb02767d47ea278efe851a52465300f3c94f5b6c2a87",
        ),
        (
            "macos",
            "x86_64",
            "wasm-bindgen-0.2.129-x86_64-apple-darwin.tar.gz",
            "7e028879a68ec53dae14048b55cc5215f6df75b17a9c1426fac8fa086d3202fd",
        ),
        (
            "macos",
            "aarch64",
            "wasm-bindgen-0.2.129-aarch64-apple-darwin.tar.gz",
            "81d4a23d56b3c3eb8187658329116d50e0b228a93b343825fb71f70179051cd1",
        ),
        (
            "windows",
            "x86_64",
            "wasm-bindgen-0.2.129-x86_64-pc-windows-msvc.tar.gz",
            "79e348c169d0c10c0b287647f1e753d0985353ca96800bc29be8f4261baf13e6",
        ),
    ],
};

impl Release {
    /// Lays the program into a folder. The error says why it cannot be had like this.
    pub(crate) fn get(&self, bin: &Path) -> Result {
        let of_this_machine = self.archives.iter().find(|(os, arch, ..)| (*os, *arch) == (OS, ARCH));
        let (.., name, checksum) = of_this_machine.ok_or(format!("there is no release for {OS} on {ARCH}"))?;
        for tool in ["curl", "tar"] {
            which(&format!("{tool}{EXE_SUFFIX}")).ok_or(format!("fetching it takes {tool}"))?;
        }
        let work = bin.with_file_name("unpacked");
        fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
        let archive = work.join(name);
        let mut curl = command("curl", &["--silent", "--fail", "--location", "--proto", "=https"]);
        curl.args(["--connect-timeout", "4", "--max-time", "300", "-o"])
            .arg(&archive)
            .arg(format!("{}/{name}", self.folder));
        let is_here = curl.status().is_ok_and(|status| status.success());
        let laid =
            if is_here { self.lay(&archive, checksum, bin) } else { Err("its release cannot be reached".into()) };
        // What is left of it is of no use.
        let _ = fs::remove_dir_all(&work);
        laid
    }

    /// Unpacks an archive beside itself, if it is the right one, and lays the program into a folder, if it runs here.
    fn lay(&self, archive: &Path, checksum: &str, bin: &Path) -> Result {
        let bytes = fs::read(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
        let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != checksum {
            return Err(format!("what came has the SHA-256 {found}, not the release's {checksum}, and is left aside"));
        }
        let folder = archive.parent().ok_or("an archive lies in a folder")?;
        run(command("tar", &["-xf"]).arg(archive).arg("-C").arg(folder))?;
        let file_name = format!("{}{EXE_SUFFIX}", self.program);
        let program = find(folder, &file_name).ok_or(format!("the release holds no {file_name}"))?;
        let version = output(&mut command(&program, &["--version"])).unwrap_or_default();
        if !version.contains(self.version) {
            return Err("its release does not run on this system".into());
        }
        fs::create_dir_all(bin)
            .and_then(|()| fs::rename(program, bin.join(file_name)))
            .map_err(|error| format!("{}: {error}", bin.display()))
    }
}

/// A file of this name in a folder, or in one inside it.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    let is_it = |path: &&PathBuf| path.is_file() && path.file_name().is_some_and(|found| found == name);
    entries
        .iter()
        .find(is_it)
        .cloned()
        .or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| find(path, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn every_archive_is_pinned_by_a_whole_checksum() {
        for release in [TRUNK, WASM_BINDGEN] {
            assert!(release.folder.contains(release.version));
            for (os, arch, name, checksum) in release.archives {
                let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(checksum.len() == 64 && checksum.chars().all(is_hex), "{name}: {checksum}");
                assert!(name.contains(arch) && name.contains(&os.replace("macos", "darwin")), "{name}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_archive_is_unpacked_only_with_the_right_checksum_and_kept_only_when_it_runs() {
        use std::os::unix::fs::PermissionsExt;
        const NAMED: Release = Release { program: "tool", version: "1.2.3", folder: "", archives: &[] };
        let folder = env::temp_dir().join(format!("receptive-release-{}", std::process::id()));
        // Packs a program that says this, and tries to lay it; returns the checksum too.
        let lay = |says: &str, checksum: Option<&str>| {
            let _ = fs::remove_dir_all(&folder);
            let inside = folder.join("source/tool-1.2.3");
            fs::create_dir_all(&inside).unwrap();
            fs::create_dir_all(folder.join("unpacked")).unwrap();
            fs::write(inside.join("tool"), format!("#!/bin/sh\necho {says}\n")).unwrap();
            fs::set_permissions(inside.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
            let archive = folder.join("unpacked/tool.tar.gz");
            run(command("tar", &["-czf"]).arg(&archive).arg("-C").arg(folder.join("source")).arg("tool-1.2.3"))
                .unwrap();
            let right: String =
                Sha256::digest(fs::read(&archive).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
            let laid = NAMED.lay(&archive, checksum.unwrap_or(&right), &folder.join("bin"));
            (laid, folder.join("bin/tool").is_file())
        };
        assert_eq!(lay("tool 1.2.3", None), (Ok(()), true));
        let (refused, is_there) = lay("tool 1.2.3", Some(&"0".repeat(64)));
        assert!(refused.unwrap_err().contains("SHA-256") && !is_there);
        assert!(!folder.join("unpacked/tool-1.2.3").exists(), "nothing of it was unpacked");
        let (refused, is_there) = lay("another program", None);
        assert!(refused.unwrap_err().contains("does not run") && !is_there);
        fs::remove_dir_all(folder).unwrap();
    }
}
