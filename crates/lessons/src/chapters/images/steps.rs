//! The steps of this chapter's guide: each recognises what the learner has done, and says what there was to see.

use super::colour::PLANES;
use super::{FULL, n_bits, n_different};
use crate::keys;
use crate::{Watch, number, place, say};

/// A pixel near black and one near white were pointed at, in one picture.
pub(super) fn dark_and_bright(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let input = look.scene.grid("input")?;
    let values = input.values();
    let pointed = |wanted: fn(f32) -> bool| {
        let is_pointed = |cell: &usize| look.pointed("input", *cell) || look.pointed("picture", *cell);
        (0..values.len()).find(|cell| wanted(values[*cell]) && is_pointed(cell))
    };
    let (dark, bright) = (pointed(|value| value <= FULL / 4.0)?, pointed(|value| value >= FULL * 3.0 / 4.0)?);
    Some(say!(
        "images.found.point",
        dark = number(values[dark]),
        dark_place = place(input.place(dark)),
        bright = number(values[bright]),
        bright_place = place(input.place(bright))
    ))
}

/// Numbers of the grey picture were typed or painted over.
pub(super) fn pixel_changed(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::INPUT.name])?;
    let differing = |grid: &str| {
        let (old, new) = (before.values(grid), now.values(grid));
        let n = old.iter().zip(&new).filter(|(old, new)| old != new).count();
        (old.len() == new.len() && n > 0).then_some((n, new.len()))
    };
    let (n, n_numbers) = differing("input")?;
    let n_pixels = differing("picture").map_or(0, |(n, _)| n);
    Some(say!("images.found.paint", n = n, n_numbers = n_numbers, n_pixels = n_pixels))
}

/// Levels that are few.
pub(super) const FEW: usize = 8;

/// Few levels are left.
pub(super) fn few_levels(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let n_levels = look.settings.count(keys::LEVELS);
    let picture = look.scene.grid("picture").filter(|_| look.scene.grid("input").is_some());
    let values = picture.or_else(|| look.scene.grid("digit"))?.values();
    let n = n_different(&values);
    (n_levels <= FEW).then(|| say!("images.found.levels", levels = n_levels, n = n, bits = n_bits(n_levels)))
}

/// A pixel gives off red and green, and no blue.
pub(super) fn yellow_mixed(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let [red, green, blue] = PLANES.map(|plane| look.values(plane));
    let is_yellow = |i: &usize| red[*i] >= 200.0 && green[*i] >= 200.0 && blue[*i] <= 50.0;
    let i = (0..red.len().min(green.len()).min(blue.len())).find(is_yellow)?;
    let place = place(look.scene.grid("picture")?.place(i));
    let name = super::colour_name([red[i], green[i], blue[i]].map(super::byte));
    let (red, green, blue) = (number(red[i]), number(green[i]), number(blue[i]));
    Some(say!("images.found.yellow", place = place, red = red, green = green, blue = blue, name = name))
}

/// A cell that is neither empty nor full was pointed at.
pub(super) fn edge_of_a_stroke(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let values = look.values("crop");
    let is_between = |cell: &usize| values[*cell] > 0.0 && values[*cell] < FULL && look.pointed("crop", *cell);
    let cell = (0..values.len()).find(is_between)?;
    let all = look.values("digit");
    let n_empty = all.iter().filter(|value| **value == 0.0).count();
    let n_full = all.iter().filter(|value| **value == 1.0).count();
    let n_between = all.len() - n_empty - n_full;
    let value = number(values[cell]);
    Some(say!("images.found.digit", value = value, n_empty = n_empty, n_between = n_between, n_full = n_full))
}
