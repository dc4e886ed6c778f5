//! The things on the stage, side by side.

use super::SurfaceFigure;
use super::exercise::ExerciseView;
use super::faces::{faces, scale};
use super::figures::{CurveFigure, bars, table};
use super::graph::GraphFigure;
use super::space::Space;
use crate::context::use_locks;
use crate::platform::dom;
use crate::platform::lesson_host::StageHandle;
use crate::views::grid::Grid;
use crate::views::pixels::Pixels;
use receptive_lessons::say;
use receptive_lessons::scene::{Edit, Grid as GridData, Item, Scene, Spot};
use receptive_nn::Schedule;
use std::rc::Rc;
use yew::prelude::*;

/// A stage that can be compared: it is the same if it is the very same.
#[derive(Clone)]
pub(crate) struct Shown(pub(crate) Rc<StageHandle>);

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The properties that the things on a board may need.
pub(super) struct Board {
    pub(super) stage: Shown,
    pub(super) moment: usize,
    /// The spot that is pointed at, and the spots that belong to it.
    pub(super) lit: Vec<Spot>,
    pub(super) on_point: Callback<Option<Spot>>,
    pub(super) on_pick: Callback<Spot>,
    /// A cell was typed into: its edit, its place in the matrix and the text.
    pub(super) on_edit: Callback<(Edit, usize, String)>,
    pub(super) on_drag: Callback<(&'static str, f32)>,
    /// A course of the learning rate is to go to the Lab.
    pub(super) on_course: Callback<Schedule>,
    pub(super) on_notice: Callback<String>,
    /// The builder of networks, for the chapter that has it.
    pub(super) builder: Html,
}

/// Rows of things side by side.
pub(super) fn board(board: &Board, rows: &[Vec<Item>]) -> Html {
    let spaces = spaces(rows);
    let all: f32 = spaces.iter().map(|space| space.tall()).sum();
    let rows = rows.iter().zip(&spaces).enumerate().map(|(i, (row, space))| {
        let style = format!("{};--share:{:.4};--things:{}", space.style(), space.tall() / all, row.len());
        // Where networks are built, what can be undone must outlive rows that come and go above it.
        let key = if row.contains(&Item::Builder) { "builder".into() } else { i.to_string() };
        let class = classes!("board-row", space.is_dense().then_some("dense"));
        html! { <div {class} ~style={style} {key}>{ for signed(row).enumerate().map(|(j, items)| together(board, items, j)) }</div> }
    });
    let style = format!("--gaps:{}px", gaps(spaces.len()));
    html! { <div class={classes!("board", scales(&spaces).then_some("fitted"))} ~style={style}>{ for rows }</div> }
}

/// The height of a caption of two lines, a legend, and an equation of one line, each with the gap above it, in CSS pixels.
const BESIDE: [f32; 3] = [55.0, 26.0, 54.0];

/// The least and the greatest height of a scene's upper rows, and the height that the texts beside them are given, as a
/// style, if the rows scale with the room that there is.
pub(super) fn heights(scene: &Scene) -> Option<String> {
    let spaces = spaces(scene.halves().0);
    let height = |sizes| spaces.iter().map(|space| space.height(sizes)).sum::<f32>() + gaps(spaces.len());
    let [least, most] = [Space::LEAST, Space::MOST].map(height);
    let [caption, legend, equation] = BESIDE;
    let beside = caption + legend + if scene.equation.is_some() { equation } else { 0.0 };
    scales(&spaces).then(|| format!("--least-tall:{least:.0}px;--most-tall:{most:.0}px;--beside-grids:{beside:.0}px"))
}

fn spaces(rows: &[Vec<Item>]) -> Vec<Space> {
    match rows {
        [row] => vec![Space::of(row).alone()],
        _ => rows.iter().map(|row| Space::of(row)).collect(),
    }
}

/// True if rows scale with the room that there is; others take what they need.
fn scales(spaces: &[Space]) -> bool {
    !spaces.is_empty() && spaces.iter().all(Space::fits)
}

/// The height of the gaps between rows, in CSS pixels.
fn gaps(n_rows: usize) -> f32 {
    Space::GAP * (n_rows.max(1) - 1) as f32
}

/// Each thing with the signs before it: where a row is broken, a sign begins the next line.
fn signed(row: &[Item]) -> impl Iterator<Item = &[Item]> {
    row.chunk_by(|item, _| matches!(item, Item::Sign(_)))
}

fn together(board: &Board, items: &[Item], key: usize) -> Html {
    match items {
        [item] => draw(board, item, key),
        items => {
            let inside = items.iter().enumerate().map(|(i, item)| draw(board, item, i));
            html! { <div class="signed" {key}>{ for inside }</div> }
        }
    }
}

fn draw(board: &Board, item: &Item, key: usize) -> Html {
    match item {
        Item::Grid(grid) => {
            html! { <GridFigure key={grid.name} data={grid.clone()} stage={board.stage.clone()} moment={board.moment}
            lit={cells_of(&board.lit, grid.name)} on_point={board.on_point.clone()} on_pick={board.on_pick.clone()}
            on_edit={board.on_edit.clone()} on_notice={board.on_notice.clone()} /> }
        }
        Item::Graph(graph) => {
            html! { <GraphFigure key={graph.grid.name} data={graph.clone()} stage={board.stage.clone()} moment={board.moment}
            lit={cells_of(&board.lit, graph.grid.name)} on_point={board.on_point.clone()} on_pick={board.on_pick.clone()} /> }
        }
        Item::Sign(sign) => html! { <span class="op" aria-hidden="true" {key}>{*sign}</span> },
        Item::Column(inside) => {
            html! { <div class="board-column" {key}>{ for inside.iter().enumerate().map(|(i, item)| draw(board, item, i)) }</div> }
        }
        Item::Curve(curve) => {
            html! { <CurveFigure key={curve.name} data={curve.clone()} on_drag={board.on_drag.clone()} /> }
        }
        Item::Surface(data) => {
            let (stage, moment) = (board.stage.clone(), board.moment);
            let describe = Callback::from(move |spot| stage.0.describe(moment, spot));
            html! { <SurfaceFigure key={data.name} data={data.clone()} lit={board.lit.clone()} {describe} on_point={board.on_point.clone()}
            on_pick={board.on_pick.clone()} /> }
        }
        Item::Bars(data) => bars(data),
        Item::Table(data) => table(data, &board.lit, &board.on_point),
        Item::Text(text) => html! { <p class="board-text" {key}>{text}</p> },
        Item::Ask(name, task) => html! { <ExerciseView name={*name} task={task.clone()} key={*name} /> },
        Item::Builder => board.builder.clone(),
        Item::Course(schedule) => {
            let (on_course, schedule) = (board.on_course.clone(), *schedule);
            let onclick = Callback::from(move |_: MouseEvent| on_course.emit(schedule));
            html! {
                <div class="to-lab" {key}><button type="button" id="course-send" {onclick}>{say!("common.course-to-lab")}</button>
                    <small>{say!("common.course-about")}</small></div>
            }
        }
    }
}

fn cells_of(spots: &[Spot], grid: &str) -> Vec<usize> {
    spots.iter().filter(|spot| spot.grid == grid).map(|spot| spot.cell).collect()
}

#[derive(PartialEq, Properties)]
struct GridFigureProps {
    data: GridData,
    stage: Shown,
    moment: usize,
    lit: Vec<usize>,
    on_point: Callback<Option<Spot>>,
    on_pick: Callback<Spot>,
    on_edit: Callback<(Edit, usize, String)>,
    on_notice: Callback<String>,
}

/// A grid with its name, and, where it is large, the ways to its numbers.
#[component]
fn GridFigure(props: &GridFigureProps) -> Html {
    let is_zoomed = use_state_eq(bool::default);
    let tool = use_state_eq(|| Tool::Type);
    let locks = use_locks();
    let data = &props.data;
    let edit = data.edit.clone().filter(|edit| !locks.holds(edit.key));
    let name = data.name;
    let id = format!("lesson-{name}");
    let label = if data.detail.is_empty() { data.title.clone() } else { format!("{}, {}", data.title, data.detail) };
    let on_point = props.on_point.reform(move |cell: Option<usize>| cell.map(|cell| Spot { grid: name, cell }));
    let pick = props.on_pick.reform(move |cell| Spot { grid: name, cell });
    let describe = {
        let (stage, moment) = (props.stage.clone(), props.moment);
        Callback::from(move |cell| stage.0.describe(moment, Spot { grid: name, cell }))
    };
    let is_large = !data.has_numbers();
    let copy = is_large.then(|| {
        let (data, on_notice) = (data.clone(), props.on_notice.clone());
        Callback::from(move |_: MouseEvent| copy_numbers(&data, &on_notice))
    });
    let brush = edit.as_ref().and_then(|edit| edit.brush);
    let grid = if is_large {
        html! { <Pixels {id} {label} grid={data.clone()} scale={scale(data)} lit={props.lit.clone()} is_zoomed={*is_zoomed}
        {describe} {on_point} on_pick={pick} /> }
    } else {
        let can_pick = edit.is_none() && props.stage.0.moment_of(Spot { grid: name, cell: 0 }).is_some();
        let is_painting = brush.is_some() && *tool != Tool::Type;
        let on_edit = edit.clone().filter(|_| !is_painting).map(|edit| {
            let cells = data.cells.clone();
            let emit = props.on_edit.clone();
            Callback::from(move |(cell, typed): (usize, String)| {
                if let Some(source) = cells.get(cell).and_then(|cell| cell.source) {
                    emit.emit((edit.clone(), source, typed));
                }
            })
        });
        let on_paint = edit.zip(brush).filter(|_| is_painting).map(|(edit, brush)| {
            let value = if *tool == Tool::Erase { 0.0 } else { brush };
            let emit = props.on_edit.clone();
            Callback::from(move |cell: usize| emit.emit((edit.clone(), cell, value.to_string())))
        });
        let labels = props.stage.0.labels(props.moment, name);
        let cells = faces(data, &props.lit, |cell| labels.get(cell).cloned().unwrap_or_default());
        html! { <Grid {id} {label} columns={data.columns} {cells} frames={data.frames.clone()} {on_edit} {on_point} {on_paint}
        on_pick={can_pick.then_some(pick)} /> }
    };
    let zoom = {
        let is_zoomed = is_zoomed.clone();
        Callback::from(move |_: MouseEvent| is_zoomed.set(!*is_zoomed))
    };
    let tools = copy.map(|copy| {
        let text = if *is_zoomed { say!("common.zoom-out") } else { say!("common.zoom-in") };
        let icon = |path: &'static str| html! { <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d={path} /></svg> };
        html! {
            <span class="grid-tools">
                <button type="button" class="quiet zoom" title={text.clone()} aria-label={format!("{}: {text}", data.title)} aria-pressed={is_zoomed.to_string()} onclick={zoom}>{ icon("M9.5 2H14v4.5M14 2 9 7M6.500 14H2V9.500M2 14l5-5") }</button>
                <button type="button" class="quiet copy" title={say!("common.as-text")} aria-label={format!("{}: {}", data.title, say!("common.as-text"))} onclick={copy}>{ icon("M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3") }</button>
            </span>
        }
    });
    let brushes = brush.map(|_| {
        let button = |value: Tool, key: &str| {
            let (is_on, tool) = (*tool == value, tool.clone());
            let onclick = Callback::from(move |_: MouseEvent| tool.set(value));
            html! { <button type="button" class={classes!(is_on.then_some("on"))} aria-pressed={is_on.to_string()} {onclick}>{say!(key)}</button> }
        };
        html! { <span class="seg brushes" role="group" aria-label={data.title.clone()}>{ button(Tool::Type, "common.type") }{ button(Tool::Paint, "common.paint") }{ button(Tool::Erase, "common.erase") }</span> }
    });
    let warning = data
        .warning
        .as_ref()
        .map(|text| html! { <span class="unread-note" id={format!("lesson-{name}-warning")}>{text}</span> });
    html! {
        <figure class={classes!("grid-figure", is_large.then_some("large"), is_zoomed.then_some("zoomed"), data.changed.is_some().then_some("compared"))}>
            { grid }
            <figcaption><b>{&data.title}</b>{" "}{&data.detail}{ warning.unwrap_or_default() }{ tools.unwrap_or_default() }{ brushes.unwrap_or_default() }</figcaption>
        </figure>
    }
}

/// The pointer's effect in a grid that can be painted.
#[derive(Clone, Copy, PartialEq)]
enum Tool {
    Type,
    Paint,
    Erase,
}

/// Rows of numbers, tabs between: what a spreadsheet takes.
fn copy_numbers(data: &GridData, on_notice: &Callback<String>) {
    let rows: Vec<_> = data
        .cells
        .chunks(data.columns.max(1))
        .map(|row| row.iter().map(|cell| cell.value.to_string()).collect::<Vec<_>>().join("\t"))
        .collect();
    let (text, on_notice) = (rows.join("\n"), on_notice.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let said = if dom::copy(&text).await { say!("common.copied") } else { say!("common.not-copied", text = text) };
        on_notice.emit(said);
    });
}
