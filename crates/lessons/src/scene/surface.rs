//! A field of values over two axes, with paths over it.

use super::{Spot, Table};
use crate::intern::{Name, interned};
use crate::{four_digits, say};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// A field of values over two axes, drawn as shades between level lines, with paths over it. A place of its lattice is the
/// [`Spot`] of its name, a point of a path the spot of the path's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// Its name on this stage, in English.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title, in words, for those who cannot see it too.
    pub title: String,
    /// Names of the axes, across and up.
    pub axes: [String; 2],
    /// Name of the values: "loss".
    pub measure: String,
    /// Least and most across, least and most up.
    pub range: [f32; 4],
    /// Number of places of the lattice across.
    pub columns: usize,
    /// The values at the places of a lattice from edge to edge, the lowest row first. NaN: not known, or not yet.
    pub values: Rc<Vec<f32>>,
    /// The values at which the shade gets one step deeper, in rising order.
    pub levels: Vec<f32>,
    /// The paths over it, six at the most.
    pub paths: Vec<Path>,
    /// The point of a path that the moment is about.
    pub now: Option<Spot>,
}

/// A path over a surface.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Its name on this stage, in English.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its title, in words.
    pub title: String,
    /// Its points, each across, up, and the value there. The same at all moments, so that a moment costs nothing to make.
    pub points: Rc<Vec<[f32; 3]>>,
    /// The number of points that are known by now; `None`: all.
    pub n_known: Option<usize>,
}

impl Path {
    /// The points that are known.
    pub fn known(&self) -> &[[f32; 3]] {
        &self.points[..self.n_known.unwrap_or(self.points.len()).min(self.points.len())]
    }
}

impl Surface {
    /// Number of places of the lattice up.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    /// Where a place of the lattice lies: across and up.
    pub fn place(&self, cell: usize) -> [f32; 2] {
        let [left, right, low, high] = self.range;
        let share = |i: usize, n: usize| i as f32 / n.saturating_sub(1).max(1) as f32;
        let columns = self.columns.max(1);
        [
            left + (right - left) * share(cell % columns, columns),
            low + (high - low) * share(cell / columns, self.rows()),
        ]
    }

    /// Where a spot lies, across and up, if it is one of this surface.
    pub fn place_of(&self, spot: Spot) -> Option<[f32; 2]> {
        if spot.grid == self.name {
            return (spot.cell < self.values.len()).then(|| self.place(spot.cell));
        }
        let &[x, y, _] = self.path(spot.grid)?.known().get(spot.cell)?;
        Some([x, y])
    }

    /// The path of this name.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.paths.iter().find(|path| path.name == name)
    }

    /// Coordinates and value of a spot, in words; empty if it is none of this surface.
    pub fn describe(&self, spot: Spot) -> String {
        let [across, up] = &self.axes;
        let measure = &self.measure;
        if let Some(path) = self.path(spot.grid) {
            let Some(&[x, y, value]) = path.points.get(spot.cell) else { return String::new() };
            let [x, y, value] = [x, y, value].map(four_digits);
            let title = &path.title;
            return say!(
                "common.path-point",
                title = title,
                step = spot.cell,
                across = across,
                x = x,
                up = up,
                y = y,
                measure = measure,
                value = value
            );
        }
        let Some(&value) = self.values.get(spot.cell).filter(|_| spot.grid == self.name) else { return String::new() };
        let [x, y] = self.place(spot.cell).map(four_digits);
        let said = if value.is_nan() { say!("common.surface-unknown") } else { four_digits(value) };
        say!("common.surface-point", across = across, x = x, up = up, y = y, measure = measure, value = said)
    }

    /// The known points of each path as a table: the step, where it led, and the value there.
    pub fn tables(&self) -> Vec<Table> {
        let head: Vec<_> =
            [&say!("common.step"), &self.axes[0], &self.axes[1], &self.measure].into_iter().cloned().collect();
        let table = |path: &Path| Table {
            name: path.name,
            title: path.title.clone(),
            head: head.clone(),
            rows: (path.known().iter().enumerate())
                .map(|(i, point)| std::iter::once(i.to_string()).chain(point.map(four_digits)).collect())
                .collect(),
            now: self.now.filter(|now| now.grid == path.name).map(|now| now.cell),
        };
        self.paths.iter().map(table).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface() -> Surface {
        let path =
            Path { name: "path", title: "steps".into(), points: Rc::new(vec![[1.0, 2.0, 3.0]; 4]), n_known: Some(2) };
        Surface {
            name: "field",
            range: [-1.0, 1.0, 0.0, 4.0],
            columns: 3,
            values: Rc::new((0..15).map(|i| if i == 7 { f32::NAN } else { i as f32 }).collect()),
            paths: vec![path],
            ..Surface::default()
        }
    }

    #[test]
    fn the_lattice_reaches_from_edge_to_edge_from_below() {
        let surface = surface();
        let place = |cell| surface.place_of(Spot::new("field", cell));
        assert_eq!(place(0), Some([-1.0, 0.0]));
        assert_eq!(place(4), Some([0.0, 1.0]));
        assert_eq!((place(14), place(15)), (Some([1.0, 4.0]), None));
    }

    #[test]
    fn only_what_is_known_of_a_path_is_there() {
        let surface = surface();
        assert_eq!(surface.place_of(Spot::new("path", 1)), Some([1.0, 2.0]));
        assert_eq!(surface.place_of(Spot::new("path", 2)), None);
        assert_eq!(surface.tables()[0].rows, [["0", "1.000", "2.000", "3.000"], ["1", "1.000", "2.000", "3.000"]]);
    }
}
