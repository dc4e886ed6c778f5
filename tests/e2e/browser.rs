//! A browser under test, by the WebDriver protocol.

use crate::driver::{Driver, Engine};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, TouchActions,
};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fmt::Display;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};
use url::{ParseError, Url};

/// The key under which WebDriver hands elements over.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The time after which a driver that does not answer is given up. Drivers give up sooner by themselves: loading a page
/// takes them 300 seconds at most.
const PATIENCE: Duration = Duration::from_secs(330);
/// The time after which an element that something covers is not clicked.
const UNCOVERED: Duration = Duration::from_secs(10);
/// The time that a browser may take to close.
const END: Duration = Duration::from_secs(20);

/// Gives Chromium's pages and workers a GPU that is a program on the processor: without these, a headless browser has
/// none.
pub const SOFTWARE_GPU: &[&str] = &["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/// Notes errors of a page's scripts, for engines whose drivers give no console. It runs before the page's own scripts.
pub const NOTE_ERRORS: &str = "self.errorsNoted = [];
    // What has changed its size while sizes were told is told in the next frame, which is no error.
    addEventListener('error', event => event.message?.startsWith('ResizeObserver loop') ||
        errorsNoted.push(`${event.message ?? event.target?.outerHTML} ${event.filename ?? ''}`), true);
    addEventListener('unhandledrejection', event => errorsNoted.push(`unhandled: ${event.reason}`));
    addEventListener('securitypolicyviolation', event => errorsNoted.push(`forbidden: ${event.violatedDirective} ${event.blockedURI}`));
    { const say = console.error; console.error = (...words) => { errorsNoted.push(words.join(' ')); say.apply(console, words); }; }
";

/// Whether a click did not reach its element, because another was before it or it was replaced meanwhile.
fn is_covered(error: &CmdError) -> bool {
    use ErrorStatus::{ElementClickIntercepted, StaleElementReference};
    matches!(error, CmdError::Standard(fault) if matches!(fault.error, ElementClickIntercepted | StaleElementReference))
}

/// A browser that is running; it ends when this is dropped.
pub struct Browser {
    client: Client,
    runtime: Runtime,
    driver: Driver,
}

/// A command that the client has no name for: its path, and what is sent.
#[derive(Debug)]
struct Extension(&'static str, Value);

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}

/// The anonymous pages of a process, in bytes.
fn anonymous_bytes(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let kibibytes = |name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok())
    };
    Some(1024 * (kibibytes("RssAnon:")? + kibibytes("VmSwap:")?))
}

impl Browser {
    /// Starts Chromium with an empty profile and a window of this size.
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
        let browser = Self::launch(Engine::Chromium, width, height, arguments);
        // Every page is to come from the host under test, and nothing else is to be asked of it.
        browser.before_pages("delete Navigator.prototype.serviceWorker");
        browser
    }

    /// Starts Chromium whose pages may have themselves kept for visits without a network, as everybody's may.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_keeping(width: u32, height: u32) -> Self {
        Self::start_in(Engine::Chromium, width, height)
    }

    /// Starts the browser of any engine as it is.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_in(engine: Engine, width: u32, height: u32) -> Self {
        Self::launch(engine, width, height, &[])
    }

    fn launch(engine: Engine, width: u32, height: u32, own: &[&str]) -> Self {
        let driver = Driver::start(engine);
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let capabilities = driver.capabilities([width, height], own);
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut builder = ClientBuilder::new(connector);
        let session = builder.capabilities(capabilities).connect(&driver.address);
        let session = runtime.block_on(async { timeout(PATIENCE, session).await });
        let client = match session {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => panic!("{engine:?} does not start: {error}"),
            Err(_) => panic!("{engine:?} does not start within {PATIENCE:?}"),
        };
        let browser = Self { client, runtime, driver };
        if engine != Engine::Chromium {
            browser.done("a window’s size", browser.client.set_window_size(width, height));
        }
        browser
    }

    /// Waits until the browser has done something, and returns what comes of it.
    fn done<T, E: Display>(&self, what: &str, doing: impl Future<Output = Result<T, E>>) -> T {
        let engine = self.driver.engine;
        match self.runtime.block_on(async { timeout(PATIENCE, doing).await }) {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => panic!("{engine:?}, {what}: {error}"),
            Err(_) => panic!("{engine:?}, {what}: its driver does not answer"),
        }
    }

    /// Has the driver do something that the client has no name for.
    fn extension(&self, path: &'static str, body: Value) -> Value {
        self.done(path, self.client.issue_cmd(Extension(path, body)))
    }

    /// Calls Chromium by the protocol of its developer tools.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.extension("goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
    }

    /// Goes to an address, and waits until it has loaded.
    pub fn open(&self, url: &str) {
        self.done(url, self.client.goto(url));
    }

    /// Loads the page anew, and waits until it has loaded.
    pub fn reload(&self) {
        self.done("reload", self.client.refresh());
    }

    /// Runs a script's body in the page and returns what it returns; of a promise, what it comes to.
    pub fn run(&self, script: &str) -> Value {
        self.done(script, self.client.execute(script, vec![]))
    }

    /// Runs a script at the beginning of every page that is opened from now on, in Chromium.
    pub fn before_pages(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
    }

    /// Goes into the frame that a script returns: what is asked and done from then on is inside it.
    ///
    /// # Panics
    /// When it returns none.
    pub fn enter(&self, script: &str) {
        let frame = self.run(script);
        let id = frame[ELEMENT].as_str().unwrap_or_else(|| panic!("no frame: {frame}"));
        let element = Element::from_element_id(self.client.clone(), ElementRef::from(id.to_string()));
        self.done("into a frame", element.enter_frame());
    }

    /// Goes out of all frames.
    pub fn leave(&self) {
        self.extension("frame", json!({ "id": Value::Null }));
    }

    fn element(&self, selector: &str) -> Element {
        self.done(selector, self.client.find(Locator::Css(selector)))
    }

    /// Clicks as a person would: where something covers the element, such as a header that sticks to the window's edge
    /// or what has just moved there, it is brought to the window's middle, and clicked when it is to be seen. Where the
    /// page moved just then, so that the click went past the element, it is clicked once more.
    ///
    /// # Panics
    /// When it stays covered.
    pub fn click(&self, selector: &str) {
        let deadline = Instant::now() + UNCOVERED;
        let to_middle = format!("document.querySelector({selector:?})?.scrollIntoView({{ block: 'center' }})");
        let look = format!(
            "const element = document.querySelector({selector:?});
            window.isMissed = !!element && !element.matches(':disabled, option');
            addEventListener('click', ({{ target }}) => {{ window.isMissed &&= !target.closest({selector:?}); }}, true)"
        );
        self.done(selector, async {
            self.client.execute(&look, vec![]).await?;
            let mut is_again = false;
            loop {
                match self.client.find(Locator::Css(selector)).await?.click().await {
                    Err(error) if is_covered(&error) && Instant::now() < deadline => {
                        self.client.execute(&to_middle, vec![]).await?;
                        sleep(Duration::from_millis(60)).await;
                        self.client.execute(&look, vec![]).await?;
                    }
                    Ok(()) if !is_again && self.is_missed().await => is_again = true,
                    done => return done,
                }
            }
        });
    }

    /// Whether the click that was just made did not come to its element; of one that led to another page nothing is
    /// known, and a page that shows a dialogue answers nothing.
    async fn is_missed(&self) -> bool {
        sleep(Duration::from_millis(20)).await;
        self.client.execute("return window.isMissed === true", vec![]).await.is_ok_and(|missed| missed == true)
    }

    /// Clicks twice in one place, as fast as a hand does.
    pub fn double_click(&self, selector: &str) {
        let mut mouse = MouseActions::new("mouse".into()).then(self.off_centre(selector, 0, (0, 0)));
        for _ in 0..2 {
            mouse = click(mouse).pause(Duration::from_millis(120));
        }
        self.done(selector, self.client.perform_actions(mouse));
    }

    /// Types over what a field holds.
    pub fn type_into(&self, selector: &str, text: &str) {
        self.run(&format!("const field = document.querySelector({selector:?}); field.focus(); field.select()"));
        self.keys(selector, text);
    }

    /// Sends keys to an element.
    pub fn keys(&self, selector: &str, keys: &str) {
        self.done(selector, self.element(selector).send_keys(keys));
    }

    /// Writes a file that this browser can upload, and that goes with it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.driver.folder.join(name);
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
        let mut keyboard = KeyActions::new("keyboard".into());
        for value in keys.chars() {
            keyboard = keyboard.then(KeyAction::Down { value }).then(KeyAction::Up { value });
            if millis > 0 {
                keyboard = keyboard.pause(Duration::from_millis(millis.into()));
            }
        }
        self.done(keys, self.client.perform_actions(keyboard));
    }

    /// Presses the pointer on an element, drags it along these offsets from its centre, and lets go.
    pub fn drag(&self, selector: &str, path: &[(i32, i32)]) {
        let mut places = path.iter().map(|place| self.off_centre(selector, 30, *place));
        let first = places.next().expect("a place to begin at");
        let mouse =
            MouseActions::new("mouse".into()).then(first).then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        let mouse = places.fold(mouse, MouseActions::then).then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.done(selector, self.client.perform_actions(mouse));
    }

    /// A move of the pointer to an offset from an element's centre.
    fn off_centre(&self, selector: &str, millis: u64, (x, y): (i32, i32)) -> PointerAction {
        let duration = Some(Duration::from_millis(millis));
        PointerAction::MoveToElement { element: self.element(selector), duration, x: x.into(), y: y.into() }
    }

    /// Moves the mouse to a place in the window.
    pub fn hover(&self, place: [i64; 2]) {
        self.done("hover", self.client.perform_actions(MouseActions::new("mouse".into()).then(at(place))));
    }

    /// Presses the mouse at a place in the window, and lets go.
    pub fn press_at(&self, place: [i64; 2]) {
        self.done("press", self.client.perform_actions(click(MouseActions::new("mouse".into()).then(at(place)))));
    }

    /// Taps a place in the window with a finger.
    pub fn tap(&self, place: [i64; 2]) {
        self.done("tap", self.client.perform_actions(click(TouchActions::new("touch".into()).then(at(place)))));
    }

    /// Has a touch screen, or none.
    pub fn has_touch(&self, is_on: bool) {
        self.devtools("Emulation.setTouchEmulationEnabled", &json!({ "enabled": is_on }));
    }

    /// Gives the page this many pixels, as a device of that size would.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Makes the page's main thread so many times slower than this machine; 1 is as fast as it is.
    pub fn slow_down(&self, times: u32) {
        self.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": times }));
    }

    /// Answers the page's media queries as a system with these settings would, such as a dark one.
    pub fn prefer(&self, settings: &[(&str, &str)]) {
        let features: Vec<_> = settings.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// The window as it is seen, as a PNG in base64.
    pub fn screenshot(&self) -> String {
        STANDARD.encode(self.done("a picture", self.client.screenshot()))
    }

    /// The engine's name and version.
    pub fn version(&self) -> String {
        let version = self.client.capabilities().and_then(|known| known.get("browserVersion")?.as_str());
        format!("{:?} {}", self.driver.engine, version.unwrap_or_default())
    }

    /// Memory of this browser's largest page, in bytes, counted as the browser's own task manager counts it: anonymous
    /// pages, in memory and swapped out. Nothing where the system does not say.
    pub fn page_bytes(&self) -> Option<u64> {
        self.page_processes().filter_map(|process| anonymous_bytes(&process)).max()
    }

    /// The same of all its pages together.
    pub fn pages_bytes(&self) -> Option<u64> {
        let sizes: Vec<_> = self.page_processes().filter_map(|process| anonymous_bytes(&process)).collect();
        (!sizes.is_empty()).then(|| sizes.iter().sum())
    }

    /// The time that all its pages together have had of processors, to a hundredth of a second. Nothing where the system does
    /// not say.
    pub fn pages_busy(&self) -> Option<Duration> {
        let ticks = self.page_processes().filter_map(|process| {
            // After the name, which stands in brackets, the 12th and the 13th number: in the program, and in the system.
            let status = fs::read_to_string(process.join("stat")).ok()?;
            let numbers = status.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
            numbers.map(|number| number.parse::<u64>().ok()).sum::<Option<u64>>()
        });
        let ticks: Vec<_> = ticks.collect();
        (!ticks.is_empty()).then(|| Duration::from_millis(10 * ticks.iter().sum::<u64>()))
    }

    /// The folders in which the system tells of the processes of this browser's pages.
    fn page_processes(&self) -> impl Iterator<Item = PathBuf> {
        let profile = format!("--user-data-dir={}", self.driver.folder.display());
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
        processes.filter(move |folder| {
            let line = fs::read_to_string(folder.join("cmdline")).unwrap_or_default();
            line.contains("--type=renderer") && line.split(['\0', ' ']).any(|word| word == profile)
        })
    }

    /// Errors in the console since the last call; where the driver gives no console, those that [`NOTE_ERRORS`] noted.
    pub fn console_errors(&self) -> Vec<String> {
        if self.driver.engine != Engine::Chromium {
            let noted = self.run("return self.errorsNoted?.splice(0) ?? ['nobody notes errors']");
            return serde_json::from_value(noted).unwrap_or_default();
        }
        let log = self.extension("se/log", json!({ "type": "browser" }));
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone already needs no ending.
        let _ = self.runtime.block_on(async { timeout(END, self.client.clone().close()).await });
    }
}

/// A move of the pointer to a place in the window.
fn at([x, y]: [i64; 2]) -> PointerAction {
    PointerAction::MoveTo { duration: Some(Duration::ZERO), x: x as f64, y: y as f64 }
}

/// Presses a pointer where it is, and lets go.
fn click<Pointer: InputSource<Action = PointerAction>>(pointer: Pointer) -> Pointer {
    let button = MOUSE_BUTTON_LEFT;
    pointer.then(PointerAction::Down { button }).then(PointerAction::Up { button })
}
