//! A network of few units: its numbers at their places, and the lines between them.

use super::board::Shown;
use super::faces::faces;
use crate::platform::dom;
use crate::views::grid::cell_of;
use receptive_lessons::scene::{Graph, Place, Spot};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct GraphProps {
    pub(super) data: Graph,
    pub(super) stage: Shown,
    pub(super) moment: usize,
    /// Cells that belong to what is pointed at.
    pub(super) lit: Vec<usize>,
    pub(super) on_point: Callback<Option<Spot>>,
    pub(super) on_pick: Callback<Spot>,
}

#[component]
pub(super) fn GraphFigure(props: &GraphProps) -> Html {
    let focused = use_state_eq(usize::default);
    let Graph { grid, places, lines } = &props.data;
    let name = grid.name;
    let labels = props.stage.0.labels(props.moment, name);
    let cells = faces(grid, &props.lit, |cell| labels.get(cell).cloned().unwrap_or_default());
    let spot = move |cell: usize| Spot { grid: name, cell };
    let onpointerover = {
        let on_point = props.on_point.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                on_point.emit(cell_of(&event).map(spot));
            }
        })
    };
    // A finger points when it has tapped, as on a grid.
    let is_touched = use_mut_ref(bool::default);
    let onpointerdown = {
        let is_touched = is_touched.clone();
        Callback::from(move |event: PointerEvent| {
            is_touched.replace(event.pointer_type() == "touch");
        })
    };
    let onpointerleave = {
        let on_point = props.on_point.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                on_point.emit(None);
            }
        })
    };
    let onfocusin = {
        let (on_point, focused) = (props.on_point.clone(), focused.clone());
        Callback::from(move |event: FocusEvent| {
            let cell = cell_of(&event);
            if !is_touched.replace(false) {
                on_point.emit(cell.map(spot));
            }
            focused.set(cell.unwrap_or(0));
        })
    };
    let onfocusout = props.on_point.reform(|_: FocusEvent| None);
    let onclick = {
        let (on_point, on_pick) = (props.on_point.clone(), props.on_pick.clone());
        Callback::from(move |event: MouseEvent| {
            let Some(cell) = cell_of(&event) else { return };
            on_point.emit(Some(spot(cell)));
            on_pick.emit(spot(cell));
        })
    };
    let onkeydown = {
        let places = places.clone();
        Callback::from(move |event: KeyboardEvent| {
            let Some(cell) = cell_of(&event).filter(|_| !dom::is_reserved(&event)) else { return };
            let Some(next) = next(&places, cell, &event.key()) else { return };
            // The drawing's arrows are its own; the time line does not get them.
            event.prevent_default();
            event.stop_propagation();
            dom::focus(&format!("#lesson-{name}-{next}"));
        })
    };
    let drawn = lines.iter().enumerate().map(|(i, line)| {
        let [from, to] = line.ends.map(|end| places.get(end).map_or([0.0; 2], |place| place.at));
        let is_lit = match line.weight {
            Some(weight) => props.lit.contains(&weight),
            None => line.ends.iter().all(|end| props.lit.contains(end)),
        };
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(|at| at.to_string());
        html! { <line key={i} class={classes!(is_lit.then_some("lit"))} {x1} {y1} {x2} {y2} /> }
    });
    let number = |(i, place): (usize, &Place)| {
        let face = cells.get(i).cloned().unwrap_or_default();
        let id = format!("lesson-{name}-{i}");
        let [left, top] = place.at;
        let style = format!("left:{left}%;top:{top}%;--strength:{:.3}", face.strength);
        let class = classes!("cell", place.is_node.then_some("node"), face.class.clone());
        let tabindex = if *focused == i { "0" } else { "-1" };
        let label = face.spoken.clone();
        let inside = if props.stage.0.moment_of(spot(i)).is_some() {
            html! { <button type="button" {id} {tabindex} aria-label={label}>{&face.text}</button> }
        } else {
            html! { <span {id} {tabindex} role="img" aria-label={label}>{&face.text}</span> }
        };
        let named = (!place.label.is_empty()).then(|| html! { <i aria-hidden="true">{&place.label}</i> });
        html! { <div {class} ~style={style} data-cell={i.to_string()} key={i}>{ inside }{ named.unwrap_or_default() }</div> }
    };
    html! {
        <figure class="graph-figure">
            <div class="graph" id={format!("lesson-{name}")} role="group" aria-label={grid.title.clone()}
                {onpointerover} {onpointerdown} {onpointerleave} {onfocusin} {onfocusout} {onclick} {onkeydown}>
                <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{ for drawn }</svg>
                { for places.iter().enumerate().map(number) }
            </div>
        </figure>
    }
}

/// The number that a key leads to: left and right in the order of the time line, up and down the nearest in that direction.
fn next(places: &[Place], from: usize, key: &str) -> Option<usize> {
    let last = places.len().checked_sub(1)?;
    let down = match key {
        "ArrowLeft" => return Some(from.saturating_sub(1)),
        "ArrowRight" => return Some((from + 1).min(last)),
        "Home" => return Some(0),
        "End" => return Some(last),
        "ArrowUp" => -1.0,
        "ArrowDown" => 1.0,
        _ => return None,
    };
    let here = places.get(from)?.at;
    // Aside counts more than along: a column stays a column.
    let distance = |to: usize| {
        let [across, along] = [0, 1].map(|axis| places[to].at[axis] - here[axis]);
        (along * down > 0.5).then_some(along * down + 4.0 * across.abs())
    };
    let reached = (0..places.len()).filter_map(|to| Some((to, distance(to)?)));
    Some(reached.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(from, |(to, _)| to))
}
