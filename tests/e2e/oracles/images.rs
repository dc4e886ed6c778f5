//! Numbers, and the light that a screen makes of them.

use super::arithmetic::Plane;
use super::shown::{
    Results, check_all, check_caption, check_equation, check_formulas, check_label, check_typed, counts, numbers, plane,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::{Screen, number};
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    key: "images",
    typed,
    made: |name, _| matches!(name, "picture" | "red" | "green" | "blue"),
    check: |screen, settings| {
        if settings.choice(keys::SHOW) == "colour" {
            check_colour(screen, settings)
        } else {
            check_grey(screen, settings)
        }
    },
};

const FULL: f64 = 255.0;
const LIGHTS: [&str; 3] = ["red", "green", "blue"];

/// Whole numbers, some of them outside what a screen can show.
fn typed(settings: &mut Settings, rng: &mut Rng) {
    let size = draw::size(rng, 1, 8);
    for key in ["input", "red", "green", "blue"] {
        let mut matrix = draw::parts(rng, size, 150, 1.0);
        matrix.values.iter_mut().for_each(|value| *value += 125.0);
        settings.set(key, Value::Numbers(matrix));
    }
    // Few levels and many, rather than mostly many.
    if rng.below(2) > 0 {
        settings.set("levels", Value::Count(2 + rng.below(14) as usize));
    }
}

/// The nearest of `n` levels from black to white.
fn level(value: f64, n: usize) -> f64 {
    (value.clamp(0.0, FULL) / FULL * (n - 1) as f64 + 0.5).floor()
}

/// Row and column of a pixel, counted from 1.
fn place(plane: &Plane, pixel: usize) -> [usize; 2] {
    [pixel / plane.columns + 1, pixel % plane.columns + 1]
}

/// Returns the number of the picture's numbers, the number of bytes, and a pixel's position among them.
fn formulas(plane: &Plane, n_planes: usize, n_bits: usize, pixel: usize) -> Results {
    let n = plane.rows * plane.columns * n_planes;
    let n_bytes = (n * n_bits).div_ceil(8);
    vec![("numbers", counts([n])), ("bytes", counts([n_bytes])), ("position", counts([pixel + 1]))]
}

fn check_grey(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let input = plane(screen, "input")?;
    check_typed(settings, "input", &input)?;
    let (n_levels, n) = (settings.count(keys::LEVELS), input.values.len());
    let light = |value: f64| FULL * level(value, n_levels) / (n_levels - 1) as f64;
    for (pixel, &value) in input.values.iter().enumerate() {
        let named = [value, light(value), FULL, light(value) / FULL];
        check_label(screen, "picture", pixel, &[&counts(place(&input, pixel))[..], &named].concat())?;
    }
    let pixel = settings.at.unwrap_or(input.rows / 2 * input.columns + input.columns / 2);
    let value = input.values[pixel];
    let shown = light(value);
    check_equation(screen, &[vec![shown], vec![FULL]], shown / FULL)?;
    let [row, column] = place(&input, pixel);
    let mut caption = [counts([pixel + 1, n, row, column]), vec![value, 0.0, FULL]].concat();
    let n_bits = (1..).find(|bits| 1 << bits >= n_levels).unwrap_or(0);
    let mut formulas = formulas(&input, 1, n_bits, pixel);
    // Rounding is shown only where there was some; half a thousandth cannot be seen.
    if (shown - value).abs() > 0.5e-3 {
        caption.extend([n_levels as f64, shown]);
        formulas.push(("level", vec![level(value, n_levels), shown]));
    }
    check_caption(screen, &caption)?;
    check_formulas(screen, &formulas)
}

/// Each row's last number is the product of its shape.
fn check_sizes(screen: &Screen) -> Result<(), String> {
    let rows = screen.tables.get("sizes").ok_or("there is no table of sizes")?;
    if rows.is_empty() {
        return Err("the table of sizes is empty".into());
    }
    for row in rows {
        let [_, shape, n] = &row[..] else { return Err(format!("a row of sizes has {} cells", row.len())) };
        check_all("a size", &[number(n).unwrap_or(f64::NAN)], &[numbers(shape).iter().product()])?;
    }
    Ok(())
}

fn check_colour(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let mut lights = vec![];
    for name in LIGHTS {
        let light = plane(screen, name)?;
        check_typed(settings, name, &light)?;
        for (pixel, &value) in light.values.iter().enumerate() {
            let share = value.clamp(0.0, FULL).round() / FULL;
            check_label(screen, name, pixel, &[counts(place(&light, pixel)), vec![value, FULL, share]].concat())?;
        }
        lights.push(light);
    }
    let first = &lights[0];
    let parts = |pixel: usize| lights.iter().map(|light| light.values[pixel]).collect::<Vec<_>>();
    for pixel in 0..first.values.len() {
        check_label(screen, "picture", pixel, &[counts(place(first, pixel)), parts(pixel)].concat())?;
    }
    let pixel = settings.at.unwrap_or(0);
    let terms: Vec<_> = parts(pixel).into_iter().map(|part| vec![part]).collect();
    check_mix(screen, &terms)?;
    let [row, column] = place(first, pixel);
    check_caption(screen, &[counts([pixel + 1, first.values.len(), row, column]), parts(pixel)].concat())?;
    let mut formulas = formulas(first, 3, 8, pixel);
    formulas.push(("colours", counts([256 * 256 * 256])));
    check_formulas(screen, &formulas)?;
    check_sizes(screen)
}

/// The three parts of a colour; what they make is a name, not a number.
fn check_mix(screen: &Screen, parts: &[Vec<f64>]) -> Result<(), String> {
    let shown: Vec<_> = screen.terms.iter().flat_map(|term| numbers(term)).collect();
    check_all("the parts of the colour", &shown, &parts.concat())?;
    let is_name = number(&screen.result).is_none() && screen.caption.contains(&screen.result);
    if is_name { Ok(()) } else { Err(format!("the caption does not name the colour {}", screen.result)) }
}
