//! The whole network in the Lab, where a cell that is clicked on is kept, with its arithmetic and the kernels before it.

use super::drawing::{Drawing, frames};
use super::flow::{flow, hint, side};
use super::levels::Level;
use super::montage::Montage;
use super::paint::Tint;
use super::planes::Still;
use super::update::Updates;
use super::{Cell, IMAGE, PAD};
use crate::state::{Direction, Look};
use crate::surroundings::Part;
use crate::views::figure::equation::equation;
use receptive_lessons::network::Account;
use receptive_lessons::say;
use receptive_nn::{Layer, LayerOutput};
use receptive_train::protocol::Weights;
use yew::prelude::*;

/// The room of the kernels that stand between two layers, in CSS pixels: across and down.
const BETWEEN: [f64; 2] = [60.0, 210.0];

/// The whole network in the Lab.
pub(super) struct WholeLevel<'a> {
    pub(super) level: &'a Level,
    pub(super) pointed: &'a UseStateHandle<Option<Cell>>,
    pub(super) kept: &'a UseStateHandle<Option<Cell>>,
    pub(super) account: Option<&'a Account>,
    pub(super) start: Option<Cell>,
    pub(super) logit: Option<u8>,
    pub(super) let_go: &'a Callback<()>,
    /// The pad in the place of the image.
    pub(super) pad: Option<Html>,
}

impl WholeLevel<'_> {
    pub(super) fn draw(&self, start: &Callback<Part>) -> Html {
        let Level { shown, answers, direction, is_narrow, room, .. } = self.level;
        if let (Direction::Update, Some((Weights::Run(run), version))) = (direction, shown.weights) {
            let (client, on_open) = (self.level.client.clone(), self.level.on_open.clone());
            return html! { <Updates {client} {on_open} {run} shown={shown.clone()} {version} is_narrow={*is_narrow} room={*room} /> };
        }
        let (pointed, kept) = (self.pointed.clone(), self.kept.clone());
        let focus = (**self.pointed).clone().or_else(|| (**self.kept).clone());
        let on_enter = self.level.on_look.reform(|(name, cell): Cell| Look::Cell(name, cell));
        let drawing = Drawing {
            is_narrow: *is_narrow,
            room: *room,
            side: side(answers, if self.pad.is_some() { PAD } else { IMAGE }, *room),
            seen: answers.seen.clone(),
            frames: self.account.map(frames).unwrap_or_default(),
            focus: focus.clone().zip(self.account.map(|account| account.about.clone().into())),
            start: self.start.clone(),
            between: focus.as_ref().and_then(|cell| self.between(cell)),
            on_point: {
                let (pointed, start) = (pointed.clone(), start.clone());
                Callback::from(move |cell: Option<Cell>| {
                    if cell.is_some() {
                        start.emit(Part::Chapters);
                    }
                    pointed.set(cell);
                })
            },
            on_pick: {
                let (kept, on_enter) = (kept.clone(), on_enter.clone());
                // What is kept already is gone into.
                Callback::from(
                    move |cell: Cell| {
                        if *kept == Some(cell.clone()) { on_enter.emit(cell) } else { kept.set(Some(cell)) }
                    },
                )
            },
            on_enter: on_enter.clone(),
            on_layer: self.level.on_look.reform(Look::Layer),
        };
        let hint = hint(answers, *direction == Direction::Backward, self.logit);
        let about = self.account.map_or(hint, |account| account.about.clone());
        let sum = self.account.and_then(|account| account.equation.as_ref());
        let sum = sum.filter(|_| kept.is_some()).map(|data| equation(data, &[], &Callback::noop()));
        let go = (**self.kept).clone().map(|cell| {
            let onclick = on_enter.reform(move |_: MouseEvent| cell.clone());
            html! { <button type="button" id="zoom-in" {onclick}>{say!("lab.view.zoom-in")}</button> }
        });
        html! {
            <>
                { flow(shown, answers, &drawing, self.pad.clone(), self.let_go.reform(|_: MouseEvent| ())) }
                <p class="note" id="network-about">{about}</p>
                <div class={classes!("network-sum", kept.is_some().then_some("kept"))}>{ sum.unwrap_or_default() }{ go.unwrap_or_default() }</div>
            </>
        }
    }

    /// The kernels that join a cell of a convolution to the layer before it.
    fn between(&self, cell: &Cell) -> Option<(String, Html)> {
        let ([rows, columns], name) = kernels_of(&self.level.outputs, cell)?;
        let values = self.level.answers.seen.as_ref()?.find(&name)?.clone();
        let channels = values.length() as usize / (rows * columns);
        // One below the other in the gap, or in a row beside the layer's name.
        let (wide, room) =
            if self.level.is_narrow { (channels.min(16), [180.0, 40.0]) } else { (channels.div_ceil(8), BETWEEN) };
        let montage = Montage::in_rows([channels, rows, columns], wide, room);
        let kernels = html! { <div class="between"><Still {montage} {values} tint={Tint::Weight} /></div> };
        Some((cell.0.clone(), kernels))
    }
}

/// The kernels through which a cell of a convolution reads: their shape, and the name of their row.
pub(super) fn kernels_of(outputs: &[LayerOutput], (layer, cell): &Cell) -> Option<([usize; 2], String)> {
    let output = outputs.iter().find(|output| output.name == *layer)?;
    let (Layer::Conv2d { size, .. } | Layer::DepthwiseConv2d { size, .. }) = output.layer else { return None };
    let map = cell / (output.shape[1] * output.shape[2]);
    Some((size, format!("{layer}.weight[{map}..{}]", map + 1)))
}
