//! The address bar and the state, kept the same in both directions. A new place opens at its top, an old one where it
//! was left.

use super::Kept;
use crate::context::Change;
use crate::platform::dom::{self, Listener};
use crate::platform::{history, storage};
use crate::run_model::{RunAction, RunModel};
use crate::state::{AppState, Look, Route, Trail, to_address};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// An address is written when nothing has changed for so long, in milliseconds.
const REST_MILLIS: i32 = 300;
/// One that the browser refused is tried again after so long, in milliseconds.
const AGAIN_MILLIS: i32 = 2000;
/// A page that is not yet long enough to be scrolled as it was is tried so often,
const TRIES: u32 = 200;
/// with so long between, in milliseconds.
const TRY_MILLIS: i32 = 50;
/// The browser may take so long to go back to an entry, in milliseconds.
const BACK_MILLIS: i32 = 1000;
/// Under this name a tab keeps over a reload where its entries were scrolled to.
const TRAIL: &str = "receptive.trail";

struct Bar {
    /// The address as it was last read or written.
    known: String,
    /// The address to write as soon as nothing changes any more.
    due: Option<String>,
    /// Counts the changes: only after the last of them is written.
    n_changes: u32,
    /// The state that is shown.
    state: AppState,
    /// True if the state of an address is about to be shown.
    is_arriving: bool,
    trail: Trail,
    /// The entries before the present one from which the learner zoomed in, with what was looked at there.
    zoomed: Vec<(usize, Look)>,
    /// The entry that the browser was asked to go back to, as long as it is on its way.
    on_way_to: Option<usize>,
    /// The position that the page is still to be scrolled to, unless the learner scrolls it before.
    aim: Option<f64>,
    /// The scroll position of the state that is shown. Once another is drawn, the browser has the position of that one.
    scroll: f64,
}

impl Bar {
    /// Returns the scroll position that the state is left at: one that the page is not yet long enough for counts.
    fn place(&self) -> f64 {
        self.aim.unwrap_or(self.scroll)
    }
}

type Shared = Rc<RefCell<Bar>>;

/// Keeps address and state the same.
#[hook]
pub(super) fn use_address(kept: &UseReducerHandle<Kept>, run: &UseReducerHandle<RunModel>) {
    let first = kept.0.clone();
    let bar: Shared = use_mut_ref(move || Bar {
        known: history::address(),
        due: None,
        n_changes: 0,
        state: first,
        is_arriving: false,
        trail: Trail::read(&storage::of_tab(TRAIL).unwrap_or_default(), history::entry()),
        zoomed: vec![],
        on_way_to: None,
        aim: None,
        scroll: 0.0,
    });
    let (to_state, to_run, shown) = (kept.dispatcher(), run.dispatcher(), bar.clone());
    use_effect_with((), move |()| {
        history::restore_scroll_by_hand();
        let read = {
            let bar = bar.clone();
            move || {
                let address = history::address();
                let mut next = bar.borrow().state.clone();
                let messages = next.open(&address);
                messages.into_iter().for_each(|text| to_run.dispatch(RunAction::Notify(text)));
                let mut this = bar.borrow_mut();
                this.known.clone_from(&address);
                this.due = None;
                // What an address before this one said may not be shown yet.
                let is_change = this.is_arriving || next != this.state;
                this.is_arriving = is_change;
                drop(this);
                if is_change {
                    let change: Change = Box::new(move |state| drop(state.open(&address)));
                    to_state.dispatch(change);
                } else {
                    arrive(&bar, false);
                }
            }
        };
        read();
        let turn = {
            let bar = bar.clone();
            Rc::new(move || {
                let entry = history::entry();
                let mut this = bar.borrow_mut();
                if this.on_way_to.is_some() {
                    drop(this);
                    return arrive_back(&bar);
                }
                // Browsers report one change once or twice.
                if entry != Some(this.trail.here()) || history::address() != this.known {
                    let scroll = this.place();
                    this.trail.leave(scroll);
                    this.trail.turn(entry);
                    if entry.is_none() {
                        this.zoomed.clear();
                    }
                    drop(this);
                    read();
                }
            })
        };
        let leave = {
            let bar = bar.clone();
            Rc::new(move || {
                settle(&bar);
                let mut this = bar.borrow_mut();
                let scroll = this.place();
                this.trail.leave(scroll);
                storage::keep_in_tab(TRAIL, &this.trail.text());
            })
        };
        let (again, last) = (turn.clone(), leave.clone());
        let hands = ["wheel", "touchmove", "pointerdown", "keydown"].map(|kind| {
            let bar = bar.clone();
            Listener::new(kind, move |_| bar.borrow_mut().aim = None)
        });
        let listeners = [
            Listener::new("popstate", move |_| turn()),
            Listener::new("hashchange", move |_| again()),
            Listener::new("pagehide", move |_| leave()),
            Listener::new("scroll", move |_| {
                let mut this = bar.borrow_mut();
                // A shorter page that takes the place of this one scrolls by itself.
                if dom::attribute("main", "data-place") == Some(this.state.route.path()) {
                    this.scroll = history::scroll_y();
                }
            }),
        ];
        move || {
            // The module that takes the page over goes on with it.
            last();
            drop((listeners, hands));
        }
    });
    use_effect_with(kept.0.clone(), move |state| changed(&shown, state));
}

/// Runs when the state of an address is shown: scrolls to where that was left, and writes the address as this page
/// writes it.
fn arrive(bar: &Shared, is_other_route: bool) {
    let mut this = bar.borrow_mut();
    this.is_arriving = false;
    this.due = Some(to_address(&this.state));
    let y = this.trail.scroll();
    this.aim = Some(y);
    drop(this);
    if is_other_route {
        dom::focus_heading();
    }
    scroll(bar, TRIES);
    settle(bar);
}

/// Scrolls to where the page is to be, again in a moment while it is not yet long enough.
fn scroll(bar: &Shared, tries: u32) {
    let Some(y) = bar.borrow().aim else { return };
    history::scroll_to(y);
    if history::scroll_y() + 1.0 < y && tries > 0 {
        let later = bar.clone();
        dom::after_millis(TRY_MILLIS, move || scroll(&later, tries - 1));
    } else {
        bar.borrow_mut().aim = None;
    }
}

/// Writes the new state into the address: at once when the learner went to another place, else at rest.
fn changed(bar: &Shared, state: &AppState) {
    let mut this = bar.borrow_mut();
    let before = std::mem::replace(&mut this.state, state.clone());
    if this.is_arriving {
        drop(this);
        return arrive(bar, before.route != state.route);
    }
    let address = to_address(state);
    if before.look != state.look && (before.route, state.route) == (Route::Lab, Route::Lab) {
        drop(this);
        if zoomed(bar, &before, state) {
            return;
        }
        this = bar.borrow_mut();
    }
    if (before.route, before.n_followed) == (state.route, state.n_followed) {
        this.due = Some(address);
        this.n_changes += 1;
        let (n, later) = (this.n_changes, bar.clone());
        dom::after_millis(REST_MILLIS, move || {
            if later.borrow().n_changes == n {
                settle(&later);
            }
        });
        return;
    }
    drop(this);
    // What the place that is left was set to at last.
    settle(bar);
    let mut this = bar.borrow_mut();
    let scroll = this.place();
    this.trail.leave(scroll);
    this.zoomed.clear();
    let is_entry = address != this.known && !history::is_framed();
    if is_entry && history::write(&address, this.trail.here() + 1, true) {
        this.trail.push();
        this.known = address;
    } else {
        this.due = Some(address);
    }
    (this.scroll, this.aim) = (0.0, None);
    drop(this);
    settle(bar);
    dom::focus_heading();
    history::scroll_to(0.0);
}

/// Writes what the learner looks at now: zooming in makes an entry for each level, zooming out goes back to that of the
/// level, which takes over all that was changed meanwhile. False if it is a change like any other.
fn zoomed(bar: &Shared, before: &AppState, state: &AppState) -> bool {
    if let Some(entry) = entry_of(bar, state) {
        let mut this = bar.borrow_mut();
        let n = this.trail.here() - entry;
        this.trail.turn(Some(entry));
        this.on_way_to = Some(entry);
        this.due = Some(to_address(state));
        drop(this);
        history::go_back(n);
        let late = bar.clone();
        dom::after_millis(BACK_MILLIS, move || {
            let mut this = late.borrow_mut();
            if this.on_way_to == Some(entry) {
                // The browser did not go: the present entry shows what is looked at.
                this.on_way_to = None;
                let here = history::entry();
                this.trail.turn(here);
                this.known = history::address();
                drop(this);
                settle(&late);
            }
        });
        return true;
    }
    if state.look.depth() <= before.look.depth() || history::is_framed() || bar.borrow().on_way_to.is_some() {
        return false;
    }
    // What the level above was set to at last.
    settle(bar);
    let mut levels: Vec<Look> = std::iter::successors(Some(state.look.clone()), Look::up).collect();
    levels.retain(|look| look.depth() > before.look.depth());
    let mut above = before.look.clone();
    for look in levels.into_iter().rev() {
        let mut this = bar.borrow_mut();
        let address = to_address(&AppState { look: look.clone(), ..state.clone() });
        let here = this.trail.here();
        if history::write(&address, here + 1, true) {
            let scroll = this.place();
            this.trail.leave(scroll);
            this.trail.push();
            this.zoomed.retain(|(entry, _)| *entry < here);
            this.zoomed.push((here, above));
            this.known = address;
        } else {
            this.due = Some(address);
        }
        above = look;
    }
    settle(bar);
    true
}

/// The entry from which the learner zoomed in, away from what is looked at now.
fn entry_of(bar: &Shared, state: &AppState) -> Option<usize> {
    let this = bar.borrow();
    let above = this.zoomed.iter().filter(|(entry, _)| *entry < this.trail.here());
    above.rev().find(|(_, look)| *look == state.look).map(|(entry, _)| *entry)
}

/// Runs when the browser has gone back: the entry that it was asked for takes over what is due.
fn arrive_back(bar: &Shared) {
    let mut this = bar.borrow_mut();
    if this.on_way_to == history::entry() {
        this.on_way_to = None;
        this.known = history::address();
        drop(this);
        settle(bar);
    }
}

/// Writes what is due; later, if the browser refuses.
fn settle(bar: &Shared) {
    let mut this = bar.borrow_mut();
    if this.on_way_to.is_some() {
        return;
    }
    let Some(address) = this.due.take() else { return };
    let here = this.trail.here();
    // An address that someone has changed meanwhile is about to be read: it is the newer wish.
    if history::address() != this.known || (address == this.known && history::entry() == Some(here)) {
        return;
    }
    if history::write(&address, here, false) {
        this.known = address;
    } else {
        this.due = Some(address);
        let later = bar.clone();
        dom::after_millis(AGAIN_MILLIS, move || settle(&later));
    }
}
