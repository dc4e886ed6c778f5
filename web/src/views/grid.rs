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
    pub(crate) text: AttrValue,
    /// Its CSS classes.
    pub(crate) class: AttrValue,
    /// The strength of its colour, 0 to 1.
    pub(crate) strength: f32,
    /// Its own colour, where it stands for one.
    pub(crate) colour: Option<[u8; 3]>,
    /// A small second number.
    pub(crate) note: AttrValue,
    /// The text for screen readers.
    pub(crate) spoken: AttrValue,
    /// True if it takes no typing, in a grid that does.
    pub(crate) is_fixed: bool,
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct GridProps {
    pub(crate) id: AttrValue,
    /// The grid's name and size, for screen readers.
    pub(crate) label: AttrValue,
    pub(crate) columns: usize,
    pub(crate) cells: Rc<Vec<CellView>>,
    /// Frames over the cells: first row, first column, rows, columns.
    #[prop_or_default]
    pub(crate) frames: Vec<[usize; 4]>,
    /// A cell that was typed into: its number and the text.
    #[prop_or_default]
    pub(crate) on_edit: Option<Callback<(usize, String)>>,
    /// The cell under the pointer or the keyboard's focus.
    #[prop_or_default]
    pub(crate) on_point: Callback<Option<usize>>,
    /// A cell that was chosen.
    #[prop_or_default]
    pub(crate) on_pick: Option<Callback<usize>>,
    /// A cell that the pressed pointer went over: the grid is painted.
    #[prop_or_default]
    pub(crate) on_paint: Option<Callback<usize>>,
}

/// More cells than this change their colour at once, without fading.
const MANY: usize = 64;

#[component]
pub(crate) fn Grid(props: &GridProps) -> Html {
    let focused = use_state_eq(usize::default);
    let focused_now = (*focused).min(props.cells.len().saturating_sub(1));

    // A finger points when it has tapped, not before: what is above may grow then, and a tap hits what it aimed at.
    let is_touched = use_mut_ref(bool::default);
    let onpointerover = {
        let (on_point, on_paint) = (props.on_point.clone(), props.on_paint.clone());
        Callback::from(move |event: PointerEvent| {
            let cell = cell_of(&event);
            if event.pointer_type() != "touch" {
                on_point.emit(cell);
            }
            if let (Some(on_paint), Some(cell)) = (&on_paint, cell.filter(|_| event.buttons() & 1 == 1)) {
                on_paint.emit(cell);
            }
        })
    };
    let onpointerdown = {
        let (on_paint, is_touched) = (props.on_paint.clone(), is_touched.clone());
        Callback::from(move |event: PointerEvent| {
            is_touched.replace(event.pointer_type() == "touch");
            let cell = cell_of(&event).filter(|_| event.button() == 0);
            let (Some(on_paint), Some(cell)) = (&on_paint, cell) else { return };
            // A finger is captured by the cell that it touched first; painting wants the others too.
            if let Some(target) = event.target_dyn_into::<Element>() {
                let _ = target.release_pointer_capture(event.pointer_id());
            }
            on_paint.emit(cell);
        })
    };
    let onpointerleave = {
        let on_point = props.on_point.clone();
        // A finger has left as soon as it has tapped; what it tapped stays lit until the focus goes.
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                on_point.emit(None);
            }
        })
    };
    let onfocusin = {
        let (on_point, focused, is_touched) = (props.on_point.clone(), focused.clone(), is_touched.clone());
        Callback::from(move |event: FocusEvent| {
            let cell = cell_of(&event);
            if !is_touched.replace(false) {
                on_point.emit(cell);
            }
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
        let (on_point, on_pick) = (props.on_point.clone(), props.on_pick.clone().or_else(|| props.on_paint.clone()));
        Callback::from(move |event: MouseEvent| {
            on_point.emit(cell_of(&event));
            event.target_dyn_into::<HtmlInputElement>().iter().for_each(HtmlInputElement::select);
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
                // What was typed gives way to what is in force; if the number is taken, that is the new one.
                input.set_value(cells.get(cell).map_or("", |cell| &cell.text));
                on_edit.emit((cell, text));
                select_soon(input);
            }
        })
    };
    let onkeydown = walking(props);
    let n_rows = props.cells.len() / props.columns.max(1);
    let n_chars = props.cells.iter().map(|cell| cell.text.chars().count()).max().unwrap_or(0).max(1);
    let rows = (0..n_rows).map(|row| {
        let first = row * props.columns;
        let focused = (first..first + props.columns).contains(&focused_now).then_some(focused_now);
        html! {
            <GridRow key={row} grid={props.id.clone()} {first} columns={props.columns} cells={props.cells.clone()} {focused}
                can_edit={props.on_edit.is_some()} can_pick={props.on_pick.is_some() || props.on_paint.is_some()} />
        }
    });
    let frames = props.frames.iter().enumerate().map(|(i, [row, column, height, width])| {
        html! { <i class="window" key={format!("frame-{i}")} aria-hidden="true" ~style={format!("--row:{row};--column:{column};--height:{height};--width:{width}")}></i> }
    });
    html! {
        <div class={classes!("grid", (n_rows == 1).then_some("line"), (props.cells.len() > MANY).then_some("many"), props.on_paint.is_some().then_some("painted"))} id={props.id.clone()} role="grid" aria-label={&props.label}
            aria-readonly={props.on_edit.is_none().to_string()} ~style={format!("--columns:{};--chars:{n_chars}", props.columns)}
            {onpointerover} {onpointerdown} {onpointerleave} {onfocusin} {onfocusout} {onclick} {onchange} {onkeydown}>
            { for rows }
            { for frames }
        </div>
    }
}

/// Arrow keys walk from cell to cell, Enter and space choose, Escape takes typing back.
fn walking(props: &GridProps) -> Callback<KeyboardEvent> {
    let (id, columns, on_pick, cells) = (props.id.clone(), props.columns, props.on_pick.clone(), props.cells.clone());
    Callback::from(move |event: KeyboardEvent| {
        let Some(cell) = cell_of(&event) else { return };
        if dom::is_reserved(&event) {
            return;
        }
        let row_start = cell / columns * columns;
        let input = event.target_dyn_into::<HtmlInputElement>();
        let next = match event.key().as_str() {
            "ArrowLeft" => cell.saturating_sub(1).max(row_start),
            "ArrowRight" => (cell + 1).min(row_start + columns - 1),
            "ArrowUp" if cell >= columns => cell - columns,
            "ArrowDown" if cell + columns < cells.len() => cell + columns,
            "ArrowUp" | "ArrowDown" => cell,
            "Escape" if input.is_some() => {
                if let Some(input) = input {
                    input.set_value(cells.get(cell).map_or("", |cell| &cell.text));
                    input.select();
                }
                return;
            }
            "Enter" if input.is_some() => {
                input.into_iter().for_each(select_soon);
                return;
            }
            "Enter" | " " if on_pick.is_some() => {
                on_pick.iter().for_each(|on_pick| on_pick.emit(cell));
                event.prevent_default();
                event.stop_propagation();
                return;
            }
            _ => return,
        };
        // The grid's arrows are its own; the time line does not get them.
        event.prevent_default();
        event.stop_propagation();
        dom::focus(&format!("#{id}-{next}"));
    })
}

/// Selects the text soon, so that the next number can be typed at once.
fn select_soon(input: HtmlInputElement) {
    dom::after_millis(0, move || {
        if dom::document().active_element().is_some_and(|active| active == **input) {
            input.select();
        }
    });
}

/// The cell that an event happened in.
pub(crate) fn cell_of(event: &web_sys::Event) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-cell]").ok()??.get_attribute("data-cell")?.parse().ok()
}

#[derive(Properties)]
struct GridRowProps {
    grid: AttrValue,
    /// Number of the row's first cell.
    first: usize,
    columns: usize,
    /// All cells of the grid.
    cells: Rc<Vec<CellView>>,
    /// The cell that the tab key reaches, if it is in this row.
    focused: Option<usize>,
    can_edit: bool,
    can_pick: bool,
}

impl GridRowProps {
    fn row(&self) -> &[CellView] {
        self.cells.get(self.first..self.first + self.columns).unwrap_or_default()
    }
}

/// A row is drawn again only when something in it changed.
impl PartialEq for GridRowProps {
    fn eq(&self, other: &Self) -> bool {
        let place = |props: &Self| (props.first, props.columns, props.focused, props.can_edit, props.can_pick);
        let is_same = Rc::ptr_eq(&self.cells, &other.cells) && self.first == other.first;
        place(self) == place(other) && self.grid == other.grid && (is_same || self.row() == other.row())
    }
}

#[component]
fn GridRow(props: &GridRowProps) -> Html {
    let cells = props.row().iter().enumerate().map(|(i, cell)| {
        let number = props.first + i;
        let id = format!("{}-{number}", props.grid);
        let tabindex = if props.focused == Some(number) { "0" } else { "-1" };
        let style = match cell.colour {
            Some([red, green, blue]) => format!("background:rgb({red} {green} {blue})"),
            None => format!("--strength:{:.3}", cell.strength),
        };
        let class = classes!("cell", cell.class.clone());
        let note = (!cell.note.is_empty()).then(|| html! { <small aria-hidden="true">{&cell.note}</small> });
        let label = cell.spoken.clone();
        let inside = if props.can_edit && !cell.is_fixed {
            html! { <input {id} {tabindex} value={cell.text.clone()} autocomplete="off" spellcheck="false" enterkeyhint="done" aria-label={label} /> }
        } else if props.can_pick {
            html! { <button type="button" {id} {tabindex} aria-label={label}>{&cell.text}</button> }
        } else {
            html! { <span {id} {tabindex} role="img" aria-label={label}>{&cell.text}</span> }
        };
        html! { <div {class} ~style={style} role="gridcell" data-cell={number.to_string()} key={i}>{ inside }{ note.unwrap_or_default() }</div> }
    });
    html! { <div class="grid-row" role="row">{ for cells }</div> }
}
