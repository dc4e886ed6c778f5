//! Proofs of the GPU engine on any adapter: every case of the corpus, shaders against their twins, whole networks
//! beside the CPU, and the faults of a device.
//!
//! Nothing here waits for the GPU. Natively `tests/gpu` drives these futures; in a browser the event loop of a worker does
//! (`tests/gpu_worker`).

mod corpus;
mod faults;
mod networks;
mod shaders;

use crate::{
    case::{self, Expects},
    draw::{self, Draw},
    op::{Arguments, Op},
};
use receptive_core::Rng;
use receptive_gpu::{Gpu, Products};
use receptive_nn::{Optimiser, Spec};
use std::collections::HashMap;
use std::error::Error;

/// A browser proves so many cases of an operation.
const CASES_IN_BROWSER: usize = 3;

/// Something that holds of the GPU engine, or does not.
pub struct Proof {
    /// Its subject, in words.
    pub name: String,
    subject: Subject,
}

/// The form of matrix products.
#[derive(Clone, Copy)]
enum Way {
    /// The form that suits the adapter.
    Own,
    Tiles,
    Blocks,
}

impl Way {
    fn of(self, gpu: &Gpu) -> Products {
        match (self, gpu.products()) {
            (Self::Tiles, _) => Products::Tiles,
            (Self::Blocks, Products::Tiles) => Products::Blocks { large: false },
            (Self::Own | Self::Blocks, own) => own,
        }
    }
}

/// The subject of a proof.
enum Subject {
    /// An operation agrees with the reference, its matrix products in one of the forms.
    Case(Op, Arguments<f32>, Way),
    /// `gather_batch` is its twin.
    GatherBatch,
    /// `tally` is its twin.
    Tally,
    /// `max_pool2d_backward` through a rectifier is its twin.
    RectifiedPool,
    /// Gradients of a network on a batch of this size are the CPU's.
    Gradients(Spec, usize),
    /// So are ten steps of it.
    TenSteps(Spec, usize, Optimiser),
    /// The same steps twice are bitwise the same.
    Repeated,
    /// The loss of a device is reported.
    Lost,
    /// So is memory that no device has.
    TooLarge,
}

/// Nothing, or what does not hold.
pub type Proved<T = ()> = Result<T, Box<dyn Error>>;

impl Proof {
    /// All that is to be proved: the cases last.
    ///
    /// # Errors
    /// When a file of cases says something that no case can say.
    pub fn all() -> Result<Vec<Self>, String> {
        let mut proofs = networks::proofs();
        proofs.extend([
            Self::of("shader gather_batch · is its twin", Subject::GatherBatch),
            Self::of("shader tally · is its twin", Subject::Tally),
            Self::of("shader max_pool2d_backward · through a rectifier is its twin", Subject::RectifiedPool),
            Self::of("fault · a device lost between steps ends the next one", Subject::Lost),
            Self::of("fault · memory that no device has is refused", Subject::TooLarge),
        ]);
        for op_name in case::OPS {
            for case in case::read(op_name)? {
                let Expects::Results(op, arguments) = case.expects else { continue };
                let ways = match &op {
                    Op::Conv2d(_) | Op::Linear(_) => &[("in tiles ", Way::Tiles), ("in blocks ", Way::Blocks)][..],
                    _ => &[("", Way::Own)],
                };
                for &(in_way, way) in ways {
                    let name = format!("{op_name}: {} · {in_way}on the GPU agrees with the reference", case.name);
                    proofs.push(Self::of(name, Subject::Case(op.clone(), arguments.clone(), way)));
                }
            }
        }
        proofs.extend(Self::drawn());
        Ok(proofs)
    }

    /// The proofs for a browser's software adapter, which compiles slowly: the first cases of every operation, in its own way
    /// to take products, which is in blocks, every network, and each rule on one network. All the others are proved natively
    /// alone.
    ///
    /// # Errors
    /// When a case cannot be read.
    pub fn in_browser() -> Result<Vec<Self>, String> {
        let mut n_cases = HashMap::new();
        let is_new = |proof: &Self| {
            let name = &proof.name;
            let is_rule = name.contains(" · ten steps of ");
            let is_first = name.starts_with("network small") && name.contains(" of adam ")
                || name.starts_with("network rows") && name.contains("clipped");
            // LeNet-5 has the layers of the small network.
            let is_again = name.contains(" · in tiles ") || name.starts_with("network lenet5") || is_rule && !is_first;
            !is_again && {
                let Subject::Case(op, ..) = &proof.subject else { return true };
                let n = n_cases.entry(op.name()).or_insert(0);
                *n += 1;
                *n <= CASES_IN_BROWSER
            }
        };
        Ok(Self::all()?.into_iter().filter(is_new).collect())
    }

    /// Geometries past what is sensible.
    fn drawn() -> Vec<Self> {
        let mut rng = Rng::new(9);
        let mut proofs = Vec::new();
        let kinds: [(Draw, _); 3] = [(draw::far_conv2d, 12), (draw::far_pool2d, 6), (draw::pad2d, 4)];
        for (draw, n) in kinds {
            for i in 0..n {
                let Some(op) = (0..1000).find_map(|_| draw(&mut rng)) else { continue };
                let arguments = draw::arguments(&op, &mut rng);
                let way = [Way::Tiles, Way::Blocks][i % 2];
                let name = format!("{}: drawn at random, number {i} · on the GPU agrees with the reference", op.name());
                proofs.push(Self::of(name, Subject::Case(op, arguments, way)));
            }
        }
        proofs
    }

    fn of(name: impl Into<String>, subject: Subject) -> Self {
        Self { name: name.into(), subject }
    }

    /// True if it gives up the device that it runs on, which no other proof can use afterwards.
    pub fn ends_device(&self) -> bool {
        matches!(self.subject, Subject::Lost)
    }

    /// Proves it.
    ///
    /// # Errors
    /// When it does not hold, or the device failed.
    pub async fn run(self, gpu: &Gpu) -> Proved {
        match self.subject {
            Subject::Case(op, arguments, way) => {
                corpus::agrees(&gpu.clone().with_products(way.of(gpu)), &op, &arguments).await
            }
            Subject::GatherBatch => shaders::gather_batch(gpu).await,
            Subject::Tally => shaders::tally(gpu).await,
            Subject::RectifiedPool => shaders::rectified_pool(gpu).await,
            Subject::Gradients(spec, batch) => networks::gradients_agree(gpu, &spec, batch).await,
            Subject::TenSteps(spec, batch, rule) => networks::trajectories_agree(gpu, &spec, batch, rule).await,
            Subject::Repeated => networks::repeats(gpu).await,
            Subject::Lost => faults::lost(gpu).await,
            Subject::TooLarge => faults::too_large(gpu),
        }
    }
}
