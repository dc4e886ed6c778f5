//! The steps of this chapter's guide: each recognises what the learner has done, and says what there was to see.

use super::CHAPTER;
use crate::Look;
use crate::keys;
use crate::plane::{INPUT, KERNEL, OUTPUT};
use crate::scene::Spot;
use crate::world::World;
use crate::{Sorted, Watch, number, place, say};
use receptive_core::ops::cosine;

/// The strongest value of the feature map and where it stands.
fn strongest(look: &Look) -> Option<(f32, String)> {
    let output = look.scene.grid(OUTPUT)?;
    let values = output.values();
    let cell = (0..values.len()).reduce(|best, cell| if values[cell] > values[best] { cell } else { best })?;
    Some((values[cell], place(output.place(cell))))
}

/// On the first example, a window across the boundary and one on nothing but one brightness were looked at.
pub(super) fn boundary_and_flat(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let is_first = look.settings.choice(keys::ON) == "small" && look.settings.choice(keys::EXAMPLE) == "edge";
    let trace = (CHAPTER.trace)(&look.settings, &World::default()).ok().filter(|_| is_first)?;
    let (inputs, outputs) = (look.values(INPUT), look.values(OUTPUT));
    let is_flat = |cell: usize| {
        let mut read = trace.linked(0, Spot::new(OUTPUT, cell)).into_iter().map(|spot| inputs[spot.cell]);
        let first = read.next();
        read.all(|value| Some(value) == first)
    };
    let seen = || look.moments.iter().copied().filter(|&cell| cell < outputs.len());
    // The reason that is given: the weights cancel.
    let cancels = look.values(KERNEL).iter().sum::<f32>() == 0.0;
    let flat = seen().find(|&cell| is_flat(cell) && cancels)?;
    let across = seen().find(|&cell| !is_flat(cell) && outputs[cell] != outputs[flat])?;
    Some(say!("features.found.boundary", across = number(outputs[across]), flat = number(outputs[flat])))
}

/// A kernel that looks for changes downwards, on a picture with something in it, but no such change.
pub(super) fn blind_kernel(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let [inputs, weights, outputs] = [INPUT, KERNEL, OUTPUT].map(|grid| look.values(grid));
    let is_picture = inputs.iter().any(|value| *value != inputs[0]);
    let is_kernel = weights.iter().any(|weight| *weight != 0.0);
    let columns = |grid: &str| look.scene.grid(grid).map(|grid| grid.columns);
    let (picture, kernel) = (columns(INPUT)?, columns(KERNEL)?);
    let is_alike = inputs.chunks(picture).all(|row| *row == inputs[..picture]);
    let is_vertical = (0..kernel).all(|column| weights.iter().skip(column).step_by(kernel).sum::<f32>() == 0.0);
    let is_silent = !outputs.is_empty() && outputs.iter().all(|value| *value == 0.0);
    (is_picture && is_kernel && is_silent && is_alike && is_vertical)
        .then(|| say!("features.found.blind", n = outputs.len()))
}

/// Means on the letter X, and a place where every cell agrees.
pub(super) fn full_match(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let is_letter = look.settings.choice(keys::ON) == "small" && look.settings.choice(keys::EXAMPLE) == "letter-x";
    let is_mean = look.settings.choice(keys::MEAN) == "mean";
    let values = look.values(OUTPUT);
    // With weights of 1 and −1 alone a mean of 1 says that all cells agree.
    let is_stroke = look.values(KERNEL).iter().all(|weight| weight.abs() == 1.0);
    let is_full = |cell: &usize| is_stroke && values[*cell] == 1.0;
    let is_seen = |cell: &usize| look.moments.contains(cell) || look.pointed(OUTPUT, *cell);
    (0..values.len()).find(|cell| is_letter && is_mean && is_full(cell) && is_seen(cell))?;
    let n = (0..values.len()).filter(is_full).count();
    let n_weights = look.values(KERNEL).len();
    let at = (0..values.len()).filter(|cell| !is_full(cell)).map(|cell| values[cell]).fold(f32::MIN, f32::max);
    Some(say!("features.found.match", n = n, n_weights = n_weights, next = number(at)))
}

/// The kernel of the hook was laid on the hook and on the diagonal.
pub(super) fn hook_and_diagonal(watch: &Watch) -> Option<String> {
    let likeness = |example: &str| {
        let is_it = |look: &&Look| {
            let settings = &look.settings;
            settings.choice(keys::ON) == "small"
                && settings.choice(keys::EXAMPLE) == example
                && settings.choice(keys::KERNEL) == "matching"
                && look.values(INPUT).len() == look.values(KERNEL).len()
        };
        let look = watch.looks.iter().rev().find(is_it)?;
        let found = cosine(&look.values(INPUT), &look.values(KERNEL));
        Some((number(found.dot), number(found.cosine?)))
    };
    let ((hook, hook_cosine), (line, line_cosine)) = likeness("hook").zip(likeness("diagonal"))?;
    Some(say!("features.found.hook", hook = hook, hook_cosine = hook_cosine, line = line, line_cosine = line_cosine))
}

/// At least three kernels were laid on the photo.
pub(super) fn three_kernels(watch: &Watch) -> Option<String> {
    let on_photo = |look: &&Look| look.settings.choice(keys::ON) == "photo";
    let look = watch.now().filter(on_photo)?;
    // On pictures that have no kernel of their own, another stands in.
    let kernel = |look: &Look| match look.settings.choice(keys::KERNEL) {
        "matching" => super::ON_PICTURES,
        key => key,
    };
    let kernels: Sorted<_> = watch.looks.iter().filter(on_photo).map(kernel).collect();
    let name = CHAPTER.option_text("kernel", look.settings.choice(keys::KERNEL));
    let (value, place) = strongest(look).filter(|_| kernels.len() >= 3)?;
    Some(say!("features.found.gallery", n = kernels.len(), name = name, value = number(value), place = place))
}
