//! The terms behind a cell are the terms of that cell, and give what the operation gives.

use receptive_core::{
    ConvGeom, PoolGeom, explain,
    ops::{Border, PadGeom},
};

use crate::{
    close::{Tolerance, close},
    differences,
    op::{Arguments, Op, Results, result},
    reference,
};

/// Explains every cell of a small case, or some of a large one.
///
/// # Errors
/// When a cell's terms are not what the reference comes to, or not where it finds them.
pub fn agrees(op: &Op, arguments: &Arguments<f32>) -> Result<(), String> {
    let results = reference::run(op, &arguments.widened());
    let x = &arguments.inputs[0];
    let n_cells = if op.output_len() == 0 { x.len() } else { op.output_len() };
    for at in differences::positions(op, n_cells) {
        match op {
            Op::Conv2d(geom) => conv2d(geom, arguments, at, result(&results, "y")[at], op.tolerance("y")),
            Op::MaxPool2d(geom) => max_pool2d(geom, x, at, &results),
            Op::AvgPool2d(geom) => avg_pool2d(geom, x, at, result(&results, "y")[at], op.tolerance("y")),
            Op::Pad2d(geom) => pad2d(geom, x, at, result(&results, "y")[at]),
            Op::Linear(_) | Op::SumPool2d(_) | Op::Activation { .. } => return Ok(()),
            Op::Relu { .. } => relu(x[at], result(&results, "y")[at]),
            Op::Softmax { n_classes, .. } => softmax(x, *n_classes, at, result(&results, "y")[at]),
            Op::SoftmaxCrossEntropy { n_classes, .. } => softmax(x, *n_classes, at, result(&results, "p")[at]),
        }
        .map_err(|error| format!("cell {at}: {error}"))?;
    }
    Ok(())
}

fn expect(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Position `at` of a row-major list as [n, channel, row, column].
fn unravel(at: usize, [channels, rows, columns]: [usize; 3]) -> [usize; 4] {
    [at / (columns * rows * channels), at / (columns * rows) % channels, at / columns % rows, at % columns]
}

fn conv2d(geom: &ConvGeom, a: &Arguments<f32>, at: usize, want: f64, tolerance: Tolerance) -> Result<(), String> {
    let (x, w, b) = (&a.inputs[0], &a.inputs[1], &a.inputs[2]);
    let [n, k, p, q] = unravel(at, [geom.y().c, geom.y().h, geom.y().w]);
    let cell = explain::explain_conv2d(x, w, b, geom, [n, k, p, q]);
    expect("one term per kernel cell", cell.terms.len() == geom.w().image_len())?;
    expect("the kernel's own bias", cell.bias == b[k])?;
    for (i, term) in cell.terms.iter().enumerate() {
        let [c, r, s] = term.kernel;
        expect("terms in the kernel's order", geom.w().index(0, c, r, s) == i)?;
        expect("the kernel's own weight", term.w == w[geom.w().index(k, c, r, s)])?;
        expect("a product of what it shows", term.product == term.x * term.w)?;
        let params = geom.params();
        let place = |out: usize, tap: usize, axis: usize| {
            (out * params.stride[axis] + tap * params.dilation[axis]) as isize - params.padding[axis] as isize
        };
        let (row, column) = (place(p, r, 0), place(q, s, 1));
        match term.input {
            Some([channel, i, j]) => {
                expect("the cell that the kernel lies on", (i as isize, j as isize) == (row, column))?;
                expect("that cell's value", term.x == x[geom.x().index(n, channel, i, j)])?;
                expect(
                    "a channel of the kernel's group",
                    channel == k / (geom.w().n / params.groups) * geom.w().c + c,
                )?;
            }
            None => {
                let inside = (0..geom.x().h as isize).contains(&row) && (0..geom.x().w as isize).contains(&column);
                expect("padding outside the input alone, as zero", !inside && term.x == 0.0)?;
            }
        }
    }
    let total = f64::from(cell.bias) + cell.terms.iter().map(|term| f64::from(term.product)).sum::<f64>();
    expect("products that add up to the sum", close(cell.sum.into(), total, tolerance))?;
    expect("the operation's result", close(cell.sum.into(), want, tolerance))
}

fn max_pool2d(geom: &PoolGeom, x: &[f32], at: usize, results: &Results<f64>) -> Result<(), String> {
    let place = unravel(at, [geom.y().c, geom.y().h, geom.y().w]);
    let cell = explain::explain_max_pool2d(x, geom, place);
    expect("cells of the plane", cells_lie_in(geom, x, place, &cell.cells))?;
    expect("the largest of its cells", cell.cells.iter().all(|(_, value)| *value <= cell.result))?;
    let argmax = cell.argmax.map(|[row, column]| (row * geom.x().w + column) as f64);
    expect("the operation's place", argmax == Some(result(results, "argmax")[at]))?;
    expect("the operation's result", f64::from(cell.result) == result(results, "y")[at])
}

fn avg_pool2d(geom: &PoolGeom, x: &[f32], at: usize, want: f64, tolerance: Tolerance) -> Result<(), String> {
    let place = unravel(at, [geom.y().c, geom.y().h, geom.y().w]);
    let cell = explain::explain_avg_pool2d(x, geom, place);
    expect("cells of the plane", cells_lie_in(geom, x, place, &cell.cells))?;
    expect("at least as many places as cells", cell.divisor >= cell.cells.len() && cell.argmax.is_none())?;
    let mean = cell.cells.iter().map(|(_, value)| f64::from(*value)).sum::<f64>() / cell.divisor as f64;
    expect("the mean of its cells", close(cell.result.into(), mean, tolerance))?;
    expect("the operation's result", close(cell.result.into(), want, tolerance))
}

fn cells_lie_in(geom: &PoolGeom, x: &[f32], [n, c, _, _]: [usize; 4], cells: &[([usize; 2], f32)]) -> bool {
    !cells.is_empty() && cells.iter().all(|&([row, column], value)| x[geom.x().index(n, c, row, column)] == value)
}

fn pad2d(geom: &PadGeom, x: &[f32], at: usize, want: f64) -> Result<(), String> {
    let [n, c, row, column] = unravel(at, [geom.y().c, geom.y().h, geom.y().w]);
    let ([above, left], is_inside) = (geom.params().before, geom.is_inside(row, column));
    match geom.source(row, column) {
        Some([i, j]) => {
            expect("itself inside, another cell outside", is_inside == ([i + above, j + left] == [row, column]))?;
            expect("the operation's result", f64::from(x[geom.x().index(n, c, i, j)]) == want)
        }
        None => {
            expect("zeros outside the input alone", !is_inside && geom.params().border == Border::Zeros)?;
            expect("the operation's result", want == 0.0)
        }
    }
}

fn relu(x: f32, want: f64) -> Result<(), String> {
    let cell = explain::explain_relu(x);
    expect("open above zero", cell.x == x && cell.is_open == (x > 0.0))?;
    expect("the operation's result", f64::from(cell.y) == want)
}

fn softmax(z: &[f32], n_classes: usize, at: usize, want: f64) -> Result<(), String> {
    let row = &z[at / n_classes * n_classes..][..n_classes];
    let cell = explain::explain_softmax(row, at % n_classes);
    expect("the row's largest logit", row.contains(&cell.max) && row.iter().all(|z| *z <= cell.max))?;
    expect("the logit less the largest", cell.z == z[at] && cell.shifted == cell.z - cell.max)?;
    let near = |got: f32, want: f64| close(got.into(), want, Tolerance::EXPONENTIAL);
    expect("its exponential", near(cell.exponential, f64::from(cell.shifted).exp()))?;
    expect("the row's total", near(cell.total, row.iter().map(|z| f64::from(z - cell.max).exp()).sum()))?;
    expect("the quotient", near(cell.probability, f64::from(cell.exponential) / f64::from(cell.total)))?;
    expect("the operation's result", near(cell.probability, want))
}
