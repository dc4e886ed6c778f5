//! Controls that whoever made the address has locked or hidden.

use crate::state::Locks;
use receptive_lessons::say;
use yew::{Html, html};

/// The control of a setting: as it is, or read-only with a note, or nothing.
pub(super) fn control(locks: &Locks, key: &'static str, control: Html) -> Html {
    if locks.hides(key) {
        html! {}
    } else if locks.locks(key) {
        html! { <fieldset class="locked" disabled=true {key}>{control}{ note() }</fieldset> }
    } else {
        control
    }
}

/// The note beside a control that is locked.
pub(super) fn note() -> Html {
    html! { <small>{say!("ui.figure.locked")}</small> }
}
