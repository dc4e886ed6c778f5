//! The second convolution of the network in the Lab, or its only one, at work on the digit.

use super::parts::MOST;
use super::stage::VolumeTrace;
use super::volume::Volume;
use crate::keys;
use crate::plane::refused;
use crate::settings::Settings;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, say, words};
use receptive_nn::{Layer, LayerGeometry};

/// The second convolution among layers, or the only one.
fn second(layers: &[Layer]) -> Option<usize> {
    let mut convolutions = (0..layers.len()).filter(|&i| matches!(layers[i], Layer::Conv2d { .. }));
    let first = convolutions.next();
    convolutions.next().or(first)
}

/// What it reads, what it reads it with, and what it makes of it.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let (Some(i), names) = (second(&spec.layers), spec.names()) else { return vec![] };
    let input = i.checked_sub(1).map(|before| names[before].clone());
    let k = settings.count(keys::NET_KERNEL);
    let own = [&format!("[{}..{k}]", k - 1), ".weight", ".bias"].map(|part| format!("{}{part}", names[i]));
    input.into_iter().chain(own).collect()
});

/// Returns the trace that the settings describe.
///
/// # Errors
/// While the digit or the network is on its way, and when the network has no convolution.
pub(super) fn trace(settings: &Settings, world: &World) -> Result<VolumeTrace, Unavailable> {
    let (digit, network) = (world.digit()?, world.network()?);
    let geometries = network.spec.geometries(1).map_err(|error| refused(&error))?;
    let refusal = || Unavailable::Refused(say!("volumes.no-convolution"));
    let i = second(&network.spec.layers).ok_or_else(refusal)?;
    let LayerGeometry::Conv2d(geom) = geometries[i].0 else { return Err(refusal()) };
    let layer = network.values.layers.get(i).ok_or(Unavailable::Network)?;
    let input = match i.checked_sub(1) {
        Some(before) => &network.values.layers[before].output,
        None => &digit.image.values,
    };
    // Between two networks the numbers may be those of the one and the layers those of the other.
    let k = settings.count(keys::NET_KERNEL).min(geom.w().n) - 1;
    let output = layer.channel(k).ok_or(Unavailable::Network)?;
    let lengths = [input.len(), layer.weights.len(), layer.biases.len(), output.len()];
    if lengths != [geom.x().len(), geom.w().len(), geom.w().n, geom.y().h * geom.y().w] {
        return Err(Unavailable::Network);
    }
    let volume = Volume::of_map(geom, input, layer.weights.clone(), layer.biases.clone(), (k, output))?;
    let read = volume.channels_of(k);
    let n_shown = read.len().min(MOST);
    let from = read.start + (settings.count(keys::FROM) - 1).min(read.len() - n_shown);
    let names = (from..from + n_shown).map(|channel| say!("volumes.channel", i = channel + 1)).collect();
    let map = Matrix::new(geom.y().h, geom.y().w, output);
    let remark = say!(
        "volumes.live",
        layer = words::layer_name(&layer.name),
        n_kernels = geom.w().n,
        k = k + 1,
        n = read.len(),
        first = from + 1,
        last = from + n_shown,
        weights = network.weights()
    );
    let trace = VolumeTrace::new(volume, k, names, from, vec![])?;
    Ok(trace.live(map, remark))
}
