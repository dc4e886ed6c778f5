//! Pictures of layers, side by side or one below the other, with frames around what a cell reads and what reads it.

use super::montage::Montage;
use super::paint::Tint;
use super::parts::{Part, lane_height};
use super::planes::{Frame, Planes};
use super::seen::{Seen, gradient};
use super::{Cell, INPUT};
use crate::views::asking::Same;
use js_sys::Float32Array;
use receptive_lessons::network::{Account, Region};
use receptive_lessons::words::layer_name;
use receptive_lessons::{say, size_text};
use receptive_nn::LayerOutput;
use yew::prelude::*;

/// The side of a plane on a phone, where layers stand below one another: of a few planes, and of many.
const NARROW: [f64; 2] = [42.0, 30.0];

/// The room that the box around branches takes, left and right together.
const LANES_BORDER: f64 = 22.0;

/// A tensor that is drawn: its name, its name and size in words, and its shape.
pub(super) struct LayerOutputShape {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) shape: [usize; 3],
}

impl From<&LayerOutput> for LayerOutputShape {
    fn from(output: &LayerOutput) -> Self {
        // Inside a block the way to a layer is seen.
        let layer = layer_name(output.name.rsplit(" / ").next().unwrap_or_default());
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
    pub(super) seen: Option<Same<Seen>>,
    /// Frames with the names of their layers.
    pub(super) frames: Vec<(String, Frame)>,
    /// The cell in focus, and what is said about it.
    pub(super) focus: Option<(Cell, AttrValue)>,
    /// The cell that the keyboard starts from in its layer.
    pub(super) start: Option<Cell>,
    /// What stands before a layer, beside the one that it reads.
    pub(super) between: Option<(String, Html)>,
    pub(super) on_point: Callback<Option<Cell>>,
    /// A click on a cell, or the space bar.
    pub(super) on_pick: Callback<Cell>,
    /// Enter on a cell.
    pub(super) on_enter: Callback<Cell>,
    /// A click on the name of a layer.
    pub(super) on_layer: Callback<String>,
}

impl Drawing {
    /// A layer or branches, in so much room, in CSS pixels: its width and its height.
    pub(super) fn part(&self, part: &Part, [room, height]: [f64; 2]) -> Html {
        match part {
            Part::Layer(output) => self.planes(&output.into(), self.side, [room, height]),
            Part::Branches(lanes) => {
                let inside = [room - LANES_BORDER, lane_height(height, lanes.len())];
                let lanes = lanes.iter().enumerate().map(|(i, lane)| {
                    let name = say!(if lane.is_empty() { "lab.view.skip" } else { "lab.view.branch" }, n = i + 1);
                    html! { <div class="lane" role="group" aria-label={name.clone()}><small>{name}</small>{ for lane.iter().map(|part| self.part(part, inside)) }</div> }
                });
                html! { <div class="lanes">{ for lanes }</div> }
            }
        }
    }

    pub(super) fn planes(&self, layer: &LayerOutputShape, side: f64, [room, height]: [f64; 2]) -> Html {
        let LayerOutputShape { name, label, shape } = layer;
        let (values, tint) = values_of(self.seen.as_deref(), name);
        let montage = if self.is_narrow {
            let side = if name == INPUT { side } else { NARROW[usize::from(shape[0] > 16)] };
            Montage::across(*shape, side, room)
        } else {
            Montage::within(*shape, side, height)
        };
        let frames = self.frames.iter().filter(|(layer, _)| layer == name).map(|(_, frame)| *frame).collect::<Vec<_>>();
        let focus = self.focus.as_ref().filter(|((layer, _), _)| layer == name);
        let focus = focus.map(|((_, cell), about)| (*cell, about.clone()));
        let with_name = |to: &Callback<Cell>| {
            let name = name.clone();
            to.reform(move |cell| (name.clone(), cell))
        };
        let on_point = {
            let name = name.clone();
            self.on_point.reform(move |cell: Option<usize>| cell.map(|cell| (name.clone(), cell)))
        };
        let (on_pick, on_enter) = (with_name(&self.on_pick), with_name(&self.on_enter));
        let start = self.start.as_ref().filter(|(layer, _)| layer == name).map(|(_, cell)| *cell);
        let between = self.between.as_ref().filter(|(layer, _)| layer == name).map(|(_, between)| between.clone());
        let title = label.split(", ").next().unwrap_or_default().to_string();
        let onclick = {
            let (to, name) = (self.on_layer.clone(), name.clone());
            Callback::from(move |event: MouseEvent| {
                event.stop_propagation();
                to.emit(name.clone());
            })
        };
        html! {
            <figure class="network-layer" key={name.clone()}>
                { between.unwrap_or_default() }
                <Planes name={name.clone()} label={label.clone()} {montage} n={shape[0]} {values} {tint} {frames} {focus} {start} {on_point} {on_pick} {on_enter} />
                <figcaption title={label.clone()}><button type="button" class="layer-name" data-layer={name.clone()} {onclick}>{title}</button><span>{size_text(*shape)}</span></figcaption>
            </figure>
        }
    }
}

/// The values of a layer that an answer shows, and what they mean.
pub(super) fn values_of(seen: Option<&Seen>, name: &str) -> (Option<Same<Float32Array>>, Tint) {
    let (tensor, tint) = match (seen.is_some_and(|seen| seen.of.is_some()), name) {
        (true, _) => (gradient(name), Tint::Gradient),
        (false, INPUT) => (name.to_string(), Tint::Input),
        (false, _) => (name.to_string(), Tint::Value),
    };
    (seen.and_then(|seen| seen.find(&tensor)).cloned(), tint)
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
