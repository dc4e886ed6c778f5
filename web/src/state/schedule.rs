//! The settings of the learning rate's course, as links carry them.

use super::settings::{LabState, no_number, read_count};
use super::table::{Place, Row};
use receptive_lessons::{NumberKind, read, say};
use receptive_nn::{Course, Plateau, Schedule};

/// The most stairs of a run.
const MOST_STAIRS: u32 = 100;
/// The most measurements without progress that are waited for.
const MOST_PATIENCE: u32 = 1000;

/// What was chosen of a course's settings; the others are as they usually are. A setting stays chosen while the course at
/// hand does not have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Falling {
    /// The factor of a course that has one.
    pub factor: Option<f32>,
    /// The stairs of the run.
    pub stairs: Option<u32>,
    /// Measurements without progress that a plateau waits for.
    pub patience: Option<u32>,
    /// The share of the best loss by which a loss must be below it to be progress.
    pub threshold: Option<f32>,
    /// The lowest rate; 0 if none is chosen.
    pub lowest: Option<f32>,
}

impl Falling {
    /// Everything of a schedule that is not as it usually is.
    pub fn of(schedule: Schedule) -> Self {
        let usual = Course::from_key(schedule.course.key()).unwrap_or(schedule.course);
        let factor = schedule.course.factor().filter(|factor| Some(*factor) != usual.factor());
        let lowest = Some(schedule.lowest).filter(|lowest| *lowest != 0.0);
        let falling = Self { factor, lowest, ..Self::default() };
        match (schedule.course, usual) {
            (Course::Step { stairs, .. }, Course::Step { stairs: usual, .. }) => {
                Self { stairs: (stairs != usual).then_some(stairs), ..falling }
            }
            (Course::Plateau(Plateau { patience, threshold, .. }), _) => Self {
                patience: (patience != Plateau::USUAL.patience).then_some(patience),
                threshold: (threshold != Plateau::USUAL.threshold).then_some(threshold),
                ..falling
            },
            _ => falling,
        }
    }

    /// A course with these settings, as far as it has them.
    fn put(self, course: Course) -> Course {
        let course = self.factor.map_or(course, |factor| course.with_factor(factor));
        match course {
            Course::Step { factor, stairs } => Course::Step { factor, stairs: self.stairs.unwrap_or(stairs) },
            Course::Plateau(usual) => Course::Plateau(Plateau {
                patience: self.patience.unwrap_or(usual.patience),
                threshold: self.threshold.unwrap_or(usual.threshold),
                ..usual
            }),
            other => other,
        }
    }
}

impl LabState {
    /// The course of the learning rate, its warm-up included.
    pub fn schedule(&self) -> Schedule {
        Schedule {
            course: self.falling.put(self.course),
            warm_up: self.warm_up as f32 / 100.0,
            lowest: self.falling.lowest.filter(|_| self.course.has_lowest()).unwrap_or(0.0),
        }
    }

    /// Takes a course whose lowest rate is a share of the rate.
    pub fn take_course(&mut self, schedule: Schedule) {
        let lowest = two_digits(schedule.lowest * self.learning_rate);
        self.course = Course::from_key(schedule.course.key()).unwrap_or(schedule.course);
        self.falling = Falling::of(Schedule { lowest, ..schedule });
        self.warm_up = (100.0 * schedule.warm_up).round() as u32;
    }

    /// What a setting of the course is where a link says nothing of it; nothing where the course has no such setting.
    pub fn usual_of_course(&self, key: &str) -> Option<String> {
        match (key, self.course) {
            ("factor", course) => course.factor().map(|factor| factor.to_string()),
            ("stairs", Course::Step { stairs, .. }) => Some(stairs.to_string()),
            ("patience", Course::Plateau(usual)) => Some(usual.patience.to_string()),
            ("threshold", Course::Plateau(usual)) => Some(usual.threshold.to_string()),
            ("lowest", course) if course.has_lowest() => Some("0".into()),
            _ => None,
        }
    }
}

/// A rate as a person would type it: its first two digits.
fn two_digits(rate: f32) -> f32 {
    format!("{rate:.1e}").parse().unwrap_or(rate)
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Reads a number that must be in a range; nothing for an empty text.
fn read_in(text: &str, rule: &str, is_in: fn(f32) -> bool) -> Result<Option<f32>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match read(text, NumberKind::Any).map(|value| value as f32) {
        Ok(value) if is_in(value) => Ok(Some(value)),
        Ok(_) => Err(rule.into()),
        Err(why) => Err(why.question().unwrap_or_else(|| no_number(text, rule))),
    }
}

/// Reads a whole number up to a bound; nothing for an empty text.
fn read_counted(text: &str, what: &str, low: u32, high: u32) -> Result<Option<u32>, String> {
    if text.trim().is_empty() { Ok(None) } else { read_count(text, what, low, high).map(Some) }
}

/// The course by its name.
pub(super) const COURSE: Row = Row {
    key: "schedule",
    place: Place::Lab,
    print: |state| state.lab.course.key().into(),
    read: |state, text| {
        let keys = || say!("links.choices", choices = Course::ALL.map(Course::key).join(", "));
        state.lab.course = Course::from_key(text).ok_or_else(keys)?;
        Ok(())
    },
};

/// Its factor.
pub(super) const FACTOR: Row = Row {
    key: "factor",
    place: Place::Lab,
    print: |state| optional(state.lab.falling.factor),
    read: |state, text| {
        state.lab.falling.factor = read_in(text, &say!("links.factor"), |factor| factor > 0.0 && factor <= 1.0)?;
        Ok(())
    },
};

/// Its stairs.
pub(super) const STAIRS: Row = Row {
    key: "stairs",
    place: Place::Lab,
    print: |state| optional(state.lab.falling.stairs),
    read: |state, text| {
        state.lab.falling.stairs = read_counted(text, &say!("links.what.stairs"), 1, MOST_STAIRS)?;
        Ok(())
    },
};

/// The measurements without progress that it waits for.
pub(super) const PATIENCE: Row = Row {
    key: "patience",
    place: Place::Lab,
    print: |state| optional(state.lab.falling.patience),
    read: |state, text| {
        state.lab.falling.patience = read_counted(text, &say!("links.what.patience"), 0, MOST_PATIENCE)?;
        Ok(())
    },
};

/// What counts as progress.
pub(super) const THRESHOLD: Row = Row {
    key: "threshold",
    place: Place::Lab,
    print: |state| optional(state.lab.falling.threshold),
    read: |state, text| {
        state.lab.falling.threshold =
            read_in(text, &say!("links.threshold"), |threshold| (0.0..1.0).contains(&threshold))?;
        Ok(())
    },
};

/// Its lowest rate.
pub(super) const LOWEST: Row = Row {
    key: "lowest",
    place: Place::Lab,
    print: |state| optional(state.lab.falling.lowest),
    read: |state, text| {
        state.lab.falling.lowest = read_in(text, &say!("links.lowest"), |lowest| (0.0..=1e6).contains(&lowest))?;
        Ok(())
    },
};

/// The warm-up before it.
pub(super) const WARM_UP: Row = Row {
    key: "warmup",
    place: Place::Lab,
    print: |state| state.lab.warm_up.to_string(),
    read: |state, text| {
        state.lab.warm_up = read_count(text, &say!("links.what.warmup"), 0, 100)?;
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_goes_into_the_labs_settings_and_comes_out_again() {
        for course in [
            Course::Constant,
            Course::Step { factor: 0.5, stairs: 7 },
            Course::Step { factor: 0.1, stairs: 4 },
            Course::Exponential { factor: 0.2 },
            Course::Cosine,
            Course::Plateau(Plateau { factor: 0.3, patience: 0, threshold: 0.01 }),
            Course::Plateau(Plateau::USUAL),
        ] {
            let lowest = if course.has_lowest() { 1e-5 } else { 0.0 };
            let schedule = Schedule { course, warm_up: 0.25, lowest };
            let lab = LabState {
                course: Course::from_key(course.key()).unwrap(),
                falling: Falling::of(schedule),
                warm_up: 25,
                ..LabState::default()
            };
            assert_eq!(lab.schedule(), schedule);
        }
        assert_eq!(Falling::of(Schedule::plain(Course::Plateau(Plateau::USUAL))), Falling::default());
    }

    #[test]
    fn a_course_is_taken_with_its_lowest_rate_as_a_share() {
        let mut lab = LabState { learning_rate: 0.002, ..LabState::default() };
        lab.take_course(Schedule { warm_up: 0.1, lowest: 0.123, ..Schedule::plain(Course::Cosine) });
        let want = Schedule { course: Course::Cosine, warm_up: 0.1, lowest: 0.00025 };
        assert_eq!((lab.schedule(), lab.learning_rate), (want, 0.002));
        lab.take_course(Schedule::plain(Course::Step { factor: 0.3, stairs: 5 }));
        assert_eq!(lab.schedule(), Schedule::plain(Course::Step { factor: 0.3, stairs: 5 }));
    }

    #[test]
    fn a_lowest_rate_stays_chosen_while_the_course_has_none() {
        let mut lab = LabState { course: Course::Constant, ..LabState::default() };
        lab.falling.lowest = Some(0.1);
        assert_eq!(lab.schedule(), Schedule::CONSTANT);
        lab.course = Course::Cosine;
        assert_eq!(lab.schedule().lowest, 0.1);
        for key in ["factor", "stairs", "patience", "threshold"] {
            assert_eq!(lab.usual_of_course(key), None, "{key}");
        }
    }
}
