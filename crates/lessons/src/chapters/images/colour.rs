//! A small colour picture: three planes of numbers, mixed by light.

use super::{FULL, byte, describe_size, position_formula, size_formulas, sizes};
use crate::formula::Formula;
use crate::scene::{Cell, Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::settings::{Key, Numbers, Settings};
use crate::world::Unavailable;
use crate::{Matrix, Trace, grouped, keys, number, place, say};
use std::rc::Rc;

/// The planes' names, in the order in which a pixel's parts are written.
const KEYS: [Key<Numbers>; 3] = [keys::RED, keys::GREEN, keys::BLUE];
/// Names of the planes' grids.
pub(super) const PLANES: [&str; 3] = [keys::RED.name, keys::GREEN.name, keys::BLUE.name];

/// Colours with a name.
const NAMED: &[(&str, [u8; 3])] = &[
    ("black", [0, 0, 0]),
    ("white", [255, 255, 255]),
    ("grey", [128, 128, 128]),
    ("red", [255, 0, 0]),
    ("green", [0, 255, 0]),
    ("blue", [0, 0, 255]),
    ("yellow", [255, 255, 0]),
    ("cyan", [0, 255, 255]),
    ("magenta", [255, 0, 255]),
    ("orange", [255, 128, 0]),
    ("pink", [255, 160, 192]),
    ("brown", [128, 72, 24]),
    ("dark-red", [128, 0, 0]),
    ("dark-green", [0, 112, 24]),
    ("dark-blue", [0, 0, 128]),
    ("olive", [128, 128, 0]),
    ("teal", [0, 128, 128]),
    ("purple", [128, 0, 160]),
    ("sky", [128, 192, 255]),
    ("cornflower", [64, 128, 255]),
    ("pale-blue", [216, 236, 255]),
];

/// The toy picture's pixels: the lights one by one and two by two, mixtures, and a sky that grows pale. No yellow.
const TOY: [[u8; 3]; 16] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
    [0, 255, 255],
    [255, 0, 255],
    [128, 128, 128],
    [0, 0, 0],
    [255, 128, 0],
    [255, 160, 192],
    [128, 72, 24],
    [0, 112, 24],
    [64, 128, 255],
    [128, 192, 255],
    [192, 224, 255],
    [216, 236, 255],
];

/// The name of the named colour that lies nearest.
pub fn colour_name(parts: [u8; 3]) -> String {
    let distance = |named: [u8; 3]| parts.iter().zip(named).map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
    let nearest = NAMED.iter().min_by_key(|(_, named)| distance(*named));
    nearest.map_or_else(String::new, |(key, _)| say!(format!("images.colours.{key}")))
}

/// A cell of a mixed colour.
pub fn mixed(parts: [f32; 3]) -> Cell {
    let parts = parts.map(byte);
    // The mean stands for the colour where only one number fits.
    let mean = parts.iter().map(|&part| f32::from(part)).sum::<f32>() / 3.0;
    Cell::new(mean, Role::Colour(parts))
}

/// A colour picture; one moment per pixel.
pub(super) struct ColourTrace {
    planes: [Matrix; 3],
    grids: [Grid; 3],
    picture: Grid,
}

impl ColourTrace {
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let toy = |c: usize| Matrix::new(4, 4, TOY.map(|parts| f32::from(parts[c])));
        let planes = [0, 1, 2].map(|c| settings.numbers(KEYS[c]).cloned().unwrap_or_else(|| toy(c)));
        if planes.iter().any(|plane| plane.size() != planes[0].size()) {
            let [red, green, blue] = planes.each_ref().map(Matrix::size);
            return Err(Unavailable::Refused(say!("images.planes-differ", red = red, green = green, blue = blue)));
        }
        let grid = |c: usize| {
            let plane = &planes[c];
            let n_outside = plane.values.iter().filter(|value| !(0.0..=FULL).contains(*value)).count();
            let edit = Edit { key: KEYS[c].name, matrix: plane.clone(), also: None, brush: Some(FULL) };
            Grid {
                scale: Some(FULL),
                warning: (n_outside > 0).then(|| say!("images.outside", n = n_outside)),
                ..Grid::of(PLANES[c], say!(format!("images.{}", PLANES[c])), plane, role(c)).editable(edit)
            }
        };
        let cells = (0..planes[0].values.len()).map(|i| mixed([0, 1, 2].map(|c| planes[c].values[i])));
        let picture = Grid {
            name: "picture",
            title: say!("images.picture"),
            detail: planes[0].size(),
            columns: planes[0].columns,
            cells: Rc::new(cells.collect()),
            ..Grid::default()
        };
        let grids = [grid(0), grid(1), grid(2)];
        Ok(Self { planes, grids, picture })
    }

    fn pixel(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    fn parts(&self, pixel: usize) -> [f32; 3] {
        self.planes.each_ref().map(|plane| plane.values[pixel])
    }
}

fn role(plane: usize) -> Role {
    [Role::Red, Role::Green, Role::Blue][plane]
}

impl Trace for ColourTrace {
    fn n_moments(&self) -> usize {
        self.planes[0].values.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let pixel = self.pixel(moment);
        let at = self.planes[0].place(pixel);
        let parts = self.parts(pixel);
        let framed = |grid: &Grid| Item::Grid(grid.at(pixel));
        let [red, green, blue] = &self.grids;
        let name = colour_name(parts.map(byte));
        let terms = (0..3).map(|c| Term {
            text: number(parts[c]),
            is_nothing: parts[c] <= 0.0,
            spot: Some(Spot::new(PLANES[c], pixel)),
        });
        let mut formulas = size_formulas([3, self.planes[0].rows, self.planes[0].columns], 8);
        let n_colours = grouped(256u64.pow(3));
        formulas.push(Formula::new("colours", say!("images.n-colours"), &format!("sup(256, 3) = {n_colours}")));
        formulas.push(position_formula(at, self.planes[0].columns));
        Scene {
            board: vec![
                vec![
                    framed(red),
                    Item::Sign("+"),
                    framed(green),
                    Item::Sign("+"),
                    framed(blue),
                    Item::Sign("="),
                    framed(&self.picture),
                ],
                vec![Item::Text(say!("images.light-adds"))],
                vec![sizes()],
            ],
            equation: Some(Equation {
                open: "(".into(),
                terms: terms.collect(),
                joint: ", ",
                close: ")".into(),
                result: name.clone(),
                ..Equation::default()
            }),
            formulas,
            caption: say!(
                "images.mix",
                i = pixel + 1,
                n = self.n_moments(),
                place = place(at),
                red = number(parts[0]),
                green = number(parts[1]),
                blue = number(parts[2]),
                name = name
            ),
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        let all = [PLANES[0], PLANES[1], PLANES[2], "picture"];
        if !all.contains(&spot.grid) {
            return vec![];
        }
        all.into_iter().filter(|grid| *grid != spot.grid).map(|grid| Spot::new(grid, spot.cell)).collect()
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        if spot.grid == "sizes" {
            return describe_size(spot.cell);
        }
        if spot.cell >= self.n_moments() {
            return String::new();
        }
        let parts = self.parts(spot.cell);
        let place = place(self.planes[0].place(spot.cell));
        match PLANES.iter().position(|plane| *plane == spot.grid) {
            Some(c) => {
                let plane = say!(format!("images.{}", PLANES[c]));
                let share = number(f32::from(byte(parts[c])) / FULL);
                say!("images.tell-part", plane = plane, place = place, value = number(parts[c]), share = share)
            }
            None => say!(
                "images.tell-mix",
                place = place,
                red = number(parts[0]),
                green = number(parts[1]),
                blue = number(parts[2]),
                name = colour_name(parts.map(byte))
            ),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == "picture").then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new("picture", self.pixel(moment)))
    }
}
