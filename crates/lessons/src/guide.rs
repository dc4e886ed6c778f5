//! Guided looking: what to try, and what there was to see once it was tried.

use crate::conv2d::ConvTrace;
use crate::text;

/// Windows to visit before their common weights are named.
const N_WINDOWS: usize = 3;

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideStep {
    /// What to do, and what to ask oneself.
    pub ask: &'static str,
    /// What there was to see, once it was done.
    pub found: Option<String>,
}

/// The guide through the lesson on convolution. It remembers numbers, not words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConvGuide {
    windows: Vec<usize>,
    weights: Option<[usize; 2]>,
    corner: Option<usize>,
    middle: Option<usize>,
    changed: Option<[usize; 2]>,
    unread: Option<[usize; 3]>,
    same: Option<(usize, [usize; 2], [usize; 2])>,
}

impl ConvGuide {
    /// The learner sees the window of this output cell.
    pub fn saw(&mut self, trace: &ConvTrace, cell: usize) {
        if self.windows.len() < N_WINDOWS && !self.windows.contains(&cell) {
            self.windows.push(cell);
        }
        if self.windows.len() == N_WINDOWS && self.weights.is_none() {
            self.weights = Some([trace.n_terms(), trace.n_cells()]);
        }
    }

    /// The learner points at a cell of the padded input.
    pub fn pointed(&mut self, trace: &ConvTrace, input_cell: usize) {
        let Some([row, column]) = trace.input_at(input_cell) else { return };
        let [last_row, last_column] = [trace.input().rows - 1, trace.input().columns - 1];
        let n_fed = trace.outputs_fed_by(input_cell).len();
        if [0, last_row].contains(&row) && [0, last_column].contains(&column) {
            self.corner = Some(n_fed);
        } else if row.abs_diff(last_row - row) <= 1 && column.abs_diff(last_column - column) <= 1 {
            self.middle = Some(n_fed);
        }
    }

    /// The learner changed a number or a setting.
    pub fn remade(&mut self, before: &ConvTrace, after: &ConvTrace) {
        let is_comparable = before.output_size() == after.output_size() && before.params() == after.params();
        if is_comparable && before.input() == after.input() && before.kernel() != after.kernel() {
            let n_changed =
                before.output().iter().zip(after.output()).filter(|(before, after)| before != after).count();
            self.changed = Some([n_changed, after.n_cells()]);
        }
        let [rows, columns] = after.never_read();
        if rows.len() + columns.len() > 0 {
            self.unread = Some([after.params().stride[0], rows.len(), columns.len()]);
        }
        let size = [after.input().rows, after.input().columns];
        if after.params().padding[0] > 0 && after.output_size() == size {
            self.same = Some((after.params().padding[0], [after.kernel().rows, after.kernel().columns], size));
        }
    }

    /// All steps, with what was found so far.
    pub fn steps(&self) -> Vec<GuideStep> {
        let found = [
            self.weights.map(|[n_terms, n_cells]| text::conv2d_found_weights(n_terms, n_cells)),
            self.corner.zip(self.middle).map(|(corner, middle)| text::conv2d_found_feeding(corner, middle)),
            self.changed.map(|[n_changed, n_cells]| text::conv2d_found_changes(n_changed, n_cells)),
            self.unread.map(|[stride, rows, columns]| text::conv2d_found_unread(stride, rows, columns)),
            self.same.map(|(padding, kernel, size)| text::conv2d_found_same(padding, kernel, size)),
        ];
        text::CONV2D_STEPS.iter().zip(found).map(|(ask, found)| GuideStep { ask, found }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conv2d::example_input;
    use crate::kernels;
    use receptive_core::ConvParams;

    fn trace(kernel: usize, params: ConvParams) -> ConvTrace {
        ConvTrace::new(example_input(), kernels::ALL[kernel].matrix(), 0.0, params).unwrap()
    }

    fn done(guide: &ConvGuide) -> Vec<bool> {
        guide.steps().iter().map(|step| step.found.is_some()).collect()
    }

    #[test]
    fn each_step_is_noticed_when_it_was_done_and_not_before() {
        let mut guide = ConvGuide::default();
        let first = trace(0, ConvParams::default());
        for cell in [0, 1, 1, 0] {
            guide.saw(&first, cell);
        }
        assert_eq!(done(&guide), [false; 5]);
        guide.saw(&first, 2);
        assert_eq!(done(&guide), [true, false, false, false, false]);
        guide.pointed(&first, 24);
        assert_eq!(done(&guide), [true, false, false, false, false]);
        guide.pointed(&first, 12);
        assert_eq!(guide.steps()[1].found.as_deref(), Some("The corner feeds 1, the middle 9."));
        guide.remade(&first, &trace(1, ConvParams::default()));
        assert_eq!(done(&guide), [true, true, true, false, false]);
        guide.remade(&first, &trace(0, ConvParams::default().stride(2)));
        assert_eq!(done(&guide), [true, true, true, false, false]);
        guide.remade(&first, &trace(0, ConvParams::default().stride(3)));
        assert_eq!(
            guide.steps()[3].found.as_deref(),
            Some("At stride 3, 2 rows and 2 columns of the input are never read. They are greyed.")
        );
        guide.remade(&first, &trace(0, ConvParams::default().padding(1)));
        assert_eq!(done(&guide), [true; 5]);
    }

    #[test]
    fn what_changed_is_counted_in_the_engines_numbers() {
        let mut guide = ConvGuide::default();
        let before = trace(0, ConvParams::default());
        let mut kernel = kernels::ALL[0].matrix();
        kernel.values[0] = 1.0;
        let after = ConvTrace::new(example_input(), kernel, 0.0, ConvParams::default()).unwrap();
        guide.remade(&before, &after);
        let n_ones = [0, 1, 2, 5, 6, 7, 10, 11, 12].iter().filter(|&&i| example_input().values[i] != 0.0).count();
        assert!(guide.steps()[2].found.as_ref().is_some_and(|text| text.starts_with(&format!("{n_ones} of 9"))));
    }
}
