//! Networks that cannot be built: each is refused with a code that names the layer and what would help.

use receptive_core::{ConvParams, Extent, GeomError, PoolParams};
use receptive_nn::{Layer, Ledger, Optimiser, Parameters, Preset, Program, Purpose, Spec, SpecError};

fn conv(kernels: usize, size: [usize; 2], params: ConvParams) -> Layer {
    Layer::Conv2d { kernels, size, params }
}

fn plain(kernels: usize, size: usize) -> Layer {
    conv(kernels, [size, size], ConvParams::default())
}

const CLASSES: Layer = Layer::Linear { units: 10 };

/// Returns the reason that this network is refused. Everything that takes a network gives the same one.
fn refusal(layers: Vec<Layer>) -> SpecError {
    refusal_of(&Spec { input: [1, 28, 28], layers })
}

fn refusal_of(spec: &Spec) -> SpecError {
    let error = spec.geometries(1).expect_err("it was accepted");
    assert_eq!(Ledger::new(spec).err().as_ref(), Some(&error));
    assert_eq!(Parameters::init(spec, 1).err().as_ref(), Some(&error));
    assert_eq!(Program::compile(spec, 1, Purpose::Training(Optimiser::ADAM)).err().as_ref(), Some(&error));
    error
}

#[test]
fn a_refusal_names_the_layer_and_what_would_help() {
    let large = plain(8, 29);
    let long = conv(4, [3, 30], ConvParams::default().padding(1));
    let grouped = conv(9, [3, 3], ConvParams::default().groups(2));
    let padded = Layer::MaxPool2d(PoolParams { padding: [2, 2], ..PoolParams::square(3) });
    let average = Layer::AvgPool2d(PoolParams::square(2));
    let misfit = |layer, kind: &Layer, error| SpecError::Geometry { layer, kind: Box::new(kind.clone()), error };
    let larger = |kernel, input, padding, padding_needed| GeomError::KernelLargerThanInput {
        kernel,
        input,
        padding,
        padding_needed,
    };
    let refusals = [
        (vec![large.clone(), Layer::Flatten, CLASSES], misfit(1, &large, larger([29, 29], [28, 28], [0, 0], 1))),
        (
            vec![plain(8, 3), Layer::Relu, long.clone(), Layer::Flatten, CLASSES],
            misfit(3, &long, larger([3, 30], [26, 26], [1, 1], 2)),
        ),
        (
            vec![plain(8, 3), grouped.clone(), Layer::Flatten, CLASSES],
            misfit(2, &grouped, GeomError::Groups { channels: 8, kernels: 9, groups: 2 }),
        ),
        (
            vec![padded.clone(), Layer::Flatten, CLASSES],
            misfit(1, &padded, GeomError::PoolPadding { padding: 2, window: 3 }),
        ),
        (vec![plain(8, 5), CLASSES], SpecError::NotFlat { layer: 2, shape: [8, 24, 24] }),
        (vec![Layer::Flatten, plain(8, 5), CLASSES], SpecError::Flat { layer: 2, kind: Box::new(plain(8, 5)) }),
        (vec![Layer::Flatten, CLASSES, average.clone()], SpecError::Flat { layer: 3, kind: Box::new(average) }),
    ];
    for (layers, error) in refusals {
        assert_eq!(refusal(layers), error);
    }
}

#[test]
fn what_a_refusal_recommends_is_accepted() {
    let with = |padding| vec![conv(8, [29, 29], ConvParams::default().padding(padding)), Layer::Flatten, CLASSES];
    let help = |error| match error {
        SpecError::Geometry { error: GeomError::KernelLargerThanInput { padding_needed, .. }, .. } => padding_needed,
        other => panic!("{other:?}"),
    };
    assert_eq!(help(refusal(with(0))), 1);
    let spec = Spec { input: [1, 28, 28], layers: with(1) };
    assert!(spec.geometries(1).is_ok());
    let flat = Spec { input: [1, 28, 28], layers: vec![plain(8, 5), Layer::Flatten, CLASSES] };
    assert!(flat.geometries(1).is_ok());
}

#[test]
fn zero_of_anything_is_refused_where_it_stands() {
    let params = ConvParams::default();
    let pool = PoolParams::square(2);
    let zeros = [
        (plain(0, 3), Extent::Kernels),
        (conv(8, [0, 3], params), Extent::KernelHeight),
        (conv(8, [3, 0], params), Extent::KernelWidth),
        (conv(8, [3, 3], params.stride(0)), Extent::Stride),
        (conv(8, [3, 3], params.dilation(0)), Extent::Dilation),
        (conv(8, [3, 3], params.groups(0)), Extent::Groups),
        (Layer::MaxPool2d(PoolParams { window: [0, 2], ..pool }), Extent::WindowHeight),
        (Layer::AvgPool2d(PoolParams { window: [2, 0], ..pool }), Extent::WindowWidth),
        (Layer::AvgPool2d(PoolParams { stride: [2, 0], ..pool }), Extent::Stride),
    ];
    for (layer, what) in zeros {
        let error = refusal(vec![Layer::Relu, layer.clone(), Layer::Flatten, CLASSES]);
        assert_eq!(error, SpecError::Geometry { layer: 2, kind: Box::new(layer), error: GeomError::Empty { what } });
    }
    for layers in
        [vec![Layer::Flatten, Layer::Linear { units: 0 }], vec![Layer::Flatten, Layer::Linear { units: 0 }, CLASSES]]
    {
        assert_eq!(refusal(layers), SpecError::Size { layer: 2 });
    }
    for input in [[0, 28, 28], [1, 0, 28], [1, 28, 0]] {
        assert_eq!(refusal_of(&Spec { input, ..Preset::Small.spec() }), SpecError::Size { layer: 0 });
    }
    assert!(
        Program::compile(&Preset::Small.spec(), 0, Purpose::Training(Optimiser::SGD)).is_err(),
        "a batch of no images"
    );
}

#[test]
fn a_network_ends_in_logits() {
    let unfinished = [
        vec![],
        vec![Layer::Flatten],
        vec![Layer::Relu],
        vec![plain(8, 3)],
        vec![Layer::Flatten, CLASSES, Layer::Relu],
        vec![Layer::Flatten, CLASSES, Layer::Flatten],
    ];
    for layers in unfinished {
        assert_eq!(refusal(layers), SpecError::NoLogits);
    }
}

/// Every number of a layer in turn is made absurd; a window's size also with padding to match.
#[test]
fn absurd_numbers_are_refused_where_they_stand() {
    let params = ConvParams::default();
    let pool = PoolParams::square(2);
    for huge in [usize::MAX, usize::MAX - 1, usize::MAX / 2 + 1, usize::MAX / 2, 1 << 32, 1 << 31] {
        let layers = [
            plain(huge, 3),
            conv(8, [huge, 3], params),
            conv(8, [3, huge], params),
            conv(8, [huge, huge], params),
            conv(8, [3, 3], params.padding(huge)),
            conv(8, [3, 3], ConvParams { padding: [0, huge], ..params }),
            conv(8, [3, 3], params.dilation(huge)),
            conv(8, [huge, huge], params.padding(huge)),
            conv(8, [huge, huge], params.padding(huge / 2)),
            conv(8, [3, 3], params.groups(huge)),
            conv(huge, [3, 3], params.groups(huge)),
            Layer::MaxPool2d(PoolParams { window: [huge, 2], ..pool }),
            Layer::AvgPool2d(PoolParams::square(huge)),
            Layer::MaxPool2d(PoolParams { padding: [huge, 0], ..pool }),
            Layer::AvgPool2d(PoolParams { padding: [huge / 2; 2], stride: [1, 1], ..PoolParams::square(huge) }),
            Layer::MaxPool2d(PoolParams { padding: [huge / 2; 2], ceil: true, ..PoolParams::square(huge) }),
        ];
        for layer in layers {
            let error = refusal(vec![Layer::Relu, layer.clone(), Layer::Flatten, CLASSES]);
            assert!(
                matches!(error, SpecError::Geometry { layer: 2, .. } | SpecError::Size { layer: 2 }),
                "{layer:?}: {error:?}"
            );
        }
        let error = refusal(vec![Layer::Flatten, Layer::Linear { units: huge }, CLASSES]);
        assert_eq!(error, SpecError::Size { layer: 2 });
        for input in [[huge, 28, 28], [1, huge, 28], [1, 28, huge], [huge; 3]] {
            assert_eq!(refusal_of(&Spec { input, ..Preset::Small.spec() }), SpecError::Size { layer: 0 });
        }
        assert!(
            Program::compile(&Preset::Small.spec(), huge, Purpose::Training(Optimiser::SGD)).is_err(),
            "a batch of {huge}"
        );
    }
}

#[test]
fn what_does_not_fit_in_memory_is_refused_though_each_of_its_parts_would() {
    let end = [Layer::MaxPool2d(PoolParams::square(28)), Layer::Flatten, CLASSES];
    let wide = conv(1, [2, 2], ConvParams::default().padding(15_000).dilation(30_000));
    assert_eq!(refusal([&[wide], &end[..]].concat()), SpecError::Size { layer: 1 }, "3 GiB of padding");

    let deep = [vec![Layer::Flatten], vec![Layer::Linear { units: 8000 }; 200]].concat();
    assert_eq!(refusal(deep), SpecError::Size { layer: 4 }, "50 GiB of weights");

    let maps = [vec![plain(1000, 1)], vec![Layer::Relu; 200], end.to_vec()].concat();
    let spec = Spec { input: [1, 28, 28], layers: maps };
    assert!(Program::compile(&spec, 64, Purpose::Inspect(Optimiser::SGD)).is_err(), "75 GiB of feature maps");

    for preset in Preset::ALL {
        assert!(
            Program::compile(&preset.spec(), 1024, Purpose::Inspect(Optimiser::ADAM)).is_ok(),
            "{preset:?}: what the page offers"
        );
    }
}

#[test]
fn a_stride_beyond_the_input_is_legal_and_takes_one_step() {
    let spec = Spec {
        input: [1, 28, 28],
        layers: vec![conv(8, [3, 3], ConvParams::default().stride(usize::MAX)), Layer::Flatten, CLASSES],
    };
    let ledger = Ledger::new(&spec).expect("a network");
    assert_eq!(ledger.rows[0].shape, [8, 1, 1]);
    assert_eq!(ledger.rows[0].receptive_field, [3, 3]);
}

#[test]
fn names_are_unique_and_counted_by_kind() {
    let names = Preset::Lenet5.spec().names();
    let want = ["conv 1", "relu 1", "max-pool 1", "conv 2", "relu 2", "max-pool 2", "flatten 1", "linear 1"];
    assert_eq!(names[..8], want);
    assert_eq!(names[8..], ["relu 3", "linear 2", "relu 4", "linear 3"]);
}

#[test]
fn keys_of_presets_and_rules_lead_back_to_them() {
    for preset in Preset::ALL {
        assert_eq!(Preset::from_key(preset.key()), Some(preset));
    }
    for rule in Optimiser::ALL {
        assert_eq!(Optimiser::from_key(rule.key()), Some(rule));
    }
    for stranger in ["", "Small", "small ", "resnet", "../small"] {
        assert_eq!((Preset::from_key(stranger), Optimiser::from_key(stranger)), (None, None));
    }
}
