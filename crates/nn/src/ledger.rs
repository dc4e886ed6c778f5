//! The cost of each layer: its shape, parameters, multiply-adds, memory and receptive field, with the formulas as terms.

use crate::expr::Expr;
use crate::layer::{Geometry, Layer, LayerGeometry, Sees};
use crate::spec::{Spec, SpecError};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Shape4;

/// One layer's line.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    /// Name, unique in the network: "conv 1"; inside a block "block 1 / branch 2 / conv 1".
    pub name: String,
    /// The layer.
    pub layer: Layer,
    /// Shape that it makes of one image: [channels, rows, columns].
    pub shape: [usize; 3],
    /// The formulas of its shape, its parameters and its multiply-adds.
    pub formulas: Formulas,
    /// Weights and biases.
    pub n_params: usize,
    /// Multiply-adds of one image's forward pass, padding counted.
    pub n_macs: u64,
    /// Bytes of one image's output.
    pub bytes: usize,
    /// Rows and columns of the input image that one output value can see.
    pub receptive_field: [usize; 2],
}

/// The formulas of a layer with its numbers filled in, for one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formulas {
    /// That of its shape.
    pub size: SizeFormula,
    /// That of its parameters, if it has any.
    pub params: Option<Expr>,
    /// That of its multiply-adds, if it has any.
    pub macs: Option<Expr>,
}

/// The formula of a layer's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeFormula {
    /// The shape stays what it was.
    Kept,
    /// Those of rows and of columns.
    Axes([Expr; 2]),
    /// All values stand in a row.
    Row,
    /// One value for each map of this size, [rows, columns].
    PerMap([usize; 2]),
    /// That of the number of maps, which several branches make.
    Maps(Expr),
    /// As many values as there are units.
    Units,
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
            let formulas = geometry.formulas();
            let value = |formula: &Option<Expr>| formula.as_ref().map_or(0, Expr::value);
            LedgerRow {
                name: row.name,
                layer: row.layer.clone(),
                shape: [shape.c, shape.h, shape.w],
                n_params: value(&formulas.params) as usize,
                n_macs: value(&formulas.macs),
                formulas,
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

impl Formulas {
    /// Those of a layer without parameters and multiply-adds.
    pub(crate) fn sized(size: SizeFormula) -> Self {
        Self { size, params: None, macs: None }
    }
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
        assert_eq!(n_params, [11_274, 8_906, 1_199_882, 61_706, 7_850, 101_770]);
    }

    #[test]
    fn receptive_fields_grow_as_windows_are_stacked() {
        let fields: Vec<_> = ledger(Preset::Slides).rows.iter().map(|row| row.receptive_field[0]).collect();
        assert_eq!(fields, [3, 3, 5, 5, 6, 6, 28, 28, 28]);
    }
}
