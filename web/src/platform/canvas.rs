//! Pictures on canvases.

use receptive_data::ImageShape;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The drawing context of a canvas.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// The drawing context of a canvas whose pixels are read back often. It must be the first context asked for.
pub(crate) fn readable_context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
    canvas.get_context_with_context_options("2d", &options).ok()??.dyn_into().ok()
}

/// Fills a canvas with grey levels, 0 (black) to 1 (white), one pixel each; CSS scales it.
pub(crate) fn draw_grey(canvas: &HtmlCanvasElement, rows: usize, columns: usize, level: impl Fn(usize) -> f32) {
    let bytes: Vec<u8> = (0..rows * columns)
        .flat_map(|i| {
            let grey = (255.0 * level(i).clamp(0.0, 1.0)) as u8;
            [grey, grey, grey, 255]
        })
        .collect();
    put(canvas, columns, rows, &bytes);
}

/// Fills a canvas with an image, (c, h, w), 0 to 255, in the colours of its first three channels, or in grey.
pub(crate) fn draw_image(canvas: &HtmlCanvasElement, ImageShape { c, h, w }: ImageShape, pixels: &[u8]) {
    let n = h * w;
    let level = |channel: usize, i: usize| pixels.get(channel.min(c - 1) * n + i).copied().unwrap_or_default();
    let bytes: Vec<u8> = (0..n).flat_map(|i| [level(0, i), level(1, i), level(2, i), 255]).collect();
    put(canvas, w, h, &bytes);
}

/// Makes a canvas of this size and fills it, four bytes to a pixel.
pub(crate) fn put(canvas: &HtmlCanvasElement, width: usize, height: usize, bytes: &[u8]) {
    let (width, height) = (width as u32, height as u32);
    // Setting a size, even the same one, throws the canvas's memory away.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let image = ImageData::new_with_u8_clamped_array(Clamped(bytes), width);
    if let (Some(context), Ok(image)) = (context(canvas), image) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}
