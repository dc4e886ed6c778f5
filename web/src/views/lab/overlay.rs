//! Several runs in one chart: told apart by letter, dash and mark, and by hue as well.

use crate::compare::{letter, ticks, value_at};
use crate::curve::axis_label;
use crate::platform::dom;
use crate::platform::size::use_size;
use crate::views::chart::Unit;
use crate::views::latest::use_latest;
use receptive_lessons::{grouped, say};
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Images seen, and a value.
pub(super) type Points = Vec<(u32, f32)>;

const HEIGHT: f64 = 232.0;
/// Room beside the plot, in CSS pixels.
const LEFT: f64 = 50.0;
const RIGHT: f64 = 26.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// Letters at the ends of lines stand so far apart.
const APART: f64 = 14.0;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct OverlayProps {
    pub(super) id: &'static str,
    pub(super) title: AttrValue,
    /// Each with its position among all runs, which names it.
    pub(super) lines: Rc<Vec<(usize, Points)>>,
    /// The images of the longest run.
    pub(super) n_images: u32,
    /// The largest value that there is room for.
    pub(super) high: f32,
    pub(super) unit: Unit,
}

/// Where things are drawn, in CSS pixels.
#[derive(Clone, Copy)]
struct Frame {
    width: f64,
    n_images: f64,
    high: f64,
}

impl Frame {
    fn x(&self, n_images: f64) -> f64 {
        LEFT + (self.width - LEFT - RIGHT) * n_images / self.n_images
    }

    /// What is above the chart lies on its upper edge.
    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value / self.high).clamp(0.0, 1.0))
    }

    fn place(&self, &(n_images, value): &(u32, f32)) -> (f64, f64) {
        (self.x(n_images.into()), self.y(value.into()))
    }
}

/// The chart, with the values of all runs at the point that is read off.
#[component]
pub(super) fn Overlay(props: &OverlayProps) -> Html {
    let node = use_node_ref();
    let (width, _) = *use_size(&node);
    let chosen = use_state_eq(Option::<u32>::default);
    let n_images = props.n_images.max(1);
    let frame = Frame { width: f64::from(width.max(160)), n_images: n_images.into(), high: props.high.into() };

    let end = props.lines.iter().filter_map(|(_, line)| line.last()).map(|point| point.0).max();
    let at = (*chosen).or(end).unwrap_or(0).min(n_images);
    let values = props.lines.iter().map(|(i, line)| {
        let value = value_at(line, at).map_or_else(|| "–".into(), |value| props.unit.print(value));
        format!("{} {value}", letter(*i))
    });
    let values = values.collect::<Vec<_>>().join(" · ");
    let reading = match end {
        None => say!("compare.none"),
        Some(_) => say!("compare.at", n = grouped(at.into()), values = values),
    };

    let onpointermove = {
        let (node, chosen) = (node.clone(), chosen.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(element) = node.cast::<HtmlElement>() else { return };
            let rect = element.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - rect.left() - LEFT) / (rect.width() - LEFT - RIGHT).max(1.0);
            chosen.set(Some((share.clamp(0.0, 1.0) * f64::from(n_images)) as u32));
        })
    };
    let onpointerleave = {
        let chosen = chosen.clone();
        Callback::from(move |_| chosen.set(None))
    };
    let latest = use_latest(at);
    let onkeydown = {
        let chosen = chosen.clone();
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_reserved(&event) {
                return;
            }
            let at = latest.get();
            let stride = (n_images / if event.shift_key() { 8 } else { 64 }).max(1);
            let next = match event.key().as_str() {
                "ArrowLeft" => at.saturating_sub(stride),
                "ArrowRight" => at.saturating_add(stride).min(n_images),
                "Home" => 0,
                "End" => n_images,
                _ => return,
            };
            event.prevent_default();
            latest.set(next);
            chosen.set(Some(next));
        })
    };
    let mark = chosen.map(|_| {
        let x = frame.x(at.into());
        html! { <line class="at" x1={x.to_string()} x2={x.to_string()} y1={TOP.to_string()} y2={(HEIGHT - BOTTOM).to_string()} /> }
    });
    html! {
        <figure class="chart overlay">
            <figcaption><h3>{&props.title}</h3><span class="reading" id={format!("{}-reading", props.id)}>{&reading}</span></figcaption>
            <div class="many" ref={node} tabindex="0" role="slider" aria-label={say!("compare.keys", title = props.title)}
                aria-valuenow={at.to_string()} aria-valuemin="0" aria-valuemax={n_images.to_string()} aria-valuetext={reading.clone()}
                {onpointermove} {onpointerleave} {onkeydown}>
                <svg id={props.id} aria-hidden="true" width={frame.width.to_string()} height={HEIGHT.to_string()}>
                    { axes(&frame, props.unit) }
                    { for props.lines.iter().map(|(i, line)| drawn(&frame, *i, line)) }
                    { letters(&frame, &props.lines) }
                    { mark.unwrap_or_default() }
                </svg>
            </div>
        </figure>
    }
}

fn axes(frame: &Frame, unit: Unit) -> Html {
    let right = frame.width - RIGHT;
    let rows = ticks(frame.high).into_iter().map(|value| {
        let y = frame.y(value);
        html! {
            <>
                <line class="rule" x1={LEFT.to_string()} x2={right.to_string()} y1={y.to_string()} y2={y.to_string()} />
                <text x={(LEFT - 7.0).to_string()} y={(y + 4.0).to_string()} text-anchor="end">{unit.label(value as f32)}</text>
            </>
        }
    });
    let columns = ticks(frame.n_images).into_iter().map(|n| {
        html! { <text x={frame.x(n).to_string()} y={(HEIGHT - 8.0).to_string()} text-anchor="middle">{axis_label(n)}</text> }
    });
    html! { <g class="axes">{ for rows }{ for columns }</g> }
}

/// A line with its marks, few enough to be seen apart; those of different lines at different places.
fn drawn(frame: &Frame, i: usize, line: &Points) -> Html {
    let places: Vec<_> = line.iter().map(|point| frame.place(point)).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let every = line.len().div_ceil(6).max(1);
    let marks = places.iter().enumerate().filter(|(k, _)| k % every == (i * 3) % every || k + 1 == places.len());
    html! {
        <g class={format!("line line-{}", i % 6)}>
            <polyline class={format!("dash-{}", i % 4)} points={path.join(" ")} />
            { for marks.map(|(_, &(x, y))| shape(i, x, y)) }
        </g>
    }
}

/// The mark of a run's line.
fn shape(i: usize, x: f64, y: f64) -> Html {
    let d = [
        "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
        "M-4,-4h8v8h-8z",
        "M0,-5l5,9h-10z",
        "M0,-5.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z",
        "M-4,-4l8,8m0,-8l-8,8",
    ];
    html! { <path class="dot" d={d[i % d.len()]} transform={format!("translate({x:.1} {y:.1})")} /> }
}

/// The letters of all lines at their ends, moved apart where they would cover one another.
fn letters(frame: &Frame, lines: &[(usize, Points)]) -> Html {
    let mut ends: Vec<(usize, f64, f64)> = lines
        .iter()
        .filter_map(|(i, line)| {
            let (x, y) = frame.place(line.last()?);
            Some((*i, x, y))
        })
        .collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    for k in 1..ends.len() {
        let (x, y) = (ends[k].1, ends[k].2);
        let near = ends[..k].iter().filter(|end| (end.1 - x).abs() < 2.0 * APART);
        ends[k].2 = near.map(|end| end.2 + APART).fold(y, f64::max);
    }
    // Those at the bottom make room upwards.
    let mut floor = HEIGHT - BOTTOM;
    for end in ends.iter_mut().rev() {
        if end.2 > floor {
            end.2 = floor;
            floor -= APART;
        }
    }
    let text = |(i, x, y): (usize, f64, f64)| html! { <text class={format!("letter line-{}", i % 6)} x={(x + 9.0).to_string()} y={(y + 4.5).to_string()}>{letter(i)}</text> };
    html! { <>{ for ends.into_iter().map(text) }</> }
}

/// What a run's line looks like, and its letter.
pub(super) fn swatch(i: usize) -> Html {
    html! {
        <span class="sign" aria-hidden="true">
            <svg width="46" height="16"><g class={format!("line line-{}", i % 6)}>
                <polyline class={format!("dash-{}", i % 4)} points="1,8 45,8" />{ shape(i, 23.0, 8.0) }
            </g></svg>
            <b>{letter(i)}</b>
        </span>
    }
}
