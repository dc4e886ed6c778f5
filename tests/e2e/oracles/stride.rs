//! Steps and gaps, and up to four layers with the same kernel.

use super::arithmetic::{Border, Bordered, Plane, Slide, Steps};
use super::shown::{
    Results, bordered, check_all, check_caption, check_equation, check_formulas, check_map, check_tables, check_typed,
    counts, plane,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle =
    Oracle { key: "stride", typed, made: |name, _| name == "output" || name.starts_with("map-"), check };

const MAPS: [&str; 4] = ["map-1", "map-2", "map-3", "map-4"];

fn typed(settings: &mut Settings, rng: &mut Rng) {
    draw::picture(settings, "input", 8, rng);
    draw::own_kernel(settings, 4, rng);
}

/// Rows and columns that a value of a map sees: `1 + Σ (f − 1)·d·(how far neighbours of the layer below lie apart)`.
fn field(w: &Plane, steps: Steps, level: usize) -> [usize; 2] {
    let jumps: usize = (0..level).map(|below| steps.stride.pow(below as u32)).sum();
    [w.rows, w.columns].map(|f| 1 + (f - 1) * steps.dilation * jumps)
}

/// Size, receptive field and jump of the input and of each map.
fn growth(layers: &[Slide]) -> Vec<Vec<Vec<f64>>> {
    let (first, steps) = (&layers[0], layers[0].steps);
    let row = |level: usize| {
        let below = [first.x.inside.rows, first.x.inside.columns];
        let (name, size) = level.checked_sub(1).map_or((vec![], below), |i| (counts([level]), layers[i].size));
        let jump = steps.stride.pow(level as u32);
        vec![name, counts(size), counts(field(&first.w, steps, level)), counts([jump])]
    };
    (0..=layers.len()).map(row).collect()
}

/// The receptive field of the last map; shown where rows and columns are alike.
fn field_formula(layers: &[Slide]) -> Results {
    let (w, steps) = (&layers[0].w, layers[0].steps);
    let [rows, _] = field(w, steps, layers.len());
    if w.rows == w.columns { vec![("field", counts([rows]))] } else { vec![] }
}

/// The size before it is rounded down, shown where steps do not come out even.
fn exact(slide: &Slide) -> Results {
    let room = |n: usize, f: usize| n - slide.steps.reach(f);
    let (x, w, stride) = (&slide.x.whole, &slide.w, slide.steps.stride);
    let rooms = [room(x.rows, w.rows), room(x.columns, w.columns)];
    let size = |room: usize| vec![room as f64 / stride as f64 + 1.0];
    let is_square = slide.sizes().len() == 1;
    let formulas = vec![("exact", size(rooms[0])), ("exact-columns", size(rooms[1]))];
    let is_shown = |name: &str| rooms.iter().any(|room| room % stride != 0) && !(is_square && name != "exact");
    formulas.into_iter().filter(|(name, _)| is_shown(name)).collect()
}

fn check_single(screen: &Screen, slide: &Slide) -> Result<(), String> {
    let output = slide.output();
    let cell = check_map(screen, "output", &output)? - 1;
    check_equation(screen, &slide.terms(cell), output.values[cell])?;
    check_caption(screen, &slide.caption_numbers(cell, &output))?;
    let layers = std::slice::from_ref(slide);
    let sizes = slide.formulas().into_iter().filter(|(name, _)| *name == "size");
    check_formulas(screen, &sizes.chain(exact(slide)).chain(field_formula(layers)).collect())?;
    // Only a stack has layers to compare.
    check_tables(screen, &[])
}

/// The numbers that the caption names: which map, where, its field, and how much of it is read.
fn caption_numbers(layers: &[Slide], cell: usize) -> Vec<f64> {
    let (first, last) = (&layers[0], &layers[layers.len() - 1]);
    let [rows, columns] = field(&first.w, first.steps, layers.len());
    let seen = layers.iter().rev().fold(vec![cell], |cells, layer| layer.seen(&cells));
    let (n_cells, n_seen) = (rows * columns, seen.len());
    let part = (n_seen < n_cells).then_some(n_seen as f64);
    let [row, column] = last.place(cell);
    let mut numbers = counts([layers.len(), row, column, rows, columns]);
    numbers.extend(part.into_iter().chain(counts([n_cells])));
    numbers
}

fn check_stack(screen: &Screen, layers: &[Slide], at: Option<usize>) -> Result<(), String> {
    for (name, layer) in MAPS.into_iter().zip(layers) {
        check_map(screen, name, &layer.output())?;
    }
    let last = &layers[layers.len() - 1];
    let [rows, columns] = last.size;
    let cell = at.unwrap_or(rows / 2 * columns + columns / 2);
    check_equation(screen, &last.terms(cell), last.output().values[cell])?;
    check_caption(screen, &caption_numbers(layers, cell))?;
    check_formulas(screen, &field_formula(layers))?;
    check_tables(screen, &[("growth", growth(layers))])
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let (n, border) = (settings.count(keys::LAYERS), Border::zeros([settings.count(keys::PAD); 2]));
    let steps = Steps { stride: settings.count(keys::STRIDE), dilation: settings.count(keys::DILATION) };
    let w = plane(screen, "kernel")?;
    // A stack shows the picture alone, a single layer shows it in its padding.
    let picture = if n == 1 { bordered(screen, "input", border)?.inside } else { plane(screen, "input")? };
    check_typed(settings, "input", &picture)?;
    if settings.numbers(keys::INPUT).is_none() {
        check_all(
            "size of the picture",
            &counts([picture.rows, picture.columns]),
            &counts([settings.count(keys::N); 2]),
        )?;
    }
    if settings.choice(keys::KERNEL) == "own" {
        check_typed(settings, "weights", &w)?;
    } else {
        check_all("size of the kernel", &counts([w.rows, w.columns]), &counts([settings.count(keys::F); 2]))?;
    }
    let mut layers = vec![Slide::new(Bordered::new(picture, border), w.clone(), steps)?];
    for i in 1..n {
        layers.push(Slide::new(Bordered::new(layers[i - 1].output(), border), w.clone(), steps)?);
    }
    if n == 1 { check_single(screen, &layers[0]) } else { check_stack(screen, &layers, settings.at) }
}
