//! What is trained is kept in the browser's storage: the worker is told under which key, and when the page may be gone soon.

use crate::context::use_app;
use crate::platform::dom::Listener;
use crate::platform::kept;
use receptive_train::protocol::{Command, RunId};
use yew::prelude::*;

/// Has the open run kept, unless it belongs to a race. Shows nothing.
#[component]
pub(super) fn KeepRuns() -> Html {
    let app = use_app();
    let (id, is_racer) = (app.run.id, app.run.is_racer());
    {
        let lost = app.run.n_lost;
        let before = use_mut_ref(move || lost);
        use_effect_with((id, is_racer, lost, app.send.clone()), move |(id, is_racer, lost, send)| {
            if before.replace(*lost) != *lost {
                kept::forget_key(*id);
            }
            if *id != RunId::default() && !is_racer {
                send.emit(Command::Keep(*id, Some(kept::key_of(*id))));
            }
        });
    }
    use_effect_with(app.send.clone(), move |send| {
        let listeners = ["visibilitychange", "pagehide"].map(|kind| {
            let send = send.clone();
            Listener::new(kind, move |_| send.emit(Command::KeepNow))
        });
        move || drop(listeners)
    });
    html! {}
}
