//! A network as a line of text, as a link carries it.
//!
//! `28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10` is the input as rows × columns × channels, then the layers:
//!
//! | layer | text | may be followed by |
//! | --- | --- | --- |
//! | convolution | `c` kernels `x` size | `p` padding, `s` stride, `i` dilation, `g` groups |
//! | ReLU, sigmoid, tanh | `r`, `g`, `t` | |
//! | leaky ReLU, ELU | `l`, `e` | the slope below zero, alpha; with decimals |
//! | maxout of two lines, radial function | `x`, `h` | its constants, with `_` between them |
//! | max, average and sum pooling | `m` window, `a` window, `u` window | `s` stride, `p` padding, `c`: keep a last window over the edge |
//! | border | `b` width | `a` width below and to the right, `r`: nearest cells, `m`: mirrored |
//! | global average pooling | `v` | |
//! | depthwise convolution | `w` size | `p` padding, `s` stride, `i` dilation |
//! | flatten | `f` | |
//! | dense (linear) | `d` units | |
//!
//! A block is `add(…;…)`, `cat(…;…)` (concatenate) or `mul(…;…)`, with its branches inside, each a list of layers; an
//! empty branch passes on what comes in: `add(c8x3p1,r,c8x3p1;)` is a residual block.
//!
//! Rows and columns that differ are both written, with a `y` between them: `c8x3y5p1y2`.

use crate::layer::{Join, Kind, Layer, MAX_DEPTH, READERS};
use crate::spec::Spec;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;

/// The most layers that a text may name.
pub const MAX_LAYERS: usize = 40;
/// The largest number that a text may hold. [`Spec::geometries`] decides whether the network fits in memory.
pub const MAX_NUMBER: usize = 65_536;
/// Letters of a text that an error repeats.
const MAX_SHOWN: usize = 20;

/// The reason that a text is no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// The part before the colon is not an input size.
    Input {
        /// The text found there.
        found: String,
    },
    /// A layer that is not understood.
    Layer {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The text found there.
        found: String,
    },
    /// A number that is too small or too large.
    Number {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The text found there.
        found: String,
        /// The name of the number: "kernels", "stride" …
        what: &'static str,
        /// The least it may be.
        low: usize,
    },
    /// More than [`MAX_LAYERS`].
    TooManyLayers,
    /// A bracket without its other half, or without the word before it.
    Bracket {
        /// The text found there.
        found: String,
    },
    /// More blocks lie in each other than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
}

receptive_core::error_code!(TextError);

impl Spec {
    /// The network as a line of text; [`Spec::read`] reads it.
    pub fn to_text(&self) -> String {
        let [channels, rows, columns] = self.input;
        let mut text = alloc::format!("{rows}x{columns}x{channels}:");
        write_layers(&mut text, &self.layers);
        text
    }

    /// Reads a network. It need not be one that can be built: [`Spec::geometries`] decides that.
    ///
    /// # Errors
    /// When the text is no network, naming the layer and what is understood.
    pub fn read(text: &str) -> Result<Self, TextError> {
        let text = &text.to_ascii_lowercase();
        let (input, layers) = text.split_once(':').unwrap_or((text, ""));
        let bad_input = || TextError::Input { found: shown(input) };
        let has_colon = input.len() < text.len();
        let axes: Vec<_> = input.split('x').take(4).map(|axis| number(axis.trim())).collect();
        let &[Some(rows), Some(columns), Some(channels)] = axes.as_slice() else { return Err(bad_input()) };
        if !has_colon || [rows, columns, channels].iter().any(|axis| !(1..=MAX_NUMBER).contains(axis)) {
            return Err(bad_input());
        }
        if layers.split(',').nth(MAX_LAYERS).is_some() {
            return Err(TextError::TooManyLayers);
        }
        let mut text = Reading { rest: layers, n_layers: 0 };
        let layers = text.layers(0)?;
        if !text.rest.is_empty() {
            return Err(TextError::Bracket { found: shown(text.rest) });
        }
        Ok(Self { input: [channels, rows, columns], layers })
    }
}

/// A network as its text among other data, by `#[serde(with = "as_text")]`: reading it goes no deeper than a text may,
/// whoever wrote it.
pub mod as_text {
    use super::{Spec, String};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(spec: &Spec, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&spec.to_text())
    }

    /// Reads the text.
    ///
    /// # Errors
    /// Those of the deserializer, and a text that is no network.
    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Spec, D::Error> {
        Spec::read(&String::deserialize(deserializer)?).map_err(|_| D::Error::custom("not a network"))
    }
}

/// Writes layers one after the other.
pub(crate) fn write_layers(text: &mut String, layers: &[Layer]) {
    for (i, layer) in layers.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        layer.kind().write(text);
    }
}

/// The part of a text that is still to be read.
struct Reading<'a> {
    rest: &'a str,
    n_layers: usize,
}

impl Reading<'_> {
    /// Reads layers up to the end of a branch, of a block or of the text.
    fn layers(&mut self, depth: usize) -> Result<Vec<Layer>, TextError> {
        let mut layers = vec![];
        loop {
            let end = self.rest.find([',', ';', '(', ')']).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            let (word, is_block) = (word.trim(), rest.starts_with('('));
            if layers.is_empty() && word.is_empty() && !rest.starts_with([',', '(']) {
                self.rest = rest;
                return Ok(layers);
            }
            self.n_layers += 1;
            if self.n_layers > MAX_LAYERS {
                return Err(TextError::TooManyLayers);
            }
            self.rest = rest;
            layers.push(if is_block { self.block(word, depth)? } else { read_layer(self.n_layers, word)? });
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => return Ok(layers),
            }
        }
    }

    /// Reads a block from its opening bracket on.
    fn block(&mut self, word: &str, depth: usize) -> Result<Layer, TextError> {
        let join = Join::ALL.into_iter().find(|join| join.key() == word);
        let join = join.ok_or(TextError::Bracket { found: shown(word) })?;
        if depth == MAX_DEPTH {
            return Err(TextError::TooDeep);
        }
        let mut branches = vec![];
        loop {
            self.rest = &self.rest[1..];
            branches.push(self.layers(depth + 1)?);
            match self.rest.chars().next() {
                Some(';') => {}
                Some(')') => break,
                _ => return Err(TextError::Bracket { found: shown(self.rest) }),
            }
        }
        self.rest = self.rest[1..].trim_start();
        Ok(Layer::Branches { branches, join })
    }
}

/// Writes a letter with rows and columns, one number where they are the same.
pub(crate) fn put(text: &mut String, letter: char, [rows, columns]: [usize; 2]) {
    // Writing to a string cannot fail.
    let _ = if rows == columns { write!(text, "{letter}{rows}") } else { write!(text, "{letter}{rows}y{columns}") };
}

/// What a text says of one layer.
pub(crate) struct Marks {
    numbers: Vec<(char, [usize; 2])>,
    flag: Option<char>,
    constants: Vec<f32>,
}

impl Marks {
    /// Rows and columns behind a letter.
    pub(crate) fn pair(&self, letter: char) -> Option<[usize; 2]> {
        self.numbers.iter().find(|(seen, _)| *seen == letter).map(|(_, value)| *value)
    }

    /// One number behind a letter.
    pub(crate) fn one(&self, letter: char) -> Option<usize> {
        self.pair(letter).filter(|[rows, columns]| rows == columns).map(|[rows, _]| rows)
    }

    /// Likewise, or what it usually is. `None` for two numbers.
    pub(crate) fn one_or(&self, letter: char, usual: usize) -> Option<usize> {
        if self.pair(letter).is_none() { Some(usual) } else { self.one(letter) }
    }

    /// True if this letter stands alone at the end.
    pub(crate) fn flag(&self, letter: char) -> bool {
        self.flag == Some(letter)
    }

    /// The constants after the first letter, or those that are usual. `None` for another number of them.
    pub(crate) fn constants<const N: usize>(&self, usual: [f32; N]) -> Option<[f32; N]> {
        if self.constants.is_empty() { Some(usual) } else { self.constants.as_slice().try_into().ok() }
    }
}

fn read_layer(layer: usize, text: &str) -> Result<Layer, TextError> {
    let bad = || TextError::Layer { layer, found: shown(text) };
    let letter = text.chars().next().ok_or_else(bad)?;
    let reader = READERS.iter().find(|reader| reader.letter == letter).ok_or_else(bad)?;
    let mut marks = Marks { numbers: vec![], flag: None, constants: vec![] };
    let mut rest = text;
    if reader.n_constants > 0 && rest.len() > letter.len_utf8() {
        let constants = rest[letter.len_utf8()..].split('_').take(reader.n_constants + 1);
        marks.constants = constants.map(constant).collect::<Option<_>>().ok_or_else(bad)?;
        return (reader.make)(&marks).ok_or_else(bad);
    }
    if let Some(flag) = rest.chars().next_back().filter(|flag| reader.flags.contains(flag)) {
        marks.flag = Some(flag);
        rest = &rest[..rest.len() - flag.len_utf8()];
    }
    if reader.marks.is_empty() {
        rest = &rest[letter.len_utf8()..];
    }
    while let Some(mark) = rest.chars().next() {
        let &(_, what, low) = reader.marks.iter().find(|(known, ..)| *known == mark).ok_or_else(bad)?;
        rest = &rest[mark.len_utf8()..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == 'y')).unwrap_or(rest.len());
        let (rows, columns) = rest[..end].split_once('y').unwrap_or((&rest[..end], &rest[..end]));
        let (Some(rows), Some(columns)) = (number(rows), number(columns)) else { return Err(bad()) };
        if rows.min(columns) < low || rows.max(columns) > MAX_NUMBER {
            return Err(TextError::Number { layer, found: shown(text), what, low });
        }
        if marks.pair(mark).is_some() {
            return Err(bad());
        }
        marks.numbers.push((mark, [rows, columns]));
        rest = &rest[end..];
    }
    (reader.make)(&marks).ok_or_else(bad)
}

/// A number with decimals and perhaps a minus, and no larger than whole numbers may be. Its digits are read as one whole
/// number: the library's own reader would weigh more than the rest of this file.
fn constant(text: &str) -> Option<f32> {
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = [whole, decimals].iter().all(|part| part.bytes().all(|digit| digit.is_ascii_digit()));
    let all: u64 = alloc::format!("{whole}{decimals}").parse().ok().filter(|_| is_number)?;
    let scale = decimals.bytes().fold(1.0, |scale, _| scale * 10.0);
    let value = (sign * all as f64 / scale) as f32;
    (value.abs() <= MAX_NUMBER as f32).then_some(value)
}

/// A whole number; one past the limit when it is too long to matter.
fn number(digits: &str) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(MAX_NUMBER + 1))
}

/// The beginning of a text, for an error.
fn shown(text: &str) -> String {
    let mut start: String = text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests;
