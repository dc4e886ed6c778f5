//! The network as a whole: links, receptive fields and sums of its cells against the ledger and the engine.

use receptive_lessons::network::{NetworkTrace, Region};
use receptive_nn::{GradientInspector, Head, Inspector, Ledger, Parameters, Preset, Spec};

const CLASS: u8 = 7;

/// The values and gradients of every layer at one image, by name.
fn tensors(spec: &Spec, parameters: &Parameters) -> Vec<(String, Vec<f32>)> {
    let image: Vec<f32> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
    let (mut forward, mut backward) =
        (Inspector::new(spec).unwrap(), GradientInspector::new(spec, Head::CrossEntropy).unwrap());
    forward.run(parameters, &image);
    backward.run(parameters, &image, CLASS);
    let mut found = vec![("input".to_string(), image)];
    for layer in GradientInspector::program(spec, Head::CrossEntropy).unwrap().buffers() {
        if let Some((name, (_, values))) = forward.part(parameters, &layer.name) {
            found.push((name, values.to_vec()));
        }
        if let Some((name, (_, values))) = backward.part(&layer.name) {
            found.push((format!("grad {name}"), values.to_vec()));
        }
    }
    found
}

fn trace(spec: &Spec, tensors: Vec<(String, Vec<f32>)>) -> NetworkTrace {
    NetworkTrace::new(spec, (Head::CrossEntropy, CLASS), tensors).unwrap()
}

#[test]
fn what_a_cell_reads_and_feeds_are_windows_in_every_plane() {
    let spec = Preset::Small.spec();
    let trace = trace(&spec, tensors(&spec, &Parameters::init(&spec, 3).unwrap()));
    let region = |tensor: &str, plane, frame| Region { tensor: tensor.into(), plane, frame };
    // conv 2, map 3, row 5, column 6 (counted from 0) reads a 5×5 window of each of eight maps.
    let account = trace.account("conv 2", (3 * 14 + 5) * 14 + 6).unwrap();
    let want: Vec<_> = (0..8).map(|plane| region("max-pool 1", plane, [3, 4, 5, 5])).collect();
    assert_eq!((account.sources, account.readers), (want, vec![region("relu 2", 3, [5, 6, 1, 1])]));
    assert_eq!(account.missing, ["conv 2.weight[3..4]", "conv 2.bias[3..4]"]);
    assert_eq!(account.equation, None);
    let account = trace.account("max-pool 1", 0).unwrap();
    assert_eq!(account.sources, [region("relu 1", 0, [0, 0, 2, 2])]);
    assert_eq!(account.readers, (0..16).map(|plane| region("conv 2", plane, [0, 0, 3, 3])).collect::<Vec<_>>());
    // Back through a convolution: an input's gradient comes from all outputs that it went into.
    let account = trace.account("grad max-pool 1", 0).unwrap();
    assert_eq!(account.sources, (0..16).map(|plane| region("grad conv 2", plane, [0, 0, 3, 3])).collect::<Vec<_>>());
    assert!(trace.account("conv 2", 16 * 14 * 14).is_none() && trace.account("conv 9", 0).is_none());
}

#[test]
fn a_receptive_field_is_as_large_as_the_ledger_says() {
    for text in [
        "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10",
        "28x28x1:c4x3,r,c4x3s2,m2,c2x1,f,d10",
        "28x28x1:c4x3p1,add(c4x3p1,r,c4x3p1;),m2,f,d10",
    ] {
        let spec = Spec::read(text).unwrap();
        let trace = trace(&spec, tensors(&spec, &Parameters::init(&spec, 3).unwrap()));
        let mut n_compared = 0;
        for row in &Ledger::new(&spec).unwrap().rows {
            let [_, h, w] = row.shape;
            // A linear layer reads what there is, and a window at the edge may be left out.
            if h == 1 {
                continue;
            }
            // In the middle no padding cuts it off.
            let Some(account) = trace.account(&row.name, h / 2 * w + w / 2) else { continue };
            let [_, _, rows, columns] = account.field.unwrap();
            assert_eq!([rows, columns], row.receptive_field.map(|size| size.min(28)), "{text}: {}", row.name);
            n_compared += 1;
        }
        assert!(n_compared >= 5, "{text}");
    }
}

#[test]
fn a_sum_is_printed_when_its_weights_are_there_and_comes_to_the_value() {
    let residual = Spec::read("28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10").unwrap();
    let in_residual =
        [("conv 1", 395), ("linear 1", 7), ("grad block 1", 395), ("grad linear 1", 7), ("grad max-pool 1", 100)];
    let small = Preset::Small.spec();
    let in_small = [("conv 2", 100), ("grad max-pool 1", 469), ("grad max-pool 2", 3), ("grad relu 1", 900)];
    let cells = in_residual.map(|cell| (&residual, cell)).into_iter().chain(in_small.map(|cell| (&small, cell)));
    for (spec, (name, index)) in cells {
        let parameters = Parameters::init(spec, 3).unwrap();
        let inspector = Inspector::new(spec).unwrap();
        let without = tensors(spec, &parameters);
        let account = trace(spec, without.clone()).account(name, index).unwrap();
        let mut all = without.clone();
        for missing in &account.missing {
            let (name, (_, values)) = inspector.part(&parameters, missing).unwrap();
            all.push((name, values.to_vec()));
        }
        let value = all.iter().find(|(found, _)| found == name).unwrap().1[index];
        let account = trace(spec, all).account(name, index).unwrap();
        assert!(account.missing.is_empty(), "{name}: {:?}", account.missing);
        let equation = account.equation.unwrap_or_else(|| panic!("{name} has a sum"));
        assert_eq!(equation.result, receptive_lessons::number(value), "{name}");
        assert!(equation.terms.len() <= 29, "{name}: {} terms", equation.terms.len());
        assert!(account.about.contains(&receptive_lessons::number(value)), "{name}: {}", account.about);
    }
}

#[test]
fn a_sum_with_parts_that_are_kept_nowhere_works_them_out() {
    let spec = Spec::read("28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10").unwrap();
    let parameters = Parameters::init(&spec, 3).unwrap();
    let mut all = tensors(&spec, &parameters);
    let account = trace(&spec, all.clone()).account("grad conv 1", 395).unwrap();
    // One part comes straight back, the other through the branch's kernels.
    assert_eq!(
        (account.equation, &account.missing[..]),
        (None, &["block 1 / branch 1 / conv 1.weight[0..4]".into()][..])
    );
    let inspector = Inspector::new(&spec).unwrap();
    let (name, (_, values)) = inspector.part(&parameters, &account.missing[0]).unwrap();
    all.push((name, values.to_vec()));
    let value = all.iter().find(|(name, _)| name == "grad conv 1").unwrap().1[395];
    let equation = trace(&spec, all).account("grad conv 1", 395).unwrap().equation.expect("a sum");
    assert_eq!((equation.terms.len(), equation.result), (2, receptive_lessons::number(value)));
}

#[test]
fn weights_by_the_million_are_not_fetched_for_one_sum() {
    let spec = Preset::Slides.spec();
    let trace = trace(&spec, tensors(&spec, &Parameters::init(&spec, 3).unwrap()));
    let unit = trace.account("linear 1", 5).unwrap();
    assert_eq!(unit.missing, ["linear 1.weight[5..6]", "linear 1.bias[5..6]"]);
    let back = trace.account("grad max-pool 1", 5).unwrap();
    assert_eq!((back.missing.len(), back.equation), (0, None), "it meets a weight of each of 128 units");
}
