//! The page around every view: the state, the one worker, and what both are handed to.

mod address;
mod header;
mod keeping;
mod modules;
mod progress;

pub(crate) use modules::{FirstPage, FramedChapter, Module, WholeApp};

use crate::BUILD;
use crate::context::{AppContext, Change, Memory, SharedDrawing, use_current_palette};
use crate::handed::Handed;
use crate::platform::bridge::LoadError;
use crate::platform::handover::{self, Parcel};
use crate::platform::lesson_host::LessonHost;
use crate::platform::theme::Palette;
use crate::platform::worker_bridge::{FromWorker, RunningWorker, WorkerBridge, WorkerClient};
use crate::platform::{dom, history, kept, sleep};
use crate::run_model::{RaceNeed, RunAction, RunModel};
use crate::state::{AppState, Frame, LabState, Locks, Route, WeightsFrom, from_address};
use crate::surroundings::{Actions, DigitSource, NetworkSource, Part, Surroundings};
use crate::views::asking::Same;
use header::{Header, notices};
use receptive_lessons::say;
use receptive_lessons::world::LabCourse;
use receptive_nn::{Preset, Schedule};
use receptive_train::protocol::{Command, MOST_WORKERS, RunCommand, RunConfig, RunId, RunState};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Digits to leaf through; every dataset has as many test images.
const N_DIGITS: i64 = 1000;

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

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AppProps {
    /// What the module before this one handed over, if there was one.
    pub(crate) parcel: Option<Same<Parcel>>,
}

#[component]
pub(crate) fn App<M: Module>(props: &AppProps) -> Html {
    let handed = props.parcel.as_ref().map(|parcel| &parcel.handed);
    let kept = use_reducer_eq(|| Kept(from_address(&history::address()).0));
    let run = use_reducer(|| handed.map(|handed| handed.run.clone()).unwrap_or_default());
    let drawn_seed = use_state_eq(|| handed.map_or_else(dom::random_seed, |handed| handed.seed));
    let palette = use_current_palette();
    let state = kept.0.clone();
    // The first page has no controls to lock, and is no figure.
    let first = state.clone();
    let frame =
        use_memo((), move |()| if M::HAS_FIGURES { Frame::read(&history::query(), &first) } else { Frame::default() });
    let started = [use_state_eq(bool::default), use_state_eq(bool::default)];
    let running = props.parcel.as_ref().and_then(|parcel| parcel.worker.as_ref());
    let is_wanted = {
        // A worker that runs stays: with it would go the run.
        let was_wanted = use_mut_ref(bool::default);
        let mut is_wanted = was_wanted.borrow_mut();
        let is_of_run = frame.parts.as_ref().is_none_or(|parts| parts.iter().any(|part| part.is_of_run()));
        *is_wanted |= *started[Part::Worker as usize]
            || running.is_some()
            || is_of_run && matches!(state.route, Route::Lab | Route::Draw);
        *is_wanted
    };
    let client = use_memo((), |()| WorkerClient::after(running.map_or(0, |running| running.last_question)));
    let bridge = use_worker(&run, &client, is_wanted, running);
    address::use_address(&kept, &run);
    use_problems(&frame, &run);

    let send = {
        let bridge = bridge.clone();
        use_callback(is_wanted, move |command: Command, _| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.send(command);
            }
        })
    };
    let open_files = {
        let bridge = bridge.clone();
        use_callback(is_wanted, move |files, _| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.send_files(files);
            }
        })
    };
    let change = {
        let dispatcher = kept.dispatcher();
        use_callback((), move |change: Change, ()| dispatcher.dispatch(change))
    };
    use_workers(&state, &send);
    use_engine(&state, &send);
    let (open_run, go_on) = use_opening(&run, &send);
    use_open_run(&state, &run, *drawn_seed, &open_run, &send);
    use_race(&run, &open_run, &send);
    use_own_files(&run, &change);

    let open = {
        let (drawn_seed, open_run) = (drawn_seed.clone(), open_run.clone());
        Callback::from(move |lab: LabState| {
            let seed = dom::random_seed();
            drawn_seed.set(seed);
            open_run.emit(lab.config(lab.seed.unwrap_or(seed)));
        })
    };
    let seed = state.lab.seed.unwrap_or(*drawn_seed);
    let drawn = use_state(|| handed.and_then(|handed| handed.drawn.as_deref().map(Rc::<[f32]>::from)));
    if !M::IS_WHOLE {
        let (run, seed, drawn) = (run.clone(), *drawn_seed, drawn.clone());
        let (bridge, client) = (bridge.clone(), client.clone());
        handover::set_pack(move || {
            let worker = (*bridge).as_ref().and_then(|bridge| bridge.release(client.last()));
            // What is known of a run is true only beside the worker that has it.
            let run = worker.as_ref().map(|_| (*run).clone()).unwrap_or_default();
            let drawn = (*drawn).as_ref().map(|drawn| drawn.to_vec());
            Parcel { handed: Handed { run, seed, drawn }, worker }
        });
    }
    let is_figure = frame.parts.is_some();
    let pads = use_memo((), |()| {
        let kept = (M::IS_WHOLE && !is_figure).then(keeping::kept_drawing);
        [kept.unwrap_or_default(), SharedDrawing::default()]
    });
    let memory = progress::use_kept_memory(state.route, &run);
    let app = AppContext {
        state: state.clone(),
        run: run.clone(),
        change,
        send,
        client: (*client).clone(),
        open_files,
        drawn,
        pad: pads[0].clone(),
        open,
        go_on,
        frame: frame.clone(),
    };
    let surroundings = use_figure_surroundings(&app, &pads[1], &started);
    let view = M::view(&app, seed);
    // A figure on somebody's page keeps nothing of what is trained there.
    let keeps = M::IS_WHOLE && frame.parts.is_none();
    let keeping = if keeps {
        html! { <keeping::KeepRuns /> }
    } else {
        html! {}
    };
    let notices = notices(&app);
    let failure = run.failure.as_ref().map(|text| html! { <p class="failure" role="alert">{text}</p> });
    let locks = use_memo((), |()| frame.locks.clone());
    let main = html! { <main id="main" tabindex="-1" data-place={state.route.path()}>{ view }</main> };
    let page = if !M::HAS_PAGE || frame.parts.is_some() {
        html! { <>{ failure.unwrap_or_default() }{ main }{ notices }</> }
    } else {
        html! {
            <>
                <a class="skip" href="#main" onclick={Callback::from(|event: MouseEvent| {
                    event.prevent_default();
                    dom::focus("main");
                })}>{say!("ui.skip")}</a>
                <Header />
                { failure.unwrap_or_default() }
                { notices }
                { main }
                { keeping }
            </>
        }
    };
    html! {
        <ContextProvider<Palette> context={palette}>
        <ContextProvider<Memory> context={memory}>
        <ContextProvider<AppContext> context={app}>
        <ContextProvider<Surroundings> context={surroundings}>
        <ContextProvider<Rc<Locks>> context={locks}>
            { page }
        </ContextProvider<Rc<Locks>>>
        </ContextProvider<Surroundings>>
        </ContextProvider<AppContext>>
        </ContextProvider<Memory>>
        </ContextProvider<Palette>>
    }
}

/// Says what the query before the `#` names that is not there.
#[hook]
fn use_problems(frame: &Rc<Frame>, run: &UseReducerHandle<RunModel>) {
    let (frame, run) = (frame.clone(), run.dispatcher());
    use_effect_with((), move |()| {
        frame.problems.iter().for_each(|text| run.dispatch(RunAction::Notify(text.clone())));
    });
}

/// The surroundings of the app's figures, and which parts they have started.
#[hook]
fn use_figure_surroundings(app: &AppContext, pad: &SharedDrawing, started: &[UseStateHandle<bool>; 2]) -> Surroundings {
    let host = use_lesson_host(&app.run, *started[Part::Chapters as usize]);
    let (picture, last) = (use_state(|| None), use_mut_ref(|| None));
    let (state, run) = (&app.state, &app.run);
    let actions = {
        let (setters, run, change) = (started.each_ref().map(UseStateHandle::setter), run.dispatcher(), &app.change);
        let (step, take) = (use_stepping(app), use_taking(app));
        use_memo((change.clone(), step, take), move |(change, step, take)| Actions {
            step: step.clone(),
            take: take.clone(),
            start: Callback::from(move |part| setters[part as usize].set(true)),
            notify: Callback::from(move |text| run.dispatch(RunAction::Notify(text))),
            turn: change.reform(|by: i64| -> Change {
                Box::new(move |state| {
                    state.digit = (i64::from(state.digit) + by).rem_euclid(N_DIGITS) as u32;
                })
            }),
            choose: change.reform(|from| -> Change { Box::new(move |state| state.weights = Some(from)) }),
        })
    };
    let from = state.lesson_weights(run.iteration);
    let digit = DigitSource {
        dataset: app.digits(),
        index: state.digit,
        is_stood_in: run.data_problem.is_some(),
        drawn: app.drawn.clone(),
        last,
        pad: pad.clone(),
    };
    let network = NetworkSource {
        from,
        spec: match from {
            WeightsFrom::Page => Some(Preset::Small.spec()),
            WeightsFrom::Lab => run.spec.clone(),
        },
        weights: app.weights(from),
        is_training: run.state == RunState::Training,
        is_lab_other: !state.lab.network.reads_digits(),
    };
    let (actions, course) = ((*actions).clone(), use_course(app));
    Surroundings { actions, host, client: app.client.clone(), digit, network, course, picture }
}

/// Takes one training step in the Lab, and chooses its network.
#[hook]
fn use_stepping(app: &AppContext) -> Callback<MouseEvent> {
    let now = use_mut_ref(Callback::noop);
    *now.borrow_mut() = app.commanding(RunCommand::Step);
    use_callback(app.change.clone(), move |click: MouseEvent, change| {
        now.borrow().emit(click);
        change.emit(Box::new(|state| state.weights = Some(WeightsFrom::Lab)));
    })
}

/// Takes a course of the learning rate to the Lab. A run that has begun there makes room for a fresh one.
#[hook]
fn use_taking(app: &AppContext) -> Callback<Schedule> {
    let now = use_mut_ref(|| None);
    *now.borrow_mut() = Some((app.state.lab.clone(), app.open.clone()));
    use_callback(app.change.clone(), move |schedule: Schedule, change| {
        let Some((mut lab, open)) = now.borrow().clone() else { return };
        lab.take_course(schedule);
        open.emit(lab.clone());
        change.emit(Box::new(move |state| {
            state.lab = lab;
            state.go(Route::Lab);
        }));
    })
}

/// The course of the learning rate in the Lab, once its run is open.
#[hook]
fn use_course(app: &AppContext) -> Option<Rc<LabCourse>> {
    let (lab, run) = (&app.state.lab, &app.run);
    let steps = (run.has_opened() && run.n_steps > 0).then_some([run.n_steps, run.iteration]);
    let known = (lab.schedule(), lab.learning_rate, steps, run.validations.clone());
    let course = use_memo(known, |&(schedule, rate, steps, ref validations)| {
        let measured = || validations.iter().map(|record| (record.iteration, record.loss)).collect();
        steps
            .map(|[n_steps, iteration]| Rc::new(LabCourse { schedule, rate, n_steps, iteration, measured: measured() }))
    });
    (*course).clone()
}

/// Starts the worker once it is wanted, and folds what it says into the model.
#[hook]
fn use_worker(
    run: &UseReducerHandle<RunModel>,
    client: &WorkerClient,
    is_wanted: bool,
    running: Option<&RunningWorker>,
) -> Rc<Option<WorkerBridge>> {
    let (dispatcher, client, running) = (run.dispatcher(), client.clone(), running.cloned());
    // Not in an effect: the views' effects come first, and may have something to ask already.
    use_memo(is_wanted, move |is_wanted| {
        let receive = move |from| {
            let action = match from {
                FromWorker::Events(events) => RunAction::Events(events),
                FromWorker::Died(death) => RunAction::Died(death),
                FromWorker::Failed(text) => RunAction::Failed(text),
            };
            if let Some(action) = sleep::pass(action) {
                dispatcher.dispatch(action);
            }
        };
        is_wanted.then(|| match running {
            Some(running) => WorkerBridge::resume(client, receive, running),
            None => WorkerBridge::start(client, receive),
        })
    })
}

/// Loads the chapters once they are wanted.
#[hook]
fn use_lesson_host(run: &UseReducerHandle<RunModel>, is_wanted: bool) -> Option<LessonHost> {
    let host = use_state_eq(Option::<LessonHost>::default);
    let (kept, dispatcher) = (host.clone(), run.dispatcher());
    use_effect_with(is_wanted, move |&is_wanted| {
        if !is_wanted {
            return;
        }
        spawn_local(async move {
            match LessonHost::load().await {
                Ok(host) => kept.set(Some(host)),
                Err(LoadError::Unreachable) => dispatcher.dispatch(RunAction::Notify(say!("ui.no-chapters"))),
                Err(LoadError::OtherBuild) => dispatcher.dispatch(RunAction::Notify(say!("ui.other-chapters"))),
            }
        });
    });
    (*host).clone()
}

/// A run that is kept in the browser's storage: the key that it has there, and its settings.
pub(crate) type KeptUnder = (String, RunConfig);

/// Opens a run under a name of its own, or goes on with one that is kept. What is still said of the run before it is not of
/// interest from then on.
#[hook]
fn use_opening(
    run: &UseReducerHandle<RunModel>,
    send: &Callback<Command>,
) -> (Callback<RunConfig>, Callback<KeptUnder>) {
    let first = run.id.0;
    let last = use_mut_ref(move || first);
    let next = move || {
        *last.borrow_mut() += 1;
        RunId(*last.borrow())
    };
    let (dispatcher, another) = (run.dispatcher(), next.clone());
    let go_on = use_callback(send.clone(), move |(key, config): KeptUnder, send: &Callback<Command>| {
        let run = another();
        kept::set_key(run, key.clone());
        dispatcher.dispatch(RunAction::GoingOn(run, config.clone()));
        send.emit(Command::GoOn(run, key, config));
    });
    let dispatcher = run.dispatcher();
    let open = use_callback(send.clone(), move |config: RunConfig, send: &Callback<Command>| {
        let run = next();
        dispatcher.dispatch(RunAction::Opening(run, config.clone()));
        send.emit(Command::Open(run, config));
    });
    (open, go_on)
}

/// Opens a run with the Lab's settings, afresh whenever they change before it has begun. Later only the
/// learning rate can change.
#[hook]
fn use_open_run(
    state: &AppState,
    run: &UseReducerHandle<RunModel>,
    seed: u32,
    open: &Callback<RunConfig>,
    send: &Callback<Command>,
) {
    // A race has runs of its own; once it is over, the Lab's comes back.
    let (is_racing, is_fresh) = (run.is_racing(), run.state == RunState::Idle || run.is_racer());
    // A kept run that could not go on makes room for a fresh one.
    let (run, n_lost) = (run.id, run.n_lost);
    let (open, send) = (open.clone(), send.clone());
    // What is sent before there is a worker goes nowhere, so all of this is said again when `send` is another.
    use_effect_with((state.lab.clone(), seed, send, is_racing, n_lost), move |(lab, seed, send, is_racing, _)| {
        if *is_racing {
            return;
        }
        if is_fresh {
            open.emit(lab.config(lab.seed.unwrap_or(*seed)));
        } else {
            send.emit(Command::Run(run, RunCommand::SetLearningRate(lab.learning_rate)));
        }
    });
}

/// Opens and trains the runs of a race, one after the other.
#[hook]
fn use_race(run: &UseReducerHandle<RunModel>, open: &Callback<RunConfig>, send: &Callback<Command>) {
    let (open, send) = (open.clone(), send.clone());
    use_effect_with(run.race_need(), move |need| match need {
        Some(RaceNeed::Open(config)) => open.emit(config.clone()),
        Some(RaceNeed::Train(run)) => send.emit(Command::Run(*run, RunCommand::Train)),
        None => {}
    });
}

/// Tells the engine worker how many workers to train with, at the start and whenever that changes.
#[hook]
fn use_workers(state: &AppState, send: &Callback<Command>) {
    use_effect_with((state.workers, send.clone()), move |(n_workers, send)| {
        send.emit(Command::SetWorkers(n_workers.unwrap_or_else(|| dom::n_processors().min(MOST_WORKERS))));
    });
}

/// Tells the engine worker what to train on, at the start and whenever that changes.
#[hook]
fn use_engine(state: &AppState, send: &Callback<Command>) {
    use_effect_with((state.engine, send.clone()), move |(engine, send)| send.emit(Command::SetEngine(*engine)));
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
