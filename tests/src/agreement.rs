//! The agreement of an engine with the reference, case by case.

use crate::{
    close::compare,
    op::{Arguments, Op, Results, result},
    reference,
};

/// Compares what an engine made of these numbers with the reference, and makes sure that the comparison can fail.
///
/// # Errors
/// When a result is off, missing or superfluous, or a perturbed one was accepted.
pub fn agrees(got: &Results<f32>, op: &Op, arguments: &Arguments<f32>) -> Result<(), String> {
    let want = reference::run(op, &arguments.widened());
    all_agree(op, got, &want)?;
    // The comparison itself must be able to fail, here, with these numbers.
    for (i, (name, values)) in got.iter().enumerate() {
        let middle = values.len() / 2;
        for wrong in [values[middle] + 0.01 + values[middle].abs() * 0.01, f32::NAN] {
            let mut perturbed = got.clone();
            perturbed[i].1[middle] = wrong;
            if all_agree(op, &perturbed, &want).is_ok() {
                return Err(format!("{name} with {wrong} at {middle} was accepted"));
            }
        }
    }
    Ok(())
}

fn all_agree(op: &Op, got: &Results<f32>, want: &Results<f64>) -> Result<(), String> {
    if got.len() != want.len() {
        return Err(format!("{} results where {} were wanted", got.len(), want.len()));
    }
    want.iter().try_for_each(|(name, want)| compare(name, result(got, name), want, op.tolerance(name)))
}
