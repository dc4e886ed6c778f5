//! Names that are written in the source, read back from bytes.
//!
//! There are only so many of them, so each is kept once, for good.

use serde::{Deserialize, Deserializer};
use std::cell::RefCell;

/// A name that is written in the source. (Under this name, because serde would borrow a plain `&str` from the bytes.)
pub type Name = &'static str;

thread_local! {
    /// In order.
    static NAMES: RefCell<Vec<Name>> = const { RefCell::new(Vec::new()) };
}

/// The name, as if it were written in the source.
pub(crate) fn intern(name: &str) -> Name {
    NAMES.with_borrow_mut(|names| match names.binary_search(&name) {
        Ok(i) => names[i],
        Err(i) => {
            names.insert(i, Box::leak(name.into()));
            names[i]
        }
    })
}

pub(crate) fn interned<'de, D: Deserializer<'de>>(from: D) -> Result<Name, D::Error> {
    Ok(intern(&String::deserialize(from)?))
}

pub(crate) fn interned_pair<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(Name, Name)>, D::Error> {
    let pair = Option::<(String, String)>::deserialize(from)?;
    Ok(pair.map(|(first, second)| (intern(&first), intern(&second))))
}

pub(crate) fn interned_handle<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(f32, f32, Name)>, D::Error> {
    let handle = Option::<(f32, f32, String)>::deserialize(from)?;
    Ok(handle.map(|(x, y, key)| (x, y, intern(&key))))
}
