//! A chapter's stage as the browser shows it, read from the page.

use crate::page::Page;
use receptive_lessons::Trace;
use receptive_lessons::scene::{Grid, Item, Role, Scene, Spot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The things on the stage, by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    /// Grids of numbers.
    pub grids: BTreeMap<String, ShownGrid>,
    /// Large grids: what is said of the cell that the keyboard stands at.
    pub planes: BTreeMap<String, ShownPlane>,
    /// Rows of tables.
    pub tables: BTreeMap<String, Vec<Vec<String>>>,
    /// Names and amounts of bars.
    pub bars: BTreeMap<String, Vec<[String; 2]>>,
    /// Formulas as lines of text.
    pub formulas: BTreeMap<String, String>,
    /// Terms of the equation.
    pub terms: Vec<String>,
    /// The number after the equation's equals sign; empty without one.
    pub result: String,
    /// The sentence under the equation.
    pub caption: String,
}

/// A grid of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShownGrid {
    /// Number of columns.
    pub columns: usize,
    /// The texts of the cells, row by row.
    pub texts: Vec<String>,
    /// Their texts for screen readers.
    pub labels: Vec<String>,
}

/// A large grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShownPlane {
    /// Rows and columns.
    pub size: [usize; 2],
    /// The cell that the keyboard stands at.
    pub cell: usize,
    /// Its text for screen readers.
    pub label: String,
}

const READ: &str = r"
const name = e => e.id.replace(/^lesson-(formula-)?/, '');
const all = (selector, read) => Object.fromEntries([...document.querySelectorAll('.stage ' + selector)].map(e => [name(e), read(e)]));
const text = e => (e?.textContent ?? '').trim();
return {
  grids: all('.board .grid:not(.ask .grid), .board .graph', e => ({
    columns: e.querySelector('.grid-row')?.children.length ?? 0,
    texts: [...e.querySelectorAll('.cell')].map(c => { const inside = c.firstElementChild; return inside.matches('input') ? inside.value : text(inside) }),
    labels: [...e.querySelectorAll('.cell')].map(c => c.firstElementChild.getAttribute('aria-label')) })),
  planes: all('.pixels-plane', e => { const cursor = e.querySelector('.cursor'); return {
    size: [+e.getAttribute('aria-rowcount'), +e.getAttribute('aria-colcount')], cell: +cursor.dataset.cell, label: cursor.getAttribute('aria-label') } }),
  tables: all('table', e => [...e.querySelectorAll('tbody tr')].map(r => [...r.children].map(text))),
  bars: all('.bars', e => [...e.children].map(r => [text(r.children[0]), text(r.children[2])])),
  formulas: all('math', e => e.getAttribute('aria-label')),
  terms: [...document.querySelectorAll('.stage .product')].map(text),
  result: text(document.querySelector('#lesson-sum')),
  caption: text(document.querySelector('#lesson-caption')),
};";

impl Screen {
    /// Reads the stage.
    ///
    /// # Panics
    /// When the page is no chapter.
    pub fn read(page: &Page) -> Self {
        let read = page.browser.run(READ);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let count = |value: &Value| value.as_u64().unwrap_or_default() as usize;
        let object = |name: &str| read[name].as_object().cloned().unwrap_or_default().into_iter();
        let grid = |value: &Value| ShownGrid {
            columns: count(&value["columns"]),
            texts: texts(&value["texts"]),
            labels: texts(&value["labels"]),
        };
        let plane = |value: &Value| ShownPlane {
            size: [count(&value["size"][0]), count(&value["size"][1])],
            cell: count(&value["cell"]),
            label: text(&value["label"]),
        };
        let rows = |value: &Value| value.as_array().into_iter().flatten().map(texts).collect::<Vec<_>>();
        let pairs = |value: &Value| rows(value).into_iter().map(|row| [row[0].clone(), row[1].clone()]).collect();
        Self {
            grids: object("grids").map(|(name, value)| (name, grid(&value))).collect(),
            planes: object("planes").map(|(name, value)| (name, plane(&value))).collect(),
            tables: object("tables").map(|(name, value)| (name, rows(&value))).collect(),
            bars: object("bars").map(|(name, value)| (name, pairs(&value))).collect(),
            formulas: object("formulas").map(|(name, value)| (name, text(&value))).collect(),
            terms: texts(&read["terms"]),
            result: text(&read["result"]),
            caption: text(&read["caption"]),
        }
    }

    /// Returns the screen that the page should show of a moment of a trace. The position of the keyboard in large grids
    /// is read from `seen`.
    pub fn of(trace: &dyn Trace, moment: usize, seen: &Self) -> Self {
        let scene: Scene = trace.scene(moment).settled();
        let mut screen = Self { caption: squeezed(&scene.caption), ..Self::default() };
        for item in scene.items() {
            match item {
                Item::Grid(grid) if !grid.has_numbers() => {
                    let cell = seen.planes.get(grid.name).map_or(0, |plane| plane.cell);
                    let label = trace.describe(moment, Spot::new(grid.name, cell));
                    let size = [grid.rows(), grid.columns];
                    screen.planes.insert(grid.name.into(), ShownPlane { size, cell, label });
                }
                Item::Grid(grid) => {
                    let describe = |cell| trace.describe(moment, Spot::new(grid.name, cell));
                    let labels = (0..grid.cells.len()).map(describe).collect();
                    let grid_shown = ShownGrid { columns: grid.columns, texts: texts(grid), labels };
                    screen.grids.insert(grid.name.into(), grid_shown);
                }
                Item::Graph(graph) => {
                    let grid = &graph.grid;
                    let describe = |cell| trace.describe(moment, Spot::new(grid.name, cell));
                    let labels = (0..grid.cells.len()).map(describe).collect();
                    screen.grids.insert(grid.name.into(), ShownGrid { columns: 0, texts: texts(grid), labels });
                }
                Item::Table(table) => {
                    let rows = table.rows.iter().map(|row| row.iter().map(|text| squeezed(text)).collect()).collect();
                    screen.tables.insert(table.name.into(), rows);
                }
                Item::Bars(bars) => {
                    let pairs = bars.bars.iter().map(|bar| [squeezed(&bar.label), squeezed(&bar.text)]).collect();
                    screen.bars.insert(bars.name.into(), pairs);
                }
                Item::Surface(surface) => {
                    let tables = surface.tables().into_iter();
                    screen.tables.extend(tables.map(|table| (table.name.into(), table.rows)));
                }
                Item::Sign(_)
                | Item::Column(_)
                | Item::Curve(_)
                | Item::Text(_)
                | Item::Ask(..)
                | Item::Builder
                | Item::Course(_) => {}
            }
        }
        screen.formulas = scene.formulas.iter().map(|formula| (formula.name.to_string(), formula.plain())).collect();
        if let Some(equation) = scene.equation {
            screen.terms = equation.terms.iter().map(|term| squeezed(&plain(&term.text))).collect();
            screen.result = squeezed(&equation.result);
        }
        screen
    }

    /// Returns the differences to another screen, in a few words; `None` if they are the same.
    pub fn difference(&self, other: &Self) -> Option<String> {
        fn parts(screen: &Screen) -> BTreeMap<String, String> {
            let mut parts = BTreeMap::new();
            for (name, grid) in &screen.grids {
                parts.insert(format!("columns of {name}"), grid.columns.to_string());
                for (i, (text, label)) in grid.texts.iter().zip(&grid.labels).enumerate() {
                    parts.insert(format!("{name}, cell {i}"), format!("{text} ({label})"));
                }
            }
            parts.extend(screen.planes.iter().map(|(name, plane)| (name.clone(), format!("{plane:?}"))));
            parts.extend(screen.tables.iter().map(|(name, rows)| (name.clone(), format!("{rows:?}"))));
            parts.extend(screen.bars.iter().map(|(name, bars)| (name.clone(), format!("{bars:?}"))));
            parts.extend(screen.formulas.iter().map(|(name, formula)| (format!("formula {name}"), formula.clone())));
            parts.insert("equation".into(), format!("{:?} = {}", screen.terms, screen.result));
            parts.insert("caption".into(), screen.caption.clone());
            parts
        }
        let (here, there) = (parts(self), parts(other));
        let names: BTreeSet<_> = here.keys().chain(there.keys()).collect();
        let differing = names.into_iter().filter(|name| here.get(*name) != there.get(*name));
        let differences: Vec<_> =
            differing.map(|name| format!("{name}: {:?} and {:?}", here.get(name), there.get(name))).collect();
        differences.first().map(|first| format!("{} differences; {first}", differences.len()))
    }

    /// The numbers in a grid.
    ///
    /// # Panics
    /// When the grid is not there, or a cell holds no number.
    pub fn numbers(&self, grid: &str) -> Vec<f64> {
        let grid = self.grids.get(grid).unwrap_or_else(|| panic!("no grid is called {grid}"));
        let number = |text: &String| number(text).unwrap_or_else(|| panic!("“{text}” is no number"));
        grid.texts.iter().map(number).collect()
    }
}

/// A number as the page writes it.
pub fn number(text: &str) -> Option<f64> {
    match text {
        "∞" => Some(f64::INFINITY),
        "−∞" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        text => text.replace('−', "-").replace(',', "").parse().ok(),
    }
}

/// A term as it is seen, where what is raised has no sign around it.
fn plain(text: &str) -> String {
    text.replace("^{", "").replace('}', "")
}

fn squeezed(text: &str) -> String {
    text.trim().to_string()
}

fn texts(grid: &Grid) -> Vec<String> {
    let n_known = grid.n_known.unwrap_or(grid.cells.len());
    let numbers = grid.texts();
    let shown = |(i, text): (usize, String)| {
        let is_colour = matches!(grid.cells[i].role, Role::Colour(_));
        if i < n_known && !is_colour { text } else { String::new() }
    };
    numbers.into_iter().enumerate().map(shown).collect()
}
