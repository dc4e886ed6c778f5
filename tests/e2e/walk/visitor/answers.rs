//! Exercises, answered wrong and then right.

use super::super::actions::Hand;
use super::{ENTER, Visitor};
use receptive_lessons::exercise::{Answer, Attempt, Given, Task};
use receptive_lessons::scene::Item;
use receptive_lessons::settings::Kind;

impl Visitor<'_> {
    /// Answers what is asked on the stage, for every choice of a chapter that asks there.
    pub(crate) fn answer_on_stage(&mut self) {
        let params = self.learner.chapter.params;
        let choices = params.iter().filter(|param| param.key == "slip").filter_map(|param| match param.kind {
            Kind::Choice(slips) => Some(slips),
            _ => None,
        });
        for slip in choices.flatten() {
            self.begin(slip);
            self.set("slip", slip);
            self.set("shown", "asked");
            let asked = self.learner.scene.items().into_iter().find_map(|item| match item {
                Item::Ask(name, task) => Some((*name, task.clone())),
                _ => None,
            });
            let (name, task) = asked.expect("a question");
            self.answer(name, &task);
        }
    }

    /// Answers an exercise, wrong and then right.
    pub(crate) fn answer(&mut self, name: &str, task: &Task) {
        let verdict = format!("#exercise-{name}-verdict");
        let mut attempt = Attempt::default();
        for given in [wrong(task), task.answer.given()] {
            let cells = |given: Option<&Given>| match given {
                Some(Given::Cells(cells)) => cells.clone(),
                _ => vec![],
            };
            let before = cells(attempt.given.as_ref());
            attempt = attempt.answered(task, given.clone());
            let said = attempt.verdict(task).expect("a verdict");
            self.begin(&format!("exercise {name}, answered {}", if said.is_right { "right" } else { "wrong" }));
            let now = cells(Some(&given));
            let turned: Vec<_> = before
                .iter()
                .filter(|cell| !now.contains(cell))
                .chain(now.iter().filter(|cell| !before.contains(cell)))
                .collect();
            self.give(name, task, &given, &turned, said.is_right);
            if !self.comes(|page| page.text(&verdict).contains(&said.text)) {
                self.fail(&format!("“{}” and not “{}”", self.page.text(&verdict), said.text));
            } else if let Some(unseen) = self.unseen(&verdict) {
                self.fail(&format!("the verdict {unseen}"));
            }
        }
    }

    /// Gives an answer, by a button or, where something is typed, by Enter.
    fn give(&mut self, name: &str, task: &Task, given: &Given, cells: &[&usize], is_by_button: bool) {
        let form = format!("#exercise-{name}");
        let end = if is_by_button { "" } else { ENTER };
        match (given, &task.answer) {
            (Given::Number(value), Answer::Number { decimals, .. }) => {
                self.fill(&format!("{form}-answer"), &format!("{value:.decimals$}"), end);
            }
            (Given::Size([rows, columns]), _) => {
                self.fill(&format!("{form}-answer"), &format!("{rows}x{columns}"), end)
            }
            (Given::Choice(option), _) => self.press(&format!("{form} .option:nth-child({})", option + 1)),
            _ => cells.iter().for_each(|cell| self.press(&format!("{form}-{}-{cell}", task.grids[0].name))),
        }
        if is_by_button || matches!(given, Given::Choice(_) | Given::Cells(_)) {
            self.press(&format!("{form} .go"));
        }
    }
}

/// An answer that is wrong, if possible one that nothing but the hint is said to.
fn wrong(task: &Task) -> Given {
    let others: Vec<_> = match &task.answer {
        Answer::Number { value, .. } => [10.0, 7.0, 13.0, 117.0].map(|more| Given::Number(value + more)).into(),
        Answer::Size([rows, columns]) => [5, 7, 11].map(|more| Given::Size([rows + more, columns + more])).into(),
        Answer::Choice { options, .. } => (0..options.len()).map(Given::Choice).collect(),
        Answer::Cells(_) => (0..task.grids[0].cells.len()).map(|cell| Given::Cells(vec![cell])).collect(),
    };
    let said = |given: &Given| Attempt::default().answered(task, given.clone()).verdict(task);
    let others: Vec<_> = others.into_iter().filter(|given| said(given).is_some_and(|said| !said.is_right)).collect();
    let hinted = others.iter().position(|given| said(given).is_some_and(|said| said.text.contains(&task.hint)));
    others[hinted.unwrap_or(0)].clone()
}
