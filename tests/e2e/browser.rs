//! Chromium through chromedriver, by the WebDriver protocol (W3C 2018).

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The key under which WebDriver hands elements over.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The time that chromedriver may take to come up.
const START: Duration = Duration::from_secs(30);

/// Gives pages and workers a GPU that is a program on the processor: without these, a headless browser has none.
pub const SOFTWARE_GPU: &[&str] = &["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/// A browser that is running; it ends when this is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: PathBuf,
}

fn found(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM").map(PathBuf::from).or_else(|| found("chromium"))
}

/// Returns the thing that is missing to run a browser, if anything.
pub fn missing() -> Option<&'static str> {
    match (chromium(), found("chromedriver")) {
        (None, _) => Some("no chromium"),
        (_, None) => Some("no chromedriver"),
        _ => None,
    }
}

impl Browser {
    /// Starts a browser with an empty profile and a window of this size.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(width: u32, height: u32) -> Self {
        Self::start_with(width, height, &[])
    }

    /// The same with arguments of its own, such as [`SOFTWARE_GPU`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_with(width: u32, height: u32, arguments: &[&str]) -> Self {
        let browser = Self::launch(width, height, arguments);
        // Every page is to come from the host under test, and nothing else is to be asked of it.
        browser.before_pages("delete Navigator.prototype.serviceWorker");
        browser
    }

    /// Starts a browser whose pages may have themselves kept for visits without a network, as everybody's may.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_keeping(width: u32, height: u32) -> Self {
        Self::launch(width, height, &[])
    }

    fn launch(width: u32, height: u32, own: &[&str]) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let profile = env::temp_dir().join(format!("receptive-e2e-{port}"));
        let mut browser = Self { driver, port, session: String::new(), profile: profile.clone() };
        let deadline = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "chromedriver did not come up");
            thread::sleep(Duration::from_millis(50));
        }
        let arguments = [
            "--headless=new".to_string(),
            "--no-sandbox".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ];
        let arguments: Vec<_> = arguments.into_iter().chain(own.iter().map(ToString::to_string)).collect();
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium(), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let answer = browser.request("POST", "/session", &capabilities);
        browser.session = answer["sessionId"].as_str().expect("a session").to_string();
        browser
    }

    /// Calls chromedriver about this browser. Returns the answer's value.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.request(method, &format!("/session/{}{path}", self.session), body)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = exchange(self.port, method, path, body).expect("chromedriver answers");
        let value = answer["value"].clone();
        assert!(value.get("error").is_none(), "{method} {path}: {}", value["message"]);
        value
    }

    /// Goes to an address, and waits until it has loaded.
    pub fn open(&self, url: &str) {
        self.call("POST", "/url", &json!({ "url": url }));
    }

    /// Runs a script's body in the page and returns what it returns; of a promise, what it comes to.
    pub fn run(&self, script: &str) -> Value {
        self.call("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script at the beginning of every page that is opened from now on.
    pub fn before_pages(&self, script: &str) {
        let command = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": script } });
        self.call("POST", "/goog/cdp/execute", &command);
    }

    /// Goes into the frame that a script returns: what is asked and done from then on is inside it.
    ///
    /// # Panics
    /// When it returns none.
    pub fn enter(&self, script: &str) {
        let frame = self.run(script);
        assert!(frame.get(ELEMENT).is_some(), "no frame: {frame}");
        self.call("POST", "/frame", &json!({ "id": frame }));
    }

    /// Goes out of all frames.
    pub fn leave(&self) {
        self.call("POST", "/frame", &json!({ "id": Value::Null }));
    }

    fn element(&self, selector: &str) -> String {
        let found = self.call("POST", "/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().expect("an element").to_string()
    }

    /// Clicks as a person would.
    pub fn click(&self, selector: &str) {
        self.call("POST", &format!("/element/{}/click", self.element(selector)), &json!({}));
    }

    /// Clicks twice in one place, as fast as a hand does.
    pub fn double_click(&self, selector: &str) {
        let origin = json!({ ELEMENT: self.element(selector) });
        let mut actions = vec![json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin })];
        for _ in 0..2 {
            actions.push(json!({ "type": "pointerDown", "button": 0 }));
            actions.push(json!({ "type": "pointerUp", "button": 0 }));
            actions.push(json!({ "type": "pause", "duration": 120 }));
        }
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [pointer] }));
    }

    /// Types over what a field holds.
    pub fn type_into(&self, selector: &str, text: &str) {
        self.run(&format!("const field = document.querySelector({selector:?}); field.focus(); field.select()"));
        self.keys(selector, text);
    }

    /// Sends keys to an element.
    pub fn keys(&self, selector: &str, keys: &str) {
        self.call("POST", &format!("/element/{}/value", self.element(selector)), &json!({ "text": keys }));
    }

    /// Writes a file that this browser can upload, and that goes with it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.profile.join(name);
        fs::write(&path, content).expect("a file beside the profile");
        path
    }

    /// Presses keys one after another, wherever the focus is, as a keyboard sends them; WebDriver has codes for those
    /// that write nothing.
    pub fn press(&self, keys: &str) {
        self.press_every(0, keys);
    }

    /// The same with a pause after each, in milliseconds.
    pub fn press_every(&self, millis: u32, keys: &str) {
        let mut actions = vec![];
        for key in keys.chars() {
            actions.push(json!({ "type": "keyDown", "value": key }));
            actions.push(json!({ "type": "keyUp", "value": key }));
            if millis > 0 {
                actions.push(json!({ "type": "pause", "duration": millis }));
            }
        }
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Presses the pointer on an element, drags it along these offsets from its centre, and lets go.
    pub fn drag(&self, selector: &str, path: &[(i32, i32)]) {
        let origin = json!({ ELEMENT: self.element(selector) });
        let step =
            |&(x, y): &(i32, i32)| json!({ "type": "pointerMove", "duration": 30, "x": x, "y": y, "origin": origin });
        let mut actions: Vec<Value> = path.iter().take(1).map(step).collect();
        actions.push(json!({ "type": "pointerDown", "button": 0 }));
        actions.extend(path.iter().skip(1).map(step));
        actions.push(json!({ "type": "pointerUp", "button": 0 }));
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [pointer] }));
    }

    /// Moves the mouse to a place in the window.
    pub fn hover(&self, place: [i64; 2]) {
        self.pointer("mouse", place, false);
    }

    /// Presses the mouse at a place in the window, and lets go.
    pub fn press_at(&self, place: [i64; 2]) {
        self.pointer("mouse", place, true);
    }

    /// Taps a place in the window with a finger.
    pub fn tap(&self, place: [i64; 2]) {
        self.pointer("touch", place, true);
    }

    fn pointer(&self, kind: &str, [x, y]: [i64; 2], is_pressed: bool) {
        let mut actions = vec![json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y })];
        if is_pressed {
            actions.push(json!({ "type": "pointerDown", "button": 0 }));
            actions.push(json!({ "type": "pointerUp", "button": 0 }));
        }
        let pointer =
            json!({ "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [pointer] }));
    }

    /// Has a touch screen, or none.
    pub fn has_touch(&self, is_on: bool) {
        let command = json!({ "cmd": "Emulation.setTouchEmulationEnabled", "params": { "enabled": is_on } });
        self.call("POST", "/goog/cdp/execute", &command);
    }

    /// Gives the page this many pixels, as a device of that size would.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.call("POST", "/goog/cdp/execute", &command);
    }

    /// Makes the page's main thread so many times slower than this machine; 1 is as fast as it is.
    pub fn slow_down(&self, times: u32) {
        let command = json!({ "cmd": "Emulation.setCPUThrottlingRate", "params": { "rate": times } });
        self.call("POST", "/goog/cdp/execute", &command);
    }

    /// Answers the page's media queries as a system with these settings would, such as a dark one.
    pub fn prefer(&self, settings: &[(&str, &str)]) {
        let features: Vec<_> = settings.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.call("POST", "/goog/cdp/execute", &command);
    }

    /// The window as it is seen, as a PNG in base64.
    ///
    /// # Panics
    /// When the browser takes none.
    pub fn screenshot(&self) -> String {
        self.call("GET", "/screenshot", &Value::Null).as_str().expect("a picture").to_string()
    }

    /// The browser's name and version.
    pub fn version(&self) -> String {
        let version = self.call("POST", "/goog/cdp/execute", &json!({ "cmd": "Browser.getVersion", "params": {} }));
        version["product"].as_str().unwrap_or_default().replace("Headless", "").replace("Chrome/", "Chromium ")
    }

    /// Memory of this browser's largest page, in bytes, counted as the browser's own task manager counts it: anonymous
    /// pages, in memory and swapped out. Nothing where the system does not say.
    pub fn page_bytes(&self) -> Option<u64> {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let is_page = |folder: &Path| {
            let line = fs::read_to_string(folder.join("cmdline")).unwrap_or_default();
            line.contains("--type=renderer") && line.split(['\0', ' ']).any(|word| word == profile)
        };
        let kibibytes = |status: &str, name: &str| -> Option<u64> {
            status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok())
        };
        let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
        let sizes = processes.filter(|folder| is_page(folder)).filter_map(|folder| {
            let status = fs::read_to_string(folder.join("status")).ok()?;
            Some(1024 * (kibibytes(&status, "RssAnon:")? + kibibytes(&status, "VmSwap:")?))
        });
        sizes.max()
    }

    /// Errors in the console since the last call.
    pub fn console_errors(&self) -> Vec<String> {
        let log = self.call("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone already needs no ending.
        let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.session), &json!({}));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(Path::new(&self.profile));
    }
}

/// One request and its answer, as JSON over HTTP.
fn exchange(port: u16, method: &str, path: &str, body: &Value) -> Option<Value> {
    let body = if method == "POST" { body.to_string() } else { String::new() };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).ok()?;
    let mut answer = Vec::new();
    // chromedriver may keep the connection: what counts is the length it names.
    let mut piece = [0; 65_536];
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok()
            });
            if length.is_some_and(|length| rest.len() >= length) {
                return serde_json::from_str(rest).ok();
            }
        }
        match stream.read(&mut piece).ok()? {
            0 => return None,
            n => answer.extend_from_slice(&piece[..n]),
        }
    }
}
