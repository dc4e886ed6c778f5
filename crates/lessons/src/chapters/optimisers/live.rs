//! A step of one weight of the network in the Lab, by the rule that trains it there.

use super::formulas::{Taken, formulas, memories, rate_text};
use crate::scene::{Item, Scene, Spot, Table};
use crate::settings::Settings;
use crate::words::layer_name;
use crate::world::{Unavailable, WeightStep, World};
use crate::{OneWeight, Trace, four_digits, grouped, keys, say};
use receptive_nn::{Layer, Spec};

const NUMBERS: &str = "numbers";

/// True if the stage shows the network in the Lab.
pub(super) fn is_live(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "lab"
}

/// The weight that the settings choose.
pub(super) const WEIGHT: OneWeight = OneWeight(|settings, spec| {
    let layers = weighed(spec);
    let layer = layers.get((settings.count(keys::NET_LAYER) - 1).min(layers.len().checked_sub(1)?))?;
    Some((format!("{layer}.weight"), [keys::CHANNEL, keys::NET_WEIGHT].map(|key| settings.count(key) - 1)))
});

/// The layers that weigh what they read, in order, those inside of blocks too.
fn weighed(spec: &Spec) -> Vec<String> {
    let outputs = spec.outputs().unwrap_or_default().into_iter();
    let weighs = |layer: &Layer| matches!(layer, Layer::Conv2d { .. } | Layer::Linear { .. });
    outputs.filter(|output| weighs(&output.layer)).map(|output| output.name).collect()
}

/// The step on the stage.
pub(super) struct Live {
    step: WeightStep,
    /// The network's weights, in words.
    weights: String,
}

impl Live {
    /// The last step of the network in the Lab.
    ///
    /// # Errors
    /// While it is on its way, or when the network has no weights.
    pub(super) fn new(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        let network = world.network()?;
        if (WEIGHT.0)(settings, &network.spec).is_none() {
            return Err(Unavailable::Refused(say!("optimisers.no-weights")));
        }
        Ok(Self { step: world.step()?.clone(), weights: network.weights() })
    }

    fn taken(&self) -> Taken {
        let WeightStep { optimiser, learning_rate, gradient_scale, iteration, weight, gradient, memory, .. } =
            self.step;
        Taken {
            optimiser,
            rate: learning_rate,
            scale: gradient_scale,
            number: iteration as i32,
            weight: weight.map(f64::from),
            gradient: gradient.into(),
            memory: memory.map(|moments| moments.map(f64::from)),
        }
    }

    /// The name of the weight.
    fn name(&self) -> String {
        let layer = self.step.tensor.split('.').next().unwrap_or_default();
        let [row, place] = self.step.at;
        say!("optimisers.lab-weight", layer = layer_name(layer), row = row + 1, n = place + 1)
    }

    /// The numbers before the step and after it.
    fn numbers(&self) -> Table {
        let WeightStep { weight, gradient, memory: [before, after], optimiser, .. } = &self.step;
        let row = |name: String, [before, after]: [f32; 2]| vec![name, four_digits(before), four_digits(after)];
        let remembered = memories(optimiser.rule)
            .iter()
            .enumerate()
            .map(|(i, (name, _))| row(say!(format!("optimisers.formula.{name}")), [before[i], after[i]]));
        let gradient = vec![say!("optimisers.gradient"), four_digits(*gradient), String::new()];
        let rows = [gradient].into_iter().chain(remembered).chain([row(say!("optimisers.lab-one"), *weight)]);
        Table {
            name: NUMBERS,
            title: say!("optimisers.lab-title", weight = self.name()),
            head: vec![say!("optimisers.lab-what"), say!("optimisers.lab-before"), say!("optimisers.lab-after")],
            rows: rows.collect(),
            now: None,
        }
    }

    fn caption(&self) -> String {
        let WeightStep { iteration, learning_rate, optimiser, weight: [before, after], gradient, .. } = &self.step;
        say!(
            "optimisers.tell.lab",
            step = grouped(u64::from(*iteration)),
            rule = say!(format!("optimisers.option.rule.{}", optimiser.key())),
            rate = rate_text(*learning_rate),
            weight = self.name(),
            gradient = four_digits(*gradient),
            before = four_digits(*before),
            after = four_digits(*after)
        )
    }
}

impl Trace for Live {
    fn scene(&self, _: usize) -> Scene {
        let texts = [
            say!(format!("optimisers.rule-{}", self.step.optimiser.key())),
            say!("optimisers.about.lab", weights = self.weights),
        ];
        let texts = texts.into_iter().map(Item::Text).collect();
        Scene {
            board: vec![vec![Item::Table(self.numbers()), Item::Column(texts)]],
            equation: None,
            formulas: formulas(&self.taken()),
            caption: self.caption(),
        }
    }

    fn describe(&self, _: usize, _: Spot) -> String {
        self.caption()
    }
}
