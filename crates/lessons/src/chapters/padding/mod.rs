//! Padding: what the border of a picture is worth, and what to put around it.

mod exercises;

use crate::exercise::Exercise;
use crate::formula::Formula;
use crate::guide::Need;
use crate::inputs::{SIZED_KERNELS, chosen_input, edit_kernel, example_input, sized_kernel};
use crate::keys;
use crate::plane::{INPUT, MAX_COLUMNS, OUTPUT, PlaneConv, PlaneTrace, n_columns};
use crate::scene::{Grid, Item, Role, Scene, Spot, Table};
use crate::settings::{Param, Settings};
use crate::trace::Stage;
use crate::world::{Unavailable, World};
use crate::{Chapter, Look, Matrix, Needs, Outline, Step, Trace, Watch, number, place, say};
use receptive_core::ops::{Border, PadGeom, PadParams};
use receptive_core::{ConvGeom, ConvParams, Shape4};

/// Name of the grid that counts how often each pixel is read.
pub const READS: &str = "reads";
/// Name of the table of sizes after several layers.
const SIZES: &str = "sizes";

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "padding",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::MODE, &["valid", "same", "own"]),
        Param::count(keys::PAD, 0, 4, 1).when(|settings| settings.choice(keys::MODE) == "own"),
        Param::choice(keys::BORDER, &["zeros", "replicate", "reflect"])
            .when(|settings| settings.choice(keys::MODE) != "valid"),
        Param::choice(keys::KERNEL, SIZED_KERNELS).more(),
        Param::count(keys::F, 1, 5, 3).more().when(|settings| settings.choice(keys::KERNEL) != "own"),
        Param::choice(keys::BY, &["cell", "term"]).more(),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs { digit: settings.choice(keys::ON) == "digit", ..Needs::default() },
    next: &[
        ("mirror", "padding?mode=own&pad=3&border=reflect"),
        ("full", "padding?mode=own&pad=2"),
        ("digit", "padding?on=digit&mode=same&f=5"),
        ("stride", "stride?stride=3&pad=1"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, world| Ok(Box::new(Padding::new(settings, world)?)),
    steps: &[
        Step::new("corner", corner_and_middle),
        Step::new("same", size_kept).sets(&[keys::MODE.name]).needs(&[
            Need::unless(keys::MODE.name, "valid", |settings| settings.choice(keys::MODE) != "same"),
            SEVERAL,
        ]),
        Step::new("border", border_matters)
            .sets(&[keys::BORDER.name])
            .needs(&[
                Need::is(keys::ON.name, "small"),
                Need::unless(keys::MODE.name, "same", |settings| {
                    settings.choice(keys::MODE) == "same"
                        || settings.choice(keys::MODE) == "own" && settings.count(keys::PAD) > 0
                }),
                SEVERAL,
            ])
            .compares(&[OUTPUT]),
        Step::new("fair", all_read_alike).sets(&[keys::BORDER.name]).needs(&[
            Need::is(keys::MODE.name, "same"),
            SIZED,
            Need::is(keys::F.name, "3"),
            Need::unless(keys::BORDER.name, "zeros", |settings| settings.choice(keys::BORDER) != "replicate"),
        ]),
        Step::new("lopsided", one_side_more).more().sets(&[keys::F.name]).needs(&[
            Need::is(keys::MODE.name, "same"),
            SIZED,
            Need::unless(keys::F.name, "3", |settings| !settings.count(keys::F).is_multiple_of(2)),
        ]),
        Step::new("digit", border_is_background)
            .sets(&[keys::BORDER.name])
            .needs(&[Need::is(keys::ON.name, "digit"), Need::is(keys::MODE.name, "same"), SEVERAL])
            .compares(&[OUTPUT]),
    ],
    exercises: &[
        Exercise::new("keep-size", exercises::keep_size),
        Exercise::new("times-read", exercises::times_read),
        Exercise::more("border-value", exercises::border_value),
        Exercise::new("made-up", exercises::made_up),
    ],
};

/// A kernel whose size can be set.
const SIZED: Need = Need::unless(keys::KERNEL.name, "example", |settings| settings.choice(keys::KERNEL) != "own");
/// A kernel of more than one cell.
const SEVERAL: Need = Need::unless(keys::F.name, "3", |settings| sized_kernel(settings).values.len() > 1);

/// The border that the settings choose for a kernel.
fn chosen_border(settings: &Settings, kernel: &Matrix) -> PadParams {
    let border = match settings.choice(keys::BORDER) {
        "replicate" => Border::Replicate,
        "reflect" => Border::Reflect,
        _ => Border::Zeros,
    };
    match settings.choice(keys::MODE) {
        "valid" => PadParams::default(),
        "same" => PadParams::same([kernel.rows, kernel.columns], border),
        _ => PadParams::even([settings.count(keys::PAD); 2], border),
    }
}

/// Returns, for each pixel, the number of products that its value enters, itself or as a copy in the border: counted,
/// window by window.
pub fn times_read(conv: &PlaneConv) -> Matrix {
    let mut counts = Matrix::zeros(conv.input().rows, conv.input().columns);
    for read in (0..conv.output().values.len()).flat_map(|cell| conv.inputs_read_by(cell)) {
        if let Some([row, column]) = conv.source_of(read) {
            counts.values[row * counts.columns + column] += 1.0;
        }
    }
    counts
}

/// A convolution in a border, how often each pixel is read, and how sizes go on.
struct Padding {
    plane: PlaneTrace,
    mode: &'static str,
    reads: Grid,
    texts: Vec<String>,
    sizes: Table,
}

impl Padding {
    fn new(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        let (input, edit_input) = chosen_input(settings, world, example_input)?;
        let kernel = sized_kernel(settings);
        let border = chosen_border(settings, &kernel);
        let edit = edit_kernel(&kernel);
        let conv = PlaneConv::bordered(input, kernel, 0.0, ConvParams::default(), border)?;
        let counts = Grid::of(READS, say!("padding.reads"), &times_read(&conv), Role::Count);
        let reads = Grid { detail: String::new(), ..counts };
        let mode = settings.choice(keys::MODE);
        let texts = vec![remark(&conv, mode), summary(&conv, &reads)];
        let sizes = sizes(&conv);
        let pixels = conv.run().input();
        let mut plane = PlaneTrace::new(conv, settings.choice(keys::BY) == "term", edit_input, Some(edit)).whole();
        plane.stage = plane.stage.beside(reads.clone(), pixels, 0);
        Ok(Self { plane, mode, reads, texts, sizes })
    }

    fn formulas(&self) -> Vec<Formula> {
        let conv = &self.plane.conv;
        let mut formulas = conv.formulas();
        formulas.truncate(1);
        let f = conv.kernel().rows;
        if self.mode == "same" && f == conv.kernel().columns {
            let each = number((f - 1) as f32 / 2.0);
            let notation = format!("p = frac(f − 1, 2) = frac({f} − 1, 2) = {each}");
            formulas.push(Formula::new("same", say!("padding.same-formula"), &notation));
        }
        formulas
    }
}

impl Trace for Padding {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.plane.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut scene = self.plane.scene(moment);
        scene.board = self.plane.rows(moment);
        let reads = Item::Grid(self.reads.clone());
        match scene.board.as_mut_slice() {
            [row] if !self.plane.has_numbers() || n_columns(row) + self.reads.columns <= MAX_COLUMNS => row.push(reads),
            _ => scene.board.push(vec![reads]),
        }
        let texts = self.texts.iter().cloned().map(Item::Text).collect();
        scene.board.extend([vec![Item::Column(texts)], vec![Item::Table(self.sizes.clone())]]);
        scene.formulas = self.formulas();
        scene
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let conv = &self.plane.conv;
        match spot.grid {
            READS => {
                let Some(cell) = self.reads.cells.get(spot.cell) else { return String::new() };
                let at = conv.input().place(spot.cell);
                let copies = conv.copies_of(at);
                let n_itself = conv.outputs_fed_by(copies[0]).len();
                let key = if copies.len() == 1 { "padding.tell-reads" } else { "padding.tell-reads-copies" };
                let (n, n_copies) = (number(cell.value), copies.len() - 1);
                say!(key, place = place(at), n = n, n_itself = n_itself, n_copies = n_copies)
            }
            SIZES => {
                let Some(row) = self.sizes.rows.get(spot.cell) else { return String::new() };
                let with = row.last().map_or("", String::as_str);
                say!("padding.tell-sizes", n = spot.cell + 1, without = row[1], with = with)
            }
            _ => self.plane.describe(moment, spot),
        }
    }
}

/// Returns the padding's effect on the size, in words.
fn remark(conv: &PlaneConv, mode: &str) -> String {
    let (input, output, kernel) = (conv.input().size(), conv.output().size(), conv.kernel());
    let border = conv.pad().params();
    let full = [kernel.rows - 1, kernel.columns - 1];
    let f = [kernel.rows, kernel.columns].into_iter().find(|f| f % 2 == 0).unwrap_or(kernel.rows);
    let key = if mode == "same" && border.before != border.after {
        "lopsided"
    } else if input == output {
        if border.before == [0, 0] { "kept-alone" } else { "kept" }
    } else if border.before == full {
        "full"
    } else if border.before[0] > full[0] || border.before[1] > full[1] {
        "beyond"
    } else if conv.output().rows > conv.input().rows {
        "grown"
    } else {
        "shrunk"
    };
    say!(
        format!("padding.remark.{key}"),
        input = input,
        output = output,
        kernel = kernel.size(),
        f = f,
        taps = conv.n_terms(),
        all = f - 1,
        above = border.before[0],
        below = border.after[0],
        left = border.before[1],
        right = border.after[1],
    )
}

/// Returns the number of reads of corner and middle, and of outputs that depend on the border, in words.
fn summary(conv: &PlaneConv, reads: &Grid) -> String {
    let [corner, middle] = corner_of(reads);
    let is_made_up = |&cell: &usize| conv.inputs_read_by(cell).iter().any(|&read| conv.input_at(read).is_none());
    let n_cells = conv.output().values.len();
    let n_made_up = (0..n_cells).filter(is_made_up).count();
    let mut text = say!("padding.summary", corner = corner, middle = middle);
    if n_made_up > 0 {
        text = format!("{text} {}", say!("padding.summary-border", n = n_made_up, n_cells = n_cells));
    }
    if conv.copies_of([0, 0]).len() > 1 {
        text = format!("{text} {}", say!("padding.summary-copies"));
    }
    text
}

/// Returns the number of reads of the first corner and of the middle, in words.
fn corner_of(reads: &Grid) -> [String; 2] {
    [0, middle_of(reads)].map(|cell| reads.cells.get(cell).map_or_else(String::new, |cell| number(cell.value)))
}

fn middle_of(grid: &Grid) -> usize {
    grid.rows() / 2 * grid.columns + grid.columns / 2
}

/// Sizes after one to four such layers, without the border and with it.
fn sizes(conv: &PlaneConv) -> Table {
    const N_LAYERS: usize = 4;
    let after = |border: PadParams| {
        let mut shape = Some(conv.pad().x());
        (0..N_LAYERS)
            .map(|_| {
                let padded = shape.and_then(|x| PadGeom::new(x, border).ok());
                let geom = padded.and_then(|pad| ConvGeom::new(pad.y(), conv.geom().w(), ConvParams::default()).ok());
                shape = geom.map(|geom| geom.y());
                shape.map_or_else(|| say!("padding.nothing-left"), |Shape4 { h, w, .. }| format!("{h}×{w}"))
            })
            .collect::<Vec<_>>()
    };
    let border = conv.pad().params();
    let mut head = vec![say!("padding.layers"), say!("padding.without")];
    let mut columns = vec![after(PadParams::default())];
    if border.before != [0, 0] || border.after != [0, 0] {
        head.push(say!("padding.with"));
        columns.push(after(border));
    }
    let row = |i: usize| [(i + 1).to_string()].into_iter().chain(columns.iter().map(move |column| column[i].clone()));
    let rows = (0..N_LAYERS).map(|i| row(i).collect()).collect();
    Table { name: SIZES, title: say!("padding.sizes"), head, rows, now: Some(0) }
}

fn corner_and_middle(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let (reads, input) = (look.scene.grid(READS)?, look.scene.grid(INPUT)?);
    let border = (input.rows() - reads.rows()) / 2;
    // Each of the two may be pointed at in either grid: they are the same pixels.
    let mut both = look.clone();
    let pixel = |spot: &Spot| {
        let [row, column] = input.place(spot.cell);
        let (row, column) = (row.checked_sub(border)?, column.checked_sub(border)?);
        (spot.grid == INPUT && row < reads.rows() && column < reads.columns).then(|| row * reads.columns + column)
    };
    both.spots.extend(look.spots.iter().filter_map(pixel).map(|cell| Spot::new(READS, cell)));
    let [corner, middle] = both.corner_and_middle(READS, 0)?.map(|cell| number(reads.cells[cell].value));
    Some(say!("padding.found.corner", corner = corner, middle = middle))
}

fn size_kept(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let (input, reads, output) = (look.scene.grid(INPUT)?, look.scene.grid(READS)?, look.scene.grid(OUTPUT)?);
    let [corner, _] = corner_of(reads);
    let is_padded = input.cells.len() > reads.cells.len();
    let is_same = (output.rows(), output.columns) == (reads.rows(), reads.columns);
    (is_padded && is_same)
        .then(|| say!("padding.found.same", size = format!("{}×{}", output.rows(), output.columns), corner = corner))
}

/// Looks before and after a change of the border alone, and how many outputs it changed.
fn border_changed(watch: &Watch) -> Option<([&Look; 2], usize)> {
    let [before, now] = watch.changed(&[keys::BORDER.name])?;
    (now.settings.choice(keys::MODE) != "valid").then_some(())?;
    let (old, new) = (before.values(OUTPUT), now.values(OUTPUT));
    Some(([before, now], old.iter().zip(&new).filter(|(old, new)| old != new).count()))
}

/// Outputs that another border changed, in words.
fn change_text([before, now]: [&Look; 2], n: usize) -> String {
    let [old, new] = [before, now].map(|look| OUTLINE.option_text("border", look.settings.choice(keys::BORDER)));
    say!("padding.found.border", n = n, n_cells = now.values(OUTPUT).len(), old = old, new = new)
}

fn border_matters(watch: &Watch) -> Option<String> {
    let (looks, n) = border_changed(watch)?;
    (n > 0).then(|| change_text(looks, n))
}

fn all_read_alike(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.settings.choice(keys::MODE) != "valid")?;
    let (reads, kernel) = (look.values(READS), look.values("kernel"));
    let first = *reads.first()?;
    // With zeros all around, every window that could reach a pixel is there.
    let key =
        if look.settings.choice(keys::BORDER) == "zeros" { "padding.found.fair-zeros" } else { "padding.found.fair" };
    (reads.len() > 1 && kernel.len() > 1 && reads.iter().all(|&n| n == first))
        .then(|| say!(key, n = reads.len(), times = number(first)))
}

fn one_side_more(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let kernel = sized_kernel(&look.settings);
    let PadParams { before, after, .. } = chosen_border(&look.settings, &kernel);
    let i = (0..2).find(|&i| before[i] != after[i])?;
    let (f, each) = ([kernel.rows, kernel.columns][i], number((before[i] + after[i]) as f32 / 2.0));
    Some(say!("padding.found.lopsided", f = f, each = each, before = before[i], after = after[i]))
}

fn border_is_background(watch: &Watch) -> Option<String> {
    let (looks, n) = border_changed(watch)?;
    let now = looks[1];
    (now.settings.choice(keys::ON) == "digit").then_some(())?;
    let n_cells = now.values(OUTPUT).len();
    if n > 0 {
        return Some(change_text(looks, n));
    }
    // The reason that is given: the kernel would show a border that is not 0, and the digit has none.
    let has_weights = now.values("kernel").iter().any(|weight| *weight != 0.0);
    let (reads, input) = (now.scene.grid(READS)?, now.scene.grid(INPUT)?);
    let border = [(input.rows() - reads.rows()) / 2, (input.columns - reads.columns) / 2];
    let is_rim = |cell: &usize| {
        let [row, column] = reads.place(*cell);
        row == 0 || column == 0 || row + 1 == reads.rows() || column + 1 == reads.columns
    };
    let pixel = |cell: usize| {
        let [row, column] = reads.place(cell);
        input.cells[(row + border[0]) * input.columns + column + border[1]].value
    };
    let is_empty = (0..reads.cells.len()).filter(is_rim).all(|cell| pixel(cell) == 0.0);
    (has_weights && is_empty).then(|| say!("padding.found.digit", n_cells = n_cells))
}
