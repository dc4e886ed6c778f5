//! Curves, bars and tables of a scene.

use crate::context::use_locks;
use receptive_lessons::number;
use receptive_lessons::scene::{Bars, Curve, Spot, Table};
use web_sys::Element;
use yew::prelude::*;

/// Size of a curve's drawing, in its own units.
const SIZE: [f32; 2] = [420.0, 260.0];
/// Room around it for the axes' numbers.
const EDGE: [f32; 2] = [56.0, 26.0];

#[derive(PartialEq, Properties)]
pub(super) struct CurveProps {
    pub(super) data: Curve,
    /// A setting takes a number: the point was dragged.
    pub(super) on_drag: Callback<(&'static str, f32)>,
}

#[component]
pub(super) fn CurveFigure(props: &CurveProps) -> Html {
    let locks = use_locks();
    let data = &props.data;
    let is_dragging = use_mut_ref(bool::default);
    let [low_x, high_x, low_y, high_y] = data.range;
    let x = move |value: f32| EDGE[0] + (value - low_x) / (high_x - low_x) * (SIZE[0] - EDGE[0] - 8.0);
    let y = move |value: f32| {
        SIZE[1] - EDGE[1] - (value.clamp(low_y, high_y) - low_y) / (high_y - low_y) * (SIZE[1] - EDGE[1] - 8.0)
    };
    let lines = data.lines.iter().enumerate().map(|(i, line)| {
        let points: Vec<_> = line.points.iter().map(|&[px, py]| format!("{:.1},{:.1}", x(px), y(py))).collect();
        let class = classes!("line", format!("line-{}", i % 4), line.is_dashed.then_some("dashed"));
        html! { <polyline {class} points={points.join(" ")} key={i}><title>{&line.title}</title></polyline> }
    });
    let ticks = |low: f32, high: f32| [low, (low + high) / 2.0, high];
    // A long number at the right end would stick out.
    let anchor = |value: f32| if value < high_x { "middle" } else { "end" };
    let across = ticks(low_x, high_x).map(|value| html! { <text class="tick" x={x(value).to_string()} y={(SIZE[1] - 8.0).to_string()} text-anchor={anchor(value)}>{number(value)}</text> });
    let up = ticks(low_y, high_y).map(|value| html! { <text class="tick" x={(EDGE[0] - 6.0).to_string()} y={(y(value) + 4.0).to_string()} text-anchor="end">{number(value)}</text> });
    let zero = |is_across: bool| {
        let (x1, x2, y1, y2) =
            if is_across { (x(low_x), x(high_x), y(0.0), y(0.0)) } else { (x(0.0), x(0.0), y(low_y), y(high_y)) };
        html! { <line class="axis" x1={x1.to_string()} x2={x2.to_string()} y1={y1.to_string()} y2={y2.to_string()} /> }
    };
    let held = data.handle.filter(|(.., key)| !locks.holds(key));
    let handle = held.map(|(at, value, _)| html! {
        <g class="handle">
            <line x1={x(at).to_string()} x2={x(at).to_string()} y1={y(0.0_f32.clamp(low_y, high_y)).to_string()} y2={y(value).to_string()} />
            <circle cx={x(at).to_string()} cy={y(value).to_string()} r="8" />
        </g>
    });
    let drag = {
        let (on_drag, handle) = (props.on_drag.clone(), held);
        move |event: &PointerEvent| {
            let target = event.current_target_svg();
            let (Some((_, _, key)), Some(bounds)) = (handle, target.map(|svg| svg.get_bounding_client_rect())) else {
                return;
            };
            let at = (f64::from(event.client_x()) - bounds.left()) / bounds.width() * f64::from(SIZE[0]);
            let share = (at as f32 - EDGE[0]) / (SIZE[0] - EDGE[0] - 8.0);
            on_drag.emit((key, low_x + share.clamp(0.0, 1.0) * (high_x - low_x)));
        }
    };
    let onpointerdown = {
        let (drag, is_dragging) = (drag.clone(), is_dragging.clone());
        Callback::from(move |event: PointerEvent| {
            *is_dragging.borrow_mut() = true;
            drag(&event);
        })
    };
    let onpointermove = {
        let is_dragging = is_dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *is_dragging.borrow() && event.buttons() > 0 {
                drag(&event);
            }
        })
    };
    let onpointerup = Callback::from(move |_: PointerEvent| *is_dragging.borrow_mut() = false);
    let legend = data.lines.iter().enumerate().map(|(i, line)| html! {
        <span key={i}><i class={classes!("swatch-line", format!("line-{}", i % 4), line.is_dashed.then_some("dashed"))}></i>{&line.title}</span>
    });
    html! {
        <figure class="curve" id={format!("lesson-{}", data.name)}>
            <svg viewBox={format!("0 0 {} {}", SIZE[0], SIZE[1])} role="img" aria-label={data.title.clone()} class={classes!(held.is_some().then_some("draggable"))}
                {onpointerdown} {onpointermove} {onpointerup}>
                { zero(true) }{ zero(false) }
                { for across }{ for up }
                { for lines }
                { handle.unwrap_or_default() }
            </svg>
            <figcaption>{&data.title}<span class="legend">{ for legend }</span></figcaption>
        </figure>
    }
}

/// The drawing that an event happened in, wherever in it.
trait InDrawing {
    fn current_target_svg(&self) -> Option<Element>;
}

impl InDrawing for PointerEvent {
    fn current_target_svg(&self) -> Option<Element> {
        self.target_dyn_into::<Element>()?.closest("svg").ok()?
    }
}

/// Amounts as bars.
pub(super) fn bars(data: &Bars) -> Html {
    let full = data.full.abs().max(f32::MIN_POSITIVE);
    let has_negative = data.bars.iter().any(|bar| bar.amount < 0.0);
    let rows = data.bars.iter().enumerate().map(|(i, bar)| {
        let share = (bar.amount.abs() / full).min(1.0) * if has_negative { 50.0 } else { 100.0 };
        let share = if share.is_finite() { share } else { 0.0 };
        let start = match (has_negative, bar.amount < 0.0) {
            (false, _) => 0.0,
            (true, true) => 50.0 - share,
            (true, false) => 50.0,
        };
        let class = classes!("amount", (bar.amount < 0.0).then_some("less"));
        html! {
            <div role="row" class={classes!("bar", bar.is_marked.then_some("marked"))} key={i}>
                <span role="rowheader">{&bar.label}</span>
                <span class="track" aria-hidden="true"><i {class} ~style={format!("left:{start:.2}%;width:{share:.2}%")}></i></span>
                <b role="cell">{&bar.text}</b>
            </div>
        }
    });
    html! {
        <figure class="bars-figure">
            <div class="bars" role="table" aria-label={data.title.clone()} id={format!("lesson-{}", data.name)}>{ for rows }</div>
            <figcaption>{&data.title}</figcaption>
        </figure>
    }
}

/// A table; its rows answer to the pointer as cells do.
pub(super) fn table(data: &Table, lit: &[Spot], on_point: &Callback<Option<Spot>>) -> Html {
    let rows = data.rows.iter().enumerate().map(|(i, row)| {
        let spot = Spot { grid: data.name, cell: i };
        let class = classes!((data.now == Some(i)).then_some("now"), lit.contains(&spot).then_some("lit"));
        let on = on_point.reform(move |_: PointerEvent| Some(spot));
        let off = on_point.reform(|_: PointerEvent| None);
        let cells = row.iter().enumerate().map(|(j, text)| {
            if j == 0 {
                html! { <th scope="row" key={j}>{text}</th> }
            } else {
                html! { <td key={j}>{text}</td> }
            }
        });
        html! { <tr {class} onpointerenter={on} onpointerleave={off} key={i}>{ for cells }</tr> }
    });
    html! {
        <div class="table-scroll" tabindex="0" role="group" aria-label={data.title.clone()}>
            <table class="figures" id={format!("lesson-{}", data.name)}>
                <caption>{&data.title}</caption>
                <thead><tr>{ for data.head.iter().map(|name| html! { <th scope="col">{name}</th> }) }</tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}
