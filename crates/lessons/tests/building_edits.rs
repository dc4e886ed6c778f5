//! Edits of a network: each does what it says, and whatever breaks can be mended.

use receptive_core::{ConvParams, PoolParams, Rng};
use receptive_lessons::chapters::building::edits::{self, LayerKind};
use receptive_lessons::chapters::building::{STARTS, mend, start};
use receptive_lessons::say;
use receptive_nn::{Layer, MAX_LAYERS, Preset, Spec};

fn spec(text: &str) -> Spec {
    Spec::read(text).unwrap()
}

/// A network with sizes of zero, and now and then a number that no memory holds.
fn random_spec(rng: &mut Rng) -> Spec {
    let mut upto = |low: usize, high: usize| low + rng.below((high - low + 1) as u32) as usize;
    let input = if upto(0, 3) == 0 { [upto(0, 3), upto(0, 12), upto(0, 12)] } else { [1, 28, 28] };
    let layers = (0..upto(0, MAX_LAYERS)).map(|_| {
        let wild = if upto(0, 30) == 0 { 65_536 } else { 0 };
        let size = [upto(0, 7) + wild, upto(1, 7)];
        let padding = [upto(0, 3), upto(0, 3) + if upto(0, 40) == 0 { 65_000 } else { 0 }];
        let groups = [1, 1, 2, 3, 5][upto(0, 4)];
        let params = ConvParams { stride: [upto(0, 3), upto(1, 3)], padding, dilation: [upto(1, 3); 2], groups };
        let pool = PoolParams { window: size, stride: [upto(1, 3); 2], padding, ceil: upto(0, 1) == 1 };
        match upto(0, 15) {
            0..=3 => Layer::Conv2d { kernels: upto(0, 20) + wild, size, params },
            4 => Layer::MaxPool2d(pool),
            5 => Layer::AvgPool2d(pool),
            6..=8 => Layer::Relu,
            9 => Layer::Flatten,
            13 => Layer::BatchNorm,
            14 => Layer::Dropout { rate: upto(0, 120) as f32 / 100.0 },
            15 => Layer::DepthwiseConv2d { size, params },
            _ => Layer::Linear { units: upto(0, 200) + wild },
        }
    });
    let layers = layers.collect();
    Spec { input, layers }
}

/// Mends until the network can be built; what was done.
fn mended(broken: &Spec, most: usize) -> Vec<String> {
    let (mut mended, mut rounds) = (broken.clone(), vec![]);
    while let Some((next, how)) = mend(&mended) {
        assert!(how.ends_with('.') && !how.contains('⟦') && next != mended, "{}: {how}", mended.to_text());
        assert!(next.layers.len() <= MAX_LAYERS);
        rounds.push(how);
        assert!(rounds.len() <= most, "{}: {rounds:#?}", broken.to_text());
        mended = next;
    }
    assert!(mended.geometries(1).is_ok());
    rounds
}

#[test]
fn what_a_builder_breaks_is_mended_in_a_few_rounds() {
    let mut rng = Rng::new(4);
    let mut n_broken = 0;
    for round in 0..1500 {
        let mut spec = start(STARTS[round % STARTS.len()]);
        for _ in 0..4 {
            let at = rng.below(spec.layers.len().max(1) as u32) as usize;
            let fields = spec.layers.get(at).map(edits::fields).unwrap_or_default();
            spec = match rng.below(4) {
                0 => edits::insert(&spec, at, LayerKind::ALL[rng.below(6) as usize]),
                1 => edits::remove(&spec, at),
                2 => edits::move_to(&spec, at, rng.below(12) as usize),
                _ => fields.iter().fold(spec, |spec, field| {
                    let span = (field.high.min(12) - field.low + 1) as u32;
                    edits::set(&spec, at, field.key, field.low + rng.below(span) as usize)
                }),
            };
        }
        n_broken += usize::from(!mended(&spec, 8).is_empty());
    }
    assert!(n_broken > 500, "{n_broken}");
}

#[test]
fn whatever_a_link_breaks_is_mended_in_the_end() {
    let mut rng = Rng::new(3);
    let n_broken = (0..2000).filter(|_| {
        let broken = random_spec(&mut rng);
        !mended(&broken, 4 * broken.layers.len() + 20).is_empty()
    });
    assert!(n_broken.count() > 1000);
}

#[test]
fn mending_changes_as_little_as_it_can() {
    let cases = [
        ("28x28x1:c8x29,f,d10", "28x28x1:c8x29p1,f,d10"),
        ("28x28x1:c8x40,f,d10", "28x28x1:c8x28,f,d10"),
        ("5x5x1:c8x3i9,f,d10", "5x5x1:c8x3,f,d10"),
        ("4x4x1:m5,f,d10", "4x4x1:m4,f,d10"),
        ("28x28x1:m3p2s3,f,d10", "28x28x1:m3p1,f,d10"),
        ("1x1x4:r,m2,f,d10", "1x1x4:r,f,d10"),
        ("9x9x8:c9x3g4,f,d10", "9x9x8:c9x3,f,d10"),
        ("9x9x8:c12x3g8,f,d10", "9x9x8:c12x3g4,f,d10"),
        ("28x28x1:c8x3,d10", "28x28x1:c8x3,f,d10"),
        ("28x28x1:f,r,c8x3,d10", "28x28x1:c8x3,f,r,d10"),
        ("28x28x1:", "28x28x1:f,d10"),
        ("28x28x1:c8x3,f", "28x28x1:c8x3,f,d10"),
        ("28x28x1:f,d10,r,r", "28x28x1:f,d10"),
        ("28x28x1:f,d65536,d65536,d10", "28x28x1:f,d65536,d1024,d10"),
    ];
    for (broken, mended) in cases {
        assert_eq!(mend(&spec(broken)).map(|(spec, _)| spec.to_text()).as_deref(), Some(mended), "{broken}");
        assert_eq!(mend(&spec(mended)), None);
    }
}

#[test]
fn edits_change_what_they_say_and_nothing_else() {
    let slides = Preset::Slides.spec();
    let text = |spec: &Spec| spec.to_text();
    assert_eq!(text(&edits::insert(&slides, 2, LayerKind::Conv)), "28x28x1:c32x3,r,c32x3p1,c64x3,r,m2,f,d128,r,d10");
    assert_eq!(text(&edits::insert(&slides, 99, LayerKind::Dense)), "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10,d10");
    assert_eq!(text(&edits::remove(&slides, 4)), "28x28x1:c32x3,r,c64x3,r,f,d128,r,d10");
    assert_eq!(text(&edits::move_to(&slides, 4, 2)), "28x28x1:c32x3,r,m2,c64x3,r,f,d128,r,d10");
    assert_eq!(edits::move_to(&edits::move_to(&slides, 1, 5), 5, 1), slides);
    for unchanged in [edits::remove(&slides, 9), edits::move_to(&slides, 9, 0), edits::set(&slides, 9, "size", 3)] {
        assert_eq!(unchanged, slides);
    }
    assert_eq!(text(&edits::set(&slides, 4, "window", 3)), "28x28x1:c32x3,r,c64x3,r,m3,f,d128,r,d10");
    let apart = edits::set(&spec("28x28x1:c8x3y5"), 0, "size-columns", 3);
    assert_eq!(text(&apart), "28x28x1:c8x3");
    assert_eq!(edits::set_input(&slides, "channels", 3).input, [3, 28, 28]);
    let full = (0..50).fold(slides, |spec, _| edits::insert(&spec, 0, LayerKind::Relu));
    assert_eq!(full.layers.len(), MAX_LAYERS);
}

#[test]
fn every_kind_of_the_palette_fits_where_it_is_put() {
    let slides = Preset::Slides.spec();
    for kind in LayerKind::ALL.into_iter().chain(LayerKind::MORE) {
        let put = edits::insert(&slides, 2, kind);
        assert_eq!(put.layers.len(), slides.layers.len() + 1);
        assert!(!kind.label().contains('⟦'), "{kind:?}");
        // A flatten and a dense layer end the maps that the next convolution reads.
        let ends_maps = matches!(kind, LayerKind::Flatten | LayerKind::Dense | LayerKind::GlobalAvgPool);
        assert_eq!(put.geometries(1).is_ok(), !ends_maps, "{kind:?}: {put}", put = put.to_text());
        assert_eq!(Spec::read(&put.to_text()), Ok(put));
    }
    // Blocks have as many channels as come in, wherever they stand.
    let after_pool = edits::insert(&slides, 5, LayerKind::Residual);
    assert!(after_pool.to_text().contains("add(c64x3p1,r,c64x3p1;)"), "{}", after_pool.to_text());
    assert!(edits::insert(&slides, 0, LayerKind::SqueezeExcite).to_text().starts_with("28x28x1:mul(;v,f,d1,r,d1,g),"));
}

#[test]
fn every_field_can_be_set_to_its_ends_and_no_further() {
    let mut rng = Rng::new(8);
    for _ in 0..200 {
        let spec = random_spec(&mut rng);
        for (at, layer) in spec.layers.iter().enumerate() {
            for field in edits::fields(layer) {
                assert!((field.low..=field.high).contains(&field.value) && !edits::field_label(&field).contains('⟦'));
                for (value, kept) in [(field.low, field.low), (field.high, field.high), (usize::MAX, field.high)] {
                    let set = edits::set(&spec, at, field.key, value);
                    let is_kept = edits::fields(&set.layers[at])
                        .iter()
                        .any(|now| now.value == kept && field.key.starts_with(now.key.trim_end_matches("-columns")));
                    let base = field.key.trim_end_matches("-rows").trim_end_matches("-columns");
                    let joined =
                        edits::fields(&set.layers[at]).iter().any(|now| now.value == kept && now.key.starts_with(base));
                    assert!(is_kept || joined, "{layer:?} {} {value}", field.key);
                    let others = |spec: &Spec| [&spec.layers[..at], &spec.layers[at + 1..]].concat();
                    assert_eq!(others(&set), others(&spec));
                }
            }
        }
        for field in edits::input_fields(&spec) {
            assert!((field.low..=field.high).contains(&field.value) && !edits::field_label(&field).contains('⟦'));
        }
    }
}

#[test]
fn the_lab_takes_what_reads_digits() {
    for preset in Preset::ALL {
        assert_eq!(edits::lab_refusal(&preset.spec(), [1, 28, 28], 10), None);
    }
    for text in ["28x28x1:f,d9", "28x28x3:f,d10", "128x128x1:f,d10", "28x28x1:d10", "28x28x1:"] {
        let why = edits::lab_refusal(&spec(text), [1, 28, 28], 10).expect(text);
        assert!(why.ends_with('.') && !why.contains('⟦'), "{why}");
    }
    // And other images, where it has those.
    assert_eq!(edits::lab_refusal(&spec("32x32x3:f,d26"), [3, 32, 32], 26), None);
    for (text, named) in [("28x28x1:f,d26", ["32×32×3", "28×28×1"]), ("32x32x3:f,d10", ["26", "10"])] {
        let why = edits::lab_refusal(&spec(text), [3, 32, 32], 26).expect(text);
        assert!(named.iter().all(|name| why.contains(name)) && !why.contains('⟦'), "{why}");
    }
}

#[test]
fn the_builder_has_its_words() {
    let buttons = ["add", "remove", "up", "down", "undo", "redo", "reset", "mend", "lab", "copy", "print"];
    let hints = ["drag", "input", "layers", "output", "full", "in-lab"];
    for key in buttons.map(|key| format!("button.{key}")).into_iter().chain(hints.map(|key| format!("hint.{key}"))) {
        let said = say!(format!("building.{key}"), kind = "", layer = "", n = 1);
        assert!(!said.contains('⟦'), "{said}");
    }
    for kind in LayerKind::ALL {
        assert!(!kind.label().contains('⟦'));
    }
}
