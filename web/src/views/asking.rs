//! Questions that a view asks for as long as it is shown.

use crate::context::AppContext;
use crate::platform::dom;
use crate::platform::worker_bridge::Reply;
use receptive_train::protocol::{Query, Refusal};
use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Something large that is compared by being the very same.
pub(crate) struct Same<T>(pub(crate) Rc<T>);

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A question with what came of it.
pub(crate) struct Asked {
    pub(crate) question: Query,
    pub(crate) reply: Result<Reply, Refusal>,
}

/// Asks a question at once, and again when it or `version` is another; `version` counts what the answer depends on. An
/// answer that comes after that is not of interest any more. Returns the last answer, which may be to the question before.
#[hook]
pub(crate) fn use_answer(app: &AppContext, question: Option<Query>, version: u32) -> Option<Same<Asked>> {
    let found = use_state(Option::<Same<Asked>>::default);
    let last = use_mut_ref(u32::default);
    let (client, set) = (app.client.clone(), found.setter());
    use_effect_with((question, version), move |(question, _)| {
        *last.borrow_mut() += 1;
        let Some(question) = question.clone() else { return };
        let number = *last.borrow();
        spawn_local(async move {
            let reply = client.ask(question.clone()).await;
            if *last.borrow() == number {
                set.set(Some(Same(Rc::new(Asked { question, reply }))));
            }
        });
    });
    (*found).clone()
}

/// What is to be asked, and what was.
#[derive(Default)]
struct Live {
    wanted: Option<(Query, u32)>,
    asked: Option<(Query, u32)>,
    is_busy: bool,
}

/// Asks a question, and again when it or `version` is another, but one question at a time: the next goes out when the
/// answer has come and the pause after it is over. Returns the last answer.
#[hook]
pub(crate) fn use_live_answer(
    app: &AppContext,
    question: Option<Query>,
    version: u32,
    pause_millis: i32,
) -> Option<Same<Asked>> {
    let found = use_state(Option::<Same<Asked>>::default);
    let live = use_mut_ref(Live::default);
    let (client, set) = (app.client.clone(), found.setter());
    let asking = live.clone();
    use_effect_with((question, version), move |(question, version)| {
        asking.borrow_mut().wanted = question.clone().map(|question| (question, *version));
        if std::mem::replace(&mut asking.borrow_mut().is_busy, true) {
            return;
        }
        spawn_local(async move {
            while let Some(question) = next(&asking) {
                let reply = client.ask(question.clone()).await;
                set.set(Some(Same(Rc::new(Asked { question, reply }))));
                dom::sleep(pause_millis).await;
            }
            asking.borrow_mut().is_busy = false;
        });
    });
    // A view that is gone wants nothing.
    use_effect_with((), move |()| move || live.borrow_mut().wanted = None);
    (*found).clone()
}

/// The question to ask now, if it is not the one that was asked last.
fn next(live: &Rc<RefCell<Live>>) -> Option<Query> {
    let mut live = live.borrow_mut();
    if live.wanted == live.asked {
        return None;
    }
    live.asked = live.wanted.clone();
    live.wanted.as_ref().map(|(question, _)| question.clone())
}
