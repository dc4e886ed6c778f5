//! The stage: a curve, or a surface, with the path on it.

use super::path::{DATA, Descent, N_STEPS, Stop, batch_size, landscape, steps_per_epoch};
use crate::arithmetic::sign;
use crate::formula::Formula;
use crate::landscape::Landscape;
use crate::scene::{Curve, Grid, Item, Line, Path, Role, Scene, Spot, Surface, Table};
use crate::settings::Settings;
use crate::{Matrix, Trace, factor, four_digits, grouped, keys, number, say};
use std::rc::Rc;

/// Name of the path, on the surface and in the table.
const PATH: &str = "path";
/// Name of the path with all the data at each step.
const ALL: &str = "path-all";
const STEPS: &str = "steps";
const POINTS: &str = "data";
/// Ends of the axes: across, up.
const REACH: f32 = 3.0;
/// The same where a line is fitted.
const FITTED: [f32; 4] = [-1.5, 4.5, -2.5, 3.5];
/// The length of the tangent on either side of its point.
const TANGENT: f32 = 0.7;
/// A gradient below this moves nothing that is seen.
const FLAT: f64 = 2e-3;
/// Images of MNIST, and sizes of batches as they are usually chosen.
const N_IMAGES: usize = 60_000;
const BATCHES: [usize; 5] = [1, 8, 32, 256, N_IMAGES];
const N_EPOCHS: usize = 5;

/// A path on what it goes down.
pub(super) struct Stage {
    show: &'static str,
    /// The name of the curve or surface in the texts.
    shape: &'static str,
    landscape: Landscape,
    path: Descent,
    /// The surface with its whole paths; none for one weight.
    surface: Option<Surface>,
    batch_size: usize,
}

impl Stage {
    /// The path on the loss that the settings choose.
    pub(super) fn new(settings: &Settings) -> Self {
        let show = settings.choice(keys::SHOW);
        let (landscape, path) = (landscape(settings), Descent::chosen(settings));
        let batch_size = batch_size(settings);
        let is_part = show == "data" && batch_size < DATA.len();
        let shape = match show {
            "one" => settings.choice(keys::CURVE),
            "two" => settings.choice(keys::SURFACE),
            _ => settings.choice(keys::BATCH),
        };
        let of =
            |name, title, descent: &Descent| Path { name, title, points: Rc::new(descent.points()), n_known: None };
        let surface = (show != "one").then(|| {
            let range = if show == "two" { [-REACH, REACH, -REACH, REACH] } else { FITTED };
            let mut paths = vec![of(PATH, say!(format!("descent.path.{show}")), &path)];
            if is_part {
                paths.push(of(ALL, say!("descent.path.all"), &Descent::of_all(settings)));
            }
            Surface {
                name: "surface",
                title: say!(format!("descent.heading.{show}")),
                axes: [0, 1].map(|i| weight(show, i)),
                measure: say!("descent.loss"),
                paths,
                ..landscape.surface(range)
            }
        });
        Self { show, shape, landscape, path, surface, batch_size }
    }

    fn stop(&self, moment: usize) -> (usize, &Stop) {
        let at = moment.min(self.path.stops.len() - 1);
        (at, &self.path.stops[at])
    }

    fn curve(&self, at: usize) -> Curve {
        const N_POINTS: i32 = 120;
        let place = |i: i32| REACH * i as f32 / (N_POINTS / 2) as f32;
        let loss = |w: f32| self.landscape.value([w.into(), 0.0]) as f32;
        let points: Vec<_> = (-N_POINTS / 2..=N_POINTS / 2).map(|i| [place(i), loss(place(i))]).collect();
        let (low, high) = points.iter().fold((0.0f32, 0.0f32), |(l, h), [_, y]| (l.min(*y), h.max(*y)));
        let inside = |[w, loss, _]: [f32; 3]| [w.clamp(-REACH, REACH), loss];
        let way = self.path.points().into_iter().take(at + 1).map(|[w, _, loss]| inside([w, loss, 0.0])).collect();
        let stop = &self.path.stops[at];
        let [w, loss_here, slope] = [stop.at[0], stop.loss, stop.gradient[0]].map(|part| part as f32);
        let ends = [w - TANGENT, w + TANGENT].map(|x| x.clamp(-REACH, REACH));
        let tangent = ends.map(|x| [x, loss_here + slope * (x - w)]).to_vec();
        let line = |key: &str, points, is_dashed| Line { title: say!(format!("descent.{key}")), points, is_dashed };
        Curve {
            name: "curve",
            title: say!("descent.heading.one"),
            axes: [weight("one", 0), say!("descent.loss")],
            range: [-REACH, REACH, low.floor(), high.ceil()],
            lines: vec![line("loss", points, false), line("way", way, false), line("tangent", tangent, true)],
            handle: (w.abs() <= REACH).then_some((w, loss_here, keys::W.name)),
        }
    }

    /// The points known by a moment, as a table.
    fn table(&self, at: usize) -> Table {
        let row = |(i, stop): (usize, &Stop)| {
            let numbers = [stop.at[0], stop.loss, stop.gradient[0]].map(|part| four_digits(part as f32));
            std::iter::once(i.to_string()).chain(numbers).collect()
        };
        Table {
            name: STEPS,
            title: say!("descent.table"),
            head: vec![say!("common.step"), weight("one", 0), say!("descent.loss"), say!("descent.gradient")],
            rows: self.path.stops[..=at].iter().enumerate().map(row).collect(),
            now: Some(at),
        }
    }

    /// The data, with this step's batch marked.
    fn data(&self, stop: &Stop) -> Grid {
        let n = DATA.len();
        let values: Vec<_> = (0..2 * n).map(|cell| DATA[cell % n][cell / n] as f32).collect();
        let marked = stop.batch.iter().flat_map(|&i| [i, i + n]).collect();
        let mut grid = Grid::of(POINTS, say!("descent.data"), &Matrix::new(2, n, values), Role::Activation);
        grid.detail.clear();
        Grid { marked, ..grid }
    }

    /// Steps in an epoch for batches of different sizes.
    fn counting() -> Table {
        let row = |&batch: &usize| {
            let steps = N_IMAGES.div_ceil(batch);
            [batch, steps, steps * N_EPOCHS].map(|n| grouped(n as u64)).to_vec()
        };
        Table {
            name: "counting",
            title: say!("descent.counting", n = grouped(N_IMAGES as u64)),
            head: vec![say!("descent.batch"), say!("descent.per-epoch"), say!("descent.per-run", n = N_EPOCHS)],
            rows: BATCHES.iter().map(row).collect(),
            now: None,
        }
    }

    fn formulas(&self, at: usize) -> Vec<Formula> {
        if at + 1 >= self.path.stops.len() {
            return vec![];
        }
        let (stop, next) = (&self.path.stops[at], &self.path.stops[at + 1]);
        let n = if self.show == "one" { 1 } else { 2 };
        let formula = |i: usize| {
            let [w, gradient, after] = [stop.at[i], stop.gradient[i], next.at[i]].map(|part| part as f32);
            let change = format!("{} − {}·{}", number(w), number(self.path.rate as f32), factor(gradient));
            let after = number(after);
            let notation = format!("{change} {} {after}", sign(&change, &after));
            Formula::new(["first", "second"][i], say!("descent.after", weight = weight(self.show, i)), &notation)
        };
        (0..n).map(formula).collect()
    }

    fn caption(&self, moment: usize) -> String {
        let (at, stop) = self.stop(moment);
        let size = stop.gradient.iter().map(|part| part * part).sum::<f64>().sqrt();
        let loss = four_digits(stop.loss as f32);
        let gradient = four_digits(if self.show == "one" { stop.gradient[0] } else { size } as f32);
        let is_last = at + 1 == self.path.stops.len();
        let way = if stop.gradient[0] > 0.0 { say!("descent.left") } else { say!("descent.right") };
        let where_to = match self.show {
            "one" => say!("descent.tell.one", step = at, loss = loss, gradient = gradient, way = way),
            "two" => say!("descent.tell.two", step = at, loss = loss, gradient = gradient),
            _ => {
                let n = steps_per_epoch(self.batch_size);
                let (epoch, iteration) = (at / n + 1, at % n + 1);
                say!("descent.tell.data", step = at, loss = loss, epoch = epoch, iteration = iteration, n = n)
            }
        };
        let key = match (is_last, self.path.is_lost, size < FLAT) {
            (true, true, _) => "lost",
            (_, _, true) if self.show != "data" => "flat",
            (true, ..) => "under-way",
            _ => return where_to,
        };
        let rate = number(self.path.rate as f32);
        format!("{where_to} {}", say!(format!("descent.end.{key}"), n = N_STEPS, rate = rate))
    }
}

/// The name of a weight.
fn weight(show: &str, i: usize) -> String {
    say!(format!("descent.weight.{show}-{i}"))
}

impl Trace for Stage {
    fn n_moments(&self) -> usize {
        self.path.stops.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let (at, stop) = self.stop(moment);
        let about = Item::Text(say!(format!("descent.about.{}-{}", self.show, self.shape)));
        let board = match &self.surface {
            None => vec![vec![Item::Curve(self.curve(at)), about], vec![Item::Table(self.table(at))]],
            Some(surface) => {
                let mut surface = surface.clone();
                surface.now = Some(Spot::new(PATH, at));
                surface.paths.iter_mut().for_each(|path| path.n_known = Some(at + 1));
                if self.show == "two" {
                    vec![vec![Item::Surface(surface), about]]
                } else {
                    let beside = vec![Item::Grid(self.data(stop)), about];
                    vec![
                        vec![Item::Surface(surface), Item::Column(beside)],
                        vec![Item::Table(Self::counting()), Item::Text(say!("descent.about.counting"))],
                    ]
                }
            }
        };
        Scene { board, equation: None, formulas: self.formulas(at), caption: self.caption(moment) }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let n = DATA.len();
        match spot.grid {
            POINTS if spot.cell < 2 * n => {
                let (i, [x, y]) = (spot.cell % n, DATA[spot.cell % n].map(|part| number(part as f32)));
                let key = if self.stop(moment).1.batch.contains(&i) { "descent.point-in" } else { "descent.point" };
                say!(key, i = i + 1, x = x, y = y)
            }
            STEPS => self.caption(spot.cell),
            _ => self.surface.as_ref().map(|surface| surface.describe(spot)).unwrap_or_default(),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let n = DATA.len();
        match spot.grid {
            POINTS => vec![Spot::new(POINTS, (spot.cell + n) % (2 * n))],
            PATH => {
                let batch = &self.stop(moment.min(spot.cell)).1.batch;
                batch.iter().filter(|_| spot.cell == moment).map(|&i| Spot::new(POINTS, i)).collect()
            }
            _ => vec![],
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        let is_path = self.surface.is_some() && spot.grid == PATH || spot.grid == STEPS;
        (is_path && spot.cell < self.path.stops.len()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.surface.as_ref().map(|_| Spot::new(PATH, self.stop(moment).0))
    }
}
