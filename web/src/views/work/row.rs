//! A kept run: its name, what is known of it, and what can be done with it.

use super::network_name;
use super::when;
use crate::context::use_app;
use crate::platform::exchange;
use crate::platform::locks;
use crate::platform::store::{self, StoredRun, Write};
use crate::state::{LabState, Net, Route};
use crate::views::lab::offer::{go_on, has_images, percent, standing};
use crate::weights_file::safetensors_of;
use js_sys::{Array, Uint8Array};
use receptive_lessons::{decimals, say};
use receptive_train::protocol::{DatasetKind, RunConfig, StorageFault};
use receptive_train::{KeptFacts, KeptRun};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Letters of the longest name.
const MOST_LETTERS: usize = 60;

#[derive(PartialEq, Properties)]
pub(super) struct RowProps {
    pub(super) run: StoredRun,
    /// Calls back when the storage has changed.
    pub(super) on_change: Callback<()>,
    /// Calls back with the reason that something could not be done.
    pub(super) on_trouble: Callback<String>,
}

#[component]
pub(super) fn Row(props: &RowProps) -> Html {
    let is_asked = use_state_eq(bool::default);
    let is_elsewhere = use_state_eq(bool::default);
    let run = &props.run;
    {
        let elsewhere = is_elsewhere.setter();
        use_effect_with(run.clone(), move |run| {
            let key = run.key.clone();
            spawn_local(async move { elsewhere.set(locks::is_open_elsewhere(&key).await) });
        });
    }
    let network = run.facts.as_ref().map(|facts| network_name(&Net::of(facts.config.spec.clone()))).unwrap_or_default();
    let called = run.name.clone().unwrap_or_else(|| network.clone());
    let rename = {
        let (key, changing) = (run.key.clone(), changing(props));
        Callback::from(move |event: Event| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            let name: String = typed.chars().filter(|c| !c.is_control()).take(MOST_LETTERS).collect();
            let (name, key) = (name.trim().to_string(), key.clone());
            changing(Box::new(move |store| store.rename(&key, Some(name.as_str()).filter(|name| !name.is_empty()))));
        })
    };
    let ask = |is_on: bool| {
        let is_asked = is_asked.clone();
        Callback::from(move |_: MouseEvent| is_asked.set(is_on))
    };
    let delete = {
        let (key, changing) = (run.key.clone(), changing(props));
        Callback::from(move |_: MouseEvent| {
            let key = key.clone();
            changing(Box::new(move |store| store.delete(&key)));
        })
    };
    let deletion = if *is_asked {
        html! {
            <>
                <span role="status">{say!("work.delete-sure")}</span>
                <button type="button" class="delete-yes" onclick={delete}>{say!("work.delete-yes")}</button>
                <button type="button" class="delete-no" onclick={ask(false)}>{say!("work.delete-no")}</button>
            </>
        }
    } else {
        let label = say!("work.delete-one", name = called);
        html! { <button type="button" class="quiet delete" aria-label={label} onclick={ask(true)}>{say!("work.delete")}</button> }
    };
    let known = match &run.facts {
        None => html! { <p class="error">{say!("work.unreadable")}</p> },
        Some(facts) => {
            let elsewhere = is_elsewhere.then(|| html! { <b>{" · "}{say!("work.elsewhere")}</b> });
            html! { <p class="facts">{facts_text(run, facts, &network)}{ elsewhere.unwrap_or_default() }</p> }
        }
    };
    html! {
        <li data-key={run.key.clone()}>
            <input type="text" class="run-name" aria-label={say!("work.name")} value={run.name.clone().unwrap_or_default()}
                placeholder={network.clone()} maxlength={MOST_LETTERS.to_string()} autocomplete="off" onchange={rename} />
            { known }
            <p class="tools">
                if let Some(facts) = &run.facts {
                    <Doing run_key={run.key.clone()} {called} config={Rc::new(facts.config.clone())} on_trouble={props.on_trouble.clone()} />
                }
                { deletion }
            </p>
        </li>
    }
}

type Change = Box<dyn FnOnce(&store::Store) -> Result<Write, StorageFault>>;

/// Returns a function that changes the storage and has the list read anew.
fn changing(props: &RowProps) -> impl Fn(Change) + 'static {
    let (on_change, on_trouble) = (props.on_change.clone(), props.on_trouble.clone());
    move |change| {
        let (on_change, on_trouble) = (on_change.clone(), on_trouble.clone());
        spawn_local(async move {
            let outcome = match store::open().await.and_then(|store| change(&store)) {
                Ok(write) => write.done().await,
                Err(fault) => Err(fault),
            };
            if outcome.is_err() {
                on_trouble.emit(say!("work.failed"));
            }
            on_change.emit(());
        });
    }
}

#[derive(PartialEq, Properties)]
struct DoingProps {
    run_key: String,
    /// What the run is called here.
    called: String,
    config: Rc<RunConfig>,
    on_trouble: Callback<String>,
}

/// The buttons that use a run.
#[component]
fn Doing(props: &DoingProps) -> Html {
    let app = use_app();
    let DoingProps { run_key, called, config, on_trouble } = props;
    let can_open = has_images(&app, config);
    let open = {
        let (app, key, config) = (app.clone(), run_key.clone(), config.clone());
        Callback::from(move |_: MouseEvent| {
            go_on(&app, &key, &config);
            app.change.emit(Box::new(|state| state.go(Route::Lab)));
        })
    };
    let weights = {
        let (key, called, on_trouble) = (run_key.clone(), called.clone(), on_trouble.clone());
        Callback::from(move |_: MouseEvent| {
            let (key, called, on_trouble) = (key.clone(), called.clone(), on_trouble.clone());
            spawn_local(async move {
                let bytes = weights_of(&key).await;
                let is_saved = bytes.is_some_and(|bytes| {
                    exchange::save(&file_name(&called), &Array::of1(&Uint8Array::from(&bytes[..])))
                });
                if !is_saved {
                    on_trouble.emit(say!("work.gone"));
                }
            });
        })
    };
    let (open_label, weights_label) = (say!("work.open-one", name = called), say!("work.weights-one", name = called));
    html! {
        <>
            <button type="button" class="open-run" aria-label={open_label} onclick={open} disabled={!can_open}>{say!("work.open")}</button>
            <button type="button" class="quiet take-weights" aria-label={weights_label} onclick={weights}>{say!("work.weights")}</button>
            if !can_open { <small>{say!("work.own")}</small> }
        </>
    }
}

async fn weights_of(key: &str) -> Option<Vec<u8>> {
    let state = store::open().await.ok()?.state(key).await.ok()??;
    safetensors_of(KeptRun::read(&state.to_vec()).ok()?.checkpoint())
}

/// A file's name from that of a run.
fn file_name(called: &str) -> String {
    let plain: String = called.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("{}.safetensors", plain.trim_matches('-').to_lowercase())
}

/// What is known of a run, in a line.
fn facts_text(run: &StoredRun, facts: &KeptFacts, network: &str) -> String {
    let lab = LabState::of(&facts.config);
    let data = match facts.config.dataset {
        DatasetKind::Mnist => say!("lab.option.data.mnist"),
        DatasetKind::BuiltIn => say!("lab.option.data.digits"),
        DatasetKind::Own => say!("lab.option.data.own"),
    };
    let optimiser = say!(format!("lab.option.opt.{}", facts.config.optimiser.key()));
    let settings = say!("work.data", data = data, optimiser = optimiser, rate = lab.learning_rate);
    let validation = facts.validation.map(|share| say!("work.validation", percent = percent(share)));
    let trained = say!("work.trained", time = duration(facts.seconds));
    let size = say!("work.size", size = decimals(run.n_bytes as f64 / 1e6, 1));
    let saved = say!("work.saved", when = when(run.saved_millis));
    let named = run.name.is_some().then(|| network.to_string());
    let parts = [named, Some(standing(facts)), validation, Some(settings), Some(trained), Some(saved), Some(size)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Seconds as a person says them.
fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => say!("work.seconds", s = seconds),
        (minutes, seconds) if minutes < 60 => say!("work.minutes", min = minutes, s = seconds),
        (minutes, _) => say!("work.hours", h = minutes / 60, min = minutes % 60),
    }
}
