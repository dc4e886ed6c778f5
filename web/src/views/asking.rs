//! Questions that a view asks for as long as it is shown and can be seen.

use crate::context::use_is_awake;
use crate::platform::dom;
use crate::platform::worker_bridge::{Reply, WorkerClient};
use receptive_train::protocol::{Query, Refusal};
use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The most of the processors' time that may go into showing what a network that trains has come to.
const MOST_OF_TIME: f64 = 0.03;

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
pub(crate) fn use_answer(client: &WorkerClient, question: Option<Query>, version: u32) -> Option<Same<Asked>> {
    let is_awake = use_is_awake();
    let found = use_state(Option::<Same<Asked>>::default);
    let last = use_mut_ref(u32::default);
    let question = question.filter(|_| is_awake);
    let (client, set) = (client.clone(), found.setter());
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
    /// True while an answer is awaited.
    is_busy: bool,
    /// True while the pause after an answer is not over.
    is_resting: bool,
}

/// Asks a question, and again when it or `version` is another, but one question at a time: the same question goes out again
/// when the answer has come and the pause after it is over, another one without a pause. The pause is as long as is said, or
/// longer where showing the answer is dear: the trainer needs the processors too. Without a pause, where nothing trains, one
/// that is on ends. Returns the last answer.
#[hook]
pub(crate) fn use_live_answer(
    client: &WorkerClient,
    question: Option<Query>,
    version: u32,
    pause_millis: i32,
) -> Option<Same<Asked>> {
    let is_awake = use_is_awake();
    let question = question.filter(|_| is_awake);
    let found = use_state(Option::<Same<Asked>>::default);
    let live = use_mut_ref(Live::default);
    let (client, set) = (client.clone(), found.setter());
    let asking = live.clone();
    use_effect_with((question, version, pause_millis), move |(question, version, pause_millis)| {
        asking.borrow_mut().want(question.clone().map(|question| (question, *version)), *pause_millis);
        pursue(asking, client, set, *pause_millis);
    });
    // A view that is gone wants nothing.
    use_effect_with((), move |()| move || live.borrow_mut().wanted = None);
    (*found).clone()
}

/// The pause between two looks into a network, in milliseconds: while nothing trains, none.
pub(crate) fn pause(is_training: bool, millis: i32) -> i32 {
    if is_training { millis } else { 0 }
}

/// Asks what is to be asked now, if anything, and goes on with what is wanted after that.
fn pursue(live: Rc<RefCell<Live>>, client: WorkerClient, set: UseStateSetter<Option<Same<Asked>>>, pause_millis: i32) {
    let Some(question) = live.borrow_mut().next() else { return };
    spawn_local(async move {
        let reply = client.ask(question.clone()).await;
        let start = dom::now_millis();
        set.set(Some(Same(Rc::new(Asked { question, reply }))));
        {
            let mut live = live.borrow_mut();
            (live.is_busy, live.is_resting) = (false, pause_millis > 0);
        }
        pursue(live.clone(), client.clone(), set.clone(), pause_millis);
        if pause_millis > 0 {
            let cost = cost_of_showing(start).await;
            let spread = cost / (MOST_OF_TIME * f64::from(dom::n_processors()));
            dom::sleep(pause_millis.max(spread as i32)).await;
        }
        live.borrow_mut().is_resting = false;
        pursue(live, client, set, pause_millis);
    });
}

/// Waits until what was handed over at `start` has been drawn. Returns the time that this took the main thread, in
/// milliseconds, without that in which it waited for its frame.
async fn cost_of_showing(start: f64) -> f64 {
    // Views are made anew before the next task, laid out and painted after the next frame has begun.
    dom::sleep(0).await;
    let made = dom::now_millis() - start;
    dom::frame().await;
    let begun = dom::now_millis();
    dom::sleep(0).await;
    made + dom::now_millis() - begun
}

impl Live {
    /// Notes what is to be asked from now on, and with what pauses.
    fn want(&mut self, wanted: Option<(Query, u32)>, pause_millis: i32) {
        self.wanted = wanted;
        self.is_resting &= pause_millis > 0;
    }

    /// The question to ask now.
    fn next(&mut self) -> Option<Query> {
        let question = |of: &Option<(Query, u32)>| of.as_ref().map(|(question, _)| question.clone());
        let (wanted, asked) = (question(&self.wanted), question(&self.asked));
        if self.is_busy || self.wanted == self.asked || self.is_resting && wanted == asked {
            return None;
        }
        self.asked.clone_from(&self.wanted);
        self.is_busy = wanted.is_some();
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_train::protocol::RunId;

    fn question(run: u32) -> Query {
        Query::Accuracy { run: RunId(run), n_images: 1 }
    }

    /// A question was answered, and the pause after it is on.
    fn resting() -> Live {
        let mut live = Live::default();
        live.want(Some((question(1), 1)), 100);
        assert_eq!((live.next(), live.next()), (Some(question(1)), None), "once");
        live.want(Some((question(1), 2)), 100);
        assert_eq!(live.next(), None, "one question at a time");
        (live.is_busy, live.is_resting) = (false, true);
        live
    }

    #[test]
    fn the_same_question_waits_for_the_pause_and_another_does_not() {
        let mut live = resting();
        assert_eq!(live.next(), None);
        live.want(Some((question(2), 2)), 100);
        assert_eq!(live.next(), Some(question(2)));
        let mut live = resting();
        live.is_resting = false;
        assert_eq!(live.next(), Some(question(1)));
    }

    #[test]
    fn a_pause_ends_where_nothing_trains() {
        let mut live = resting();
        live.want(Some((question(1), 3)), 0);
        assert_eq!(live.next(), Some(question(1)));
        let mut live = resting();
        live.want(None, 0);
        assert_eq!(live.next(), None, "nothing is wanted");
    }
}
