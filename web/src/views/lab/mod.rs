//! The Lab: choose, train, look.

mod controls;
mod curves;
mod data;
mod gallery;
mod help;
mod network;
mod report;
mod settings;

use crate::context::use_app;
use crate::views::draw::DrawPad;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct LabProps {
    /// Seed of the run that is open.
    pub(crate) seed: u32,
}

#[component]
pub(crate) fn Lab(props: &LabProps) -> Html {
    let app = use_app();
    html! {
        <div class="lab">
            <h1 class="spoken">{"Lab"}</h1>
            <section class="left" aria-label="Network and settings">
                <settings::Settings seed={props.seed} />
                <network::Network spec={app.state.lab.network.spec()} />
            </section>
            <section class="mid" aria-label="Training">
                <controls::Controls />
                <curves::Curves />
                <report::Report />
            </section>
            <section class="right" aria-label="Draw a digit">
                <h2>{"Draw a digit"}</h2>
                <DrawPad is_large={false} />
            </section>
        </div>
    }
}
