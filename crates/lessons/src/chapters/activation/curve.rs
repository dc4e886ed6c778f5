//! A function as a curve that a point is dragged along.

use super::function::{FUNCTIONS, Function, example_lines, spoken};
use crate::keys;
use crate::scene::{Curve, Edit, Grid, Item, Line, Role, Scene, Spot, Table};
use crate::settings::Settings;
use crate::world::Unavailable;
use crate::{Trace, number, place, say};

/// The typed lines of a maxout.
const LINES: &str = keys::LINES.name;
/// All functions side by side.
const TABLE: &str = "functions";
/// The length of the axis on either side of 0.
const REACH: f32 = 6.0;
/// Points of a line on one unit of the axis.
const DENSITY: i32 = 20;
/// The length of the tangent on either side of its point.
const TANGENT: f32 = 1.5;

/// A function, a place on it, and what the other functions are there.
pub(super) struct CurveTrace {
    function: Function,
    all: Vec<Function>,
    x: f32,
    lines: Option<Grid>,
}

impl CurveTrace {
    /// The function and the place that the settings choose.
    ///
    /// # Errors
    /// When the lines of a maxout are not two.
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let function = Function::chosen(settings)?;
        let all = FUNCTIONS.iter().map(|key| Function::named(key, settings)).collect::<Result<_, _>>()?;
        let typed = settings.numbers(keys::LINES).cloned().unwrap_or_else(example_lines);
        let lines = (function.key == "maxout").then(|| {
            let grid = Grid::of(LINES, say!("activation.lines"), &typed, Role::Weight);
            grid.editable(Edit::of(keys::LINES, typed.clone()))
        });
        Ok(Self { function, all, x: settings.real(keys::X), lines })
    }

    fn curve(&self) -> Curve {
        let f = self.function.activation;
        let n = REACH as i32 * DENSITY;
        let places = (-n..=n).map(|i| i as f32 / DENSITY as f32);
        let line = |title: String, is_dashed, of: &dyn Fn(f32) -> f32| Line {
            title,
            points: places.clone().map(|x| [x, of(x)]).collect(),
            is_dashed,
        };
        let (y, slope) = (f.forward(self.x), f.derivative(self.x));
        let ends = [self.x - TANGENT, self.x + TANGENT].map(|x| x.clamp(-REACH, REACH));
        let tangent = Line {
            title: say!("activation.tangent"),
            points: ends.iter().map(|end| [*end, y + slope * (end - self.x)]).collect(),
            is_dashed: false,
        };
        let lines = vec![
            line(self.function.title(), false, &|x| f.forward(x)),
            line(say!("activation.slope"), true, &|x| f.derivative(x)),
            tangent,
        ];
        let heights = || lines[..2].iter().flat_map(|line| &line.points).map(|[_, y]| *y);
        let (low, high) = (heights().fold(0.0, f32::min), heights().fold(1.0, f32::max));
        // The point is not drawn on the frame, and the numbers at the axis are round.
        let margin = (high - low) / 8.0;
        let unit = if high - low > 3.0 { 1.0 } else { 0.25 };
        let (low, high) = (((low - margin) / unit).floor() * unit, ((high + margin) / unit).ceil() * unit);
        let value = number(y);
        Curve {
            name: "curve",
            title: say!(
                "activation.curve",
                f = self.function.title(),
                x = number(self.x),
                y = value,
                slope = spoken(slope)
            ),
            axes: ["x".into(), format!("{}(x)", self.function.sign())],
            range: [-REACH, REACH, low, high],
            lines,
            handle: Some((self.x, y, "x")),
        }
    }

    fn table(&self) -> Table {
        let row = |function: &Function| {
            let f = function.activation;
            vec![function.title(), number(f.forward(self.x)), spoken(f.derivative(self.x))]
        };
        Table {
            name: TABLE,
            title: say!("activation.all", x = number(self.x)),
            head: ["function", "value", "slope"].map(|key| say!(format!("activation.{key}"))).into(),
            rows: self.all.iter().map(row).collect(),
            now: self.all.iter().position(|function| function.key == self.function.key),
        }
    }
}

impl Trace for CurveTrace {
    fn scene(&self, _moment: usize) -> Scene {
        let f = self.function.activation;
        let (x, slope) = (number(self.x), spoken(f.derivative(self.x)));
        let lines = self.lines.clone().map(Item::Grid).into_iter();
        let beside = lines.chain([Item::Table(self.table())]).collect();
        Scene {
            board: vec![
                vec![Item::Curve(self.curve()), Item::Column(beside)],
                vec![Item::Text(say!(format!("activation.about.{}", self.function.key)))],
            ],
            equation: Some(self.function.equation(self.x, None)),
            formulas: self.function.formulas(self.x),
            caption: say!(
                "activation.at",
                f = self.function.title(),
                x = x,
                y = number(f.forward(self.x)),
                slope = slope
            ),
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        match (spot.grid, &self.lines) {
            (LINES, Some(grid)) if spot.cell < grid.cells.len() => {
                let key = if spot.cell.is_multiple_of(grid.columns) { "tell-weight" } else { "tell-offset" };
                let value = number(grid.cells[spot.cell].value);
                say!(format!("activation.{key}"), place = place(grid.place(spot.cell)), value = value)
            }
            (TABLE, _) => self.all.get(spot.cell).map_or_else(String::new, |function| {
                let f = function.activation;
                let (y, slope) = (number(f.forward(self.x)), spoken(f.derivative(self.x)));
                say!("activation.at", f = function.title(), x = number(self.x), y = y, slope = slope)
            }),
            _ => String::new(),
        }
    }
}
