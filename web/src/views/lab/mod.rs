//! The Lab: choose, train, look.

mod compared;
mod controls;
mod curves;
mod data;
mod gallery;
mod help;
pub(crate) mod network;
pub(crate) mod offer;
mod overlay;
mod parts;
mod race;
mod range_test;
mod report;
mod schedule;
mod settings;
mod surface;

use crate::context::AppContext;
use crate::state::WeightsFrom;
use crate::views::draw::DrawPad;
use crate::views::embedded::SharePanel;
use crate::views::network::{NetworkView, Shown};
pub(crate) use parts::parts;
use receptive_data::digits;
use receptive_lessons::say;
use receptive_train::protocol::RunState;
use yew::prelude::*;

/// The page, with the seed of the run that is open.
pub(crate) fn lab(app: &AppContext, seed: u32) -> Html {
    let shown = shown(app);
    let ledger = network::network(&shown.spec);
    html! {
        <div class="lab" key="lab">
            <h1 class="spoken">{say!("lab.title")}</h1>
            <section class="left" aria-label={say!("lab.left")}>
                { settings::settings(app, seed) }
                { ledger }
                <SharePanel />
            </section>
            <section class="above" aria-label={say!("lab.training")}>
                { controls::controls(app) }
                <NetworkView {shown} look={app.state.look.clone()} direction={app.state.direction}
                    on_look={app.changing(|state, look| state.look = look)} on_direction={app.changing(|state, direction| state.direction = direction)} />
            </section>
            <section class="mid" aria-label={say!("lab.curves")}>
                { curves::curves(app) }
                { compared::compared(app) }
                <range_test::RateFinder />
                <surface::LossSurface />
                <report::Report />
                { race::race(app, seed) }
            </section>
            <section class="right" aria-label={say!("lab.draw")}>
                <h2>{say!("lab.draw")}</h2>
                <DrawPad is_large={false} />
            </section>
        </div>
    }
}

/// The Lab's network as it is shown at work.
fn shown(app: &AppContext) -> Shown {
    let schema = app.schema();
    let is_own = schema.as_ref().is_some_and(|schema| *schema != digits::schema());
    Shown {
        spec: app.state.lab.network.spec(),
        loss: app.state.lab.loss,
        weights: app.weights(WeightsFrom::Lab),
        classes: schema.map(|schema| schema.classes).unwrap_or_default(),
        is_own,
        is_on_gpu: app.run.engine.is_gpu,
        is_training: app.run.state == RunState::Training,
    }
}
