//! My work: the runs that the browser keeps, what can be done with each, and all of them as a file.

mod row;

use crate::context::{use_app, use_memory};
use crate::platform::dom;
use crate::platform::exchange::{self, ImportError, Imported};
use crate::platform::locks;
use crate::platform::store::{self, MOST_RUNS, StoredRun};
use crate::state::{LearnerAction, Net, OpenLesson, Progress, Route};
use receptive_lessons::say;
use receptive_nn::Preset;
use receptive_train::archive::ArchiveError;
use receptive_train::protocol::StorageFault;
use row::Row;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The name of a file with everything.
const FILE_NAME: &str = "receptive-work.receptive";

/// A network's name, or its layers.
pub(crate) fn network_name(network: &Net) -> String {
    match network {
        Net::Preset(preset) => say!(format!("lab.option.net.{}", Preset::key(*preset))),
        Net::Own(spec) => spec.to_text(),
    }
}

/// A moment, as the reader's language writes it.
pub(crate) fn when(millis: f64) -> String {
    store::time_text(millis, &dom::attribute("html", "lang").unwrap_or_else(|| "en".into()))
}

/// What the page knows of the storage.
#[derive(Clone, PartialEq)]
enum Shelf {
    Reading,
    Refused,
    Runs(Vec<StoredRun>),
}

#[component]
pub(crate) fn Work() -> Html {
    let app = use_app();
    let shelf = use_state_eq(|| Shelf::Reading);
    let said = use_state_eq(Option::<Result<String, String>>::default);
    let read = {
        let shelf = shelf.setter();
        use_callback((), move |(), ()| {
            let shelf = shelf.clone();
            spawn_local(async move {
                let runs = match store::open().await {
                    Ok(store) => store.list().await,
                    Err(fault) => Err(fault),
                };
                shelf.set(runs.map_or(Shelf::Refused, Shelf::Runs));
            });
        })
    };
    {
        let read = read.clone();
        use_effect_with((), move |()| read.emit(()));
    }
    let list = match &*shelf {
        Shelf::Reading => html! { <p class="starting" role="status">{say!("work.reading")}</p> },
        Shelf::Refused => html! { <p class="error" role="alert" id="work-refused">{say!("work.refused")}</p> },
        Shelf::Runs(runs) if runs.is_empty() => html! {
            <p id="work-none">{say!("work.none")}{" "}
                <a href={format!("#{}", Route::Lab.path())} onclick={app.going(|state| state.go(Route::Lab))}>{say!("work.to-lab")}</a></p>
        },
        Shelf::Runs(runs) => {
            let said = said.setter();
            let on_trouble = Callback::from(move |why: String| said.set(Some(Err(why))));
            let row = |run: &StoredRun| {
                html! { <Row key={run.key.clone()} run={run.clone()} on_change={read.clone()} on_trouble={on_trouble.clone()} /> }
            };
            html! { <ul class="kept-runs" id="kept-runs">{ for runs.iter().map(row) }</ul> }
        }
    };
    let verdict = said.as_ref().map(|said| match said {
        Ok(text) => html! { <p role="status" id="work-said">{text}</p> },
        Err(text) => html! { <p class="error" role="alert" id="work-said">{text}</p> },
    });
    html! {
        <div class="work-page" key="work">
            <h1>{say!("work.title")}</h1>
            <p class="lead" translate="yes">{say!("work.lead", most = MOST_RUNS)}</p>
            { list }
            if !locks::has_locks() { <p class="hint">{say!("work.no-locks")}</p> }
            <p><a href="#/course" id="to-lessons" onclick={app.going(|state| state.open_lesson(OpenLesson::None))}>{say!("course.title")}</a></p>
            <section aria-label={say!("work.file.title")}>
                <h2>{say!("work.file.title")}</h2>
                <p translate="yes">{say!("work.file.about")}</p>
                <Exchange is_there={*shelf != Shelf::Refused} on_change={read} on_said={Callback::from(move |text| said.set(Some(text)))} />
                { verdict.unwrap_or_default() }
            </section>
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct ExchangeProps {
    /// False where there is no storage.
    is_there: bool,
    on_change: Callback<()>,
    on_said: Callback<Result<String, String>>,
}

/// The buttons for a file with everything.
#[component]
fn Exchange(props: &ExchangeProps) -> Html {
    let memory = use_memory();
    let export = {
        let (progress, on_said) = (memory.progress.clone(), props.on_said.clone());
        Callback::from(move |_: MouseEvent| {
            let (progress, on_said) = (progress.text(), on_said.clone());
            spawn_local(async move {
                let is_saved = exchange::export(progress).await.is_ok_and(|parts| exchange::save(FILE_NAME, &parts));
                if !is_saved {
                    on_said.emit(Err(say!("work.failed")));
                }
            });
        })
    };
    let import = {
        let (record, on_said, on_change) = (memory.record, props.on_said.clone(), props.on_change.clone());
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<HtmlInputElement>();
            let file = input.files().and_then(|files| files.get(0));
            let (record, on_said, on_change) = (record.clone(), on_said.clone(), on_change.clone());
            let Some(file) = file else { return };
            spawn_local(async move {
                let outcome = exchange::import(&file).await;
                // The same file can be chosen once more.
                input.set_value("");
                if let Ok(imported) = &outcome {
                    record.emit(LearnerAction::Brought(Progress::read(&imported.progress)));
                    on_change.emit(());
                }
                on_said.emit(told(outcome));
            });
        })
    };
    html! {
        <p class="exchange">
            <button type="button" id="export" onclick={export} disabled={!props.is_there}>{say!("work.file.export")}</button>
            <label class="file-button">{say!("work.file.import")}
                <input type="file" id="import" accept=".receptive" onchange={import} disabled={!props.is_there} /></label>
        </p>
    }
}

/// The outcome of an import in words.
fn told(outcome: Result<Imported, ImportError>) -> Result<String, String> {
    match outcome {
        Ok(Imported { n_new, n_there: 0, .. }) => Ok(say!("work.file.imported", n = n_new)),
        Ok(Imported { n_new, n_there, .. }) => Ok(say!("work.file.imported-some", n = n_new, there = n_there)),
        Err(ImportError::File(ArchiveError::Other)) => Err(say!("errors.kept.not-archive")),
        Err(ImportError::File(ArchiveError::OtherFormat)) => Err(say!("errors.kept.other-archive")),
        Err(ImportError::File(ArchiveError::Damaged)) => Err(say!("errors.kept.damaged-archive")),
        Err(ImportError::Storage(StorageFault::Full)) => Err(say!("work.file.full")),
        Err(ImportError::Storage(_)) => Err(say!("work.failed")),
    }
}
