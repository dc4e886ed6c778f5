//! Lessons that teachers put together: written, kept, saved, opened again, and refused in sentences.

use crate::Test;
use crate::access::{self, COLOURS, check};
use crate::narrow::over;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_e2e::site::{Fault, Host};

pub(crate) const TESTS: &[Test] = &[
    ("a lesson is written by keyboard and clicks, kept, saved and opened again", Need::Nothing, written),
    ("a figure in a lesson is live, with its locks, and comes from the panel for teachers", Need::Nothing, figures),
    ("texts of a lesson are texts: nothing in them runs", Need::Nothing, hostile),
    ("what is no lesson is refused in a sentence, and what was open stays", Need::Nothing, refused),
    ("a lesson is opened by an address of the same host alone", Need::Nothing, by_address),
    (
        "where the browser keeps nothing, a lesson is written all the same, and the page says so",
        Need::Nothing,
        not_kept,
    ),
    ("axe finds nothing wrong with a lesson and its editor, and nothing is wider than a phone", Need::Axe, access),
];

pub(crate) const EXAMPLE: &str = "/course?file=lessons%2Ffirst.toml";

/// Runs before the page's own script: a file that the page saves is kept as `saved`.
const SAVING: &str = "URL.createObjectURL = blob => { window.saved = blob; return 'about:blank#saved'; };
    HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };";

/// Saves the lesson that is open. Returns its file.
fn save(page: &Page) -> String {
    page.browser.click("#save-lesson");
    page.wait("a saved file", 10, |page| page.browser.run("return !!window.saved") == true);
    let text = page.browser.run("const saved = window.saved; delete window.saved; return saved.text()");
    text.as_str().expect("a text").to_string()
}

/// Opens a file by the file button.
fn bring(page: &Page, name: &str, content: &[u8]) {
    let path = page.browser.file(name, content);
    page.browser.keys("#open-lesson", &path.display().to_string());
}

/// Drops a file on the page.
fn drop_file(page: &Page, name: &str, content: &str) {
    page.browser.run(&format!(
        "const list = new DataTransfer(); list.items.add(new File([{content:?}], {name:?}));
        document.querySelector('.course-page').dispatchEvent(new DragEvent('drop', {{ bubbles: true, cancelable: true, dataTransfer: list }}))"
    ));
}

/// Begins a new lesson from the list.
fn begin(page: &Page) {
    page.wait_for("#new-lesson", 20);
    page.browser.click("#new-lesson");
    page.wait_for("#lesson-title", 10);
}

pub(crate) const ENTER: &str = "\u{e007}";

fn written() {
    let page = Page::open_with("/course", SAVING, "");
    begin(&page);
    page.browser.type_into("#lesson-title", "Edges, and what is lost there");
    page.wait("the title", 5, |page| page.text("h1") == "Edges, and what is lost there");
    // By the keyboard: the new field has the focus, so what is typed goes there.
    page.browser.run("document.querySelector('#add-heading').focus()");
    page.browser.press(ENTER);
    page.wait("the field", 5, |page| {
        page.browser.run("return document.activeElement.matches('.course-fields input')") == true
    });
    page.browser.press("Before you begin");
    page.browser.run("document.querySelector('#add-text').focus()");
    page.browser.press(ENTER);
    page.wait("the field", 5, |page| {
        page.browser.run("return document.activeElement.matches('.course-fields textarea')") == true
    });
    page.browser.press("One.");
    page.browser.press(ENTER);
    page.browser.press(ENTER);
    page.browser.press("Two.");
    page.wait("two paragraphs", 5, |page| page.texts(".course-text p") == ["One.", "Two."]);
    page.browser.click("#add-figure");
    page.wait_for("[id^=link-]", 5);
    let link = "https://example.org/r/?lock=kernel#/lesson/convolution?pad=1";
    page.browser.type_into("[id^=link-]", &format!("{link}{ENTER}"));
    let figure = "receptive-figure[chapter=convolution][state='pad=1'][lock=kernel]";
    page.wait_for(figure, 5);
    page.browser.click("#add-exercise");
    page.wait_for("[id^=kind-]", 5);
    page.browser.type_into(".course-fields textarea", "Which padding?");
    page.browser.type_into("[id^=choice-][id$='-1']", "none");
    page.browser.type_into("[id^=choice-][id$='-2']", "one");
    page.browser.click(".course-choices li:last-child input[type=radio]");
    assert_eq!(page.texts(".course-option span"), ["none", "one"]);
    // The text goes up, above its heading, and the focus with it.
    let kinds = "return [...document.querySelectorAll('.course-block')].map(e => e.firstElementChild.localName).join()";
    assert_eq!(page.browser.run(kinds), "h2,div,figure,form");
    page.browser.run("document.querySelector('.course-block:has(.course-text) .move-up').focus()");
    page.browser.press(ENTER);
    page.wait("the move", 5, |page| page.browser.run(kinds) == "div,h2,figure,form");
    page.wait("the focus", 5, |page| {
        page.browser.run("return document.activeElement.matches('.course-block:first-of-type .move-up')") == true
    });
    // What is deleted comes back.
    page.browser.click(".course-block:has(h2) .remove");
    page.wait("the deletion", 5, |page| page.browser.run(kinds) == "div,figure,form");
    page.wait("the way back", 5, |page| page.browser.run("return document.activeElement.id") == "undo-delete");
    page.browser.press(ENTER);
    page.wait("what was deleted", 5, |page| page.browser.run(kinds) == "div,h2,figure,form");
    let file = save(&page);
    assert_eq!(page.browser.run("return savedAs"), "edges-and-what-is-lost-there.toml");
    for part in [
        "format = 1\n",
        "title = \"Edges, and what is lost there\"",
        "lock = \"kernel\"",
        "right = 2\n",
        "One.\n\nTwo.",
    ] {
        assert!(file.contains(part), "{part} in {file}");
    }
    // After a reload it is there as it was, read first and not edited.
    page.browser.run("location.reload()");
    page.wait("the lesson", 30, |page| page.text("h1") == "Edges, and what is lost there" && page.has("#save-lesson"));
    assert!(!page.has(".course-fields") && !page.has(".course-add"));
    assert_eq!(save(&page), file);
    // It is in the list, and its file opens as another draft with the same in it.
    page.browser.click(".to-shelf");
    page.wait_for("#drafts li", 10);
    bring(&page, "again.toml", file.as_bytes());
    page.wait_for("#save-lesson", 10);
    assert_eq!(save(&page), file);
    page.browser.click(".to-shelf");
    page.wait("two lessons", 10, |page| page.texts("#drafts a").len() == 2);
    page.browser.click("#drafts .delete");
    page.wait_for(".delete-yes", 5);
    page.browser.click(".delete-yes");
    page.wait("one lesson", 10, |page| page.texts("#drafts a").len() == 1);
    // Where nothing has been written yet there is no need for another.
    for _ in 0..2 {
        begin(&page);
        page.browser.click(".to-shelf");
        page.wait("two lessons", 10, |page| page.texts("#drafts a").len() == 2);
    }
    page.check_silence();
}

/// Does something inside the first figure of the page.
fn inside<T>(page: &Page, act: impl FnOnce(&Page) -> T) -> T {
    page.wait("the figure", 40, |page| {
        page.browser.run(
            "const frame = document.querySelector('receptive-figure')?.shadowRoot?.querySelector('iframe');
            return frame?.contentDocument?.querySelector('#stage, main h1') != null && frame.clientHeight > 200",
        ) == true
    });
    page.browser.enter("return document.querySelector('receptive-figure').shadowRoot.querySelector('iframe')");
    let done = act(page);
    page.browser.leave();
    done
}

fn figures() {
    let page = Page::open("/lesson/convolution?pad=1");
    page.wait_for("#put-in-page summary", 30);
    page.browser.click("#put-in-page summary");
    page.wait_for("#hold-kernel", 10);
    page.browser.run("const select = document.querySelector('#hold-kernel'); select.value = 'lock'; select.dispatchEvent(new Event('change', { bubbles: true }))");
    page.browser.click("#add-to-new");
    page.wait_for("#to-lesson", 10);
    page.browser.click("#to-lesson");
    page.wait_for("receptive-figure[chapter=convolution][lock=kernel][state='pad=1']", 10);
    inside(&page, |page| {
        page.wait_for("#stage", 30);
        page.wait("the lock", 20, |page| page.texts(".locked small").contains(&"set by your teacher".to_string()));
    });
    // The same figure is added to the same lesson, whose name the panel says.
    let title = page.text("h1");
    page.browser.run("location.hash = '/lesson/padding'");
    page.wait_for("#put-in-page summary", 30);
    page.browser.click("#put-in-page summary");
    page.wait("the lesson's name", 10, |page| page.text("#add-to-last").contains(&title));
    page.browser.click("#add-to-last");
    page.wait_for("#to-lesson", 10);
    page.browser.click("#to-lesson");
    page.wait("both figures", 10, |page| {
        page.browser.run("return document.querySelectorAll('receptive-figure').length") == 2
    });
    page.check_silence();
}

/// Texts that would do something if they were more than texts.
const HOSTILE: &str =
    "<img src=x onerror='window.owned = 1'><script>window.owned = 1</script><svg onload='window.owned = 1'>";

fn hostile() {
    let page = Page::open("/course");
    page.wait_for("#open-lesson", 20);
    let text = format!("'''{}'''", HOSTILE.replace('\'', "\""));
    let blocks = [
        format!("kind = 'heading'\ntext = {text}"),
        format!("kind = 'text'\ntext = {text}"),
        format!("kind = 'figure'\nchapter = {text}\nstate = {text}\nlock = {text}\ncaption = {text}"),
        format!("kind = 'figure'\nchapter = 'padding'\nstate = {text}\npart = {text}\nhide = {text}\ncaption = {text}"),
        format!(
            "kind = 'exercise'\nquestion = {text}\nchoices = [{text}, 'javascript:alert(1)']\nright = 1\nexplanation = {text}"
        ),
    ];
    let blocks: String = blocks.iter().map(|block| format!("[[block]]\n{block}\n")).collect();
    bring(&page, "hostile.toml", format!("format = 1\ntitle = {text}\nauthor = {text}\n{blocks}").as_bytes());
    page.wait_for(".course-question", 20);
    page.browser.click("input[type=radio]");
    page.browser.click(".course-check .go");
    page.wait_for(".course-verdict .right", 5);
    inside(&page, |page| page.wait_for("main h1", 30));
    let shown = HOSTILE.replace('\'', "\"");
    for place in [
        "h1",
        ".course-author",
        ".course-block > h2",
        ".course-text p",
        "figcaption",
        ".course-question",
        ".course-option span",
        ".course-verdict span",
    ] {
        assert_eq!(page.text(place), shown, "{place}");
    }
    assert!(page.text(".course-figure .error").contains("There is no chapter"));
    page.browser.click("#edit-lesson");
    page.wait_for("#lesson-title", 5);
    let inside = "const all = [document, ...[...document.querySelectorAll('receptive-figure')].map(figure => figure.shadowRoot?.querySelector('iframe')?.contentDocument).filter(Boolean)];
        return [all.some(page => page.defaultView.owned), document.querySelectorAll('main :is(img, script, main svg[onload])').length]";
    assert_eq!(page.browser.run(inside), serde_json::json!([false, 0]));
    // Whoever opens what was saved sees the same.
    page.browser.click(".to-shelf");
    page.wait("the list", 10, |page| page.text("#drafts a") == shown);
    assert_eq!(page.browser.run("return window.owned ?? null"), serde_json::Value::Null);
    page.check_silence();
}

fn refused() {
    let page = Page::open_with("/course", SAVING, "");
    begin(&page);
    page.browser.type_into("#lesson-title", "Mine");
    let mine = save(&page);
    let whole = "format = 1\ntitle = 'a'\n[[block]]\nkind = 'text'\ntext = 'b'\n";
    let large = format!("format = 1\ntitle = '{}'", "x".repeat(300_000));
    let deep = format!("format = 1\ntitle = 'a'\nblock = {}", "[".repeat(100_000));
    let files = [
        ("cut.toml", &whole[..whole.len() - 3], "Line 5: This is not TOML:"),
        ("large.toml", &large[..], "too large for a lesson: at most 256 kB"),
        ("deep.toml", &deep[..], "Line 3: This is not TOML:"),
        ("other.toml", "[package]\nname = 'a'", "no line “format = 1”"),
        ("page.toml", "<!doctype html>", "This is not TOML:"),
        ("newer.toml", "format = 9", "format 9; this page reads format 1"),
        ("wrong.toml", "format = 1\ntitle = 'a'\n[[block]]\nkind = 'video'", "Line 4: There is no kind “video”."),
    ];
    for (name, content, why) in files {
        drop_file(&page, name, content);
        page.wait(name, 10, |page| page.text("#course-refused").contains(why));
        assert!(page.text("#course-refused").starts_with(&format!("{name} was not opened.")), "{name}");
        assert_eq!(page.text("h1"), "Mine", "{name}");
    }
    assert_eq!(save(&page), mine);
    // By the file button too, bytes that are no text among them.
    page.browser.click(".to-shelf");
    page.wait_for("#open-lesson", 10);
    bring(&page, "bytes.toml", &[0xff, 0xfe, 0, 1]);
    page.wait("a sentence", 10, |page| page.text("#course-refused").contains("no text in UTF-8"));
    assert_eq!(page.texts("#drafts a"), ["Mine"]);
    bring(&page, "good.toml", whole.as_bytes());
    page.wait("the lesson", 10, |page| page.text("h1") == "a" && page.text("#course-refused").is_empty());
    page.check_silence();
}

fn by_address() {
    let page = Page::open(EXAMPLE);
    page.wait("the lesson", 20, |page| page.text(".course-lesson h1") == "What a border of zeros does");
    assert!(page.has("#copy-lesson") && !page.has("#edit-lesson"), "a student reads");
    page.browser.click("#copy-lesson");
    page.wait_for("#edit-lesson", 10);
    let asked = page.requests().len();
    for link in
        ["https:%2F%2Fexample.org%2Fa.toml", "%2F%2Fexample.org%2Fa.toml", "data:,a.toml", "lessons%2Ffirst.html"]
    {
        page.go(&format!("/course?file={link}"));
        page.wait("a sentence", 10, |page| {
            page.text("#notices").contains("on this page’s own host that ends in .toml")
        });
        page.wait_for("#new-lesson", 10);
    }
    assert!(page.requests()[asked..].iter().all(|path| !path.contains("a.toml") && !path.contains("first.html")));
    page.go("/course?file=lessons%2Fnone.toml");
    page.wait("a sentence", 20, |page| page.text("#course-failed").contains("no such file (it answers 404)"));
    page.go("/course?draft=1764470000000-000042");
    page.wait("a sentence", 20, |page| page.text("#course-failed").contains("not in this browser"));
    // The missing file is an error of the network's in the console.
    let others: Vec<_> =
        page.browser.console_errors().into_iter().filter(|error| !error.contains("none.toml")).collect();
    assert!(others.is_empty(), "{others:?}");
    for (fault, why) in
        [(Fault::FrontPage, "This is not TOML"), (Fault::Cut, "Line "), (Fault::HangsUp, "does not send the file")]
    {
        let faults: &'static [(&'static str, Fault)] = Box::leak(Box::new([("lessons/", fault)]));
        let page = Page::open_on(Host { faults, ..Host::default() }, EXAMPLE);
        page.wait(why, 30, |page| page.text("#course-failed").contains(why));
    }
}

fn not_kept() {
    let refusing =
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } });";
    let page = Page::open_with("/course", &format!("{SAVING}{refusing}"), "");
    page.wait_for("#drafts-refused", 20);
    begin(&page);
    page.browser.type_into("#lesson-title", "Mine");
    page.wait("a sentence", 10, |page| page.text("#draft-state").contains("keeps nothing"));
    assert!(save(&page).contains("title = \"Mine\""));
    // As long as the tab is open it is not lost.
    page.browser.click(".to-shelf");
    page.wait("the lesson", 10, |page| page.texts("#drafts a") == ["Mine"]);
    page.browser.click("#drafts a");
    page.wait("the lesson", 10, |page| page.text("h1") == "Mine");
}

fn access() {
    let page = access::open(EXAMPLE);
    page.wait_for(".course-exercise", 20);
    let mut found = vec![];
    let mut look = |what: &str| {
        for (width, height) in [(1280, 900), (390, 844)] {
            page.browser.resize(width, height);
            for (colours, options) in COLOURS {
                page.browser.prefer(&[("prefers-color-scheme", colours), ("prefers-reduced-motion", "reduce")]);
                // What is inside of figures is looked at where they are pages.
                let options = options.replacen('{', "{ iframes: false,", 1);
                found.extend(
                    check(&page, &options).iter().map(|wrong| format!("{what}, {width} px, {colours}: {wrong}")),
                );
            }
            let over = over(&page);
            if !over.is_empty() {
                found.push(format!("{what} at {width} px scrolls by {over}"));
            }
        }
    };
    look("the example");
    page.browser.click("#copy-lesson");
    page.wait_for("#edit-lesson", 10);
    page.browser.click("#edit-lesson");
    for kind in ["Text", "Figure", "Exercise", "Heading"] {
        page.browser.run(&format!(
            "[...document.querySelectorAll('.change')].find(e => e.ariaLabel.includes({kind:?})).click()"
        ));
        page.wait_for(".course-block .course-fields", 5);
        look(kind);
    }
    page.browser.click(".to-shelf");
    page.wait_for("#drafts li", 10);
    look("the list");
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}
