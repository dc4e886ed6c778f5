//! The pad: strokes from mouse, pen, finger or keys, as ink on a canvas.

use crate::platform::canvas::{context, draw_grey, readable_context};
use crate::platform::dom::is_reserved;
use crate::views::digit::Ink;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

/// Rows and columns of the pad.
pub(super) const SIDE: usize = 280;
/// Width of the pen.
const PEN: f64 = 22.0;
/// How far an arrow key moves the pen.
const KEY_STEP: f64 = 8.0;

type Point = (f64, f64);

#[derive(PartialEq, Properties)]
pub(super) struct PadProps {
    /// The ink, 0 (background) to 1, row by row; none when the pad is blank.
    pub(super) on_ink: Callback<Option<Vec<f32>>>,
    /// A picture to put on the pad in place of what is there.
    pub(super) picture: Option<Ink>,
}

/// What is on the pad.
#[derive(Default)]
struct Drawing {
    picture: Option<Ink>,
    strokes: Vec<Vec<Point>>,
    is_down: bool,
    /// Where the keyboard's pen stands, and whether it touches the pad.
    keys: Option<(Point, bool)>,
}

#[component]
pub(super) fn Pad(props: &PadProps) -> Html {
    let node = use_node_ref();
    let drawing = use_mut_ref(Drawing::default);
    let is_blank = use_state_eq(|| true);

    let show = {
        let (node, drawing, on_ink, is_blank) = (node.clone(), drawing.clone(), props.on_ink.clone(), is_blank.clone());
        Callback::from(move |()| {
            let Some(canvas) = node.cast::<HtmlCanvasElement>() else { return };
            let drawing = drawing.borrow();
            let blank = drawing.strokes.is_empty() && drawing.picture.is_none();
            is_blank.set(blank);
            let ink = paint(&canvas, &drawing);
            on_ink.emit(ink.filter(|_| !blank));
            if let (Some((at, is_down)), Some(context)) = (drawing.keys, context(&canvas)) {
                paint_key_pen(&context, at, is_down);
            }
        })
    };
    {
        let (drawing, show) = (drawing.clone(), show.clone());
        use_effect_with(props.picture.clone(), move |picture| {
            if picture.is_some() {
                *drawing.borrow_mut() = Drawing { picture: picture.clone(), ..Drawing::default() };
            }
            show.emit(());
        });
    }
    // What a change of the drawing ends in: it is shown.
    let edit = |change: fn(&mut Drawing)| {
        let (drawing, show) = (drawing.clone(), show.clone());
        Callback::from(move |_: MouseEvent| {
            change(&mut drawing.borrow_mut());
            show.emit(());
        })
    };
    let clear = edit(|drawing| *drawing = Drawing::default());
    let undo = edit(|drawing| {
        if drawing.strokes.pop().is_none() {
            drawing.picture = None;
        }
    });

    let onpointerdown = {
        let (drawing, show) = (drawing.clone(), show.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((canvas, at)) = place(&event).filter(|_| event.button() == 0) else { return };
            // Without capture a stroke merely ends at the pad's edge.
            let _ = canvas.set_pointer_capture(event.pointer_id());
            let mut drawing = drawing.borrow_mut();
            drawing.is_down = true;
            drawing.keys = None;
            drawing.strokes.push(vec![at]);
            std::mem::drop(drawing);
            show.emit(());
        })
    };
    let onpointermove = {
        let (drawing, show) = (drawing.clone(), show.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((_, at)) = place(&event).filter(|_| drawing.borrow().is_down) else { return };
            if let Some(stroke) = drawing.borrow_mut().strokes.last_mut() {
                stroke.push(at);
            }
            show.emit(());
        })
    };
    let onpointerup = {
        let drawing = drawing.clone();
        Callback::from(move |_: PointerEvent| drawing.borrow_mut().is_down = false)
    };
    let onkeydown = {
        let (drawing, show) = (drawing.clone(), show.clone());
        Callback::from(move |event: KeyboardEvent| {
            if !is_reserved(&event) && press(&mut drawing.borrow_mut(), &event.key()) {
                event.prevent_default();
                show.emit(());
            }
        })
    };
    html! {
        <div class="pad-box">
            <span class="invitation" aria-hidden="true" hidden={!*is_blank}>{"draw here"}</span>
            <canvas ref={node} id="pad" class="pad" width={SIDE.to_string()} height={SIDE.to_string()} tabindex="0" role="application"
                aria-label="Drawing pad. With the keyboard: arrow keys move the pen, space puts it down or lifts it."
                {onpointerdown} {onpointermove} onpointercancel={onpointerup.clone()} {onpointerup} {onkeydown}></canvas>
            <div class="pad-tools">
                <button type="button" id="undo" onclick={undo} disabled={*is_blank}>{"Undo"}</button>
                <button type="button" id="clear" onclick={clear} disabled={*is_blank}>{"Clear"}</button>
            </div>
        </div>
    }
}

/// A key on the pad. Returns whether it meant anything.
fn press(drawing: &mut Drawing, key: &str) -> bool {
    let middle = SIDE as f64 / 2.0;
    let ((x, y), is_down) = drawing.keys.unwrap_or(((middle, middle / 2.0), false));
    let (dx, dy) = match key {
        "ArrowLeft" => (-KEY_STEP, 0.0),
        "ArrowRight" => (KEY_STEP, 0.0),
        "ArrowUp" => (0.0, -KEY_STEP),
        "ArrowDown" => (0.0, KEY_STEP),
        " " => {
            drawing.keys = Some(((x, y), !is_down));
            if !is_down {
                drawing.strokes.push(vec![(x, y)]);
            }
            return true;
        }
        _ => return false,
    };
    let side = SIDE as f64;
    let at = ((x + dx).clamp(0.0, side), (y + dy).clamp(0.0, side));
    drawing.keys = Some((at, is_down));
    if let Some(stroke) = drawing.strokes.last_mut().filter(|_| is_down) {
        stroke.push(at);
    }
    true
}

/// The canvas of a pointer event, and where on the pad it happened.
fn place(event: &PointerEvent) -> Option<(HtmlCanvasElement, Point)> {
    let canvas: HtmlCanvasElement = event.target_dyn_into()?;
    let rect = canvas.get_bounding_client_rect();
    let scale = SIDE as f64 / rect.width().max(1.0);
    let at = ((f64::from(event.client_x()) - rect.left()) * scale, (f64::from(event.client_y()) - rect.top()) * scale);
    Some((canvas, at))
}

/// Paints the drawing, and reads its ink back.
fn paint(canvas: &HtmlCanvasElement, drawing: &Drawing) -> Option<Vec<f32>> {
    let context = readable_context(canvas)?;
    let scale = |picture: &Ink, i: usize| {
        let (row, column) = (i / SIDE * picture.rows / SIDE, i % SIDE * picture.columns / SIDE);
        picture.levels[row * picture.columns + column]
    };
    draw_grey(canvas, SIDE, SIDE, |i| drawing.picture.as_ref().map_or(0.0, |picture| scale(picture, i)));
    context.set_stroke_style_str("#fff");
    context.set_line_width(PEN);
    context.set_line_cap("round");
    context.set_line_join("round");
    for stroke in &drawing.strokes {
        context.begin_path();
        for (i, &(x, y)) in stroke.iter().enumerate() {
            if i == 0 {
                context.move_to(x, y);
            }
            // A stroke of a single point is a dot.
            context.line_to(x + if stroke.len() == 1 { 0.1 } else { 0.0 }, y);
        }
        context.stroke();
    }
    let pixels = context.get_image_data(0.0, 0.0, SIDE as f64, SIDE as f64).ok()?.data();
    Some(pixels.chunks_exact(4).map(|pixel| f32::from(pixel[0]) / 255.0).collect())
}

/// Shows where the keyboard's pen stands.
fn paint_key_pen(context: &CanvasRenderingContext2d, (x, y): Point, is_down: bool) {
    context.begin_path();
    context.set_line_width(2.0);
    context.set_stroke_style_str(if is_down { "#58c4bb" } else { "#ff9a5c" });
    // An arc of a fixed positive radius cannot fail.
    let _ = context.arc(x, y, PEN / 2.0, 0.0, std::f64::consts::TAU);
    context.stroke();
}
