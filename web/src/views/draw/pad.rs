//! The pad: shows a drawing as sharp as the screen can, and lets pointers and keys draw on it.

use crate::context::SharedDrawing;
use crate::drawing::{Change, Drawing, Hand, Ink, Pointer};
use crate::platform::{canvas, dom};
use receptive_data::sheet::{PENS, Point, SIDE};
use receptive_lessons::say;
use std::rc::Rc;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct PadProps {
    /// The drawing on it.
    pub(super) drawing: SharedDrawing,
    /// The ink, 0 (background) to 1, row by row; none when the pad is blank.
    pub(super) on_ink: Callback<Option<Rc<[f32]>>>,
    /// A picture to put on the pad in place of what is there.
    pub(super) picture: Option<Ink>,
    /// True if its elements have ids: of the pads of a page one has.
    #[prop_or(true)]
    pub(super) is_named: bool,
}

#[component]
pub(super) fn Pad(props: &PadProps) -> Html {
    let is_named = props.is_named;
    let named = |id: &'static str| is_named.then_some(id);
    let node = use_node_ref();
    let is_blank = use_state_eq(|| props.drawing.0.borrow().is_blank());
    let width = use_state_eq(|| props.drawing.0.borrow().width());
    let keys = use_state_eq(Option::<(Point, bool)>::default);
    let is_telling = use_mut_ref(bool::default);

    // Paints a change at once, and reports the ink with the next frame, however many moves come before it.
    let changed = {
        let (node, drawing, on_ink) = (node.clone(), props.drawing.clone(), props.on_ink.clone());
        let (is_blank, width, keys) = (is_blank.clone(), width.clone(), keys.clone());
        Callback::from(move |change: Change| {
            if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
                paint(&canvas, &drawing.0.borrow(), &change);
            }
            is_blank.set(drawing.0.borrow().is_blank());
            width.set(drawing.0.borrow().width());
            keys.set(drawing.0.borrow().keys());
            if change == Change::Nothing || is_telling.replace(true) {
                return;
            }
            let (drawing, on_ink, is_telling) = (drawing.clone(), on_ink.clone(), is_telling.clone());
            dom::next_frame(move || {
                is_telling.replace(false);
                let drawing = drawing.0.borrow();
                on_ink.emit((!drawing.is_blank()).then(|| Rc::from(drawing.ink())));
            });
        })
    };
    {
        let (drawing, changed) = (props.drawing.clone(), changed.clone());
        use_effect_with(props.picture.clone(), move |picture| {
            if let Some(picture) = picture {
                drawing.0.borrow_mut().show(picture.clone());
            }
            changed.emit(Change::All);
        });
    }
    // What every event ends in: the drawing is changed, and the change shown.
    let draw = {
        let (drawing, changed) = (props.drawing.clone(), changed.clone());
        Callback::from(move |change: Box<dyn FnOnce(&mut Drawing) -> Change>| {
            let change = change(&mut drawing.0.borrow_mut());
            changed.emit(change);
        })
    };
    let edit = |change: fn(&mut Drawing)| {
        draw.reform(move |_: MouseEvent| {
            Box::new(move |drawing: &mut Drawing| {
                change(drawing);
                Change::All
            }) as Box<dyn FnOnce(&mut Drawing) -> Change>
        })
    };
    let (clear, undo) = (edit(Drawing::clear), edit(Drawing::undo));
    let onpointerdown = {
        let draw = draw.clone();
        Callback::from(move |event: PointerEvent| {
            let Some((canvas, pointer)) = place(&event).filter(|_| event.button() == 0) else { return };
            // Without capture a stroke merely pauses at the pad's edge.
            let _ = canvas.set_pointer_capture(event.pointer_id());
            draw.emit(Box::new(move |drawing| drawing.press(pointer)));
        })
    };
    let onpointermove = {
        let draw = draw.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some((_, pointer)) = place(&event) {
                draw.emit(Box::new(move |drawing| drawing.drag(pointer)));
            }
        })
    };
    let onpointerup = {
        let draw = draw.clone();
        Callback::from(move |event: PointerEvent| {
            let id = event.pointer_id();
            draw.emit(Box::new(move |drawing| {
                drawing.release(id);
                Change::Nothing
            }));
        })
    };
    let onpointercancel = {
        let draw = draw.clone();
        Callback::from(move |event: PointerEvent| {
            let id = event.pointer_id();
            draw.emit(Box::new(move |drawing| drawing.cancel(id)));
        })
    };
    let onkeydown = {
        let (drawing, changed) = (props.drawing.clone(), changed.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_reserved(&event) {
                return;
            }
            // A space bar that is held is pressed once.
            let change = if event.key() == " " && event.repeat() {
                Some(Change::Nothing)
            } else {
                drawing.0.borrow_mut().key(&event.key())
            };
            if let Some(change) = change {
                event.prevent_default();
                changed.emit(change);
            }
        })
    };
    let pen = |(name, pen): (&'static str, f32)| {
        let onclick = {
            let draw = draw.clone();
            Callback::from(move |_: MouseEvent| {
                draw.emit(Box::new(move |drawing| {
                    drawing.set_width(pen);
                    Change::Nothing
                }));
            })
        };
        let is_on = *width == pen;
        let label = say!(format!("ui.draw-page.pen-{name}"));
        html! {
            <button type="button" id={is_named.then(|| format!("pen-{name}"))} class={classes!("pen", is_on.then_some("on"))} aria-pressed={is_on.to_string()}
                aria-label={label.clone()} title={label} {onclick} key={name}><i ~style={format!("--pen:{}px", pen * 0.6)}></i></button>
        }
    };
    let nib = (*keys).map(|((x, y), is_down)| {
        let percent = |at: f32| 100.0 * at / SIDE as f32;
        let style = format!("left:{:.2}%;top:{:.2}%;width:{:.2}%", percent(x), percent(y), percent(*width));
        html! { <i class={classes!("nib", is_down.then_some("down"))} ~style={style}></i> }
    });
    html! {
        <div class="pad-box">
            <div class="pad-frame">
                <canvas ref={node} id={named("pad")} class="pad" tabindex="0" role="application" aria-label={say!("ui.draw-page.pad")}
                    {onpointerdown} {onpointermove} onlostpointercapture={onpointerup.clone()} {onpointerup} {onpointercancel} {onkeydown}></canvas>
                <span class="invitation" aria-hidden="true" hidden={!*is_blank}>{say!("ui.draw-page.invitation")}</span>
                { nib.unwrap_or_default() }
            </div>
            <div class="pad-tools">
                <span class="seg" role="group" aria-label={say!("ui.draw-page.pens")}>{ for ["thin", "medium", "thick"].into_iter().zip(PENS).map(pen) }</span>
                <button type="button" id={named("undo")} onclick={undo} disabled={*is_blank}>{say!("ui.draw-page.undo")}</button>
                <button type="button" id={named("clear")} onclick={clear} disabled={*is_blank}>{say!("ui.draw-page.clear")}</button>
            </div>
        </div>
    }
}

/// The canvas of a pointer event, and the pointer on the pad.
fn place(event: &PointerEvent) -> Option<(HtmlCanvasElement, Pointer)> {
    let canvas: HtmlCanvasElement = event.target_dyn_into()?;
    let rect = canvas.get_bounding_client_rect();
    let scale = SIDE as f64 / rect.width().max(1.0);
    let at = |client: i32, from: f64| ((f64::from(client) - from) * scale) as f32;
    let hand = match event.pointer_type().as_str() {
        "pen" => Hand::Pen,
        "touch" => Hand::Touch,
        _ => Hand::Mouse,
    };
    let pointer = Pointer {
        id: event.pointer_id(),
        hand,
        is_pressed: event.buttons() & 1 == 1,
        at: (at(event.client_x(), rect.left()), at(event.client_y(), rect.top())),
        millis: event.time_stamp(),
    };
    Some((canvas, pointer))
}

/// Paints what has changed, in the screen's own pixels. Nothing is read back.
fn paint(canvas: &HtmlCanvasElement, drawing: &Drawing, change: &Change) {
    let Some(context) = canvas::context(canvas) else { return };
    let side = (canvas.get_bounding_client_rect().width() * dom::pixel_ratio()).round().max(1.0);
    let is_new = canvas.width() != side as u32;
    if is_new {
        canvas.set_width(side as u32);
        canvas.set_height(side as u32);
    }
    let scale = side / SIDE as f64;
    context.set_stroke_style_str("#fff");
    context.set_line_cap("round");
    context.set_line_join("round");
    let line = |points: &[Point], width: f32| {
        context.set_line_width(f64::from(width) * scale);
        context.begin_path();
        for (i, &(x, y)) in points.iter().enumerate() {
            let (x, y) = (f64::from(x) * scale, f64::from(y) * scale);
            if i == 0 {
                context.move_to(x, y);
            }
            // A stroke of a single point is a dot.
            context.line_to(x + if points.len() == 1 { 0.1 } else { 0.0 }, y);
        }
        context.stroke();
    };
    match change {
        Change::Nothing if !is_new => {}
        Change::Line(from, to, width) if !is_new => {
            let ends = [*from, *to];
            line(if from == to { &ends[..1] } else { &ends }, *width);
        }
        _ => {
            context.set_fill_style_str("#000");
            context.fill_rect(0.0, 0.0, side, side);
            if let Some(picture) = drawing.picture() {
                paint_picture(&context, picture, side);
            }
            drawing.strokes().iter().for_each(|stroke| line(&stroke.points, stroke.width));
        }
    }
}

/// Paints a picture over the whole pad, a square for each of its pixels.
fn paint_picture(context: &CanvasRenderingContext2d, picture: &Ink, side: f64) {
    let edge = |i: usize, n: usize| (side * i as f64 / n as f64).round();
    for (i, level) in picture.levels.iter().enumerate().filter(|(_, level)| **level > 0.0) {
        let (row, column) = (i / picture.columns, i % picture.columns);
        let (x, y) = (edge(column, picture.columns), edge(row, picture.rows));
        let grey = (255.0 * level).round();
        context.set_fill_style_str(&format!("rgb({grey} {grey} {grey})"));
        context.fill_rect(x, y, edge(column + 1, picture.columns) - x, edge(row + 1, picture.rows) - y);
    }
}
