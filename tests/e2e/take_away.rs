//! What a teacher takes away: the stage as a picture, and the link as a QR code.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    (
        "the stage is saved as SVG and PNG as it is seen, in light and dark, and the link as a QR code",
        Need::Nothing,
        pictures,
    ),
    ("a drawing is saved with its preparation and what the network makes of it", Need::Nothing, drawing),
];

/// Keeps what the page saves, instead of a download: its name, its text or, of a PNG, its size and one of its colours.
const KEEP: &str = "window.saved = [];
    const make = URL.createObjectURL;
    let last;
    URL.createObjectURL = (blob) => { last = blob; return make.call(URL, blob); };
    HTMLAnchorElement.prototype.click = function () {
        const name = this.download, blob = last;
        (async () => {
            if (!name.endsWith('png')) return saved.push({ name, text: await blob.text() });
            const bitmap = await createImageBitmap(blob);
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
            context.drawImage(bitmap, 0, 0);
            saved.push({ name, width: bitmap.width, height: bitmap.height, corner: [...context.getImageData(2, 2, 1, 1).data] });
        })();
    };";

/// Clicks on a button that saves. Returns what was saved.
fn save(page: &Page, button: &str) -> serde_json::Value {
    page.browser.run("saved.length = 0");
    page.browser.run(&format!("document.querySelector('{button}').click()"));
    page.wait("a file", 20, |page| page.browser.run("return saved.length") == 1);
    page.browser.run("return saved[0]")
}

fn drawing() {
    let page = Page::open("/draw?data=digits");
    page.browser.run(KEEP);
    page.browser.drag("#pad", &[(-60, -80), (0, -90), (60, -80), (20, 0), (-20, 100)]);
    page.wait_for("#reads", 30);
    page.browser.click("#put-in-page summary");
    page.wait_for("#save-svg", 10);
    let svg = save(&page, "#save-svg");
    assert_eq!(svg["name"], "draw.svg");
    let seen = page.browser.run(&format!(
        "const svg = new DOMParser().parseFromString({:?}, 'image/svg+xml').documentElement;
        const text = [...svg.querySelectorAll('text')].map(text => text.textContent.trim()).join(' ');
        const percents = [...document.querySelectorAll('#probabilities .percent')].map(percent => percent.textContent);
        return [svg.querySelectorAll('image').length, percents.filter(percent => !text.includes(percent)),
            document.querySelectorAll('.draw button').length > 4, [...document.querySelectorAll('.draw button')]
                .map(button => button.innerText).filter(name => name && text.includes(name))]",
        svg["text"].as_str().expect("a drawing")
    ));
    let n_pictures = 1 + page.texts(".stage-picture").len();
    assert!(n_pictures > 3, "the pad, and each stage of the preparation");
    let none = serde_json::json!([]);
    assert_eq!((&seen[0], &seen[1], &seen[2], &seen[3]), (&n_pictures.into(), &none, &true.into(), &none), "{seen}");
    assert_eq!(save(&page, "#save-png")["name"], "draw.png");
    page.check_silence();
}

fn pictures() {
    let page = Page::open("/lesson/convolution?pad=1&at=3");
    page.browser.before_pages(KEEP);
    for (scheme, paper) in [("light", [252, 251, 248, 255]), ("dark", [22, 22, 26, 255])] {
        page.browser.prefer(&[("prefers-color-scheme", scheme)]);
        page.go("/lesson/convolution?pad=1&at=3");
        page.wait_for("#put-in-page summary", 30);
        page.browser.click("#put-in-page summary");
        page.wait_for("#save-svg", 10);
        let svg = save(&page, "#save-svg");
        assert_eq!(svg["name"], "convolution.svg");
        let text = svg["text"].as_str().expect("a drawing");
        // Everything that is read on the stage is a text of the drawing, in place; and nothing that is pressed is.
        let seen = page.browser.run(&format!(
            "const svg = new DOMParser().parseFromString({text:?}, 'image/svg+xml').documentElement;
            if (svg.localName !== 'svg') return svg.textContent;
            const words = [...svg.querySelectorAll('text')].map(text => text.textContent.trim());
            const cells = [...document.querySelectorAll('.stage-view .cell')].map(cell => (cell.querySelector('input')?.value ?? cell.innerText).trim().split('\\n')[0]);
            const missing = cells.filter(cell => cell && !words.includes(cell));
            return [cells.filter(Boolean).length > 20 && words.length > cells.filter(Boolean).length, missing, words.some(word => word.includes('Small numbers')),
                [...svg.querySelectorAll('*')].filter(part => part.hasAttribute('style') || part.hasAttribute('class') || part.localName === 'foreignObject').length,
                Number(svg.getAttribute('width')), Number(svg.getAttribute('height'))]",
        ));
        assert_eq!(
            (&seen[0], &seen[1], &seen[2], &seen[3]),
            (&true.into(), &serde_json::json!([]), &false.into(), &0.into()),
            "{seen}"
        );
        let png = save(&page, "#save-png");
        assert_eq!(png["name"], "convolution.png");
        for (side, at) in [("width", 4), ("height", 5)] {
            assert_eq!(png[side].as_u64(), seen[at].as_u64().map(|length| 3 * length), "{png} of {seen}");
        }
        assert_eq!(png["corner"], serde_json::json!(paper), "in the colours of the theme");
    }
    assert!(
        page.has("#link-code[role=img] path")
            && page.browser.run("return document.querySelector('#link-code').clientWidth").as_u64() > Some(150)
    );
    let code = save(&page, "#save-code-svg");
    assert!(
        code["name"] == "link.svg" && code["text"].as_str().is_some_and(|text| text.contains("h7v1h-7z")),
        "{code}"
    );
    page.check_silence();
}
