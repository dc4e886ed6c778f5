//! The pad as hands use it, what it says of drawings that are no digit, and whose weights are on the stage.

use crate::Test;
use crate::need::Need;
use receptive_data::sheet::Sheet;
use receptive_e2e::page::Page;
use receptive_lessons::chapters;

pub(crate) const TESTS: &[Test] = &[
    (
        "a dot, a dash and a cross look like no digit, and a seven is read before anything is trained",
        Need::Nothing,
        judged,
    ),
    ("a seven on a photo of paper is found and read, and bare paper gets a message", Need::Nothing, photographed),
    ("in the Lab one draws in the place of the image, and a photo comes there too", Need::Nothing, in_the_network),
    ("two fingers draw two strokes, and only a pressed primary button draws", Need::Nothing, hands),
    ("a drawing and its strokes survive a visit to the Lab", Need::Nothing, kept),
    ("the pad is as sharp as a screen of scale 3", Need::Nothing, sharp),
    ("no field that is typed into on a phone has letters below 16 pixels", Need::Nothing, letters),
    ("a lesson says whose weights it shows, and fresh ones can be chosen", Need::Nothing, weights),
];

const DRAW: &str = "/draw?data=digits&seed=5";

/// Defines `point(kind, id, x, y, buttons, type, button)`: a pointer on the pad, in hundredths of its side.
const POINT: &str = r"
window.point = (kind, id, x, y, buttons = 1, pointerType = 'touch', button = 0) => {
  const pad = document.querySelector('#pad'), box = pad.getBoundingClientRect();
  pad.dispatchEvent(new PointerEvent('pointer' + kind, { bubbles: true, cancelable: true, pointerId: id, pointerType, button, buttons,
    clientX: box.left + box.width * x / 100, clientY: box.top + box.height * y / 100 }));
};
// How light a place on the pad is, 0 to 255: ink is light there, whatever the colours of the page.
window.level = (x, y) => {
  const pad = document.querySelector('#pad'), at = share => Math.floor(pad.width * share / 100);
  return pad.getContext('2d').getImageData(at(x), at(y), 1, 1).data[0];
};";

fn is_disabled(page: &Page, selector: &str) -> bool {
    page.browser.run(&format!("return document.querySelector('{selector}').disabled")) == true
}

fn judged() {
    let page = Page::open(DRAW);
    page.wait_for("#pad", 20);
    let no_digits: [&[&[(i32, i32)]]; 3] =
        [&[&[(0, 0), (2, 2)]], &[&[(-80, 0), (80, 6)]], &[&[(-70, -70), (70, 70)], &[(70, -70), (-70, 70)]]];
    for strokes in no_digits {
        strokes.iter().for_each(|stroke| page.browser.drag("#pad", stroke));
        page.wait_for("#no-digit", 20);
        assert!(page.text("#likeness").contains("of MNIST’s 10,000 test digits"), "{}", page.text("#likeness"));
        page.browser.click("#clear");
        page.wait("a blank pad", 10, |page| !page.has("#no-digit"));
    }
    page.browser.drag("#pad", &[(-60, -85), (60, -85), (-10, 100)]);
    page.wait("a seven", 20, |page| page.has("#reads") && page.text("#reads").contains("a 7"));
    assert!(!page.has("#no-digit"));
    assert!(page.text("#weights-about").contains("came with the page"), "{}", page.text("#weights-about"));
    page.check_silence();
}

/// A photo of paper in light from one side, 200×150, with a seven on it or without.
fn photo(is_blank: bool) -> Vec<u8> {
    const SIZE: [usize; 2] = [150, 200];
    let mut sheet = Sheet::blank(SIZE[1]);
    if !is_blank {
        sheet.stroke(&[(70.0, 40.0), (120.0, 40.0), (90.0, 115.0)], 7.0);
    }
    let level = |(i, ink): (usize, &f32)| {
        let light = 230.0 - 100.0 * (i % SIZE[1]) as f32 / SIZE[1] as f32;
        (light * (1.0 - 0.7 * ink)) as u8
    };
    let levels: Vec<_> = sheet.ink()[..SIZE[0] * SIZE[1]].iter().enumerate().map(level).collect();
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, SIZE[1] as u32, SIZE[0] as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("memory takes it");
    writer.write_image_data(&levels).expect("memory takes it");
    writer.finish().expect("memory takes it");
    bytes
}

fn photographed() {
    let page = Page::open(DRAW);
    page.wait_for("#pad", 20);
    let upload = |name: &str, is_blank: bool| {
        let path = page.browser.file(name, &photo(is_blank));
        page.browser.keys("#photo-file", &path.display().to_string());
    };
    upload("seven.png", false);
    page.wait("a seven", 20, |page| page.has("#reads") && page.text("#reads").contains("a 7"));
    assert!(!page.has("#no-digit") && !page.has("#photo-problem"));
    upload("blank.png", true);
    page.wait("a message", 10, |page| page.has("#photo-problem"));
    assert!(page.text("#photo-problem").contains("Nothing written"), "{}", page.text("#photo-problem"));
    assert!(page.text("#reads").contains("a 7"), "what was on the pad stays");
    page.check_silence();
}

fn in_the_network() {
    let page = Page::open("/lab?data=digits&seed=5");
    page.wait_until_ready();
    page.wait("values", 20, |page| page.has(".network-bars .best"));
    page.browser.run("document.querySelector('#view-draw').click()");
    page.wait_for(".input-pad canvas.pad", 10);
    page.browser.drag(".input-pad canvas.pad", &[(-40, -60), (40, -60), (-10, 70)]);
    page.wait("the drawing in the network", 10, |page| page.text(".network-digit") == "your drawing");
    let drawn = page.texts(".network-bars li");
    let path = page.browser.file("seven.png", &photo(false));
    page.browser.keys("#photo-file", &path.display().to_string());
    page.wait("the photo in the network", 10, |page| page.texts(".network-bars li") != drawn);
    page.browser.run("document.querySelector('#view-next').click()");
    page.wait("a digit of the data", 10, |page| page.text(".network-digit") != "your drawing");
    page.check_silence();
}

fn hands() {
    let page = Page::open(DRAW);
    page.wait_for("#pad", 20);
    page.browser.run(POINT);
    page.browser.run("point('down', 7, 50, 50, 2, 'mouse', 2); point('move', 7, 60, 60, 2, 'mouse'); point('move', 7, 70, 70, 0, 'mouse')");
    page.browser.run("point('move', 8, 30, 30, 1, 'mouse')");
    assert!(is_disabled(&page, "#undo"), "neither the right button nor one that was pressed elsewhere draws");
    page.browser.run(
        "point('down', 1, 20, 20); point('down', 2, 80, 20); point('move', 1, 20, 80); point('move', 2, 80, 80); \
         point('up', 1, 20, 80, 0); point('up', 2, 80, 80, 0); point('move', 1, 50, 50, 0)",
    );
    let levels =
        page.browser.run("return [level(20, 50), level(80, 50), level(50, 50), level(50, 20), level(50, 80)].join()");
    assert_eq!(levels.as_str(), Some("255,255,0,0,0"), "two lines, and nothing between them");
    page.browser.click("#undo");
    page.wait("one stroke", 5, |page| page.browser.run("return level(80, 50)") == 0);
    assert_eq!(page.browser.run("return level(20, 50)"), 255);
    page.browser.click("#clear");
    // A mouse that was released outside comes back with no button down.
    page.browser.run("point('down', 3, 20, 20, 1, 'mouse'); point('move', 3, 80, 80, 0, 'mouse'); point('move', 3, 80, 20, 1, 'mouse')");
    assert_eq!(page.browser.run("return level(50, 50)"), 0);
    page.browser.click("#clear");
    page.browser.click("#pen-thick");
    page.browser.run("point('down', 4, 50, 20, 1, 'mouse'); point('move', 4, 50, 80, 1, 'mouse'); point('up', 4, 50, 80, 0, 'mouse')");
    assert_eq!(page.browser.run("return level(55, 50)"), 255, "the thick pen is 34 of 280 wide");
    page.check_silence();
}

fn kept() {
    let page = Page::open(DRAW);
    page.wait_for("#pad", 20);
    page.browser.drag("#pad", &[(-60, -85), (60, -85), (-10, 100)]);
    page.wait_for("#reads", 20);
    page.browser.drag("#pad", &[(-30, 0), (40, 0)]);
    page.turn("/lab", "");
    page.wait_for("#train", 20);
    page.turn("/draw", "");
    page.wait_for("#reads", 20);
    page.browser.click("#undo");
    page.browser.click("#undo");
    page.wait("a blank pad", 10, |page| is_disabled(page, "#undo"));
    page.check_silence();
}

fn sharp() {
    let page = Page::open_with(DRAW, "Object.defineProperty(window, 'devicePixelRatio', { get: () => 3 });", "");
    page.wait_for("#pad", 20);
    let ratio = page
        .browser
        .run("const pad = document.querySelector('#pad'); return pad.width / pad.getBoundingClientRect().width");
    assert!(ratio.as_f64().is_some_and(|ratio| (ratio - 3.0).abs() < 0.02), "{ratio}");
}

fn letters() {
    const SMALL: &str = r"
const fields = [...document.querySelectorAll('input, select, textarea')].filter(e => !['checkbox', 'radio', 'range', 'file'].includes(e.type) && e.offsetWidth);
return fields.filter(e => { e.focus(); return !e.disabled && parseFloat(getComputedStyle(e).fontSize) < 16 }).map(e => e.id || e.outerHTML.slice(0, 60)).join(', ');";
    let page = Page::open("/lab?data=digits");
    page.wait_for("#train", 20);
    page.browser.resize(390, 844);
    let mut small = vec![];
    let paths = chapters::ALL.iter().map(|chapter| format!("/lesson/{}", chapter.key));
    for path in paths.chain(["/lab".into(), "/draw".into(), "/".into()]) {
        page.turn(&path, "");
        let found = page.browser.run(SMALL).as_str().unwrap_or_default().to_string();
        if !found.is_empty() {
            small.push(format!("{path}: {found}"));
        }
    }
    assert!(small.is_empty(), "{}", small.join("\n"));
}

fn weights() {
    let page = Page::open("/lesson/softmax?on=digit&data=digits&seed=5");
    page.wait("shipped weights", 30, |page| {
        page.has("#weights-about") && page.text("#weights-about").contains("came with the page")
    });
    page.browser.click("#weights-run");
    page.wait("fresh weights", 30, |page| page.text("#weights-about").contains("not trained yet"));
    page.wait("the address", 5, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("netfrom=lab"))
    });
    page.check_silence();
}
