//! A digit as a picture.

use crate::platform::canvas::draw_grey;
use std::rc::Rc;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

/// Grey levels, 0 (background) to 1 (ink).
#[derive(Clone, PartialEq)]
pub(crate) struct Ink {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) levels: Rc<[f32]>,
}

impl Ink {
    /// 28×28 bytes as a dataset holds them.
    pub(crate) fn from_bytes(pixels: &[u8]) -> Self {
        Self { rows: 28, columns: 28, levels: pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect() }
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct DigitProps {
    pub(crate) ink: Ink,
    /// What it shows, for those who do not see it.
    pub(crate) label: AttrValue,
    #[prop_or_default]
    pub(crate) class: Classes,
}

#[component]
pub(crate) fn Digit(props: &DigitProps) -> Html {
    let canvas = use_node_ref();
    let node = canvas.clone();
    use_effect_with(props.ink.clone(), move |ink| {
        if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
            draw_grey(&canvas, ink.rows, ink.columns, |i| ink.levels[i]);
        }
    });
    html! { <canvas ref={canvas} class={classes!("digit", props.class.clone())} role="img" aria-label={&props.label} /> }
}
