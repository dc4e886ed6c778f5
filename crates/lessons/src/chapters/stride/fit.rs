//! The steps of a window over the padded input: the cells left over, and the settings that leave none.

use crate::formula::Formula;
use crate::plane::PlaneConv;
use crate::{number, say};
use receptive_core::{ConvGeom, ConvParams};

/// The largest padding that is looked at for one that fits.
const MAX_PADDING: usize = 8;

/// The steps of a window over the padded input.
pub(super) struct Fit {
    geom: ConvGeom,
}

impl Fit {
    /// Those of a convolution with as much padding on one side as on the other.
    pub(super) fn of(conv: &PlaneConv) -> Self {
        Self { geom: *conv.geom() }
    }

    /// With other parameters, if the kernel fits then.
    fn with(&self, params: ConvParams) -> Option<Self> {
        ConvGeom::new(self.geom.x(), self.geom.w(), params).ok().map(|geom| Self { geom })
    }

    /// Cells of the padded input from the first window's start to the last possible one's, on an axis.
    fn room(&self, i: usize) -> usize {
        let params = self.geom.params();
        let (n, f) = self.sizes(i);
        n + 2 * params.padding[i] - (params.dilation[i] * (f - 1) + 1)
    }

    fn sizes(&self, i: usize) -> (usize, usize) {
        let (x, w) = (self.geom.x(), self.geom.w());
        if i == 0 { (x.h, w.h) } else { (x.w, w.w) }
    }

    fn positions(&self, i: usize) -> usize {
        [self.geom.y().h, self.geom.y().w][i]
    }

    /// Rows, and columns, of the padded input beyond the last window.
    pub(super) fn left_over(&self) -> [usize; 2] {
        [0, 1].map(|i| self.room(i) - (self.positions(i) - 1) * self.geom.params().stride[i])
    }

    /// The smallest padding with which nothing is left over.
    pub(super) fn padding(&self) -> Option<usize> {
        let fits = |pad: &usize| {
            let fit = self.with(self.geom.params().padding(*pad));
            fit.is_some_and(|fit| fit.left_over() == [0, 0])
        };
        (0..=MAX_PADDING).find(fits)
    }

    /// Strides up to 4 with which nothing is left over.
    fn strides(&self) -> Vec<usize> {
        let fits = |stride: &usize| {
            let fit = self.with(self.geom.params().stride(*stride));
            fit.is_some_and(|fit| fit.left_over() == [0, 0])
        };
        (1..=4).filter(fits).collect()
    }

    /// The axes that the texts name: one where both are alike.
    fn axes(&self) -> impl Iterator<Item = usize> + use<'_> {
        (0..2).filter(|&i| i == 0 || self.sizes(0) != self.sizes(1))
    }

    /// Returns sentences about the cells left over, the layers that read them, and the padding that leaves none.
    pub(super) fn texts(&self) -> Vec<String> {
        let stride = self.geom.params().stride[0];
        if stride == 1 {
            return vec![say!("stride.fit.every")];
        }
        let mut texts: Vec<_> = self.axes().map(|i| self.axis_text(i)).collect();
        if self.left_over() != [0, 0] {
            texts.push(match self.padding() {
                Some(pad) => {
                    let room = self.with(self.geom.params().padding(pad)).map_or(0, |fit| fit.room(0));
                    say!("stride.fit.padding", pad = pad, room = room, stride = stride, steps = room / stride)
                }
                None => {
                    let strides: Vec<_> = self.strides().iter().map(usize::to_string).collect();
                    let is_odd = stride.is_multiple_of(2) && self.axes().any(|i| self.room(i) % 2 == 1);
                    let why = say!(if is_odd { "stride.fit.odd" } else { "stride.fit.unlike" });
                    say!("stride.fit.no-padding", why = why, n = strides.len(), strides = strides.join(", "))
                }
            });
        }
        texts
    }

    fn axis_text(&self, i: usize) -> String {
        let params = self.geom.params();
        let (room, left, stride) = (self.room(i), self.left_over()[i], params.stride[i]);
        let which = if self.axes().count() == 1 { "both" } else { ["rows", "columns"][i] };
        let axis = say!(format!("stride.fit.{which}"));
        let (steps, out) = (room / stride, self.positions(i));
        if left == 0 {
            return say!("stride.fit.exact", axis = axis, room = room, stride = stride, steps = steps, out = out);
        }
        let exact = number(room as f32 / stride as f32 + 1.0);
        // The picture's last row is followed by its padding: only what is left beyond that is lost.
        let lost = left.saturating_sub(params.padding[i]);
        let whose = match lost {
            0 => say!("stride.fit.only-padding"),
            _ => say!(format!("stride.fit.lost-{which}"), n = lost),
        };
        let rest =
            say!("stride.fit.rest", axis = axis, room = room, stride = stride, left = left, exact = exact, out = out);
        format!("{rest} {whose}")
    }

    /// The size before it is rounded.
    pub(super) fn formulas(&self) -> Vec<Formula> {
        const NAMES: [&str; 2] = ["exact", "exact-columns"];
        let params = self.geom.params();
        let formula = |i: usize| {
            let ((n, f), d, stride) = (self.sizes(i), params.dilation[i], params.stride[i]);
            let reach = if d == 1 { f.to_string() } else { format!("({d}·({f} − 1) + 1)") };
            let exact = number(self.room(i) as f32 / stride as f32 + 1.0);
            let notation = format!("frac({n} + 2·{} − {reach}, {stride}) + 1 = {exact}", params.padding[i]);
            Formula::new(NAMES[i], say!("stride.exact"), &notation)
        };
        let is_rounded = self.left_over() != [0, 0];
        self.axes().filter(|_| is_rounded).map(formula).collect()
    }
}
