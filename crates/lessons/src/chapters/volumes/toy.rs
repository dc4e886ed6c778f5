//! Small numbers: up to four channels and four kernels, all of which can be typed over.

use super::stage::VolumeTrace;
use super::volume::Volume;
use crate::keys;
use crate::plane::refused;
use crate::scene::{Cell, Edit, Role};
use crate::settings::{Key, Numbers, Settings};
use crate::world::Unavailable;
use crate::{Matrix, say};
use receptive_core::{ConvGeom, ConvParams, Shape4};
use std::rc::Rc;

/// Rows and columns of the largest plane; the numbers typed for a smaller one stay in its corner.
const SIDE: usize = 3;
/// Channels and kernels at most.
const MOST: usize = 4;

const CHANNEL_KEYS: [Key<Numbers>; MOST] = [keys::CHANNEL1, keys::CHANNEL2, keys::CHANNEL3, keys::CHANNEL4];
const KERNEL_KEYS: [Key<Numbers>; MOST] = [keys::KERNEL1, keys::KERNEL2, keys::KERNEL3, keys::KERNEL4];

/// A red bar, a green floor, blue specks, and a fourth channel of diagonals.
#[rustfmt::skip]
const CHANNELS: [[i8; 25]; MOST] = [
    [3, 3, 1, 0, 0,  3, 3, 1, 0, 0,  3, 2, 1, 0, 0,  2, 3, 0, 1, 0,  3, 3, 0, 0, 0],
    [0, 0, 0, 0, 0,  0, 1, 0, 0, 1,  2, 2, 3, 2, 2,  2, 3, 2, 2, 2,  2, 2, 2, 3, 2],
    [1, 1, 1, 1, 1,  1, 0, 1, 2, 1,  1, 1, 3, 1, 1,  1, 2, 1, 0, 1,  1, 1, 1, 1, 1],
    [0, 1, 0, 2, 0,  1, 0, 2, 0, 1,  0, 2, 0, 1, 0,  2, 0, 1, 0, 2,  0, 1, 0, 2, 0],
];

/// A plane for every channel of every kernel. The first corner is never 0, so that a 1×1 kernel reads all channels.
#[rustfmt::skip]
const PLANES: [[[i8; SIDE * SIDE]; MOST]; MOST] = [
    [
        [1, 0, -1,  1, 0, -1,  1, 0, -1],
        [1, 1, 1,  0, 0, 0,  -1, -1, -1],
        [-1, 0, 0,  0, 2, 0,  0, 0, 0],
        [1, 0, -1,  0, 0, 0,  -1, 0, 1],
    ],
    [
        [-1, 0, 1,  0, 0, 0,  1, 0, -1],
        [2, 0, 0,  0, 1, 0,  0, 0, -1],
        [-1, 1, 0,  0, 0, 1,  0, 0, -1],
        [1, 0, 0,  0, -1, 0,  0, 0, 1],
    ],
    [
        [1, 1, 0,  0, 0, 0,  0, -1, -1],
        [-1, 0, 0,  0, 3, 0,  0, 0, -1],
        [1, 0, 1,  0, -1, 0,  1, 0, 1],
        [-1, 1, 0,  1, 0, 0,  0, 0, 0],
    ],
    [
        [-1, -1, -1,  0, 0, 0,  1, 1, 1],
        [1, 0, -1,  0, 0, 0,  0, 1, 0],
        [2, 0, 0,  0, -1, 0,  0, 0, 0],
        [1, 0, 1,  0, 1, 0,  1, 0, 1],
    ],
];

const BIASES: [i8; MOST] = [1, -2, 0, 3];

fn matrix(rows: usize, columns: usize, values: &[i8]) -> Matrix {
    Matrix::new(rows, columns, values.iter().map(|&value| f32::from(value)).collect::<Vec<_>>())
}

/// The numbers that were typed, in the corner of as many as there have to be.
fn typed(settings: &Settings, key: Key<Numbers>, usual: Matrix) -> Matrix {
    let Some(typed) = settings.numbers(key) else { return usual };
    let (rows, columns) = (usual.rows, usual.columns);
    let at = |i: usize| {
        let [row, column] = [i / columns, i % columns];
        if row < typed.rows && column < typed.columns { typed.at(row, column) } else { 0.0 }
    };
    Matrix::new(rows, columns, (0..rows * columns).map(at).collect::<Vec<_>>())
}

/// All planes of a kernel above one another, whether this stage uses them or not.
fn kernel(settings: &Settings, k: usize) -> Matrix {
    typed(settings, KERNEL_KEYS[k], matrix(MOST * SIDE, SIDE, PLANES[k].as_flattened()))
}

/// Returns the number of groups that a choice makes of so many channels.
fn n_groups(groups: &str, n_channels: usize) -> usize {
    match groups {
        "halves" => 2,
        "depthwise" => n_channels,
        _ => 1,
    }
}

fn channels(settings: &Settings) -> Result<Vec<Matrix>, Unavailable> {
    let usual = |c: usize| settings.numbers(CHANNEL_KEYS[c]).cloned().unwrap_or_else(|| matrix(5, 5, &CHANNELS[c]));
    let channels: Vec<_> = (0..settings.count(keys::CHANNELS)).map(usual).collect();
    let (first, others) = (&channels[0], &channels[1..]);
    let other = others.iter().find(|channel| [channel.rows, channel.columns] != [first.rows, first.columns]);
    match other {
        None => Ok(channels),
        Some(other) => Err(Unavailable::Refused(say!("volumes.unequal", first = first.size(), other = other.size()))),
    }
}

/// The convolution that the settings describe.
///
/// # Errors
/// When groups do not divide channels and kernels, or the window does not fit.
pub(super) fn volume(settings: &Settings) -> Result<Volume, Unavailable> {
    let [n_channels, n_kernels, f, pad] =
        [keys::CHANNELS, keys::KERNELS, keys::F, keys::PAD].map(|key| settings.count(key));
    let choice = settings.choice(keys::GROUPS);
    let groups = n_groups(choice, n_channels);
    if n_channels % groups != 0 || n_kernels % groups != 0 {
        let multiples: Vec<_> = (1..=MOST).filter(|n| n % groups == 0).map(|n| n.to_string()).collect();
        return Err(Unavailable::Refused(say!(
            format!("volumes.refused-{choice}"),
            c = n_channels,
            k = n_kernels,
            fit = multiples.join(&format!(" {} ", say!("volumes.or")))
        )));
    }
    let channels = channels(settings)?;
    let x = Shape4::new(1, n_channels, channels[0].rows, channels[0].columns);
    let w = Shape4::new(n_kernels, n_channels / groups, f, f);
    let geom = ConvGeom::new(x, w, ConvParams::default().padding(pad).groups(groups)).map_err(|e| refused(&e))?;
    let mut weights = Vec::with_capacity(w.len());
    for k in 0..n_kernels {
        let planes = kernel(settings, k);
        let first = k / (n_kernels / groups) * w.c;
        for row in (first..first + w.c).flat_map(|channel| channel * SIDE..channel * SIDE + f) {
            weights.extend((0..f).map(|column| planes.at(row, column)));
        }
    }
    let biases = typed(settings, keys::BIASES, matrix(1, MOST, &BIASES)).values[..n_kernels].to_vec();
    let image: Vec<_> = channels.into_iter().flat_map(|channel| channel.values).collect();
    Volume::new(geom, &image, weights, biases)
}

/// Returns the trace that the settings describe.
///
/// # Errors
/// As [`volume`].
pub(super) fn trace(settings: &Settings) -> Result<VolumeTrace, Unavailable> {
    let volume = volume(settings)?;
    let n_channels = volume.geom().x().c;
    let k = settings.count(keys::K).min(volume.geom().w().n) - 1;
    let colours = [("red", Role::Red), ("green", Role::Green), ("blue", Role::Blue)];
    let names = (0..n_channels).map(|c| match colours.get(c) {
        Some((colour, _)) if n_channels == 3 => say!(format!("volumes.{colour}")),
        _ => say!("volumes.channel", i = c + 1),
    });
    let (f, others) = (volume.geom().w().h, (0..volume.geom().w().n).filter(|&other| other != k).collect());
    let mut trace = VolumeTrace::new(volume, k, names.collect(), 0, others)?;
    let planes = kernel(settings, k);
    for (c, part) in trace.parts.iter_mut().enumerate() {
        part.input.edit = Some(Edit::of(CHANNEL_KEYS[c], part.conv.input().clone()));
        part.plane.edit = Some(Edit::of(KERNEL_KEYS[k], planes.clone()));
        let stored = |(i, cell): (usize, &Cell)| Cell { source: Some((c * SIDE + i / f) * SIDE + i % f), ..*cell };
        part.plane.cells = Rc::new(part.plane.cells.iter().enumerate().map(stored).collect());
        if let Some((_, role)) = colours.get(c).filter(|_| n_channels == 3) {
            let coloured = |cell: &Cell| Cell { role: if cell.source.is_some() { *role } else { cell.role }, ..*cell };
            part.input.cells = Rc::new(part.input.cells.iter().map(coloured).collect());
        }
    }
    let biases = typed(settings, keys::BIASES, matrix(1, MOST, &BIASES));
    trace.bias.edit = Some(Edit::of(keys::BIASES, biases));
    Ok(trace)
}
