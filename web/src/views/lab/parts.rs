//! Parts of the Lab that stand alone in a figure, under the buttons of the run where they show something of it.

use super::{controls, curves, network, report, settings, shown};
use crate::context::AppContext;
use crate::state::FigurePart;
use crate::views::draw::DrawPad;
use crate::views::network::NetworkView;
use receptive_lessons::say;
use yew::prelude::*;

/// The parts, with the seed of the run that is open.
pub(crate) fn parts(app: &AppContext, seed: u32, parts: &[FigurePart]) -> Html {
    let part = |part: &FigurePart| match part {
        FigurePart::Settings => settings::settings(app, seed),
        FigurePart::Network => html! {
            <NetworkView shown={shown(app)} look={app.state.look.clone()} direction={app.state.direction}
                on_look={app.changing(|state, look| state.look = look)} on_direction={app.changing(|state, direction| state.direction = direction)} />
        },
        FigurePart::Curves => curves::curves(app),
        FigurePart::Account => network::network(&app.state.lab.network.spec()),
        FigurePart::Matrix => html! { <report::Report is_matrix={true} /> },
        FigurePart::Draw => html! { <DrawPad is_large={false} /> },
        // Of chapters.
        FigurePart::Stage | FigurePart::Guide | FigurePart::Exercises => html! {},
    };
    let is_of_run = parts.iter().any(|part| part.is_of_run());
    html! {
        <div class="lab-parts" key="lab">
            <h1 class="spoken">{say!("lab.title")}</h1>
            <div>{ if is_of_run { controls::controls(app) } else { html! {} } }</div>
            { for parts.iter().map(|one| html! { <section data-part={one.key()} key={one.key()}>{ part(one) }</section> }) }
        </div>
    }
}
