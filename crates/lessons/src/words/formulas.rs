//! The formulas of the ledger as they are written: a line of text, or the notation of [`formula`](crate::formula).

use crate::number::{grouped, size_text};
use crate::say;
use receptive_nn::{Expr, SizeFormula};

/// Returns the formula of a layer's shape: "⌊(28 + 2·2 − 5) / 1⌋ + 1 = 28"; once for each axis where they differ.
pub fn size_formula(size: &SizeFormula, shape: [usize; 3]) -> String {
    match size {
        SizeFormula::Kept => size_text(shape),
        SizeFormula::Axes(axes) => {
            let [rows, columns] = axes.each_ref().map(|axis| sized(axis, Style::Line));
            if rows == columns { rows } else { say!("layers.size.axes", rows = rows, columns = columns) }
        }
        SizeFormula::Row => say!("layers.size.row", n = grouped(shape[0] as u64)),
        SizeFormula::PerMap([rows, columns]) => say!("layers.size.per-map", rows = rows, columns = columns),
        SizeFormula::Maps(maps) => say!("layers.size.maps", formula = sized(maps, Style::Line)),
        SizeFormula::Units => say!("layers.size.units", n = shape[0]),
    }
}

/// Returns the formulas of rows and of columns as a stage shows them; one alone where they are the same.
pub fn axes_notation(axes: &[Expr; 2]) -> String {
    let [rows, columns] = axes.each_ref().map(|axis| sized(axis, Style::Notation));
    if rows == columns { rows } else { format!("{rows} × {columns}") }
}

/// Returns the formula of a number of parameters or multiply-adds: "(5·5·1 + 1)·8 = 208". Empty for none.
pub fn cost_formula(cost: &Option<Expr>) -> String {
    match cost {
        None => String::new(),
        Some(number @ Expr::Count(_)) => written(number, Style::Line),
        Some(cost) => format!("{} = {}", written(cost, Style::Line), grouped(cost.value())),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Line,
    Notation,
}

fn sized(formula: &Expr, style: Style) -> String {
    format!("{} = {}", written(formula, style), formula.value())
}

fn written(formula: &Expr, style: Style) -> String {
    let inside = |part: &Expr| match part {
        Expr::Sum(_) => format!("({})", written(part, style)),
        _ => written(part, style),
    };
    match formula {
        Expr::Size(size) => size.to_string(),
        Expr::Count(count) => grouped(*count),
        Expr::Minus(less) => format!("− {}", inside(less)),
        Expr::Sum(parts) => {
            let mut sum = String::new();
            for (i, part) in parts.iter().enumerate() {
                let joint = match part {
                    _ if i == 0 => "",
                    Expr::Minus(_) => " ",
                    _ => " + ",
                };
                sum = sum + joint + &written(part, style);
            }
            sum
        }
        Expr::Product(factors) => {
            let is_nested = factors.iter().any(|factor| matches!(factor, Expr::Product(_)));
            factors.iter().map(inside).collect::<Vec<_>>().join(if is_nested { " · " } else { "·" })
        }
        Expr::Quotient { of, up } => {
            let [above, below] = of.each_ref().map(|part| written(part, style));
            match (style, up) {
                (Style::Line, false) => format!("⌊({above}) / {below}⌋"),
                (Style::Line, true) => format!("⌈({above}) / {below}⌉"),
                (Style::Notation, false) => format!("floor(frac({above}, {below}))"),
                (Style::Notation, true) => format!("ceil(frac({above}, {below}))"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_nn::{Ledger, LedgerRow, Preset, Spec};

    fn size(row: &LedgerRow) -> String {
        size_formula(&row.formulas.size, row.shape)
    }

    fn rows(text: &str) -> Vec<LedgerRow> {
        Ledger::up_to_error(&Spec::read(text).unwrap()).0.rows
    }

    #[test]
    fn formulas_are_filled_in() {
        let rows = Ledger::new(&Preset::Slides.spec()).unwrap().rows;
        assert_eq!(size(&rows[0]), "⌊(28 + 2·0 − 3) / 1⌋ + 1 = 26");
        assert_eq!(cost_formula(&rows[2].formulas.params), "(3·3·32 + 1)·64 = 18,496");
        assert_eq!(cost_formula(&rows[6].formulas.params), "(9,216 + 1)·128 = 1,179,776");
        assert_eq!(cost_formula(&rows[2].formulas.macs), "24·24·64 · 3·3·32 = 10,616,832");
        assert_eq!((size(&rows[1]), cost_formula(&rows[1].formulas.params)), ("26×26×32".into(), String::new()));
        let rows = Ledger::new(&Preset::Small.spec()).unwrap().rows;
        assert_eq!(size(&rows[0]), "⌊(28 + 2·2 − 5) / 1⌋ + 1 = 28");
        assert_eq!(cost_formula(&rows[0].formulas.params), "(5·5·1 + 1)·8 = 208");
        assert_eq!([&rows[6], &rows[7]].map(size), ["784 in a row", "10 units"]);
    }

    #[test]
    fn formulas_of_each_axis_stand_side_by_side_where_they_differ() {
        let found = rows("29x27x2:c4x3y2s2y1p1y0i1y3g2,m2y3s1y2c,b1y2a0y2,cat(c4x1;c6x1),v");
        let lines: Vec<_> = found.iter().filter(|row| !row.name.contains('/')).map(size).collect();
        let want = [
            "⌊(29 + 2·1 − 3) / 2⌋ + 1 = 15; ⌊(27 + 2·0 − (3·(2 − 1) + 1)) / 1⌋ + 1 = 24",
            "⌈(15 + 2·0 − 2) / 1⌉ + 1 = 14; ⌈(24 + 2·0 − 3) / 2⌉ + 1 = 12",
            "14 + 1 + 0 = 15; 12 + 2 + 2 = 16",
            "4 + 6 = 10 maps",
            "15·16 in each map → 1",
        ];
        assert_eq!(lines, want);
        assert_eq!(cost_formula(&found[0].formulas.params), "(3·2·1 + 1)·4 = 28");
    }

    #[test]
    fn a_last_window_beyond_the_input_is_taken_away_again() {
        let found = rows("7x7x1:m2p1c");
        assert_eq!(size(&found[0]), "⌈(7 + 2·1 − 2) / 2⌉ + 1 − 1 = 4");
        let SizeFormula::Axes(axes) = &found[0].formulas.size else { panic!("{found:?}") };
        assert_eq!(axes_notation(axes), "ceil(frac(7 + 2·1 − 2, 2)) + 1 − 1 = 4");
    }
}
