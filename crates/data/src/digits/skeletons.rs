//! The shapes of the digits: styles, each a family of shapes that blend into one another.
//!
//! A shape is a list of points for the pen, each written as one number: 2890 is x = 28, y = 90. x runs right and y runs
//! down, both from 10 to 90. A point that stands twice is a corner, and 0 lifts the pen. The shapes of a style have the
//! same points in the same order, so that any mixture of them is again a way to write the digit.

mod five_to_nine;
mod zero_to_four;

use five_to_nine::{EIGHT, FIVE, NINE, SEVEN, SIX};
use receptive_core::Rng;
use zero_to_four::{FOUR, ONE, THREE, TWO, ZERO};

/// One way to go through the points of a style.
pub(crate) type Shape = &'static [u16];
/// Shapes that can be blended, point by point.
pub(super) type Style = &'static [Shape];

/// Lifts the pen between two strokes.
pub(super) const LIFT: u16 = 0;

/// One of the styles of a class, the common ones more often.
pub(super) fn choose(class: u8, rng: &mut Rng) -> Style {
    let styles = STYLES[usize::from(class)];
    let total = styles.iter().map(|style| style.0).sum();
    let mut ticket = rng.below(total);
    for &(weight, style) in styles {
        if ticket < weight {
            return style;
        }
        ticket -= weight;
    }
    &[]
}

/// For every class its styles, with how often each is written.
const STYLES: [&[(u32, Style)]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_a_style_can_be_blended() {
        for (class, styles) in STYLES.iter().enumerate() {
            for (i, (weight, style)) in styles.iter().enumerate() {
                assert!(*weight > 0 && !style.is_empty());
                for shape in style.iter() {
                    assert_eq!(pattern(shape), pattern(style[0]), "digit {class}, style {i}: {shape:?}");
                }
            }
        }
    }

    #[test]
    fn every_point_lies_in_the_field_and_every_stroke_has_two() {
        for shape in STYLES.iter().flat_map(|styles| styles.iter()).flat_map(|(_, style)| style.iter()) {
            for stroke in shape.split(|&point| point == LIFT) {
                assert!(stroke.len() >= 2, "{shape:?}");
                let inside = |&point: &u16| (10..=90).contains(&(point / 100)) && (10..=90).contains(&(point % 100));
                assert!(stroke.iter().all(inside), "{shape:?}");
            }
        }
    }

    /// Returns the features that must agree: the number of points, the pen's lifts, and the points that stand twice.
    fn pattern(shape: Shape) -> Vec<(bool, bool)> {
        let next = shape.iter().skip(1).chain(&[1]);
        shape.iter().zip(next).map(|(point, next)| (*point == LIFT, point == next)).collect()
    }
}
