//! The worked examples of the lecture decks: what goes in, what the deck prints, what is right, and where they open.
//!
//! They stand in `data/worked-examples.toml`. What is right is computed by the engine too: [`Worked::compute`].

mod compute;

use crate::{Matrix, say};

/// All examples, in the order of the data.
pub static ALL: &[Worked] = include!(concat!(env!("OUT_DIR"), "/worked.rs"));

/// A worked example of a deck.
#[derive(Debug, PartialEq, Eq)]
pub struct Worked {
    /// Its name in links, in the texts and in the data.
    pub id: &'static str,
    /// Number of the deck, as its file is named.
    pub deck: usize,
    /// The operation: "conv2d", "max-pool2d", "count", "statement" …
    pub kind: &'static str,
    /// The chapter where it opens; empty for those that belong to no chapter.
    pub chapter: &'static str,
    /// The settings with which it opens there, as a link writes them.
    pub query: &'static str,
    /// The result that the deck prints; `None` where it only asks, and for statements, which have words of their own.
    pub printed: Option<&'static str>,
    /// The right result, rounded as the deck rounds; empty for statements.
    pub correct: &'static str,
    /// True if the deck is right, or prints nothing that could be wrong.
    pub is_right: bool,
    /// The inputs, by name.
    given: &'static [(&'static str, &'static str)],
}

/// The examples that open in a chapter.
pub fn of(chapter: &str) -> impl Iterator<Item = &'static Worked> {
    ALL.iter().filter(move |worked| worked.chapter == chapter)
}

/// The example of this name.
pub fn find(id: &str) -> Option<&'static Worked> {
    ALL.iter().find(|worked| worked.id == id)
}

/// Numbers in rows: commas divide cells, semicolons rows.
fn matrix(text: &str) -> Matrix {
    let rows: Vec<Vec<f32>> =
        text.split(';').map(|row| row.split(',').filter_map(|cell| cell.parse().ok()).collect()).collect();
    let columns = rows.first().map_or(0, Vec::len);
    Matrix::new(rows.len(), columns, rows.concat())
}

/// Numbers as a person reads them, rows divided by semicolons; what is no number stands as it is.
fn reading(text: &str) -> String {
    let number = |cell: &str| match (cell.parse::<u64>(), cell.parse::<f32>()) {
        (Ok(count), _) => crate::grouped(count),
        (_, Ok(value)) => crate::number(value),
        _ => cell.into(),
    };
    let row = |row: &str| row.split(',').map(number).collect::<Vec<_>>().join("  ");
    text.split(';').map(row).collect::<Vec<_>>().join("; ")
}

impl Worked {
    /// Returns the deck's name for the place where it stands.
    pub fn title(&self) -> String {
        say!(format!("worked.title.{}", self.id))
    }

    /// The deck's own title.
    pub fn deck_title(&self) -> String {
        say!(format!("worked.deck.{}", self.deck))
    }

    /// Returns the link that opens it: "convolution?pad=1"; `None` for those that belong to no chapter.
    pub fn link(&self) -> Option<String> {
        match (self.chapter, self.query) {
            ("", _) => None,
            (chapter, "") => Some(chapter.into()),
            (chapter, query) => Some(format!("{chapter}?{query}")),
        }
    }

    /// Returns the deck's result, as a person reads it.
    pub fn printed_text(&self) -> Option<String> {
        match self.kind {
            "statement" => Some(say!(format!("worked.printed.{}", self.id))),
            _ => self.printed.map(reading),
        }
    }

    /// Returns the right result, as a person reads it.
    pub fn correct_text(&self) -> String {
        match self.kind {
            "statement" => say!(format!("worked.correct.{}", self.id)),
            _ => reading(self.correct),
        }
    }

    /// Returns the deck's result as numbers; `None` if it prints none.
    pub fn printed_matrix(&self) -> Option<Matrix> {
        self.printed.filter(|text| text.split([',', ';']).all(|cell| cell.parse::<f32>().is_ok())).map(matrix)
    }

    /// Returns the right result as numbers.
    pub fn correct_values(&self) -> Vec<f64> {
        self.correct.split([',', ';']).filter_map(|cell| cell.parse().ok()).collect()
    }

    /// Numbers that go in, in rows.
    ///
    /// # Panics
    /// As all of these: when the example has nothing of this name.
    pub fn matrix(&self, name: &str) -> Matrix {
        matrix(self.text(name))
    }

    /// A whole number that goes in.
    pub fn count(&self, name: &str) -> usize {
        self.text(name).parse().unwrap_or_else(|error| panic!("{}, {name}: {error}", self.id))
    }

    /// Whole numbers that go in.
    pub fn counts(&self, name: &str) -> Vec<usize> {
        self.text(name).split(',').filter_map(|cell| cell.parse().ok()).collect()
    }

    /// A text that goes in.
    pub fn text(&self, name: &str) -> &'static str {
        self.find(name).unwrap_or_else(|| panic!("{} has no {name}", self.id))
    }

    fn find(&self, name: &str) -> Option<&'static str> {
        self.given.iter().find(|(found, _)| *found == name).map(|(_, text)| *text)
    }

    /// Decimals that the deck rounds to, if it rounds.
    pub fn decimals(&self) -> Option<usize> {
        self.find("decimals").or(self.find("cut")).and_then(|text| text.parse().ok())
    }

    /// Rounds, or cuts off, as the deck does.
    fn rounded(&self, value: f64) -> f64 {
        let scale = 10f64.powi(self.decimals().unwrap_or(6) as i32);
        // A cut must not fall on the wrong side of a number that only single precision puts below it.
        if self.find("cut").is_some() {
            (value * scale + value.signum() * 1e-4).trunc() / scale
        } else {
            (value * scale).round() / scale
        }
    }
}
