//! Networks in double precision: they are those of the engine with more digits, gradients are their slopes, and a number
//! that is changed for once has the effect that it has when it is changed for good.

use receptive_core::Rng;
use receptive_nn::{Exact, Head, Inspection, Inspector, Nudge, Nudger, Parameters, Preset, Spec, Variable};

/// Networks that have every kind of layer between them: grouped, depthwise and strided convolutions, paddings, all poolings,
/// all activations, batch norms, dropouts, and branches of every kind of join.
const TEXTS: [&str; 5] = [
    "9x8x2:c4x3p1,l0.1,c6x3s2g2,e1.5,a2s1,f,d8,g,d7,t,d6,x-0.5_0.5_1_-1,d5,h0.5_0.7,d4",
    "9x7x2:c4x3y2p1,r,m3s2p1,b1a2r,w3p1,e,b1m,u2,v,f,d5,r,d4",
    "7x6x2:c3x3p1,n,r,o0.3,m2,f,d6,n,o,r,d4",
    "6x5x2:c4x3p1,add(c4x3p1,r;),r,cat(w3p1;a3s1p1,c2x1;),mul(;v,f,d10,g),add(m2;add(m2,r;a2);u2),f,d4",
    "8x8x1:c4x3p1,n,r,mul(c4x1;c4x3p1,t),mul(;v,f,d4,g),m2,f,d5",
];

fn networks() -> Vec<Spec> {
    let texts = TEXTS.iter().map(|text| Spec::read(text).unwrap());
    Preset::ALL.iter().map(|preset| preset.spec()).chain(texts).collect()
}

/// The names of the layers, those inside branches too.
fn names(spec: &Spec) -> Vec<String> {
    spec.outputs().unwrap().into_iter().map(|output| output.name).collect()
}

/// Parameters none of which is zero or one, and an image.
fn drawn(spec: &Spec, rng: &mut Rng) -> (Parameters, Vec<f32>) {
    let mut parameters = Parameters::init(spec, 3).unwrap();
    let names: Vec<_> = parameters.tensors().iter().map(|tensor| tensor.name.clone()).collect();
    for name in names {
        for value in parameters.values_mut(&name).unwrap() {
            match name.split_once('.').unwrap().1 {
                "running variance" => *value = rng.range(0.5, 2.0),
                _ => *value += 0.1 * rng.normal(),
            }
        }
    }
    let image = (0..spec.input.iter().product()).map(|_| rng.uniform()).collect();
    (parameters, image)
}

/// A random number of a network that its loss depends on: a pixel or a parameter, of any tensor as likely as of any other.
fn variable(parameters: &Parameters, n_pixels: usize, rng: &mut Rng) -> Variable {
    let learnt: Vec<_> = parameters.tensors().iter().filter(|tensor| tensor.is_learnt).collect();
    match learnt.get(rng.below(learnt.len() as u32 + 1) as usize) {
        Some(tensor) => {
            Variable::Parameter { tensor: tensor.name.clone(), index: rng.below(tensor.values.len() as u32) }
        }
        None => Variable::Pixel(rng.below(n_pixels as u32)),
    }
}

#[test]
fn values_are_those_of_the_engine_within_its_rounding() {
    let mut rng = Rng::new(1);
    for spec in networks() {
        let (parameters, image) = drawn(&spec, &mut rng);
        let mut inspector = Inspector::new(&spec).unwrap();
        inspector.run(&parameters, &image);
        let class = rng.below(inspector.tensor(&parameters, "probabilities").unwrap().1.len() as u32) as u8;
        let want = |inspector: &Inspector, name: &str| {
            f64::from(inspector.tensor(&parameters, name).unwrap().1[usize::from(class)])
        };
        let losses = Head::LOSSES.map(|loss| {
            inspector.set_loss(loss);
            inspector.run(&parameters, &image);
            want(&inspector, "losses")
        });
        let value = |head| {
            let mut exact = Exact::new(&spec, head).unwrap();
            exact.run(&parameters, &image, class);
            let mut n_compared = 0;
            for name in names(&spec).into_iter().chain(["probabilities".into()]) {
                let Some(got) = exact.named(&name) else { continue };
                let want = inspector.tensor(&parameters, &name).unwrap().1;
                let largest = want.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
                let is_close = |(got, want): (&f64, &f32)| (got - f64::from(*want)).abs() <= 1e-5 * f64::from(largest);
                assert_eq!(got.len(), want.len(), "{name}");
                assert!(got.iter().zip(want).all(is_close), "{name} of {}", spec.to_text());
                n_compared += 1;
            }
            assert!(n_compared > names(&spec).len() / 2, "{n_compared}");
            exact.value()
        };
        let is_close = |head: Head, want: f64| {
            assert!((value(head) - want).abs() <= 1e-5 * want.abs().max(1.0), "{head:?} of {}", spec.to_text());
        };
        is_close(Head::Logit, want(&inspector, &names(&spec).pop().unwrap()));
        Head::LOSSES.into_iter().zip(losses).for_each(|(loss, want)| is_close(loss, want));
    }
}

/// True if a gradient is the slope that a difference shows, as far as single precision can tell among gradients of which
/// the largest is `largest`.
fn is_slope(slope: f64, gradient: f64, largest: f64, share: f64) -> bool {
    // A difference of two losses over a step of 1e-4 is known no better than to 1e-10.
    (slope - gradient).abs() <= share * (gradient.abs() + 0.1 * largest) + 1e-10
}

#[test]
fn gradients_are_the_slopes_that_differences_show() {
    check_slopes(&[Head::CrossEntropy, Head::Logit], 2e-5);
}

#[test]
fn gradients_of_the_other_losses_are_slopes_too() {
    // Through a softmax of its own a gradient is a difference of nearly equal numbers, and loses more than a digit.
    check_slopes(&Head::LOSSES[1..], 5e-4);
}

/// Compares gradients with differences, which they may miss by a share of themselves.
fn check_slopes(heads: &[Head], share: f64) {
    const STEP: f64 = 1e-4;
    let (mut rng, mut n_checked, mut n_told) = (Rng::new(2), 0, 0);
    for spec in networks() {
        for &head in heads {
            let (parameters, image) = drawn(&spec, &mut rng);
            // Of an answer that is almost sure, single precision knows too little of what is missing to 1.
            let answer = Inspection::new(&spec, &parameters, &image).unwrap().probabilities;
            if matches!(head, Head::Loss(_)) && answer.iter().any(|p| *p > 0.999) {
                continue;
            }
            let mut nudger = Nudger::new(&spec, head).unwrap();
            let class = rng.below(nudger.n_classes() as u32) as u8;
            nudger.run(&parameters, &image, class);
            // Those away from every bend: there the loss has one slope.
            let mut found: Vec<(Variable, Nudge)> = vec![];
            for _ in 0..25 {
                let at = variable(&parameters, image.len(), &mut rng);
                let nudge = nudger.nudge(&at, STEP).unwrap();
                if nudge.n_bends == [0, 0] {
                    found.push((at, nudge));
                }
            }
            let largest = found.iter().fold(0.0, |largest, (_, nudge)| f64::from(nudge.gradient.abs()).max(largest));
            // Where all gradients have died out, they are rounding.
            if matches!(head, Head::Loss(_)) && largest < 1e-2 {
                continue;
            }
            for (at, nudge) in &found {
                let (slope, gradient) = ((nudge.after - nudge.opposite) / (2.0 * STEP), f64::from(nudge.gradient));
                assert!(
                    is_slope(slope, gradient, largest, share),
                    "{at:?} of {}: {slope}, not {gradient}",
                    spec.to_text()
                );
                // A gradient that is off by some of it would be found out, unless it is tiny beside others.
                let off = 1.0 + (5.0 * share).max(1e-3);
                n_told += usize::from(!is_slope(slope, off * gradient, largest, share));
            }
            assert!(found.len() >= 10, "{} of {}", found.len(), spec.to_text());
            n_checked += found.len();
        }
    }
    assert!(n_checked >= 300 && n_told >= 200, "{n_told} of {n_checked}");
}

#[test]
fn a_number_changed_for_once_does_what_it_does_when_it_is_changed_for_good() {
    let mut rng = Rng::new(3);
    let mut n_bent = 0;
    for spec in networks() {
        let (parameters, image) = drawn(&spec, &mut rng);
        let mut exact = Exact::new(&spec, Head::CrossEntropy).unwrap();
        exact.run(&parameters, &image, 1);
        let before = exact.value();
        let mut again = Exact::new(&spec, Head::CrossEntropy).unwrap();
        for _ in 0..8 {
            let at = variable(&parameters, image.len(), &mut rng);
            let (mut others, mut other_image) = (parameters.clone(), image.clone());
            let number = match &at {
                Variable::Parameter { tensor, index } => &mut others.values_mut(tensor).unwrap()[*index as usize],
                Variable::Pixel(index) => &mut other_image[*index as usize],
            };
            let old = *number;
            *number += 0.7 * rng.normal();
            let by = f64::from(*number) - f64::from(old);
            assert_eq!(exact.value_of(&at), Some(f64::from(old)));
            let changed = exact.changed(&at, by).unwrap();
            again.run(&others, &other_image, 1);
            let want = again.value();
            assert!((changed.value - want).abs() <= 1e-12 * want.max(1.0), "{at:?} of {}", spec.to_text());
            assert_eq!(exact.value(), before, "for once");
            n_bent += usize::from(changed.n_bends > 0);
        }
    }
    assert!(n_bent > 15, "{n_bent} went round a bend");
}

/// The place of the largest of each 2×2 window of maps whose side is even: the first of equal ones.
fn places(values: &[f64], side: usize) -> Vec<usize> {
    let windows = (0..values.len()).filter(|at| (at % side).is_multiple_of(2) && (at / side).is_multiple_of(2));
    let place = |first: usize| {
        let cells = [first, first + 1, first + side, first + side + 1];
        cells.into_iter().reduce(|best, at| if values[at] > values[best] { at } else { best }).unwrap()
    };
    windows.map(place).collect()
}

#[test]
fn bends_are_the_rectifiers_and_maxima_that_choose_otherwise() {
    let spec = Preset::Small.spec();
    let mut rng = Rng::new(4);
    let (parameters, image) = drawn(&spec, &mut rng);
    let mut exact = Exact::new(&spec, Head::CrossEntropy).unwrap();
    exact.run(&parameters, &image, 1);
    let chosen = |exact: &Exact| {
        let [first, second] = ["relu 1", "relu 2"].map(|name| exact.named(name).unwrap());
        let is_on = |values: &[f64]| values.iter().map(|value| usize::from(*value > 0.0)).collect();
        [is_on(first), is_on(second), places(first, 28), places(second, 14)].concat()
    };
    let before = chosen(&exact);
    for (tensor, index) in [("conv 1.weight", 7), ("conv 1.bias", 3), ("conv 2.weight", 99), ("linear 1.weight", 5)] {
        let mut others = parameters.clone();
        let number = &mut others.values_mut(tensor).unwrap()[index];
        let old = *number;
        *number += 0.25;
        let by = f64::from(*number) - f64::from(old);
        let mut again = Exact::new(&spec, Head::CrossEntropy).unwrap();
        again.run(&others, &image, 1);
        let want = before.iter().zip(chosen(&again)).filter(|&(before, after)| *before != after).count();
        let at = Variable::Parameter { tensor: tensor.into(), index: index as u32 };
        assert_eq!(exact.changed(&at, by).unwrap().n_bends, want, "{tensor}");
        assert_eq!(want > 0, tensor != "linear 1.weight", "{tensor}");
    }
}

#[test]
fn a_nudge_tells_slope_and_curvature() {
    let spec = Preset::Linear.spec();
    let mut rng = Rng::new(5);
    let (parameters, image) = drawn(&spec, &mut rng);
    let mut loss = Nudger::new(&spec, Head::CrossEntropy).unwrap();
    let mut logit = Nudger::new(&spec, Head::Logit).unwrap();
    [&mut loss, &mut logit].into_iter().for_each(|nudger| nudger.run(&parameters, &image, 4));
    let mut inspector = Inspector::new(&spec).unwrap();
    inspector.run(&parameters, &image);
    let p: Vec<_> = inspector.tensor(&parameters, "probabilities").unwrap().1.iter().map(|&p| f64::from(p)).collect();
    for unit in 0..10 {
        let at = Variable::Parameter { tensor: "linear 1.bias".into(), index: unit };
        let is_true = f64::from(u8::from(unit == 4));
        // Along a bias, cross-entropy has the slope p − [true] and the curvature p·(1 − p).
        let (nudge, p) = (loss.nudge(&at, 1e-3).unwrap(), p[unit as usize]);
        assert!((nudge.predicted() - 1e-3 * (p - is_true)).abs() <= 1e-9, "{nudge:?}");
        assert!((nudge.curvature().unwrap() - p * (1.0 - p)).abs() <= 1e-6, "{nudge:?}");
        assert!((nudge.change() - 1e-3 * (p - is_true) - 0.5e-6 * p * (1.0 - p)).abs() <= 1e-9, "{nudge:?}");
        assert_eq!(nudge.number, f64::from(parameters.get("linear 1.bias").unwrap().values[unit as usize]));
        let straight = logit.nudge(&at, 2.0).unwrap();
        assert!((straight.change() - 2.0 * is_true).abs() < 1e-12 && straight.curvature().unwrap().abs() < 1e-12);
        assert_eq!((straight.predicted(), straight.n_bends), (2.0 * is_true, [0, 0]));
    }
    let at = Variable::Pixel(300);
    let nothing = loss.nudge(&at, 0.0).unwrap();
    assert_eq!((nothing.change(), nothing.curvature(), nothing.miss()), (0.0, None, 0.0));
    // Weights of the next step, another image, another class: each counts.
    let mut others = parameters.clone();
    others.values_mut("linear 1.bias").unwrap()[4] += 0.5;
    let mut shifted = image.clone();
    shifted.rotate_right(28);
    let mut seen = vec![loss.nudge(&at, 0.1)];
    for (parameters, image, class) in [(&others, &image, 4), (&others, &shifted, 4), (&others, &shifted, 5)] {
        loss.run(parameters, image, class);
        let nudge = loss.nudge(&at, 0.1);
        assert!(!seen.contains(&nudge), "{nudge:?}");
        seen.push(nudge);
    }
}

#[test]
fn there_is_no_number_but_those_that_are_learnt_and_the_pixels() {
    let spec = Spec::read(TEXTS[2]).unwrap();
    let (parameters, image) = drawn(&spec, &mut Rng::new(6));
    let mut nudger = Nudger::new(&spec, Head::Logit).unwrap();
    nudger.run(&parameters, &image, 0);
    let of = |tensor: &str, index| nudger.nudge(&Variable::Parameter { tensor: tensor.into(), index }, 0.1);
    assert!(of("conv 1.weight", 53).is_some() && of("batch-norm 2.bias", 5).is_some());
    assert_eq!(of("conv 1.weight", 54), None);
    for none in ["conv 1", "conv 9.weight", "batch-norm 1.running mean", "input", "", "probabilities"] {
        assert_eq!(of(none, 0), None, "{none}");
    }
    assert!(nudger.nudge(&Variable::Pixel(83), 0.1).is_some() && nudger.nudge(&Variable::Pixel(84), 0.1).is_none());
}
