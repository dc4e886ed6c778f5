//! The cost of each layer: its shape, parameters, multiply-adds, memory and receptive field, with the formulas filled
//! in.

use crate::layer::{Geometry, Layer, LayerGeometry, Sees};
use crate::spec::{Spec, SpecError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::{ConvGeom, Shape4};

/// One layer's line.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    /// Name, unique in the network: "conv 1"; inside a block "block 1 / branch 2 / conv 1".
    pub name: String,
    /// The layer in words: "conv 5×5 · 8, padding 2".
    pub kind: String,
    /// Shape that it makes of one image: [channels, rows, columns].
    pub shape: [usize; 3],
    /// The formula of the shape, filled in: "⌊(28 + 2·2 − 5) / 1⌋ + 1 = 28".
    pub size_formula: String,
    /// Weights and biases.
    pub n_params: usize,
    /// The formula of the parameter count, filled in: "(5·5·1 + 1)·8 = 208".
    pub params_formula: String,
    /// Multiply-adds of one image's forward pass, padding counted.
    pub n_macs: u64,
    /// The formula of the multiply-adds, filled in: "28·28·8 · 5·5·1 = 156,800".
    pub macs_formula: String,
    /// Bytes of one image's output.
    pub bytes: usize,
    /// Rows and columns of the input image that one output value can see.
    pub receptive_field: [usize; 2],
}

/// The whole network's account.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The layers in order; before a block, those of its branches.
    pub rows: Vec<LedgerRow>,
}

impl LedgerRow {
    /// Returns the account of a linear layer on an image, [channels, rows, columns].
    ///
    /// # Errors
    /// When it is too large to hold.
    pub fn linear(input: [usize; 3], units: usize) -> Result<Self, SpecError> {
        let ledger = Ledger::new(&Spec { input, layers: vec![Layer::Flatten, Layer::Linear { units }] })?;
        ledger.rows.into_iter().last().ok_or(SpecError::NoLogits)
    }
}

impl Ledger {
    /// Accounts for one image.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn new(spec: &Spec) -> Result<Self, SpecError> {
        match Self::up_to_error(spec) {
            (ledger, None) => Ok(ledger),
            (_, Some(error)) => Err(error),
        }
    }

    /// Accounts for the layers up to the first that cannot be built, and says why it cannot.
    pub fn up_to_error(spec: &Spec) -> (Self, Option<SpecError>) {
        let (geometries, error) = spec.placed(1);
        let names = spec.rows();
        let field = Field { size: [1, 1], step: [1, 1], image: [spec.input[1], spec.input[2]] };
        let mut fields = Vec::with_capacity(geometries.len());
        field.after_all(&spec.layers, &geometries, &mut fields);
        let rows = names.into_iter().zip(&geometries).zip(fields).map(|((row, (geometry, shape)), receptive_field)| {
            let Formulas { size, n_params, params, n_macs, macs } = geometry.kind().formulas(*shape);
            LedgerRow {
                name: row.name,
                kind: row.layer.to_string(),
                shape: [shape.c, shape.h, shape.w],
                size_formula: size,
                n_params,
                params_formula: params,
                n_macs,
                macs_formula: macs,
                bytes: shape.len() * size_of::<f32>(),
                receptive_field,
            }
        });
        (Self { rows: rows.collect() }, error)
    }

    /// Weights and biases of the network.
    pub fn n_params(&self) -> usize {
        self.rows.iter().map(|row| row.n_params).sum()
    }

    /// Multiply-adds of one image's forward pass.
    pub fn n_macs(&self) -> u64 {
        self.rows.iter().map(|row| row.n_macs).sum()
    }
}

/// A shape (channels, rows, columns) as people write it, rows × columns × channels: "26×26×32"; of one place, or a flat
/// row, how many numbers: "128".
pub fn size_text([channels, rows, columns]: [usize; 3]) -> String {
    if [rows, columns] == [1, 1] { grouped(channels as u64) } else { format!("{rows}×{columns}×{channels}") }
}

/// A whole number with its thousands set apart: 1,199,882.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The formulas of a convolution with its numbers filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvFormulas {
    /// "⌊(28 + 2·2 − 5) / 1⌋ + 1 = 28", once for each axis where they differ.
    pub size: String,
    /// "(5·5·1 + 1)·8 = 208".
    pub params: String,
    /// "28·28·8 · 5·5·1 = 156,800".
    pub macs: String,
}

impl ConvFormulas {
    /// The formulas for one image.
    pub fn new(geom: &ConvGeom) -> Self {
        let (x, w, y, params) = (geom.x(), geom.w(), geom.y(), geom.params());
        let axis = |i: usize| {
            let (input, window, output) = if i == 0 { (x.h, w.h, y.h) } else { (x.w, w.w, y.w) };
            let reach = if params.dilation[i] == 1 {
                format!("{window}")
            } else {
                format!("({}·({window} − 1) + 1)", params.dilation[i])
            };
            format!("⌊({input} + 2·{} − {reach}) / {}⌋ + 1 = {output}", params.padding[i], params.stride[i])
        };
        let taps = format!("{}·{}·{}", w.h, w.w, w.c);
        let n_macs = geom.n_macs() / x.n as u64;
        Self {
            size: both_axes(axis(0), axis(1), x.h == x.w && y.h == y.w && w.h == w.w),
            params: format!("({taps} + 1)·{} = {}", w.n, grouped(geom.n_params() as u64)),
            macs: format!("{}·{}·{} · {taps} = {}", y.h, y.w, y.c, grouped(n_macs)),
        }
    }
}

/// What a layer costs, with its formulas filled in.
pub(crate) struct Formulas {
    pub(crate) size: String,
    pub(crate) n_params: usize,
    pub(crate) params: String,
    pub(crate) n_macs: u64,
    pub(crate) macs: String,
}

impl Formulas {
    /// Those of a layer without parameters and multiply-adds.
    pub(crate) fn sized(size: String) -> Self {
        Self { size, n_params: 0, params: String::new(), n_macs: 0, macs: String::new() }
    }

    /// Those of a layer that keeps its input's shape as well.
    pub(crate) fn kept(y: Shape4) -> Self {
        Self::sized(size_text([y.c, y.h, y.w]))
    }
}

/// The formulas of both axes; one alone where they are the same.
pub(crate) fn both_axes(rows: String, columns: String, is_square: bool) -> String {
    if is_square { rows } else { format!("{rows}; {columns}") }
}

/// The receptive field of one value in the input image, and the distance between those of neighbours (Araujo et al.
/// 2019, *Computing receptive fields of convolutional neural networks*).
#[derive(Clone, Copy)]
struct Field {
    size: [usize; 2],
    step: [usize; 2],
    image: [usize; 2],
}

impl Field {
    /// Adds the fields of the rows of these layers, as far as they have geometries. Returns the last. What a block's
    /// output sees is the most that one of its branches does.
    fn after_all(
        mut self,
        layers: &[Layer],
        geometries: &[(LayerGeometry, Shape4)],
        fields: &mut Vec<[usize; 2]>,
    ) -> Self {
        for layer in layers {
            if let Layer::Branches { branches, .. } = layer {
                let mut widest = self;
                for branch in branches {
                    let made = self.after_all(branch, geometries, fields);
                    for i in 0..2 {
                        widest.size[i] = widest.size[i].max(made.size[i]);
                        widest.step[i] = widest.step[i].max(made.step[i]);
                    }
                }
                self = widest;
            }
            let Some((geometry, _)) = geometries.get(fields.len()) else { break };
            fields.push(self.after(geometry.kind()));
        }
        self
    }

    fn after(&mut self, layer: &impl Geometry) -> [usize; 2] {
        match layer.sees() {
            Sees::Window { size, dilation, stride } => self.slide(size, dilation, stride),
            Sees::All => self.size = self.image,
            Sees::Cell => {}
        }
        self.size
    }

    fn slide(&mut self, window: [usize; 2], dilation: [usize; 2], stride: [usize; 2]) {
        for i in 0..2 {
            self.size[i] =
                self.size[i].saturating_add((window[i] - 1).saturating_mul(dilation[i]).saturating_mul(self.step[i]));
            self.step[i] = self.step[i].saturating_mul(stride[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    fn ledger(preset: Preset) -> Ledger {
        Ledger::new(&preset.spec()).unwrap()
    }

    #[test]
    fn presets_have_the_parameters_that_the_decks_count() {
        let n_params = Preset::ALL.map(|preset| ledger(preset).n_params());
        assert_eq!(n_params, [11_274, 1_199_882, 61_706, 7_850, 101_770]);
    }

    #[test]
    fn formulas_are_filled_in() {
        let ledger = ledger(Preset::Slides);
        assert_eq!(ledger.rows[0].size_formula, "⌊(28 + 2·0 − 3) / 1⌋ + 1 = 26");
        assert_eq!(ledger.rows[2].params_formula, "(3·3·32 + 1)·64 = 18,496");
        assert_eq!(ledger.rows[6].params_formula, "(9,216 + 1)·128 = 1,179,776");
        assert_eq!(ledger.rows[2].macs_formula, "24·24·64 · 3·3·32 = 10,616,832");
    }

    #[test]
    fn receptive_fields_grow_as_windows_are_stacked() {
        let fields: Vec<_> = ledger(Preset::Slides).rows.iter().map(|row| row.receptive_field[0]).collect();
        assert_eq!(fields, [3, 3, 5, 5, 6, 6, 28, 28, 28]);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_199_882].map(grouped), ["0", "999", "1,000", "1,199,882"]);
    }
}
