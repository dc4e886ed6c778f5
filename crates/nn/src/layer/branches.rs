//! Branches that read the same values, and the join of what they make.

use super::{Geometry, Kind, Layer, LayerGeometry};
use crate::expr::Expr;
use crate::ledger::{Formulas, SizeFormula};
use crate::program::instr::{Memory, Operation, StepValues, Wiring, instruction};
use crate::program::{BufferId, Emitter, Site, Tensor};
use crate::spec::SpecError;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Shape4;
use receptive_core::ops::{
    ConcatGeom, MultiplyGeom, add_backward, add_forward, add_part, concat_backward, concat_connections, concat_forward,
    multiply_backward, multiply_connections, multiply_forward,
};
use receptive_core::terms::{Cell, Combine, Connection, Operand, Term, Terms};
use serde::{Deserialize, Serialize};

/// The most blocks that may lie in each other.
pub const MAX_DEPTH: usize = 8;

/// How branches are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Join {
    /// Their sum, cell by cell.
    Add,
    /// The maps of one after those of the other.
    Concat,
    /// The product of two, cell by cell; an axis of one that is 1 is repeated along the other's.
    Multiply,
}

impl Join {
    pub(crate) const ALL: [Self; 3] = [Self::Add, Self::Concat, Self::Multiply];

    /// The word that a text writes before the bracket.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Concat => "cat",
            Self::Multiply => "mul",
        }
    }
}

/// The reason that branches cannot be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockError {
    /// There is no branch, or nothing in any of them.
    Empty,
    /// More blocks lie in each other than [`MAX_DEPTH`].
    TooDeep,
    /// A product is of two branches.
    NotTwo {
        /// The branches that there are.
        found: usize,
    },
    /// A branch makes another shape than the first one.
    Shapes {
        /// How they are joined.
        join: Join,
        /// The branch, counted from 1.
        branch: usize,
        /// The shape that it makes: [channels, rows, columns].
        found: [usize; 3],
        /// The shape that the first branch makes.
        first: [usize; 3],
    },
}

/// Shapes that fit each other.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGeom {
    /// How they are joined.
    pub join: Join,
    /// What the branches make.
    pub parts: Vec<Shape4>,
    /// What becomes of them.
    pub y: Shape4,
}

impl JoinGeom {
    /// Fits what branches make to each other.
    ///
    /// # Errors
    /// When there are too few or too many, or their shapes differ.
    pub fn new(join: Join, parts: Vec<Shape4>) -> Result<Self, BlockError> {
        let shape = |part: &Shape4| [part.c, part.h, part.w];
        let first = *parts.first().ok_or(BlockError::Empty)?;
        let differs = |fits: &dyn Fn(&Shape4) -> bool| match parts.iter().position(|part| !fits(part)) {
            None => Ok(()),
            Some(at) => {
                Err(BlockError::Shapes { join, branch: at + 1, found: shape(&parts[at]), first: shape(&first) })
            }
        };
        let y = match join {
            Join::Add => {
                differs(&|part| *part == first)?;
                first
            }
            Join::Concat => {
                differs(&|part| [part.h, part.w] == [first.h, first.w])?;
                Shape4 { c: parts.iter().map(|part| part.c).sum(), ..first }
            }
            Join::Multiply => {
                if parts.len() != 2 {
                    return Err(BlockError::NotTwo { found: parts.len() });
                }
                differs(&|part| MultiplyGeom::new(first, *part).is_some())?;
                MultiplyGeom::new(first, parts[1]).map_or(first, |geom| geom.y())
            }
        };
        Ok(Self { join, parts, y })
    }

    /// The place of each branch's maps among all.
    fn places(&self) -> Vec<ConcatGeom> {
        let mut offset = 0;
        let place = |part: &Shape4| {
            let geom = ConcatGeom { n: part.n, offset, part: part.image_len(), whole: self.y.image_len() };
            offset += part.image_len();
            geom
        };
        self.parts.iter().map(place).collect()
    }
}

pub(super) struct Branches<'a> {
    pub(super) branches: &'a [Vec<Layer>],
    pub(super) join: Join,
}

impl Kind for Branches<'_> {
    fn name(&self) -> &'static str {
        "block"
    }

    fn write(&self, text: &mut String) {
        text.push_str(self.join.key());
        text.push('(');
        for (i, branch) in self.branches.iter().enumerate() {
            if i > 0 {
                text.push(';');
            }
            crate::spec_text::write_layers(text, branch);
        }
        text.push(')');
    }

    /// A block is placed by its branches, which the specification walks through.
    fn place(&self, _: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        Err(SpecError::Block {
            layer: number,
            join: self.join,
            n_branches: self.branches.len(),
            error: BlockError::Empty,
        })
    }
}

impl Geometry for JoinGeom {
    /// Its inputs are several: they are reached through its instructions.
    fn connections(&self, _: Operand, _: usize) -> Vec<Connection> {
        vec![]
    }

    fn formulas(&self) -> Formulas {
        Formulas::sized(match self.join {
            Join::Concat => SizeFormula::Maps(Expr::Sum(self.parts.iter().map(|part| Expr::Size(part.c)).collect())),
            Join::Add | Join::Multiply => SizeFormula::Kept,
        })
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let (y, grad_y) = (at.y, at.grad_y);
        let xs: Vec<BufferId> = at.branches.iter().map(|(x, _)| *x).collect();
        let grads = at.branches.iter().map(|(_, grad)| *grad);
        match (self.join, &xs[..]) {
            (Join::Add, _) => {
                to.forward(Sum { sum: y, parts: xs });
                grads.for_each(|sum| to.backward(Sum { sum, parts: vec![grad_y] }));
            }
            (Join::Concat, _) => {
                let places = self.places();
                for (grad_x, geom) in grads.zip(&places) {
                    to.backward(ConcatBackward { grad_x, grad_y, geom: *geom });
                }
                to.forward(ConcatForward { y, xs, places });
            }
            (Join::Multiply, &[a, b]) => {
                let Some(geom) = MultiplyGeom::new(self.parts[0], self.parts[1]) else { return };
                to.forward(MultiplyForward { y, a, b, geom });
                for ((grad_x, other), geom) in grads.zip([b, a]).zip([geom, geom.swapped()]) {
                    to.backward(MultiplyBackward { grad_x, grad_y, other, geom });
                }
            }
            (Join::Multiply, _) => {}
        }
    }
}

instruction! {
    /// The sum of tensors of one shape: of branches, and of the gradients that come back from several readers.
    Sum writes { sum } reads { parts: Vec<BufferId> } params {} with {}
}
instruction! {
    /// The maps of all branches, one branch's after the other's.
    ConcatForward writes { y } reads { xs: Vec<BufferId> } params {} with { places: Vec<ConcatGeom> }
}
instruction! {
    /// The gradient of one branch's maps.
    ConcatBackward writes { grad_x } reads { grad_y } params {} with { geom: ConcatGeom }
}
instruction! {
    /// The product of two branches.
    MultiplyForward writes { y } reads { a, b } params {} with { geom: MultiplyGeom }
}
instruction! {
    /// The gradient with respect to one branch: the upstream gradient times the other branch.
    MultiplyBackward writes { grad_x } reads { grad_y, other } params {} with { geom: MultiplyGeom }
}

impl Operation for Sum {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.sum, |sum, at, _| match self.parts[..] {
            [] => {}
            [part] => add_backward(sum, at.buffer(part)),
            [a, b, ref others @ ..] => {
                add_forward(sum, at.buffer(a), at.buffer(b));
                others.iter().for_each(|&part| add_part(sum, at.buffer(part)));
            }
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let term = |&part: &BufferId| Term::scaled(1.0, Cell { tensor: Tensor::Buffer(part), index });
        Terms::new(Combine::Sum, self.parts.iter().map(term).collect())
    }
}

impl Operation for ConcatForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| {
            for (&x, geom) in self.xs.iter().zip(&self.places) {
                concat_forward(y, at.buffer(x), geom);
            }
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let of = |(&x, geom): (&BufferId, &ConcatGeom)| {
            let connections = concat_connections(Operand::Y, index, geom);
            let cell = |connection: Connection| Some(Cell { tensor: Tensor::Buffer(x), index: connection.x? });
            connections.into_iter().filter_map(cell).map(|cell| Term::scaled(1.0, cell)).collect::<Vec<_>>()
        };
        Terms::new(Combine::Sum, self.xs.iter().zip(&self.places).flat_map(of).collect())
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        // A tensor may be several branches.
        let places = self.xs.iter().zip(&self.places).filter(|(x, _)| Tensor::Buffer(**x) == tensor);
        places.map(|(_, geom)| Cell { tensor: Tensor::Buffer(self.y), index: geom.whole_index(index) }).collect()
    }
}

impl Operation for ConcatBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| concat_backward(grad_x, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring {
            connections: Box::new(|operand, index| concat_connections(operand, index, &self.geom)),
            written: Operand::X,
            reads: vec![(Operand::Y, Tensor::Buffer(self.grad_y))],
        })
    }
}

impl Operation for MultiplyForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| multiply_forward(y, at.buffer(self.a), at.buffer(self.b), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring {
            connections: Box::new(|operand, index| multiply_connections(operand, index, &self.geom)),
            written: Operand::Y,
            reads: vec![(Operand::X, Tensor::Buffer(self.a)), (Operand::W, Tensor::Buffer(self.b))],
        })
    }
}

impl Operation for MultiplyBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            multiply_backward(grad_x, at.buffer(self.grad_y), at.buffer(self.other), &self.geom);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring {
            connections: Box::new(|operand, index| multiply_connections(operand, index, &self.geom)),
            written: Operand::X,
            reads: vec![(Operand::W, Tensor::Buffer(self.other)), (Operand::Y, Tensor::Buffer(self.grad_y))],
        })
    }
}
