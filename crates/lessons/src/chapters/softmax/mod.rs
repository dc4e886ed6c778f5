//! From scores to probabilities.

mod exercises;
mod shares;
mod stage;

pub use shares::{Form, Share, Shares};

use crate::inputs::{LAST_LAYER, last_layer};
use crate::keys;
use shares::loss;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Look, Matrix, Needs, Outline, Step, Trace, Watch, any_size, first_best, number, say};
use receptive_core::ops::softmax_forward;

/// The most classes that the stage has room for.
const MOST_CLASSES: usize = 10;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "softmax",
    params: &[
        Param::choice(keys::SHOW, &["terms", "temperature"]),
        Param::choice(keys::ON, &["small", "digit"]),
        Param::real(keys::T, 0.1, 5.0, 0.1, 1.0).more(),
        Param::real(keys::ADDED, -50.0, 50.0, 1.0, 0.0),
        Param::real(keys::SCALE, 0.1, 3.0, 0.1, 1.0),
        Param::choice(keys::FORM, &["stable", "naive"]).more().when(|settings| !is_along(settings)),
        Param::count(keys::TARGET, 0, MOST_CLASSES - 1, 0)
            .more()
            .at_most(|settings| n_typed(settings) - 1)
            .when(|settings| is_small(settings) && !is_along(settings)),
        Param::numbers(keys::LOGITS),
    ],
    needs: |settings| Needs {
        digit: !is_small(settings),
        network: (!is_small(settings)).then_some(LAST_LAYER),
        ..Needs::default()
    },
    next: &[
        ("overflow", "softmax?logits=100,101,102&form=naive"),
        ("stable", "softmax?logits=100,101,102"),
        ("cool", "softmax?show=temperature&t=0.3"),
        ("digit", "softmax?on=digit"),
        ("scores", "flatten?on=digit"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("share", shares_add_up).needs(&[TERMS, SMALL, STABLE]),
        Step::new("shift", shift_is_nothing).sets(&[keys::ADDED.name]).needs(&[STABLE]),
        Step::new("scale", scale_sharpens).more().sets(&[keys::SCALE.name]).needs(&[
            STABLE,
            Need::own(keys::LOGITS.name, can_move),
            Need::unless(keys::T.name, "1", |settings| settings.real(keys::T) >= 0.5),
            Need::unless(keys::SCALE.name, "1", |settings| settings.real(keys::SCALE) <= 2.0),
        ]),
        Step::new("overflow", overflows).more().sets(&[keys::FORM.name]).needs(&[
            TERMS,
            SMALL,
            STABLE,
            PLAIN_T,
            PLAIN_SCALE,
            Need::is(keys::ADDED.name, "0"),
        ]),
        Step::new("target", surprise_costs).sets(&[keys::TARGET.name]).needs(&[
            TERMS,
            SMALL,
            STABLE,
            Need::own(keys::LOGITS.name, |settings| settings.numbers(keys::LOGITS).is_none()),
        ]),
        Step::new("digit", network_is_sure).needs(&[
            TERMS,
            Need::is(keys::ON.name, "digit"),
            STABLE,
            PLAIN_T,
            PLAIN_SCALE,
        ]),
    ],
    exercises: &[
        Exercise::new("share", exercises::share),
        Exercise::new("change", exercises::change),
        Exercise::new("loss", exercises::loss_of),
        Exercise::more("overflow", exercises::overflow),
    ],
};

/// The logits of the small example.
const SMALL_LOGITS: [f32; 3] = [2.0, 1.0, 0.1];

const TERMS: Need = Need::is(keys::SHOW.name, "terms");
const SMALL: Need = Need::is(keys::ON.name, "small");
/// The form that never overflows.
const STABLE: Need = Need::is(keys::FORM.name, "stable");
const PLAIN_T: Need = Need::is(keys::T.name, "1");
const PLAIN_SCALE: Need = Need::is(keys::SCALE.name, "1");

/// True if a probability is left that a scale can still raise; of the network's that is not known beforehand.
fn can_move(settings: &Settings) -> bool {
    let typed = settings.numbers(keys::LOGITS).filter(|_| is_small(settings));
    let gain = settings.real(keys::SCALE) / settings.real(keys::T);
    typed.is_none_or(|typed| {
        let scaled: Vec<_> = typed.values.iter().map(|z| z * gain).collect();
        softmax(&scaled).into_iter().all(|p| p < 0.999)
    })
}

fn is_small(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "small"
}

/// True if the probabilities are drawn along the temperature.
fn is_along(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "temperature"
}

/// The number of classes of the small example, from 2 up.
fn n_typed(settings: &Settings) -> usize {
    settings.numbers(keys::LOGITS).map_or(SMALL_LOGITS.len(), |logits| logits.values.len()).max(2)
}

/// The logits that the settings choose, and the true class where it is known.
fn chosen(settings: &Settings, world: &World) -> Result<(Matrix, Option<usize>), Unavailable> {
    if is_small(settings) {
        let logits = settings.numbers(keys::LOGITS).cloned().unwrap_or_else(|| Matrix::new(1, 3, SMALL_LOGITS));
        let (n, target) = (logits.values.len(), settings.count(keys::TARGET));
        if logits.rows > 1 || !(2..=MOST_CLASSES).contains(&n) {
            return Err(Unavailable::Refused(say!("softmax.one-row", most = MOST_CLASSES)));
        }
        if target >= n {
            return Err(Unavailable::Refused(say!("softmax.no-class", target = target, last = n - 1)));
        }
        return Ok((logits, Some(target)));
    }
    let (digit, logits) = (world.digit()?, last_layer(world)?);
    let target = digit.class.map(usize::from).filter(|target| *target < logits.len());
    Ok((Matrix::new(1, logits.len(), logits), target))
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (logits, target) = chosen(settings, world)?;
    let change = [settings.real(keys::SCALE), settings.real(keys::ADDED), settings.real(keys::T)];
    let is_naive = settings.choice(keys::FORM) == "naive" && !is_along(settings);
    let form = if is_naive { Form::Naive } else { Form::Stable };
    let shares = Shares::new(logits.values.clone(), change, form);
    let is_whole = !is_small(settings) || settings.params().iter().any(|param| settings.differs(param.key));
    let typed = is_small(settings).then_some(logits);
    let mut trace = stage::SoftmaxTrace::new(shares, target, typed, is_along(settings))?;
    trace.is_whole = is_whole;
    Ok(Box::new(trace))
}

/// The engine's probabilities of the logits.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let mut p = vec![0.0; logits.len()];
    if !logits.is_empty() {
        softmax_forward(&mut p, logits, logits.len());
    }
    p
}

/// A probability in per cent.
fn percent(p: f32) -> String {
    match p {
        p if p.is_nan() => number(p),
        p if p > 0.0 && p < 5e-4 => "< 0.1 %".into(),
        p => format!("{} %", crate::decimals((p * 100.0).into(), 1)),
    }
}

/// The probabilities before and after the last change, when exactly these settings differ.
fn changed(watch: &Watch, keys: &[&str]) -> Option<[Vec<f32>; 2]> {
    let (before, now) = (watch.before()?, watch.now()?);
    let set = |look: &Look, wanted: bool| {
        let pairs = look.settings.pairs().into_iter();
        pairs.filter(|(key, _)| keys.contains(key) == wanted).collect::<Vec<_>>()
    };
    (set(before, true) != set(now, true) && set(before, false) == set(now, false)).then_some(())?;
    Some([before, now].map(|look| look.values(stage::PROBABILITIES)))
}

fn shares_add_up(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let p = look.values(stage::PROBABILITIES);
    let n = p.len();
    // The last share is the last moment; whoever comes there has all of them in view.
    let has_come = n > 0 && look.moments.len() > 1 && look.moments.contains(&(2 * n - 1));
    (has_come && p.iter().all(|p| p.is_finite()))
        .then(|| say!("softmax.found.share", n = n, sum = number(p.iter().sum())))
}

fn shift_is_nothing(watch: &Watch) -> Option<String> {
    let [old, new] = changed(watch, &[keys::ADDED.name])?;
    let most = old.iter().zip(&new).fold(0.0f32, |most, (old, new)| most.max((old - new).abs()));
    old.iter().chain(&new).all(|p| p.is_finite()).then_some(())?;
    let by = watch.now()?.settings.real(keys::ADDED) - watch.before()?.settings.real(keys::ADDED);
    let key = if most == 0.0 { "softmax.found.shift" } else { "softmax.found.shift-rounded" };
    (most < 1e-3).then(|| say!(key, n = new.len(), by = number(by), most = any_size(most)))
}

fn scale_sharpens(watch: &Watch) -> Option<String> {
    let [old, new] = changed(watch, &[keys::SCALE.name, keys::T.name])?;
    let best = first_best(&old);
    let (from, to) = (*old.get(best)?, *new.get(best)?);
    (from != to).then_some(())?;
    // A slider that is dragged changes often: the text says where it came from.
    let since = watch
        .changed_since(&[keys::SCALE.name, keys::T.name])
        .and_then(|[since, _]| since.values(stage::PROBABILITIES).get(best).copied());
    Some(say!("softmax.found.scale", class = best, from = number(since.unwrap_or(from)), to = number(to)))
}

fn overflows(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let (p, fed) = (look.values(stage::PROBABILITIES), look.values(stage::FED));
    let n_lost = p.iter().filter(|p| p.is_nan()).count();
    (n_lost > 0).then_some(())?;
    let largest = fed.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let key = if largest < 0.0 { "softmax.found.underflow" } else { "softmax.found.overflow" };
    let stable = softmax(&fed).into_iter().map(number).collect::<Vec<_>>().join(", ");
    Some(say!(key, z = number(largest), most = any_size(f32::MAX), n = n_lost, stable = stable))
}

fn surprise_costs(watch: &Watch) -> Option<String> {
    let [_, p] = changed(watch, &[keys::TARGET.name])?;
    let (old, new) = (watch.before()?.settings.count(keys::TARGET), watch.now()?.settings.count(keys::TARGET));
    let fed = watch.now()?.values(stage::FED);
    p.iter().all(|p| p.is_finite()).then_some(())?;
    let cost = |target: usize| (target < fed.len()).then(|| number(loss(&fed, target)));
    let [from, to] = [cost(old)?, cost(new)?];
    Some(say!("softmax.found.target", p = number(*p.get(new)?), from = from, to = to))
}

fn network_is_sure(watch: &Watch) -> Option<String> {
    // A temperature makes the network more or less sure than it is.
    let is_plain = |look: &&Look| look.settings.real(keys::T) == 1.0 && look.settings.real(keys::SCALE) == 1.0;
    let is_walked = |look: &&Look| !is_small(&look.settings) && look.moments.len() >= 2;
    let look = watch.now().filter(is_plain).filter(is_walked)?;
    let p = look.values(stage::PROBABILITIES);
    let best = first_best(&p);
    let even = 1.0 / p.len() as f32;
    Some(say!("softmax.found.digit", class = best, p = number(*p.get(best)?), n = p.len(), even = number(even)))
}
