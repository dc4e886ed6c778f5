//! The measured end of a run: accuracy, test digits, mistakes, mix-ups.

use super::gallery::{Cell, Gallery};
use crate::context::use_app;
use crate::views::digit::{Digit, Ink};
use crate::views::probabilities::top;
use receptive_lessons::say;
use receptive_nn::grouped;
use receptive_train::protocol::{TestReport, TestSample};
use yew::prelude::*;

/// Test digits shown, from the front.
const N_SHOWN: usize = 24;

#[component]
pub(crate) fn Report() -> Html {
    let app = use_app();
    let chosen = use_state_eq(Option::<Cell>::default);
    let choose = |cell: Option<Cell>| {
        let chosen = chosen.clone();
        Callback::from(move |_: MouseEvent| chosen.set(cell))
    };
    let Some(report) = app.run.report.clone() else {
        return html! { <p class="later">{say!("lab.test.later")}</p> };
    };
    let percent = 100.0 * f64::from(report.n_correct) / f64::from(report.n_images.max(1));
    let mistake = |found: &TestSample| {
        let predicted = top(&found.probabilities) as u8;
        html! {
            <button type="button" class="opens" key={found.index}
                onclick={choose(Some((found.label, predicted)))}>{ sample(found) }</button>
        }
    };
    let gallery = chosen.map(|cell| html! { <Gallery report={report.clone()} {cell} close={choose(None)} /> });
    let mistakes = (!report.mistakes.is_empty()).then(|| {
        html! {
            <>
                <h2>{say!("lab.test.mistakes")}<small>{say!("lab.test.wrong", n = grouped((report.n_images - report.n_correct).into()))}</small></h2>
                <div class="strip" tabindex="0" role="group" aria-label={say!("lab.test.mistakes")}>{ for report.mistakes.iter().take(N_SHOWN).map(mistake) }</div>
            </>
        }
    });
    html! {
        <section class="report" aria-label={say!("lab.test.title")}>
            <p class="verdict"><b id="test-accuracy">{format!("{percent:.2} %")}</b>
                <span>{" "}{say!("lab.test.right", n = grouped(report.n_images.into()), loss = format!("{:.3}", report.loss))}</span></p>
            <h2>{say!("lab.test.digits")}<small>{say!("lab.test.in-order")}</small></h2>
            <div class="strip" id="samples" tabindex="0" role="group" aria-label={say!("lab.test.digits")}>{ for report.samples.iter().take(N_SHOWN).map(sample) }</div>
            { mistakes.unwrap_or_default() }
            { confusion(&report, &choose) }
            { gallery.unwrap_or_default() }
        </section>
    }
}

pub(super) fn sample(sample: &TestSample) -> Html {
    let predicted = top(&sample.probabilities);
    let is_right = predicted == usize::from(sample.label);
    let probability = 100.0 * sample.probabilities[predicted];
    let verdict =
        if is_right { format!("{predicted}") } else { say!("lab.test.not", read = predicted, class = sample.label) };
    let digit = |class: usize| say!(format!("ui.a-digit.{class}"));
    let (is, read_as) = (digit(sample.label.into()), digit(predicted));
    let percent = format!("{probability:.0}");
    let label = say!("lab.test.digit", n = sample.index, is = is, read = read_as, percent = percent);
    let bars = sample.probabilities.iter().enumerate().map(|(class, p)| {
        let class = if class == usize::from(sample.label) { "true" } else { "" };
        html! { <i {class} style={format!("height:{:.0}%", (100.0 * p).max(4.0))}></i> }
    });
    html! {
        <figure class={classes!("sample", (!is_right).then_some("wrong"))} key={sample.index}>
            <Digit ink={Ink::from_bytes(&sample.pixels)} {label} />
            <span class="bars" aria-hidden="true">{ for bars }</span>
            <figcaption><b>{verdict}</b>{format!(" {percent} %")}</figcaption>
        </figure>
    }
}

fn confusion(report: &TestReport, choose: &impl Fn(Option<Cell>) -> Callback<MouseEvent>) -> Html {
    let rows = report.confusion.chunks(10).enumerate().map(|(label, row)| {
        let cells = row.iter().enumerate().map(|(predicted, &n)| {
            let class = match (label == predicted, n) {
                (true, _) => "right",
                (false, 0) => "none",
                (false, _) => "wrong",
            };
            if n == 0 {
                return html! { <td {class}>{n}</td> };
            }
            let onclick = choose(Some((label as u8, predicted as u8)));
            let text = say!("ui.matrix-cell", n = n, class = label, read = predicted);
            html! { <td {class}><button type="button" {onclick} aria-label={text}>{n}</button></td> }
        });
        html! { <tr><th scope="row">{label}</th>{ for cells }</tr> }
    });
    html! {
        <>
            <h2>{say!("lab.test.mix-ups")}<small>{say!("ui.matrix-hint")}</small></h2>
            <div class="scroll" tabindex="0" role="group" aria-label={say!("lab.test.mix-ups")}>
                <table class="confusion"><thead><tr><td></td>{ for (0..10).map(|class| html! { <th scope="col">{class}</th> }) }</tr></thead>
                    <tbody>{ for rows }</tbody></table>
            </div>
        </>
    }
}
