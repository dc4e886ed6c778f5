//! The three levels of the network in the Lab: all of it, one layer, one cell.

use crate::Test;
use crate::access::{COLOURS, check, open};
use crate::narrow::over;
use crate::need::Need;
use receptive_e2e::live;
use receptive_e2e::page::Page;
use receptive_lessons::number;
use receptive_nn::{Preset, Spec};

/// Those that measure, so that no other runs beside them.
pub(crate) const ALONE: &[Test] =
    &[("the levels follow the training without a stall, and show what a step changed", Need::Nothing, training)];

pub(crate) const TESTS: &[Test] = &[
    (
        "a cell is reached by keyboard alone, and its terms are the engine's and come to its value",
        Need::Nothing,
        by_keyboard,
    ),
    ("a gradient's terms come to it, and what a cell goes into gets the same product", Need::Nothing, backward),
    ("the way back goes up one level at a time, and the address opens the level again", Need::Nothing, history),
    (
        "a layer shows its kernels, its rule and its account, and a table says the picture's numbers",
        Need::Nothing,
        layers,
    ),
    ("every kind of layer has its level, and so has each of its cells", Need::Nothing, kinds),
    ("zooming slides, and does not where nothing is to move", Need::Nothing, moves),
    ("what is clicked on the first page opens in the Lab", Need::Nothing, from_the_front),
    ("axe finds nothing wrong at any level, and nothing is wider than a phone", Need::Axe, access),
];

const SEED: u32 = 7;
const DIGIT: u32 = 3;
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const PAGE_UP: &str = "\u{e00e}";
const PAGE_DOWN: &str = "\u{e00f}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";

/// A link to the Lab's network as this file's tests have it.
fn lab(net: &str, more: &str) -> String {
    format!("/lab?data=digits&net={net}&seed={SEED}{more}")
}

/// Opens a level, and waits until it says something of it.
fn at_level(net: &str, look: &str, more: &str) -> Page {
    let page = Page::open(&lab(net, &format!("&look={look}{more}")));
    page.wait_until_ready();
    page.wait("the level", 30, |page| page.has(".layer-level") || page.has("#cell-value"));
    page
}

fn level(page: &Page) -> String {
    page.browser.run("return document.querySelector('.level').dataset.level").as_str().unwrap_or_default().into()
}

fn address(page: &Page) -> String {
    page.browser.run("return location.hash").as_str().unwrap_or_default().into()
}

/// A number as the page prints it.
pub(crate) fn value(text: &str) -> f64 {
    let text = text.trim().replace(['(', ')', ','], "").replace('−', "-");
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// The rows of the table of terms: place, what is multiplied, and the product.
fn rows(page: &Page) -> Vec<[String; 3]> {
    let read = "return [...document.querySelectorAll('.term-table tbody tr')].map(row => [...row.children].map(cell => cell.textContent))";
    serde_json::from_value(page.browser.run(read)).expect("rows of three cells")
}

/// All terms of the cell that is shown, window by window; each window's terms come to what it says.
pub(crate) fn terms(page: &Page) -> Vec<[String; 3]> {
    let n_groups = page.texts(".groups button").len();
    let mut all = vec![];
    for group in 0..n_groups.max(1) {
        if n_groups > 0 {
            page.browser.click(&format!(".groups button:nth-child({})", group + 1));
            page.wait("the group", 10, |page| {
                page.has(&format!(".groups button:nth-child({})[aria-pressed=true]", group + 1))
            });
        }
        let rows = rows(page);
        if page.has(".group-sum") {
            let sum: f64 = rows.iter().map(|[_, _, product]| value(product)).sum();
            let said = value(&page.text(".group-sum"));
            assert!((sum - said).abs() < 2e-4 * rows.len() as f64, "{sum}, not {said}: {rows:?}");
        }
        all.extend(rows);
    }
    for [place, factors, product] in all.iter().filter(|[_, factors, _]| !factors.is_empty()) {
        let found: f64 = factors.split('·').map(value).product();
        let said = value(product);
        assert!((found - said).abs() <= 2e-3 * said.abs() + 1e-6, "{place}: {factors} is {found}, not {said}");
    }
    all
}

/// The bias that stands behind the sum of all windows.
pub(crate) fn bias(page: &Page) -> f64 {
    let total = page.text("#cell-total");
    let inside = total.split_once(" = ").expect("an equation").0;
    inside.rsplit_once(" + bias ").map_or(0.0, |(_, bias)| value(bias))
}

fn by_keyboard() {
    let page = Page::open(&lab("small", &format!("&digit={DIGIT}")));
    page.wait_until_ready();
    page.wait("values", 20, |page| page.has(".network-bars .best"));
    page.browser.run("document.querySelector('#view-fold').focus()");
    let on = |page: &Page| {
        let layer = "return document.activeElement.closest('.planes')?.dataset.tensor ?? ''";
        page.browser.run(layer).as_str().unwrap_or_default().to_string()
    };
    for _ in 0..20 {
        if on(&page) == "input" {
            break;
        }
        page.browser.press(TAB);
    }
    // The image, then eight maps of each of three layers, and the first of the next.
    page.browser.press(&PAGE_DOWN.repeat(1 + 3 * 8));
    page.wait("conv 2", 10, |page| on(page) == "conv 2");
    page.browser.press(&format!("{}{}{}", PAGE_DOWN.repeat(2), DOWN.repeat(5), RIGHT.repeat(6)));
    page.wait("the account", 30, |page| page.text("#network-about").starts_with("conv 2, map 3, row 6, column 7"));
    page.browser.press(ENTER);
    page.wait("the cell with all its weights", 20, |page| {
        page.has("#cell-total") && !page.text("#cell-total").is_empty()
    });
    assert!(address(&page).ends_with(&format!("look=conv-2.{}", (2 * 14 + 5) * 14 + 6)), "{}", address(&page));
    assert_eq!(on(&page), "conv 2", "the focus goes along");
    assert_eq!(page.texts(".crumbs li"), ["Network", "conv 2", "map 3, row 6, column 7"]);

    let spec = Preset::Small.spec();
    let [values, _] = live::layers(&spec, SEED, DIGIT);
    let parameters = live::parameters(&spec, SEED, &["conv 2.weight", "conv 2.bias"]);
    let shown = value(&page.text("#cell-value"));
    let want = f64::from(values["conv 2"][(2 * 14 + 5) * 14 + 6]);
    assert!((shown - want).abs() < 1e-3 * want.abs().max(0.1), "{shown}, not {want}");
    let terms = terms(&page);
    assert_eq!(terms.len(), 8 * 25);
    for (i, [place, factors, _]) in terms.iter().enumerate() {
        let (channel, r, s) = (i / 25, i / 5 % 5, i % 5);
        let (row, column) = (5 + r - 2, 6 + s - 2);
        assert_eq!(*place, format!("row {}, column {}", row + 1, column + 1));
        let (x, w) = factors.split_once(" · ").expect("a product");
        for (said, want) in [
            (x, values["max-pool 1"][(channel * 14 + row) * 14 + column]),
            (w, parameters[0][((2 * 8 + channel) * 5 + r) * 5 + s]),
        ] {
            let (said, want) = (value(said), f64::from(want));
            assert!((said - want).abs() <= 1e-3 * want.abs() + 1e-9, "{place}: {said}, not {want}");
        }
    }
    let sum: f64 = terms.iter().map(|[_, _, product]| value(product)).sum::<f64>() + bias(&page);
    assert!((sum - shown).abs() < 5e-3, "{sum}, not {shown}");
    let said = page.browser.run("return document.querySelector('.cell-place .cursor').getAttribute('aria-label')");
    let said = said.as_str().unwrap_or_default();
    assert!(said.contains("conv 2, map 3, row 6, column 7") && said.ends_with(&page.text("#cell-total")), "{said}");

    // From there to the cell beside it, and to the same place of the next map.
    page.browser.run("document.querySelector('.cell-place .cursor').focus()");
    page.browser.press(&format!("{RIGHT}{PAGE_DOWN}"));
    page.wait("the next map", 10, |page| {
        page.texts(".crumbs li").last().is_some_and(|at| at == "map 4, row 6, column 8")
    });
    page.browser.press(&format!("{PAGE_UP}{ESCAPE}"));
    page.wait("the layer", 10, |page| level(page) == "1" && page.has(".layer-level"));
    page.wait("the focus where one came from", 10, |page| on(page) == "conv 2");
    page.browser.press(ESCAPE);
    page.wait("the network", 10, |page| level(page) == "0" && page.has(".network-flow"));
    page.browser.press(ESCAPE);
    assert_eq!(level(&page), "0");
    page.check_silence();
}

fn backward() {
    let spec = Preset::Small.spec();
    let [_, gradients] = live::layers(&spec, SEED, DIGIT);
    for (layer, cell) in [("max-pool-1", 2 * 196 + 75), ("relu-1", 900), ("linear-1", 4), ("max-pool-2", 100)] {
        let page = at_level("small", &format!("{layer}.{cell}"), &format!("&dir=backward&digit={DIGIT}"));
        page.wait("its total", 20, |page| !page.text("#cell-total").is_empty());
        let name = layer.replace("-1", " 1").replace("-2", " 2");
        let want = f64::from(gradients[&name][cell]);
        let shown = value(&page.text("#cell-value"));
        assert!((shown - want).abs() <= 1e-3 * want.abs() + 1e-9, "{name}: {shown}, not {want}");
        let sum: f64 = terms(&page).iter().map(|[_, _, product]| value(product)).sum();
        let constants = if layer == "linear-1" { bias(&page) } else { 0.0 };
        assert!((sum + constants - shown).abs() < 5e-3 * shown.abs().max(0.1), "{name}: {sum}, not {shown}");
        page.check_silence();
    }
    // What a cell gives to another is among the terms of that one.
    let page = at_level("small", "max-pool-1.471", &format!("&digit={DIGIT}"));
    page.wait_for("#cell-goes-into", 20);
    page.browser.click("#cell-goes-into");
    page.wait("the products", 20, |page| rows(page).iter().any(|[_, _, product]| !product.is_empty()));
    let [place, _, product] = rows(&page)[0].clone();
    let place = format!("{}, {place}", page.text(".term-table caption"));
    page.browser.click(".term-table tbody .crumb");
    page.wait("that cell", 10, |page| page.text("#network-about").starts_with(&place));
    page.browser.click("#cell-made-of");
    page.wait("its total", 20, |page| !page.text("#cell-total").is_empty());
    let found = terms(&page)[2 * 25..3 * 25].iter().find(|[from, ..]| from == "row 6, column 10").cloned();
    assert_eq!(found.map(|[_, _, product]| product), Some(product));
    page.check_silence();
}

fn history() {
    let page = Page::open(&lab("small", &format!("&digit={DIGIT}")));
    page.wait_until_ready();
    page.wait("values", 20, |page| page.has(".network-bars .best"));
    let n_entries = |page: &Page| page.browser.run("return history.length").as_u64().unwrap_or_default();
    let before = n_entries(&page);
    page.browser.click(".layer-name[data-layer='conv 2']");
    page.wait_for(".layer-level", 30);
    assert!(address(&page).ends_with("&look=conv-2"), "{}", address(&page));
    page.browser.click("[data-side=out] .planes");
    page.wait_for(".cell-level", 10);
    let cell = address(&page);
    assert!(cell.contains("&look=conv-2."), "{cell}");
    assert_eq!(n_entries(&page), before + 2);
    // The browser's Back goes up one level, and Forward comes back.
    for (step, wanted) in [("back", "1"), ("back", "0"), ("forward", "1"), ("forward", "2")] {
        page.browser.run(&format!("history.{step}()"));
        page.wait(step, 10, |page| level(page) == wanted);
    }
    assert_eq!(address(&page), cell);
    // Escape goes one level at a time, and leaves nothing behind that Back would come to.
    page.browser.click("#view-backward");
    page.wait("the direction in the address", 10, |page| address(page).ends_with("&dir=backward"));
    page.browser.press(ESCAPE);
    page.wait("the layer", 10, |page| level(page) == "1");
    page.wait("its address", 10, |page| address(page).ends_with("&look=conv-2&dir=backward"));
    page.browser.press(ESCAPE);
    page.wait("the network", 10, |page| level(page) == "0");
    page.wait("its address", 10, |page| address(page).ends_with(&format!("seed={SEED}&dir=backward")));
    assert_eq!(n_entries(&page), before + 2, "the entries of before");
    // Two at once, and the way back by its buttons.
    page.browser.run("history.go(2)");
    page.wait("the cell of two entries on", 10, |page| level(page) == "2" && page.has(".cell-level"));
    page.browser.press(&ESCAPE.repeat(2));
    page.wait("the network", 10, |page| level(page) == "0" && page.has(".network-flow"));
    page.browser.run(&format!("location.hash = {cell:?}"));
    page.wait("the cell", 10, |page| page.has(".cell-level"));
    page.browser.click(".crumbs li:first-child button");
    page.wait("the network", 10, |page| level(page) == "0" && page.has(".network-flow"));
    // A click on empty space, and a level that is opened anew.
    page.go(&cell[1..]);
    page.wait("the cell of the link", 30, |page| page.has("#cell-value"));
    page.browser.run("document.querySelector('.cell-level').click()");
    page.wait("the layer", 10, |page| level(page) == "1");
    // What is no part of the network is said to be none.
    page.go(&lab("small", "&look=conv-9"));
    page.wait("the network", 10, |page| level(page) == "0");
    page.wait("word of it", 10, |page| {
        page.browser.run("return document.body.textContent").as_str().is_some_and(|text| text.contains("no such layer"))
    });
    page.check_silence();
}

fn layers() {
    let page = at_level("small", "conv-2", &format!("&digit={DIGIT}"));
    page.wait_for("[data-tensor='conv 2.weight']", 20);
    assert_eq!(
        page.texts("#layer-account dd"),
        ["⌊(14 + 2·2 − 5) / 1⌋ + 1 = 14", "(5·5·8 + 1)·16 = 3,216", "14·14·16 · 5·5·8 = 627,200", "14×14"]
            [..page.texts("#layer-account dd").len()]
    );
    let rule = page.text(".layer-rule");
    for part in ["5×5", "16 maps", "8.", "1 (stride)"] {
        assert!(rule.contains(part), "{part}: {rule}");
    }
    page.browser.click("#as-table");
    page.wait_for("[data-side=out] table", 10);
    let spec = Preset::Small.spec();
    let [values, _] = live::layers(&spec, SEED, DIGIT);
    let weights = &live::parameters(&spec, SEED, &["conv 2.weight"])[0];
    for (side, tensor, w, map) in
        [("in", &values["max-pool 1"], 14, 5), ("kernels", weights, 5, 77), ("out", &values["conv 2"], 14, 15)]
    {
        page.browser.run(&format!(
            "const select = document.querySelector('[data-side={side}] .table-map');
             select.selectedIndex = {map};
             select.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        ));
        let want: Vec<String> = tensor[map * w * w..][..w * w].iter().map(|value| number(*value)).collect();
        page.wait("the map", 10, |page| page.texts(&format!("[data-side={side}] tbody td")) == want);
        assert_eq!(page.texts(&format!("[data-side={side}] thead th")).len(), w);
        assert_eq!(page.texts(&format!("[data-side={side}] tbody th")).len(), w);
    }
    page.browser.click("#as-table");
    page.wait_for("[data-side=out] canvas", 10);
    // Pointing at a cell of what goes out lights its window and its kernel.
    page.browser.run("document.querySelector('[data-side=out] .cursor').focus()");
    page.wait_for("[data-side=in] .source", 10);
    page.wait_for("[data-side=kernels] .source", 10);
    assert!(page.text("#network-about").starts_with("conv 2, map 1, row 1, column 1"));
    page.check_silence();
    // Many weights are leafed through.
    let page = at_level("slides", "linear-1", "");
    page.wait_for(".sheets", 30);
    let first = page.text(".sheets span");
    page.browser.click(".sheets button:last-child");
    page.wait("the next sheet", 20, |page| page.text(".sheets span") != first);
    page.check_silence();
}

fn kinds() {
    let texts = [
        "28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10",
        "28x28x1:b1,w3,n,o0.3,t,a2,cat(c2x1;r;),f,d10",
        "28x28x1:c4x5s2,l,mul(v,f,d4;),u2,g,v,f,d10",
    ];
    let mut n = 0;
    for text in texts {
        let outputs = Spec::read(text).expect("a network").outputs().expect("a network that fits");
        let page = at_level(text, "input", "");
        for output in outputs {
            let look = output.name.replace(" / ", "_").replace(' ', "-");
            page.turn("/lab", &format!("net={text}&seed={SEED}&look={look}"));
            page.wait("the layer", 20, |page| {
                page.text(".crumbs [aria-current]") == output.name && page.has("[data-side=out] canvas")
            });
            assert!(!page.text(".layer-rule p").is_empty(), "{}", output.name);
            // Away from the edges, which padding fills.
            let [c, h, w] = output.shape;
            let cell = c / 2 * h * w + h / 2 * w + w / 2;
            page.turn("/lab", &format!("net={text}&seed={SEED}&look={look}.{cell}"));
            page.wait(&format!("the total of {look}.{cell}"), 20, |page| page.text("#cell-total").contains(" = "));
            n += 1;
        }
        page.check_silence();
    }
    assert!(n >= 25, "{n}");
}

fn moves() {
    for (motion, n_moves) in [("no-preference", 1), ("reduce", 0)] {
        let page = Page::open(&lab("small", ""));
        page.browser.prefer(&[("prefers-reduced-motion", motion)]);
        page.wait_until_ready();
        page.browser.run("document.querySelector('[data-tensor=input] .cursor').focus()");
        page.wait("the chapters", 30, |page| page.text("#network-about").starts_with("the image"));
        page.browser.run(
            "window.moves = new Set();
             const look = () => { document.querySelector('.level').getAnimations().forEach(a => moves.add(a.animationName)); requestAnimationFrame(look) };
             look()",
        );
        page.browser.click(".layer-name[data-layer='conv 1']");
        page.wait_for(".layer-level", 10);
        page.browser.run("return new Promise(done => setTimeout(done, 300))");
        let found = page.browser.run("return [...moves].join()");
        assert_eq!(found, if n_moves == 1 { "leave-in,enter-in" } else { "" });
        page.check_silence();
    }
}

fn from_the_front() {
    let page = Page::open("/?data=digits&seed=7");
    page.wait("values", 20, |page| page.has(".network-bars .best"));
    assert!(!page.has("#view-update"), "there is no step yet to take apart");
    page.browser.click("#view-backward");
    page.browser.click(".layer-name[data-layer='conv 2']");
    page.wait_for(".lab .layer-level", 30);
    assert!(address(&page).ends_with("&look=conv-2&dir=backward"), "{}", address(&page));
    page.browser.run("history.back()");
    page.wait_for(".front", 20);
    page.browser.click("[data-tensor='conv 1']");
    page.wait_for(".lab .cell-level", 30);
    page.check_silence();
}

fn training() {
    let page = at_level("small", "conv-2.100", "&epochs=20");
    page.wait("its total", 20, |page| !page.text("#cell-total").is_empty());
    page.note_long_tasks();
    page.browser.click("#train");
    let mut seen = vec![page.text("#cell-value")];
    for _ in 0..3 {
        page.wait("another value", 20, |page| !seen.contains(&page.text("#cell-value")));
        seen.push(page.text("#cell-value"));
    }
    page.check_fluent("a cell is shown while the network trains");
    page.browser.click("#pause");
    page.browser.click("#view-update");
    page.wait("word that no step is kept", 20, |page| page.text("#network-about").contains("Press Step"));
    page.browser.click("#step");
    page.wait("the step", 20, |page| page.text("#network-about").starts_with("Step "));
    assert_eq!(page.texts(".updates .network-layer figcaption").len(), 2, "the weights and the bias of its kernel");
    page.browser.press(ESCAPE);
    page.wait("the layer's step", 20, |page| {
        level(page) == "1"
            && page.texts(".updates .network-layer figcaption").first().is_some_and(|text| text.contains("3,200"))
    });
    page.check_silence();
}

fn access() {
    let page = open(&lab("small", ""));
    page.wait_until_ready();
    let mut found = vec![];
    for look in ["conv-2", "linear-1", "conv-2.100", "linear-1.3", "max-pool-1.5", "input.400"] {
        for direction in ["forward", "backward", "update"] {
            page.turn("/lab", &format!("net=small&seed={SEED}&look={look}&dir={direction}"));
            page.wait("the level", 20, |page| page.has(".layer-level") || page.has(".cell-level"));
            if look == "conv-2" && direction == "forward" {
                page.browser.click("#as-table");
            }
            // In dark colours a phone shows nothing that a desktop does not.
            for (width, height, colours) in [(1280, 900, &COLOURS[..]), (390, 844, &COLOURS[..1])] {
                page.browser.resize(width, height);
                page.browser
                    .run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
                let wide = over(&page);
                if !wide.is_empty() {
                    found.push(format!("{look}, {direction}, {width} px: wider by {wide}"));
                }
                for (colours, options) in colours {
                    page.browser.prefer(&[("prefers-color-scheme", *colours), ("prefers-reduced-motion", "reduce")]);
                    let wrong = check(&page, options);
                    found.extend(
                        wrong.iter().map(|wrong| format!("{look}, {direction}, {width} px, {colours}: {wrong}")),
                    );
                }
            }
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    page.check_silence();
}
