//! What is trained is kept in the browser's storage: the worker is told under which key, and when the page may be gone soon.

use crate::context::{SharedDrawing, use_app};
use crate::drawing::Drawing;
use crate::platform::dom::Listener;
use crate::platform::locks::Hold;
use crate::platform::{kept, storage};
use crate::run_model::RunAction;
use receptive_lessons::say;
use receptive_train::protocol::{Command, RunCommand, RunId};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// The name of the drawing in the browser's storage.
const DRAWING: &str = "receptive.drawing";

/// The drawing that was on the pad when the page was last open.
pub(super) fn kept_drawing() -> SharedDrawing {
    let text = storage::stored(DRAWING).unwrap_or_default();
    SharedDrawing(Rc::new(RefCell::new(Drawing::read(&text))))
}

/// Has the open run kept, unless it belongs to a race. Shows nothing.
#[component]
pub(super) fn KeepRuns() -> Html {
    let app = use_app();
    let (id, is_racer) = (app.run.id, app.run.is_racer());
    let n_taken = use_state_eq(|| 0);
    {
        let lost = app.run.n_lost;
        let (before, run, n_taken) = (use_mut_ref(move || lost), app.run.dispatcher(), n_taken.clone());
        let known = (id, is_racer, lost, *n_taken, app.send.clone());
        use_effect_with(known, move |(id, is_racer, lost, n_before, send)| {
            let (id, n_next) = (*id, *n_before + 1);
            if before.replace(*lost) != *lost {
                kept::forget_key(id);
            }
            let hold = (id != RunId::default() && !is_racer).then(|| {
                let key = kept::key_of(id);
                send.emit(Command::Keep(id, Some(key.clone())));
                let send = send.clone();
                Hold::take(&key, move || {
                    // From here on it is a run of its own, kept under another key.
                    kept::forget_key(id);
                    send.emit(Command::Keep(id, None));
                    send.emit(Command::Run(id, RunCommand::Pause));
                    run.dispatch(RunAction::Notify(say!("lab.kept.taken")));
                    n_taken.set(n_next);
                })
            });
            move || drop(hold)
        });
    }
    {
        let pad = app.pad.clone();
        use_effect_with(app.send.clone(), move |send| {
            let listeners = ["visibilitychange", "pagehide"].map(|kind| {
                let (send, pad) = (send.clone(), pad.clone());
                Listener::new(kind, move |_| {
                    send.emit(Command::KeepNow);
                    // What cannot be kept is forgotten by a reload.
                    storage::store(DRAWING, &pad.0.borrow().text());
                })
            });
            move || drop(listeners)
        });
    }
    html! {}
}
