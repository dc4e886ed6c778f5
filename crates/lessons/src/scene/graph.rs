//! A network of few units as nodes and edges, each with its numbers.

use super::Grid;
use serde::{Deserialize, Serialize};

/// A network drawn as nodes and edges. Its numbers are the cells of a grid, in the order of the time line; each has its
/// place in the drawing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The numbers, by name, as those of any grid.
    pub grid: Grid,
    /// The place of each cell.
    pub places: Vec<Place>,
    /// The lines between nodes.
    pub lines: Vec<Joint>,
}

/// The place of a number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Its middle, from the left and from the top, in hundredths of the drawing.
    pub at: [f32; 2],
    /// The name beside it: "w5"; empty where the number above it has one.
    pub label: String,
    /// True for a node; else it belongs to a line, or to a node beside it.
    pub is_node: bool,
}

/// A line from node to node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joint {
    /// The cells of both nodes.
    pub ends: [usize; 2],
    /// The cell of its weight, if it has one; the line is lit with it.
    pub weight: Option<usize>,
}
