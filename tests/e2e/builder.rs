//! Building a network by hand in the page, and taking it to the Lab.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("the ledger adds the decks' networks up to the parameters that the decks count", Need::Nothing, totals),
    ("the lectures' network is built by hand, and its link holds it", Need::Nothing, by_hand),
    ("a layer that cannot be is explained and mended by one click, undone and done again", Need::Nothing, mended),
    ("nonsense in a layer's field gets a message beside it and changes nothing", Need::Nothing, nonsense),
    ("a block is added by a button, and changed as text", Need::Nothing, blocks),
    ("a layer is dragged to another place", Need::Nothing, dragged),
    ("a network of one's own trains in the Lab, and gives way only when asked", Need::Nothing, to_the_lab),
];

const LECTURES: &str = "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10";
/// Its parameters.
const LECTURES_TOTAL: &str = "1,199,882";
const ENTER: &str = "\u{e007}";

/// Parameters of all layers, as the ledger's last row has them.
fn total(page: &Page) -> String {
    page.text("#lesson-ledger tbody tr:last-child td:nth-child(4)")
}

fn wait_for_total(page: &Page, total_wanted: &str) {
    page.wait(&format!("{total_wanted} parameters"), 10, |page| total(page) == total_wanted);
}

/// The layers' names in the list, first to last.
fn layers(page: &Page) -> Vec<String> {
    page.texts(".builder-layers .layer-name")
}

/// A button of the layer at a place: 1 moves it up, 2 moves it down, 3 takes it out.
fn tool(layer: usize, button: usize) -> String {
    format!(".builder-layers li:nth-child({}) .layer-tools button:nth-child({button})", layer + 1)
}

/// Clicks a button. The time line sticks to the window's end and may lie over it: the middle is free.
fn click(page: &Page, selector: &str) {
    page.browser.run(&format!("document.querySelector({selector:?}).scrollIntoView({{ block: 'center' }})"));
    page.browser.click(selector);
}

/// Clicks, and waits until the list has so many layers.
fn click_until(page: &Page, selector: &str, n_layers: usize) {
    click(page, selector);
    page.wait(&format!("{n_layers} layers"), 5, |page| layers(page).len() == n_layers);
}

/// Chooses the layer whose field this is, so that the field is there. Fields of the input always are.
fn choose(page: &Page, field: &str) {
    let layer = field.strip_prefix("layer-").and_then(|rest| rest.split('-').next()?.parse::<usize>().ok());
    if let Some(layer) = layer {
        click(page, &format!(".builder-layers li:nth-child({}) .layer-name", layer + 1));
    }
    page.wait_for(&format!("#{field}"), 5);
}

/// Types a number into a field of a layer or of the input, and waits until it stands there.
fn set(page: &Page, field: &str, value: usize) {
    choose(page, field);
    let selector = format!("#{field}");
    page.browser.type_into(&selector, &format!("{value}{ENTER}"));
    page.wait(&format!("{value} in {field}"), 5, |page| page.texts(&selector) == [value.to_string()]);
}

/// The address, which is written when it has not changed for a while.
fn hash(page: &Page) -> String {
    std::thread::sleep(std::time::Duration::from_millis(500));
    page.browser.run("return location.hash").as_str().unwrap_or_default().to_string()
}

/// Waits until the address holds a text.
fn wait_for_hash(page: &Page, text: &str) {
    page.wait(&format!("{text} in the address"), 5, |page| hash(page).contains(text));
}

fn totals() {
    let page = Page::open("/lesson/building?data=digits");
    wait_for_total(&page, LECTURES_TOTAL);
    for (start, wanted) in [("exercise-valid", "3,697,962"), ("exercise-same", "4,205,866")] {
        page.set_address(&format!("/lesson/building?start={start}&data=digits"));
        wait_for_total(&page, wanted);
    }
    page.check_silence();
}

fn by_hand() {
    let page = Page::open("/lesson/building?start=linear&data=digits");
    page.wait("the simplest network", 10, |page| layers(page) == ["1. flatten", "2. linear 10"]);
    click_until(&page, &tool(1, 3), 1);
    click_until(&page, &tool(0, 3), 0);
    // The flatten comes too early on purpose: it is moved afterwards.
    for (i, kind) in ["conv", "relu", "conv", "relu", "flatten", "max", "dense", "relu", "dense"].iter().enumerate() {
        click_until(&page, &format!("#add-{kind}"), i + 1);
    }
    click(&page, &tool(4, 2));
    page.wait("the flatten after the pooling", 5, |page| layers(page)[5] == "6. flatten");
    for (field, value) in [
        ("layer-0-kernels", 32),
        ("layer-0-padding", 0),
        ("layer-2-kernels", 64),
        ("layer-2-padding", 0),
        ("layer-6-units", 128),
    ] {
        set(&page, field, value);
    }
    wait_for_total(&page, LECTURES_TOTAL);
    wait_for_hash(&page, &format!("layers={LECTURES}"));
    let (built, link) = (layers(&page), hash(&page));
    page.go(link.trim_start_matches('#'));
    wait_for_total(&page, LECTURES_TOTAL);
    assert_eq!(layers(&page), built);
    page.check_silence();
}

fn mended() {
    let page = Page::open("/lesson/building?data=digits");
    wait_for_total(&page, LECTURES_TOTAL);
    // Kernels of 3×3 over 2×2 maps.
    set(&page, "input-rows", 4);
    set(&page, "input-columns", 4);
    page.wait_for("#builder-mend", 5);
    let broken = "#lesson-ledger tbody tr:nth-last-child(2)";
    assert!(page.text(&format!("{broken} th")).starts_with("3. conv"), "{}", page.text(broken));
    assert!(page.text(&format!("{broken} td:nth-child(3)")).len() > 20, "{}", page.text(broken));
    assert!(page.texts(".board-text")[0].starts_with("This cannot be built yet."), "{:?}", page.texts(".board-text"));
    assert!(page.has("#builder-send[disabled]"));
    click(&page, "#builder-mend");
    page.wait("a network that can be built", 5, |page| !page.has("#builder-mend"));
    // 2×2 maps come out of the second convolution, 1×1 out of the pooling: 320 + 18,496 + 65·128 + 129·10.
    wait_for_total(&page, "28,426");
    choose(&page, "layer-2-padding");
    assert_eq!(page.texts("#layer-2-padding"), ["1"]);

    click(&page, "#builder-undo");
    page.wait_for("#builder-mend", 5);
    assert_eq!(page.texts("#layer-2-padding"), ["0"]);
    click(&page, "#builder-redo");
    wait_for_total(&page, "28,426");
    assert!(page.has("#builder-redo[disabled]"));
    for _ in 0..3 {
        click(&page, "#builder-undo");
    }
    wait_for_total(&page, LECTURES_TOTAL);
    assert!(page.has("#builder-undo[disabled]"));

    // A convolution that finds a row instead of maps.
    click(&page, ".builder-layers li:nth-child(6) .layer-name");
    page.wait_for(".builder-layers li:nth-child(6).now", 5);
    click_until(&page, "#add-conv", 10);
    page.wait_for("#builder-mend", 5);
    click(&page, "#builder-mend");
    page.wait("a network that can be built", 5, |page| !page.has("#builder-mend"));
    assert_eq!(layers(&page)[6], "7. flatten");
    page.check_silence();
}

fn nonsense() {
    let page = Page::open("/lesson/building?data=digits");
    wait_for_total(&page, LECTURES_TOTAL);
    let before = layers(&page);
    for field in ["layer-0-kernels", "layer-0-size", "layer-6-units", "input-rows"] {
        choose(&page, field);
        let (selector, problem) = (format!("#{field}"), format!("#{field}-problem"));
        let (value, link) = (page.texts(&selector), hash(&page));
        // Of letters, a field for numbers takes only those that a number can have.
        for typed in ["e", "ee-", "0", "99999999", "-3", "2.5"] {
            page.browser.type_into(&selector, &format!("{typed}{ENTER}"));
            page.wait(&format!("a word about {typed}"), 5, |page| page.has(&problem));
            assert!(page.text(&problem).contains("from 1 to"), "{field}, {typed}: {}", page.text(&problem));
            assert_eq!(page.texts(&selector), value, "{field}, {typed}");
        }
        assert_eq!((layers(&page), total(&page), hash(&page)), (before.clone(), LECTURES_TOTAL.into(), link));
        set(&page, field, 9);
        page.wait(&format!("{field} without a complaint"), 5, |page| !page.has(&problem));
        click(&page, "#builder-undo");
        wait_for_total(&page, LECTURES_TOTAL);
    }
    page.check_silence();
}

fn blocks() {
    let page = Page::open("/lesson/building?data=digits&layers=28x28x1:c8x3p1,r,m2,f,d10");
    wait_for_total(&page, "15,770");
    click(&page, ".builder-layers li:nth-child(2) .layer-name");
    click(&page, ".builder-more summary");
    // Behind the ReLU come 8 maps: two convolutions of 8 kernels, 8·(9·8 + 1) each.
    click_until(&page, "#add-residual", 6);
    wait_for_total(&page, "16,938");
    assert!(page.text("#lesson-caption").contains("2 branches read the same maps"), "{}", page.text("#lesson-caption"));
    click_until(&page, "#add-batch-norm", 7);
    wait_for_total(&page, "16,954");
    click_until(&page, "#add-dropout", 8);
    assert!(page.text("#lesson-caption").contains("probability of 50 %"), "{}", page.text("#lesson-caption"));
    set(&page, "layer-4-rate", 20);
    page.wait("the rate in words", 5, |page| page.text("#lesson-caption").contains("probability of 20 %"));

    click(&page, ".builder-text summary");
    let text = "#builder-text";
    let typed = |text: &str| {
        page.browser.run(&format!("const field = document.querySelector('#builder-text'); field.value = {text:?}; field.dispatchEvent(new Event('change', {{ bubbles: true }}))"));
    };
    assert_eq!(page.texts(text), ["28x28x1:c8x3p1,r,add(c8x3p1,r,c8x3p1;),n,o0.2,m2,f,d10"]);
    for bad in ["28x28x1:c8x3p1,add(", "28x28x1:q", "28x28x1:add(;)))", "nothing"] {
        typed(bad);
        page.wait_for("#builder-text-problem", 5);
        assert!(page.text("#builder-text-problem").len() > 40, "{bad}: {}", page.text("#builder-text-problem"));
        assert_eq!(total(&page), "16,954", "{bad}");
    }
    typed("28x28x1:c8x3p1,r,cat(c4x3p1,r;),m2,f,d10");
    page.wait("the complaint to go", 5, |page| !page.has("#builder-text-problem"));
    // 80 + 4·(9·8 + 1) + 10·(12·196 + 1).
    wait_for_total(&page, "23,902");
    click(&page, "#builder-undo");
    wait_for_total(&page, "16,954");
    page.check_silence();
}

/// Drags a layer onto another by its grip.
fn drag(page: &Page, from: usize, to: usize) {
    let down = page.browser.run(&format!(
        "const [from, to] = [{from}, {to}].map(i => document.querySelectorAll('.builder-layers .grip')[i]);
         from.scrollIntoView({{ block: 'center' }});
         return Math.round(to.getBoundingClientRect().y - from.getBoundingClientRect().y)"
    ));
    let down = down.as_i64().unwrap_or_default() as i32;
    let grip = format!(".builder-layers li:nth-child({}) .grip", from + 1);
    page.browser.drag(&grip, &[(0, 0), (0, down / 8), (0, down / 2), (0, down - 3), (0, down), (2, down), (4, down)]);
    page.wait("the end of the drag", 5, |page| !page.has(".builder-layers li.dragged"));
}

fn dragged() {
    let page = Page::open("/lesson/building?data=digits");
    wait_for_total(&page, LECTURES_TOTAL);
    drag(&page, 4, 1);
    let pooled_early = "28x28x1:c32x3,m2,r,c64x3,r,f,d128,r,d10";
    wait_for_hash(&page, &format!("layers={pooled_early}"));
    assert_eq!(layers(&page)[1], "2. max-pool 2");
    // 11×11 maps of 64 come out of the second convolution: 320 + 18,496 + 7,745·128 + 129·10.
    wait_for_total(&page, "1,011,466");
    drag(&page, 1, 4);
    wait_for_total(&page, LECTURES_TOTAL);
    page.check_silence();
}

/// The training loss in the Lab.
fn loss(page: &Page) -> f64 {
    let reading = page.text("#loss-reading");
    let after = reading.rsplit("training ").next().unwrap_or_default();
    after.split_whitespace().next().and_then(|text| text.trim_end_matches([',', ';']).parse().ok()).unwrap_or(f64::NAN)
}

fn to_the_lab() {
    let page = Page::open("/lesson/building?layers=28x28x1:c4x3p1,r,m2,f,d10&data=digits&seed=3&epochs=20");
    let own = ["conv 3×3 · 4, padding 1", "ReLU", "max-pool 2", "flatten", "linear 10"];
    // (3·3·1 + 1)·4 + (14·14·4 + 1)·10.
    wait_for_total(&page, "7,890");
    click(&page, "#builder-send");
    page.wait_until_ready();
    assert_eq!(page.texts(".layers .what"), own);
    wait_for_hash(&page, "net=28x28x1:c4x3p1,r,m2,f,d10");
    click(&page, "#step");
    page.wait("the first step", 30, |page| page.text("#iteration") == "1" && loss(page).is_finite());
    let first = loss(&page);
    click(&page, "#train");
    page.wait("half the loss", 120, |page| loss(page) < first / 2.0);
    click(&page, "#pause");
    page.wait("the pause", 20, |page| page.text("#state") == "paused");
    let n_steps = page.text("#iteration");

    let lessons = "nav[aria-label=Pages] a:nth-child(2)";
    let lab = "nav[aria-label=Pages] a:nth-child(3)";
    click(&page, lessons);
    wait_for_total(&page, "7,890");
    set(&page, "layer-0-kernels", 8);
    click(&page, "#builder-send");
    page.wait_for("#builder-keep", 5);
    assert!(page.text(".builder-question").contains(&n_steps), "{}", page.text(".builder-question"));
    click(&page, "#builder-keep");
    page.wait("the question gone", 5, |page| !page.has(".builder-question"));
    click(&page, lab);
    page.wait_for("#train", 10);
    assert_eq!((page.text("#iteration"), page.texts(".layers .what")), (n_steps, own.map(String::from).to_vec()));

    click(&page, lessons);
    page.wait_for("#builder-send", 10);
    click(&page, "#builder-send");
    page.wait_for("#builder-replace", 5);
    click(&page, "#builder-replace");
    page.wait_until_ready();
    page.wait("the other network", 10, |page| page.texts(".layers .what")[0] == "conv 3×3 · 8, padding 1");
    page.wait("a run that has not begun", 10, |page| page.text("#iteration") == "0");
    page.check_silence();
}
