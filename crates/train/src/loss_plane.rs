//! The loss around a network: at places of a plane through its weights, some of them for each question of the page. All
//! workers compute them, between the steps of training.

use crate::pool::{PlaneEngine, PlaneImages};
use crate::protocol::{Answer, Event, Losses, MOST_PLACES, Refusal, RequestId, RunId, Split};
use crate::session::{Going, Open, Session};
use crate::sources::Supply;
use std::collections::VecDeque;
use std::ops::Range;

/// Training images that the loss is the mean of at most, as far as there are so many.
const N_IMAGES: usize = 512;
/// Places are shared out so many at a time that they take about as long, in milliseconds, between the steps of training.
const TURN_MILLIS: f64 = 16.0;
/// The same where nothing trains: a message to a replica and back costs a few milliseconds, which are then few among many.
const IDLE_TURN_MILLIS: f64 = 64.0;
/// A question is answered with as many of its places as are done in so many milliseconds.
const ANSWER_MILLIS: f64 = 200.0;
/// While a run trains, its steps have so many times as much time as places.
const TRAINING_SHARE: f64 = 9.0;

/// A question, and how far it has come.
struct PlaceRequest {
    request: RequestId,
    places: Vec<[f32; 2]>,
    images: Range<usize>,
    losses: Vec<f32>,
    begun_millis: Option<f64>,
}

/// The plane that is looked at, and what it takes to do so. It holds the weights as they were when it was first asked for.
pub(crate) struct LossPlane {
    run: RunId,
    iteration: u32,
    /// The number by which replicas know it.
    pub(crate) number: u32,
    pub(crate) engine: PlaneEngine,
    requests: VecDeque<PlaceRequest>,
    /// Places that a worker gets at a time.
    n_each: usize,
    /// The time at which the places at hand, or the last ones, were shared out, if it is not known yet how long they took.
    begun_millis: Option<f64>,
    /// The time before which training goes first.
    due_millis: f64,
}

impl LossPlane {
    fn into_refusals(self) -> impl Iterator<Item = Event> {
        self.requests.into_iter().map(|asked| Event::Answered(asked.request, Err(Refusal::Closed)))
    }

    /// Notes how long places took: the next ones are as many as fit a turn, and training has its share of time first.
    fn note(&mut self, now_millis: f64, is_training: bool) {
        let Some(begun) = self.begun_millis.take() else { return };
        let took = (now_millis - begun).max(0.0);
        self.due_millis = now_millis + TRAINING_SHARE * took;
        let turn = if is_training { TURN_MILLIS } else { IDLE_TURN_MILLIS };
        if took < turn / 2.0 {
            self.n_each = (2 * self.n_each).min(MOST_PLACES);
        } else if took > 2.0 * turn {
            self.n_each = (self.n_each / 2).max(1);
        }
    }
}

/// True if steps of training wait to be done.
fn is_training(open: &Open) -> bool {
    open.going != Going::No && !open.waiting
}

impl Session {
    /// Asks for the mean loss over a range of images at places of the plane of a seed through the weights that the run had
    /// after `since` steps, or has now. The answer comes when it is computed.
    pub(crate) fn ask_losses(
        &mut self,
        request: RequestId,
        run: RunId,
        (seed, since): (u32, Option<u32>),
        (places, images): (Vec<[f32; 2]>, Range<u32>),
    ) -> Result<Option<Answer>, Refusal> {
        if places.iter().flatten().any(|part| !part.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        if since.is_none() {
            let plane = self.open_loss_plane(run, seed)?;
            self.close_loss_plane();
            self.loss_plane = Some(plane);
            self.pool.activate();
        }
        let is_it = |plane: &&mut LossPlane| {
            plane.run == run && plane.engine.seed() == seed && since.is_none_or(|i| i == plane.iteration)
        };
        let plane = self.loss_plane.as_mut().filter(is_it).ok_or(Refusal::Closed)?;
        let n_images = plane.engine.images().labels.len() as u32;
        let images = plane.engine.whole(images.start as usize..images.end as usize);
        if images.is_empty() {
            return Err(Refusal::NoImage { index: images.start as u32, n_images });
        }
        let places: Vec<_> = places.into_iter().take(MOST_PLACES).collect();
        let losses = Vec::with_capacity(places.len());
        plane.requests.push_back(PlaceRequest { request, places, images, losses, begun_millis: None });
        Ok(None)
    }

    fn open_loss_plane(&mut self, id: RunId, seed: u32) -> Result<LossPlane, Refusal> {
        self.finite_run(id)?;
        let open = self.open.as_ref().ok_or(Refusal::NoRun)?;
        if open.supply == Supply::BuiltIn {
            while self.sources.make_built_in(Split::Training, 0..N_IMAGES) {}
        }
        let data = self.sources.get(open.supply).ok_or(Refusal::NoRun)?;
        let mut images = PlaneImages::default();
        for (pixels, label) in (0..N_IMAGES.min(data.n_training())).map_while(|i| data.training_image(i)) {
            images.pixels.extend(pixels.into_iter().map(|pixel| f32::from(pixel) / 255.0));
            images.labels.push(label);
        }
        let none = Refusal::NoImage { index: 0, n_images: data.n_training() as u32 };
        let (config, weights) = (&open.run.config, open.run.parameters().clone());
        let engine = PlaneEngine::new(&config.spec, config.loss, weights, seed, images).ok_or(none)?;
        Ok(LossPlane {
            run: id,
            iteration: open.run.iteration,
            number: self.pool.next_job(),
            engine,
            requests: VecDeque::new(),
            n_each: 1,
            begun_millis: None,
            due_millis: 0.0,
        })
    }

    /// Forgets the plane, and refuses what it has not answered.
    pub(crate) fn close_loss_plane(&mut self) {
        let Some(plane) = self.loss_plane.take() else { return };
        if let Some(open) = self.open.as_mut().filter(|open| open.job.is_of_places()) {
            open.job.abandon();
        }
        plane.into_refusals().for_each(|refusal| self.emit(refusal));
    }

    /// Takes in the time, by which it is known how long places took that are done.
    pub(crate) fn time_places(&mut self, open: &Open, now_millis: f64) {
        if let Some(plane) = self.loss_plane.as_mut().filter(|_| !open.job.is_of_places()) {
            plane.note(now_millis, is_training(open));
        }
    }

    /// True if the page waits for losses.
    pub(crate) fn has_places(&self) -> bool {
        self.loss_plane.as_ref().is_some_and(|plane| !plane.requests.is_empty())
    }

    /// True if places are next: there are some, and training is not going on or has had its share.
    pub(crate) fn are_places_due(&self, open: &Open, now_millis: f64) -> bool {
        self.has_places()
            && self.loss_plane.as_ref().is_some_and(|plane| !is_training(open) || now_millis >= plane.due_millis)
    }

    /// Shares out the next places of the first question. Returns whether replicas have some of them.
    pub(crate) fn begin_places(&mut self, open: &mut Open, now_millis: f64) -> bool {
        self.pool.interrupt();
        self.gpu.interrupt();
        let (replicas, number) = (self.pool.all(), self.pool.next_job());
        let Some(plane) = &mut self.loss_plane else { return false };
        let Some(asked) = plane.requests.front_mut() else { return false };
        asked.begun_millis.get_or_insert(now_millis);
        plane.begun_millis = Some(now_millis);
        let left = &asked.places[asked.losses.len()..];
        let n = left.len().min(plane.n_each * (1 + replicas.len()));
        open.job.begin_places(number, &left[..n], asked.images.clone(), &replicas);
        self.send_places(open);
        !replicas.is_empty()
    }

    /// Takes in the losses at the places that were shared out, and answers the question when those were all, or when it has
    /// waited long enough.
    pub(crate) fn finish_places(&mut self, open: &Open, now_millis: f64) {
        let Some(plane) = &mut self.loss_plane else { return };
        let Some(asked) = plane.requests.front_mut() else { return };
        asked.losses.extend_from_slice(open.job.place_losses());
        let is_late = asked.begun_millis.is_some_and(|begun| now_millis - begun >= ANSWER_MILLIS);
        if asked.losses.len() < asked.places.len() && !is_late {
            return;
        }
        let Some(PlaceRequest { request, losses, images, .. }) = plane.requests.pop_front() else { return };
        let n_all = plane.engine.images().labels.len() as u32;
        let (iteration, n_images) = (plane.iteration, images.len() as u32);
        self.emit(Event::Answered(request, Ok(Answer::Losses(Losses { values: losses, iteration, n_images, n_all }))));
    }
}
