//! The maps before and after a layer of the network in the Lab, for the digit.

use super::ledger::Account;
use crate::scene::{Cell, Grid, Item, Role, Spot};
use crate::world::{Unavailable, World};
use crate::{largest, number, place, say};
use receptive_core::terms::{Operand, cells_of};
use receptive_nn::{Layer, LayerGeometry, Spec};
use std::rc::Rc;

/// Names of the maps that come in.
const BEFORE: [&str; 4] = ["before-1", "before-2", "before-3", "before-4"];
/// Names of the maps that a layer makes.
const AFTER: [&str; 8] = ["after-1", "after-2", "after-3", "after-4", "after-5", "after-6", "after-7", "after-8"];
/// Columns that a long row of values is broken into, and the most rows of it that are shown.
const ROW: usize = 32;

/// Names of the tensors, or parts of them, that are shown around a layer: what comes in, and what it makes.
pub(super) fn shown(at: usize, spec: &Spec) -> Vec<String> {
    let names = spec.names();
    let at = at.min(names.len().saturating_sub(1));
    let part = |i: usize, n_maps: usize| {
        let is_flat = spec.layers[..=i].contains(&Layer::Flatten);
        format!("{}[0..{}]", names[i], if is_flat { ROW * ROW } else { n_maps })
    };
    let before = at.checked_sub(1).map(|before| part(before, BEFORE.len()));
    before.into_iter().chain((at < names.len()).then(|| part(at, AFTER.len()))).collect()
}

/// The maps of every layer, as far as they are there and shown.
pub(super) struct Maps {
    geometries: Vec<LayerGeometry>,
    /// The input, and each layer's output.
    maps: Vec<LayerMaps>,
}

/// The maps between two layers.
struct LayerMaps {
    shape: [usize; 3],
    is_flat: bool,
    /// The first of its maps.
    maps: Vec<Rc<Vec<Cell>>>,
    columns: usize,
}

impl LayerMaps {
    fn new(shape: [usize; 3], is_flat: bool, values: &[f32], role: Role) -> Self {
        let [n, rows, columns] = shape;
        let cells = |values: &[f32]| Rc::new(values.iter().map(|&value| Cell::new(value, role)).collect::<Vec<_>>());
        let (maps, columns) = if is_flat {
            let columns = if n <= 24 { n } else { ROW.min(n) };
            let n_shown = (n / columns).min(ROW) * columns;
            (values.get(..n_shown).map(cells).into_iter().collect(), columns)
        } else {
            (values.chunks_exact(rows * columns).take(AFTER.len()).map(cells).collect(), columns)
        };
        Self { shape, is_flat, maps, columns }
    }

    /// True if so many maps are there, or all.
    fn has(&self, n_maps: usize) -> bool {
        self.maps.len() >= if self.is_flat { 1 } else { n_maps.min(self.shape[0]) }
    }

    fn grids(&self, names: &[&'static str]) -> Vec<Grid> {
        let [n, rows, columns] = self.shape;
        let shown = self.maps.iter().take(names.len()).flat_map(|map| map.iter());
        let scale = largest(shown.map(|cell| &cell.value));
        let grid = |(k, (map, name)): (usize, (&Rc<Vec<Cell>>, &&'static str))| Grid {
            name,
            title: self.title(k),
            detail: match self.is_flat {
                false => format!("{rows}×{columns}"),
                true if map.len() == n => say!("building.maps.all", n = n),
                true => say!("building.maps.first", n = map.len(), all = crate::grouped(n as u64)),
            },
            columns: self.columns,
            cells: Rc::clone(map),
            scale: Some(scale),
            ..Grid::default()
        };
        self.maps.iter().zip(names).enumerate().map(grid).collect()
    }

    fn title(&self, k: usize) -> String {
        match (self.is_flat, self.shape[0]) {
            (true, _) => say!("building.maps.row"),
            (false, 1) => say!("building.maps.only"),
            (false, n) => say!("building.maps.map", k = k + 1, n = n),
        }
    }

    /// Row and column of a cell of a map.
    fn place(&self, cell: usize) -> [usize; 2] {
        [cell / self.columns, cell % self.columns]
    }

    /// Cells of a map; of a flat row, all of it.
    fn map_len(&self) -> usize {
        let [n, rows, columns] = self.shape;
        if self.is_flat { n } else { rows * columns }
    }
}

/// The position of a spot: before or after the layer, its map, its cell.
#[derive(Clone, Copy)]
struct At {
    is_after: bool,
    map: usize,
    cell: usize,
}

impl At {
    fn of(spot: Spot) -> Option<Self> {
        let find = |names: &[&str]| names.iter().position(|name| *name == spot.grid);
        let (is_after, map) = match find(&BEFORE) {
            Some(map) => (false, map),
            None => (true, find(&AFTER)?),
        };
        Some(Self { is_after, map, cell: spot.cell })
    }
}

impl Maps {
    /// The maps of the network in the Lab, when it is this one.
    ///
    /// # Errors
    /// While the digit or the network is on its way.
    pub(super) fn new(account: &Account, world: &World) -> Result<Option<Self>, Unavailable> {
        let (digit, network) = (world.digit()?, world.network()?);
        let fits = digit.image.values.len() == account.spec.input.iter().product::<usize>()
            && network.values.layers.len() == account.rows.len()
            && network.values.layers.iter().zip(&account.rows).all(|(values, row)| values.shape == row.shape);
        if network.spec != account.spec || account.error.is_some() || !fits {
            return Ok(None);
        }
        let mut maps = vec![LayerMaps::new(account.spec.input, false, &digit.image.values, Role::Input)];
        let mut is_flat = false;
        for (values, place) in network.values.layers.iter().zip(&account.geometries) {
            is_flat |= *place == LayerGeometry::Flatten;
            maps.push(LayerMaps::new(values.shape, is_flat, &values.output, Role::Activation));
        }
        Ok(Some(Self { geometries: account.geometries.clone(), maps }))
    }

    /// True if the maps around a layer are there.
    pub(super) fn has(&self, at: usize) -> bool {
        let [before, after] = self.around(at);
        before.has(BEFORE.len()) && after.has(AFTER.len())
    }

    fn around(&self, at: usize) -> [&LayerMaps; 2] {
        let at = at.min(self.geometries.len() - 1);
        [&self.maps[at], &self.maps[at + 1]]
    }

    /// Rows of the board: what comes into a layer, and what it makes of it.
    pub(super) fn board(&self, at: usize) -> Vec<Vec<Item>> {
        let [before, after] = self.around(at);
        let row = |grids: &[Grid]| grids.iter().cloned().map(Item::Grid).collect::<Vec<_>>();
        let mut board = vec![row(&before.grids(&BEFORE)), vec![Item::Sign("↓")]];
        board.extend(after.grids(&AFTER).chunks(BEFORE.len()).map(row));
        board
    }

    /// The cells that a cell is computed from, or that it feeds, among those shown.
    pub(super) fn linked(&self, at: usize, spot: Spot) -> Vec<Spot> {
        let Some(from) = At::of(spot) else { return vec![] };
        let [before, after] = self.around(at);
        let (here, there) = if from.is_after { (after, before) } else { (before, after) };
        let (own, other) = if from.is_after { (Operand::Y, Operand::X) } else { (Operand::X, Operand::Y) };
        let names: &[&'static str] = if from.is_after { &BEFORE } else { &AFTER };
        let index = from.map * here.map_len() + from.cell;
        let layer = &self.geometries[at.min(self.geometries.len() - 1)];
        let spots = cells_of(&layer.connections(own, index), other).into_iter().map(|index| {
            let (map, cell) = (index / there.map_len(), index % there.map_len());
            let is_shown = there.maps.get(map).is_some_and(|map| cell < map.len());
            names.get(map).filter(|_| is_shown).map(|name| Spot::new(name, cell))
        });
        spots.flatten().collect()
    }

    /// A cell in words.
    pub(super) fn describe(&self, at: usize, spot: Spot) -> Option<String> {
        let from = At::of(spot)?;
        let [before, after] = self.around(at);
        let shown = if from.is_after { after } else { before };
        let value = number(shown.maps.get(from.map)?.get(from.cell)?.value);
        let here = if shown.is_flat {
            say!("building.maps.tell-row", i = from.cell + 1, value = value)
        } else {
            let place = place(shown.place(from.cell));
            say!("building.maps.tell-map", map = shown.title(from.map), place = place, value = value)
        };
        let n_read = self.linked(at, spot).len();
        let how = match &self.geometries[at.min(self.geometries.len() - 1)] {
            _ if !from.is_after => say!("building.maps.feeds", n = n_read),
            LayerGeometry::Conv2d(geom) => say!("building.maps.conv", n = geom.w().image_len()),
            LayerGeometry::MaxPool2d(_) => say!("building.maps.max", n = n_read),
            LayerGeometry::AvgPool2d(_) => say!("building.maps.avg", n = n_read),
            LayerGeometry::Relu => say!("building.maps.relu"),
            LayerGeometry::Flatten => say!("building.maps.flatten"),
            LayerGeometry::Linear(geom) => say!("building.maps.dense", n = crate::grouped(geom.inputs as u64)),
            _ => say!("building.maps.other", n = n_read),
        };
        Some(format!("{here} {how}"))
    }
}
