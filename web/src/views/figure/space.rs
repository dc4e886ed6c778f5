//! The room that a row of the board needs: what scales is counted in cells and planes, the rest in CSS pixels.

use receptive_lessons::scene::{Grid, Item};

/// Room that a row needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Space {
    /// Cells with numbers, side by side.
    across: usize,
    /// Grids of pixels, side by side.
    planes: usize,
    /// Pixels beside one another that do not scale.
    beside: f32,
    /// Columns of the widest grid of numbers.
    widest: usize,
    /// Cells above one another in the tallest pile that has any, and its pixels that do not scale.
    cells: Pile,
    /// The same of planes.
    pixels: Pile,
    /// Height of the tallest thing that does not scale.
    solid: f32,
    /// True if all of it can be made smaller.
    scales: bool,
}

/// Things above one another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pile {
    /// The number of cells, or planes.
    n: usize,
    /// Pixels that do not scale.
    fixed: f32,
}

/// Sides of a cell and of a plane, in pixels.
pub(super) type Sizes = [f32; 2];

impl Pile {
    fn height(self, size: f32) -> f32 {
        self.n as f32 * size + self.fixed
    }

    /// The taller of two; one without cells or planes does not count.
    fn max(self, other: Self, size: f32) -> Self {
        let height = |pile: Self| if pile.n == 0 { 0.0 } else { pile.height(size) };
        if height(other) > height(self) { other } else { self }
    }

    /// One over the other.
    fn over(self, other: Self) -> Self {
        Self { n: self.n + other.n, fixed: self.fixed + other.fixed }
    }
}

impl Space {
    /// The smallest that is still read.
    pub(super) const LEAST: Sizes = [22.0, 60.0];
    /// The largest that is of use, the gap between two cells included.
    pub(super) const MOST: Sizes = [46.0, 270.0];
    /// Between two rows.
    pub(super) const GAP: f32 = 12.0;
    /// A sign between two things, with the gaps around it.
    const SIGN: f32 = 46.0;
    /// A sign between two things above one another.
    const SIGN_BETWEEN: f32 = 25.0;
    /// The captions of a single row: what changed can be said in them, and nothing moves.
    const TWO_LINES: f32 = 44.0;
    /// Between things above one another.
    const GAP_BETWEEN: f32 = 4.0;

    const NOTHING: Self = Self {
        across: 0,
        planes: 0,
        beside: 0.0,
        widest: 0,
        cells: Pile { n: 0, fixed: 0.0 },
        pixels: Pile { n: 0, fixed: 0.0 },
        solid: 0.0,
        scales: true,
    };

    /// Things side by side.
    pub(super) fn of(items: &[Item]) -> Self {
        let [cell, plane] = Self::MOST;
        items.iter().map(|item| Self::one(item, 0)).fold(Self::NOTHING, |row, one| Self {
            across: row.across + one.across,
            planes: row.planes + one.planes,
            beside: row.beside + one.beside,
            widest: row.widest.max(one.widest),
            cells: row.cells.max(one.cells, cell),
            pixels: row.pixels.max(one.pixels, plane),
            solid: row.solid.max(one.solid),
            scales: row.scales && one.scales,
        })
    }

    /// The same for the only row of a board.
    pub(super) fn alone(mut self) -> Self {
        self.cells.fixed = self.cells.fixed.max(Self::TWO_LINES);
        self
    }

    /// One thing in a column of so many cells.
    fn one(item: &Item, columns: usize) -> Self {
        match item {
            Item::Grid(grid) if grid.has_numbers() => Self {
                across: grid.columns,
                widest: grid.columns,
                cells: Pile { n: grid.rows(), fixed: caption(grid, 30.0 * grid.columns.max(columns) as f32) },
                // Room for a caption under a single cell.
                beside: (84.0 - 36.0 * grid.columns as f32).max(0.0),
                ..Self::NOTHING
            },
            Item::Grid(grid) => {
                Self { planes: n_planes(grid), pixels: Pile { n: 1, fixed: caption(grid, 150.0) }, ..Self::NOTHING }
            }
            Item::Sign(_) => Self { beside: Self::SIGN, ..Self::NOTHING },
            Item::Column(inside) => Self::above(inside),
            Item::Bars(bars) => Self { beside: 330.0, solid: 20.0 * bars.bars.len() as f32 + 26.0, ..Self::NOTHING },
            Item::Course(_) => Self { beside: 200.0, solid: 100.0, ..Self::NOTHING },
            Item::Text(text) => {
                let n = text.chars().count();
                let solid = 23.0 * (n as f32 / 26.0).ceil();
                Self { beside: 200.0, solid, scales: n < 260, ..Self::NOTHING }
            }
            Item::Table(table) => {
                let rows = [&table.head].into_iter().chain(&table.rows);
                let widths =
                    rows.map(|row| row.iter().map(|text| 7.0 * text.chars().count() as f32 + 12.0).sum::<f32>());
                let solid = 32.0 * (table.rows.len() + 1) as f32 + 26.0;
                Self { beside: widths.fold(0.0, f32::max), solid, scales: table.rows.len() < 8, ..Self::NOTHING }
            }
            Item::Graph(_) | Item::Curve(_) | Item::Surface(_) | Item::Ask(..) | Item::Builder => {
                Self { scales: false, ..Self::NOTHING }
            }
        }
    }

    /// Things above one another.
    fn above(items: &[Item]) -> Self {
        let [cell, plane] = Self::MOST;
        let widest = |item: &Item| {
            if let Item::Grid(grid) = item
                && grid.has_numbers()
            {
                grid.columns
            } else {
                0
            }
        };
        let columns = items.iter().map(widest).max().unwrap_or(0);
        let column = items.iter().map(|item| Self::one(item, columns)).fold(Self::NOTHING, |column, one| Self {
            across: column.across.max(one.across),
            planes: column.planes.max(one.planes),
            beside: column.beside.max(if one.beside == Self::SIGN { 0.0 } else { one.beside }),
            widest: column.widest.max(one.widest),
            cells: column.cells.over(one.cells),
            pixels: column.pixels.over(one.pixels),
            solid: column.solid + one.solid,
            scales: column.scales && one.scales,
        });
        let n_signs = items.iter().filter(|item| matches!(item, Item::Sign(_))).count() as f32;
        let gaps = (items.len().max(1) - 1) as f32 * Self::GAP_BETWEEN;
        let fixed = n_signs * Self::SIGN_BETWEEN + gaps + column.solid;
        // In a pile of both, what is of the other kind counts with about the size that it will have.
        let (cells, pixels) = (column.cells, column.pixels);
        let [other_cells, other_pixels] = [cells.height(0.8 * cell), pixels.height(0.5 * plane)];
        Self {
            cells: Pile { fixed: cells.fixed + fixed + other_pixels, ..cells },
            pixels: Pile { fixed: pixels.fixed + fixed + other_cells, ..pixels },
            solid: if cells.n + pixels.n == 0 { fixed } else { 0.0 },
            ..column
        }
    }

    /// Height of the row in pixels when cells and planes have these sizes.
    pub(super) fn height(&self, [cell, plane]: Sizes) -> f32 {
        let of = |pile: Pile, size: f32| if pile.n == 0 { 0.0 } else { pile.height(size) };
        of(self.cells, cell).max(of(self.pixels, plane)).max(self.solid)
    }

    /// Its part in the board's height.
    pub(super) fn tall(&self) -> f32 {
        self.height([34.0, 150.0]).max(1.0)
    }

    /// True if it can be made as small as the screen asks for, and is then still read.
    pub(super) fn fits(&self) -> bool {
        /// Width of the stage on the smallest screen on which all of it is seen at once.
        const STAGE: f32 = 880.0;
        let [cell, plane] = Self::LEAST;
        self.scales && self.across as f32 * cell + self.planes as f32 * plane + self.beside <= STAGE
    }

    /// True if so many pictures stand side by side that there is room for their names alone.
    pub(super) fn is_dense(&self) -> bool {
        self.planes > 4
    }

    /// The same for the style sheet, which knows how much room there is.
    pub(super) fn style(&self) -> String {
        format!(
            "--across:{};--planes:{};--beside:{:.0}px;--widest:{};--down:{};--down-fixed:{:.0}px;--stack:{};--stack-fixed:{:.0}px",
            self.across,
            self.planes,
            self.beside,
            self.widest,
            self.cells.n,
            self.cells.fixed,
            self.pixels.n,
            self.pixels.fixed
        )
    }
}

/// The planes side by side whose room a grid of pixels takes: two for one that is about twice as wide as high, or wider.
pub(crate) fn n_planes(grid: &Grid) -> usize {
    if 5 * grid.columns > 9 * grid.rows() { 2 } else { 1 }
}

/// Height of what stands under a grid of this width.
fn caption(grid: &Grid, width: f32) -> f32 {
    /// Mean width of a letter.
    const LETTER: f32 = 6.4;
    let lines = |text: &str| (text.chars().count() as f32 * LETTER / width.max(84.0)).ceil();
    let warning = grid.warning.as_deref().map_or(0.0, lines);
    let tools = if grid.has_numbers() { "" } else { "          " };
    let brushes = if grid.edit.as_ref().is_some_and(|edit| edit.brush.is_some()) { 50.0 } else { 0.0 };
    18.0 * (lines(&format!("{} {}{tools}", grid.title, grid.detail)) + warning) + 8.0 + brushes
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_lessons::Matrix;
    use receptive_lessons::scene::Role;

    fn grid(rows: usize, columns: usize) -> Item {
        Item::Grid(Grid::of("input", "input", &Matrix::zeros(rows, columns), Role::Input))
    }

    #[test]
    fn a_row_is_as_tall_as_its_tallest_pile_and_as_wide_as_all_of_them() {
        let row = [grid(5, 5), Item::Sign("∗"), grid(3, 3), Item::Sign("="), grid(3, 3)];
        let space = Space::of(&row);
        assert_eq!((space.across, space.cells.n, space.planes, space.beside), (11, 5, 0, 2.0 * Space::SIGN));
        let column = Item::Column(vec![grid(5, 5), Item::Sign("∗"), grid(3, 3)]);
        let taller = Space::of(&[grid(7, 7), column]);
        assert_eq!((taller.across, taller.cells.n), (12, 8));
        assert!(taller.height(Space::LEAST) > space.height(Space::LEAST) && taller.fits());
    }

    #[test]
    fn what_cannot_be_made_smaller_takes_what_it_needs() {
        assert!(!Space::of(&[grid(2, 2), Item::Builder]).fits());
        assert!(!Space::of(&[Item::Text("word ".repeat(80))]).fits());
        assert!(Space::of(&[grid(12, 12), grid(12, 12)]).fits() && !Space::of(&vec![grid(12, 12); 4]).fits());
        assert!(Space::of(&[grid(28, 28)]).pixels.n == 1);
    }

    #[test]
    fn a_wide_picture_takes_the_room_of_two() {
        let planes = |rows, columns| Space::of(&[grid(rows, columns)]).planes;
        assert_eq!([planes(28, 28), planes(8, 16), planes(8, 30), planes(30, 8)], [1, 0, 2, 1]);
    }
}
