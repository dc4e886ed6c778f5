//! Courses against the rates of their formulas.

use super::{Course, Plateau, Schedule};
use alloc::vec::Vec;

fn close(got: f32, want: f64) -> bool {
    (f64::from(got) - want).abs() <= 1e-6 * want.abs().max(1e-6)
}

#[test]
fn a_linear_schedule_starts_at_the_rate_and_ends_one_step_above_zero() {
    let rates = [0, 1, 2, 3].map(|step| Schedule::LINEAR.rate(0.4, step, 4));
    assert_eq!(rates, [0.4, 0.3, 0.2, 0.1].map(|rate: f32| rate));
    assert_eq!(Schedule::CONSTANT.rate(0.4, 3, 4), 0.4);
    assert_eq!(Schedule::LINEAR.rate(0.4, 9, 4), 0.0);
}

#[test]
fn each_course_goes_through_the_rates_of_its_formula() {
    let rate = |course: Course, step| Schedule::plain(course).rate(0.8, step, 8);
    // Stairs of two steps each.
    let stairs = [0.8, 0.8, 0.08, 0.08, 0.008, 0.008, 0.0008, 0.0008];
    for (step, want) in stairs.into_iter().enumerate() {
        assert!(close(rate(Course::Step { factor: 0.1, stairs: 4 }, step as u32), want), "stair {step}");
    }
    // A half of the way: the root of the factor, and the middle of the wave.
    assert!(close(rate(Course::Exponential { factor: 0.01 }, 4), 0.08));
    assert!(close(rate(Course::Cosine, 4), 0.4));
    assert!(close(rate(Course::Cosine, 2), 0.4 * (1.0 + 0.5_f64.sqrt())));
    assert!(close(rate(Course::Cosine, 0), 0.8));
}

#[test]
fn one_cycle_rises_for_three_tenths_and_falls_to_almost_nothing() {
    let rate = |step| Schedule::plain(Course::OneCycle).rate(0.5, step, 100);
    assert!(close(rate(0), 0.02) && close(rate(15), 0.26) && close(rate(30), 0.5), "{} {}", rate(0), rate(15));
    assert!(close(rate(65), (0.5 + 2e-6) / 2.0), "{}", rate(65));
    assert!(rate(99) > 0.0 && rate(99) < 0.001);
}

#[test]
fn a_warm_up_rises_in_a_line_to_where_the_course_begins() {
    let schedule = Schedule { warm_up: 0.375, ..Schedule::LINEAR };
    let rates: [f32; 8] = core::array::from_fn(|step| schedule.rate(0.4, step as u32, 8));
    for (got, want) in rates.into_iter().zip([0.1, 0.2, 0.3, 0.4, 0.32, 0.24, 0.16, 0.08]) {
        assert!(close(got, want), "{rates:?}");
    }
    // A warm-up that takes the whole run, and one that takes more than all.
    assert!(schedule.makes_sense());
    for warm_up in [-0.1, 1.1, f32::NAN] {
        assert!(!Schedule { warm_up, ..schedule }.makes_sense(), "{warm_up}");
    }
    for factor in [0.0, -0.1, 1.1, f32::NAN] {
        assert!(!Schedule::plain(Course::Step { factor, stairs: 4 }).makes_sense(), "{factor}");
    }
    for lowest in [-1e-3, f32::INFINITY, f32::NAN] {
        assert!(!Schedule { lowest, ..schedule }.makes_sense(), "{lowest}");
    }
    assert!(!Schedule::plain(Course::Step { factor: 0.1, stairs: 0 }).makes_sense());
    for threshold in [-0.1, 1.0, f32::NAN] {
        assert!(!Schedule::plain(Course::Plateau(Plateau { threshold, ..Plateau::USUAL })).makes_sense());
    }
    for warm_up in [1.0, 9.0] {
        let schedule = Schedule { warm_up, ..schedule };
        assert!(close(schedule.rate(0.4, 7, 8), 0.4 * 8.0 / 9.0) && schedule.rate(0.4, 8, 8).is_finite());
    }
}

#[test]
fn samples_are_evenly_apart_and_hold_both_ends() {
    let steps = |n_steps, n| Schedule::LINEAR.sampled(1.0, n_steps, n, &[]).map(|(step, _)| step).collect::<Vec<_>>();
    assert_eq!(steps(101, 4), [0, 25, 50, 75, 100]);
    assert_eq!(steps(3, 100), [0, 1, 2]);
    assert_eq!(steps(1, 100), [0, 0]);
    assert_eq!(steps(0, 100), [0, 0]);
    assert!(Schedule::LINEAR.sampled(0.5, 4, 3, &[]).map(|(_, rate)| rate).eq([0.5, 0.375, 0.25, 0.125]));
}

#[test]
fn a_course_is_found_by_its_name_and_keeps_its_factor() {
    for course in Course::ALL {
        assert_eq!(Course::from_key(course.key()), Some(course));
        assert_eq!(course.with_factor(0.5).factor().is_some(), course.factor().is_some());
    }
    assert_eq!(Course::from_key("unknown"), None);
    assert_eq!(Course::Step { factor: 0.1, stairs: 4 }.with_factor(0.5), Course::Step { factor: 0.5, stairs: 4 });
}

#[test]
fn a_line_and_a_cosine_end_at_the_lowest_rate_which_is_never_above_the_rate() {
    for course in [Course::Linear, Course::Cosine] {
        let schedule = Schedule { lowest: 0.1, ..Schedule::plain(course) };
        assert!(close(schedule.rate(0.5, 0, 8), 0.5) && close(schedule.rate(0.5, 4, 8), 0.3));
        assert!(close(schedule.rate(0.5, 8, 8), 0.1), "{course:?}");
        assert!(close(schedule.rate(0.05, 0, 8), 0.05) && close(schedule.rate(0.05, 7, 8), 0.05), "{course:?}");
    }
}

#[test]
fn stairs_are_of_equal_length_whatever_their_number() {
    let rates = |stairs| -> Vec<f32> {
        let course = Course::Step { factor: 0.5, stairs };
        (0..12).map(|step| Schedule::plain(course).rate(1.0, step, 12)).collect()
    };
    for stairs in [1, 2, 3, 4, 6, 12] {
        for (step, rate) in rates(stairs).into_iter().enumerate() {
            assert!(close(rate, 0.5_f64.powi((step as u32 / (12 / stairs)) as i32)), "{stairs} {step}: {rate}");
        }
    }
}

#[test]
fn a_plateau_cuts_the_rate_from_where_it_was_measured() {
    let plateau = Plateau { factor: 0.1, patience: 1, threshold: 0.0 };
    let schedule = Schedule { lowest: 0.002, ..Schedule::plain(Course::Plateau(plateau)) };
    let measured = [(2, 1.0), (4, 1.5), (6, 1.2), (8, 1.1), (10, 1.3)];
    assert_eq!((schedule.n_cuts(20, &measured[..2]), schedule.n_cuts(20, &measured)), (0, 2));
    let rates: Vec<_> = schedule.sampled(0.1, 12, 11, &measured).collect();
    for (step, rate) in rates {
        let want = if step < 6 {
            0.1
        } else if step < 10 {
            0.01
        } else {
            0.002
        };
        assert!(close(rate, want), "{step}: {rate}");
    }
    // A loss measured while the rate was rising says nothing of it.
    let warm = Schedule { warm_up: 0.25, ..schedule };
    assert_eq!((warm.n_warm(20), warm.n_cuts(20, &measured)), (5, 0));
    assert_eq!(Schedule::CONSTANT.n_cuts(20, &measured), 0);
}
