//! Input ∗ kernel = output.

use super::{Pointed, cells};
use crate::views::grid::Grid;
use receptive_lessons::conv2d::{ConvTrace, Moment};
use receptive_lessons::text;
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
    /// One product at a time.
    pub(super) by_term: bool,
    /// Whether the sum drops into the output after its products.
    pub(super) is_staged: bool,
    pub(super) on_edit_input: Callback<(usize, String)>,
    pub(super) on_edit_kernel: Callback<(usize, String)>,
}

#[component]
pub(super) fn Board(props: &BoardProps) -> Html {
    let (trace, moment, is_toy) = (&*props.trace, &*props.moment, props.is_toy);
    let faces = use_memo((props.trace.clone(), is_toy), |(trace, is_toy)| cells::Faces::new(trace, *is_toy));
    let look = cells::Look { trace, faces: &faces, moment, pointed: props.pointed, is_toy, by_term: props.by_term };
    let point = |make: fn(usize) -> Pointed| {
        props.on_point.reform(move |cell: Option<usize>| cell.map_or(Pointed::Nothing, make))
    };
    let kernel = trace.kernel();
    let [rows, columns] = trace.padded_size();
    let [out_rows, out_columns] = trace.output_size();
    let (input_size, unread) = text::conv2d_input_caption(trace);
    let unread = unread.map(|unread| html! { <span class="unread-note" id="lesson-unread">{unread}</span> });
    let kernel_size = format!("{}×{}", kernel.rows, kernel.columns);
    let bias = (moment.bias != 0.0).then(|| format!(", bias {}", receptive_lessons::number(moment.bias)));
    let style = format!("--rows:{rows};--in:{columns};--taps:{};--out:{out_columns}", kernel.columns);
    // The input of a digit is too small for numbers: the window's are shown apart, over the kernel.
    let window = (!is_toy).then(|| {
        html! {
            <>
                <figure class="window-figure">
                    <Grid id="lesson-window" label="Input under the window" columns={kernel.columns} cells={look.window()} on_point={point(Pointed::Kernel)} />
                    <figcaption><b>{"window"}</b>{" of the input"}</figcaption>
                </figure>
                <span class="op" aria-hidden="true">{"×"}</span>
            </>
        }
    });
    html! {
        <div class={classes!("board", if is_toy { "toy" } else { "digit" }, props.is_staged.then_some("staged"))} {style}>
            <figure class="input-figure">
                <Grid id="lesson-input" label={format!("Input, {input_size}")} {columns} cells={look.input()} is_small={!is_toy}
                    window={trace.window(moment)} on_edit={is_toy.then(|| props.on_edit_input.clone())} on_point={point(Pointed::Input)} />
                <figcaption><b>{"input"}</b>{" "}{input_size}{ for unread }</figcaption>
            </figure>
            <span class="op" aria-hidden="true">{"∗"}</span>
            <div class="kernel-side">
                { for window }
                <figure class="kernel-figure">
                    <Grid id="lesson-kernel" label={format!("Kernel, {kernel_size}")} columns={kernel.columns} cells={look.kernel()}
                        on_edit={Some(props.on_edit_kernel.clone())} on_point={point(Pointed::Kernel)} />
                    <figcaption><b>{"kernel"}</b>{" "}{kernel_size}{ for bias }</figcaption>
                </figure>
            </div>
            <span class="op equals" aria-hidden="true">{"="}</span>
            <figure class="output-figure">
                <Grid id="lesson-output" label={format!("Feature map, {out_rows}×{out_columns}")} columns={out_columns} cells={look.output()}
                    is_small={!is_toy} window={[moment.at[0], moment.at[1], 1, 1]} on_pick={Some(props.on_pick.clone())} on_point={point(Pointed::Output)} />
                <figcaption><b>{"feature map"}</b>{format!(" {out_rows}×{out_columns}")}</figcaption>
            </figure>
        </div>
    }
}
