//! The chapter of training against the same steps in double precision, from the formulas alone.

use receptive_lessons::Trace;
use receptive_lessons::chapters::training::CHAPTER;
use receptive_lessons::scene::{Item, Scene};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

fn both(scene: &Scene, names: [&str; 2]) -> Vec<f64> {
    names.iter().flat_map(|name| scene.grid(name).unwrap().values()).map(f64::from).collect()
}

fn close(got: &[f64], want: &[f64], what: &str) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-5, "{what}: {got}, want {want}");
    }
}

/// Softmax of two scores, and the loss of one class.
fn guess(w: &[f64], b: &[f64; 2], x: &[f64], class: usize) -> ([f64; 2], f64) {
    let z = [0, 1].map(|k| b[k] + (0..9).map(|i| w[9 * k + i] * x[i]).sum::<f64>());
    let total: f64 = z.iter().map(|z| z.exp()).sum();
    let p = z.map(|z| z.exp() / total);
    (p, -p[class].ln())
}

#[test]
fn every_step_is_that_of_softmax_regression_by_its_formulas() {
    for (link, rate) in [("", 0.5), ("rate=2&start=4", 2.0)] {
        let trace = trace(link);
        let mut w = both(&trace.scene(0), ["weights-0", "weights-1"]);
        let mut b = [0.0; 2];
        // What is a picture's class is told by its marked bar.
        let picture = |moment: usize| {
            let scene = trace.scene(moment);
            let x: Vec<_> = scene.grid("picture").unwrap().values().into_iter().map(f64::from).collect();
            let Some(Item::Bars(bars)) = scene.board[0].last().cloned() else { panic!("no bars") };
            let class = bars.bars.iter().position(|bar| bar.is_marked).unwrap();
            (x, class, bars.bars.iter().map(|bar| f64::from(bar.amount)).collect::<Vec<_>>())
        };
        let all: Vec<_> = (0..4).map(|step| picture(4 * step)).collect();
        assert_eq!(trace.n_moments(), 48);
        for step in 0..12 {
            let (x, class, shown) = picture(4 * step);
            let (p, loss) = guess(&w, &b, &x, class);
            close(&shown, &p, "probabilities");
            assert!(
                trace.scene(4 * step + 1).caption.contains(&receptive_lessons::number(loss as f32)),
                "{link} {step}"
            );
            let error = [0, 1].map(|k| p[k] - f64::from(u8::from(k == class)));
            let gradient: Vec<_> = (0..18).map(|i| error[i / 9] * x[i % 9]).collect();
            close(&both(&trace.scene(4 * step + 2), ["gradient-0", "gradient-1"]), &gradient, "gradient");
            (0..18).for_each(|i| w[i] -= rate * gradient[i]);
            (0..2).for_each(|k| b[k] -= rate * error[k]);
            let after = trace.scene(4 * step + 3);
            close(&both(&after, ["weights-0", "weights-1"]), &w, "weights");
            let mean = all.iter().map(|(x, class, _)| guess(&w, &b, x, *class).1).sum::<f64>() / 4.0;
            let Item::Curve(curve) = &after.board[1][0] else { panic!("no curve") };
            assert_eq!(curve.lines[0].points.len(), step + 2);
            close(&[f64::from(curve.lines[0].points[step + 1][1])], &[mean], "mean loss");
        }
    }
}

#[test]
fn the_loss_falls_from_every_start() {
    for start in 1..=9 {
        let last = trace(&format!("start={start}")).scene(usize::MAX);
        let Item::Curve(curve) = &last.board[1][0] else { panic!("no curve") };
        let losses: Vec<_> = curve.lines[0].points.iter().map(|[_, loss]| *loss).collect();
        assert!(losses[12] < 0.5 * losses[0] && losses[12] < 0.25, "{start}: {losses:?}");
    }
}

#[test]
fn what_is_not_computed_yet_is_not_shown() {
    let trace = trace("");
    let gradient = |moment| trace.scene(moment).grid("gradient-1").unwrap().n_known;
    assert_eq!((gradient(0), gradient(1), gradient(2)), (Some(0), Some(0), None));
    assert!(trace.describe(0, receptive_lessons::scene::Spot::new("gradient-1", 4)).contains("not computed yet"));
}
