//! What the learner watches: a cell, a map or a weight, each with a small chart of its value and of its gradient over the
//! steps.

use super::levels::Level;
use super::seen::{Seen, gradient};
use crate::state::Look;
use crate::views::asking::{Asked, pause, use_live_answer};
use receptive_lessons::words::layer_name;
use receptive_lessons::{four_digits, grouped, place, say};
use receptive_nn::Head;
use receptive_train::protocol::{Backward, Query};
use yew::prelude::*;

/// Between two questions while the network trains, in milliseconds.
const BETWEEN_MILLIS: i32 = 100;
/// A chart has at most so many points; when there are more, they are kept twice as far apart.
const MOST_POINTS: usize = 400;
/// The size of a chart, in its own units.
const CHART: [f64; 2] = [200.0, 44.0];

/// Something that is watched.
#[derive(Clone, PartialEq)]
pub(super) struct Pin {
    /// The part of a tensor that it is in: "conv 2[3..4]", "conv 1.weight[0..1]".
    part: String,
    /// Its place in that part; nothing: the mean of the part.
    at: Option<usize>,
    /// Its name in words.
    title: String,
    /// The layer, and the cell of it, that show it.
    shown_by: (String, usize),
}

impl Pin {
    /// A cell of a layer of this shape.
    pub(super) fn cell(layer: &str, cell: usize, [_, rows, columns]: [usize; 3]) -> Self {
        let len = rows * columns;
        let map = cell / len;
        let title = if len == 1 {
            say!("zoom.watch.unit", layer = layer_name(layer), unit = map + 1)
        } else {
            let place = place([cell % len / columns, cell % columns]);
            say!("zoom.watch.cell", layer = layer_name(layer), map = map + 1, place = place)
        };
        let part = format!("{layer}[{map}..{}]", map + 1);
        Self { part, at: Some(cell % len), title, shown_by: (layer.into(), cell) }
    }

    /// The map of a layer in which a cell lies.
    pub(super) fn map(layer: &str, cell: usize, [_, rows, columns]: [usize; 3]) -> Self {
        let map = cell / (rows * columns);
        let title = say!("zoom.watch.map", layer = layer_name(layer), map = map + 1);
        Self { part: format!("{layer}[{map}..{}]", map + 1), at: None, title, shown_by: (layer.into(), cell) }
    }

    /// A number of rows of parameters, "conv 1.weight[0..1]", that a cell is made with: number `at` of these, which is that of
    /// this row and this place in it.
    pub(super) fn parameter(rows: &str, at: usize, [row, place]: [usize; 2], cell: &(String, usize)) -> Option<Self> {
        let (tensor, _) = rows.split_once('[')?;
        let (layer, role) = tensor.rsplit_once('.')?;
        let key = if role == "bias" { "zoom.watch.bias" } else { "zoom.watch.weight" };
        let title = say!(key, layer = layer_name(layer), map = row + 1, n = place + 1);
        Some(Self { part: rows.into(), at: Some(at), title, shown_by: cell.clone() })
    }

    /// The tensors that tell of it: of its value, and of its gradient.
    fn tensors(&self) -> [String; 2] {
        let both = [self.part.clone(), gradient(&self.part)];
        if self.at.is_some() { both } else { both.map(|name| format!("mean {name}")) }
    }

    /// The place among the values of these tensors of the number that it stands for.
    fn place(&self) -> usize {
        self.at.unwrap_or_default()
    }
}

/// A watched number after a step.
#[derive(Clone, Copy, PartialEq)]
struct Point {
    step: u32,
    value: f32,
    gradient: f32,
}

/// The course of a watched number, in pieces: a piece ends where the image, or what gradients are of, becomes another.
#[derive(Default)]
struct Course {
    pieces: Vec<(Vec<f32>, Backward, Vec<Point>)>,
    /// Points of a piece are at least so many steps apart, but for the last one.
    spacing: u32,
}

impl Course {
    fn add(&mut self, pixels: &[f32], of: Backward, point: Point) {
        // A run that was put back, or begun anew, goes on from there.
        for (.., points) in &mut self.pieces {
            points.retain(|known| known.step < point.step);
        }
        self.pieces.retain(|(.., points)| !points.is_empty());
        match self.pieces.last_mut() {
            Some((last, last_of, points)) if last == pixels && *last_of == of => points.push(point),
            _ => self.pieces.push((pixels.to_vec(), of, vec![point])),
        }
        if self.points().count() > MOST_POINTS {
            self.spacing = 2 * self.spacing.max(1);
        }
        for (.., points) in &mut self.pieces {
            thin(points, self.spacing);
        }
    }

    fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.pieces.iter().flat_map(|(.., points)| points)
    }
}

/// Takes points out that are nearer than so many steps to the one before; the last one stays.
fn thin(points: &mut Vec<Point>, spacing: u32) {
    let Some(last) = points.pop() else { return };
    let mut before = None;
    points.retain(|point| {
        let is_far = before.is_none_or(|before| point.step - before >= spacing);
        if is_far {
            before = Some(point.step);
        }
        is_far
    });
    points.push(last);
}

#[derive(PartialEq, Properties)]
pub(super) struct WatchedProps {
    pub(super) level: Level,
}

/// Everything that is watched, in the order in which it was chosen.
#[component]
pub(super) fn Watched(props: &WatchedProps) -> Html {
    let level = &props.level;
    let (pins, on_pin) = (&level.pins, &level.on_pin);
    let courses = use_mut_ref(Vec::<(Pin, Course)>::new);
    // While another image is on its way, its class is known already.
    let class = level.answers.image.as_ref().and_then(|image| image.class);
    let of = level.answers.of.filter(|of| of.head == Head::Logit || class.is_none_or(|class| class == of.class));
    let question = level.answers.seen.as_ref().zip(of).zip(level.shown.weights);
    let (question, version) = question
        .filter(|_| !pins.is_empty())
        .map(|((seen, of), (weights, version))| {
            (Query::Gradients { weights, pixels: seen.pixels.clone(), of, names: names(pins) }, version)
        })
        .unzip();
    let asked = use_live_answer(
        &level.client,
        question,
        version.unwrap_or_default(),
        pause(level.shown.is_training, BETWEEN_MILLIS),
    );
    {
        let courses = courses.clone();
        // Before it is drawn, not after.
        let _ = use_memo((asked, pins.clone()), move |(asked, pins)| {
            let mut courses = courses.borrow_mut();
            courses.retain(|(pin, _)| pins.contains(pin));
            if let Some(asked) = asked {
                record(&mut courses, pins, asked);
            }
        });
    }
    if pins.is_empty() {
        return html! {};
    }
    let courses = courses.borrow();
    let course = |pin: &Pin| courses.iter().find(|(known, _)| known == pin).map(|(_, course)| course);
    let cards = pins.iter().map(|pin| card(pin, course(pin), on_pin, &level.on_look));
    html! {
        <section class="watched" id="watched" aria-label={say!("zoom.watch.title")}>
            <h3>{say!("zoom.watch.title")}<small>{say!("zoom.watch.text")}</small></h3>
            <ul>{ for cards }</ul>
        </section>
    }
}

/// The tensors that tell of what is watched, each once.
fn names(pins: &[Pin]) -> Vec<String> {
    let mut names = vec![];
    for name in pins.iter().flat_map(Pin::tensors) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Adds what an answer says of each number that is watched.
fn record(courses: &mut Vec<(Pin, Course)>, pins: &[Pin], asked: &Asked) {
    let Some(seen) = Seen::new(asked) else { return };
    let (Some(step), Some(of)) = (seen.step, seen.of) else { return };
    for pin in pins {
        let number = |name: &String| seen.find(name)?.to_vec().get(pin.place()).copied();
        if let [Some(value), Some(gradient)] = pin.tensors().each_ref().map(number) {
            let at = courses.iter().position(|(known, _)| known == pin).unwrap_or_else(|| {
                courses.push((pin.clone(), Course::default()));
                courses.len() - 1
            });
            courses[at].1.add(&seen.pixels, of, Point { step, value, gradient });
        }
    }
}

/// One thing that is watched: its name, its two numbers, and their charts.
fn card(pin: &Pin, course: Option<&Course>, on_pin: &Callback<Pin>, on_look: &Callback<Look>) -> Html {
    let to = Look::Cell(pin.shown_by.0.clone(), pin.shown_by.1);
    let drop = pin.clone();
    let label = say!("zoom.watch.no-longer", what = pin.title);
    let charts = ["value", "gradient"].map(|key| {
        let number = |point: &Point| if key == "value" { point.value } else { point.gradient };
        let pieces: Vec<Vec<(u32, f32)>> = course.map_or_else(Vec::new, |course| {
            let piece = |(.., points): &(_, _, Vec<Point>)| points.iter().map(|at| (at.step, number(at))).collect();
            course.pieces.iter().map(piece).collect()
        });
        let now = course.and_then(|course| course.points().next_back()).map(number);
        html! {
            <div class={classes!("course", key)}>
                <span>{say!(format!("zoom.watch.{key}"))}<b>{ now.map(four_digits).unwrap_or_default() }</b></span>
                { chart(&pieces) }
            </div>
        }
    });
    html! {
        <li key={format!("{} {:?}", pin.part, pin.at)}>
            <button type="button" class="crumb" onclick={on_look.reform(move |_: MouseEvent| to.clone())}>{&pin.title}</button>
            <button type="button" class="quiet drop" aria-label={label.clone()} title={label} onclick={on_pin.reform(move |_: MouseEvent| drop.clone())}>{"×"}</button>
            { for charts }
        </li>
    }
}

/// A number over the steps, as a line, with the least and the greatest value beside it.
fn chart(pieces: &[Vec<(u32, f32)>]) -> Html {
    let points = || pieces.iter().flatten().filter(|(_, value)| value.is_finite());
    let (Some((first, _)), Some((last, now))) = (points().next(), points().next_back()) else {
        return html! { <svg viewBox="0 0 200 44"></svg> };
    };
    let bound = |from: f32, choose: fn(f32, f32) -> f32| points().map(|(_, value)| *value).fold(from, choose);
    let (low, high) = (bound(f32::INFINITY, f32::min), bound(f32::NEG_INFINITY, f32::max));
    let [width, height] = CHART;
    // Half a unit at each edge is the line's own.
    let x = |step: u32| width * f64::from(step - first) / f64::from((last - first).max(1));
    let share = |value: f32| if high > low { f64::from((value - low) / (high - low)) } else { 0.5 };
    let y = |value: f32| 2.0 + (height - 4.0) * (1.0 - share(value));
    let line = |piece: &Vec<(u32, f32)>| {
        let points = piece.iter().filter(|(_, value)| value.is_finite());
        let path: Vec<String> = points.map(|(step, value)| format!("{:.1} {:.1}", x(*step), y(*value))).collect();
        // A single point is a line of no length, which a round end shows.
        html! { <path d={format!("M{} L{}", path.join(" L"), path.last().cloned().unwrap_or_default())} /> }
    };
    let zero =
        (low < 0.0 && high > 0.0).then(|| html! { <path class="zero" d={format!("M0 {0:.1} H{width}", y(0.0))} /> });
    let [first_said, last_said] = [*first, *last].map(|step| grouped(step.into()));
    let label = say!(
        "zoom.watch.course",
        first = first_said,
        last = last_said,
        low = four_digits(low),
        high = four_digits(high),
        now = four_digits(*now)
    );
    html! {
        <>
            <svg viewBox={format!("0 0 {width} {height}")} preserveAspectRatio="none" role="img" aria-label={label}>
                { zero.unwrap_or_default() }{ for pieces.iter().filter(|piece| !piece.is_empty()).map(line) }
            </svg>
            <small class="bounds" aria-hidden="true"><i>{four_digits(high)}</i><i>{four_digits(low)}</i></small>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Backward = Backward { head: Head::CrossEntropy, class: 3 };

    fn point(step: u32) -> Point {
        Point { step, value: step as f32, gradient: -(step as f32) }
    }

    fn steps(course: &Course) -> Vec<Vec<u32>> {
        course.pieces.iter().map(|(.., points)| points.iter().map(|point| point.step).collect()).collect()
    }

    #[test]
    fn another_image_begins_a_new_piece_and_a_run_put_back_forgets_what_came_after() {
        let mut course = Course::default();
        [0, 2, 2, 5].into_iter().for_each(|step| course.add(&[0.0], OF, point(step)));
        assert_eq!(steps(&course), [vec![0, 2, 5]]);
        [6, 8].into_iter().for_each(|step| course.add(&[1.0], OF, point(step)));
        course.add(&[1.0], Backward { class: 4, ..OF }, point(9));
        assert_eq!(steps(&course), [vec![0, 2, 5], vec![6, 8], vec![9]]);
        course.add(&[0.0], OF, point(5));
        assert_eq!(steps(&course), [vec![0, 2, 5]]);
        course.add(&[1.0], OF, point(0));
        assert_eq!(steps(&course), [vec![0]]);
    }

    #[test]
    fn a_long_course_keeps_its_ends_and_points_as_far_apart_as_one_another() {
        let mut course = Course::default();
        (0..3000).for_each(|step| course.add(&[0.0], OF, point(step)));
        let steps = &steps(&course)[0];
        assert!((MOST_POINTS / 2..=MOST_POINTS).contains(&steps.len()), "{}", steps.len());
        assert_eq!((steps[0], steps[steps.len() - 1]), (0, 2999));
        let apart: Vec<_> = steps[..steps.len() - 1].windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(apart.iter().all(|gap| *gap == apart[0]), "{steps:?}");
    }

    #[test]
    fn a_pin_names_the_tensors_that_tell_of_it_each_once() {
        let (shape, cell) = ([4, 3, 3], 2 * 9 + 5);
        let (of_cell, of_map) = (Pin::cell("conv 2", cell, shape), Pin::map("conv 2", cell, shape));
        assert_eq!((of_cell.tensors(), of_cell.place()), (["conv 2[2..3]", "grad conv 2[2..3]"].map(String::from), 5));
        assert_eq!(of_map.tensors(), ["mean conv 2[2..3]", "mean grad conv 2[2..3]"]);
        let pin = Pin::parameter("conv 1.weight[3..4]", 7, [3, 7], &("conv 1".into(), 30)).unwrap();
        assert_eq!((pin.place(), pin.part.as_str()), (7, "conv 1.weight[3..4]"));
        assert_eq!(names(&[pin.clone(), pin]), ["conv 1.weight[3..4]", "grad conv 1.weight[3..4]"]);
    }
}
