//! A large grid: a picture on a canvas with one cell that the keyboard walks, and, on demand, all its numbers.

use crate::context::use_palette;
use crate::platform::theme::{Palette, Rgb};
use crate::platform::{canvas, dom};
use crate::views::figure::{n_planes, strength};
use crate::views::latest::use_latest;
use receptive_lessons::cell_numbers;
use receptive_lessons::scene::{Cell, Grid, Role};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};
use yew::prelude::*;

/// Pixels of the canvas to one cell of the whole picture: enough for a stroke that tells a sign apart from its hue.
const FINE: usize = 4;
/// The share of a hue in the deepest colour.
const DEEPEST: f64 = 0.92;
/// CSS pixels of a cell that shows its number.
const ZOOMED: usize = 38;

#[derive(PartialEq, Properties)]
pub(crate) struct PixelsProps {
    pub(crate) id: AttrValue,
    pub(crate) label: AttrValue,
    pub(crate) grid: Grid,
    /// The value of the deepest colour.
    pub(crate) scale: f32,
    /// Cells that belong to what is pointed at.
    pub(crate) lit: Vec<usize>,
    /// True if every number is shown, in a frame that scrolls.
    pub(crate) is_zoomed: bool,
    /// Returns the text of a cell for screen readers.
    pub(crate) describe: Callback<usize, String>,
    pub(crate) on_point: Callback<Option<usize>>,
    pub(crate) on_pick: Callback<usize>,
}

#[component]
pub(crate) fn Pixels(props: &PixelsProps) -> Html {
    let node = use_node_ref();
    let cursor = use_state_eq(|| props.grid.now.unwrap_or(0));
    let is_walked = use_state_eq(bool::default);
    let palette = use_palette();
    let (rows, columns) = (props.grid.rows(), props.grid.columns);
    let n = rows * columns;
    {
        let node = node.clone();
        let inputs = (props.grid.cells.clone(), props.grid.n_known, props.scale, props.is_zoomed, palette);
        use_effect_with((inputs, columns), move |((cells, n_known, scale, is_zoomed, palette), columns)| {
            let Some(canvas) = node.cast::<HtmlCanvasElement>() else { return };
            let known = |i: usize| n_known.is_none_or(|n_known| i < n_known);
            let painter = Painter { palette: *palette, scale: *scale };
            painter.whole(&canvas, cells, *columns, known, if *is_zoomed { 1 } else { FINE });
            if *is_zoomed {
                painter.numbers(&canvas, cells, *columns, known);
            }
        });
    }
    let at = {
        let node = node.clone();
        move |event: &MouseEvent| {
            let bounds = node.cast::<Element>()?.get_bounding_client_rect();
            let part = |at: f64, from: f64, size: f64, n: usize| {
                let place = ((at - from) / size * n as f64).floor();
                (place >= 0.0 && place < n as f64).then_some(place as usize)
            };
            let row = part(event.client_y().into(), bounds.top(), bounds.height(), rows)?;
            let column = part(event.client_x().into(), bounds.left(), bounds.width(), columns)?;
            Some(row * columns + column)
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
            if let Some(cell) = at(&event) {
                cursor.set(cell);
                on_point.emit(Some(cell));
                on_pick.emit(cell);
            }
        })
    };
    let here = (*cursor).min(n.saturating_sub(1));
    let onfocus = {
        let on_point = props.on_point.clone();
        Callback::from(move |_: FocusEvent| on_point.emit(Some(here)))
    };
    let onblur = {
        let (on_point, is_walked) = (props.on_point.clone(), is_walked.clone());
        Callback::from(move |_: FocusEvent| {
            is_walked.set(false);
            on_point.emit(None);
        })
    };
    let latest = use_latest(here);
    let onkeydown = {
        let (on_point, on_pick, cursor, is_walked) =
            (props.on_point.clone(), props.on_pick.clone(), cursor.clone(), is_walked.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_reserved(&event) {
                return;
            }
            let here = latest.get();
            let next = match event.key().as_str() {
                "ArrowLeft" if here % columns > 0 => here - 1,
                "ArrowRight" if here % columns + 1 < columns => here + 1,
                "ArrowUp" if here >= columns => here - columns,
                "ArrowDown" if here + columns < n => here + columns,
                "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" => here,
                "Enter" | " " => {
                    on_pick.emit(here);
                    here
                }
                _ => return,
            };
            // The grid's arrows are its own; the time line does not get them.
            event.prevent_default();
            event.stop_propagation();
            latest.set(next);
            cursor.set(next);
            is_walked.set(true);
            on_point.emit(Some(next));
        })
    };
    let frame = |class: &'static str, [row, column, height, width]: [usize; 4]| {
        let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
        let style = format!(
            "top:{:.3}%;left:{:.3}%;height:{:.3}%;width:{:.3}%",
            share(row, rows),
            share(column, columns),
            share(height, rows),
            share(width, columns)
        );
        (class, style)
    };
    let one = |cell: usize| [cell / columns, cell % columns, 1, 1];
    let marks = props.grid.marked.iter().map(|&cell| frame("ring", one(cell)));
    let changes = props.grid.changed.iter().flatten().map(|&cell| frame("ring changed", one(cell)));
    let lit = props.lit.iter().map(|&cell| frame("spot", one(cell)));
    let frames = props.grid.frames.iter().map(|&area| frame("pane", area));
    let overlays = marks.chain(changes).chain(lit).chain(frames).enumerate();
    let overlays =
        overlays.map(|(i, (class, style))| html! { <i {class} ~style={style} key={i} aria-hidden="true"></i> });
    let (_, place) = frame("", one(here));
    let description = props.describe.emit(here);
    let size = if props.is_zoomed { format!("width:{}px", columns * ZOOMED) } else { String::new() };
    html! {
        <div class={classes!("pixels", props.is_zoomed.then_some("zoomed"), (n_planes(&props.grid) > 1).then_some("wide"))}>
            <div class="pixels-plane" id={props.id.clone()} role="grid" aria-label={props.label.clone()} ~style={size}
                aria-rowcount={rows.to_string()} aria-colcount={columns.to_string()} {onpointermove} {onpointerleave} {onclick}>
                <canvas ref={node} aria-hidden="true" ~style={format!("aspect-ratio:{columns}/{rows}")}></canvas>
                <div role="row" aria-rowindex={(here / columns + 1).to_string()}>
                    <div role="gridcell" class="cursor" tabindex="0" ~style={place} data-cell={here.to_string()} aria-colindex={(here % columns + 1).to_string()}
                        aria-label={description.clone()} {onfocus} {onblur} {onkeydown}></div>
                </div>
                <div>{ for overlays }</div>
            </div>
            <p class="spoken" role="status">{ if *is_walked { description } else { String::new() } }</p>
        </div>
    }
}

/// A colour between two.
pub(crate) fn mix(from: Rgb, to: Rgb, share: f64) -> Rgb {
    [0, 1, 2].map(|i| from[i] + (to[i] - from[i]) * share.clamp(0.0, 1.0))
}

struct Painter {
    palette: Palette,
    scale: f32,
}

impl Painter {
    /// A cell's colour, and how strongly it is there.
    fn colour(&self, cell: &Cell) -> (Rgb, f64) {
        let Palette { sheet, ink, edge, plus, minus, act, rise, fall, focus, .. } = self.palette;
        let strength = f64::from(strength(cell, self.scale));
        let hue = match cell.role {
            Role::Input => ink,
            Role::Padding => edge,
            Role::Weight if cell.value > 0.0 => plus,
            Role::Activation if cell.value > 0.0 => act,
            Role::Weight | Role::Activation => minus,
            Role::Gradient if cell.value > 0.0 => rise,
            Role::Gradient => fall,
            Role::Count => focus,
            Role::Red => [200.0, 30.0, 30.0],
            Role::Green => [20.0, 140.0, 40.0],
            Role::Blue => [40.0, 70.0, 220.0],
            Role::Light => return (mix([0.0; 3], [255.0; 3], (cell.value / self.scale).into()), strength),
            Role::Colour(colour) => return (colour.map(f64::from), 1.0),
        };
        let share = if cell.role == Role::Padding { 0.16 } else { DEEPEST * strength };
        (mix(sheet, hue, share), strength)
    }

    /// One square of canvas pixels for each cell. Negative numbers carry a stroke, cells never read a slash.
    fn whole(
        &self,
        canvas: &HtmlCanvasElement,
        cells: &[Cell],
        columns: usize,
        known: impl Fn(usize) -> bool,
        fine: usize,
    ) {
        let rows = cells.len() / columns.max(1);
        let (width, height) = (columns * fine, rows * fine);
        let mut bytes = vec![255; width * height * 4];
        for (i, cell) in cells.iter().enumerate() {
            let (colour, strength) = if known(i) { self.colour(cell) } else { (self.palette.sheet, 0.0) };
            let below = match cell.role {
                Role::Weight | Role::Activation => Some(self.palette.minus),
                Role::Gradient => Some(self.palette.fall),
                _ => None,
            };
            let below = below.filter(|_| cell.value < 0.0 && known(i));
            // Faint where the value is.
            let deeper = (strength + strength.min(1.0 / 3.0)).min(1.0);
            let stroke = below.map(|hue| mix(self.palette.sheet, hue, DEEPEST * deeper));
            let slash = mix(colour, self.palette.edge, 0.8);
            for y in 0..fine {
                for x in 0..fine {
                    let colour = if let Some(stroke) = stroke.filter(|_| fine > 1 && y == fine / 2) {
                        stroke
                    } else if cell.is_unread && x + y + 1 == fine {
                        slash
                    } else {
                        colour
                    };
                    let at = ((i / columns * fine + y) * width + i % columns * fine + x) * 4;
                    (0..3).for_each(|part| bytes[at + part] = colour[part] as u8);
                }
            }
        }
        canvas::put(canvas, width, height, &bytes);
    }

    /// The same in large squares, each with its number.
    fn numbers(&self, canvas: &HtmlCanvasElement, cells: &[Cell], columns: usize, known: impl Fn(usize) -> bool) {
        let Some(context) = canvas::context(canvas) else { return };
        let ratio = dom::pixel_ratio().min(2.0);
        let side = ZOOMED as f64 * ratio;
        let rows = cells.len() / columns.max(1);
        canvas.set_width((side * columns as f64) as u32);
        canvas.set_height((side * rows as f64) as u32);
        context.set_text_align("center");
        context.set_text_baseline("middle");
        context.set_font(&format!("500 {}px system-ui, sans-serif", 11.0 * ratio));
        let texts = cell_numbers(cells.iter().map(|cell| cell.value));
        for (i, (cell, text)) in cells.iter().zip(texts).enumerate() {
            let (colour, _) = if known(i) { self.colour(cell) } else { (self.palette.sheet, 0.0) };
            let (x, y) = ((i % columns) as f64 * side, (i / columns) as f64 * side);
            fill(&context, colour);
            context.fill_rect(x, y, side - ratio, side - ratio);
            if known(i) && !matches!(cell.role, Role::Colour(_)) {
                fill(&context, readable_on(colour));
                let _ = context.fill_text(&text, x + side / 2.0, y + side / 2.0);
            }
        }
    }
}

fn fill(context: &CanvasRenderingContext2d, [red, green, blue]: Rgb) {
    context.set_fill_style_str(&format!("rgb({red:.0} {green:.0} {blue:.0})"));
}

/// Black or white, whichever is read better on a colour (WCAG 2.2, relative luminance).
fn readable_on(colour: Rgb) -> Rgb {
    let [red, green, blue] = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    if (luminance + 0.05).powi(2) > 1.05 * 0.05 { [0.0; 3] } else { [255.0; 3] }
}
