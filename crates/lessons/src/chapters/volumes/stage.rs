//! The stage of this chapter: every channel with its plane and its share, the bias, the map.

use super::parts::{CHANNELS, COSTS, MOST, PLANES, Part, SHARES, Shares, costs};
use super::volume::Volume;
use crate::arithmetic::equation;
use crate::plane::OUTPUT;
use crate::scene::{Bar, Bars, Cell, Equation, Grid, Item, Role, Scene, Spot, Table, Term};
use crate::{Matrix, Trace, factor, number, place, say};
use receptive_core::GeomError;
use std::ops::Range;
use std::rc::Rc;

/// Names of the other kernels' maps.
const OTHERS: [&str; 3] = ["other-1", "other-2", "other-3"];
const BIAS: &str = "bias";

/// Products that a sentence may list.
const EASY_TERMS: usize = 9;

/// A convolution of several channels: one cell of the chosen kernel's map after the other.
#[derive(Clone, Debug)]
pub(super) struct VolumeTrace {
    /// The arithmetic.
    pub(super) volume: Volume,
    /// Channels on the stage.
    pub(super) parts: Vec<Part>,
    /// The chosen kernel's bias.
    pub(super) bias: Grid,
    /// True if grids are pixels, and shares bars.
    pub(super) is_live: bool,
    /// A remark about the stage.
    pub(super) remark: String,
    k: usize,
    /// Number of the first channel on the stage.
    from: usize,
    others: Vec<(usize, Grid)>,
    output: Matrix,
    output_grid: Grid,
    costs: Table,
}

/// The part of the stage that a grid's name stands for.
enum Shown {
    Input(usize),
    Plane(usize),
    Share(usize),
    Bias,
    Output,
    Other(usize),
}

impl VolumeTrace {
    /// Puts kernel `k` on the stage with the channels from number `from` on, as many as have names, and the maps of
    /// `others`.
    ///
    /// # Errors
    /// Never for a volume that exists.
    pub(super) fn new(
        volume: Volume,
        k: usize,
        names: Vec<String>,
        from: usize,
        others: Vec<usize>,
    ) -> Result<Self, GeomError> {
        let output = volume.map(k);
        let mut parts = Vec::with_capacity(names.len());
        for (i, name) in names.into_iter().enumerate().take(MOST) {
            parts.push(Part::new(&volume, k, from + i, name, i)?);
        }
        // One scale for all that is added up, so that equal colours are equal amounts.
        let shares = parts.iter().filter(|part| part.is_read).flat_map(|part| &part.conv.output().values);
        let most = shares.chain(&output.values).fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let brightest = parts.iter().flat_map(|part| &part.conv.input().values);
        let brightest = brightest.fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        for part in &mut parts {
            (part.share.scale, part.input.scale) = (Some(most), Some(brightest));
        }
        let n_kernels = volume.geom().w().n;
        let mut output_grid = Grid::of(OUTPUT, say!("volumes.map", k = k + 1), &output, Role::Activation);
        output_grid.scale = Some(most);
        output_grid.detail = say!("volumes.one-of", size = output.size(), k = k + 1, n = n_kernels);
        let mut bias = Grid::of(BIAS, say!("volumes.bias"), &Matrix::new(1, 1, [volume.bias(k)]), Role::Weight);
        bias.detail = say!("volumes.of-kernel", k = k + 1);
        let source = |cell: &Cell| Cell { source: Some(k), ..*cell };
        bias.cells = Rc::new(bias.cells.iter().map(source).collect());
        let maps = others.into_iter().zip(OTHERS).map(|(other, name)| {
            let title = say!("volumes.map", k = other + 1);
            (other, Grid::of(name, title, &volume.map(other), Role::Activation))
        });
        let others = maps.collect();
        let costs = costs(&volume)?;
        let remark = String::new();
        Ok(Self { volume, parts, bias, is_live: false, remark, k, from, others, output, output_grid, costs })
    }

    /// Shows the grids as pixels and the shares as bars, and `map` as what the kernel made.
    #[must_use]
    pub(super) fn live(mut self, map: Matrix, remark: String) -> Self {
        for part in &mut self.parts {
            (part.input.as_pixels, part.plane.as_pixels, part.share.as_pixels) = (true, true, true);
            // Eight columns stand side by side; the name is over each, and words are short.
            part.plane.title = say!("volumes.plane-short");
            part.share.title = say!("volumes.share-short");
            for grid in [&mut part.input, &mut part.plane, &mut part.share] {
                grid.detail.clear();
            }
        }
        let cells = map.values.iter().map(|&value| Cell::new(value, Role::Activation));
        (self.output_grid.cells, self.output_grid.as_pixels) = (Rc::new(cells.collect()), true);
        Self { is_live: true, output: map, remark, ..self }
    }

    fn cell_at(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    /// The channels that the chosen kernel reads, as far as they are on the stage.
    fn channels_read(&self) -> Range<usize> {
        let read = self.volume.channels_of(self.k);
        read.start.max(self.from)..read.end.min(self.from + self.parts.len())
    }

    /// The shares of the channels on the stage at a cell, and of all others together, if there are others.
    fn shares(&self, cell: usize) -> Shares {
        let first = self.volume.channels_of(self.k).start;
        let channels_read = self.channels_read();
        let all = self.volume.shares(self.k, cell).into_iter().enumerate().map(|(i, share)| (first + i, share));
        let (here, elsewhere): (Vec<_>, Vec<_>) = all.partition(|(channel, _)| channels_read.contains(channel));
        let n = elsewhere.len();
        let elsewhere = (n > 0).then(|| (n, elsewhere.iter().map(|(_, share)| share).sum()));
        Shares { here, elsewhere }
    }

    /// The part of the stage that a spot lies in; nothing when there is no such cell.
    fn find(&self, spot: Spot) -> Option<Shown> {
        let n = self.parts.len();
        let at = |names: &[&str], n: usize| names.iter().take(n).position(|name| *name == spot.grid);
        let read = |names: &[&str]| at(names, n).filter(|&i| self.parts[i].is_read);
        let (found, grid) = match spot.grid {
            OUTPUT => (Shown::Output, &self.output_grid),
            BIAS => (Shown::Bias, &self.bias),
            _ => at(&CHANNELS, n)
                .map(|i| (Shown::Input(i), &self.parts[i].input))
                .or_else(|| read(&PLANES).map(|i| (Shown::Plane(i), &self.parts[i].plane)))
                .or_else(|| read(&SHARES).map(|i| (Shown::Share(i), &self.parts[i].share)))
                .or_else(|| at(&OTHERS, self.others.len()).map(|i| (Shown::Other(i), &self.others[i].1)))?,
        };
        (spot.cell < grid.cells.len()).then_some(found)
    }

    fn columns(&self, cell: usize) -> Vec<Vec<Item>> {
        let here = |grid: &Grid| {
            let mut grid = grid.clone();
            let [p, q] = grid.place(cell);
            (grid.n_known, grid.now, grid.frames) =
                ((!self.is_live).then_some(cell + 1), Some(cell), vec![[p, q, 1, 1]]);
            grid
        };
        let column = |part: &Part| {
            let mut input = part.input.clone();
            if !part.is_read {
                return Item::Column(vec![Item::Grid(input)]);
            }
            input.frames = vec![part.conv.frame(cell)];
            let (input, plane, share) = (Item::Grid(input), Item::Grid(part.plane.clone()), here(&part.share));
            Item::Column(vec![input, Item::Sign("∗"), plane, Item::Sign("="), Item::Grid(share)])
        };
        let (mut row, mut is_first) = (vec![], true);
        for part in &self.parts {
            // A channel that is not read adds nothing; pictures stand close, and their columns say it.
            if part.is_read && !std::mem::take(&mut is_first) && !self.is_live {
                row.push(Item::Sign("+"));
            }
            row.push(column(part));
        }
        let elsewhere = self.shares(cell).elsewhere.map(|(n, _)| Item::Text(say!("volumes.elsewhere", n = n)));
        let (bias, output) = (Item::Grid(self.bias.clone()), Item::Grid(here(&self.output_grid)));
        row.push(Item::Sign("+"));
        if self.is_live {
            let sum = elsewhere.into_iter().chain([bias, Item::Sign("="), output]);
            row.push(Item::Column(sum.collect()));
            return vec![row];
        }
        row.extend([bias, Item::Sign("=")]);
        // The other kernels' maps stand under the one that is being made, two in a column.
        let maps: Vec<_> =
            [output].into_iter().chain(self.others.iter().map(|(_, map)| Item::Grid(map.clone()))).collect();
        row.extend(maps.chunks(2).map(|maps| Item::Column(maps.to_vec())));
        vec![row]
    }

    fn bars(&self, cell: usize) -> Bars {
        let Shares { here, elsewhere } = self.shares(cell);
        let bar = |label: String, amount: f32| Bar { label, amount, text: number(amount), is_marked: false };
        let mut bars: Vec<_> =
            here.iter().map(|&(channel, share)| bar(self.parts[channel - self.from].name.clone(), share)).collect();
        bars.extend(elsewhere.map(|(n, share)| bar(say!("volumes.elsewhere", n = n), share)));
        bars.push(bar(say!("volumes.bias"), self.volume.bias(self.k)));
        bars.push(Bar { is_marked: true, ..bar(say!("volumes.sum"), self.output.values[cell]) });
        let full = bars.iter().fold(f32::MIN_POSITIVE, |most, bar| most.max(bar.amount.abs()));
        Bars { name: "shares", title: say!("volumes.bars", place = place(self.output.place(cell))), bars, full }
    }

    fn equation(&self, cell: usize) -> Equation {
        let Shares { here, elsewhere } = self.shares(cell);
        let term = |value: f32, spot| Term { text: factor(value), is_nothing: value == 0.0, spot };
        let mut terms: Vec<_> = here
            .iter()
            .map(|&(channel, share)| term(share, Some(Spot::new(SHARES[channel - self.from], cell))))
            .collect();
        terms.extend(elsewhere.map(|(_, share)| term(share, None)));
        terms.push(term(self.volume.bias(self.k), Some(Spot::new(BIAS, 0))));
        Equation { terms, joint: " + ", result: number(self.output.values[cell]), ..Equation::default() }
    }

    fn caption(&self, cell: usize) -> String {
        let Shares { here, elsewhere } = self.shares(cell);
        let shares: Vec<_> = here
            .iter()
            .map(|&(channel, share)| {
                say!("volumes.share-of", name = self.parts[channel - self.from].name, share = number(share))
            })
            .collect();
        let (k, at) = (self.k + 1, place(self.output.place(cell)));
        let (bias, sum) = (number(self.volume.bias(self.k)), number(self.output.values[cell]));
        if !self.is_live {
            return say!("volumes.caption", k = k, place = at, shares = shares.join(", "), bias = bias, sum = sum);
        }
        let largest = here.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).filter(|(_, share)| *share != 0.0);
        let largest = largest.map_or_else(String::new, |&(channel, share)| {
            say!("volumes.largest", name = self.parts[channel - self.from].name, share = number(share))
        });
        let n = here.len() + elsewhere.map_or(0, |(n, _)| n);
        let text = say!("volumes.caption-live", k = k, place = at, n = n, bias = bias, sum = sum);
        format!("{text} {largest}")
    }

    /// The products of one channel as a sentence, where they are few.
    fn products(&self, part: &Part, cell: usize) -> String {
        let (n, sum) = (part.conv.kernel().values.len(), number(part.conv.output().values[cell]));
        if n > EASY_TERMS {
            return say!("volumes.products", n = n, sum = sum);
        }
        equation(&part.conv.products_text(cell), &sum)
    }

    fn spoken(&self, cell: usize) -> String {
        let sum = self.equation(cell);
        equation(&sum.left(), &sum.result)
    }
}

impl Trace for VolumeTrace {
    fn n_moments(&self) -> usize {
        self.output.values.len()
    }

    /// On a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        let map = &self.output;
        if self.is_live { map.rows * 2 / 5 * map.columns + map.columns / 2 } else { 0 }
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.cell_at(moment);
        let mut board = self.columns(cell);
        if self.is_live {
            board.push(vec![Item::Bars(self.bars(cell))]);
        }
        let remark = (!self.remark.is_empty()).then(|| Item::Text(self.remark.clone()));
        board.extend(remark.map(|remark| vec![remark]));
        if self.volume.geom().params().groups > 1 {
            board.push(vec![Item::Table(self.costs.clone())]);
        }
        Scene {
            board,
            equation: Some(self.equation(cell)),
            formulas: self.volume.formulas(),
            caption: self.caption(cell),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let now = self.cell_at(moment);
        let all = |grid: &'static str, cells: Vec<usize>| cells.into_iter().map(move |cell| Spot { grid, cell });
        // The numbers on the stage that a kernel reads for a cell of its map.
        let read = |k: usize, cell: usize| {
            let channels = self.volume.channels_of(k);
            let here = self.parts.iter().enumerate().filter(move |(i, _)| channels.contains(&(self.from + i)));
            here.flat_map(move |(i, part)| all(CHANNELS[i], part.conv.inputs_read_by(cell))).collect::<Vec<_>>()
        };
        let mut spots = vec![];
        match self.find(spot) {
            Some(Shown::Input(i)) => {
                let part = &self.parts[i];
                let fed = part.conv.outputs_fed_by(spot.cell);
                if part.is_read {
                    spots.extend(all(OUTPUT, fed.clone()).chain(all(SHARES[i], fed.clone())));
                    let tap = part.conv.inputs_read_by(now).iter().position(|&read| read == spot.cell);
                    spots.extend(tap.map(|tap| Spot::new(PLANES[i], tap)));
                }
                for (name, (k, _)) in OTHERS.into_iter().zip(&self.others) {
                    if self.volume.channels_of(*k).contains(&(self.from + i)) {
                        spots.extend(all(name, fed.clone()));
                    }
                }
            }
            Some(Shown::Plane(i)) => {
                let read = self.parts[i].conv.inputs_read_by(now).get(spot.cell).copied();
                spots.extend(read.map(|cell| Spot::new(CHANNELS[i], cell)));
                spots.push(Spot::new(SHARES[i], now));
            }
            Some(Shown::Share(i)) => {
                spots.push(Spot::new(OUTPUT, spot.cell));
                spots.extend(all(CHANNELS[i], self.parts[i].conv.inputs_read_by(spot.cell)));
            }
            Some(Shown::Bias) => spots.extend(all(OUTPUT, (0..self.n_moments()).collect())),
            Some(Shown::Output) => {
                let shares = self.channels_read().map(|channel| Spot::new(SHARES[channel - self.from], spot.cell));
                spots.extend(shares.chain([Spot::new(BIAS, 0)]).chain(read(self.k, spot.cell)));
            }
            Some(Shown::Other(i)) => spots.extend(read(self.others[i].0, spot.cell)),
            None => {}
        }
        spots
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let now = self.cell_at(moment);
        let at = |matrix: &Matrix| place(matrix.place(spot.cell));
        match self.find(spot) {
            Some(Shown::Input(i)) => {
                let part = &self.parts[i];
                let value = number(part.conv.padded_value(spot.cell));
                let n_fed = part.conv.outputs_fed_by(spot.cell).len();
                let feeds = match (part.is_read, n_fed) {
                    (false, _) => say!("volumes.not-read", k = self.k + 1),
                    (true, 0) => say!("plane.feeds-none"),
                    (true, n) => say!("volumes.feeds", n = n, k = self.k + 1),
                };
                match part.conv.input_at(spot.cell) {
                    Some(at) => {
                        say!("volumes.tell-input", name = part.name, place = place(at), value = value, feeds = feeds)
                    }
                    None => say!("plane.tell-padding", value = value, feeds = feeds),
                }
            }
            Some(Shown::Plane(i)) => {
                let part = &self.parts[i];
                let Some(&[x, w]) = part.conv.products(now).get(spot.cell) else { return String::new() };
                let (x, w, product) = (number(x), number(w), number(x * w));
                let at = at(part.conv.kernel());
                say!("volumes.tell-plane", name = part.name, place = at, x = x, w = w, product = product)
            }
            Some(Shown::Share(_) | Shown::Output) if spot.cell > now && !self.is_live => {
                say!("volumes.tell-unknown", place = at(&self.output))
            }
            Some(Shown::Share(i)) => {
                let part = &self.parts[i];
                let equation = self.products(part, spot.cell);
                say!("volumes.tell-share", name = part.name, place = at(&self.output), equation = equation)
            }
            Some(Shown::Output) => {
                let equation = self.spoken(spot.cell);
                say!("volumes.tell-map", k = self.k + 1, place = at(&self.output), equation = equation)
            }
            Some(Shown::Other(i)) => {
                let (k, map) = &self.others[i];
                let value = number(map.cells[spot.cell].value);
                say!("volumes.tell-other", k = k + 1, place = at(&self.output), value = value)
            }
            Some(Shown::Bias) => {
                say!("volumes.tell-bias", k = self.k + 1, value = number(self.volume.bias(self.k)))
            }
            None if spot.grid == COSTS => {
                self.costs.rows.get(spot.cell).map_or_else(String::new, |row| row.join(" · "))
            }
            None => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == OUTPUT && spot.cell < self.n_moments()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(OUTPUT, self.cell_at(moment)))
    }
}
