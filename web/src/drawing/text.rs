//! A drawing as the text that the browser keeps: its strokes. A picture under them is not kept.

use super::{Drawing, Stroke};
use receptive_data::sheet::{PENS, Point, SIDE};

/// The first line of the text. A change in the meaning of the lines raises the number.
const HEAD: &str = "receptive-drawing 1";
/// More is not read: nobody draws so much.
const MOST_BYTES: usize = 400_000;

impl Drawing {
    /// As it is kept: a line for each stroke, with the pen's width and the points.
    pub fn text(&self) -> String {
        let point = |(x, y): &Point| format!(" {x:.1},{y:.1}");
        let stroke = |stroke: &Stroke| {
            let points: String = stroke.points.iter().map(point).collect();
            format!("{}{points}\n", stroke.width)
        };
        let strokes: String = self.strokes.iter().map(stroke).collect();
        format!("{HEAD}\n{strokes}")
    }

    /// Reads what was kept. A line that cannot be read is left out; a text of another version is a blank pad.
    pub fn read(text: &str) -> Self {
        let mut drawing = Self::default();
        let mut lines = text.lines();
        if text.len() > MOST_BYTES || lines.next() != Some(HEAD) {
            return drawing;
        }
        for (width, points) in lines.filter_map(stroke) {
            let id = drawing.next_stroke;
            drawing.next_stroke += 1;
            drawing.strokes.push(Stroke { points, width, id });
        }
        drawing.draw_anew();
        drawing
    }
}

/// A stroke from its line.
fn stroke(line: &str) -> Option<(f32, Vec<Point>)> {
    let (width, points) = line.split_once(' ')?;
    let width = width.parse().ok().filter(|width| PENS.contains(width))?;
    let axis = |text: &str| text.parse().ok().filter(|at: &f32| at.abs() <= 4.0 * SIDE as f32);
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some((axis(x)?, axis(y)?))
    };
    let points: Vec<Point> = points.split(' ').map(point).collect::<Option<_>>()?;
    (!points.is_empty()).then_some((width, points))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_survive_the_way_into_the_store_and_back() {
        let text = "receptive-drawing 1\n22 10.0,20.5 30.0,40.0\n14 100.0,100.0\n";
        let text = text.replace("22", &PENS[1].to_string()).replace("14", &PENS[0].to_string());
        let drawing = Drawing::read(&text);
        assert_eq!(drawing.strokes().len(), 2);
        assert_eq!(drawing.strokes()[0].points, [(10.0, 20.5), (30.0, 40.0)]);
        assert!(drawing.ink().iter().any(|ink| *ink > 0.9));
        assert_eq!(drawing.text(), text);
        assert_eq!(Drawing::read(&drawing.text()).ink(), drawing.ink());
    }

    #[test]
    fn a_damaged_store_is_a_blank_pad_or_loses_a_stroke() {
        let whole = format!("{HEAD}\n{} 1.0,2.0\n", PENS[1]);
        for text in ["", "x", "receptive-drawing 2\n22 1,2", "\u{0}"] {
            assert!(Drawing::read(text).is_blank(), "{text:?}");
        }
        for line in ["22", "22 1", "22 NaN,1", "22 1e9,1", "7 1,1", "22 1,1 x", " ", "22 1,,1"] {
            assert_eq!(Drawing::read(&format!("{whole}{line}\n")).text(), whole, "{line:?}");
        }
        assert!(Drawing::read(&format!("{whole}{}", " 1,1".repeat(200_000))).is_blank());
    }
}
