//! What the lesson on convolution shows.

use std::fmt;

/// The largest grid that can be typed, along an axis.
const MAX_SIDE: usize = 12;
/// The largest value that a cell may hold.
const MAX_VALUE: f32 = 1e6;

/// Whose numbers the lesson works on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A grid small enough to follow by hand.
    #[default]
    Toy,
    /// A digit of the dataset in the Lab.
    Digit,
}

/// How far one step goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Granularity {
    /// A whole output cell.
    #[default]
    Cell,
    /// One product.
    Term,
}

/// A small matrix, as it is typed and as a link carries it: `1,0,-1;2,0,-2;1,0,-1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

/// Why a text is not a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GridError {
    /// A cell is not a number, or too large.
    Cell,
    /// Rows of different lengths, none at all, or too many.
    Shape,
}

impl fmt::Display for GridError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell => {
                write!(f, "A cell must hold a number between −{MAX_VALUE} and {MAX_VALUE}, such as −1 or 0.5.")
            }
            Self::Shape => write!(f, "A grid has 1 to {MAX_SIDE} rows of equal length."),
        }
    }
}

impl Grid {
    /// A grid from its values, row by row. Nothing when the sizes do not agree or are out of bounds.
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Option<Self> {
        let fits = (1..=MAX_SIDE).contains(&rows) && (1..=MAX_SIDE).contains(&columns);
        let is_whole = values.len() == rows * columns && values.iter().all(|value| value.abs() <= MAX_VALUE);
        (fits && is_whole).then_some(Self { rows, columns, values })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The same grid with another value in one cell.
    #[must_use]
    pub fn with(&self, row: usize, column: usize, value: f32) -> Self {
        let mut grid = self.clone();
        if let Some(cell) = grid.values.get_mut(row * self.columns + column) {
            *cell = value;
        }
        grid
    }

    /// Reads one cell as a person types it: a point or a comma, a minus or a hyphen.
    ///
    /// # Errors
    /// When it is not a number, or too large.
    pub fn read_cell(text: &str) -> Result<f32, GridError> {
        let text = text.trim().replace(',', ".").replace('−', "-");
        match text.parse::<f32>() {
            Ok(value) if value.abs() <= MAX_VALUE => Ok(value),
            _ => Err(GridError::Cell),
        }
    }

    /// Reads a grid from a link.
    ///
    /// # Errors
    /// When a cell is not a number or the shape is not a rectangle of a fair size.
    pub fn read(text: &str) -> Result<Self, GridError> {
        let mut values = Vec::new();
        let mut rows = 0;
        for row in text.split(';').take(MAX_SIDE + 1) {
            rows += 1;
            for cell in row.split(',').take(MAX_SIDE + 1) {
                values.push(Self::read_cell(cell)?);
            }
        }
        let columns = values.len() / rows;
        let is_rectangle = text.split(';').take(MAX_SIDE + 1).all(|row| row.split(',').count() == columns);
        Self::new(rows, columns, values).filter(|_| is_rectangle).ok_or(GridError::Shape)
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.values.chunks(self.columns).enumerate() {
            let cells: Vec<_> = row.iter().map(f32::to_string).collect();
            write!(f, "{}{}", if i > 0 { ";" } else { "" }, cells.join(","))?;
        }
        Ok(())
    }
}

/// The lesson's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonState {
    /// Small numbers, or a digit.
    pub source: Source,
    /// The typed input; the deck's example if there is none.
    pub input: Option<Grid>,
    /// The typed kernel; else `preset` says.
    pub kernel: Option<Grid>,
    /// Key of a kernel preset; the deck's example if there is none.
    pub preset: Option<String>,
    /// A kernel of the network in the Lab, which goes before the others.
    pub network_kernel: Option<u32>,
    /// Zeros on each side.
    pub padding: usize,
    /// Steps of the window, less one.
    pub extra_stride: usize,
    /// Gaps between the cells that the kernel reads.
    pub gaps: usize,
    /// Where the time line stands: terms seen, counted over all output cells.
    pub position: usize,
    /// What one step is.
    pub granularity: Granularity,
    /// Which digit of the test images.
    pub digit: u32,
}

impl LessonState {
    /// Steps of the window.
    pub fn stride(&self) -> usize {
        self.extra_stride + 1
    }

    /// Distance between the cells that the kernel reads.
    pub fn dilation(&self) -> usize {
        self.gaps + 1
    }
}
