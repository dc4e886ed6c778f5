//! The slips as tasks: cells to pick, numbers to type, statements to choose.

use super::facts::fact;
use super::grids::GridSlip;
use super::{SLIPS, Sort, slip, sort, why};
use crate::exercise::{Answer, Task};
use crate::say;
use crate::worked::Worked;

/// A slip to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Slip {
    /// Its name among the worked examples, and in a link: `slips?slip=` and this.
    pub id: &'static str,
    /// The deck's name for the place where it stands.
    pub title: String,
    /// The question. The first grid is the printed one.
    pub task: Task,
}

/// All slips, in the order of the chapter. What is right is computed by the engine.
pub fn tasks() -> Vec<Slip> {
    let slip_of = |&id: &&'static str| Slip { id, title: slip(id).title(), task: task(slip(id)) };
    SLIPS.iter().map(slip_of).collect()
}

/// The task of a slip.
pub(super) fn task(slip: &'static Worked) -> Task {
    match sort(slip) {
        Sort::Grid => cells(slip),
        Sort::Number => number(slip),
        Sort::Statement => statement(slip),
    }
}

fn cells(worked: &'static Worked) -> Task {
    let slip = GridSlip::new(worked);
    let (wrong, right): (Vec<_>, Vec<_>) = (0..slip.printed.values.len()).partition(|cell| slip.wrong.contains(cell));
    let first = wrong.first().map(|&cell| slip.against(cell)).unwrap_or_default();
    let (answer, other) = if slip.is_mostly_wrong() { (right, wrong) } else { (wrong, right) };
    let mut grids = vec![slip.printed_grid()];
    grids.extend(slip.inputs());
    Task {
        question: slip.question(),
        grids,
        answer: Answer::Cells(answer),
        slips: vec![(Answer::Cells(other), say!("slips.slip.swapped"))],
        hint: say!("slips.hint.grid"),
        because: format!("{first} {}", why(worked)),
    }
}

fn number(slip: &'static Worked) -> Task {
    let fact = fact(slip);
    let decimals = slip.decimals().unwrap_or(0);
    let value = slip.compute().and_then(|values| values.first().copied()).unwrap_or(f64::NAN);
    let printed = slip.printed.and_then(|text| text.parse().ok());
    let printed = printed.map(|value| (Answer::Number { value, decimals }, say!("slips.slip.printed")));
    let formulas: Vec<_> = fact.formulas.iter().map(crate::formula::Formula::plain).collect();
    // What is to be worked out first, without what comes out.
    let sum = formulas.first().and_then(|formula| formula.rsplit_once(" = ")).map_or("", |(sum, _)| sum);
    Task {
        question: fact.question,
        grids: fact.values.into_iter().collect(),
        answer: Answer::Number { value, decimals },
        slips: printed.into_iter().collect(),
        hint: say!("slips.hint.number", sum = sum),
        because: format!("{}. {}", formulas.join("; "), why(slip)),
    }
}

fn statement(slip: &'static Worked) -> Task {
    let mut options =
        vec![slip.correct_text(), slip.printed_text().unwrap_or_default(), say!(format!("slips.other.{}", slip.id))];
    // The right one is not always the first, and always at the same place for everyone.
    let turn = slip.id.len() % options.len();
    options.rotate_right(turn);
    let [right, printed, other] = [0, 1, 2].map(|i| (i + turn) % options.len());
    let choice = |right: usize| Answer::Choice { options: options.clone(), right };
    Task {
        question: say!(format!("slips.question.{}", slip.id)),
        grids: vec![],
        answer: choice(right),
        slips: vec![
            (choice(printed), say!("slips.slip.printed-statement")),
            (choice(other), say!(format!("slips.other-why.{}", slip.id))),
        ],
        hint: say!("slips.hint.statement"),
        because: why(slip),
    }
}
