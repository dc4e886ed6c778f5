//! The loss over a logarithmic axis of rates, read off with pointer or keys.

use super::printed;
use crate::compare::ticks;
use crate::curve::axis_label;
use crate::platform::dom;
use crate::platform::size::use_size;
use crate::views::lab::controls::three_digits;
use crate::views::latest::use_latest;
use receptive_lessons::say;
use receptive_nn::{RangeTest, Verdict};
use receptive_train::protocol::RangeStep;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

const HEIGHT: f64 = 216.0;
/// Room beside the plot, in CSS pixels.
const LEFT: f64 = 50.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 26.0;
/// What is more than so many times the first loss lies on the upper edge: an explosion would press the rest flat.
const MOST: f64 = 1.6;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct RangeChartProps {
    pub(super) test: RangeTest,
    pub(super) steps: Rc<Vec<RangeStep>>,
    pub(super) verdict: Option<Verdict>,
}

/// Where things are drawn, in CSS pixels.
#[derive(Clone, Copy)]
struct Frame {
    width: f64,
    /// Logarithms of the least and the greatest rate.
    ends: [f64; 2],
    high: f64,
}

impl Frame {
    fn x(&self, rate: f32) -> f64 {
        let share = (f64::from(rate).log10() - self.ends[0]) / (self.ends[1] - self.ends[0]);
        LEFT + (self.width - LEFT - RIGHT) * share
    }

    fn y(&self, loss: f64) -> f64 {
        let share = if loss.is_nan() { 1.0 } else { (loss / self.high).clamp(0.0, 1.0) };
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }
}

/// The chart.
#[component]
pub(super) fn RangeChart(props: &RangeChartProps) -> Html {
    let node = use_node_ref();
    let (width, _) = *use_size(&node);
    let chosen = use_state_eq(Option::<usize>::default);
    let RangeChartProps { test, steps, verdict } = props;
    let first = steps.first().map_or(1.0, |step| f64::from(step.loss));
    let ends = [test.low, test.high].map(|rate| f64::from(rate).log10());
    let frame = Frame { width: f64::from(width.max(160)), ends, high: MOST * first.max(1e-3) };
    let n = steps.len();
    let at = chosen.unwrap_or(n.saturating_sub(1)).min(n.saturating_sub(1));
    let reading = steps.get(at).map(|step| {
        let [loss, smoothed] = [step.loss, step.smoothed].map(printed);
        say!("lab.range.reading", rate = three_digits(step.rate), loss = loss, smoothed = smoothed)
    });
    let reading = reading.unwrap_or_default();
    let onpointermove = {
        let (node, chosen, steps) = (node.clone(), chosen.clone(), steps.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(element) = node.cast::<HtmlElement>() else { return };
            let left = element.get_bounding_client_rect().left();
            let x = f64::from(event.client_x()) - left;
            let away = |step: &RangeStep| (frame.x(step.rate) - x).abs();
            let nearest = (0..steps.len()).min_by(|&a, &b| away(&steps[a]).total_cmp(&away(&steps[b])));
            chosen.set(nearest);
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
            if dom::is_reserved(&event) || n == 0 {
                return;
            }
            let at = latest.get();
            let stride = if event.shift_key() { 10 } else { 1 };
            let next = match event.key().as_str() {
                "ArrowLeft" => at.saturating_sub(stride),
                "ArrowRight" => (at + stride).min(n - 1),
                "Home" => 0,
                "End" => n - 1,
                _ => return,
            };
            event.prevent_default();
            latest.set(next);
            chosen.set(Some(next));
        })
    };
    let line = |value: fn(&RangeStep) -> f32| {
        let points = steps.iter().map(|step| format!("{:.1},{:.1}", frame.x(step.rate), frame.y(value(step).into())));
        points.collect::<Vec<_>>().join(" ")
    };
    let mark = (*chosen).and(steps.get(at)).map(|step| upright(&frame, "at", step.rate, ""));
    let verdict = match verdict {
        Some(Verdict::Proposed { least_at, rate }) => html! {
            <>
                { upright(&frame, "least", *least_at, &say!("lab.range.least")) }
                { upright(&frame, "proposed", *rate, &say!("lab.range.proposed")) }
            </>
        },
        _ => html! {},
    };
    html! {
        <figure class="chart range">
            <figcaption><h3>{say!("lab.range.chart")}</h3><span class="reading" id="range-reading">{&reading}</span></figcaption>
            <p class="legend"><span class="training">{say!("lab.range.raw")}</span><span class="validation">{say!("lab.range.smoothed")}</span></p>
            <div class="many" ref={node} tabindex="0" role="slider" aria-label={say!("lab.range.keys", title = say!("lab.range.chart"))}
                aria-valuenow={at.to_string()} aria-valuemin="0" aria-valuemax={n.saturating_sub(1).to_string()} aria-valuetext={reading.clone()}
                {onpointermove} {onpointerleave} {onkeydown}>
                <svg id="range-chart" aria-hidden="true" width={frame.width.to_string()} height={HEIGHT.to_string()}>
                    { axes(&frame) }
                    <polyline class="raw" points={line(|step| step.loss)} />
                    <polyline class="smoothed" points={line(|step| step.smoothed)} />
                    { verdict }
                    { mark.unwrap_or_default() }
                </svg>
            </div>
            <p class="hint">{say!("lab.range.rate")}</p>
        </figure>
    }
}

/// A line from axis to edge at a rate, with a word above it.
fn upright(frame: &Frame, class: &'static str, rate: f32, word: &str) -> Html {
    let x = frame.x(rate);
    html! {
        <g class={class}>
            <line class={class} x1={x.to_string()} x2={x.to_string()} y1={TOP.to_string()} y2={(HEIGHT - BOTTOM).to_string()} />
            <text x={x.to_string()} y={(TOP - 6.0).to_string()} text-anchor="middle">{word}</text>
        </g>
    }
}

fn axes(frame: &Frame) -> Html {
    let right = frame.width - RIGHT;
    let rows = ticks(frame.high).into_iter().map(|value| {
        let y = frame.y(value);
        html! {
            <>
                <line class="rule" x1={LEFT.to_string()} x2={right.to_string()} y1={y.to_string()} y2={y.to_string()} />
                <text x={(LEFT - 7.0).to_string()} y={(y + 4.0).to_string()} text-anchor="end">{axis_label(value)}</text>
            </>
        }
    });
    let powers = frame.ends[0].round() as i32..=frame.ends[1].round() as i32;
    let columns = powers.map(|power| {
        let x = frame.x(10_f32.powi(power));
        let label = axis_label(10_f64.powi(power));
        html! { <text x={x.to_string()} y={(HEIGHT - 8.0).to_string()} text-anchor="middle">{label}</text> }
    });
    html! { <g class="axes">{ for rows }{ for columns }</g> }
}
