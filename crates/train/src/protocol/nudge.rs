//! The answer to a nudge.

use receptive_nn::{Nudge, Origin, Spec};
use serde::{Deserialize, Serialize};

/// What became of a network's loss, or of a logit, when one number was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nudged {
    /// The network.
    pub spec: Spec,
    /// The origin of the weights.
    pub origin: Origin,
    /// What was changed, and what came of it.
    pub nudge: Nudge,
}
