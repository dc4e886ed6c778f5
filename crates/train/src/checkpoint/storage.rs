//! The storage of the host, as a session knows it: under which names runs are kept there, and which it wants back. The
//! bytes go through the host's hands.

use crate::checkpoint::{Keeper, KeptFacts, KeptRun};
use crate::protocol::{KeptError, RunEvent, RunId};
use crate::session::Session;
use std::collections::BTreeMap;

/// Runs that are kept under a name, at most; those before them are not open any more.
const MOST_KEYS: usize = 8;

/// What the host keeps of a session's runs.
#[derive(Default)]
pub(crate) struct Storage {
    keys: BTreeMap<RunId, String>,
    /// Runs that are not open any more and have come further since the host was given them last.
    pub(crate) leaving: Vec<RunId>,
    /// What can be said of the checkpoint that was taken last.
    pub(crate) facts: Option<KeptFacts>,
    /// A run that is to go on, until it is there.
    wanted: Option<RunId>,
    /// The same with its name in the storage, until the host is told.
    to_read: Option<(RunId, String)>,
}

impl Storage {
    /// Notes that another run takes the place of one. It is given to the host once more, if there is news of it.
    pub(crate) fn leaves(&mut self, run: RunId, is_news: bool) {
        if is_news && self.keys.contains_key(&run) {
            self.leaving.push(run);
        }
    }

    /// Notes that another run was opened than the one that was to go on.
    pub(crate) fn forget_wanted(&mut self) {
        (self.wanted, self.to_read) = (None, None);
    }
}

impl Session {
    /// Returns the name under which a run is to be kept in the host's storage, if it is.
    pub fn key_of(&self, run: RunId) -> Option<&str> {
        self.storage.keys.get(&run).map(String::as_str)
    }

    /// Returns what can be said of the checkpoint that was taken last.
    pub fn last_facts(&self) -> Option<&KeptFacts> {
        self.storage.facts.as_ref()
    }

    /// Notes under which name a run is to be kept from now on, if it is. Under another one than before it is kept at once.
    pub(crate) fn keep_as(&mut self, run: RunId, key: Option<String>) {
        let keys = &mut self.storage.keys;
        let before = match key.clone() {
            Some(key) => keys.insert(run, key),
            None => keys.remove(&run),
        };
        while keys.len() > MOST_KEYS {
            keys.pop_first();
        }
        if run == self.run && key.is_some() && key != before {
            self.keeper = Keeper::default();
        }
    }

    /// Goes on with a run that the host keeps, once that is read.
    pub(crate) fn want(&mut self, run: RunId, key: String) {
        self.set_aside();
        self.make_way_for(run);
        self.storage.wanted = Some(run);
        self.storage.to_read = Some((run, key));
    }

    /// Returns a kept run that has to be read, once: the name that it gets, and the one under which it is kept.
    pub fn take_wanted_run(&mut self) -> Option<(RunId, String)> {
        self.storage.to_read.take()
    }

    /// Takes in a kept run that was wanted, or why it is not to be had. It goes on under the name that it was asked for by,
    /// paused.
    pub fn put_wanted_run(&mut self, run: RunId, read: Result<&[u8], KeptError>) {
        if self.storage.wanted.take_if(|wanted| *wanted == run).is_none() {
            return;
        }
        match read.and_then(KeptRun::read) {
            Ok(kept) => {
                let config = kept.config.clone();
                self.open_from(run, config, Some(KeptRun { run, ..kept }));
            }
            Err(error) => self.lose_kept(error),
        }
        self.emit_state();
    }

    /// Reports that the run cannot go on from what is kept of it. It is not kept under that name any longer: what there is
    /// stays.
    pub(crate) fn lose_kept(&mut self, error: KeptError) {
        self.storage.keys.remove(&self.run);
        self.emit_run(RunEvent::Lost(error));
    }
}
