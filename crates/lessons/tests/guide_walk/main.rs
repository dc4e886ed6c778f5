//! Every step of every chapter's guide, done as a learner would: in order, in reverse, and from settings drawn at random.
//! What a step needs is set on request; that does no step, and what follows does that step and no other.

mod actions;
mod learner;

use actions::{Action, Hand, actions};
use learner::Learner;
use receptive_core::Rng;
use receptive_lessons::host::Host;
use receptive_lessons::scene::Spot;
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::{Digit, LabCourse, Network, World};
use receptive_lessons::{Chapter, Matrix, chapters};
use receptive_nn::{Inspection, Origin, Parameters, Preset, Schedule};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Steps on whose way another is done in truth: a kernel is added so that each channel has its own; a kernel grows.
const ALSO: &[(&str, &str, &str)] = &[("volumes", "depthwise", "kernels"), ("kernel-size", "digit", "grow")];

/// A digit of strokes that are grey at their edges, and an untrained network that has seen it.
fn world() -> World {
    let ink = |i: usize| match [i / 28, i % 28] {
        [8..20, 12..15] => 0.9,
        [8..20, 11 | 15] => 0.4,
        _ => 0.0,
    };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let spec = Preset::Small.spec();
    let parameters = Parameters::init(&spec, 7).unwrap();
    let values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "a one".into(), class: Some(1) };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        course: Some(Rc::new(LabCourse {
            schedule: Schedule { warm_up: 0.1, ..Schedule::LINEAR },
            rate: 0.002,
            n_steps: 1000,
            iteration: 300,
            measured: vec![(250, 0.5)],
        })),
        ..World::default()
    }
}

/// Does a step, and sees that it does that step, and no other.
fn walk(learner: &mut Learner, step: usize, action: Action) {
    let what = format!("{} {}", learner.chapter.key, learner.chapter.steps[step].key);
    let was = learner.done();
    let from = learner.settings.pairs();
    learner.begin(step);
    assert_eq!(learner.done(), was, "{what}: setting up is no doing, from {from:?}");
    let begun = learner.settings.pairs();
    if !was[step] {
        assert_eq!(learner.guidance.steps[step].needs, None, "{what}: it needs more, from {from:?} at {begun:?}");
    }
    action(learner);
    let mut wanted = was;
    wanted[step] = true;
    for (chapter, step, also) in ALSO
        .iter()
        .filter(|(chapter, key, _)| (*chapter, *key) == (learner.chapter.key, learner.chapter.steps[step].key))
    {
        let also = learner
            .chapter
            .steps
            .iter()
            .position(|step| step.key == *also)
            .unwrap_or_else(|| panic!("{chapter} {step}"));
        wanted[also] |= learner.done()[also];
    }
    let is_done = learner.done();
    assert!(
        is_done[step],
        "{what} is not done, from {from:?}, begun at {begun:?}, ended at {:?}",
        learner.settings.pairs()
    );
    assert_eq!(is_done, wanted, "{what}: another step is done too, from {from:?}");
    let answer = learner.guidance.steps[step].answer.clone().unwrap_or_default();
    assert!(!answer.is_empty() && !answer.contains(['⟦', '{']), "{what}: “{answer}”");
}

#[test]
fn every_step_has_a_deed() {
    for chapter in chapters::ALL {
        let keys: Vec<_> = actions(chapter).iter().map(|(key, _)| *key).collect();
        assert!(chapter.steps.iter().map(|step| step.key).eq(keys), "{}", chapter.key);
    }
}

#[test]
fn a_step_names_the_settings_that_do_it_and_they_are_there() {
    let world = world();
    in_every_chapter(|chapter| {
        for (i, step) in chapter.steps.iter().enumerate() {
            let what = format!("{} {}", chapter.key, step.key);
            let mut turned = BTreeSet::new();
            for (way, action) in actions(chapter)[i].1.iter().enumerate() {
                let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
                learner.begin(i);
                assert!(learner.guidance.steps[i].sets.iter().eq(step.sets), "{what}");
                for key in step.sets {
                    let param = chapter.params.iter().find(|param| param.key == *key);
                    assert!(param.is_some_and(|param| (param.shown)(&learner.settings)), "{what}: no {key}");
                }
                learner.turned.clear();
                action(&mut learner);
                let is_named = learner.turned.iter().all(|key| step.sets.contains(&key.as_str()));
                assert!(way > 0 || is_named, "{what}: {:?} of {:?}", learner.turned, step.sets);
                turned.append(&mut learner.turned);
            }
            for key in step.sets {
                assert!(turned.contains(*key), "{what}: {key} does nothing");
            }
        }
    });
}

/// Walks through every chapter, and reports all that fail.
fn in_every_chapter(walk: impl Fn(&'static Chapter)) {
    let is_lost = |chapter: &&'static Chapter| catch_unwind(AssertUnwindSafe(|| walk(chapter))).is_err();
    let lost: Vec<_> = chapters::ALL.iter().copied().filter(is_lost).map(|chapter| chapter.key).collect();
    assert_eq!(lost, [""; 0]);
}

#[test]
fn every_step_can_be_done_in_order() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        for (step, (_, actions)) in actions(chapter).iter().enumerate() {
            // The guide leads from one to the next.
            assert_eq!(learner.guidance.now, Some(step), "{}", chapter.key);
            walk(&mut learner, step, actions[0]);
        }
        assert_eq!(learner.guidance.now, None);
    });
}

#[test]
fn every_step_can_be_done_in_reverse() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        for (step, (_, actions)) in actions(chapter).iter().enumerate().rev() {
            walk(&mut learner, step, actions[actions.len() - 1]);
        }
    });
}

#[test]
fn every_step_can_be_done_from_anywhere_in_any_way() {
    let world = world();
    in_every_chapter(|chapter| {
        let mut rng = Rng::new(12);
        let mut n_walked = 0;
        while n_walked < 24 {
            let Some(mut learner) = Learner::at(chapter, &world, &random_settings(chapter, &mut rng)) else { continue };
            n_walked += 1;
            // What was done before, and where, is anybody's guess.
            let mut order: Vec<_> = (0..chapter.steps.len()).collect();
            rng.shuffle(&mut order);
            for (i, step) in order.into_iter().enumerate() {
                if i % 2 == 1 {
                    wander(&mut learner, &mut rng);
                }
                let ways = actions(chapter)[step].1;
                if learner.done()[step] {
                    continue;
                }
                walk(&mut learner, step, ways[rng.below(ways.len() as u32) as usize]);
            }
        }
    });
}

/// Turns a control at random and goes to a moment at random.
fn wander(learner: &mut Learner, rng: &mut Rng) {
    let other = random_settings(learner.chapter, rng);
    let params: Vec<_> = learner.chapter.params.iter().filter(|param| (param.shown)(&learner.settings)).collect();
    let param = params[rng.below(params.len() as u32) as usize];
    let text = other.pairs().into_iter().find(|(key, _)| *key == param.key).map(|(_, text)| text);
    let kept = learner.settings.clone();
    text.iter().for_each(|text| learner.set(param.key, text));
    if learner.shown.pairs() != learner.settings.pairs() {
        // What cannot be is taken back.
        learner.change(kept);
    }
    learner.go(rng.below(learner.stage.n_moments as u32) as usize);
}

fn random_settings(chapter: &Chapter, rng: &mut Rng) -> Settings {
    let mut settings = chapter.settings();
    for param in chapter.params {
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(low + rng.below((high - low + 1) as u32) as usize),
            Kind::Real { low, high, step, .. } => Value::Real((rng.range(low, high) / step).round() * step),
            Kind::Choice(options) => Value::Choice(options[rng.below(options.len() as u32) as usize]),
            Kind::Numbers | Kind::Text => continue,
        };
        settings.set(param.key, value);
    }
    settings
}

#[test]
fn a_stage_that_was_opened_or_set_up_as_a_step_asks_does_not_do_it() {
    let world = world();
    for (chapter, link) in [
        ("kernel-size", "f=1"),
        ("padding", "mode=same&border=replicate"),
        ("images", "levels=4"),
        ("pooling", "kind=global"),
        ("slips", "slip=cross-entropy-3&shown=told"),
        ("stride", "stride=3"),
    ] {
        let chapter = Chapter::find(chapter).unwrap();
        let settings = link.split('&').fold(chapter.settings(), |settings, pair| {
            let (key, value) = pair.split_once('=').unwrap();
            settings.with(key, value)
        });
        let opened = Learner::at(chapter, &world, &settings).unwrap();
        assert!(opened.done().iter().all(|done| !done), "{link}: {:?}", opened.done());
        assert!(opened.guidance.steps.iter().any(|step| step.needs.is_some()), "{link}");
        // The same by a link while the chapter is open, when it is more than one turn at a control.
        let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
        learner.change(settings.clone());
        let is_leap = settings.pairs().len() > 1;
        assert_eq!(learner.done().iter().any(|done| *done), !is_leap, "{link}: {:?}", learner.done());
    }
}

#[test]
fn after_a_step_comes_the_next_that_is_not_done_and_what_was_left_out_at_the_end() {
    let world = world();
    let chapter = &chapters::convolution::CHAPTER;
    let mut learner = Learner::at(chapter, &world, &chapter.settings()).unwrap();
    let mut do_step = |step: usize| {
        walk(&mut learner, step, actions(chapter)[step].1[0]);
        learner.guidance.now
    };
    assert_eq!([0, 2, 3].map(&mut do_step), [Some(1), Some(3), Some(4)]);
    assert_eq!([4, 5].map(&mut do_step), [Some(5), Some(1)]);
    assert_eq!(do_step(1), None);
}

#[test]
fn answers_follow_what_the_learner_does_and_ticks_stay() {
    let world = world();
    let answer = |learner: &Learner, step: usize| learner.guidance.steps[step].answer.clone().unwrap_or_default();
    let mut learner =
        Learner::at(Chapter::find("images").unwrap(), &world, &chapters::images::CHAPTER.settings()).unwrap();
    for cell in 8..14 {
        learner.type_in("input", cell, 7.0);
    }
    assert!(answer(&learner, 1).contains("6 of 64"), "{}", answer(&learner, 1));
    for levels in ["8", "6", "3"] {
        learner.set("levels", levels);
        assert!(answer(&learner, 2).starts_with(levels), "{}", answer(&learner, 2));
    }
    learner.set("levels", "200");
    assert!(learner.done()[2] && answer(&learner, 2).starts_with('3'));
    let mut learner =
        Learner::at(Chapter::find("counts").unwrap(), &world, &chapters::counts::CHAPTER.settings()).unwrap();
    for kernels in ["27", "26", "25"] {
        learner.set("kernels", kernels);
    }
    let text = answer(&learner, 1);
    assert!(text.is_empty() || text.contains("25 kernels"), "{text}");
}

#[test]
fn what_a_change_did_is_marked_on_the_whole_map_until_the_time_line_moves() {
    let world = world();
    let chapter = &chapters::padding::CHAPTER;
    let mut learner = Learner::at(chapter, &world, &chapter.settings().with("mode", "same")).unwrap();
    assert_eq!(learner.grid("output").n_known, Some(1));
    learner.set("border", "replicate");
    let marked = learner.grid("output").clone();
    let value = |border: &str| {
        let settings = chapter.settings().with("mode", "same").with("border", border);
        let trace = (chapter.trace)(&settings, &world).unwrap();
        trace.scene(0).grid("output").unwrap().values()
    };
    let (old, new) = (value("zeros"), value("replicate"));
    let differing: Vec<_> = (0..old.len()).filter(|&i| old[i] != new[i]).collect();
    assert!(!differing.is_empty() && differing.len() < old.len());
    assert_eq!((marked.n_known, marked.changed), (None, Some(differing.clone())));
    assert!(marked.detail.contains(&differing.len().to_string()), "{}", marked.detail);
    // The words of a marked cell are not those of one that is still unknown.
    let description = learner.host.describe(learner.stage.id, 0, Spot::new("output", 24)).unwrap();
    assert!(description.contains('='), "{description}");
    learner.go(1);
    assert_eq!((learner.grid("output").n_known, learner.grid("output").changed.clone()), (Some(2), None));
    // A link to another place is no change of a border.
    learner.change(chapter.settings().with("f", "5"));
    assert!(learner.grid("output").changed.is_none());
}

#[test]
fn steps_done_at_another_time_stay_done_without_an_answer() {
    let chapter = &chapters::padding::CHAPTER;
    let mut host = Host::default();
    let done = vec!["same".to_string(), "gone".to_string()];
    let plan = host.begin(chapter.position(), &done).unwrap();
    assert_eq!(plan.guide.now, Some(0));
    let steps: Vec<_> = plan.guide.steps.iter().filter(|step| step.is_done).collect();
    assert!(steps.len() == 1 && steps[0].key == "same" && steps[0].answer.is_none());
}
