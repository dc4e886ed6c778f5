//! Maps in a row, and the units that read it.

use super::Oracle;
use super::reading::{Map, bars, count, equation, result, same, typed};
use receptive_core::Rng;
use receptive_e2e::screen::{Screen, number};
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "flatten",
    n_rounds: 8,
    vary,
    check,
    outputs: |settings| {
        // Only typed weights of the other units are known.
        if settings.numbers(keys::WEIGHTS).is_some() {
            &["row", "output", "weight-map-1", "weight-map-2", "equation", "index", "unit", "params", "units"]
        } else {
            &["row", "output", "weight-map-1", "weight-map-2", "equation", "index", "unit", "params"]
        }
    },
};

/// Biases of the units; only one of them stands on the screen at a time.
const BIASES: [f64; 4] = [1.0, -1.0, 0.0, 2.0];

fn has_biases(settings: &Settings) -> bool {
    settings.choice(keys::BIAS) != "none"
}

fn bias_of(settings: &Settings, unit: usize) -> f64 {
    if has_biases(settings) { BIASES[unit] } else { 0.0 }
}

fn vary(settings: &mut Settings, rng: &mut Rng, _round: usize) {
    let [channels, rows, columns, units] =
        [keys::CHANNELS, keys::ROWS, keys::COLUMNS, keys::UNITS].map(|key| settings.count(key));
    settings.set("unit", Value::Count(1 + rng.below(units as u32) as usize));
    settings.set("input", Value::Numbers(typed(rng, channels * rows, columns, 6.0)));
    settings.set("weights", Value::Numbers(typed(rng, channels * rows, units * columns, 3.0)));
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let [channels, rows, columns, units] =
        [keys::CHANNELS, keys::ROWS, keys::COLUMNS, keys::UNITS].map(|key| settings.count(key));
    let (unit, map_len) = (settings.count(keys::UNIT) - 1, rows * columns);
    let maps = (1..=channels).map(|k| Map::read(screen, &format!("map-{k}"))).collect::<Result<Vec<_>, _>>()?;
    if maps.iter().any(|map| [map.rows(), map.columns] != [rows, columns]) {
        return Err(format!("the maps are not {rows}×{columns}"));
    }
    let row: Vec<_> = maps.iter().flat_map(|map| map.values.clone()).collect();
    Map::new(row.len(), row.clone()).is_shown(screen, "row")?;
    let weights = Map::read(screen, "weights")?;
    for (k, weights) in weights.values.chunks(map_len).enumerate() {
        Map::new(columns, weights.to_vec()).is_shown(screen, &format!("weight-map-{}", k + 1))?;
    }

    let bias = bias_of(settings, unit);
    let last = screen.terms.last().and_then(|text| number(text.trim_matches(['(', ')'])));
    if has_biases(settings) && last != Some(bias) {
        return Err(format!("the bias is {last:?}, not {bias}"));
    }
    let y = row.iter().zip(&weights.values).map(|(x, w)| x * w).sum::<f64>() + bias;
    Map::new(1, vec![y]).is_shown(screen, "output")?;
    equation(screen, y)?;
    count(screen, "index", row.len() - 1)?;
    count(screen, "row", row.len())?;
    result(screen, "unit", y)?;
    count(screen, "params", (row.len() + usize::from(has_biases(settings))) * units)?;
    others(screen, settings, &row)
}

/// Every unit's sum, where the weights were typed: maps above one another, units side by side.
fn others(screen: &Screen, settings: &Settings, row: &[f64]) -> Result<(), String> {
    let Some(typed) = settings.numbers(keys::WEIGHTS) else { return Ok(()) };
    let columns = settings.count(keys::COLUMNS);
    for (unit, [name, shown]) in bars(screen, "units")?.iter().enumerate() {
        let w = |i: usize| f64::from(typed.at(i / columns, unit * columns + i % columns));
        let y = row.iter().enumerate().map(|(i, x)| x * w(i)).sum::<f64>() + bias_of(settings, unit);
        same(name, shown, y)?;
    }
    Ok(())
}
