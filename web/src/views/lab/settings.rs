//! The settings of a run. Every field reads and prints through the table that links use.

use super::data::data;
use super::help::Setting;
use super::schedule;
use crate::context::{AppContext, use_app};
use crate::platform::dom;
use crate::state::{AppState, Net, ROWS, usual_text, warning};
use crate::views::sentence;
use receptive_lessons::{grouped, say};
use receptive_nn::{Course, Head, Optimiser, Preset};
use receptive_train::protocol::{EngineChoice, MOST_WORKERS, RunState};
use receptive_train::{Recipe, fitted};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The form, with the seed of the run that is open.
pub(super) fn settings(app: &AppContext, seed: u32) -> Html {
    let is_begun = app.run.state != RunState::Idle;
    let begun = is_begun.then(|| html! { <p class="hint">{say!("lab.settings.begun")}</p> });
    let problem = app
        .run
        .config_problem
        .as_ref()
        .map(|text| html! { <p class="error" role="alert">{sentence(text)}{ fit(app) }</p> });
    html! {
        <form class="settings" onsubmit={Callback::from(|event: SubmitEvent| event.prevent_default())}>
            <h2>{say!("lab.settings.title")}</h2>
            { begun.unwrap_or_default() }
            { problem.unwrap_or_default() }
            { data(app, is_begun) }
            { choice(app, "net", is_begun, &Preset::ALL.map(Preset::key)) }
            <Field key="lr" name="lr" disabled={false} />
            <More {seed} />
            // They set everything at once.
            if !app.frame.locks.hold_any() { { recipes(app, is_begun) } }
        </form>
    }
}

/// Buttons that take the settings of a recipe.
fn recipes(app: &AppContext, is_begun: bool) -> Html {
    let button = |recipe: Recipe| {
        let onclick = app.changing(move |state, _: MouseEvent| state.lab.take(recipe));
        let (percent, id) = (recipe.percent(), format!("recipe-{}", recipe.percent()));
        html! { <button type="button" class="quiet" {id} {onclick} disabled={is_begun}>{say!("lab.settings.recipe", percent = percent)}</button> }
    };
    html! {
        <div class="recipes" role="group" aria-label={say!("lab.settings.recipes")}>
            <span>{say!("lab.settings.recipes")}</span>{ for Recipe::ALL.map(button) }
        </div>
    }
}

/// The settings that a beginner does not need, in the order of the form.
const MORE: [&str; 24] = [
    "opt",
    "mom",
    "beta1",
    "beta2",
    "rho",
    "eps",
    "decay",
    "clip",
    "loss",
    "schedule",
    "factor",
    "stairs",
    "patience",
    "threshold",
    "lowest",
    "warmup",
    "batch",
    "epochs",
    "ntrain",
    "nval",
    "every",
    "seed",
    "engine",
    "workers",
];

#[derive(PartialEq, Properties)]
struct MoreProps {
    /// Of the run that is open.
    seed: u32,
}

/// All other settings, folded away until they are wanted. Those that are not as they are at first are named.
#[component]
fn More(props: &MoreProps) -> Html {
    let app = use_app();
    let first = AppState::default();
    let is_set = |key: &&str| {
        ROWS.iter().find(|row| row.key == *key).is_some_and(|row| (row.print)(&app.state) != (row.print)(&first))
    };
    let set: Vec<_> = MORE.into_iter().filter(|key| is_set(key)).map(|key| say!(format!("lab.field.{key}"))).collect();
    let is_open = use_state_eq(|| !set.is_empty());
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    let names = (!*is_open && !set.is_empty())
        .then(|| html! { <small>{say!("lab.settings.set", names = set.join(", "))}</small> });
    html! {
        <>
            <button type="button" class="quiet" id="more-settings" aria-expanded={is_open.to_string()} {onclick}>
                {say!(if *is_open { "lab.settings.fewer" } else { "lab.settings.more" })}
            </button>
            { names.unwrap_or_default() }
            if *is_open { { more(&app, props.seed) } }
        </>
    }
}

fn more(app: &AppContext, seed: u32) -> Html {
    let is_begun = app.run.state != RunState::Idle;
    let drawn = app.state.lab.seed.is_none().then(|| say!("lab.settings.drawn", n = seed));
    let n_training = app.run.data.map(|data| {
        let n_left = data.n_training.saturating_sub(app.state.lab.n_validation);
        say!("lab.settings.all", n = grouped(n_left.into()))
    });
    let processors = say!("lab.settings.processors", n = dom::n_processors().min(MOST_WORKERS));
    let setting = |name: &'static str| match name {
        "opt" => choice(app, name, is_begun, &Optimiser::ALL.map(Optimiser::key)),
        "mom" | "beta1" | "beta2" | "rho" | "eps" | "decay" | "clip" => {
            // Only those that the rule has.
            let Some(empty) = usual_text(&app.state.lab, name) else { return html! {} };
            html! { <Field key={name} {name} disabled={is_begun} {empty} /> }
        }
        "loss" => choice(app, name, is_begun, &Head::LOSSES.map(Head::key)),
        "schedule" => choice(app, name, is_begun, &Course::ALL.map(Course::key)),
        "factor" | "stairs" | "patience" | "threshold" | "lowest" => {
            // Of a course that has none, it would do nothing.
            let Some(empty) = app.state.lab.usual_of_course(name) else { return html! {} };
            html! { <Field key={name} {name} disabled={is_begun} {empty} /> }
        }
        "warmup" => html! { <><Field key={name} {name} disabled={is_begun} />{ schedule::curve(app) }</> },
        "every" if app.state.lab.n_validation == 0 => html! {},
        "engine" => choice(app, name, false, &EngineChoice::ALL.map(EngineChoice::key)),
        _ => {
            let (disabled, empty) = match name {
                "ntrain" => (is_begun, n_training.clone()),
                "every" => (is_begun, Some(say!("lab.settings.each-epoch"))),
                "seed" => (is_begun, drawn.clone()),
                "workers" => (false, Some(processors.clone())),
                _ => (is_begun, None),
            };
            html! { <Field key={name} {name} {disabled} {empty} /> }
        }
    };
    html! { <>{ for MORE.into_iter().map(setting) }</> }
}

/// The button that fits the network to the data, where it does not.
fn fit(app: &AppContext) -> Html {
    if app.frame.locks.holds("net") {
        return html! {};
    }
    let spec = app.state.lab.network.spec();
    let fitted = app.schema().map(|schema| fitted(&spec, &schema)).filter(|fitted| *fitted != spec);
    let button = fitted.map(|fitted| {
        let onclick = app.changing(move |state, _: MouseEvent| state.lab.network = Net::of(fitted.clone()));
        html! { <>{" "}<button type="button" id="fit" {onclick}>{say!("lab.own.fit")}</button></> }
    });
    button.unwrap_or_default()
}

/// One of several that are offered, by the keys that links write.
fn choice(app: &AppContext, name: &'static str, disabled: bool, keys: &[&'static str]) -> Html {
    let Some(row) = ROWS.iter().find(|row| row.key == name) else { return html! {} };
    let current = (row.print)(&app.state);
    let set = app.changing(move |state, text: String| {
        // Only keys of the table are offered.
        let _ = (row.read)(state, &text);
    });
    let onchange = Callback::from(move |event: Event| {
        set.emit(event.target_unchecked_into::<HtmlSelectElement>().value());
    });
    let option = |key: AttrValue, label: String| html! { <option selected={key == current} value={key.clone()}>{label}</option> };
    let options = keys.iter().map(|&key| option(key.into(), say!(format!("lab.option.{name}.{key}"))));
    // The network that the learner has built is one more.
    let own = (!keys.contains(&current.as_str())).then(|| option(current.clone().into(), say!("lab.settings.own-net")));
    html! {
        <Setting key={name} {name}>
            <label class="field"><span>{say!(format!("lab.field.{name}"))}</span>
                <select id={name} {onchange} {disabled}>{ for options }{ own.unwrap_or_default() }</select>
            </label>
        </Setting>
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct FieldProps {
    pub(super) name: &'static str,
    pub(super) disabled: bool,
    /// The meaning of an empty field.
    #[prop_or_default]
    pub(super) empty: Option<String>,
}

/// A field that is typed into. What cannot be read stays in the field with the reason beside it, and
/// the last good value stays in force.
#[component]
pub(super) fn Field(props: &FieldProps) -> Html {
    let app = use_app();
    let draft = use_state(Option::<(String, String)>::default);
    let Some(row) = ROWS.iter().find(|row| row.key == props.name) else { return html! {} };
    let good = (row.print)(&app.state);
    {
        let draft = draft.clone();
        use_effect_with(good.clone(), move |_| draft.set(None));
    }
    let change = app.change.clone();
    let onchange = {
        let (draft, state) = (draft.clone(), app.state.clone());
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            match (row.read)(&mut state.clone(), &text) {
                Err(reason) => draft.set(Some((text, reason))),
                Ok(()) => {
                    draft.set(None);
                    change.emit(Box::new(move |state| {
                        let _ = (row.read)(state, &text);
                    }));
                }
            }
        })
    };
    let (shown, error) = match &*draft {
        Some((text, reason)) => (text.clone(), Some(reason)),
        None => (good.clone(), None),
    };
    let error_id = format!("{}-error", props.name);
    let message = error.map(|reason| {
        let text = if good.is_empty() { reason.clone() } else { say!("lab.settings.kept", why = reason, value = good) };
        html! { <p class="error" id={error_id.clone()} role="alert">{text}</p> }
    });
    let is_count = ["stairs", "patience", "warmup", "batch", "epochs", "ntrain", "nval", "every", "seed", "workers"]
        .contains(&props.name);
    let mode = if is_count { "numeric" } else { "decimal" };
    let warning = warning(&app.state.lab, props.name).filter(|_| error.is_none());
    html! {
        <>
            <Setting name={props.name}>
            <label class="field"><span>{say!(format!("lab.field.{}", props.name))}</span>
                <input id={props.name} type="text" inputmode={mode} autocomplete="off" value={shown} {onchange}
                    placeholder={props.empty.clone()} disabled={props.disabled} aria-invalid={error.map(|_| "true")}
                    aria-describedby={error.map(|_| error_id)} />
            </label>
            </Setting>
            { message.unwrap_or_default() }
            <p class="hint warning" role="status">{ warning.unwrap_or_default() }</p>
        </>
    }
}
