//! From the drawing to what the network reads, stage by stage.

use crate::views::digit::{Digit, Ink};
use receptive_data::digits::{COLUMNS, ROWS};
use receptive_data::preprocess::Preprocessed;
use receptive_data::sheet::SIDE;
use std::rc::Rc;
use yew::prelude::*;

/// The stages from `ink`, the drawing, to `pixels`, what the network reads.
pub(super) fn stages(
    prepared: &Preprocessed,
    pixels: &Rc<[f32]>,
    ink: Option<&Rc<[f32]>>,
    is_raw: bool,
    is_large: bool,
) -> Html {
    let input = Ink { rows: ROWS, columns: COLUMNS, levels: pixels.clone() };
    let last = html! {
        <figure class="stage-picture" key="input"><Digit ink={input} label="what the network reads" />
            <figcaption><b>{"28×28 input"}</b>{ if is_raw { "the drawing, only made smaller" } else { "its centre of mass in the middle" } }</figcaption></figure>
    };
    if !is_large || is_raw {
        return html! { <div class="stages">{ last }</div> };
    }
    let (rows, columns) = &prepared.crop;
    let percent = |n: usize| 100.0 * n as f64 / SIDE as f64;
    let frame = format!(
        "top:{:.2}%;left:{:.2}%;height:{:.2}%;width:{:.2}%",
        percent(rows.start),
        percent(columns.start),
        percent(rows.len()),
        percent(columns.len())
    );
    let [height, width] = prepared.scaled_size;
    let scaled = Ink { rows: height, columns: width, levels: prepared.scaled.clone().into() };
    let drawing = ink.map(|levels| Ink { rows: SIDE, columns: SIDE, levels: levels.clone() });
    let shape = format!("aspect-ratio:{width}/{height};{}", if height >= width { "height:100%" } else { "width:100%" });
    html! {
        <div class="stages">
            <figure class="stage-picture" key="crop">
                <span class="framed">{ for drawing.map(|ink| html! { <Digit {ink} label="the drawing with the box that holds its ink" /> }) }<i class="frame" style={frame}></i></span>
                <figcaption><b>{"crop"}</b>{format!("{}×{} of {SIDE}×{SIDE}", rows.len(), columns.len())}</figcaption>
            </figure>
            <span class="arrow" aria-hidden="true">{"↓"}</span>
            <figure class="stage-picture" key="scale">
                <span class="boxed"><span style={shape}><Digit ink={scaled} label="the ink scaled into a box of 20 pixels" /></span></span>
                <figcaption><b>{"scale"}</b>{format!("{height}×{width}, into a box of 20")}</figcaption>
            </figure>
            <span class="arrow" aria-hidden="true">{"↓"}</span>
            { last }
        </div>
    }
}
