//! A figure in somebody else's page: parts of this one without the page around them.

mod choices;
mod host;
mod panel;
mod take_away;

use crate::context::{AppContext, Awake, Memory, use_app, use_memory};
use crate::embed::Theme;
use crate::platform::{history, storage, theme};
use crate::state::{FigurePart, LearnerAction, to_address};
use crate::views::figure::Look;
pub(crate) use choices::{Holds, Parts};
use host::use_host;
pub(crate) use panel::SharePanel;
use receptive_lessons::say;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(crate) struct EmbeddedProps {
    /// Of the run that is open.
    pub(crate) seed: u32,
}

/// The views of a module, as figures.
pub(crate) trait FigureViews: 'static {
    /// The figure of the place that is open, with the seed of its run. It reports what the learner looks at.
    fn figure(app: &AppContext, seed: u32, on_look: Callback<Look>) -> Html;
}

#[component]
pub(crate) fn Embedded<V: FigureViews>(props: &EmbeddedProps) -> Html {
    let (app, memory) = (use_app(), use_memory());
    let told = use_host(&app);
    // What the learner does is kept as anywhere, and told to the page around.
    let memory = {
        let (keep, tell) = (memory.record.clone(), told.learnt.clone());
        let record = use_callback((keep, tell), |action: LearnerAction, (keep, tell)| {
            tell.emit(action.clone());
            keep.emit(action);
        });
        Memory { record, ..memory }
    };
    let parts = app.frame.parts.clone().unwrap_or_default();
    let view = V::figure(&app, props.seed, told.looked.clone());
    html! {
        <ContextProvider<Awake> context={Awake(told.is_awake)}>
        <ContextProvider<Memory> context={memory}>
            { view }
            { foot(&app, &parts) }
        </ContextProvider<Memory>>
        </ContextProvider<Awake>>
    }
}

/// The line under a figure: what becomes of answers where nothing is kept, and the way to the whole page.
fn foot(app: &AppContext, parts: &[FigurePart]) -> Html {
    let keeps_nothing = (!parts.is_empty() && !storage::is_there())
        .then(|| html! { <span id="keeps-nothing">{say!("ui.figure.keeps-nothing")}</span> });
    let href = history::link_with(&app.frame.page_query(), &to_address(&app.state));
    html! {
        <p class="figure-foot">
            { keeps_nothing.unwrap_or_default() }
            <a {href} target="_blank" rel="noopener">{say!("ui.figure.open")}</a>
        </p>
    }
}

/// Turns the colours of the page.
fn choose(colours: Theme) {
    theme::choose(match colours {
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
        Theme::Auto => None,
    });
}
