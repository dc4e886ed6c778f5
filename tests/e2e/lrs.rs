//! A place that xAPI statements are sent to, on another origin than the page: it takes statements and keeps states, and
//! notes both.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// Headers by which a browser lets a page of any origin ask.
const OPEN: &str = "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, PUT\r\n\
                    Access-Control-Allow-Headers: authorization, content-type, x-experience-api-version\r\n";

/// What was sent so far.
#[derive(Default)]
pub(crate) struct Taken {
    /// The statements with the names that their addresses give them, in order.
    pub(crate) statements: Vec<(String, Value)>,
    /// The states, by the query that names each.
    states: BTreeMap<String, String>,
    /// So many requests that come next are answered with 503.
    pub(crate) n_refused: usize,
    /// Heads of requests that were no requests of xAPI.
    pub(crate) strange: Vec<String>,
}

/// The place, until the process ends.
pub(crate) struct Lrs {
    /// Its address.
    pub(crate) endpoint: String,
    taken: Arc<Mutex<Taken>>,
}

impl Lrs {
    /// Starts it; requests must carry this authorisation.
    pub(crate) fn start(auth: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}/xapi", listener.local_addr().expect("a bound port"));
        let taken = Arc::new(Mutex::new(Taken::default()));
        let noted = taken.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = noted.clone();
                // A browser that hangs up early is no concern of the server's.
                thread::spawn(move || answer(stream, auth, &taken).ok());
            }
        });
        Self { endpoint, taken }
    }

    /// What was sent so far.
    pub(crate) fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().expect("the server is whole")
    }

    /// The verbs of the statements, by the last word of their names, with the last words of what each is about.
    pub(crate) fn said(&self) -> Vec<String> {
        let last =
            |name: &Value| name.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_string();
        let said = |(_, statement): &(String, Value)| {
            format!("{} {}", last(&statement["verb"]["id"]), last(&statement["object"]["id"]))
        };
        self.taken().statements.iter().map(said).collect()
    }
}

fn answer(mut stream: TcpStream, auth: &str, taken: &Mutex<Taken>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut words = head.split_whitespace();
    let (method, address) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut taken = taken.lock().expect("the server is whole");
    let mut found = String::new();
    let status = if method == "OPTIONS" {
        "204 No Content"
    } else if taken.n_refused > 0 {
        taken.n_refused -= 1;
        "503 Service Unavailable"
    } else if header("authorization") != auth || header("x-experience-api-version") != "1.0.3" {
        taken.strange.push(head.clone());
        "401 Unauthorized"
    } else {
        match (method, path, serde_json::from_slice(&body)) {
            ("PUT", "/xapi/statements", Ok(statement)) => {
                let name = query.strip_prefix("statementId=").unwrap_or_default().to_string();
                taken.statements.push((name, statement));
                "204 No Content"
            }
            ("PUT", "/xapi/activities/state", Ok(Value::Object(_))) => {
                taken.states.insert(query.into(), String::from_utf8_lossy(&body).into());
                "204 No Content"
            }
            ("GET", "/xapi/activities/state", _) => match taken.states.get(query) {
                Some(state) => {
                    found.clone_from(state);
                    "200 OK"
                }
                None => "404 Not Found",
            },
            _ => {
                taken.strange.push(head.clone());
                "400 Bad Request"
            }
        }
    };
    drop(taken);
    let length = found.len();
    write!(stream, "HTTP/1.1 {status}\r\n{OPEN}Content-Length: {length}\r\nConnection: close\r\n\r\n{found}")
}
