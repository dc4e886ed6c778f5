//! The stage of this chapter: every channel with its plane and its share, the bias, the map.

use super::parts::{CHANNELS, COSTS, MOST, PLANES, Part, SHARES, Shares, costs};
use super::volume::Volume;
use crate::arithmetic::equation;
use crate::plane::{OUTPUT, refused};
use crate::scene::{Bar, Bars, Cell, Equation, Grid, Item, Role, Scene, Spot, Table, Term};
use crate::trace::Stage;
use crate::world::Unavailable;
use crate::{Matrix, Trace, factor, largest, number, place, say};
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
    /// The way from the channels that the kernel reads over the shares to its map.
    stage: Stage,
    /// The way from all channels to the other kernels' maps.
    beside: Stage,
    output: Matrix,
    output_grid: Grid,
    costs: Table,
}

impl VolumeTrace {
    /// Puts kernel `k` on the stage with the channels from number `from` on, as many as have names, and the maps of
    /// `others`.
    ///
    /// # Errors
    /// When there is more than can be held.
    pub(super) fn new(
        volume: Volume,
        k: usize,
        names: Vec<String>,
        from: usize,
        others: Vec<usize>,
    ) -> Result<Self, Unavailable> {
        let output = volume.map(k);
        let mut parts = Vec::with_capacity(names.len());
        for (i, name) in names.into_iter().enumerate().take(MOST) {
            parts.push(Part::new(&volume, k, from + i, name, i).map_err(|error| refused(&error))?);
        }
        // One scale for all that is added up, so that equal colours are equal amounts.
        let shares = parts.iter().filter(|part| part.is_read).flat_map(|part| &part.conv.output().values);
        let most = largest(shares.chain(&output.values));
        let brightest = largest(parts.iter().flat_map(|part| &part.conv.input().values));
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
        let others: Vec<(usize, Grid)> = maps.collect();
        let costs = costs(&volume).map_err(|error| refused(&error))?;

        let (run, n_cells) = (volume.run().clone(), volume.n_cells());
        let (padded, maps) = (run.output(0), run.output(1));
        let n_padded = run.shape(padded).h * run.shape(padded).w;
        let mut beside = Stage::new(run);
        for (i, part) in parts.iter().enumerate() {
            beside = beside.beside(part.input.clone(), padded, (from + i) * n_padded);
        }
        for (other, map) in &others {
            beside = beside.beside(map.clone(), maps, other * n_cells);
        }
        let run = volume.in_shares(k)?;
        let [padded, shares, sum] = [0, 1, 2].map(|layer| run.output(layer));
        let (planes, biases) = (run.weights(0).unwrap_or(padded), run.biases(1).unwrap_or(padded));
        let (n_taps, first) = (run.row_len(planes), volume.channels_of(k).start);
        let mut stage = Stage::new(run).beside(bias.clone(), biases, 0).following(biases);
        for (i, part) in parts.iter().enumerate().filter(|(_, part)| part.is_read) {
            let c = from + i - first;
            stage =
                stage.beside(part.input.clone(), padded, c * n_padded).beside(part.plane.clone(), planes, c * n_taps);
            stage = stage.beside(part.share.clone(), shares, c * n_cells);
        }
        let mut stage = stage.show(output_grid.clone(), sum, 0);
        stage.adds_sums = true;
        let (is_live, remark) = (false, String::new());
        Ok(Self { volume, parts, bias, is_live, remark, k, from, others, stage, beside, output, output_grid, costs })
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

    fn columns(&self, moment: usize) -> Vec<Vec<Item>> {
        let made = self.stage.grid(OUTPUT, moment);
        let here = |grid: &Grid| {
            let n_known = made.n_known.filter(|_| !self.is_live);
            Grid { n_known, now: made.now, frames: made.frames.clone(), ..grid.clone() }
        };
        let column = |part: &Part| {
            let frames = self.stage.grid(part.input.name, moment).frames;
            let input = Grid { frames, ..part.input.clone() };
            if !part.is_read {
                return Item::Column(vec![Item::Grid(input)]);
            }
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
        let elsewhere =
            self.shares(self.stage.at(moment).0).elsewhere.map(|(n, _)| Item::Text(say!("volumes.elsewhere", n = n)));
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
        let full = largest(bars.iter().map(|bar| &bar.amount));
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
        let most = here.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).filter(|(_, share)| *share != 0.0);
        let most = most.map_or_else(String::new, |&(channel, share)| {
            say!("volumes.largest", name = self.parts[channel - self.from].name, share = number(share))
        });
        let n = here.len() + elsewhere.map_or(0, |(n, _)| n);
        let text = say!("volumes.caption-live", k = k, place = at, n = n, bias = bias, sum = sum);
        format!("{text} {most}")
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
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    /// On a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        let map = &self.output;
        if self.is_live { map.rows * 2 / 5 * map.columns + map.columns / 2 } else { 0 }
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.stage.at(moment).0;
        let mut board = self.columns(moment);
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
        let mut spots = self.stage.linked(moment, spot);
        spots.extend(self.beside.linked(0, spot));
        spots
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let now = self.stage.at(moment).0;
        let at = |matrix: &Matrix| place(matrix.place(spot.cell));
        let part = |names: [&str; MOST]| {
            let i = names.iter().position(|name| *name == spot.grid)?;
            self.parts.get(i)
        };
        let other = self.others.iter().find(|(_, map)| map.name == spot.grid);
        let is_there = self.stage.cell_at(moment, spot).or_else(|| self.beside.cell_at(0, spot)).is_some();
        if spot.grid == COSTS {
            self.costs.rows.get(spot.cell).map_or_else(String::new, |row| row.join(" · "))
        } else if !is_there {
            String::new()
        } else if let Some(part) = part(CHANNELS) {
            let value = number(part.conv.padded_value(spot.cell));
            let feeds = match (part.is_read, part.conv.outputs_fed_by(spot.cell).len()) {
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
        } else if let Some(part) = part(PLANES) {
            let Some(&[x, w]) = part.conv.products(now).get(spot.cell) else { return String::new() };
            let (at, x, w, product) = (at(part.conv.kernel()), number(x), number(w), number(x * w));
            say!("volumes.tell-plane", name = part.name, place = at, x = x, w = w, product = product)
        } else if let Some((k, map)) = other {
            let value = number(map.cells[spot.cell].value);
            say!("volumes.tell-other", k = k + 1, place = at(&self.output), value = value)
        } else if spot.grid == BIAS {
            say!("volumes.tell-bias", k = self.k + 1, value = number(self.volume.bias(self.k)))
        } else if spot.cell > now && !self.is_live {
            say!("volumes.tell-unknown", place = at(&self.output))
        } else if let Some(part) = part(SHARES) {
            let equation = self.products(part, spot.cell);
            say!("volumes.tell-share", name = part.name, place = at(&self.output), equation = equation)
        } else {
            let equation = self.spoken(spot.cell);
            say!("volumes.tell-map", k = self.k + 1, place = at(&self.output), equation = equation)
        }
    }
}
