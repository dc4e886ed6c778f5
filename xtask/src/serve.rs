//! `cargo xtask run` and `cargo xtask dev`.

use crate::shell::{self, Result, command, root};
use crate::{checks, finish, packing, tools};
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
    trunk.env(finish::DEV, "1");
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
                    let path = file_of(request.url()).map(|path| folder.join(path)).filter(|path| path.is_file());
                    let accepted = request.headers().iter().find(|header| header.field.equiv("Accept-Encoding"));
                    let accepted = accepted.map_or("", |header| header.value.as_str());
                    // A browser that hangs up early needs no answer.
                    let _ = match path.and_then(|path| opened(&path, accepted)) {
                        Some((file, headers)) => {
                            let headers = headers.into_iter().map(|(name, value)| Header::from_bytes(name, value));
                            let response = Response::from_file(file);
                            request.respond(headers.flatten().fold(response, Response::with_header))
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

/// Opens a file in the smallest form that lies beside it and is accepted. Returns it with its headers.
fn opened(path: &Path, accepted: &str) -> Option<(File, Vec<(&'static str, &'static str)>)> {
    let is_named_by_content = path
        .file_stem()
        .and_then(|stem| stem.to_str()?.rsplit_once('-'))
        .is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let caching = if is_named_by_content { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut headers = vec![("Content-Type", kind_of(path)), ("Cache-Control", caching)];
    if packing::ENDINGS.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
        headers.push(("Vary", "Accept-Encoding"));
        for (form, ending) in packing::FORMS {
            if accepts(accepted, form)
                && let Ok(file) = File::open(finish::beside(path, ending))
            {
                headers.push(("Content-Encoding", form));
                return Some((file, headers));
            }
        }
    }
    Some((File::open(path).ok()?, headers))
}

/// True if a header `Accept-Encoding` names a form, and not with the weight 0.
fn accepts(header: &str, form: &str) -> bool {
    header.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>() == Ok(0.0));
        name.trim() == form && !is_refused
    })
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
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
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
        let ask_for = |path: &str, accepted: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let accepted = format!("Accept-Encoding: {accepted}\r\n");
            write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n{accepted}Connection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let ask = |path: &str| ask_for(path, "");
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
        // The smallest form that is accepted, and there.
        let named = "app-0123456789abcdef.css";
        for (name, content) in [(named, "plain"), (&format!("{named}.br"), "brotli"), (&format!("{named}.gz"), "gzip")]
        {
            fs::write(folder.join(name), content).unwrap();
        }
        fs::write(folder.join("app-1.js.gz"), "script").unwrap();
        for (path, accepted, form, content) in [
            (named, "gzip, deflate, br, zstd", "br", "brotli"),
            (named, "gzip;q=1.0, br;q=0", "gzip", "gzip"),
            (named, "identity", "", "plain"),
            ("app-1.js", "br, gzip", "gzip", "script"),
            ("app-1.wasm", "br, gzip", "", "\0asm"),
        ] {
            let answer = ask_for(&format!("/{path}"), accepted);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(body == content && head.contains("Vary: Accept-Encoding"), "{path}, {accepted}: {answer}");
            let encoding = head.lines().find_map(|line| line.strip_prefix("Content-Encoding: ")).unwrap_or_default();
            assert_eq!(encoding, form, "{path}, {accepted}");
            assert_eq!(head.contains("immutable"), path == named, "{path} may be kept for ever");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
