//! A page that the browser translates: what may be translated is, and all that changes stays true.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[("a translated page stays true", Need::Nothing, translated)];

/// Does what Chrome's translator does, now and whenever the page changes: every text that may be translated is replaced
/// by elements that hold the translation.
const TRANSLATE: &str = r"
const translate = root => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const parent = text.parentElement;
    if (!parent || !text.data.trim() || !parent.translate || parent.closest('font, script, style')) continue;
    const outer = document.createElement('font'), inner = document.createElement('font');
    inner.textContent = '«' + text.data + '»';
    outer.append(inner);
    text.replaceWith(outer);
  }
};
translate(document.body);
window.translating?.disconnect();
window.translating = new MutationObserver(changes => changes.forEach(({ target, addedNodes }) => { translate(target); addedNodes.forEach(node => node.nodeType === 1 && translate(node)) }));
window.translating.observe(document.body, { childList: true, characterData: true, subtree: true });
";

fn translated() {
    let page = Page::open("/lesson/convolution?data=digits");
    page.wait_for("#lesson-output", 20);
    page.browser.run(TRANSLATE);
    assert!(page.text(".intro .lead").starts_with('«'), "prose is translated: {}", page.text(".intro .lead"));
    // Captions, sums and positions follow, and none is translated.
    let texts =
        |page: &Page| [page.text("#lesson-caption"), page.text("#lesson-sum"), page.text(".transport .position")];
    let mut before = texts(&page);
    page.browser.run("document.querySelector('#stage').focus()");
    for _ in 0..3 {
        page.browser.press("\u{e014}");
        page.wait("another moment", 5, |page| texts(page)[2] != before[2]);
        assert_ne!(texts(&page)[0], before[0], "the caption follows");
        before = texts(&page);
        assert!(before.iter().all(|text| !text.contains('«')), "{before:?}");
    }
    // From place to place, and back.
    for path in ["/", "/lab", "/draw", "/lesson/padding", "/lesson/pooling", "/", "/lab"] {
        page.turn(path, "");
    }
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a step", 30, |page| page.text("#iteration") == "1");
    page.browser.click("#step");
    page.wait("another step", 30, |page| {
        page.text("#iteration") == "2" && page.text("#loss-reading").contains("step 2")
    });
    page.check_silence();
}
