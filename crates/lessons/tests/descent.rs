//! The paths of gradient descent against closed forms and against sums over the data on the stage.

use receptive_lessons::Trace;
use receptive_lessons::chapters::descent::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot, Surface};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

fn surface(scene: &Scene) -> &Surface {
    let found = scene.items().into_iter().find_map(|item| match item {
        Item::Surface(surface) => Some(surface),
        _ => None,
    });
    found.expect("a surface")
}

fn close(got: f32, want: f64) -> bool {
    (f64::from(got) - want).abs() <= 1e-5 * (1.0 + want.abs())
}

#[test]
fn the_long_bowl_is_gone_down_as_its_closed_form_says() {
    for rate in [0.01, 0.1, 0.12] {
        let trace = trace(&format!("show=two&x=-2&y=1.5&rate={rate}"));
        let rate = f64::from(rate as f32);
        let scene = trace.scene(usize::MAX);
        let path = &surface(&scene).paths[0];
        assert_eq!((trace.n_moments(), path.known().len()), (41, 41));
        for (n, [x, y, loss]) in path.known().iter().enumerate() {
            let want = [-2.0 * (1.0 - rate).powi(n as i32), 1.5 * (1.0 - 15.0 * rate).powi(n as i32)];
            let height = 0.5 * want[0].powi(2) + 7.5 * want[1].powi(2);
            assert!(close(*x, want[0]) && close(*y, want[1]) && close(*loss, height), "{rate} {n}: {x} {y} {loss}");
        }
    }
}

#[test]
fn what_runs_away_stops_and_says_so() {
    let trace = trace("show=two&y=1.5&rate=0.14");
    let last = trace.scene(usize::MAX);
    assert!(trace.n_moments() < 41 && last.caption.contains("runs away"), "{}", last.caption);
    assert!(last.formulas.is_empty());
    let good = self::trace("show=two&y=1.5&rate=0.1").scene(usize::MAX);
    assert!(!good.caption.contains("runs away"), "{}", good.caption);
}

#[test]
fn one_weight_ends_at_the_least_squares_slope_or_in_its_own_valley() {
    let data = trace("show=data").scene(0).grid("data").unwrap().values();
    let (x, y) = data.split_at(8);
    let products = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let slope = products(x, y) / products(x, x);
    let end = |link: &str| {
        let scene = trace(link).scene(usize::MAX);
        let Item::Curve(curve) = scene.items()[0].clone() else { panic!("no curve") };
        curve.handle.unwrap().0
    };
    assert!((f64::from(end("rate=0.3")) - slope).abs() < 1e-3);
    // Roots of w³ − 2w + 0.3, the slope of the loss with two valleys.
    for (start, valley) in [("-1.5", -1.4841), ("1.5", 1.3320)] {
        let found = f64::from(end(&format!("curve=minima&w={start}")));
        assert!((found - valley).abs() < 2e-3, "{start}: {found}");
        assert!((found.powi(3) - 2.0 * found + 0.3).abs() < 2e-2);
    }
}

#[test]
fn a_step_of_a_batch_follows_the_gradient_of_the_points_that_are_marked() {
    for (batch, size) in [("one", 1), ("few", 2)] {
        let trace = trace(&format!("show=data&examples={batch}&rate=0.08&start=3"));
        let mut seen = vec![];
        for moment in 0..40 {
            let scene = trace.scene(moment);
            let grid = scene.grid("data").unwrap();
            let data = grid.values();
            let marked: Vec<_> = grid.marked.iter().copied().filter(|cell| *cell < 8).collect();
            assert_eq!((marked.len(), grid.marked.len()), (size, 2 * size));
            let path = surface(&scene).paths[0].clone();
            let [w, b] = [path.points[moment][0], path.points[moment][1]].map(f64::from);
            let part = |of: fn(f64, f64) -> f64| {
                let each = marked.iter().map(|&i| {
                    let (x, y) = (f64::from(data[i]), f64::from(data[i + 8]));
                    2.0 * of(w * x + b - y, x)
                });
                each.sum::<f64>() / size as f64
            };
            let rate = f64::from(0.08_f32);
            let want = [w - rate * part(|error, x| error * x), b - rate * part(|error, _| error)];
            let next = path.points[moment + 1];
            assert!(close(next[0], want[0]) && close(next[1], want[1]), "{batch} {moment}: {next:?} {want:?}");
            seen.extend(marked);
        }
        for epoch in seen.chunks_exact(8) {
            let mut epoch = epoch.to_vec();
            epoch.sort_unstable();
            assert_eq!(epoch, (0..8).collect::<Vec<_>>(), "every point once in an epoch");
        }
    }
}

#[test]
fn a_ridge_holds_until_it_is_left() {
    let end = |link: &str| surface(&trace(link).scene(usize::MAX)).paths[0].points[40];
    assert_eq!(end("show=two&surface=saddle&rate=0.2")[1], 0.0);
    let off = end("show=two&surface=saddle&rate=0.2&y=-0.1");
    assert!((off[1] + 1.0).abs() < 1e-3 && (off[2] + 0.25).abs() < 1e-3, "{off:?}");
}

#[test]
fn iterations_of_an_epoch_are_counted_as_batches_that_are_needed() {
    let scene = trace("show=data").scene(0);
    let tables = scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) => Some(table.rows.clone()),
        _ => None,
    });
    let tables = tables.collect::<Vec<_>>();
    let want =
        [["1", "60,000", "300,000"], ["8", "7,500", "37,500"], ["32", "1,875", "9,375"], ["256", "235", "1,175"]];
    assert_eq!(tables[0][..4], want);
}

#[test]
fn points_of_the_path_are_gone_to_and_told() {
    let trace = trace("show=two&rate=0.1");
    let spot = Spot::new("path", 7);
    assert_eq!((trace.moment_of(spot), trace.focus(7)), (Some(7), Some(spot)));
    assert!(trace.describe(7, spot).contains("step 7"));
    assert!(trace.describe(0, Spot::new("surface", 0)).contains("−3"));
}
