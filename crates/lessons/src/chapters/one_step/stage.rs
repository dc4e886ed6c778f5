//! A small network before and after one step.

use crate::arithmetic::sign;
use crate::formula::Formula;
use crate::plane::refused;
use crate::scene::{Bar, Bars, Grid, Item, Role, Scene, Spot};
use crate::trace::{Run, Tensor};
use crate::world::Unavailable;
use crate::{Matrix, Trace, first_best, four_digits, number, place, say};
use receptive_core::ConvParams;
use receptive_nn::{Head, Layer, Optimiser, OptimiserState, Parameters, Spec};

/// Sides of the picture, of the kernel and of the map.
const SIDES: [usize; 3] = [4, 2, 3];
const SEED: u64 = 2;
/// A stroke, as of a one.
const PICTURE: [f32; 16] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// The moments of the step, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moments {
    Picture,
    Map,
    Relu,
    Scores,
    Loss,
    GradScores,
    GradUnits,
    GradRelu,
    GradMap,
    GradKernel,
    Update,
    Again,
}

impl Moments {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Picture, "picture"),
        (Self::Map, "map"),
        (Self::Relu, "relu"),
        (Self::Scores, "scores"),
        (Self::Loss, "loss"),
        (Self::GradScores, "grad-scores"),
        (Self::GradUnits, "grad-units"),
        (Self::GradRelu, "grad-relu"),
        (Self::GradMap, "grad-map"),
        (Self::GradKernel, "grad-kernel"),
        (Self::Update, "update"),
        (Self::Again, "again"),
    ];
}

/// A grid of the stage: its tensor, its shape, its role, and the moment that makes it.
struct Part {
    name: &'static str,
    tensor: Option<Tensor>,
    size: [usize; 2],
    role: Role,
    made: Moments,
}

/// One step of a small network on one picture.
pub(super) struct OneStep {
    before: Run,
    after: Run,
    parts: Vec<Part>,
    class: usize,
    rate: f32,
    pub(super) loss: f32,
    loss_after: f32,
    /// The change of the loss that the gradient foretells: minus the rate times the sum of its squares.
    pub(super) foretold: f32,
}

impl OneStep {
    /// Takes the step.
    ///
    /// # Errors
    /// None that these sizes can have.
    pub(super) fn new(rate: f32, class: usize) -> Result<Self, Unavailable> {
        let [side, kernel, map] = SIDES;
        let conv = Layer::Conv2d { kernels: 1, size: [kernel, kernel], params: ConvParams::default() };
        let layers = vec![conv, Layer::Relu, Layer::Flatten, Layer::Linear { units: 2 }];
        let spec = Spec { input: [1, side, side], layers };
        let mut parameters = Parameters::init(&spec, SEED).map_err(|error| refused(&error))?;
        let look = |parameters: &Parameters| {
            let values: Vec<_> = parameters.tensors().iter().map(|tensor| tensor.values.clone()).collect();
            Run::both_ways(&spec, &values, &PICTURE, (Head::CrossEntropy, class as u8)).map_err(|error| refused(&error))
        };
        let before = look(&parameters)?;
        let mut state = OptimiserState::new(Optimiser::SGD, &parameters);
        state.begin_step();
        let tensors = [before.weights(0), before.biases(0), before.weights(1), before.biases(1)];
        let mut square = 0.0;
        for (i, tensor) in tensors.into_iter().flatten().enumerate() {
            let gradient = before.gradient(tensor).map(|gradient| before.values(gradient)).unwrap_or_default();
            square += gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>();
            if let Some(values) = before.name(tensor).and_then(|name| parameters.values_mut(&name)) {
                state.update(Optimiser::SGD, i, values, gradient, [rate, 1.0]);
            }
        }
        let after = look(&parameters)?;
        let part = |name, tensor: Option<Tensor>, size, role, made| Part { name, tensor, size, role, made };
        let (x, y, relu, z) = (before.input(), before.output(0), before.output(1), before.made());
        let [w, units] = [before.weights(0), before.weights(1)];
        let back = |tensor: Option<Tensor>| tensor.and_then(|tensor| before.gradient(tensor));
        let (map, kernel, flat) = ([map, map], [kernel, kernel], [2, map * map]);
        let (act, weight, grad) = (Role::Activation, Role::Weight, Role::Gradient);
        let parts = vec![
            part("picture", Some(x), [side, side], Role::Input, Moments::Picture),
            part("kernel", w, kernel, weight, Moments::Picture),
            part("map", Some(y), map, act, Moments::Map),
            part("relu", Some(relu), map, act, Moments::Relu),
            part("units", units, flat, weight, Moments::Picture),
            part("scores", Some(z), [2, 1], act, Moments::Scores),
            part("grad-kernel", back(w), kernel, grad, Moments::GradKernel),
            part("grad-map", back(Some(y)), map, grad, Moments::GradMap),
            part("grad-relu", back(Some(relu)), map, grad, Moments::GradRelu),
            part("grad-units", back(units), flat, grad, Moments::GradUnits),
            part("grad-scores", back(Some(z)), [2, 1], grad, Moments::GradScores),
        ];
        let [loss, loss_after] = [&before, &after].map(loss);
        let foretold = (-f64::from(rate) * square) as f32;
        Ok(Self { before, after, parts, class, rate, loss, loss_after, foretold })
    }

    /// The change of the loss that came of the step.
    pub(super) fn real(&self) -> f32 {
        self.loss_after - self.loss
    }

    /// The probability of the true class before the step.
    pub(super) fn p_true(&self) -> f32 {
        probabilities(&self.before)[self.class]
    }

    /// Weights and biases of the network.
    pub(super) fn n_weights(&self) -> usize {
        let tensors = [0, 1].map(|i| [self.before.weights(i), self.before.biases(i)]);
        tensors.iter().flatten().flatten().map(|tensor| self.before.values(*tensor).len()).sum()
    }

    fn at(moment: usize) -> (Moments, &'static str) {
        Moments::ALL[moment.min(Moments::ALL.len() - 1)]
    }

    /// The network that a grid shows at a moment: weights are new from the update on, what they make from then on too.
    fn run(&self, part: &Part, now: Moments) -> &Run {
        let is_new = match part.role {
            Role::Weight => now >= Moments::Update,
            Role::Gradient => false,
            _ => now == Moments::Again,
        };
        if is_new { &self.after } else { &self.before }
    }

    fn grid(&self, name: &str, now: Moments) -> Option<Grid> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        let values = self.run(part, now).values(part.tensor?);
        let [rows, columns] = part.size;
        let title = say!(format!("one-step.grids.{name}"));
        let mut grid = Grid::of(part.name, title, &Matrix::new(rows, columns, values), part.role);
        grid.detail.clear();
        // What the new weights make has not been made yet when they are changed.
        let is_old = now == Moments::Update && matches!(part.role, Role::Activation);
        let frames = if part.made == now && now != Moments::Picture { vec![[0, 0, rows, columns]] } else { vec![] };
        let n_known = (now < part.made || is_old).then_some(0);
        Some(Grid { n_known, frames, now: self.cell_of(name, now), ..grid })
    }

    /// The cell of a grid that a moment is about.
    fn cell_of(&self, grid: &str, now: Moments) -> Option<usize> {
        match (now, grid) {
            (Moments::Loss | Moments::Again, "scores") | (Moments::GradScores, "grad-scores") => Some(self.class),
            (Moments::GradKernel, "grad-kernel") | (Moments::Update, "kernel") => Some(self.steepest().0),
            _ => None,
        }
    }

    fn bars(&self, now: Moments) -> Option<Bars> {
        let run = if now == Moments::Again { &self.after } else { &self.before };
        let bar = |(i, p): (usize, &f32)| Bar {
            label: say!(if i == self.class { "one-step.class-true" } else { "one-step.class" }, i = i),
            amount: *p,
            text: number(*p),
            is_marked: i == self.class,
        };
        let bars = probabilities(run).iter().enumerate().map(bar).collect();
        (now >= Moments::Loss).then(|| Bars { name: "probabilities", title: say!("one-step.bars"), bars, full: 1.0 })
    }

    /// The weight of the kernel with the largest gradient: its cell, its value before and after, and the gradient.
    fn steepest(&self) -> (usize, [f32; 3]) {
        let Some(w) = self.before.weights(0) else { return (0, [f32::NAN; 3]) };
        let gradient = self.before.gradient(w).map(|gradient| self.before.values(gradient)).unwrap_or_default();
        let sizes: Vec<_> = gradient.iter().map(|g| g.abs()).collect();
        let cell = first_best(&sizes);
        let value = |values: &[f32]| values.get(cell).copied().unwrap_or(f32::NAN);
        (cell, [value(self.before.values(w)), value(self.after.values(w)), value(gradient)])
    }

    fn formulas(&self, now: Moments) -> Vec<Formula> {
        let mut formulas = vec![];
        let log = |p: f32, loss: f32| format!("L = −ln({}) ≈ {}", number(p), number(loss));
        if now >= Moments::Loss {
            formulas.push(Formula::new("loss", say!("one-step.loss"), &log(self.p_true(), self.loss)));
        }
        if now >= Moments::Update {
            let (_, [w, after, gradient]) = self.steepest();
            let (rate, after) = (number(self.rate), number(after));
            let change = format!("{} − {rate}·{}", number(w), crate::factor(gradient));
            let notation = format!("w = {change} {} {after}", sign(&change, &after));
            formulas.push(Formula::new("change", say!("one-step.changed"), &notation));
        }
        if now == Moments::Again {
            let p = probabilities(&self.after)[self.class];
            formulas.push(Formula::new("again", say!("one-step.loss-after"), &log(p, self.loss_after)));
        }
        formulas
    }

    fn caption(&self, moment: usize) -> String {
        let (_, key) = Self::at(moment);
        let (cell, [w, after, gradient]) = self.steepest();
        say!(
            format!("one-step.tell.{key}"),
            p = number(self.p_true()),
            class = self.class,
            loss = number(self.loss),
            place = place([cell / SIDES[1], cell % SIDES[1]]),
            w = number(w),
            after = number(after),
            gradient = number(gradient),
            rate = number(self.rate),
            foretold = four_digits(self.foretold),
            real = four_digits(self.real()),
            new = number(self.loss_after)
        )
    }
}

fn probabilities(run: &Run) -> &[f32] {
    run.named("probabilities").map(|p| run.values(p)).unwrap_or_default()
}

fn loss(run: &Run) -> f32 {
    run.named("losses").and_then(|losses| run.values(losses).first().copied()).unwrap_or(f32::NAN)
}

impl Trace for OneStep {
    fn n_moments(&self) -> usize {
        Moments::ALL.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let (now, _) = Self::at(moment);
        let item = |name: &&'static str| match *name {
            "→" | "←" | "∗" => Item::Sign(name),
            name => Item::Grid(self.grid(name, now).unwrap_or_default()),
        };
        let rows: [&[&str]; 4] = [
            &["picture", "∗", "kernel", "→", "map", "→", "relu"],
            &["units", "→", "scores"],
            &["grad-units", "←", "grad-scores"],
            &["grad-kernel", "←", "grad-map", "←", "grad-relu"],
        ];
        let mut board: Vec<Vec<_>> = rows.map(|row| row.iter().map(item).collect()).into();
        board.extend(self.bars(now).map(|bars| vec![Item::Bars(bars)]));
        Scene { board, equation: None, formulas: self.formulas(now), caption: self.caption(moment) }
    }

    fn linked(&self, _: usize, spot: Spot) -> Vec<Spot> {
        let twin = match spot.grid.strip_prefix("grad-") {
            Some(own) => self.parts.iter().find(|part| part.name == own),
            None => self.parts.iter().find(|part| part.name.strip_prefix("grad-") == Some(spot.grid)),
        };
        twin.map(|part| Spot::new(part.name, spot.cell)).into_iter().collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let grid = self.grid(spot.grid, Self::at(moment).0).filter(|grid| spot.cell < grid.cells.len());
        let Some(grid) = grid else { return String::new() };
        let (title, at) = (&grid.title, place(grid.place(spot.cell)));
        if grid.n_known == Some(0) {
            return say!("one-step.tell-later", title = title, place = at);
        }
        say!("one-step.tell-cell", title = title, place = at, value = number(grid.cells[spot.cell].value))
    }
}
