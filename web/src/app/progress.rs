//! The learner's progress, kept in the browser and shared by all its tabs.

use crate::context::Memory;
use crate::platform::dom::Listener;
use crate::platform::storage;
use crate::run_model::{RunAction, RunModel};
use crate::state::{LearnerAction, Progress, Route};
use receptive_lessons::{chapters, say};
use std::rc::Rc;
use yew::prelude::*;

/// Its name in the browser's storage.
const STORE: &str = "receptive.progress";

/// The progress that this tab knows.
struct Known {
    progress: Rc<Progress>,
    /// False once the browser would not keep it.
    is_kept: bool,
}

fn stored() -> Option<Progress> {
    storage::stored(STORE).map(|text| Progress::read(&text))
}

/// Returns the learner's progress, as the browser keeps it.
#[hook]
pub(super) fn use_kept_memory(route: Route, run: &UseReducerHandle<RunModel>) -> Memory {
    let shown = use_state_eq(|| Rc::new(stored().unwrap_or_default()));
    let first = (*shown).clone();
    let known = use_mut_ref(move || Known { progress: first, is_kept: true });
    {
        let (known, shown) = (known.clone(), shown.setter());
        use_effect_with((), move |()| {
            // Another tab has taken note of something.
            let listener = Listener::new("storage", move |_| {
                let mut known = known.borrow_mut();
                if known.is_kept {
                    known.progress = Rc::new(stored().unwrap_or_default());
                    shown.set(known.progress.clone());
                }
            });
            move || drop(listener)
        });
    }
    let (set, run) = (shown.setter(), run.dispatcher());
    let record = use_callback((), move |action: LearnerAction, ()| {
        let mut known = known.borrow_mut();
        // What the store says counts: another tab may have written since.
        let before = stored().filter(|_| known.is_kept).unwrap_or_else(|| (*known.progress).clone());
        let mut progress = before.clone();
        progress.take(action);
        if progress == before && progress == *known.progress {
            return;
        }
        if known.is_kept && !storage::store(STORE, &progress.text()) {
            known.is_kept = false;
            run.dispatch(RunAction::Notify(say!("ui.not-kept")));
        }
        known.progress = Rc::new(progress);
        set.set(known.progress.clone());
    });
    let opened = record.clone();
    let chapter = if let Route::Chapter(i) = route { chapters::OUTLINES[i].key } else { "" };
    use_effect_with(chapter, move |chapter| {
        if !chapter.is_empty() {
            opened.emit(LearnerAction::Opened(chapter));
        }
    });
    Memory { progress: (*shown).clone(), chapter, record }
}
