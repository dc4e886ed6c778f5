//! Colours as they are seen: pixels of grids, maps, pads and curves, in both themes, after a change of either kind, and
//! where the system has colours of its own.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("grids, maps and pads wear the theme, and follow it at once", Need::Nothing, pictures),
    ("the Lab's curves wear the theme, and follow it at once", Need::Nothing, curves),
    ("a colour may be written in every form of CSS", Need::Nothing, forms),
    ("what is shown by colour is seen with the system's own colours", Need::Nothing, forced),
];

type Colour = [u8; 3];

const WHITE: Colour = [255; 3];
const BLACK: Colour = [0; 3];
/// The paper of grids in the dark theme.
const DARK: Colour = [30, 30, 36];

/// A chapter in which cells stand beside large maps: the digit's border is background, and so is what an edge finder
/// makes of it.
const CHAPTER: &str = "/lesson/convolution?data=digits&on=digit&kernel=vertical";
const MAPS: &str = ".pixels-plane canvas";

fn system(page: &Page, theme: &str) {
    page.browser.prefer(&[("prefers-color-scheme", theme)]);
}

/// Waits until every element of a selector has this colour at its corner.
fn all_are(page: &Page, selector: &str, colour: Colour) {
    page.wait(&format!("{selector} in {colour:?}"), 3, |page| {
        let seen = page.seen(selector, 3);
        !seen.is_empty() && seen.iter().all(|&seen| seen == colour)
    });
}

fn pictures() {
    let page = Page::open(CHAPTER);
    page.browser.resize(1280, 1400);
    system(&page, "light");
    page.wait("two maps", 20, |page| page.texts(MAPS).len() >= 2);
    all_are(&page, MAPS, WHITE);
    system(&page, "dark");
    all_are(&page, MAPS, DARK);
    // The button: light whatever the system says, then dark, then as the system says.
    page.browser.click("#theme");
    all_are(&page, MAPS, WHITE);
    page.browser.click("#theme");
    all_are(&page, MAPS, DARK);
    page.browser.click("#theme");
    system(&page, "light");
    all_are(&page, MAPS, WHITE);
    // Numbers in large squares are drawn anew too.
    page.browser.click(".grid-tools .zoom");
    system(&page, "dark");
    all_are(&page, MAPS, DARK);
    system(&page, "light");
    all_are(&page, MAPS, WHITE);
    // Small numbers, and the pad, on which ink is written on the theme's paper.
    page.go("/lesson/convolution?data=digits");
    for (theme, paper) in [("dark", DARK), ("light", WHITE)] {
        system(&page, theme);
        page.wait("zeros on paper", 3, |page| page.seen(".cell.input", 4).contains(&paper));
    }
    page.go("/draw?data=digits");
    for (theme, paper) in [("dark", BLACK), ("light", WHITE)] {
        system(&page, theme);
        all_are(&page, "#pad", paper);
    }
    page.check_silence();
}

fn curves() {
    let page = Page::open("/lab?data=digits&images=600&epochs=1&seed=1");
    system(&page, "light");
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a point", 30, |page| page.text("#loss-reading").contains("step 1"));
    // Whether the canvases hold a pixel of exactly the colour that a custom property names now.
    let wears = |page: &Page, names: &[&str]| {
        page.browser.run(&format!(
            r"const probe = document.body.appendChild(document.createElement('i'));
            const wanted = {names:?}.map(name => {{ probe.style.color = `var(${{name}})`; return getComputedStyle(probe).color.match(/\d+/g).map(Number) }});
            probe.remove();
            return [...document.querySelectorAll('.plot canvas')].every(canvas => {{
                const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                const has = ([r, g, b]) => {{ for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) return true; return false }};
                return wanted.every(has);
            }})"
        )) == true
    };
    let both = ["--soft", "--line"];
    page.wait("curves on light paper", 3, |page| wears(page, &both));
    system(&page, "dark");
    page.wait("curves on dark paper", 3, |page| wears(page, &both));
    page.browser.click("#theme");
    page.wait("curves on light paper again", 3, |page| wears(page, &both));
    page.browser.prefer(&[("forced-colors", "active"), ("prefers-color-scheme", "dark")]);
    page.wait("curves in the system's colours", 3, |page| wears(page, &both));
    page.check_silence();
}

fn forms() {
    let page = Page::open(CHAPTER);
    page.wait("two maps", 20, |page| page.texts(MAPS).len() >= 2);
    let forms = [
        "#abc",
        "#ABCDEF",
        "#abcf",
        "teal",
        "rgb(10 20 30)",
        "rgb(10%, 20%, 30%)",
        "hsl(120deg 100% 25%)",
        "hwb(200 20% 10%)",
        "var(--plus)",
        "color-mix(in srgb, red, blue)",
        "oklch(70% 0.1 200)",
        "lab(50% 20 -30)",
        "color(srgb 0.2 0.4 0.6)",
        "light-dark(pink, navy)",
    ];
    for form in forms {
        page.browser.run(&format!(
            "const style = new CSSStyleSheet();
            style.replaceSync(`:root:root {{ --sheet: {form} }} .paper-probe {{ position: fixed; inset: 0 auto auto 0; width: 9px; height: 9px; z-index: 99; background: var(--sheet) }}`);
            document.adoptedStyleSheets = [style];
            document.querySelector('.paper-probe') ?? document.body.insertAdjacentHTML('beforeend', '<i class=paper-probe></i>');
            const root = document.documentElement;
            root.dataset.theme = root.dataset.theme === 'light' ? 'dark' : 'light';"
        ));
        page.wait(form, 3, |page| {
            let paper = page.seen(".paper-probe", 1)[0];
            let close = |a: &Colour| a.iter().zip(paper).all(|(&a, b)| a.abs_diff(b) <= 1);
            page.seen(MAPS, 3).iter().all(close)
        });
    }
}

fn forced() {
    let page = Page::open("/lab?data=digits&images=600&epochs=1&seed=1");
    page.browser.prefer(&[("forced-colors", "active")]);
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a point", 30, |page| page.text("#loss-reading").contains("step 1"));
    let differ = |page: &Page, what: &str, a: &str, b: &str, inside: u32| {
        page.browser.run(&format!("document.querySelector({a:?}).scrollIntoView({{ block: 'center' }})"));
        let (a, b) = (page.seen(a, inside)[0], page.seen(b, inside)[0]);
        assert_ne!(a, b, "{what}");
    };
    page.browser.run("document.querySelector('.progress i').style.width = '50%'");
    let share = "const beside = Object.assign(document.createElement('b'), { id: 'beside' }); beside.style.cssText = 'display:block;height:4px'; document.querySelector('.progress').after(beside)";
    page.browser.run(share);
    differ(&page, "the progress bar", ".progress i", "#beside", 2);
    page.go("/draw?data=digits");
    page.browser.drag("#pad", &[(0, -60), (0, 60)]);
    page.wait("an answer", 20, |page| page.has(".probabilities .best i"));
    differ(&page, "a bar of the probabilities", ".probabilities .best i", ".probabilities", 0);
    page.go(CHAPTER);
    page.wait_for(".seg button.on", 20);
    differ(&page, "the button that is on", ".seg button.on", ".seg button:not(.on)", 4);
    differ(&page, "the page where one is", "nav a[aria-current]", "nav a:not([aria-current])", 4);
    page.check_silence();
}
