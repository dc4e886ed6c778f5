//! A small plane of numbers, as it is shown, typed, and carried by a link.

use crate::{NumberKind, read, say};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest matrix that can be typed, along an axis.
const MAX_SIDE: usize = 12;
/// The largest value that a cell may hold.
pub(crate) const MAX_VALUE: f32 = 1e6;

/// A plane of numbers, row by row. As text, in a link: `1,0,-1;2,0,-2;1,0,-1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// rows · columns values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// A matrix of `rows` rows.
    ///
    /// # Panics
    /// When the values do not fill them.
    pub fn new(rows: usize, columns: usize, values: impl Into<Vec<f32>>) -> Self {
        let values = values.into();
        assert_eq!(values.len(), rows * columns, "values fill the matrix");
        Self { rows, columns, values }
    }

    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// The value at a row and a column.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }

    /// Row and column of a cell, counted row by row.
    pub fn place(&self, cell: usize) -> [usize; 2] {
        [cell / self.columns, cell % self.columns]
    }

    /// Its size in words: "5×5".
    pub fn size(&self) -> String {
        format!("{}×{}", self.rows, self.columns)
    }

    /// The same matrix with another value in one cell.
    #[must_use]
    pub fn with(&self, cell: usize, value: f32) -> Self {
        let mut matrix = self.clone();
        if let Some(cell) = matrix.values.get_mut(cell) {
            *cell = value;
        }
        matrix
    }

    /// Reads a matrix from a link.
    ///
    /// # Errors
    /// When a cell is not a number or the shape is not a rectangle of a fair size, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let rows: Vec<_> = text.split(';').take(MAX_SIDE + 1).collect();
        let mut values = Vec::new();
        let mut columns = None;
        let misshapen = || say!("common.bad.shape", most = MAX_SIDE);
        for row in &rows {
            let first = values.len();
            for cell in row.split(',').take(MAX_SIDE + 1) {
                values.push(read_number(cell)?);
            }
            if *columns.get_or_insert(values.len()) != values.len() - first {
                return Err(misshapen());
            }
        }
        let columns = columns.unwrap_or(0);
        let fits = (1..=MAX_SIDE).contains(&rows.len()) && (1..=MAX_SIDE).contains(&columns);
        if fits { Ok(Self { rows: rows.len(), columns, values }) } else { Err(misshapen()) }
    }
}

/// Reads the number of a cell as a person types it.
///
/// # Errors
/// When it is not a number, or too large, or could be two, in words.
pub fn read_number(text: &str) -> Result<f32, String> {
    match read(text, NumberKind::Any) {
        Ok(value) if value.abs() <= MAX_VALUE.into() => Ok(value as f32),
        Ok(_) => Err(say!("common.bad.cell", most = MAX_VALUE)),
        Err(why) => Err(why.question().unwrap_or_else(|| say!("common.bad.cell", most = MAX_VALUE))),
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.values.chunks(self.columns.max(1)).enumerate() {
            let cells: Vec<_> = row.iter().map(f32::to_string).collect();
            write!(f, "{}{}", if i > 0 { ";" } else { "" }, cells.join(","))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_survives_the_round_trip() {
        let matrix = Matrix::new(2, 3, [1.0, 0.0, -1.0, 0.5, 1e6, -0.1]);
        assert_eq!(Matrix::read(&matrix.to_string()), Ok(matrix));
    }

    #[test]
    fn what_is_not_a_matrix_is_refused_in_words() {
        let wide = vec!["1"; 100].join(",");
        for text in ["", "1,2;3", "1;2,3", "a", "nan", "1e400", "1e7", "1,,2", ";;", &wide, &"1;".repeat(50)] {
            assert!(Matrix::read(text).is_err_and(|error| error.ends_with('.')), "{text}");
        }
        assert_eq!(read_number(" −0,5 "), Ok(-0.5));
    }
}
