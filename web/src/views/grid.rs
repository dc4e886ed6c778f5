//! A grid of numbers: seen as colours, read as text, walked with the arrow keys, typed into.

use crate::platform::dom;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// One cell, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CellView {
    /// The number in it; empty in a grid too small for numbers.
    pub(crate) text: String,
    /// What it is, as CSS classes.
    pub(crate) class: String,
    /// How strong its colour is, 0 to 1.
    pub(crate) strength: f32,
    /// A small second number.
    pub(crate) note: String,
    /// What a screen reader says.
    pub(crate) spoken: String,
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct GridProps {
    pub(crate) id: AttrValue,
    /// What the grid is.
    pub(crate) label: AttrValue,
    pub(crate) columns: usize,
    pub(crate) cells: Rc<Vec<CellView>>,
    /// Cells of a few pixels, without numbers.
    #[prop_or_default]
    pub(crate) is_small: bool,
    /// A frame over the cells: first row, first column, rows, columns.
    #[prop_or_default]
    pub(crate) window: Option<[usize; 4]>,
    /// A cell that was typed into: its number and the text.
    #[prop_or_default]
    pub(crate) on_edit: Option<Callback<(usize, String)>>,
    /// The cell under the pointer or the keyboard's focus.
    #[prop_or_default]
    pub(crate) on_point: Callback<Option<usize>>,
    /// A cell that was chosen.
    #[prop_or_default]
    pub(crate) on_pick: Option<Callback<usize>>,
}

#[component]
pub(crate) fn Grid(props: &GridProps) -> Html {
    let focused = use_state_eq(|| 0);
    let n = props.cells.len();
    let focused_now = (*focused).min(n.saturating_sub(1));

    let onpointerover = {
        let on_point = props.on_point.clone();
        Callback::from(move |event: PointerEvent| on_point.emit(cell_of(&event)))
    };
    let onpointerleave = {
        let on_point = props.on_point.clone();
        Callback::from(move |_: PointerEvent| on_point.emit(None))
    };
    let onfocusin = {
        let (on_point, focused) = (props.on_point.clone(), focused.clone());
        Callback::from(move |event: FocusEvent| {
            let cell = cell_of(&event);
            on_point.emit(cell);
            focused.set(cell.unwrap_or(0));
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                input.select();
            }
        })
    };
    let onfocusout = {
        let on_point = props.on_point.clone();
        Callback::from(move |_: FocusEvent| on_point.emit(None))
    };
    let onclick = {
        let on_pick = props.on_pick.clone();
        Callback::from(move |event: MouseEvent| {
            if let (Some(on_pick), Some(cell)) = (&on_pick, cell_of(&event)) {
                on_pick.emit(cell);
            }
        })
    };
    let onchange = {
        let (on_edit, cells) = (props.on_edit.clone(), props.cells.clone());
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            if let (Some(on_edit), Some(cell), Some(input)) = (&on_edit, cell_of(&event), input) {
                let text = input.value();
                // What is in force stands in the cell until what was typed is accepted.
                input.set_value(cells.get(cell).map_or("", |cell| &cell.text));
                on_edit.emit((cell, text));
            }
        })
    };
    let onkeydown = {
        let (id, columns, on_pick) = (props.id.clone(), props.columns, props.on_pick.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(cell) = cell_of(&event) else { return };
            let row_start = cell / columns * columns;
            let next = match event.key().as_str() {
                "ArrowLeft" => cell.saturating_sub(1).max(row_start),
                "ArrowRight" => (cell + 1).min(row_start + columns - 1),
                "ArrowUp" if cell >= columns => cell - columns,
                "ArrowDown" if cell + columns < n => cell + columns,
                "ArrowUp" | "ArrowDown" => cell,
                "Enter" | " " if on_pick.is_some() => {
                    on_pick.iter().for_each(|on_pick| on_pick.emit(cell));
                    event.prevent_default();
                    event.stop_propagation();
                    return;
                }
                _ => return,
            };
            // The grid's arrows are its own; the time line does not hear them.
            event.prevent_default();
            event.stop_propagation();
            dom::focus(&format!("#{id}-{next}"));
        })
    };
    let rows = props.cells.chunks(props.columns).enumerate().map(|(row, cells)| {
        let first = row * props.columns;
        let focused = (first..first + props.columns).contains(&focused_now).then_some(focused_now);
        html! {
            <GridRow key={row} grid={props.id.clone()} {first} cells={cells.to_vec()} {focused}
                can_edit={props.on_edit.is_some()} can_pick={props.on_pick.is_some()} />
        }
    });
    let window = props.window.map(|[row, column, height, width]| {
        html! { <i class="window" aria-hidden="true" style={format!("--row:{row};--column:{column};--height:{height};--width:{width}")}></i> }
    });
    html! {
        <div class={classes!("grid", props.is_small.then_some("small"))} id={props.id.clone()} role="grid" aria-label={&props.label}
            style={format!("--columns:{}", props.columns)}
            {onpointerover} {onpointerleave} {onfocusin} {onfocusout} {onclick} {onchange} {onkeydown}>
            { for rows }
            { for window }
        </div>
    }
}

/// The cell that an event happened in.
fn cell_of(event: &web_sys::Event) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-cell]").ok()??.get_attribute("data-cell")?.parse().ok()
}

#[derive(PartialEq, Properties)]
struct GridRowProps {
    grid: AttrValue,
    /// Number of the row's first cell.
    first: usize,
    cells: Vec<CellView>,
    /// The cell that the tab key reaches, if it is in this row.
    focused: Option<usize>,
    can_edit: bool,
    can_pick: bool,
}

/// A row is drawn again only when something in it changed.
#[component]
fn GridRow(props: &GridRowProps) -> Html {
    let cells = props.cells.iter().enumerate().map(|(i, cell)| {
        let number = props.first + i;
        let id = format!("{}-{number}", props.grid);
        let tabindex = if props.focused == Some(number) { "0" } else { "-1" };
        let style = format!("--strength:{:.3}", cell.strength);
        let class = classes!("cell", cell.class.clone());
        let note = (!cell.note.is_empty()).then(|| html! { <small aria-hidden="true">{&cell.note}</small> });
        let is_padding = cell.class.contains("padding");
        let inside = if props.can_edit && !is_padding {
            html! { <input {id} {tabindex} data-cell={number.to_string()} value={cell.text.clone()} inputmode="decimal" autocomplete="off" aria-label={cell.spoken.clone()} /> }
        } else if props.can_pick {
            html! { <button type="button" {id} {tabindex} data-cell={number.to_string()} aria-label={cell.spoken.clone()}>{&cell.text}</button> }
        } else {
            html! { <span {id} {tabindex} data-cell={number.to_string()} role="img" aria-label={cell.spoken.clone()}>{&cell.text}</span> }
        };
        html! { <div {class} {style} role="gridcell" data-cell={number.to_string()} key={i}>{ inside }{ for note }</div> }
    });
    html! { <div class="grid-row" role="row">{ for cells }</div> }
}
