//! A digit, and an image of a dataset, as a picture.

pub(crate) use crate::drawing::Ink;
use crate::platform::canvas::{draw_grey, draw_image};
use receptive_data::ImageShape;
use std::rc::Rc;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct DigitProps {
    pub(crate) ink: Ink,
    /// Its description, for those who do not see it.
    pub(crate) label: AttrValue,
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
    html! { <canvas ref={canvas} class="digit" role="img" aria-label={&props.label} /> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct PictureProps {
    pub(crate) shape: ImageShape,
    /// (c, h, w), 0 to 255.
    pub(crate) pixels: Rc<[u8]>,
    /// Its description, for those who do not see it.
    pub(crate) label: AttrValue,
}

#[component]
pub(crate) fn Picture(props: &PictureProps) -> Html {
    let canvas = use_node_ref();
    let node = canvas.clone();
    use_effect_with((props.shape, props.pixels.clone()), move |(shape, pixels)| {
        if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
            draw_image(&canvas, *shape, pixels);
        }
    });
    html! { <canvas ref={canvas} class="digit" role="img" aria-label={&props.label} /> }
}
