//! A curve over the steps of a run, drawn by plotters on a canvas, read off with pointer or keys.

use crate::context::use_palette;
use crate::curve::{axis_label, peaks};
use crate::platform::dom;
use crate::platform::size::use_size;
use crate::platform::theme::{Palette, Rgb};
use crate::views::latest::use_latest;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use receptive_lessons::{decimals, say};
use std::ops::Range;
use std::rc::Rc;
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

/// More points than this are not drawn: a screen has no more columns to show them. What stays are the peaks.
const MAX_DRAWN: usize = 700;

/// The form in which a value is written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    Nats,
    Percent,
}

impl Unit {
    pub(super) fn print(self, value: f32) -> String {
        match self {
            Self::Nats if value.abs() < 1000.0 => decimals(value.into(), 3),
            Self::Nats => axis_label(value.into()),
            Self::Percent => format!("{:.0} %", 100.0 * value),
        }
    }

    /// The same at an axis, where there is little room.
    pub(super) fn label(self, value: f32) -> String {
        match self {
            Self::Nats => axis_label(value.into()),
            Self::Percent => self.print(value),
        }
    }
}

/// One point: step and value.
pub(crate) type Point = (u32, f32);

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ChartProps {
    pub(crate) id: AttrValue,
    pub(crate) title: AttrValue,
    /// One point per step.
    pub(crate) training: Rc<[Point]>,
    /// One point per measurement of the validation images.
    pub(crate) validation: Rc<[Point]>,
    /// Steps of the whole run.
    pub(crate) n_steps: u32,
    /// Values shown at the least.
    pub(crate) low: f32,
    pub(crate) high: f32,
    pub(crate) unit: Unit,
}

#[component]
pub(crate) fn Chart(props: &ChartProps) -> Html {
    let canvas = use_node_ref();
    let chosen = use_state_eq(Option::<usize>::default);
    let size = use_size(&canvas);
    let node = canvas.clone();
    let palette = use_palette();
    use_effect_with((props.clone(), *size, palette), move |(props, _, palette)| {
        if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
            // A canvas that cannot be drawn on leaves the curve out; its numbers are in the text beside it.
            let _ = draw(&canvas, props, palette);
        }
    });

    let n = props.training.len();
    let shown =
        chosen.map(|i| i.min(n.saturating_sub(1))).or(n.checked_sub(1)).and_then(|i| props.training.get(i).copied());
    let reading = shown.map_or_else(
        || say!("lab.curve.none"),
        |(step, value)| {
            let before = props.validation.iter().rev().find(|point| point.0 <= step);
            let value = props.unit.print(value);
            match before.map(|point| props.unit.print(point.1)) {
                None => say!("lab.curve.at", n = step, value = value),
                Some(validation) => say!("lab.curve.at-epoch", n = step, value = value, validation = validation),
            }
        },
    );

    let onpointermove = {
        let (canvas, chosen, training, n_steps) =
            (canvas.clone(), chosen.clone(), props.training.clone(), props.n_steps);
        Callback::from(move |event: PointerEvent| {
            let Some(canvas) = canvas.cast::<HtmlElement>() else { return };
            let rect = canvas.get_bounding_client_rect();
            let plot = rect.width() - f64::from(LEFT + RIGHT);
            let share = (f64::from(event.client_x()) - rect.left() - f64::from(LEFT)) / plot.max(1.0);
            let step = (share.clamp(0.0, 1.0) * f64::from(n_steps)) as u32;
            let after = training.partition_point(|point| point.0 < step);
            chosen.set((!training.is_empty()).then(|| after.min(training.len() - 1)));
        })
    };
    let onpointerleave = {
        let chosen = chosen.clone();
        Callback::from(move |_| chosen.set(None))
    };
    let latest = use_latest(*chosen);
    let onkeydown = {
        let chosen = chosen.clone();
        Callback::from(move |event: KeyboardEvent| {
            let Some(last) = n.checked_sub(1).filter(|_| !dom::is_reserved(&event)) else { return };
            let now = latest.get().unwrap_or(last).min(last);
            let stride = if event.shift_key() { 20 } else { 1 };
            let next = match event.key().as_str() {
                "ArrowLeft" => now.saturating_sub(stride),
                "ArrowRight" => (now + stride).min(last),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            latest.set(Some(next));
            chosen.set(Some(next));
        })
    };
    let mark = chosen.and(shown).map(|(step, _)| {
        let share = f64::from(step) / f64::from(props.n_steps.max(1));
        html! { <i class="mark" ~style={format!("left:calc({LEFT}px + (100% - {}px) * {share})", LEFT + RIGHT)}></i> }
    });
    html! {
        <figure class="chart">
            <figcaption><h3>{&props.title}</h3><span class="reading" id={format!("{}-reading", props.id)}>{&reading}</span></figcaption>
            <div class="plot" tabindex="0" role="slider" aria-label={say!("lab.curve.keys", title = props.title)}
                aria-valuenow={shown.map_or(0, |point| point.0).to_string()} aria-valuemin="0" aria-valuemax={props.n_steps.to_string()}
                aria-valuetext={reading.clone()} {onpointermove} {onpointerleave} {onkeydown}>
                <canvas ref={canvas} id={format!("{}-curve", props.id)}></canvas>
                { mark.unwrap_or_default() }
            </div>
        </figure>
    }
}

/// Room beside the plot, in CSS pixels.
const LEFT: u32 = 50;
const RIGHT: u32 = 24;

fn colour([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red as u8, green as u8, blue as u8)
}

/// The range of values that holds every point.
fn range(props: &ChartProps) -> Range<f32> {
    let values =
        props.training.iter().chain(props.validation.iter()).map(|point| point.1).filter(|value| value.is_finite());
    values.fold(props.low..props.high, |range, value| range.start.min(value)..range.end.max(value))
}

fn draw(canvas: &HtmlCanvasElement, props: &ChartProps, palette: &Palette) -> Result<(), Box<dyn std::error::Error>> {
    let ratio = dom::pixel_ratio();
    let device = |length: u32| (f64::from(length) * ratio) as u32;
    let (width, height) = (canvas.client_width().max(80) as u32, canvas.client_height().max(60) as u32);
    canvas.set_width(device(width));
    canvas.set_height(device(height));
    let [ink, line, training, validation] = [palette.soft, palette.line, palette.plus, palette.act].map(colour);
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or("no canvas")?;
    let area = backend.into_drawing_area();
    let font =
        FontDesc::new(FontFamily::Name("system-ui, sans-serif"), f64::from(device(12)), FontStyle::Normal).color(&ink);
    let mut chart = ChartBuilder::on(&area)
        .margin_top(device(6))
        .margin_right(device(RIGHT))
        .x_label_area_size(device(22))
        .y_label_area_size(device(LEFT))
        .build_cartesian_2d(0..props.n_steps.max(1), range(props))?;
    let unit = props.unit;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(line)
        .axis_style(line)
        .label_style(font)
        .x_labels(5)
        .y_labels(4)
        .x_label_formatter(&|step| axis_label((*step).into()))
        .y_label_formatter(&|value| unit.label(*value))
        .draw()?;
    let thin = ShapeStyle { color: training.mix(0.85), filled: false, stroke_width: device(1) };
    let finite = |point: &Point| point.1.is_finite();
    let training = peaks(&props.training, MAX_DRAWN, |point| point.0, |point| [point.1]);
    let training = training.into_iter().map(|i| props.training[i]).filter(finite);
    chart.draw_series(LineSeries::new(training, thin))?;
    let thick = ShapeStyle { color: validation.to_rgba(), filled: true, stroke_width: device(2) };
    let validation = peaks(&props.validation, MAX_DRAWN, |point| point.0, |point| [point.1]);
    let validation: Vec<Point> = validation.into_iter().map(|i| props.validation[i]).filter(finite).collect();
    // Many circles would run together to a thick line.
    let n_across = width / 12;
    let radius = if validation.len() as u32 <= n_across { 4 } else { 2 };
    chart.draw_series(LineSeries::new(validation.iter().copied(), thick))?;
    chart.draw_series(validation.into_iter().map(|point| Circle::new(point, device(radius), thick)))?;
    Ok(())
}
