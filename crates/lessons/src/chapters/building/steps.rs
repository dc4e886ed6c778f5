//! The steps of this chapter's guide: each recognises what the learner has done, and says what there was to see.

use super::edits::{N_CLASSES, remove};
use super::ledger::Account;
use super::{network, start};
use crate::settings::Settings;
use crate::words::{Reason, sentence};
use crate::{Look, Watch, grouped, keys, number, say};
use receptive_nn::{Layer, LedgerRow, Spec};

fn spec_of(look: &Look) -> Spec {
    network(&look.settings).0
}

fn account_of(look: &Look) -> Account {
    Account::new(spec_of(look))
}

/// Two networks that can be built, one made from the other by the last change.
fn change(watch: &Watch) -> Option<[Account; 2]> {
    let accounts = [account_of(watch.before()?), account_of(watch.now()?)];
    (accounts.iter().all(|account| account.error.is_none()) && accounts[0].spec != accounts[1].spec).then_some(accounts)
}

fn n_params(account: &Account) -> String {
    grouped(account.n_params() as u64)
}

/// Steps through the layers: where the parameters are, and where the work is.
pub(super) fn walked(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.moments.len() >= 4)?;
    let account = account_of(look);
    let rows = || account.rows.iter().enumerate();
    // The first of those with the most.
    let most = |count: &dyn Fn(&LedgerRow) -> u64| {
        rows().rev().max_by_key(|(_, row)| count(row)).filter(|(_, row)| count(row) > 0)
    };
    let ((heavy, row), (busy, _)) = (most(&|row| row.n_params as u64)?, most(&|row| row.n_macs)?);
    let percent = 100.0 * row.n_params as f32 / account.n_params().max(1) as f32;
    Some(say!(
        "building.found.walk",
        heavy = account.label(heavy),
        n = grouped(row.n_params as u64),
        all = n_params(&account),
        percent = number((10.0 * percent).round() / 10.0),
        busy = account.label(busy)
    ))
}

/// One pooling fewer.
pub(super) fn pool_removed(watch: &Watch) -> Option<String> {
    let [old, new] = change(watch)?;
    let is_pool = |at: &usize| matches!(old.spec.layers[*at], Layer::MaxPool2d(_) | Layer::AvgPool2d(_));
    let mut pools = (0..old.spec.layers.len()).filter(is_pool);
    let pool = pools.find(|&at| remove(&old.spec, at) == new.spec)?;
    // The reason that is given: a dense layer behind it reads more numbers.
    let has_dense = new.spec.layers[pool..].iter().any(|layer| matches!(layer, Layer::Linear { .. }));
    (has_dense && new.n_params() > old.n_params()).then_some(())?;
    let factor = new.n_params() as f32 / old.n_params().max(1) as f32;
    let factor = number((10.0 * factor).round() / 10.0);
    Some(say!("building.found.pool", old = n_params(&old), new = n_params(&new), factor = factor))
}

/// One convolution with another padding, and a dense layer that reads more or less.
pub(super) fn padding_changed(watch: &Watch) -> Option<String> {
    let [old, new] = change(watch)?;
    (old.spec.input == new.spec.input && old.spec.layers.len() == new.spec.layers.len()).then_some(())?;
    let mut changed = (0..old.rows.len()).filter(|&at| old.spec.layers[at] != new.spec.layers[at]);
    let (at, None) = (changed.next()?, changed.next()) else { return None };
    match (&old.spec.layers[at], &new.spec.layers[at]) {
        (Layer::Conv2d { kernels, size, params }, Layer::Conv2d { kernels: n, size: new_size, params: new_params })
            if (kernels, size) == (n, new_size)
                && params.padding != new_params.padding
                && params.padding(0) == new_params.padding(0) => {}
        _ => return None,
    }
    let is_other_dense = |&at: &usize| {
        matches!(new.spec.layers[at], Layer::Linear { .. }) && old.rows[at].n_params != new.rows[at].n_params
    };
    let dense = (at..new.rows.len()).find(is_other_dense)?;
    Some(say!(
        "building.found.pad",
        conv = new.label(at),
        n = grouped(new.rows[at].n_params as u64),
        dense = new.label(dense),
        old = grouped(old.rows[dense].n_params as u64),
        new = grouped(new.rows[dense].n_params as u64),
        size = new.size_in(dense).unwrap_or_default()
    ))
}

/// A network that could not be built, and one that can.
pub(super) fn mended(watch: &Watch) -> Option<String> {
    let (old, new) = (account_of(watch.before()?), account_of(watch.now()?));
    match (old.error, &new.error) {
        (Some(error), None) => Some(say!("building.found.mend", why = sentence(&error.reason()), n = n_params(&new))),
        _ => None,
    }
}

/// A small network for the digits that still convolves.
pub(super) fn lean(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_lean(&look.settings))?;
    let account = account_of(look);
    let lectures = Account::new(start("slides")).n_params();
    let factor = number((lectures as f32 / account.n_params() as f32).round());
    Some(say!("building.found.lean", n = n_params(&account), factor = factor))
}

/// True if the learner's own network is a small one for the digits that convolves.
pub(super) fn is_lean(settings: &Settings) -> bool {
    let account = Account::new(network(settings).0);
    let is_own = settings.text(keys::LAYER_LIST).is_some() && account.error.is_none();
    let is_for_digits = account.spec.input == [1, 28, 28]
        && matches!(account.spec.layers.last(), Some(Layer::Linear { units: N_CLASSES }));
    let convolves = account.spec.layers.iter().any(|layer| matches!(layer, Layer::Conv2d { .. }));
    is_own && is_for_digits && convolves && account.n_params() < LEAN
}

/// True if the network can be built and has layers enough for a walk.
pub(super) fn has_layers(settings: &Settings) -> bool {
    let account = Account::new(network(settings).0);
    account.error.is_none() && account.rows.len() >= 4
}

/// True if the network can be built.
pub(super) fn can_be_built(settings: &Settings) -> bool {
    Account::new(network(settings).0).error.is_none()
}

/// True if the network can be built, and without one of its poolings too; a dense layer reads the difference.
pub(super) fn has_pool(settings: &Settings) -> bool {
    let old = Account::new(network(settings).0);
    let without = |at: usize| Account::new(remove(&old.spec, at));
    let is_pool = |at: &usize| matches!(old.spec.layers[*at], Layer::MaxPool2d(_) | Layer::AvgPool2d(_));
    let mut pools = (0..old.spec.layers.len()).filter(is_pool).map(without);
    old.error.is_none() && pools.any(|new| new.error.is_none() && new.n_params() > old.n_params())
}

/// True if the network can be built, and with more padding around one of its convolutions too, so that the size of a
/// dense layer changes.
pub(super) fn has_padding(settings: &Settings) -> bool {
    let old = Account::new(network(settings).0);
    let with_more = |at: usize| {
        let mut spec = old.spec.clone();
        let Layer::Conv2d { params, .. } = &mut spec.layers[at] else { return None };
        params.padding = params.padding.map(|padding| padding + 1);
        Some(Account::new(spec))
    };
    let mut wider = (0..old.spec.layers.len()).filter_map(with_more);
    old.error.is_none() && wider.any(|new| new.error.is_none() && new.n_params() != old.n_params())
}

/// Parameters that a lean network stays below.
const LEAN: usize = 50_000;
