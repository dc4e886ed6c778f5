//! One number for each window.

use super::Oracle;
use super::reading::{Map, count, equation, near, result_of, typed};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "pooling",
    n_rounds: 10,
    vary,
    check,
    outputs: |_| &["output", "unshifted-output", "equation", "size", "kept"],
};

fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    if round > 2 {
        settings.set("picture", Value::Choice("own"));
        let [rows, columns] = [4, 3].map(|least| least + rng.below(5) as usize);
        settings.set("input", Value::Numbers(typed(rng, rows, columns, 9.0)));
    }
}

/// The windows that go over a map.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub(super) size: [usize; 2],
    pub(super) stride: [usize; 2],
    /// True if a last window may hang over the edge.
    pub(super) hangs: bool,
}

impl Windows {
    /// Windows along an axis of `n`.
    fn count(&self, n: usize, axis: usize) -> usize {
        let (left, stride) = (n - self.size[axis], self.stride[axis]);
        let full = left / stride + 1;
        // One more hangs over the edge, if it starts on the map.
        full + usize::from(self.hangs && left % stride > 0 && full * stride < n)
    }

    /// One number for each window, from the numbers in it.
    pub(super) fn over(&self, map: &Map, pooled: impl Fn(&[f64]) -> f64) -> Map {
        let [rows, columns] = [self.count(map.rows(), 0), self.count(map.columns, 1)];
        let span = |i: usize, axis: usize, n: usize| {
            let start = i * self.stride[axis];
            start..(start + self.size[axis]).min(n)
        };
        let mut values = vec![];
        for (p, q) in (0..rows).flat_map(|p| (0..columns).map(move |q| (p, q))) {
            let window: Vec<_> = span(p, 0, map.rows())
                .flat_map(|row| span(q, 1, map.columns).map(move |column| map.at(row, column)))
                .collect();
            values.push(pooled(&window));
        }
        Map::new(columns, values)
    }
}

/// The largest number.
pub(super) fn largest(window: &[f64]) -> f64 {
    window.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn pool(map: &Map, settings: &Settings) -> Map {
    let kind = settings.choice(keys::KIND);
    let [size, stride] = [keys::WINDOW, keys::STRIDE].map(|key| [settings.count(key); 2]);
    let windows = match kind {
        "global" => Windows { size: [map.rows(), map.columns], stride: [1, 1], hangs: false },
        _ => Windows { size, stride, hangs: settings.choice(keys::FIT) == "ceil" },
    };
    windows.over(map, |window| {
        let sum = window.iter().sum::<f64>();
        match kind {
            "max" => largest(window),
            "sum" => sum,
            _ => sum / window.len() as f64,
        }
    })
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let input = Map::read(screen, "input")?;
    let output = pool(&input, settings);
    output.is_shown(screen, "output")?;
    equation(screen, output.last())?;
    count(screen, "size", output.columns)?;

    let kept = screen.formulas.get("kept").map(|text| text.trim_end_matches('%')).and_then(result_of);
    let percent = 100.0 * output.values.len() as f64 / input.values.len() as f64;
    // One decimal: half of it is a twentieth.
    near("what is kept", &kept.ok_or("nothing is said of what is kept")?, percent, 0.05)?;

    if screen.grids.contains_key("unshifted") {
        let unshifted = Map::read(screen, "unshifted")?;
        let n_new = settings.count(keys::SHIFT) * unshifted.columns;
        let (new, kept) = input.values.split_at(n_new);
        if new.iter().any(|value| *value != 0.0) || *kept != unshifted.values[..kept.len()] {
            return Err("the shifted picture is another one".into());
        }
        pool(&unshifted, settings).is_shown(screen, "unshifted-output")?;
    }
    Ok(())
}
