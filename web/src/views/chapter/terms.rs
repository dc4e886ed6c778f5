//! The new words of a chapter, folded away until someone wants to look one up.

use crate::context::use_app;
use receptive_lessons::{Outline, say};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct TermsProps {
    pub(super) chapter: &'static Outline,
}

#[component]
pub(super) fn Terms(props: &TermsProps) -> Html {
    let app = use_app();
    let terms = use_memo((app.desk.clone(), props.chapter.position()), |(desk, chapter)| {
        desk.as_ref().map_or_else(Vec::new, |desk| desk.terms(*chapter))
    });
    let words = terms.iter().map(|[word, _]| word.as_str()).collect::<Vec<_>>().join(", ");
    let rows = terms.iter().map(|[word, meaning]| {
        html! { <div key={word.as_str()}><dt>{word}</dt><dd>{meaning}</dd></div> }
    });
    html! {
        <details class="terms" id="terms" hidden={terms.is_empty()}>
            <summary><b>{say!("common.terms-title")}</b>{" "}{words}</summary>
            <dl>{ for rows }</dl>
        </details>
    }
}
