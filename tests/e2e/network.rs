//! The network as a whole, in the Lab.

use crate::Test;
use crate::need::Need;
use receptive_core::Rng;
use receptive_e2e::live;
use receptive_e2e::page::Page;
use receptive_lessons::{number, place};
use receptive_nn::{Preset, Spec};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Those that measure, so that no other runs beside them.
pub(crate) const ALONE: &[Test] =
    &[("the network moves while it trains, and the page does not stall", Need::Nothing, alive)];

pub(crate) const TESTS: &[Test] = &[
    ("the network's numbers are the engine's, forward and backward, wherever one points", Need::Nothing, numbers),
    ("a cell of the network is found, kept and let go of by keyboard alone", Need::Nothing, by_keyboard),
    ("a sum that is kept comes to its gradient at every step that is shown", Need::Nothing, sums),
    ("the picture of the network has the same place in every direction", Need::Nothing, place_of_picture),
    ("no layer of usual networks lies behind the bars, and no map beside its block", Need::Nothing, room),
];

const SEED: u32 = 7;
const DIGIT: u32 = 3;
/// Cells that are pointed at in each layer and direction.
const N_CELLS: usize = 3;

/// Points at a cell of a layer of these rows and columns, and returns what is said of it.
const POINT: &str = "
const planes = document.querySelector(`[data-tensor='${name}']`), canvas = planes.querySelector('canvas');
const fine = Math.min(4, Math.max(1, Math.floor(24 / w)));
const across = w * fine + 1, down = h * fine + 1, columns = (canvas.width + 1) / across;
const [plane, row, column] = [Math.floor(cell / (h * w)), Math.floor(cell / w) % h, cell % w];
const box = canvas.getBoundingClientRect();
const clientX = box.left + box.width * (plane % columns * across + (column + .5) * fine) / canvas.width;
const clientY = box.top + box.height * (Math.floor(plane / columns) * down + (row + .5) * fine) / canvas.height;
planes.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true, pointerType: 'mouse' }));
return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelector('#network-about').textContent))));";

fn about(page: &Page, name: &str, [h, w]: [usize; 2], cell: usize) -> String {
    let said = page.browser.run(&format!("const name = {name:?}, h = {h}, w = {w}, cell = {cell};{POINT}"));
    said.as_str().unwrap_or_default().to_string()
}

fn numbers() {
    let texts = [
        "28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10",
        "28x28x1:c4x3,cat(c2x1;c2x3p1;),r,a2,f,d12,r,d10",
        "28x28x1:c4x5s2,n,r,o0.3,f,d10",
    ];
    let presets = [Preset::Small, Preset::Slides, Preset::Lenet5].map(|preset| preset.spec());
    let specs = presets.into_iter().chain(texts.map(|text| Spec::read(text).expect("a network")));
    let (mut rng, mut n_compared) = (Rng::new(11), 0);
    for spec in specs {
        let text = spec.to_text();
        let page = Page::open(&format!("/lab?data=digits&net={text}&seed={SEED}&digit={DIGIT}"));
        page.wait_until_ready();
        let outputs = spec.outputs().expect("a network").into_iter().filter(|output| output.computes);
        let mut layers: Vec<_> = outputs.map(|output| (output.name, output.shape)).collect();
        layers.push(("input".into(), spec.input));
        for (is_backward, values) in live::layers(&spec, SEED, DIGIT).into_iter().enumerate().map(|(i, v)| (i == 1, v))
        {
            if is_backward {
                page.browser.click("#view-backward");
            }
            // The chapters' module comes when one points for the first time.
            page.wait("an account", 30, |page| {
                let said = about(page, "input", [28, 28], 0);
                said.contains("row 1, column 1") && said.contains("gradient") == is_backward
            });
            for (name, shape @ [c, h, w]) in &layers {
                for _ in 0..N_CELLS {
                    let cell = rng.below((c * h * w) as u32) as usize;
                    let said = about(&page, name, [*h, *w], cell);
                    let value = number(values[name][cell]);
                    assert!(said.contains(&value), "{text}: {name} {shape:?}, cell {cell}: {value}, not “{said}”");
                    let at = if h * w == 1 { format!("unit {}", cell + 1) } else { place([cell / w % h, cell % w]) };
                    assert!(said.contains(&at), "{text}: {name} {shape:?}, cell {cell}: {at}, not “{said}”");
                    n_compared += 1;
                }
            }
        }
        page.check_silence();
    }
    println!("{n_compared} numbers of 6 networks read off the screen, as the engine has them");
    assert!(n_compared >= 200);
}

fn by_keyboard() {
    const RIGHT: &str = "\u{e014}";
    const PAGE_DOWN: &str = "\u{e00f}";
    const ESCAPE: &str = "\u{e00c}";
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}&digit={DIGIT}"));
    page.wait_until_ready();
    let about = |page: &Page| page.text("#network-about");
    let [values, _] = live::layers(&Preset::Small.spec(), SEED, DIGIT);
    page.browser.run("document.querySelector(`[data-tensor='conv 2'] .cursor`).focus()");
    page.wait("the account of the first cell", 30, |page| about(page).starts_with("conv 2, map 1, row 1, column 1"));
    page.browser.press(&RIGHT.repeat(2));
    page.browser.press(PAGE_DOWN);
    let cell = 14 * 14 + 2;
    page.wait("the second map's third cell", 10, |page| {
        about(page).starts_with("conv 2, map 2, row 1, column 3")
            && about(page).contains(&number(values["conv 2"][cell]))
    });
    let spoken = page.browser.run("return document.activeElement.getAttribute('aria-label')");
    assert_eq!(spoken, about(&page));
    page.browser.press(" ");
    page.wait_for("#network .equation", 20);
    let sum = page.text("#network #lesson-sum");
    assert_eq!(sum, number(values["conv 2"][cell]));
    // It stays when the focus goes elsewhere, and Escape lets go of it.
    page.browser.run("document.querySelector('#view-forward').focus()");
    page.wait("the cell that is kept", 10, |page| about(page).starts_with("conv 2, map 2, row 1, column 3"));
    page.browser.press(ESCAPE);
    page.wait("nothing kept", 10, |page| !page.has("#network .equation") && !about(page).starts_with("conv 2"));
    page.check_silence();
}

fn sums() {
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}&digit={DIGIT}&epochs=40"));
    page.wait_until_ready();
    page.browser.click("#view-backward");
    page.wait("an account", 30, |page| about(page, "max-pool 2", [7, 7], 24).contains("gradient"));
    // Cells of one or two pixels too get the weights that their sums need.
    for layer in ["conv 2", "max-pool 1", "linear 1", "max-pool 2"] {
        page.browser.press("\u{e00c}");
        page.browser.click(&format!("[data-tensor='{layer}']"));
        page.wait(layer, 20, |page| page.has("#network .equation") && page.text("#network-about").starts_with(layer));
    }
    // The gradient of a score with respect to the scores is 1 and zeros, so a sum is one weight: that of this very step.
    page.browser.run(
        "const of = document.querySelector('#view-of');
        of.value = '3';
        of.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    page.wait("the gradient of a score", 20, |page| page.text("#network-about").contains("the score grows"));
    page.browser.click("#train");
    let read = "return [[...document.querySelectorAll('#network .product')].map(e => e.textContent), document.querySelector('#lesson-sum').textContent]";
    let number = |text: &str| -> f64 { text.replace(['(', ')'], "").replace('−', "-").parse().expect("a number") };
    let seen = RefCell::new(BTreeSet::new());
    page.wait("ten steps", 60, |page| {
        let (terms, result): (Vec<String>, String) =
            serde_json::from_value(page.browser.run(read)).expect("an equation");
        let products: Vec<_> =
            terms.iter().filter_map(|term| term.split_once('·')).map(|(x, w)| [number(x), number(w)]).collect();
        assert_eq!(products.len(), 10, "{terms:?}");
        let sum: f64 = products.iter().map(|[x, w]| x * w).sum();
        assert!((sum - number(&result)).abs() < 1e-9, "{sum}, not {result}: {terms:?}");
        let mut seen = seen.borrow_mut();
        seen.insert(format!("{terms:?}"));
        seen.len() >= 10
    });
    page.browser.click("#pause");
    page.check_silence();
}

fn alive() {
    let page = Page::open("/lab?data=digits&net=small&seed=7&epochs=20");
    page.wait_until_ready();
    let picture = "return document.querySelector(`[data-tensor='conv 2'] canvas`).toDataURL()";
    page.wait("values", 20, |page| !page.text("#network-loss").is_empty());
    let look = |page: &Page| (page.browser.run(picture), page.text("#network-loss"));
    let mut seen = vec![look(&page)];
    page.note_long_tasks();
    page.browser.click("#train");
    for _ in 0..3 {
        page.wait("another picture and another loss", 20, |page| {
            let now = look(page);
            seen.iter().all(|(picture, loss)| *picture != now.0 && *loss != now.1)
        });
        seen.push(look(&page));
    }
    page.check_fluent("the network moves while it trains");
    page.browser.click("#pause");
    page.check_silence();
}

fn place_of_picture() {
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}&digit={DIGIT}"));
    page.wait_until_ready();
    for width in [1024, 1280, 1600] {
        page.browser.resize(width, 900);
        let top = |direction: &str| {
            page.browser.click(&format!("#view-{direction}"));
            page.wait(direction, 30, |page| page.has(".network-flow") && !page.text("#network-loss").is_empty());
            page.wait_until_still();
            page.browser.run(
                "return document.querySelector('.network-flow').getBoundingClientRect().top - document.querySelector('.network-head').getBoundingClientRect().top",
            )
        };
        let tops = ["forward", "backward"].map(top);
        assert!(tops[0].as_f64() > Some(30.0) && tops.iter().all(|top| *top == tops[0]), "{width} px: {tops:?}");
    }
    // A step shows no image, so there is none to choose.
    page.browser.click("#step");
    page.wait("a step", 20, |page| page.number("#iteration") == 1.0);
    page.browser.click("#view-update");
    page.wait_for(".updates canvas", 20);
    assert!(!page.has("#view-next") && page.text("#network-loss").is_empty());
    // A layer's kernels have one place in every direction.
    page.browser.resize(1280, 900);
    page.browser.click("#view-forward");
    page.wait_for(".layer-name[data-layer='conv 2']", 20);
    page.browser.click(".layer-name[data-layer='conv 2']");
    let place = |direction: &str| {
        page.browser.click(&format!("#view-{direction}"));
        let is_update = direction == "update";
        page.wait(direction, 30, |page| {
            page.has("[data-tensor='conv 2.weight'] canvas") && page.has(".layer-side .updates") == is_update
        });
        assert!(page.has("#view-next"), "{direction}: the image is seen, and can be another");
        page.wait_until_still();
        page.browser.run(
            "const flow = document.querySelector('.layer-flow').getBoundingClientRect();
             const kernels = document.querySelector(`[data-tensor='conv 2.weight']`).getBoundingClientRect();
             return [flow.top, kernels.left, kernels.width, kernels.height].map(Math.round)",
        )
    };
    let places = ["forward", "backward", "update"].map(place);
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    page.browser.press("\u{e00c}");
    page.wait("the whole network", 10, |page| page.has(".network-flow"));
    // What is chosen can be read.
    page.browser.click("#view-backward");
    page.wait_for("#view-of", 10);
    let cut = "const of = document.querySelector('#view-of'), lines = document.createElement('canvas').getContext('2d');
        const { font, paddingLeft, paddingRight } = getComputedStyle(of);
        lines.font = font;
        const room = of.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - 16;
        return [...of.options].filter(option => lines.measureText(option.text).width > room).map(option => option.text)";
    for width in [1280, 390] {
        page.browser.resize(width, 844);
        assert_eq!(page.browser.run(cut), serde_json::json!([]), "is cut off at {width} px");
    }
    page.check_silence();
}

fn room() {
    let blocks = [
        "28x28x1:c8x3p1,r,m2,add(c8x3p1,r,c8x3p1;),r,m2,f,d10",
        "28x28x1:c8x3p1,r,m2,cat(c4x1,r;c4x1,c6x3p1,r;m3s1p1,c4x1),r,m2,f,d10",
    ];
    let outside = |within: &str, inside: &str| {
        format!(
            "return [...document.querySelectorAll('{within} {inside}')].filter(part => {{
                const edge = part.closest('.lanes') ?? document.querySelector('.network-flow');
                return part.getBoundingClientRect().right > edge.getBoundingClientRect().right + 1;
            }}).length"
        )
    };
    for net in ["small", "slides", "lenet5"].into_iter().chain(blocks) {
        let page = Page::open(&format!("/lab?data=digits&net={net}&seed={SEED}&digit={DIGIT}"));
        page.wait_until_ready();
        page.wait("its values", 30, |page| page.has(".network-bars .best"));
        let hidden = "const bars = document.querySelector('.network-bars').getBoundingClientRect().left;
            return [...document.querySelectorAll('.network-flow .network-layer')]
                .filter(layer => layer.getBoundingClientRect().right > bars + 1).map(layer => layer.textContent)";
        assert_eq!(page.browser.run(hidden), serde_json::json!([]), "{net}: behind the bars");
        page.browser.resize(390, 844);
        page.wait("layers below one another", 10, |page| page.has(".network-flow.down .planes"));
        assert_eq!(page.browser.run(&outside(".network-flow", ".planes")), 0, "{net}: beside its place");
        page.check_silence();
    }
}
