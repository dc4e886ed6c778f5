//! From the drawing to what the network reads, stage by stage.

use crate::views::digit::{Digit, Ink};
use receptive_data::digits::{COLUMNS, ROWS};
use receptive_data::preprocess::Preprocessed;
use receptive_data::sheet::SIDE;
use receptive_lessons::say;
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
        <figure class="stage-picture" key="input"><Digit ink={input} label={say!("ui.prepared.what")} />
            <figcaption><b>{say!("ui.prepared.input")}</b>{ if is_raw { say!("ui.prepared.raw") } else { say!("ui.prepared.centred") } }</figcaption></figure>
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
                <span class="framed">{ for drawing.map(|ink| html! { <Digit {ink} label={say!("ui.prepared.boxed")} /> }) }<i class="frame" ~style={frame}></i></span>
                <figcaption><b>{say!("ui.prepared.crop")}</b>{say!("ui.prepared.crop-size", rows = rows.len(), columns = columns.len(), side = SIDE)}</figcaption>
            </figure>
            <span class="arrow" aria-hidden="true">{"↓"}</span>
            <figure class="stage-picture" key="scale">
                <span class="boxed"><span ~style={shape}><Digit ink={scaled} label={say!("ui.prepared.scaled")} /></span></span>
                <figcaption><b>{say!("ui.prepared.scale")}</b>{say!("ui.prepared.scale-size", rows = height, columns = width)}</figcaption>
            </figure>
            <span class="arrow" aria-hidden="true">{"↓"}</span>
            { last }
        </div>
    }
}
