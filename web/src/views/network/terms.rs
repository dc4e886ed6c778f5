//! The terms of a cell's arithmetic: window by window, each beside what it is multiplied with, and what they come to.

use crate::state::Look;
use receptive_lessons::network::{CellAccount, CellTerm, Group};
use receptive_lessons::{cell_numbers, four_digits, say};
use yew::prelude::*;

/// A window of more columns than this is shown in colours, without numbers.
const MOST_COLUMNS: usize = 7;
/// The sums of more windows than this are not printed one by one.
const MOST_SUMS: usize = 16;
/// The largest share of a colour behind a number, in percent.
const DEEPEST: f32 = 34.0;

/// What the terms come to, as it is written under them.
pub(super) fn total(account: &CellAccount) -> String {
    let [open, close] = &account.brackets;
    let named = |term: &CellTerm| say!("zoom.rest", what = term.title, value = bracketed(&term.text()));
    let rest = account.rest.iter().map(|term| format!(" + {}", named(term)));
    let inside = if account.is_sum && !account.groups.is_empty() {
        let sums = match &account.groups[..] {
            [only] if only.terms.len() == 1 => only.terms[0].text(),
            [first, more @ ..] if more.len() < MOST_SUMS => {
                let more = more.iter().map(|group| format!(" + {}", bracketed(&four_digits(group.sum))));
                more.fold(four_digits(first.sum), |sum, term| sum + &term)
            }
            _ => four_digits(account.sum),
        };
        rest.fold(sums, |sum, term| sum + &term)
    } else if account.is_sum {
        account.rest.iter().map(named).collect::<Vec<_>>().join(" + ")
    } else {
        account.groups.iter().flat_map(|group| &group.terms).map(CellTerm::text).collect::<Vec<_>>().join(", ")
    };
    format!("{open}{inside}{close} = {}", four_digits(account.value))
}

fn bracketed(text: &str) -> String {
    if text.starts_with('−') { format!("({text})") } else { text.into() }
}

/// The groups as buttons, and the one that is chosen with all its terms.
pub(super) struct Terms<'a> {
    pub(super) groups: &'a [Group],
    /// True if the groups come to something together.
    pub(super) has_sums: bool,
    pub(super) chosen: &'a UseStateHandle<usize>,
    /// The colours of values above zero and below.
    pub(super) colours: [&'static str; 2],
    pub(super) on_look: &'a Callback<Look>,
}

impl Terms<'_> {
    pub(super) fn draw(&self) -> Html {
        let at = (**self.chosen).min(self.groups.len().saturating_sub(1));
        let button = |(i, group): (usize, &Group)| {
            let chosen = self.chosen.clone();
            let onclick = Callback::from(move |_: MouseEvent| chosen.set(i));
            let sum = self.has_sums.then(|| html! { <b>{four_digits(group.sum)}</b> });
            html! { <button type="button" aria-pressed={(i == at).to_string()} {onclick} key={i}><span>{&group.title}</span>{ sum.unwrap_or_default() }</button> }
        };
        let Some(group) = self.groups.get(at) else { return html! {} };
        let buttons = (self.groups.len() > 1).then(|| {
            html! { <div class="groups" role="group" aria-label={say!("zoom.groups")}>{ for self.groups.iter().enumerate().map(button) }</div> }
        });
        let has_products = group.terms.iter().any(|term| !term.factors.is_empty());
        let windows = group.window.filter(|_| has_products).map(|window| self.windows(group, window));
        let sum = (self.has_sums && group.terms.len() > 1).then(|| {
            html! { <tfoot><tr><th scope="row">{say!("zoom.together")}</th><td></td><td class="group-sum">{four_digits(group.sum)}</td></tr></tfoot> }
        });
        html! {
            <div class="cell-terms">
                { buttons.unwrap_or_default() }
                <div class="term-group">
                    { windows.unwrap_or_default() }
                    <div class="value-scroll" role="region" tabindex="0" aria-label={group.title.clone()}>
                        <table class="term-table">
                            <caption>{&group.title}</caption>
                            <thead><tr><th scope="col">{say!("zoom.where")}</th><th scope="col">{say!("zoom.product")}</th><th scope="col">{say!("zoom.equals")}</th></tr></thead>
                            <tbody>{ for group.terms.iter().enumerate().map(|(i, term)| self.row(i, term)) }</tbody>
                            { sum.unwrap_or_default() }
                        </table>
                    </div>
                </div>
            </div>
        }
    }

    fn row(&self, i: usize, term: &CellTerm) -> Html {
        let title = match term.cell.clone() {
            Some((layer, cell)) => {
                let onclick = self.on_look.reform(move |_: MouseEvent| Look::Cell(layer.clone(), cell));
                html! { <button type="button" class="crumb" {onclick}>{&term.title}</button> }
            }
            None => html! { {&term.title} },
        };
        let is_nothing = !term.factors.is_empty() && term.value == 0.0;
        let class = classes!(term.is_chosen.then_some("chosen"), is_nothing.then_some("nothing"));
        let value = if term.factors.is_empty() { String::new() } else { four_digits(term.value) };
        html! { <tr key={i} {class}><th scope="row">{title}</th><td>{term.text()}</td><td class="term-value">{value}</td></tr> }
    }

    /// The values of a window, and what each is multiplied with, cell by cell.
    fn windows(&self, group: &Group, [rows, columns]: [usize; 2]) -> Html {
        let grid = |factor: usize, [above, below]: [&str; 2]| {
            let mut values = vec![None; rows * columns];
            for term in &group.terms {
                values[term.at[0] * columns + term.at[1]] = term.factors.get(factor).copied();
            }
            let known = || values.iter().flatten().copied();
            let largest = known().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
            let mut texts = cell_numbers(known()).into_iter();
            let cells = values.iter().map(|value| {
                let Some(value) = value else { return html! { <i></i> } };
                let text = texts.next().filter(|_| columns <= MOST_COLUMNS).unwrap_or_default();
                let share = DEEPEST * value.abs() / largest;
                let colour = if *value < 0.0 { below } else { above };
                html! { <i ~style={format!("background:color-mix(in srgb, var({colour}) {share:.0}%, var(--sheet))")}>{text}</i> }
            });
            let class = classes!("numbers", (columns > MOST_COLUMNS).then_some("small"));
            html! { <div {class} ~style={format!("grid-template-columns:repeat({columns}, auto)")}>{ for cells.collect::<Vec<_>>() }</div> }
        };
        let has_weights = group.terms.iter().any(|term| term.factors.len() > 1);
        html! {
            <div class="windows" aria-hidden="true">
                { grid(0, self.colours) }
                if has_weights { <span>{"·"}</span>{ grid(1, ["--plus", "--minus"]) } }
            </div>
        }
    }
}
