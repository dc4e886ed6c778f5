//! The builder of networks: a list of layers to add, take out, drag and set, and the way to the Lab.

use crate::context::use_app;
use crate::platform::dom;
use crate::run_model::RunAction;
use crate::state::{Net, Route};
use receptive_data::digits;
use receptive_lessons::chapters::building::edits::{self, LayerKind};
use receptive_lessons::chapters::building::ledger::LEDGER;
use receptive_lessons::chapters::building::{mend, network, put};
use receptive_lessons::scene::{Item, Scene};
use receptive_lessons::words::Reason;
use receptive_lessons::{grouped, keys, read_count, say, words};
use receptive_nn::{Field, Layer, MAX_LAYERS, Spec};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct BuilderProps {
    /// Position of the chapter whose settings hold the network.
    pub(super) i: usize,
    /// The layer that the time line stands at.
    pub(super) at: usize,
    /// Each layer's output size and parameters, in words, as far as it can be built.
    pub(super) sizes: Vec<[String; 2]>,
}

/// Networks to go back to, and forward again.
#[derive(Default)]
struct Past {
    done: Vec<Spec>,
    undone: Vec<Spec>,
}

/// Returns each layer's output size and parameters, from the account on the stage.
pub(super) fn sizes(scene: &Scene) -> Vec<[String; 2]> {
    let tables = scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) if table.name == LEDGER => Some(table),
        _ => None,
    });
    // The first row is the input, the last the sum.
    let rows = tables.flat_map(|table| table.rows.iter().skip(1).rev().skip(1).rev());
    rows.map(|row| [row[1].clone(), row[3].clone()]).collect()
}

#[component]
pub(super) fn Builder(props: &BuilderProps) -> Html {
    let app = use_app();
    let (i, at) = (props.i, props.at);
    let (spec, _) = network(&app.state.chapters[i]);
    let past = use_mut_ref(Past::default);
    let dragged = use_state_eq(Option::<usize>::default);
    let is_asking = use_state_eq(bool::default);
    let spec = Rc::new(spec);

    let show = {
        let change = app.change.clone();
        Callback::from(move |(spec, at): (Spec, usize)| {
            change.emit(Box::new(move |state| {
                let settings = &mut state.chapters[i];
                put(settings, &spec);
                settings.at = Some(at.min(spec.layers.len().saturating_sub(1)));
            }));
        })
    };
    // What is done can be undone.
    let edit = {
        let (show, past, spec) = (show.clone(), past.clone(), spec.clone());
        Callback::from(move |(next, at): (Spec, usize)| {
            if next != *spec {
                let mut past = past.borrow_mut();
                past.done.push((*spec).clone());
                past.undone.clear();
                std::mem::drop(past);
                show.emit((next, at));
            }
        })
    };
    let turn = |is_back: bool| {
        let (show, past, spec) = (show.clone(), past.clone(), spec.clone());
        Callback::from(move |_: MouseEvent| {
            let mut past = past.borrow_mut();
            let found = if is_back { past.done.pop() } else { past.undone.pop() };
            if let Some(found) = found {
                if is_back {
                    past.undone.push((*spec).clone())
                } else {
                    past.done.push((*spec).clone())
                }
                std::mem::drop(past);
                show.emit((found, at));
            }
        })
    };
    let (can_undo, can_redo) = {
        let past = past.borrow();
        (!past.done.is_empty(), !past.undone.is_empty())
    };
    let reset = {
        let (edit, start) = (edit.clone(), app.state.chapters[i].choice(keys::START));
        Callback::from(move |_: MouseEvent| edit.emit((receptive_lessons::chapters::building::start(start), 0)))
    };
    let is_changed = app.state.chapters[i].text(keys::LAYER_LIST).is_some();
    let copy = {
        let (run, text) = (app.run.clone(), spec.to_text());
        Callback::from(move |_: MouseEvent| {
            let (run, text) = (run.clone(), text.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let said = if dom::copy(&text).await {
                    say!("common.copied-net")
                } else {
                    say!("common.not-copied-net", text = text)
                };
                run.dispatch(RunAction::Notify(said));
            });
        })
    };

    let send = {
        let (change, open, spec, lab) = (app.change.clone(), app.open.clone(), spec.clone(), app.state.lab.clone());
        Callback::from(move |()| {
            let mut lab = lab.clone();
            lab.network = Net::of((*spec).clone());
            let network = lab.network.clone();
            change.emit(Box::new(move |state| {
                (state.lab.network, state.route) = (network, Route::Lab);
                // The learner's own network is what lessons show from now on.
                state.weights = None;
            }));
            open.emit(lab);
        })
    };
    let is_in_lab = app.state.lab.network.spec() == *spec;
    let schema = app.schema().unwrap_or_else(digits::schema);
    let refusal = edits::lab_refusal(&spec, schema.shape.chw(), schema.n_classes());
    let n_steps = app.run.iteration;
    let on_send = {
        let (send, is_asking) = (send.clone(), is_asking.clone());
        Callback::from(move |_: MouseEvent| if n_steps > 0 { is_asking.set(true) } else { send.emit(()) })
    };
    let question = (*is_asking && refusal.is_none()).then(|| {
        let no = {
            let is_asking = is_asking.clone();
            Callback::from(move |_: MouseEvent| is_asking.set(false))
        };
        html! {
            <p class="builder-question" role="alert">
                {say!("common.replace", n = grouped(n_steps.into()))}
                <button type="button" class="go" id="builder-replace" onclick={send.reform(|_: MouseEvent| ())}>{say!("common.replace-yes")}</button>
                <button type="button" id="builder-keep" onclick={no}>{say!("common.replace-no")}</button>
            </p>
        }
    });
    let mended = mend(&spec).map(|(next, how)| {
        let edit = edit.clone();
        let onclick = Callback::from(move |_: MouseEvent| edit.emit((next.clone(), at)));
        html! { <p class="builder-mend"><button type="button" class="go" id="builder-mend" {onclick}>{say!("building.button.mend")}</button>{how}</p> }
    });

    let n = spec.layers.len();
    let layers = spec.layers.iter().enumerate().map(|(k, layer)| {
        let name = format!("{}. {}", k + 1, words::layer(layer));
        let step = |to: usize| {
            let (edit, spec) = (edit.clone(), spec.clone());
            Callback::from(move |_: MouseEvent| edit.emit((edits::move_to(&spec, k, to), to)))
        };
        let remove = {
            let (edit, spec) = (edit.clone(), spec.clone());
            Callback::from(move |_: MouseEvent| edit.emit((edits::remove(&spec, k), k.saturating_sub(1))))
        };
        let choose = {
            let (show, spec) = (show.clone(), spec.clone());
            Callback::from(move |_: MouseEvent| show.emit(((*spec).clone(), k)))
        };
        let ondragstart = {
            let dragged = dragged.clone();
            Callback::from(move |_: DragEvent| dragged.set(Some(k)))
        };
        let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
        let ondrop = {
            let (edit, spec, dragged) = (edit.clone(), spec.clone(), dragged.clone());
            Callback::from(move |event: DragEvent| {
                event.prevent_default();
                if let Some(from) = *dragged {
                    edit.emit((edits::move_to(&spec, from, k), k));
                }
                dragged.set(None);
            })
        };
        let ondragend = {
            let dragged = dragged.clone();
            Callback::from(move |_: DragEvent| dragged.set(None))
        };
        let [made, n_params] = props.sizes.get(k).cloned().unwrap_or_default();
        let class = classes!((k == at).then_some("now"), (*dragged == Some(k)).then_some("dragged"));
        html! {
            <li {class} key={k} draggable="true" {ondragstart} {ondragover} {ondrop} {ondragend}>
                <span class="grip" aria-hidden="true" title={say!("building.hint.drag")}>{"⋮⋮"}</span>
                <button type="button" class="quiet layer-name" aria-pressed={(k == at).to_string()} onclick={choose}>{&name}</button>
                <span class="layer-makes">{ made }</span>
                <span class="layer-params">{ n_params }</span>
                <span class="layer-tools">
                    <button type="button" class="quiet" aria-label={say!("building.button.up", layer = name)} disabled={k == 0} onclick={step(k.saturating_sub(1))}>{"↑"}</button>
                    <button type="button" class="quiet" aria-label={say!("building.button.down", layer = name)} disabled={k + 1 == n} onclick={step(k + 1)}>{"↓"}</button>
                    <button type="button" class="quiet" aria-label={say!("building.button.remove", layer = name)} onclick={remove}>{"✕"}</button>
                </span>
            </li>
        }
    });
    // One place for the fields of whichever layer is chosen: going from layer to layer moves nothing.
    let chosen = spec.layers.get(at).map(|layer| {
        let fields = edits::fields(layer).into_iter().map(|field| {
            let (edit, spec, key) = (edit.clone(), spec.clone(), field.key);
            let on_set = Callback::from(move |value| edit.emit((edits::set(&spec, at, key, value), at)));
            html! { <NumberField id={format!("layer-{at}-{key}")} {field} {on_set} key={key} /> }
        });
        let fields: Vec<_> = fields.collect();
        let nothing = fields.is_empty().then(|| match layer {
            Layer::Branches { .. } => {
                let block = Spec { input: spec.input, layers: vec![layer.clone()] }.to_text();
                say!("building.hint.block", text = block.split_once(':').map_or("", |(_, layers)| layers))
            }
            _ => say!("building.hint.no-fields"),
        });
        html! { <><b>{format!("{}. {}", at + 1, words::layer(layer))}</b>{ nothing.map(|text| html! { <p>{text}</p> }).unwrap_or_default() }{ for fields }</> }
    });
    let inputs = edits::input_fields(&spec).into_iter().map(|field| {
        let (edit, spec, key) = (edit.clone(), spec.clone(), field.key);
        let on_set = Callback::from(move |value| edit.emit((edits::set_input(&spec, key, value), at)));
        html! { <NumberField id={format!("input-{key}")} {field} {on_set} key={key} /> }
    });
    let add = |kind: LayerKind| {
        let (edit, spec) = (edit.clone(), spec.clone());
        let to = if n == 0 { 0 } else { (at + 1).min(n) };
        let onclick = Callback::from(move |_: MouseEvent| edit.emit((edits::insert(&spec, to, kind), to)));
        html! { <button type="button" id={format!("add-{}", kind.key())} disabled={n >= MAX_LAYERS} {onclick} key={kind.key()}>{format!("+ {}", kind.label())}</button> }
    };
    let on_text = {
        let edit = edit.clone();
        Callback::from(move |spec| edit.emit((spec, at)))
    };
    html! {
        <div class="builder" id="builder" onkeydown={Callback::from(|event: KeyboardEvent| event.stop_propagation())}>
            <div class="builder-tools">
                <button type="button" id="builder-undo" disabled={!can_undo} onclick={turn(true)}>{say!("building.button.undo")}</button>
                <button type="button" id="builder-redo" disabled={!can_redo} onclick={turn(false)}>{say!("building.button.redo")}</button>
                <button type="button" id="builder-reset" disabled={!is_changed} onclick={reset}>{say!("building.button.reset")}</button>
                <button type="button" id="builder-copy" onclick={copy}>{say!("building.button.copy")}</button>
                <button type="button" id="builder-print" onclick={Callback::from(|_: MouseEvent| dom::print())}>{say!("building.button.print")}</button>
                // A figure has no way to the Lab.
                if app.frame.parts.is_none() {
                    <button type="button" id="builder-send" class="go" disabled={refusal.is_some()} onclick={on_send}>{say!("building.button.lab")}</button>
                }
            </div>
            { question.unwrap_or_default() }
            <p class="hint builder-hint">{ match (&refusal, is_in_lab) {
                (Some(why), _) => why.clone(),
                (None, true) => say!("building.hint.in-lab"),
                (None, false) => say!("building.hint.drag"),
            } }</p>
            { mended.unwrap_or_default() }
            <div class="builder-plan">
                <div class="builder-list">
                <div class="layer-head" aria-hidden="true"><span>{say!("building.ledger.head.layer")}</span><span>{say!("building.ledger.head.makes")}</span><span>{say!("building.ledger.head.params")}</span></div>
                <ol class="builder-layers" aria-label={say!("building.hint.layers")}>{ for layers }</ol>
                </div>
                <div class="builder-side">
                    <div class="layer-fields" role="group" aria-label={say!("building.hint.fields")}>{ chosen.unwrap_or_default() }</div>
                    <div class="builder-add" role="group" aria-label={say!("building.button.add")}>{ for LayerKind::ALL.map(add) }
                        <details class="builder-more"><summary>{say!("building.button.more")}</summary><div class="builder-add">{ for LayerKind::MORE.map(add) }</div></details>
                    </div>
                    <div class="builder-input"><b>{say!("building.hint.input")}</b>{ for inputs }</div>
                </div>
            </div>
            <NetworkText text={spec.to_text()} {on_text} />
            <p class="hint">{ if n >= MAX_LAYERS { say!("building.hint.full", n = MAX_LAYERS) } else { say!("building.hint.output") } }</p>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct NetworkTextProps {
    text: String,
    on_text: Callback<Spec>,
}

/// The network as a text that can be changed: the way to what no button does, such as the layers inside a block. A text
/// that cannot be read gets a message beside it and changes nothing.
#[component]
fn NetworkText(props: &NetworkTextProps) -> Html {
    let problem = use_state_eq(Option::<String>::default);
    let onchange = {
        let (on_text, problem) = (props.on_text.clone(), problem.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            match Spec::read(input.value().trim()) {
                Ok(spec) => {
                    problem.set(None);
                    on_text.emit(spec);
                }
                Err(error) => problem.set(Some(say!("building.hint.text-bad", why = words::sentence(&error.reason())))),
            }
        })
    };
    {
        let problem = problem.clone();
        use_effect_with(props.text.clone(), move |_| problem.set(None));
    }
    let error = (*problem)
        .clone()
        .map(|text| html! { <small class="error" id="builder-text-problem" role="alert">{text}</small> });
    html! {
        <details class="builder-text">
            <summary>{say!("building.hint.text")}</summary>
            <input type="text" id="builder-text" aria-label={say!("building.hint.text")} spellcheck="false" autocapitalize="off" value={props.text.clone()} {onchange}
                aria-invalid={problem.is_some().then_some("true")} aria-describedby={problem.is_some().then_some("builder-text-problem")} />
            { error.unwrap_or_default() }
            <small>{say!("building.hint.text-why")}</small>
        </details>
    }
}

#[derive(PartialEq, Properties)]
struct NumberFieldProps {
    id: String,
    field: Field,
    on_set: Callback<usize>,
}

/// A whole number within its bounds; anything else gets a message beside it and changes nothing.
#[component]
fn NumberField(props: &NumberFieldProps) -> Html {
    let problem = use_state_eq(Option::<String>::default);
    let field = &props.field;
    let (value, low, high) = (field.value, field.low, field.high);
    let take = {
        let (on_set, problem) = (props.on_set.clone(), problem.clone());
        Callback::from(move |input: HtmlInputElement| match read_count(&input.value(), low, high) {
            Some(typed) => {
                problem.set(None);
                on_set.emit(typed);
            }
            None => {
                problem.set(Some(say!("common.bad.count", low = low, high = high)));
                input.set_value(&value.to_string());
            }
        })
    };
    let onchange = take.reform(|event: Event| event.target_unchecked_into());
    // Browsers fire no change event when the typed text equals the one they remember, so Enter has its own handler.
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            take.emit(event.target_unchecked_into());
        }
    });
    // A complaint goes with the layer that it was about.
    {
        let problem = problem.clone();
        use_effect_with(*field, move |_| problem.set(None));
    }
    let error = format!("{}-problem", props.id);
    let error_text =
        (*problem).clone().map(|text| html! { <small class="error" id={error.clone()} role="alert">{text}</small> });
    html! {
        <label class="number-field">
            <span>{edits::field_label(field)}</span>
            <input type="number" id={props.id.clone()} min={low.to_string()} max={high.to_string()} value={value.to_string()} {onchange} {onkeydown}
                aria-invalid={problem.is_some().then_some("true")} />
            { error_text.unwrap_or_default() }
        </label>
    }
}
