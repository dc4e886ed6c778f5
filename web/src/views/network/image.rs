//! The image that runs through the network.

use super::Shown;
use crate::platform::worker_bridge::Reply;
use crate::surroundings::Surroundings;
use crate::views::asking::{Asked, use_answer};
use crate::views::figure::world::{refusal, use_digit};
use crate::views::probabilities::class_name;
use receptive_lessons::say;
use receptive_train::protocol::{Answer, DatasetKind, Query, Split};
use std::rc::Rc;
use yew::prelude::*;

/// The image that runs through the network.
#[derive(PartialEq)]
pub(super) struct Image {
    /// Channels, rows, columns.
    pub(super) shape: [usize; 3],
    /// 0 (background) to 1 (ink).
    pub(super) pixels: Vec<f32>,
    pub(super) name: String,
    /// Its true class, if that is known.
    pub(super) class: Option<u8>,
}

/// The digit of all chapters; where the network learns from something else, a test image of that. Or why there is none.
#[hook]
pub(super) fn use_image(around: &Surroundings, shown: &Shown) -> (Option<Rc<Image>>, Option<String>) {
    let (digit, refused_digit) = use_digit(around, !shown.is_own);
    let index = around.digit.index;
    let own = shown.is_own.then_some(Query::ReadImage { dataset: DatasetKind::Own, split: Split::Test, index });
    let found = use_answer(&around.client, own, 0);
    let refused = match found.as_deref() {
        Some(Asked { reply: Err(why), .. }) => Some(why.clone()),
        _ => refused_digit.filter(|_| !shown.is_own),
    };
    let image = use_memo((digit, found.filter(|_| shown.is_own), shown.classes.clone()), |(digit, found, classes)| {
        if let Some(Asked { reply: Ok(Reply { answer: Answer::Image(found), .. }), .. }) = found.as_deref() {
            let class = class_name(classes, found.label.into());
            return Some(Rc::new(Image {
                shape: found.shape.chw(),
                pixels: found.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect(),
                name: say!("ui.digit-own", n = index, digit = class),
                class: Some(found.label),
            }));
        }
        let digit = digit.as_ref()?;
        Some(Rc::new(Image {
            shape: [1, digit.image.rows, digit.image.columns],
            pixels: digit.image.values.to_vec(),
            name: digit.name.clone(),
            class: digit.class,
        }))
    });
    ((*image).clone(), refused.map(|why| refusal(&why)))
}
