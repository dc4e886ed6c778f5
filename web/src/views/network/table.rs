//! The values of one map as a table, for those who read better than they see, and for exact numbers.

use crate::views::asking::Same;
use js_sys::Float32Array;
use receptive_lessons::{number, say};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// More cells than this are shown some rows at a time.
const MOST_CELLS: usize = 4096;

#[derive(PartialEq, Properties)]
pub(super) struct MapTableProps {
    /// What the values are: "conv 2, 14×14×16".
    pub(super) label: String,
    /// Maps, rows and columns.
    pub(super) shape: [usize; 3],
    /// Map by map.
    pub(super) values: Same<Float32Array>,
    /// The names of the maps.
    pub(super) names: Vec<String>,
}

/// A table of one map, and a choice which. Values that stand alone are rows of one table.
#[component]
pub(super) fn MapTable(props: &MapTableProps) -> Html {
    let chosen = use_state_eq(|| [0_usize; 2]);
    let [n, h, w] = props.shape;
    let [n, h, w] = if h * w == 1 { [1, n, 1] } else { [n, h, w] };
    let [map, part] = *chosen;
    let map = map.min(n.saturating_sub(1));
    let rows = (MOST_CELLS / w).clamp(1, h);
    let part = part.min((h - 1) / rows);
    let first = part * rows;
    let last = (first + rows).min(h);
    let choice = |i: usize| {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let mut next = *chosen;
            next[i] = select.selected_index().max(0) as usize;
            chosen.set(next);
        })
    };
    let maps = (n > 1).then(|| {
        let options = props.names.iter().take(n).enumerate().map(|(i, name)| html! { <option selected={i == map}>{name}</option> });
        html! { <select class="table-map" aria-label={say!("zoom.which-map")} onchange={choice(0)}>{ for options }</select> }
    });
    let parts = (rows < h).then(|| {
        let options = (0..h.div_ceil(rows)).map(|i| {
            let text = say!("zoom.rows", first = i * rows + 1, last = ((i + 1) * rows).min(h));
            html! { <option selected={i == part}>{text}</option> }
        });
        html! { <select class="table-part" aria-label={say!("zoom.which-rows")} onchange={choice(1)}>{ for options }</select> }
    });
    let start = ((map * h + first) * w) as u32;
    let values = props.values.subarray(start, start + ((last - first) * w) as u32).to_vec();
    let row = |(i, row): (usize, &[f32])| {
        html! { <tr key={i}><th scope="row">{first + i + 1}</th>{ for row.iter().map(|value| html! { <td>{number(*value)}</td> }) }</tr> }
    };
    let columns = (1..=w).map(|column| html! { <th scope="col">{column}</th> });
    let name = if n > 1 { props.names.get(map).cloned().unwrap_or_default() } else { props.label.clone() };
    html! {
        <div class="map-table">
            <div class="table-choice">{ maps.unwrap_or_default() }{ parts.unwrap_or_default() }</div>
            <div class="value-scroll" role="region" tabindex="0" aria-label={props.label.clone()}>
                <table>
                    <caption class="spoken">{name}</caption>
                    <thead><tr><td></td>{ for columns }</tr></thead>
                    <tbody>{ for values.chunks(w).enumerate().map(row) }</tbody>
                </table>
            </div>
        </div>
    }
}
