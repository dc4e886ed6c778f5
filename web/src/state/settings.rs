//! The Lab's settings, and the bounds of each.

use super::optimiser::Tuning;
use super::schedule::Falling;
use receptive_data::{TEST_SHARE, digits};
use receptive_lessons::words::{Reason, sentence};
use receptive_lessons::{NumberKind, read, say};
use receptive_nn::{Course, Head, Optimiser, Preset, Spec};
use receptive_train::protocol::{DatasetKind, RunConfig};
use receptive_train::{Recipe, fitted};

/// The largest learning rate that is taken. Training diverges long before.
pub const MAX_LEARNING_RATE: f32 = 1e6;

/// The network that the Lab trains.
#[derive(Clone, Debug, PartialEq)]
pub enum Net {
    /// One that comes with the page.
    Preset(Preset),
    /// One that the learner built.
    Own(Spec),
}

impl Net {
    /// The network itself.
    pub fn spec(&self) -> Spec {
        match self {
            Self::Preset(preset) => preset.spec(),
            Self::Own(spec) => spec.clone(),
        }
    }

    /// True if it reads images as drawings are: 28×28, in one channel.
    pub fn reads_drawings(&self) -> bool {
        self.spec().input == digits::SHAPE.chw()
    }

    /// True if it reads digits, and tells ten of them apart.
    pub fn reads_digits(&self) -> bool {
        fitted(&self.spec(), &digits::schema()) == self.spec()
    }

    /// As a link carries it: a preset's name, or the layers.
    pub fn text(&self) -> String {
        match self {
            Self::Preset(preset) => preset.key().into(),
            Self::Own(spec) => spec.to_text(),
        }
    }

    /// A network, by its preset's name if it is one.
    pub fn of(spec: Spec) -> Self {
        Preset::ALL.into_iter().find(|preset| preset.spec() == spec).map_or(Self::Own(spec), Self::Preset)
    }

    /// Reads what a link carries.
    ///
    /// # Errors
    /// When it is neither a preset's name nor a network, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        match Preset::from_key(text) {
            Some(preset) => Ok(Self::Preset(preset)),
            None if text.contains(':') => Spec::read(text).map(Self::of).map_err(|error| sentence(&error.reason())),
            None => {
                let keys = Preset::ALL.map(Preset::key).join(", ");
                Err(say!("links.nets", choices = keys))
            }
        }
    }
}

/// The Lab's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct LabState {
    /// Images to learn from.
    pub dataset: DatasetKind,
    /// The network.
    pub network: Net,
    /// The update rule, as it usually is.
    pub optimiser: Optimiser,
    /// What was chosen of its settings.
    pub tuning: Tuning,
    /// The loss that is made small.
    pub loss: Head,
    /// Step size of every update.
    pub learning_rate: f32,
    /// The course of the step size over the run.
    pub course: Course,
    /// What was chosen of the course's settings.
    pub falling: Falling,
    /// Percent of the run over which the step size rises to where the course begins.
    pub warm_up: u32,
    /// Images per step.
    pub batch: u32,
    /// Passes over the training images.
    pub epochs: u32,
    /// Seed of weights and shuffles; drawn when a run is opened if there is none.
    pub seed: Option<u32>,
    /// Training images; all that are left if there is none.
    pub n_training: Option<u32>,
    /// Images held out to watch the learning.
    pub n_validation: u32,
    /// They are measured after every so many steps; without a number at the end of each epoch alone.
    pub validate_every: Option<u32>,
}

impl Default for LabState {
    fn default() -> Self {
        Self {
            dataset: DatasetKind::Mnist,
            network: Net::Preset(Preset::Small),
            optimiser: Optimiser::ADAM,
            tuning: Tuning::default(),
            loss: Head::CrossEntropy,
            learning_rate: 0.002,
            course: Course::Constant,
            falling: Falling::default(),
            warm_up: 0,
            batch: 32,
            epochs: 1,
            seed: None,
            n_training: None,
            n_validation: 2000,
            validate_every: None,
        }
    }
}

impl LabState {
    /// The settings of a run.
    pub fn of(config: &RunConfig) -> Self {
        let course = config.schedule.course;
        let usual = Course::from_key(course.key()).unwrap_or(course);
        Self {
            dataset: config.dataset,
            network: Net::of(config.spec.clone()),
            optimiser: Optimiser::from_key(config.optimiser.key()).unwrap_or(config.optimiser),
            tuning: Tuning::of(config.optimiser),
            loss: config.loss,
            learning_rate: config.learning_rate,
            course: usual,
            falling: Falling::of(config.schedule),
            warm_up: (100.0 * config.schedule.warm_up).round() as u32,
            batch: config.batch,
            epochs: config.epochs,
            seed: u32::try_from(config.seed).ok(),
            n_training: config.n_training,
            n_validation: config.n_validation,
            validate_every: config.validate_every,
        }
    }

    /// Takes a recipe's settings; the seed stays.
    pub fn take(&mut self, recipe: Recipe) {
        *self = Self { seed: self.seed, ..Self::of(&recipe.config(0)) };
    }

    /// Learns from the learner's own files, so many images. Settings that need more images are set back.
    pub fn use_own_files(&mut self, n_images: u32) {
        let share = n_images / TEST_SHARE as u32;
        self.dataset = DatasetKind::Own;
        self.n_validation = self.n_validation.min(share);
        // Without those for the test, and those for validation.
        let n_left = n_images - share - self.n_validation;
        self.n_training = self.n_training.filter(|&n| n <= n_left);
    }

    /// The run that these settings describe, with a seed in any case.
    pub fn config(&self, seed: u32) -> RunConfig {
        RunConfig {
            dataset: self.dataset,
            spec: self.network.spec(),
            optimiser: self.tuned(),
            loss: self.loss,
            learning_rate: self.learning_rate,
            schedule: self.schedule(),
            batch: self.batch,
            epochs: self.epochs,
            seed: seed.into(),
            n_training: self.n_training,
            n_validation: self.n_validation,
            validate_every: self.validate_every,
        }
    }
}

/// Reads a learning rate as a person types it.
///
/// # Errors
/// When it is not a number above 0 and at most [`MAX_LEARNING_RATE`], or could be two.
pub fn read_learning_rate(text: &str) -> Result<f32, String> {
    match read(text, NumberKind::Any).map(|rate| rate as f32) {
        Ok(rate) if rate > 0.0 && rate <= MAX_LEARNING_RATE => Ok(rate),
        Ok(rate) if rate > MAX_LEARNING_RATE => Err(say!("links.rate-large")),
        Ok(_) => Err(say!("links.rate")),
        Err(why) => Err(why.question().unwrap_or_else(|| no_number(text, &say!("links.rate")))),
    }
}

/// Says that a typed text is not a number, and what a number must be.
pub(super) fn no_number(text: &str, rule: &str) -> String {
    let seen: String = text.chars().filter(|c| !c.is_control()).collect();
    match seen.trim() {
        "" => rule.into(),
        typed => say!("links.no-number", typed = typed, rule = rule),
    }
}

/// Reads a whole number between two bounds.
///
/// # Errors
/// When it is not a whole number, or out of bounds.
pub fn read_count(text: &str, what: &str, low: u32, high: u32) -> Result<u32, String> {
    let rule = say!("links.count", what = what, low = low, high = high);
    match read(text, NumberKind::Count) {
        Ok(n) if (f64::from(low)..=f64::from(high)).contains(&n) => Ok(n as u32),
        Err(_) if read(text, NumberKind::Any).is_err() => Err(no_number(text, &rule)),
        _ => Err(rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_fills_the_lab_with_just_its_settings() {
        for recipe in Recipe::ALL {
            let mut lab = LabState { seed: Some(3), n_validation: 7, validate_every: Some(9), ..LabState::default() };
            lab.falling.factor = Some(0.5);
            lab.take(recipe);
            assert_eq!((lab.config(3), lab.seed), (recipe.config(3), Some(3)));
        }
    }

    #[test]
    fn what_is_no_number_is_said_to_be_none_and_what_is_one_is_not() {
        assert!(
            read_learning_rate("abc").is_err_and(|why| why.starts_with("“abc” is not a number. The learning rate"))
        );
        assert!(
            read_count(" two ", "The batch", 1, 9)
                .is_err_and(|why| why.starts_with("“two” is not a number. The batch"))
        );
        for (text, why) in [("", "empty"), ("0", "too small"), ("1.5", "no whole number"), ("-3", "below zero")] {
            let refused = read_count(text, "The batch", 1, 9);
            assert!(refused.is_err_and(|refused| refused.starts_with("The batch must be")), "{why}");
        }
    }

    #[test]
    fn settings_take_what_the_page_prints_and_what_people_type() {
        for text in ["58,000", "58.000", "58 000", "58\u{202f}000", "５８０００", "5.8e4", "58000"] {
            assert_eq!(read_count(text, "It", 1, 1_000_000), Ok(58_000), "{text}");
        }
        for text in ["", "-1", "5.5", "58,00", "58 %", "1e9", "NaN"] {
            assert!(read_count(text, "It", 1, 1_000_000).is_err(), "{text}");
        }
        for text in ["0.002", "0,002", ".002", "2e-3", "1/500", "0.2 %", "2·10⁻³"] {
            assert_eq!(read_learning_rate(text), Ok(0.002), "{text}");
        }
        assert!(read_learning_rate("1,204").is_err_and(|why| why.contains("1204 or 1.204")));
        for text in ["", "0", "-0.1", "–0.1", "inf", "1e9", "x"] {
            assert!(read_learning_rate(text).is_err_and(|why| why.contains("learning rate")), "{text}");
        }
    }

    #[test]
    fn few_images_of_ones_own_set_back_what_asks_for_more() {
        let mut lab = LabState { n_training: Some(51), ..LabState::default() };
        lab.use_own_files(60);
        assert_eq!((lab.dataset, lab.n_validation, lab.n_training), (DatasetKind::Own, 10, None));
        let mut lab = LabState { n_training: Some(40), n_validation: 10, ..LabState::default() };
        lab.use_own_files(60);
        assert_eq!((lab.n_validation, lab.n_training), (10, Some(40)), "what there is enough for stays");
        lab.use_own_files(60_000);
        assert_eq!((lab.n_validation, lab.n_training), (10, Some(40)));
    }
}
