//! All of the arithmetic behind cells of whole networks: its terms come to the engine's values, and what a cell gives to
//! another is what that one says that it gets.

use receptive_core::Rng;
use receptive_lessons::network::{CellAccount, CellTerm, NetworkTrace, holder};
use receptive_nn::{GradientInspector, Head, Inspector, Parameters, Preset, Spec};

const CLASS: u8 = 7;

struct Case {
    spec: Spec,
    parameters: Parameters,
    tensors: Vec<(String, Vec<f32>)>,
}

impl Case {
    fn new(spec: Spec) -> Self {
        let parameters = Parameters::init(&spec, 3).unwrap();
        let image: Vec<f32> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
        let mut forward = Inspector::new(&spec).unwrap();
        let mut backward = GradientInspector::new(&spec, Head::CrossEntropy).unwrap();
        forward.run(&parameters, &image);
        backward.run(&parameters, &image, CLASS);
        let mut tensors = vec![("input".to_string(), image)];
        let names = spec.outputs().unwrap().into_iter().filter(|output| output.computes).map(|output| output.name);
        for name in names.chain(["probabilities".into(), "losses".into()]) {
            tensors.extend(forward.part(&parameters, &name).map(|(name, (_, values))| (name, values.to_vec())));
            tensors.extend(backward.part(&name).map(|(name, (_, values))| (format!("grad {name}"), values.to_vec())));
        }
        tensors.extend(backward.part("input").map(|(_, (_, values))| ("grad input".into(), values.to_vec())));
        Self { spec, parameters, tensors }
    }

    fn trace(&self, rows: &[String]) -> NetworkTrace {
        let inspector = Inspector::new(&self.spec).unwrap();
        let row =
            |name: &String| inspector.part(&self.parameters, name).map(|(name, (_, values))| (name, values.to_vec()));
        let tensors = self.tensors.iter().cloned().chain(rows.iter().filter_map(row));
        NetworkTrace::new(&self.spec, (Head::CrossEntropy, CLASS), tensors).unwrap()
    }

    /// The account of a cell with all the rows of parameters that it needs.
    fn account(&self, name: &str, index: usize) -> CellAccount {
        let without = self.trace(&[]).cell(name, index).unwrap_or_else(|| panic!("{name} {index}"));
        let account = self.trace(&without.rows.concat()).cell(name, index).unwrap();
        assert_eq!((account.is_complete, &account.rows), (true, &without.rows), "{name}");
        assert_eq!(without.is_complete, without.rows[0].is_empty(), "{name}");
        account
    }
}

fn cases() -> Vec<Case> {
    let texts = [
        "28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10",
        "28x28x1:c4x3,cat(c2x1;c2x3p1;),r,a2,f,d12,r,d10",
        "28x28x1:c4x5s2,n,t,o0.3,f,d10",
        "28x28x1:b1,c4x3i2g1,l,mul(v,f,d4;),u4,f,d10",
        "28x28x1:w3s2p1,g,c6x3,r,m3s2,f,d10",
    ];
    let presets = [Preset::Small, Preset::Lenet5].map(|preset| preset.spec());
    presets
        .into_iter()
        .chain(texts.map(|text| Spec::read(text).unwrap_or_else(|_| panic!("{text}"))))
        .map(Case::new)
        .collect()
}

fn close(got: f64, want: f64) -> bool {
    (got - want).abs() <= 1e-5 + 1e-4 * want.abs()
}

fn product(term: &CellTerm) -> f64 {
    term.factors.iter().map(|factor| f64::from(*factor)).product()
}

#[test]
fn every_term_of_a_sum_is_there_and_they_come_to_the_value() {
    let (mut rng, mut n_sums) = (Rng::new(2), 0);
    for case in cases() {
        for (name, values) in &case.tensors {
            if ["input", "probabilities", "losses", "grad losses"].contains(&name.as_str()) {
                continue;
            }
            for _ in 0..4 {
                let index = rng.below(values.len() as u32) as usize;
                let account = case.account(name, index);
                let at = format!("{}: {name} {index}: {account:?}", case.spec.to_text());
                assert_eq!(account.value, values[index], "{at}");
                let terms = || account.groups.iter().flat_map(|group| &group.terms).chain(&account.rest);
                assert!(terms().all(|term| close(product(term), term.value.into())), "{at}");
                for group in &account.groups {
                    assert!(close(group.terms.iter().map(product).sum(), group.sum.into()), "{at}");
                    let [rows, columns] = group.window.unwrap_or([1, 1]);
                    assert!(group.terms.iter().all(|term| term.at[0] < rows && term.at[1] < columns), "{at}");
                }
                if account.is_sum {
                    let divisor = account.brackets[1].strip_prefix(") / ").map_or(1.0, |n| n.parse().unwrap());
                    let sum: f64 = terms().map(product).sum::<f64>() / divisor;
                    assert!(close(sum, account.value.into()), "{sum}: {at}");
                    n_sums += 1;
                } else if account.brackets[0] == "max(" {
                    let chosen: Vec<_> = terms().filter(|term| term.is_chosen).map(|term| term.value).collect();
                    assert_eq!(chosen, [account.value], "{at}");
                } else {
                    assert_eq!(terms().count(), 1, "{at}");
                }
            }
        }
    }
    assert!(n_sums > 150, "{n_sums}");
}

#[test]
fn what_a_cell_gives_to_another_is_what_that_one_gets() {
    let (mut rng, mut n_compared) = (Rng::new(4), 0);
    for case in cases() {
        for (name, values) in &case.tensors {
            if ["probabilities", "losses"].contains(&name.as_str()) {
                continue;
            }
            let index = rng.below(values.len() as u32) as usize;
            let account = case.account(name, index);
            let is_backward = name.starts_with("grad ");
            for reader in account.readers.iter().flat_map(|group| &group.terms).take(6) {
                let Some((layer, cell)) = &reader.cell else { continue };
                if reader.factors.is_empty() {
                    continue;
                }
                let tensor = if is_backward { format!("grad {layer}") } else { layer.clone() };
                let gets = case.account(&tensor, *cell);
                let own = name.strip_prefix("grad ").unwrap_or(name);
                let divisor = gets.brackets[1].strip_prefix(") / ").map_or(1.0, |n| n.parse().unwrap());
                let found = gets.groups.iter().flat_map(|group| &group.terms).filter(|term| {
                    term.cell.as_ref().is_some_and(|(layer, cell)| (layer.as_str(), *cell) == (own, index))
                });
                let found: Vec<f64> = found.map(|term| product(term) / divisor).collect();
                // A sum that is kept in parts has its parts for cells.
                if found.is_empty() || !gets.is_sum {
                    continue;
                }
                let at =
                    format!("{}: {name} {index} to {tensor} {cell}: {reader:?}, not {found:?}", case.spec.to_text());
                assert!(found.iter().any(|value| close(*value, reader.value.into())), "{at}");
                n_compared += 1;
            }
        }
    }
    assert!(n_compared > 150, "{n_compared}");
}

#[test]
fn a_gradient_asks_for_the_weights_that_it_meets_and_for_no_others() {
    let case = Case::new(Preset::Slides.spec());
    let weights: Vec<f32> = case.parameters.get("linear 1.weight").unwrap().values.clone();
    let (units, inputs, index) = (128, 9216, 4321);
    let name = "grad max-pool 1";
    let without = case.trace(&[]).cell(name, index).unwrap();
    let asked = format!("linear 1.weight[0..{units}, {index}..{}]", index + 1);
    assert_eq!((without.is_complete, &without.rows[0][..]), (false, &[asked.clone()][..]));
    let column: Vec<f32> = (0..units).map(|unit| weights[unit * inputs + index]).collect();
    let tensors = case.tensors.iter().cloned().chain([(asked, column)]);
    let trace = NetworkTrace::new(&case.spec, (Head::CrossEntropy, CLASS), tensors).unwrap();
    let account = trace.cell(name, index).unwrap();
    assert!(account.is_complete && account.is_sum);
    assert!(close(account.sum.into(), account.value.into()), "{} for {}", account.sum, account.value);
}

#[test]
fn terms_lie_in_the_windows_of_their_maps_and_long_lists_are_in_parts() {
    let case = Case::new(Preset::Small.spec());
    // In the corner of a map two rows and columns of the kernel lie on the padding.
    let account = case.account("conv 2", 0);
    assert_eq!((account.groups.len(), account.rest.len()), (8, 1));
    let group = &account.groups[2];
    assert_eq!((group.title.as_str(), group.window, group.terms.len()), ("max-pool 1, map 3", Some([5, 5]), 25));
    let n_padding = group.terms.iter().filter(|term| term.cell.is_none()).count();
    assert_eq!(n_padding, 25 - 9);
    assert_eq!(group.terms[12].cell, Some(("max-pool 1".into(), 2 * 14 * 14)));
    assert_eq!(account.rest[0].title, "bias");
    // Back through it: a window of each of 16 maps, cut off by the edge.
    let account = case.account("grad max-pool 1", 0);
    assert_eq!(account.groups.iter().map(|group| group.window).collect::<Vec<_>>(), [Some([3, 3]); 16]);
    let unit = Case::new(Preset::Lenet5.spec()).account("linear 2", 3);
    let sizes: Vec<usize> = unit.groups.iter().map(|group| group.terms.len()).collect();
    assert_eq!(sizes, [25, 25, 25, 25, 20]);
    assert_eq!((unit.groups[4].title.as_str(), unit.groups[4].window), ("terms 101 to 120", None));
}

#[test]
fn a_layer_knows_what_comes_in_and_what_reads_it() {
    let case = Case::new(Spec::read("28x28x1:c4x5s2,n,cat(c2x1;c2x3p1;),o0.3,f,d10").unwrap());
    let trace = case.trace(&[]);
    let of = |name: &str| {
        let account = trace.layer(name).unwrap_or_else(|| panic!("{name}"));
        (account.inputs, account.readers)
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
    assert_eq!(of("input"), (names(&[]), names(&["conv 1"])));
    assert_eq!(of("conv 1"), (names(&["input"]), names(&["batch-norm 1"])));
    assert_eq!(of("batch-norm 1").0, names(&["conv 1"]));
    let (inputs, readers) = of("block 1");
    assert_eq!(inputs, names(&["block 1 / branch 1 / conv 1", "block 1 / branch 2 / conv 1", "batch-norm 1"]));
    assert_eq!(readers, names(&["linear 1"]));
    assert_eq!(of("flatten 1").0, names(&["block 1"]));
    let outputs = Spec::read("28x28x1:o0.3,c4x3,add(o0.3;r,o0.1,c4x1),o0.5,f,d10").unwrap().outputs().unwrap();
    for (name, wanted) in [
        ("dropout 1", "input"),
        ("conv 1", "conv 1"),
        ("block 1 / branch 1 / dropout 1", "conv 1"),
        ("block 1 / branch 2 / dropout 1", "block 1 / branch 2 / relu 1"),
        ("flatten 1", "block 1"),
    ] {
        assert_eq!(holder(&outputs, name), wanted);
    }
    assert!(trace.layer("conv 2").is_none());
    let rule = trace.layer("conv 1").unwrap();
    assert_eq!(rule.formula, "y(k, i, j) = b(k) + sum(c r s) w(k, c, r, s)·x(c, 2·i + r, 2·j + s)");
    for part in ["4 maps", "5×5", "2 (stride)"] {
        assert!(rule.rule.contains(part), "{part}: {}", rule.rule);
    }
    // What a layer does not have, it says nothing of.
    let parts = ["1 on each side (padding)", "2 apart (dilation)", "2 groups"];
    assert!(!["padding", "dilation", "groups"].iter().any(|part| rule.rule.contains(part)), "{}", rule.rule);
    let other = Case::new(Spec::read("28x28x1:c2x1,c4x3p1i2g2,f,d10").unwrap());
    let other = other.trace(&[]).layer("conv 2").unwrap().rule;
    assert!(parts.iter().all(|part| other.contains(part)), "{other}");
    let wanted = "frac(∂L, ∂w(k, c, r, s)) = sum(i j) frac(∂L, ∂y(k, i, j))·x(c, 2·i + r, 2·j + s)";
    assert_eq!(rule.gradient, wanted);
    assert_eq!(trace.layer("relu 1").map(|rule| rule.gradient).unwrap_or_default(), "");
}

#[test]
fn a_value_says_where_it_goes_without_any_gradient_however_many_ways_lead_to_the_loss() {
    // From its first layer more ways lead to the loss than could ever be gone one by one.
    let deep = Spec::read("28x28x1:f,d48,r,d48,r,d48,r,d48,r,d48,r,d48,r,d48,r,d48,r,d10").unwrap();
    for spec in [deep, Preset::Lenet5.spec()] {
        let whole = Case::new(spec.clone());
        let forward = whole.tensors.iter().filter(|(name, _)| !name.starts_with("grad ")).cloned().collect();
        let alone = Case { spec, parameters: whole.parameters.clone(), tensors: forward };
        // The class that the image counts as decides the loss, which comes with gradients.
        for (name, values) in alone.tensors.iter().filter(|(name, _)| name != "losses") {
            for index in [0, values.len() / 2, values.len() - 1] {
                let account = alone.account(name, index);
                assert_eq!(account, whole.account(name, index), "{name} {index}");
                assert_eq!(account.readers.is_empty(), name == "probabilities", "{name} {index}");
            }
        }
    }
}

#[test]
fn a_gradient_of_zero_says_why() {
    let case = Case::new(Preset::Small.spec());
    let of = |name: &str| &case.tensors.iter().find(|(known, _)| known == name).unwrap().1;
    let (before, after) = (of("conv 1"), of("relu 1"));
    let side = 28;
    // The first of the largest values of its window of 2×2.
    let is_largest = |i: usize| {
        let corner = i - i % (2 * side) + i % side / 2 * 2;
        let window = [0, 1, side, side + 1].map(|by| corner + by);
        window.into_iter().rev().max_by(|a, b| after[*a].total_cmp(&after[*b])) == Some(i)
    };
    let mut counts = [0; 4];
    for i in (0..before.len()).step_by(53) {
        for name in ["relu 1", "conv 1"] {
            let account = case.account(&format!("grad {name}"), i);
            let said: Vec<_> = account.remarks.iter().filter(|remark| remark.starts_with("Why is it 0?")).collect();
            let (kind, part) = match name {
                _ if account.value != 0.0 => (0, ""),
                "conv 1" if before[i] <= 0.0 => (1, "flat"),
                "relu 1" if !is_largest(i) => (2, "largest"),
                _ => (3, "already"),
            };
            counts[kind] += 1;
            assert_eq!(said.len(), usize::from(kind > 0), "{name} {i}: {said:?}");
            assert!(said.iter().all(|said| said.contains(part)), "{name} {i}: {part}, {said:?}");
        }
    }
    assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
}
