//! Browser engines, and the programs that drive them.

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The time that a driver may take to come up.
const START: Duration = Duration::from_secs(30);

/// What a window of Chromium has around its page costs each start a second of a processor, and no test sees it: the pages
/// that it lists addresses with, what is built into it as extensions, and reports of crashes.
const PLAIN: &[&str] = &[
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,PreloadTopChromeWebUI",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-crash-reporter",
];

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, which nearly all tests run in.
    Chromium,
    /// Firefox, as Debian's firefox-esr or any other.
    Firefox,
    /// WebKit, as WebKitGTK brings it. It needs a screen, so it gets one that nobody sees.
    WebKit,
}

fn found(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM").map(PathBuf::from).or_else(|| found("chromium"))
}

fn firefox() -> Option<PathBuf> {
    found("firefox-esr").or_else(|| found("firefox"))
}

impl Engine {
    /// Returns the thing that is missing to run it, if anything.
    pub fn missing(self) -> Option<&'static str> {
        match self {
            Self::Chromium if chromium().is_none() => Some("no chromium"),
            Self::Chromium if found("chromedriver").is_none() => Some("no chromedriver"),
            Self::Firefox if firefox().is_none() => Some("no firefox-esr or firefox"),
            Self::Firefox if found("geckodriver").is_none() => Some("no geckodriver"),
            Self::WebKit if found("WebKitWebDriver").is_none() => Some("no WebKitWebDriver"),
            Self::WebKit if found("Xvfb").is_none() => Some("no Xvfb"),
            _ => None,
        }
    }

    /// The program that drives it.
    fn driver(self) -> Command {
        Command::new(match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::WebKit => "WebKitWebDriver",
        })
    }
}

/// A driver that is running; it ends when this is dropped.
pub(crate) struct Driver {
    pub(crate) engine: Engine,
    /// Its address.
    pub(crate) address: String,
    /// The folder of what belongs to its browser; it goes with it.
    pub(crate) folder: PathBuf,
    program: Child,
    _screen: Option<Screen>,
}

impl Driver {
    /// Starts an engine's driver and waits until it can be spoken to.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) fn start(engine: Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = listener.expect("a free port").port();
        let folder = env::temp_dir().join(format!("receptive-e2e-{port}"));
        fs::create_dir_all(&folder).expect("a folder for the browser");
        let screen = (engine == Engine::WebKit).then(Screen::start);
        let mut command = engine.driver();
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        if engine == Engine::Firefox {
            command.arg("--profile-root").arg(&folder);
        }
        if let Some(screen) = &screen {
            command.env("DISPLAY", &screen.name);
        }
        let program = command.spawn().unwrap_or_else(|error| panic!("{engine:?}’s driver: {error}"));
        let driver = Self { engine, address: format!("http://127.0.0.1:{port}"), folder, program, _screen: screen };
        let deadline = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "{engine:?}’s driver did not come up");
            thread::sleep(Duration::from_millis(50));
        }
        driver
    }

    /// What to ask the driver for: a browser without a past, in a window of this size, with arguments of its own.
    pub(crate) fn capabilities(&self, [width, height]: [u32; 2], own: &[&str]) -> Map<String, Value> {
        let asked = match self.engine {
            Engine::Chromium => {
                let always = [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    &format!("--window-size={width},{height}"),
                    &format!("--user-data-dir={}", self.folder.display()),
                ];
                let arguments = [&always, PLAIN, own].concat();
                json!({
                    "goog:chromeOptions": { "binary": chromium(), "args": arguments },
                    "goog:loggingPrefs": { "browser": "ALL" },
                })
            }
            Engine::Firefox => json!({ "moz:firefoxOptions": { "binary": firefox(), "args": ["-headless"] } }),
            // The driver knows its browser.
            Engine::WebKit => json!({}),
        };
        asked.as_object().cloned().unwrap_or_default()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A screen that nobody sees.
struct Screen {
    program: Child,
    name: String,
}

impl Screen {
    fn start() -> Self {
        let mut program = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        // It says its number as soon as it can be used.
        let mut number = String::new();
        let said = program.stdout.take().map(|output| BufReader::new(output).read_line(&mut number));
        assert!(said.is_some_and(|said| said.is_ok_and(|n_bytes| n_bytes > 0)), "Xvfb did not come up");
        Self { program, name: format!(":{}", number.trim()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
