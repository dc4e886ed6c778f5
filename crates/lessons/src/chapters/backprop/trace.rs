//! The network on the stage: forward number by number, then the loss, then backward gradient by gradient.

use super::net::{NETWORK, Net};
use super::tries::Tries;
use crate::formula::Formula;
use crate::scene::{Equation, Graph, Grid, Item, Scene, Spot, Term};
use crate::{Trace, arithmetic, factor, number, say};

pub(super) struct Backprop {
    pub(super) net: Net,
    pub(super) tries: Tries,
}

impl Backprop {
    fn n_known(&self, moment: usize) -> usize {
        (self.net.n_given + moment + 1).min(self.net.numbers.len())
    }

    /// The cell of the drawing that a moment is about.
    fn now(&self, moment: usize) -> usize {
        self.n_known(moment) - 1
    }

    /// A spot of the machine as one of the drawing.
    fn drawn(&self, spot: Spot) -> Option<Spot> {
        self.net.cell_of(spot).map(|cell| Spot::new(NETWORK, cell))
    }

    fn equation(&self, moment: usize) -> Equation {
        let (stage, local) = self.net.acts.at(moment);
        let mut equation = stage.equation_at(local);
        equation.terms.iter_mut().for_each(|Term { spot, .. }| *spot = spot.and_then(|spot| self.drawn(spot)));
        equation
    }

    /// A number that is known, in words.
    fn story(&self, cell: usize) -> String {
        let found = &self.net.numbers[cell];
        let value = self.net.grid.cells[cell].value;
        let Some(moment) = cell.checked_sub(self.net.n_given) else {
            return say!("backprop.tell-given", name = found.name, value = number(value));
        };
        let said = self.equation(moment);
        let sum = arithmetic::equation(&said.left(), &said.result);
        if !found.is_gradient {
            let (class, value) = (self.net.class + 1, number(value));
            let key = format!("backprop.story.{}", found.spot.grid);
            return say!(key, name = found.name, sum = sum, value = value, class = class);
        }
        let way = if value > 0.0 { "backprop.rises" } else { "backprop.falls" };
        let way = if value == 0.0 { "backprop.stays" } else { way };
        let key = format!("backprop.story.{}", found.spot.grid);
        say!(key, name = found.name, sum = sum, way = say!(way, name = found.name))
    }

    /// The factors of the chosen weight's gradient: what came back to its unit, and what went in through it.
    fn rule(&self) -> Formula {
        let i = self.tries.weight;
        let [to, from] = [(i - 1) % 4 / 2 + 1, (i - 1) % 2 + 1];
        let has_function = self.net.value("h1", false).is_some();
        let (unit, met) = match (i <= 4, has_function) {
            (true, _) => ("H", "i"),
            (false, true) => ("O", "h"),
            (false, false) => ("O", "H"),
        };
        let value = |name: &str, at: usize, is_gradient| {
            self.net.value(&format!("{name}{at}"), is_gradient).unwrap_or_default()
        };
        let (back, met_value) = (value(unit, to, true), value(met, from, false));
        let sign = arithmetic::sign(&format!("{}·{}", number(back), factor(met_value)), &number(self.tries.gradient));
        let notation = format!(
            "frac(∂L, sub(∂w, {i})) = frac(∂L, sub(∂{unit}, {to}))·sub({met}, {from}) = {}·{} {sign} {}",
            number(back),
            factor(met_value),
            number(self.tries.gradient)
        );
        Formula::new("rule", say!("backprop.rule", name = format!("w{i}")), &notation)
    }
}

impl Trace for Backprop {
    fn n_moments(&self) -> usize {
        self.net.acts.n_moments()
    }

    fn scene(&self, moment: usize) -> Scene {
        let moment = moment.min(self.n_moments() - 1);
        let weight = self.net.cells_named(&format!("w{}", self.tries.weight));
        let grid = Grid {
            n_known: Some(self.n_known(moment)),
            now: Some(self.now(moment)),
            marked: weight,
            ..self.net.grid.clone()
        };
        let places = self.net.numbers.iter().map(|number| number.place.clone()).collect();
        let [down, was, up, ..] = self.tries.losses();
        let key = if up < was {
            "backprop.answer-up"
        } else if down < was {
            "backprop.answer-down"
        } else {
            "backprop.answer-none"
        };
        let name = format!("w{}", self.tries.weight);
        Scene {
            board: vec![
                vec![Item::Graph(Graph { grid, places, lines: self.net.lines.clone() })],
                vec![Item::Table(self.tries.table())],
                vec![Item::Text(say!(key, name = name, gradient = number(self.tries.gradient)))],
            ],
            equation: Some(self.equation(moment)),
            formulas: vec![self.rule()],
            caption: self.story(self.now(moment)),
        }
    }

    /// A number with the numbers that it comes from and goes into; a weight with its gradient's too.
    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let Some(number) = self.net.numbers.get(spot.cell) else { return vec![] };
        let is_weight = number.name.starts_with('w');
        let both = self.net.cells_named(&number.name).into_iter().filter(|&cell| cell == spot.cell || is_weight);
        // Every act shows all numbers, so one of them knows all links.
        let (stage, local) = self.net.acts.at(moment.min(self.n_moments() - 1));
        let linked = both.flat_map(|cell| stage.linked(local, self.net.numbers[cell].spot));
        let mut found: Vec<_> = linked.filter_map(|spot| self.drawn(spot)).filter(|other| *other != spot).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(number) = self.net.numbers.get(spot.cell).filter(|_| spot.grid == NETWORK) else {
            return String::new();
        };
        if spot.cell < self.n_known(moment) {
            return self.story(spot.cell);
        }
        let key = if number.is_gradient { "backprop.tell-gradient-unknown" } else { "backprop.tell-unknown" };
        say!(key, name = number.name)
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        let is_there = spot.grid == NETWORK && spot.cell < self.net.numbers.len();
        spot.cell.checked_sub(self.net.n_given).filter(|_| is_there)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(NETWORK, self.now(moment)))
    }
}
