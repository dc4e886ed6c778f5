//! Serves the built page to the browser under test, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, thread};

/// What was asked for since the process started, in order: the server's address and the path.
static REQUESTS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// The files that were asked of a server.
///
/// # Panics
/// When a server broke down meanwhile.
pub fn requests(origin: &str) -> Vec<String> {
    let requests = REQUESTS.lock().expect("every server is whole");
    requests.iter().filter(|(server, _)| server == origin).map(|(_, path)| path.clone()).collect()
}

/// The folder that Trunk builds.
pub fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist")
}

/// Whether the page was built with MNIST beside it.
pub fn has_mnist() -> bool {
    fs::read_to_string(dist().join("mnist/manifest.txt")).is_ok_and(|list| list.contains("training"))
}

/// Serves the built page until the process ends. Returns its address.
///
/// # Panics
/// When no port is free.
pub fn serve() -> String {
    serve_with("")
}

/// The same, with a script put before those of the training worker, its replicas and its GPU's worker.
///
/// # Panics
/// When no port is free.
pub fn serve_with(worker_script: &'static str) -> String {
    serve_folder(dist(), worker_script)
}

/// Serves any other folder likewise.
///
/// # Panics
/// When no port is free.
pub fn serve_folder(folder: PathBuf, worker_script: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("a bound port"));
    let origin = address.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (folder, origin) = (folder.clone(), origin.clone());
            // A browser that hangs up early is no concern of the server's.
            thread::spawn(move || answer(stream, &folder, worker_script, origin).ok());
        }
    });
    address
}

fn answer(mut stream: TcpStream, folder: &Path, worker_script: &str, origin: String) -> std::io::Result<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = request.split_whitespace().nth(1).unwrap_or("/").split('?').next().unwrap_or("/");
    REQUESTS.lock().expect("every server is whole").push((origin, path.into()));
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let file = (!name.contains("..")).then(|| fs::read(folder.join(name)).ok()).flatten();
    let kind = match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let prologue = if matches!(name, "worker_loader.js" | "gpu_loader.js") { worker_script } else { "" };
    let file = file.map(|body| [prologue.as_bytes(), &body].concat());
    let (status, body) = file.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}
