//! The browser's storage for the learner's runs, in IndexedDB. Training workers write there and the page reads, each by a
//! connection of its own.
//!
//! There are three stores, all by the run's key: `states` has its bytes, as `receptive_train::KeptRun` writes them; `runs`
//! has what can be said of it in a line, so that a list reads no weights; `names` has what the learner calls it. Keys begin
//! with the time, so they are in order of age.

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Query, Transaction, TransactionMode};
use js_sys::{Reflect, Uint8Array};
use receptive_train::KeptFacts;
use receptive_train::protocol::{StorageFault, decode, encode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbTransaction;

const NAME: &str = "receptive";
const VERSION: u32 = 1;
const RUNS: &str = "runs";
const STATES: &str = "states";
const NAMES: &str = "names";
/// Runs that are kept; beyond them the oldest without a name is given up.
pub(crate) const MOST_RUNS: usize = 24;
/// The layout of a record of `runs`.
const FORMAT: u8 = 1;

thread_local! {
    /// The connection, as long as the browser leaves it open.
    static OPEN: RefCell<Option<Rc<Store>>> = RefCell::default();
}

/// A connection to a database of the browser's.
pub(super) struct Connection {
    database: Database,
    /// False once the browser has closed it, or wants it closed.
    is_open: Rc<Cell<bool>>,
}

/// A connection to the storage.
pub(crate) struct Store(Connection);

/// A kept run in a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredRun {
    pub(crate) key: String,
    /// What the learner calls it.
    pub(crate) name: Option<String>,
    /// When it was kept last, in milliseconds since 1970.
    pub(crate) saved_millis: f64,
    /// Bytes that it takes.
    pub(crate) n_bytes: u64,
    /// Nothing where it was kept in another format.
    pub(crate) facts: Option<KeptFacts>,
}

/// Returns the reason for an error.
pub(super) fn fault(error: idb::Error) -> StorageFault {
    use idb::Error::*;
    match error {
        DomException(exception) => named(&exception.name()),
        IndexedDbNotFound(_) | IndexedDbOpenFailed(_) => StorageFault::Refused,
        UpdateFailed(why) | GetFailed(why) | GetAllKeysFailed(why) | DeleteFailed(why) | TransactionOpenFailed(why) => {
            why.dyn_ref().map_or(StorageFault::Failed, |why: &web_sys::DomException| named(&why.name()))
        }
        _ => StorageFault::Failed,
    }
}

fn named(name: &str) -> StorageFault {
    match name {
        "QuotaExceededError" => StorageFault::Full,
        "SecurityError" | "NotAllowedError" => StorageFault::Refused,
        _ => StorageFault::Failed,
    }
}

/// The connection, if there is one already.
pub(crate) fn current() -> Option<Rc<Store>> {
    OPEN.with_borrow(|open| open.clone()).filter(|store| store.0.is_open())
}

/// Connects to the storage, unless that was done.
///
/// # Errors
/// Where there is none.
pub(crate) async fn open() -> Result<Rc<Store>, StorageFault> {
    if let Some(store) = current() {
        return Ok(store);
    }
    let store = Rc::new(Store(Connection::open(NAME, VERSION, &[RUNS, STATES, NAMES]).await?));
    OPEN.set(Some(store.clone()));
    Ok(store)
}

/// A change that is being written.
pub(crate) struct Write {
    transaction: Transaction,
    inner: IdbTransaction,
}

impl Write {
    /// Waits until it is written: all of it, or nothing.
    ///
    /// # Errors
    /// When it could not be.
    pub(crate) async fn done(self) -> Result<(), StorageFault> {
        let ended = self.transaction.await;
        if ended.is_ok_and(|how| how.is_committed()) {
            return Ok(());
        }
        Err(self.inner.error().map_or(StorageFault::Failed, |error| named(&error.name())))
    }
}

impl Drop for Connection {
    /// A connection that nobody uses must not stand in the way of who wants the storage deleted. Two may have been opened at
    /// once, of which one stays.
    fn drop(&mut self) {
        self.database.close();
    }
}

impl Connection {
    /// Connects to a database, and makes its stores where it is new.
    ///
    /// # Errors
    /// Where there is none.
    pub(super) async fn open(name: &str, version: u32, stores: &'static [&str]) -> Result<Self, StorageFault> {
        let mut request = Factory::new().and_then(|factory| factory.open(name, Some(version))).map_err(fault)?;
        request.on_upgrade_needed(move |event| {
            if let Ok(database) = event.database() {
                for name in stores {
                    // What is not there is missed at the first use.
                    let _ = database.create_object_store(name, ObjectStoreParams::new());
                }
            }
        });
        let mut database = request.await.map_err(fault)?;
        let is_open = Rc::new(Cell::new(true));
        let (closed, outdated) = (is_open.clone(), is_open.clone());
        database.on_close(move |_| closed.set(false));
        database.on_version_change(move |event| {
            // Someone wants it deleted, or in another version: this connection must not stand in the way.
            outdated.set(false);
            if let Some(database) = event.target().and_then(|target| target.dyn_into::<web_sys::IdbDatabase>().ok()) {
                database.close();
            }
        });
        Ok(Self { database, is_open })
    }

    /// True unless the browser has closed it.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.get()
    }

    pub(super) fn begin(&self, stores: &[&str], mode: TransactionMode) -> Result<Transaction, StorageFault> {
        self.database.transaction(stores, mode).map_err(|error| {
            // A connection that was closed without a word is not used again.
            self.is_open.set(false);
            fault(error)
        })
    }

    pub(super) fn write(
        &self,
        stores: &[&str],
        change: impl FnOnce(&Transaction) -> Result<(), idb::Error>,
    ) -> Result<Write, StorageFault> {
        let inner: IdbTransaction = self.begin(stores, TransactionMode::ReadWrite)?.into();
        let transaction = Transaction::from(inner.clone());
        change(&transaction).map_err(fault)?;
        // Not left to the end of the task: where the worker is gone by then, WebKit leaves the stores locked for ever.
        let transaction = transaction.commit().map_err(fault)?;
        Ok(Write { transaction, inner })
    }
}

impl Store {
    /// Keeps a run. Its bytes are taken before this returns.
    ///
    /// # Errors
    /// When nothing can be written.
    pub(crate) fn keep(&self, key: &str, facts: &KeptFacts, state: &Uint8Array) -> Result<Write, StorageFault> {
        let mut record = vec![FORMAT];
        record.extend(encode(&(js_sys::Date::now(), u64::from(state.length()), facts)));
        let key = JsValue::from(key);
        self.0.write(&[RUNS, STATES], |transaction| {
            transaction.object_store(STATES)?.put(state, Some(&key))?;
            transaction.object_store(RUNS)?.put(&Uint8Array::from(&record[..]), Some(&key))?;
            Ok(())
        })
    }

    /// Gives up the oldest runs without a name, when there are too many.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) async fn make_room(&self, for_key: &str) -> Result<(), StorageFault> {
        let runs = self.list().await?;
        let n_over = runs.len().saturating_sub(MOST_RUNS);
        let unnamed = runs.iter().rev().filter(|run| run.name.is_none() && run.key != for_key);
        for run in unnamed.take(n_over) {
            self.delete(&run.key)?.done().await?;
        }
        Ok(())
    }

    /// Returns all runs, the one that was kept last first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn list(&self) -> Result<Vec<StoredRun>, StorageFault> {
        let transaction = self.0.begin(&[RUNS, NAMES], TransactionMode::ReadOnly)?;
        let (runs, names) =
            (transaction.object_store(RUNS).map_err(fault)?, transaction.object_store(NAMES).map_err(fault)?);
        // All are asked for before the first is waited for: a transaction ends when nothing is.
        let records = runs.get_all(None, None).map_err(fault)?.into_future();
        let keys = runs.get_all_keys(None, None).map_err(fault)?.into_future();
        let named = names.get_all(None, None).map_err(fault)?.into_future();
        let named_keys = names.get_all_keys(None, None).map_err(fault)?.into_future();
        let (records, keys) = (records.await.map_err(fault)?, keys.await.map_err(fault)?);
        let (named, named_keys) = (named.await.map_err(fault)?, named_keys.await.map_err(fault)?);
        let name_of = |key: &JsValue| {
            let place = named_keys.iter().position(|named| named == key)?;
            named.get(place)?.as_string()
        };
        let run = |(key, record): (&JsValue, &JsValue)| {
            let bytes = Uint8Array::new(record).to_vec();
            let read = bytes.split_first().filter(|(format, _)| **format == FORMAT);
            let read = read.and_then(|(_, rest)| decode::<(f64, u64, KeptFacts)>(rest).ok());
            let (saved_millis, n_bytes, facts) =
                read.map_or((0.0, 0, None), |(saved, n_bytes, facts)| (saved, n_bytes, Some(facts)));
            Some(StoredRun { key: key.as_string()?, name: name_of(key), saved_millis, n_bytes, facts })
        };
        let mut runs: Vec<StoredRun> = keys.iter().zip(&records).filter_map(run).collect();
        runs.sort_by(|a, b| b.saved_millis.total_cmp(&a.saved_millis).then_with(|| b.key.cmp(&a.key)));
        Ok(runs)
    }

    /// Returns the bytes of a run, if it is kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn state(&self, key: &str) -> Result<Option<Uint8Array>, StorageFault> {
        let transaction = self.0.begin(&[STATES], TransactionMode::ReadOnly)?;
        let states = transaction.object_store(STATES).map_err(fault)?;
        let found = states.get(Query::Key(key.into())).map_err(fault)?.await.map_err(fault)?;
        Ok(found.and_then(|found| found.dyn_into().ok()))
    }

    /// Gives up a run.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn delete(&self, key: &str) -> Result<Write, StorageFault> {
        self.0.write(&[RUNS, STATES, NAMES], |transaction| {
            for name in [RUNS, STATES, NAMES] {
                transaction.object_store(name)?.delete(Query::Key(key.into()))?;
            }
            Ok(())
        })
    }

    /// Gives a run a name, or takes it away.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn rename(&self, key: &str, name: Option<&str>) -> Result<Write, StorageFault> {
        self.0.write(&[NAMES], |transaction| {
            let names = transaction.object_store(NAMES)?;
            match name {
                Some(name) => names.put(&name.into(), Some(&key.into())).map(drop),
                None => names.delete(Query::Key(key.into())).map(drop),
            }
        })
    }
}

/// Returns a key for a run that begins now.
pub(crate) fn fresh_key() -> String {
    format!("{:013}-{:06}", js_sys::Date::now() as u64, getrandom::u32().unwrap_or(0) % 1_000_000)
}

/// Returns a time as the reader's language writes it, with its day.
pub(crate) fn time_text(millis: f64, language: &str) -> String {
    let options = js_sys::Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // An object of its own takes every key.
        let _ = Reflect::set(&options, &key.into(), &value.into());
    }
    js_sys::Date::new(&millis.into()).to_locale_string(language, &options).into()
}
