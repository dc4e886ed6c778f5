//! Pictures from files and the camera, grey and small. Nothing of them is stored or sent.

use super::canvas;
use super::dom::document;
use receptive_lessons::Matrix;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, HtmlCanvasElement, HtmlVideoElement, ImageBitmap, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

/// The largest file that is opened, in megabytes.
const MOST_MEGABYTES: u32 = 40;

/// The reason why a file is no picture here.
pub(crate) enum PictureError {
    /// It would take too long and too much memory to unpack.
    TooLarge { megabytes: u32, most: u32 },
    /// The browser cannot read it as a picture.
    Unreadable,
}

/// A file as a grey picture whose longer side has so many pixels.
pub(crate) async fn read_file(file: &File, side: u32) -> Result<Matrix, PictureError> {
    let megabytes = (file.size() / 1e6).ceil() as u32;
    if megabytes > MOST_MEGABYTES {
        return Err(PictureError::TooLarge { megabytes, most: MOST_MEGABYTES });
    }
    let window = web_sys::window().ok_or(PictureError::Unreadable)?;
    // The browser shrinks while it unpacks, so that a hundred megapixels never stand in memory at full size for long.
    let options = web_sys::ImageBitmapOptions::new();
    options.set_resize_quality(web_sys::ResizeQuality::Medium);
    options.set_resize_width(4 * side);
    let unpacked = window.create_image_bitmap_with_blob_and_image_bitmap_options(file, &options);
    let unpacked = JsFuture::from(unpacked.map_err(|_| PictureError::Unreadable)?).await;
    let bitmap: ImageBitmap = unpacked.ok().and_then(|found| found.dyn_into().ok()).ok_or(PictureError::Unreadable)?;
    let size = [bitmap.width(), bitmap.height()];
    let picture = grey(size, side, |context, width, height| {
        context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height).is_ok()
    });
    bitmap.close();
    picture.ok_or(PictureError::Unreadable)
}

/// Draws something of this size onto a canvas whose longer side is `longest`, and reads the grey levels back (luma, ITU-R
/// BT.601).
fn grey(
    [width, height]: [u32; 2],
    longest: u32,
    draw: impl FnOnce(&web_sys::CanvasRenderingContext2d, f64, f64) -> bool,
) -> Option<Matrix> {
    let longer = width.max(height).max(1);
    let side = |n: u32| (n * longest).div_ceil(longer).max(1);
    let (columns, rows) = (side(width), side(height));
    let small: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    small.set_width(columns);
    small.set_height(rows);
    let context = canvas::readable_context(&small)?;
    if width == 0 || height == 0 || !draw(&context, columns.into(), rows.into()) {
        return None;
    }
    let bytes = context.get_image_data(0.0, 0.0, columns.into(), rows.into()).ok()?.data();
    let luma = |pixel: &[u8]| {
        let [red, green, blue] = [0, 1, 2].map(|part| f32::from(pixel[part]));
        (0.299 * red + 0.587 * green + 0.114 * blue) / 255.0
    };
    Some(Matrix::new(rows as usize, columns as usize, bytes.chunks_exact(4).map(luma).collect::<Vec<_>>()))
}

/// A camera that runs until this is dropped.
pub(crate) struct Camera {
    stream: MediaStream,
}

impl Camera {
    /// Asks for the camera; nothing when it is refused or not there.
    pub(crate) async fn start() -> Option<Self> {
        let devices = web_sys::window()?.navigator().media_devices().ok()?;
        let wanted = MediaStreamConstraints::new();
        wanted.set_video(&true.into());
        let stream = JsFuture::from(devices.get_user_media_with_constraints(&wanted).ok()?).await.ok()?;
        Some(Self { stream: stream.dyn_into().ok()? })
    }

    /// Shows what it sees.
    pub(crate) fn show_in(&self, video: &HtmlVideoElement) {
        video.set_src_object(Some(&self.stream));
    }

    /// Returns what is seen just now, as a grey picture whose longer side has so many pixels.
    pub(crate) fn picture_of(video: &HtmlVideoElement, side: u32) -> Option<Matrix> {
        grey([video.video_width(), video.video_height()], side, |context, width, height| {
            context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).is_ok()
        })
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        for track in self.stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
    }
}
