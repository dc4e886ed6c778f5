//! A digit on paper: a photo of it becomes the drawing on the pad.

use crate::drawing::Ink;
use crate::surroundings::DigitSource;
use crate::views::picture::PictureChoice;
use receptive_data::photo::written;
use receptive_lessons::{Matrix, say};
use std::rc::Rc;
use yew::prelude::*;

/// The longer side of a photo in which a digit is looked for, in pixels.
const SIDE: u32 = 160;

/// The choice of a photo; calls back with what is written on it.
pub(super) fn photo_choice(on_written: Callback<Ink>) -> Html {
    let on_picture = Callback::from(move |photo: Rc<Matrix>| {
        let found = written(&photo.values, photo.rows, photo.columns).ok_or_else(|| say!("ui.picture.blank"))?;
        on_written.emit(Ink { rows: found.side, columns: found.side, levels: found.ink.into() });
        Ok(())
    });
    html! {
        <div class="photo">
            <span class="hint">{say!("ui.picture.of-digit")}</span>
            <PictureChoice name="photo" side={SIDE} {on_picture} />
        </div>
    }
}

/// The choice of a photo that goes onto the pad of the digit of all chapters. `n_photos` counts those that came: with each
/// of them the pad is made anew.
pub(crate) fn digit_photo(digit: &DigitSource, n_photos: &UseStateHandle<u32>) -> Html {
    let (pad, n_photos) = (digit.pad.clone(), n_photos.clone());
    photo_choice(Callback::from(move |ink| {
        pad.0.borrow_mut().show(ink);
        n_photos.set(*n_photos + 1);
    }))
}
