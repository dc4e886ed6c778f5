//! Stages one after the other, on one time line.

use super::links::each_once;
use super::stage::Stage;
use crate::scene::{Grid, Spot};

/// Stages whose time lines follow one another. Each makes a grid, which later ones may read.
#[derive(Clone, Debug, PartialEq)]
pub struct Acts(pub Vec<Stage>);

impl Acts {
    /// The stage that makes the cell of a moment, and that moment on its own time line.
    pub fn at(&self, moment: usize) -> (&Stage, usize) {
        let (act, local) = self.split(moment);
        (&self.0[act], local)
    }

    fn split(&self, mut moment: usize) -> (usize, usize) {
        let last = self.0.len() - 1;
        for (i, stage) in self.0[..last].iter().enumerate() {
            match moment.checked_sub(stage.n_moments()) {
                Some(rest) => moment = rest,
                None => return (i, moment),
            }
        }
        (last, moment.min(self.0[last].n_moments() - 1))
    }

    /// The moment at which the time line of a stage begins.
    fn start_of(&self, act: usize) -> usize {
        self.0[..act].iter().map(Stage::n_moments).sum()
    }

    /// A grid at a moment.
    pub fn grid(&self, name: &str, moment: usize) -> Grid {
        let (now, local) = self.split(moment);
        match self.0.iter().position(|stage| stage.made_name() == name) {
            Some(act) if act == now => self.0[act].grid(name, local),
            Some(act) => {
                let grid = self.plain(name).cloned().unwrap_or_default();
                let n_known = if act < now { grid.cells.len() } else { 0 };
                Grid { n_known: Some(n_known), ..grid }
            }
            None => self.plain(name).cloned().unwrap_or_default(),
        }
    }

    /// A grid as it was given.
    pub fn plain(&self, name: &str) -> Option<&Grid> {
        self.0.iter().find_map(|stage| stage.plain(name))
    }

    /// See [`Trace::n_moments`](crate::Trace::n_moments).
    pub fn n_moments(&self) -> usize {
        self.start_of(self.0.len())
    }

    /// The links of a spot on every stage that shows it; on that of the moment, with what it meets there.
    pub fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let (now, local) = self.split(moment);
        let links = |(act, stage): (usize, &Stage)| match stage.cell_at(0, spot) {
            _ if act == now => stage.linked(local, spot),
            Some(cell) => stage.around(cell),
            None => vec![],
        };
        each_once(self.0.iter().enumerate().flat_map(links).collect(), spot)
    }

    /// See [`Trace::moment_of`](crate::Trace::moment_of).
    pub fn moment_of(&self, spot: Spot) -> Option<usize> {
        let act = self.0.iter().position(|stage| stage.made_name() == spot.grid)?;
        Some(self.start_of(act) + self.0[act].moment_of(spot)?)
    }

    /// See [`Trace::focus`](crate::Trace::focus).
    pub fn focus(&self, moment: usize) -> Option<Spot> {
        let (stage, local) = self.at(moment);
        stage.focus(local)
    }
}
