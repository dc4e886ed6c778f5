//! Who needs the functions of a module.

use super::read::Read;
use std::collections::{BTreeMap, BTreeSet};

/// The name of a function that is shorter than this says nothing of its owner, in bytes: a compiler may fold equal functions
/// of two owners into one, under the name of either. Long ones that are equal would be the same source twice.
pub(super) const LEAST_BYTES: usize = 200;

/// What more owners than these need stays: it would be fetched again and again.
pub(super) const MOST_OWNERS: usize = 3;

/// What the name of a function says of who needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// These owners alone: nobody else calls it.
    By(BTreeSet<String>),
    /// Anybody may.
    ByAll,
    /// Nothing: it is a library's, and may have been compiled for one owner.
    Unsaid,
}

/// Functions, by their positions, with the owners that need them.
pub(super) type Owners = BTreeMap<u32, BTreeSet<String>>;

impl Read<'_> {
    fn n_bytes(&self, function: u32) -> usize {
        let body = function.checked_sub(self.n_imported).and_then(|i| self.bodies.get(i as usize));
        body.map_or(0, |body| body.as_bytes().len())
    }

    /// The functions that some lead to, with themselves.
    fn reached(&self, from: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<_> = from.into_iter().collect();
        while let Some(function) = waiting.pop() {
            if reached.insert(function) {
                waiting.extend(self.calls.get(&function).into_iter().flatten());
            }
        }
        reached
    }

    /// The owners of a function in the table, by its name if it is long. A short one, and a library's, is theirs that have all
    /// long functions that it calls: nobody else's source could have become it.
    fn owners_in_table(&self, function: u32, owner: impl Fn(&str) -> Needed) -> Option<BTreeSet<String>> {
        let needed = |function: u32| self.names.get(&function).map_or(Needed::ByAll, |name| owner(name));
        let by_long = |function: u32| match needed(function) {
            Needed::By(names) if self.n_bytes(function) >= LEAST_BYTES => Some(names),
            _ => None,
        };
        if let Some(names) = by_long(function) {
            return Some(names);
        }
        let callees = self.calls.get(&function).into_iter().flatten();
        let mut found: BTreeSet<_> = callees.filter_map(|callee| by_long(*callee)).collect();
        let names = found.pop_first().filter(|_| found.is_empty())?;
        let own = needed(function);
        (own == Needed::Unsaid || own == Needed::By(names.clone())).then_some(names)
    }

    /// The functions that move out, with their owners.
    pub(super) fn owners(&self, owner: impl Fn(&str) -> Needed) -> Owners {
        let mut owned = BTreeMap::<_, BTreeSet<_>>::new();
        let mut roots = self.roots.clone();
        for function in self.places.values().copied().collect::<BTreeSet<_>>() {
            match self.owners_in_table(function, &owner) {
                Some(names) => names.into_iter().for_each(|name| {
                    owned.entry(name).or_default().insert(function);
                }),
                None => roots.push(function),
            }
        }
        let stays = self.reached(roots);
        let mut owners = Owners::new();
        for (name, functions) in owned {
            // What is imported stays.
            let reached = self.reached(functions);
            for function in reached.difference(&stays).filter(|function| **function >= self.n_imported) {
                owners.entry(*function).or_default().insert(name.clone());
            }
        }
        // What calls a function has no owner that the function has not, so it never stays behind what it calls.
        owners.retain(|_, names| names.len() <= MOST_OWNERS);
        owners
    }
}
