//! Draw a digit, see how it is prepared and what the network makes of it.

mod pad;
mod photo;
mod stages;

use crate::context::{AppContext, use_app};
use crate::platform::dom::random_seed;
use crate::platform::worker_bridge::Reply;
use crate::state::WeightsFrom;
use crate::surroundings::DigitSource;
use crate::views::asking::use_live_answer;
use crate::views::digit::Ink;
use crate::views::embedded::SharePanel;
use crate::views::locked::control;
use crate::views::probabilities::{class_name, probabilities, top};
use crate::views::weights::weights_choice;
use pad::Pad;
pub(crate) use photo::digit_photo;
use photo::photo_choice;
use receptive_data::digits;
use receptive_data::preprocess::{normalise, shrink};
use receptive_data::sheet::SIDE;
use receptive_lessons::{grouped, number, say, size_text};
use receptive_nn::Origin;
use receptive_train::protocol::{Answer, Likeness, Prediction, Query, Split};
use stages::stages;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The page to draw on.
pub(crate) fn draw_page() -> Html {
    html! {
        <div class="draw-page" key="draw">
            <h1>{say!("ui.draw-page.title")}</h1>
            <p class="lead" translate="yes">{say!("ui.draw-page.lead")}</p>
            <DrawPad is_large={true} />
            <SharePanel />
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct DrawPadProps {
    /// On a page of its own: with every stage of the preparation beside it, and a choice of the network.
    pub(crate) is_large: bool,
}

/// The pad, the preparation, and the network's answer. In the Lab it is the Lab's network that reads.
#[component]
pub(crate) fn DrawPad(props: &DrawPadProps) -> Html {
    let app = use_app();
    let ink = use_state(Option::<Rc<[f32]>>::default);
    let borrowed = use_state(Option::<Ink>::default);
    let is_raw = app.state.raw_drawing;
    let weights = if props.is_large { app.state.drawing_weights(app.run.iteration) } else { WeightsFrom::Lab };
    let prepared = use_memo(((*ink).clone(), is_raw), |(ink, is_raw)| {
        let ink = ink.as_deref()?;
        let prepared = normalise(ink, SIDE, SIDE)?;
        let pixels: Rc<[f32]> = if *is_raw { shrink(ink, SIDE, SIDE).into() } else { prepared.pixels.clone().into() };
        Some((prepared, pixels))
    });
    let pixels = prepared.as_ref().as_ref().map(|(_, pixels)| pixels.clone());
    let is_unread = weights == WeightsFrom::Lab && !app.state.lab.network.reads_drawings();
    let unread = is_unread.then(|| unread(&app));
    let asked = app.weights(weights).zip(pixels.as_ref()).filter(|_| unread.is_none());
    let (version, question) = asked.map_or((0, None), |((weights, n_steps), pixels)| {
        (n_steps, Some(Query::Predict { weights, pixels: pixels.to_vec() }))
    });
    let asked = use_live_answer(&app.client, question, version, 0);

    let on_ink = {
        let ink = ink.clone();
        Callback::from(move |drawn: Option<Rc<[f32]>>| ink.set(drawn))
    };
    let borrow = {
        let (borrowed, client, dataset) = (borrowed.setter(), app.client.clone(), app.digits());
        let is_runs = app.run.data.filter(|data| data.dataset == dataset);
        let n_test = is_runs.map_or(1, |data| data.n_test_ready.max(1));
        Callback::from(move |_: MouseEvent| {
            let index = random_seed() % n_test;
            let asked = client.ask(Query::ReadImage { dataset, split: Split::Test, index });
            let borrowed = borrowed.clone();
            // The same digit once more is put on the pad once more.
            borrowed.set(None);
            spawn_local(async move {
                if let Ok(Reply { answer: Answer::Image(found), .. }) = asked.await {
                    borrowed.set(Some(Ink::from_bytes(found.shape, &found.pixels)));
                }
            });
        })
    };
    let photo = props.is_large.then(|| {
        let borrowed = borrowed.setter();
        photo_choice(Callback::from(move |ink| borrowed.set(Some(ink))))
    });
    let picture = (*borrowed).clone();
    let answer = asked.filter(|_| pixels.is_some() && unread.is_none()).and_then(|asked| match &asked.reply {
        Ok(Reply { answer: Answer::Prediction(found), .. }) if is_by(found.origin, weights) => Some(found.clone()),
        _ => None,
    });
    let classes = match weights {
        WeightsFrom::Lab => app.schema().unwrap_or_else(digits::schema),
        WeightsFrom::Page => digits::schema(),
    }
    .classes;
    let set_raw = app.changing(|state, is_raw| state.raw_drawing = is_raw);
    let ontoggle = Callback::from(move |event: Event| {
        set_raw.emit(!event.target_unchecked_into::<web_sys::HtmlInputElement>().checked());
    });
    let values = answer.as_ref().map(|answer| &answer.probabilities[..]);
    let stages = prepared
        .as_ref()
        .as_ref()
        .map(|(prepared, pixels)| stages(prepared, pixels, ink.as_ref(), is_raw, props.is_large));
    let origin = answer.as_ref().map(|answer| answer.origin);
    let choose = app.changing(|state, weights| state.weights = Some(weights));
    let locks = &app.frame.locks;
    let network = if props.is_large {
        control(locks, "netfrom", weights_choice(&choose, false, weights, origin, false))
    } else {
        lab_network(&app)
    };
    let prepare = html! { <label class="switch"><input type="checkbox" id="prepare" checked={!is_raw} onchange={ontoggle} />{say!("ui.draw-page.prepare")}</label> };
    html! {
        <div class={classes!("draw", props.is_large.then_some("large"))}>
            <Pad drawing={app.pad.clone()} {on_ink} {picture} />
            <div class="answer">
                <div class="verdict">{ answer.as_ref().map(|answer| verdict(answer, &classes)).or(unread).unwrap_or_default() }</div>
                { probabilities(values, &classes) }
                { network }
            </div>
            <div class="preparation">{ stages.unwrap_or_default() }</div>
            <div class="draw-tools">
                <button type="button" id="borrow" onclick={borrow}>{say!("ui.draw-page.borrow")}</button>
                { photo.unwrap_or_default() }
                { control(locks, "raw", prepare) }
            </div>
        </div>
    }
}

/// The reason that the Lab's network does not read what is drawn.
fn unread(app: &AppContext) -> Html {
    let size = size_text(app.state.lab.network.spec().input);
    html! { <p class="hint" id="unread" role="status">{say!("ui.draw-page.unread", size = size)}</p> }
}

/// True if an answer comes from the network that is asked.
fn is_by(origin: Origin, weights: WeightsFrom) -> bool {
    matches!((origin, weights), (Origin::Shipped(_), WeightsFrom::Page) | (Origin::Run { .. }, WeightsFrom::Lab))
}

/// The network's answer, or a remark that this looks like no digit.
pub(crate) fn verdict(answer: &Prediction, classes: &[String]) -> Html {
    let class = top(&answer.probabilities);
    let percent = format!("{:.0}", 100.0 * answer.probabilities[class]);
    let reading = class_name(classes, class);
    match &answer.likeness {
        Some(likeness) if !likeness.is_digit() => html! {
            <>
                <p class="reads" id="no-digit"><b>{say!("ui.draw-page.no-digit")}</b></p>
                <p class="hint" id="reads">{say!("ui.draw-page.still-reads", digit = reading, percent = percent)}</p>
                <p class="hint" id="likeness">{ measure(likeness) }</p>
            </>
        },
        _ => {
            html! { <p class="reads" id="reads">{say!("ui.draw-page.reads")}{" "}<b>{reading}</b>{say!("ui.draw-page.sure", percent = percent)}</p> }
        }
    }
}

/// Explains the measure by which something is no digit.
fn measure(likeness: &Likeness) -> String {
    let percent = |share: f32| number((1e4 * share).round() / 100.0);
    say!(
        "ui.draw-page.likeness",
        percent = percent(likeness.probability),
        least = percent(likeness.record.least_probability()),
        n = grouped(likeness.record.n_correct.into()),
        of = grouped(likeness.record.n_test.into())
    )
}

/// The state of the Lab's network.
fn lab_network(app: &AppContext) -> Html {
    let text = match app.run.iteration {
        0 => say!("ui.draw-page.untrained"),
        n => say!("ui.draw-page.trained", n = grouped(n.into()), steps = n),
    };
    html! { <p class="hint">{text}</p> }
}

/// A pad whose drawing, prepared as MNIST was, becomes the digit of all chapters. It is made anew with another `key`;
/// `is_named` if it is the only pad of its page.
pub(crate) fn digit_pad(digit: &DigitSource, key: u32, is_named: bool) -> Html {
    let on_ink = {
        let drawn = digit.drawn.clone();
        Callback::from(move |ink: Option<Rc<[f32]>>| {
            let prepared = ink.and_then(|ink| normalise(&ink, SIDE, SIDE));
            drawn.set(prepared.map(|prepared| Rc::from(prepared.pixels)));
        })
    };
    html! { <Pad {key} {is_named} drawing={digit.pad.clone()} {on_ink} picture={None::<Ink>} /> }
}
