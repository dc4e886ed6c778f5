//! The network, layer by layer, with what each costs.

use receptive_lessons::words::{self, Reason};
use receptive_lessons::{grouped, say, size_text};
use receptive_nn::{Ledger, LedgerRow, Spec};
use yew::prelude::*;

/// The layers of a network, or why it cannot be built.
pub(super) fn network(spec: &Spec) -> Html {
    let ledger = match Ledger::new(spec) {
        Ok(ledger) => ledger,
        Err(error) => return html! { <p class="error">{error.reason()}</p> },
    };
    let rows = ledger.rows.iter().map(|row| {
        html! {
            <details class="layer" key={row.name.clone()}>
                <summary><span class="what">{words::layer(&row.layer)}</span><b>{grouped(row.n_params as u64)}</b><span class="shape">{say!("lab.network.makes", size = size_text(row.shape))}</span></summary>
                { account(row) }
            </details>
        }
    });
    html! {
        <>
            <h2>{say!("lab.network.title")}<small>{say!("lab.network.params", n = grouped(ledger.n_params() as u64))}</small></h2>
            <p class="hint">{say!("lab.network.sizes")}</p>
            <div class="layers">{ for rows }</div>
        </>
    }
}

/// A layer's line of the ledger: its size, parameters, multiply-adds and receptive field, with their formulas.
pub(crate) fn account(row: &LedgerRow) -> Html {
    let line = |name: &str, text: String| {
        (!text.is_empty()).then(|| html! { <><dt>{say!(format!("lab.network.{name}"))}</dt><dd>{text}</dd></> })
    };
    let field = row.receptive_field;
    html! {
        <dl>
            { for line("size", words::size_formula(&row.formulas.size, row.shape)) }
            { for line("parameters", words::cost_formula(&row.formulas.params)) }
            { for line("macs", words::cost_formula(&row.formulas.macs)) }
            { for line("field", format!("{}×{}", field[0], field[1])) }
        </dl>
    }
}
