//! The offer to go on with the run that was kept last, and what is said where none is kept.

use crate::context::{AppContext, use_app};
use crate::platform::store::{self, StoredRun};
use crate::platform::{dom, kept, locks};
use crate::state::{LabState, Look, Net};
use crate::views::work::{network_name, when};
use receptive_lessons::{decimals, grouped, say};
use receptive_train::KeptFacts;
use receptive_train::protocol::{DatasetKind, RunConfig, RunState, StorageFault};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Goes on with a kept run: it and its settings come to the Lab.
pub(crate) fn go_on(app: &AppContext, key: &str, config: &RunConfig) {
    app.go_on.emit((key.to_string(), config.clone()));
    let lab = LabState::of(config);
    app.change.emit(Box::new(move |state| {
        if state.lab.network != lab.network {
            state.look = Look::default();
        }
        state.lab = lab;
    }));
}

/// True if the images that a run learned from can be had.
pub(crate) fn has_images(app: &AppContext, config: &RunConfig) -> bool {
    config.dataset != DatasetKind::Own || app.run.files.open.is_some()
}

/// A share in percent, with one decimal.
pub(crate) fn percent(share: f32) -> String {
    decimals(100.0 * f64::from(share), 1)
}

/// How far a run has come, in words.
pub(crate) fn standing(facts: &KeptFacts) -> String {
    let (step, of) = (grouped(facts.iteration.into()), grouped(facts.n_steps.into()));
    match facts.test {
        Some(test) => say!("lab.kept.tested", step = step, percent = percent(test)),
        None => say!("lab.kept.step", step = step, of = of),
    }
}

/// A line by the run's buttons.
#[component]
pub(super) fn Offer() -> Html {
    let app = use_app();
    let found = use_state(Option::<StoredRun>::default);
    let is_declined = use_state_eq(bool::default);
    let is_elsewhere = use_state_eq(bool::default);
    let is_fresh = app.run.state == RunState::Idle && app.run.iteration == 0 && !app.run.is_racing();
    {
        let (found, elsewhere, own) = (found.setter(), is_elsewhere.setter(), kept::key_of(app.run.id));
        use_effect_with((is_fresh, app.run.id), move |(is_fresh, _)| {
            if *is_fresh {
                spawn_local(async move {
                    // Where the storage cannot be read, the worker says so.
                    let runs = match store::open().await {
                        Ok(store) => store.list().await.unwrap_or_default(),
                        Err(_) => vec![],
                    };
                    let last = runs.into_iter().find(|run| run.key != own && run.facts.is_some());
                    if let Some(last) = &last {
                        elsewhere.set(locks::is_open_elsewhere(&last.key).await);
                    }
                    found.set(last);
                });
            }
        });
    }
    if let Some(fault) = app.run.storage {
        let text = match fault {
            StorageFault::Refused => say!("lab.kept.refused"),
            StorageFault::Full => say!("lab.kept.full"),
            StorageFault::Failed => say!("lab.kept.failed"),
        };
        return html! { <p class="hint offer" id="not-kept" role="status">{text}</p> };
    }
    let offered = (*found).clone().filter(|_| is_fresh && !*is_declined);
    let Some((run, facts)) = offered.and_then(|run| run.facts.clone().map(|facts| (run, facts))) else {
        return html! {};
    };
    let network = run.name.clone().unwrap_or_else(|| network_name(&Net::of(facts.config.spec.clone())));
    let can_go_on = has_images(&app, &facts.config);
    let accept = {
        let (app, key, config) = (app.clone(), run.key.clone(), facts.config.clone());
        Callback::from(move |_: MouseEvent| {
            go_on(&app, &key, &config);
            dom::focus("#train");
        })
    };
    let decline = {
        let is_declined = is_declined.clone();
        Callback::from(move |_: MouseEvent| {
            is_declined.set(true);
            dom::focus("#train");
        })
    };
    let text = say!("lab.kept.last", network = network, standing = standing(&facts), when = when(run.saved_millis));
    html! {
        <p class="hint offer" id="offer" role="status">
            <span>{text}{" "}if !can_go_on { {say!("lab.kept.own")} } else if *is_elsewhere { {say!("lab.kept.elsewhere")} }</span>
            <span class="tools">
                <button type="button" id="offer-go-on" onclick={accept} disabled={!can_go_on || app.run.failure.is_some()}>{say!(if *is_elsewhere { "lab.kept.take-over" } else { "lab.kept.go-on" })}</button>
                <button type="button" class="quiet" id="offer-new" onclick={decline}>{say!("lab.kept.start-new")}</button>
            </span>
        </p>
    }
}
