//! Convolution, one output cell and one product at a time.

use crate::exercise::{Answer, Exercise, Task};
use crate::guide::Need;
use crate::inputs::{
    KERNEL_TENSORS, KERNELS, PRESETS, chosen_input, chosen_kernel, example_input, preset_kernel, small_numbers,
};
use crate::keys;
use crate::plane::{INPUT, MAX_COLUMNS, OUTPUT, PlaneConv, PlaneTrace, n_columns, refused};
use crate::scene::{Edit, Grid, Item, Role, Scene, Spot};
use crate::settings::{Param, Settings};
use crate::trace::Stage;
use crate::world::{Unavailable, World};
use crate::{Chapter, Look, Matrix, Needs, Outline, Sorted, Step, Trace, Watch, factor, number, say};
use receptive_core::{ConvParams, Rng};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "convolution",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::BY, &["cell", "term"]),
        Param::choice(keys::KERNEL, KERNELS),
        Param::count(keys::NET_KERNEL, 1, 64, 1).when(|settings| settings.choice(keys::KERNEL) == "net"),
        Param::choice(keys::FLIP, &["slide", "turn"]).more(),
        Param::count(keys::PAD, 0, 3, 0).more(),
        Param::count(keys::STRIDE, 1, 3, 1).more(),
        Param::count(keys::DILATION, 1, 3, 1).more(),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs {
        digit: settings.choice(keys::ON) == "digit",
        network: (settings.choice(keys::KERNEL) == "net").then_some(KERNEL_TENSORS),
        ..Needs::default()
    },
    next: &[
        ("edges", "convolution?kernel=vertical&on=digit"),
        ("turned", "convolution?flip=turn"),
        ("holes", "convolution?dilation=2"),
        ("features", "features?on=photo&kernel=outline"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("weights", weights_stay).needs(&[
            Need::unless(keys::PAD.name, "0", has_three_windows),
            Need::unless(keys::STRIDE.name, "1", has_three_windows),
            Need::unless(keys::DILATION.name, "1", has_three_windows),
        ]),
        Step::new("feeding", corner_and_middle),
        Step::new("change", all_change).sets(&[keys::KERNEL.name]).compares(&[OUTPUT]),
        Step::new("stride", rows_unread).sets(&[keys::STRIDE.name]).needs(&[
            Need::unless(keys::STRIDE.name, "1", |settings| settings.count(keys::STRIDE) < 3),
            Need::unless(keys::PAD.name, "0", leaves_rows_at_3),
            Need::unless(keys::DILATION.name, "1", leaves_rows_at_3),
            Need::own(keys::INPUT.name, leaves_rows_at_3),
        ]),
        Step::new("same", size_kept).sets(&[keys::PAD.name]).needs(&[
            Need::is(keys::STRIDE.name, "1"),
            Need::unless(keys::DILATION.name, "1", |settings| wanted_padding(settings).is_some()),
            Need::unless(keys::KERNEL.name, "example", |settings| wanted_padding(settings).is_some()),
            Need::unless(keys::PAD.name, "0", |settings| wanted_padding(settings) != Some(settings.count(keys::PAD))),
        ]),
        Step::new("turn", kernel_turned)
            .more()
            .sets(&[keys::FLIP.name])
            .needs(&[Need::is(keys::FLIP.name, "slide")])
            .compares(&[OUTPUT]),
    ],
    exercises: &[
        Exercise::new("next-cell", next_cell),
        Exercise::new("out-size", output_size),
        Exercise::new("reads", reads),
    ],
};

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (input, edit_input) = chosen_input(settings, world, example_input)?;
    let (typed, bias, remark) = chosen_kernel(settings, world)?;
    let is_turned = settings.choice(keys::FLIP) == "turn";
    let edit =
        Edit { key: keys::WEIGHTS.name, matrix: typed.clone(), also: Some((keys::KERNEL.name, "own")), brush: None };
    let mut kernel = typed.clone();
    if is_turned {
        kernel.values.reverse();
    }
    let [pad, stride, dilation] = [keys::PAD, keys::STRIDE, keys::DILATION].map(|key| settings.count(key));
    let params = ConvParams::default().padding(pad).stride(stride).dilation(dilation);
    let conv = PlaneConv::new(input, kernel, bias, params).map_err(|error| refused(&error))?;
    let by_term = settings.choice(keys::BY) == "term";
    let turned =
        is_turned.then(|| Grid::of("typed", say!("convolution.typed"), &typed, Role::Weight).editable(edit.clone()));
    // What a kernel is for, is said of it as it stands.
    let remark = (*conv.kernel() == typed).then_some(remark);
    let plane = PlaneTrace::new(conv, by_term, edit_input, (!is_turned).then_some(edit));
    Ok(Box::new(Convolution { plane, turned, remark }))
}

/// A convolution, with the kernel as it was typed where it is turned first.
struct Convolution {
    plane: PlaneTrace,
    turned: Option<Grid>,
    /// The purpose of the kernel.
    remark: Option<String>,
}

impl Trace for Convolution {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.plane.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut scene = self.plane.scene(moment);
        if let Some(turned) = &self.turned {
            let (text, grid) = (Item::Text(say!("convolution.turned")), Item::Grid(turned.clone()));
            match scene.board.as_mut_slice() {
                [row] if n_columns(row) + turned.columns <= MAX_COLUMNS => {
                    row.push(grid);
                    scene.board.push(vec![text]);
                }
                _ => scene.board.push(vec![grid, text]),
            }
        }
        scene.board.extend(self.remark.clone().map(|remark| vec![Item::Text(remark)]));
        scene
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let last = self.plane.conv.n_terms().saturating_sub(1);
        match spot.grid {
            "typed" => {
                let kernel = Spot::new(crate::plane::KERNEL, last.saturating_sub(spot.cell));
                [vec![kernel], self.plane.linked(moment, kernel)].concat()
            }
            _ => self.plane.linked(moment, spot),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        match (spot.grid, &self.turned) {
            ("typed", Some(grid)) => {
                let value = grid.cells.get(spot.cell).map_or(0.0, |cell| cell.value);
                say!("convolution.tell-typed", place = crate::place(grid.place(spot.cell)), w = number(value))
            }
            _ => self.plane.describe(moment, spot),
        }
    }
}

/// True if the window stands at three places or more.
fn has_three_windows(settings: &Settings) -> bool {
    // What needs more of the world than the settings has a digit's size, and windows enough.
    trace(settings, &World::default())
        .map_or(true, |trace| trace.scene(0).grid(OUTPUT).is_some_and(|grid| grid.cells.len() >= 3))
}

/// True if a stride of 3 never reaches some rows or columns.
fn leaves_rows_at_3(settings: &Settings) -> bool {
    let [pad, dilation] = [keys::PAD, keys::DILATION].map(|key| settings.count(key));
    if settings.choice(keys::ON) == "digit" {
        return pad == 0 && dilation == 1;
    }
    let settings = settings.clone().with("stride", "3");
    match trace(&settings, &World::default()) {
        Ok(trace) => trace.scene(0).grid(INPUT).is_some_and(|grid| grid.warning.is_some()),
        Err(unavailable) => unavailable == Unavailable::Network && pad == 0 && dilation == 1,
    }
}

/// The padding that keeps the size at stride 1, if one can be set.
fn wanted_padding(settings: &Settings) -> Option<usize> {
    let f = match (settings.choice(keys::KERNEL), settings.numbers(keys::WEIGHTS)) {
        ("own", Some(weights)) if weights.rows != weights.columns => return None,
        ("own", Some(weights)) => weights.rows,
        // The network's kernels are known when there is one.
        ("net", _) => return None,
        (key, _) => preset_kernel(key).unwrap_or(&PRESETS[0]).matrix().rows,
    };
    let reach = settings.count(keys::DILATION) * (f - 1);
    (reach.is_multiple_of(2) && (1..=3).contains(&(reach / 2))).then_some(reach / 2)
}

fn weights_stay(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let per_window = if look.settings.choice(keys::BY) == "term" { look.values("kernel").len() + 1 } else { 1 };
    let windows: Sorted<_> = look.moments.iter().map(|moment| moment / per_window).collect();
    if windows.len() < 3 {
        return None;
    }
    let (n, n_cells) = (look.values("kernel").len(), look.values("output").len());
    Some(say!("convolution.found.weights", n = n, n_cells = n_cells))
}

fn corner_and_middle(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let (input, kernel) = (look.scene.grid(INPUT)?, look.scene.grid(crate::plane::KERNEL)?);
    let [pad, stride, dilation] = [keys::PAD, keys::STRIDE, keys::DILATION].map(|key| look.settings.count(key));
    let [corner, middle] = look.corner_and_middle(INPUT, pad)?;
    // Who feeds whom is a matter of sizes alone.
    let (input, kernel) = (Matrix::zeros(input.rows(), input.columns), Matrix::zeros(kernel.rows(), kernel.columns));
    let params = ConvParams::default().stride(stride).dilation(dilation);
    let conv = PlaneConv::new(input, kernel, 0.0, params).ok()?;
    let [corner, middle] = [corner, middle].map(|cell| conv.outputs_fed_by(cell).len());
    Some(say!("convolution.found.feeding", corner = corner, middle = middle))
}

/// Cells of a map in which two looks differ: all of them, when its size does.
fn n_changed([before, now]: [&Look; 2], grid: &str) -> usize {
    let (old, new) = (before.values(grid), now.values(grid));
    if old.len() == new.len() { old.iter().zip(&new).filter(|(old, new)| old != new).count() } else { new.len() }
}

fn all_change(watch: &Watch) -> Option<String> {
    let looks = watch.changed(&[keys::KERNEL.name, keys::NET_KERNEL.name, keys::WEIGHTS.name])?;
    let [before, now] = looks;
    let is_other = before.values("kernel") != now.values("kernel");
    let (n, n_cells) = (n_changed(looks, OUTPUT), now.values(OUTPUT).len());
    let key = if n == n_cells { "change-all" } else { "change" };
    is_other.then(|| say!(format!("convolution.found.{key}"), n = n, n_cells = n_cells))
}

fn rows_unread(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let warning = look.scene.grid(INPUT)?.warning.clone()?;
    let stride = look.settings.count(keys::STRIDE);
    (stride == 3).then(|| say!("convolution.found.stride", stride = stride, what = warning))
}

fn size_kept(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let pad = look.settings.count(keys::PAD);
    let (input, output) = (look.scene.grid(INPUT)?, look.scene.grid(OUTPUT)?);
    let is_same = input.rows() - 2 * pad == output.rows() && input.columns - 2 * pad == output.columns;
    (pad > 0 && look.settings.count(keys::STRIDE) == 1 && is_same)
        .then(|| say!("convolution.found.same", pad = pad, size = format!("{}×{}", output.rows(), output.columns)))
}

/// The kernel was turned and nothing else.
fn kernel_turned(watch: &Watch) -> Option<String> {
    let looks = watch.changed(&[keys::FLIP.name])?;
    let [before, now] = looks;
    (now.settings.choice(keys::FLIP) == "turn").then_some(())?;
    let key = if before.values("kernel") == now.values("kernel") { "turn-alike" } else { "turn" };
    let n_cells = now.values(OUTPUT).len();
    Some(say!(format!("convolution.found.{key}"), n = n_changed(looks, OUTPUT), n_cells = n_cells))
}

fn next_cell(rng: &mut Rng) -> Task {
    let input = small_numbers(rng, 4, 4, 0, 3);
    let mut kernel = small_numbers(rng, 3, 3, -1, 1);
    // A kernel that is its own mirror would hide the commonest slip.
    (kernel.values[0], kernel.values[8]) = (1.0, -1.0);
    let cell = rng.below(4) as usize;
    let conv = |kernel: Matrix| PlaneConv::new(input.clone(), kernel, 0.0, ConvParams::default());
    let mut turned = kernel.clone();
    turned.values.reverse();
    let (Ok(right), Ok(wrong)) = (conv(kernel.clone()), conv(turned)) else { unreachable!("3×3 fits 4×4") };
    let products = right.products(cell);
    let terms = products.iter().filter(|[x, w]| x * w != 0.0).map(|[x, w]| format!("{}·{}", number(*x), factor(*w)));
    let sum = terms.collect::<Vec<_>>().join(" + ");
    let unsigned: f32 = products.iter().map(|[x, w]| (x * w).abs()).sum();
    let mut asked = right.input_grid();
    asked.frames = vec![right.frame(cell)];
    let answer = |value: f32| Answer::number(value, 0);
    let value = right.output().values[cell];
    Task {
        question: say!("convolution.exercises.next-cell.question"),
        grids: vec![asked, right.kernel_grid()],
        answer: answer(value),
        slips: vec![
            (answer(wrong.output().values[cell]), say!("convolution.exercises.next-cell.turned")),
            (answer(unsigned), say!("convolution.exercises.next-cell.unsigned")),
        ],
        hint: say!("convolution.exercises.next-cell.hint"),
        because: say!("convolution.exercises.next-cell.because", sum = sum, value = number(value)),
    }
}

fn output_size(rng: &mut Rng) -> Task {
    let n = 5 + rng.below(28) as usize;
    let f = [3, 5][rng.below(2) as usize];
    let pad = 1 + rng.below(2) as usize;
    let out = |pad: usize| n + 2 * pad - f + 1;
    Task {
        question: say!("convolution.exercises.out-size.question", n = n, f = f, pad = pad),
        grids: vec![],
        answer: Answer::square(out(pad)),
        slips: vec![
            (Answer::square(n + pad - f + 1), say!("convolution.exercises.out-size.once")),
            (Answer::square(out(pad) - 1), say!("convolution.exercises.out-size.one-less")),
            (Answer::square(out(0)), say!("convolution.exercises.out-size.none")),
        ],
        hint: say!("convolution.exercises.out-size.hint"),
        because: say!("convolution.exercises.out-size.because", n = n, f = f, pad = pad, out = out(pad)),
    }
}

fn reads(rng: &mut Rng) -> Task {
    let input = small_numbers(rng, 5, 5, 0, 9);
    let Ok(conv) = PlaneConv::new(input, Matrix::zeros(3, 3), 0.0, ConvParams::default()) else {
        unreachable!("3×3 fits 5×5")
    };
    let cell = rng.below(9) as usize;
    let [p, q] = conv.output().place(cell);
    let read = conv.inputs_read_by(cell).into_iter().collect::<Sorted<_>>().to_vec();
    let centred: Vec<_> = (0..9)
        .filter_map(|tap| {
            let (row, column) = ((p + tap / 3).checked_sub(1)?, (q + tap % 3).checked_sub(1)?);
            Some(row * 5 + column)
        })
        .collect();
    Task {
        question: say!("convolution.exercises.reads.question", place = crate::place([p, q])),
        grids: vec![conv.input_grid()],
        answer: Answer::Cells(read),
        slips: vec![(Answer::Cells(centred), say!("convolution.exercises.reads.centred"))],
        hint: say!("convolution.exercises.reads.hint"),
        because: say!(
            "convolution.exercises.reads.because",
            row = p + 1,
            last_row = p + 3,
            column = q + 1,
            last_column = q + 3
        ),
    }
}
