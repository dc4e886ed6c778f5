//! One operation on named buffers: what every instruction can do, and the list of them.
//!
//! What is particular to one stands with the kind of layer that it belongs to, in `layer/`, or with the head or the
//! update rule.

mod memory;
mod wiring;

pub(crate) use memory::{Memory, Reads, slot_and_len};
pub(crate) use wiring::Wiring;

use super::{BufferId, ParamId, Tensor};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::Draw;
use receptive_core::terms::{Cell, Terms};

pub use crate::layer::activation::{ActivationBackward, ActivationForward};
pub use crate::layer::avg_pool2d::{AvgPool2dBackward, AvgPool2dForward};
pub use crate::layer::batch_norm::{
    BatchNormBackward, BatchNormFixedBackward, BatchNormFixedForward, BatchNormForward, BatchNormMoments,
};
pub use crate::layer::branches::{ConcatBackward, ConcatForward, MultiplyBackward, MultiplyForward, Sum};
pub use crate::layer::conv2d::{Conv2dForward, Conv2dGradB, Conv2dGradW, Conv2dGradX};
pub use crate::layer::dropout::{DropoutBackward, DropoutForward};
pub use crate::layer::linear::{LinearForward, LinearGradB, LinearGradW, LinearGradX};
pub use crate::layer::max_pool2d::{MaxPool2dBackward, MaxPool2dForward};
pub use crate::layer::pad2d::{Pad2dBackward, Pad2dForward};
pub use crate::layer::relu::{ReluBackward, ReluForward};
pub use crate::layer::sum_pool2d::{SumPool2dBackward, SumPool2dForward};
pub use crate::program::head::{LogitBackward, LogitForward, SoftmaxCrossEntropyBackward, SoftmaxCrossEntropyForward};
pub use crate::program::loss::{LossBackward, LossForward, SoftmaxBackward, SoftmaxForward};
pub use crate::program::update::{Average, Update};

/// The numbers that decide coefficients.
pub struct StepValues<'a> {
    /// Gives the value of a cell; for positions of maxima, the position in the plane.
    pub value: &'a dyn Fn(Cell<Tensor>) -> f32,
    /// The true class of each image.
    pub labels: &'a [u8],
    /// The number of classes.
    pub n_classes: usize,
    /// The learning rate of the step.
    pub learning_rate: f32,
    /// The factor of the step's gradients: 1, or less where clipping shortened them.
    pub gradient_scale: f32,
    /// The number of steps, this one included.
    pub n_steps: i32,
    /// The random choices of the step.
    pub draw: Draw,
}

impl StepValues<'_> {
    pub(crate) fn buffer(&self, buffer: BufferId, index: usize) -> f32 {
        (self.value)(Cell { tensor: Tensor::Buffer(buffer), index })
    }

    /// Returns the class of an image; 0 where it has none.
    pub(crate) fn label(&self, image: usize) -> usize {
        self.labels.get(image).copied().unwrap_or(0).into()
    }
}

/// What an instruction can do.
pub(crate) trait Operation: Operands {
    /// Returns, for an instruction that may write where it reads, the buffer written and the buffer read.
    fn in_place(&self) -> Option<[BufferId; 2]> {
        None
    }

    /// Floats of scratch that it and the gradients that go with it need.
    fn scratch_len(&self) -> usize {
        0
    }

    /// Runs it on the CPU.
    fn run(&self, memory: &mut Memory<'_>);

    /// The connections that it goes through; `None` where each cell comes from those in the same place, or by a rule of
    /// its own.
    fn wiring(&self) -> Option<Wiring<'_>> {
        None
    }

    /// Its wiring, if each cell that it writes is the sum of the products that this gives and nothing else. Sums of many
    /// products are worth to be known: they can be added up, or changed, without all their terms being listed.
    fn sum(&self) -> Option<Wiring<'_>> {
        None
    }

    /// Changes the terms that its wiring gives.
    fn finish(&self, terms: Terms<Tensor>) -> Terms<Tensor> {
        terms
    }

    /// Returns the terms of a cell that it writes.
    fn terms(&self, cell: Cell<Tensor>, _values: &StepValues<'_>) -> Terms<Tensor> {
        let sum = || Terms::new(receptive_core::terms::Combine::Sum, vec![]);
        self.finish(self.wiring().map_or_else(sum, |wiring| wiring.products(cell.index)))
    }

    /// Returns the cells that it makes from a cell that it reads.
    fn readers(&self, cell: Cell<Tensor>, _n_classes: usize) -> Vec<Cell<Tensor>> {
        let indices = match self.wiring() {
            Some(wiring) => wiring.readers(cell),
            None => vec![cell.index],
        };
        let of = |tensor| indices.iter().map(move |&index| Cell { tensor, index });
        self.written_tensors().into_iter().flat_map(of).collect()
    }

    /// Returns the tensors that it writes: its buffers, unless it is an update.
    fn written_tensors(&self) -> Vec<Tensor> {
        self.written().into_iter().map(Tensor::Buffer).collect()
    }

    /// Returns the tensors that it reads.
    fn read_tensors(&self) -> Vec<Tensor> {
        let buffers = self.read().into_iter().map(Tensor::Buffer);
        buffers.chain(self.params().into_iter().map(Tensor::Param)).collect()
    }
}

/// The buffers and parameters of an instruction.
pub(crate) trait Operands {
    fn written(&self) -> Vec<BufferId>;
    fn read(&self) -> Vec<BufferId>;
    fn params(&self) -> Vec<ParamId>;
    /// Gives every buffer another number.
    fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId);
}

/// A field that names any number of buffers.
pub(crate) trait Buffers {
    fn ids(&self) -> Vec<BufferId>;
    fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId);
}

impl Buffers for BufferId {
    fn ids(&self) -> Vec<BufferId> {
        vec![*self]
    }

    fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId) {
        *self = number(*self);
    }
}

impl Buffers for Option<BufferId> {
    fn ids(&self) -> Vec<BufferId> {
        self.iter().copied().collect()
    }

    fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId) {
        *self = self.map(number);
    }
}

impl Buffers for Vec<BufferId> {
    fn ids(&self) -> Vec<BufferId> {
        self.clone()
    }

    fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId) {
        self.iter_mut().for_each(|id| *id = number(*id));
    }
}

/// Declares an instruction: its fields by what they are, and with them its [`Operands`].
macro_rules! instruction {
    ($(#[$doc:meta])* $Name:ident writes { $($written:ident),* } reads { $($read:ident $(: $Read:ty)?),* }
        params { $($param:ident),* } with { $($field:ident: $Field:ty),* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "the fields are the arguments of the operation of this name in `receptive_core`")]
        pub struct $Name {
            $(pub $written: crate::program::BufferId,)*
            $(pub $read: $crate::program::instr::read_type!($($Read)?),)*
            $(pub $param: crate::program::ParamId,)*
            $(pub $field: $Field,)*
        }

        impl crate::program::instr::Operands for $Name {
            fn written(&self) -> alloc::vec::Vec<crate::program::BufferId> {
                alloc::vec![$(self.$written),*]
            }

            fn read(&self) -> alloc::vec::Vec<crate::program::BufferId> {
                let read: &[&dyn crate::program::instr::Buffers] = &[$(&self.$read),*];
                read.iter().flat_map(|buffers| buffers.ids()).collect()
            }

            fn params(&self) -> alloc::vec::Vec<crate::program::ParamId> {
                alloc::vec![$(self.$param),*]
            }

            fn renumber(&mut self, number: &dyn Fn(crate::program::BufferId) -> crate::program::BufferId) {
                let all: &mut [&mut dyn crate::program::instr::Buffers] = &mut [$(&mut self.$written,)* $(&mut self.$read),*];
                all.iter_mut().for_each(|buffers| buffers.renumber(number));
            }
        }
    };
}
pub(crate) use instruction;

/// The type of a field that is read: one buffer, if nothing else is said.
macro_rules! read_type {
    () => {
        crate::program::BufferId
    };
    ($Read:ty) => {
        $Read
    };
}
pub(crate) use read_type;

/// Declares the list of all instructions.
macro_rules! instructions {
    ($($Name:ident)+) => {
        /// One operation on named buffers. The fields are those of the operation of that name in `receptive_core::ops`.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each variant holds the instruction of its name")]
        pub enum Instr {
            $($Name($Name),)+
        }

        $(impl From<$Name> for Instr {
            fn from(instr: $Name) -> Self {
                Self::$Name(instr)
            }
        })+

        impl Instr {
            /// Itself, as the operation that it is.
            pub(crate) fn operation(&self) -> &impl Operation {
                self
            }

            pub(crate) fn operation_mut(&mut self) -> &mut impl Operation {
                self
            }
        }

        // Each is called by its name, so that a program carries no more of an instruction than it calls.
        impl Operation for Instr {
            fn in_place(&self) -> Option<[BufferId; 2]> {
                match self { $(Self::$Name(instr) => instr.in_place(),)+ }
            }

            fn scratch_len(&self) -> usize {
                match self { $(Self::$Name(instr) => instr.scratch_len(),)+ }
            }

            fn run(&self, memory: &mut Memory<'_>) {
                match self { $(Self::$Name(instr) => instr.run(memory),)+ }
            }

            fn sum(&self) -> Option<Wiring<'_>> {
                match self { $(Self::$Name(instr) => instr.sum(),)+ }
            }

            fn terms(&self, cell: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
                match self { $(Self::$Name(instr) => instr.terms(cell, values),)+ }
            }

            fn readers(&self, cell: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
                match self { $(Self::$Name(instr) => instr.readers(cell, n_classes),)+ }
            }

            fn written_tensors(&self) -> Vec<Tensor> {
                match self { $(Self::$Name(instr) => instr.written_tensors(),)+ }
            }

            fn read_tensors(&self) -> Vec<Tensor> {
                match self { $(Self::$Name(instr) => instr.read_tensors(),)+ }
            }
        }

        impl Operands for Instr {
            fn written(&self) -> Vec<BufferId> {
                match self { $(Self::$Name(instr) => instr.written(),)+ }
            }

            fn read(&self) -> Vec<BufferId> {
                match self { $(Self::$Name(instr) => instr.read(),)+ }
            }

            fn params(&self) -> Vec<ParamId> {
                match self { $(Self::$Name(instr) => instr.params(),)+ }
            }

            fn renumber(&mut self, number: &dyn Fn(BufferId) -> BufferId) {
                match self { $(Self::$Name(instr) => instr.renumber(number),)+ }
            }
        }
    };
}

instructions! {
    Conv2dForward Conv2dGradX Conv2dGradW Conv2dGradB
    LinearForward LinearGradX LinearGradW LinearGradB
    MaxPool2dForward MaxPool2dBackward
    AvgPool2dForward AvgPool2dBackward
    SumPool2dForward SumPool2dBackward
    Pad2dForward Pad2dBackward
    ReluForward ReluBackward
    ActivationForward ActivationBackward
    BatchNormMoments BatchNormForward BatchNormBackward BatchNormFixedForward BatchNormFixedBackward
    DropoutForward DropoutBackward
    Sum ConcatForward ConcatBackward MultiplyForward MultiplyBackward
    SoftmaxCrossEntropyForward SoftmaxCrossEntropyBackward LogitForward LogitBackward
    SoftmaxForward SoftmaxBackward LossForward LossBackward
    Update Average
}

impl Instr {
    /// Returns the terms of a cell of a tensor that this instruction writes, or `None` when it does not write it.
    pub fn terms(&self, cell: Cell<Tensor>, values: &StepValues<'_>) -> Option<Terms<Tensor>> {
        self.written().contains(&cell.tensor).then(|| self.operation().terms(cell, values))
    }

    /// Returns the cells, in order, that this instruction makes from a cell; none when it does not read it. For an
    /// image, its size in classes is that of `n_classes`.
    pub fn readers(&self, cell: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        if self.reads().contains(&cell.tensor) { self.operation().readers(cell, n_classes) } else { vec![] }
    }

    /// Returns the tensors that it writes.
    pub fn written(&self) -> Vec<Tensor> {
        self.written_tensors()
    }

    /// Returns the tensors that it reads.
    pub fn reads(&self) -> Vec<Tensor> {
        self.read_tensors()
    }
}
