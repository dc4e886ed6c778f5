//! One cell: where it lies, every term that it is made of, and every cell that it goes into.

use super::drawing::values_of;
use super::levels::Level;
use super::montage::Montage;
use super::nudge::Nudges;
use super::planes::Planes;
use super::scale::Scale;
use super::terms::{Terms, total};
use super::update::Only;
use super::watch::Pin;
use super::{Cell, INPUT};
use crate::state::{Direction, Look};
use crate::views::asking::Same;
use receptive_lessons::network::holder;
use receptive_lessons::words::layer_name;
use receptive_lessons::{four_digits, say, size_text};
use std::rc::Rc;
use yew::prelude::*;

/// The largest picture of the cell's map, in CSS pixels.
const MAP: f64 = 300.0;

#[derive(PartialEq, Properties)]
pub(super) struct CellLevelProps {
    pub(super) level: Level,
    pub(super) name: String,
    pub(super) cell: usize,
}

#[component]
pub(super) fn CellLevel(props: &CellLevelProps) -> Html {
    let CellLevelProps { level, cell, .. } = props;
    let name = holder(&level.outputs, &props.name).to_string();
    let is_into = use_state_eq(bool::default);
    let chosen = use_state_eq(usize::default);
    let account = use_memo((level.network.clone(), name.clone(), *cell), |(network, name, cell)| {
        let network = network.as_ref()?;
        network.host.cell(&network.tensor(name), *cell)
    });
    let shape @ [_, rows, columns] = level.shape(&name);
    let len = rows * columns;
    {
        let rows = account.as_ref().as_ref().map(|account| account.rows.concat());
        let on_rows = level.on_rows.clone();
        use_effect_with(rows.unwrap_or_default(), move |rows| on_rows.emit(rows.clone()));
    }
    {
        // Another map has other windows.
        let chosen = chosen.clone();
        use_effect_with((name.clone(), *is_into), move |_| chosen.set(0));
    }
    // The map that the cell lies in; of values that stand alone, all of them.
    let (first, seen_shape) = if len == 1 { (0, shape) } else { (cell / len * len, [1, rows, columns]) };
    let (values, tint) = values_of(level.answers.seen.as_deref(), &name);
    let map = use_memo((values, first, seen_shape), |(values, first, shape)| {
        let (first, n) = (*first as u32, shape.iter().product::<usize>() as u32);
        values.as_ref().map(|values| Same(Rc::new(values.subarray(first, first + n))))
    });
    let Some(account) = account.as_ref().as_ref() else {
        return html! { <p class="note">{say!("lab.view.waiting")}</p> };
    };
    let total = if account.is_complete { total(account) } else { String::new() };
    let go = level.on_look.reform(|(name, cell): Cell| Look::Cell(name, cell));
    let within = {
        let (go, name) = (go.clone(), name.clone());
        Callback::from(move |at: usize| go.emit((name.clone(), first + at)))
    };
    let on_leave = {
        let (go, name, level) = (go.clone(), name.clone(), level.clone());
        Callback::from(move |(at, by): (usize, isize)| {
            let beside = Beside { level: &level, name: &name, cell: first + at }.by(by);
            beside.into_iter().for_each(|cell| go.emit(cell));
        })
    };
    let montage = Montage::filling(seen_shape, MAP.min(level.room), MAP);
    let focus = Some((cell - first, AttrValue::from(format!("{} {total}", account.about))));
    let label = say!("lab.view.layer", layer = layer_name(&name), size = size_text(seen_shape));
    let turn = |to: bool, key: &str| {
        let (is_into, is_on) = (is_into.clone(), *is_into == to);
        let onclick = Callback::from(move |_: MouseEvent| is_into.set(to));
        html! { <button type="button" id={format!("cell-{key}")} class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{say!(format!("zoom.{key}"))}</button> }
    };
    let is_backward = level.direction == Direction::Backward;
    let colours = if is_backward { ["--rise", "--fall"] } else { ["--act", "--minus"] };
    let groups = if *is_into { &account.readers } else { &account.groups };
    let terms =
        Terms { groups, has_sums: !*is_into && account.is_sum, chosen: &chosen, colours, on_look: &level.on_look };
    let nothing = groups.is_empty().then(|| {
        let key = match (*is_into, name.as_str()) {
            (false, INPUT) if !is_backward => "zoom.given",
            (false, _) => "zoom.no-terms",
            (true, _) => "zoom.no-readers",
        };
        html! { <p class="note">{say!(key)}</p> }
    });
    let remarks = account.remarks.iter().filter(|_| !*is_into).map(|text| html! { <p class="hint">{text}</p> });
    let nudges = level.answers.of.zip(level.answers.seen.clone()).zip(level.shown.weights);
    let nudges = nudges.map(|((of, seen), (weights, version))| {
        let rows = account.rows[0].clone();
        html! { <Nudges level={level.clone()} {weights} {of} {version} cell={(name.clone(), *cell)} {rows} {seen} /> }
    });
    let is_update = level.shows_step();
    let weights = level.row_of_weights(&name);
    let made_with = weights.map(|_| {
        let key = if len == 1 { "zoom.made-with.unit" } else { "zoom.made-with.map" };
        say!(key, layer = layer_name(&name), map = cell / len + 1)
    });
    let step = is_update.then(|| match weights {
        Some([maps, h, w]) => {
            let row = cell / len;
            let only = Only { layer: name.clone(), rows: row..row + 1, shape: [1, maps, h, w] };
            level.updates(only, level.room).unwrap_or_default()
        }
        None => html! { <p class="note" id="network-about">{say!("zoom.no-weights")}</p> },
    });
    let arithmetic = step.unwrap_or_else(|| {
        html! {
            <>
                if account.is_complete || *is_into { { terms.draw() } } else { <p class="note">{say!("lab.view.waiting")}</p> }
                { nothing.unwrap_or_default() }
                { for remarks }
                { nudges.unwrap_or_default() }
            </>
        }
    });
    html! {
        <section class="cell-level" aria-label={account.about.clone()} data-empty="">
            <div class="cell-place" data-empty="">
                <figure class="network-layer">
                    <Planes name={name.clone()} {label} {montage} n={seen_shape[0]} values={(*map).clone()} {tint} frames={vec![]} {focus} start={Some(cell - first)}
                        on_point={Callback::noop()} on_pick={within.clone()} on_enter={Callback::noop()} on_walk={within} {on_leave} />
                    <figcaption><Scale values={(*map).clone()} {tint} /></figcaption>
                </figure>
                <div>
                    if is_update {
                        // What the step did has a note of its own.
                        <p class="note">{ made_with.unwrap_or_default() }</p>
                    } else {
                        <b class="cell-value" id="cell-value">{four_digits(account.value)}</b>
                        <p class="note" id="network-about">{&account.about}</p>
                        if !account.groups.is_empty() || !account.rest.is_empty() { <p class="cell-total" id="cell-total">{total}</p> }
                        <div class="cell-ways"><span class="seg" role="group" aria-label={say!("zoom.ways")}>{ turn(false, "made-of") }{ turn(true, "goes-into") }</span>{ watch(level, &name, *cell) }</div>
                    }
                </div>
            </div>
            { arithmetic }
        </section>
    }
}

/// The buttons that have the cell and its map watched.
fn watch(level: &Level, name: &str, cell: usize) -> Html {
    let shape @ [_, rows, columns] = level.shape(name);
    if name == INPUT {
        return html! {};
    }
    let map = (rows * columns > 1).then(|| level.watch("watch-map", "zoom.watch.add-map", Pin::map(name, cell, shape)));
    html! {
        <span class="watch-ways">{ level.watch("watch-cell", "zoom.watch.add-cell", Pin::cell(name, cell, shape)) }{ map.unwrap_or_default() }</span>
    }
}

/// A cell, and those in the same place of the maps beside its own.
struct Beside<'a> {
    level: &'a Level,
    name: &'a str,
    cell: usize,
}

impl Beside<'_> {
    /// The cell in the next map or the one before; behind the last the first of the next layer.
    fn by(&self, by: isize) -> Option<Cell> {
        let [maps, rows, columns] = self.level.shape(self.name);
        let next = (self.cell as isize + by * (rows * columns) as isize).try_into().ok();
        if let Some(next) = next.filter(|next: &usize| *next < maps * rows * columns) {
            return Some((self.name.into(), next));
        }
        let computing = self.level.outputs.iter().filter(|output| output.computes).map(|output| output.name.as_str());
        let layers: Vec<&str> = std::iter::once(INPUT).chain(computing).collect();
        let at = layers.iter().position(|layer| *layer == self.name)?.checked_add_signed(by)?;
        layers.get(at).map(|layer| (layer.to_string(), 0))
    }
}
