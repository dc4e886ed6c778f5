//! One answer's loss, class by class: target, score, what each class adds, the sum.

use super::costs::{Costs, name};
use crate::formula::Formula;
use crate::keys;
use crate::scene::{Bar, Bars, Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::{Matrix, Trace, number, say};

const TARGET: &str = "target";
const SCORES: &str = "scores";
const SURPRISE: &str = "surprise";
/// Name of the grid of what each class adds.
pub(super) const PARTS: &str = "parts";

/// One moment for each class.
pub(super) struct TermsTrace {
    pub(super) costs: Costs,
    /// True if the classes are digits.
    pub(super) is_live: bool,
    /// The probabilities that typing changes.
    pub(super) typed: Option<Matrix>,
    /// True if they were typed and divided by their sum.
    pub(super) is_divided: bool,
}

impl TermsTrace {
    fn class(&self, class: usize) -> String {
        let key = if self.is_live { "loss.digit" } else { "loss.class" };
        say!(key, class = class)
    }

    fn class_at(&self, moment: usize) -> usize {
        moment.min(self.costs.n() - 1)
    }

    fn row(&self, name: &'static str, title: String, value: impl Fn(usize) -> f32) -> Grid {
        let values: Vec<_> = (0..self.costs.n()).map(value).collect();
        let mut grid = Grid::of(name, title, &Matrix::new(1, values.len(), values), Role::Activation);
        grid.detail = say!("loss.n-classes", n = self.costs.n());
        grid
    }

    fn rows(&self, class: usize) -> Vec<Grid> {
        let costs = &self.costs;
        let mut target = self.row(TARGET, say!("loss.target"), |i| costs.wanted(i));
        target.marked = vec![costs.target];
        let title = match costs.reads_p() {
            true if self.is_divided => say!("loss.divided"),
            true => say!("loss.probabilities"),
            false => say!("loss.logits"),
        };
        let mut scores = self.row(SCORES, title, |i| costs.scores()[i]);
        if costs.reads_p() {
            scores.edit = self.typed.clone().map(|matrix| Edit::of(keys::PROBABILITIES, matrix));
        }
        let known = |grid: Grid| Grid { n_known: Some(class + 1), ..grid };
        let mut rows = vec![target, scores];
        if !costs.is_mean() {
            rows.push(known(self.row(SURPRISE, say!("loss.surprise"), |i| costs.surprise(i))));
        }
        rows.push(known(self.row(PARTS, say!(format!("loss.parts.{}", costs.head.key())), |i| costs.part(i))));
        rows.into_iter().map(|row| row.at(class)).collect()
    }

    fn equation(&self, class: usize) -> Equation {
        let costs = &self.costs;
        let n = costs.n();
        let term =
            |i: usize| Term { text: costs.term(i), is_nothing: costs.part(i) == 0.0, spot: Some(Spot::new(PARTS, i)) };
        let is_whole = class + 1 == n;
        let [open, close] =
            if costs.is_mean() { ["(".into(), format!(") / {n}")] } else { [String::new(), String::new()] };
        Equation {
            open,
            terms: (0..n).map(term).collect(),
            joint: " + ",
            close,
            n_shown: (!is_whole).then_some(class + 1),
            is_stepping: !is_whole,
            result: number(if is_whole { costs.total() } else { costs.so_far(class + 1) }),
            is_rounded: false,
        }
    }

    fn formulas(&self) -> Vec<Formula> {
        let costs = &self.costs;
        let total = number(costs.total());
        let title = say!("loss.formula", loss = name(costs.head));
        if costs.is_mean() {
            let sum = number(costs.so_far(costs.n()));
            return vec![Formula::new("loss", title, &format!("frac({sum}, {}) = {total}", costs.n()))];
        }
        let p = costs.p[costs.target];
        let decimal = number(costs.total() / std::f32::consts::LN_10);
        vec![
            Formula::new("loss", title, &format!("−ln({}) = {total}", number(p))),
            Formula::new("base", say!("loss.formula-base"), &format!("frac({total}, ln(10)) = {decimal}")),
        ]
    }

    fn caption(&self, class: usize) -> String {
        let costs = &self.costs;
        let (who, part) = (self.class(class), number(costs.part(class)));
        let said = match (costs.is_mean(), class == costs.target) {
            (false, true) => say!("loss.counts", class = who, part = part),
            (false, false) => say!("loss.counts-nothing", class = who, surprise = number(costs.surprise(class))),
            (true, true) => say!(format!("loss.about.{}.true", costs.head.key()), class = who, part = part),
            (true, false) => say!(format!("loss.about.{}.other", costs.head.key()), class = who, part = part),
        };
        if class + 1 < costs.n() {
            return said;
        }
        let total = number(costs.total());
        let key = if costs.is_mean() { "loss.mean" } else { "loss.sum" };
        format!("{said} {}", say!(key, n = costs.n(), total = total))
    }
}

impl Trace for TermsTrace {
    fn n_moments(&self) -> usize {
        self.costs.n()
    }

    fn scene(&self, moment: usize) -> Scene {
        let class = self.class_at(moment);
        let bar = |i: usize| {
            let (part, is_known) = (self.costs.part(i), i <= class);
            Bar {
                label: self.class(i),
                amount: if is_known && part.is_finite() { part } else { 0.0 },
                text: if is_known { number(part) } else { "…".into() },
                is_marked: i == self.costs.target,
            }
        };
        let bars: Vec<_> = (0..self.costs.n()).map(bar).collect();
        let full = (0..self.costs.n()).map(|i| self.costs.part(i)).filter(|part| part.is_finite()).fold(0.1, f32::max);
        let bars = Bars { name: "added", title: say!("loss.bars"), bars, full };
        let rows = self.rows(class).into_iter().map(Item::Grid).collect();
        Scene {
            board: vec![
                vec![Item::Column(rows), Item::Bars(bars)],
                vec![Item::Text(say!(format!("loss.remark.{}", self.costs.head.key())))],
            ],
            equation: Some(self.equation(class)),
            formulas: self.formulas(),
            caption: self.caption(class),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        // Every row is about the same classes.
        let others = self.rows(self.class_at(moment)).into_iter().filter(|row| row.name != spot.grid);
        others.map(|row| Spot::new(row.name, spot.cell)).collect()
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let costs = &self.costs;
        if spot.cell >= costs.n() {
            return String::new();
        }
        let (who, wanted) = (self.class(spot.cell), number(costs.wanted(spot.cell)));
        match spot.grid {
            TARGET => say!("loss.tell-target", class = who, t = wanted),
            SCORES if costs.reads_p() => say!("loss.tell-p", class = who, p = number(costs.p[spot.cell])),
            SCORES => say!("loss.tell-logit", class = who, z = number(costs.logits[spot.cell])),
            SURPRISE => {
                let (p, cost) = (number(costs.p[spot.cell]), number(costs.surprise(spot.cell)));
                say!("loss.tell-surprise", class = who, p = p, cost = cost)
            }
            PARTS => say!("loss.tell-part", class = who, part = number(costs.part(spot.cell))),
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == PARTS && spot.cell < self.costs.n()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(PARTS, self.class_at(moment)))
    }
}
