//! `cargo xtask run` and `cargo xtask dev`.

use crate::shell::{self, Result, command, root};
use crate::{checks, tools};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::thread;
use tiny_http::{Header, Response, Server};

/// The number of ports that are tried.
const N_PORTS: u16 = 20;
/// The number of requests that are answered at the same time.
const N_THREADS: usize = 4;

/// Builds the page, serves its folder as any static host would, and prints the address.
pub(crate) fn run(port: u16) -> Result {
    checks::build()?;
    let port = free_port(port)?;
    let server = Server::http(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
    println!("\n  Receptive is at http://127.0.0.1:{port}/. Ctrl-C ends it.");
    println!("  The folder `dist` can be put on any static host as it is.\n");
    answer_all(&server, &root().join("dist"));
    Ok(())
}

/// Serves the page and builds it anew, quickly rather than small, whenever its sources change.
pub(crate) fn dev(port: u16) -> Result {
    tools::ensure_targets(&["wasm32-unknown-unknown"])?;
    let path = tools::path_with_page_tools()?;
    let port = free_port(port)?.to_string();
    let mut trunk = command("trunk", &["serve", "--release", "--dist", "target/dev", "--port", &port]);
    for profile in ["RELEASE", "WORKER"] {
        for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("INCREMENTAL", "true")] {
            trunk.env(format!("CARGO_PROFILE_{profile}_{setting}"), value);
        }
    }
    std::fs::create_dir_all(root().join("target/dev")).map_err(|error| error.to_string())?;
    shell::run(trunk.env("PATH", path))
}

fn free_port(wanted: u16) -> Result<u16> {
    let free = (wanted..=wanted.saturating_add(N_PORTS)).find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    let free = free.ok_or(format!("no port from {wanted} on is free; choose another with --port"))?;
    if free != wanted {
        eprintln!("xtask: port {wanted} is taken; using {free}");
    }
    Ok(free)
}

/// Answers requests for the files of a folder until the process ends.
fn answer_all(server: &Server, folder: &Path) {
    thread::scope(|scope| {
        for _ in 0..N_THREADS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    let path = file_of(request.url()).map(|path| folder.join(path));
                    let file = path
                        .as_ref()
                        .filter(|path| path.is_file())
                        .and_then(|path| Some((path, File::open(path).ok()?)));
                    // A browser that hangs up early needs no answer.
                    let _ = match file {
                        Some((path, file)) => {
                            let headers = [("Content-Type", kind_of(path)), ("Cache-Control", "no-cache")];
                            let headers = headers.map(|(name, value)| Header::from_bytes(name, value));
                            let response = Response::from_file(file);
                            request.respond(headers.into_iter().flatten().fold(response, Response::with_header))
                        }
                        None => {
                            request.respond(Response::from_string("There is no such file.\n").with_status_code(404))
                        }
                    };
                }
            });
        }
    });
}

/// The file, by its path from the folder, that an address asks for; nothing for one outside of it.
fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_string() };
    let path = PathBuf::from(path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

/// The MIME type of a file.
fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::{env, fs};

    #[test]
    fn a_folder_is_served_and_nothing_outside_of_it() {
        let folder = env::temp_dir().join(format!("receptive-serve-{}", std::process::id()));
        fs::create_dir_all(folder.join("mnist")).unwrap();
        for (name, content) in
            [("index.html", "<p>page"), ("app-1.js", "1"), ("app-1.wasm", "\0asm"), ("mnist/x.gz", "x")]
        {
            fs::write(folder.join(name), content).unwrap();
        }
        let server = Server::http("127.0.0.1:0").unwrap();
        let port = server.server_addr().to_ip().unwrap().port();
        let served = folder.clone();
        thread::spawn(move || answer_all(&server, &served));
        let ask = |path: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        for (path, kind, content) in [
            ("/", "text/html; charset=utf-8", "<p>page"),
            ("/?x=1", "text/html; charset=utf-8", "<p>page"),
            ("/app-1.js?v=2", "text/javascript; charset=utf-8", "1"),
            ("/app-1.wasm", "application/wasm", "\0asm"),
            ("/mnist/x.gz", "application/octet-stream", "x"),
        ] {
            let answer = ask(path);
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
            assert!(answer.contains(&format!("Content-Type: {kind}\r\n")), "{path}: {answer}");
            assert!(!answer.to_lowercase().contains("content-encoding"), "{path}: packed files come as they are");
            assert!(answer.ends_with(content), "{path}: {answer}");
        }
        for path in ["/none.js", "/../Cargo.toml", "/mnist/../../secret", "//etc/passwd", "/mnist"] {
            assert!(!ask(path).starts_with("HTTP/1.1 200"), "{path}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
