//! The mean loss of a small batch, beside its accuracy.

use super::costs::{Costs, name};
use crate::formula::Formula;
use crate::scene::{Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::{Matrix, Trace, first_best, number, say};
use receptive_nn::Head;

const ANSWERS: &str = "answers";
/// Name of the grid of the losses.
pub(super) const LOSSES: &str = "losses";

/// What a network says of four images, three classes each, and their true classes.
const BATCH: [([f32; 3], usize); 4] =
    [([0.7, 0.2, 0.1], 0), ([0.3, 0.6, 0.1], 1), ([0.1, 0.1, 0.8], 2), ([0.4, 0.5, 0.1], 0)];

/// One moment for each image.
pub(super) struct BatchTrace {
    answers: Vec<Costs>,
}

impl BatchTrace {
    /// The batch by this loss.
    pub(super) fn new(head: Head) -> Self {
        Self { answers: BATCH.iter().map(|(p, target)| Costs::of(head, p, *target)).collect() }
    }

    fn image_at(&self, moment: usize) -> usize {
        moment.min(self.answers.len() - 1)
    }

    /// The mean loss.
    pub(super) fn mean(&self) -> f32 {
        self.answers.iter().map(Costs::total).sum::<f32>() / self.answers.len() as f32
    }

    fn is_right(answer: &Costs) -> bool {
        first_best(&answer.p) == answer.target
    }

    /// Images that are read right.
    pub(super) fn n_right(&self) -> usize {
        self.answers.iter().filter(|answer| Self::is_right(answer)).count()
    }

    fn grids(&self, image: usize) -> [Grid; 2] {
        let n = self.answers.len();
        let values: Vec<_> = self.answers.iter().flat_map(|answer| answer.scores().iter().copied()).collect();
        let title = if self.answers[0].reads_p() { say!("loss.probabilities") } else { say!("loss.logits") };
        let mut answers = Grid::of(ANSWERS, title, &Matrix::new(n, 3, values), Role::Activation);
        answers.detail = say!("loss.marked");
        answers.marked = self.answers.iter().enumerate().map(|(i, answer)| 3 * i + answer.target).collect();
        answers.frames = vec![[image, 0, 1, 3]];
        let losses: Vec<_> = self.answers.iter().map(Costs::total).collect();
        let losses = Grid::of(LOSSES, say!("loss.losses"), &Matrix::new(n, 1, losses), Role::Activation);
        [answers, Grid { n_known: Some(image + 1), ..losses.at(image) }]
    }
}

impl Trace for BatchTrace {
    fn n_moments(&self) -> usize {
        self.answers.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let (image, n) = (self.image_at(moment), self.answers.len());
        let answer = &self.answers[image];
        let term = |i: usize| Term {
            text: number(self.answers[i].total()),
            is_nothing: false,
            spot: Some(Spot::new(LOSSES, i)),
        };
        let is_whole = image + 1 == n;
        let so_far: f32 = self.answers[..=image].iter().map(Costs::total).sum();
        let equation = Equation {
            open: "(".into(),
            terms: (0..n).map(term).collect(),
            joint: " + ",
            close: format!(") / {n}"),
            n_shown: (!is_whole).then_some(image + 1),
            is_stepping: !is_whole,
            result: number(if is_whole { self.mean() } else { so_far }),
            is_rounded: false,
        };
        let (right, share) = (self.n_right(), number(self.n_right() as f32 / n as f32));
        let key = if Self::is_right(answer) { "loss.image-right" } else { "loss.image-wrong" };
        let caption = say!(
            key,
            image = image + 1,
            class = answer.target,
            p = number(answer.p[answer.target]),
            best = first_best(&answer.p),
            loss = number(answer.total())
        );
        let [answers, losses] = self.grids(image).map(Item::Grid);
        Scene {
            board: vec![vec![answers, Item::Sign("→"), losses], vec![Item::Text(say!("loss.batch-remark"))]],
            equation: Some(equation),
            formulas: vec![
                Formula::new(
                    "mean",
                    say!("loss.formula-mean", loss = name(answer.head)),
                    &format!(
                        "frac({}, {n}) = {}",
                        number(self.answers.iter().map(Costs::total).sum()),
                        number(self.mean())
                    ),
                ),
                Formula::new("accuracy", say!("loss.formula-accuracy"), &format!("frac({right}, {n}) = {share}")),
            ],
            caption,
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        match spot.grid {
            ANSWERS => vec![Spot::new(LOSSES, spot.cell / 3)],
            LOSSES => (0..3).map(|class| Spot::new(ANSWERS, 3 * spot.cell + class)).collect(),
            _ => vec![],
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let image = if spot.grid == ANSWERS { spot.cell / 3 } else { spot.cell };
        let Some(answer) = self.answers.get(image) else { return String::new() };
        match spot.grid {
            ANSWERS => {
                let (class, score) = (spot.cell % 3, number(answer.scores()[spot.cell % 3]));
                say!("loss.tell-answer", image = image + 1, class = class, score = score)
            }
            LOSSES => say!("loss.tell-loss", image = image + 1, class = answer.target, loss = number(answer.total())),
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == LOSSES && spot.cell < self.answers.len()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(LOSSES, self.image_at(moment)))
    }
}
