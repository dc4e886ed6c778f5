//! The new words of a chapter, folded away until someone wants to look one up.

use receptive_lessons::{Outline, say};
use yew::prelude::*;

/// The new words as soon as they have come.
pub(super) fn terms(chapter: &Outline) -> Html {
    let terms = chapter.terms();
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
