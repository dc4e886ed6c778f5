//! The loss around the network in the Lab, seen from above, drawn as it is computed.

use crate::context::use_app;
use crate::loss_surface::Sampling;
use crate::surroundings::{Part, use_surroundings};
use crate::views::figure::SurfaceFigure;
use crate::views::figure::world::refusal;
use receptive_lessons::scene::{Path, Spot, Surface};
use receptive_lessons::{decimals, grouped, say};
use receptive_train::protocol::{Answer, Losses, MOST_PLACES, Query, Refusal};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The seed of the two directions.
const SEED: u32 = 1;

/// The state of a drawing.
#[derive(Clone, PartialEq)]
struct Drawing {
    sampling: Sampling,
    /// The answer to the last question.
    last: Losses,
    is_going: bool,
}

/// A part of the Lab that is folded away, and costs nothing until it is asked for.
#[component]
pub(super) fn LossSurface() -> Html {
    let app = use_app();
    let around = use_surroundings();
    let drawing = use_state(Option::<Rc<Drawing>>::default);
    let problem = use_state_eq(Option::<Refusal>::default);
    let pointed = use_state_eq(Option::<Spot>::default);
    // Counts what was begun: what belongs to an earlier drawing is dropped.
    let number = use_mut_ref(u32::default);
    let run = app.run.id;
    let start = {
        let (drawing, problem, number, client) =
            (drawing.setter(), problem.setter(), number.clone(), around.client.clone());
        let start = around.actions.start.clone();
        Callback::from(move |_: MouseEvent| {
            // With the chapters come the styles and the words of a surface.
            start.emit(Part::Chapters);
            *number.borrow_mut() += 1;
            problem.set(None);
            let mine = *number.borrow();
            let (drawing, problem, number, client) = (drawing.clone(), problem.clone(), number.clone(), client.clone());
            spawn_local(async move {
                let (mut sampling, mut since) = (Sampling::default(), None);
                loop {
                    let (places, images) = (sampling.next(MOST_PLACES), sampling.images());
                    if places.is_empty() {
                        return;
                    }
                    let reply = client.ask(Query::Losses { run, seed: SEED, since, places, images }).await;
                    if *number.borrow() != mine {
                        return;
                    }
                    match reply.map(|reply| reply.answer) {
                        Ok(Answer::Losses(last)) => {
                            since = Some(last.iteration);
                            sampling.take(&last.values, last.n_images, last.n_all);
                            let is_going = sampling.progress().is_some();
                            drawing.set(Some(Rc::new(Drawing { sampling: sampling.clone(), last, is_going })));
                        }
                        Ok(_) => return,
                        Err(why) => {
                            drawing.set(None);
                            return problem.set(Some(why));
                        }
                    }
                }
            });
        })
    };
    let stop = {
        let (drawing, number) = (drawing.clone(), number.clone());
        Callback::from(move |_: MouseEvent| {
            *number.borrow_mut() += 1;
            drawing.set((*drawing).as_deref().map(|found| Rc::new(Drawing { is_going: false, ..found.clone() })));
        })
    };
    {
        // Another run has another surface.
        let (drawing, problem, number) = (drawing.setter(), problem.setter(), number);
        use_effect_with(run, move |_| {
            move || {
                *number.borrow_mut() += 1;
                drawing.set(None);
                problem.set(None);
            }
        });
    }
    let is_going = drawing.as_ref().is_some_and(|drawing| drawing.is_going);
    let data = drawing.as_ref().and_then(|drawing| named(drawing));
    let on_point = {
        let pointed = pointed.clone();
        Callback::from(move |spot| pointed.set(spot))
    };
    let told = pointed.zip(data.as_ref()).map(|(spot, data)| data.describe(spot));
    let figure = data.map(|data| {
        let describe = {
            let data = data.clone();
            Callback::from(move |spot| data.describe(spot))
        };
        let lit: Vec<_> = pointed.iter().copied().collect();
        html! { <SurfaceFigure {data} {lit} {describe} {on_point} on_pick={Callback::noop()} /> }
    });
    let progress = drawing.as_ref().map(|drawing| {
        html! { <p class="hint" id="surface-progress">{progress(drawing)}</p> }
    });
    let problem = problem.as_ref().map(|why| html! { <p class="error" role="alert">{refusal(why)}</p> });
    html! {
        <details class="own" id="loss-surface">
            <summary>{say!("lab.surface.title")}</summary>
            <p class="hint">{say!("lab.surface.about")}</p>
            <p>
                <button type="button" id="surface-draw" disabled={!app.run.is_open} onclick={start}>{say!("lab.surface.draw")}</button>{" "}
                <button type="button" id="surface-stop" disabled={!is_going} onclick={stop}>{say!("lab.surface.stop")}</button>
            </p>
            { progress.unwrap_or_default() }
            { problem.unwrap_or_default() }
            { figure.unwrap_or_default() }
            <p class="hint" role="status">{ told.unwrap_or_default() }</p>
        </details>
    }
}

/// How far it has come, in words.
fn progress(Drawing { sampling, last, .. }: &Drawing) -> String {
    let step = grouped(last.iteration.into());
    let known = grouped(sampling.n_images().into());
    match sampling.progress() {
        None => say!("lab.surface.whole", step = step, n = known),
        Some([done, all]) if sampling.n_images() == 0 => {
            say!("lab.surface.first-pass", done = done, all = all, step = step, n = grouped(last.n_images.into()))
        }
        Some([done, all]) => {
            let n_all = grouped(last.n_all.into());
            say!("lab.surface.next-pass", done = done, all = all, step = step, n = known, n_all = n_all)
        }
    }
}

/// The surface as far as it is known, with its names, and the network in its middle.
fn named(drawing: &Drawing) -> Option<Surface> {
    let surface = drawing.sampling.surface()?;
    let middle = surface.values[surface.values.len() / 2];
    let here = Path {
        name: "weights",
        title: say!("lab.surface.here", loss = decimals(middle.into(), 3)),
        points: Rc::new(vec![[0.0, 0.0, middle]]),
        n_known: None,
    };
    Some(Surface {
        name: "losses",
        title: say!("lab.surface.title"),
        axes: [say!("lab.surface.first"), say!("lab.surface.second")],
        measure: say!("lab.curve.loss"),
        paths: vec![here],
        ..surface
    })
}
