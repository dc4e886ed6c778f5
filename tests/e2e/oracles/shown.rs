//! Numbers as a person reads them from the screen, and their comparison with what arithmetic says.

use super::arithmetic::{Border, Bordered, Plane};
use receptive_e2e::screen::{Screen, ShownGrid, number};
use receptive_lessons::Matrix;
use receptive_lessons::settings::Settings;
use std::collections::BTreeSet;
use std::ops::Range;

/// Half of the last decimal that the page shows; it shows three.
const HALF_A_DIGIT: f64 = 0.5e-3;
/// The loss of the page's single precision in a sum, relative to the sum's size or to 1; at most another half digit.
const SINGLE_PRECISION: f64 = 1e-6;

/// The numbers that must come out, by the names of the formulas.
pub(super) type Results = Vec<(&'static str, Vec<f64>)>;

/// A table's name, and its numbers row by row and cell by cell; the first cell of a row names it.
pub(super) type Table = (&'static str, Vec<Vec<Vec<f64>>>);

/// True if a number on the screen is a number, rounded. NaN is close to nothing.
pub(super) fn is_close(shown: f64, right: f64) -> bool {
    (shown - right).abs() <= HALF_A_DIGIT + (SINGLE_PRECISION * right.abs().max(1.0)).min(HALF_A_DIGIT)
}

/// Compares numbers on the screen with what they must be.
pub(super) fn check_all(what: &str, shown: &[f64], right: &[f64]) -> Result<(), String> {
    let agree = shown.len() == right.len() && shown.iter().zip(right).all(|(&shown, &right)| is_close(shown, right));
    if agree { Ok(()) } else { Err(format!("{what}: the screen says {shown:?}, it is {right:?}")) }
}

/// Returns the ranges of the numbers in a text, a minus sign included.
pub(super) fn number_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = vec![];
    let mut end = 0;
    while let Some(first) = text[end..].find(|c: char| c.is_ascii_digit()).map(|i| end + i) {
        // ".5" is a number, and so is "−.5".
        let start = if text[end..first].ends_with('.') { first - 1 } else { first };
        let start = if text[end..start].ends_with('−') { start - '−'.len_utf8() } else { start };
        let rest = &text[first..];
        let length = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(rest.len());
        // What ends a sentence or a clause is no part of the number.
        end = first + rest[..length].trim_end_matches(['.', ',']).len();
        ranges.push(start..end);
    }
    ranges
}

/// The numbers of a text, in order.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    number_ranges(text).into_iter().map(|range| number(&text[range]).unwrap_or(f64::NAN)).collect()
}

/// Counts as numbers on the screen.
pub(super) fn counts<const N: usize>(counts: [usize; N]) -> Vec<f64> {
    counts.map(|count| count as f64).to_vec()
}

fn grid<'a>(screen: &'a Screen, name: &str) -> Result<&'a ShownGrid, String> {
    screen.grids.get(name).ok_or_else(|| format!("there is no grid {name}"))
}

/// A grid of which every number is there.
pub(super) fn plane(screen: &Screen, name: &str) -> Result<Plane, String> {
    let grid = grid(screen, name)?;
    let values: Option<Vec<_>> = grid.texts.iter().map(|text| number(text)).collect();
    let values = values.ok_or_else(|| format!("{name}: a cell holds no number"))?;
    let columns = grid.columns;
    let is_full = columns > 0 && values.len() % columns == 0;
    if is_full { Ok(Plane { rows: values.len() / columns, columns, values }) } else { Err(format!("{name}: torn")) }
}

/// A grid of weights that are whole numbers divided by this one, which the screen may have rounded.
pub(super) fn divided(screen: &Screen, name: &str, divisor: f64) -> Result<Plane, String> {
    let shown = plane(screen, name)?;
    let values: Vec<_> = shown.values.iter().map(|value| (value * divisor).round() / divisor).collect();
    check_all(name, &shown.values, &values)?;
    Ok(Plane { values, ..shown })
}

/// A grid that shows a picture in its border: the border must be what the picture makes it.
pub(super) fn bordered(screen: &Screen, name: &str, border: Border) -> Result<Bordered, String> {
    let shown = plane(screen, name)?;
    let side = |n: usize, axis: usize| n.checked_sub(border.before[axis] + border.after[axis]).filter(|&n| n > 0);
    let size = side(shown.rows, 0).zip(side(shown.columns, 1));
    let (rows, columns) = size.ok_or_else(|| format!("{name}: smaller than its border"))?;
    let bordered = Bordered::new(shown.part(border.before, rows, columns), border);
    check_all(name, &shown.values, &bordered.whole.values)?;
    Ok(bordered)
}

/// The numbers that were typed, as a link carries them.
pub(super) fn typed_numbers(settings: &Settings, key: &str) -> Option<Matrix> {
    let (_, text) = settings.pairs().into_iter().find(|(name, _)| *name == key)?;
    Matrix::read(&text).ok()
}

/// Checks that typed numbers stand where they were typed.
pub(super) fn check_typed(settings: &Settings, key: &str, shown: &Plane) -> Result<(), String> {
    let Some(typed) = typed_numbers(settings, key) else { return Ok(()) };
    let values: Vec<_> = typed.values.iter().map(|&value| f64::from(value)).collect();
    check_all(&format!("rows and columns of {key}"), &counts([shown.rows]), &counts([typed.rows]))?;
    check_all(key, &shown.values, &values)
}

/// A grid whose numbers become known one after the other. Returns how many are.
pub(super) fn check_map(screen: &Screen, name: &str, right: &Plane) -> Result<usize, String> {
    let grid = grid(screen, name)?;
    check_all(
        &format!("cells and columns of {name}"),
        &counts([grid.texts.len(), grid.columns]),
        &counts([right.values.len(), right.columns]),
    )?;
    let known: Vec<_> = grid.texts.iter().map_while(|text| number(text)).collect();
    if known.is_empty() || grid.texts[known.len()..].iter().any(|text| !text.is_empty()) {
        return Err(format!("{name}: the known cells are not the first"));
    }
    check_all(name, &known, &right.values[..known.len()])?;
    Ok(known.len())
}

/// The terms of the equation, each with its own numbers, and the number after its equals sign.
pub(super) fn check_equation(screen: &Screen, terms: &[Vec<f64>], result: f64) -> Result<(), String> {
    check_all("number of terms", &counts([screen.terms.len()]), &counts([terms.len()]))?;
    for (shown, right) in screen.terms.iter().zip(terms) {
        check_all("a term", &numbers(shown), right)?;
    }
    check_all("the sum", &[number(&screen.result).unwrap_or(f64::NAN)], &[result])
}

/// The numbers of the sentence under the equation, in order.
pub(super) fn check_caption(screen: &Screen, right: &[f64]) -> Result<(), String> {
    check_all("the caption", &numbers(&screen.caption), right)
}

/// Checks the text of a cell for screen readers, number by number.
pub(super) fn check_label(screen: &Screen, name: &str, cell: usize, right: &[f64]) -> Result<(), String> {
    let label = match screen.planes.get(name) {
        // Of a picture only the cell at the keyboard says what it is.
        Some(plane) if plane.cell != cell => return Ok(()),
        Some(plane) => &plane.label,
        None => grid(screen, name)?.labels.get(cell).map_or("", String::as_str),
    };
    check_all(&format!("the label of cell {cell} of {name}"), &numbers(label), right)
}

/// The number after the last equals sign, or all where more than a number stands there; of two equations side by side,
/// those of both; all numbers where there is no equals sign.
fn results(formula: &str) -> Vec<f64> {
    if !formula.contains('=') {
        return numbers(formula);
    }
    let equations = formula.split(" × ").flat_map(|part| part.split(" , "));
    equations
        .flat_map(|equation| {
            // A minus sign stands apart from its number.
            let result = equation.rsplit_once('=').map_or(equation, |(_, result)| result);
            number(&result.replace(' ', "")).map_or_else(|| numbers(result), |value| vec![value])
        })
        .collect()
}

/// The formulas on the screen are these, with these results.
pub(super) fn check_formulas(screen: &Screen, right: &Results) -> Result<(), String> {
    let shown: BTreeSet<_> = screen.formulas.keys().map(String::as_str).collect();
    let names: BTreeSet<_> = right.iter().map(|(name, _)| *name).collect();
    if shown != names {
        return Err(format!("formulas on the screen: {shown:?}, those that there must be: {names:?}"));
    }
    right.iter().try_for_each(|(name, right)| {
        check_all(&format!("the formula {name}"), &results(&screen.formulas[*name]), right)
    })
}

/// The tables on the screen are these, with these numbers.
pub(super) fn check_tables(screen: &Screen, right: &[Table]) -> Result<(), String> {
    let shown: BTreeSet<_> = screen.tables.keys().map(String::as_str).collect();
    let names: BTreeSet<_> = right.iter().map(|(name, _)| *name).collect();
    if shown != names {
        return Err(format!("tables on the screen: {shown:?}, those that there must be: {names:?}"));
    }
    right.iter().try_for_each(|(name, rows)| check_table(screen, name, rows))
}

fn check_table(screen: &Screen, name: &str, right: &[Vec<Vec<f64>>]) -> Result<(), String> {
    let rows = screen.tables.get(name).ok_or_else(|| format!("there is no table {name}"))?;
    let shown: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| numbers(cell)).collect()).collect();
    let lengths = |rows: &[Vec<Vec<f64>>]| rows.iter().map(|row| row.len() as f64).collect::<Vec<_>>();
    check_all(&format!("cells of the table {name}"), &lengths(&shown), &lengths(right))?;
    for (i, (shown, right)) in shown.iter().flatten().zip(right.iter().flatten()).enumerate() {
        check_all(&format!("the table {name}, cell {i}"), shown, right)?;
    }
    Ok(())
}
