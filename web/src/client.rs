//! The client of a worker: asks questions, and matches the answers to them. No browser here.

use futures_channel::oneshot;
use receptive_train::protocol::{Refusal, RequestId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Asks questions `Q` and awaits answers `A`. Clones are the same client.
pub struct Client<Q, A> {
    inner: Rc<RefCell<Inner<Q, A>>>,
}

struct Inner<Q, A> {
    last: u32,
    /// The way to the worker, once there is one.
    post: Option<Rc<dyn Fn(RequestId, Q)>>,
    open: BTreeMap<RequestId, OpenQuestion<Q, A>>,
}

struct OpenQuestion<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<A, Refusal>>,
    /// True if a worker has ended since it was asked.
    is_asked_again: bool,
}

impl<Q, A> Clone for Client<Q, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<Q, A> PartialEq for Client<Q, A> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl<Q, A> Default for Client<Q, A> {
    fn default() -> Self {
        Self { inner: Rc::new(RefCell::new(Inner { last: 0, post: None, open: BTreeMap::new() })) }
    }
}

impl<Q: Clone, A> Client<Q, A> {
    /// A client whose first question comes after this number: a worker may still answer those up to it.
    pub fn after(last: u32) -> Self {
        let client = Self::default();
        client.inner.borrow_mut().last = last;
        client
    }

    /// The number of the last question.
    pub fn last(&self) -> u32 {
        self.inner.borrow().last
    }

    /// Sets the way to the worker. What was asked before goes there at once.
    pub fn connect(&self, post: impl Fn(RequestId, Q) + 'static) {
        let post: Rc<dyn Fn(RequestId, Q)> = Rc::new(post);
        self.inner.borrow_mut().post = Some(post.clone());
        let waiting: Vec<_> = self.inner.borrow().open.iter().map(|(&id, open)| (id, open.question.clone())).collect();
        waiting.into_iter().for_each(|(id, question)| post(id, question));
    }

    /// Asks a question. It goes out at once; whoever drops the future does not want the answer any more.
    pub fn ask(&self, question: Q) -> impl Future<Output = Result<A, Refusal>> + use<Q, A> {
        let (answer, awaited) = oneshot::channel();
        let (id, post) = {
            let mut inner = self.inner.borrow_mut();
            inner.open.retain(|_, open| !open.answer.is_canceled());
            inner.last = inner.last.wrapping_add(1);
            let id = RequestId(inner.last);
            inner.open.insert(id, OpenQuestion { question: question.clone(), answer, is_asked_again: false });
            (id, inner.post.clone())
        };
        if let Some(post) = post {
            post(id, question);
        }
        async move { awaited.await.unwrap_or(Err(Refusal::WorkerEnded)) }
    }

    /// Takes an answer. Returns false, and drops it, when it answers no open question: none of that id was asked, it is
    /// answered already, or nobody waits for the answer any more.
    pub fn answered(&self, id: RequestId, answer: Result<A, Refusal>) -> bool {
        let open = self.inner.borrow_mut().open.remove(&id);
        open.is_some_and(|open| open.answer.send(answer).is_ok())
    }

    /// Notes that the worker ended. Returns the questions to ask the next one: each is asked once more, and not again, as
    /// it may be what the worker ended over. If there is no next one, all are refused.
    pub fn worker_ended(&self, is_last: bool) -> Vec<(RequestId, Q)> {
        let mut inner = self.inner.borrow_mut();
        let open = std::mem::take(&mut inner.open).into_iter().filter(|(_, open)| !open.answer.is_canceled());
        let (refused, again): (Vec<_>, Vec<_>) = open.partition(|(_, open)| is_last || open.is_asked_again);
        inner.open = again.into_iter().map(|(id, open)| (id, OpenQuestion { is_asked_again: true, ..open })).collect();
        for (_, open) in refused {
            // Fails only when nobody waits for it.
            let _ = open.answer.send(Err(Refusal::WorkerEnded));
        }
        inner.open.iter().map(|(&id, open)| (id, open.question.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    type Posted = Rc<RefCell<Vec<(RequestId, &'static str)>>>;

    /// A client, and everything that it has posted.
    fn client() -> (Client<&'static str, u32>, Posted) {
        let (client, posted) = (Client::default(), Posted::default());
        let log = posted.clone();
        client.connect(move |id, question| log.borrow_mut().push((id, question)));
        (client, posted)
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => Some(found),
            Poll::Pending => None,
        }
    }

    #[test]
    fn each_question_gets_its_own_answer_in_whatever_order_they_come() {
        let (client, posted) = client();
        let (mut a, mut b) = (pin!(client.ask("a")), pin!(client.ask("b")));
        let ids: Vec<_> = posted.borrow().iter().map(|(id, _)| *id).collect();
        assert_eq!((poll(a.as_mut()), poll(b.as_mut())), (None, None));
        assert!(client.answered(ids[1], Ok(2)) && client.answered(ids[0], Err(Refusal::NoRun)));
        assert_eq!((poll(a), poll(b)), (Some(Err(Refusal::NoRun)), Some(Ok(2))));
    }

    #[test]
    fn a_second_answer_and_one_to_no_question_are_dropped() {
        let (client, posted) = client();
        let mut a = pin!(client.ask("a"));
        let id = posted.borrow()[0].0;
        assert!(client.answered(id, Ok(1)));
        assert!(!client.answered(id, Ok(2)), "it is answered already");
        assert!(!client.answered(RequestId(99), Ok(3)), "nobody asked");
        assert_eq!(poll(a.as_mut()), Some(Ok(1)));
        let dropped = client.ask("b");
        drop(dropped);
        assert!(!client.answered(RequestId(2), Ok(4)), "nobody waits");
    }

    #[test]
    fn what_is_asked_before_there_is_a_worker_waits_for_it() {
        let client = Client::<&str, u32>::default();
        let mut a = pin!(client.ask("a"));
        assert_eq!(poll(a.as_mut()), None);
        let posted = Posted::default();
        let log = posted.clone();
        client.connect(move |id, question| log.borrow_mut().push((id, question)));
        assert_eq!(*posted.borrow(), [(RequestId(1), "a")]);
        client.answered(RequestId(1), Ok(5));
        assert_eq!(poll(a), Some(Ok(5)));
    }

    #[test]
    fn when_the_worker_ends_open_questions_are_asked_once_more_and_then_refused() {
        let (client, _) = client();
        let mut a = pin!(client.ask("a"));
        drop(client.ask("unwanted"));
        assert_eq!(client.worker_ended(false), [(RequestId(1), "a")]);
        let mut b = pin!(client.ask("b"));
        assert_eq!(poll(a.as_mut()), None, "the next worker may answer");
        assert_eq!(client.worker_ended(false), [(RequestId(3), "b")], "a may be what they ended over");
        assert_eq!((poll(a), poll(b.as_mut())), (Some(Err(Refusal::WorkerEnded)), None));
        assert_eq!(client.worker_ended(true), []);
        assert_eq!(poll(b), Some(Err(Refusal::WorkerEnded)));
        assert!(!client.answered(RequestId(3), Ok(1)), "too late");
    }
}
