//! Gives page and worker the same build name, so that a cached old worker is noticed.

use std::process::Command;

fn main() {
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok();
    let commit =
        commit.filter(|output| output.status.success()).and_then(|output| String::from_utf8(output.stdout).ok());
    let build = commit.unwrap_or_else(|| "unversioned".to_string());
    println!("cargo::rustc-env=RECEPTIVE_BUILD={} {}", env!("CARGO_PKG_VERSION"), build.trim());
    println!("cargo::rerun-if-changed=../.git/HEAD");
    println!("cargo::rerun-if-changed=../.git/refs/heads");
}
