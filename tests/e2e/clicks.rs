//! The hand of these tests: a click comes to its element, once.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] =
    &[("a click that the page moved away from is made again, and no other", Need::Nothing, moved)];

fn moved() {
    let page = Page::around("<button id=it>it</button>");
    // Clicks that came to the button, and all.
    page.browser.run(
        "const button = document.querySelector('#it');
        window.clicks = [0, 0];
        addEventListener('click', ({ target }) => { clicks[0] += target === button; clicks[1]++; });
        button.addEventListener('mousedown', () => {
            Object.assign(button.style, { position: 'absolute', left: '400px', top: '300px' });
        }, { once: true })",
    );
    for n in [1, 2] {
        page.browser.click("#it");
        assert_eq!(page.browser.run("return clicks"), serde_json::json!([n, n + 1]));
    }
    page.check_silence();
}
