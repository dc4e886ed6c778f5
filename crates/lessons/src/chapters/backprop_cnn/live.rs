//! A layer of the network in the Lab, with the gradients of the running digit's loss.

use super::parts::{Cut, Cuts, Part};
use crate::plane::refused;
use crate::settings::Settings;
use crate::trace::Run;
use crate::world::{Network, Unavailable, World};
use crate::{Tensors, keys, say};
use receptive_nn::{Head, Layer, Optimiser, Program, Purpose, Spec, Target};

/// The parts that the network has too.
pub(super) const PARTS: [&str; 5] = ["error", "relu", "pool", "kernel", "bias"];

/// True if the stage shows the network in the Lab.
pub(super) fn is_live(settings: &Settings) -> bool {
    PARTS.contains(&settings.choice(keys::PART)) && settings.choice(keys::ON) == "digit"
}

/// The position of the layer that a part is about; `None` where the network has none like that.
fn layer(part: &str, spec: &Spec) -> Option<usize> {
    let at = |is_it: fn(&Layer) -> bool| spec.layers.iter().position(is_it);
    match part {
        // The first layer reads the digit itself.
        "kernel" | "bias" => {
            at(|layer| matches!(layer, Layer::Conv2d { .. })).filter(|at| *at == 0 && spec.input[0] == 1)
        }
        "relu" => at(|layer| matches!(layer, Layer::Relu)).filter(|at| *at > 0),
        "pool" => at(|layer| matches!(layer, Layer::MaxPool2d(_) | Layer::AvgPool2d(_))).filter(|at| *at > 0),
        _ => spec.layers.len().checked_sub(1),
    }
}

/// The layer's input, parameters and output, and the gradients with respect to them; of maps the one that is chosen.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let part = settings.choice(keys::PART);
    let (Some(at), names, k) = (layer(part, spec), spec.names(), settings.count(keys::CHANNEL)) else { return vec![] };
    let map = |name: &str| format!("{name}[{}..{k}]", k - 1);
    let both = |name: String| [name.clone(), format!("grad {name}")];
    let own = &names[at];
    match part {
        "kernel" | "bias" => {
            let parameters = both(map(&format!("{own}.weight"))).into_iter().chain([format!("grad {own}.bias")]);
            parameters.chain(both(map(own))).collect()
        }
        "relu" | "pool" => [both(map(&names[at - 1])), both(map(own))].concat(),
        _ => both(own.clone()).into_iter().chain(["probabilities".into()]).collect(),
    }
});

/// The layer that the settings choose.
///
/// # Errors
/// While its values are on their way, or when the network has no such layer.
pub(super) fn part(settings: &Settings, world: &World) -> Result<Part, Unavailable> {
    let (network, digit) = (world.network()?, world.digit()?);
    let key = settings.choice(keys::PART);
    let none = || Unavailable::Refused(say!(format!("backprop-cnn.none.{key}")));
    let at = layer(key, &network.spec).ok_or_else(none)?;
    let class = digit.class.unwrap_or(0);
    let made = match key {
        "error" => scores(network, at, class)?,
        _ => Some(plane(key, network, at, &digit.image.values, settings)?).flatten(),
    };
    made.ok_or(Unavailable::Network)
}

/// The program of layers alone, up to a unit that weighs what they make.
fn program(input: [usize; 3], layers: Vec<Layer>, head: Head) -> Result<Program, Unavailable> {
    let spec = Spec { input, layers };
    let purpose = Purpose::Inspect(Optimiser::SGD);
    Program::compile_for(&spec, 1, purpose, head, &[Target::Input]).map_err(|error| refused(&error))
}

fn scores(network: &Network, at: usize, class: u8) -> Result<Option<Part>, Unavailable> {
    let (layer, p) = (&network.values.layers[at], &network.values.probabilities);
    let n = layer.output.len();
    let Some(gradient) = network.values.gradient(&layer.name, 0..n, 1).filter(|_| n > 0 && p.len() == n) else {
        return Ok(None);
    };
    let layers = vec![Layer::Flatten, Layer::Linear { units: n }];
    let values = [("linear 1", &layer.output[..]), ("probabilities", p), ("grad linear 1", gradient)];
    let values = values.map(|(name, values)| (name.to_string(), values.to_vec()));
    Ok(Part::of_scores(Run::of_tensors(program([1, 1, 1], layers, Head::CrossEntropy)?, class, values)))
}

/// A layer of maps. Only the map that is chosen, and what it is made with, has values.
fn plane(
    key: &str,
    network: &Network,
    at: usize,
    image: &[f32],
    settings: &Settings,
) -> Result<Option<Part>, Unavailable> {
    let Network { spec, values, .. } = network;
    let own = &values.layers[at];
    let k = settings.count(keys::CHANNEL).min(own.shape[0]) - 1;
    let len = own.shape[1] * own.shape[2];
    let (Some(output), Some(upstream)) = (own.channel(k), values.gradient(&own.name, k..k + 1, len)) else {
        return Ok(None);
    };
    let of = |name: &str, values: &[f32]| (name.to_string(), values.to_vec());
    let (input, known, shown) = match key {
        "kernel" | "bias" => {
            let [_, channels, rows, columns] = own.weights_shape;
            let row_len = channels * rows * columns;
            let first = (k - own.weights_from.min(k)) * row_len;
            let gradients = values.gradient(&format!("{}.weight", own.name), k..k + 1, row_len);
            let bias = values.gradient(&format!("{}.bias", own.name), k..k + 1, 1);
            let weights = own.weights.get(first..first + row_len);
            let (Some(weights), Some(gradients), Some(bias)) = (weights, gradients, bias) else { return Ok(None) };
            let row = format!("[{k}..{}]", k + 1);
            let known = vec![
                of("input", image),
                of(&format!("conv 1{row}"), output),
                of(&format!("grad conv 1{row}"), upstream),
                of(&format!("conv 1.weight{row}"), weights),
                of(&format!("grad conv 1.weight{row}"), gradients),
                of(&format!("grad conv 1.bias{row}"), bias),
            ];
            (spec.input, known, k)
        }
        _ => {
            let before = &values.layers[at - 1];
            let [_, rows, columns] = before.shape;
            let back = values.gradient(&before.name, k..k + 1, rows * columns);
            let (Some(input), Some(back)) = (before.channel(k), back) else { return Ok(None) };
            let name = Spec { input: [1, rows, columns], layers: vec![spec.layers[at].clone()] }.names().remove(0);
            let gradient = format!("grad {name}");
            let known = vec![of("input", input), of(&name, output), of(&gradient, upstream), of("grad input", back)];
            ([1, rows, columns], known, 0)
        }
    };
    let layers = vec![spec.layers[at].clone(), Layer::Flatten, Layer::Linear { units: 1 }];
    let name = Spec { input, layers: layers.clone() }.names().remove(0);
    let run = Run::of_tensors(program(input, layers, Head::Logit)?, 0, known);
    let Some(y) = run.named(&name) else { return Ok(None) };
    let weights = run.weights(0).filter(|_| key == "kernel").map(|w| Cut::plane(&run, w, shown));
    let cuts = Cuts { input: Cut::plane(&run, run.input(), 0), weights, output: Cut::plane(&run, y, shown) };
    Ok(Part::of(PARTS.into_iter().find(|part| *part == key).unwrap_or("relu"), run, y, cuts))
}
