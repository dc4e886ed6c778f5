//! The network in the Lab at its three levels: all of it, one layer, one cell; how one gets from one to another.

use super::answers::{Answers, NetworkAtHand, Wanted, use_answers, use_network};
use super::cell::CellLevel;
use super::head::Switches;
use super::kept::{WholeLevel, kernels_of};
use super::layer::LayerLevel;
use super::update::{Only, Updates};
use super::watch::{Pin, Watched};
use super::ways::{crumbs, use_move};
use super::{Cell, Shown};
use crate::platform::dom::{self, Listener};
use crate::platform::media::use_is_narrow;
use crate::platform::size::use_size;
use crate::platform::worker_bridge::WorkerClient;
use crate::state::{Direction, Look};
use crate::surroundings::{Part, use_surroundings};
use crate::views::draw::{digit_pad, digit_photo};
use receptive_lessons::say;
use receptive_nn::LayerOutput;
use receptive_train::protocol::Weights;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LevelsProps {
    pub(crate) shown: Shown,
    pub(crate) look: Look,
    pub(crate) direction: Direction,
    pub(crate) on_look: Callback<Look>,
    pub(crate) on_direction: Callback<Direction>,
}

/// The network under its title, unless the learner hides it.
#[component]
pub(crate) fn NetworkView(props: &LevelsProps) -> Html {
    let is_open = use_state_eq(|| true);
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let text = say!(if *is_open { "lab.view.hide" } else { "lab.view.show" });
    html! {
        <div class="network" id="network">
            <div class="network-title">
                <h2>{say!("lab.view.title")}</h2>
                <button type="button" class="quiet" id="view-fold" aria-expanded={is_open.to_string()} {onclick}>{text}</button>
            </div>
            if *is_open { <Levels ..props.clone() /> }
        </div>
    }
}

/// Everything that the levels below the whole network share.
#[derive(Clone, PartialEq)]
pub(super) struct Level {
    pub(super) client: WorkerClient,
    pub(super) shown: Shown,
    pub(super) answers: Answers,
    pub(super) network: Option<NetworkAtHand>,
    pub(super) outputs: Rc<Vec<LayerOutput>>,
    pub(super) direction: Direction,
    pub(super) is_narrow: bool,
    /// The width that there is, in CSS pixels.
    pub(super) room: f64,
    pub(super) on_look: Callback<Look>,
    /// Opens a level in a direction.
    pub(super) on_open: Callback<(Look, Direction)>,
    /// Asks for rows of parameters, by name.
    pub(super) on_rows: Callback<Vec<String>>,
    /// Everything that is watched.
    pub(super) pins: Vec<Pin>,
    /// Watches something, or no longer if it is watched.
    pub(super) on_pin: Callback<Pin>,
}

impl Level {
    /// The shape of a layer, or of the image.
    pub(super) fn shape(&self, layer: &str) -> [usize; 3] {
        self.outputs.iter().find(|output| output.name == layer).map_or(self.shown.spec.input, |output| output.shape)
    }

    /// The button that has something watched, or no longer.
    pub(super) fn watch(&self, id: &'static str, text: &'static str, pin: Pin) -> Html {
        let is_on = self.pins.contains(&pin);
        let onclick = self.on_pin.reform(move |_: MouseEvent| pin.clone());
        html! { <button type="button" class="watch" {id} aria-pressed={is_on.to_string()} {onclick}>{say!(text)}</button> }
    }

    /// True if it shows what a step did: of weights that no run has, there is none.
    pub(super) fn shows_step(&self) -> bool {
        self.direction == Direction::Update && matches!(self.shown.weights, Some((Weights::Run(_), _)))
    }

    /// The changes of the last step to some of a layer's weights, in so wide a place.
    pub(super) fn updates(&self, only: Only, room: f64) -> Option<Html> {
        let (Weights::Run(run), version) = self.shown.weights? else { return None };
        let (client, on_open) = (self.client.clone(), self.on_open.clone());
        let (shown, is_narrow) = (self.shown.clone(), self.is_narrow);
        Some(html! { <Updates {client} {on_open} {run} {shown} {version} {is_narrow} {room} {only} /> })
    }
}

#[component]
fn Levels(props: &LevelsProps) -> Html {
    let around = use_surroundings();
    let is_narrow = use_is_narrow();
    let (pointed, kept) = (use_state_eq(Option::<Cell>::default), use_state_eq(Option::<Cell>::default));
    let logit = use_state_eq(Option::<u8>::default);
    let rows = use_state_eq(Rc::<Vec<String>>::default);
    let pins = use_state_eq(Vec::<Pin>::default);
    let (is_drawing, n_photos) = (use_state_eq(bool::default), use_state_eq(u32::default));
    let LevelsProps { shown, direction, .. } = props;
    let is_backward = *direction == Direction::Backward;
    let (look, class) = use_move(&props.look);
    // A layer's level shows how the loss changes with its weights.
    let has_row_gradients = matches!(look, Look::Layer(_));
    let answers = use_answers(&around, shown, Wanted { is_backward, logit: *logit, rows: &rows, has_row_gradients });
    let focus = (*pointed).clone().or_else(|| (*kept).clone());
    let is_inside = look.depth() > 0;
    let network = use_network(&around.host, &answers.seen, is_inside || focus.is_some());
    let outputs = use_memo(shown.spec.clone(), |spec| spec.outputs().unwrap_or_default());
    let account = use_memo((network.clone(), focus.clone()), |(network, focus)| {
        network.as_ref().zip(focus.as_ref()).and_then(|(network, cell)| network.account(cell))
    });
    let account = account.as_ref().as_ref();
    {
        // Another network has other layers.
        let (on_look, fits) = (props.on_look.clone(), props.look.fits(&shown.spec));
        use_effect_with(fits, move |fits| {
            if !fits {
                on_look.emit(Look::Network);
            }
        });
        let pins = pins.clone();
        use_effect_with(shown.spec.clone(), move |_| pins.set(vec![]));
    }
    {
        // With the chapters come the words and the styles of all this.
        let start = around.actions.start.clone();
        use_effect_with(is_inside || *direction == Direction::Update, move |is_wanted| {
            if *is_wanted {
                start.emit(Part::Chapters);
            }
        });
    }
    {
        // Rows of weights: of the kernels before a cell that is pointed at, and all that a kept one's arithmetic needs.
        let kernels = focus.as_ref().and_then(|cell| kernels_of(&outputs, cell)).map(|(_, name)| name);
        let missing = account.filter(|_| kept.is_some() && *kept == focus).map(|account| account.missing.clone());
        let set = rows.clone();
        use_effect_with(
            (missing, kernels, kept.is_some(), is_inside),
            move |(missing, kernels, is_kept, is_inside)| {
                let lacks = |name: &String| !set.contains(name);
                let wanted: Vec<String> = missing.iter().flatten().chain(kernels).cloned().collect();
                // What a kept cell has got is not missing any more, and still wanted.
                if !*is_inside && (wanted.iter().any(lacks) || wanted.is_empty() && !*is_kept) {
                    set.set(Rc::new(wanted));
                }
            },
        );
    }
    let node = use_node_ref();
    let (room, _) = *use_size(&node);
    let came_from = use_mut_ref(|| (None::<Cell>, false));
    let on_look = {
        let (on_look, came_from, here, pointed) =
            (props.on_look.clone(), came_from.clone(), props.look.clone(), pointed.clone());
        Callback::from(move |look: Look| {
            let mut came_from = came_from.borrow_mut();
            let before = came_from.0.take();
            let cell = match (&here, &look) {
                (Look::Cell(name, cell), _) | (_, Look::Cell(name, cell)) => Some((name.clone(), *cell)),
                (Look::Layer(name), _) | (_, Look::Layer(name)) => {
                    before.filter(|(layer, _)| layer == name).or_else(|| Some((name.clone(), 0)))
                }
                _ => before,
            };
            *came_from = (cell, true);
            drop(came_from);
            pointed.set(None);
            on_look.emit(look);
        })
    };
    {
        // The keyboard goes on where the learner went, or came from.
        let came_from = came_from.clone();
        let inputs = (look.clone(), look == props.look, network.is_some());
        use_effect_with(inputs, move |(look, is_arrived, is_there)| {
            let (cell, is_due) = came_from.borrow().clone();
            if is_due && *is_arrived && (*is_there || look.depth() == 0) {
                came_from.borrow_mut().1 = false;
                let layer = look.layer().map(str::to_string).or(cell.map(|(layer, _)| layer)).unwrap_or_default();
                dom::focus_quietly(&format!(".network .planes[data-tensor='{layer}'] .cursor"));
            }
        });
    }
    {
        let on_look = on_look.clone();
        use_effect_with(props.look.clone(), move |look| {
            // A second press may come before the first is drawn.
            let at = RefCell::new(look.clone());
            let listener = Listener::new("keydown", move |event| {
                let is_escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
                let up = at.borrow().up();
                if let Some(up) = up.filter(|_| is_escape && !event.default_prevented()) {
                    event.prevent_default();
                    at.replace(up.clone());
                    on_look.emit(up);
                }
            });
            move || drop(listener)
        });
    }
    let onclick = {
        let (on_look, up) = (on_look.clone(), props.look.up());
        Callback::from(move |event: MouseEvent| {
            if let Some(up) = up.clone().filter(|_| dom::is_on_empty_space(&event)) {
                on_look.emit(up);
            }
        })
    };
    let ways = (props.on_look.clone(), props.on_direction.clone());
    let on_open = use_callback(ways, |(look, direction), (on_look, on_direction)| {
        on_direction.emit(direction);
        on_look.emit(look);
    });
    let level = Level {
        client: around.client.clone(),
        shown: shown.clone(),
        answers: answers.clone(),
        network: network.clone(),
        outputs: outputs.clone(),
        direction: *direction,
        is_narrow,
        room: f64::from(room.max(280)),
        on_look: on_look.clone(),
        on_open,
        on_rows: {
            let rows = rows.clone();
            Callback::from(move |names: Vec<String>| rows.set(Rc::new(names)))
        },
        pins: (*pins).clone(),
        on_pin: {
            let pins = pins.clone();
            Callback::from(move |pin: Pin| {
                let mut all = (*pins).clone();
                match all.iter().position(|known| *known == pin) {
                    Some(at) => _ = all.remove(at),
                    None => all.push(pin),
                }
                pins.set(all);
            })
        },
    };
    // Backward the gradient with respect to the image stands there. With another digit the pad begins blank again.
    let can_draw = look == Look::Network && *direction == Direction::Forward && shown.reads_drawings();
    let has_pad = can_draw && *is_drawing;
    let key = around.digit.index;
    let pad = has_pad.then(|| html! { <div class="over" {key}>{ digit_pad(&around.digit, *n_photos, false) }</div> });
    let photo = has_pad.then(|| digit_photo(&around.digit, &n_photos));
    let switches = Switches {
        around: &around,
        shown,
        answers: &answers,
        directions: &Direction::ALL,
        direction: *direction,
        on_direction: &props.on_direction,
        logit: &logit,
        has_image: is_inside || !level.shows_step(),
        drawing: can_draw.then_some(&is_drawing),
    };
    let let_go = {
        let (pointed, kept) = (pointed.clone(), kept.clone());
        Callback::from(move |()| {
            pointed.set(None);
            kept.set(None);
        })
    };
    let onkeydown = {
        let (let_go, is_inside) = (let_go.clone(), is_inside);
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && !is_inside {
                event.prevent_default();
                let_go.emit(());
            }
        })
    };
    let start = came_from.borrow().0.clone();
    let inside = network.is_some() && answers.trouble.is_none();
    let view = match &look {
        Look::Layer(name) if inside => {
            html! { <LayerLevel key={name.clone()} level={level.clone()} name={name.clone()} {start} /> }
        }
        Look::Cell(name, cell) if inside => {
            html! { <CellLevel level={level.clone()} name={name.clone()} cell={*cell} /> }
        }
        Look::Layer(_) | Look::Cell(..) => {
            html! { <p class="note" id="network-about">{ answers.trouble.clone().unwrap_or_else(|| say!("lab.view.waiting")) }</p> }
        }
        Look::Network => {
            let whole = WholeLevel {
                level: &level,
                pointed: &pointed,
                kept: &kept,
                account,
                start,
                logit: *logit,
                let_go: &let_go,
                pad,
            };
            whole.draw(&around.actions.start)
        }
    };
    let crumbs = (is_inside && around.host.is_some()).then(|| crumbs(&look, &level));
    html! {
        <div class="network-whole" {onkeydown}>
            { switches.draw() }
            { crumbs.unwrap_or_default() }
            { photo.unwrap_or_default() }
            <div ref={node} {onclick}><div class={classes!("level", class)} data-level={look.depth().to_string()} data-empty="">{ view }</div></div>
            <Watched {level} />
        </div>
    }
}
