//! The measured end of a run: accuracy, test digits, mistakes, mix-ups.

use super::gallery::{Cell, Gallery};
use crate::context::use_app;
use crate::views::digit::Picture;
use crate::views::probabilities::{class_name, is_named, top};
use receptive_lessons::{decimals, grouped, say};
use receptive_train::protocol::{TestReport, TestSample};
use std::rc::Rc;
use yew::prelude::*;

/// Test images shown, from the front.
const N_SHOWN: usize = 24;

#[derive(PartialEq, Properties)]
pub(crate) struct ReportProps {
    /// True if the matrix of classes is all that is shown of it.
    #[prop_or_default]
    pub(crate) is_matrix: bool,
}

#[component]
pub(crate) fn Report(props: &ReportProps) -> Html {
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
                onclick={choose(Some((found.label, predicted)))}>{ sample(found, &report.classes) }</button>
        }
    };
    let gallery = chosen.map(|cell| html! { <Gallery report={report.clone()} {cell} close={choose(None)} /> });
    if props.is_matrix {
        return html! { <section class="report" aria-label={say!("lab.test.title")}>{ confusion(&report, &choose) }{ gallery.unwrap_or_default() }</section> };
    }
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
            <p class="verdict"><b id="test-accuracy">{format!("{} %", decimals(percent.into(), 2))}</b>
                <span>{" "}{say!("lab.test.right", n = grouped(report.n_images.into()), loss = decimals(report.loss.into(), 3))}</span></p>
            <h2>{say!("lab.test.digits")}<small>{say!("lab.test.in-order")}</small></h2>
            <div class="strip" id="samples" tabindex="0" role="group" aria-label={say!("lab.test.digits")}>{ for report.samples.iter().take(N_SHOWN).map(|found| sample(found, &report.classes)) }</div>
            { mistakes.unwrap_or_default() }
            { confusion(&report, &choose) }
            { gallery.unwrap_or_default() }
        </section>
    }
}

pub(super) fn sample(sample: &TestSample, classes: &[String]) -> Html {
    let predicted = top(&sample.probabilities);
    let is_right = predicted == usize::from(sample.label);
    let probability = 100.0 * sample.probabilities[predicted];
    let (is, read) = (&classes[usize::from(sample.label)], &classes[predicted]);
    let verdict = if is_right { read.clone() } else { say!("lab.test.not", read = read, class = is) };
    let (is, read_as) = (class_name(classes, sample.label.into()), class_name(classes, predicted));
    let percent = format!("{probability:.0}");
    let label = say!("lab.test.digit", n = sample.index, is = is, read = read_as, percent = percent);
    let bars = sample.probabilities.iter().enumerate().map(|(class, p)| {
        let class = if class == usize::from(sample.label) { "true" } else { "" };
        html! { <i {class} ~style={format!("height:{:.0}%", (100.0 * p).max(4.0))}></i> }
    });
    html! {
        <figure class={classes!("sample", (!is_right).then_some("wrong"))} key={sample.index}>
            <Picture shape={sample.shape} pixels={Rc::from(&sample.pixels[..])} {label} />
            <span class="bars" aria-hidden="true">{ for bars }</span>
            <figcaption><b>{verdict}</b>{format!(" {percent} %")}</figcaption>
        </figure>
    }
}

fn confusion(report: &TestReport, choose: &impl Fn(Option<Cell>) -> Callback<MouseEvent>) -> Html {
    let classes = &report.classes;
    let rows = report.confusion.chunks(classes.len().max(1)).enumerate().map(|(label, row)| {
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
            let text = say!("ui.matrix-cell", n = n, class = classes[label], read = classes[predicted]);
            html! { <td {class}><button type="button" {onclick} aria-label={text}>{n}</button></td> }
        });
        html! { <tr><th scope="row">{&classes[label]}</th>{ for cells }</tr> }
    });
    html! {
        <>
            <h2>{say!("lab.test.mix-ups")}<small>{say!("ui.matrix-hint")}</small></h2>
            <div class="scroll" tabindex="0" role="group" aria-label={say!("lab.test.mix-ups")}>
                <table class={classes!("confusion", is_named(classes).then_some("named"))}><thead><tr><td></td>{ for classes.iter().map(|class| html! { <th scope="col">{class}</th> }) }</tr></thead>
                    <tbody>{ for rows }</tbody></table>
            </div>
        </>
    }
}
