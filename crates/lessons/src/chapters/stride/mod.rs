//! Stride and dilation: the rounding made visible, holes in the kernel, and how far a stack of layers sees.

mod exercises;
mod fit;
mod stack;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::inputs::chosen_input;
use crate::inputs::{SIZED_KERNELS, edit_kernel, sized_kernel};
use crate::keys;
use crate::plane::{INPUT, KERNEL, OUTPUT, PlaneConv, PlaneTrace};
use crate::scene::{Item, Scene, Spot};
use crate::settings::{Param, Settings};
use crate::trace::Stage;
use crate::world::{Unavailable, World};
use crate::{Chapter, Look, Matrix, Needs, Outline, Step, Trace, Watch, say};
use fit::Fit;
use receptive_core::ConvParams;
use stack::{GROWTH, Stack, too_large};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "stride",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::count(keys::STRIDE, 1, 4, 2),
        Param::count(keys::PAD, 0, 3, 0),
        Param::count(keys::DILATION, 1, 3, 1).more(),
        Param::choice(keys::KERNEL, SIZED_KERNELS).more(),
        Param::count(keys::F, 1, 5, 3).more().when(|settings| settings.choice(keys::KERNEL) != "own"),
        Param::count(keys::N, 5, 12, 7)
            .more()
            .when(|settings| settings.choice(keys::ON) == "small" && settings.numbers(keys::INPUT).is_none()),
        Param::count(keys::LAYERS, 1, 4, 1).more(),
        Param::choice(keys::BY, &["cell", "term"]).more().when(|settings| settings.count(keys::LAYERS) == 1),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs { digit: settings.choice(keys::ON) == "digit", ..Needs::default() },
    next: &[
        ("rounded", "stride?stride=3"),
        ("fit", "stride?stride=3&pad=1"),
        ("holes", "stride?stride=1&dilation=2&n=11&layers=2"),
        ("digit", "stride?on=digit&pad=1&layers=4"),
        ("pooling", "pooling"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("floor", rows_unread).sets(&[keys::STRIDE.name]).needs(&[
            ONE_LAYER,
            Need::unless(keys::STRIDE.name, "2", |settings| settings.count(keys::STRIDE) < 3),
            Need::unless(keys::PAD.name, "0", leaves_pixels_at_3),
            Need::unless(keys::DILATION.name, "1", leaves_pixels_at_3),
            Need::unless(keys::F.name, "3", leaves_pixels_at_3),
            Need::unless(keys::N.name, "7", leaves_pixels_at_3),
            Need::own(keys::INPUT.name, leaves_pixels_at_3),
        ]),
        Step::new("fit", fits_now).sets(&[keys::PAD.name]).needs(&[
            ONE_LAYER,
            Need::is(keys::STRIDE.name, "3"),
            Need::unless(keys::PAD.name, "0", leaves_rows_at_3),
            Need::unless(keys::DILATION.name, "1", leaves_rows_at_3),
            Need::unless(keys::F.name, "3", leaves_rows_at_3),
            Need::unless(keys::N.name, "7", leaves_rows_at_3),
            Need::own(keys::INPUT.name, leaves_rows_at_3),
        ]),
        Step::new("fewer", fewer_outputs).sets(&[keys::STRIDE.name]).needs(&[
            ONE_LAYER,
            Need::unless(keys::DILATION.name, "1", has_several_places),
            Need::unless(keys::F.name, "3", has_several_places),
            Need::unless(keys::N.name, "7", has_several_places),
            Need::own(keys::INPUT.name, has_several_places),
        ]),
        Step::new("holes", reach_of_holes).more().sets(&[keys::DILATION.name]).needs(&[
            ONE_LAYER,
            Need::is(keys::STRIDE.name, "1"),
            Need::is(keys::DILATION.name, "1"),
            Need::unless(keys::F.name, "3", has_room_for_holes),
            Need::unless(keys::N.name, "7", has_room_for_holes),
            Need::own(keys::INPUT.name, has_room_for_holes),
        ]),
        Step::new("grow", fields_grow).sets(&[keys::LAYERS.name]).needs(&[
            Need::unless(keys::LAYERS.name, "1", |settings| settings.count(keys::LAYERS) < 3),
            Need::is(keys::STRIDE.name, "1"),
            Need::is(keys::DILATION.name, "1"),
            Need::unless(keys::F.name, "3", has_room_for_three),
            Need::unless(keys::N.name, "9", has_room_for_three),
            Need::own(keys::INPUT.name, has_room_for_three),
        ]),
        Step::new("whole", whole_picture).sets(&[keys::LAYERS.name]).needs(&[
            Need::is(keys::ON.name, "digit"),
            Need::unless(keys::LAYERS.name, "1", |settings| settings.count(keys::LAYERS) < 4),
            Need::is(keys::STRIDE.name, "2"),
            Need::is(keys::PAD.name, "1"),
            Need::is(keys::DILATION.name, "1"),
            Need::unless(keys::KERNEL.name, "example", |settings| settings.choice(keys::KERNEL) != "own"),
            Need::is(keys::F.name, "3"),
        ]),
    ],
    exercises: &[
        Exercise::new("out-size", exercises::out_size),
        Exercise::new("unread", exercises::unread),
        Exercise::more("reach", exercises::reach),
        Exercise::new("field", exercises::field),
    ],
};

const ONE_LAYER: Need = Need::is(keys::LAYERS.name, "1");

/// Returns the number of the picture's padded rows and columns that are left when the first window has its place;
/// `None` if it has none.
fn room(settings: &Settings) -> Option<[usize; 2]> {
    let [pad, dilation] = [keys::PAD, keys::DILATION].map(|key| settings.count(key));
    let kernel = sized_kernel(settings);
    let [rows, columns] = match (settings.choice(keys::ON), settings.numbers(keys::INPUT)) {
        ("digit", _) => [28, 28],
        (_, Some(typed)) => [typed.rows, typed.columns],
        _ => [settings.count(keys::N); 2],
    };
    let left = |n: usize, f: usize| (n + 2 * pad).checked_sub(dilation * (f - 1) + 1);
    Some([left(rows, kernel.rows)?, left(columns, kernel.columns)?])
}

fn leaves_rows_at_3(settings: &Settings) -> bool {
    room(settings).is_some_and(|room| room.iter().any(|room| room % 3 > 0))
}

/// True if a stride of 3 leaves out more than padding.
fn leaves_pixels_at_3(settings: &Settings) -> bool {
    room(settings).is_some_and(|room| room.iter().any(|room| room % 3 > settings.count(keys::PAD)))
}

fn has_several_places(settings: &Settings) -> bool {
    room(settings).is_some_and(|room| room.iter().any(|room| *room > 0))
}

fn has_room_for_holes(settings: &Settings) -> bool {
    sized_kernel(settings).values.len() > 1 && room(&settings.clone().with("dilation", "2")).is_some()
}

/// True if three layers at stride 1 leave something, and see more and more.
fn has_room_for_three(settings: &Settings) -> bool {
    let (f, pad) = (sized_kernel(settings), settings.count(keys::PAD));
    let lost = |f: usize| (2 * (f - 1)).saturating_sub(4 * pad);
    f.values.len() > 1
        && room(settings).is_some_and(|[rows, columns]| rows >= lost(f.rows) && columns >= lost(f.columns))
}

/// Small whole numbers, the same for everyone, `n` rows and columns of them.
fn toy(n: usize) -> Matrix {
    Matrix::new(
        n,
        n,
        (0..n * n).map(|i| ((3 * (i / n) + 5 * (i % n) + i / n * (i % n)) % 10) as f32).collect::<Vec<_>>(),
    )
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (input, mut edit_input) = chosen_input(settings, world, || Matrix::zeros(1, 1))?;
    let is_made = settings.choice(keys::ON) == "small" && settings.numbers(keys::INPUT).is_none();
    let input = if is_made { toy(settings.count(keys::N)) } else { input };
    if let Some(edit) = &mut edit_input {
        edit.matrix = input.clone();
    }
    let kernel = sized_kernel(settings);
    let [pad, stride, dilation] = [keys::PAD, keys::STRIDE, keys::DILATION].map(|key| settings.count(key));
    let params = ConvParams::default().padding(pad).stride(stride).dilation(dilation);
    let edit = edit_kernel(&kernel);
    let conv =
        PlaneConv::new(input, kernel.clone(), 0.0, params).map_err(|error| too_large(&error, &kernel, params))?;
    let stack = Stack::new(&conv, settings.count(keys::LAYERS), edit_input.clone(), edit.clone())?;
    if stack.n_layers() > 1 {
        return Ok(Box::new(stack));
    }
    let by_term = settings.choice(keys::BY) == "term";
    let fit = Fit::of(&conv);
    let plane = PlaneTrace::new(conv, by_term, edit_input, Some(edit)).whole();
    Ok(Box::new(Single { plane, fit, stack }))
}

/// One convolution, and how its steps come out.
struct Single {
    plane: PlaneTrace,
    fit: Fit,
    stack: Stack,
}

impl Trace for Single {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.plane.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut scene = self.plane.scene(moment);
        scene.board = self.plane.rows(moment);
        scene.board.extend(self.fit.texts().into_iter().map(|text| vec![Item::Text(text)]));
        scene.formulas.retain(|formula| formula.name == "size");
        scene.formulas.extend(self.fit.formulas());
        scene.formulas.extend(self.stack.formula());
        scene
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        self.plane.describe(moment, spot)
    }
}

/// Cells left over below and to the right of the last window, for a stage with one layer.
fn left_over(look: &Look) -> Option<[usize; 2]> {
    if look.settings.count(keys::LAYERS) > 1 {
        return None;
    }
    let (input, kernel) = (look.scene.grid(INPUT)?, look.scene.grid(KERNEL)?);
    let [stride, dilation] = [keys::STRIDE, keys::DILATION].map(|key| look.settings.count(key));
    let left = |padded: usize, f: usize| Some(padded.checked_sub(dilation * (f - 1) + 1)? % stride);
    Some([left(input.rows(), kernel.rows())?, left(input.columns, kernel.columns)?])
}

fn rows_unread(watch: &Watch) -> Option<String> {
    let [before, look] = watch.changed(&[keys::STRIDE.name])?;
    let is_raised = look.settings.count(keys::STRIDE) > before.settings.count(keys::STRIDE).max(2);
    let is_rounded = is_raised && left_over(look)?.iter().any(|&left| left > 0);
    let warning = look.scene.grid(INPUT)?.warning.clone().filter(|_| is_rounded)?;
    let out = look.scene.grid(OUTPUT)?.detail.clone();
    Some(say!("stride.found.floor", stride = look.settings.count(keys::STRIDE), what = warning, out = out))
}

fn fits_now(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::PAD.name])?;
    let pad = now.settings.count(keys::PAD);
    let did_fit = left_over(before)? == [0, 0];
    let stride = now.settings.count(keys::STRIDE);
    let out = now.scene.grid(OUTPUT)?.detail.clone();
    (stride > 1 && !did_fit && left_over(now)? == [0, 0])
        .then(|| say!("stride.found.fit", pad = pad, stride = stride, out = out))
}

fn fewer_outputs(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::STRIDE.name])?;
    let [old, new] = [before, now].map(|look| look.settings.count(keys::STRIDE));
    let (n_old, n_new) = (before.values(OUTPUT).len(), now.values(OUTPUT).len());
    let is_alike = before.values(INPUT).len() == now.values(INPUT).len();
    let share = crate::number((100.0 * n_new as f32 / n_old.max(1) as f32).round());
    (is_alike && new == 2 * old && n_new > 0 && n_new < n_old)
        .then(|| say!("stride.found.fewer", old = old, new = new, n_old = n_old, n_new = n_new, share = share))
}

fn reach_of_holes(watch: &Watch) -> Option<String> {
    let look =
        watch.now().filter(|look| look.settings.count(keys::DILATION) > 1 && look.settings.count(keys::LAYERS) == 1)?;
    let n = look.values(KERNEL).len();
    let [_, _, rows, columns] = *look.scene.grid(INPUT)?.frames.first()?;
    (n > 1).then(|| say!("stride.found.holes", n = n, rows = rows, columns = columns, n_cells = rows * columns))
}

/// The receptive fields in the table, layer by layer.
fn fields(look: &Look) -> Vec<String> {
    let tables = look.scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) if table.name == GROWTH => Some(table),
        _ => None,
    });
    tables.flat_map(|table| table.rows.iter().skip(1).filter_map(|row| row.get(2).cloned())).collect()
}

fn fields_grow(watch: &Watch) -> Option<String> {
    let is_stacked = |look: &&Look| look.settings.count(keys::LAYERS) >= 3 && look.settings.count(keys::STRIDE) == 1;
    let look = watch.now().filter(is_stacked)?;
    Some(say!("stride.found.grow", fields = fields(look).join(", ")))
}

fn whole_picture(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let input = look.scene.grid(INPUT).filter(|_| look.settings.choice(keys::ON) == "digit")?;
    let field = fields(look).pop()?;
    let rows: usize = field.split('×').next()?.parse().ok()?;
    let n = look.settings.count(keys::LAYERS);
    (rows >= input.rows() && n > 1).then(|| say!("stride.found.whole", n = n, field = field, size = input.detail))
}
