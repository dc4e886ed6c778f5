//! A field of values over two axes: shades between level lines on a canvas, paths over it in a drawing.

use super::figures::table;
use crate::context::use_palette;
use crate::platform::theme::{Palette, Rgb};
use crate::platform::{canvas, dom};
use crate::views::latest::use_latest;
use crate::views::pixels::mix;
use receptive_lessons::scene::{Path, Spot, Surface};
use receptive_lessons::{four_digits, number, say};
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

/// Size of the drawing, in its own units.
const SIZE: [f32; 2] = [400.0, 384.0];
/// Room for the numbers and names of the axes, left and below.
const EDGE: [f32; 2] = [52.0, 40.0];
/// Room right and above.
const RIM: [f32; 2] = [12.0, 8.0];
/// Sides of the field.
const FIELD: [f32; 2] = [SIZE[0] - EDGE[0] - RIM[0], SIZE[1] - EDGE[1] - RIM[1]];
/// Pixels of the canvas along each side.
const FINE: usize = 448;
/// The distance from a point at which the pointer finds it, in the drawing's units.
const NEAR: f32 = 14.0;
/// Paths of more points than this have no mark at each.
const MAX_MARKED: usize = 60;

#[derive(PartialEq, Properties)]
pub(crate) struct SurfaceProps {
    pub(crate) data: Surface,
    /// Spots that belong to what is pointed at.
    pub(crate) lit: Vec<Spot>,
    /// Returns the text of a spot.
    pub(crate) describe: Callback<Spot, String>,
    pub(crate) on_point: Callback<Option<Spot>>,
    pub(crate) on_pick: Callback<Spot>,
}

#[component]
pub(crate) fn SurfaceFigure(props: &SurfaceProps) -> Html {
    let data = &props.data;
    let node = use_node_ref();
    let palette = use_palette();
    {
        let node = node.clone();
        let inputs = (data.values.clone(), data.columns, data.levels.clone(), palette);
        use_effect_with(inputs, move |(values, columns, levels, palette)| {
            if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
                paint(&canvas, &Field { values, columns: *columns, levels }, palette);
            }
        });
    }
    let at = |[x, y]: [f32; 2]| on_drawing(data.range, [x, y]);
    let paths = data.paths.iter().enumerate().map(|(i, path)| {
        let places: Vec<_> = path.known().iter().map(|&[x, y, _]| at([x, y])).collect();
        let points: Vec<_> = places.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        let each = places.iter().filter(|_| places.len() <= MAX_MARKED);
        let marks = each.map(|&place| mark(i, place, 3.2, "step"));
        let last = places.last().map(|&place| mark(i, place, 6.0, "last"));
        html! {
            <g class={format!("path path-{i}")} key={path.name}>
                <polyline class="halo" points={points.clone()} /><polyline {points} />
                { for marks }{ last.unwrap_or_default() }
            </g>
        }
    });
    let ring = |class: &'static str, spot: Spot| {
        let [x, y] = at(data.place_of(spot)?);
        Some(html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r="10" /> })
    };
    let lit = props.lit.iter().filter_map(|spot| ring("lit", *spot));
    let now = data.now.and_then(|spot| ring("now", spot));

    let found = {
        let data = data.clone();
        move |event: &MouseEvent| {
            let drawing = event.target_dyn_into::<Element>()?.closest("svg").ok()??;
            let bounds = drawing.get_bounding_client_rect();
            let x = (f64::from(event.client_x()) - bounds.left()) / bounds.width() * f64::from(SIZE[0]);
            let y = (f64::from(event.client_y()) - bounds.top()) / bounds.height() * f64::from(SIZE[1]);
            spot_near(&data, [x as f32, y as f32])
        }
    };
    let onpointermove = {
        let (found, on_point) = (found.clone(), props.on_point.clone());
        Callback::from(move |event: PointerEvent| on_point.emit(found(&event)))
    };
    let onpointerleave = props.on_point.reform(|_: PointerEvent| None);
    let onclick = {
        let (on_point, on_pick) = (props.on_point.clone(), props.on_pick.clone());
        Callback::from(move |event: MouseEvent| {
            let spot = found(&event);
            on_point.emit(spot);
            spot.iter().for_each(|spot| on_pick.emit(*spot));
        })
    };
    let handles = data.paths.iter().map(|path| {
        html! { <Handle key={path.name} path={path.clone()} range={data.range} describe={props.describe.clone()} on_point={props.on_point.clone()} on_pick={props.on_pick.clone()} /> }
    });
    let [left, right, low, high] = data.range;
    let ticks = |low: f32, high: f32| [low, (low + high) / 2.0, high];
    let across = ticks(left, right).map(|value| {
        let [x, y] = at([value, low]);
        html! { <text class="tick" x={x.to_string()} y={(y + 16.0).to_string()} text-anchor={if value == right { "end" } else { "middle" }}>{number(value)}</text> }
    });
    let up = ticks(low, high).map(|value| {
        let [x, y] = at([left, value]);
        html! { <text class="tick" x={(x - 6.0).to_string()} y={(y + if value == high { 10.0 } else { 4.0 }).to_string()} text-anchor="end">{number(value)}</text> }
    });
    let [name_across, name_up] = &data.axes;
    let [middle, beside] = [EDGE[0] + FIELD[0] / 2.0, RIM[1] + FIELD[1] / 2.0];
    let legend = data.paths.iter().enumerate().map(|(i, path)| html! {
        <span key={path.name}>
            <svg viewBox="0 0 34 14" width="34" height="14" aria-hidden="true"><g class={format!("path path-{i}")}><polyline points="1,7 33,7" />{ mark(i, [17.0, 7.0], 4.5, "step") }</g></svg>
            {&path.title}
        </span>
    });
    let levels: Vec<_> = data.levels.iter().map(|level| four_digits(*level)).collect();
    let gaps = data.values.iter().any(|value| !value.is_finite());
    let gaps = gaps.then(|| html! { <span>{say!("common.surface-gaps")}</span> });
    let tables = data.tables();
    let numbers = (!tables.is_empty()).then(|| html! {
        <details class="surface-numbers"><summary>{say!("common.surface-numbers")}</summary>{ for tables.iter().map(|data| table(data, &props.lit, &props.on_point)) }</details>
    });
    html! {
        <figure class="surface" id={format!("lesson-{}", data.name)}>
            <div class="surface-plane">
                <canvas ref={node} aria-hidden="true" ~style={within([EDGE[0], RIM[1]], FIELD)}></canvas>
                <svg viewBox={format!("0 0 {} {}", SIZE[0], SIZE[1])} role="img" aria-label={data.title.clone()} {onpointermove} {onpointerleave} {onclick}>
                    <clipPath id={format!("lesson-{}-frame", data.name)}><rect x={EDGE[0].to_string()} y={RIM[1].to_string()} width={FIELD[0].to_string()} height={FIELD[1].to_string()} /></clipPath>
                    <rect class="frame" x={EDGE[0].to_string()} y={RIM[1].to_string()} width={FIELD[0].to_string()} height={FIELD[1].to_string()} />
                    { for across }{ for up }
                    <text class="axis-name" x={middle.to_string()} y={(SIZE[1] - 5.0).to_string()} text-anchor="middle">{name_across}</text>
                    <text class="axis-name" transform={format!("translate(14 {beside}) rotate(-90)")} text-anchor="middle">{name_up}</text>
                    <g clip-path={format!("url(#lesson-{}-frame)", data.name)}>{ for paths }{ for lit }{ now.unwrap_or_default() }</g>
                </svg>
                <div>{ for handles }</div>
            </div>
            <figcaption>
                <b>{&data.title}</b>
                <span class="legend">{ for legend }</span>
                <span>{say!("common.surface-levels", measure = data.measure, levels = levels.join(", "))}</span>
                { gaps.unwrap_or_default() }
            </figcaption>
            { numbers.unwrap_or_default() }
        </figure>
    }
}

#[derive(PartialEq, Properties)]
struct HandleProps {
    path: Path,
    range: [f32; 4],
    describe: Callback<Spot, String>,
    on_point: Callback<Option<Spot>>,
    on_pick: Callback<Spot>,
}

/// The point of a path that the keyboard stands at, and goes along with.
#[component]
fn Handle(props: &HandleProps) -> Html {
    let walked = use_state_eq(Option::<usize>::default);
    let (name, known) = (props.path.name, props.path.known());
    let latest = use_latest(*walked);
    let Some(last) = known.len().checked_sub(1) else { return html! {} };
    let here = walked.unwrap_or(last).min(last);
    let spot = Spot::new(name, here);
    let [x, y, _] = known[here];
    let [x, y] = on_drawing(props.range, [x, y]).map(|part| if part.is_finite() { part } else { 0.0 });
    let place = [x.clamp(EDGE[0], SIZE[0] - RIM[0]) - 12.0, y.clamp(RIM[1], SIZE[1] - EDGE[1]) - 12.0];
    let onfocus = props.on_point.reform(move |_: FocusEvent| Some(spot));
    let onblur = {
        let (on_point, walked) = (props.on_point.clone(), walked.clone());
        Callback::from(move |_: FocusEvent| {
            walked.set(None);
            on_point.emit(None);
        })
    };
    let onkeydown = {
        let (on_point, on_pick) = (props.on_point.clone(), props.on_pick.clone());
        Callback::from(move |event: KeyboardEvent| {
            if dom::is_reserved(&event) {
                return;
            }
            let here = latest.get().unwrap_or(last).min(last);
            let next = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => here.saturating_sub(1),
                "ArrowRight" | "ArrowUp" => (here + 1).min(last),
                "Home" => 0,
                "End" => last,
                "Enter" | " " => {
                    on_pick.emit(Spot::new(name, here));
                    here
                }
                _ => return,
            };
            // The path's arrows are its own; the time line does not get them.
            event.prevent_default();
            event.stop_propagation();
            latest.set(Some(next));
            walked.set(Some(next));
            on_point.emit(Some(Spot::new(name, next)));
        })
    };
    html! {
        <div role="slider" class="handle" tabindex="0" ~style={within(place, [24.0, 24.0])} aria-label={props.path.title.clone()}
            aria-valuemin="0" aria-valuemax={last.to_string()} aria-valuenow={here.to_string()} aria-valuetext={props.describe.emit(spot)}
            {onfocus} {onblur} {onkeydown}></div>
    }
}

/// A place of the axes in the drawing.
fn on_drawing([left, right, low, high]: [f32; 4], [x, y]: [f32; 2]) -> [f32; 2] {
    /// Places further away than this look the same, and are numbers that a drawing takes.
    const FAR: f32 = 1e5;
    let x = EDGE[0] + (x - left) / (right - left) * FIELD[0];
    let y = SIZE[1] - EDGE[1] - (y - low) / (high - low) * FIELD[1];
    [x, y].map(|part| if part.is_nan() { FAR } else { part.clamp(-FAR, FAR) })
}

/// The point of a path near a place of the drawing, or else the place of the lattice there.
fn spot_near(data: &Surface, [x, y]: [f32; 2]) -> Option<Spot> {
    let points = data.paths.iter().flat_map(|path| {
        path.known().iter().enumerate().map(move |(i, &[px, py, _])| {
            let [px, py] = on_drawing(data.range, [px, py]);
            ((px - x).hypot(py - y), Spot::new(path.name, i))
        })
    });
    let nearest = points.filter(|(far, _)| *far < NEAR).min_by(|(one, _), (other, _)| one.total_cmp(other));
    let share =
        |part: f32, n: usize| (0.0..=1.0).contains(&part).then(|| (part * (n.max(1) - 1) as f32).round() as usize);
    nearest.map(|(_, spot)| spot).or_else(|| {
        let column = share((x - EDGE[0]) / FIELD[0], data.columns)?;
        let row = share((SIZE[1] - EDGE[1] - y) / FIELD[1], data.rows())?;
        Some(Spot::new(data.name, row * data.columns + column))
    })
}

/// The mark of a path: a circle, a square, a triangle, a diamond, by its number.
fn mark(i: usize, [x, y]: [f32; 2], r: f32, class: &'static str) -> Html {
    let points = |corners: &[[f32; 2]]| {
        let corners: Vec<_> = corners.iter().map(|[dx, dy]| format!("{:.1},{:.1}", x + r * dx, y + r * dy)).collect();
        html! { <polygon {class} points={corners.join(" ")} /> }
    };
    match i % 4 {
        0 => html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r={r.to_string()} /> },
        1 => points(&[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]),
        2 => points(&[[0.0, -1.2], [1.1, 0.8], [-1.1, 0.8]]),
        _ => points(&[[0.0, -1.25], [1.25, 0.0], [0.0, 1.25], [-1.25, 0.0]]),
    }
}

/// A part of the drawing as a style for what lies over it.
fn within([left, top]: [f32; 2], [width, height]: [f32; 2]) -> String {
    let share = |part: f32, of: f32| 100.0 * part / of;
    let [left, width] = [left, width].map(|part| share(part, SIZE[0]));
    let [top, height] = [top, height].map(|part| share(part, SIZE[1]));
    format!("left:{left:.3}%;top:{top:.3}%;width:{width:.3}%;height:{height:.3}%")
}

/// A field as it is painted: between four places of the lattice as a smooth sheet through them.
struct Field<'a> {
    values: &'a [f32],
    columns: usize,
    levels: &'a [f32],
}

impl Field<'_> {
    /// The number of levels that the field has reached, between 0 and 1 across and down; `None`: it has no number there.
    fn band(&self, across: f32, down: f32) -> Option<usize> {
        let rows = self.values.len() / self.columns;
        let (x, y) = (across * (self.columns - 1) as f32, (1.0 - down) * (rows - 1) as f32);
        let (left, low) = ((x as usize).min(self.columns - 2), (y as usize).min(rows - 2));
        let [dx, dy] = [x - left as f32, y - low as f32];
        let value = |row: usize, column: usize| self.values[(low + row) * self.columns + left + column];
        let along = |row: usize| value(row, 0) + (value(row, 1) - value(row, 0)) * dx;
        let smooth = along(0) + (along(1) - along(0)) * dy;
        // Beside what is not known, each place stands for itself.
        let value = if smooth.is_finite() { smooth } else { value(dy.round() as usize, dx.round() as usize) };
        value.is_finite().then(|| self.levels.partition_point(|level| *level <= value))
    }
}

fn paint(canvas: &HtmlCanvasElement, field: &Field<'_>, palette: &Palette) {
    if field.columns < 2 || field.values.len() < 2 * field.columns {
        return;
    }
    let n_bands = field.levels.len().max(1) as f64;
    let shade = |band: usize| mix(palette.sheet, palette.ink, 0.02 + 0.5 * band as f64 / n_bands);
    let line = |band: usize| mix(shade(band), palette.ink, 0.3);
    let part = |i: usize| (i as f32 + 0.5) / FINE as f32;
    let bands: Vec<_> = (0..FINE * FINE).map(|i| field.band(part(i % FINE), part(i / FINE))).collect();
    let colour = |i: usize| -> Rgb {
        let (x, y) = (i % FINE, i / FINE);
        let Some(band) = bands[i] else {
            return if (x + y) % 12 < 2 { palette.edge } else { palette.sheet };
        };
        let beside = [(x + 1 < FINE).then(|| bands[i + 1]), (y + 1 < FINE).then(|| bands[i + FINE])];
        let is_line = beside.into_iter().flatten().flatten().any(|other| other != band);
        if is_line { line(band) } else { shade(band) }
    };
    let bytes: Vec<u8> = (0..FINE * FINE)
        .flat_map(|i| {
            let [red, green, blue] = colour(i).map(|part| part as u8);
            [red, green, blue, 255]
        })
        .collect();
    canvas::put(canvas, FINE, FINE, &bytes);
}
