//! Logits, exponentials and shares on the stage.

use super::percent;
use super::shares::{self, Form, Shares, loss};
use crate::formula::Formula;
use crate::keys;
use crate::plane::refused;
use crate::scene::{Bar, Bars, Curve, Edit, Equation, Grid, Item, Line, Role, Scene, Spot, Table, Term};
use crate::trace::{Acts, Stage};
use crate::world::Unavailable;
use crate::{Matrix, Trace, any_size, factor, first_best, notation, number, say};

const LOGITS: &str = "logits";
/// Name of the grid of the logits as they go in.
pub(super) const FED: &str = "scores";
const TERMS: &str = "terms";
/// Name of the grid of the probabilities.
pub(super) const PROBABILITIES: &str = "probabilities";

/// Terms that a formula, and classes that a row, has room for.
const MOST_TERMS: usize = 4;

/// One moment is the exponential of one class, each in turn; then the share of one class, each in turn.
pub(super) struct SoftmaxTrace {
    shares: Shares,
    target: Option<usize>,
    is_live: bool,
    /// True if the stage begins with all shares, where a change shows itself; else it begins with the first
    /// exponential.
    pub(super) is_whole: bool,
    /// The exponentials, class by class, then the shares.
    acts: Acts,
    /// The probabilities along the temperature, where these are shown.
    curve: Option<Curve>,
}

impl SoftmaxTrace {
    /// `typed`: the logits that typing changes. `is_along`: whether the temperature is what is shown.
    ///
    /// # Errors
    /// Never for two classes or more.
    pub(super) fn new(
        shares: Shares,
        target: Option<usize>,
        typed: Option<Matrix>,
        is_along: bool,
    ) -> Result<Self, Unavailable> {
        let grid = |name, key: &str, values: &[f32]| {
            let values = Matrix::new(1, values.len(), values);
            Grid {
                detail: say!("softmax.n-classes", n = shares.n()),
                ..Grid::of(name, say!(key), &values, Role::Activation)
            }
        };
        let mut logits = grid(LOGITS, "softmax.logits", &shares.logits);
        let is_live = typed.is_none();
        logits.edit = typed.map(|matrix| Edit::of(keys::LOGITS, matrix));
        let mut fed = grid(FED, "softmax.fed", &shares.fed());
        fed.detail = shares.changed(&say!("softmax.logit"), false).unwrap_or_else(|| say!("softmax.unchanged"));
        let probabilities = Grid { scale: Some(1.0), ..grid(PROBABILITIES, "softmax.probabilities", &shares.p()) };
        let curve = is_along.then(|| curve(&shares, is_live));
        let run = shares.run().map_err(|error| refused(&error))?;
        let [z, p] = [shares::FED, PROBABILITIES].map(|name| run.named(name).unwrap_or(run.input()));
        let stage = Stage::new(run.clone()).beside(logits, run.input(), 0);
        // A row of the table is another place of what goes in.
        let stage = stage.beside(Grid { name: TERMS, ..fed.clone() }, z, 0);
        let stages = [
            stage.clone().beside(probabilities.clone(), p, 0).show(fed.clone(), z, 0),
            stage.beside(fed, z, 0).show(probabilities, p, 0),
        ];
        Ok(Self { shares, target, is_live, is_whole: is_live, acts: Acts(stages.into()), curve })
    }

    /// The class that a moment is about, and whether its share is taken. Along the temperature all shares are there.
    fn step(&self, moment: usize) -> (usize, bool) {
        let (stage, class) = self.acts.at(if self.curve.is_some() { usize::MAX } else { moment });
        (class, stage.made_name() == PROBABILITIES)
    }

    /// The class that the arithmetic is about: along the temperature, the most likely one.
    fn class_at(&self, moment: usize) -> usize {
        if self.curve.is_some() { first_best(&self.shares.logits) } else { self.step(moment).0 }
    }

    fn class(&self, class: usize) -> String {
        class_text(class, self.is_live)
    }

    /// Returns the argument of the exponential: `2 − 2`, or the logit as it stands.
    fn exponent(&self, class: usize) -> String {
        number(self.shares.shares[class].exponent)
    }

    fn table(&self, moment: usize) -> Table {
        let (class, is_share) = self.step(moment);
        let is_stable = self.shares.form == Form::Stable;
        let mut head = vec![say!("softmax.class-head"), "z".to_string()];
        head.extend(is_stable.then(|| say!("softmax.less-max")));
        head.push(if is_stable { say!("softmax.exp-less-max") } else { say!("softmax.exp") });
        head.push(say!("softmax.share-head"));
        let row = |i: usize| {
            let share = &self.shares.shares[i];
            let open = |is_known: bool, text: String| if is_known { text } else { "…".into() };
            let is_taken = is_share || i <= class;
            let label = self.class(i);
            let label = if self.target == Some(i) { say!("softmax.true-class", class = label) } else { label };
            let mut row = vec![label, any_size(share.z)];
            row.extend(is_stable.then(|| open(is_taken, any_size(share.exponent))));
            row.push(open(is_taken, any_size(share.exponential)));
            row.push(open(is_share && i <= class, any_size(share.p)));
            row
        };
        let mut rows: Vec<_> = (0..self.shares.n()).map(row).collect();
        let n_taken = if is_share { self.shares.n() } else { class + 1 };
        let mut sum = vec![String::new(); head.len()];
        sum[0] = if n_taken == self.shares.n() { say!("softmax.sum") } else { say!("softmax.sum-so-far") };
        sum[head.len() - 2] = any_size(self.shares.so_far(n_taken));
        rows.push(sum);
        Table { name: TERMS, title: say!("softmax.table"), head, rows, now: Some(class) }
    }

    fn bars(&self, moment: usize) -> Bars {
        let (class, is_share) = self.step(moment);
        let bar = |i: usize| {
            let p = self.shares.shares[i].p;
            let is_known = is_share && i <= class;
            Bar {
                label: self.class(i),
                // A bar has no length for what is not a number.
                amount: if is_known && p.is_finite() { p } else { 0.0 },
                text: if is_known { percent(p) } else { "…".into() },
                is_marked: self.target == Some(i),
            }
        };
        let key = if self.target.is_some() { "softmax.bars-true" } else { "softmax.bars" };
        Bars { name: "shares", title: say!(key), bars: (0..self.shares.n()).map(bar).collect(), full: 1.0 }
    }

    fn equation(&self, moment: usize) -> Equation {
        let (class, is_share) = (self.class_at(moment), self.step(moment).1);
        let term = |i: usize| Term {
            text: power_of_e(&self.exponent(i)),
            is_nothing: self.shares.shares[i].exponential == 0.0,
            spot: Some(Spot::new(FED, i)),
        };
        let terms = (0..self.shares.n()).map(term).collect();
        let equation = Equation { terms, joint: " + ", is_stepping: true, ..Equation::default() };
        if is_share {
            let open = format!("{} / (", power_of_e(&self.exponent(class)));
            let result = any_size(self.shares.shares[class].p);
            Equation { open, close: ")".into(), result, is_stepping: false, ..equation }
        } else {
            let n_shown = (class + 1 < self.shares.n()).then_some(class + 1);
            Equation { n_shown, result: any_size(self.shares.so_far(class + 1)), ..equation }
        }
    }

    fn caption(&self, moment: usize) -> String {
        let (class, is_share) = (self.class_at(moment), self.step(moment).1);
        let share = &self.shares.shares[class];
        let name = self.class(class);
        if self.curve.is_some() {
            let (t, p) = (number(self.shares.change[2]), percent(share.p));
            return say!("softmax.along", t = t, class = name, p = p);
        }
        let (exponential, p) = (any_size(share.exponential), any_size(share.p));
        if is_share {
            let total = any_size(self.shares.total);
            let key = if share.p.is_nan() { "softmax.no-number" } else { "softmax.divided" };
            return say!(key, class = name, exponential = exponential, total = total, p = p);
        }
        let (z, max, exponent) = (any_size(share.z), factor(self.shares.max), any_size(share.exponent));
        let key = match self.shares.form {
            Form::Stable => "softmax.raised",
            Form::Naive if share.exponential.is_infinite() => "softmax.overflows",
            Form::Naive => "softmax.raised-naive",
        };
        let most = any_size(f32::MAX);
        let said =
            say!(key, class = name, z = z, max = max, exponent = exponent, exponential = exponential, most = most);
        let total = any_size(self.shares.so_far(class + 1));
        let key = if class + 1 == self.shares.n() { "softmax.total" } else { "softmax.so-far" };
        format!("{said} {}", say!(key, n = self.shares.n(), total = total))
    }

    fn formulas(&self, moment: usize) -> Vec<Formula> {
        let class = self.class_at(moment);
        let share = &self.shares.shares[class];
        let below = if self.shares.n() <= MOST_TERMS {
            let powers = (0..self.shares.n()).map(|i| format!("sup(e, {})", self.exponent(i)));
            powers.collect::<Vec<_>>().join(" + ")
        } else {
            notation(self.shares.total)
        };
        let p = format!("sub(p, {class}) = frac(sup(e, {}), {below}) = {}", self.exponent(class), notation(share.p));
        let change = self.shares.changed(&number(self.shares.logits[class]), true);
        let change = change.map_or_else(String::new, |change| format!("{change} = "));
        let fed = format!("z = {change}{}", notation(share.z));
        let mut formulas = vec![
            Formula::new("fed", say!("softmax.formula-fed", class = self.class(class)), &fed),
            Formula::new("softmax", say!("softmax.formula", class = self.class(class)), &p),
        ];
        formulas.extend(self.target.map(|target| {
            let key = match self.shares.form {
                Form::Stable => "softmax.formula-loss",
                Form::Naive => "softmax.formula-loss-naive",
            };
            Formula::new("loss", say!(key, class = self.class(target)), &self.loss_notation(target))
        }));
        formulas
    }

    /// The loss with its numbers: always as the engine takes it, which has no NaN to fear.
    fn loss_notation(&self, target: usize) -> String {
        let fed = self.shares.fed();
        let loss = number(loss(&fed, target));
        let stable = Shares::new(fed, [1.0, 0.0, 1.0], Form::Stable);
        let share = stable.shares[target];
        // Beside a probability in another form, the loss is written from its parts.
        if share.p > 0.0 && self.shares.form == Form::Stable {
            return format!("−ln({}) = {loss}", notation(share.p));
        }
        // The logarithm of a probability that rounds to zero is taken from its parts.
        format!("ln({}) − {} = {loss}", notation(stable.total), factor(share.exponent))
    }

    /// While exponentials are taken, what their form is about; then, what training makes of the shares.
    fn remark(&self, is_share: bool) -> String {
        match (self.target, self.shares.form) {
            (Some(target), _) if is_share => {
                let (class, cost) = (self.class(target), number(loss(&self.shares.fed(), target)));
                say!("softmax.outlook", class = class, cost = cost)
            }
            (None, _) if is_share => say!("softmax.no-label"),
            (_, Form::Stable) => say!("softmax.stable", max = number(self.shares.max)),
            (_, Form::Naive) => say!("softmax.naive", most = any_size(f32::MAX), limit = number(libm::logf(f32::MAX))),
        }
    }
}

/// A class in words.
fn class_text(class: usize, is_digit: bool) -> String {
    if is_digit { say!("softmax.digit", class = class) } else { say!("softmax.class", class = class) }
}

/// e raised to a number.
fn power_of_e(exponent: &str) -> String {
    format!("e^{{{exponent}}}")
}

/// Each class's probability along the temperature, in the engine's form.
fn curve(shares: &Shares, is_live: bool) -> Curve {
    let [scale, shift, t] = shares.change;
    let at = |t: f32| Shares::new(shares.logits.clone(), [scale, shift, t], Form::Stable).p();
    let temperatures: Vec<_> = (1..=50).map(|i| i as f32 / 10.0).collect();
    let points: Vec<_> = temperatures.iter().map(|&t| at(t)).collect();
    let best = first_best(&shares.logits);
    let line = |class: usize| Line {
        title: class_text(class, is_live),
        points: temperatures.iter().zip(&points).map(|(&t, p)| [t, p[class]]).collect(),
        is_dashed: class != best,
    };
    Curve {
        name: "temperature",
        title: say!("softmax.curve", class = class_text(best, is_live)),
        axes: [say!("softmax.temperature"), say!("softmax.probability")],
        range: [temperatures[0], temperatures[temperatures.len() - 1], 0.0, 1.0],
        lines: (0..shares.n()).map(line).collect(),
        handle: Some((t, at(t)[best], "t")),
    }
}

impl Trace for SoftmaxTrace {
    fn n_moments(&self) -> usize {
        if self.curve.is_some() { 1 } else { self.acts.n_moments() }
    }

    fn first_moment(&self) -> usize {
        if self.is_whole { self.n_moments() - 1 } else { 0 }
    }

    fn scene(&self, moment: usize) -> Scene {
        let ((class, is_share), at) = (self.step(moment), self.class_at(moment));
        let [logits, fed, mut probabilities] =
            [LOGITS, FED, PROBABILITIES].map(|name| self.acts.plain(name).cloned().unwrap_or_default());
        let fed = fed.at(at);
        probabilities.n_known = Some(if is_share { class + 1 } else { 0 });
        if is_share {
            probabilities = probabilities.at(at);
        }
        let bars = Item::Bars(self.bars(moment));
        let [logits, fed, probabilities] = [logits, fed, probabilities].map(Item::Grid);
        // Many classes are too wide to stand side by side three times.
        let mut row = if self.shares.n() > MOST_TERMS {
            vec![Item::Column(vec![logits, fed, probabilities])]
        } else {
            vec![logits, Item::Sign("→"), fed, Item::Sign("→"), probabilities]
        };
        let board = match &self.curve {
            Some(curve) => vec![row, vec![Item::Curve(curve.clone()), bars]],
            None => {
                // Logits and shares are seen at once.
                row.push(bars);
                let remark = Item::Text(self.remark(is_share));
                vec![row, vec![Item::Table(self.table(moment))], vec![remark]]
            }
        };
        Scene {
            board,
            equation: Some(self.equation(moment)),
            formulas: self.formulas(moment),
            caption: self.caption(moment),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let mut linked = self.acts.linked(moment, spot);
        // A row of the table is about one class.
        linked.retain(|other| other.cell == spot.cell || ![spot.grid, other.grid].contains(&TERMS));
        linked
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(share) = self.shares.shares.get(spot.cell) else {
            let is_sum = spot == Spot::new(TERMS, self.shares.n());
            return if is_sum { say!("softmax.tell-sum", total = any_size(self.shares.total)) } else { String::new() };
        };
        let (now, is_share) = self.step(moment);
        let (class, z, exponent) = (self.class(spot.cell), any_size(share.z), self.exponent(spot.cell));
        let (exponential, total, p) = (any_size(share.exponential), any_size(self.shares.total), any_size(share.p));
        match spot.grid {
            LOGITS => {
                let logit = number(self.shares.logits[spot.cell]);
                match self.shares.changed(&logit, false) {
                    Some(change) => {
                        say!("softmax.tell-logit-changed", class = class, logit = logit, change = change, z = z)
                    }
                    None => say!("softmax.tell-logit", class = class, logit = logit),
                }
            }
            FED => say!("softmax.tell-fed", class = class, z = z, exponent = exponent, exponential = exponential),
            PROBABILITIES if !is_share || spot.cell > now => say!("softmax.tell-unknown", class = class),
            TERMS | PROBABILITIES => {
                say!(
                    "softmax.tell-share",
                    class = class,
                    exponent = exponent,
                    exponential = exponential,
                    total = total,
                    p = p
                )
            }
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.acts.moment_of(spot).filter(|_| self.curve.is_none())
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.acts.focus(moment).filter(|_| self.curve.is_none())
    }
}
