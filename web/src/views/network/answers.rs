//! What is asked of the worker about the network, and the one answer that everything shown is of.

use super::image::{Image, use_image};
use super::parts::{Part, names, parts};
use super::seen::{Seen, gradient};
use super::{INPUT, Shown};
use crate::platform::lesson_host::LessonHost;
use crate::surroundings::Surroundings;
use crate::views::asking::{Same, pause, use_live_answer};
use crate::views::figure::world::refusal;
use crate::views::probabilities::top;
use receptive_lessons::network::Account;
use receptive_lessons::{say, size_text};
use receptive_nn::Head;
use receptive_train::protocol::{Backward, Query, Refusal};
use std::rc::Rc;
use yew::prelude::*;

/// While the network trains, it is looked into this often, in milliseconds.
const BETWEEN_LOOKS: i32 = 100;

/// What the worker answered last.
#[derive(Clone, PartialEq)]
pub(super) struct Answers {
    /// The layers as they stand side by side.
    pub(super) parts: Rc<Vec<Part>>,
    /// The image that is shown.
    pub(super) image: Option<Rc<Image>>,
    /// Images that were shown before it.
    pub(super) n_before: u32,
    /// Everything that is shown is of this one answer: values, gradients, and the image that they belong to.
    pub(super) seen: Option<Same<Seen>>,
    /// What gradients are of, once a class is known.
    pub(super) of: Option<Backward>,
    /// Why nothing can be shown, or not yet.
    pub(super) trouble: Option<String>,
}

/// What is wanted beside the values of all layers.
pub(super) struct Wanted<'a> {
    /// True if gradients are.
    pub(super) is_backward: bool,
    /// The class whose logit gradients are of; nothing: they are of the loss.
    pub(super) logit: Option<u8>,
    /// Rows of parameters, by name.
    pub(super) rows: &'a [String],
    /// True if beside gradients of values those of these rows are.
    pub(super) has_row_gradients: bool,
}

#[hook]
pub(super) fn use_answers(around: &Surroundings, shown: &Shown, wanted: Wanted<'_>) -> Answers {
    let spec = &shown.spec;
    let (next, refused) = use_image(around, shown);
    let fits = next.as_ref().is_none_or(|image| image.shape == spec.input);
    let next = next.filter(|_| fits);
    let parts = use_memo(spec.clone(), parts);
    let layers = use_memo(spec.clone(), |spec| names(&self::parts(spec)));
    // The class of an image of which none is known is the one that it was taken for last.
    let taken_for = use_state_eq(Option::<u8>::default);
    let class = next.as_ref().and_then(|image| image.class).or(*taken_for);
    let of = match wanted.logit {
        Some(class) => Some(Backward { head: Head::Logit, class }),
        None => class.map(|class| Backward { head: shown.loss, class }),
    };
    let (version, question) = next
        .clone()
        .zip(shown.weights)
        .map(|(image, (weights, n_steps))| {
            let names = layers.iter().cloned().chain(["probabilities".into(), "losses".into()]);
            let mut names: Vec<_> = names.chain(wanted.rows.iter().cloned()).collect();
            let pixels = image.pixels.clone();
            let Some(of) = of.filter(|_| wanted.is_backward) else {
                return (n_steps, Query::Tensors { weights, pixels, names });
            };
            if wanted.has_row_gradients {
                names.extend(wanted.rows.iter().map(|row| gradient(row)));
            }
            names.extend(layers.iter().map(String::as_str).chain([INPUT]).map(gradient));
            (n_steps, Query::Gradients { weights, pixels, of, names })
        })
        .unzip();
    let asked =
        use_live_answer(&around.client, question, version.unwrap_or_default(), pause(shown.is_training, BETWEEN_LOOKS));
    let is_diverged = asked.as_deref().is_some_and(|asked| matches!(asked.reply, Err(Refusal::Diverged)));
    let seen = use_memo(asked, |asked| asked.as_deref().and_then(Seen::new).map(Rc::new));
    let last = use_mut_ref(|| (Option::<Rc<Image>>::None, 0));
    if let (Some(image), Some(seen)) = (&next, &*seen)
        && image.pixels == seen.pixels
    {
        let (last, n_before) = &mut *last.borrow_mut();
        *n_before += u32::from(last.as_ref().is_some_and(|last| last.pixels != image.pixels));
        *last = Some(image.clone());
    }
    let probabilities = (*seen).as_ref().and_then(|seen| seen.find("probabilities"));
    {
        let (best, set) = (probabilities.map(|values| top(&values.to_vec()) as u8), taken_for.setter());
        use_effect_with(best, move |best| set.set(*best));
    }
    let trouble = match &*seen {
        _ if !fits => Some(say!("lab.view.other-shape", size = size_text(spec.input))),
        _ if refused.is_some() => refused,
        _ if is_diverged => Some(refusal(&Refusal::Diverged)),
        None => Some(say!("lab.view.waiting")),
        Some(_) => None,
    };
    let (image, n_before) = last.borrow().clone();
    Answers { parts, image, n_before, seen: (*seen).clone().map(Same), of, trouble }
}

/// The network of one answer, as the chapters' module knows it.
#[derive(Clone, PartialEq)]
pub(super) struct NetworkAtHand {
    pub(super) host: LessonHost,
    /// The answer that it is of.
    pub(super) seen: Same<Seen>,
}

impl NetworkAtHand {
    /// The name of a layer's tensor in the direction that the answer is of.
    pub(super) fn tensor(&self, layer: &str) -> String {
        if self.seen.of.is_some() { gradient(layer) } else { layer.into() }
    }

    /// The account of a cell of a layer.
    pub(super) fn account(&self, (layer, cell): &(String, usize)) -> Option<Account> {
        self.host.account(&self.tensor(layer), *cell)
    }
}

/// Hands each answer over to the chapters' module, as long as something of it is wanted.
#[hook]
pub(super) fn use_network(
    host: &Option<LessonHost>,
    seen: &Option<Same<Seen>>,
    is_wanted: bool,
) -> Option<NetworkAtHand> {
    let inputs = (host.clone(), seen.clone(), is_wanted);
    let network = use_memo(inputs, |(host, seen, is_wanted)| {
        let (host, seen) = (host.clone()?, seen.clone().filter(|_| *is_wanted)?);
        let (names, values): (Vec<_>, Vec<_>) =
            seen.tensors.iter().map(|(name, values)| (name.clone(), (*values.0).clone())).unzip();
        let Backward { head, class } = seen.of.unwrap_or(Backward { head: Head::default(), class: 0 });
        host.set_network(&seen.spec, (head, class), names, &values);
        Some(NetworkAtHand { host, seen })
    });
    (*network).clone()
}
