//! The decks' slips: what is printed, and what is right.

use super::Oracle;
use super::pooling::{Windows, largest};
use super::reading::{Map, count, counted, equation, exactly, result, same, table};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::worked::{self, Worked};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "slips",
    // Every slip, revealed.
    n_rounds: 19,
    vary,
    check,
    outputs: |settings| match (slip(settings).kind, slip(settings).id) {
        ("statement", "text-pointwise-count") => &["statement"],
        ("statement", _) => &[],
        ("conv2d" | "relu" | "max-pool2d", _) => &["printed", "right", "equation"],
        _ => &["numbers", "first", "second"],
    },
};

fn slip(settings: &Settings) -> &'static Worked {
    worked::find(settings.choice(keys::SLIP)).expect("every slip is a worked example")
}

fn vary(settings: &mut Settings, _rng: &mut Rng, round: usize) {
    let found = settings.params().iter().find(|param| param.key == "slip").map(|param| param.kind);
    let Some(Kind::Choice(slips)) = found else { return };
    settings.set("slip", Value::Choice(slips[round % slips.len()]));
    settings.set("shown", Value::Choice("told"));
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let slip = slip(settings);
    let is_revealed = settings.choice(keys::SHOWN) == "told";
    match slip.kind {
        "statement" => statement(screen, slip),
        "conv2d" | "relu" | "max-pool2d" => grids(screen, slip, is_revealed),
        _ => numbers(screen, slip),
    }
}

fn grids(screen: &Screen, slip: &Worked, is_revealed: bool) -> Result<(), String> {
    let printed = slip.printed_matrix().ok_or("nothing is printed")?;
    let printed = Map::new(printed.columns, printed.values.iter().map(|&value| value.into()).collect());
    printed.is_shown(screen, "printed")?;
    if !is_revealed {
        return Ok(());
    }
    let input = Map::read(screen, "input")?;
    let right = match slip.kind {
        "conv2d" => {
            let kernel = Map::read(screen, "kernel")?;
            let size = [kernel.rows(), kernel.columns];
            let windows = Windows { size, stride: [slip.count("stride"); 2], hangs: false };
            // The padding stands around the picture already.
            windows.over(&input, |window| window.iter().zip(&kernel.values).map(|(x, w)| x * w).sum())
        }
        "relu" => Map::new(input.columns, input.values.iter().map(|x| x.max(0.0)).collect()),
        _ => {
            let [size, stride] = ["window", "stride"].map(|name| [slip.count(name); 2]);
            Windows { size, stride, hangs: slip.text("fit") == "ceil" }.over(&input, largest)
        }
    };
    right.is_shown(screen, "right")?;
    // The last moment is about the last wrong cell.
    let wrong = (0..printed.values.len()).rev().find_map(|i| {
        let (row, column) = (i / printed.columns, i % printed.columns);
        let is_inside = row < right.rows() && column < right.columns;
        let is_wrong = !is_inside || (right.at(row, column) - printed.values[i]).abs() > 1e-4;
        is_wrong.then(|| is_inside.then(|| right.at(row, column)))
    });
    match wrong {
        None => Err("nothing is wrong".into()),
        Some(None) => exactly("the equation of a cell that should not be there", &screen.result, ""),
        Some(Some(value)) => equation(screen, value),
    }
}

/// Returns the right number, from the row of numbers that goes in.
fn measured(screen: &Screen, slip: &Worked) -> Result<f64, String> {
    let values = Map::read(screen, "values")?.values;
    match slip.id {
        "vector-o-score" => {
            let chosen = slip.counts("indices");
            Ok(chosen.iter().map(|&i| values[i]).sum::<f64>() / chosen.len() as f64)
        }
        "cross-entropy-3" => Ok(-values[slip.count("target")].ln()),
        id => Err(format!("nobody knows what is right for {id}")),
    }
}

/// The right count.
fn n_right(slip: &Worked) -> Result<usize, String> {
    Ok(match slip.id {
        "size-7-3-s3" => {
            let [n, f, stride, padding] = ["n", "f", "stride", "padding"].map(|name| slip.count(name));
            (n + 2 * padding - f) / stride + 1
        }
        "params-conv2" => (3 * 3 * 32 + 1) * 64,
        "hidden-units" => 26 * 26 * 32,
        "dense-instead-of-conv" => 28 * 28 * 26 * 26 * 32,
        "conv-200-weights" => 200 * 3 * 3 * 3,
        id => return Err(format!("nobody knows what is right for {id}")),
    })
}

fn numbers(screen: &Screen, slip: &Worked) -> Result<(), String> {
    let [printed, correct] = table(screen, "numbers")? else { return Err("not two numbers".into()) };
    exactly("what is printed", &printed[1], &slip.printed_text().unwrap_or_default())?;
    if let Some(decimals) = slip.decimals() {
        let scale = 10f64.powi(decimals as i32);
        let rounded = (measured(screen, slip)? * scale).round() / scale;
        same("what is right", &correct[1], rounded)?;
        return result(screen, "first", rounded);
    }
    let right = n_right(slip)?;
    counted("what is right", &correct[1], right)?;
    count(screen, "first", right)?;
    match slip.id {
        // Four bytes for each weight.
        "conv-200-weights" => count(screen, "second", 4 * right),
        _ => Ok(()),
    }
}

fn statement(screen: &Screen, slip: &Worked) -> Result<(), String> {
    match slip.id {
        // 128 of them over 3 channels, at 8·8 places.
        "text-pointwise-count" => count(screen, "statement", 8 * 8 * 128 * 3),
        _ => Ok(()),
    }
}
