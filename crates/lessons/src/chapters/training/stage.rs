//! The four parts of each step on one time line.

use super::run::{N_STEPS, PICTURES, SIDE, Taken, Training};
use crate::arithmetic::sign;
use crate::formula::Formula;
use crate::scene::{Bar, Bars, Curve, Grid, Item, Line, Role, Scene, Spot};
use crate::{Matrix, Trace, factor, largest, number, place, say};

/// The parts of a step, in order, by their names in the texts.
pub(super) const PARTS: [&str; 4] = ["guess", "measure", "gradient", "change"];
const PICTURE: &str = "picture";
/// Names of the grids of weights, one for each class.
pub(super) const WEIGHTS: [&str; 2] = ["weights-0", "weights-1"];
const GRADIENTS: [&str; 2] = ["gradient-0", "gradient-1"];
const N_CELLS: usize = SIDE * SIDE;

impl Training {
    /// The step of a moment, and which of its parts.
    fn at(&self, moment: usize) -> (usize, usize) {
        let moment = moment.min(self.n_moments() - 1);
        (moment / PARTS.len(), moment % PARTS.len())
    }

    /// The largest gradient of a step: its cell among those of all weights, and its value.
    fn steepest(step: &Taken) -> (usize, f32) {
        let gradient = step.gradient();
        let larger = |best: usize, i: usize| if gradient[i].abs() > gradient[best].abs() { i } else { best };
        let cell = (0..gradient.len()).reduce(larger).unwrap_or(0);
        (cell, gradient[cell])
    }

    fn formulas(&self, step: &Taken, part: usize) -> Vec<Formula> {
        let p = number(step.probabilities()[usize::from(PICTURES[step.picture].0)]);
        let mut formulas = vec![];
        if part >= 1 {
            let notation = format!("L = −ln({p}) ≈ {}", number(step.loss));
            formulas.push(Formula::new("loss", say!("training.loss"), &notation));
        }
        if part >= 3 {
            let (cell, gradient) = Self::steepest(step);
            let (w, after) = (step.weights()[cell], number(step.after[cell]));
            let change = format!("{} − {}·{}", number(w), number(self.rate), factor(gradient));
            let notation = format!("w = {change} {} {after}", sign(&change, &after));
            formulas.push(Formula::new("change", say!("training.changed"), &notation));
        }
        formulas
    }

    fn curve(&self, n_known: usize) -> Curve {
        let losses = self.steps[..n_known].iter().map(|step| step.mean_after);
        let points = std::iter::once(self.mean_before).chain(losses).enumerate();
        let all = self.steps.iter().map(|step| step.mean_after).chain([self.mean_before]);
        let most = all.fold(0.5, f32::max);
        Curve {
            name: "loss",
            title: say!("training.curve", n = n_known),
            axes: [say!("training.steps-done"), say!("training.loss")],
            range: [0.0, N_STEPS as f32, 0.0, (most * 10.0).ceil() / 10.0],
            lines: vec![Line {
                title: say!("training.mean"),
                points: points.map(|(i, loss)| [i as f32, loss]).collect(),
                is_dashed: false,
            }],
            handle: None,
        }
    }

    fn grid(&self, moment: usize, name: &str) -> Option<Grid> {
        let (at, part) = self.at(moment);
        let step = &self.steps[at];
        // The weight that gradient and change tell of.
        let steepest = Self::steepest(step).0;
        let named = |of: [&'static str; 2]| of.into_iter().enumerate().find(|(_, own)| *own == name);
        let square = |values: &[f32]| Matrix::new(SIDE, SIDE, values);
        let title = |key: &str, i: usize| say!(format!("training.{key}"), class = class(i));
        let all = |values: Vec<f32>| largest(&values);
        if name == PICTURE {
            let pixels = PICTURES[step.picture].1;
            let title = say!("training.picture", class = class(PICTURES[step.picture].0.into()));
            return Some(plain(Grid::of(PICTURE, title, &square(&pixels), Role::Input)));
        }
        let cell = |i: usize| steepest.checked_sub(i * N_CELLS).filter(|cell| *cell < N_CELLS);
        if let Some((i, name)) = named(WEIGHTS) {
            let weights = if part == 3 { &step.after } else { step.weights() };
            let grid = Grid::of(name, title("weights", i), &square(&weights[i * N_CELLS..][..N_CELLS]), Role::Weight);
            let scale = self.steps.iter().flat_map(|step| step.after.clone()).collect();
            let now = cell(i).filter(|_| part == 3);
            return Some(plain(Grid { scale: Some(all(scale)), now, ..grid }));
        }
        let (i, name) = named(GRADIENTS)?;
        let values = &step.gradient()[i * N_CELLS..][..N_CELLS];
        let grid = Grid::of(name, title("gradient", i), &square(values), Role::Gradient);
        let now = cell(i).filter(|_| part == 2);
        Some(plain(Grid { n_known: (part < 2).then_some(0), scale: Some(1.0), now, ..grid }))
    }

    fn bars(step: &Taken) -> Bars {
        let truth = usize::from(PICTURES[step.picture].0);
        let bar = |(i, p): (usize, &f32)| Bar {
            label: if i == truth { say!("training.true", class = class(i)) } else { class(i) },
            amount: *p,
            text: number(*p),
            is_marked: i == truth,
        };
        let bars = step.probabilities().iter().enumerate().map(bar).collect();
        Bars { name: "probabilities", title: say!("training.bars"), bars, full: 1.0 }
    }

    fn caption(&self, moment: usize) -> String {
        let (at, part) = self.at(moment);
        let step = &self.steps[at];
        let truth = usize::from(PICTURES[step.picture].0);
        let (cell, gradient) = Self::steepest(step);
        let sign = if gradient < 0.0 { say!("training.less") } else { say!("training.more") };
        say!(
            format!("training.tell.{}", PARTS[part]),
            step = at + 1,
            class = class(truth),
            p = number(step.probabilities()[truth]),
            loss = number(step.loss),
            place = place([cell % N_CELLS / SIDE, cell % SIDE]),
            of = class(cell / N_CELLS),
            gradient = number(gradient),
            sign = sign,
            from = number(step.weights()[cell]),
            to = number(step.after[cell]),
            mean = number(step.mean_after)
        )
    }
}

impl Taken {
    fn weights(&self) -> &[f32] {
        self.run.weights(0).map(|weights| self.run.values(weights)).unwrap_or_default()
    }

    fn gradient(&self) -> &[f32] {
        let gradient = self.run.weights(0).and_then(|weights| self.run.gradient(weights));
        gradient.map(|gradient| self.run.values(gradient)).unwrap_or_default()
    }

    fn probabilities(&self) -> &[f32] {
        self.run.named("probabilities").map(|p| self.run.values(p)).unwrap_or_default()
    }
}

fn class(i: usize) -> String {
    say!(format!("training.class-{i}"))
}

/// A grid whose size is seen.
fn plain(mut grid: Grid) -> Grid {
    grid.detail.clear();
    grid
}

impl Trace for Training {
    fn n_moments(&self) -> usize {
        N_STEPS * PARTS.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let (at, part) = self.at(moment);
        let step = &self.steps[at];
        let grid = |name: &&str| Item::Grid(self.grid(moment, name).unwrap_or_default());
        let [weights, gradients] = [WEIGHTS, GRADIENTS].map(|names| Item::Column(names.iter().map(grid).collect()));
        let n_known = at + usize::from(part == 3);
        Scene {
            board: vec![
                vec![
                    grid(&PICTURE),
                    Item::Sign("→"),
                    weights,
                    Item::Sign("←"),
                    gradients,
                    Item::Bars(Self::bars(step)),
                ],
                vec![Item::Curve(self.curve(n_known)), Item::Text(say!(format!("training.about.{}", PARTS[part])))],
            ],
            equation: None,
            formulas: self.formulas(step, part),
            caption: self.caption(moment),
        }
    }

    fn linked(&self, _: usize, spot: Spot) -> Vec<Spot> {
        let names = [PICTURE].into_iter().chain(WEIGHTS).chain(GRADIENTS);
        names.filter(|name| *name != spot.grid).map(|name| Spot::new(name, spot.cell)).collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(grid) = self.grid(moment, spot.grid).filter(|grid| spot.cell < grid.cells.len()) else {
            return String::new();
        };
        let (title, at) = (&grid.title, place(grid.place(spot.cell)));
        if grid.n_known == Some(0) {
            return say!("training.tell-later", title = title, place = at);
        }
        say!("training.tell-cell", title = title, place = at, value = number(grid.cells[spot.cell].value))
    }
}
