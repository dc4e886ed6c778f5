//! The planes of one layer: a picture whose cells answer to pointer and keys.

use super::montage::Montage;
use super::paint::{Tint, paint};
use crate::context::use_palette;
use crate::platform::dom;
use crate::views::asking::Same;
use crate::views::latest::use_latest;
use js_sys::Float32Array;
use receptive_lessons::say;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

/// A frame on a plane: the plane, first row, first column, rows, columns, and its CSS class.
pub(super) type Frame = (usize, [usize; 4], &'static str);

#[derive(PartialEq, Properties)]
pub(super) struct PlanesProps {
    /// The layer's name: "conv 1".
    pub(super) name: AttrValue,
    /// Its name and size, in words.
    pub(super) label: AttrValue,
    pub(super) montage: Montage,
    /// Planes that the layer has.
    pub(super) n: usize,
    /// Its values, channel by channel, as the worker handed them over.
    pub(super) values: Option<Same<Float32Array>>,
    pub(super) tint: Tint,
    pub(super) frames: Vec<Frame>,
    /// The cell in focus, if it is one of these, and what is said about it.
    pub(super) focus: Option<(usize, AttrValue)>,
    /// The cell that the keyboard starts from.
    #[prop_or_default]
    pub(super) start: Option<usize>,
    pub(super) on_point: Callback<Option<usize>>,
    /// A click on a cell, or the space bar.
    pub(super) on_pick: Callback<usize>,
    /// Enter on a cell.
    pub(super) on_enter: Callback<usize>,
    /// A step with the keyboard to another cell.
    #[prop_or_default]
    pub(super) on_walk: Callback<usize>,
    /// A step from a cell beyond the first plane or the last; by itself it leads to the picture beside this one.
    #[prop_or_default]
    pub(super) on_leave: Option<Callback<(usize, isize)>>,
}

#[component]
pub(super) fn Planes(props: &PlanesProps) -> Html {
    let node = use_node_ref();
    let cursor = use_state_eq(usize::default);
    let is_walked = use_state_eq(bool::default);
    {
        let cursor = cursor.clone();
        use_effect_with(props.start, move |start| {
            if let Some(start) = start {
                cursor.set(*start);
            }
        });
    }
    let palette = use_palette();
    let montage = props.montage;
    {
        let node = node.clone();
        let inputs = (props.values.clone(), montage, props.tint, palette);
        use_effect_with(inputs, move |(values, montage, tint, palette)| {
            if let (Some(canvas), Some(Same(values))) = (node.cast::<HtmlCanvasElement>(), values) {
                paint(&canvas, montage, &values.to_vec(), *tint, palette);
            }
        });
    }
    let at = {
        let node = node.clone();
        move |event: &MouseEvent| {
            let bounds = node.cast::<Element>()?.get_bounding_client_rect();
            let [x, y] = dom::place_of(event);
            let (x, y) = ((x - bounds.left()) / bounds.width(), (y - bounds.top()) / bounds.height());
            montage.cell_at([x, y])
        }
    };
    let onpointermove = {
        let (at, on_point) = (at.clone(), props.on_point.clone());
        Callback::from(move |event: PointerEvent| on_point.emit(at(&event)))
    };
    let onpointerleave = {
        let on_point = props.on_point.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                on_point.emit(None);
            }
        })
    };
    let onclick = {
        let (on_point, on_pick, cursor) = (props.on_point.clone(), props.on_pick.clone(), cursor.clone());
        Callback::from(move |event: MouseEvent| {
            // Beside the planes a click means nothing here, and lets go of what is kept.
            if let Some(cell) = at(&event) {
                event.stop_propagation();
                cursor.set(cell);
                // A click knows its place in whole pixels alone, and may mean the cell beside that of the pointer.
                on_point.emit(Some(cell));
                on_pick.emit(cell);
            }
        })
    };
    let plane_len = montage.h * montage.w;
    let n = montage.n * plane_len;
    let here = (*cursor).min(n.saturating_sub(1));
    let latest = use_latest(here);
    let onfocus = {
        let on_point = props.on_point.clone();
        Callback::from(move |_: FocusEvent| on_point.emit(Some(here)))
    };
    let onblur = {
        let (on_point, is_walked) = (props.on_point.clone(), is_walked.clone());
        Callback::from(move |_: FocusEvent| {
            on_point.emit(None);
            is_walked.set(false);
        })
    };
    let onkeydown = {
        let (on_point, on_pick, on_enter) = (props.on_point.clone(), props.on_pick.clone(), props.on_enter.clone());
        let (on_walk, on_leave) = (props.on_walk.clone(), props.on_leave.clone());
        let (cursor, is_walked) = (cursor.clone(), is_walked.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_reserved(&event) {
                return;
            }
            let here = latest.get();
            let (row, column) = (here / montage.w % montage.h, here % montage.w);
            let next = match event.key().as_str() {
                "ArrowLeft" => here - usize::from(column > 0),
                "ArrowRight" => here + usize::from(column + 1 < montage.w),
                "ArrowUp" => here - if row > 0 { montage.w } else { 0 },
                "ArrowDown" => here + if row + 1 < montage.h { montage.w } else { 0 },
                "PageUp" if here >= plane_len => here - plane_len,
                "PageDown" if here + plane_len < n => here + plane_len,
                key @ ("PageUp" | "PageDown") => {
                    let by = if key == "PageUp" { -1 } else { 1 };
                    event.prevent_default();
                    match &on_leave {
                        Some(on_leave) => on_leave.emit((here, by)),
                        None => dom::focus_beside(".network .planes .cursor", by),
                    }
                    return;
                }
                "Enter" => {
                    event.prevent_default();
                    on_enter.emit(here);
                    return;
                }
                " " => {
                    on_pick.emit(here);
                    here
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if next != here {
                on_walk.emit(next);
            }
            latest.set(next);
            cursor.set(next);
            is_walked.set(true);
            on_point.emit(Some(next));
        })
    };
    let place = |cell: usize| montage.frame(cell / plane_len, [cell / montage.w % montage.h, cell % montage.w, 1, 1]);
    let focus = props.focus.as_ref().filter(|(cell, _)| *cell < n);
    let lit = focus.map(|(cell, _)| html! { <i class="here" ~style={place(*cell)} aria-hidden="true"></i> });
    let about = focus.map(|(_, about)| about.clone());
    let frames = props.frames.iter().filter(|(plane, ..)| *plane < montage.n).enumerate();
    let frames = frames.map(|(i, (plane, frame, class))| {
        html! { <i class={*class} ~style={montage.frame(*plane, *frame)} key={i} aria-hidden="true"></i> }
    });
    let [width, height] = montage.size();
    let folded = (props.n > montage.n).then(|| say!("lab.view.folded", shown = montage.n, n = props.n));
    html! {
        <div class="planes" data-tensor={props.name.clone()} ~style={format!("width:{width:.1}px;height:{height:.1}px")}
            {onpointermove} {onpointerleave} {onclick}>
            <canvas ref={node} aria-hidden="true"></canvas>
            <div>{ for frames }</div>
            { lit.unwrap_or_default() }
            <div role="grid" aria-label={props.label.clone()}><div role="row">
                <div role="gridcell" class="cursor" tabindex="0" ~style={place(here)} data-cell={here.to_string()}
                    aria-label={about.clone().unwrap_or_else(|| props.label.clone())} {onfocus} {onblur} {onkeydown}></div>
            </div></div>
            <p class="spoken" role="status">{ about.filter(|_| *is_walked).unwrap_or_default() }</p>
            { for folded.map(|text| html! { <small class="folded">{text}</small> }) }
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct StillProps {
    pub(super) montage: Montage,
    pub(super) values: Same<Float32Array>,
    pub(super) tint: Tint,
}

/// Planes that only show their values; what they are is said beside them.
#[component]
pub(super) fn Still(props: &StillProps) -> Html {
    let node = use_node_ref();
    let palette = use_palette();
    {
        let node = node.clone();
        let inputs = (props.values.clone(), props.montage, props.tint, palette);
        use_effect_with(inputs, move |(Same(values), montage, tint, palette)| {
            if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
                paint(&canvas, montage, &values.to_vec(), *tint, palette);
            }
        });
    }
    let [width, height] = props.montage.size();
    html! { <canvas class="still" ref={node} ~style={format!("width:{width:.1}px;height:{height:.1}px")} aria-hidden="true"></canvas> }
}
