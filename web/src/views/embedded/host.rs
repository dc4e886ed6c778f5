//! What a figure tells the page around it, and what it does when that page asks.

use super::choose;
use crate::context::AppContext;
use crate::embed::{FigureEvent, HostCommand};
use crate::platform::dom::Interval;
use crate::platform::host::{HeightWatch, Host};
use crate::platform::{sleep, storage};
use crate::run_model::RunModel;
use crate::state::{AppState, LearnerAction, Route, to_address};
use crate::views::figure::Look;
use receptive_lessons::say;
use receptive_train::protocol::{Command, RunCommand, RunState};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use yew::prelude::*;

/// A figure that nobody sees takes in this often what its training says, in milliseconds: the page around is still told.
const ASLEEP_MILLIS: i32 = 2000;

/// The way to the page around a figure.
pub(super) struct Told {
    /// Takes what the learner has done.
    pub(super) learnt: Callback<LearnerAction>,
    /// Takes what the learner looks at on a stage.
    pub(super) looked: Callback<Look>,
    /// True while someone can see the figure.
    pub(super) is_awake: bool,
}

/// Everything that commands need of the figure as it is now.
struct Now {
    app: AppContext,
    /// The address that the figure was opened with.
    first: String,
    /// Length of the time line, once it is known.
    n_steps: Cell<Option<usize>>,
    is_awake: UseStateHandle<bool>,
}

/// Listens to the page around, and tells it what happens here.
#[hook]
pub(super) fn use_host(app: &AppContext) -> Told {
    let is_awake = use_state_eq(|| true);
    let now = use_mut_ref(|| None::<Now>);
    {
        let mut now = now.borrow_mut();
        let (first, n_steps) = match now.take() {
            Some(before) => (before.first, before.n_steps),
            None => (to_address(&app.state), Cell::default()),
        };
        *now = Some(Now { app: app.clone(), first, n_steps, is_awake: is_awake.clone() });
    }
    let host = {
        let (origin, now) = (app.frame.host.clone(), now.clone());
        use_memo((), move |()| {
            let back = Rc::new(RefCell::new(None::<Rc<Host>>));
            let to_host = back.clone();
            let host = Host::of_page(origin, move |command| {
                let done = match (command, &*now.borrow()) {
                    (Ok(command), Some(now)) => now.follow(command),
                    (Err(why), _) => Err(vec![why.to_string()]),
                    (_, None) => Ok(()),
                };
                let refused = done.err().map(|why| FigureEvent::Refused { why });
                if let Some((event, host)) = refused.zip(to_host.borrow().as_ref()) {
                    host.tell(event);
                }
            });
            let host = host.map(Rc::new);
            back.borrow_mut().clone_from(&host);
            host
        })
    };
    let tell = use_callback((), move |event: FigureEvent, ()| {
        if let Some(host) = &*host {
            host.tell(event);
        }
    });
    use_standing(app, &tell);
    use_sleep(app, *is_awake);
    let learnt = {
        let (tell, attempts) = (tell.clone(), use_mut_ref(BTreeMap::<String, u32>::default));
        use_callback((), move |action: LearnerAction, ()| match action {
            LearnerAction::Answered(_, exercise, answered) => {
                let mut attempts = attempts.borrow_mut();
                let attempts = attempts.entry(exercise.clone()).or_default();
                *attempts += 1;
                tell.emit(FigureEvent::Answer { exercise, right: answered.is_right, attempts: *attempts });
            }
            LearnerAction::Looked(_, steps) => steps.into_iter().for_each(|key| tell.emit(FigureEvent::Guide { key })),
            LearnerAction::Opened(_)
            | LearnerAction::AnsweredInLesson(..)
            | LearnerAction::Brought(_)
            | LearnerAction::Forgot => {}
        })
    };
    let looked = {
        let (tell, last) = (tell, use_mut_ref(|| None));
        use_callback((), move |look: Look, ()| {
            let at = (look.moment, look.stage.0.n_moments());
            if let Some(now) = &*now.borrow() {
                now.n_steps.set(Some(at.1));
            }
            if last.borrow_mut().replace(at) != Some(at) {
                tell.emit(FigureEvent::Step { step: at.0, steps: at.1 });
            }
        })
    };
    Told { learnt, looked, is_awake: *is_awake }
}

/// Tells how the figure stands: that it is there, its height, its state, its run.
#[hook]
fn use_standing(app: &AppContext, tell: &Callback<FigureEvent>) {
    let state = query_of(&app.state);
    {
        let (tell, frame, route, state) = (tell.clone(), app.frame.clone(), app.state.route, state.clone());
        use_effect_with((), move |()| {
            let parts = frame.parts.iter().flatten().map(|part| part.key()).collect();
            tell.emit(FigureEvent::Ready { place: route.path(), parts, state, keeps: storage::is_there() });
            let watch = HeightWatch::new(move |height| tell.emit(FigureEvent::Size { height }));
            move || drop(watch)
        });
    }
    {
        let (tell, is_first) = (tell.clone(), use_mut_ref(|| true));
        use_effect_with(state, move |state| {
            if !is_first.replace(false) {
                tell.emit(FigureEvent::State { state: state.clone() });
            }
        });
    }
    let run: &RunModel = &app.run;
    {
        let last = run.steps.last();
        let progress = FigureEvent::Progress {
            training: run.is_busy(),
            iteration: run.iteration,
            iterations: run.n_steps,
            loss: last.map(|step| step.loss),
            accuracy: last.map(|step| step.accuracy),
        };
        let (tell, has_begun) = (tell.clone(), run.state != RunState::Idle || run.iteration > 0);
        use_effect_with((progress, has_begun), move |(progress, has_begun)| {
            if *has_begun {
                tell.emit(progress.clone());
            }
        });
    }
    let end = run.report.as_ref().map(|report| (report.n_images, report.n_correct, run.iteration));
    let tell = tell.clone();
    use_effect_with(end, move |end| {
        if let Some((images, correct, _)) = *end {
            tell.emit(FigureEvent::Finished { images, correct });
        }
    });
}

/// Holds back what the worker says while nobody sees the figure, but for now and then.
#[hook]
fn use_sleep(app: &AppContext, is_awake: bool) {
    let run = app.run.dispatcher();
    use_effect_with(is_awake, move |&is_awake| {
        let take = {
            let run = run.clone();
            move |is_asleep| sleep::set_asleep(is_asleep).into_iter().for_each(|action| run.dispatch(action))
        };
        take(!is_awake);
        let timer = (!is_awake).then(|| Interval::new(ASLEEP_MILLIS, move || take(true)));
        move || drop(timer)
    });
}

/// The state as an address carries it, without the place.
fn query_of(state: &AppState) -> String {
    let address = to_address(state);
    address.split_once('?').map_or(String::new(), |(_, query)| query.to_string())
}

impl Now {
    /// Does what the page around asks for.
    ///
    /// # Errors
    /// Sentences that say why not; then nothing has changed.
    fn follow(&self, command: HostCommand) -> Result<(), Vec<String>> {
        match command {
            HostCommand::Set { state } => self.take(format!("{}?{state}", self.app.state.route.path())),
            HostCommand::Step { step } => self.go_to(step),
            HostCommand::Reset => {
                if self.app.run.state != RunState::Idle {
                    self.app.open.emit(self.app.state.lab.clone());
                }
                self.take(self.first.clone())
            }
            HostCommand::Pause => {
                if self.app.run.is_busy() {
                    self.app.send.emit(Command::Run(self.app.run.id, RunCommand::Pause));
                }
                Ok(())
            }
            HostCommand::Visible { visible } => {
                self.is_awake.set(visible);
                Ok(())
            }
            HostCommand::Theme { theme } => {
                choose(theme);
                Ok(())
            }
        }
    }

    /// Takes the state of an address of this place.
    fn take(&self, address: String) -> Result<(), Vec<String>> {
        let problems = self.app.state.clone().open(&address);
        if !problems.is_empty() {
            return Err(problems);
        }
        self.app.change.emit(Box::new(move |state| drop(state.open(&address))));
        Ok(())
    }

    fn go_to(&self, step: usize) -> Result<(), Vec<String>> {
        let Route::Chapter(i) = self.app.state.route else { return Err(vec![say!("ui.figure.no-steps")]) };
        match self.n_steps.get() {
            Some(n) if step >= n => Err(vec![say!("ui.figure.steps", n = n, last = n - 1)]),
            _ => {
                self.app.change.emit(Box::new(move |state| state.chapters[i].at = Some(step)));
                Ok(())
            }
        }
    }
}
