//! Pictures of layers, side by side or one below the other, with frames around what a cell reads and what reads it.

use super::montage::Montage;
use super::paint::Tint;
use super::parts::{Part, lane_height};
use super::planes::{Frame, Planes};
use super::seen::{Seen, gradient};
use super::{Cell, IMAGE, INPUT};
use receptive_lessons::network::{Account, Region};
use receptive_lessons::{say, size_text};
use receptive_nn::LayerOutput;
use std::rc::Rc;
use yew::prelude::*;

/// The side of a plane on a phone, where layers stand below one another: of a few planes, and of many.
const NARROW: [f64; 2] = [42.0, 30.0];

/// A tensor that is drawn: its name, its name and size in words, and its shape.
pub(super) struct LayerOutputShape {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) shape: [usize; 3],
}

impl From<&LayerOutput> for LayerOutputShape {
    fn from(output: &LayerOutput) -> Self {
        // Inside a block the way to a layer is seen.
        let layer = output.name.rsplit(" / ").next().unwrap_or_default();
        let label = say!("lab.view.layer", layer = layer, size = size_text(output.shape));
        Self { name: output.name.clone(), label, shape: output.shape }
    }
}

/// Everything that the pictures of all layers share.
pub(super) struct Drawing {
    pub(super) is_narrow: bool,
    /// The width that there is, in CSS pixels.
    pub(super) room: f64,
    /// The side of a plane.
    pub(super) side: f64,
    /// What is shown, once something is there.
    pub(super) seen: Option<Rc<Seen>>,
    /// Frames with the names of their layers.
    pub(super) frames: Vec<(String, Frame)>,
    /// The cell in focus, and what is said about it.
    pub(super) focus: Option<(Cell, AttrValue)>,
    pub(super) on_point: Callback<Option<Cell>>,
    pub(super) on_keep: Callback<Cell>,
}

impl Drawing {
    pub(super) fn part(&self, part: &Part, height: f64) -> Html {
        match part {
            Part::Layer(output) => self.planes(&output.into(), self.side, height),
            Part::Branches(lanes) => {
                let height = lane_height(height, lanes.len());
                let lanes = lanes.iter().map(|lane| {
                    html! { <div class="lane">{ for lane.iter().map(|part| self.part(part, height)) }</div> }
                });
                html! { <div class="lanes">{ for lanes }</div> }
            }
        }
    }

    pub(super) fn planes(&self, layer: &LayerOutputShape, side: f64, height: f64) -> Html {
        let LayerOutputShape { name, label, shape } = layer;
        let is_backward = self.seen.as_ref().is_some_and(|seen| seen.of.is_some());
        let (tensor, tint) = match (is_backward, name.as_str()) {
            (true, _) => (gradient(name), Tint::Gradient),
            (false, INPUT) => (name.clone(), Tint::Input),
            (false, _) => (name.clone(), Tint::Value),
        };
        let values = self.seen.as_ref().and_then(|seen| seen.find(&tensor)).cloned();
        let montage = if self.is_narrow {
            let side = if name == INPUT { IMAGE } else { NARROW[usize::from(shape[0] > 16)] };
            Montage::across(*shape, side, self.room)
        } else {
            Montage::within(*shape, side, height)
        };
        let frames = self.frames.iter().filter(|(layer, _)| layer == name).map(|(_, frame)| *frame).collect::<Vec<_>>();
        let focus = self.focus.as_ref().filter(|((layer, _), _)| layer == name);
        let focus = focus.map(|((_, cell), about)| (*cell, about.clone()));
        let (on_point, on_keep) = (
            {
                let name = name.clone();
                self.on_point.reform(move |cell: Option<usize>| cell.map(|cell| (name.clone(), cell)))
            },
            {
                let name = name.clone();
                self.on_keep.reform(move |cell| (name.clone(), cell))
            },
        );
        let title = label.split(", ").next().unwrap_or_default().to_string();
        html! {
            <figure class="network-layer" key={name.clone()}>
                <Planes name={name.clone()} label={label.clone()} {montage} n={shape[0]} {values} {tint} {frames} {focus} {on_point} on_pick={on_keep} />
                <figcaption title={label.clone()}><b>{title}</b><span>{size_text(*shape)}</span></figcaption>
            </figure>
        }
    }
}

/// The frames of what a cell reads and of what reads it, by the names of layers.
pub(super) fn frames(account: &Account) -> Vec<(String, Frame)> {
    let sources = account.sources.iter().map(|region| (region, "source"));
    let readers = account.readers.iter().map(|region| (region, "reader"));
    let frame = |(Region { tensor, plane, frame }, class): (&Region, _)| {
        (tensor.strip_prefix("grad ").unwrap_or(tensor).to_string(), (*plane, *frame, class))
    };
    let field = account.field.map(|frame| (INPUT.to_string(), (0, frame, "field")));
    sources.chain(readers).map(frame).chain(field).collect()
}
