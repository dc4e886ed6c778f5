//! The whole network on the first page: what one clicks on opens in the Lab.

use super::answers::{Wanted, use_answers, use_network};
use super::drawing::{Drawing, frames};
use super::flow::{flow, hint, side};
use super::head::Switches;
use super::{Cell, IMAGE, PAD, Shown};
use crate::platform::media::use_is_narrow;
use crate::platform::size::use_size;
use crate::state::{Direction, Look};
use crate::surroundings::{Part, use_surroundings};
use crate::views::draw::digit_pad;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct WholeProps {
    pub(crate) shown: Shown,
    /// True if one can draw in the place of the image.
    pub(crate) has_pad: bool,
    pub(crate) direction: Direction,
    pub(crate) on_direction: Callback<Direction>,
    /// Opens a part of the network.
    pub(crate) on_look: Callback<Look>,
}

#[component]
pub(crate) fn Whole(props: &WholeProps) -> Html {
    let around = use_surroundings();
    let is_narrow = use_is_narrow();
    let pointed = use_state_eq(Option::<Cell>::default);
    let logit = use_state_eq(Option::<u8>::default);
    let is_backward = props.direction == Direction::Backward;
    // Backward the gradient with respect to the image stands there.
    let has_pad = props.has_pad && !is_backward;
    let direction = if is_backward { Direction::Backward } else { Direction::Forward };
    let wanted = Wanted { is_backward, logit: *logit, rows: &[], has_row_gradients: false };
    let answers = use_answers(&around, &props.shown, wanted);
    let network = use_network(&around.host, &answers.seen, pointed.is_some());
    let account = use_memo((network, (*pointed).clone()), |(network, pointed)| {
        network.as_ref().zip(pointed.as_ref()).and_then(|(network, cell)| network.account(cell))
    });
    let account = account.as_ref().as_ref();
    let node = use_node_ref();
    let (room, _) = *use_size(&node);
    let room = f64::from(room.max(280));
    let on_open = props.on_look.reform(|(name, cell): Cell| Look::Cell(name, cell));
    let drawing = Drawing {
        is_narrow,
        room,
        side: side(&answers, if has_pad { PAD } else { IMAGE }, room),
        seen: answers.seen.clone(),
        frames: account.map(frames).unwrap_or_default(),
        focus: (*pointed).clone().zip(account.map(|account| account.about.clone().into())),
        start: None,
        between: None,
        on_point: {
            let (pointed, start) = (pointed.clone(), around.actions.start.clone());
            Callback::from(move |cell: Option<Cell>| {
                if cell.is_some() {
                    start.emit(Part::Chapters);
                }
                pointed.set(cell);
            })
        },
        on_pick: on_open.clone(),
        on_enter: on_open,
        on_layer: props.on_look.reform(Look::Layer),
    };
    let switches = Switches {
        around: &around,
        shown: &props.shown,
        answers: &answers,
        directions: &[Direction::Forward, Direction::Backward],
        direction,
        on_direction: &props.on_direction,
        logit: &logit,
        has_image: true,
        drawing: None,
    };
    // With another digit it begins blank again.
    let key = around.digit.index;
    let pad = has_pad.then(|| html! { <div class="over" {key}>{ digit_pad(&around.digit, 0, true) }</div> });
    let about = account.map_or_else(|| hint(&answers, is_backward, *logit), |account| account.about.clone());
    html! {
        <div class="network-whole">
            { switches.draw() }
            <div ref={node}>
                { flow(&props.shown, &answers, &drawing, pad, Callback::noop()) }
                <p class="note" id="network-about">{about}</p>
            </div>
        </div>
    }
}
