use super::*;
use crate::Rng;
use alloc::vec::Vec;

const RULES: [RuleStep; 10] = [
    RuleStep::Sgd(SgdStep { rate: 0.01 }),
    RuleStep::Momentum(MomentumStep { rate: 0.01, momentum: 0.9 }),
    RuleStep::Nesterov(NesterovStep { rate: 0.01, momentum: 0.9 }),
    RuleStep::Adagrad(AdagradStep { rate: 0.01, epsilon: 1e-3 }),
    RuleStep::RmsProp(RmsPropStep { rate: 0.01, rho: 0.9, epsilon: 1e-3 }),
    RuleStep::Adadelta(AdadeltaStep { rate: 0.5, rho: 0.9, epsilon: 1e-3 }),
    RuleStep::Adam(ADAM),
    RuleStep::AmsGrad(AmsGradStep(ADAM)),
    RuleStep::AdaMax(AdaMaxStep { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, rate: 0.01 }),
    RuleStep::Nadam(NadamStep {
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-3,
        grad_rate: 0.01,
        mean_rate: 0.03,
        correction: 0.3,
    }),
];
const ADAM: AdamStep = AdamStep { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, rate: 0.01, correction: 0.3 };

#[test]
fn every_length_is_the_formula_of_each_weight_alone() {
    for rule in RULES {
        let step = UpdateStep { scale: 0.5, decay: 0.1, keep: 0.99, rule };
        let n_moments = with_rule!(rule, rule => n_moments(rule));
        for len in 1..14 {
            let mut rng = Rng::new(len);
            let mut draw = || -> Vec<f32> { (0..len).map(|_| rng.normal()).collect() };
            let (w, grad) = (draw(), draw());
            let moments: [Vec<f32>; MOST_MOMENTS] = from_fn(|_| draw().iter().map(|v| v * v).collect());
            let (mut new, mut news) = (w.clone(), moments.clone());
            let rows = news.each_mut().map(Vec::as_mut_slice);
            update_weights(&mut new, rows, &grad, step);
            for i in 0..len as usize {
                let before = from_fn(|which| f64::from(moments[which][i]));
                let (want, wants) = step.apply(f64::from(w[i]), before, f64::from(grad[i]));
                let is_close = |got: f32, want: f64| (f64::from(got) - want).abs() < 1e-6 + 1e-5 * want.abs();
                assert!(is_close(new[i], want), "{rule:?}: {}, not {want}", new[i]);
                for which in 0..n_moments {
                    assert!(is_close(news[which][i], wants[which]), "{rule:?}: moment {which}");
                }
            }
            assert!(news[n_moments..] == moments[n_moments..], "{rule:?} writes more than it has");
        }
    }
}

#[test]
fn adam_is_the_printed_formula() {
    let (w, m, v, g) = (0.7_f64, 0.2, 0.3, -1.5);
    let step = UpdateStep { scale: 1.0, decay: 0.0, keep: 1.0, rule: RuleStep::Adam(ADAM) };
    let single = f64::from;
    let [b1, b2] = [single(0.9_f32), single(0.99_f32)];
    let (m1, v1) = (b1 * m + single(1.0 - 0.9_f32) * g, b2 * v + single(1.0 - 0.99_f32) * g * g);
    let want = w - single(0.01_f32) * m1 / (libm::sqrt(v1) / single(0.3_f32) + single(1e-3_f32));
    let (got, moments) = step.apply(w, [m, v, 0.0], g);
    assert!((got - want).abs() < 1e-15 && (moments[0] - m1).abs() < 1e-15 && (moments[1] - v1).abs() < 1e-15);
}

#[test]
fn gradients_are_shortened_to_the_norm_and_never_lengthened() {
    let x: Vec<f32> = (0..21).map(|i| i as f32 - 10.0).collect();
    assert!((square_sum(&x) - 770.0).abs() < 1e-12);
    assert_eq!(square_sum(&[]), 0.0);
    assert!((clip_factor(4.0, 1.0) - 0.25).abs() < 1e-6);
    assert_eq!((clip_factor(0.5, 1.0), clip_factor(0.0, 1.0)), (1.0, 1.0));
    assert_eq!(clip_factor(f64::INFINITY, 1.0), 0.0);
}
