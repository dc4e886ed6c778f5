//! A layer of the network in the Lab, with the gradients of the running digit's loss.

use super::parts::{Cut, Cuts, GRADIENT, Part, UPSTREAM};
use crate::plane::refused;
use crate::settings::Settings;
use crate::trace::Run;
use crate::world::{Network, Unavailable, World};
use crate::{Tensors, keys, largest, precise, raised, say, signed};
use receptive_core::terms::Cell;
use receptive_nn::{Head, Join, Layer, Optimiser, Program, Purpose, Spec, Target};

/// A gradient no value of which is larger than this is printed in units of a power of ten.
const SMALL: f32 = 0.01;
/// A network gives the true class at least this probability when it is sure of it.
const SURE: f32 = 0.99;

/// True if the stage shows the network in the Lab.
pub(super) fn is_live(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "digit"
}

/// True if the digit counts as the class after its own.
pub(super) fn is_next_class(settings: &Settings) -> bool {
    settings.choice(keys::COUNTS_AS) == "next"
}

/// The position of the layer that a part is about; `None` where the network has none like that.
fn layer(part: &str, spec: &Spec) -> Option<usize> {
    let at = |is_it: fn(&Layer) -> bool| spec.layers.iter().position(is_it);
    match part {
        // The first layer reads the digit itself.
        "kernel" | "bias" | "input" => {
            at(|layer| matches!(layer, Layer::Conv2d { .. })).filter(|at| *at == 0 && spec.input[0] == 1)
        }
        "weight" => spec.layers.iter().rposition(|layer| matches!(layer, Layer::Linear { .. })).filter(|at| *at > 0),
        "relu" => at(|layer| matches!(layer, Layer::Relu)).filter(|at| *at > 0),
        "pool" => at(|layer| matches!(layer, Layer::MaxPool2d(_) | Layer::AvgPool2d(_))).filter(|at| *at > 0),
        "join" => at(is_residual).filter(|at| *at > 0),
        _ => spec.layers.len().checked_sub(1),
    }
}

/// True for a block of two ways that add up, one of which changes nothing.
fn is_residual(layer: &Layer) -> bool {
    let Layer::Branches { branches, join: Join::Add } = layer else { return false };
    matches!(&branches[..], [way, past] | [past, way] if past.is_empty() && !way.is_empty())
}

/// The layer's input, parameters and output, and the gradients with respect to them; of maps the one that is chosen.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let part = settings.choice(keys::PART);
    let (Some(at), names, k) = (layer(part, spec), spec.names(), settings.count(keys::CHANNEL)) else { return vec![] };
    let map = |name: &str| format!("{name}[{}..{k}]", k - 1);
    let both = |name: String| [name.clone(), format!("grad {name}")];
    let own = &names[at];
    let mut wanted: Vec<String> = match part {
        "kernel" | "bias" => {
            let parameters = both(map(&format!("{own}.weight"))).into_iter().chain([format!("grad {own}.bias")]);
            parameters.chain(both(map(own))).collect()
        }
        "input" => vec![map(own), format!("{own}.weight"), format!("grad {own}"), "grad input".into()],
        "weight" => {
            let weights = both(map(&format!("{own}.weight"))).into_iter();
            weights.chain(both(own.clone())).chain([names[at - 1].clone()]).collect()
        }
        "relu" | "pool" => [both(map(&names[at - 1])), both(map(own))].concat(),
        "join" => {
            let inside = inside(spec, own);
            let values = [both(names[at - 1].clone()), both(own.clone())].into_iter().flatten();
            let values = values.chain(inside.iter().filter(|name| !name.contains('.')).cloned().flat_map(both));
            values.chain(inside.iter().filter(|name| name.contains('.')).cloned()).collect()
        }
        "depth" => computed(spec).into_iter().map(|name| format!("norm grad {name}")).collect(),
        _ => both(own.clone()).into(),
    };
    wanted.push("probabilities".into());
    wanted
});

/// The names of the layers, those inside of blocks left out, that compute something.
pub(super) fn computed(spec: &Spec) -> Vec<String> {
    let names = spec.names();
    let outputs = spec.outputs().unwrap_or_default().into_iter();
    outputs.filter(|output| output.computes && names.contains(&output.name)).map(|output| output.name).collect()
}

/// The layers inside of a block of the network, and their parameters: "conv 2", "conv 2.weight", "conv 2.bias", in order.
fn inside(spec: &Spec, block: &str) -> Vec<String> {
    let (outputs, names) = (spec.outputs().unwrap_or_default(), spec.names());
    let before = outputs.iter().take_while(|output| output.name != block);
    let inside: Vec<_> =
        before.collect::<Vec<_>>().into_iter().rev().take_while(|output| !names.contains(&output.name)).collect();
    let named = |output: &&receptive_nn::LayerOutput| {
        let has_weights = matches!(output.layer, Layer::Conv2d { .. });
        let parameters = if has_weights { &["", ".weight", ".bias"][..] } else { &[""] };
        parameters.iter().map(|part| format!("{}{part}", output.name)).collect::<Vec<_>>()
    };
    inside.iter().rev().flat_map(named).collect()
}

/// The layer that the settings choose.
///
/// # Errors
/// While its values are on their way, or when the network has no such layer.
pub(super) fn part(settings: &Settings, world: &World) -> Result<Part, Unavailable> {
    let (network, digit) = (world.network()?, world.digit()?);
    let key = settings.choice(keys::PART);
    let none = || Unavailable::Refused(say!(format!("backprop-cnn.none.{key}")));
    let at = layer(key, &network.spec).ok_or_else(none)?;
    let made = match key {
        "error" => scores(network, at, class(settings, world)?)?,
        "weight" => units(network, at, settings)?,
        "join" => block(network, at, settings)?,
        _ => plane(key, network, at, &digit.image.values, settings)?,
    };
    let mut part = made.ok_or(Unavailable::Network)?;
    for name in [GRADIENT, UPSTREAM, "through", "past"] {
        let Some(grid) = part.stage.plain_mut(name).filter(|grid| grid.has_numbers()) else { continue };
        let most = largest(&grid.values());
        if most < SMALL && most > f32::MIN_POSITIVE {
            grid.power = libm::floor(libm::log10(most.into())) as i32 + 1;
            let unit = format!("10{}", raised(&signed(&grid.power.to_string())));
            grid.title = say!("backprop-cnn.in-units", title = grid.title, unit = unit);
        }
    }
    Ok(part)
}

/// The class that the digit counts as.
fn class(settings: &Settings, world: &World) -> Result<u8, Unavailable> {
    Ok(world.digit()?.counts_as(is_next_class(settings), world.network()?.spec.n_classes()))
}

/// Sentences on what the stage shows: which network, which class, and why the gradients are small if they are.
///
/// # Errors
/// While the values are on their way.
pub(super) fn remarks(settings: &Settings, world: &World) -> Result<Vec<String>, Unavailable> {
    let (network, digit, class) = (world.network()?, world.digit()?, class(settings, world)?);
    let (p, weights) = (&network.values.probabilities, network.weights());
    let mut remarks = vec![match (digit.class, is_next_class(settings)) {
        (Some(own), true) => say!("backprop-cnn.live-next", own = own, class = class, weights = weights),
        (None, true) => say!("backprop-cnn.live-drawn-next", class = class, weights = weights),
        (Some(_), false) => say!("backprop-cnn.live", class = class, weights = weights),
        (None, false) => say!("backprop-cnn.live-drawn", class = class, weights = weights),
    }];
    if p.get(usize::from(class)).is_some_and(|p| *p >= SURE) {
        let others =
            p.iter().enumerate().filter(|(i, _)| *i != usize::from(class)).map(|(_, p)| f64::from(*p)).sum::<f64>();
        remarks.push(say!("backprop-cnn.sure", others = precise(others as f32)));
    }
    Ok(remarks)
}

/// What a live remark counts: the units of the layer, the kernels that read a pixel, or the maps of the block.
pub(super) fn n_summed(settings: &Settings, world: &World) -> Result<usize, Unavailable> {
    let network = world.network()?;
    let at = layer(settings.choice(keys::PART), &network.spec);
    Ok(at.and_then(|at| network.values.layers.get(at)).map_or(0, |layer| layer.shape[0]))
}

/// The program of layers alone, up to a unit that weighs what they make.
fn program(input: [usize; 3], layers: Vec<Layer>, head: Head) -> Result<Program, Unavailable> {
    let spec = Spec { input, layers };
    let purpose = Purpose::Inspect(Optimiser::SGD);
    Program::compile_for(&spec, 1, purpose, head, &[Target::Input]).map_err(|error| refused(&error))
}

fn of(name: &str, values: &[f32]) -> (String, Vec<f32>) {
    (name.to_string(), values.to_vec())
}

fn scores(network: &Network, at: usize, class: u8) -> Result<Option<Part>, Unavailable> {
    let (layer, p) = (&network.values.layers[at], &network.values.probabilities);
    let n = layer.output.len();
    let Some(gradient) = network.values.gradient(&layer.name, 0..n, 1).filter(|_| n > 0 && p.len() == n) else {
        return Ok(None);
    };
    let layers = vec![Layer::Flatten, Layer::Linear { units: n }];
    let values = [of("linear 1", &layer.output), of("probabilities", p), of("grad linear 1", gradient)];
    Ok(Part::of_scores(Run::of_tensors(program([1, 1, 1], layers, Head::CrossEntropy)?, class, values).precise()))
}

/// A fully connected layer: of its weights those of one unit.
fn units(network: &Network, at: usize, settings: &Settings) -> Result<Option<Part>, Unavailable> {
    let values = &network.values;
    let (before, own) = (&values.layers[at - 1], &values.layers[at]);
    let [n_units, n, ..] = own.weights_shape;
    let k = settings.count(keys::CHANNEL).min(n_units) - 1;
    let first = (k - own.weights_from.min(k)) * n;
    let gradients = values.gradient(&format!("{}.weight", own.name), k..k + 1, n);
    let upstream = values.gradient(&own.name, 0..n_units, 1);
    let (Some(weights), Some(gradients), Some(upstream)) = (own.weights.get(first..first + n), gradients, upstream)
    else {
        return Ok(None);
    };
    if before.output.len() != n || own.output.len() != n_units {
        return Ok(None);
    }
    let row = format!("[{k}..{}]", k + 1);
    let known = [
        of("input", &before.output),
        of("linear 1", &own.output),
        of("grad linear 1", upstream),
        of(&format!("linear 1.weight{row}"), weights),
        of(&format!("grad linear 1.weight{row}"), gradients),
    ];
    let layers = vec![Layer::Flatten, Layer::Linear { units: n_units }];
    let run = Run::of_tensors(program([1, 1, n], layers, Head::CrossEntropy)?, 0, known).precise();
    // A row for each map that was flattened, or each row of the only one; else about as many rows as columns.
    let flattened = at.checked_sub(2).map_or(network.spec.input, |before| values.layers[before].shape);
    let rows = match (&network.spec.layers[at - 1], flattened) {
        (Layer::Flatten, [1, rows, _]) => rows,
        (Layer::Flatten, [maps, _, columns]) if columns > 1 => maps,
        _ => (1..=n).take_while(|rows| rows * rows <= n).filter(|rows| n % rows == 0).last().unwrap_or(1),
    };
    let table = |first: usize| Cut { first, rows, columns: n / rows };
    let y = run.made();
    let cuts = Cuts { input: table(0), weights: Some(table(k * n)), output: Cut::table(&run, y, 1) };
    Ok(Part::of("weight", run, y, cuts))
}

/// A block with a way past: of its maps one.
fn block(network: &Network, at: usize, settings: &Settings) -> Result<Option<Part>, Unavailable> {
    let Network { spec, values, .. } = network;
    let (before, own) = (&values.layers[at - 1], &values.layers[at]);
    let k = settings.count(keys::CHANNEL).min(own.shape[0]) - 1;
    let len = before.output.len();
    let grads = [&before.name, &own.name].map(|name| values.gradient(name, 0..len, 1));
    let ([Some(grad_x), Some(grad_y)], true) = (grads, len > 0 && own.output.len() == len) else { return Ok(None) };
    let alone =
        Spec { input: before.shape, layers: vec![spec.layers[at].clone(), Layer::Flatten, Layer::Linear { units: 1 }] };
    let name = alone.names().remove(0);
    let mut known = vec![
        of("input", &before.output),
        of("grad input", grad_x),
        of(&name, &own.output),
        of(&format!("grad {name}"), grad_y),
    ];
    for (theirs, ours) in inside(spec, &own.name).iter().zip(inside(&alone, &name)) {
        let Some(found) = values.inside.get(theirs) else { return Ok(None) };
        known.push(of(&ours, found));
        if let Some(gradient) = values.gradients.iter().find(|gradient| gradient.of == *theirs) {
            known.push(of(&format!("grad {ours}"), &gradient.values));
        }
    }
    let program = program(alone.input, alone.layers.clone(), Head::Logit)?;
    let ways = [1, 2].map(|i| format!("grad {name} / branch {i}"));
    // What comes back by each way is kept nowhere: it is what its terms come to.
    let run = Run::of_tensors(program.clone(), 0, known.clone());
    for way in &ways {
        let Some(tensor) = run.buffer(way) else { return Ok(None) };
        let back: Vec<_> = (0..len).map(|index| run.worked_out(Cell { tensor, index })).collect();
        known.push((way.clone(), back));
    }
    let run = Run::of_tensors(program, 0, known).precise();
    let is_first = matches!(&spec.layers[at], Layer::Branches { branches, .. } if !branches[0].is_empty());
    Ok(Part::of_ways(run, &name, k, is_first))
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
    let row = format!("[{k}..{}]", k + 1);
    let (input, known, shown) = match key {
        "kernel" | "bias" => {
            let [_, channels, rows, columns] = own.weights_shape;
            let row_len = channels * rows * columns;
            let first = (k - own.weights_from.min(k)) * row_len;
            let gradients = values.gradient(&format!("{}.weight", own.name), k..k + 1, row_len);
            let bias = values.gradient(&format!("{}.bias", own.name), k..k + 1, 1);
            let weights = own.weights.get(first..first + row_len);
            let (Some(weights), Some(gradients), Some(bias)) = (weights, gradients, bias) else { return Ok(None) };
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
        "input" => {
            let upstream = values.gradient(&own.name, 0..own.shape[0], len);
            let back = values.gradient("input", 0..1, image.len());
            let (Some(upstream), Some(back), false) = (upstream, back, own.weights.is_empty()) else { return Ok(None) };
            let known = vec![
                of("input", image),
                of(&format!("conv 1{row}"), output),
                of("grad conv 1", upstream),
                of("conv 1.weight", &own.weights),
                of("grad input", back),
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
    let run = Run::of_tensors(program(input, layers, Head::Logit)?, 0, known).precise();
    let Some(y) = run.named(&name) else { return Ok(None) };
    let weights = run.weights(0).filter(|_| matches!(key, "kernel" | "input")).map(|w| Cut::plane(&run, w, shown));
    let cuts = Cuts { input: Cut::plane(&run, run.input(), 0), weights, output: Cut::plane(&run, y, shown) };
    let key = ["kernel", "bias", "input", "relu", "pool"].into_iter().find(|part| *part == key);
    Ok(key.and_then(|key| Part::of(key, run, y, cuts)))
}
