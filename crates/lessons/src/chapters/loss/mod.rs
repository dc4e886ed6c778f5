//! Losses: one number for how wrong an answer is, and how each loss comes to it.

mod batch;
mod costs;
mod curves;
mod exercises;
mod terms;

pub use costs::Costs;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::inputs::{LAST_LAYER, last_layer};
use crate::keys;
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Matrix, Needs, Outline, Step, Trace, Watch, number, say};
use batch::BatchTrace;
use costs::{LOSSES, head, name, of_two};
use curves::CurvesTrace;
use terms::TermsTrace;

/// The most classes that the stage has room for.
const MOST_CLASSES: usize = 10;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "loss",
    params: &[
        Param::choice(keys::SHOW, &["terms", "batch", "curves"]),
        Param::choice(keys::ON, &["small", "digit"]).when(is_terms),
        Param::choice(keys::EXAMPLE, &["three", "ten"]).when(|settings| is_terms(settings) && !is_live(settings)),
        Param::choice(keys::CRITERION, LOSSES),
        Param::real(keys::P, 0.02, 0.98, 0.01, 0.6).when(|settings| settings.choice(keys::SHOW) == "curves"),
        Param::count(keys::TARGET, 0, MOST_CLASSES - 1, 1)
            .more()
            .at_most(|settings| small(settings).values.len().max(2) - 1)
            .when(|settings| is_terms(settings) && !is_live(settings)),
        Param::numbers(keys::PROBABILITIES),
    ],
    needs: |settings| Needs {
        digit: is_live(settings),
        network: is_live(settings).then_some(LAST_LAYER),
        ..Needs::default()
    },
    next: &[
        ("ten", "loss?example=ten&target=7"),
        ("squared", "loss?criterion=squared"),
        ("curves", "loss?show=curves&p=0.05"),
        ("digit", "loss?on=digit"),
        ("slip", "slips?slip=cross-entropy-3"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("walk", one_counts).needs(&[TERMS, SMALL, CROSS_ENTROPY, A_CLASS]),
        Step::new("other", another_loss).sets(&[keys::CRITERION.name]).needs(&[TERMS, SMALL, A_CLASS]),
        Step::new("batch", mean_of_batch).needs(&[Need::is(keys::SHOW.name, "batch")]),
        Step::new("unsure", surprise_grows).sets(&[keys::P.name]).needs(&[CURVES, CROSS_ENTROPY]),
        Step::new("flat", accuracy_is_flat).sets(&[keys::P.name]).needs(&[CURVES]),
        Step::new("digit", of_the_digit).needs(&[TERMS, Need::is(keys::ON.name, "digit"), CROSS_ENTROPY]),
    ],
    exercises: &[
        Exercise::new("mean", exercises::mean),
        Exercise::new("guess", exercises::guess),
        Exercise::new("nudge", exercises::nudge),
        Exercise::new("steepest", exercises::steepest),
    ],
};

const TERMS: Need = Need::is(keys::SHOW.name, "terms");
const CURVES: Need = Need::is(keys::SHOW.name, "curves");
const SMALL: Need = Need::is(keys::ON.name, "small");
/// The true class is one of those that there are.
const A_CLASS: Need =
    Need::unless(keys::TARGET.name, "1", |settings| settings.count(keys::TARGET) < small(settings).values.len());
const CROSS_ENTROPY: Need = Need::is(keys::CRITERION.name, "cross-entropy");

fn is_terms(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "terms"
}

fn is_live(settings: &Settings) -> bool {
    is_terms(settings) && settings.choice(keys::ON) == "digit"
}

/// The probabilities of the small example: typed ones, or those of the lectures.
fn small(settings: &Settings) -> Matrix {
    let example: &[f32] = match settings.choice(keys::EXAMPLE) {
        "ten" => &[0.1, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.3, 0.05, 0.05],
        _ => &[0.3, 0.6, 0.1],
    };
    let Some(typed) = settings.numbers(keys::PROBABILITIES) else { return Matrix::new(1, example.len(), example) };
    // Whoever types one number need not change the others so that they add up to 1.
    let sum: f32 = typed.values.iter().sum();
    let shares: Vec<_> = typed.values.iter().map(|value| value / sum).collect();
    Matrix::new(typed.rows, typed.columns, shares)
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let head = head(settings.choice(keys::CRITERION));
    match settings.choice(keys::SHOW) {
        "batch" => return Ok(Box::new(BatchTrace::new(head))),
        "curves" => return Ok(Box::new(CurvesTrace { head, p: settings.real(keys::P) })),
        _ => {}
    }
    if is_live(settings) {
        let (digit, logits) = (world.digit()?, last_layer(world)?);
        let target = digit.class.map(usize::from).filter(|target| *target < logits.len());
        let target = target.ok_or_else(|| Unavailable::Refused(say!("loss.no-label")))?;
        return Ok(Box::new(TermsTrace {
            costs: Costs::new(head, logits, target),
            is_live: true,
            typed: None,
            is_divided: false,
        }));
    }
    let p = small(settings);
    let (n, target) = (p.values.len(), settings.count(keys::TARGET));
    if p.rows > 1 || !(2..=MOST_CLASSES).contains(&n) {
        return Err(Unavailable::Refused(say!("loss.one-row", most = MOST_CLASSES)));
    }
    if target >= n {
        return Err(Unavailable::Refused(say!("loss.no-class", target = target, last = n - 1)));
    }
    if !p.values.iter().all(|p| *p > 0.0) {
        return Err(Unavailable::Refused(say!("loss.no-shares")));
    }
    let costs = Costs::of(head, &p.values, target);
    let is_divided = settings.numbers(keys::PROBABILITIES).is_some();
    Ok(Box::new(TermsTrace { costs, is_live: false, typed: Some(p), is_divided }))
}

/// The costs of the small example in these settings.
fn costs(settings: &Settings) -> Costs {
    Costs::of(head(settings.choice(keys::CRITERION)), &small(settings).values, settings.count(keys::TARGET))
}

fn one_counts(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_terms(&look.settings) && !is_live(&look.settings))?;
    let costs = costs(&look.settings);
    let has_come = look.moments.len() > 1 && look.moments.contains(&(costs.n() - 1));
    (has_come && !costs.is_mean()).then(|| {
        let (p, total) = (number(costs.p[costs.target]), number(costs.total()));
        say!("loss.found.walk", n = costs.n() - 1, p = p, total = total)
    })
}

fn another_loss(watch: &Watch) -> Option<String> {
    let [old, now] = watch.changed(&[keys::CRITERION.name])?;
    (is_terms(&now.settings) && !is_live(&now.settings)).then_some(())?;
    let [old, new] = [old, now].map(|look| costs(&look.settings));
    let [from, to] = [&old, &new].map(|costs| number(costs.total()));
    Some(say!("loss.found.other", old = name(old.head), new = name(new.head), from = from, to = to))
}

fn mean_of_batch(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.settings.choice(keys::SHOW) == "batch")?;
    let batch = BatchTrace::new(head(look.settings.choice(keys::CRITERION)));
    let n = batch.n_moments();
    let has_come = look.moments.len() > 1 && look.moments.contains(&(n - 1));
    has_come.then(|| say!("loss.found.batch", n = n, mean = number(batch.mean()), right = batch.n_right()))
}

/// The probabilities before and after the point on the curves was moved.
fn moved(watch: &Watch) -> Option<[f32; 2]> {
    let [old, now] = watch.changed(&[keys::P.name])?;
    (now.settings.choice(keys::SHOW) == "curves").then(|| [old, now].map(|look| look.settings.real(keys::P)))
}

fn surprise_grows(watch: &Watch) -> Option<String> {
    let [_, p] = moved(watch)?;
    let look = watch.now()?;
    (p <= 0.1 && look.settings.choice(keys::CRITERION) == "cross-entropy").then_some(())?;
    let curves = CurvesTrace { head: head("cross-entropy"), p };
    let change = number(curves.change(|p| of_two(curves.head, p)));
    let squared = number(curves.change(|p| of_two(head("squared"), p)));
    Some(say!("loss.found.unsure", p = number(p), change = change, by = number(curves::NUDGE), squared = squared))
}

fn accuracy_is_flat(watch: &Watch) -> Option<String> {
    let [old, new] = moved(watch)?;
    let head = head(watch.now()?.settings.choice(keys::CRITERION));
    (old != new && costs::is_wrong(old) == costs::is_wrong(new)).then(|| {
        let [from, to] = [old, new].map(|p| number(of_two(head, p)));
        say!("loss.found.flat", old = number(old), new = number(new), loss = name(head), from = from, to = to)
    })
}

fn of_the_digit(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_live(&look.settings) && look.moments.len() >= 2)?;
    let parts = look.scene.grid(terms::PARTS)?;
    let loss: f32 = look.values(terms::PARTS).iter().sum();
    let (n, is_plain) = (parts.cells.len(), look.settings.choice(keys::CRITERION) == "cross-entropy");
    is_plain.then(|| {
        let guess = head("cross-entropy").guess(n);
        say!("loss.found.digit", loss = number(loss), n = n, guess = number(guess))
    })
}
