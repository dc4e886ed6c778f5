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
//! | flatten | `f` | |
//! | dense (linear) | `d` units | |
//!
//! Rows and columns that differ are both written, with a `y` between them: `c8x3y5p1y2`.

use crate::layer::{Kind, Layer, READERS};
use crate::spec::Spec;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// The most layers that a text may name.
pub const MAX_LAYERS: usize = 40;
/// The largest number that a text may hold. [`Spec::geometries`] decides whether the network fits in memory.
const MAX_NUMBER: usize = 65_536;
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
        /// The meaning of the number, in words.
        what: &'static str,
        /// The least it may be.
        low: usize,
    },
    /// More than [`MAX_LAYERS`].
    TooManyLayers,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { found } => write!(
                f,
                "“{found}” is no input size; a network starts with rows x columns x channels, each from 1 to \
                 {MAX_NUMBER}, and a colon, such as 28x28x1:"
            ),
            Self::Layer { layer, found } => {
                write!(f, "layer {layer}, “{found}”, is not understood; layers are ")?;
                for (i, reader) in READERS.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, reader.example)?;
                }
                Ok(())
            }
            Self::Number { layer, found, what, low } => {
                write!(f, "layer {layer}, “{found}”: {what} must be from {low} to {MAX_NUMBER}")
            }
            Self::TooManyLayers => write!(f, "the network has too many layers; {MAX_LAYERS} is the most"),
        }
    }
}

impl core::error::Error for TextError {}

impl Spec {
    /// The network as a line of text; [`Spec::read`] reads it.
    pub fn to_text(&self) -> String {
        let [channels, rows, columns] = self.input;
        let mut text = alloc::format!("{rows}x{columns}x{channels}:");
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            layer.kind().write(&mut text);
        }
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
        let parts = layers.split(',').filter(|_| !layers.trim().is_empty());
        let layers = parts.enumerate().map(|(i, part)| read_layer(i + 1, part.trim()));
        Ok(Self { input: [channels, rows, columns], layers: layers.collect::<Result<_, _>>()? })
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
mod tests {
    use super::*;
    use crate::Preset;
    use alloc::string::ToString;
    use receptive_core::ops::{Activation, Border, PadParams};
    use receptive_core::{ConvParams, PoolParams, Rng};

    #[test]
    fn presets_are_written_shortly_and_survive() {
        assert_eq!(Preset::Slides.spec().to_text(), "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10");
        assert_eq!(Preset::Small.spec().to_text(), "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10");
        for preset in Preset::ALL {
            assert_eq!(Spec::read(&preset.spec().to_text()), Ok(preset.spec()));
        }
    }

    #[test]
    fn random_networks_survive() {
        let mut rng = Rng::new(5);
        for _ in 0..2000 {
            let spec = random_spec(&mut rng);
            assert_eq!(Spec::read(&spec.to_text()), Ok(spec));
        }
    }

    fn random_spec(rng: &mut Rng) -> Spec {
        let mut upto = |low: usize, high: usize| low + rng.below((high - low + 1) as u32) as usize;
        let mut layers = vec![];
        let input = [upto(1, 4), upto(1, 300), upto(1, 300)];
        for _ in 0..upto(0, MAX_LAYERS) {
            let mut two = |low, high| {
                let a = upto(low, high);
                [a, if upto(0, 1) == 0 { a } else { upto(low, high) }]
            };
            let params =
                ConvParams { stride: two(1, 3), padding: two(0, 3), dilation: two(1, 3), groups: two(1, 9)[0] };
            let pool = PoolParams { window: two(1, 5), stride: two(1, 5), padding: two(0, 2), ceil: two(0, 1)[0] == 1 };
            let constant = two(0, 4000)[0] as f32 / 1000.0 - 2.0;
            let border = [Border::Zeros, Border::Replicate, Border::Reflect][two(0, 2)[0]];
            layers.push(match two(0, 12)[0] {
                0 => Layer::Conv2d { kernels: two(1, MAX_NUMBER)[0], size: two(1, 11), params },
                1 => Layer::MaxPool2d(pool),
                2 => Layer::AvgPool2d(pool),
                3 => Layer::Relu,
                4 => Layer::Flatten,
                5 => Layer::SumPool2d(pool),
                6 => Layer::Pad2d(PadParams { before: two(0, 3), after: two(0, 3), border }),
                7 => Layer::Activation([Activation::Sigmoid, Activation::Tanh][two(0, 1)[0]]),
                8 => Layer::Activation(Activation::LeakyRelu { slope: constant }),
                9 => Layer::Activation(Activation::Elu { alpha: constant }),
                10 => Layer::Activation(Activation::Maxout { lines: [[constant, 0.5], [-constant, 1e-3]] }),
                11 => Layer::Activation(Activation::Rbf { centre: constant, epsilon: 0.25 }),
                _ => Layer::Linear { units: two(1, 4096)[0] },
            });
        }
        Spec { input, layers }
    }

    #[test]
    fn order_and_spaces_are_free() {
        let text = " 28 x 28 x 1 : c8x3y5s2p1y2 , m3cs2";
        assert!(Spec::read(text).is_err(), "the c of a pooling stands last");
        let spec = Spec::read(" 28 x 28 x 1 : c8x3y5s2p1y2 , m3p1s2c").unwrap();
        let params = ConvParams { stride: [2, 2], padding: [1, 2], ..ConvParams::default() };
        let pool = PoolParams { window: [3, 3], stride: [2, 2], padding: [1, 1], ceil: true };
        assert_eq!(spec.layers, [Layer::Conv2d { kernels: 8, size: [3, 5], params }, Layer::MaxPool2d(pool)]);
        assert_eq!(Spec::read("28x28x1:").map(|spec| spec.layers.len()), Ok(0));
    }

    #[test]
    fn errors_name_the_layer_and_what_is_understood() {
        let error = Spec::read("28x28x1:c8x3,q5").unwrap_err();
        assert!(error.to_string().starts_with("layer 2, “q5”, is not understood; layers are c32x3"));
        let error = Spec::read("28x28x1:r,c8x0").unwrap_err();
        assert_eq!(error.to_string(), "layer 2, “c8x0”: the kernel size must be from 1 to 65536");
        let error = Spec::read("28x28").unwrap_err();
        assert!(error.to_string().starts_with("“28x28” is no input size"));
    }

    #[test]
    fn hostile_texts_are_refused() {
        let many = alloc::format!("28x28x1:{}r", "r,".repeat(10_000));
        let long = alloc::format!("28x28x1:d{}", "9".repeat(10_000));
        let wide = "x".repeat(10_000);
        let strange = [
            "",
            ":",
            "x",
            "xx:",
            "28x28x1",
            "28x28x1x1:",
            "0x28x1:",
            "28x28x99999999999999999999:",
            "-1x28x1:f",
            "28x28x1:,",
            "28x28x1:r,",
            "28x28x1:c",
            "28x28x1:cx",
            "28x28x1:c8",
            "28x28x1:c8x",
            "28x28x1:c8x3p",
            "28x28x1:c8x3p1p2",
            "28x28x1:c8x3q1",
            "28x28x1:c8x3c8",
            "28x28x1:c2y3x3",
            "28x28x1:c8x3g1y2",
            "28x28x1:c8x3yy",
            "28x28x1:c8x3y",
            "28x28x1:c8x1y2y3",
            "28x28x1:m",
            "28x28x1:mc",
            "28x28x1:m2x2",
            "28x28x1:m0",
            "28x28x1:m2s0",
            "28x28x1:d",
            "28x28x1:d0",
            "28x28x1:d-1",
            "28x28x1:d1.5",
            "28x28x1:d1e9",
            "28x28x1:d2y3",
            "28x28x1:rr",
            "28x28x1:f2",
            "28x28x1:é",
            "28x28x1:c８x３",
            "28x28x1:🦀",
            "28x28x1:c8x🦀",
            "28x28x1:\u{202e}d10",
            "🦀:f",
            "28x28x1:d65537",
            "28x28x1:c8x3p65537",
            "28x28x1:r:r",
            many.as_str(),
            long.as_str(),
            wide.as_str(),
        ];
        for text in strange {
            let error = Spec::read(text).expect_err(text).to_string();
            assert!(error.len() < 400, "{error}");
        }
        assert_eq!(Spec::read(&many), Err(TextError::TooManyLayers));
        // Capitals are read as the small letters.
        assert_eq!(Spec::read("28X28X1:R"), Spec::read("28x28x1:r"));
    }

    /// Every text that can be read gets geometries or an error.
    #[test]
    fn noise_never_panics() {
        let letters: Vec<char> = "crmafdxypsiguletbh_.-,:0123456789x28 é".chars().collect();
        let mut rng = Rng::new(9);
        for _ in 0..20_000 {
            let noise = (0..rng.below(30)).map(|_| letters[rng.below(letters.len() as u32) as usize]);
            let text: String = "28x28x1:".chars().chain(noise).collect();
            if let Ok(spec) = Spec::read(&text) {
                let _ = spec.geometries(1);
                assert_eq!(Spec::read(&spec.to_text()), Ok(spec));
            }
        }
    }
}
