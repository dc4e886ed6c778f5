//! Draw a digit, see how it is prepared and what the network makes of it.

mod pad;
mod stages;

use crate::context::{AppContext, use_app};
use crate::platform::dom::random_seed;
use crate::state::Route;
use crate::views::digit::Ink;
use crate::views::probabilities::{Probabilities, top};
use pad::{Pad, SIDE};
use receptive_data::preprocess::{normalise, shrink};
use receptive_nn::grouped;
use receptive_train::protocol::{Command, Split};
use stages::Stages;
use std::rc::Rc;
use yew::prelude::*;

/// Requests for a test digit are numbered from here, those for predictions from 0.
const BORROW: u32 = 1 << 30;

#[component]
pub(crate) fn DrawPage() -> Html {
    html! {
        <div class="draw-page">
            <h1>{"Draw a digit"}</h1>
            <p class="lead" translate="yes">{"Write one digit, large or small, anywhere on the pad. The network of the Lab reads it with every stroke."}</p>
            <DrawPad is_large={true} />
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct DrawPadProps {
    /// With every stage of the preparation beside it.
    pub(crate) is_large: bool,
}

/// The pad, the preparation, and the network's answer.
#[component]
pub(crate) fn DrawPad(props: &DrawPadProps) -> Html {
    let app = use_app();
    let ink = use_state(|| None::<Rc<[f32]>>);
    let borrowed = use_state(|| BORROW);
    let is_raw = app.state.raw_drawing;
    let prepared = use_memo(((*ink).clone(), is_raw), |(ink, is_raw)| {
        let ink = ink.as_deref()?;
        let prepared = normalise(ink, SIDE, SIDE)?;
        let pixels: Rc<[f32]> = if *is_raw { shrink(ink, SIDE, SIDE).into() } else { prepared.pixels.clone().into() };
        Some((prepared, pixels))
    });
    let pixels = prepared.as_ref().as_ref().map(|(_, pixels)| pixels.clone());
    use_prediction(&app, pixels.clone());

    let on_ink = {
        let ink = ink.clone();
        Callback::from(move |drawn: Option<Vec<f32>>| ink.set(drawn.map(Rc::from)))
    };
    let borrow = {
        let (borrowed, send, dataset) = (borrowed.clone(), app.send.clone(), app.state.lab.dataset);
        let n_test = app.run.data.map_or(1, |data| data.n_test_ready.max(1));
        Callback::from(move |_: MouseEvent| {
            let request = *borrowed + 1;
            borrowed.set(request);
            send.emit(Command::ReadImage { request, dataset, split: Split::Test, index: random_seed() % n_test });
        })
    };
    let picture =
        app.run.image.as_ref().filter(|image| image.request == *borrowed).map(|image| Ink::from_bytes(&image.pixels));
    let answer = app.run.prediction.clone().filter(|_| pixels.is_some());
    let set_raw = app.changing(|state, is_raw| state.raw_drawing = is_raw);
    let ontoggle = Callback::from(move |event: Event| {
        set_raw.emit(!event.target_unchecked_into::<web_sys::HtmlInputElement>().checked());
    });
    let values = answer.as_ref().map(|answer| answer.probabilities.clone());
    let stages = prepared.as_ref().as_ref().map(|(prepared, pixels)| {
        html! { <Stages prepared={Rc::new(prepared.clone())} pixels={pixels.clone()} ink={(*ink).clone()} {is_raw} is_large={props.is_large} /> }
    });
    html! {
        <div class={classes!("draw", props.is_large.then_some("large"))}>
            <Pad {on_ink} {picture} />
            <div class="answer">
                { verdict(&app, values.as_deref()) }
                <Probabilities {values} id="probabilities" />
            </div>
            <div class="draw-tools">
                <button type="button" id="borrow" onclick={borrow}>{"Borrow a test digit"}</button>
                <label class="switch"><input type="checkbox" id="prepare" checked={!is_raw} onchange={ontoggle} />{"Prepare as MNIST was"}</label>
            </div>
            { stages.unwrap_or_default() }
        </div>
    }
}

/// Asks for the prediction of what is on the pad: one request at a time, again when the drawing or the weights changed.
#[hook]
fn use_prediction(app: &AppContext, pixels: Option<Rc<[f32]>>) {
    struct Asking {
        last: u32,
        is_waiting: bool,
        asked: Option<(Rc<[f32]>, u32)>,
    }
    let asking = use_mut_ref(|| Asking { last: 0, is_waiting: false, asked: None });
    let send = app.send.clone();
    let run = &app.run;
    let answered = run.prediction.as_ref().map(|prediction| prediction.request);
    let refused = run.refused.as_ref().map(|refused| refused.0);
    use_effect_with(
        (pixels, answered, refused, run.iteration, run.is_open),
        move |(pixels, _, _, iteration, is_open)| {
            let mut asking = asking.borrow_mut();
            if [answered, refused].contains(&Some(asking.last)) {
                asking.is_waiting = false;
            }
            let Some(pixels) = pixels.as_ref().filter(|_| *is_open && !asking.is_waiting) else { return };
            let is_asked =
                asking.asked.as_ref().is_some_and(|(asked, at)| Rc::ptr_eq(asked, pixels) && at == iteration);
            if !is_asked {
                asking.last = asking.last.wrapping_add(1) % BORROW;
                asking.is_waiting = true;
                asking.asked = Some((pixels.clone(), *iteration));
                send.emit(Command::Predict { request: asking.last, pixels: pixels.to_vec() });
            }
        },
    );
}

/// What the network says, and how far it was trained to say so.
fn verdict(app: &AppContext, values: Option<&[f32]>) -> Html {
    let reading = values.map(|values| {
        let class = top(values);
        html! { <p class="reads" id="reads">{"reads a "}<b>{class}</b>{format!(", {:.0} % sure", 100.0 * values[class])}</p> }
    });
    let onclick = app.going(|state| state.go(Route::Lab));
    let steps = match app.run.iteration {
        0 if app.state.route == Route::Lab => {
            html! { <p class="hint">{"The network is untrained: it guesses. Press Train."}</p> }
        }
        0 => {
            html! { <p class="hint">{"The network is untrained: it guesses. "}<a href="#/lab" {onclick}>{"Train it in the Lab."}</a></p> }
        }
        n => html! { <p class="hint">{format!("after {} steps of training", grouped(n.into()))}</p> },
    };
    html! { <div class="verdict">{ reading.unwrap_or_default() }{ steps }</div> }
}

/// A pad whose drawing, prepared as MNIST was, becomes the digit of all chapters.
#[component]
pub(crate) fn DigitPad() -> Html {
    let app = use_app();
    let on_ink = {
        let drawn = app.drawn.clone();
        Callback::from(move |ink: Option<Vec<f32>>| {
            let prepared = ink.and_then(|ink| normalise(&ink, SIDE, SIDE));
            drawn.set(prepared.map(|prepared| Rc::from(prepared.pixels)));
        })
    };
    html! { <div class="digit-pad"><Pad {on_ink} picture={None::<Ink>} /></div> }
}
