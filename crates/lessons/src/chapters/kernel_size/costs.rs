//! The costs and the receptive fields of kernels of different sizes, one after another.

use crate::plane::refused;
use crate::scene::Table;
use crate::world::Unavailable;
use crate::{Matrix, grouped, say};
use receptive_core::ConvParams;
use receptive_nn::{Layer, Ledger, Spec, SpecError};

/// Name of the table.
pub(super) const COSTS: &str = "costs";

/// Layers of one size after one another, as the ledger accounts for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Weights and biases.
    pub(super) n_params: usize,
    /// Multiply-adds.
    pub(super) n_macs: u64,
    /// Rows and columns that one output sees.
    pub(super) field: [usize; 2],
}

/// `n` convolutions with f×f kernels, `maps` maps before, between and after them, padded to keep the size.
///
/// # Errors
/// When the maps are too many to hold.
pub(super) fn of_stack(maps: usize, size: [usize; 2], f: usize, n: usize) -> Result<Cost, SpecError> {
    let params = ConvParams::default().padding((f - 1) / 2);
    let conv = Layer::Conv2d { kernels: maps, size: [f, f], params };
    // A network must end in logits; only the convolutions are counted.
    let layers = [vec![conv; n], vec![Layer::Flatten, Layer::Linear { units: 1 }]].concat();
    let ledger = Ledger::new(&Spec { input: [maps, size[0], size[1]], layers })?;
    let convolutions = &ledger.rows[..n];
    Ok(Cost {
        n_params: convolutions.iter().map(|row| row.n_params).sum(),
        n_macs: convolutions.iter().map(|row| row.n_macs).sum(),
        field: convolutions[n - 1].receptive_field,
    })
}

/// Kernel sizes against one another, and the one on the stage.
///
/// # Errors
/// When the maps are too many to hold, in words.
pub(super) fn table(maps: usize, size: [usize; 2], kernel: &Matrix, n: usize) -> Result<Table, Unavailable> {
    let mut stacks = vec![(1, 1), (3, 1), (5, 1), (3, 2), (7, 1), (3, 3)];
    let on_stage = (kernel.columns, n);
    let is_square = kernel.rows == kernel.columns;
    if is_square && !stacks.contains(&on_stage) {
        stacks.push(on_stage);
    }
    let mut rows = vec![];
    for &(f, n) in &stacks {
        let cost = of_stack(maps, size, f, n).map_err(|error| refused(&error))?;
        let field = format!("{}×{}", cost.field[0], cost.field[1]);
        let name = say!("kernel-size.cost.row", n = n, f = f);
        rows.push(vec![name, field, grouped(cost.n_params as u64), grouped(cost.n_macs)]);
    }
    Ok(Table {
        name: COSTS,
        title: say!("kernel-size.cost.title", n = maps),
        head: ["layers", "field", "params", "macs"].map(|key| say!(format!("kernel-size.cost.{key}"))).to_vec(),
        rows,
        now: stacks.iter().position(|stack| is_square && *stack == on_stage),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_small_kernels_see_as_much_as_a_large_one_and_cost_less() {
        // Weights by hand, for 64 maps: 5·5·64·64 + 64 and 2·(3·3·64·64 + 64).
        let [one, two] = [(5, 1), (3, 2)].map(|(f, n)| of_stack(64, [28, 28], f, n).unwrap());
        assert_eq!([one.n_params, two.n_params], [102_464, 73_856]);
        assert_eq!([one.field, two.field], [[5, 5]; 2]);
        assert_eq!([one.n_macs, two.n_macs], [28 * 28 * 102_400, 28 * 28 * 73_728]);
        let [one, three] = [(7, 1), (3, 3)].map(|(f, n)| of_stack(1, [28, 28], f, n).unwrap());
        assert_eq!((one.n_params, three.n_params, one.field, three.field), (50, 30, [7, 7], [7, 7]));
    }
}
