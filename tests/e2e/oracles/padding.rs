//! A kernel over a picture in a border, how often each pixel is read, and sizes layer by layer.

use super::arithmetic::{Border, Plane, Slide, Steps};
use super::shown::{
    bordered, check_all, check_caption, check_equation, check_formulas, check_map, check_tables, check_typed, counts,
    plane,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle =
    Oracle { key: "padding", typed, made: |name, _| matches!(name, "output" | "reads"), check };

fn typed(settings: &mut Settings, rng: &mut Rng) {
    draw::picture(settings, "input", 6, rng);
    draw::own_kernel(settings, 5, rng);
}

fn border(settings: &Settings, w: &Plane) -> Border {
    let sides = [w.rows - 1, w.columns - 1];
    let holds = settings.choice(keys::BORDER);
    match settings.choice(keys::MODE) {
        "valid" => Border::zeros([0, 0]),
        "same" => Border { before: sides.map(|n| n / 2), after: sides.map(|n| n.div_ceil(2)), holds },
        _ => Border { holds, ..Border::zeros([settings.count(keys::PAD); 2]) },
    }
}

/// Returns the number of products that the value of each pixel enters.
fn times_read(slide: &Slide) -> Plane {
    let inside = &slide.x.inside;
    let mut times = Plane::made(inside.rows, inside.columns, |_, _| 0.0);
    for cell in (0..slide.size[0] * slide.size[1]).flat_map(|cell| slide.read(cell)) {
        if let Some(pixel) = slide.x.source(cell) {
            times.values[pixel] += 1.0;
        }
    }
    times
}

/// Rows and columns after one to four layers; nothing from where the kernel does not fit.
fn sizes(slide: &Slide, border: &Border) -> Vec<Vec<f64>> {
    let mut size = Some([slide.x.inside.rows, slide.x.inside.columns]);
    let next = |[rows, columns]: [usize; 2]| {
        let rows = Steps::ONE.places(border.length(0, rows)?, slide.w.rows)?;
        Some([rows, Steps::ONE.places(border.length(1, columns)?, slide.w.columns)?])
    };
    let mut after = || {
        size = size.and_then(next);
        size.map_or(vec![], counts)
    };
    (0..4).map(|_| after()).collect()
}

fn table(slide: &Slide) -> Vec<Vec<Vec<f64>>> {
    let (none, border) = (Border::zeros([0, 0]), slide.x.border);
    let is_padded = border.before != [0, 0] || border.after != [0, 0];
    let with = is_padded.then(|| sizes(slide, &border));
    let row = |(i, without): (usize, Vec<f64>)| {
        let mut row = vec![counts([i + 1]), without];
        row.extend(with.iter().map(|with| with[i].clone()));
        row
    };
    sizes(slide, &none).into_iter().enumerate().map(row).collect()
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let w = plane(screen, "kernel")?;
    let x = bordered(screen, "input", border(settings, &w))?;
    check_typed(settings, "input", &x.inside)?;
    if settings.choice(keys::KERNEL) == "own" {
        check_typed(settings, "weights", &w)?;
    } else {
        check_all("size of the kernel", &counts([w.rows, w.columns]), &counts([settings.count(keys::F); 2]))?;
    }
    let slide = Slide::new(x, w, Steps::ONE)?;
    let output = slide.output();
    let cell = check_map(screen, "output", &output)? - 1;
    check_map(screen, "reads", &times_read(&slide))?;
    check_equation(screen, &slide.terms(cell), output.values[cell])?;
    check_caption(screen, &slide.caption_numbers(cell, &output))?;
    let mut formulas = vec![("size", slide.sizes())];
    if settings.choice(keys::MODE) == "same" && slide.w.rows == slide.w.columns {
        formulas.push(("same", vec![(slide.w.rows - 1) as f64 / 2.0]));
    }
    check_formulas(screen, &formulas)?;
    check_tables(screen, &[("sizes", table(&slide))])
}
