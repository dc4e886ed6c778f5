//! Serves the built page to the browser under test, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

/// The requests since the process started, in order: the server's address and the path.
static REQUESTS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// The servers that answer no more.
static STOPPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Takes a server off the network: from now on it hangs up.
///
/// # Panics
/// When a server broke down meanwhile.
pub fn stop(origin: &str) {
    STOPPED.lock().expect("every server is whole").push(origin.into());
}

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

/// True if the page was built with MNIST beside it.
pub fn has_mnist() -> bool {
    fs::read_to_string(dist().join("mnist/manifest.txt")).is_ok_and(|list| list.contains("training"))
}

/// A host's treatment of the files of a page.
#[derive(Clone, Copy, Default)]
pub struct Host {
    /// Lines of the head that come with every file, each ending in `\r\n`.
    pub head: &'static str,
    /// A script put before the page's first one.
    pub page_script: &'static str,
    /// A script put before those of the training worker, its replicas and its GPU's worker.
    pub worker_script: &'static str,
    /// The faults of files whose names begin like this; the first that fits counts.
    pub faults: &'static [(&'static str, Fault)],
}

/// A host's fault with a file.
#[derive(Clone, Copy)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// The front page comes in its place.
    FrontPage,
    /// It comes as something of this type.
    Type(&'static str),
    /// It never comes.
    Never,
    /// The connection ends without an answer.
    HangsUp,
    /// It is cut off in the middle.
    Cut,
    /// These words stand in it in place of those.
    Changed(&'static str, &'static str),
    /// It comes as it was before an update, the first time, with other names of the page's modules in it.
    OldAtFirst,
}

/// Serves the built page until the process ends. Returns its address.
///
/// # Panics
/// When no port is free.
pub fn serve() -> String {
    serve_as(dist(), Host::default())
}

/// The same, with a script put before those of the training worker, its replicas and its GPU's worker.
///
/// # Panics
/// When no port is free.
pub fn serve_with(worker_script: &'static str) -> String {
    serve_as(dist(), Host { worker_script, ..Host::default() })
}

/// Serves any folder as a host of some kind would.
///
/// # Panics
/// When no port is free.
pub fn serve_as(folder: PathBuf, host: Host) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("a bound port"));
    let (origin, is_updated) = (address.clone(), Arc::new(AtomicBool::new(false)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (folder, origin, is_updated) = (folder.clone(), origin.clone(), is_updated.clone());
            // A browser that hangs up early is no concern of the server's.
            thread::spawn(move || answer(stream, &folder, &host, origin, &is_updated).ok());
        }
    });
    address
}

fn answer(
    mut stream: TcpStream,
    folder: &Path,
    host: &Host,
    origin: String,
    is_updated: &AtomicBool,
) -> std::io::Result<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = request.split_whitespace().nth(1).unwrap_or("/").split('?').next().unwrap_or("/");
    if STOPPED.lock().expect("every server is whole").contains(&origin) {
        return Ok(());
    }
    REQUESTS.lock().expect("every server is whole").push((origin, path.into()));
    let index = if path.ends_with('/') { "index.html" } else { "" };
    let name = &format!("{}{index}", path.trim_start_matches('/'));
    let read = |name: &str| (!name.contains("..")).then(|| fs::read(folder.join(name)).ok()).flatten();
    let mut kind = match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let is_worker = ["worker_loader", "gpu_loader"].iter().any(|module| name.starts_with(module));
    let prologue = match name {
        _ if is_worker => host.worker_script,
        _ if name.starts_with("start-") => host.page_script,
        _ => "",
    };
    let mut file = read(name).map(|body| [prologue.as_bytes(), &body].concat());
    match host.faults.iter().find(|(beginning, _)| name.starts_with(beginning)) {
        Some((_, Fault::Missing)) => file = None,
        Some((_, Fault::FrontPage)) => (file, kind) = (read("index.html"), "text/html"),
        Some((_, Fault::Type(other))) => kind = other,
        Some((_, Fault::Never)) => thread::sleep(Duration::from_secs(120)),
        Some((_, Fault::HangsUp)) => return Ok(()),
        Some((_, Fault::Cut)) => file = file.map(|body| body[..body.len() / 2].into()),
        Some((_, Fault::Changed(from, to))) => {
            file = file.map(|body| String::from_utf8_lossy(&body).replacen(from, to, 1).into());
        }
        Some((_, Fault::OldAtFirst)) if !is_updated.swap(true, Ordering::Relaxed) => {
            file = file.map(|body| {
                String::from_utf8_lossy(&body).replace("front-", "front-0").replace("front_bg-", "front_bg-0").into()
            });
        }
        Some((_, Fault::OldAtFirst)) | None => {}
    }
    let (status, body) = file.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{}Connection: close\r\n\r\n",
        host.head
    )?;
    stream.write_all(&body)
}
