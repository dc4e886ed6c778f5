//! The page around every view: navigation, notices, the one worker, and the address.

use crate::BUILD;
use crate::context::{AppContext, Change, use_current_palette};
use crate::platform::desk::{Desk, DeskError};
use crate::platform::dom;
use crate::platform::theme::{self, Palette};
use crate::platform::worker_bridge::{FromWorker, WorkerBridge};
use crate::run_model::{RunAction, RunModel};
use crate::state::{AppState, LabState, Route, from_address, to_address};
use crate::views::{chapter::ChapterPage, contents::Contents, draw::DrawPage, lab::Lab};
use receptive_lessons::{chapters, say};
use receptive_train::protocol::{Command, MOST_WORKERS, RunState};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The state as Yew changes it.
#[derive(Clone, PartialEq)]
struct Kept(AppState);

impl Reducible for Kept {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        change(&mut next.0);
        Rc::new(next)
    }
}

impl Reducible for RunModel {
    type Action = RunAction;

    fn reduce(self: Rc<Self>, action: RunAction) -> Rc<Self> {
        Rc::new(Rc::unwrap_or_clone(self).after(action, BUILD))
    }
}

#[component]
pub(crate) fn App() -> Html {
    let kept = use_reducer_eq(|| Kept(from_address(&dom::address()).0));
    let run = use_reducer(RunModel::default);
    let drawn_seed = use_state_eq(dom::random_seed);
    let bridge = use_worker(&run);
    use_address(&kept, &run);
    let palette = use_current_palette();

    let state = kept.0.clone();
    let send = {
        let bridge = bridge.clone();
        use_callback((), move |command: Command, ()| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.send(command);
            }
        })
    };
    let open_files = {
        let bridge = bridge.clone();
        use_callback((), move |(images, labels), ()| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.send_files(images, labels);
            }
        })
    };
    let change = {
        let dispatcher = kept.dispatcher();
        use_callback((), move |change: Change, ()| dispatcher.dispatch(change))
    };
    use_workers(&state, &send);
    use_engine(&state, &send);
    use_open_run(&state, &run, *drawn_seed, &send);
    use_own_files(&run, &change);

    let open = {
        let (drawn_seed, send) = (drawn_seed.clone(), send.clone());
        Callback::from(move |lab: LabState| {
            let seed = dom::random_seed();
            drawn_seed.set(seed);
            send.emit(Command::Open(lab.config(lab.seed.unwrap_or(seed))));
        })
    };
    let seed = state.lab.seed.unwrap_or(*drawn_seed);
    let (drawn, picture) = (use_state(|| None), use_state(|| None));
    let desk = use_desk(&run);
    let app =
        AppContext { state: state.clone(), run: run.clone(), change, send, open_files, desk, drawn, picture, open };
    let view = match state.route {
        Route::Contents => html! { <Contents /> },
        Route::Chapter(i) => html! { <ChapterPage {i} key={i} /> },
        Route::Lab => html! { <Lab {seed} /> },
        Route::Draw => html! { <DrawPage /> },
    };
    let failure = run.failure.as_ref().map(|text| html! { <p class="failure" role="alert">{text}</p> });
    html! {
        <ContextProvider<Palette> context={palette}>
        <ContextProvider<AppContext> context={app}>
            <a class="skip" href="#main" onclick={Callback::from(|event: MouseEvent| {
                event.prevent_default();
                dom::focus("main");
            })}>{"Skip to the content"}</a>
            <Header />
            { failure.unwrap_or_default() }
            <Notices />
            <main id="main" tabindex="-1">{ view }</main>
        </ContextProvider<AppContext>>
        </ContextProvider<Palette>>
    }
}

/// Starts the worker with the first view, and folds what it says into the model.
#[hook]
fn use_worker(run: &UseReducerHandle<RunModel>) -> Rc<Option<WorkerBridge>> {
    let dispatcher = run.dispatcher();
    // Not in an effect: the views' effects come first, and may have something to ask already.
    use_memo((), move |()| {
        WorkerBridge::start(move |from| {
            dispatcher.dispatch(match from {
                FromWorker::Events(events) => RunAction::Events(events),
                FromWorker::Failed(text) => RunAction::Failed(text),
            });
        })
    })
}

/// Loads the chapters as soon as the first view stands: whoever opens one then need not wait.
#[hook]
fn use_desk(run: &UseReducerHandle<RunModel>) -> Option<Desk> {
    let desk = use_state_eq(|| None::<Desk>);
    let (kept, dispatcher) = (desk.clone(), run.dispatcher());
    use_effect_with((), move |()| {
        spawn_local(async move {
            match Desk::load().await {
                Ok(desk) => kept.set(Some(desk)),
                Err(DeskError::Unreachable) => dispatcher.dispatch(RunAction::Notify(say!("ui.no-chapters"))),
                Err(DeskError::OtherBuild) => dispatcher.dispatch(RunAction::Notify(say!("ui.other-chapters"))),
            }
        });
    });
    (*desk).clone()
}

/// Keeps the address bar and the state the same, in both directions.
#[hook]
fn use_address(kept: &UseReducerHandle<Kept>, run: &UseReducerHandle<RunModel>) {
    let (to_state, to_run) = (kept.dispatcher(), run.dispatcher());
    // What the address was when it was last read or written.
    let known = use_mut_ref(dom::address);
    let read_into = known.clone();
    use_effect_with((), move |()| {
        let read = move || {
            let address = dom::address();
            let (state, messages) = from_address(&address);
            read_into.replace(address);
            messages.into_iter().for_each(|text| to_run.dispatch(RunAction::Notify(text)));
            to_state.dispatch(Box::new(move |kept| *kept = state));
        };
        read();
        dom::on_address_change(read);
    });
    let last_route = use_mut_ref(|| kept.0.route);
    use_effect_with(kept.0.clone(), move |state| {
        let is_new_place = last_route.replace(state.route) != state.route;
        let address = to_address(state);
        // An address that someone has changed meanwhile is about to be read: it is the newer wish.
        let is_ours = *known.borrow() == dom::address();
        if address != dom::address() && is_ours {
            dom::set_address(&address, is_new_place);
            known.replace(address);
        }
        if is_new_place {
            dom::focus("main");
        }
    });
}

/// Opens a run with the Lab's settings, afresh whenever they change before it has begun. Later only the
/// learning rate can change.
#[hook]
fn use_open_run(state: &AppState, run: &UseReducerHandle<RunModel>, seed: u32, send: &Callback<Command>) {
    let is_fresh = run.state == RunState::Idle;
    let send = send.clone();
    use_effect_with((state.lab.clone(), seed), move |(lab, seed)| {
        if is_fresh {
            send.emit(Command::Open(lab.config(lab.seed.unwrap_or(*seed))));
        } else {
            send.emit(Command::SetLearningRate(lab.learning_rate));
        }
    });
}

/// Tells the engine worker how many workers to train with, at the start and whenever that changes.
#[hook]
fn use_workers(state: &AppState, send: &Callback<Command>) {
    let send = send.clone();
    use_effect_with(state.workers, move |n_workers| {
        send.emit(Command::SetWorkers(n_workers.unwrap_or_else(|| dom::n_processors().min(MOST_WORKERS))));
    });
}

/// Tells the engine worker what to train on, at the start and whenever that changes.
#[hook]
fn use_engine(state: &AppState, send: &Callback<Command>) {
    let send = send.clone();
    use_effect_with(state.engine, move |engine| send.emit(Command::SetEngine(*engine)));
}

/// Goes to the learner's own files when they are open.
#[hook]
fn use_own_files(run: &UseReducerHandle<RunModel>, change: &Callback<Change>) {
    let change = change.clone();
    let n_images = run.files.open.as_ref().map_or(0, |report| report.n_images);
    use_effect_with(run.files.n_opened, move |&n_opened| {
        if n_opened > 0 {
            change.emit(Box::new(move |state| state.lab.use_own_files(n_images)));
        }
    });
}

#[component]
fn Header() -> Html {
    let app = crate::context::use_app();
    let theme = use_state(|| dom::stored("receptive.theme"));
    let last_chapter = use_mut_ref(|| 0);
    let go = app.changing(|state, route| state.route = route);
    let link = |route: Route, is_current: bool, text: &str| {
        let onclick = {
            let go = go.clone();
            Callback::from(move |event: MouseEvent| {
                if !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
                    event.prevent_default();
                    go.emit(route);
                }
            })
        };
        let current = is_current.then_some("page");
        let href = format!("#{}", to_address(&AppState { route, ..app.state.clone() }));
        html! { <a {href} {onclick} aria-current={current}>{text.to_string()}</a> }
    };
    let here = app.state.route;
    let place = match here {
        Route::Chapter(i) => chapters::OUTLINES.get(i).map(|chapter| (i, chapter.text("short"))),
        _ => None,
    };
    let place = place.map(|(i, title)| {
        html! { <span class="whereabouts">{say!("ui.place", n = i + 1, of = chapters::OUTLINES.len(), title = title)}</span> }
    });
    let chapter = if let Route::Chapter(_) = here { here } else { Route::Chapter(*last_chapter.borrow()) };
    if let Route::Chapter(i) = here {
        *last_chapter.borrow_mut() = i;
    }
    let share = {
        let run = app.run.clone();
        Callback::from(move |_| {
            let run = run.clone();
            spawn_local(async move {
                let link = dom::full_address();
                run.dispatch(RunAction::Notify(if dom::copy(&link).await {
                    "The link to exactly this state is copied.".into()
                } else {
                    format!("This browser does not let the page copy. The link is: {link}")
                }));
            });
        })
    };
    let (shown, next) = match theme.as_deref() {
        Some("light") => ("Light", Some("dark")),
        Some("dark") => ("Dark", None),
        _ => ("Auto", Some("light")),
    };
    let turn = {
        let theme = theme.clone();
        Callback::from(move |_| {
            theme::choose(next);
            dom::store("receptive.theme", next.unwrap_or("auto"));
            theme.set(next.map(str::to_string));
        })
    };
    html! {
        <header class="top">
            <b class="name">{"Receptive"}</b>
            { place.unwrap_or_default() }
            <nav aria-label="Pages">
                { link(Route::Contents, here == Route::Contents, &say!("ui.contents")) }
                { link(chapter, here == chapter, &say!("ui.lessons")) }
                { link(Route::Lab, here == Route::Lab, &say!("ui.lab")) }
                { link(Route::Draw, here == Route::Draw, &say!("ui.draw")) }
            </nav>
            <span class="tools">
                <button class="quiet" id="share" onclick={share}>{"Share"}</button>
                <button class="quiet" id="theme" onclick={turn} aria-label={format!("Colours: {shown}. Change")}>{shown}</button>
            </span>
        </header>
    }
}

#[component]
fn Notices() -> Html {
    let app = crate::context::use_app();
    let notices = app.run.notices.iter().map(|notice| {
        let (run, id) = (app.run.clone(), notice.id);
        let dismiss = Callback::from(move |_| run.dispatch(RunAction::Dismiss(id)));
        html! {
            <div class="notice" key={id}>
                <p>{&notice.text}</p>
                <button class="quiet" onclick={dismiss} aria-label="Dismiss this message">{"✕"}</button>
            </div>
        }
    });
    html! { <div id="notices" role="status" aria-live="polite">{ for notices }</div> }
}
