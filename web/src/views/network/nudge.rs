//! A nudge: a weight of the cell that is kept, or a pixel, is changed by a little, and the loss is computed anew, beside
//! what its gradient foretold.

use super::INPUT;
use super::levels::Level;
use super::seen::Seen;
use super::watch::Pin;
use crate::platform::worker_bridge::Reply;
use crate::views::asking::{Asked, Same, pause, use_live_answer};
use receptive_lessons::words::layer_name;
use receptive_lessons::{NumberKind, decimals, grouped, number, read, say};
use receptive_nn::{Head, Nudge, Variable};
use receptive_train::protocol::{Answer, Backward, Query, Weights};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The steps that are offered, in decades.
const STEPS: [f64; 4] = [0.001, 0.01, 0.1, 1.0];
/// Between two questions while the network trains, in milliseconds.
const BETWEEN_MILLIS: i32 = 250;
/// A line is straight as long as the gradient misses no larger share of the change.
const STRAIGHT: f64 = 0.05;

/// Numbers that can be nudged: a part of a tensor of parameters, or a pixel.
#[derive(Clone, PartialEq)]
struct Choice {
    /// "conv 1.weight", or "input".
    tensor: String,
    /// The rows that it is of the tensor, or columns of them: "conv 1.weight[0..1]", "linear 1.weight[0..128, 5..6]".
    row: String,
    /// The first of the rows, and the place in it of its first number here.
    from: [usize; 2],
    /// Numbers of a row that are here, and of a whole row.
    row_lens: [usize; 2],
    n: usize,
    /// The place among them of the largest.
    largest: usize,
}

impl Choice {
    /// The rows of parameters that a cell is made with, or the pixel that it is.
    fn all(level: &Level, (layer, cell): &(String, usize), rows: &[String], seen: &Seen) -> Vec<Self> {
        if layer == INPUT {
            let (tensor, row, n) = (INPUT.into(), String::new(), 1);
            return vec![Self { tensor, row, from: [0, *cell], row_lens: [1; 2], n, largest: 0 }];
        }
        let row = |name: &String| {
            let (tensor, part) = name.strip_suffix(']')?.split_once('[')?;
            let (range, columns) = part.split_once(", ").unwrap_or((part, ""));
            let (first, last) = range.split_once("..")?;
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            let values = seen.find(name)?.to_vec();
            let largest = (0..values.len()).max_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()))?;
            let len = values.len() / (last - first);
            let (column, whole) = match columns.split_once("..") {
                Some((from, _)) => {
                    let [channels, h, w] = level.row_of_weights(tensor.rsplit_once('.')?.0)?;
                    (from.parse::<usize>().ok()? * h * w, channels * h * w)
                }
                None => (0, len),
            };
            let (from, row_lens) = ([first, column], [len, whole]);
            Some(Self { tensor: tensor.into(), row: name.clone(), from, row_lens, n: values.len(), largest })
        };
        rows.iter().filter_map(row).collect()
    }

    /// The row of its number `i`, and the place in this.
    fn place(&self, i: usize) -> [usize; 2] {
        [self.from[0] + i / self.row_lens[0], self.from[1] + i % self.row_lens[0]]
    }

    fn variable(&self, i: usize) -> Variable {
        let [row, at] = self.place(i);
        let index = (row * self.row_lens[1] + at) as u32;
        if self.tensor == INPUT {
            Variable::Pixel(index)
        } else {
            Variable::Parameter { tensor: self.tensor.clone(), index }
        }
    }

    fn label(&self) -> String {
        match self.tensor.rsplit_once('.') {
            None => say!("lab.nudge.pixel"),
            Some((layer, "bias")) => say!("lab.nudge.bias", layer = layer_name(layer)),
            Some((layer, _)) => say!("lab.nudge.weight", layer = layer_name(layer)),
        }
    }
}

#[derive(PartialEq, Properties)]
pub(super) struct NudgesProps {
    pub(super) level: Level,
    pub(super) weights: Weights,
    pub(super) of: Backward,
    /// Steps behind the network.
    pub(super) version: u32,
    /// The layer of the cell that is kept, and its place.
    pub(super) cell: (String, usize),
    /// The rows of parameters that it is made with.
    pub(super) rows: Vec<String>,
    /// What is shown: the image that it is about, and values of those rows.
    pub(super) seen: Same<Seen>,
}

#[component]
pub(super) fn Nudges(props: &NudgesProps) -> Html {
    let chosen = use_state_eq(usize::default);
    let place = use_state_eq(Option::<usize>::default);
    let size = use_state_eq(|| 1_usize);
    let sign = use_state_eq(Option::<f64>::default);
    {
        // Another cell is nudged only when that is wanted.
        let (chosen, place, sign) = (chosen.setter(), place.setter(), sign.setter());
        use_effect_with(props.cell.clone(), move |_| {
            chosen.set(0);
            place.set(None);
            sign.set(None);
        });
    }
    let choices = Choice::all(&props.level, &props.cell, &props.rows, &props.seen);
    let choice = choices.get(*chosen).or(choices.first());
    let at = choice.map(|choice| (*place).unwrap_or(choice.largest).min(choice.n - 1));
    let question = choice.zip(at).zip(*sign).map(|((choice, at), sign)| Query::Nudge {
        weights: props.weights,
        pixels: props.seen.pixels.clone(),
        of: props.of,
        at: choice.variable(at),
        by: sign * STEPS[*size],
    });
    let asked = use_live_answer(
        &props.level.client,
        question.clone(),
        props.version,
        pause(props.level.shown.is_training, BETWEEN_MILLIS),
    );
    let found = asked.as_deref().filter(|asked| question.as_ref() == Some(&asked.question));
    let (Some(choice), Some(at)) = (choice, at) else { return html! {} };

    let choose = {
        let (chosen, place) = (chosen.clone(), place.clone());
        Callback::from(move |event: Event| {
            chosen.set(event.target_unchecked_into::<HtmlSelectElement>().selected_index().max(0) as usize);
            place.set(None);
        })
    };
    let set_size = {
        let size = size.clone();
        Callback::from(move |event: Event| {
            size.set(event.target_unchecked_into::<HtmlSelectElement>().selected_index().max(0) as usize);
        })
    };
    let set_place = {
        let (place, n) = (place.clone(), choice.n);
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let typed = read(&input.value(), NumberKind::Count).ok().filter(|typed| (1.0..=n as f64).contains(typed));
            // What is no place of these goes back to the one before.
            input.set_value(&typed.map_or(at + 1, |typed| typed as usize).to_string());
            place.set(Some(typed.map_or(at, |typed| typed as usize - 1)));
        })
    };
    let push = |id: &'static str, by: f64, text: &'static str| {
        let (sign_to, place) = (sign.setter(), place.setter());
        // While the network trains, the weight that was nudged stays, whichever is the largest then.
        let onclick = Callback::from(move |_: MouseEvent| {
            sign_to.set(Some(by));
            place.set(Some(at));
        });
        let label = say!(format!("lab.nudge.{id}"));
        html! {
            <button type="button" id={format!("nudge-{id}")} aria-label={label.clone()} title={label} aria-pressed={(*sign == Some(by)).to_string()} {onclick}>{text}</button>
        }
    };
    let watch = Pin::parameter(&choice.row, at, choice.place(at), &props.cell).map(|pin| {
        // The weight that is watched stays, like the one that is nudged.
        let place = place.setter();
        let onclick = Callback::from(move |_: MouseEvent| place.set(Some(at)));
        html! { <span {onclick}>{ props.level.watch("watch-weight", "zoom.watch.add-weight", pin) }</span> }
    });
    let options = choices.iter().enumerate().map(|(i, choice)| {
        html! { <option selected={i == *chosen}>{choice.label()}</option> }
    });
    let which = (choice.n > 1).then(|| {
        html! {
            <label class="nudge-place">{say!("lab.nudge.place")}
                <input id="nudge-place" type="text" inputmode="numeric" autocomplete="off" value={(at + 1).to_string()} onchange={set_place} />
                {say!("lab.nudge.of", n = grouped(choice.n as u64))}</label>
        }
    });
    let steps = STEPS.iter().enumerate().map(|(i, step)| {
        html! { <option selected={i == *size}>{number(*step as f32)}</option> }
    });
    html! {
        <div class="nudge" id="nudge">
            <b>{say!("lab.nudge.title")}</b>
            <select id="nudge-what" aria-label={say!("lab.nudge.what")} onchange={choose}>{ for options }</select>
            { which.unwrap_or_default() }
            <label>{say!("lab.nudge.by")}<select id="nudge-by" onchange={set_size}>{ for steps }</select></label>
            <span class="seg">{ push("less", -1.0, "−") }{ push("more", 1.0, "+") }</span>
            { watch.unwrap_or_default() }
            <p id="nudged" role="status">{ for found.and_then(outcome) }</p>
        </div>
    }
}

/// What came of a nudge, in words.
fn outcome(asked: &Asked) -> Option<String> {
    let (Query::Nudge { of, .. }, Ok(Reply { answer: Answer::Nudge(found), .. })) = (&asked.question, &asked.reply)
    else {
        return None;
    };
    let nudge = &found.nudge;
    let n = digits(nudge);
    let key = if of.head == Head::Logit { "lab.nudge.score" } else { "lab.nudge.loss" };
    let became = say!(
        key,
        number = decimals(nudge.number, 4),
        then = decimals(nudge.number + nudge.by, 4),
        before = decimals(nudge.before, n),
        after = decimals(nudge.after, n),
        change = decimals(nudge.change(), n),
        gradient = decimals(nudge.gradient.into(), 6),
        predicted = decimals(nudge.predicted(), n)
    );
    let [bends, _] = nudge.n_bends;
    let why = match (nudge.miss() <= STRAIGHT, bends) {
        (true, _) => say!("lab.nudge.straight"),
        (false, 0) => say!("lab.nudge.curved"),
        (false, bends) => say!("lab.nudge.bent", n_said = grouped(bends.into()), n = bends),
    };
    Some(format!("{became} {why}"))
}

/// The decimals with which the change and what was foretold have three digits.
fn digits(nudge: &Nudge) -> usize {
    let change = nudge.change().abs().max(nudge.predicted().abs()).max(1e-12);
    (2.0 - change.log10().floor()).clamp(3.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_through_rows_and_through_columns_of_rows() {
        let choice = |from, row_lens| Choice {
            tensor: "linear 1.weight".into(),
            row: String::new(),
            from,
            row_lens,
            n: 8,
            largest: 0,
        };
        let index = |choice: &Choice, i| match choice.variable(i) {
            Variable::Parameter { index, .. } => index,
            other => panic!("{other:?}"),
        };
        let rows = choice([3, 0], [4, 4]);
        assert_eq!(([0, 5].map(|i| rows.place(i)), index(&rows, 5)), ([[3, 0], [4, 1]], 17));
        // One column of rows of 9,216.
        let column = choice([0, 4321], [1, 9216]);
        assert_eq!((column.place(7), index(&column, 7)), ([7, 4321], 7 * 9216 + 4321));
    }

    #[test]
    fn a_change_is_printed_with_three_digits() {
        let nudge = |change: f64| Nudge {
            number: 0.0,
            by: 0.01,
            gradient: 0.0,
            before: 1.0,
            after: 1.0 + change,
            opposite: 1.0,
            n_bends: [0; 2],
        };
        for (change, n) in [(0.5, 3), (-0.0123, 4), (1.7e-6, 8), (0.0, 12)] {
            assert_eq!(digits(&nudge(change)), n, "{change}");
        }
    }
}
