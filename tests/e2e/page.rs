//! The page under test: opened by a link, read as it is seen, checked for silence at the end.

use crate::browser::{Browser, SOFTWARE_GPU};
use crate::site;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// A page in a browser of its own.
pub struct Page {
    /// The browser.
    pub browser: Browser,
    origin: String,
}

/// Runs before a script of the page or a worker: the browser refuses its database.
pub const NO_STORAGE: &str =
    "Object.defineProperty(self, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } });";

impl Page {
    /// Opens the page by a link such as `/lab?seed=1` and waits until it is there.
    pub fn open(link: &str) -> Self {
        let page = Self { browser: Browser::start(1280, 900), origin: site::serve() };
        page.go(link);
        page
    }

    /// Opens the page by a link, with a script that runs before the page's own and one that runs before the worker's.
    pub fn open_with(link: &str, script: &str, worker_script: &'static str) -> Self {
        let page = Self { browser: Browser::start(1280, 900), origin: site::serve_with(worker_script) };
        page.browser.before_pages(script);
        page.go(link);
        page
    }

    /// Opens the page by a link, on a host of some kind.
    pub fn open_on(host: site::Host, link: &str) -> Self {
        Self::open_in(Browser::start(1280, 900), site::dist(), host, link)
    }

    /// Opens a page that lies at any address.
    pub fn open_at(browser: Browser, origin: String, link: &str) -> Self {
        let page = Self { browser, origin };
        page.go(link);
        page
    }

    /// The same in a browser that is running, from a folder that holds a page.
    pub fn open_in(browser: Browser, folder: PathBuf, host: site::Host, link: &str) -> Self {
        Self::open_at(browser, site::serve_as(folder, host), link)
    }

    /// The same in a browser with a software GPU.
    pub fn open_with_gpu(link: &str, script: &str, worker_script: &'static str) -> Self {
        let browser = Browser::start_with(1280, 900, SOFTWARE_GPU);
        let page = Self { browser, origin: site::serve_with(worker_script) };
        page.browser.before_pages(script);
        page.go(link);
        page
    }

    /// Opens another file of the site.
    pub fn open_file(name: &str) -> Self {
        Self::open_file_in(Browser::start(1280, 900), name)
    }

    /// The same in a browser with a software GPU.
    pub fn open_file_with_gpu(name: &str) -> Self {
        Self::open_file_in(Browser::start_with(1280, 900, SOFTWARE_GPU), name)
    }

    fn open_file_in(browser: Browser, name: &str) -> Self {
        let page = Self { browser, origin: site::serve() };
        page.browser.open(&format!("{}{name}", page.origin));
        page
    }

    /// Opens a page of the site that holds nothing but this HTML.
    pub fn around(html: &str) -> Self {
        let page = Self::open_file("bench.html");
        // Its script writes into the body that is about to go.
        page.wait("the page around it", 30, |page| page.text("#state") == "Ready.");
        page.browser.run(&format!("document.body.innerHTML = `{html}`"));
        page
    }

    /// Follows a link as if it were opened afresh.
    pub fn go(&self, link: &str) {
        self.browser.open("about:blank");
        self.browser.open(&format!("{}#{link}", self.origin));
        self.wait_for("main h1", 30);
        self.wait_for_all(link, "");
    }

    /// Waits until a chapter has all that it needs, but for a picture, which only the learner can give.
    fn wait_for_all(&self, link: &str, condition: &str) {
        let is_there = format!(
            "return {condition} !document.querySelector('main > .starting') && (!document.querySelector('#lesson-waiting') || !!document.querySelector('#picture-file'))"
        );
        self.wait(link, 20, |page| page.browser.run(&is_there) == true);
    }

    /// Changes the address without loading the page anew. Chromium drops such changes without a word after 200 in ten
    /// seconds, the page's own counted: then it is changed again until the browser takes it.
    pub fn set_address(&self, address: &str) {
        let change = format!(
            "let isTold = false;
            addEventListener('popstate', () => isTold = true, {{ once: true }});
            location.hash = {address:?};
            return isTold || location.hash === new URL('#' + {address:?}, location).hash"
        );
        self.wait("an address that the browser takes", 20, |page| page.browser.run(&change) == true);
    }

    /// Goes to another place without loading the page anew, and waits until it is there with all that it needs.
    pub fn turn(&self, path: &str, query: &str) {
        // The page writes the address anew, without the empty pair, as soon as it shows what the address says.
        let address = format!("{path}?&{query}&data=digits");
        self.set_address(&address);
        self.wait_for_all(&address, "!location.hash.includes('?&') &&");
    }

    /// Takes the host off the network.
    pub fn stop_host(&self) {
        site::stop(&self.origin);
    }

    /// The files that this page and its workers have asked for so far.
    pub fn requests(&self) -> Vec<String> {
        site::requests(&self.origin)
    }

    /// True if something of this selector is there.
    pub fn has(&self, selector: &str) -> bool {
        self.browser.run(&format!("return document.querySelector({selector:?}) !== null")) == true
    }

    /// The visible text of an element, or nothing.
    pub fn text(&self, selector: &str) -> String {
        let text = self.browser.run(&format!("return document.querySelector({selector:?})?.textContent ?? ''"));
        text.as_str().unwrap_or_default().trim().to_string()
    }

    /// The visible texts of all elements of a selector; of a field, what it holds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({selector:?})].map(e => e.matches('input, select, textarea') ? e.value : e.textContent)"
        );
        let found = self.browser.run(&script).as_array().cloned().unwrap_or_default();
        found.iter().map(|text| text.as_str().unwrap_or_default().trim().to_string()).collect()
    }

    /// The colours that are seen, not those that a style asks for: at a corner of each element of a selector, so many
    /// pixels inside. Elements must be in view.
    ///
    /// # Panics
    /// When the picture of the page cannot be read.
    pub fn seen(&self, selector: &str, inside: u32) -> Vec<[u8; 3]> {
        let script = format!(
            r"return (async () => {{
                const bytes = Uint8Array.from(atob('{picture}'), (byte) => byte.charCodeAt(0));
                const bitmap = await createImageBitmap(new Blob([bytes], {{ type: 'image/png' }}));
                const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
                context.drawImage(bitmap, 0, 0);
                return [...document.querySelectorAll({selector:?})].map(e => {{
                    const {{ left, top }} = e.getBoundingClientRect();
                    return [...context.getImageData(Math.ceil(left) + {inside}, Math.ceil(top) + {inside}, 1, 1).data.slice(0, 3)];
                }});
            }})()",
            picture = self.browser.screenshot()
        );
        serde_json::from_value(self.browser.run(&script)).expect("colours")
    }

    /// A number on the screen, such as "1,234" or "98.1 %".
    pub fn number(&self, selector: &str) -> f64 {
        let text = self.text(selector).replace(',', "").replace('−', "-");
        let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || ".-".contains(*c)).collect();
        digits.parse().unwrap_or(f64::NAN)
    }

    /// Waits until a condition holds.
    ///
    /// # Panics
    /// When it does not within so many seconds.
    pub fn wait(&self, what: &str, seconds: u64, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !holds(self) {
            assert!(
                Instant::now() < deadline,
                "{what}: not within {seconds} s; the state is “{}”",
                self.text("#state")
            );
            thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits until something of this selector is there.
    pub fn wait_for(&self, selector: &str, seconds: u64) {
        self.wait(selector, seconds, |page| page.has(selector));
    }

    /// Waits until nothing on the page moves, so that its places can be measured.
    pub fn wait_until_still(&self) {
        let is_still = "return document.getAnimations().every(({ playState }) => playState !== 'running')";
        self.wait("an end of all motion", 5, |page| page.browser.run(is_still) == true);
    }

    /// Waits until the Lab's run can start.
    pub fn wait_until_ready(&self) {
        self.wait_for("#train:not([disabled])", 60);
    }

    /// Starts noting every task of the main thread that takes over 50 ms.
    pub fn note_long_tasks(&self) {
        self.browser.run(
            "window.longTasks = []; new PerformanceObserver(list => list.getEntries().forEach(e => \
             window.longTasks.push(e.duration))).observe({ type: 'longtask' })",
        );
    }

    /// The long tasks noted, in milliseconds.
    pub fn long_tasks(&self) -> Vec<f64> {
        let tasks = self.browser.run("return window.longTasks").as_array().cloned().unwrap_or_default();
        tasks.iter().filter_map(serde_json::Value::as_f64).collect()
    }

    /// Checks that no task of the main thread has stalled the page since they are noted, and prints those over 50 ms. A
    /// machine that does something else too stretches tasks, so only what is far longer fails here.
    ///
    /// # Panics
    /// When one did.
    #[expect(clippy::print_stdout, reason = "the figures are part of the tests' output")]
    pub fn check_fluent(&self, what: &str) {
        let tasks = self.long_tasks();
        println!("{what}: tasks of the main thread over 50 ms: {tasks:?}");
        assert!(tasks.iter().all(|millis| *millis < 200.0), "{what}: {tasks:?} ms");
    }

    /// Checks what holds on every page at any time: a silent console, no two things of one name, and no request to another
    /// origin.
    ///
    /// # Panics
    /// When one of them does not.
    pub fn check_silence(&self) {
        let errors = self.browser.console_errors();
        assert!(errors.is_empty(), "errors in the console: {errors:?}");
        let twice = self.browser.run(
            "const ids = [...document.querySelectorAll('[id]')].map(e => e.id); \
             return ids.filter((id, i) => ids.indexOf(id) !== i)",
        );
        assert_eq!(twice, serde_json::json!([]), "things of one name");
        let requests = self.browser.run("return performance.getEntriesByType('resource').map(e => e.name)");
        let requests = requests.as_array().cloned().unwrap_or_default();
        let foreign: Vec<_> = requests
            .iter()
            .filter_map(serde_json::Value::as_str)
            .filter(|url| !url.starts_with(&self.origin) && !url.starts_with("data:") && !url.starts_with("blob:"))
            .collect();
        assert!(foreign.is_empty(), "requests to other origins: {foreign:?}");
    }
}
