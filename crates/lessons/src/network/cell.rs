//! All of the arithmetic behind one cell: every term that it is made of, and every cell that it goes into.

use super::{MOST_FETCHED, NetworkTrace};
use crate::trace::Tensor;
use crate::words::layer_name;
use crate::{decimals, four_digits, place, say};
use receptive_core::terms::{Cell, Combine, Factor, Term, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Terms to a group where they lie in no window.
const IN_A_LIST: usize = 25;

/// The arithmetic behind a cell, whole. Forward the cell is a value; backward it is the gradient with respect to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellAccount {
    /// Its place, its value, and what kind of sum it is, as a sentence.
    pub about: String,
    /// Its value.
    pub value: f32,
    /// What stands before the terms and behind them: "max(", ")".
    pub brackets: [String; 2],
    /// True if the terms are added up; else the value is the largest of them, or a function of the only one.
    pub is_sum: bool,
    /// The terms, those of a window together, in the order of the definition.
    pub groups: Vec<Group>,
    /// What the terms of all groups come to.
    pub sum: f32,
    /// Terms that belong to no cell, such as the bias.
    pub rest: Vec<CellTerm>,
    /// Sentences beside the terms: how values came about that stand nowhere else, and why a gradient is 0.
    pub remarks: Vec<String>,
    /// The cells that it goes into, those of a map together.
    pub readers: Vec<Group>,
    /// The rows of parameters that it is made with, by name, and those with which it goes into other cells.
    pub rows: [Vec<String>; 2],
    /// True if the values of all that it is made with are there.
    pub is_complete: bool,
}

/// Terms whose cells lie in one window, or some of a long list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name: "max-pool 1, map 3".
    pub title: String,
    /// Rows and columns of the window; nothing for a list.
    pub window: Option<[usize; 2]>,
    /// The terms.
    pub terms: Vec<CellTerm>,
    /// What they come to.
    pub sum: f32,
}

/// A term: a value, and what it is multiplied with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellTerm {
    /// The place of the value in words, or what it is.
    pub title: String,
    /// The layer and the cell that the value stands in, if it stands in one.
    pub cell: Option<(String, usize)>,
    /// Its row and column in the window.
    pub at: [usize; 2],
    /// The numbers that are multiplied; the weight comes last.
    pub factors: Vec<f32>,
    /// Their product.
    pub value: f32,
    /// True if a maximum takes it.
    pub is_chosen: bool,
}

/// A term as it is said, and as it is.
type Said = (CellTerm, Term<Tensor>);

impl CellTerm {
    /// The term as it is written: "0.5 · (−0.25)".
    pub fn text(&self) -> String {
        let number = |(i, value): (usize, &f32)| match four_digits(*value) {
            text if i > 0 && text.starts_with('−') => format!("({text})"),
            text => text,
        };
        self.factors.iter().enumerate().map(number).collect::<Vec<_>>().join(" · ")
    }
}

impl NetworkTrace {
    /// The arithmetic behind a cell, every term of it; nothing if it has no value.
    pub fn cell(&self, name: &str, index: usize) -> Option<CellAccount> {
        let tensor = self.run.named(name)?;
        let cell = Cell { tensor, index };
        if index >= self.run.shape(tensor).len() {
            return None;
        }
        let (readers, beyond) = self.readers(name, cell);
        let mut account = CellAccount {
            about: self.about(name, cell),
            value: self.run.value(cell),
            readers,
            rows: [self.rows(cell, usize::MAX, |_| true).unwrap_or_default(), beyond],
            is_complete: self
                .rows(cell, usize::MAX, |read| self.run.value(read).is_nan())
                .is_some_and(|rows| rows.is_empty()),
            ..CellAccount::default()
        };
        if let Some(terms) = self.run.terms(cell) {
            let is_backward = name.starts_with("grad ");
            let chosen = terms.chosen(|cell| self.run.worked_out(cell));
            let said = terms
                .terms
                .iter()
                .enumerate()
                .map(|(i, term)| (self.term(term, Some(i) == chosen, |cell| self.run.worked_out(cell)), *term));
            let (inside, rest): (Vec<_>, Vec<_>) = said.partition(|(_, term)| is_of_cells(term));
            account.rest = rest.into_iter().map(|(said, _)| said).collect();
            account.groups = self.groups(inside, is_backward);
            account.sum = account.groups.iter().map(|group| f64::from(group.sum)).sum::<f64>() as f32;
            account.brackets = brackets(&terms);
            account.is_sum = matches!(terms.combine, Combine::Sum | Combine::Mean { .. });
            let why_zero = is_backward.then(|| self.why_zero(cell, &terms)).flatten();
            account.remarks = terms.cells().filter_map(|cell| self.inner(cell)).chain(why_zero).collect();
        }
        Some(account)
    }

    fn term(&self, term: &Term<Tensor>, is_chosen: bool, read: impl Fn(Cell<Tensor>) -> f32) -> CellTerm {
        let is_weight = |factor: &Factor<Tensor>| matches!(factor, Factor::Cell(Cell { tensor: Tensor::Param(_), .. }));
        let (weights, cells): (Vec<_>, Vec<_>) = term.factors.into_iter().flatten().partition(is_weight);
        let value_of = |factor: &Factor<Tensor>| match factor {
            Factor::Cell(cell) => read(*cell),
            Factor::Padding => 0.0,
        };
        let mut factors: Vec<f32> = cells.iter().chain(&weights).map(value_of).collect();
        if term.coefficient != 1.0 || factors.is_empty() {
            factors.push(term.coefficient);
        }
        let (title, cell) = match (cells.first(), weights.first()) {
            (Some(Factor::Cell(cell)), _) => self.named_cell(*cell),
            (Some(Factor::Padding), _) => (say!("zoom.padding"), None),
            (None, Some(_)) => (say!("zoom.bias"), None),
            (None, None) => (say!("zoom.constant"), None),
        };
        CellTerm { title, cell, at: [0; 2], factors, value: term.value(read), is_chosen }
    }

    /// A cell's place in words; and its layer and place, if it has values of its own.
    fn named_cell(&self, cell: Cell<Tensor>) -> (String, Option<(String, usize)>) {
        let name = self.run.name(cell.tensor).unwrap_or_default();
        let layer = name.strip_prefix("grad ").unwrap_or(&name);
        let known = self.run.named(&name).map(|_| (layer.to_string(), cell.index));
        (self.at(layer, cell), known)
    }

    /// Puts terms together whose cells lie in one map. In the order of a kernel, or backward in that of the map.
    fn groups(&self, terms: Vec<Said>, is_backward: bool) -> Vec<Group> {
        let mut found: Vec<Vec<Said>> = vec![];
        let mut places: BTreeMap<(Tensor, usize), usize> = BTreeMap::new();
        for (said, term) in terms {
            let Some(key) = self.plane(&term, is_backward) else { continue };
            let at = *places.entry(key).or_insert_with(|| {
                found.push(vec![]);
                found.len() - 1
            });
            found[at].push((said, term));
        }
        if found.iter().all(|terms| terms.len() == 1) {
            let single: Vec<CellTerm> = found.into_iter().flatten().map(|(said, _)| said).collect();
            return lists(single);
        }
        found.into_iter().map(|terms| self.window(terms, is_backward)).collect()
    }

    /// The map that a term belongs to: that of its kernel, which lies over the padding too, or that of its cell.
    fn plane(&self, term: &Term<Tensor>, is_backward: bool) -> Option<(Tensor, usize)> {
        let of = |cell: Cell<Tensor>| {
            let shape = self.run.shape(cell.tensor);
            (cell.tensor, cell.index / (shape.h * shape.w))
        };
        let kernel = self.kernel(term).filter(|_| !is_backward);
        kernel.or_else(|| buffer_cell(term)).map(of)
    }

    /// The weight of a term, if it is one of a kernel with rows and columns.
    fn kernel(&self, term: &Term<Tensor>) -> Option<Cell<Tensor>> {
        let weight = term.factors.into_iter().flatten().find_map(|factor| match factor {
            Factor::Cell(cell @ Cell { tensor: Tensor::Param(_), .. }) => Some(cell),
            _ => None,
        })?;
        let shape = self.run.shape(weight.tensor);
        (shape.h * shape.w > 1).then_some(weight)
    }

    fn window(&self, terms: Vec<Said>, is_backward: bool) -> Group {
        let within = |cell: Cell<Tensor>| {
            let shape = self.run.shape(cell.tensor);
            [cell.index / shape.w % shape.h, cell.index % shape.w]
        };
        let spot = |term: &Term<Tensor>| {
            let kernel = self.kernel(term).filter(|_| !is_backward);
            kernel.or_else(|| buffer_cell(term)).map_or([0; 2], within)
        };
        let spots: Vec<[usize; 2]> = terms.iter().map(|(_, term)| spot(term)).collect();
        let least = [0, 1].map(|axis| spots.iter().map(|spot| spot[axis]).min().unwrap_or(0));
        let most = [0, 1].map(|axis| spots.iter().map(|spot| spot[axis]).max().unwrap_or(0));
        let cell = terms.iter().find_map(|(_, term)| buffer_cell(term));
        let title = cell.map_or_else(|| say!("zoom.padding"), |cell| self.plane_title(cell));
        // The window's title says the map.
        let placed = |((said, term), spot): (Said, &[usize; 2])| {
            let here = buffer_cell(&term).map(within);
            let title = here.map_or(said.title, place);
            CellTerm { title, at: [0, 1].map(|i| spot[i] - least[i]), ..said }
        };
        let mut terms: Vec<_> = terms.into_iter().zip(&spots).map(placed).collect();
        terms.sort_by_key(|term| term.at);
        Group { title, window: Some([0, 1].map(|i| most[i] + 1 - least[i])), sum: total(&terms), terms }
    }

    fn plane_title(&self, cell: Cell<Tensor>) -> String {
        let name = self.run.name(cell.tensor).unwrap_or_default();
        let (layer, shape) = (name.strip_prefix("grad ").unwrap_or(&name), self.run.shape(cell.tensor));
        match layer {
            "input" if shape.c == 1 => say!("lab.view.input"),
            "input" => say!("zoom.input-map", map = cell.index / (shape.h * shape.w) + 1),
            _ => say!("zoom.map", layer = layer_name(layer), map = cell.index / (shape.h * shape.w) + 1),
        }
    }

    /// The cells that a cell goes into, with what they get from it: the terms of the other direction join the same cells
    /// through the same weights. Beside them the rows of these weights.
    fn readers(&self, name: &str, cell: Cell<Tensor>) -> (Vec<Group>, Vec<String>) {
        let (is_backward, other) = match name.strip_prefix("grad ") {
            Some(layer) => (true, layer.to_string()),
            None => (false, format!("grad {name}")),
        };
        let across = self.run.buffer(&other).map(|tensor| Cell { tensor, ..cell });
        let across = across.and_then(|across| {
            let terms = self.run.terms(across)?;
            let params = terms.cells().filter(|read| matches!(read.tensor, Tensor::Param(_)));
            let rows = self.rows_of(params, MOST_FETCHED)?;
            Some((terms, rows))
        });
        let is_grad = |cell: &Cell<Tensor>| self.run.name(cell.tensor).is_some_and(|name| name.starts_with("grad "));
        let fits = |(terms, _): &(Terms<Tensor>, Vec<String>)| {
            matches!(terms.combine, Combine::Sum | Combine::Mean { .. })
                && terms.terms.iter().filter(|term| is_of_cells(term)).all(|term| {
                    buffer_cell(term).is_none_or(|cell| is_grad(&cell) != is_backward && self.reader(cell).is_some())
                })
        };
        let Some((terms, rows)) = across.filter(fits) else {
            let readers = self.run.readers(cell).into_iter().filter(|reader| is_grad(reader) == is_backward);
            let said = |reader: Cell<Tensor>| {
                let (title, known) = self.named_cell(reader);
                (CellTerm { title, cell: known, ..CellTerm::default() }, Term::scaled(1.0, reader))
            };
            return (self.groups(readers.map(said).collect(), true), vec![]);
        };
        let own = self.run.value(cell);
        let divisor = if let Combine::Mean { divisor } = terms.combine { divisor as f32 } else { 1.0 };
        let said = terms.terms.iter().filter_map(|term| {
            let across = buffer_cell(term)?;
            let reader = self.reader(across)?;
            let (title, known) = self.named_cell(reader);
            // The value here takes the place of what the other direction multiplies.
            let mut said = self.term(term, false, |cell| if cell == across { own } else { self.run.worked_out(cell) });
            if divisor != 1.0 {
                said.factors.push(1.0 / divisor);
            }
            said.value = said.factors.iter().product();
            Some((
                CellTerm { title, cell: known, ..said },
                Term { factors: [Some(Factor::Cell(reader)), None], ..*term },
            ))
        });
        (self.groups(said.collect(), true), rows)
    }

    /// The cell of this direction that belongs to one of the other: of a gradient its value, of a value its gradient.
    fn reader(&self, cell: Cell<Tensor>) -> Option<Cell<Tensor>> {
        let name = self.run.name(cell.tensor)?;
        let other = name.strip_prefix("grad ").map_or_else(|| format!("grad {name}"), Into::into);
        Some(Cell { tensor: self.run.buffer(&other)?, ..cell })
    }

    /// How a value came about that is kept nowhere.
    fn inner(&self, cell: Cell<Tensor>) -> Option<String> {
        let Tensor::Buffer(_) = cell.tensor else { return None };
        let terms = self.run.terms(cell).filter(|_| !self.run.is_known(cell.tensor))?;
        let read = |cell| self.run.worked_out(cell);
        let Combine::Normalise { epsilon } = terms.combine else { return None };
        let [x, mean, variance] = [0, 1, 2].map(|i| terms.terms.get(i).map_or(f32::NAN, |term| term.value(read)));
        Some(say!(
            "zoom.normalised",
            x = four_digits(x),
            mean = four_digits(mean),
            variance = four_digits(variance),
            epsilon = decimals(epsilon.into(), 5),
            value = four_digits(read(cell))
        ))
    }

    /// The place of a cell of a layer, in words.
    pub(super) fn at(&self, layer: &str, cell: Cell<Tensor>) -> String {
        let shape = self.run.shape(cell.tensor);
        let (plane, inside) = (cell.index / (shape.h * shape.w), cell.index % (shape.h * shape.w));
        let place = place([inside / shape.w, inside % shape.w]);
        match (layer, shape.h * shape.w) {
            ("input", _) => say!("lab.view.input-at", place = place),
            (_, 1) => say!("lab.view.unit-at", layer = layer_name(layer), unit = plane + 1),
            _ => say!("lab.view.map-at", layer = layer_name(layer), map = plane + 1, place = place),
        }
    }
}

/// A long list, in parts.
fn lists(terms: Vec<CellTerm>) -> Vec<Group> {
    let parts = terms.chunks(IN_A_LIST).enumerate();
    let list = |(i, terms): (usize, &[CellTerm])| {
        let first = i * IN_A_LIST;
        let title = match terms.len() {
            1 => say!("zoom.term", n = first + 1),
            n => say!("zoom.terms", first = first + 1, last = first + n),
        };
        Group { title, window: None, terms: terms.to_vec(), sum: total(terms) }
    };
    parts.map(list).collect()
}

fn total(terms: &[CellTerm]) -> f32 {
    terms.iter().map(|term| f64::from(term.value)).sum::<f64>() as f32
}

/// True if a term is of a cell of the network, or of the padding around its maps.
fn is_of_cells(term: &Term<Tensor>) -> bool {
    term.factors.contains(&Some(Factor::Padding)) || buffer_cell(term).is_some()
}

/// The cell of the network that a term reads.
fn buffer_cell(term: &Term<Tensor>) -> Option<Cell<Tensor>> {
    term.factors.into_iter().flatten().find_map(|factor| match factor {
        Factor::Cell(cell @ Cell { tensor: Tensor::Buffer(_), .. }) => Some(cell),
        _ => None,
    })
}

fn brackets(terms: &Terms<Tensor>) -> [String; 2] {
    match terms.combine {
        Combine::Max => ["max(".into(), ")".into()],
        Combine::Mean { divisor } => ["(".into(), format!(") / {divisor}")],
        Combine::Function(f) => [crate::trace::opening(f).into(), ")".into()],
        _ => [String::new(), String::new()],
    }
}
