//! `cargo xtask run`.

use crate::shell::{self, Result, command};
use crate::{data, tools};
use std::net::TcpListener;

/// How many ports are tried.
const N_PORTS: u16 = 20;

/// Builds the page, serves it, and prints the address.
pub(crate) fn run(port: u16) -> Result {
    tools::ensure_targets(&["wasm32-unknown-unknown"])?;
    let path = tools::path_with_page_tools()?;
    if let Err(message) = data::get() {
        eprintln!("xtask: {message}");
    }
    let free = (port..=port.saturating_add(N_PORTS)).find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    let free = free.ok_or(format!("no port from {port} on is free; choose another with --port"))?;
    if free != port {
        eprintln!("xtask: port {port} is taken; using {free}");
    }
    println!("\n  Receptive will be at http://127.0.0.1:{free}/ as soon as it is built. Ctrl-C ends it.\n");
    shell::run(command("trunk", &["serve", "--release", "--port", &free.to_string()]).env("PATH", path))
}
