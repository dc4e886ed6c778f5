//! All losses beside each other, over the probability of the true class.

use super::costs::{is_wrong, name, of_two};
use crate::scene::{Curve, Item, Line, Scene, Spot, Table};
use crate::{Trace, number, say};
use receptive_nn::Head;

/// The largest loss that is drawn.
const HIGHEST: f32 = 4.0;
/// A nudge of the probability.
pub(super) const NUDGE: f32 = 0.01;
/// All losses side by side.
const TABLE: &str = "losses";

/// The losses at one probability of the true class.
pub(super) struct CurvesTrace {
    pub(super) head: Head,
    pub(super) p: f32,
}

impl CurvesTrace {
    fn curve(&self) -> Curve {
        let places = (1..=99).map(|i| i as f32 / 100.0);
        let line = |title: String, is_dashed, of: &dyn Fn(f32) -> f32| Line {
            title,
            points: places.clone().map(|p| [p, of(p)]).collect(),
            is_dashed,
        };
        // Colours repeat after four lines; the fifth is dashed.
        let losses = Head::LOSSES.into_iter().enumerate();
        let mut lines: Vec<_> = losses.map(|(i, head)| line(name(head), i >= 4, &|p| of_two(head, p))).collect();
        lines.push(line(say!("loss.wrong"), true, &is_wrong));
        let value = of_two(self.head, self.p);
        Curve {
            name: "curve",
            title: say!("loss.curve", loss = name(self.head), p = number(self.p), value = number(value)),
            axes: [say!("loss.p-true"), say!("loss.axis")],
            range: [0.0, 1.0, 0.0, HIGHEST],
            lines,
            handle: Some((self.p, value.min(HIGHEST), "p")),
        }
    }

    /// The change of a loss when the probability grows by a nudge.
    pub(super) fn change(&self, of: impl Fn(f32) -> f32) -> f32 {
        of(self.p + NUDGE) - of(self.p)
    }

    fn table(&self) -> Table {
        let row = |title: String, of: &dyn Fn(f32) -> f32| vec![title, number(of(self.p)), number(self.change(of))];
        let mut rows: Vec<_> = Head::LOSSES.into_iter().map(|head| row(name(head), &|p| of_two(head, p))).collect();
        rows.push(row(say!("loss.wrong"), &is_wrong));
        Table {
            name: TABLE,
            title: say!("loss.all", p = number(self.p)),
            head: vec![say!("loss.axis"), say!("loss.value"), say!("loss.change", by = number(NUDGE))],
            rows,
            now: Head::LOSSES.into_iter().position(|head| head == self.head),
        }
    }

    fn caption(&self) -> String {
        let of = |p| of_two(self.head, p);
        let (value, change) = (number(of(self.p)), number(self.change(of)));
        let wrong = number(self.change(is_wrong));
        say!("loss.at", loss = name(self.head), p = number(self.p), value = value, change = change, wrong = wrong)
    }
}

impl Trace for CurvesTrace {
    fn scene(&self, _moment: usize) -> Scene {
        Scene {
            board: vec![
                vec![Item::Curve(self.curve()), Item::Table(self.table())],
                vec![Item::Text(say!(format!("loss.punishes.{}", self.head.key())))],
                vec![Item::Text(say!("loss.flat"))],
            ],
            equation: None,
            formulas: vec![],
            caption: self.caption(),
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let value =
            |title: String, value: f32| say!("loss.tell-row", loss = title, p = number(self.p), value = number(value));
        match Head::LOSSES.get(spot.cell) {
            Some(&head) if spot.grid == TABLE => value(name(head), of_two(head, self.p)),
            None if spot.grid == TABLE => value(say!("loss.wrong"), is_wrong(self.p)),
            _ => String::new(),
        }
    }
}
