//! Kernel size: small and large, odd and even, one large or several small ones after one another.

mod costs;
mod exercises;
mod stack;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::inputs::chosen_input;
use crate::keys;
use crate::plane::{INPUT, KERNEL, OUTPUT, PlaneConv, refused};
use crate::scene::{Edit, Grid};
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Matrix, Needs, Outline, Step, Trace, Watch, number, say};
use receptive_core::{ConvGeom, ConvParams, Shape4};
use stack::Stack;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "kernel-size",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::KERNEL, &["box", "edge", "own"]),
        Param::choice(keys::STACK, &["one", "two", "three"]),
        Param::count(keys::F, 1, 7, 3)
            .when(|settings| settings.choice(keys::KERNEL) != "own" && settings.choice(keys::STACK) == "one"),
        Param::choice(keys::PAD_RULE, &["none", "same"]).more(),
        Param::count(keys::MAPS, 1, 64, 8).more(),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs { digit: settings.choice(keys::ON) == "digit", ..Needs::default() },
    next: &[
        ("two", "kernel-size?stack=two"),
        ("wide", "kernel-size?f=7&on=digit"),
        ("even", "kernel-size?f=4&pad=same"),
        ("pointwise", "volumes?f=1"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("grow", map_shrinks).sets(&[keys::F.name]).needs(&[
            ONE,
            SIZED,
            Need::is(keys::PAD_RULE.name, "none"),
            Need::unless(keys::F.name, "3", |settings| settings.count(keys::F) < 7),
        ]),
        Step::new("one", sees_itself).sets(&[keys::F.name]).needs(&[
            ONE,
            Need::is(keys::KERNEL.name, "box"),
            Need::unless(keys::F.name, "3", |settings| settings.count(keys::F) > 1),
        ]),
        Step::new("even", no_middle).more().sets(&[keys::F.name, keys::PAD_RULE.name]).needs(&[
            ONE,
            SIZED,
            Need::unless(keys::F.name, "3", |settings| {
                settings.choice(keys::PAD_RULE) == "none" || !settings.count(keys::F).is_multiple_of(2)
            }),
        ]),
        Step::new("stack", sees_as_much).sets(&[keys::STACK.name]).needs(&[
            ONE,
            SIZED,
            Need::is(keys::PAD_RULE.name, "none"),
        ]),
        Step::new("digit", smears).sets(&[keys::ON.name, keys::F.name]).needs(&[
            ONE,
            Need::is(keys::KERNEL.name, "box"),
            Need::unless(keys::F.name, "3", |settings| {
                settings.choice(keys::ON) == "small" || settings.count(keys::F) < 5
            }),
        ]),
    ],
    exercises: &[
        Exercise::new("field", exercises::field),
        Exercise::new("saving", exercises::saving),
        Exercise::new("same", exercises::same),
        Exercise::more("even", exercises::even),
        Exercise::new("rows", exercises::rows),
    ],
};

const ONE: Need = Need::is(keys::STACK.name, "one");
/// A kernel whose size can be set.
const SIZED: Need = Need::unless(keys::KERNEL.name, "box", |settings| settings.choice(keys::KERNEL) != "own");

/// A seven; its ink is a multiple of 9, so that the mean of nine cells is a whole number.
fn seven() -> Matrix {
    #[rustfmt::skip]
    let ink = [
        0, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 1, 1, 0,
        0, 0, 0, 0, 1, 0, 0,
        0, 0, 0, 1, 0, 0, 0,
        0, 0, 0, 1, 0, 0, 0,
        0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0,
    ];
    Matrix::new(7, 7, ink.map(|ink: u8| f32::from(9 * ink)))
}

/// The mean of f·f cells.
fn box_blur(f: usize) -> Matrix {
    Matrix::new(f, f, vec![1.0 / (f * f) as f32; f * f])
}

/// Left less right; a middle column, where there is one, counts for nothing.
fn edge(f: usize) -> Matrix {
    let weight = |i: usize| match (2 * (i % f) + 1).cmp(&f) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater => -1.0,
    };
    Matrix::new(f, f, (0..f * f).map(weight).collect::<Vec<_>>())
}

/// Layers on the stage.
fn n_layers(settings: &Settings) -> usize {
    match settings.choice(keys::STACK) {
        "two" => 2,
        "three" => 3,
        _ => 1,
    }
}

fn chosen_kernel(settings: &Settings) -> Result<Matrix, Unavailable> {
    let f = if n_layers(settings) == 1 { settings.count(keys::F) } else { 3 };
    match (settings.choice(keys::KERNEL), settings.numbers(keys::WEIGHTS)) {
        ("own", Some(weights)) => Ok(weights.clone()),
        ("edge", _) if f == 1 => Err(Unavailable::Refused(say!("kernel-size.no-edge"))),
        ("edge", _) => Ok(edge(f)),
        _ => Ok(box_blur(f)),
    }
}

/// The padding that keeps a size as well as can be: (f − 1) / 2, rounded down.
fn padding(settings: &Settings, kernel: &Matrix) -> [usize; 2] {
    if settings.choice(keys::PAD_RULE) == "same" { [(kernel.rows - 1) / 2, (kernel.columns - 1) / 2] } else { [0, 0] }
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (input, edit_input) = chosen_input(settings, world, seven)?;
    let kernel = chosen_kernel(settings)?;
    let params = ConvParams { padding: padding(settings, &kernel), ..ConvParams::default() };
    let n = n_layers(settings);
    let costs = costs::table(settings.count(keys::MAPS), [input.rows, input.columns], &kernel, n)?;
    let mut layers: Vec<PlaneConv> = vec![];
    for _ in 0..n {
        let input = layers.last().map_or_else(|| input.clone(), |before| before.output().clone());
        layers.push(PlaneConv::new(input, kernel.clone(), 0.0, params).map_err(|error| refused(&error))?);
    }
    let edit =
        Edit { key: keys::WEIGHTS.name, matrix: kernel.clone(), also: Some((keys::KERNEL.name, "own")), brush: None };
    let remark = even_remark(settings, &kernel, [input.rows, input.columns]);
    Ok(Box::new(Stack::new(layers, edit_input, &edit, remark, costs)?))
}

/// Rows that a kernel of `f` rows leaves of `n`; nothing when it does not fit.
fn rows_out(n: usize, f: usize, pad: usize) -> Option<usize> {
    let params = ConvParams { padding: [pad, 0], ..ConvParams::default() };
    ConvGeom::new(Shape4::new(1, 1, n, 1), Shape4::new(1, 1, f, 1), params).ok().map(|geom| geom.y().h)
}

/// Returns the reason that an even kernel cannot keep the size, in numbers; `None` where it can.
fn even_remark(settings: &Settings, kernel: &Matrix, input: [usize; 2]) -> Option<String> {
    let (f, n) = [(kernel.rows, input[0]), (kernel.columns, input[1])].into_iter().find(|(f, _)| f % 2 == 0)?;
    let (less, more) = ((f - 1) / 2, f / 2);
    let (smaller, larger) = (rows_out(n, f, less)?, rows_out(n, f, more)?);
    let is_same = settings.choice(keys::PAD_RULE) == "same";
    is_same.then(|| {
        let text = "kernel-size.even-same";
        say!(text, f = f, total = less + more, less = less, more = more, n = n, smaller = smaller, larger = larger)
    })
}

fn map_shrinks(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::F.name, keys::KERNEL.name, keys::WEIGHTS.name])?;
    let is_plain = |settings: &Settings| n_layers(settings) == 1 && settings.choice(keys::PAD_RULE) == "none";
    if !is_plain(&before.settings) || !is_plain(&now.settings) {
        return None;
    }
    let (old, new) = (before.scene.grid(KERNEL)?, now.scene.grid(KERNEL)?);
    let (was, is) = (before.scene.grid(OUTPUT)?, now.scene.grid(OUTPUT)?);
    let size = |grid: &Grid| format!("{}×{}", grid.rows(), grid.columns);
    (new.cells.len() > old.cells.len() && is.cells.len() < was.cells.len()).then(|| {
        say!(
            "kernel-size.found.grow",
            old = size(old),
            new = size(new),
            was = size(was),
            is = size(is),
            n = new.cells.len()
        )
    })
}

fn sees_itself(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.values(KERNEL).len() == 1 && n_layers(&look.settings) == 1)?;
    let (input, output) = (look.values(INPUT), look.values(OUTPUT));
    let w = number(look.values(KERNEL)[0]);
    let n_same = input.iter().zip(&output).filter(|(x, y)| x == y).count();
    (input.len() == output.len()).then(|| say!("kernel-size.found.one", w = w, n = n_same, n_cells = output.len()))
}

fn no_middle(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let kernel = look.scene.grid(KERNEL)?;
    let f = kernel.columns;
    let is_even = n_layers(&look.settings) == 1 && f % 2 == 0 && look.settings.choice(keys::PAD_RULE) == "same";
    let output = look.scene.grid(OUTPUT)?;
    let size = format!("{}×{}", output.rows(), output.columns);
    is_even.then(|| say!("kernel-size.found.even", f = f, n = kernel.marked.len(), total = f - 1, size = size))
}

fn sees_as_much(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let n = n_layers(&look.settings);
    let kernel = look.scene.grid(KERNEL)?;
    if n == 1 || kernel.rows() != kernel.columns {
        return None;
    }
    let f = kernel.columns;
    // In a border the frame holds less than all that an output sees.
    let field = n * (f - 1) + 1;
    let [_, _, rows, columns] = *look.scene.grid(INPUT)?.frames.first()?;
    ([rows, columns] == [field, field]).then_some(())?;
    let [stacked, single] = [costs::of_stack(1, [28, 28], f, n), costs::of_stack(1, [28, 28], field, 1)];
    let (stacked, single) = (stacked.ok()?, single.ok()?);
    // One bias per kernel; what is compared here are weights.
    let (few, many) = (stacked.n_params - n, single.n_params - 1);
    let field = format!("{}×{}", stacked.field[0], stacked.field[1]);
    Some(say!("kernel-size.found.stack", n = n, f = f, field = field, few = few, many = many))
}

fn smears(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let kernel = look.scene.grid(KERNEL)?;
    let is_wide =
        look.settings.choice(keys::ON) == "digit" && look.settings.choice(keys::KERNEL) == "box" && kernel.columns >= 5;
    let most = |name: &str| look.values(name).into_iter().fold(0.0, f32::max);
    (is_wide && most(OUTPUT) < most(INPUT)).then(|| {
        say!(
            "kernel-size.found.digit",
            f = kernel.columns,
            n = kernel.cells.len(),
            was = number(most(INPUT)),
            is = number(most(OUTPUT))
        )
    })
}
