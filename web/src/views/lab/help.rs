//! A sentence of help beside a setting, shown on request.

use crate::context::use_locks;
use crate::views::locked::control;
use receptive_lessons::say;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct SettingProps {
    /// The setting's name in an address.
    pub(super) name: &'static str,
    /// The control, in its label.
    pub(super) children: Html,
}

/// A setting with a button that shows and hides what it is for.
#[component]
pub(super) fn Setting(props: &SettingProps) -> Html {
    let is_open = use_state_eq(bool::default);
    let onclick = {
        let is_open = is_open.clone();
        Callback::from(move |_| is_open.set(!*is_open))
    };
    let id = format!("{}-help", props.name);
    let locks = use_locks();
    if locks.hides(props.name) {
        return html! {};
    }
    html! {
        <>
            <div class="setting">
                { control(&locks, props.name, props.children.clone()) }
                <button type="button" class="help" {onclick} aria-expanded={is_open.to_string()} aria-controls={id.clone()}
                    aria-label={say!("ui.help", what = say!(format!("lab.field.{}", props.name)))}>{"?"}</button>
            </div>
            <p class="hint" {id} hidden={!*is_open}>{say!(format!("ui.help-{}", props.name))}</p>
        </>
    }
}
