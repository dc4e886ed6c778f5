//! The chapter of one step against a network written out in double precision, its gradients by finite differences.

use receptive_lessons::chapters::one_step::CHAPTER;
use receptive_lessons::scene::{Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;
use receptive_lessons::{Trace, four_digits};

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

fn values(scene: &Scene, grid: &str) -> Vec<f64> {
    scene.grid(grid).unwrap_or_else(|| panic!("no {grid}")).values().into_iter().map(f64::from).collect()
}

/// The loss of a 2×2 kernel and two units of nine weights on a 4×4 picture, with biases: of the kernel, then of the units.
fn loss(x: &[f64], kernel: &[f64], units: &[f64], biases: &[f64; 3], class: usize) -> f64 {
    let map = (0..9).map(|i| {
        let at = |r: usize, s: usize| x[(i / 3 + r) * 4 + i % 3 + s] * kernel[2 * r + s];
        (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + biases[0]).max(0.0)
    });
    let map: Vec<_> = map.collect();
    let z = [0, 1].map(|k| biases[1 + k] + (0..9).map(|i| units[9 * k + i] * map[i]).sum::<f64>());
    (z[0].exp() + z[1].exp()).ln() - z[class]
}

#[test]
fn gradients_update_and_forecast_are_those_of_the_network_written_out() {
    for (link, class, rate) in [("", 1, 0.1), ("target=0&rate=0.4", 0, 0.4)] {
        let trace = trace(link);
        let (last, updated) = (trace.scene(9), trace.scene(10));
        let [x, kernel, units] = ["picture", "kernel", "units"].map(|name| values(&last, name));
        let zero = [0.0; 3];
        let before = loss(&x, &kernel, &units, &zero, class);
        let h = 1e-6;
        let slope = |of: &dyn Fn(f64) -> f64| (of(h) - of(-h)) / (2.0 * h);
        let moved = |all: &[f64], i: usize, by: f64| {
            let mut all = all.to_vec();
            all[i] += by;
            all
        };
        let of_kernel = |i| slope(&|by| loss(&x, &moved(&kernel, i, by), &units, &zero, class));
        let of_units = |i| slope(&|by| loss(&x, &kernel, &moved(&units, i, by), &zero, class));
        // Windows of zeros stand exactly at ReLU's bend, where its slope counts as 0: so come from below.
        let of_bias = |i| {
            let mut biases = zero;
            biases[i] -= h;
            (before - loss(&x, &kernel, &units, &biases, class)) / h
        };
        let grad_kernel: Vec<_> = (0..4).map(of_kernel).collect();
        let grad_units: Vec<_> = (0..18).map(of_units).collect();
        let grad_biases: [f64; 3] = [0, 1, 2].map(of_bias);
        let close = |got: &[f64], want: &[f64], what: &str| {
            assert_eq!(got.len(), want.len(), "{what}");
            for (got, want) in got.iter().zip(want) {
                assert!((got - want).abs() < 1e-5, "{link} {what}: {got} {want}");
            }
        };
        close(&values(&last, "grad-kernel"), &grad_kernel, "gradient of the kernel");
        close(&values(&last, "grad-units"), &grad_units, "gradient of the units");
        let step = |w: &[f64], g: &[f64]| w.iter().zip(g).map(|(w, g)| w - rate * g).collect::<Vec<_>>();
        close(&values(&updated, "kernel"), &step(&kernel, &grad_kernel), "kernel");
        close(&values(&updated, "units"), &step(&units, &grad_units), "units");
        let biases = grad_biases.map(|g| -rate * g);
        let after = loss(&x, &step(&kernel, &grad_kernel), &step(&units, &grad_units), &biases, class);
        let square: f64 = grad_kernel.iter().chain(&grad_units).chain(&grad_biases).map(|g| g * g).sum();
        let foretold = -rate * square;
        assert!(after < before && (after - before - foretold).abs() < 0.5 * foretold.abs(), "{before} {after}");
        // The sentence says both changes, to four digits; the last digit is rounding's.
        let caption = trace.scene(11).caption;
        for value in [foretold, after - before] {
            let text = four_digits(value as f32);
            assert!(caption.contains(&text[..text.len() - 2]), "{caption} {text}");
        }
    }
}

#[test]
fn nothing_is_shown_before_it_is_computed() {
    let trace = trace("");
    let known = |moment: usize, grid: &str| trace.scene(moment).grid(grid).unwrap().n_known.is_none();
    let order = ["map", "relu", "scores"];
    for (i, grid) in order.iter().enumerate() {
        assert!(!known(i, grid) && known(i + 1, grid), "{grid}");
    }
    let back = ["grad-scores", "grad-units", "grad-relu", "grad-map", "grad-kernel"];
    for (i, grid) in back.iter().enumerate() {
        assert!(!known(4 + i, grid) && known(5 + i, grid), "{grid}");
    }
    assert!(trace.describe(0, Spot::new("map", 3)).contains("not computed yet"));
    assert_eq!(trace.linked(9, Spot::new("grad-kernel", 2)), [Spot::new("kernel", 2)]);
}
