//! The lesson's screen against the engine.

use crate::Test;
use receptive_core::ops::{conv2d_forward, conv2d_scratch_len};
use receptive_core::{ConvGeom, ConvParams, Rng, Shape4};
use receptive_e2e::page::Page;
use receptive_lessons::{cell_numbers, number};

pub(crate) const TESTS: &[Test] = &[
    ("every number of the worked example is the engine's, step by step", false, worked_example),
    ("every number is the engine's at settings drawn at random", false, random_settings),
    ("typing a weight changes the output, and letters are refused in words", false, typing),
    ("the keyboard alone walks the time line", false, keyboard),
    ("a digit is stepped with the kernel of the network in the Lab", false, digit),
];

/// A convolution of one plane as the engine computes it.
fn engine(input: &[f32], side: usize, kernel: &[f32], params: ConvParams) -> Vec<f32> {
    let taps = kernel.len().isqrt();
    let geom = ConvGeom::new(Shape4::new(1, 1, side, side), Shape4::new(1, 1, taps, taps), params).expect("it fits");
    let mut output = vec![0.0; geom.y().len()];
    conv2d_forward(&mut output, input, kernel, &[0.0], &geom, &mut vec![0.0; conv2d_scratch_len(&geom)]);
    output
}

fn outputs(page: &Page) -> Vec<String> {
    page.texts("#lesson-output .cell > :first-child")
}

/// Steps from the first cell to the last, and compares every number on the way.
fn walk(page: &Page, wanted: &[f32]) {
    page.wait_for("#lesson-output", 20);
    let texts = cell_numbers(wanted.iter().copied());
    for (i, value) in wanted.iter().enumerate() {
        let place = format!("{} of {}", i + 1, wanted.len());
        page.wait(&place, 10, |page| page.text("#lesson-position").contains(&place));
        assert_eq!(page.text("#lesson-sum"), number(*value), "the sum at {place}");
        let shown = outputs(page);
        for (j, text) in shown.iter().enumerate() {
            let wanted = if j <= i { texts[j].as_str() } else { "" };
            assert_eq!(text, wanted, "output {j} at {place}");
        }
        if i + 1 < wanted.len() {
            page.browser.click("#forward");
        }
    }
}

fn worked_example() {
    let page = Page::open("/lesson/convolution");
    let input = receptive_lessons::conv2d::example_input().values;
    let kernel = receptive_lessons::kernels::ALL[0].matrix().values;
    let wanted = engine(&input, 5, &kernel, ConvParams::default());
    assert_eq!(wanted, [2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0], "the decks' numbers");
    walk(&page, &wanted);
    page.check_silence();
}

fn random_settings() {
    let mut rng = Rng::new(2026);
    let page = Page::open("/");
    for _ in 0..3 {
        let side = 4 + rng.below(4) as usize;
        let draw = |rng: &mut Rng, n: usize| -> Vec<f32> { (0..n).map(|_| rng.below(19) as f32 / 2.0 - 4.5).collect() };
        let (input, kernel) = (draw(&mut rng, side * side), draw(&mut rng, 9));
        let (padding, stride) = (rng.below(3) as usize, 1 + rng.below(3) as usize);
        let link = |values: &[f32], columns: usize| {
            let rows = values.chunks(columns).map(|row| row.iter().map(f32::to_string).collect::<Vec<_>>().join(","));
            rows.collect::<Vec<_>>().join(";")
        };
        page.go(&format!(
            "/lesson/convolution?input={}&kernel={}&pad={padding}&stride={stride}",
            link(&input, side),
            link(&kernel, 3)
        ));
        walk(&page, &engine(&input, side, &kernel, ConvParams::default().padding(padding).stride(stride)));
    }
    page.check_silence();
}

fn typing() {
    let page = Page::open("/lesson/convolution");
    page.wait_for("#lesson-kernel-0", 20);
    page.browser.type_into("#lesson-kernel-0", "−2\u{e007}");
    let input = receptive_lessons::conv2d::example_input().values;
    let mut kernel = receptive_lessons::kernels::ALL[0].matrix().values;
    kernel[0] = -2.0;
    let wanted = engine(&input, 5, &kernel, ConvParams::default());
    page.wait("the new sum", 5, |page| page.text("#lesson-sum") == number(wanted[0]));
    page.browser.click("#last");
    page.wait("the whole output", 5, |page| {
        outputs(page) == wanted.iter().map(|value| number(*value)).collect::<Vec<_>>()
    });
    for text in ["abc", "1e400"] {
        page.browser.type_into("#lesson-kernel-0", &format!("{text}\u{e007}"));
        page.wait_for(".stage .error", 5);
        assert!(page.text(".stage .error").contains("number"), "{}", page.text(".stage .error"));
        page.wait("the old weight", 5, |page| page.texts("#lesson-kernel-0") == ["−2"]);
    }
    page.check_silence();
}

fn keyboard() {
    let page = Page::open("/lesson/convolution");
    page.wait_for("#stage", 20);
    let at = |place: &str| page.wait(place, 5, |page| page.text("#lesson-position").contains(place));
    for (key, place) in [("\u{e014}", "2 of 9"), ("\u{e010}", "9 of 9"), ("\u{e012}", "8 of 9"), ("\u{e011}", "1 of 9")]
    {
        page.browser.keys("#stage", key);
        at(place);
    }
    page.browser.keys("#stage", " ");
    page.wait("autoplay", 10, |page| page.text("#lesson-position").contains("3 of 9"));
    page.check_silence();
}

fn digit() {
    let page = Page::open("/lesson/convolution?data=digits&on=digit&pad=2&net-kernel=1&seed=4");
    page.wait_for("#lesson-sum", 30);
    assert_eq!(page.texts("#lesson-input .cell").len(), 32 * 32);
    assert_eq!(page.texts("#lesson-output .cell").len(), 28 * 28);
    page.browser.click("#last");
    page.wait("the last cell", 10, |page| page.text("#lesson-position").contains("784 of 784"));
    page.check_silence();
}
