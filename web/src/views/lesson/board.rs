//! Input ∗ kernel = output.

use super::{Pointed, cells};
use crate::views::grid::Grid;
use receptive_lessons::conv2d::{ConvTrace, Moment};
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct BoardProps {
    pub(super) trace: Rc<ConvTrace>,
    pub(super) moment: Rc<Moment>,
    pub(super) pointed: Pointed,
    pub(super) on_point: Callback<Pointed>,
    /// An output cell was chosen.
    pub(super) on_pick: Callback<usize>,
    /// Small numbers, to be typed over; else a digit.
    pub(super) is_toy: bool,
    pub(super) on_edit_input: Callback<(usize, String)>,
    pub(super) on_edit_kernel: Callback<(usize, String)>,
}

#[component]
pub(super) fn Board(props: &BoardProps) -> Html {
    let (trace, moment, pointed, is_toy) = (&*props.trace, &*props.moment, props.pointed, props.is_toy);
    let input_cells = trace.input_cells(moment);
    let input = Rc::new(cells::input(trace, moment, &input_cells, pointed, is_toy));
    let kernel = Rc::new(cells::kernel(trace, moment, pointed, !is_toy));
    let output = Rc::new(cells::output(trace, moment, pointed, is_toy));
    let point = |make: fn(usize) -> Pointed| {
        props.on_point.reform(move |cell: Option<usize>| cell.map_or(Pointed::Nothing, make))
    };
    let matrix = trace.input();
    let [rows, columns] = trace.padded_size();
    let [out_rows, out_columns] = trace.output_size();
    let padded = ((rows, columns) != (matrix.rows, matrix.columns)).then(|| format!(", padded to {rows}×{columns}"));
    let n_unread = input_cells.iter().filter(|cell| !cell.is_read).count();
    let unread =
        (n_unread > 0).then(|| html! { <span class="unread-note">{format!("{n_unread} cells are never read")}</span> });
    let bias = (moment.bias != 0.0).then(|| format!(", bias {}", receptive_lessons::number(moment.bias)));
    let largest = columns.max(out_columns);
    html! {
        <div class={classes!("board", (!is_toy).then_some("digit"))} style={format!("--largest:{largest}")}>
            <figure>
                <Grid id="lesson-input" label="Input" {columns} cells={input} is_small={!is_toy} window={trace.window(moment)}
                    on_edit={is_toy.then(|| props.on_edit_input.clone())} on_point={point(Pointed::Input)} />
                <figcaption><b>{"input"}</b>{format!(" {}×{}", matrix.rows, matrix.columns)}{ for padded }{ for unread }</figcaption>
            </figure>
            <span class="op" aria-hidden="true">{"∗"}</span>
            <figure>
                <Grid id="lesson-kernel" label="Kernel" columns={trace.kernel().columns} cells={kernel}
                    on_edit={Some(props.on_edit_kernel.clone())} on_point={point(Pointed::Kernel)} />
                <figcaption><b>{"kernel"}</b>{format!(" {}×{}", trace.kernel().rows, trace.kernel().columns)}{ for bias }</figcaption>
            </figure>
            <span class="op" aria-hidden="true">{"="}</span>
            <figure>
                <Grid id="lesson-output" label="Output" columns={out_columns} cells={output} is_small={!is_toy}
                    window={[moment.at[0], moment.at[1], 1, 1]} on_pick={Some(props.on_pick.clone())} on_point={point(Pointed::Output)} />
                <figcaption><b>{"feature map"}</b>{format!(" {out_rows}×{out_columns}")}</figcaption>
            </figure>
        </div>
    }
}
