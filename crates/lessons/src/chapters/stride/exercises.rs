//! Questions about stride, dilation and receptive fields.

use crate::exercise::{Answer, Task};
use crate::plane::{PlaneConv, padded_notation};
use crate::scene::{Grid, Role};
use crate::{Matrix, positions, say};
use receptive_core::{ConvGeom, ConvParams, Rng, Shape4};
use receptive_nn::{Layer, Ledger, Spec};

/// Asks for the size of the map.
pub(super) fn out_size(rng: &mut Rng) -> Task {
    let f = [3, 5][rng.below(2) as usize];
    let stride = 2 + rng.below(2) as usize;
    let pad = rng.below(3) as usize;
    // Sizes that do not come out even: those ask for the rounding.
    let n = loop {
        let n = 9 + rng.below(24) as usize;
        if !(n + 2 * pad - f).is_multiple_of(stride) {
            break n;
        }
    };
    let params = ConvParams::default().padding(pad).stride(stride);
    let Ok(geom) = ConvGeom::new(Shape4::new(1, 1, n, n), Shape4::new(1, 1, f, f), params) else {
        unreachable!("5×5 fits 9×9")
    };
    let out = geom.y().h;
    let formula = padded_notation(n, f, &format!("2·{pad}"), stride, 1, out);
    Task {
        question: say!("stride.exercises.out-size.question", n = n, f = f, stride = stride, pad = pad),
        grids: vec![],
        answer: Answer::square(out),
        slips: vec![
            (Answer::square(out + 1), say!("stride.exercises.out-size.up")),
            (Answer::square(out - 1), say!("stride.exercises.out-size.one-less")),
            (Answer::square((n + pad - f) / stride + 1), say!("stride.exercises.out-size.once")),
            (Answer::square(n + 2 * pad - f + 1), say!("stride.exercises.out-size.stride")),
        ],
        hint: say!("stride.exercises.out-size.hint"),
        because: say!(
            "stride.exercises.out-size.because",
            formula = crate::formula::Formula::new("size", "", &formula).plain()
        ),
    }
}

/// Asks for the cells that no window reads.
pub(super) fn unread(rng: &mut Rng) -> Task {
    let f = 2 + rng.below(2) as usize;
    let stride = 2 + rng.below(3) as usize;
    let n = 8 + rng.below(5) as usize;
    let row = Matrix::new(1, n, (0..n).map(|_| rng.below(10) as f32).collect::<Vec<_>>());
    let params = ConvParams { stride: [1, stride], ..ConvParams::default() };
    let Ok(conv) = PlaneConv::new(row.clone(), Matrix::zeros(1, f), 0.0, params) else { unreachable!("3 cells fit 8") };
    let [_, unread] = conv.never_read();
    let last = (conv.output().columns - 1) * stride + f;
    let beyond: Vec<_> = (last..n).collect();
    let starts: Vec<_> = (0..conv.output().columns).map(|q| q * stride).collect();
    Task {
        question: say!("stride.exercises.unread.question", n = n, f = f, stride = stride),
        grids: vec![Grid::of("row", say!("stride.exercises.unread.row"), &row, Role::Input)],
        answer: Answer::Cells(unread.clone()),
        slips: vec![
            (Answer::Cells(vec![]), say!("stride.exercises.unread.none")),
            (Answer::Cells(beyond), say!("stride.exercises.unread.beyond")),
        ],
        hint: say!("stride.exercises.unread.hint"),
        because: say!(
            "stride.exercises.unread.because",
            starts = positions(&starts),
            f = f,
            which = if unread.is_empty() { say!("stride.exercises.unread.all-read") } else { positions(&unread) }
        ),
    }
}

/// Asks for the width of a kernel with holes.
pub(super) fn reach(rng: &mut Rng) -> Task {
    let f = [3, 5, 7][rng.below(3) as usize];
    let dilation = 2 + rng.below(4) as usize;
    let kernel = Shape4::new(1, 1, f, f);
    let params = ConvParams::default().dilation(dilation);
    // The smallest picture that the kernel fits is as wide as its reach.
    let fits = |n: &usize| ConvGeom::new(Shape4::new(1, 1, *n, *n), kernel, params).is_ok();
    let reach = (1..=f * dilation).find(fits).unwrap_or(0);
    Task {
        question: say!("stride.exercises.reach.question", f = f, dilation = dilation),
        grids: vec![],
        answer: Answer::count(reach),
        slips: vec![
            (Answer::count(f * dilation), say!("stride.exercises.reach.product")),
            (Answer::count(reach - 1), say!("stride.exercises.reach.one-less")),
            (Answer::count(f + (f - 1) * dilation), say!("stride.exercises.reach.holes", dilation = dilation)),
            (Answer::count(f), say!("stride.exercises.reach.taps")),
        ],
        hint: say!("stride.exercises.reach.hint"),
        because: say!("stride.exercises.reach.because", f = f, dilation = dilation, reach = reach),
    }
}

/// Asks for the receptive field of a value after some layers.
pub(super) fn field(rng: &mut Rng) -> Task {
    let f = [3, 5][rng.below(2) as usize];
    let n_layers = 2 + rng.below(2) as usize;
    let stride = 1 + rng.below(2) as usize;
    let params = ConvParams::default().stride(stride);
    let mut layers = vec![Layer::Conv2d { kernels: 1, size: [f, f], params }; n_layers];
    layers.extend([Layer::Flatten, Layer::Linear { units: 1 }]);
    let spec = Spec { input: [1, 64, 64], layers };
    let Ok(ledger) = Ledger::new(&spec) else { unreachable!("three layers fit 64×64") };
    let fields: Vec<_> = ledger.rows[..n_layers].iter().map(|row| row.receptive_field[0]).collect();
    let right = fields[n_layers - 1];
    let steps: Vec<_> = fields.iter().map(usize::to_string).collect();
    Task {
        question: say!("stride.exercises.field.question", n = n_layers, f = f, stride = stride),
        grids: vec![],
        answer: Answer::count(right),
        slips: vec![
            (Answer::count(f * n_layers), say!("stride.exercises.field.added")),
            (Answer::count(f.pow(n_layers as u32)), say!("stride.exercises.field.multiplied")),
            (Answer::count(1 + n_layers * (f - 1)), say!("stride.exercises.field.no-jump", stride = stride)),
            (Answer::count(f), say!("stride.exercises.field.one")),
        ],
        hint: say!("stride.exercises.field.hint"),
        because: say!(
            if stride == 1 { "stride.exercises.field.because-alike" } else { "stride.exercises.field.because" },
            fields = steps.join(", "),
            more = f - 1,
            stride = stride,
            right = right
        ),
    }
}
