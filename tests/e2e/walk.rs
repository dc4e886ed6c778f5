//! Every step of every chapter's guide, done as a learner does them, on a desktop and on a phone, and there every exercise:
//! what comes of it is in sight.

#[path = "../../crates/lessons/tests/guide_walk/actions.rs"]
mod actions;
#[path = "../../crates/lessons/tests/guide_walk/learner.rs"]
mod learner;
mod visitor;

use crate::Test;
use crate::need::Need;
use actions::actions;
use receptive_e2e::live;
use receptive_e2e::page::Page;
use receptive_lessons::chapters;
use receptive_nn::Preset;
use visitor::Visitor;

pub(crate) const TESTS: &[Test] = &[(
    "every step of every guide is done on a desktop and on a phone, every exercise on a phone, and what comes of it is in sight",
    Need::Nothing,
    walk,
)];

/// A desktop, and a phone, which has a touch screen.
const SIZES: [(u32, u32, bool); 2] = [(1280, 800, false), (390, 844, true)];

fn walk() {
    let page = Page::open("/?data=digits");
    let world = live::world(Preset::Small, 1, 0, false);
    let mut failures = vec![];
    for (width, height, is_phone) in SIZES {
        page.browser.resize(width, height);
        page.browser.has_touch(is_phone);
        // Steps done at another size are not done yet.
        page.browser.run("localStorage.clear()");
        page.go("/?data=digits");
        for chapter in chapters::ALL {
            page.turn(&format!("/lesson/{}", chapter.key), "");
            page.browser.hover([1, 1]);
            let mut visitor = Visitor::new(&page, chapter, &world, is_phone);
            for (step, (_, ways)) in actions(chapter).iter().enumerate() {
                visitor.walk(step, ways[0]);
            }
            visitor.answer_on_stage();
            // On a desktop they are answered by keys, in a test of its own.
            for exercise in chapter.exercises.iter().filter(|_| is_phone) {
                visitor.answer(exercise.key, &exercise.task(1));
            }
            failures.extend(visitor.failures.into_iter().map(|failure| format!("{width}×{height}, {failure}")));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    page.check_silence();
}
