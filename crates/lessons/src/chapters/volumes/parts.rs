//! One channel on the stage, and what the layer costs.

use super::volume::{Cost, Volume, plain_and_separable};
use crate::plane::PlaneConv;
use crate::scene::{Cell, Grid, Role, Table};
use crate::{grouped, say};
use receptive_core::GeomError;
use std::rc::Rc;

/// Channels at once.
pub(super) const MOST: usize = 8;

/// Names of the grids that show the channels.
pub(super) const CHANNELS: [&str; MOST] =
    ["channel-1", "channel-2", "channel-3", "channel-4", "channel-5", "channel-6", "channel-7", "channel-8"];
/// Names of the grids that show the chosen kernel's planes.
pub(super) const PLANES: [&str; MOST] =
    ["plane-1", "plane-2", "plane-3", "plane-4", "plane-5", "plane-6", "plane-7", "plane-8"];
/// Names of the grids that show what each channel adds.
pub(super) const SHARES: [&str; MOST] =
    ["share-1", "share-2", "share-3", "share-4", "share-5", "share-6", "share-7", "share-8"];
/// Name of the table of costs.
pub(super) const COSTS: &str = "costs";

/// One channel on the stage.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its name: "red".
    pub(super) name: String,
    /// Its convolution with its own plane alone.
    pub(super) conv: PlaneConv,
    /// True if the chosen kernel reads it.
    pub(super) is_read: bool,
    /// Its numbers.
    pub(super) input: Grid,
    /// The chosen kernel's plane for it.
    pub(super) plane: Grid,
    /// Its summand in each cell of the map.
    pub(super) share: Grid,
}

impl Part {
    /// A channel of a volume as kernel `k` sees it, the `i`-th on the stage.
    ///
    /// # Errors
    /// Never for a volume that exists.
    pub(super) fn new(volume: &Volume, k: usize, channel: usize, name: String, i: usize) -> Result<Self, GeomError> {
        let conv = volume.alone(k, channel)?;
        let is_read = volume.channels_of(k).contains(&channel);
        let mut input = conv.input_grid();
        (input.name, input.title) = (CHANNELS[i], name.clone());
        if !is_read {
            input.cells = Rc::new(input.cells.iter().map(|cell| Cell { is_unread: true, ..*cell }).collect());
            input.warning = Some(say!("volumes.unread", k = k + 1));
        }
        let mut plane = Grid::of(PLANES[i], say!("volumes.plane", name = name), conv.kernel(), Role::Weight);
        plane.detail = say!("volumes.plane-of", size = conv.kernel().size(), k = k + 1);
        let share = Grid::of(SHARES[i], say!("volumes.share", name = name), conv.output(), Role::Activation);
        Ok(Self { name, conv, is_read, input, plane, share })
    }
}

/// The summands of a cell of the map, but for the bias.
pub(super) struct Shares {
    /// Channels on the stage, by number, and what each adds.
    pub(super) here: Vec<(usize, f32)>,
    /// The number of the other channels, and their sum.
    pub(super) elsewhere: Option<(usize, f32)>,
}

/// Returns the costs of this layer, plain and taken apart into a depthwise and a 1×1 convolution.
///
/// # Errors
/// Never for a volume that exists.
pub(super) fn costs(volume: &Volume) -> Result<Table, GeomError> {
    let (geom, window) = (volume.geom(), [volume.geom().w().h, volume.geom().w().w]);
    let [plain, depthwise, pointwise] = plain_and_separable(geom.x(), window, geom.w().n, geom.params())?;
    let cells = |n_weights: usize, n_macs: u64| [grouped(n_weights as u64), grouped(n_macs)];
    let row = |key: &str, cost: Cost| {
        let w = cost.kernels;
        let name = say!(format!("volumes.cost.{key}"), n = w.n, size = format!("{}×{}×{}", w.h, w.w, w.c));
        [vec![name], cells(cost.n_weights, cost.n_macs).to_vec()].concat()
    };
    let both = cells(depthwise.n_weights + pointwise.n_weights, depthwise.n_macs + pointwise.n_macs);
    Ok(Table {
        name: COSTS,
        title: say!("volumes.cost.title"),
        head: ["layer", "weights", "macs"].map(|key| say!(format!("volumes.cost.{key}"))).to_vec(),
        rows: vec![
            row("plain", plain),
            row("depthwise", depthwise),
            row("pointwise", pointwise),
            [vec![say!("volumes.cost.both")], both.to_vec()].concat(),
        ],
        now: None,
    })
}
