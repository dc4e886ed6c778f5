//! The networks that are measured, and how many floating-point operations they take.

use receptive_nn::{Ledger, Preset};

/// A network with its batch.
pub(super) struct Workload {
    pub(super) preset: Preset,
    pub(super) batch: u32,
}

impl Workload {
    /// The workload of a name: that of a preset, or one by which comparisons of libraries call it.
    pub(super) fn from_key(key: &str) -> Option<Self> {
        let preset = match key {
            "W1" => Preset::Small,
            "W2" => Preset::Slides,
            _ => Preset::from_key(key)?,
        };
        let batch = if preset == Preset::Small { 32 } else { 64 };
        Some(Self { preset, batch })
    }

    /// Multiply-adds of each layer that has any, for one image.
    fn macs(&self) -> Vec<u64> {
        let ledger = Ledger::new(&self.preset.spec()).expect("a preset can be built");
        ledger.rows.iter().map(|row| row.n_macs).filter(|&n| n > 0).collect()
    }

    /// Floating-point operations of one image's forward pass: two for each multiply-add, padding counted.
    pub(super) fn forward_flops(&self) -> f64 {
        2.0 * self.macs().iter().sum::<u64>() as f64
    }

    /// Floating-point operations of one training image: the backward pass takes as many again for the gradients of
    /// the weights, and as many for those of the inputs, which the first layer's are not needed of.
    pub(super) fn training_flops(&self) -> f64 {
        3.0 * self.forward_flops() - 2.0 * self.macs()[0] as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Workload;

    #[test]
    fn operations_are_counted_as_comparisons_count_them() {
        // 28·28·8·25, 14·14·16·25·8 and 784·10 multiply-adds; 26·26·32·9, 24·24·64·9·32, 9216·128 and 128·10.
        let counts = [("W1", [156_800, 627_200, 7840, 0]), ("W2", [194_688, 10_616_832, 1_179_648, 1280])];
        for (key, macs) in counts {
            let workload = Workload::from_key(key).unwrap();
            let (all, first) = (f64::from(macs.iter().sum::<i32>()), f64::from(macs[0]));
            assert_eq!(workload.forward_flops(), 2.0 * all, "{key}");
            assert_eq!(workload.training_flops(), 2.0 * (3.0 * all - first), "{key}");
        }
        assert!(Workload::from_key("lenet5").is_some() && Workload::from_key("W3").is_none());
    }
}
