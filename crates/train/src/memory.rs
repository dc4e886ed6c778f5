//! The check that a network fits into memory, made before anything is allocated: afterwards it would be too late.

use crate::last_step;
use crate::pool::ShardEngine;
use crate::protocol::RunError;
use receptive_nn::{Head, Optimiser, Parameters, Spec};

/// The most bytes that training may take: a tab's module can address four gigabytes, images and messages included.
const MOST_BYTES: u64 = 3 << 30;
/// Rows as long as the parameters, at most: the weights and three moments of each, the same kept for a divergence and once
/// more for a look at the last step, that step's gradient, and sums of shards on their way up the tree and from each worker.
const N_ROWS: u64 = 20;

/// Refuses what does not fit. What does is sure to be had.
pub(crate) fn check_memory(spec: &Spec, batch: usize, rule: Optimiser, loss: Head) -> Result<(), RunError> {
    let n_params = Parameters::lens(spec)?.iter().sum();
    let buffers = ShardEngine::n_bytes(spec, n_params, batch, rule, loss)?;
    let n_bytes = buffers + N_ROWS * n_params as u64 * size_of::<f32>() as u64 + last_step::MOST_BYTES as u64;
    if can_be_had(n_bytes) {
        return Ok(());
    }
    Err(RunError::Memory { batch: batch as u64, megabytes: n_bytes >> 20 })
}

/// True if there is room for so many bytes. They are reserved, and given back at once: what is allocated next comes out of
/// them.
pub(crate) fn can_be_had(n_bytes: u64) -> bool {
    n_bytes <= MOST_BYTES
        && usize::try_from(n_bytes).is_ok_and(|n_bytes| Vec::<u8>::new().try_reserve_exact(n_bytes).is_ok())
}
