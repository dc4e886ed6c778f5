//! The drawing on a pad, and the rules for the pointers that draw on it. No browser here.
//!
//! Every pointer draws a stroke of its own, so two fingers are two strokes. A pen beats touch: while a pen is near the
//! pad, and for a while after, a hand that rests on the screen draws nothing. Nothing is drawn without a pressed button.

mod text;

use receptive_data::ImageShape;
use receptive_data::sheet::{PENS, Point, SIDE, Sheet};
use std::rc::Rc;

/// So long after a pen was last seen, in milliseconds, touch is taken for the hand that holds it.
const PEN_REIGN_MILLIS: f64 = 3000.0;
/// The length of the pen's step for an arrow key.
const KEY_STEP: f32 = 8.0;

/// Grey levels, 0 (background) to 1 (ink).
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Levels, row by row.
    pub levels: Rc<[f32]>,
}

impl Ink {
    /// The first channel of an image, (c, h, w), as a dataset holds it.
    pub fn from_bytes(ImageShape { h, w, .. }: ImageShape, pixels: &[u8]) -> Self {
        let pixels = &pixels[..h * w];
        Self { rows: h, columns: w, levels: pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect() }
    }
}

/// The kind of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// A mouse, or what passes for one.
    Mouse,
    /// A pen.
    Pen,
    /// A finger, or a palm.
    Touch,
}

/// A pointer at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Pointer {
    /// Its number among the pointers.
    pub id: i32,
    /// Its kind.
    pub hand: Hand,
    /// True if its primary button is pressed; of pens and fingers, if they touch.
    pub is_pressed: bool,
    /// Its position.
    pub at: Point,
    /// The time, in milliseconds.
    pub millis: f64,
}

/// The part of the pad that has to be painted.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// A line more, of a width.
    Line(Point, Point, f32),
    /// Everything anew.
    All,
}

/// A line that a pen drew.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// Its points; one is a dot.
    pub points: Vec<Point>,
    /// The pen's width.
    pub width: f32,
    /// Names it while it grows.
    id: u32,
}

/// A pointer that draws.
#[derive(Clone, Copy, Debug)]
struct Down {
    pointer: i32,
    hand: Hand,
    stroke: u32,
}

/// The drawing on a pad.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// A picture under the strokes.
    picture: Option<Ink>,
    strokes: Vec<Stroke>,
    /// The ink of picture and strokes.
    sheet: Sheet,
    /// The pen's width from now on.
    width: f32,
    down: Vec<Down>,
    next_stroke: u32,
    pen_seen_millis: Option<f64>,
    /// The position of the keyboard's pen, and the stroke that it draws if it touches the pad.
    keys: Option<(Point, Option<u32>)>,
}

impl Default for Drawing {
    fn default() -> Self {
        Self {
            picture: None,
            strokes: Vec::new(),
            sheet: Sheet::blank(SIDE),
            width: PENS[1],
            down: Vec::new(),
            next_stroke: 0,
            pen_seen_millis: None,
            keys: None,
        }
    }
}

impl Drawing {
    /// True if nothing is on the pad.
    pub fn is_blank(&self) -> bool {
        self.strokes.is_empty() && self.picture.is_none()
    }

    /// The ink, 280 rows of 280, 0 (background) to 1.
    pub fn ink(&self) -> &[f32] {
        self.sheet.ink()
    }

    /// The picture under the strokes.
    pub fn picture(&self) -> Option<&Ink> {
        self.picture.as_ref()
    }

    /// The strokes, oldest first.
    pub fn strokes(&self) -> &[Stroke] {
        &self.strokes
    }

    /// The pen's width.
    pub fn width(&self) -> f32 {
        self.width
    }

    /// Takes another pen. What is drawn stays.
    pub fn set_width(&mut self, width: f32) {
        self.width = width;
        self.keys = self.keys.map(|(at, _)| (at, None));
    }

    /// Puts a picture in place of what is there.
    pub fn show(&mut self, picture: Ink) {
        self.clear();
        self.picture = Some(picture);
        self.draw_anew();
    }

    /// Takes everything off the pad.
    pub fn clear(&mut self) {
        *self = Self { width: self.width, pen_seen_millis: self.pen_seen_millis, ..Self::default() };
    }

    /// Takes the last stroke back, or the picture when there is none.
    pub fn undo(&mut self) {
        if self.strokes.pop().is_none() {
            self.picture = None;
        }
        self.down.clear();
        self.keys = self.keys.map(|(at, _)| (at, None));
        self.draw_anew();
    }

    /// A pointer's primary button goes down on the pad.
    pub fn press(&mut self, pointer: Pointer) -> Change {
        self.release(pointer.id);
        let mut change = Change::Nothing;
        match pointer.hand {
            Hand::Touch if self.is_pens(pointer.millis) => return Change::Nothing,
            Hand::Touch | Hand::Mouse => {}
            Hand::Pen => {
                self.pen_seen_millis = Some(pointer.millis);
                change = self.take_back_touch();
            }
        }
        self.keys = None;
        let stroke = self.begin(pointer.at);
        self.down.push(Down { pointer: pointer.id, hand: pointer.hand, stroke });
        if change == Change::All { change } else { Change::Line(pointer.at, pointer.at, self.width) }
    }

    /// A pointer moves.
    pub fn drag(&mut self, pointer: Pointer) -> Change {
        if pointer.hand == Hand::Pen {
            self.pen_seen_millis = Some(pointer.millis);
        }
        if !pointer.is_pressed {
            self.release(pointer.id);
            return Change::Nothing;
        }
        let stroke = self.down.iter().find(|down| down.pointer == pointer.id).map(|down| down.stroke);
        stroke.map_or(Change::Nothing, |stroke| self.extend(stroke, pointer.at))
    }

    /// A pointer is lifted, or its capture is lost.
    pub fn release(&mut self, pointer: i32) {
        self.down.retain(|down| down.pointer != pointer);
    }

    /// The browser takes a pointer away: it was a palm, or a gesture. What a finger drew until then goes.
    pub fn cancel(&mut self, pointer: i32) -> Change {
        let taken = self.down.iter().find(|down| down.pointer == pointer && down.hand == Hand::Touch).copied();
        self.release(pointer);
        taken.map_or(Change::Nothing, |down| self.take_back(&[down.stroke]))
    }

    /// A key on the pad. Nothing when it means nothing here.
    pub fn key(&mut self, key: &str) -> Option<Change> {
        let middle = SIDE as f32 / 2.0;
        let ((x, y), stroke) = self.keys.unwrap_or(((middle, middle / 2.0), None));
        let (dx, dy) = match key {
            "ArrowLeft" => (-KEY_STEP, 0.0),
            "ArrowRight" => (KEY_STEP, 0.0),
            "ArrowUp" => (0.0, -KEY_STEP),
            "ArrowDown" => (0.0, KEY_STEP),
            " " => {
                let stroke = if stroke.is_some() { None } else { Some(self.begin((x, y))) };
                self.keys = Some(((x, y), stroke));
                return Some(stroke.map_or(Change::Nothing, |_| Change::Line((x, y), (x, y), self.width)));
            }
            _ => return None,
        };
        let side = SIDE as f32;
        let at = ((x + dx).clamp(0.0, side), (y + dy).clamp(0.0, side));
        self.keys = Some((at, stroke));
        Some(stroke.map_or(Change::Nothing, |stroke| self.extend(stroke, at)))
    }

    /// Returns the position of the keyboard's pen, and true if it touches the pad.
    pub fn keys(&self) -> Option<(Point, bool)> {
        self.keys.map(|(at, stroke)| (at, stroke.is_some()))
    }

    /// True if touch at this time belongs to the hand that holds a pen.
    fn is_pens(&self, millis: f64) -> bool {
        self.down.iter().any(|down| down.hand == Hand::Pen)
            || self.pen_seen_millis.is_some_and(|seen| millis - seen < PEN_REIGN_MILLIS)
    }

    fn begin(&mut self, at: Point) -> u32 {
        let id = self.next_stroke;
        self.next_stroke += 1;
        self.strokes.push(Stroke { points: vec![at], width: self.width, id });
        self.sheet.line(at, at, self.width);
        id
    }

    fn extend(&mut self, stroke: u32, to: Point) -> Change {
        let Some(stroke) = self.strokes.iter_mut().rfind(|found| found.id == stroke) else { return Change::Nothing };
        let Some(&from) = stroke.points.last().filter(|from| **from != to) else { return Change::Nothing };
        stroke.points.push(to);
        self.sheet.line(from, to, stroke.width);
        Change::Line(from, to, stroke.width)
    }

    /// Takes back the strokes that fingers are drawing: they are the palm under a pen that has just come down.
    fn take_back_touch(&mut self) -> Change {
        let touches = self.down.iter().filter(|down| down.hand == Hand::Touch);
        let strokes: Vec<_> = touches.map(|down| down.stroke).collect();
        self.down.retain(|down| down.hand != Hand::Touch);
        self.take_back(&strokes)
    }

    fn take_back(&mut self, strokes: &[u32]) -> Change {
        if strokes.is_empty() {
            return Change::Nothing;
        }
        self.strokes.retain(|stroke| !strokes.contains(&stroke.id));
        self.draw_anew();
        Change::All
    }

    fn draw_anew(&mut self) {
        self.sheet = match &self.picture {
            Some(ink) => Sheet::with_picture(SIDE, &ink.levels, ink.rows, ink.columns),
            None => Sheet::blank(SIDE),
        };
        self.strokes.iter().for_each(|stroke| self.sheet.stroke(&stroke.points, stroke.width));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(id: i32, hand: Hand, x: f32, y: f32, millis: f64) -> Pointer {
        Pointer { id, hand, is_pressed: true, at: (x, y), millis }
    }

    fn ink_of(strokes: &[(&[Point], f32)]) -> Vec<f32> {
        let mut sheet = Sheet::blank(SIDE);
        strokes.iter().for_each(|(points, width)| sheet.stroke(points, *width));
        sheet.ink().to_vec()
    }

    #[test]
    fn two_fingers_draw_two_strokes_and_no_wedge() {
        let mut drawing = Drawing::default();
        drawing.press(pointer(1, Hand::Touch, 50.0, 50.0, 0.0));
        drawing.press(pointer(2, Hand::Touch, 200.0, 50.0, 1.0));
        for i in 1..=10 {
            let y = 50.0 + 10.0 * i as f32;
            drawing.drag(pointer(1, Hand::Touch, 50.0, y, 2.0));
            drawing.drag(pointer(2, Hand::Touch, 200.0, y, 2.0));
        }
        let line = |x: f32| [(x, 50.0), (x, 150.0)];
        let want = ink_of(&[(&line(50.0), 22.0), (&line(200.0), 22.0)]);
        assert_eq!(drawing.strokes().len(), 2);
        assert!(drawing.ink().iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-3));
        assert!((100..150).all(|x| drawing.ink()[100 * SIDE + x] == 0.0), "nothing between the two");
    }

    #[test]
    fn a_palm_draws_nothing_while_a_pen_is_near_and_for_a_while_after() {
        let mut drawing = Drawing::default();
        // The palm comes first; the pen takes back what it drew.
        drawing.press(pointer(1, Hand::Touch, 200.0, 200.0, 0.0));
        drawing.drag(pointer(1, Hand::Touch, 205.0, 205.0, 5.0));
        assert_eq!(drawing.press(pointer(9, Hand::Pen, 50.0, 50.0, 10.0)), Change::All);
        drawing.drag(pointer(1, Hand::Touch, 230.0, 230.0, 15.0));
        drawing.press(pointer(2, Hand::Touch, 250.0, 250.0, 20.0));
        drawing.drag(pointer(9, Hand::Pen, 90.0, 50.0, 25.0));
        drawing.release(9);
        drawing.press(pointer(3, Hand::Touch, 250.0, 20.0, 1000.0));
        assert_eq!(drawing.ink(), ink_of(&[(&[(50.0, 50.0), (90.0, 50.0)], 22.0)]));
        // A pen that hovers is near.
        drawing.drag(Pointer { is_pressed: false, ..pointer(9, Hand::Pen, 90.0, 60.0, 6000.0) });
        drawing.press(pointer(4, Hand::Touch, 250.0, 20.0, 7000.0));
        assert_eq!(drawing.strokes().len(), 1);
        drawing.press(pointer(5, Hand::Touch, 250.0, 20.0, 9500.0));
        assert_eq!(drawing.strokes().len(), 2, "the pen was put away");
    }

    #[test]
    fn nothing_is_drawn_without_a_pressed_button() {
        let mut drawing = Drawing::default();
        drawing.drag(pointer(1, Hand::Mouse, 10.0, 10.0, 0.0));
        assert!(drawing.is_blank(), "it was pressed elsewhere");
        drawing.press(pointer(1, Hand::Mouse, 50.0, 50.0, 0.0));
        // Released outside, with no event for it: it comes back with no button down.
        drawing.drag(Pointer { is_pressed: false, ..pointer(1, Hand::Mouse, 100.0, 100.0, 1.0) });
        drawing.drag(pointer(1, Hand::Mouse, 200.0, 100.0, 2.0));
        assert_eq!(drawing.strokes()[0].points, [(50.0, 50.0)]);
        drawing.press(pointer(1, Hand::Mouse, 60.0, 60.0, 3.0));
        drawing.release(1);
        drawing.drag(pointer(1, Hand::Mouse, 200.0, 100.0, 4.0));
        assert_eq!(drawing.strokes()[1].points, [(60.0, 60.0)]);
    }

    #[test]
    fn a_finger_that_the_browser_takes_away_leaves_nothing() {
        let mut drawing = Drawing::default();
        drawing.press(pointer(1, Hand::Mouse, 50.0, 50.0, 0.0));
        drawing.press(pointer(2, Hand::Touch, 90.0, 90.0, 0.0));
        assert_eq!(drawing.cancel(2), Change::All);
        assert_eq!(drawing.cancel(1), Change::Nothing);
        assert_eq!(drawing.ink(), ink_of(&[(&[(50.0, 50.0)], 22.0)]));
    }

    #[test]
    fn undo_takes_back_stroke_by_stroke_then_the_picture() {
        let mut drawing = Drawing::default();
        drawing.show(Ink { rows: 2, columns: 2, levels: Rc::from([0.0, 0.0, 0.0, 1.0]) });
        let picture = drawing.ink().to_vec();
        drawing.press(pointer(1, Hand::Mouse, 50.0, 50.0, 0.0));
        drawing.set_width(34.0);
        drawing.press(pointer(2, Hand::Mouse, 90.0, 50.0, 0.0));
        assert_eq!(drawing.strokes().iter().map(|stroke| stroke.width).collect::<Vec<_>>(), [22.0, 34.0]);
        drawing.undo();
        drawing.drag(pointer(2, Hand::Mouse, 99.0, 50.0, 1.0));
        assert_eq!(drawing.strokes().len(), 1, "a stroke that was taken back does not go on");
        drawing.undo();
        assert_eq!(drawing.ink(), picture);
        drawing.undo();
        assert!(drawing.is_blank() && drawing.ink().iter().all(|ink| *ink == 0.0));
        assert_eq!(drawing.width(), 34.0);
    }

    #[test]
    fn keys_move_the_pen_and_put_it_down() {
        let mut drawing = Drawing::default();
        assert_eq!(drawing.key("x"), None);
        assert_eq!(drawing.key("ArrowLeft"), Some(Change::Nothing));
        assert!(matches!(drawing.key(" "), Some(Change::Line(..))));
        assert!(matches!(drawing.key("ArrowDown"), Some(Change::Line(..))));
        assert_eq!(drawing.key(" "), Some(Change::Nothing));
        drawing.key("ArrowDown");
        assert_eq!(drawing.strokes()[0].points, [(132.0, 70.0), (132.0, 78.0)]);
        (0..100).for_each(|_| _ = drawing.key("ArrowUp"));
        assert_eq!(drawing.keys(), Some(((132.0, 0.0), false)), "it stays on the pad");
    }

    #[test]
    fn however_long_a_stroke_is_a_move_is_one_line_more() {
        let mut drawing = Drawing::default();
        drawing.press(pointer(1, Hand::Mouse, 140.0, 140.0, 0.0));
        for i in 1..4100 {
            let turn = i as f32 * 0.05;
            let (x, y) = (140.0 + 100.0 * turn.cos(), 140.0 + 100.0 * (1.3 * turn).sin());
            let change = drawing.drag(pointer(1, Hand::Mouse, x, y, 0.0));
            assert!(matches!(change, Change::Line(_, to, _) if to == (x, y)), "point {i}: {change:?}");
        }
        assert_eq!(drawing.strokes()[0].points.len(), 4100);
    }
}
