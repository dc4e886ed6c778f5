//! Texts of networks: written, read again, and refused.

use super::*;
use crate::Preset;
use alloc::string::ToString;
use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams, Rng};

#[test]
fn presets_are_written_shortly_and_survive() {
    assert_eq!(Preset::Slides.spec().to_text(), "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10");
    assert_eq!(Preset::Small.spec().to_text(), "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10");
    for preset in Preset::ALL {
        assert_eq!(Spec::read(&preset.spec().to_text()), Ok(preset.spec()));
    }
}

#[test]
fn random_networks_survive() {
    let mut rng = Rng::new(5);
    for _ in 0..2000 {
        let spec = random_spec(&mut rng);
        assert_eq!(Spec::read(&spec.to_text()), Ok(spec));
    }
}

fn random_spec(rng: &mut Rng) -> Spec {
    let mut upto = |low: usize, high: usize| low + rng.below((high - low + 1) as u32) as usize;
    let mut layers = vec![];
    let input = [upto(1, 4), upto(1, 300), upto(1, 300)];
    for _ in 0..upto(0, MAX_LAYERS) {
        let mut two = |low, high| {
            let a = upto(low, high);
            [a, if upto(0, 1) == 0 { a } else { upto(low, high) }]
        };
        let params = ConvParams { stride: two(1, 3), padding: two(0, 3), dilation: two(1, 3), groups: two(1, 9)[0] };
        let pool = PoolParams { window: two(1, 5), stride: two(1, 5), padding: two(0, 2), ceil: two(0, 1)[0] == 1 };
        let constant = two(0, 4000)[0] as f32 / 1000.0 - 2.0;
        let border = [Border::Zeros, Border::Replicate, Border::Reflect][two(0, 2)[0]];
        layers.push(match two(0, 12)[0] {
            0 => Layer::Conv2d { kernels: two(1, MAX_NUMBER)[0], size: two(1, 11), params },
            1 => Layer::MaxPool2d(pool),
            2 => Layer::AvgPool2d(pool),
            3 => Layer::Relu,
            4 => Layer::Flatten,
            5 => Layer::SumPool2d(pool),
            6 => Layer::Pad2d(PadParams { before: two(0, 3), after: two(0, 3), border }),
            7 => Layer::Activation([Activation::Sigmoid, Activation::Tanh][two(0, 1)[0]]),
            8 => Layer::Activation(Activation::LeakyRelu { slope: constant }),
            9 => Layer::Activation(Activation::Elu { alpha: constant }),
            10 => Layer::Activation(Activation::Maxout { lines: [[constant, 0.5], [-constant, 1e-3]] }),
            11 => Layer::Activation(Activation::Rbf { centre: constant, epsilon: 0.25 }),
            _ => Layer::Linear { units: two(1, 4096)[0] },
        });
    }
    Spec { input, layers }
}

#[test]
fn order_and_spaces_are_free() {
    let text = " 28 x 28 x 1 : c8x3y5s2p1y2 , m3cs2";
    assert!(Spec::read(text).is_err(), "the c of a pooling stands last");
    let spec = Spec::read(" 28 x 28 x 1 : c8x3y5s2p1y2 , m3p1s2c").unwrap();
    let params = ConvParams { stride: [2, 2], padding: [1, 2], ..ConvParams::default() };
    let pool = PoolParams { window: [3, 3], stride: [2, 2], padding: [1, 1], ceil: true };
    assert_eq!(spec.layers, [Layer::Conv2d { kernels: 8, size: [3, 5], params }, Layer::MaxPool2d(pool)]);
    assert_eq!(Spec::read("28x28x1:").map(|spec| spec.layers.len()), Ok(0));
}

#[test]
fn errors_name_the_layer_and_what_is_understood() {
    let found = |found: &str| found.to_string();
    assert_eq!(Spec::read("28x28x1:c8x3,q5"), Err(TextError::Layer { layer: 2, found: found("q5") }));
    let number = TextError::Number { layer: 2, found: found("c8x0"), what: "kernel-size", low: 1 };
    assert_eq!(Spec::read("28x28x1:r,c8x0"), Err(number));
    assert_eq!(Spec::read("28x28"), Err(TextError::Input { found: found("28x28") }));
}

#[test]
fn hostile_texts_are_refused() {
    let many = alloc::format!("28x28x1:{}r", "r,".repeat(10_000));
    let long = alloc::format!("28x28x1:d{}", "9".repeat(10_000));
    let wide = "x".repeat(10_000);
    let strange = [
        "",
        ":",
        "x",
        "xx:",
        "28x28x1",
        "28x28x1x1:",
        "0x28x1:",
        "28x28x99999999999999999999:",
        "-1x28x1:f",
        "28x28x1:,",
        "28x28x1:r,",
        "28x28x1:c",
        "28x28x1:cx",
        "28x28x1:c8",
        "28x28x1:c8x",
        "28x28x1:c8x3p",
        "28x28x1:c8x3p1p2",
        "28x28x1:c8x3q1",
        "28x28x1:c8x3c8",
        "28x28x1:c2y3x3",
        "28x28x1:c8x3g1y2",
        "28x28x1:c8x3yy",
        "28x28x1:c8x3y",
        "28x28x1:c8x1y2y3",
        "28x28x1:m",
        "28x28x1:mc",
        "28x28x1:m2x2",
        "28x28x1:m0",
        "28x28x1:m2s0",
        "28x28x1:d",
        "28x28x1:d0",
        "28x28x1:d-1",
        "28x28x1:d1.5",
        "28x28x1:d1e9",
        "28x28x1:d2y3",
        "28x28x1:rr",
        "28x28x1:f2",
        "28x28x1:é",
        "28x28x1:c８x３",
        "28x28x1:🦀",
        "28x28x1:c8x🦀",
        "28x28x1:\u{202e}d10",
        "🦀:f",
        "28x28x1:d65537",
        "28x28x1:c8x3p65537",
        "28x28x1:r:r",
        many.as_str(),
        long.as_str(),
        wide.as_str(),
    ];
    for text in strange {
        match Spec::read(text).expect_err(text) {
            TextError::Input { found }
            | TextError::Layer { found, .. }
            | TextError::Number { found, .. }
            | TextError::Bracket { found } => assert!(found.chars().count() <= MAX_SHOWN + 1, "{found}"),
            TextError::TooManyLayers | TextError::TooDeep => {}
        }
    }
    assert_eq!(Spec::read(&many), Err(TextError::TooManyLayers));
    // Capitals are read as the small letters.
    assert_eq!(Spec::read("28X28X1:R"), Spec::read("28x28x1:r"));
}

/// Every text that can be read gets geometries or an error.
#[test]
fn noise_never_panics() {
    let letters: Vec<char> = "crmafdxypsiguletbh_.-,:0123456789x28 é".chars().collect();
    let mut rng = Rng::new(9);
    for _ in 0..20_000 {
        let noise = (0..rng.below(30)).map(|_| letters[rng.below(letters.len() as u32) as usize]);
        let text: String = "28x28x1:".chars().chain(noise).collect();
        if let Ok(spec) = Spec::read(&text) {
            let _ = spec.geometries(1);
            assert_eq!(Spec::read(&spec.to_text()), Ok(spec));
        }
    }
}
