//! The images to learn from: which dataset, what is wrong with it, and the learner's own files.

use super::help::Setting;
use crate::context::{AppContext, use_app};
use crate::faults::files_error;
use crate::views::digit::Picture;
use crate::views::sentence;
use receptive_data::idx::Layout;
use receptive_data::{FileFormat, FileReading, LabelRule};
use receptive_lessons::{grouped, say, signed, size_text};
use receptive_train::protocol::{Command, DatasetKind, FilesReport, Sample};
use std::rc::Rc;
use web_sys::{File, FileList, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The choice of the dataset. Disabled when a run has begun: its images stay what they are.
pub(super) fn data(app: &AppContext, disabled: bool) -> Html {
    let dataset = app.state.lab.dataset;
    let onchange = {
        let set = app.changing(|state, dataset| state.lab.dataset = dataset);
        Callback::from(move |event: Event| {
            set.emit(match event.target_unchecked_into::<HtmlSelectElement>().value().as_str() {
                "own" => DatasetKind::Own,
                "digits" => DatasetKind::BuiltIn,
                _ => DatasetKind::Mnist,
            });
        })
    };
    let option = |kind: DatasetKind, key: &'static str| {
        html! { <option value={key} selected={dataset == kind}>{say!(format!("lab.option.data.{key}"))}</option> }
    };
    let has_own = dataset == DatasetKind::Own || app.run.files.open.is_some();
    let own = has_own.then(|| option(DatasetKind::Own, "own"));
    html! {
        <>
            <Setting name="data">
                <label class="field"><span>{say!("lab.field.data")}</span>
                    <select id="data" {onchange} {disabled}>
                        { option(DatasetKind::Mnist, "mnist") }
                        { option(DatasetKind::BuiltIn, "digits") }
                        { own.unwrap_or_default() }
                    </select>
                </label>
            </Setting>
            { trouble(app) }
            if !app.frame.locks.holds("data") { <OwnFiles {disabled} /> }
        </>
    }
}

/// The reason that the chosen dataset, or a part of it, is not here, and what stands in for it.
fn trouble(app: &AppContext) -> Html {
    let chosen = app.state.lab.dataset;
    let trouble = app.run.data_problem.as_ref().filter(|(dataset, _)| *dataset == chosen);
    let Some((dataset, why)) = trouble else { return html! {} };
    let kind = *dataset;
    let used = app.run.data.map(|data| data.dataset);
    let text = match (kind, used) {
        (DatasetKind::Own, _) => sentence(why),
        (_, Some(DatasetKind::Mnist)) => say!("lab.data.part", why = why),
        _ => say!("lab.data.none", why = why),
    };
    let again = (kind == DatasetKind::Mnist).then(|| {
        let send = app.send.clone();
        let onclick = Callback::from(move |_| send.emit(Command::FetchAgain(kind)));
        html! { <button type="button" id="fetch-again" {onclick}>{say!("lab.data.again")}</button> }
    });
    html! {
        <div class="trouble" id="data-problem" role="status"><p>{text}</p>{ again.unwrap_or_default() }</div>
    }
}

#[derive(PartialEq, Properties)]
struct OwnFilesProps {
    disabled: bool,
}

#[component]
fn OwnFiles(props: &OwnFilesProps) -> Html {
    let app = use_app();
    let chosen = use_state(|| (None::<File>, None::<File>));
    let pick = |is_images: bool| {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let file = event.target_unchecked_into::<HtmlInputElement>().files().and_then(|list| list.get(0));
            chosen.set(if is_images { (file, chosen.1.clone()) } else { (chosen.0.clone(), file) });
        })
    };
    let is_ready = chosen.0.is_some() && chosen.1.is_some() && !props.disabled;
    let open = {
        let (chosen, open) = (chosen.clone(), app.open_files.clone());
        Callback::from(move |_| {
            if let (Some(images), Some(labels)) = (*chosen).clone() {
                open.emit(vec![images, labels]);
            }
        })
    };
    let choose = {
        let (open, disabled) = (app.open_files.clone(), props.disabled);
        move |list: Option<FileList>| {
            let files = list.map(in_order).unwrap_or_default();
            if !files.is_empty() && !disabled {
                open.emit(files);
            }
        }
    };
    let onchange = {
        let choose = choose.clone();
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<HtmlInputElement>();
            choose(input.files());
            // A file that was mended can be chosen once more.
            input.set_value("");
        })
    };
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    let ondrop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        choose(event.data_transfer().and_then(|data| data.files()));
    });
    let files = &app.run.files;
    let status = match (files.coming, &files.refused) {
        (Some(percent), _) => html! { <p class="hint" role="status">{say!("lab.own.reading", n = percent)}</p> },
        (None, Some(error)) => {
            let why = sentence(&files_error(error));
            html! { <p class="error" id="own-refused" role="alert">{say!("lab.own.refused", why = why)}</p> }
        }
        (None, None) if chosen.0.is_some() != chosen.1.is_some() => {
            html! { <p class="hint" role="status">{say!("lab.own.other")}</p> }
        }
        (None, None) => html! {},
    };
    let found = files.open.as_ref().map(|report| found(&app, report, props.disabled));
    html! {
        <details class="own" open={app.state.lab.dataset == DatasetKind::Own} {ondragover} {ondrop}>
            <summary>{say!("lab.own.title")}</summary>
            <p class="hint">{say!("lab.own.about")}</p>
            <label class="drop">{say!("lab.own.choose")}<input id="own-files" type="file" multiple={true} {onchange} disabled={props.disabled} /></label>
            <label class="field"><span>{say!("lab.own.images")}</span><input id="own-images" type="file" onchange={pick(true)} disabled={props.disabled} /></label>
            <label class="field"><span>{say!("lab.own.labels")}</span><input id="own-labels" type="file" onchange={pick(false)} disabled={props.disabled} /></label>
            <button type="button" id="own-open" onclick={open} disabled={!is_ready}>{say!("lab.own.open")}</button>
            { status }
            { found.unwrap_or_default() }
        </details>
    }
}

/// The files of a list, those whose names speak of labels last.
fn in_order(list: FileList) -> Vec<File> {
    let mut files: Vec<File> = (0..list.length()).filter_map(|i| list.get(i)).collect();
    files.sort_by_key(|file| (file.name().contains("label"), file.name()));
    files
}

/// The report on the files, a sample of each class, and the switches that read them in another way.
fn found(app: &AppContext, report: &FilesReport, disabled: bool) -> Html {
    let reading = report.reading;
    let send = app.send.clone();
    let read = move |reading: FileReading| send.emit(Command::ReadFiles(reading));
    let switch = |id: &'static str, text: String, is_on: bool, turned: FileReading| {
        let read = read.clone();
        html! {
            <label class="switch"><input type="checkbox" {id} checked={is_on} {disabled}
                onchange={Callback::from(move |_| read(turned))} />{text}</label>
        }
    };
    let [low, high] = report.range;
    let stretch = report.can_be_scaled.then(|| {
        let text = say!("lab.own.stretch", low = number(low), high = number(high));
        switch("own-scaled", text, reading.is_scaled, FileReading { is_scaled: !reading.is_scaled, ..reading })
    });
    let rules = (report.label_rules.len() > 1).then(|| {
        let (rules, read) = (report.label_rules.clone(), read.clone());
        let onchange = Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            if let Some(&labels) = usize::try_from(chosen).ok().and_then(|i| rules.get(i)) {
                read(FileReading { labels, ..reading });
            }
        });
        let options = report.label_rules.iter().map(|rule| html! { <option selected={*rule == reading.labels}>{rule_text(*rule)}</option> });
        html! { <label class="field"><span>{say!("lab.own.labels")}</span><select id="own-rule" {onchange} {disabled}>{ for options }</select></label> }
    });
    html! {
        <div class="found" id="own-found">
            <p>{remarks(report)}</p>
            <div class="found-samples">{ for report.samples.iter().map(|found| sample(report, found)) }</div>
            { switch("own-turned", say!("lab.own.turn"), reading.is_turned, FileReading { is_turned: !reading.is_turned, ..reading }) }
            { switch("own-inverted", say!("lab.own.invert"), reading.is_inverted, FileReading { is_inverted: !reading.is_inverted, ..reading }) }
            { stretch.unwrap_or_default() }
            { rules.unwrap_or_default() }
        </div>
    }
}

/// The first image of a class, and how many there are.
fn sample(report: &FilesReport, sample: &Sample) -> Html {
    let n = grouped(sample.n_images.into());
    let class = &report.schema.classes[usize::from(sample.label)];
    let label = say!("lab.own.sample", class = class, n = n);
    html! {
        <figure key={sample.label}>
            <Picture shape={report.schema.shape} pixels={Rc::from(&sample.pixels[..])} {label} />
            <figcaption><b>{class}</b>{format!(" × {n}")}</figcaption>
        </figure>
    }
}

fn remarks(report: &FilesReport) -> String {
    let mut text = say!("lab.own.found", n = grouped(report.n_images.into()));
    let mut put_before = |remark: String| text = format!("{remark} {text}");
    let size = size_text(report.schema.shape.chw());
    put_before(say!("lab.own.size", size = size, n = report.schema.n_classes()));
    match report.format {
        FileFormat::Idx { layout: Layout::ChannelsFirst, .. } => put_before(say!("lab.own.first")),
        FileFormat::Idx { layout: Layout::ChannelsLast, .. } => put_before(say!("lab.own.last")),
        FileFormat::Idx { layout: Layout::Row, .. } => put_before(say!("lab.own.row", size = size)),
        FileFormat::Idx { layout: Layout::Grey, .. } => {}
        FileFormat::Cifar10 { n_files, n_test } => {
            if n_test > 0 {
                put_before(say!("lab.own.test"));
            }
            put_before(say!("lab.own.cifar", n = n_files));
        }
    }
    if report.reading.is_turned {
        put_before(say!("lab.own.turned"));
    }
    if report.is_bright {
        put_before(say!("lab.own.bright"));
    }
    if report.reading.labels == LabelRule::Characters {
        put_before(say!("lab.own.characters"));
    }
    if report.n_left_out > 0 {
        put_before(say!("lab.own.left-out", n = grouped(report.n_left_out.into())));
    }
    if matches!(report.format, FileFormat::Idx { is_swapped: true, .. }) {
        put_before(say!("lab.own.swapped"));
    }
    text
}

fn rule_text(rule: LabelRule) -> String {
    match rule {
        LabelRule::Same => say!("lab.rule.same"),
        LabelRule::TenIsZero => say!("lab.rule.ten"),
        LabelRule::OneLess => say!("lab.rule.less"),
        LabelRule::Characters => say!("lab.rule.codes"),
        LabelRule::DigitsOnly => say!("lab.rule.only"),
        LabelRule::Letters => say!("lab.rule.letters"),
        LabelRule::Occurring => say!("lab.rule.occurring"),
    }
}

/// A number with at most three digits after the point.
fn number(value: f32) -> String {
    signed(&((f64::from(value) * 1000.0).round() / 1000.0).to_string())
}
