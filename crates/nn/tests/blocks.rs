//! Branches and joins: texts, names, shapes, errors, and what a block comes to.

use receptive_nn::{
    BlockError, CpuEngine, Join, Layer, Ledger, Optimiser, Parameters, Program, Purpose, Spec, SpecError, TextError,
};

fn spec(layers: &str) -> Spec {
    Spec::read(&format!("8x8x4:{layers}")).expect(layers)
}

fn error(layers: &str) -> SpecError {
    spec(layers).geometries(1).expect_err(layers)
}

#[test]
fn a_text_is_read_and_written_the_same() {
    for layers in [
        "add(c4x3p1,r,c4x3p1;),r,f,d10",
        "cat(c2x1;c2x1,c4x3p1;c1x1,c2x5p2;m3s1p1,c2x1),f,d10",
        "mul(;v,f,d2,r,d4,g),f,d10",
        "add(;;),add(add(;r);t),f,d10",
        "cat(;w3p1),v,f,d10",
    ] {
        assert_eq!(spec(layers).to_text(), format!("8x8x4:{layers}"));
    }
    let spaced = Spec::read(" 8x8x4 : add( c4x3p1 , r ; ) , f , d10 ");
    assert_eq!(spaced, Ok(spec("add(c4x3p1,r;),f,d10")));
    let branches = vec![vec![], vec![Layer::Relu]];
    assert_eq!(spec("add(;r)").layers, [Layer::Branches { branches, join: Join::Add }]);
}

#[test]
fn texts_with_wrong_brackets_are_refused() {
    for layers in
        ["add(r", "add(r;", "add r)", "r)", "add(r))", "(r)", "sub(r;)", "add(r;)f", "add(,)", "add(r,)", "add()r"]
    {
        let error = Spec::read(&format!("8x8x4:{layers}")).expect_err(layers);
        assert!(matches!(error, TextError::Bracket { .. } | TextError::Layer { .. }), "{error:?}");
    }
    assert_eq!(Spec::read("8x8x4:add(r"), Err(TextError::Bracket { found: String::new() }));
    let deep = format!("8x8x4:{}r{},f,d10", "add(".repeat(50), ";)".repeat(50));
    assert_eq!(Spec::read(&deep), Err(TextError::TooDeep));
    let open = format!("8x8x4:{}", "add(".repeat(100_000));
    assert!(Spec::read(&open).is_err());
}

#[test]
fn what_cannot_be_joined_says_both_shapes() {
    let block = |layer, join, n_branches, error| SpecError::Block { layer, join, n_branches, error };
    let shapes =
        |layer, join, found, first| block(layer, join, 2, BlockError::Shapes { join, branch: 2, found, first });
    assert_eq!(error("add(c4x3,r;),f,d10"), shapes(1, Join::Add, [4, 8, 8], [4, 6, 6]));
    assert_eq!(error("add(;c6x1),f,d10"), shapes(1, Join::Add, [6, 8, 8], [4, 8, 8]));
    assert_eq!(error("r,cat(c2x1;m2),f,d10"), shapes(2, Join::Concat, [4, 4, 4], [2, 8, 8]));
    assert_eq!(error("mul(;c3x1),f,d10"), shapes(1, Join::Multiply, [3, 8, 8], [4, 8, 8]));
    assert_eq!(error("add(f;),d10"), shapes(1, Join::Add, [4, 8, 8], [256, 1, 1]));
    assert_eq!(error("mul(;r;t),f,d10"), block(1, Join::Multiply, 3, BlockError::NotTwo { found: 3 }));
    for (empty, join, n) in [("add()", Join::Add, 1), ("add(;)", Join::Add, 2), ("cat(;;)", Join::Concat, 3)] {
        assert_eq!(error(&format!("{empty},f,d10")), block(1, join, n, BlockError::Empty));
    }
    let SpecError::Inside { layer: 1, branch: 1, error } = error("add(r,c9x99;),f,d10") else {
        panic!("the layer inside is not named")
    };
    assert!(matches!(*error, SpecError::Geometry { layer: 2, .. }), "{error:?}");
}

#[test]
fn a_specification_that_nests_deeper_than_a_text_may_is_refused_as_well() {
    let mut layer = Layer::Relu;
    for _ in 0..50 {
        layer = Layer::Branches { branches: vec![vec![layer], vec![]], join: Join::Add };
    }
    let mut error = Spec { input: [1, 4, 4], layers: vec![layer] }.geometries(1).unwrap_err();
    while let SpecError::Inside { error: inner, .. } = error {
        error = *inner;
    }
    assert!(matches!(error, SpecError::Block { error: BlockError::TooDeep, .. }), "{error:?}");
}

#[test]
fn rows_of_a_block_are_named_by_their_place() {
    let spec = spec("c4x3p1,add(c4x3p1,r,add(c4x1;);),f,d10");
    let names = [
        "conv 1",
        "block 1 / branch 1 / conv 1",
        "block 1 / branch 1 / relu 1",
        "block 1 / branch 1 / block 1 / branch 1 / conv 1",
        "block 1 / branch 1 / block 1",
        "block 1",
        "flatten 1",
        "linear 1",
    ];
    assert_eq!(spec.names(), ["conv 1", "block 1", "flatten 1", "linear 1"]);
    assert_eq!(spec.geometries(1).map(|geometries| geometries.len()), Ok(4));
    let ledger = Ledger::new(&spec).unwrap();
    let rows: Vec<_> =
        ledger.rows.iter().map(|row| (row.name.as_str(), row.shape[0], row.receptive_field[0])).collect();
    let want = [(4, 3), (4, 5), (4, 5), (4, 5), (4, 5), (4, 5), (256, 5), (10, 8)];
    assert_eq!(rows, names.into_iter().zip(want).map(|(name, (c, field))| (name, c, field)).collect::<Vec<_>>());
    let parameters = Parameters::init(&spec, 1).unwrap();
    assert!(parameters.get("block 1 / branch 1 / block 1 / branch 1 / conv 1.bias").is_some());
    let program = Program::compile(&spec, 2, Purpose::Inspect(Optimiser::SGD)).unwrap();
    let tensors: Vec<_> = parameters.tensors().iter().map(|t| (t.name.clone(), t.shape)).collect();
    assert_eq!(program.params(), tensors);
}

#[test]
fn a_block_is_the_join_of_its_branches() {
    let spec = spec("add(c4x3p1;),cat(;m3s1p1),mul(;v,f,d8),f,d10");
    let parameters = Parameters::init(&spec, 3).unwrap();
    let mut engine = CpuEngine::new(Program::compile(&spec, 1, Purpose::Inspect(Optimiser::SGD)).unwrap());
    let image: Vec<f32> = (0..256).map(|i| (i % 13) as f32 / 13.0 - 0.3).collect();
    engine.forward(&parameters, &image);
    let named = |name: &str| engine.named(name).unwrap_or_else(|| panic!("{name}"));
    let (conv, sum, all) = (named("block 1 / branch 1 / conv 1"), named("block 1"), named("block 2"));
    assert!((0..256).all(|i| sum[i] == conv[i] + image[i]));
    assert_eq!((&all[..256], &all[256..]), (sum, named("block 2 / branch 2 / max-pool 1")));
    let (gate, product) = (named("block 3 / branch 2 / linear 1"), named("block 3"));
    assert!((0..512).all(|i| product[i] == all[i] * gate[i / 64]));
    assert_eq!(named("flatten 1"), product, "flattening changes no number");
}
