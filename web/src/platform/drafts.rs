//! The drafts of a teacher's lessons, in IndexedDB: a database of its own, with one store of texts by their keys.
//!
//! What the browser does not keep stays in this tab until it is closed.

use super::store::{Connection, fault};
use idb::{Query, TransactionMode};
use receptive_train::protocol::StorageFault;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;

const NAME: &str = "receptive-lessons";
const VERSION: u32 = 1;
const DRAFTS: &str = "drafts";
/// Between the time at which a draft was kept and its text.
const BEHIND_TIME: char = '\n';

thread_local! {
    static OPEN: RefCell<Option<Rc<Connection>>> = RefCell::default();
    /// What this tab has written, by its key.
    static OWN: RefCell<BTreeMap<String, String>> = RefCell::default();
}

/// A draft that is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) key: String,
    /// When it was kept last, in milliseconds since 1970.
    pub(crate) saved_millis: f64,
    /// Its file.
    pub(crate) text: String,
}

impl Draft {
    /// Reads what is kept under a key: the time, then the text.
    fn read(key: String, kept: &str) -> Self {
        let (time, text) = kept.split_once(BEHIND_TIME).unwrap_or(("", kept));
        Self { key, saved_millis: time.parse().unwrap_or_default(), text: text.into() }
    }
}

async fn open() -> Result<Rc<Connection>, StorageFault> {
    if let Some(there) = OPEN.with_borrow(|open| open.clone()).filter(|there| there.is_open()) {
        return Ok(there);
    }
    let connection = Rc::new(Connection::open(NAME, VERSION, &[DRAFTS]).await?);
    OPEN.set(Some(connection.clone()));
    Ok(connection)
}

/// Keeps a draft.
///
/// # Errors
/// When the browser does not keep it; this tab knows it all the same.
pub(crate) async fn keep(key: &str, text: &str) -> Result<(), StorageFault> {
    let kept = format!("{}{BEHIND_TIME}{text}", js_sys::Date::now());
    OWN.with_borrow_mut(|own| own.insert(key.into(), kept.clone()));
    let put = |transaction: &idb::Transaction| {
        transaction.object_store(DRAFTS)?.put(&JsValue::from(kept.as_str()), Some(&key.into())).map(drop)
    };
    open().await?.write(&[DRAFTS], put)?.done().await
}

/// Returns the file of a draft, if there is such a one.
///
/// # Errors
/// When the storage cannot be read, and this tab has not written it.
pub(crate) async fn text(key: &str) -> Result<Option<String>, StorageFault> {
    let own = OWN.with_borrow(|own| own.get(key).map(|kept| Draft::read(key.into(), kept).text));
    match stored(key).await {
        Ok(Some(text)) => Ok(Some(text)),
        Ok(None) => Ok(own),
        Err(fault) => own.map(Some).ok_or(fault),
    }
}

async fn stored(key: &str) -> Result<Option<String>, StorageFault> {
    let transaction = open().await?.begin(&[DRAFTS], TransactionMode::ReadOnly)?;
    let drafts = transaction.object_store(DRAFTS).map_err(fault)?;
    let found = drafts.get(Query::Key(key.into())).map_err(fault)?.await.map_err(fault)?;
    Ok(found.and_then(|found| found.as_string()).map(|kept| Draft::read(key.into(), &kept).text))
}

/// Returns all drafts, the one that was kept last first, and true if the browser keeps them.
pub(crate) async fn list() -> (Vec<Draft>, bool) {
    let (stored, keeps) = stored_list().await.map_or((BTreeMap::new(), false), |stored| (stored, true));
    let mut all = OWN.with_borrow(BTreeMap::clone);
    all.extend(stored);
    let mut drafts: Vec<_> = all.into_iter().map(|(key, kept)| Draft::read(key, &kept)).collect();
    drafts.sort_by(|a, b| b.saved_millis.total_cmp(&a.saved_millis).then_with(|| b.key.cmp(&a.key)));
    (drafts, keeps)
}

async fn stored_list() -> Result<BTreeMap<String, String>, StorageFault> {
    let transaction = open().await?.begin(&[DRAFTS], TransactionMode::ReadOnly)?;
    let drafts = transaction.object_store(DRAFTS).map_err(fault)?;
    // Both are asked for before the first is waited for: a transaction ends when nothing is.
    let texts = drafts.get_all(None, None).map_err(fault)?.into_future();
    let keys = drafts.get_all_keys(None, None).map_err(fault)?.into_future();
    let (texts, keys) = (texts.await.map_err(fault)?, keys.await.map_err(fault)?);
    Ok(keys.iter().zip(&texts).filter_map(|(key, text)| Some((key.as_string()?, text.as_string()?))).collect())
}

/// Gives up a draft.
///
/// # Errors
/// When the browser does not give it up; this tab has.
pub(crate) async fn delete(key: &str) -> Result<(), StorageFault> {
    OWN.with_borrow_mut(|own| own.remove(key));
    let delete =
        |transaction: &idb::Transaction| transaction.object_store(DRAFTS)?.delete(Query::Key(key.into())).map(drop);
    open().await?.write(&[DRAFTS], delete)?.done().await
}
